"""What Streamlit itself says in English is replaced, or hidden where the page says it already."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from planner.state import t

_HIDDEN = """
[data-testid="InputInstructions"], [data-testid="stElementToolbar"], [data-testid="stHeaderActionElements"],
[data-testid="stMainMenu"], [data-testid="stAppDeployButton"], [data-testid="stStatusWidgetRunningIcon"]
{ display: none !important; }
.block-container { padding: 2.6rem 2.5rem 3rem; }
h1 { font-size: 1.75rem !important; padding-bottom: 0.2rem; }
h3 { font-size: 1.3rem !important; }
[data-testid="stMetricValue"] { font-size: 1.6rem; }
[data-testid="stMetricLabel"] p { white-space: normal; }
@media (max-width: 640px) {
  .block-container { padding-left: 0.8rem; padding-right: 0.8rem; }
  h1 { font-size: 1.5rem !important; }
  h3 { font-size: 1.2rem !important; }
  [data-testid="stColumn"]:has([data-testid="stMetric"]) { min-width: calc(50% - 1rem); flex: 1 1 40%; }
}
"""

_BUTTON = '[data-testid="stFileUploaderDropzone"] button:not([data-testid="stFileChipDeleteBtn"] button)'
"""The button that browses, not the one that takes a chosen file away."""

_WORDS = """
@BUTTON@ { font-size: 0 !important; }
@BUTTON@ * { font-size: 0 !important; display: none; }
@BUTTON@::after { content: "@browse@"; font-size: 0.95rem; }
[data-testid="stFileUploaderDropzoneInstructions"] { font-size: 0 !important; }
[data-testid="stFileUploaderDropzoneInstructions"] * { font-size: 0 !important; }
[data-testid="stFileUploaderDropzoneInstructions"]::after { content: "@drop@"; font-size: 0.85rem; }
[role="listbox"][data-empty="true"] [role="option"] span { font-size: 0 !important; }
[role="listbox"][data-empty="true"] [role="option"] span::after { content: "@no_option@"; font-size: 0.9rem; }
@MENU@ [role="menuitem"] { font-size: 0 !important; }
@MENU@ [role="menuitem"]::after { font-size: 0.9rem; }
@MENU@ > :nth-child(2)::after { content: "@sort_up@"; }
@MENU@ > :nth-child(3)::after { content: "@sort_down@"; }
@MENU@ > :nth-last-child(3)::after { content: "@fit_width@"; }
@MENU@ > :nth-last-child(2)::after { content: "@pin_column@"; }
@MENU@ > [role="presentation"], @MENU@ > [aria-haspopup], @MENU@ > :last-child { display: none; }
"""
"""Words of the uploader, of lists without a match, and of the menu of a table's column by the places of its entries:
sorting first, width, pin and hide last. What opens further English menus is hidden, and so is hiding a column: the
menu that shows it again is hidden too."""

_MENU = '[data-testid="stDataFrameColumnMenu"] [role="menu"]'
_REPLACED = ("browse", "drop", "no_option", "sort_up", "sort_down", "fit_width", "pin_column")


def apply() -> None:
    """Put the app's style on the page, with the framework's words in the reader's language."""
    told = _WORDS.replace("@BUTTON@", _BUTTON).replace("@MENU@", _MENU)
    for name in _REPLACED:
        told = told.replace(f"@{name}@", t(name))
    st.html(f"<style>{_HIDDEN}{told}</style>")


@cache
def icon() -> Any:
    """Return the sign of the browser's tab as a picture: a named one would be fetched from another host."""
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    far = np.hypot(x, y)
    picture = np.full((64, 64, 3), 255, dtype=np.uint8)
    picture[far < 0.95] = (0, 114, 178)
    picture[far < 0.55] = (255, 255, 255)
    picture[far < 0.3] = (0, 158, 115)
    return Image.fromarray(picture)
