"""The files of a workspace, read through intake: their rows, their faults, and where each row came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import PROBLEM_KINDS, problem_table
from ipps_geo.intake.reading import read_here
from ipps_geo.intake.remembered import read_remembered
from ipps_geo.intake.request import Request, TableRead
from ipps_geo.intake.units import Units, as_units, beijing_units
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    from ipps_geo.intake.mapping import SavedMappings

SUFFIXES = frozenset({".csv", ".tsv", ".xlsx", ".xlsm", ".geojson", ".gpkg", ".parquet", ".zip"})
"""Endings of the files in a folder that may be tables."""

BYTES_PER_SECOND = 200_000
"""Slowest reading that is waited for, beside the usual limit: a million enterprises are 20 MB of GeoParquet."""

MAY_BE_EMPTY = frozenset({"institutions", "staff", "rosters", "applications", "evaluations", "conduct"})
"""Tables that may have a header and no row: a network that begins has no station yet, and says so by an empty table."""

_BY_ROW = ("csv", "xlsx")


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
    """What one part holds: rows of ``table``, its problems, and for each row (file, sheet, row, feature)."""

    part: Part
    table: str
    frame: pd.DataFrame
    problems: pd.DataFrame
    origin: pd.DataFrame


class _Reads(Protocol):
    def __call__(self, request: Request, /) -> TableRead: ...


def read_parts(
    parts: Sequence[Part], *, trusted: bool, mappings: SavedMappings = MappingProxyType({})
) -> tuple[list[Rows], pd.DataFrame]:
    """Return (the rows of each part that is a table, problems of files that are none).

    The units are read first, and the codes, names and points of everything else are held against them. What is not
    ``trusted`` is read in a process of its own that is held to limits. Headers are read as ``mappings`` say.
    """
    waiting = sorted(parts, key=lambda part: part.table != "service_units")
    turns = {True: [part for part in waiting if part.table == "service_units"]}
    turns[False] = waiting[len(turns[True]) :]
    made: list[Rows] = []
    strays = [problem_table([])]
    with ExitStack() as stack:
        limits = _limits(parts)
        read = stack.enter_context(_reader(limits, trusted=trusted, units=beijing_units()))
        for first in (True, False):
            for part in turns[first]:
                request = Request(part.path, part.table, part.layer, accept_partial=True, label=part.label)
                result = read_remembered(read, request, mappings)
                if result.table is None:
                    strays.append(_stray(part))
                else:
                    made.append(_rows(part, result.table, result))
            own = [rows.frame for rows in made if len(rows.frame)]
            if first and own and not _same_units(own[0], beijing_units().frame):
                stack.close()
                read = stack.enter_context(_reader(limits, trusted=trusted, units=as_units(own[0])))
    return made, pd.concat(strays, ignore_index=True)


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
def _reader(limits: Limits, *, trusted: bool, units: Units) -> Iterator[_Reads]:
    if trusted:
        yield lambda request: _as_stored(request) or read_here(request, limits, units)
        return
    from ipps_geo.intake.sandbox import Sandbox

    with Sandbox(limits, units) as box:
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
    numbers = pd.Series(result.numbers[: len(frame)])
    by_row = result.format in _BY_ROW
    origin = pd.DataFrame(
        {
            "file": pd.Series(part.label, index=frame.index, dtype="str"),
            "sheet": pd.Series(result.sheet, index=frame.index, dtype="str"),
            "row": numbers.astype("Int64") if by_row else pd.Series(pd.NA, index=frame.index, dtype="Int64"),
            "feature": pd.Series(None, index=frame.index, dtype="str") if by_row else numbers.astype("str"),
        }
    )
    return Rows(part, table, frame, _empty_is_no_error(table, result.problems), origin)


def _empty_is_no_error(table: str, problems: pd.DataFrame) -> pd.DataFrame:
    if table not in MAY_BE_EMPTY:
        return problems
    return problems.assign(severity=problems["severity"].mask(problems["code"] == "no_rows", "note"))


def _stray(part: Part) -> pd.DataFrame:
    place = {"file": part.label, "sheet": part.layer}
    return problem_table([{**place, "code": "file_ignored", "severity": PROBLEM_KINDS["file_ignored"]}])
