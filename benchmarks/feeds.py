"""GTFS feeds made by a script: six small ones shaped like real ones, and a city as large as Beijing's buses.

``python -m benchmarks.feeds FOLDER`` writes the six as zips. What they hold:

- ``metro``: three lines that cross, platforms under stations, changes stated by stop, station and route, one forbidden
- ``express``: locals and expresses on one road, at uneven intervals
- ``branching``: a trunk that parts into three branches, and a shuttle between their ends
- ``shared_roads``: six bus routes that share stretches, stops on both sides of the road, one that only lets people off
- ``frequencies``: trips that repeat by a headway that changes, fed by a timetabled line
- ``nights``: a line that runs on past midnight, one that begins before it, and exceptions of the calendar
"""

from __future__ import annotations

import argparse
import io
import itertools
import random
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

Tables = dict[str, list[str]]

HEADERS = {
    "stops": "stop_id,stop_name,stop_lat,stop_lon,parent_station,location_type",
    "routes": "route_id,route_short_name,route_type",
    "trips": "route_id,service_id,trip_id,direction_id",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
    "calendar_dates": "service_id,date,exception_type",
    "frequencies": "trip_id,start_time,end_time,headway_secs,exact_times",
    "transfers": "from_stop_id,to_stop_id,from_route_id,to_route_id,transfer_type,min_transfer_time",
}
WORKDAYS = "1,1,1,1,1,0,0"
LAT, LON = 39.9, 116.3


def clock(seconds: int) -> str:
    """Return seconds of the service day as ``HH:MM:SS``."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


class Feed:
    """The rows of a feed as they are written."""

    def __init__(self) -> None:
        self.rows: Tables = {name: [header] for name, header in HEADERS.items()}
        self.trips = 0

    def add(self, table: str, *cells: object) -> None:
        """Add a row."""
        self.rows[table].append(",".join(str(cell) for cell in cells))

    def stop(self, name: str, east_km: float, north_km: float, parent: str = "", kind: int = 0) -> None:
        """Add a stop so many kilometres from the south-west corner."""
        self.add(
            "stops", name, f"站{name}", f"{LAT + north_km / 111.0:.7f}", f"{LON + east_km / 85.4:.7f}", parent, kind
        )

    def trip(
        self, route: str, service: str, stops: Sequence[str], start: int, legs: Sequence[int], stand: int = 30,
        drop_only: Sequence[str] = (), direction: int = 0,
    ) -> str:  # fmt: skip
        """Add a trip that leaves at ``start`` seconds; ``legs`` are the seconds between its stops."""
        name = f"{route}-{self.trips}"
        self.trips += 1
        self.add("trips", route, service, name, direction)
        moment = start
        for turn, stop in enumerate(stops):
            leave = moment + (stand if 0 < turn < len(stops) - 1 else 0)
            forbids = 1 if stop in drop_only else ""
            self.add("stop_times", name, clock(moment), clock(leave), stop, 10 * turn + 1, forbids, "")
            moment = leave + (legs[turn] if turn < len(legs) else 0)
        return name

    def service(self, name: str, week: str = WORKDAYS, start: str = "20260105", end: str = "20261231") -> None:
        """Add a pattern of the calendar."""
        self.add("calendar", name, week, start, end)

    def route(self, *names: str) -> None:
        """Add routes."""
        for name in names:
            self.add("routes", name, f"{name}路", 3)

    def write(self, path: Path) -> Path:
        """Write the feed as a zip; tables without a row are left out."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
            for name, rows in self.rows.items():
                if len(rows) > 1:
                    made.writestr(f"{name}.txt", "\n".join(rows) + "\n")
        return path


