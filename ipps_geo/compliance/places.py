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
    from numpy.typing import NDArray

    from ipps_geo.workspace import Workspace


@dataclass(frozen=True)
class Place:
    """A located subject.

    ``unit``: the unit that takes the place; ``within``: every unit that holds it; ``near``: every unit that may, as far
    as position and boundaries are precise. ``boundary_distance_m``: to the nearest boundary of a unit;
    ``declared_distance_m``: to the declared unit (infinite where that has no geometry); ``precision_m``: how far off
    position and boundary may be together.
    """

    unit: str | None
    boundary_distance_m: float
    declared_distance_m: float
    precision_m: float
    within: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()


def places_of(
    workspace: Workspace,
    geometries: gpd.GeoSeries,
    ids: Sequence[str],
    declared: Sequence[str | None],
    precisions: Sequence[float | None],
    least_m: float = 0.0,
) -> Mapping[str, Place]:
    """Return the places of the subjects whose geometry is known, by id; sequences are parallel to ``geometries``.

    ``least_m``: how near a unit always counts as one that may hold the place.
    """
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
    position_precision = np.array([0.0 if value is None or pd.isna(value) else float(value) for value in precisions])
    within, near = _units_at(metric, position_precision[known], shapes, unit_precision, units["code"].tolist(), least_m)
    places = {}
    for order, position in enumerate(known.tolist()):
        own = by_code.get(declared[position] or "")
        away = float(shapely.distance(metric[order], shapes[own])) if own is not None else float("inf")
        precision = precisions[position]
        blur = (0.0 if precision is None or pd.isna(precision) else float(precision)) + (
            0.0 if own is None else float(unit_precision[own])
        )
        unit = located[order]
        places[ids[position]] = Place(
            None if pd.isna(unit) else str(unit), float(nearest[order]), away, blur, within[order], near[order]
        )
    return places


def _units_at(
    points: NDArray[np.object_],
    precision: NDArray[np.float64],
    shapes: NDArray[np.object_],
    unit_precision: NDArray[np.float64],
    codes: Sequence[str],
    least_m: float,
) -> tuple[list[frozenset[str]], list[frozenset[str]]]:
    """Return, per point, the units that hold it, and those that lie no farther than precision, at least ``least_m``."""
    tree = shapely.STRtree(shapes)
    reach = np.maximum(precision + (unit_precision.max() if len(unit_precision) else 0.0), least_m)
    line, unit = tree.query(points, predicate="dwithin", distance=reach)
    away = shapely.distance(points[line], shapes[unit])
    within: list[set[str]] = [set() for _ in points]
    near: list[set[str]] = [set() for _ in points]
    for one, number, distance in zip(line.tolist(), unit.tolist(), away.tolist(), strict=True):
        if distance <= max(precision[one] + unit_precision[number], least_m):
            near[one].add(codes[number])
        if distance == 0:
            within[one].add(codes[number])
    return [frozenset(found) for found in within], [frozenset(found) for found in near]
