"""Where the synthetic enterprises are: clustered at the carriers of a unit and at its town centre, thin elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from ipps_geo.crs import STORE_CRS, metric_xy

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

AT_CARRIER, AT_CENTRE, NEARBY = 0.62, 0.16, 0.17
"""Shares of a unit's enterprises at a carrier, in the town, and loosely around carriers; the rest is anywhere."""

_SPREAD_M = {"development_zone": 1100.0, "specialised_park": 600.0, "industrial_cluster": 600.0}
_WEIGHT = {"development_zone": 5.0, "specialised_park": 3.0, "industrial_cluster": 2.5, "university_science_park": 2.0}
_SMALL_SPREAD_M, _SMALL_WEIGHT = 350.0, 1.5
_TOWN_SPREAD_M, _LOOSE_SPREAD_M = 1600.0, 3500.0
_TRIES = 40

EDGE_M = 20.0
"""How far inside its unit every place lies, at least."""


@dataclass(frozen=True, eq=False)
class Places:
    """Points (n, 2) in EPSG:4490 and, for each, the position of the carrier that it clusters at, or -1."""

    lonlat: NDArray[np.float64]
    carrier: NDArray[np.int64]


def carved_units(units: gpd.GeoDataFrame, metric_crs: str) -> dict[str, shapely.Geometry]:
    """Return the ground of each unit in ``metric_crs``, without what a unit of higher precedence takes."""
    shapes = units.to_crs(metric_crs).geometry
    carved = {}
    for code, shape, rank in zip(units["code"], shapes, units["precedence"], strict=True):
        above = shapes[(units["precedence"] > rank).to_numpy()]
        free = shape.difference(shapely.union_all(above.to_numpy())) if len(above) else shape
        # A margin, because edges that are straight in degrees are not quite straight in metres, and places are rounded.
        carved[str(code)] = free.buffer(-EDGE_M)
    return carved


def draw_places(
    code: str,
    count: int,
    ground: shapely.Geometry,
    carriers: gpd.GeoDataFrame,
    town_xy: NDArray[np.float64],
    random: np.random.Generator,
    metric_crs: str,
) -> Places:
    """Return ``count`` places on the ``ground`` of unit ``code``.

    ``carriers`` is the whole table; those of the unit attract. Places that fall off the ground are drawn again.
    """
    shapely.prepare(ground)
    own = np.flatnonzero((carriers["unit"] == code).to_numpy())
    kinds = carriers["host_type"].iloc[own]
    spread = np.array([_SPREAD_M.get(str(kind), _SMALL_SPREAD_M) for kind in kinds])
    weight = np.array([_WEIGHT.get(str(kind), _SMALL_WEIGHT) for kind in kinds])
    sites = metric_xy(carriers.iloc[own], metric_crs)
    heart = (
        sites[random.choice(len(own), size=count, p=weight / weight.sum())]
        if len(own)
        else np.tile(town_xy, (count, 1))
    )
    chance = random.random(count)
    pick = random.choice(len(own), size=count, p=weight / weight.sum()) if len(own) else np.zeros(count, dtype=np.int64)
    at_carrier = (chance < AT_CARRIER) & (len(own) > 0)
    in_town = ~at_carrier & (chance < AT_CARRIER + AT_CENTRE)
    nearby = ~at_carrier & ~in_town & (chance < AT_CARRIER + AT_CENTRE + NEARBY)
    middle = np.where(in_town[:, None], town_xy, heart)
    scale = np.where(in_town, _TOWN_SPREAD_M, _LOOSE_SPREAD_M)
    if len(own):
        middle[at_carrier] = sites[pick[at_carrier]]
        scale[at_carrier] = spread[pick[at_carrier]]
    anywhere = ~(at_carrier | in_town | nearby)
    west, south, east, north = ground.bounds
    xy = np.empty((count, 2))
    todo = np.arange(count)
    for _ in range(_TRIES):
        drawn = middle[todo] + random.normal(size=(len(todo), 2)) * scale[todo, None]
        free = anywhere[todo]
        drawn[free] = random.uniform((west, south), (east, north), size=(int(free.sum()), 2))
        xy[todo] = drawn
        todo = todo[~shapely.contains_xy(ground, drawn[:, 0], drawn[:, 1])]
        if not len(todo):
            break
    # A carrier at the very edge: take its own place, or the middle of the unit if even that is outside.
    if len(todo):
        xy[todo] = middle[todo]
        off = todo[~shapely.contains_xy(ground, xy[todo, 0], xy[todo, 1])]
        xy[off] = np.array(ground.representative_point().coords[0])
    carrier = np.full(count, -1, dtype=np.int64)
    if len(own):
        carrier[at_carrier] = own[pick[at_carrier]]
    return Places(_to_lonlat(xy, metric_crs), carrier)


def _to_lonlat(xy: NDArray[np.float64], metric_crs: str) -> NDArray[np.float64]:
    from pyproj import Transformer

    back = Transformer.from_crs(metric_crs, STORE_CRS, always_xy=True)
    # Five decimals are a metre: enough for points that do not exist, and they compress.
    return np.round(np.column_stack(back.transform(xy[:, 0], xy[:, 1])), 5)


def town_points(institutions: gpd.GeoDataFrame, metric_crs: str) -> dict[str, NDArray[np.float64]]:
    """Return the place of each unit's centre (a stand-in at the seat of government) in ``metric_crs``, by unit code."""
    centres: pd.DataFrame = institutions[institutions["kind"] == "district_center"]
    return dict(zip(centres["unit"].astype(str), metric_xy(centres, metric_crs), strict=True))
