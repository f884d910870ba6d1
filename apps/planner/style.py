"""How pages look on the screen and on paper, and Streamlit's own English in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from PIL import Image

from ipps_geo.media import html
from ipps_geo.report.words.catalogue import DASH, catalogue
from planner.state import lang, words

_STYLE = """
[data-testid="InputInstructions"], [data-testid="stHeaderActionElements"],
[data-testid="stMainMenu"], [data-testid="stAppDeployButton"], [data-testid="stStatusWidgetRunningIcon"],
[data-testid="stDataFrameColumnMenu"] [role="menu"] > :is([role="presentation"], [aria-haspopup]),
[data-testid="stElementToolbarButton"]:has([aria-label="Download as CSV"])
{ display: none !important; }
.block-container { padding: 2.6rem 2.5rem 3rem; }
h1 { font-size: 1.75rem !important; padding-bottom: 0.2rem; }
h3 { font-size: 1.3rem !important; }
[data-testid="stMetricValue"] { font-size: 1.6rem; }
[data-testid="stMetricValue"], [data-testid="stMetricValue"] *
{ white-space: normal !important; overflow: visible !important; text-overflow: clip !important; line-height: 1.25; }
[data-testid="stMetricLabel"] p { white-space: normal; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { color: inherit; }
[data-testid="stCaptionContainer"] { opacity: 0.8; }
[data-testid="stWidgetLabel"] p, .stSelectbox span[aria-hidden] p { color: #4c4f57 !important; }
@media (prefers-color-scheme: dark) {
  [data-testid="stWidgetLabel"] p, .stSelectbox span[aria-hidden] p { color: #c9ccd3 !important; }
  button[data-selected="true"] p { color: #cfe6ff !important; }
}
[data-testid="stSidebarHeader"] { height: auto; min-height: 3.6rem; }
[data-testid="stSidebarHeader"]::before {
  content: "@product@"; font-weight: 600; font-size: 0.95rem; line-height: 1.35;
  padding: 1rem 0 0.5rem; order: -1; text-wrap: balance;
}
@media (max-width: 640px) {
  .block-container { padding-left: 0.8rem; padding-right: 0.8rem; }
  h1 { font-size: 1.5rem !important; }
  h3 { font-size: 1.2rem !important; }
  [data-testid="stColumn"]:has([data-testid="stMetric"]) { min-width: calc(50% - 1rem); flex: 1 1 40%; }
}
"""

_PRINT = """
@media print {
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stElementToolbar"], [data-testid="stForm"],
  [data-testid="stButton"], [data-testid="stDownloadButton"], [data-testid="stFileUploader"],
  [data-testid="stExpander"] { display: none !important; }
  .stApp, [data-testid="stAppViewContainer"], [data-testid="stMain"], .block-container
  { position: static !important; overflow: visible !important; height: auto !important; padding: 0 !important; }
  [data-testid="stVerticalBlock"] > *, [data-testid="stMetric"], figure { break-inside: avoid; }
  h1, h2, h3 { break-after: avoid; }
  .on-paper table { width: 100%; border-collapse: collapse; font-size: 8.5pt; line-height: 1.35; }
  .on-paper :is(th, td) { border: 0.5pt solid #999; padding: 1.5pt 3pt; text-align: left; overflow-wrap: anywhere; }
  .on-paper td.n { text-align: right; white-space: nowrap; }
  .on-paper thead { display: table-header-group; }
  .on-paper tr { break-inside: avoid; }
  [data-testid="stVerticalBlock"] > :has(.on-paper) { break-inside: auto; }
  [data-testid="stElementContainer"]:has([data-testid="stDataFrame"]):has(+ * .on-paper) { display: none !important; }
}
@media screen {
  .on-paper, [data-testid="stElementContainer"]:has(> [data-testid="stHtml"] > .on-paper) { display: none; }
}
"""
MOST_PRINTED = 200
"""So many rows of a table are printed; a longer one says how many are left, and goes home as a file."""

FRAMEWORK = Path(__file__).with_name("framework.js")
PREFIX = "framework."


def apply() -> None:
    """Put the app's style on the page, and the framework's words in the reader's language."""
    name = words().text("app.title").replace("\\", "").replace('"', "")
    st.html(f"<style>{_STYLE}{_PRINT}".replace("@product@", name) + "</style>")
    st.html(f"<script>{_script(lang())}</script>", unsafe_allow_javascript=True)


def on_paper(table: pd.DataFrame, number: Callable[[Any], str], rest: str) -> str:
    """Return a table as a print of the page shows it: all columns within the page's width, whatever the screen shows.

    ``number`` puts a number into words, ``rest`` says that rows are left out.
    """
    head = "".join(f"<th>{html(name)}</th>" for name in table.columns)
    numeric = [is_numeric_dtype(values) and not is_bool_dtype(values) for _, values in table.items()]
    lines = []
    for row in table.head(MOST_PRINTED).itertuples(index=False, name=None):
        cells = [
            f"<td class=n>{html(number(cell))}</td>" if figure and not pd.isna(cell) else f"<td>{_cell(cell)}</td>"
            for cell, figure in zip(row, numeric, strict=True)
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    more = f"<p>{html(rest)}</p>" if len(table) > MOST_PRINTED else ""
    return (
        f"<div class=on-paper><table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>{more}</div>"
    )


def _cell(cell: Any) -> str:
    return DASH if pd.api.types.is_scalar(cell) and pd.isna(cell) else html(str(cell))


@cache
def _script(language: str) -> str:
    """Return the script that puts Streamlit's phrases into words: the section ``framework`` of the catalogue."""
    entries = catalogue(language).entries
    phrases = {key.removeprefix(PREFIX): told for key, told in entries.items() if key.startswith(PREFIX)}
    told = json.dumps(phrases, ensure_ascii=False).replace("<", "\\u003c")
    page = {"zh": "zh-CN", "en": "en"}[language]
    return FRAMEWORK.read_text("utf-8").replace("@PHRASES@", told).replace("@LANG@", page)


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
