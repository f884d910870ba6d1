"""p_center: brute force, OR-Library optima, invariants, limits, degenerate inputs, and the same answers as spopt."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from benchmarks.orlib import read_pmed, reference_folder
from ipps_geo.errors import BadInput
from ipps_geo.siting import p_center
from ipps_geo.siting.location.covering.center import greedy_within

#: Proven optima of the p-center on some of the pmed graphs (Daskin 2000; Elloumi, Labbe and Pochet 2004).
P_CENTER_OPTIMA = {1: 127, 3: 93, 5: 48, 7: 64, 15: 18, 25: 11}


@st.composite
def instances(draw):
    """Costs (some pairs not allowed), p and weights."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.integers(0, 18)), draw(st.integers(1, 8))
    costs = random.integers(0, draw(st.sampled_from([5, 40])), (n, m)).astype(float)
    costs[random.random((n, m)) < draw(st.sampled_from([0.0, 0.15]))] = np.inf
    weights = random.integers(0, 4, n) if draw(st.booleans()) else None
    return costs, draw(st.integers(1, 4)), weights


def least_radius(costs, p, weights, required=(), forbidden=()):
    weight = np.ones(len(costs)) if weights is None else np.asarray(weights, float)
    weighted = costs[weight > 0] * weight[weight > 0, None]
    allowed = [j for j in range(costs.shape[1]) if j not in forbidden]
    return min(
        weighted[:, list(chosen)].min(axis=1).max(initial=0.0)
        for chosen in itertools.combinations(allowed, min(p, len(allowed)))
        if set(required) <= set(chosen)
    )


@settings(max_examples=120, deadline=None)
@given(instances())
def test_equals_brute_force(instance):
    costs, p, weights = instance
    plan = p_center(costs, p, weights)
    best = least_radius(costs, p, weights)
    if best == np.inf:
        assert plan.status == "infeasible"
        assert len(plan.open_sites) == 0
        return
    assert plan.status == "optimal"
    assert plan.objective == plan.bound == best
    assert len(plan.open_sites) == min(p, costs.shape[1])
    weight = np.ones(len(costs)) if weights is None else weights
    served = plan.assignment >= 0
    assert (served | (weight == 0)).all()
    radius = (costs[served, plan.assignment[served]] * weight[served]).max(initial=0.0)
    assert radius == plan.objective


@settings(max_examples=40, deadline=None)
@given(instances(), st.integers(0, 7), st.integers(0, 7))
def test_required_and_forbidden_sites(instance, required, forbidden):
    costs, p, weights = instance
    m = costs.shape[1]
    if required >= m or forbidden >= m or required == forbidden:
        return
    plan = p_center(costs, p, weights, [required], forbidden_sites=[forbidden])
    best = least_radius(costs, p, weights, [required], [forbidden])
    if best == np.inf:
        assert plan.status == "infeasible"
        return
    assert (plan.status, plan.objective) == ("optimal", best)
    assert required in plan.open_sites
    assert forbidden not in plan.open_sites


@pytest.mark.reference
@pytest.mark.parametrize("number", sorted(P_CENTER_OPTIMA))
def test_or_library_optima(number):
    folder = reference_folder()
    if folder is None or not (folder / f"pmed{number}.txt").exists():
        pytest.skip("no OR-Library files")
    costs, p = read_pmed(folder / f"pmed{number}.txt")
    plan = p_center(costs, p)
    assert (plan.status, plan.objective, plan.bound) == ("optimal", P_CENTER_OPTIMA[number], P_CENTER_OPTIMA[number])
    assert costs[:, plan.open_sites].min(axis=1).max() == plan.objective


def plane(n=120, m=60, seed=0):
    random = np.random.default_rng(seed)
    demand, sites = random.random((n, 2)), random.random((m, 2))
    return np.hypot(*(demand[:, None] - sites[None]).T).T


def test_more_sites_never_need_a_larger_radius():
    costs = plane()
    radii = [p_center(costs, p).objective for p in (1, 2, 3, 5, 8, 13, 60, 90)]
    assert radii == sorted(radii, reverse=True)
    assert radii[-1] == costs.min(axis=1).max()


def test_shuffling_changes_nothing_and_a_scale_scales():
    costs = plane(seed=3)
    plan = p_center(costs, 6)
    random = np.random.default_rng(0)
    rows, columns = random.permutation(120), random.permutation(60)
    assert p_center(costs[rows][:, columns], 6).objective == plan.objective
    assert p_center(costs[rows], 6).open_sites.tolist() == plan.open_sites.tolist()
    assert p_center(costs * 8.0, 6).objective == plan.objective * 8.0


