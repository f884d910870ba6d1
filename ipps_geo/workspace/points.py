"""Places as numbers: the points of a GeoParquet column in degrees, without an object for each, and back.

A point of well-known binary is 21 bytes: byte order, kind, two numbers. A column of nothing else is read as what it is;
any other column is read by shapely.
"""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipps_geo.crs import STORE_CRS

Floats = NDArray[np.float64]

_POINT = np.dtype([("order", "u1"), ("kind", "<u4"), ("lonlat", "<f8", 2)])


def lonlat_of(column: Any) -> Floats:
    """Return a column of well-known binary (of Arrow) as degrees, shape (n, 2), nan where a place is unknown.

    Raises
    ------
    ValueError
        A place is no point, or no well-known binary.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    binary = pa.array(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)
    binary = binary.cast(pa.large_binary())
    lonlat = np.full((len(binary), 2), np.nan)
    known = np.asarray(pc.is_valid(binary))
    lengths = np.asarray(pc.binary_length(binary).fill_null(_POINT.itemsize))
    if (lengths != _POINT.itemsize).any():
        return _by_shapely(binary)
    told = binary.drop_null()
    if not len(told):
        return lonlat
    start = int(np.frombuffer(told.buffers()[1], np.int64, 1, offset=told.offset * 8)[0])
    points = np.frombuffer(told.buffers()[2], _POINT, len(told), offset=start)
    if (points["order"] != 1).any() or (points["kind"] != 1).any():
        return _by_shapely(binary)
    lonlat[known] = points["lonlat"]
    return lonlat


def _by_shapely(binary: Any) -> Floats:
    import shapely

    places = shapely.from_wkb(binary.to_numpy(zero_copy_only=False))
    if not np.isin(shapely.get_type_id(places), (-1, 0)).all():
        raise ValueError("a place that is no point")
    return _coordinates(places)


def _coordinates(places: NDArray[np.object_]) -> Floats:
    import shapely

    xy = np.full((len(places), 2), np.nan)
    known = ~(shapely.is_missing(places) | shapely.is_empty(places))
    xy[known] = np.column_stack([shapely.get_x(places[known]), shapely.get_y(places[known])])
    return xy


def lonlat_of_points(points: Any) -> Floats:
    """Return a series of points as degrees (or what its system counts in), shape (n, 2), nan where there is none."""
    return _coordinates(np.asarray(points.array))


def write_points(path: Path, table: pd.DataFrame, lonlat: Floats) -> None:
    """Write a table with its places (degrees, EPSG:4490, all known) as GeoParquet, as geopandas would."""
    import pyarrow as pa

    write_arrow(path, pa.Table.from_pandas(table, preserve_index=False), lonlat)


def write_arrow(path: Path, table: Any, lonlat: Floats) -> None:
    """:func:`write_points` of a table of Arrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    points = np.zeros(len(lonlat), _POINT)
    points["order"], points["kind"], points["lonlat"] = 1, 1, lonlat
    ends = pa.py_buffer(np.arange(len(points) + 1, dtype=np.int64) * _POINT.itemsize)
    geometry = pa.Array.from_buffers(pa.large_binary(), len(points), [None, ends, pa.py_buffer(points)])
    if len(points) < np.iinfo(np.int32).max // _POINT.itemsize:
        geometry = geometry.cast(pa.binary())
    arrow = table.append_column("geometry", geometry)
    about = json.loads(_about())
    if len(lonlat):
        about["columns"]["geometry"]["bbox"] = [*lonlat.min(axis=0).tolist(), *lonlat.max(axis=0).tolist()]
    arrow = arrow.replace_schema_metadata({b"geo": json.dumps(about).encode()})
    pq.write_table(arrow, path, compression="zstd")


@cache
def _about() -> bytes:
    """What GeoParquet says of a column of points in EPSG:4490, in the words of geopandas."""
    import geopandas as gpd
    import pyarrow.parquet as pq
    import shapely

    written = io.BytesIO()
    gpd.GeoDataFrame(geometry=[shapely.Point(110, 30)], crs=STORE_CRS).to_parquet(written, index=False)
    about = json.loads(pq.read_schema(written).metadata[b"geo"])
    del about["columns"]["geometry"]["bbox"]  # that of the one point
    return json.dumps(about).encode()
