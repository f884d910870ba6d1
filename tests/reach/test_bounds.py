"""Each limit of a way of travelling on both sides: what is just within is reached, run or kept, the next is not."""

import numpy as np
import pandas as pd
import pytest

from ipps_geo.errors import BadInput, CrsError
from ipps_geo.reach import Reach
from ipps_geo.reach.class_rule import class_rule
from ipps_geo.reach.cost_table import CostTable
from ipps_geo.reach.gtfs import window_seconds
from ipps_geo.reach.gtfs_rows import FEW_ROWS, FEW_SHARE, TOLD_ROWS, LeftOut
from ipps_geo.reach.gtfs_trips import Repeats, Rides, runs_between
from ipps_geo.reach.street_lengths import LEAST_RATIO, MOST_RATIO, checked_lengths
from ipps_geo.reach.walks import WALK_MIN_PER_M, least_pairs, nearest_station_m, walks_to_stations


# ---------------------------------------------------------------------- on foot
def test_a_station_at_the_longest_walk_is_walked_to_and_one_without_a_place_is_not():
    stations = np.array([[1500.0, 0.0], [np.nan, 0.0], [0.0, 1500.1], [0.0, 300.0]])
    walks = walks_to_stations(np.array([[0.0, 0.0], [9000.0, 0.0]]), stations, 1500.0)
    assert walks.station.tolist() == [0, 3]
    assert walks.start.tolist() == [0, 2, 2]
    assert walks.minutes.tolist() == [1500 * WALK_MIN_PER_M, 300 * WALK_MIN_PER_M]
    assert WALK_MIN_PER_M == 1.3 / 80
    assert walks.part(1, 2).station.tolist() == []
    assert walks.part(0, 1).seconds.tolist() == [round(1500 * 78 / 80), round(300 * 78 / 80)]


def test_the_nearest_station_with_a_place():
    points = np.array([[0.0, 0.0], [0.0, 10.0]])
    assert nearest_station_m(points, np.array([[3.0, 4.0], [np.nan, 0.0]])).tolist() == [5.0, np.hypot(3, 6)]
    assert nearest_station_m(points, np.array([[np.nan, np.nan]])).tolist() == [np.inf, np.inf]


def test_of_a_pair_that_is_found_twice_the_least_counts():
    one = (np.array([0, 1]), np.array([1, 0]), np.array([5.0, 2.0]))
    two = (np.array([0, 0]), np.array([0, 1]), np.array([0.0, 3.0]))
    assert least_pairs([one, two], (2, 2)).toarray().tolist() == [[0.0, 3.0], [2.0, 0.0]]
    assert least_pairs([one, two], (2, 2)).nnz == 3, "a walk of no minutes is one"


# ---------------------------------------------------------------------- tables of costs, classes, points
def table():
    pairs = [("E1", "W1", 20.0), ("E1", "W1", 30.0), ("E2", "W1", 20.5), ("E2", "W2", 0.0)]
    who, where, cost = (np.array(column) for column in zip(*pairs, strict=True))
    return CostTable(who.astype(object), where.astype(object), cost.astype(float), "min", "costs.csv")


def ids(*names, column="id"):
    return pd.DataFrame({column: list(names)})


def test_a_listed_cost_at_the_limit_is_reached_and_of_two_the_least():
    reach = table().reach(ids("E2", "E1", "E9"), ids("W1", "W2"), 20.0)
    assert [(row, column) for row, column in zip(*reach.pairs.nonzero(), strict=True)] == [(1, 0)]
    stored = reach.pairs.tocoo()
    assert sorted(zip(stored.row, stored.col, stored.data, strict=True)) == [(0, 1, 0.0), (1, 0, 20.0)]
    assert table().checks() == {"pairs": 3, "enterprises": 2, "sites": 2}
    rows, sites = table().lists(ids("E1", "E9"), ids("W9", "W2"))
    assert (rows.tolist(), sites.tolist()) == ([True, False], [False, True])


def test_the_first_of_the_ids_that_is_listed_counts():
    both = pd.DataFrame({"enterprise_id": ["E9", "E1"], "uscc": ["E2", "E2"]})
    assert table().reach(both, ids("W1"), 25.0).pairs.toarray().tolist() == [[20.5], [20.0]]


def test_a_table_that_speaks_of_others_is_refused():
    for rows, sites, code in ((ids("x"), ids("W1"), "enterprises"), (ids("E1"), ids("y"), "sites")):
        with pytest.raises(BadInput) as refused:
            table().reach(rows, sites, 20.0)
        assert refused.value.code == f"own_table.no_{code}"
    assert table().reach(ids("E1", "x"), ids("W1", "y"), 20.0).pairs.nnz == 1


@pytest.mark.parametrize("classes", [[2, 0], [-1, 0], [0.0, 1.0], [0]])
def test_a_class_that_the_rule_has_not_is_refused(classes):
    assert class_rule([1, 0], [0], [[True], [False]], 2, 1).demand_class.tolist() == [1, 0]
    with pytest.raises(BadInput):
        class_rule(classes, [0], [[True], [False]], 2, 1)
    with pytest.raises(BadInput):
        class_rule([0, 0], [1], [[True], [False]], 2, 1)
    with pytest.raises(BadInput):
        class_rule([0, 0], [0], [True, False], 2, 1)


def test_a_limit_of_nothing_reaches_what_costs_nothing():
    reach = Reach.from_costs(np.array([[0.0, 1e-9]]), 0)
    assert reach.pairs.tocoo().col.tolist() == [0]
    with pytest.raises(BadInput):
        Reach.from_costs(np.array([[0.0]]), -1e-9)


