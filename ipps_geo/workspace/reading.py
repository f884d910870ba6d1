"""The files of a workspace, read through intake: their rows, their faults, and where each row came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.intake.datum import NO_POINTS, DatumVerdict
from ipps_geo.intake.folder import speaks_of
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.pooling import one_datum
from ipps_geo.intake.problems import problem_table
from ipps_geo.intake.reading import read_here
from ipps_geo.intake.remembered import read_remembered
from ipps_geo.intake.request import LEFT_ROW, LEFT_SHEET, Request, TableRead
from ipps_geo.intake.request import PartRead as SheetRead
from ipps_geo.intake.units import Units, as_units, units_of
from ipps_geo.regions import Region, load_region
from ipps_geo.workspace.loaded import (
    OPEN_ENDED,
    REFERRED_TO,
    LoadReport,
    PartRead,
    Unread,
    Weight,
    absent_columns,
    unread_columns,
)
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.intake.mapping import SavedMappings

BYTES_PER_SECOND = 200_000
"""Slowest reading that is waited for, beside the usual limit: a million enterprises are 20 MB of GeoParquet."""

MAY_BE_EMPTY = frozenset({"institutions", "staff", "rosters", "applications", "evaluations", "conduct"})
"""Tables that may have a header and no row: a network that begins has no station yet, and says so by an empty table."""

_BY_ROW = ("csv", "xlsx", "xls", "ods", "html", "xml spreadsheet", "json records", "zip of files")


@dataclass(frozen=True)
class Part:
    """One file, or layer or sheet of a file, with rows of one table; None where its columns must tell which.

    ``label`` is its path inside the workspace.
    """

    table: str | None
    path: Path
    label: str
    layer: str | None = None


@dataclass(frozen=True, eq=False)
class Rows:
    """What one part holds: rows of ``table``, its problems, and for each row (file, sheet, row, feature).

    ``loaded`` says what of the part was read and what was left out, ``datum`` what its coordinates were taken for.
    """

    part: Part
    table: str
    frame: pd.DataFrame
    problems: pd.DataFrame
    origin: pd.DataFrame
    loaded: LoadReport
    datum: DatumVerdict = NO_POINTS


class _Reads(Protocol):
    def __call__(self, request: Request, /) -> TableRead: ...


def read_parts(
    parts: Sequence[Part],
    *,
    trusted: bool,
    mappings: SavedMappings = MappingProxyType({}),
    datum: str | None = None,
    datums: Mapping[str, str] = MappingProxyType({}),
    every_sheet: bool = False,
    region: Region | None = None,
) -> tuple[list[Rows], pd.DataFrame, tuple[Unread, ...]]:
    """Return (the rows of each part that is a table, problems of the parts that are none, what these parts are).

    The units are read first, and the codes, names and points of everything else are held against them. What is not
    ``trusted`` is read in a process of its own that is held to limits. Headers are read as ``mappings`` say. ``datum``
    is the reference system that somebody states of all parts, ``datums`` that of single ones by their label; of the
    others the evidence is pooled (:mod:`ipps_geo.intake.pooling`). With ``every_sheet`` sheets and layers of other
    tables than their part's are read as parts of their own. ``region`` is where the workspace lies.
    """
    waiting = sorted(parts, key=lambda part: part.table != "service_units")
    turns = {True: [part for part in waiting if part.table == "service_units"]}
    turns[False] = waiting[len(turns[True]) :]
    here = region or load_region()
    made: list[Rows] = []
    strays: list[pd.DataFrame] = [problem_table([])]
    unread: list[Unread] = []
    with ExitStack() as stack:
        limits = _limits(parts)
        read = stack.enter_context(_reader(limits, parts, trusted=trusted, units=units_of(here)))
        for first in (True, False):
            asked: list[tuple[Part, Request]] = []
            results: list[TableRead] = []
            for part in turns[first]:
                request = _request(part, datum, datums)
                result = read_remembered(read, request, mappings)
                if result.table is None:
                    entry, problems = _stray(part, result)
                    unread.append(entry)
                    strays.append(problems)
                else:
                    asked.append((part, request))
                    results.append(result)
                    if every_sheet and part.layer is None:
                        turns[False] += [replace(part, table=None, layer=name) for name in other_sheets(result)]
            again = one_datum(
                [request for _, request in asked],
                results,
                partial(read_remembered, read, saved=mappings),
                here.inside_share,
            )
            made += [_rows(part, str(result.table), result) for (part, _), result in zip(asked, again, strict=True)]
            own = [rows.frame for rows in made if len(rows.frame)]
            if first and own and not _same_units(own[0], units_of(here).frame):
                stack.close()
                read = stack.enter_context(_reader(limits, parts, trusted=trusted, units=as_units(own[0], here)))
    return _settled(made), pd.concat(strays, ignore_index=True), tuple(unread)


def _settled(made: Sequence[Rows]) -> list[Rows]:
    """Return what was read, without the word that a sheet was not where it was read as another part."""
    read = {(rows.part.label, sheet) for rows in made for sheet in rows.origin["sheet"].unique()}
    read |= {(rows.part.label, rows.part.layer) for rows in made if rows.part.layer}
    settled = []
    for rows in made:
        here = [(rows.part.label, sheet) in read for sheet in rows.problems["value"]]
        gone = rows.problems["code"].isin(_OTHERS) & np.array(here, dtype=bool)
        unread = tuple(entry for entry in rows.loaded.unread if (entry.file, entry.sheet) not in read)
        loaded = replace(rows.loaded, unread=unread)
        settled.append(replace(rows, problems=rows.problems[~gone].reset_index(drop=True), loaded=loaded))
    return settled


def _request(part: Part, datum: str | None, datums: Mapping[str, str]) -> Request:
    own = datums.get(part.label)
    request = Request(part.path, part.table, part.layer, accept_partial=True, label=part.label)
    if own is None and datum is None:
        return request
    return replace(request, datum=own or datum, datum_scope="workspace" if own is None else "file")


def _same_units(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Return whether two tables of units say the same of places, so that a worker that knows one knows the other."""
    if len(one) != len(other) or one["code"].tolist() != other["code"].tolist():
        return False
    numbers = ["precedence", "precision_m"]
    return (
        one["name_zh"].tolist() == other["name_zh"].tolist()
        and bool((one[numbers].astype("float64").to_numpy() == other[numbers].astype("float64").to_numpy()).all())
        and bool((one["geometry"].to_numpy() == other["geometry"].to_numpy()).all())
    )


