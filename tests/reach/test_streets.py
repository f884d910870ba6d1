"""A street network knows its pieces: components, one-way streets, lonely nodes.

0 ── 1 ─→ 2      3      two-way 0-1, one-way 1-2, node 3 alone
"""

import numpy as np
import pytest

from ipps_geo.errors import BadInput
from ipps_geo.reach.streets import street_network

NODES = [10, 11, 12, 13]
PLACES = [[0, 0], [100, 0], [200, 0], [900, 0]]


def small(**options):
    return street_network(NODES, PLACES, [10, 11], [11, 12], one_way=[False, True], **options)


def test_checks_name_components_one_way_streets_and_lonely_nodes():
    checks = small(mode="car").checks()
    assert {key: checks[key] for key in ("nodes", "edges", "components", "one_way_edges", "isolated_nodes")} == {
        "nodes": 4,
        "edges": 3,
        "components": 3,
        "one_way_edges": 1,
        "isolated_nodes": 1,
    }
    assert checks["largest_component_share"] == 0.5


def test_on_foot_every_street_is_two_way():
    assert small(mode="walk").checks()["one_way_edges"] == 0


def test_minutes_follow_the_mode_and_the_class_of_the_street():
    assert small(mode="walk").minutes[0] == pytest.approx(100 / 80)
    car = small(mode="car", street_class=["motorway_link", "footpath"])
    fast = car.minutes[(car.tail == 0) & (car.head == 1)]
    other = car.minutes[car.head == 2]
    assert fast == pytest.approx(60 * 0.1 / 80)
    assert other == pytest.approx(60 * 0.1 / 30)


def test_of_parallel_streets_the_fastest_stays_and_loops_go():
    network = street_network(
        [0, 1], [[0, 0], [50, 0]], [0, 0, 1], [1, 1, 1], length_m=[80, 60, 5], one_way=[True] * 3, mode="car"
    )
    assert list(zip(network.tail, network.head, network.length_m, strict=True)) == [(0, 1, 60.0)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tail_ids": [10, 99]}, "names the node 99"),
        ({"node_ids": [10, 10, 12, 13]}, "stands twice"),
        ({"length_m": [1, -1]}, "not negative"),
        ({"mode": "boat"}, "no mode"),
        ({"node_xy": np.full((4, 2), np.nan)}, "finite"),
    ],
)
def test_what_cannot_be_a_network_is_refused(change, message):
    arguments = {"node_ids": NODES, "node_xy": PLACES, "tail_ids": [10, 11], "head_ids": [11, 12]} | change
    with pytest.raises(BadInput, match=message):
        street_network(**arguments)
