"""What lies in an area that somebody drew: enterprises, stations and carriers, counted in the metric CRS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ipps_geo.crs import STORE_CRS, metric_xy, transformer
from ipps_geo.errors import BadInput
from ipps_geo.workspace.activity import active_institutions, day_of
from ipps_geo.workspace.demand import demand_table

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace


def inside(
    workspace: Workspace, policy: Policy, ring: Sequence[Sequence[float]], on: dt.date | None = None
) -> dict[str, float]:
    """Return what lies in a ring of longitudes and latitudes (EPSG:4490).

    The answer has ``area_km2``, ``enterprises`` (in key industries), ``with_need``, ``on_roster``, ``not_on_roster``,
    ``stations``, ``carriers``, and ``without_place``: key-industry enterprises of the whole workspace whose place
    is unknown, which may or may not lie inside. Sides of the ring are straight in the metric CRS; a point on a side
    is not inside.

    Raises
    ------
    BadInput
        The ring has fewer than three corners, or crosses itself.
    """
    day = day_of(workspace, on)
    crs = workspace.region.metric_crs
    corners = {(float(lon), float(lat)) for lon, lat in ring}
    area = shapely.Polygon(_metres(ring, crs)) if len(corners) > 2 else None
    if area is None or not area.is_valid:
        raise BadInput("plan.no_ring", corners=len(corners))
    demand = demand_table(workspace, policy, day)
    key = ((demand["is_enterprise"] == "yes") & (demand["key_industry"] == "yes")).to_numpy()
    within = _within(area, demand, crs)
    held = demand["holder_id"].notna().to_numpy()
    need = (demand["need"] == 1).to_numpy()
    stations = active_institutions(workspace.institutions, day, "workstation")
    placed = ~(demand.geometry.isna() | demand.geometry.is_empty).to_numpy()
    return {
        "area_km2": area.area / 1e6,
        "enterprises": int((key & within).sum()),
        "with_need": int((key & within & need).sum()),
        "on_roster": int((key & within & held).sum()),
        "not_on_roster": int((key & within & ~held).sum()),
        "stations": int(_within(area, stations, crs).sum()),
        "carriers": int(_within(area, workspace.carriers, crs).sum()),
        "without_place": int((key & ~placed).sum()),
    }


def _metres(ring: Sequence[Sequence[float]], crs: str) -> NDArray[np.float64]:
    lon, lat = np.asarray(ring, dtype=float).T
    return np.column_stack(transformer(STORE_CRS, crs).transform(lon, lat))


def _within(area: shapely.Polygon, table: gpd.GeoDataFrame, crs: str) -> NDArray[np.bool_]:
    shapely.prepare(area)
    inside: NDArray[np.bool_] = shapely.contains_xy(area, metric_xy(table, crs))
    return inside