def _limits(parts: Sequence[Part]) -> Limits:
    """Return the limits for reading ``parts``: the usual ones, and more time for larger files."""
    usual = Limits()
    largest = max((part.path.stat().st_size for part in parts), default=0)
    return replace(usual, seconds=usual.seconds + largest / BYTES_PER_SECOND)


@contextmanager
def _reader(limits: Limits, parts: Sequence[Part], *, trusted: bool, units: Units) -> Iterator[_Reads]:
    if trusted:
        yield lambda request: _as_stored(request) or read_here(request, limits, units)
        return
    from ipps_geo.intake.sandbox import Sandbox

    with Sandbox(limits, units, [part.path for part in parts]) as box:
        yield box.read


def _as_stored(request: Request) -> TableRead | None:
    """Return a trusted GeoParquet table as it is: it was written from a table in memory, so nothing needs reading into.

    None for other files. The schemas check the result like any other.
    """
    if request.table is None or request.path.suffix != ".parquet" or TABLES[request.table].geometry is None:
        return None
    import geopandas as gpd

    frame = gpd.read_parquet(request.path)
    count, numbers = len(frame), np.arange(1, len(frame) + 1)
    return TableRead(
        request.file, request.table, frame, problem_table([]), count, count, 0, format="parquet", numbers=numbers
    )


def _rows(part: Part, table: str, result: TableRead) -> Rows:
    told = result.problems if part.layer is not None else unread_is_error(result.problems)
    problems = _empty_is_no_error(table, told)
    result = replace(result, file=part.label, problems=problems)
    report = report_of(result, table)
    result = undoubted(result, table)
    frame = conform(table, result.frame)
    origin = _places(result, pd.Series(result.numbers[: len(frame)], index=frame.index), result.row_sheets)
    return Rows(part, table, frame, problems, origin, report, result.datum)


