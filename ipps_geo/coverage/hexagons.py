"""Counts per hexagon: density that neither hides behind district borders nor shows a single enterprise.

There is one grid, H3, on every map, in every layer and table: the same place lies in the same cell everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipps_geo.crs import STORE_CRS, transformer

CITY_RESOLUTION, UNIT_RESOLUTION = 7, 8
"""H3 resolutions of maps of the city (3.7 km² a cell) and of one unit (0.5 km²)."""


def hexagon_counts(
    xy: NDArray[np.float64],
    metric_crs: str,
    resolution: int = CITY_RESOLUTION,
    weights: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Return the occupied cells: columns h3_cell, x, y (centre, metres of ``metric_crs``), count; cells ascend.

    Parameters
    ----------
    xy
        Points in metres of ``metric_crs``, shape (n, 2); points that are not finite are left out.
    resolution
        Of H3: each step divides a cell by seven.
    weights
        What each point counts, shape (n,); 1 by default.

    >>> import numpy as np
    >>> xy = np.array([[450000.0, 4418000.0], [450010.0, 4418005.0], [460000.0, 4418000.0]])
    >>> sorted(hexagon_counts(xy, "EPSG:4544")["count"].tolist())
    [1.0, 2.0]
    """
    import h3

    known = np.isfinite(xy).all(axis=1)
    points = xy[known]
    worth = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=np.float64)[known]
    if not len(points):
        return pd.DataFrame({"h3_cell": np.zeros(0, str), "x": np.zeros(0), "y": np.zeros(0), "count": np.zeros(0)})
    cells, inverse = np.unique(cells_of(points, metric_crs, resolution), return_inverse=True)
    counts = np.bincount(inverse.reshape(-1), weights=worth, minlength=len(cells))
    centres = np.array([h3.cell_to_latlng(cell) for cell in cells.tolist()])
    x, y = transformer(STORE_CRS, metric_crs).transform(centres[:, 1], centres[:, 0])
    return pd.DataFrame({"h3_cell": cells, "x": x, "y": y, "count": counts})


def cells_of(xy: NDArray[np.float64], metric_crs: str, resolution: int = CITY_RESOLUTION) -> NDArray[np.str_]:
    """Return the H3 cell of each point (metres of ``metric_crs``, finite), shape (n,)."""
    import h3

    lon, lat = transformer(metric_crs, STORE_CRS).transform(xy[:, 0], xy[:, 1])
    return np.array(
        [h3.latlng_to_cell(b, a, resolution) for a, b in zip(lon.tolist(), lat.tolist(), strict=True)], dtype=str
    )


def hexagon_corners(cells: Sequence[str], metric_crs: str) -> list[NDArray[np.float64]]:
    """Return the corners of each cell in metres of ``metric_crs``, shape (6, 2) each (a pentagon of H3 has five)."""
    import h3

    to_metric = transformer(STORE_CRS, metric_crs)
    rings = [np.array(h3.cell_to_boundary(cell)) for cell in cells]
    return [np.column_stack(to_metric.transform(ring[:, 1], ring[:, 0])) for ring in rings]


def cell_area_km2(resolution: int, lon: float, lat: float) -> float:
    """Return the area of the cell at a place; H3's cells differ over the globe.

    >>> round(cell_area_km2(7, 116.5, 40.25), 1), round(cell_area_km2(7, 104.1, 30.7), 1)
    (3.7, 5.0)
    """
    import h3

    return float(h3.cell_area(h3.latlng_to_cell(lat, lon, resolution), unit="km^2"))
