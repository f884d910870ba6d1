"""Rows of a text that end too early: Excel leaves out the last commas where a block of the last columns is blank.

A comma that was lost inside a row moves the cells behind it into wrong columns. The cells tell: in a column of credit
codes every row has a code, or the row has moved.

>>> full = [["WS01", "91110108XH0030009N", "是", "甲"], ["WS01", "91110108XH0030017H", "否", ""]]
>>> ends_early(["WS01", "91110108XH0030025C", "是"], kinds_of(full))
True
>>> ends_early(["91110108XH0030025C", "是"], kinds_of(full))
False
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_KINDS = (
    ("code", re.compile(r"[\"'=]*[0-9A-Za-z]{18}[\"']*")),
    ("day", re.compile(r"(19|20)\d\d\s*[-/.年]\s*\d{1,2}([-/.月]\s*\d{1,2}\s*日?)?(\s.*)?")),
    ("number", re.compile(r"[-+]?\d[\d,]*(\.\d+)?")),
    ("industry", re.compile(r"[A-Ta-t]\s?\d{2,4}([;,；、/].*)?")),
    ("answer", re.compile(r"[是否有无√×✓✗YNyn]|需要|不需要|待定|不清楚|不详|unknown|yes|no", re.IGNORECASE)),
)
_LOOKED_AT = 2_000
_NEARLY_ALL = 0.95


def kind_of(cell: str) -> str:
    """Return what a cell plainly is: a code, a day, a number, an industry, an answer; "" for a blank, else text."""
    text = cell.strip()
    return next((name for name, pattern in _KINDS if pattern.fullmatch(text)), "text") if text else ""


def kinds_of(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the kind of each column of whole rows, "" where its cells are of several kinds, or plain text."""
    found = []
    for cells in zip(*rows[:_LOOKED_AT], strict=True):
        kinds = [kind for kind in map(kind_of, cells) if kind]
        most = max(sorted(set(kinds)), key=kinds.count, default="")
        found.append(most if most != "text" and kinds.count(most) >= _NEARLY_ALL * len(kinds) else "")
    return tuple(found)


def ends_early(row: Sequence[str], kinds: Sequence[str]) -> bool:
    """Return whether the cells of a short row stand in their own columns: only blanks are missing behind them."""
    told = [(kind, kind_of(cell)) for kind, cell in zip(kinds, row, strict=False) if kind and cell.strip()]
    return bool(told) and all(kind == own for kind, own in told)
