"""Groups of demand: the same as grouping the listed pairs by hand, whatever the order and the number of threads."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.search.groups import DemandGroups, group_demand


def by_hand(reach: Reach, labels: np.ndarray, weights: np.ndarray) -> Counter:
    """Members and weight of each (label, sites) of rows that some site reaches."""
    counted: Counter = Counter()
    pairs = reach.pairs
    for i in range(reach.n_demand):
        sites = tuple(pairs.indices[pairs.indptr[i] : pairs.indptr[i + 1]].tolist())
        if sites:
            counted[(int(labels[i]), sites, "members")] += 1
            counted[(int(labels[i]), sites, "weight")] += int(weights[i])
    return +counted


def listed(groups: DemandGroups) -> Counter:
    counted: Counter = Counter()
    for g in range(groups.n_groups):
        sites = tuple(groups.row_sites[groups.row_start[g] : groups.row_start[g + 1]].tolist())
        assert (int(groups.label[g]), sites, "members") not in counted
        counted[(int(groups.label[g]), sites, "members")] = int(groups.size[g])
        counted[(int(groups.label[g]), sites, "weight")] = int(groups.weight[g])
    return +counted


def sketch(seed: int, n: int = 60, m: int = 9) -> tuple[Reach, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.integers(0, 20, (n, 2)), random.integers(0, 20, (m, 2)), 6)
    if seed % 2:
        reach = reach.restrict(
            demand_class=random.integers(0, 3, n),
            site_class=random.integers(0, 2, m),
            allowed=random.random((3, 2)) < 0.7,
        )
    return reach, random.integers(0, 3, n), random.integers(0, 5, n)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_groups_from_points_and_from_pairs_agree_with_grouping_by_hand(seed: int) -> None:
    reach, labels, weights = sketch(seed)
    expected = by_hand(reach, labels, weights)
    assert listed(group_demand(reach, labels, weights)) == expected
    listed_pairs = Reach.from_costs(reach.pairs, reach.limit)
    assert listed(group_demand(listed_pairs, labels, weights)) == expected
    mask = sparse.csr_array(np.ones((reach.n_demand, reach.n_sites), bool))
    assert listed(group_demand(reach.restrict(mask=mask), labels, weights)) == expected


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_groups_restricted_to_some_sites(seed: int) -> None:
    reach, labels, weights = sketch(seed)
    sites = np.random.default_rng(seed).permutation(reach.n_sites)[:4]
    groups = group_demand(reach, labels, weights)
    narrowed = groups.restricted(sites)
    part = reach.select(sites=sites)
    assert listed(narrowed) == by_hand(part, labels, weights)
    direct = group_demand(part, labels, weights)
    rows = groups.member_group
    through = np.where(rows >= 0, narrowed.member_group[rows], -1)
    assert np.array_equal(through, direct.member_group)


def test_order_of_rows_changes_nothing_but_the_membership() -> None:
    reach, labels, weights = sketch(4)
    groups = group_demand(reach, labels, weights)
    order = np.random.default_rng(0).permutation(reach.n_demand)
    shuffled = group_demand(reach.select(demand=order), labels[order], weights[order])
    for name in ("row_start", "row_sites", "size", "weight", "label"):
        assert np.array_equal(getattr(groups, name), getattr(shuffled, name))
    assert np.array_equal(shuffled.member_group, groups.member_group[order])


def test_threads_change_nothing() -> None:
    reach, labels, weights = sketch(5, n=500)
    one, three = group_demand(reach, labels, weights), group_demand(reach, labels, weights, threads=3)
    assert np.array_equal(one.member_group, three.member_group)


def test_site_lists_are_the_transpose() -> None:
    groups = group_demand(sketch(2)[0])
    start, rows = groups.by_site
    matrix = sparse.csr_array((np.ones(len(groups.row_sites)), groups.row_sites, groups.row_start))
    for j in range(groups.n_sites):
        assert rows[start[j] : start[j + 1]].tolist() == np.flatnonzero(matrix.toarray()[:, j]).tolist()


@pytest.mark.parametrize(("n", "m"), [(0, 3), (3, 0), (0, 0)])
def test_empty_sides(n: int, m: int) -> None:
    groups = group_demand(Reach.from_costs(np.ones((n, m)), 1), np.zeros(n, int))
    assert groups.n_groups == 0
    assert groups.member_group.shape == (n,)
    assert groups.restricted(np.arange(0)).n_groups == 0


def test_wrong_lengths_are_refused() -> None:
    reach = sketch(0)[0]
    with pytest.raises(BadInput):
        group_demand(reach, np.zeros(3, int))
    with pytest.raises(BadInput):
        group_demand(reach, weights=np.zeros(3))