def metro() -> Feed:
    """Three lines that cross in one another's middle."""
    feed, rng = Feed(), random.Random(1)
    feed.service("W")
    lines = {
        "M1": ["A1", "B1", "X1", "D1", "E1"],
        "M2": ["F2", "X2", "G2", "Y2", "H2"],
        "M3": ["D3", "Y3", "K3", "A3"],
    }
    places = {"A": (0, 0), "B": (3, 0), "X": (6, 0), "D": (9, 0), "E": (12, 0), "F": (6, -4), "G": (6, 3), "Y": (6, 6),
              "H": (6, 10), "K": (1, 5)}  # fmt: skip
    for name, (east, north) in places.items():
        feed.stop(name, east, north, kind=1)
    for stops in lines.values():
        for stop in stops:
            east, north = places[stop[0]]
            feed.stop(stop, east + 0.05 * int(stop[1]), north, parent=stop[0])
    for line, stops in lines.items():
        feed.route(line)
        legs = [rng.randrange(150, 330, 10) for _ in stops[1:]]
        for way, order, times in ((0, stops, legs), (1, stops[::-1], legs[::-1])):
            for start in range(
                6 * 3600 + rng.randrange(0, 300, 20), 11 * 3600, {"M1": 300, "M2": 420, "M3": 540}[line]
            ):
                feed.trip(line, "W", order, start, times, direction=way)
    feed.add("transfers", "X1", "X2", "", "", 2, 90)
    feed.add("transfers", "Y", "Y", "", "", 2, 200)
    feed.add("transfers", "D1", "D3", "M1", "M3", 2, 330)
    feed.add("transfers", "A3", "A1", "", "", 3, "")
    return feed


def express() -> Feed:
    """Locals and expresses on one road."""
    feed, rng = Feed(), random.Random(2)
    feed.service("W")
    feed.route("L", "X")
    stops = [f"S{n}" for n in range(9)]
    for n, stop in enumerate(stops):
        feed.stop(stop, 2.5 * n, 0.1 * n)
    legs = [rng.randrange(180, 360, 15) for _ in stops[1:]]
    fast = [0, 3, 5, 8]
    for start in range(6 * 3600, 11 * 3600, 660):
        feed.trip("L", "W", stops, start + rng.randrange(0, 120, 10), legs)
        feed.trip("L", "W", stops[::-1], start + rng.randrange(0, 240, 10), legs[::-1], direction=1)
    for start in range(6 * 3600 + 400, 11 * 3600, 1500):
        times = [int(0.65 * sum(legs[a:b])) for a, b in itertools.pairwise(fast)]
        feed.trip("X", "W", [stops[n] for n in fast], start + rng.randrange(0, 300, 10), times)
    return feed


def branching() -> Feed:
    """A trunk that parts into three branches."""
    feed, rng = Feed(), random.Random(3)
    feed.service("W")
    feed.route("T", "Q")
    trunk, tails = ["T0", "T1", "T2"], {"a": ["a1", "a2"], "b": ["b1", "b2", "b3"], "c": ["c1"]}
    for n, stop in enumerate(trunk):
        feed.stop(stop, 2.0 * n, 0)
    for turn, stops in enumerate(tails.values()):
        for n, stop in enumerate(stops):
            feed.stop(stop, 6.0 + 2 * n, 3.0 * (turn - 1))
    for turn, (_, stops) in enumerate(tails.items()):
        way = trunk + stops
        legs = [240 + 30 * (n % 3) for n in range(len(way) - 1)]
        for start in range(6 * 3600 + 240 * turn, 11 * 3600, 720):
            feed.trip("T", "W", way, start + rng.randrange(0, 60, 5), legs)
            feed.trip("T", "W", way[::-1], start + rng.randrange(0, 400, 5), legs[::-1], direction=1)
    for start in range(6 * 3600, 11 * 3600, 480):
        feed.trip("Q", "W", ["a2", "b3", "c1"], start, [500, 700])
    return feed


def shared_roads() -> Feed:
    """Bus routes that share stretches, with stops on both sides of the road."""
    feed, rng = Feed(), random.Random(4)
    feed.service("W")
    for east in range(5):
        for north in range(3):
            feed.stop(f"e{east}{north}", 0.9 * east, 0.9 * north)
            feed.stop(f"w{east}{north}", 0.9 * east, 0.9 * north + 0.045)
    ways = [
        ["00", "10", "20", "30", "40"], ["00", "10", "20", "21", "22"], ["01", "11", "21", "31", "41"],
        ["02", "12", "11", "21", "20", "30"], ["40", "41", "31", "21", "22", "12"],
        ["10", "20", "30", "31", "32", "42"],
    ]  # fmt: skip
    for turn, way in enumerate(ways):
        route = f"B{turn}"
        feed.route(route)
        legs = [rng.randrange(100, 260, 5) for _ in way[1:]]
        for start in range(6 * 3600 + 60 * turn, 10 * 3600, 500 + 70 * turn):
            late = rng.randrange(0, 150, 5)
            drop = [f"e{way[-2]}"] if turn == 2 else []
            feed.trip(route, "W", [f"e{stop}" for stop in way], start + late, legs, 15, drop_only=drop)
            feed.trip(route, "W", [f"w{stop}" for stop in way[::-1]], start + 200 + late, legs[::-1], 15, direction=1)
    return feed


