"""GTFS feeds as one timetable: the trips of one day in one window, with everything that runs on from there.

Several feeds are one network: one changes between them on foot. Stops of one station are one place. Trips of the day
before that run beyond midnight, and those of the day after, stand beside those of the day itself.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.gate import Bounds, confined
from ipps_geo.intake.datum import normalised_datum
from ipps_geo.reach.gtfs_calendar import Calendar, busiest_day, read_calendar
from ipps_geo.reach.gtfs_changes import changes_between, read_stated
from ipps_geo.reach.gtfs_files import NUMBER, FeedFiles, open_feeds, read_tables
from ipps_geo.reach.gtfs_rows import LeftOut
from ipps_geo.reach.gtfs_stops import placed_stops, station_names, stops_xy
from ipps_geo.reach.gtfs_trips import Repeats, Rides, read_repeats, read_rides, runs_between
from ipps_geo.reach.timetable import LONGEST_MIN, Timetable, checked_percentile
from ipps_geo.regions import load_region

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = ("07:00", "09:00")
"""The morning peak: the window when none is chosen."""

FEED_BOUNDS = Bounds(memory_bytes=3 << 30, seconds=180.0)
"""What reading may take: the stop times of every day of a metropolis."""

DAY_S = 86_400
AFTER_S = 3_600
"""Somebody who leaves at the end of the window waits so long for a first ride; when none comes, nothing runs."""


@dataclass(frozen=True, eq=False)
class _Feed:
    """What is kept of one feed."""

    name: str
    stops: pd.DataFrame
    root: NDArray[np.int64]
    routes: pd.Index
    route: NDArray[np.int64]
    service: NDArray[np.int64]
    calendar: Calendar
    rides: Rides
    repeats: Repeats
    stated: pd.DataFrame


def read_gtfs(
    path: str | Path | Sequence[str | Path],
    *,
    window: tuple[str, str] = WINDOW,
    day: dt.date | None = None,
    percentile: int = 50,
    change_min: float = 4.0,
    walk_m: float = 250.0,
    source: str = "",
    datum: str | None = None,
    metric_crs: str | None = None,
) -> Timetable:
    """Read the timetable of ``day`` for those who leave within ``window``.

    Parameters
    ----------
    path
        A zip or a folder with ``stops``, ``trips``, ``stop_times``, and ``calendar`` or ``calendar_dates``; ``routes``,
        ``transfers`` and ``frequencies`` are honoured where present. Several, or one that holds several feeds in its
        folders: they are one network.
    window
        From (inclusive) and until (exclusive), ``HH:MM``; hours may pass 24. Somebody leaves at each of its minutes.
    day
        Day of service; when not given, the first of the days on which most vehicles leave a stop within the window.
        It is stated in ``as_of``.
    percentile
        Which of the travel times counts, 1 to 99; 50 is the median.
    change_min
        Least minutes of a change within a station that ``transfers.txt`` does not name.
    walk_m
        Stations at most this far apart (straight line) are joined on foot.
    datum
        Reference system of the stops where it is not that of the standard, WGS 84: gcj02, bd09, ...

    Notes
    -----
    Trips of ``frequencies.txt`` leave at the first time and every headway behind it. ``pickup_type`` and
    ``drop_off_type`` 1 forbid getting on and off; ``transfer_type`` 3 forbids a change; transfers between single trips
    are passed over. A few rows that cannot be used are left out and listed in ``left_out``. The files are read by a
    process of their own.

    Raises
    ------
    BadInput
        A feed that cannot be read (the file and column are named), too many bad rows, or nothing that runs then.
    UnsafeInput
        A feed that takes more memory or time than ``FEED_BOUNDS``.
    """
    paths = [Path(path)] if isinstance(path, (str, Path)) else [Path(each) for each in path]
    if not paths:
        raise BadInput("gtfs.no_such_feed", where="gtfs")
    for each in paths:
        if not each.exists():
            raise BadInput("gtfs.no_such_feed", where=str(each))
    window_seconds(window)
    timetable: Timetable = confined(
        "ipps_geo.reach.gtfs:read_gtfs_here",
        paths,
        records=(Timetable,),
        bounds=FEED_BOUNDS,
        paths=paths,
        window=(str(window[0]), str(window[1])),
        day=day,
        percentile=int(checked_percentile(percentile)),
        change_min=float(change_min),
        walk_m=float(walk_m),
        source=source,
        datum="wgs84" if datum is None else normalised_datum(datum),
        metric_crs=metric_crs,
    )
    return timetable


def read_gtfs_here(
    paths: Sequence[Path],
    window: tuple[str, str],
    day: dt.date | None,
    percentile: int,
    change_min: float,
    walk_m: float,
    source: str,
    datum: str = "wgs84",
    metric_crs: str | None = None,
) -> Timetable:
    """Read feeds in this process; see :func:`read_gtfs`."""
    begin, until = window_seconds(window)
    checked_percentile(percentile)
    left_out = LeftOut()
    feeds: list[_Feed] = []
    for path in paths:
        with open_feeds(path) as found:
            feeds += [_read_feed(feed, left_out, datum) for feed in found]
    metric = metric_crs or load_region().metric_crs
    name = source or ", ".join(Path(path).name for path in paths)
    day = day or _day_of_window(feeds, begin, until, window, name)
    rides, routes = _rides_of(feeds, day, begin, until + int(LONGEST_MIN * 60))
    if not (rides["departure"] < until + AFTER_S).any():
        raise _nothing_runs(feeds, day, window, name)
    as_of = f"{day} {window[0][:5]}-{window[1][:5]}"
    return _timetable(
        feeds, rides, routes, (begin, until, percentile), change_min, walk_m, left_out, name, as_of, metric
    )


def window_seconds(window: tuple[str, str]) -> tuple[int, int]:
    """Return a window as seconds of the service day; hours may pass 24.

    >>> window_seconds(("07:00", "25:30:00"))
    (25200, 91800)

    Raises
    ------
    BadInput
        A time that is none, or a window that ends before it begins or lasts longer than a day.
    """
    seconds = []
    for text in window:
        found = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?", str(text).strip())
        if found is None:
            raise BadInput("transit.not_a_time", where="window", text=str(text))
        hours, minutes, rest = (int(part or 0) for part in found.groups())
        seconds.append(3600 * hours + 60 * minutes + rest)
    begin, until = seconds
    if not begin < until:
        raise BadInput("transit.window_ends_first", where="window", begin=window[0], until=window[1])
    if until - begin > DAY_S or until > 2 * DAY_S:
        raise BadInput("transit.window_too_long", where="window", begin=window[0], until=window[1])
    return begin, until


def _read_feed(files: FeedFiles, left_out: LeftOut, datum: str) -> _Feed:
    tables = read_tables(files, left_out)
    for name, key in (("stops.txt", "stop_id"), ("trips.txt", "trip_id")):
        twice = tables[name][key].duplicated()
        again = tables[name].loc[twice]
        left_out.add(f"{files.name}/{name}", again[NUMBER].to_numpy(), key, "twice", again[key])
        tables[name] = tables[name].loc[~twice].reset_index(drop=True)
    stops = tables["stops.txt"]
    stops, root = placed_stops(stops, files.name, left_out, datum)
    calendar = read_calendar(tables, files.name, left_out)
    trips = tables["trips.txt"]
    service = calendar.services.get_indexer(trips["service_id"])
    lost = trips.loc[service < 0]
    left_out.add(
        f"{files.name}/trips.txt", lost[NUMBER].to_numpy(), "service_id", "unknown_service", lost["service_id"]
    )
    left_out.refuse_many(f"{files.name}/trips.txt", len(trips))
    routes = pd.Index(sorted(set(trips["route_id"])), dtype="str")
    return _Feed(
        files.name,
        stops,
        root,
        routes,
        routes.get_indexer(trips["route_id"]),
        service,
        calendar,
        read_rides(tables, trips, files.name, left_out),
        read_repeats(tables, trips, files.name, left_out),
        read_stated(tables, pd.Index(stops["stop_id"]), routes, files.name, left_out),
    )


def _day_of_window(feeds: list[_Feed], begin: int, until: int, window: tuple[str, str], name: str) -> dt.date:
    """Return the first day on which most vehicles leave a stop within the window, over every day of the feeds."""
    for end in (until, until + AFTER_S):
        weights = []
        for feed in feeds:
            every = np.ones(len(feed.route), dtype=bool)
            runs = runs_between(feed.rides, feed.repeats, every, begin, end)
            _, first = np.unique(runs.run, return_index=True)
            service = feed.service[feed.rides.trip[runs.ride[first]]]
            weights.append(np.bincount(service[service >= 0], minlength=len(feed.calendar.services)))
        day = busiest_day([feed.calendar for feed in feeds], weights)
        if day is not None:
            return day
    raise _nothing_runs(feeds, None, window, name)


def _nothing_runs(feeds: list[_Feed], day: dt.date | None, window: tuple[str, str], name: str) -> BadInput:
    """Return the error of a window without a ride: it says when there are some."""
    leaves = []
    for feed in feeds:
        running = feed.service >= 0 if day is None else _running(feed, day)
        runs = runs_between(feed.rides, feed.repeats, running, 0, 3 * DAY_S)
        leaves.append(feed.rides.departure[runs.ride] + runs.later)
    every = np.concatenate(leaves)
    values = {"begin": window[0][:5], "until": window[1][:5]}
    if not len(every):
        if day is None:
            return BadInput("gtfs.nothing_runs_at_all", where=name)
        return BadInput("gtfs.nothing_runs_that_day", where=name, day=day)
    first, last = (f"{int(moment) // 3600:02d}:{int(moment) % 3600 // 60:02d}" for moment in (every.min(), every.max()))
    if day is None:
        return BadInput("gtfs.nothing_runs_then", where=name, first=first, last=last, **values)
    return BadInput("gtfs.nothing_runs_on", where=name, day=day, first=first, last=last, **values)


def _running(feed: _Feed, day: dt.date) -> NDArray[np.bool_]:
    """Return which trips of a feed run on a day."""
    return np.append(feed.calendar.runs(day), False)[feed.service]


def _rides_of(feeds: list[_Feed], day: dt.date, begin: int, until: int) -> tuple[pd.DataFrame, list[str]]:
    """Return every ride of the day in seconds of that day, with stop, route and run numbered over all feeds."""
    parts, routes = [], []
    stops = route = run = 0
    for feed in feeds:
        for turn in (-1, 0, 1):
            shift = turn * DAY_S
            running = _running(feed, day + dt.timedelta(days=turn))
            runs = runs_between(feed.rides, feed.repeats, running, begin - shift, until - shift)
            at, later = runs.ride, runs.later + shift
            _, vehicle = np.unique(runs.run, return_inverse=True)
            parts.append(
                pd.DataFrame(
                    {
                        "tail": feed.rides.tail[at] + stops,
                        "head": feed.rides.head[at] + stops,
                        "departure": (feed.rides.departure[at] + later).astype(np.int32),
                        "arrival": (feed.rides.arrival[at] + later).astype(np.int32),
                        "along": at.astype(np.int32),
                        "run": (vehicle.reshape(-1) + run).astype(np.int32),
                        "route": (feed.route[feed.rides.trip[at]] + route).astype(np.int32),
                        "boards": feed.rides.boards[at],
                        "alights": feed.rides.alights[at],
                    }
                )
            )
            run += int(vehicle.max(initial=-1)) + 1
        stops += len(feed.stops)
        route += len(feed.routes)
        routes += list(feed.routes)
    rides = pd.concat(parts, ignore_index=True)
    return rides.sort_values(["departure", "arrival", "along"], kind="stable", ignore_index=True), routes


def _timetable(
    feeds: list[_Feed],
    rides: pd.DataFrame,
    routes: list[str],
    asked: tuple[int, int, int],
    change_min: float,
    walk_m: float,
    left_out: LeftOut,
    source: str,
    as_of: str,
    metric_crs: str,
) -> Timetable:
    stops = pd.concat([feed.stops for feed in feeds], ignore_index=True)
    stop_first = np.cumsum([0, *(len(feed.stops) for feed in feeds)])
    route_first = np.cumsum([0, *(len(feed.routes) for feed in feeds)])
    root = np.concatenate([feed.root + first for feed, first in zip(feeds, stop_first, strict=False)])
    stated = pd.concat(
        [
            feed.stated.assign(
                from_stop=feed.stated["from_stop"] + first,
                to_stop=feed.stated["to_stop"] + first,
                from_route=feed.stated["from_route"].where(
                    feed.stated["from_route"] < 0, feed.stated["from_route"] + r
                ),
                to_route=feed.stated["to_route"].where(feed.stated["to_route"] < 0, feed.stated["to_route"] + r),
            )
            for feed, first, r in zip(feeds, stop_first, route_first, strict=False)
        ],
        ignore_index=True,
    )
    # Only where a change depends on the route does a stop become a node of each route.
    by_route = stated.loc[(stated["from_route"] >= 0) | (stated["to_route"] >= 0)]
    apart = np.zeros(len(stops), dtype=bool)
    apart[by_route[["from_stop", "to_stop"]].to_numpy().ravel()] = True
    apart |= apart[root]
    ends = {name: rides[name].to_numpy(np.int64) for name in ("tail", "head")}
    width = len(routes) + 1
    keys = {name: at * width + np.where(apart[at], rides["route"] + 1, 0) for name, at in ends.items()}
    nodes, place = np.unique(np.concatenate([keys["tail"], keys["head"]]), return_inverse=True)
    place = place.reshape(-1)
    stations, node_station = np.unique(root[nodes // width], return_inverse=True)
    node_station = node_station.reshape(-1)
    xy = stops_xy(stops.iloc[stations], metric_crs)
    changes = changes_between(
        pd.DataFrame({"stop": nodes // width, "station": node_station, "route": nodes % width - 1}),
        stated,
        xy,
        stations,
        change_min,
        walk_m,
    )
    begin, until, percentile = asked
    return Timetable(
        station_names(
            stops.iloc[stations], [feed.name for feed in feeds], np.searchsorted(stop_first, stations, "right") - 1
        ),
        xy,
        node_station.astype(np.int32),
        place[: len(rides)].astype(np.int32),
        place[len(rides) :].astype(np.int32),
        rides["departure"].to_numpy(np.int32),
        rides["arrival"].to_numpy(np.int32),
        rides["run"].to_numpy(np.int32),
        rides["boards"].to_numpy(bool),
        rides["alights"].to_numpy(bool),
        changes["from"].to_numpy(np.int32),
        changes["to"].to_numpy(np.int32),
        changes["seconds"].to_numpy(np.int32),
        changes["walked"].to_numpy(bool),
        begin,
        until,
        percentile,
        int(rides["route"].nunique()),
        left_out.table(),
        left_out.total,
        source,
        as_of,
    )
