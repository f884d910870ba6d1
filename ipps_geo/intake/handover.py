"""Tables between the worker and its caller: Arrow files for frames, JSON for the rest; nothing that could run."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ipps_geo.crs import STORE_CRS
from ipps_geo.intake.datum import DatumVerdict, Evidence
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import ColumnMapping, MappedColumn
from ipps_geo.intake.raw import as_series
from ipps_geo.intake.request import PartRead, Question, Request, TableRead
from ipps_geo.intake.request import X as _X
from ipps_geo.intake.request import Y as _Y
from ipps_geo.intake.units import Units
from ipps_geo.regions import load_region, write_region

UNITS = "units.arrow"
"""File of the worker's folder that holds the service units, where they are not those of the embedded region."""
REGION = "region"
"""Its sub-folder with their region, where that is not the embedded one."""


_SHAPE = "\x00shape"
_PLAIN = ("file", "table", "rows_in_file", "accepted", "rejected", "encoding", "format", "sheet")


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as an Arrow file; points become two columns of numbers, other shapes WKB."""
    columns: dict[str, Any] = {}
    for name in frame.columns:
        if name != "geometry":
            column = pa.array(frame[name], from_pandas=True)
            blank = pa.types.is_large_string(column.type) and column.null_count == len(column)
            columns[str(name)] = pa.nulls(len(column)) if blank else column
            continue
        import shapely

        shapes = np.asarray(frame["geometry"].array, dtype=object)
        kinds = shapely.get_type_id(shapes)
        if np.isin(kinds, (-1, 0)).all():
            for part, read in ((_X, shapely.get_x), (_Y, shapely.get_y)):
                columns[part] = pa.array(read(shapes), pa.float64())
        else:
            columns[_SHAPE] = pa.array(shapely.to_wkb(shapes), pa.large_binary())
    table = pa.table(columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read_frame(path: Path) -> pd.DataFrame:
    """Return a frame written by :func:`write_frame`."""
    with _opened(path) as source:
        table = pa.ipc.open_file(source).read_all()
    values: dict[str, Any] = {}
    shapes = None
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if name == _X:
            import shapely

            x, y = (table.column(part).to_numpy() for part in (_X, _Y))
            shapes = np.asarray(shapely.points(x, y, handle_nan="allow"), dtype=object)
            shapes[np.isnan(x) | np.isnan(y)] = None
        elif name == _SHAPE:
            import shapely

            shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
        elif name != _Y:
            values[name] = _series(column)
    frame = pd.DataFrame(values)
    if shapes is None:
        return frame
    import geopandas as gpd

    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, crs=STORE_CRS), crs=STORE_CRS)


def _opened(path: Path) -> Any:
    """Return a file as a stream: mapped into memory where it may be removed while it is in use, so without a copy."""
    return pa.memory_map(str(path), "r") if os.name == "posix" else pa.OSFile(str(path), "rb")


def _series(column: pa.Array) -> pd.Series:
    if pa.types.is_large_string(column.type) or pa.types.is_string(column.type) or pa.types.is_null(column.type):
        return as_series(column.cast(pa.large_string()))
    if pa.types.is_integer(column.type):
        return pd.Series(column.to_pandas(integer_object_nulls=True), dtype="Int64")
    if pa.types.is_timestamp(column.type):
        return pd.Series(column.to_pandas()).astype("datetime64[s]")
    return pd.Series(column.to_numpy(zero_copy_only=False))


def write_result(read: TableRead, folder: Path, name: str) -> None:
    """Write a result into ``folder``: the frame and the problems as Arrow files, the rest as JSON."""
    write_frame(read.frame, folder / f"{name}.arrow")
    write_frame(read.problems, folder / f"{name}.problems.arrow")
    write_frame(read.left_out, folder / f"{name}.left.arrow")
    document = {key: getattr(read, key) for key in _PLAIN} | {
        "datum": dataclasses.asdict(read.datum),
        "mapping": None if read.mapping is None else dataclasses.asdict(read.mapping),
        "numbers": read.numbers.tolist() if len(read.numbers) and not _is_range(read.numbers) else [],
        "first": int(read.numbers[0]) if len(read.numbers) else 0,
        "has_columns": bool(len(read.frame.columns)),
        "sheets": list(read.sheets),
        "parts": [dataclasses.asdict(part) for part in read.parts],
        "questions": [dataclasses.asdict(question) for question in read.questions],
        "row_sheets": _runs(read.row_sheets),
        "lost": {column: list(rows) for column, rows in read.lost.items()},
    }
    (folder / f"{name}.json").write_text(json.dumps(document, ensure_ascii=True), encoding="ascii")


def _runs(sheets: Any) -> list[list[Any]] | None:
    """Return the sheet of each row as (sheet, number of rows), one pair a sheet in the order of the rows."""
    if sheets is None:
        return None
    runs: list[list[Any]] = []
    for sheet in sheets.tolist():
        if runs and runs[-1][0] == sheet:
            runs[-1][1] += 1
        else:
            runs.append([sheet, 1])
    return runs


def _unrolled(runs: list[list[Any]] | None) -> Any:
    if runs is None:
        return None
    return np.array([sheet for sheet, count in runs for _ in range(count)], dtype=object)


def _is_range(numbers: Any) -> bool:
    return bool((np.diff(numbers) == 1).all())


def read_result(folder: Path, name: str) -> TableRead:
    """Return a result written by :func:`write_result`."""
    document = json.loads((folder / f"{name}.json").read_text(encoding="ascii"))
    frame = read_frame(folder / f"{name}.arrow") if document["has_columns"] else pd.DataFrame()
    datum = dict(document["datum"])
    datum["evidence"] = tuple(Evidence(**item) for item in datum["evidence"])
    numbers = np.array(document["numbers"], dtype=np.int64)
    if not len(numbers):
        numbers = np.arange(len(frame), dtype=np.int64) + int(document["first"])
    return TableRead(
        **{key: document[key] for key in _PLAIN},
        frame=frame,
        problems=read_frame(folder / f"{name}.problems.arrow"),
        left_out=read_frame(folder / f"{name}.left.arrow"),
        datum=DatumVerdict(**datum),
        mapping=_mapping(document["mapping"]),
        numbers=numbers,
        sheets=tuple(document["sheets"]),
        parts=tuple(PartRead(**part) for part in document["parts"]),
        questions=tuple(
            Question(**question | {"choices": tuple(question["choices"])}) for question in document["questions"]
        ),
        row_sheets=_unrolled(document["row_sheets"]),
        lost={column: tuple(rows) for column, rows in document["lost"].items()},
    )


def _mapping(content: dict[str, Any] | None) -> ColumnMapping | None:
    if content is None:
        return None
    return ColumnMapping(
        content["table"],
        tuple(MappedColumn(**item) for item in content["columns"]),
        tuple(content["unread"]),
        {header: (column, confidence) for header, (column, confidence) in content["suggestions"].items()},
        tuple((header, column) for header, column in content["conflicts"]),
    )


def request_text(request: Request) -> str:
    """Return a request as JSON on one line."""
    content = dataclasses.asdict(request) | {"path": str(request.path)}
    if content["mapping"] is not None:
        content["mapping"] = dict(content["mapping"])
    return json.dumps(content)


def request_of(text: str) -> Request:
    """Return a request written by :func:`request_text`."""
    content = json.loads(text)
    return Request(**content | {"path": Path(content["path"])})


def limits_text(limits: Limits) -> str:
    """Return limits as JSON on one line."""
    return json.dumps(dataclasses.asdict(limits))


def limits_of(text: str) -> Limits:
    """Return limits written by :func:`limits_text`."""
    return Limits(**json.loads(text))


def write_units(units: Units, path: Path) -> None:
    """Write service units for the worker, and their region beside them."""
    write_frame(units.frame, path)
    if not units.region.embedded:
        write_region(units.region, path.parent / REGION)


def read_units(path: Path) -> Units:
    """Return service units written by :func:`write_units`."""
    beside = path.parent / REGION
    return Units(read_frame(path), load_region(beside if beside.is_dir() else None))