def frequencies() -> Feed:
    """Trips that repeat by a headway, fed by a timetabled line."""
    feed = Feed()
    feed.service("W")
    feed.route("R", "U", "P")
    for n in range(5):
        feed.stop(f"R{n}", 1.8 * n, 0)
    for n in range(4):
        feed.stop(f"U{n}", 3.6, 1.5 * n - 1.5 if n else -4.0)
    feed.add("transfers", "R2", "U1", "", "", 2, 150)
    feed.add("transfers", "U1", "R2", "", "", 2, 150)
    ring = feed.trip("R", "W", [f"R{n}" for n in range(5)], 0, [200, 230, 250, 190])
    feed.add("frequencies", ring, "05:30:00", "07:20:00", 400, 0)
    feed.add("frequencies", ring, "07:20:00", "10:00:00", 260, 1)
    back = feed.trip("R", "W", [f"R{n}" for n in range(4, -1, -1)], 5 * 3600, [190, 250, 230, 200], direction=1)
    feed.add("frequencies", back, "05:00:00", "10:30:00", 330, 0)
    up = feed.trip("U", "W", ["U0", "U1", "U2", "U3"], 100, [420, 260, 300])
    feed.add("frequencies", up, "06:05:00", "10:00:00", 610, 0)
    for start in range(6 * 3600, 11 * 3600, 1000):
        feed.trip("P", "W", ["U3", "R4"], start, [600])
    return feed


def nights() -> Feed:
    """A line that runs on past midnight, one of the next morning, and exceptions of the calendar."""
    feed = Feed()
    feed.service("D", "1,1,1,1,1,1,1")
    feed.service("F", "0,0,0,0,1,0,0")
    feed.route("N", "M", "K")
    for n in range(6):
        feed.stop(f"N{n}", 2.2 * n, 0)
    stops = [f"N{n}" for n in range(6)]
    for start in range(21 * 3600, 26 * 3600 + 1800, 1100):
        feed.trip("N", "D", stops, start, [280, 310, 260, 300, 270])
    for start in range(0, 3 * 3600, 1700):
        feed.trip("M", "D", stops[::-1][:4], start, [310, 260, 320])
    for start in range(22 * 3600, 26 * 3600, 2300):
        feed.trip("K", "F", ["N1", "N4", "N0"], start, [500, 900])
    feed.add("calendar_dates", "F", "20260303", 1)
    feed.add("calendar_dates", "F", "20260306", 2)
    return feed


FEEDS: dict[str, tuple[Callable[[], Feed], tuple[str, str]]] = {
    "metro": (metro, ("07:00", "09:00")),
    "express": (express, ("07:00", "09:00")),
    "branching": (branching, ("07:00", "09:00")),
    "shared_roads": (shared_roads, ("07:00", "09:00")),
    "frequencies": (frequencies, ("07:00", "09:00")),
    "nights": (nights, ("23:15", "25:15")),
}
"""The six feeds, and the window in which each is looked at."""


