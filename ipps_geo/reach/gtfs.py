"""A GTFS feed as a network of public transport: the run times and waits of one window of one day.

A timetable is folded into what a planner asks of it: how long a ride takes, and how long one waits for it on average.
Stops of one station are one place; a platform is a station on one direction of a route. Waits are half the headway
(passengers who come at random); a change costs its walk and the wait for the next line.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyproj
from scipy.spatial import cKDTree

from ipps_geo.crs import METRIC_CRS
from ipps_geo.errors import BadInput
from ipps_geo.reach.gtfs_files import read_feed, seconds_of, whole
from ipps_geo.reach.transit import WALK_DETOUR, WALK_M_PER_MIN, TransitNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Feed = dict[str, pd.DataFrame]

MAX_STATIONS = 8_000
"""More stations would need more than half a gigabyte for the minutes between all of them."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class _Hops(NamedTuple):
    """Rides between neighbouring stations in the window, one row per trip and hop."""

    frame: pd.DataFrame  # line, from, to, minutes, runs
    seconds: float


def read_gtfs(
    path: str | Path,
    *,
    window: tuple[str, str] = ("07:00:00", "09:00:00"),
    day: dt.date | None = None,
    change_min: float = 4.0,
    walk_m: float = 250.0,
    source: str = "",
) -> TransitNetwork:
    """Read the network that runs on ``day`` between the times of ``window``.

    Parameters
    ----------
    path
        A zip or a folder with ``stops``, ``trips``, ``stop_times``, and ``calendar`` or ``calendar_dates``; ``routes``,
        ``transfers`` and ``frequencies`` are honoured where present.
    window
        From (inclusive) and until (exclusive), ``HH:MM:SS``; hops that depart within it count.
    day
        Day of service; the first day with the most trips when not given. It is stated in ``as_of``.
    change_min
        Minutes on foot of a change within a station that ``transfers.txt`` does not name.
    walk_m
        Stations at most this far apart (straight line) are joined on foot.

    Notes
    -----
    Minutes of a ride from a to b: the median over the window of arrival at b less arrival at a (at the first stop of a
    trip: less departure), so that standing at a station counts. Wait at a platform: half of window / departures there.
    Without ``direction_id`` the direction is told by the ends of a trip. Trips of ``frequencies.txt`` run as often as
    it says. ``transfer_type`` 3 forbids a change; transfers between single trips are passed over.

    Raises
    ------
    BadInput
        A feed that cannot be read (the file and column are named), nothing that runs then, or too many stations.
    """
    feed = read_feed(path)
    name = Path(path).name
    begin, until = (float(seconds_of(pd.Series([text]), "window").iloc[0]) for text in window)
    if not begin < until:
        raise BadInput("the window ends before it begins", where="window", advice="give it as from, until")
    day = day or _busiest_day(feed, name)
    hops = _hops(feed, _services(feed, day, name), begin, until, name)
    if hops.frame.empty:
        raise BadInput(
            f"nothing runs on {day} between {window[0]} and {window[1]}",
            where=name,
            advice="choose another day or window",
        )
    return _network(feed, hops, change_min, walk_m, name, source or name, f"{day} {window[0][:5]}-{window[1][:5]}")


def _services(feed: Feed, day: dt.date, name: str) -> set[str]:
    """Return the services that run on ``day``: the week's pattern, then the exceptions."""
    stamp, week = f"{day:%Y%m%d}", feed["calendar.txt"]
    runs = (week["start_date"] <= stamp) & (week["end_date"] >= stamp) & (week[WEEKDAYS[day.weekday()]] == "1")
    services = set(week.loc[runs, "service_id"])
    today = feed["calendar_dates.txt"]
    today = today.loc[today["date"] == stamp]
    wrong = ~today["exception_type"].isin(["1", "2"])
    if wrong.any():
        raise BadInput("exception_type is 1 or 2", where=f"{name}/calendar_dates.txt: exception_type")
    added = set(today.loc[today["exception_type"] == "1", "service_id"])
    return (services | added) - set(today.loc[today["exception_type"] == "2", "service_id"])


def _busiest_day(feed: Feed, name: str) -> dt.date:
    """Return the first day on which the most trips run, within four weeks of the feed's first day."""
    stamps = pd.concat([feed["calendar.txt"]["start_date"], feed["calendar_dates.txt"]["date"]])
    try:
        first = dt.date(int(stamps.min()[:4]), int(stamps.min()[4:6]), int(stamps.min()[6:8]))
    except ValueError as error:
        raise BadInput(
            f"{stamps.min()!r} is not a day", where=f"{name}/calendar.txt: start_date", advice="write it as YYYYMMDD"
        ) from error
    trips = feed["trips.txt"]["service_id"].value_counts()
    days = [first + dt.timedelta(days=n) for n in range(28)]
    count = [int(trips.reindex(sorted(_services(feed, day, name))).fillna(0).sum()) for day in days]
    return days[int(np.argmax(count))]


