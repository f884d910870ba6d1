"""On foot between doors and stations: straight with a detour, or along streets where a network of them is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.reach.street_snapping import Snapping
    from ipps_geo.reach.streets import StreetNetwork

    Pairs = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

WALK_M_PER_MIN = 80.0
WALK_DETOUR = 1.3
"""Walks to and from stations are this much longer than the straight line: a planner's assumption."""

WALK_MIN_PER_M = WALK_DETOUR / WALK_M_PER_MIN
"""Minutes a metre of straight line on foot."""


MAX_WALK_M = 1500.0
"""Longest walk to or from a station, straight metres; along streets as many minutes."""


class Footways(NamedTuple):
    """Streets to walk along, and how points meet them."""

    network: StreetNetwork
    snapping: Snapping | None = None


@dataclass(frozen=True, eq=False)
class Walks:
    """Stations within a walk of each point: those of point i are ``station[start[i]:start[i + 1]]``."""

    start: NDArray[np.int64]
    station: NDArray[np.int64]
    minutes: NDArray[np.float64]

    @cached_property
    def seconds(self) -> NDArray[np.int64]:
        """The walks in whole seconds: one that takes until the second at which a train leaves still catches it."""
        return np.round(self.minutes * 60).astype(np.int64)

    def part(self, first: int, last: int) -> Walks:
        """Return the walks of the points from ``first`` until ``last``."""
        low, high = self.start[first], self.start[last]
        return Walks(self.start[first : last + 1] - low, self.station[low:high], self.minutes[low:high])


def walks_to_stations(
    points: NDArray[np.float64],
    station_xy: NDArray[np.float64],
    max_walk_m: float,
    streets: Footways | None = None,
    *,
    from_station: bool = False,
) -> Walks:
    """Return the walks between points and stations, at most ``max_walk_m`` long.

    Parameters
    ----------
    streets
        Walk along these instead, as many minutes at most as the straight line would take.
    from_station
        From the stations to the points, where streets are one-way for those on foot.
    """
    placed = np.flatnonzero(np.isfinite(station_xy).all(axis=1))
    if len(placed) == 0 or len(points) == 0:
        return Walks(np.zeros(len(points) + 1, dtype=np.int64), np.zeros(0, np.int64), np.zeros(0))
    if streets is not None:
        most = max_walk_m * WALK_MIN_PER_M
        if from_station:
            pairs = sparse.csr_array(street_minutes(streets, station_xy[placed], points, most).T)
        else:
            pairs = street_minutes(streets, points, station_xy[placed], most)
        return Walks(pairs.indptr.astype(np.int64), placed[pairs.indices].astype(np.int64), pairs.data)
    near = cKDTree(station_xy[placed]).query_ball_point(points, max_walk_m, return_sorted=True)
    count = np.array([len(found) for found in near], dtype=np.int64)
    start = np.concatenate([[0], np.cumsum(count)])
    station = placed[np.concatenate(near).astype(np.int64)] if start[-1] else np.zeros(0, dtype=np.int64)
    away_m = np.hypot(*(points[np.repeat(np.arange(len(points)), count)] - station_xy[station]).T)
    return Walks(start, station, away_m * WALK_MIN_PER_M)


def nearest_station_m(points: NDArray[np.float64], station_xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return straight metres from each point to its nearest station with a place, inf without one, shape (n,)."""
    placed = station_xy[np.isfinite(station_xy).all(axis=1)]
    if not len(placed):
        return np.full(len(points), np.inf)
    return np.asarray(cKDTree(placed).query(points)[0])


def street_minutes(
    streets: Footways, points: NDArray[np.float64], others: NDArray[np.float64], limit_min: float
) -> sparse.csr_array:
    """Return the minutes along the streets of the pairs within a limit, shape (points, others)."""
    from ipps_geo.reach.street_search import street_reach

    found = street_reach(streets.network, points, others, limit_min, unit="min", snapping=streets.snapping)
    return found.reach.pairs


def least_pairs(parts: list[Pairs], shape: tuple[int, int]) -> sparse.csr_array:
    """Return (row, column, minutes) of several searches as one matrix, each pair once at its least minutes."""
    row, column, minutes = (np.concatenate([part[turn] for part in parts]) for turn in range(3))
    keys = row.astype(np.int64) * shape[1] + column
    if (keys[1:] <= keys[:-1]).any():
        order = np.lexsort((minutes, keys))
        row, column, minutes = row[order], column[order], minutes[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (np.diff(row) != 0) | (np.diff(column) != 0)
    start = np.concatenate([[0], np.cumsum(np.bincount(row[first], minlength=shape[0]))])
    return sparse.csr_array((minutes[first], column[first].astype(np.int32), start), shape=shape)


def listed(pairs: sparse.csr_array) -> Pairs:
    """Return the pairs of a matrix as (row, column, minutes); stored zeros stay."""
    return np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr)), pairs.indices, pairs.data
