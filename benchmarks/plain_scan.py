"""An oracle for timetables: a plain connection scan in pure Python, forward, once for every minute of the window.

It shares nothing with the package but the definition of a travel time and the projection: it reads the text of a feed
itself, walks every change out of the tables, and scans all rides from the first to the last for each departure.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import math
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from ipps_geo.crs import transformer
from ipps_geo.regions import load_region

METRIC_CRS = load_region().metric_crs

INF = math.inf
LONGEST_S = 240 * 60
CHANGE_S = 240
NEAR_M = 250.0
WALK_S_PER_M = 1.3 / 80 * 60


def seconds(clock: str) -> int:
    """Return ``HH:MM:SS`` as seconds."""
    hours, minutes, rest = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + int(rest)


class PlainScan:
    """A feed on one day."""

    def __init__(self, path: Path, day: dt.date) -> None:
        with zipfile.ZipFile(path) as archive:
            self.tables = {
                Path(name).stem: list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8"))))
                for name in archive.namelist()
            }
        self.station = {row["stop_id"]: row.get("parent_station") or row["stop_id"] for row in self.tables["stops"]}
        project = transformer("EPSG:4326", METRIC_CRS).transform
        self.xy = {
            row["stop_id"]: project(float(row["stop_lon"]), float(row["stop_lat"])) for row in self.tables["stops"]
        }
        self.rides = self._rides(day)
        served = {end for ride in self.rides for end in (ride[2], ride[3])}
        self.routes_at: dict[str, set[str]] = defaultdict(set)
        for _, _, tail, head, _, route, _, _ in self.rides:
            self.routes_at[tail].add(route)
            self.routes_at[head].add(route)
        self.stops_of: dict[str, list[str]] = defaultdict(list)
        for stop in sorted(served):
            self.stops_of[self.station[stop]].append(stop)
        self.changes = self._changes(sorted(served))

    def _services(self, day: dt.date) -> set[str]:
        name, stamp = day.strftime("%A").lower(), day.strftime("%Y%m%d")
        running = {
            row["service_id"]
            for row in self.tables.get("calendar", [])
            if row["start_date"] <= stamp <= row["end_date"] and row[name] == "1"
        }
        for row in self.tables.get("calendar_dates", []):
            if row["date"] == stamp:
                (running.add if row["exception_type"] == "1" else running.discard)(row["service_id"])
        return running

    def _rides(self, day: dt.date) -> list[tuple[int, int, str, str, str, str, bool, bool]]:
        """Return departure, arrival, from, to, vehicle, route, boards, alights; of the day and those beside it."""
        rows = defaultdict(list)
        for row in self.tables["stop_times"]:
            rows[row["trip_id"]].append(row)
        repeats = defaultdict(list)
        for row in self.tables.get("frequencies", []):
            repeats[row["trip_id"]].append(row)
        found = []
        for turn in (-1, 0, 1):
            services = self._services(day + dt.timedelta(days=turn))
            for trip in self.tables["trips"]:
                if trip["service_id"] not in services:
                    continue
                stops = sorted(rows[trip["trip_id"]], key=lambda row: int(row["stop_sequence"]))
                first = seconds(stops[0]["departure_time"])
                starts = [0]
                if trip["trip_id"] in repeats:
                    starts = [
                        moment - first
                        for row in repeats[trip["trip_id"]]
                        for moment in range(
                            seconds(row["start_time"]), seconds(row["end_time"]), int(row["headway_secs"])
                        )
                    ]
                for later in starts:
                    shift, vehicle = later + 86400 * turn, f"{turn}/{trip['trip_id']}/{later}"
                    for here, there in itertools.pairwise(stops):
                        found.append(
                            (
                                seconds(here["departure_time"]) + shift,
                                seconds(there["arrival_time"]) + shift,
                                here["stop_id"],
                                there["stop_id"],
                                vehicle,
                                trip["route_id"],
                                here.get("pickup_type") != "1",
                                there.get("drop_off_type") != "1",
                            )
                        )
        return sorted(found, key=lambda ride: ride[:2])

    def _changes(self, stops: Sequence[str]) -> dict[tuple[str, str], list[tuple[str, str, int]]]:
        """Return, by stop and route of arrival, (stop, route, seconds) of every change."""
        found: dict[tuple[str, str], list[tuple[str, str, int]]] = defaultdict(list)
        for a in stops:
            for b in stops:
                for from_route in self.routes_at[a]:
                    for to_route in self.routes_at[b]:
                        takes = self._change_s(a, b, from_route, to_route)
                        if takes is not None:
                            found[a, from_route].append((b, to_route, takes))
        return found

    def _change_s(self, a: str, b: str, from_route: str, to_route: str) -> int | None:
        closest, told = -1, None
        for row in self.tables.get("transfers", []):
            exact = 0
            for given, stop in ((row["from_stop_id"], a), (row["to_stop_id"], b)):
                if given == stop:
                    exact += 1
                elif given != self.station[stop]:
                    exact = -9
            fits = row["from_route_id"] in ("", from_route) and row["to_route_id"] in ("", to_route)
            if exact < 0 or not fits:
                continue
            rank = 3 * ((row["from_route_id"] != "") + (row["to_route_id"] != "")) + exact
            takes = None if row["transfer_type"] == "3" else int(row["min_transfer_time"])
            if rank > closest:
                closest, told = rank, takes
            elif rank == closest and takes is not None:
                told = takes if told is None else min(told, takes)
        if closest >= 0:
            return told
        if self.station[a] == self.station[b]:
            return CHANGE_S
        away = math.dist(self.xy[self.station[a]], self.xy[self.station[b]])
        return round(away * WALK_S_PER_M) if away <= NEAR_M else None

    def arrivals(self, entered: Mapping[str, int]) -> dict[str, int]:
        """Return the earliest arrival at each station of whoever enters the given stations at the given seconds."""
        ready: dict[tuple[str, str], float] = {}
        for station, moment in entered.items():
            for stop in self.stops_of.get(station, ()):
                for route in self.routes_at[stop]:
                    ready[stop, route] = min(moment, ready.get((stop, route), INF))
        boarded: dict[str, int] = {}
        come: dict[str, int] = {}
        turn = 0
        while turn < len(self.rides):
            # Rides of one second may lead into each other: they are scanned until nothing changes.
            group = turn
            while group < len(self.rides) and self.rides[group][0] == self.rides[turn][0]:
                group += 1
            while self._ride(range(turn, group), ready, boarded, come) and group - turn > 1:
                pass
            turn = group
        return come

    def _ride(
        self, turns: range, ready: dict[tuple[str, str], float], boarded: dict[str, int], come: dict[str, int]
    ) -> bool:
        """Take every ride of ``turns`` that can be taken; return whether anybody is somewhere earlier than before."""
        earlier = False
        for turn in turns:
            departure, arrival, tail, head, vehicle, route, boards, alights = self.rides[turn]
            if boarded.get(vehicle, len(self.rides)) > turn:
                if not boards or ready.get((tail, route), INF) > departure:
                    continue
                boarded[vehicle] = turn
                earlier = True
            if not alights:
                continue
            station = self.station[head]
            come[station] = min(arrival, come.get(station, arrival))
            for stop, onward, takes in self.changes[head, route]:
                if arrival + takes < ready.get((stop, onward), INF):
                    ready[stop, onward] = arrival + takes
                    earlier = True
        return earlier

    def between(self, window: tuple[int, int], percentile: int = 50) -> dict[tuple[str, str], float]:
        """Return minutes between all stations: of every minute of the window, the value of the percentile."""
        minutes = range(window[0], window[1], 60)
        rank = min(len(minutes) - 1, percentile * len(minutes) // 100)
        taken: dict[tuple[str, str], list[float]] = defaultdict(list)
        for origin in self.stops_of:
            for moment in minutes:
                for station, come in self.arrivals({origin: moment}).items():
                    if come - moment <= LONGEST_S:
                        taken[origin, station].append(come - moment)
        told = {}
        for a in self.stops_of:
            for b in self.stops_of:
                values = sorted(taken[a, b])
                told[a, b] = 0.0 if a == b else values[rank] / 60 if len(values) > rank else INF
        return told

    def door_to_door(
        self, door: tuple[float, float], sites: Sequence[tuple[float, float]], window: tuple[int, int],
        percentile: int = 50, max_walk_m: float = 1500.0,
    ) -> list[float]:  # fmt: skip
        """Return the minutes from a door to each site, the walk all the way among them."""

        def near(point: tuple[float, float]) -> dict[str, int]:
            away = {station: math.dist(point, self.xy[station]) for station in self.stops_of}
            return {station: round(d * WALK_S_PER_M) for station, d in away.items() if d <= max_walk_m}

        entries, exits = near(door), [near(site) for site in sites]
        minutes = range(window[0], window[1], 60)
        rank = min(len(minutes) - 1, percentile * len(minutes) // 100)
        taken: list[list[float]] = [[] for _ in sites]
        for moment in minutes if entries else ():
            come = self.arrivals({station: moment + walk for station, walk in entries.items()})
            for turn, leaving in enumerate(exits):
                every = [come[station] + walk for station, walk in leaving.items() if station in come]
                if every and min(every) - moment <= LONGEST_S:
                    taken[turn].append(min(every) - moment)
        told = []
        for site, values in zip(sites, taken, strict=True):
            walk = math.dist(door, site) * WALK_S_PER_M / 60
            values.sort()
            told.append(min(walk, values[rank] / 60 if len(values) > rank else INF))
        return told
