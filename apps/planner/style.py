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
.block-container { padding-top: 2.6rem; padding-bottom: 3rem; }
h1 { font-size: 1.75rem; padding-bottom: 0.2rem; }
[data-testid="stMetricValue"] { font-size: 1.6rem; }
[data-testid="stMetricLabel"] p { white-space: normal; }
@media (max-width: 640px) {
  .block-container { padding-left: 0.8rem; padding-right: 0.8rem; }
  h1 { font-size: 1.4rem; }
}
"""

_DELETE = '[data-testid="stFileUploaderDeleteBtn"]'
_BUTTON = f'[data-testid="stFileUploaderDropzone"] button:not({_DELETE} button):not({_DELETE})'
"""The button that browses, not the one that takes a chosen file away."""

_UPLOADER = """
@BUTTON@ { font-size: 0 !important; }
@BUTTON@ * { font-size: 0 !important; display: none; }
@BUTTON@::after { content: "@BROWSE@"; font-size: 0.95rem; }
[data-testid="stFileUploaderDropzoneInstructions"] { font-size: 0 !important; }
[data-testid="stFileUploaderDropzoneInstructions"] * { font-size: 0 !important; }
[data-testid="stFileUploaderDropzoneInstructions"]::after { content: "@DROP@"; font-size: 0.85rem; }
"""


def apply(lang: str) -> None:
    """Put the app's style on the page, with the uploader's words in the reader's language."""
    told = _UPLOADER.replace("@BUTTON@", _BUTTON).replace("@BROWSE@", t("browse")).replace("@DROP@", t("drop"))
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
