"""The files of a workspace, read through intake: their rows, their faults, and where each row came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import problem_table
from ipps_geo.intake.reading import Request, TableRead, read_here
from ipps_geo.intake.units import Units, as_units
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    import geopandas as gpd

SUFFIXES = frozenset({".csv", ".tsv", ".xlsx", ".xlsm", ".geojson", ".gpkg", ".parquet", ".zip"})
"""Endings of the files in a folder that may be tables."""

_BY_ROW = ("csv", "xlsx")
_PLAIN = True


def _plain(request: Request) -> TableRead:
    import geopandas as gpd
    import numpy as np
    from shapely import points

    path, suffix = request.path, request.path.suffix.lower()
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        geo = b"geo" in (pq.read_schema(path).metadata or {})
        frame = gpd.read_parquet(path) if geo else pd.read_parquet(path)
    elif suffix == ".csv":
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        frame = frame.mask(frame == "")
        if "lon" in frame:
            frame = frame.assign(geometry=points(frame["lon"].astype(float), frame["lat"].astype(float)))
        for column in frame:
            if set(frame[column].dropna()) <= {"true", "false"} and frame[column].notna().all() and len(frame):
                frame[column] = frame[column] == "true"
    else:
        frame = gpd.read_file(path, layer=request.sheet)
    return TableRead(
        request.file,
        request.table,
        pd.DataFrame(frame),
        problem_table([]),
        len(frame),
        len(frame),
        0,
        format=suffix[1:],
        numbers=np.arange(2, len(frame) + 2),
    )


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


def read_parts(parts: Sequence[Part], *, trusted: bool) -> tuple[list[Rows], pd.DataFrame]:
    """Return (the rows of each part that is a table, problems of files that are none).

    The units are read first, and the codes, names and points of everything else are held against them. What is not
    ``trusted`` is read in a process of its own that is held to limits.
    """
    first = [part for part in parts if part.table == "service_units"]
    rest = [part for part in parts if part.table != "service_units"]
    made: list[Rows] = []
    strays = problem_table([])
    units: gpd.GeoDataFrame | None = None
    for turn in (first, rest):
        with _reader(trusted=trusted, units=as_units(units)) as read:
            for part in turn:
                result = read(Request(part.path, part.table, part.layer, accept_partial=True, label=part.label))
                if result.table is None:
                    strays = pd.concat([strays, _stray(part)], ignore_index=True)
                else:
                    made.append(_rows(part, result.table, result))
        known = [rows.frame for rows in made if rows.table == "service_units" and len(rows.frame)]
        units = known[0] if known else None
    return made, strays


@contextmanager
def _reader(*, trusted: bool, units: Units) -> Iterator[_Reads]:
    limits = Limits()
    if _PLAIN:
        yield _plain
        return
    if trusted:
        yield lambda request: read_here(request, limits, units)
        return
    from ipps_geo.intake.sandbox import Sandbox

    with Sandbox(limits, units) as box:
        yield box.read


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
    return Rows(part, table, frame, result.problems, origin)


def _stray(part: Part) -> pd.DataFrame:
    return problem_table(
        [
            {
                "file": part.label,
                "sheet": part.layer,
                "code": "file_ignored",
                "severity": "warning",
                "message": "the columns fit no table, so the file was not read",
                "advice": f"name it after its table ({', '.join(TABLES)}), or take it out of the folder",
            }
        ]
    )
