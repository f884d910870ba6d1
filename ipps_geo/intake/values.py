"""Columns of a file into columns of a table: every cell read or named in a problem, none changed without a note.

Clean columns pass in bulk; only cells that a bulk test singles out are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction
from functools import partial
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ipps_geo.columns import Column
from ipps_geo.intake import writings
from ipps_geo.intake.cells import Cells
from ipps_geo.intake.codes import codes
from ipps_geo.intake.problems import ProblemLog
from ipps_geo.intake.raw import as_series
from ipps_geo.intake.readings import drop_placeholders, name_readings, note_numbers, read_each, read_once, read_texts
from ipps_geo.intake.units import Units
from ipps_geo.intake.yes_no import NO_WORDS, legend_of, told_by
from ipps_geo.vocabulary import Answer

_FILL = {"integer": pd.NA, "number": np.nan}
_SCALES: Mapping[str, Mapping[str, Fraction]] = MappingProxyType(
    {
        "annual_cost": {"万元": Fraction(1), "万": Fraction(1), "元": Fraction(1, 10_000), "亿元": Fraction(10_000)}
        | {"千元": Fraction(1, 10)},
        "position_precision_m": {"米": Fraction(1), "m": Fraction(1)}
        | dict.fromkeys(("公里", "千米", "km"), Fraction(1_000)),
        "precision_m": {"米": Fraction(1), "m": Fraction(1)} | dict.fromkeys(("公里", "千米", "km"), Fraction(1_000)),
    }
)
"""Units that a number may come in, by column, and the factor to the column's own."""
_COSTLY = 5_000
"""Yearly cost in 10,000 yuan from which on somebody is likely to have written yuan."""
STAFF = frozenset({"full_time_staff", "part_time_staff"})
"""Numbers of people: 无 is none of them, where elsewhere it is a blank."""


def convert(column: Column, cells: Cells, log: ProblemLog, units: Units | None, unit: str = "") -> pd.Series:
    """Return the cells as values of ``column``; what cannot be read is missing and stands in the problems.

    ``unit`` is the unit that the header states for its numbers.
    """
    kind = column.kind
    if kind == "text":
        if column.required:
            drop_placeholders(cells, log)
        note_numbers(cells, log)
        return as_series(cells.text)
    answers = kind == "boolean" or column.choices is Answer
    drop_placeholders(cells, log, NO_WORDS if answers else writings.NOTHING if column.name in STAFF else frozenset())
    if kind == "code":
        return codes(column, cells, log, units)
    if kind in ("integer", "number"):
        return _numbers(column, cells, log, unit)
    if kind == "date":
        read_days = read_once(cells, lambda text: writings.day(text, base_1904=cells.base_1904))
        name_readings(cells, read_days, "bad_date", log)
        return pd.Series(np.array([*read_days.meanings, None], dtype="datetime64[s]")[read_days.places])
    if kind == "boolean":
        found = pd.Series(read_each(cells, writings.boolean, "bad_boolean", log), dtype=object)
        return found.where(found.notna(), column.default).astype(bool)
    if kind in ("choice", "choices"):
        kinds = column.choices or StrEnum
        read = writings.choice(kinds) if kind == "choice" else writings.choices(kinds)
        legend = legend_of(cells.header) if kinds is Answer else {}
        if legend:
            read = partial(_by_legend, legend)
        return read_texts(cells, read, "bad_choice", log, choices=kinds.__name__)
    note_numbers(cells, log)
    if column.name == "industry_codes":
        from ipps_geo.intake.industries import industries

        return read_texts(cells, industries, "unusual_industry", log)
    return read_texts(cells, writings.codes if kind == "codes" else writings.names, "bad_code", log)


def _by_legend(legend: dict[str, str], text: str) -> writings.Reading:
    """Read an answer by the signs that its header explains, else as people write it."""
    told = told_by(legend, text)
    return writings.choice(Answer)(text) if told is None else (told or None, "answer_writing" if told else "")


def _numbers(column: Column, cells: Cells, log: ProblemLog, unit: str) -> pd.Series:
    whole = column.kind == "integer"
    scales = _SCALES.get(column.name, {})
    factor = scales.get(unit, Fraction(1))
    dtype = "Int64" if whole else "float64"
    result = _bulk_numbers(cells, whole)
    if result is not None and factor != 1:
        result = result * factor.numerator / factor.denominator
    if result is None:
        # In a cell of its own unit a number keeps it, whatever the header says.
        own = {name: scale / factor for name, scale in scales.items()}
        fault = "bad_integer" if whole else "bad_number"
        read = _counted(column) if whole else (lambda text: writings.measure(text, own))
        values = [_FILL[column.kind] if value is None else value for value in read_each(cells, read, fault, log)]
        result = pd.Series(values, dtype=dtype)
        if factor != 1:
            result = result * factor.numerator / factor.denominator
    if factor != 1:
        log.about_file("unit_in_header", column=cells.header, found=unit)
    if column.name == "annual_cost":
        log.about_rows(
            "cost_doubtful", (result >= _COSTLY).to_numpy(dtype=bool), column=cells.header, values=cells.text
        )
    if column.minimum is not None or column.maximum is not None:
        low = -np.inf if column.minimum is None else column.minimum
        high = np.inf if column.maximum is None else column.maximum
        outside = ((result < low) | (result > high)).to_numpy(dtype=bool, na_value=False)
        shown = f"≥ {column.minimum:g}" if column.maximum is None else f"{low:g}–{high:g}"
        log.about_rows("out_of_range", outside, column=cells.header, values=cells.text, range=shown)
    return result


def _counted(column: Column) -> Callable[[str], writings.Reading]:
    return writings.count if column.name in STAFF or column.name == "capacity" else writings.integer


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
