"""p_dispersion: every set tried, spopt, and points on a plane."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from ipps_geo.errors import BadInput
from ipps_geo.siting.location import p_dispersion
from ipps_geo.siting.location.dispersion import cliques
from tests.siting.location.force import assert_proven, best, seeds, sets


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_equals_every_set_tried(seed):
    random = np.random.default_rng(seed)
    m = int(random.integers(2, 9))
    apart = random.integers(0, 9, (m, m)).astype(float) if seed % 2 else random.random((m, m))
    apart[random.random((m, m)) < 0.1] = np.inf
    mixed = random.permutation(m)
    required, forbidden = mixed[: random.integers(0, 3)], mixed[2 : 2 + random.integers(0, 2)]
    n_sites = int(random.integers(2, m + 1))
    plan = p_dispersion(apart, n_sites, required, forbidden_sites=forbidden)
    either = np.minimum(apart, apart.T)

    def least(each):
        return min(either[i, j] for i, j in itertools.combinations(each, 2))

    value = best(least, sets(m, required, forbidden, n_sites))
    if value is not None and np.isinf(value):
        assert plan.objective == plan.bound == np.inf
    else:
        assert_proven(plan, value)
    assert len(plan.open_sites) == (0 if value is None else n_sites)


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_cliques_hold_every_near_pair_and_no_other(seed):
    random = np.random.default_rng(seed)
    near = np.triu(random.random((9, 9)) < 0.4, 1)
    near |= near.T
    inside = np.zeros_like(near)
    for members in cliques(near):
        assert near[np.ix_(members, members)].sum() == len(members) * (len(members) - 1)
        inside[np.ix_(members, members)] = True
    assert (near <= inside).all()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # spopt builds its models in the way of older PuLP
@pytest.mark.parametrize("seed", range(2))
def test_same_distance_as_spopt(seed):
    locate = pytest.importorskip("spopt.locate")
    pulp = pytest.importorskip("pulp")
    points = np.random.default_rng(seed).random((12, 2))
    apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    peer = locate.PDispersion.from_cost_matrix(apart, 4).solve(pulp.HiGHS(msg=False))
    assert p_dispersion(apart, 4).objective == pytest.approx(pulp.value(peer.problem.objective))


def test_arguments_that_cannot_be_used():
    for apart, code in (
        ([[0, 1]], "siting.distances_not_square"),
        ([[0, np.nan], [1, 0]], "siting.distance_missing"),
        ([[0, -1], [1, 0]], "siting.costs_negative"),
        ([["a"]], "siting.costs_unreadable"),
    ):
        with pytest.raises(BadInput) as error:
            p_dispersion(apart, 2)
        assert error.value.code == code
    with pytest.raises(BadInput):
        p_dispersion([[0, 1], [1, 0]], 1)
    assert p_dispersion([[0, 1], [1, 0]], 3).why.code == "siting.infeasible.fewer_allowed"
