"""Which service unit a place lies in, when functional areas lie over districts.

A unit of higher precedence takes the place (a functional area before the districts under it), so that totals count it
once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from ipps_geo.columns.words import words_at
from ipps_geo.errors import CrsError
from ipps_geo.workspace.points import lonlat_of_points

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


def locate_units(points: gpd.GeoSeries, service_units: gpd.GeoDataFrame) -> pd.Series:
    """Return the code of the service unit that holds each point, missing where none does.

    Both layers must share one CRS. A point on the border of two units of equal precedence goes to the lower code, so
    that the answer does not depend on the order of rows.
    """
    if points.crs != service_units.crs:
        raise CrsError("workspace.two_crs", crs=points.crs, units=service_units.crs)
    return units_at(lonlat_of_points(points), service_units).set_axis(points.index)


def units_at(xy: NDArray[np.float64], service_units: gpd.GeoDataFrame) -> pd.Series:
    """Return :func:`locate_units` of places in the system of ``service_units``, shape (n, 2), nan where unknown."""
    units = service_units.sort_values(["precedence", "code"], ascending=[True, False], kind="stable")
    found = np.full(len(xy), -1, np.int32)
    x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    # Later units overwrite earlier ones: ascending precedence leaves the highest, descending code the lowest code.
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    west, south, east, north = (
        (x[known].min(), y[known].min(), x[known].max(), y[known].max()) if len(known) else (np.nan,) * 4
    )
    for place, (polygon, box) in enumerate(zip(units.geometry, units.bounds.to_numpy(), strict=True)):
        if not (box[0] <= east and west <= box[2] and box[1] <= north and south <= box[3]):
            continue
        near = (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])
        shapely.prepare(polygon)
        near[near] = shapely.intersects_xy(polygon, x[near], y[near])
        found[near] = place
    return words_at(found, units["code"])
