"""From a file to a table and its problems, in this process; :func:`ipps_geo.intake.read_table` adds the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipps_geo.intake.datum import NO_POINTS, DatumVerdict
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import ColumnMapping
from ipps_geo.intake.problems import Refusal, problem_table, refusal_record
from ipps_geo.intake.raw import RawTable
from ipps_geo.intake.sheets import sheet_names
from ipps_geo.intake.sniff import Format, check_address, detect
from ipps_geo.intake.units import Units

X, Y = "\x00x", "\x00y"
"""Columns that stand for points on the way from the worker to its caller."""


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
    points_apart: bool = False
    """Whether points are left as two columns of numbers (:data:`X`, :data:`Y`): the caller of the worker makes them."""

    @property
    def file(self) -> str:
        """The name of the file in problems."""
        return self.path.name if self.label is None else self.label


def read_here(request: Request, limits: Limits, units: Units | None) -> TableRead:
    """Read one file in this process. Faults of the file become problems; only a wrong request raises ``BadInput``."""
    from ipps_geo.intake.interpret import interpret

    name = ""
    sheets: tuple[str, ...] = ()
    try:
        check_address(request.path)
        format_, differs = detect(request.path, limits)
        name, sheets = str(format_), sheet_names(request.path, format_, limits)
        raw = read_raw(request, format_, limits)
        if differs:
            raw.remarks.append(("suffix_differs", {"found": differs}))
        return replace(interpret(raw, request, name, limits, units), sheets=sheets)
    except Refusal as refusal:
        return replace(refused(request, refusal, name), sheets=sheets)
    except MemoryError:
        return refused(request, Refusal("out_of_memory", limit=limits.memory_bytes >> 20), name)
    except OSError as error:
        return refused(request, Refusal("not_a_file", value=str(error.strerror or error)), name)


def read_raw(request: Request, format_: Format, limits: Limits) -> RawTable:
    """Return the table of a file of a known format, uninterpreted."""
    path, table, sheet = request.path, request.table, request.sheet
    known = tuple(header for header, column in (request.mapping or {}).items() if column)
    if format_ is Format.CSV:
        from ipps_geo.intake.delimited import read_delimited

        return read_delimited(path, table, limits, known)
    if format_ is Format.XLSX:
        from ipps_geo.intake.excel import read_workbook

        return read_workbook(path, table, sheet, limits, known)
    if format_ is Format.GEOJSON:
        from ipps_geo.intake.geojson import read_geojson

        return read_geojson(path, table, limits)
    if format_ is Format.GPKG:
        from ipps_geo.intake.geopackage import read_geopackage

        return read_geopackage(path, table, sheet, limits)
    if format_ is Format.PARQUET:
        from ipps_geo.intake.geoparquet import read_parquet

        return read_parquet(path, table, limits)
    from ipps_geo.intake.shapefile import read_shapefile

    return read_shapefile(path, table, sheet, limits)


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
