"""Public transport: walk, wait, ride, change, walk; door-to-door minutes.

A station is a place; a platform is a station on one line. Riding joins platforms of one line, changing joins platforms
of one station, boarding a first line costs its mean wait. The shortest way between all stations is found once; doors
are joined to it on foot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components, dijkstra

from ipps_geo.errors import BadInput, Message
from ipps_geo.reach.matrix import Reach
from ipps_geo.reach.transit_kernels import door_to_door
from ipps_geo.reach.walks import (
    MAX_WALK_M,
    WALK_MIN_PER_M,
    Footways,
    Walks,
    least_pairs,
    listed,
    street_minutes,
    walks_to_stations,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ipps_geo.reach.street_snapping import Snapping
    from ipps_geo.reach.streets import StreetNetwork
    from ipps_geo.reach.timetable import Timetable

LINE_SPEED_KMH = 36.0
"""Travel speed of a line between stations where only distances are known, stops included."""


@dataclass(frozen=True, eq=False)
class TransitNetwork:
    """Stations, platforms and the minutes between them.

    Attributes
    ----------
    stations
        Names, one per station.
    station_xy
        Metres of the region's metric CRS, shape (s, 2); nan where the place is unknown: passed through, never entered.
    platform_station, platform_line
        Station (position) and line of each platform, shape (p,).
    tail, head, minutes
        Rides and changes between platforms, directed, shape (e,).
    wait_min
        Mean wait when boarding at each platform, shape (p,).
    source, as_of
        Carried into every result.
    remarks
        What was noticed while the tables were read, for the people who use the result.
    """

    stations: tuple[str, ...]
    station_xy: NDArray[np.float64]
    platform_station: NDArray[np.int64]
    platform_line: tuple[str, ...]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    minutes: NDArray[np.float64]
    wait_min: NDArray[np.float64]
    source: str = ""
    as_of: str = ""
    remarks: tuple[Message, ...] = ()

    @cached_property
    def between_min(self) -> NDArray[np.float64]:
        """Minutes from entering each station to leaving each other, first wait included, shape (s, s); 0 on itself."""
        s, p = len(self.stations), len(self.platform_line)
        platform = np.arange(p)
        # Entering a station boards any of its platforms after a wait; leaving is free, but only by another node, or a
        # ride could leave and enter again to dodge the minutes of a change.
        tail = np.concatenate([p + self.platform_station, self.tail, platform])
        head = np.concatenate([platform, self.head, p + s + self.platform_station])
        cost = np.concatenate([self.wait_min, self.minutes, np.zeros(p)])
        # A sparse matrix adds up what stands twice: of parallel links only the fastest may stay.
        order = np.lexsort((cost, head, tail))
        first = np.ones(len(order), dtype=bool)
        first[1:] = (np.diff(tail[order]) != 0) | (np.diff(head[order]) != 0)
        keep = order[first]
        quickest = np.maximum(cost[keep], np.finfo(np.float64).tiny)
        graph = sparse.csr_array((quickest, (tail[keep], head[keep])), shape=(p + 2 * s, p + 2 * s))
        between = dijkstra(graph, indices=p + np.arange(s))[:, p + s :]
        np.fill_diagonal(between, 0.0)
        return np.ascontiguousarray(between)

    def door_to_door(
        self,
        demand: NDArray[np.float64],
        sites: NDArray[np.float64],
        limit_min: float,
        max_walk_m: float,
        streets: Footways | None = None,
    ) -> sparse.csr_array:
        """Return the minutes of the pairs within the limit; see :func:`transit_reach`."""
        near = walks_to_stations(demand, self.station_xy, max_walk_m, streets)
        exits = walks_to_stations(sites, self.station_xy, max_walk_m, streets, from_station=True)
        # Along streets nobody walks the straight line: the sites are then out of its reach.
        straight = sites if streets is None else np.full_like(sites, np.inf)
        start, column, minutes = door_to_door(
            demand, straight, near.start, near.station, near.minutes, self._to_sites(exits), WALK_MIN_PER_M, limit_min
        )
        pairs = sparse.csr_array((minutes, column, start), shape=(len(demand), len(sites)))
        if streets is None:
            return pairs
        walked = street_minutes(streets, demand, sites, limit_min)
        return least_pairs([listed(pairs), listed(walked)], pairs.shape)

    def entrance_radii_m(self, sites: NDArray[np.float64], limit_min: float, max_walk_m: float) -> NDArray[np.float64]:
        """Return how far from each station one may start; see :func:`entrance_radii_m`."""
        to_site = self._to_sites(walks_to_stations(sites, self.station_xy, max_walk_m))
        return np.minimum((limit_min - to_site) / WALK_MIN_PER_M, max_walk_m)

    def _to_sites(self, exits: Walks) -> NDArray[np.float64]:
        """Return minutes from entering each station to each site, with its last walk from the best exit, (s, m)."""
        to_site = np.full((len(self.stations), len(exits.start) - 1), np.inf)
        for site in range(to_site.shape[1]):
            near = slice(exits.start[site], exits.start[site + 1])
            if near.stop > near.start:
                to_site[:, site] = (self.between_min[:, exits.station[near]] + exits.minutes[near]).min(axis=1)
        return to_site

    def checks(self) -> dict[str, Any]:
        """Return stations, lines, platforms, links, components, and the stations without a known place."""
        p = len(self.platform_line)
        graph = sparse.coo_array((np.ones(len(self.tail)), (self.tail, self.head)), shape=(p, p))
        components, _ = connected_components(graph, directed=False) if p else (0, None)
        unplaced = ~np.isfinite(self.station_xy).all(axis=1)
        return {
            "stations": len(self.stations),
            "lines": len(set(self.platform_line)),
            "platforms": p,
            "links": len(self.tail),
            "components": int(components),
            "stations_without_place": [self.stations[i] for i in np.flatnonzero(unplaced)],
        }


def transit_network(
    stations: pd.DataFrame,
    links: pd.DataFrame,
    changes: pd.DataFrame | None = None,
    *,
    wait_min: float | Mapping[str, float] = 3.0,
    change_min: float = 4.0,
    two_way: bool = True,
    source: str = "",
    as_of: str = "",
    remarks: tuple[Message, ...] = (),
) -> TransitNetwork:
    """Build a network from line tables.

    Parameters
    ----------
    stations
        ``station``, ``x_m``, ``y_m`` (the region's metric CRS; missing where the place is unknown).
    links
        Neighbouring stations of a line: ``from``, ``to``, ``line``, and ``minutes`` or ``length_m`` (ridden at
        ``LINE_SPEED_KMH``).
    changes
        ``station``, ``from_line``, ``to_line``, ``minutes``; other changes within a station take ``change_min``.
    wait_min
        Mean wait for a first train: one number, or by line.
    two_way
        Whether every link also leads back.

    Raises
    ------
    BadInput
        A missing column, a station that is not listed, or minutes that are not positive numbers.
    """
    _need(stations, ("station", "x_m", "y_m"), "stations")
    _need(links, ("from", "to", "line"), "links")
    names = pd.Index(stations["station"].astype("str"))
    if not names.is_unique:
        raise BadInput("reach.station_twice", where="stations", station=names[names.duplicated()][0])
    ride = _ride_minutes(links)
    ends = {name: names.get_indexer(links[name].astype("str")) for name in ("from", "to")}
    for name, found in ends.items():
        if (found < 0).any():
            raise BadInput(
                "reach.station_not_listed", where=f"links.{name}", station=links[name].iloc[int(np.argmax(found < 0))]
            )
    line = links["line"].astype("str").to_numpy()
    stops = (
        pd.DataFrame({"station": np.concatenate([ends["from"], ends["to"]]), "line": np.concatenate([line, line])})
        .drop_duplicates()
        .sort_values(["station", "line"])
        .reset_index(drop=True)
    )
    place = pd.MultiIndex.from_frame(stops)
    tail = place.get_indexer(pd.MultiIndex.from_arrays([ends["from"], line]))
    head = place.get_indexer(pd.MultiIndex.from_arrays([ends["to"], line]))
    if two_way:
        tail, head, ride = np.concatenate([tail, head]), np.concatenate([head, tail]), np.concatenate([ride, ride])
    change = _changes(stops, names, changes, change_min)
    waits = stops["line"].map(wait_min) if isinstance(wait_min, Mapping) else pd.Series(float(wait_min), stops.index)
    if waits.isna().any() or (waits < 0).any():
        raise BadInput(
            "reach.line_without_wait", where="wait_min", line=stops["line"][waits.isna() | (waits < 0)].iloc[0]
        )
    minutes = np.concatenate([ride, change[2]])
    if not np.isfinite(minutes).all() or (minutes < 0).any():
        raise BadInput("reach.minutes_negative", where="links, changes")
    return TransitNetwork(
        tuple(names),
        stations[["x_m", "y_m"]].to_numpy(np.float64),
        stops["station"].to_numpy(np.int64),
        tuple(stops["line"]),
        np.concatenate([tail, change[0]]).astype(np.int64),
        np.concatenate([head, change[1]]).astype(np.int64),
        minutes,
        waits.to_numpy(np.float64),
        source,
        as_of,
        remarks,
    )


def transit_reach(
    network: TransitNetwork | Timetable,
    demand_xy: ArrayLike,
    site_xy: ArrayLike,
    limit_min: float,
    *,
    max_walk_m: float = MAX_WALK_M,
    streets: StreetNetwork | None = None,
    snapping: Snapping | None = None,
) -> Reach:
    """Return who reaches which site within ``limit_min`` minutes, on foot and by public transport.

    Walks to and from stations are at most ``max_walk_m`` (straight line) long; walking all the way counts too. With
    ``streets`` one walks along them, and meets them as ``snapping`` says. By a timetable, the minutes are those of the
    percentile that it asks for.

    Raises
    ------
    BadInput
        Limits that are not positive, or points that are not finite.
    """
    demand, sites = (
        np.ascontiguousarray(np.asarray(xy, dtype=np.float64).reshape(-1, 2)) for xy in (demand_xy, site_xy)
    )
    if not (limit_min > 0 and max_walk_m > 0):
        raise BadInput("reach.limit_not_positive", where="limit_min, max_walk_m")
    if not (np.isfinite(demand).all() and np.isfinite(sites).all()):
        raise BadInput("reach.points_not_finite", where="demand_xy, site_xy")
    footways = None if streets is None else Footways(streets, snapping)
    pairs = network.door_to_door(demand, sites, float(limit_min), max_walk_m, footways)
    return Reach.from_costs(pairs, limit_min, unit="min", method="transit", source=network.source, as_of=network.as_of)


def entrance_radii_m(
    network: TransitNetwork | Timetable, site_xy: ArrayLike, limit_min: float, *, max_walk_m: float = MAX_WALK_M
) -> NDArray[np.float64]:
    """Return how far from each station one may start to be at each site in time, straight metres, shape (s, m).

    Negative where the ride alone takes longer than ``limit_min``, or the station has no place. Of line tables, whoever
    stands within the radius of any station, or within ``limit_min / WALK_MIN_PER_M`` of the site itself, reaches it,
    and nobody else: the service area of :func:`transit_reach`. By a timetable, a place may also be reached by the one
    station at some minutes and by another at others: the circles are then a little less than the whole area.
    """
    sites = np.asarray(site_xy, dtype=np.float64).reshape(-1, 2)
    left = network.entrance_radii_m(sites, float(limit_min), max_walk_m)
    left[~np.isfinite(network.station_xy).all(axis=1)] = -1.0
    return left


def _ride_minutes(links: pd.DataFrame) -> NDArray[np.float64]:
    if "minutes" in links:
        return links["minutes"].to_numpy(np.float64)
    _need(links, ("length_m",), "links")
    return links["length_m"].to_numpy(np.float64) / (LINE_SPEED_KMH * 1000 / 60)


def _changes(
    stops: pd.DataFrame, names: pd.Index[Any], changes: pd.DataFrame | None, change_min: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return (tail, head, minutes) of every change between two platforms of one station."""
    numbered = stops.assign(platform=np.arange(len(stops)))
    pairs = numbered.merge(numbered, on="station", suffixes=("", "_to"))
    pairs = pairs[pairs["platform"] != pairs["platform_to"]]
    minutes = pd.Series(float(change_min), pairs.index)
    if changes is not None and len(changes):
        _need(changes, ("station", "from_line", "to_line", "minutes"), "changes")
        known = changes.assign(station=names.get_indexer(changes["station"].astype("str")))
        if (known["station"] < 0).any():
            raise BadInput(
                "reach.station_not_listed", where="changes", station=changes["station"][known["station"] < 0].iloc[0]
            )
        keys = [known["station"], known["from_line"].astype("str"), known["to_line"].astype("str")]
        stated = (
            pd.Series(known["minutes"].to_numpy(np.float64), pd.MultiIndex.from_arrays(keys))
            .groupby(level=[0, 1, 2])
            .min()
        )
        wanted = pd.MultiIndex.from_arrays([pairs["station"], pairs["line"], pairs["line_to"]])
        found = stated.reindex(wanted).to_numpy()
        minutes = pd.Series(np.where(np.isnan(found), change_min, found), pairs.index)
    return pairs["platform"].to_numpy(np.int64), pairs["platform_to"].to_numpy(np.int64), minutes.to_numpy()


def _need(frame: pd.DataFrame, columns: tuple[str, ...], where: str) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise BadInput("reach.no_column", where=where, column=", ".join(missing), needed=", ".join(columns))
