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
    as position and boundaries are precise. ``boundary_distance_m``: to the nearest boundary of a unit, or to the
    nearest one that it cannot be told from: then ``blur_m`` is how precisely the two are known together, else 0.
    ``declared_distance_m``: to the declared unit (infinite where that has no geometry); ``precision_m``: how far off
    the position may be together with the boundary that lies between it and the declared unit.
    """

    unit: str | None
    boundary_distance_m: float
    declared_distance_m: float
    precision_m: float
    within: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    blur_m: float = 0.0


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
    metric = np.asarray(to_metric(gpd.GeoDataFrame(geometry=points), workspace.region.metric_crs).geometry.array)
    shapes = np.asarray(to_metric(units, workspace.region.metric_crs).geometry.array)
    boundaries = shapely.boundary(shapes)
    by_code = {code: number for number, code in enumerate(units["code"].tolist())}
    unit_precision = units["precision_m"].fillna(0.0).to_numpy(dtype=float)
    precedence = units["precedence"].to_numpy(dtype=float)
    tree = shapely.STRtree(boundaries)
    nearest = np.zeros(len(known))
    line, distance = tree.query_nearest(metric, all_matches=False, return_distance=True)
    nearest[line[0]] = distance
    position_precision = np.array([0.0 if value is None or pd.isna(value) else float(value) for value in precisions])
    within, near = _units_at(metric, position_precision[known], shapes, unit_precision, units["code"].tolist(), least_m)
    blurred = _blurred_boundaries(metric, position_precision[known], tree, boundaries, unit_precision, least_m)
    places = {}
    for order, position in enumerate(known.tolist()):
        own = by_code.get(declared[position] or "")
        away = float(shapely.distance(metric[order], shapes[own])) if own is not None else float("inf")
        unit = None if pd.isna(located[order]) else str(located[order])
        here = None if unit is None else by_code[unit]
        sides = [number for number in (own, here) if number is not None]
        precise_to = float(
            position_precision[position] + max((unit_precision[number] for number in sides), default=0.0)
        )
        # A boundary decides where it is that of a unit in question, or of one that would take the place from it.
        least = -np.inf if here is None else precedence[here]
        doubts = [told[1:] for told in blurred[order] if told[0] in sides or precedence[told[0]] >= least]
        nearest_doubt = min(doubts, key=lambda told: (round(told[0]), -told[1]), default=(float(nearest[order]), 0.0))
        border_m, blur_m = nearest_doubt
        places[ids[position]] = Place(unit, border_m, away, precise_to, within[order], near[order], blur_m)
    return places


def _blurred_boundaries(
    points: NDArray[np.object_],
    precision: NDArray[np.float64],
    tree: shapely.STRtree,
    boundaries: NDArray[np.object_],
    unit_precision: NDArray[np.float64],
    least_m: float,
) -> list[list[tuple[int, float, float]]]:
    """Return, per point, the units whose boundary it cannot be told from: number, distance, precision, in metres."""
    reach = np.maximum(precision + unit_precision.max(), least_m)
    line, unit = tree.query(points, predicate="dwithin", distance=reach)
    away = shapely.distance(points[line], boundaries[unit])
    found: list[list[tuple[int, float, float]]] = [[] for _ in points]
    for one, number, distance in zip(line.tolist(), unit.tolist(), away.tolist(), strict=True):
        allowed = max(float(precision[one] + unit_precision[number]), least_m)
        if distance <= allowed:
            found[one].append((number, distance, allowed))
    return found


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
    # The boundary between two units is known no better than by the worse known of them.
    coarse = np.zeros(len(points))
    np.maximum.at(coarse, line[away == 0], unit_precision[unit[away == 0]])
    for one, number, distance in zip(line.tolist(), unit.tolist(), away.tolist(), strict=True):
        if distance <= max(precision[one] + max(unit_precision[number], coarse[one]), least_m):
            near[one].add(codes[number])
        if distance == 0:
            within[one].add(codes[number])
    return [frozenset(found) for found in within], [frozenset(found) for found in near]
