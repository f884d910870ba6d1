"""The many-to-many search against networkx, which splits the streets at every snapped point and runs Dijkstra."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.reach.street_kernels import nearest_segment
from ipps_geo.reach.street_search import street_reach
from ipps_geo.reach.street_snapping import snap
from ipps_geo.reach.streets import SPEED_KMH, street_network


def random_network(rng, mode="car"):
    n = int(rng.integers(2, 14))
    places = rng.uniform(0, 1000, (n, 2))
    pairs = [(i, j) for i, j in itertools.combinations(range(n), 2) if rng.random() < 0.4] or [(0, 1)]
    tail, head = np.array(pairs).T
    longer = np.hypot(*(places[head] - places[tail]).T) * rng.uniform(1, 1.5, len(tail))
    return street_network(range(n), places, tail, head, length_m=longer, one_way=rng.random(len(tail)) < 0.4, mode=mode)


def oracle(network, demand, sites, demand_snap, site_snap, cost, walk):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(network.n_nodes))
    for u, v, length in split_edges(network, demand_snap, site_snap, cost):
        if u != v and (not graph.has_edge(u, v) or graph.edges[u, v]["w"] > length):
            graph.add_edge(u, v, w=length)
    found = {}
    for i in np.flatnonzero(demand_snap.edge >= 0):
        away = nx.single_source_dijkstra_path_length(graph, ("d", i), weight="w")
        for j in np.flatnonzero(site_snap.edge >= 0):
            if ("s", j) in away:
                found[i, j] = away["s", j] + walk * (demand_snap.distance_m[i] + site_snap.distance_m[j])
    return found


def split_edges(network, demand_snap, site_snap, cost):
    """Every street cut at every snapped point: (from, to, cost)."""
    split = {}
    for name, snapped in (("d", demand_snap), ("s", site_snap)):
        for i, edge in enumerate(snapped.edge):
            if edge >= 0:
                key = (int(network.tail[edge]), int(network.head[edge]))
                split.setdefault(key, []).append((float(snapped.fraction[i]), (name, i)))

    for tail, head, length in zip(network.tail, network.head, cost, strict=True):
        stops = [(0.0, int(tail))]
        if (tail, head) in split:
            stops += sorted(split[(tail, head)])
        elif (head, tail) in split:
            stops += sorted((1 - share, who) for share, who in split[(head, tail)])
        stops.append((1.0, int(head)))
        for (a, u), (b, v) in itertools.pairwise(stops):
            yield u, v, (b - a) * length
    # points at the very same place of a street are no distance apart, in whatever order they were listed
    for group in split.values():
        for (a, u), (b, v) in itertools.permutations(group, 2):
            if a == b:
                yield u, v, 0.0


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["m", "min"]), st.sampled_from(["car", "walk", "bicycle"]))
def test_every_pair_agrees_with_networkx(seed, unit, mode):
    rng = np.random.default_rng(seed)
    network = random_network(rng, mode)
    demand, sites = rng.uniform(-100, 1100, (12, 2)), rng.uniform(-100, 1100, (4, 2))
    limit = 900.0 if unit == "m" else 12.0
    got = street_reach(network, demand, sites, limit, unit=unit, max_snap_m=250)
    walk = 1.0 if unit == "m" else 60 / (SPEED_KMH["walk"] * 1000)
    cost = network.length_m if unit == "m" else network.minutes
    wanted = oracle(network, demand, sites, got.demand, got.sites, cost, walk)
    pairs = got.reach.pairs.tocoo()
    found = {(int(i), int(j)): float(c) for i, j, c in zip(pairs.row, pairs.col, pairs.data, strict=True)}
    # a cost within rounding of the limit may fall on either side
    certain = {pair for pair, c in wanted.items() if c <= limit * (1 - 1e-9)}
    assert certain <= set(found) <= {pair for pair, c in wanted.items() if c <= limit * (1 + 1e-9)}
    for pair, c in found.items():
        assert c == pytest.approx(wanted[pair], rel=1e-9, abs=1e-6)


def test_a_one_way_street_is_not_travelled_backwards():
    network = street_network([0, 1], [[0, 0], [100, 0]], [0], [1], one_way=[True], mode="car")
    ahead = street_reach(network, [[20, 0]], [[80, 0]], 500)
    behind = street_reach(network, [[80, 0]], [[20, 0]], 500)
    assert ahead.reach.pairs.toarray() == pytest.approx(np.array([[60.0]]))
    assert behind.reach.pairs.nnz == 0


def test_points_off_the_network_are_named():
    network = street_network([0, 1], [[0, 0], [100, 0]], [0], [1])
    got = street_reach(network, [[50, 10], [50, 9000]], [[50, 0]], 500, max_snap_m=100)
    assert got.demand.unsnapped.tolist() == [1]
    assert got.sites.unsnapped.tolist() == []
    assert got.reach.pairs.toarray().tolist() == [[10.0], [0.0]]
    assert got.reach.method == "street_network"


def test_no_points_no_pairs():
    network = street_network([0, 1], [[0, 0], [100, 0]], [0], [1])
    assert street_reach(network, np.zeros((0, 2)), np.zeros((0, 2)), 500).reach.pairs.shape == (0, 0)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_the_nearest_segment_is_the_nearest_of_all(seed):
    rng = np.random.default_rng(seed)
    starts, ends = rng.uniform(0, 3000, (20, 2)), rng.uniform(0, 3000, (20, 2))
    points = rng.uniform(-2000, 5000, (15, 2))
    segment, _, distance = nearest_segment(points, starts, ends, 1500.0)
    along = ends - starts
    t = np.clip(((points[:, None] - starts) * along).sum(2) / (along**2).sum(1), 0, 1)
    away = np.hypot(*np.moveaxis(points[:, None] - starts - t[..., None] * along, 2, 0))
    near = away.min(axis=1) <= 1500.0
    assert (segment >= 0).tolist() == near.tolist()
    assert segment[near].tolist() == away.argmin(axis=1)[near].tolist()
    assert distance[near] == pytest.approx(away.min(axis=1)[near])


def test_snapping_keeps_to_the_lower_edge_of_a_tie():
    network = street_network([0, 1, 2], [[0, 0], [100, 0], [200, 0]], [0, 1], [1, 2])
    got = snap(network, [[100, 5]])
    assert network.tail[got.edge[0]] == 0
    assert got.distance_m[0] == 5
