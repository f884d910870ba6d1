"""maximal_covering: brute force, invariants, limits, degenerate inputs, and the same answers as spopt."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.instances import clustered_instance
from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import location_set_covering, maximal_covering
from ipps_geo.siting.location.covering.kernels import covered_weight, improve_by_swaps, iterated_swaps
from ipps_geo.siting.location.covering.tree import CoverTree
from ipps_geo.siting.search.groups import group_demand
from ipps_geo.siting.search.watch import Watch


@st.composite
def instances(draw, weighted=True):
    """Costs, limit, p and weights of a small instance; weights none, whole or fractions."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.integers(0, 40)), draw(st.integers(1, 9))
    costs = random.uniform(0, 10, (n, m)).round(draw(st.sampled_from([0, 3])))
    kind = draw(st.sampled_from(["none", "whole", "fractions"])) if weighted else "none"
    weights = {"none": None, "whole": random.integers(0, 6, n), "fractions": random.random(n)}[kind]
    return costs, draw(st.floats(0, 5)), draw(st.integers(0, 5)), weights


def best_by_force(costs, limit, p, weights, required=(), forbidden=()):
    worth = np.ones(len(costs)) if weights is None else np.asarray(weights, float)
    allowed = [j for j in range(costs.shape[1]) if j not in forbidden]
    return max(
        worth[(costs[:, list(chosen)] <= limit).any(axis=1)].sum()
        for chosen in itertools.combinations(allowed, min(p, len(allowed)))
        if set(required) <= set(chosen)
    )


def city(n=1_500, m=60, seed=3, radius=2_500):
    demand, sites, _ = clustered_instance(n, m, seed)
    return demand, sites, Reach.from_points(demand, sites, radius)


@settings(max_examples=80, deadline=None)
@given(instances())
def test_equals_brute_force(instance):
    costs, limit, p, weights = instance
    plan = maximal_covering(Reach.from_costs(costs, limit), p, weights)
    assert plan.status == "optimal"
    assert plan.gap == 0
    assert plan.objective == pytest.approx(best_by_force(costs, limit, p, weights), rel=1e-8, abs=1e-9)
    assert plan.bound >= plan.objective


