"""Which service unit a place lies in, when functional areas lie over districts.

A unit of higher precedence takes the place (a functional area before the districts under it), so that totals count it
once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from ipps_geo.errors import CrsError

if TYPE_CHECKING:
    import geopandas as gpd


def locate_units(points: gpd.GeoSeries, service_units: gpd.GeoDataFrame) -> pd.Series:
    """Return the code of the service unit that holds each point, missing where none does.

    Both layers must share one CRS. A point on the border of two units of equal precedence goes to the lower code, so
    that the answer does not depend on the order of rows.
    """
    if points.crs != service_units.crs:
        raise CrsError("workspace.two_crs", crs=points.crs, units=service_units.crs)
    units = service_units.sort_values(["precedence", "code"], ascending=[True, False], kind="stable")
    codes = np.full(len(points), None, dtype=object)
    shapes = np.asarray(points.array)
    tree = shapely.STRtree(shapes)
    # Later units overwrite earlier ones: ascending precedence leaves the highest, descending code the lowest code.
    for code, polygon in zip(units["code"], units.geometry, strict=True):
        codes[tree.query(polygon, predicate="intersects")] = code
    return pd.Series(codes, index=points.index, dtype="str")
