"""Door to door on a drawn network, and against networkx on random ones.

line 1:  A ──5── B ──5── C          change at B from 1 to 2: 2 min, from 2 to 1: 4 min (default)
line 2:          B ──7── D          wait 3 min; stations 10 km apart, so nobody walks between them
"""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.errors import BadInput
from ipps_geo.reach.transit import transit_network, transit_reach
from ipps_geo.reach.walks import WALK_DETOUR, WALK_M_PER_MIN

STATIONS = pd.DataFrame({"station": list("ABCD"), "x_m": [0.0, 1e4, 2e4, 1e4], "y_m": [0.0, 0.0, 0.0, 1e4]})
LINKS = pd.DataFrame({"from": list("ABB"), "to": list("BCD"), "line": ["1", "1", "2"], "minutes": [5.0, 5.0, 7.0]})
CHANGES = pd.DataFrame({"station": ["B"], "from_line": ["1"], "to_line": ["2"], "minutes": [2.0]})


def drawn(**options):
    return transit_network(STATIONS, LINKS, CHANGES, **options)


def test_minutes_between_stations_hold_wait_ride_and_change():
    between = pd.DataFrame(drawn().between_min, list("ABCD"), list("ABCD"))
    assert between.loc["A", "C"] == pytest.approx(3 + 5 + 5)
    assert between.loc["A", "D"] == pytest.approx(3 + 5 + 2 + 7)
    assert between.loc["D", "A"] == pytest.approx(3 + 7 + 4 + 5)
    assert between.loc["B", "B"] == 0


def test_door_to_door_adds_both_walks_and_walking_all_the_way_counts():
    reach = transit_reach(drawn(), [[0, 800]], [[2e4, 400], [0, 0]], 60)
    minute = WALK_DETOUR / WALK_M_PER_MIN
    assert reach.pairs.toarray() == pytest.approx(np.array([[1200 * minute + 13, 800 * minute]]))
    assert (reach.method, reach.unit) == ("transit", "min")


def test_a_station_without_a_place_is_passed_but_never_entered():
    lost = STATIONS.assign(x_m=[0.0, np.nan, 2e4, 1e4])
    network = transit_network(lost, LINKS, CHANGES)
    assert network.checks()["stations_without_place"] == ["B"]
    assert transit_reach(network, [[0, 0]], [[2e4, 0]], 60).pairs.toarray() == pytest.approx(np.array([[13.0]]))


def test_distances_are_ridden_at_the_stated_speed():
    network = transit_network(STATIONS, LINKS.drop(columns="minutes").assign(length_m=6000.0))
    assert network.between_min[0, 1] == pytest.approx(3 + 10)


@pytest.mark.parametrize(
    ("stations", "links", "message"),
    [
        (STATIONS.drop(columns="x_m"), LINKS, "no column x_m"),
        (STATIONS.head(2), LINKS, "is not listed"),
        (pd.concat([STATIONS, STATIONS]), LINKS, "stands twice"),
        (STATIONS, LINKS.assign(minutes=-1.0), "not negative"),
    ],
)
def test_bad_tables_are_refused(stations, links, message):
    with pytest.raises(BadInput, match=message):
        transit_network(stations, links)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_every_pair_agrees_with_networkx(seed):
    rng = np.random.default_rng(seed)
    s = 6
    stations = pd.DataFrame(
        {"station": [f"s{i}" for i in range(s)], "x_m": rng.uniform(0, 9e3, s), "y_m": rng.uniform(0, 9e3, s)}
    )
    rows = [
        (f"s{a}", f"s{b}", line, float(rng.uniform(1, 9)))
        for line in ("x", "y")
        for a, b in rng.permutation(s)[:4].reshape(2, 2)
    ] + [("s0", "s1", "x", 4.0)]
    links = pd.DataFrame(rows, columns=["from", "to", "line", "minutes"])
    network = transit_network(stations, links, wait_min={"x": 2.0, "y": 5.0})
    demand, sites = rng.uniform(0, 9e3, (5, 2)), rng.uniform(0, 9e3, (3, 2))
    got = transit_reach(network, demand, sites, 70, max_walk_m=3000).pairs.toarray()

    graph = nx.DiGraph()
    walk = WALK_DETOUR / WALK_M_PER_MIN
    for a, b, line, minutes in rows:
        for u, v in ((a, b), (b, a)):
            known = graph.get_edge_data((u, line), (v, line), {"w": np.inf})["w"]
            graph.add_edge((u, line), (v, line), w=min(minutes, known))
    for u, line in [node for node in graph if isinstance(node, tuple)]:
        graph.add_edge(("in", u), (u, line), w={"x": 2.0, "y": 5.0}[line])
        graph.add_edge((u, line), ("out", u), w=0)
        for other in ("x", "y"):
            if other != line and (u, other) in graph:
                graph.add_edge((u, line), (u, other), w=4.0)
    place = dict(zip(stations["station"], stations[["x_m", "y_m"]].to_numpy(), strict=True))
    for i, point in enumerate(demand):
        for name, at in place.items():
            if np.hypot(*(point - at)) <= 3000:
                graph.add_edge(("d", i), ("in", name), w=np.hypot(*(point - at)) * walk)
        for j, site in enumerate(sites):
            graph.add_edge(("d", i), ("s", j), w=np.hypot(*(point - site)) * walk)
    for j, point in enumerate(sites):
        for name, at in place.items():
            if np.hypot(*(point - at)) <= 3000:
                graph.add_edge(("out", name), ("s", j), w=np.hypot(*(point - at)) * walk)
                # leaving where one entered is a walk by way of the station
                graph.add_edge(("in", name), ("out", name), w=0)
    for i in range(5):
        away = nx.single_source_dijkstra_path_length(graph, ("d", i), weight="w")
        wanted = [away[("s", j)] if away[("s", j)] <= 70 else 0 for j in range(3)]
        assert got[i] == pytest.approx(wanted)