def _hops(feed: Feed, services: set[str], begin: float, until: float, name: str) -> _Hops:
    trips = feed["trips.txt"]
    trips = trips.loc[trips["service_id"].isin(services)].drop_duplicates("trip_id")
    times = feed["stop_times.txt"]
    where = f"{name}/stop_times.txt"
    times = times.loc[times["trip_id"].isin(trips["trip_id"])].reset_index(drop=True)
    unknown = ~times["stop_id"].isin(feed["stops.txt"]["stop_id"])
    if unknown.any():
        raise BadInput(f"stop {times.loc[unknown, 'stop_id'].iloc[0]} is not in stops.txt", where=f"{where}: stop_id")
    times = times.assign(
        order=whole(times["stop_sequence"], f"{where}: stop_sequence"),
        arrival=seconds_of(times["arrival_time"], f"{where}: arrival_time", blank=True),
        departure=seconds_of(times["departure_time"], f"{where}: departure_time", blank=True),
    ).sort_values(["trip_id", "order"], kind="stable", ignore_index=True)
    times["arrival"] = times["arrival"].fillna(times["departure"])
    times["departure"] = times["departure"].fillna(times["arrival"])
    ends = ~times["trip_id"].duplicated() | ~times["trip_id"].duplicated(keep="last")
    if (ends & times["arrival"].isna()).any():
        trip = times.loc[ends & times["arrival"].isna(), "trip_id"].iloc[0]
        raise BadInput(f"trip {trip} has no time at its first or last stop", where=f"{where}: arrival_time")
    # Stops between two timed ones may have no times of their own: they share the way evenly.
    times[["arrival", "departure"]] = times[["arrival", "departure"]].interpolate()
    times = times.merge(_lines(trips, times, feed), on="trip_id")
    times["station"] = times["stop_id"].map(_station_of(feed["stops.txt"], name))
    ahead = times.groupby("trip_id")[["station", "arrival"]].shift(-1)
    first = times.groupby("trip_id").cumcount() == 0
    left = times["departure"].where(first, times["arrival"])
    hops = pd.DataFrame(
        {
            "trip_id": times["trip_id"],
            "line": times["line"],
            "from": times["station"],
            "to": ahead["station"],
            "minutes": (ahead["arrival"] - left) / 60,
            "departure": times["departure"],
            # When a repeated trip passes: as long after its own start as the pattern says.
            "after_start": times["departure"] - times.groupby("trip_id")["departure"].transform("first"),
        }
    )
    hops = hops.loc[hops["to"].notna() & (hops["to"] != hops["from"])]
    if (hops["minutes"] < 0).any():
        trip = hops.loc[hops["minutes"] < 0, "trip_id"].iloc[0]
        raise BadInput(f"trip {trip} arrives before it leaves", where=f"{where}: arrival_time")
    hops["runs"] = _runs(hops, feed["frequencies.txt"], begin, until, name)
    return _Hops(hops.loc[hops["runs"] > 0], until - begin)


def _runs(hops: pd.DataFrame, repeated: pd.DataFrame, begin: float, until: float, name: str) -> NDArray[np.float64]:
    """Return how often each hop departs within the window: once or not at all, or as ``frequencies.txt`` says."""
    runs = ((hops["departure"] >= begin) & (hops["departure"] < until)).to_numpy(np.float64)
    if repeated.empty:
        return runs
    where = f"{name}/frequencies.txt"
    start = seconds_of(repeated["start_time"], f"{where}: start_time")
    end = seconds_of(repeated["end_time"], f"{where}: end_time")
    headway = whole(repeated["headway_secs"], f"{where}: headway_secs")
    if (headway == 0).any():
        raise BadInput("a headway of 0 seconds", where=f"{where}: headway_secs")
    runs[hops["trip_id"].isin(repeated["trip_id"]).to_numpy()] = 0
    rows_of = hops.groupby("trip_id").indices
    for trip, first, last, every in zip(repeated["trip_id"], start, end, headway, strict=True):
        rows = rows_of.get(trip, np.zeros(0, dtype=np.intp))
        starts = np.arange(first, last, every)
        passing = starts[:, None] + hops["after_start"].to_numpy()[rows]
        runs[rows] += ((passing >= begin) & (passing < until)).sum(axis=0)
    return runs


