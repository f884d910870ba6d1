"""Timetables beside an oracle: a plain connection scan in pure Python, once for every minute of the window."""

import datetime as dt
import random
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.feeds import FEEDS, Feed
from benchmarks.plain_scan import PlainScan
from ipps_geo.errors import BadInput
from ipps_geo.reach.gtfs import read_gtfs, read_gtfs_here, window_seconds
from ipps_geo.reach.street_search import street_reach
from ipps_geo.reach.streets import street_network
from ipps_geo.reach.timetable import Timetable
from ipps_geo.reach.transit import entrance_radii_m, transit_reach
from ipps_geo.reach.walks import WALK_MIN_PER_M

DAY = dt.date(2026, 3, 3)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Each of the six feeds, read once: (path, timetable of the first half hour of its window, that half hour)."""
    folder, known = tmp_path_factory.mktemp("feeds"), {}

    def of(name):
        if name not in known:
            make, window = FEEDS[name]
            begin, _ = window_seconds(window)
            half = (window[0], f"{(begin + 1800) // 3600}:{(begin + 1800) % 3600 // 60:02d}")
            path = make().write(folder / f"{name}.zip")
            known[name] = path, read_gtfs(path, day=DAY, window=half), window_seconds(half)
        return known[name]

    return of


def by_id(timetable):
    """Return the position of each station by its id: the feeds name a station after it."""
    return {name.removeprefix("站"): place for place, name in enumerate(timetable.stations)}


@pytest.mark.parametrize("name", FEEDS)
def test_minutes_between_stations_are_those_of_a_plain_scan(made, name):
    path, timetable, window = made(name)
    expected = PlainScan(path, DAY).between(window)
    place = by_id(timetable)
    assert set(place) == {station for station, _ in expected}
    for (a, b), minutes in expected.items():
        assert timetable.between_min[place[a], place[b]] == pytest.approx(minutes, abs=1e-9), (a, b)


def feed_at_random(seed):
    """Stops at the same place and far apart, rides and changes that take no time, repeated trips, rules by route."""
    draw, feed = random.Random(seed), Feed()
    feed.service("W")
    feed.service("N", "1,1,1,1,1,1,1")
    stops = [f"s{n}" for n in range(draw.randint(4, 8))]
    for stop in stops:
        feed.stop(stop, draw.choice([0, 0.1, 0.2, 2, 4, 6]), draw.choice([0, 0.15, 3, 5]))
    for route in [f"R{n}" for n in range(draw.randint(2, 5))]:
        feed.route(route)
        for _ in range(draw.randint(3, 12)):
            way = draw.sample(stops, draw.randint(2, min(5, len(stops))))
            legs = [draw.choice([0, 30, 60, 300, 420, 615]) for _ in way[1:]]
            start, stand = draw.randrange(6 * 3600, 9 * 3600, 30), draw.choice([0, 0, 30, 120])
            drop = way[-1:] if draw.random() < 0.1 else []
            trip = feed.trip(route, draw.choice("WN"), way, start, legs, stand, drop_only=drop)
            if draw.random() < 0.1:
                feed.add("frequencies", trip, "06:10:00", "09:00:00", draw.choice([420, 900, 77]), 0)
    for _ in range(draw.randint(0, 4)):
        places = draw.choice(stops), draw.choice(stops)
        feed.add("transfers", *places, draw.choice(["", "R0"]), draw.choice(["", "R1"]), 2, draw.choice([1, 60, 600]))
    return feed


@pytest.mark.parametrize("seed", range(10))
def test_feeds_at_random_agree_with_a_plain_scan(tmp_path, seed):
    path = feed_at_random(seed).write(tmp_path / "feed.zip")
    timetable = read_gtfs_here([path], ("07:00", "07:20"), DAY, 50, 4.0, 250.0, "")
    place = by_id(timetable)
    for (a, b), minutes in PlainScan(path, DAY).between(window_seconds(("07:00", "07:20"))).items():
        if a in place and b in place:
            assert timetable.between_min[place[a], place[b]] == pytest.approx(minutes, abs=1e-9), (a, b)
        else:
            assert a == b or np.isinf(minutes), "what is not kept leaves too late for anybody"


@pytest.mark.parametrize(("name", "percentile"), [("express", 10), ("metro", 50), ("branching", 90)])
def test_door_to_door_is_that_of_a_plain_scan(made, name, percentile):
    path, timetable, window = made(name)
    rng = np.random.default_rng(5)
    around = timetable.station_xy[rng.integers(0, len(timetable.stations), 10)]
    doors, sites = around[:6] + rng.normal(0, 500, (6, 2)), around[6:] + rng.normal(0, 500, (4, 2))
    oracle = PlainScan(path, DAY)
    expected = np.array([oracle.door_to_door(tuple(door), sites.tolist(), window, percentile) for door in doors])
    reach = transit_reach(timetable.asked(percentile), doors, sites, 240)
    found = np.full(expected.shape, np.inf)
    rows = np.repeat(np.arange(6), np.diff(reach.pairs.indptr))
    found[rows, reach.pairs.indices] = reach.pairs.data
    assert np.allclose(found, np.where(expected <= 240, expected, np.inf), atol=1e-9)
    near = transit_reach(timetable.asked(percentile), doors, sites, 25).pairs
    assert near.nnz == (expected <= 25).sum(), "a limit takes pairs away and changes none"
    assert np.allclose(near.data, np.sort(expected[expected <= 25])[np.argsort(np.argsort(near.data))])


def test_service_areas_reach_as_far_as_the_walk_leaves_time(made):
    """From just inside the circle about a station the site is reached in time by that station; just outside, not."""
    _, timetable, _ = made("branching")
    site = timetable.station_xy[[by_id(timetable)["a2"]]]
    radii = entrance_radii_m(timetable, site, 30)[:, 0]
    assert (radii[np.isfinite(radii)] <= 1500).all()
    place = by_id(timetable)["T1"]
    assert 0 < radii[place] < 1500
    for metres, within in ((radii[place] - 5, True), (radii[place] + 30, False)):
        door = timetable.station_xy[[place]] + [0, -metres]
        assert (transit_reach(timetable, door, site, 30).pairs.nnz == 1) == within


def test_walks_go_along_streets_where_they_are_given(made):
    """A street of one kilometre leads to R0: whoever lives at its end walks it, not the straight line."""
    _, timetable, _ = made("frequencies")
    place = by_id(timetable)
    start, end = timetable.station_xy[place["R0"]], timetable.station_xy[place["R4"]]
    nodes = start + np.array([[0, 0], [0, 500], [300, 500]])
    streets = street_network(np.arange(3), nodes, np.array([0, 1]), np.array([1, 2]))
    door, site = nodes[[2]], end[None, :] + [0, 10]
    assert street_reach(streets, door, start[None, :], 800).reach.pairs.data == pytest.approx(800)
    straight = transit_reach(timetable, door, site, 120).pairs.data[0]
    along = transit_reach(timetable, door, site, 120, streets=streets)
    assert along.pairs.nnz == 0, "the site lies off every street"
    along = transit_reach(timetable, door, start[None, :], 120, streets=streets).pairs.data[0]
    assert along == pytest.approx(800 / 80)
    assert straight > timetable.between_min[place["R0"], place["R4"]]


def test_a_walk_between_stops_follows_the_streets(tmp_path):
    """Two lines end 100 m from each other; by the street it is 700 m."""
    feed = Feed()
    feed.service("W")
    feed.route("P", "Q")
    for name, east, north in (("p", -5, 0), ("a", 0, 0), ("b", 0, 0.1), ("q", 5, 0.1)):
        feed.stop(name, east, north)
    for start in range(6 * 3600, 10 * 3600, 300):
        feed.trip("P", "W", ["p", "a"], start, [600])
        feed.trip("Q", "W", ["b", "q"], start + 60, [600])
    timetable = read_gtfs(feed.write(tmp_path / "two.zip"), day=DAY)
    place = by_id(timetable)
    xy = timetable.station_xy
    corner = xy[place["a"]] + [300, 0], xy[place["b"]] + [300, 0]
    nodes = np.vstack([xy[[place[name] for name in "pabq"]], corner])
    streets = street_network(np.arange(6), nodes, np.array([0, 1, 4, 5, 2]), np.array([1, 4, 5, 2, 3]))
    straight, along = (
        transit_reach(timetable, xy[[place["p"]]], xy[[place["q"]]], 120, streets=each).pairs.data[0]
        for each in (None, streets)
    )
    # Waits 2 minutes, arrives at :00, walks 1.6 or 8.8 minutes and rides on at :06 or :11.
    assert straight == pytest.approx(2 + 10 + 6 + 10)
    assert along == pytest.approx(2 + 10 + 11 + 10)


@pytest.mark.parametrize("percentile", [0, 100, -1])
def test_a_percentile_lies_between_the_ends(made, percentile):
    with pytest.raises(BadInput, match="no percentile"):
        made("nights")[1].asked(percentile)


def test_who_leaves_from_the_very_entrance_is_told_from_whom_no_ride_takes(monkeypatch):
    latest = np.array([[0, -1, 90]]).T
    monkeypatch.setattr("ipps_geo.reach.timetable_kernels.latest_start_s", lambda longest: latest)
    table = SimpleNamespace(
        stations=("a", "b", "c"), station_xy=np.zeros((3, 2)), _blocks=lambda *_: [(slice(0, 1), ())]
    )
    radii = Timetable.entrance_radii_m(table, np.zeros((1, 2)), 30.0, 1000.0)
    assert radii.ravel().tolist() == [0.0, -1.0, 1.5 / WALK_MIN_PER_M]
