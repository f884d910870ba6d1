"""Changes between nodes: within a station, on foot between stations, and as a feed states them."""

import numpy as np
import pandas as pd

from ipps_geo.reach.gtfs_changes import changes_between
from ipps_geo.reach.walks import WALK_MIN_PER_M

NODES = pd.DataFrame({"stop": [0, 1, 2, 3], "station": [0, 1, 2, 3], "route": -1})
NOWHERE = [np.nan, np.nan]
SAME_PLACE = np.array([[0.0, 0.0], [0.0, 0.0], [300.0, 0.0], NOWHERE])
NOTHING = pd.DataFrame(columns=["from_stop", "to_stop", "from_route", "to_route", "seconds"], dtype=np.int64)


def changes(walk_m, stated=NOTHING):
    found = changes_between(NODES, stated, SAME_PLACE, np.arange(4), 2.0, walk_m)
    return {tuple(row[:2]): tuple(row[2:]) for row in found.itertuples(index=False)}


def test_nobody_walks_to_another_station_where_no_walk_is_asked_for():
    """Not even to one at the very same place."""
    assert changes(0.0) == {(each, each): (120, False) for each in range(4)}


def test_walks_lead_both_ways_as_far_as_asked_and_never_from_where_nobody_knows():
    own = {(each, each): (120, False) for each in range(4)}
    assert changes(299.0) == own | {(0, 1): (0, True), (1, 0): (0, True)}
    far = round(300 * WALK_MIN_PER_M * 60)
    more = dict.fromkeys(((0, 2), (2, 0), (1, 2), (2, 1)), (far, True))
    assert changes(300.0) == own | {(0, 1): (0, True), (1, 0): (0, True)} | more


def test_what_the_feed_says_of_a_pair_stands_before_a_walk():
    stated = pd.DataFrame({"from_stop": [0], "to_stop": [2], "from_route": [-1], "to_route": [-1], "seconds": [999]})
    told = changes(300.0, stated)
    assert told[0, 2] == (999, False)
    assert told[2, 0] == (round(300 * WALK_MIN_PER_M * 60), True)