def test_a_sparse_matrix_leaves_pairs_out():
    costs = plane(40, 12, 5)
    kept = costs <= 0.6
    rows, columns = np.nonzero(kept)
    listed = sparse.coo_array((costs[kept], (rows, columns)), shape=costs.shape)
    assert p_center(listed, 4).objective == p_center(np.where(kept, costs, np.inf), 4).objective


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # spopt builds its models in the way of older PuLP
def test_same_radius_as_spopt():
    locate = pytest.importorskip("spopt.locate")
    pulp = pytest.importorskip("pulp")
    costs = plane(40, 12, 1)
    peer = locate.PCenter.from_cost_matrix(costs, p_facilities=3).solve(pulp.HiGHS(msg=False), results=False)
    assert p_center(costs, 3).objective == pytest.approx(pulp.value(peer.problem.objective))


@pytest.mark.parametrize("limit_s", [0.001, 1.0, 2.0])
def test_time_limits_hold_and_optimal_is_never_claimed_unproven(limit_s):
    costs = plane(500, 300, 2)
    plan = p_center(costs, 12, time_limit_s=limit_s)
    if plan.status == "no_solution":
        assert plan.stop_reason == "time_limit"
        return
    assert plan.bound <= plan.objective == costs[:, plan.open_sites].min(axis=1).max()
    assert (plan.status == "optimal") == (plan.bound == plan.objective)
    assert len(plan.open_sites) == 12


def test_without_time_for_a_search_any_plan_that_serves_everybody_comes_back():
    plan = p_center(np.random.default_rng(0).random((40, 12)), 3, time_limit_s=1e-6)
    assert plan.status == "feasible"
    assert plan.bound < plan.objective
    assert len(plan.open_sites) == 3


def test_a_work_limit_stops_at_the_same_plan_and_milestones_bracket_the_optimum():
    costs = plane(200, 100, 4)
    best = p_center(costs, 9)
    stopped = [p_center(costs, 9, work_limit=12) for _ in range(2)]
    assert stopped[0].open_sites.tolist() == stopped[1].open_sites.tolist()
    assert stopped[0].bound == stopped[1].bound <= best.objective <= stopped[0].objective
    for step in best.history:
        assert step.bound <= best.objective
        assert np.isnan(step.objective) or step.objective >= best.objective


def test_greedy_covers_within_its_radius_or_says_no():
    ranks = np.array([[0, 3], [3, 0], [1, 1]], np.int32)
    none = np.zeros(0, np.int32)
    assert greedy_within(ranks, 0, 2, none).tolist() == []
    assert greedy_within(ranks, 1, 2, none).tolist() == [0, 1]
    assert greedy_within(ranks, 3, 1, np.array([1], np.int32)).tolist() == [1]
    assert greedy_within.py_func(ranks, 1, 2, none).tolist() == [0, 1]


class TestDegenerate:
    def test_no_demand(self):
        plan = p_center(np.zeros((0, 3)), 2)
        assert (plan.status, plan.objective, plan.open_sites.tolist()) == ("optimal", 0.0, [0, 1])

    def test_no_sites(self):
        plan = p_center(np.zeros((3, 0)), 2)
        assert plan.status == "infeasible"
        assert "3 rows" in plan.stop_reason

    def test_no_site_may_open(self):
        plan = p_center(np.ones((3, 2)), 0)
        assert plan.status == "infeasible"

    def test_more_sites_than_there_are(self):
        plan = p_center([[1.0, 2.0], [4.0, 3.0]], 9)
        assert (plan.status, plan.objective, plan.open_sites.tolist()) == ("optimal", 3.0, [0, 1])

    def test_zero_weights_need_nothing(self):
        plan = p_center([[np.inf, 9.0], [1.0, 2.0]], 1, [0, 1])
        assert (plan.status, plan.objective, plan.open_sites.tolist()) == ("optimal", 1.0, [0])
        assert plan.assignment.tolist() == [-1, 0]

    def test_all_equal(self):
        plan = p_center(np.full((5, 4), 7.0), 2)
        assert (plan.status, plan.objective) == ("optimal", 7.0)
        assert plan.assignment.tolist() == [plan.open_sites[0]] * 5

    @pytest.mark.parametrize(
        ("costs", "arguments", "where"),
        [
            ([1.0, 2.0], {}, "costs"),
            ([[-1.0]], {}, "costs"),
            ([["a"]], {}, "costs"),
            ([[1.0]], {"weights": [1.0, 2.0]}, "weights"),
            ([[1.0]], {"weights": [-1.0]}, "weights"),
            ([[1.0]], {"required_sites": [1]}, "required_sites"),
            ([[1.0]], {"time_limit_s": 0.0}, "time_limit_s"),
        ],
    )
    def test_arguments_that_cannot_be_used(self, costs, arguments, where):
        with pytest.raises(BadInput) as error:
            p_center(costs, 1, **arguments)
        assert error.value.where == where