@settings(max_examples=40, deadline=None)
@given(instances(), st.integers(0, 8), st.integers(0, 8))
def test_required_and_forbidden_sites(instance, required, forbidden):
    costs, limit, p, weights = instance
    m = costs.shape[1]
    if required >= m or forbidden >= m or required == forbidden:
        return
    plan = maximal_covering(Reach.from_costs(costs, limit), p, weights, [required], forbidden_sites=[forbidden])
    if p == 0:
        assert plan.status == "infeasible"
        assert "required_sites" in plan.stop_reason
        return
    assert required in plan.open_sites
    assert forbidden not in plan.open_sites
    expected = best_by_force(costs, limit, p, weights, [required], [forbidden])
    assert plan.objective == pytest.approx(expected, rel=1e-8, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(instances())
def test_assignment_is_the_nearest_open_site_and_adds_up(instance):
    costs, limit, p, weights = instance
    plan = maximal_covering(Reach.from_costs(costs, limit), p, weights)
    for i, site in enumerate(plan.assignment):
        within = [(costs[i, j], j) for j in plan.open_sites if costs[i, j] <= limit]
        assert site == (min(within)[1] if within else -1)
    worth = np.ones(len(costs)) if weights is None else np.asarray(weights, float)
    assert worth[plan.assignment >= 0].sum() == plan.objective


def test_more_sites_never_cover_less():
    reach = city()[2]
    objectives = [maximal_covering(reach, p).objective for p in range(0, 60, 6)]
    assert objectives == sorted(objectives)
    assert objectives[0] == 0


def test_shuffling_changes_nothing():
    demand, sites, reach = city(seed=8)
    weights = np.random.default_rng(0).integers(1, 9, len(demand))
    plan = maximal_covering(reach, 8, weights)
    random = np.random.default_rng(1)
    rows, columns = random.permutation(len(demand)), random.permutation(len(sites))
    shuffled = maximal_covering(Reach.from_points(demand[rows], sites[columns], reach.limit), 8, weights[rows])
    assert (plan.status, shuffled.status) == ("optimal", "optimal")
    assert shuffled.objective == plan.objective
    repeated = maximal_covering(Reach.from_points(demand[rows], sites, reach.limit), 8, weights[rows])
    assert repeated.open_sites.tolist() == plan.open_sites.tolist()
    assert repeated.assignment.tolist() == plan.assignment[rows].tolist()


def test_at_the_set_covering_number_everything_is_covered():
    reach = city(n=900, m=80, seed=5)[2]
    cover = location_set_covering(reach, partial=True)
    plan = maximal_covering(reach, len(cover.open_sites))
    fewer = maximal_covering(reach, len(cover.open_sites) - 1)
    assert plan.objective == (cover.assignment >= 0).sum()
    assert fewer.objective < plan.objective


def test_weights_count_like_repeated_rows():
    demand, sites, reach = city(n=300, m=30, seed=2)
    weights = np.random.default_rng(4).integers(0, 4, len(demand))
    weighted = maximal_covering(reach, 5, weights)
    repeated = maximal_covering(Reach.from_points(np.repeat(demand, weights, axis=0), sites, reach.limit), 5)
    assert weighted.objective == repeated.objective


def test_large_weights_and_fractions_are_proven_too():
    reach = city(n=600, m=40, seed=6)[2]
    whole = np.random.default_rng(5).integers(1, 9, reach.n_demand)
    plan = maximal_covering(reach, 6, whole)
    for factor in (2.0**30, 1e-7, np.pi):
        scaled = maximal_covering(reach, 6, whole * factor)
        assert scaled.status == "optimal"
        assert scaled.objective == pytest.approx(plan.objective * factor, rel=1e-9)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # spopt builds its models in the way of older PuLP
@pytest.mark.parametrize("seed", range(3))
def test_same_objective_as_spopt(seed):
    locate = pytest.importorskip("spopt.locate")
    pulp = pytest.importorskip("pulp")
    random = np.random.default_rng(seed)
    costs, weights = random.uniform(0, 100, (60, 12)), random.integers(1, 10, 60)
    peer = locate.MCLP.from_cost_matrix(costs, weights, 15.0, p_facilities=3)
    peer = peer.solve(pulp.HiGHS(msg=False), results=False)
    plan = maximal_covering(Reach.from_costs(costs, 15.0), 3, weights)
    assert plan.objective == pytest.approx(pulp.value(peer.problem.objective))


@pytest.mark.parametrize("limit_s", [0.001, 1.0, 2.0, 5.0])
def test_time_limits_hold_and_optimal_is_never_claimed_unproven(limit_s):
    demand, sites, _ = clustered_instance(20_000, 400, 2)
    reach = Reach.from_points(demand, sites, 4_000)
    maximal_covering(reach, 25, time_limit_s=0.001)  # kernels compiled or loaded
    began = time.perf_counter()
    plan = maximal_covering(reach, 25, time_limit_s=limit_s)
    assert plan.seconds <= time.perf_counter() - began
    assert (plan.status == "optimal") == (plan.bound == plan.objective)
    assert plan.stop_reason in ("proven", "time_limit")
    assert len(plan.open_sites) == 25


def test_a_work_limit_stops_at_the_same_plan():
    reach = city(n=4_000, m=150, seed=2, radius=4_000)[2]
    first, second = (maximal_covering(reach, 12, work_limit=6) for _ in range(2))
    assert first.open_sites.tolist() == second.open_sites.tolist()
    assert (first.objective, first.bound, first.stop_reason) == (second.objective, second.bound, second.stop_reason)
    assert first.bound >= maximal_covering(reach, 12).objective >= first.objective


def test_progress_is_reported_and_cancelling_stops():
    reach = city(n=4_000, m=150, seed=2, radius=4_000)[2]
    seen = []
    plan = maximal_covering(reach, 12, progress=seen.append)
    assert seen == list(plan.history)
    assert all(step.bound >= plan.objective >= step.objective for step in seen)
    cancelled = maximal_covering(reach, 12, should_stop=lambda: True)
    assert cancelled.stop_reason in ("cancelled", "proven")
    assert len(cancelled.open_sites) == 12


def test_a_gap_that_is_good_enough():
    reach = city(n=4_000, m=150, seed=2, radius=4_000)[2]
    plan = maximal_covering(reach, 12, gap=0.2)
    assert plan.status == "optimal"
    assert plan.gap <= 0.2
    assert plan.bound >= maximal_covering(reach, 12).objective


def test_branching_is_exact_where_the_linear_program_is_not():
    """Three groups between three sites, two of which each: y = 1/2 covers all in the linear program, one site two."""
    reach = Reach.from_costs(np.array([[1.0, 1.0, 9.0], [9.0, 1.0, 1.0], [1.0, 9.0, 1.0]]), 2.0)
    plan = maximal_covering(reach, 1, [5, 5, 5])
    assert (plan.objective, plan.bound, plan.status) == (10.0, 10.0, "optimal")


@pytest.mark.parametrize("seed", range(4))
def test_the_tree_alone_finds_the_optimum_from_any_plan(seed):
    random = np.random.default_rng(seed)
    costs = random.uniform(0, 10, (80, 14))
    groups = group_demand(Reach.from_costs(costs, 2.0))
    weight = groups.size
    start = np.arange(4, dtype=np.int32)
    value = int(covered_weight(*groups.by_site, weight, start))
    tree = CoverTree(groups, weight, 4, start, value, Watch(30.0))
    tree.close_root(np.full(14, 4 / 14))
    tree.search()
    assert tree.value == tree.bound == best_by_force(costs, 2.0, 4, None)


def test_swaps_keep_required_sites_and_report_what_they_cover():
    groups = group_demand(city(n=800, m=40)[2])
    state = np.zeros(40, np.int8)
    state[[3, 7]] = 1
    chosen = np.array([3, 7, 0, 1, 2], np.int32)
    before = covered_weight(*groups.by_site, groups.size, chosen)
    value = improve_by_swaps(*groups.by_site, groups.size, state, chosen)
    assert {3, 7} <= set(chosen.tolist())
    assert value == covered_weight(*groups.by_site, groups.size, chosen) >= before
    better, total = iterated_swaps(*groups.by_site, groups.size, state, chosen, 20, 3, np.random.default_rng(0))
    assert {3, 7} <= set(better.tolist())
    assert total == covered_weight(*groups.by_site, groups.size, better) >= value


class TestDegenerate:
    def test_no_demand(self):
        plan = maximal_covering(Reach.from_costs(np.zeros((0, 3)), 1.0), 2)
        assert (plan.status, plan.objective, plan.bound, len(plan.open_sites)) == ("optimal", 0.0, 0.0, 2)

    def test_no_sites(self):
        plan = maximal_covering(Reach.from_costs(np.zeros((3, 0)), 1.0), 2)
        assert (plan.status, plan.objective) == ("optimal", 0.0)
        assert plan.assignment.tolist() == [-1, -1, -1]

    def test_nobody_within_reach(self):
        plan = maximal_covering(Reach.from_costs(np.full((3, 4), 9.0), 1.0), 2)
        assert (plan.status, plan.objective, plan.bound) == ("optimal", 0.0, 0.0)

    def test_more_sites_than_there_are(self):
        plan = maximal_covering(Reach.from_costs(np.eye(3) * 9, 1.0), 7)
        assert plan.open_sites.tolist() == [0, 1, 2]
        assert (plan.status, plan.objective) == ("optimal", 3.0)

    def test_zero_weights(self):
        plan = maximal_covering(Reach.from_costs(np.ones((3, 3)), 1.0), 1, [0, 0, 0])
        assert (plan.status, plan.objective, plan.bound) == ("optimal", 0.0, 0.0)

    def test_all_equal_and_duplicate_points(self):
        points = np.full((50, 2), 1_000.0)
        plan = maximal_covering(Reach.from_points(points, points[:6], 10.0), 2)
        assert (plan.status, plan.objective) == ("optimal", 50.0)
        assert plan.open_sites.tolist() == [0, 1]
        assert set(plan.assignment.tolist()) == {0}

    @pytest.mark.parametrize(
        ("arguments", "where"),
        [
            ({"n_sites": -1}, "n_sites"),
            ({"n_sites": 1.5}, "n_sites"),
            ({"weights": [1.0]}, "weights"),
            ({"weights": [1.0, -1.0, 1.0]}, "weights"),
            ({"weights": [1.0, np.nan, 1.0]}, "weights"),
            ({"required_sites": [4]}, "required_sites"),
            ({"required_sites": [1], "forbidden_sites": [1]}, "required_sites, forbidden_sites"),
            ({"time_limit_s": 0}, "time_limit_s"),
            ({"work_limit": 0}, "work_limit"),
            ({"gap": -0.1}, "gap"),
        ],
    )
    def test_arguments_that_cannot_be_used(self, arguments, where):
        with pytest.raises(BadInput) as error:
            maximal_covering(Reach.from_costs(np.ones((3, 3)), 1.0), **({"n_sites": 1} | arguments))
        assert error.value.where == where
