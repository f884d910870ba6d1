"""Columns of a file as texts: what surrounds a text is removed with a note, what cannot be right is named.

Clean columns pass in bulk; only cells that a bulk test singles out are looked at one by one.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ipps_geo.intake.limits import Limits
from ipps_geo.intake.octets import BLANK_STARTS, bytes_in, has_empty, longest, octets
from ipps_geo.intake.problems import ProblemLog

_BLANKS = (
    " \t\r\n\v\f\u3000\xa0\x85\u200b\u200c\u200d\u2060\ufeff\u2028\u2029\u202f\u205f"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
)
# Also the marks that turn the direction of writing: what a person reads is not what is stored.
_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]"
_ERROR_TEXT = r"^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)$"
_LOST = ("\ufffd".encode(), "锟斤拷".encode())
_HALVES = re.compile("[\ud800-\udfff]")
_INVISIBLE = "[\u200b-\u200d\u2060\ufeff\u00ad]"
_BREAK = r"[ \t]*[\r\n]+[ \t]*"
_EQUALS = r'^="(.*)"$'
_TOO_LONG = 10**15
# Bytes of texts that need no cleaning: letters, digits, and the marks above the apostrophe.
_PLAIN = (ord("'") + 1, 126)
_NO = pa.scalar(value=False)
_DITTO = pa.array(["同上", "同前", "同上行", "〃", "″", "〞", "ditto"], pa.large_string())
_LINED = frozenset({"names", "codes", "choices", "geometry"})
"""Kinds whose lines are the entries of a list, or nothing that a person broke."""


@dataclass(eq=False)
class Cells:
    """One column: its header, its texts (null where blank), which were numbers, and which days or answers."""

    header: str
    text: pa.Array
    numeric: NDArray[np.bool_] | None = None
    untold: NDArray[np.bool_] | None = None
    base_1904: bool = False

    def rows(self, found: pa.Array) -> NDArray[np.int64]:
        """Return the positions where a bulk test holds."""
        return np.flatnonzero(pc.fill_null(found, _NO).to_numpy(zero_copy_only=False))


def cells_of(header: str, column: Any, log: ProblemLog, *, base_1904: bool = False) -> Cells:
    """Return a column of a reader as texts; numbers, days and answers are written out as a spreadsheet would."""
    if isinstance(column, pa.Array) and pa.types.is_large_string(column.type):
        return Cells(header, blank_as_null(column))
    values = column.to_pylist() if isinstance(column, pa.Array) else column
    kinds = set(map(type, values))
    if kinds == {float}:
        written = _plain_numbers(np.array(values))
        if written is not None:
            return Cells(header, written, np.ones(len(values), dtype=bool), base_1904=base_1904)
    numeric = np.fromiter((type(cell) in (int, float) for cell in values), dtype=bool, count=len(values))
    inexact = np.fromiter(
        (type(cell) is float and abs(cell) >= _TOO_LONG for cell in values), dtype=bool, count=len(values)
    )
    texts = pa.array([_written(cell) for cell in values], pa.large_string())
    if inexact.any():
        log.about_rows("digits_lost", inexact, column=header, values=texts)
    untold = None
    if kinds & {bool, dt.date, dt.datetime}:
        untold = np.fromiter((isinstance(cell, (bool, dt.date)) for cell in values), dtype=bool, count=len(values))
    return Cells(header, texts, numeric, untold, base_1904)


def _plain_numbers(values: NDArray[np.float64]) -> pa.Array | None:
    """Return numbers as texts at once, as :func:`_written` writes them; None where one of them is whole, tiny or huge.

    A coordinate has decimals; what has none may be a number of employees or a code, and is written cell by cell.
    """
    size = np.abs(values)
    with np.errstate(invalid="ignore"):
        plain = (size >= 1e-3) & (size < 1e9) & (values != np.trunc(values))
    return pa.array(values).cast(pa.large_string()) if len(values) and plain.all() else None


def _written(cell: Any) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return whole_text(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell != cell:
            return None
        return str(int(cell)) if cell.is_integer() and abs(cell) < _TOO_LONG else repr(cell)
    if isinstance(cell, dt.datetime):
        if cell.tzinfo is not None:
            return cell.isoformat(" ", "seconds")  # with its zone: which day it was in China, the reader of days says
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def whole_text(text: str) -> str:
    """Return a text with halves of characters, which no file can hold, made visible as lost ones."""
    return text if text.isascii() else _HALVES.sub("\ufffd", text)


def blank_as_null(text: pa.Array) -> pa.Array:
    """Return texts with the empty ones missing."""
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text) if has_empty(text) else text


def clean(cells: Cells, kind: str, log: ProblemLog, limits: Limits) -> None:
    """Remove what surrounds a text (blanks, a spreadsheet's apostrophe); name texts that cannot be right."""
    data = octets(cells.text)
    if (
        len(data)
        and _PLAIN[0] <= data.min()
        and data.max() <= _PLAIN[1]
        and longest(cells.text) <= limits.max_cell_chars
    ):
        return
    seen = bytes_in(data)
    text, header = cells.text, cells.header
    if seen[list(BLANK_STARTS)].any():
        trimmed = pc.utf8_trim(text, characters=_BLANKS)
        log.about_rows("blanks_trimmed", cells.rows(pc.not_equal(trimmed, text)), column=header, values=text)
        text = trimmed
    if seen[ord("'")]:
        quoted = cells.rows(pc.starts_with(text, "'"))
        if len(quoted):
            log.about_rows("apostrophe", quoted, column=header, values=text)
            text = pc.utf8_trim(pc.utf8_ltrim(text, characters="'"), characters=_BLANKS)
    if seen[ord("=")]:
        wrapped = cells.rows(pc.match_substring_regex(text, _EQUALS))
        if len(wrapped):
            log.about_rows("equals_quotes", wrapped, column=header, values=text)
            text = pc.replace_substring_regex(text, _EQUALS, r"\1")
    if kind not in _LINED and (seen[10] or seen[13]):
        broken = cells.rows(pc.match_substring_regex(text, _BREAK))
        log.about_rows("line_breaks", broken, column=header, values=text)
        # Between two Latin words a break is a blank, in Chinese it is nothing.
        text = pc.replace_substring_regex(text, "([A-Za-z,])" + _BREAK + "([A-Za-z])", r"\1 \2")
        text = pc.replace_substring_regex(text, _BREAK, "")
    if seen[ord("#")]:
        wrong = cells.rows(pc.match_substring_regex(text, _ERROR_TEXT))
        log.about_rows("cell_error", wrong, column=header, values=text)
    if seen[0xE2] or seen[0xEF] or seen[0xC2]:
        bare = pc.replace_substring_regex(text, _INVISIBLE, "")
        log.about_rows("invisible_removed", cells.rows(pc.not_equal(bare, text)), column=header, values=text)
        text = bare
    if seen[:32].any() or seen[127] or seen[0xE2]:
        log.about_rows(
            "control_character", cells.rows(pc.match_substring_regex(text, _CONTROL)), column=header, values=text
        )
    if (seen[0xEF] or seen[0xE9]) and any(sign in data.tobytes() for sign in _LOST):
        lost = cells.rows(pc.match_substring_regex(text, "\ufffd|锟斤拷"))
        log.about_rows("lost_character", lost, column=header, values=text)
    if kind != "geometry" and (seen[0xE5] or seen[0xE3] or seen[0xE2] or seen[ord("d")]):
        text = _as_above(text, header, log)
    if kind != "geometry" and len(data) > limits.max_cell_chars:
        long = cells.rows(pc.greater(pc.utf8_length(text), limits.max_cell_chars))
        log.about_rows("cell_too_long", long, column=header, values=text, limit=limits.max_cell_chars)
    cells.text = blank_as_null(text)


def _as_above(text: pa.Array, header: str, log: ProblemLog) -> pa.Array:
    """Give cells that say 同上 the value of the cell above; the first one of a sheet stays: nothing is above it."""
    same = pc.is_in(text, value_set=_DITTO).to_numpy(zero_copy_only=False)
    if not same.any():
        return text
    values = text.to_pylist()
    sheets = log.row_sheets
    rows = [row for row in np.flatnonzero(same).tolist() if row and (sheets is None or sheets[row] == sheets[row - 1])]
    for row in rows:
        values[row] = values[row - 1]
    log.about_rows("as_above", np.array(rows, dtype=np.int64), column=header, values=text)
    return pa.array(values, text.type)
