"""Coordinate reference systems: where things are stored and where they are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ipps_geo.errors import CrsError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

STORE_CRS = "EPSG:4490"
METRIC_CRS = "EPSG:4548"


def to_metric(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return ``table`` in EPSG:4548."""
    if table.crs is None or table.crs.to_epsg() == 3857:
        raise CrsError(f"cannot measure in {table.crs}")
    return table.to_crs(METRIC_CRS)


def metric_xy(table: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the points of ``table`` as (n, 2) metres in EPSG:4548."""
    places = to_metric(table).geometry
    return np.column_stack([places.x, places.y])
