"""Columns of a file into columns of a table: every cell read or named in a problem, none changed without a note.

Clean columns pass in bulk; only cells that a bulk test singles out are looked at one by one.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ipps_geo.columns import Column
from ipps_geo.identity import UsccCheck, clean_uscc, uscc_checks
from ipps_geo.intake import writings
from ipps_geo.intake.credit_codes import all_valid
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.octets import BLANK_STARTS, begins_with, bytes_in, has_empty, longest, octets
from ipps_geo.intake.problems import ProblemLog
from ipps_geo.intake.raw import as_series
from ipps_geo.intake.units import Units

UNIT_COLUMNS = frozenset({"unit", "agreement_district"})
USCC_COLUMNS = frozenset({"uscc", "parent_uscc", "undertaking_uscc"})

_BLANKS = (
    " \t\r\n\v\f\u3000\xa0\x85\u200b\u200c\u200d\u2060\ufeff\u2028\u2029\u202f\u205f"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
)
# Also the marks that turn the direction of writing: what a person reads is not what is stored.
_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]"
_ERROR_TEXT = r"^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)$"
_LOST = ("\ufffd".encode(), "锟斤拷".encode())
_SCIENTIFIC = r"^[0-9](\.[0-9]+)?[eE]\+[0-9]+$"
_HALVES = re.compile("[\ud800-\udfff]")
_INVISIBLE = "[\u200b-\u200d\u2060\ufeff\u00ad]"
_LONG_NUMBER = re.compile(r"\d{15}0{3}")
_INDUSTRIES = r"^\s*[A-T]?[0-9]{0,4}([;；,，、|/\s]+[A-T]?[0-9]{0,4})*\s*$"
_TOO_LONG = 10**15
# Bytes of texts that need no cleaning: letters, digits, and the marks above the apostrophe.
_PLAIN = (ord("'") + 1, 126)
_PLACEHOLDER_STARTS = frozenset(start.encode()[0] for text in writings.PLACEHOLDERS for start in (text, text.upper()))
_PLACEHOLDER_BYTES = max(len(text.encode()) for text in writings.PLACEHOLDERS)
_NO = pa.scalar(value=False)
_FILL = {"integer": pd.NA, "number": np.nan}


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
        return Cells(header, _blank_as_null(column))
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
            return cell.isoformat(" ", "seconds")  # with its zone: which day it was in Beijing, the reader of days says
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def whole_text(text: str) -> str:
    """Return a text with halves of characters, which no file can hold, made visible as lost ones."""
    return text if text.isascii() else _HALVES.sub("\ufffd", text)


def _blank_as_null(text: pa.Array) -> pa.Array:
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
    if kind != "geometry" and len(data) > limits.max_cell_chars:
        long = cells.rows(pc.greater(pc.utf8_length(text), limits.max_cell_chars))
        log.about_rows("cell_too_long", long, column=header, values=text, limit=limits.max_cell_chars)
    cells.text = _blank_as_null(text)


def convert(column: Column, cells: Cells, log: ProblemLog, units: Units | None) -> pd.Series:
    """Return the cells as values of ``column``; what cannot be read is missing and stands in the problems."""
    kind = column.kind
    if kind == "text":
        if column.required:
            _drop_placeholders(cells, log)
        _note_numbers(cells, log)
        return as_series(cells.text)
    _drop_placeholders(cells, log)
    if kind == "code":
        return _code(column, cells, log, units)
    if kind in ("integer", "number"):
        return _numbers(column, cells, log)
    if kind == "date":
        read_days = _read_once(cells, lambda text: writings.day(text, base_1904=cells.base_1904))
        _name_readings(cells, read_days, "bad_date", log)
        return pd.Series(np.array([*read_days.meanings, None], dtype="datetime64[s]")[read_days.places])
    if kind == "boolean":
        found = pd.Series(_each(cells, writings.boolean, "bad_boolean", log), dtype=object)
        return found.where(found.notna(), column.default).astype(bool)
    if kind in ("choice", "choices"):
        kinds = column.choices or StrEnum
        read = writings.choice(kinds) if kind == "choice" else writings.choices(kinds)
        return _each_text(cells, read, "bad_choice", log, choices=kinds.__name__)
    _note_numbers(cells, log)
    if column.name == "industry_codes":
        coded = cells.text.dictionary_encode()
        strange = pc.invert(pc.match_substring_regex(coded.dictionary, _INDUSTRIES))
        if pc.any(strange).as_py():
            odd = cells.rows(strange.take(coded.indices))
            log.about_rows("unusual_industry", odd, column=cells.header, values=cells.text)
    return _each_text(cells, writings.codes if kind == "codes" else writings.names, "bad_code", log)


def _note_numbers(cells: Cells, log: ProblemLog) -> None:
    if cells.numeric is not None and cells.numeric.any():
        sound = cells.numeric & ~log.bad
        log.about_rows("number_as_code", sound, column=cells.header, values=cells.text)
    if cells.untold is not None:
        log.about_rows("not_text", cells.untold, column=cells.header, values=cells.text)


def _drop_placeholders(cells: Cells, log: ProblemLog) -> None:
    likely = np.flatnonzero(begins_with(cells.text, _PLACEHOLDER_STARTS, _PLACEHOLDER_BYTES))
    if not len(likely):
        return
    known = pa.array(sorted(writings.PLACEHOLDERS), pa.large_string())
    found = pc.is_in(pc.utf8_lower(cells.text.take(pa.array(likely))), value_set=known)
    rows = likely[found.to_numpy(zero_copy_only=False)]
    if len(rows):
        log.about_rows("placeholder", rows, column=cells.header, values=cells.text)
        placeholder = np.zeros(len(cells.text), dtype=bool)
        placeholder[rows] = True
        cells.text = pc.if_else(pa.array(placeholder), pa.scalar(None, cells.text.type), cells.text)


def _each_text(
    cells: Cells, read: Callable[[str], writings.Reading], fault: str, log: ProblemLog, **params: Any
) -> pd.Series:
    """Return what :func:`_each` returns as a column of text, without a Python object per row."""
    found = _read_once(cells, read)
    _name_readings(cells, found, fault, log, **params)
    if found.meanings == found.texts:  # codes written as they are meant, as a rule
        return as_series(cells.text)
    return as_series(pa.array(found.meanings, pa.large_string()).take(found.coded.indices))


@dataclass(eq=False)
class _Readings:
    """The distinct texts of a column, what each of them means, and which row holds which."""

    coded: pa.DictionaryArray
    texts: list[str]
    meanings: list[Any]
    notes: list[str]

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """The place of each row among the distinct texts, -1 where it is blank."""
        places = pc.fill_null(self.coded.indices, pa.scalar(-1, pa.int32())).to_numpy(zero_copy_only=False)
        return np.asarray(places, dtype=np.int64)


def _read_once(cells: Cells, read: Callable[[str], writings.Reading]) -> _Readings:
    """Return the readings of a column; ``read`` is asked once per distinct text."""
    coded = cells.text.dictionary_encode()
    texts = coded.dictionary.to_pylist()
    readings = [read(text) for text in texts]
    return _Readings(coded, texts, [value for value, _ in readings], [note for _, note in readings])


def _each(
    cells: Cells, read: Callable[[str], writings.Reading], fault: str, log: ProblemLog, **params: Any
) -> NDArray[Any]:
    """Return every cell read by ``read``, None where it is blank or cannot be read."""
    found = _read_once(cells, read)
    _name_readings(cells, found, fault, log, **params)
    values = np.empty(len(found.meanings) + 1, dtype=object)
    values[:-1] = found.meanings
    read_values: NDArray[Any] = values[found.places]
    return read_values


def _name_readings(cells: Cells, found: _Readings, fault: str, log: ProblemLog, **params: Any) -> None:
    """Name the cells that cannot be read, and those that were read in another writing."""
    if None in found.meanings:
        wrong = np.array([value is None for value in found.meanings] + [False], dtype=bool)[found.places]
        log.about_rows(fault, wrong, column=cells.header, values=cells.text, **params)
    for note in sorted(set(found.notes) - {""}):
        noted = np.array([own == note for own in found.notes] + [False], dtype=bool)[found.places]
        rows = np.flatnonzero(noted)
        shown = {"found": [_written(found.meanings[found.places[row]]) for row in rows[:1_000].tolist()]}
        log.about_rows(note, rows, column=cells.header, values=cells.text, each=shown)


def _numbers(column: Column, cells: Cells, log: ProblemLog) -> pd.Series:
    whole = column.kind == "integer"
    fault, read = ("bad_integer", writings.integer) if whole else ("bad_number", writings.number)
    dtype = "Int64" if whole else "float64"
    result = _bulk_numbers(cells, whole)
    if result is None:
        values = _each(cells, read, fault, log)
        result = pd.Series([_FILL[column.kind] if value is None else value for value in values], dtype=dtype)
    if column.minimum is not None or column.maximum is not None:
        low = -np.inf if column.minimum is None else column.minimum
        high = np.inf if column.maximum is None else column.maximum
        outside = ((result < low) | (result > high)).to_numpy(dtype=bool, na_value=False)
        shown = f"≥ {column.minimum:g}" if column.maximum is None else f"{low:g}–{high:g}"
        log.about_rows("out_of_range", outside, column=cells.header, values=cells.text, range=shown)
    return result


def _bulk_numbers(cells: Cells, whole: bool) -> pd.Series | None:
    """Return plain numbers at once, or None where one of them is not plain."""
    try:
        if whole:
            found = cells.text.cast(pa.int64())
            if pc.any(pc.greater_equal(pc.abs(found), 2**53)).as_py():
                return None
            return pd.Series(found.to_pandas(types_mapper=None, integer_object_nulls=True), dtype="Int64")
        values = cells.text.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    blank = cells.text.is_null().to_numpy(zero_copy_only=False)
    if not np.isfinite(values[~blank]).all():
        return None
    return pd.Series(np.where(blank, np.nan, values))


def _code(column: Column, cells: Cells, log: ProblemLog, units: Units | None) -> pd.Series:
    data = octets(cells.text)
    if len(data) and data.max() > 127:
        _half_width(cells, log)
        data = octets(cells.text)
    if ord("+") in data:
        lost = cells.rows(pc.match_substring_regex(cells.text, _SCIENTIFIC))
        lost = lost[~log.faulty(cells.header)[lost]]
        log.about_rows("digits_lost", lost, column=cells.header, values=cells.text)
    if ord("\n") in data:
        broken = cells.rows(pc.match_substring(cells.text, "\n"))
        log.about_rows("bad_code", broken, column=cells.header, values=cells.text)
    if column.name in UNIT_COLUMNS or (column.name == "scope" and column.default == "city"):
        return _unit(cells, log, units, city=column.name == "scope")
    if column.name in USCC_COLUMNS:
        return _uscc(cells, log)
    _note_numbers(cells, log)
    return as_series(cells.text)


def _half_width(cells: Cells, log: ProblemLog) -> None:
    wide = cells.rows(pc.invert(pc.string_is_ascii(cells.text)))
    if not len(wide):
        return
    texts = cells.text.take(pa.array(wide)).to_pylist()
    changed = [(row, unicodedata.normalize("NFKC", text)) for row, text in zip(wide.tolist(), texts, strict=True)]
    changed = [(row, plain) for (row, plain), text in zip(changed, texts, strict=True) if plain != text]
    if not changed:
        return
    rows = np.array([row for row, _ in changed])
    log.about_rows("half_width", rows, column=cells.header, values=cells.text)
    values = cells.text.to_pylist()
    for row, plain in changed:
        values[row] = plain.strip()
    cells.text = pa.array(values, pa.large_string())


def _unit(cells: Cells, log: ProblemLog, units: Units | None, *, city: bool) -> pd.Series:
    if units is None:
        return as_series(cells.text)

    def read(text: str) -> writings.Reading:
        if city and text.casefold() in ("city", "全市", "北京市", "市"):
            return "city", ""
        code, former = units.recognise(text)
        if code is None:
            return None, ""
        return code, "old_unit" if former else ("" if code == text else "code_writing")

    return _each_text(cells, read, "unknown_unit", log)


def _uscc(cells: Cells, log: ProblemLog) -> pd.Series:
    given = as_series(cells.text)
    if all_valid(cells.text) and (cells.numeric is None or not cells.numeric.any()):
        return given
    codes = clean_uscc(given)
    checks = uscc_checks(codes)
    present = given.notna().to_numpy()
    malformed = present & (codes.isna() | (checks == UsccCheck.MALFORMED.value)).to_numpy(dtype=bool, na_value=True)
    log.about_rows("uscc_malformed", malformed & ~_named(cells, log), column=cells.header, values=cells.text)
    wrong = (checks == UsccCheck.WRONG_CHECK_DIGIT.value).to_numpy(dtype=bool, na_value=False) & ~malformed
    if wrong.any():
        cut = np.zeros(len(wrong), dtype=bool)
        rows = np.flatnonzero(wrong)
        cut[rows] = [_LONG_NUMBER.fullmatch(codes.iloc[row]) is not None for row in rows.tolist()]
        log.about_rows("digits_lost", cut & ~log.faulty(cells.header), column=cells.header, values=cells.text)
        log.about_rows("wrong_check_digit", wrong & ~cut, column=cells.header, values=cells.text)
    written = present & ~malformed & (codes != given).to_numpy(dtype=bool, na_value=False)
    if written.any():
        found = {"found": codes[written].tolist()}
        log.about_rows("code_writing", written, column=cells.header, values=cells.text, each=found)
    return codes.mask(malformed)


def _named(cells: Cells, log: ProblemLog) -> NDArray[np.bool_]:
    """Return the codes already named as spoilt by a spreadsheet, so that one fault is one problem."""
    spoilt = np.zeros(len(log.bad), dtype=bool)
    spoilt[cells.rows(pc.match_substring_regex(cells.text, _SCIENTIFIC))] = True
    if cells.numeric is not None:
        spoilt |= cells.numeric & log.bad
    return spoilt