def _lines(trips: pd.DataFrame, times: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """Return trip_id and line: the route's name and direction; without one, by the ends of the trip."""
    routes = feed["routes.txt"].drop_duplicates("route_id").set_index("route_id")
    title = routes["route_short_name"].where(routes["route_short_name"] != "", routes["route_long_name"])
    title = title.where(title != "", title.index.to_series())
    ends = times.groupby("trip_id")["stop_id"].agg(["first", "last"])
    turned = (ends["first"] > ends["last"]).map({False: "0", True: "1"})
    direction = trips["direction_id"].where(trips["direction_id"] != "", trips["trip_id"].map(turned))
    named = trips["route_id"].map(title).fillna(trips["route_id"])
    # The id keeps two routes of one name apart.
    line = named + "\t" + trips["route_id"] + "\t" + direction.fillna("0")
    return pd.DataFrame({"trip_id": trips["trip_id"], "route_id": trips["route_id"], "line": line})


def _station_of(stops: pd.DataFrame, name: str) -> pd.Series:
    """Return the station of each stop id: its parent where it has one (parents of parents too)."""
    stops = stops.drop_duplicates("stop_id")
    parent = stops.set_index("stop_id")["parent_station"]
    lost = ~parent.isin(["", *parent.index])
    if lost.any():
        raise BadInput(f"station {parent[lost].iloc[0]} is not listed", where=f"{name}/stops.txt: parent_station")
    station = parent.where(parent != "", parent.index.to_series())
    return station.map(station)


def _network(
    feed: Feed, hops: _Hops, change_min: float, walk_m: float, name: str, source: str, as_of: str
) -> TransitNetwork:
    rides = hops.frame
    ids = pd.Index(sorted(set(rides["from"]) | set(rides["to"])))
    if len(ids) > MAX_STATIONS:
        raise BadInput(
            f"{len(ids):,} stations, more than {MAX_STATIONS:,}", where=name, advice="keep the lines that matter"
        )
    stops = feed["stops.txt"].drop_duplicates("stop_id").set_index("stop_id").reindex(ids)
    xy = _metric(stops, name)
    places = pd.concat([rides[["from", "line"]].set_axis(["station", "line"], axis=1),
                        rides[["to", "line"]].set_axis(["station", "line"], axis=1)])  # fmt: skip
    places = places.drop_duplicates().sort_values(["station", "line"], ignore_index=True)
    platform = pd.MultiIndex.from_frame(places)
    link = (
        rides.loc[rides.index.repeat(rides["runs"].clip(upper=1_000).astype("int64"))]
        .groupby(["line", "from", "to"], sort=True)["minutes"]
        .median()
        .reset_index()
    )
    departures = rides.groupby(["from", "line"])["runs"].sum().reindex(platform).fillna(0).to_numpy()
    # Where a line ends nobody boards: a wait as long as the window keeps it from being a way in.
    minutes = hops.seconds / 60
    wait = np.divide(minutes / 2, departures, out=np.full(len(places), minutes), where=departures > 0)
    tail = platform.get_indexer(pd.MultiIndex.from_frame(link[["from", "line"]]))
    head = platform.get_indexer(pd.MultiIndex.from_frame(link[["to", "line"]]))
    change = _changes(feed, places, ids, xy, change_min, walk_m, name)
    change_minutes = change["minutes"].to_numpy(np.float64) + wait[change["head"].to_numpy(np.int64)]
    return TransitNetwork(
        _names(stops, ids),
        xy,
        ids.get_indexer(places["station"]).astype(np.int64),
        tuple(places["line"].str.split("\t").str[0]),
        np.concatenate([tail, change["tail"].to_numpy(np.int64)]).astype(np.int64),
        np.concatenate([head, change["head"].to_numpy(np.int64)]).astype(np.int64),
        np.concatenate([link["minutes"].to_numpy(np.float64), change_minutes]),
        wait,
        source,
        as_of,
    )


def _names(stops: pd.DataFrame, ids: pd.Index[str]) -> tuple[str, ...]:
    """Return station names; those that stand twice, or are empty, carry their id."""
    name = stops["stop_name"].fillna("").str.strip()
    plain = (name != "") & ~name.duplicated(keep=False)
    return tuple(name.where(plain, (name + " (" + ids.to_series() + ")").str.strip()))


def _metric(stops: pd.DataFrame, name: str) -> NDArray[np.float64]:
    lon, lat = (pd.to_numeric(stops[column], errors="coerce") for column in ("stop_lon", "stop_lat"))
    for column, values, most in (("stop_lon", lon, 180), ("stop_lat", lat, 90)):
        wrong = ~(values.abs() <= most)
        if wrong.any():
            raise BadInput(
                f"stop {stops.index[wrong][0]} has no place ({stops.loc[wrong, column].iloc[0]!r})",
                where=f"{name}/stops.txt: {column}",
            )
    transformer = pyproj.Transformer.from_crs("EPSG:4326", METRIC_CRS, always_xy=True)
    return np.column_stack(transformer.transform(lon.to_numpy(), lat.to_numpy()))


def _changes(
    feed: Feed,
    places: pd.DataFrame,
    ids: pd.Index[str],
    xy: NDArray[np.float64],
    change_min: float,
    walk_m: float,
    name: str,
) -> pd.DataFrame:
    """Return tail, head (platforms) and minutes on foot of every change: within stations, by a walk, by the feed."""
    near = cKDTree(xy).query_pairs(walk_m, output_type="ndarray") if walk_m > 0 else np.zeros((0, 2), dtype=np.intp)
    walk = np.hypot(*(xy[near[:, 0]] - xy[near[:, 1]]).T) * WALK_DETOUR / WALK_M_PER_MIN
    pairs = pd.concat(
        [
            pd.DataFrame({"from": ids, "to": ids, "minutes": float(change_min)}),
            pd.DataFrame({"from": ids[near[:, 0]], "to": ids[near[:, 1]], "minutes": walk}),
            pd.DataFrame({"from": ids[near[:, 1]], "to": ids[near[:, 0]], "minutes": walk}),
        ]
    ).assign(from_route="", to_route="")
    stated = _transfers(feed, change_min, name)
    numbered = places.assign(platform=np.arange(len(places)), route=places["line"].str.split("\t").str[1])
    every = pd.concat([pairs.assign(rank=0), stated.assign(rank=1)])
    # What names routes is closer than what names stations, and what the feed says is closer than what is assumed.
    every["rank"] += 2 * ((every["from_route"] != "").astype(int) + (every["to_route"] != "").astype(int))
    joined = every.merge(numbered, left_on="from", right_on="station").merge(
        numbered, left_on="to", right_on="station", suffixes=("", "_to")
    )
    fits = joined["from_route"].isin([""]) | (joined["from_route"] == joined["route"])
    fits &= joined["to_route"].isin([""]) | (joined["to_route"] == joined["route_to"])
    joined = joined.loc[fits & (joined["platform"] != joined["platform_to"])]
    # Of several statements of one rank the shortest counts; a forbidden change (inf) is none.
    best = joined.sort_values(["rank", "minutes"], ascending=[False, True], kind="stable")
    best = best.drop_duplicates(["platform", "platform_to"])
    best = best.loc[np.isfinite(best["minutes"])].sort_values(["platform", "platform_to"])
    return pd.DataFrame({"tail": best["platform"], "head": best["platform_to"], "minutes": best["minutes"]})


def _transfers(feed: Feed, change_min: float, name: str) -> pd.DataFrame:
    """Return from, to (stations), from_route, to_route and minutes of the feed's transfers; inf where forbidden."""
    stated = feed["transfers.txt"]
    stated = stated.loc[(stated["from_trip_id"] == "") & (stated["from_stop_id"] != "") & (stated["to_stop_id"] != "")]
    station = _station_of(feed["stops.txt"], name)
    for column in ("from_stop_id", "to_stop_id"):
        lost = ~stated[column].isin(station.index)
        if lost.any():
            raise BadInput(
                f"stop {stated.loc[lost, column].iloc[0]} is not in stops.txt", where=f"{name}/transfers.txt: {column}"
            )
    kind = stated["transfer_type"].str.strip().replace("", "0")
    timed = stated["min_transfer_time"].str.strip()
    seconds = whole(timed.where(timed != "", "0"), f"{name}/transfers.txt: min_transfer_time")
    minutes = np.where(kind == "3", np.inf, np.where(timed != "", seconds / 60, np.where(kind == "1", 0.0, change_min)))
    return pd.DataFrame(
        {
            "from": stated["from_stop_id"].map(station).to_numpy(),
            "to": stated["to_stop_id"].map(station).to_numpy(),
            "minutes": minutes,
            "from_route": stated["from_route_id"].to_numpy(),
            "to_route": stated["to_route_id"].to_numpy(),
        }
    )
