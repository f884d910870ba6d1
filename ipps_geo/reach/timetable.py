"""A timetable of one day and window: every ride of every trip, and the journeys that somebody could really make.

For each whole minute of the window somebody leaves the door, walks to a stop, waits, rides, changes and walks to the
site; of these travel times the one of the wanted percentile counts. Trips are trips: an express skips its stops, a
branch goes where it goes, and lines that share a road are taken as they come. ``docs/zh/travel.md`` has the definition.
Kernels are imported where they are called: the process that reads a feed does without them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ipps_geo.errors import BadInput
from ipps_geo.reach.walks import WALK_MIN_PER_M, Walks, least_pairs, listed, street_minutes, walks_to_stations

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ipps_geo.reach.walks import Footways, Pairs

LONGEST_MIN = 240.0
"""Journeys by public transport that take longer count as none: rides that leave later than that are not kept."""

MAX_TABLE_STATIONS = 8_000
"""More stations would need more than half a gigabyte for the minutes between all of them."""

UNREACHED = 1 << 30
"""Seconds of a pair that is not reached."""

DOORS_AT_ONCE = 20_000
"""Doors whose pairs with a block of sites are held in full."""

CHANGE_ON_STREETS_MIN = 10.0
"""Longest walk along streets between two stations that lie close by in a straight line."""

TOLD_AT_ONCE = 20
"""Rows left out that every result states; the table ``left_out`` holds all."""

BLOCK_BYTES = 256 << 20
"""Memory for the arrivals behind every place in line: sites are scanned in blocks of that size."""


@dataclass(frozen=True, eq=False)
class Timetable:
    """The rides of a day, and what is asked of them.

    Attributes
    ----------
    stations
        Names, one per station.
    station_xy
        Metres of the region's metric CRS, shape (s, 2); nan where the place is unknown: ridden through, never entered.
    node_station
        Station of each node, shape (p,): a node is a stop, or a stop and a route where a change depends on the route.
    tail, head, departure_s, arrival_s, run, boards, alights
        Rides from one node to the next by the vehicle ``run``, in the order of departure (then of arrival, then along
        the trip); seconds of the service day; whether one may get on at the tail and off at the head.
    change_from, change_to, change_s, change_walked
        Changes between nodes and their least seconds; those that are only a walk between two stations are marked.
    begin_s, until_s, percentile
        The window, and which of its travel times counts: the smallest within which more than ``percentile`` per cent of
        its minutes arrive.
    lines
        Number of routes that run.
    left_out, left_out_rows
        Rows of the feeds that could not be used (see ``reach.gtfs_rows``), and how many.
    source, as_of
        Carried into every result.
    """

    stations: tuple[str, ...]
    station_xy: NDArray[np.float64]
    node_station: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    run: NDArray[np.int32]
    boards: NDArray[np.bool_]
    alights: NDArray[np.bool_]
    change_from: NDArray[np.int32]
    change_to: NDArray[np.int32]
    change_s: NDArray[np.int32]
    change_walked: NDArray[np.bool_]
    begin_s: int
    until_s: int
    percentile: int
    lines: int
    left_out: pd.DataFrame
    left_out_rows: int = 0
    source: str = ""
    as_of: str = ""

    @property
    def minutes(self) -> int:
        """How many whole minutes of the window somebody leaves at."""
        return -(-(self.until_s - self.begin_s) // 60)

    @property
    def rank(self) -> int:
        """Position of the travel time that counts among those of all minutes, from 0."""
        return min(self.minutes - 1, self.percentile * self.minutes // 100)

    def asked(self, percentile: int) -> Timetable:
        """Return the same timetable, read at another percentile."""
        return replace(self, percentile=checked_percentile(percentile))

    @cached_property
    def between_min(self) -> NDArray[np.float64]:
        """Minutes from entering each station to leaving each other, first wait included, shape (s, s); 0 on itself.

        Raises
        ------
        BadInput
            More than ``MAX_TABLE_STATIONS`` stations.
        """
        s = len(self.stations)
        if s > MAX_TABLE_STATIONS:
            raise BadInput("transit.table_too_large", where=self.source, stations=s, most=MAX_TABLE_STATIONS)
        here = Walks(np.arange(s + 1, dtype=np.int64), np.arange(s, dtype=np.int64), np.zeros(s))
        between = np.full((s, s), np.inf)
        for sites, seconds in self.seconds(here, here, LONGEST_MIN):
            between[:, sites] = np.where(seconds < UNREACHED, seconds / 60, np.inf)
        np.fill_diagonal(between, 0.0)
        return between

    def door_to_door(
        self,
        demand: NDArray[np.float64],
        sites: NDArray[np.float64],
        limit_min: float,
        max_walk_m: float,
        streets: Footways | None = None,
    ) -> sparse.csr_array:
        """Return the minutes of the pairs within the limit; see :func:`ipps_geo.reach.transit.transit_reach`."""
        table = self if streets is None else self._along(streets)
        near = walks_to_stations(demand, self.station_xy, max_walk_m, streets)
        exits = walks_to_stations(sites, self.station_xy, max_walk_m, streets, from_station=True)
        parts: list[Pairs] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
        for block, seconds in table.seconds(near, exits, limit_min):
            for first in range(0, len(demand), DOORS_AT_ONCE):
                rows = slice(first, min(len(demand), first + DOORS_AT_ONCE))
                minutes = np.where(seconds[rows] < UNREACHED, seconds[rows] / 60, np.inf)
                if streets is None:
                    away = demand[rows, None, :] - sites[None, block, :]
                    minutes = np.minimum(minutes, np.hypot(away[..., 0], away[..., 1]) * WALK_MIN_PER_M)
                row, column = np.nonzero(minutes <= limit_min)
                parts.append((row + first, column + block.start, minutes[row, column]))
        if streets is not None:
            parts.append(listed(street_minutes(streets, demand, sites, limit_min)))
        return least_pairs(parts, (len(demand), len(sites)))

    def entrance_radii_m(self, sites: NDArray[np.float64], limit_min: float, max_walk_m: float) -> NDArray[np.float64]:
        """Return how far from each station one may start; see :func:`ipps_geo.reach.transit.entrance_radii_m`.

        Found by halving: who comes later to a station never arrives earlier.
        """
        from ipps_geo.reach.timetable_kernels import latest_start_s

        exits = walks_to_stations(sites, self.station_xy, max_walk_m)
        radii = np.full((len(self.stations), len(sites)), -1.0)
        longest = int(max_walk_m * WALK_MIN_PER_M * 60)
        for block, found in self._blocks(exits, limit_min):
            seconds = latest_start_s(*found, longest)
            radii[:, block] = np.where(seconds >= 0, seconds / 60 / WALK_MIN_PER_M, -1.0)
        return radii

    def _along(self, streets: Footways) -> Timetable:
        """Return the timetable with the walks between stations along streets; those that are too far fall away."""
        placed = np.flatnonzero(np.isfinite(self.station_xy).all(axis=1))
        walked = self.change_walked
        ends = self.node_station[self.change_from[walked]], self.node_station[self.change_to[walked]]
        if not walked.any():
            return self
        found = street_minutes(streets, self.station_xy[placed], self.station_xy[placed], CHANGE_ON_STREETS_MIN)
        place = np.full(len(self.stations), -1)
        place[placed] = np.arange(len(placed))
        row, column, minutes = listed(found)
        keys = row.astype(np.int64) * len(placed) + column
        wanted = place[ends[0]].astype(np.int64) * len(placed) + place[ends[1]]
        at = np.searchsorted(keys, wanted).clip(max=max(len(keys) - 1, 0))
        met = keys[at] == wanted if len(keys) else np.zeros(len(wanted), dtype=bool)
        change_s, kept = self.change_s.copy(), np.ones(len(self.change_s), dtype=bool)
        change_s[walked] = np.round(minutes[at] * 60) if len(keys) else 0
        kept[walked] = met
        return replace(
            self,
            change_from=self.change_from[kept],
            change_to=self.change_to[kept],
            change_s=change_s[kept],
            change_walked=walked[kept],
        )

    def seconds(self, doors: Walks, sites: Walks, limit_min: float) -> Iterator[tuple[slice, NDArray[np.int32]]]:
        """Yield (sites, seconds from every door to each of them), a block of sites at a time.

        ``UNREACHED`` beyond the limit. Walking all the way is not among them: it takes as long at every minute.
        """
        from ipps_geo.reach.timetable_kernels import door_to_door_seconds

        for block, found in self._blocks(sites, limit_min):
            of_doors = doors.start, doors.station, doors.seconds
            yield block, door_to_door_seconds(*of_doors, *found)

    def _blocks(self, sites: Walks, limit_min: float) -> Iterator[tuple[slice, _Block]]:
        """Yield what lies behind every place in line for a block of sites at a time."""
        from ipps_geo.reach.timetable_kernels import least_from_nodes

        most = int(min(limit_min, LONGEST_MIN) * 60 + 1e-6)
        lines = self._lines(int(np.searchsorted(self.departure_s, self.until_s + most)))
        n, width = len(sites.start) - 1, max(8, BLOCK_BYTES // (4 * max(1, len(lines.leaves))))
        for first in range(0, n, width):
            block = slice(first, min(n, first + width))
            behind = self._behind(lines, sites, block)
            least = least_from_nodes(lines.start, lines.leaves, behind)
            yield (
                block,
                _Block(
                    lines.node_start,
                    lines.node_of,
                    lines.start,
                    lines.leaves,
                    behind,
                    least,
                    self.begin_s,
                    self.minutes,
                    self.rank,
                    most,
                ),
            )

    def _lines(self, rides: int) -> _Lines:
        """Return the first ``rides`` rides as lines of places at which one can board, and the changes between them."""
        from ipps_geo.reach.timetable_kernels import lines_of_boarding, places_after_change

        head, departure = self.head[:rides], self.departure_s[:rides]
        nodes = len(self.node_station)
        start, leaves, place = lines_of_boarding(self.tail[:rides], departure, self.boards[:rides], nodes)
        order = np.argsort(self.change_from, kind="stable")
        changes = places_after_change(
            head, departure, self.arrival_s[:rides], self.alights[:rides], _starts(self.change_from, nodes),
            self.change_to[order], self.change_s[order], start, leaves,
        )  # fmt: skip
        node_of = np.argsort(self.node_station, kind="stable").astype(np.int64)
        return _Lines(
            rides, start, leaves, place, changes,
            _starts(self.node_station, len(self.stations)), node_of,
        )  # fmt: skip

    def _behind(self, lines: _Lines, sites: Walks, block: slice) -> NDArray[np.int32]:
        from ipps_geo.reach.timetable_kernels import arrivals_behind

        low, high = sites.start[block.start], sites.start[block.stop]
        station = sites.station[low:high]
        column = np.repeat(np.arange(block.stop - block.start), np.diff(sites.start[block.start : block.stop + 1]))
        met, row = np.unique(station, return_inverse=True)
        on_foot = np.full((max(1, len(met)), block.stop - block.start), UNREACHED, dtype=np.int32)
        on_foot[row.reshape(-1), column] = sites.seconds[low:high]
        row_of = np.full(len(self.stations), -1, dtype=np.int64)
        row_of[met] = np.arange(len(met))
        n, runs = lines.rides, int(self.run.max(initial=-1)) + 1
        return arrivals_behind(
            self.head[:n], self.departure_s[:n], self.arrival_s[:n], self.run[:n], lines.place, self.alights[:n],
            lines.changes, row_of[self.node_station], on_foot, len(lines.leaves), runs,
        )  # fmt: skip

    def checks(self) -> dict[str, Any]:
        """Return what is in it: stations, lines, vehicle runs, rides, components, and what was left out."""
        s = len(self.stations)
        ends = self.node_station[self.tail], self.node_station[self.head]
        graph = sparse.coo_array((np.ones(len(self.tail)), ends), shape=(s, s))
        components, _ = connected_components(graph, directed=False) if s else (0, None)
        unplaced = ~np.isfinite(self.station_xy).all(axis=1)
        return {
            "stations": s,
            "lines": self.lines,
            "runs": len(np.unique(self.run)),
            "rides": len(self.tail),
            "components": int(components),
            "percentile": self.percentile,
            "left_out_rows": self.left_out_rows,
            "left_out": self._told_rows(),
            "stations_without_place": [self.stations[i] for i in np.flatnonzero(unplaced)],
        }

    def _told_rows(self) -> list[str]:
        """Return the first rows left out as ``file:row: column=value``."""
        rows = self.left_out.head(TOLD_AT_ONCE).itertuples(index=False)
        return [f"{row.file}:{row.row}: {row.column}={row.value}" for row in rows]


class _Lines(NamedTuple):
    """Places in line of each node, the places that each ride still reaches, and the nodes of each station."""

    rides: int
    start: NDArray[np.int64]
    leaves: NDArray[np.int32]
    place: NDArray[np.int32]
    changes: tuple[Any, ...]
    node_start: NDArray[np.int64]
    node_of: NDArray[np.int64]


class _Block(NamedTuple):
    """What the kernels ask of a block of sites: nodes of stations, places in line, the window, the limit in seconds."""

    node_start: NDArray[np.int64]
    node_of: NDArray[np.int64]
    start: NDArray[np.int64]
    leaves: NDArray[np.int32]
    behind: NDArray[np.int32]
    least_s: NDArray[np.int64]
    begin: int
    minutes: int
    rank: int
    most: int


def checked_percentile(percentile: int) -> int:
    """Return a percentile from 1 to 99.

    Raises
    ------
    BadInput
        Anything else.
    """
    if not 1 <= percentile <= 99:
        raise BadInput("transit.no_percentile", where="percentile", percentile=percentile)
    return int(percentile)


def _starts(of: NDArray[np.int32], groups: int) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.bincount(of, minlength=groups))]).astype(np.int64)
