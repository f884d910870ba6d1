"""A simplified street with its curve is the same as the many straight pieces that it was made of."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.errors import BadInput
from ipps_geo.reach.street_lengths import checked_lengths
from ipps_geo.reach.street_noding import node_lines
from ipps_geo.reach.street_search import street_reach
from ipps_geo.reach.streets import street_network


def curved(rng, n_nodes=5):
    """Nodes, and streets that wander between them: (node places, tail, head, line of each)."""
    places = rng.uniform(0, 1500, (n_nodes, 2)).round(2)
    pairs = [(i, j) for i in range(n_nodes) for j in range(i, n_nodes) if rng.random() < 0.6] or [(0, 1)]
    lines = []
    for tail, head in pairs:
        bends = rng.uniform(0, 1500, (int(rng.integers(2 if tail == head else 0, 4)), 2)).round(2)
        lines.append(np.vstack([places[tail], bends, places[head]]))
    return places, np.array(pairs), lines


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["walk", "car"]))
def test_curves_are_travelled_like_the_pieces_they_are_made_of(seed, mode):
    rng = np.random.default_rng(seed)
    places, pairs, lines = curved(rng)
    one_way = rng.random(len(pairs)) < 0.3
    # A loop leads the way it is drawn; of other streets the drawing may run against the edge.
    turned = [line[::-1] if i != j and rng.random() < 0.5 else line for (i, j), line in zip(pairs, lines, strict=True)]
    whole = street_network(
        range(len(places)), places, *pairs.T, one_way=one_way, mode=mode,
        shapes=[shapely.LineString(line) for line in turned],
    )  # fmt: skip
    xy, tail, head, one = [*places], [], [], []
    for (start, end), line, single in zip(pairs, lines, one_way, strict=True):
        ids = [start, *range(len(xy), len(xy) + len(line) - 2), end]
        xy += list(line[1:-1])
        tail += ids[:-1]
        head += ids[1:]
        one += [single] * (len(ids) - 1)
    pieces = street_network(range(len(xy)), np.array(xy), tail, head, one_way=one, mode=mode)
    demand, sites = rng.uniform(0, 1500, (10, 2)), rng.uniform(0, 1500, (3, 2))
    found, wanted = (street_reach(network, demand, sites, 6000.0).reach.pairs.toarray() for network in (whole, pieces))
    assert found == pytest.approx(wanted, abs=0.05)


def test_a_street_there_and_back_is_one_street():
    bow = [(0, 0), (50, 40), (100, 0)]
    network = street_network(
        [0, 1], [[0, 0], [100, 0]], [0, 1], [1, 0], mode="car",
        shapes=[shapely.LineString(bow), shapely.LineString(bow[::-1])],
    )  # fmt: skip
    assert (network.n_nodes, len(network.tail), network.checks()["one_way_edges"]) == (3, 4, 0)
    back = street_reach(network, [[90, 8]], [[10, 8]], 500).reach.pairs.toarray()[0, 0]
    assert back == pytest.approx(2 * np.hypot(40, 32), abs=1)


def test_a_shape_that_is_not_of_its_edge_is_told_and_passed_over():
    far = shapely.LineString([(5000, 0), (5000, 900)])
    network = street_network([0, 1], [[0, 0], [100, 0]], [0], [1], shapes=[far])
    assert network.length_m.tolist() == [100, 100]
    assert [remark.code for remark in network.remarks] == ["streets.shape_foreign"]


def test_a_missing_length_is_measured_and_drops_no_other():
    network = street_network(
        [0, 1, 2], [[0, 0], [100, 0], [200, 0]], [0, 1], [1, 2], length_m=[np.nan, 130.0], mode="car"
    )
    assert network.length_m.tolist() == [100, 130]
    assert [remark.code for remark in network.remarks] == ["streets.length_missing", "streets.class_none"]


@pytest.mark.parametrize(("factor", "likely"), [(0.001, "streets.looks_like_km"), (3.28084, "streets.looks_like_ft")])
def test_lengths_in_another_unit_are_refused_by_name(factor, likely):
    own = np.linspace(80, 200, 40)
    with pytest.raises(BadInput) as caught:
        checked_lengths(own * factor, own, "edges.csv")
    assert caught.value.code == "streets.not_metres"
    assert [message.code for message in caught.value.values["likely"]] == [likely]


@pytest.mark.parametrize(("factor", "likely"), [(0.91e-3, 1), (1.44e-3, 1), (0.89e-3, 0), (1.46e-3, 0)])
def test_a_unit_is_named_only_where_lengths_are_nearly_what_it_would_make_them(factor, likely):
    """Streets wind: kilometres may be up to 45 % more than those along the line; what else it is nobody says."""
    own = np.linspace(80, 200, 40)
    with pytest.raises(BadInput) as caught:
        checked_lengths(own * factor, own, "edges.csv")
    assert [message.code for message in caught.value.values["likely"]] == ["streets.looks_like_km"] * likely


def test_a_length_shorter_than_its_street_is_measured_instead():
    own = np.full(20, 100.0)
    given_m = own * 1.1
    given_m[3] = 0.11
    length, told = checked_lengths(given_m, own, "")
    assert length[3] == 100
    assert [(remark.code, remark.values["edge"]) for remark in told] == [("streets.length_short", 4)]


@pytest.mark.parametrize(("gap", "joined"), [(0.0, True), (0.8, True), (3.0, False)])
def test_ends_of_a_drawing_meet_within_the_tolerance(gap, joined):
    across, up = shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(50, gap), (50, 80)])
    xy, tail, head, _ = node_lines(np.array([across, up]), 1.0)
    network = street_network(range(len(xy)), xy, tail, head)
    assert (network.checks()["components"] == 1) is joined


def test_lines_that_merely_cross_do_not_meet():
    crossing = shapely.from_wkt(["LINESTRING (0 0, 100 0)", "LINESTRING (50 -50, 50 50)"])
    xy, tail, _, line = node_lines(np.array(crossing), 1.0)
    assert (len(xy), len(tail), sorted(line)) == (4, 2, [0, 1])