def _places(result: TableRead, numbers: pd.Series, sheets: Any = None) -> pd.DataFrame:
    """Return the file, sheet and row (or feature) of each number; ``sheets`` where several were read together."""
    by_row = result.format in _BY_ROW
    return pd.DataFrame(
        {
            "file": pd.Series(result.file, index=numbers.index, dtype="str"),
            "sheet": pd.Series(result.sheet if sheets is None else sheets, index=numbers.index, dtype="str"),
            "row": numbers.astype("Int64") if by_row else pd.Series(pd.NA, index=numbers.index, dtype="Int64"),
            "feature": pd.Series(None, index=numbers.index, dtype="str") if by_row else numbers.astype("str"),
        }
    )


def report_of(result: TableRead, table: str) -> LoadReport:
    """Return what of a file was read as ``table``, and what was left out.

    A row of which a cell is lost that means something when it is blank (:data:`OPEN_ENDED`) counts as one left out.
    """
    file, problems = result.file, result.problems
    sheet = result.sheet or ";".join(part.name for part in result.parts if not part.reason)
    errors = problems[problems["severity"] == "error"]
    unread = [_unread_part(file, part) for part in result.parts if part.reason and part.reason != "not_asked"]
    unread += [
        Unread(file, name, "other_layer", "error", speaks_of(name) or "other")
        for name in other_sheets(result)
        if name not in {entry.sheet for entry in unread}
    ]
    whole = errors[errors["row"].isna() & errors["feature"].isna() & ~errors["code"].isin(_OTHERS)]
    if len(whole) and not result.rows_in_file:
        unread.append(Unread(file, sheet, str(whole["code"].iloc[0]), "error", table))
    mapping = result.mapping
    absent = () if mapping is None else absent_columns(table, tuple(mapping.by_column))
    rows = {}
    if len(result.left_out):
        sheets = result.left_out[LEFT_SHEET].to_numpy() if LEFT_SHEET in result.left_out else None
        placed = _places(result, result.left_out[LEFT_ROW], sheets).reset_index(drop=True)
        left = result.left_out.drop(columns=[LEFT_ROW, LEFT_SHEET], errors="ignore").reset_index(drop=True)
        rows[table] = pd.concat([left, placed], axis="columns").assign(reasons=_reasons(placed, errors))
    doubted = _doubted(result, table)
    if len(doubted):
        rows[table] = pd.concat([rows[table], doubted], ignore_index=True) if table in rows else doubted
    return LoadReport(
        parts=(PartRead(file, sheet, table, result.rows_in_file, len(result.frame), result.rejected, absent),),
        unread=tuple(unread),
        columns=() if mapping is None else unread_columns(file, sheet, mapping),
        rows=rows,
        cells={(table, column): len(places) for column, places in result.lost.items()},
    )


def undoubted(result: TableRead, table: str) -> TableRead:
    """Return a file without the rows that would say something else than they do, for a lost cell looks like a blank.

    Rows that others refer to stay: :func:`report_of` names them as doubted.
    """
    gone = _open_rows(result, table)
    if table in REFERRED_TO or not len(gone):
        return result
    stays = np.ones(len(result.frame), dtype=bool)
    stays[gone] = False
    frame = result.frame[stays].reset_index(drop=True)
    sheets = None if result.row_sheets is None else result.row_sheets[stays]
    return replace(result, frame=frame, numbers=result.numbers[stays], row_sheets=sheets)


def _open_rows(result: TableRead, table: str) -> NDArray[np.int64]:
    """Return the rows of which an open-ended cell was lost."""
    lost = [rows for column, rows in result.lost.items() if column in OPEN_ENDED.get(table, ())]
    return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(np.array(rows) for rows in lost)])).astype(np.int64)


