"""The files of a workspace, read through intake: their rows, their faults, and where each row came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

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
from ipps_geo.intake.units import Units, as_units, beijing_units
from ipps_geo.workspace.loaded import LoadReport, PartRead, Unread, absent_columns, unread_columns
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
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
) -> tuple[list[Rows], pd.DataFrame, tuple[Unread, ...]]:
    """Return (the rows of each part that is a table, problems of the parts that are none, what these parts are).

    The units are read first, and the codes, names and points of everything else are held against them. What is not
    ``trusted`` is read in a process of its own that is held to limits. Headers are read as ``mappings`` say. ``datum``
    is the reference system that somebody states of all parts, ``datums`` that of single ones by their label; of the
    others the evidence is pooled (:mod:`ipps_geo.intake.pooling`).
    """
    waiting = sorted(parts, key=lambda part: part.table != "service_units")
    turns = {True: [part for part in waiting if part.table == "service_units"]}
    turns[False] = waiting[len(turns[True]) :]
    made: list[Rows] = []
    strays: list[pd.DataFrame] = [problem_table([])]
    unread: list[Unread] = []
    with ExitStack() as stack:
        limits = _limits(parts)
        read = stack.enter_context(_reader(limits, parts, trusted=trusted, units=beijing_units()))
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
            again = one_datum(
                [request for _, request in asked], results, partial(read_remembered, read, saved=mappings)
            )
            made += [_rows(part, str(result.table), result) for (part, _), result in zip(asked, again, strict=True)]
            own = [rows.frame for rows in made if len(rows.frame)]
            if first and own and not _same_units(own[0], beijing_units().frame):
                stack.close()
                read = stack.enter_context(_reader(limits, parts, trusted=trusted, units=as_units(own[0])))
    return made, pd.concat(strays, ignore_index=True), tuple(unread)


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
    import numpy as np

    if request.table is None or request.path.suffix != ".parquet" or TABLES[request.table].geometry is None:
        return None
    import geopandas as gpd

    frame = gpd.read_parquet(request.path)
    count, numbers = len(frame), np.arange(1, len(frame) + 1)
    return TableRead(
        request.file, request.table, frame, problem_table([]), count, count, 0, format="parquet", numbers=numbers
    )


def _rows(part: Part, table: str, result: TableRead) -> Rows:
    frame = conform(table, result.frame)
    problems = _empty_is_no_error(table, _unread_is_error(part, result.problems))
    result = replace(result, file=part.label, problems=problems)
    origin = _places(result, pd.Series(result.numbers[: len(frame)], index=frame.index), result.row_sheets)
    return Rows(part, table, frame, problems, origin, report_of(result, table), result.datum)


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
    """Return what of a file was read as ``table``, and what was left out."""
    file, sheet, problems = result.file, result.sheet or "", result.problems
    errors = problems[problems["severity"] == "error"]
    others = errors.loc[errors["code"].isin(_OTHERS), ["value", "code"]]
    unread = [Unread(file, str(name), str(code), "error", table) for name, code in others.itertuples(index=False)]
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
    return LoadReport(
        parts=(PartRead(file, sheet, table, result.rows_in_file, len(result.frame), result.rejected, absent),),
        unread=tuple(unread),
        columns=() if mapping is None else unread_columns(file, sheet, mapping),
        rows=rows,
    )


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


def _unread_is_error(part: Part, problems: pd.DataFrame) -> pd.DataFrame:
    """Make it an error that another sheet or layer was not read, where nobody chose this one."""
    if part.layer is not None:
        return problems
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
