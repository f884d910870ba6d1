"""What the record knows of each row besides its columns: the legal entity behind it, and the cell that it lies in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from ipps_geo.crs import STORE_CRS, metric_xy
from ipps_geo.identity import entity_keys
from ipps_geo.workspace.activity import roster_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL_M = 1_000.0
"""Width of the hexagons to whose centre a place is moved for those who may not know where an enterprise is."""


def entities(enterprises: pd.DataFrame, rosters: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the keys of the legal entities behind the rows of both tables; see :func:`ipps_geo.identity.entity_keys`.

    A branch is known by any row of the city that names its parent, so the keys are the whole record's, never a view's.
    """
    keys = entity_keys(enterprises)
    return keys, roster_keys(rosters, enterprises, keys)


def cells(places: gpd.GeoSeries, metric_crs: str) -> gpd.GeoSeries:
    """Return the centre of the hexagon that each place lies in, in EPSG:4490; missing where the place is.

    The grid is two interleaved rectangular ones from the origin of the metric reference system.
    """
    from shapely import points

    result: NDArray[np.object_] = np.full(len(places), None, dtype=object)
    known = places.notna().to_numpy() & ~places.is_empty.to_numpy()
    if known.any():
        xy = metric_xy(places[known], metric_crs)
        size = np.array([CELL_M, CELL_M * np.sqrt(3)])
        first, second = np.round(xy / size) * size, (np.floor(xy / size) + 0.5) * size
        nearer = ((xy - first) ** 2).sum(axis=1) <= ((xy - second) ** 2).sum(axis=1)
        centre = gpd.GeoSeries(points(np.where(nearer[:, None], first, second)), crs=metric_crs).to_crs(STORE_CRS)
        # Six decimals, a tenth of a metre, so that no last bit of a projection is part of the record.
        result[known] = points(np.round(np.column_stack([centre.x, centre.y]), 6))
    return gpd.GeoSeries(result, index=places.index, crs=STORE_CRS)