def city(path: Path, stops: int = 40_000, stop_times: int = 1_000_000, seed: int = 0) -> Path:
    """Write a feed like the buses of Beijing: so many stops on a grid of roads, so many stop times on one day.

    About 60 km across; routes of some 35 stops go along the roads and turn a few times, both ways, from 5:00 to 23:00
    most often in the peaks: first lines that reach every stop, then busier ones until the day is full.
    """
    rng = np.random.default_rng(seed)
    side = round((stops / 2) ** 0.5)
    pitch_km = 60 / side
    names = np.array([f"{x:03d}{y:03d}" for x in range(side) for y in range(side)]).reshape(side, side)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        text = io.StringIO()
        text.write("stop_id,stop_name,stop_lat,stop_lon\n")
        for x in range(side):
            for y in range(side):
                dx, dy = rng.uniform(-0.08, 0.08, 2)
                lat, lon = 39.63 + (y * pitch_km + dy) / 111.0, 116.04 + (x * pitch_km + dx) / 85.4
                text.write(f"e{names[x, y]},站{names[x, y]},{lat:.6f},{lon:.6f}\n")
                text.write(f"w{names[x, y]},站{names[x, y]}对面,{lat + 0.0003:.6f},{lon:.6f}\n")
        made.writestr("stops.txt", text.getvalue())
        made.writestr(
            "calendar.txt",
            f"{HEADERS['calendar']}\nW,1,1,1,1,1,0,0,20260105,20261231\nE,0,0,0,0,0,1,1,20260105,20261231\n",
        )
        routes, trips, times = (io.StringIO() for _ in range(3))
        routes.write(HEADERS["routes"] + "\n")
        trips.write(HEADERS["trips"] + "\n")
        times.write("trip_id,arrival_time,departure_time,stop_id,stop_sequence\n")
        peak = {7, 8, 17, 18}
        seldom = [s for s in range(5 * 3600, 23 * 3600, 1800) if s // 3600 in peak or s % 9000 == 0]
        often = [s for s in range(5 * 3600, 23 * 3600, 600) if s // 3600 in peak or s % 1800 == 0]
        unserved = {(x, y) for x in range(side) for y in range(side)}
        written = route = 0
        ticks = [clock(second) for second in range(30 * 3600)]
        while written < stop_times or unserved:
            starts = seldom if unserved else often
            first = min(unserved) if unserved else (int(rng.integers(side)), int(rng.integers(side)))
            way = _wander(rng, side, first, unserved)
            unserved -= set(way)
            legs = np.cumsum(rng.integers(60, 150, len(way)))
            routes.write(f"{route},{route}路,3\n")
            for turn, order in enumerate((way, way[::-1])):
                along = [f"{'ew'[turn]}{names[x, y]}" for x, y in order]
                offset = int(rng.integers(0, 600))
                for start in starts:
                    trip = f"{route}-{turn}-{start}"
                    trips.write(f"{route},W,{trip},{turn}\n")
                    moments = (start + offset + legs - legs[0]).tolist()
                    times.writelines(
                        f"{trip},{ticks[m]},{ticks[m]},{stop},{n}\n"
                        for n, (m, stop) in enumerate(zip(moments, along, strict=True))
                    )
                    written += len(way)
            route += 1
        for name, table in (("routes", routes), ("trips", trips), ("stop_times", times)):
            made.writestr(f"{name}.txt", table.getvalue())
    return path


def _wander(
    rng: np.random.Generator, side: int, first: tuple[int, int], unserved: set[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return the crossings of a route of 35 stops from ``first``, where no other goes yet if that can be."""
    (x, y), way = first, [first]
    ahead = [(1, 0), (0, 1), (-1, 0), (0, -1)][int(rng.integers(0, 4))]
    while len(way) < 35:
        turned = [ahead, (ahead[1], ahead[0]), (-ahead[1], -ahead[0])]
        if rng.random() < 0.12:
            turned = turned[::-1]
        open_ways = [(dx, dy) for dx, dy in turned if 0 <= x + dx < side and 0 <= y + dy < side]
        fresh = [
            way_on
            for way_on in open_ways
            if (x + way_on[0], y + way_on[1]) in unserved and (x + way_on[0], y + way_on[1]) not in way
        ]
        onward = [way_on for way_on in open_ways if (x + way_on[0], y + way_on[1]) not in way]
        if not onward:
            break
        ahead = (fresh or onward)[0]
        x, y = x + ahead[0], y + ahead[1]
        way.append((x, y))
    return way


def main() -> None:
    """Write the six feeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--city", action="store_true", help="the large one too")
    asked = parser.parse_args()
    for name, (make, _) in FEEDS.items():
        print(make().write(asked.folder / f"{name}.zip"))
    if asked.city:
        print(city(asked.folder / "city.zip"))


if __name__ == "__main__":
    main()
