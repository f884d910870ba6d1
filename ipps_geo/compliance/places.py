"""Where institutions and applications are: the unit that holds the place, and how far its boundary is, in metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ipps_geo.crs import to_metric
from ipps_geo.workspace.location import locate_units

if TYPE_CHECKING:
    from ipps_geo.workspace import Workspace


@dataclass(frozen=True)
class Place:
    """A located subject.

    ``boundary_distance_m``: to the nearest boundary of a unit; ``declared_distance_m``: to the declared unit (infinite
    where that has no geometry); ``precision_m``: how far off position and boundary may be together.
    """

    unit: str | None
    boundary_distance_m: float
    declared_distance_m: float
    precision_m: float


def places_of(
    workspace: Workspace,
    geometries: gpd.GeoSeries,
    ids: Sequence[str],
    declared: Sequence[str | None],
    precisions: Sequence[float | None],
) -> Mapping[str, Place]:
    """Return the places of the subjects whose geometry is known, by id; sequences are parallel to ``geometries``."""
    known = np.flatnonzero(~(geometries.isna() | geometries.is_empty).to_numpy())
    units = workspace.service_units
    if not len(known) or not len(units):
        return {}
    points = geometries.iloc[known]
    located = locate_units(points, units).tolist()
    metric = np.asarray(to_metric(gpd.GeoDataFrame(geometry=points)).geometry.array)
    shapes = np.asarray(to_metric(units).geometry.array)
    boundaries = shapely.boundary(shapes)
    by_code = {code: number for number, code in enumerate(units["code"].tolist())}
    unit_precision = units["precision_m"].fillna(0.0).to_numpy(dtype=float)
    tree = shapely.STRtree(boundaries)
    nearest = np.zeros(len(known))
    line, distance = tree.query_nearest(metric, all_matches=False, return_distance=True)
    nearest[line[0]] = distance
    places = {}
    for order, position in enumerate(known.tolist()):
        own = by_code.get(declared[position] or "")
        away = float(shapely.distance(metric[order], shapes[own])) if own is not None else float("inf")
        precision = precisions[position]
        blur = (0.0 if precision is None or pd.isna(precision) else float(precision)) + (
            0.0 if own is None else float(unit_precision[own])
        )
        unit = located[order]
        places[ids[position]] = Place(None if pd.isna(unit) else str(unit), float(nearest[order]), away, blur)
    return places
