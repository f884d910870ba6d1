"""What is asked of one file, and what comes back: the table, its rows that count, and everything that was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipps_geo.intake.datum import NO_POINTS, DatumVerdict, Told
from ipps_geo.intake.mapping import ColumnMapping
from ipps_geo.intake.problems import Refusal, problem_table, refusal_record

X, Y = "\x00x", "\x00y"
"""Columns that stand for points on the way from the worker to its caller."""

LEFT_ROW = "\x00row"
"""Column of the number, as in ``numbers``, of each row that was left out."""

LEFT_SHEET = "\x00sheet"
"""Column of its sheet, where several sheets were read together."""


@dataclass(frozen=True)
class PartRead:
    """What became of one sheet, layer or file of an archive.

    ``reason`` is "" where its ``rows`` were read, else why not: ``other_table``, ``other_layer``, ``no_table``,
    ``empty``, ``example``, ``repeats``, ``not_asked``, ``no_data``, or the code of the problem that refused it.
    """

    name: str
    rows: int
    reason: str = ""


@dataclass(frozen=True)
class Question:
    """What a file leaves open, asked by every surface in the same words.

    ``kind`` is ``table``, ``sheet``, ``station``, ``datum`` or ``column``; ``choices`` are what can be answered, the
    likeliest first (none: any text). Of a column the choices are headers of the file: which of them is ``column``?
    ``needed``: nothing is used before the answer. ``table``: the one that the question takes the file for.
    """

    kind: str
    choices: tuple[str, ...] = ()
    column: str = ""
    needed: bool = True
    table: str = ""


@dataclass(frozen=True, eq=False)
class TableRead:
    """One table of one file: what was understood, and everything that was wrong.

    Attributes
    ----------
    file, table, format, sheet, encoding
        What was read. ``table`` is None where the columns fit no table; ``sheet`` is also the layer of a GeoPackage.
    frame
        The table with the columns that the file gives, each in its kind (texts ``str``, ``Int64``, ``float64``,
        ``bool``, ``datetime64[s]``, lists joined by ``;``, shapes in EPSG:4490) and the defaults of the others. Rows
        with an error are not in it; it is empty where the file has errors and partial acceptance was not asked for.
    numbers
        For each row of ``frame`` its row in the sheet, or number of the feature.
    rows_in_file, accepted, rejected
        Rows below the header that are not blank; those without an error; the others. Always in_file = accepted +
        rejected, whether or not partial acceptance was asked for.
    problems
        A table with the columns of :data:`ipps_geo.intake.problems.PROBLEM_COLUMNS`.
    datum, mapping
        The verdict on the coordinates; how the columns were understood (None where nothing was).
    sheets
        Every sheet of the workbook, or layer of the file, among which ``sheet`` was chosen.
    left_out
        The rows with an error, as far as they could be read: the columns of ``frame`` without its shapes, faulty cells
        missing, and their number in :data:`LEFT_ROW`.
    lost
        Single cells that could not be used in rows that were: positions in ``frame`` by column.
    parts, row_sheets
        What became of each sheet, layer or file inside; where several were read together, the one of each row of
        ``frame``, and ``sheet`` is None.
    questions
        What the sender must settle; see :class:`Question`.
    """

    file: str
    table: str | None
    frame: pd.DataFrame
    problems: pd.DataFrame
    rows_in_file: int
    accepted: int
    rejected: int
    encoding: str = ""
    format: str = ""
    sheet: str | None = None
    datum: DatumVerdict = NO_POINTS
    mapping: ColumnMapping | None = None
    numbers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    sheets: tuple[str, ...] = ()
    left_out: pd.DataFrame = field(default_factory=pd.DataFrame)
    lost: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    parts: tuple[PartRead, ...] = ()
    row_sheets: NDArray[Any] | None = None
    questions: tuple[Question, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether any problem is an error."""
        return bool((self.problems["severity"] == "error").any())


@dataclass(frozen=True)
class Request:
    """What is asked of one file; see :func:`ipps_geo.intake.read_table`."""

    path: Path
    table: str | None = None
    sheet: str | None = None
    mapping: Mapping[str, str] | None = None
    datum: str | None = None
    accept_partial: bool = False
    label: str | None = None
    absent: Mapping[str, str] | None = None
    station: str | None = None
    points_apart: bool = False
    """Whether points are left as two columns of numbers (:data:`X`, :data:`Y`): the caller of the worker makes them."""

    datum_scope: Literal["file", "workspace", "pooled"] = "file"
    """Of what ``datum`` is stated: this file, the whole workspace, or, unstated, what its other layers show."""

    @property
    def told(self) -> Told | None:
        """What is stated of the coordinates from outside, None where nothing is."""
        return None if self.datum is None else Told(self.datum, self.datum_scope)

    @property
    def file(self) -> str:
        """The name of the file in problems."""
        return self.path.name if self.label is None else self.label


def refused(request: Request, refusal: Refusal, format_: str = "", rows: int = 0) -> TableRead:
    """Return what is left of a file that was refused: its one problem, and its rows, if they were counted."""
    return TableRead(
        file=request.file,
        table=request.table,
        frame=pd.DataFrame(),
        problems=problem_table([refusal_record(refusal, request.file, request.sheet)]),
        rows_in_file=rows,
        accepted=0,
        rejected=rows,
        format=format_,
        sheet=request.sheet,
    )
