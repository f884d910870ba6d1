r"""Text that programs print as a table: columns between bars (psql, mysql, Markdown) or above a line of dashes.

>>> [row for _, row in ruled_rows("a   | b\n----+---\n1   | 2\n(1 row)")]
[['a', 'b'], ['1', '2']]
"""

from __future__ import annotations

import re

_RULE = re.compile(r"[\s|+:=-]*[-=]{2,}[\s|+:=-]*")
_FOOT = re.compile(r"\s*(\(\d+ (rows?|行记录|行)\)|\d+ rows? in set.*|\d+ rows? selected\.?)\s*", re.IGNORECASE)


def is_ruled(text: str) -> bool:
    """Return whether the second or third line of a text is a rule below the names of columns."""
    lines = [line for line in text.split("\n", 12)[:12] if line.strip()]
    return any(_RULE.fullmatch(line) and ("+" in line or "|" in line or " " in line.strip()) for line in lines[:4])


def ruled_rows(text: str) -> list[tuple[int, list[str]]]:
    """Return (number of the line, cells) of every line that is neither a rule nor a count of rows."""
    lines = text.splitlines()
    bars = any("|" in line for line in lines if not _RULE.fullmatch(line))
    spans = [] if bars else _spans(next((line for line in lines if _RULE.fullmatch(line)), ""))
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or _RULE.fullmatch(line) or _FOOT.fullmatch(line):
            continue
        if bars:
            cells = [cell.strip() for cell in line.strip().split("|")]
            outer = line.strip().startswith("|")
            rows.append((number, cells[1:-1] if outer and line.strip().endswith("|") else cells))
        else:
            rows.append((number, _cut(line, spans)))
    return rows


def _spans(rule: str) -> list[int]:
    return [found.start() for found in re.finditer(r"\S+", rule)]


def _cut(line: str, starts: list[int]) -> list[str]:
    """Return the cells of a line whose columns begin at display places; a wide character takes two of them."""
    import unicodedata

    cells = [""] * len(starts)
    place, column = 0, 0
    for sign in line:
        while column + 1 < len(starts) and place >= starts[column + 1]:
            column += 1
        cells[column] += sign
        place += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
    return [cell.strip() for cell in cells]
