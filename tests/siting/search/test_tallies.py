"""Tallies of parts add up to the groups of the whole, whatever the parts are."""

import numpy as np
import pytest

from ipps_geo.reach import Reach
from ipps_geo.siting.search.groups import group_demand
from ipps_geo.siting.search.tallies import merge_tallies, tally_demand


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_tallies_add_up_to_the_groups_of_one_table(parts):
    rng = np.random.default_rng(parts)
    demand, sites = rng.uniform(0, 9000, (900, 2)).round(), rng.uniform(0, 9000, (12, 2)).round()
    no_need, weight = rng.random(900) < 0.4, rng.integers(1, 4, 900).astype(float)
    part = rng.integers(0, parts, 900)
    west, east = np.flatnonzero(sites[:, 0] < 4500), np.flatnonzero(sites[:, 0] >= 4500)
    tallies, rows, group = [], [], []
    for k in range(parts):
        mine = np.flatnonzero(part == k)
        seen = [(Reach.from_points(demand[mine], sites[zone], 2000), zone) for zone in (west, east)]
        tally, own = tally_demand(seen, len(sites), no_need[mine], weight[mine])
        tallies.append(tally)
        rows.append(mine)
        group.append(own)
    merged = merge_tallies(tallies, len(sites))
    label = (no_need * 3 + weight - 1).astype(np.int32)
    whole = group_demand(Reach.from_points(demand, sites, 2000), label)
    for name in ("row_start", "row_sites", "size", "label"):
        np.testing.assert_array_equal(getattr(merged.groups, name), getattr(whole, name))
    assert merged.value.tolist() == (whole.label % 3 + 1).tolist()
    assert merged.n_need == (whole.label < 3).sum()
    assert (merged.weights.tolist(), merged.weight_counts.sum()) == ([1, 2, 3], 900)
    for mine, own, into in zip(rows, group, merged.into, strict=True):
        np.testing.assert_array_equal(np.append(into, -1)[own], whole.member_group[mine])


def test_a_part_that_nobody_reaches_adds_nothing():
    far = [(Reach.from_points([[0.0, 0.0]], [[9e5, 9e5]], 50), np.arange(1))]
    near = [(Reach.from_points([[9e5, 9e5]], [[9e5, 9e5]], 50), np.arange(1))]
    tallies = [tally_demand(seen, 1, np.zeros(1, bool), np.ones(1))[0] for seen in (far, near)]
    merged = merge_tallies(tallies, 1)
    assert (merged.groups.n_groups, merged.weight_counts.tolist()) == (1, [2])
