"""The streets nearest to each site, against the costs of points strewn along them."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.coverage.areas import street_basins
from ipps_geo.reach.street_areas import nearest_streets
from ipps_geo.reach.street_search import street_reach
from tests.reach.test_street_search import random_network


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(["walk", "car"]))
def test_every_place_on_a_street_belongs_to_its_nearest_site(seed, mode):
    rng = np.random.default_rng(seed)
    network = random_network(rng, mode)
    sites = rng.uniform(0, 1000, (4, 2))
    limit = 700.0
    basins = nearest_streets(network, sites, limit)
    edge = rng.integers(0, len(network.tail), 60)
    share = rng.random((60, 1))
    start, end = network.node_xy[network.tail[edge]], network.node_xy[network.head[edge]]
    points = start + share * (end - start)
    reached = street_reach(network, points, sites, 3 * limit, max_snap_m=500)
    cost = reached.reach.pairs.toarray()
    cost[cost == 0] = 1e9
    own = reached.demand.distance_m < 1e-6  # others were sent to a street that leads on
    near = np.array([shapely.distance(basins, shapely.Point(point)) < 1e-6 for point in points])
    best, second = np.sort(cost, axis=1)[:, :2].T
    for row in range(len(points)):
        if not own[row] or np.abs(best[row] - limit) < 1 or second[row] - best[row] < 1:
            continue  # on a border either answer is right
        wanted = {int(cost[row].argmin())} if best[row] < limit else set()
        crossing = np.flatnonzero(shapely.distance(_streets(network), shapely.Point(points[row])) < 1e-6)
        if len(crossing) <= 2:  # where streets cross without meeting, a place is on both
            assert set(np.flatnonzero(near[row])) == wanted


def _streets(network):
    return shapely.linestrings(np.stack([network.node_xy[network.tail], network.node_xy[network.head]], axis=1))


def test_basins_do_not_overlap_and_lie_in_the_isochrones():
    rng = np.random.default_rng(5)
    network = random_network(rng, "walk")
    sites = rng.uniform(200, 800, (3, 2))
    basins = street_basins(network, sites, 800.0)
    for first in range(3):
        for second in range(first):
            assert shapely.intersection(basins[first], basins[second]).area == pytest.approx(0, abs=1e-3)
    assert sum(basin.area > 0 for basin in basins) >= 2
