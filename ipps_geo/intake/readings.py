"""Cells read one distinct text at a time: what each means, which cannot be read, which were written otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ipps_geo.errors import Message
from ipps_geo.intake import writings
from ipps_geo.intake.cells import Cells
from ipps_geo.intake.octets import begins_with
from ipps_geo.intake.problems import ProblemLog
from ipps_geo.intake.raw import as_series

_PLACEHOLDER_STARTS = frozenset(start.encode()[0] for text in writings.PLACEHOLDERS for start in (text, text.upper()))
_PLACEHOLDER_BYTES = max(len(text.encode()) for text in writings.PLACEHOLDERS)


def note_numbers(cells: Cells, log: ProblemLog) -> None:
    """Name numbers, days and answers that stand where text belongs."""
    if cells.numeric is not None and cells.numeric.any():
        sound = cells.numeric & ~log.bad
        log.about_rows("number_as_code", sound, column=cells.header, values=cells.text)
    if cells.untold is not None:
        log.about_rows("not_text", cells.untold, column=cells.header, values=cells.text)


def drop_placeholders(cells: Cells, log: ProblemLog, but: frozenset[str] = frozenset()) -> None:
    """Make placeholders missing, with a warning; those in ``but`` mean something in this column."""
    likely = np.flatnonzero(begins_with(cells.text, _PLACEHOLDER_STARTS, _PLACEHOLDER_BYTES))
    if not len(likely):
        return
    known = pa.array(sorted(writings.PLACEHOLDERS - but), pa.large_string())
    found = pc.is_in(pc.utf8_lower(cells.text.take(pa.array(likely))), value_set=known)
    rows = likely[found.to_numpy(zero_copy_only=False)]
    if len(rows):
        log.about_rows("placeholder", rows, column=cells.header, values=cells.text)
        placeholder = np.zeros(len(cells.text), dtype=bool)
        placeholder[rows] = True
        cells.text = pc.if_else(pa.array(placeholder), pa.scalar(None, cells.text.type), cells.text)


def read_texts(
    cells: Cells, read: Callable[[str], writings.Reading], fault: str, log: ProblemLog, **params: Any
) -> pd.Series:
    """Return what :func:`read_each` returns as a column of text, without a Python object per row."""
    found = read_once(cells, read)
    name_readings(cells, found, fault, log, **params)
    if found.meanings == found.texts:  # codes written as they are meant, as a rule
        return as_series(cells.text)
    return as_series(pa.array(found.meanings, pa.large_string()).take(found.coded.indices))


@dataclass(eq=False)
class Readings:
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


def read_once(cells: Cells, read: Callable[[str], writings.Reading]) -> Readings:
    """Return the readings of a column; ``read`` is asked once per distinct text."""
    coded = cells.text.dictionary_encode()
    texts = coded.dictionary.to_pylist()
    readings = [read(text) for text in texts]
    return Readings(coded, texts, [value for value, _ in readings], [note for _, note in readings])


def read_each(
    cells: Cells, read: Callable[[str], writings.Reading], fault: str, log: ProblemLog, **params: Any
) -> NDArray[Any]:
    """Return every cell read by ``read``, None where it is blank or cannot be read."""
    found = read_once(cells, read)
    name_readings(cells, found, fault, log, **params)
    values = np.empty(len(found.meanings) + 1, dtype=object)
    values[:-1] = found.meanings
    read_values: NDArray[Any] = values[found.places]
    return read_values


def name_readings(cells: Cells, found: Readings, fault: str, log: ProblemLog, **params: Any) -> None:
    """Name the cells that cannot be read, and those that were read in another writing."""
    faults = [note or fault if value is None else "" for value, note in zip(found.meanings, found.notes, strict=True)]
    for code in sorted(set(faults) - {""}):
        rows = np.flatnonzero(np.array([own == code for own in faults] + [False], dtype=bool)[found.places])
        each = None if code == fault else _spans(found, rows)
        log.about_rows(
            code, rows, column=cells.header, values=cells.text, each=each, **(params if code == fault else {})
        )
    notes = [note if value is not None else "" for value, note in zip(found.meanings, found.notes, strict=True)]
    for note in sorted(set(notes) - {""}):
        rows = np.flatnonzero(np.array([own == note for own in notes] + [False], dtype=bool)[found.places])
        shown = {"found": [_told(found.meanings[found.places[row]]) for row in rows[:1_000].tolist()]}
        log.about_rows(note, rows, column=cells.header, values=cells.text, each=shown)


def _spans(found: Readings, rows: NDArray[np.int64]) -> dict[str, list[str]]:
    """Return the first and last day of the months and years that stand where a day belongs."""
    spans = [writings.span(found.texts[found.places[row]]) for row in rows[:1_000].tolist()]
    return {
        name: ["" if bounds is None else bounds[turn].isoformat() for bounds in spans]
        for turn, name in enumerate(("first", "last"))
    }


def _told(meaning: Any) -> Any:
    """Return what a cell was read as, for a message: answers in the words of the reader."""
    if isinstance(meaning, bool):
        return Message("answer.yes" if meaning else "answer.no")
    if meaning in ("yes", "no", "unknown"):
        return Message(f"answer.{meaning}")
    return meaning.isoformat() if isinstance(meaning, dt.date) else str(meaning)