def _doubted(result: TableRead, table: str) -> pd.DataFrame:
    """Return the rows of which an open-ended cell was lost, as rows left out: every lost cell of them is missing."""
    rows = _open_rows(result, table)
    given = set() if result.mapping is None else set(result.mapping.by_column)
    frame = pd.DataFrame(result.frame.drop(columns="geometry", errors="ignore")).iloc[rows]
    frame = frame[[name for name in frame.columns if name in given]]
    for column, lost in result.lost.items():
        if column in frame.columns:
            frame[column] = frame[column].mask(frame.index.isin(lost))
    sheets = None if result.row_sheets is None else result.row_sheets[rows]
    placed = _places(result, pd.Series(result.numbers[rows], index=frame.index), sheets)
    return pd.concat([frame, placed], axis="columns").assign(reasons="cell_lost").reset_index(drop=True)


def other_sheets(result: TableRead) -> tuple[str, ...]:
    """Return the sheets and layers of a file that hold rows of another table than the one that was read."""
    named = result.problems.loc[result.problems["code"].isin(_OTHERS), "value"].dropna().tolist()
    return tuple(dict.fromkeys([*(part.name for part in result.parts if part.reason == "other_table"), *named]))


_HARMLESS = frozenset({"empty", "example", "explanation", "no_data"})
_DOUBTFUL = frozenset({"no_table", "repeats", "gone"})


def _unread_part(file: str, part: SheetRead) -> Unread:
    """Return what a sheet, layer or member is that was not read with the others."""
    weight: Weight = "error"
    if part.reason in _HARMLESS or (part.reason in _DOUBTFUL and not part.rows):
        weight = "note"
    elif part.reason in _DOUBTFUL:
        weight = "warning"
    other = "other" if part.reason == "other_table" else ""
    return Unread(file, part.name, part.reason, weight, speaks_of(part.name) or other)


def _reasons(placed: pd.DataFrame, errors: pd.DataFrame) -> pd.Series:
    """Return, per row left out, the codes of its errors; those of the whole part where it has none of its own."""
    key = "row" if placed["row"].notna().any() else "feature"
    own = errors[errors[key].notna()]
    told = own.groupby(_place_key(own, key))["code"].agg(lambda codes: ";".join(dict.fromkeys(codes)))
    whole = ";".join(dict.fromkeys(errors.loc[errors["row"].isna() & errors["feature"].isna(), "code"]))
    return _place_key(placed, key).map(told.astype("str")).astype("str").fillna(whole)


def _place_key(places: pd.DataFrame, key: str) -> pd.Series:
    return places["sheet"].fillna("").astype("str") + "\x1f" + places[key].astype("str")


_OTHERS = ("other_sheet", "other_layer")
"""Problems that name a sheet or a layer which holds rows and was not read."""


def unread_is_error(problems: pd.DataFrame) -> pd.DataFrame:
    """Make it an error that another sheet or layer was not read: for a file of which nobody chose one."""
    return problems.assign(severity=problems["severity"].mask(problems["code"].isin(_OTHERS), "error"))


def _empty_is_no_error(table: str, problems: pd.DataFrame) -> pd.DataFrame:
    if table not in MAY_BE_EMPTY:
        return problems
    return problems.assign(severity=problems["severity"].mask(problems["code"] == "no_rows", "note"))


_NO_TABLE = ("table_unknown", "header_missing")


def _stray(part: Part, result: TableRead) -> tuple[Unread, pd.DataFrame]:
    """Return what a part is of which no table was read, and its problems.

    A file that is no table is an error of the load. Of a workbook whose other sheets were read, an empty sheet is
    none, and one whose columns fit no table is named.
    """
    errors = result.problems[result.problems["severity"] == "error"]
    code = str(errors["code"].iloc[0]) if len(errors) else "table_unknown"
    sheet = part.layer or ""
    if sheet and code in ("empty_file", "no_rows"):
        return Unread(part.label, sheet, code, "note"), problem_table([])
    if sheet and code in _NO_TABLE:
        told = result.problems.assign(
            severity=result.problems["severity"].mask(result.problems["code"] == code, "warning")
        )
        return Unread(part.label, sheet, code, "warning", speaks_of(sheet)), told
    return Unread(part.label, sheet, code, "error", speaks_of(sheet or part.path.stem)), result.problems
