"""Points meet streets that lead somewhere, and go round barriers.

island      0 ══ 1                 (60 m, 40 m north)
main  2 ═════════════════ 3        (3 km)
"""

import numpy as np
import pytest
import shapely

from ipps_geo.errors import BadInput
from ipps_geo.reach.street_snapping import Snapping, snap
from ipps_geo.reach.streets import street_network

NODES = [[1000, 40], [1060, 40], [0, 0], [3000, 0]]


def two_pieces(mode="walk"):
    return street_network(range(4), NODES, [0, 2], [1, 3], mode=mode, one_way=[False, False])


def test_an_island_takes_nobody_while_a_street_that_leads_on_is_near():
    met = snap(two_pieces(), [[1030, 60]])
    assert (met.distance_m[0], met.island[0]) == (60, False)


def test_what_only_an_island_is_near_to_is_snapped_there_and_named():
    met = snap(two_pieces(), [[1030, 100], [9000, 9000]], 70)
    assert met.edge[0] >= 0
    assert met.island.tolist() == [True, False]
    assert met.unsnapped.tolist() == [1]


def test_a_street_that_nobody_gets_away_from_is_an_island_for_those_who_leave():
    # 2 ══ 3 is the main street, 3 ──→ 4 a one-way dead end that can be reached and not left.
    places = [[0, 0], [3000, 0], [3000, 100]]
    network = street_network(range(3), places, [0, 1], [1, 2], one_way=[False, True], mode="car")
    point = [[3010, 60]]
    assert snap(network, point, towards="arrive").island.tolist() == [False]
    leaving = snap(network, point, towards="leave")
    assert (leaving.distance_m[0], leaving.island.tolist()) == (10, [True])


def test_the_way_to_the_street_crosses_no_barrier():
    places = [[0, 0], [3000, 0], [0, 300], [3000, 300]]
    network = street_network(range(4), places, [0, 2], [1, 3])
    river = np.array([shapely.LineString([(0, 50), (3000, 50)])])
    point = [[1500, 100]]
    assert snap(network, point).distance_m[0] == 100
    beyond = snap(network, point, barriers=river)
    assert (beyond.distance_m[0], network.node_xy[network.tail[beyond.edge[0]], 1]) == (200, 300)
    assert snap(network, point, 150, barriers=river).unsnapped.tolist() == [0]


@pytest.mark.parametrize(("terms", "code"), [((0.0, 0.01), "streets.snap_limit"), ((1.0, 1.5), "streets.island_share")])
def test_terms_that_make_no_sense_are_refused(terms, code):
    with pytest.raises(BadInput) as caught:
        Snapping(*terms)
    assert caught.value.code == code