@pytest.mark.parametrize(
    ("points", "limit"),
    [
        ([[116.39, 39.91], [116.41, 39.95]], 19.9),  # a drawing of a few metres
        ([[180.1, 39.91], [180.2, 39.95]], 3000.0),
        ([[116.3, 90.1], [116.4, 90.2]], 3000.0),
        ([[0.5, 0.5], [100.0, 0.5]], 990.0),
        ([[116.0, 39.0], [117.0, 40.0]], 3000.0),
    ],
)
def test_a_sketch_in_metres_is_no_degrees(points, limit):
    assert Reach.from_points(points, points[:1], limit).n_demand == 2
    with pytest.raises(CrsError):
        Reach.from_points([[116.39, 39.91], [116.41, 39.95]], [[116.39, 39.91]], 20.0)


# ---------------------------------------------------------------------- timetables
def ride(*departures):
    count = len(departures)
    zero = np.zeros(count, np.int32)
    leaves = np.array(departures, np.int32)
    every = np.ones(count, bool)
    return Rides(zero, zero + 1, leaves, leaves + 60, np.arange(count, dtype=np.int32), every, every, ~every)


NONE = Repeats(*(np.zeros(0, np.int64) for _ in range(4)))


def test_a_window_holds_its_first_second_and_not_its_last():
    rides = ride(99, 100, 199, 200)
    assert runs_between(rides, NONE, np.ones(4, bool), 100, 200).ride.tolist() == [1, 2]
    assert runs_between(rides, NONE, np.array([True, False, True, True]), 100, 200).ride.tolist() == [2]


def test_a_repeated_trip_leaves_first_at_its_start_and_last_before_its_end():
    rides = ride(1000)
    rides.repeated[:] = True
    every = Repeats(np.array([0]), np.array([100]), np.array([400]), np.array([100]))
    runs = runs_between(rides, every, np.ones(1, bool), 0, 10_000)
    assert (runs.later + 1000).tolist() == [100, 200, 300]
    assert len(set(runs.run.tolist())) == 3
    assert (runs_between(rides, every, np.ones(1, bool), 200, 300).later + 1000).tolist() == [200]
    assert len(runs_between(rides, every, np.zeros(1, bool), 0, 10_000).ride) == 0


@pytest.mark.parametrize(
    ("window", "code"),
    [
        (("07:00", "07:00"), "transit.window_ends_first"),
        (("07:00", "31:00:01"), "transit.window_too_long"),
        (("30:00", "48:00:01"), "transit.window_too_long"),
        (("07:60", "09:00"), "transit.not_a_time"),
    ],
)
def test_a_window_lasts_from_a_second_to_a_day(window, code):
    assert window_seconds(("07:00", "07:00:01")) == (25_200, 25_201)
    assert window_seconds(("07:00", "31:00")) == (25_200, 111_600)
    assert window_seconds(("24:00", "48:00")) == (86_400, 172_800)
    with pytest.raises(BadInput) as refused:
        window_seconds(window)
    assert refused.value.code == code


def lost(count):
    left_out = LeftOut()
    left_out.add("stops.txt", range(2, count + 2), "stop_lon", "no_place", ["x"] * count)
    return left_out


def test_a_few_rows_may_be_lost_of_a_file_and_not_all_of_it():
    lost(FEW_ROWS).refuse_many("stops.txt", FEW_ROWS + 1)
    lost(0).refuse_many("stops.txt", 0)
    many = (FEW_ROWS + 1) * FEW_SHARE
    lost(FEW_ROWS + 1).refuse_many("stops.txt", many)
    for count, of_rows in ((FEW_ROWS + 1, many - 1), (FEW_ROWS, FEW_ROWS)):
        with pytest.raises(BadInput) as refused:
            lost(count).refuse_many("stops.txt", of_rows)
        assert (refused.value.code, refused.value.values["row"]) == ("gtfs.many_bad_rows", 2)  # noqa: PD011


def test_a_thousand_lost_rows_are_told_one_by_one_and_the_rest_counted():
    assert len(lost(TOLD_ROWS).table()) == TOLD_ROWS == 1000
    more = lost(TOLD_ROWS + 1)
    assert more.total == TOLD_ROWS + 1
    assert more.table().iloc[-1].tolist() == ["stops.txt", 0, "", "more", "1"]


# ---------------------------------------------------------------------- lengths of streets
def test_a_street_shorter_than_the_line_between_its_ends_is_measured_again():
    own = np.full(5, 100.0)
    stated = np.array([100.0, LEAST_RATIO * 100, LEAST_RATIO * 100 - 1e-6, MOST_RATIO * 100, MOST_RATIO * 100 + 1e-6])
    length, told = checked_lengths(stated, own, "")
    assert length.tolist() == [100.0, stated[1], 100.0, stated[3], stated[4]]
    assert [(note.code, dict(vars(note)["values"])) for note in told] == [
        ("streets.length_short", {"count": 1, "edge": 3}),
        ("streets.length_long", {"count": 1, "edge": 5}),
    ]


@pytest.mark.parametrize("wrong", [[1.0, -1e-9], [1.0, np.inf], [1.0]])
def test_a_length_that_no_street_has_is_refused(wrong):
    assert checked_lengths(np.array([1.0, 0.0]), np.ones(2), "")[0].tolist() == [1.0, 0.0]
    with pytest.raises(BadInput) as refused:
        checked_lengths(np.array(wrong), np.ones(2), "")
    assert refused.value.code == "streets.length"
