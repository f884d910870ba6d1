"""Compact programs: limits, cancelling, starts, milestones, and numbers of every size."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.instances import clustered_instance
from ipps_geo.reach import Reach
from ipps_geo.siting.location import budgeted_maximal_covering, p_median_relocation
from ipps_geo.siting.location.compact.answers import proof
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.search.watch import Watch


def knapsack(scale: float) -> MixedProgram:
    """Three things of worth 3, 4, 6 and weight 2, 3, 4, of which 5 may be carried: the first two."""
    program = MixedProgram(maximise=True)
    things = program.columns(np.array([3.0, 4.0, 6.0]) * scale, whole=True)
    program.row(things, np.array([2.0, 3.0, 4.0]) * scale, -np.inf, 5.0 * scale)
    return program


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e9])
def test_numbers_of_any_size_keep_their_optimum(scale):
    found = knapsack(scale).solve(Watch(), absolute_gap=1e-9 * scale)
    assert found.outcome == "optimal"
    assert np.rint(found.values).tolist() == [1, 1, 0]
    assert found.bound == pytest.approx(7 * scale, rel=1e-9)
    assert knapsack(scale).solve(Watch(), relaxed=True).bound == pytest.approx(7.5 * scale, rel=1e-9)


def test_a_program_that_cannot_hold_says_so():
    program = knapsack(1.0)
    program.row([0, 2], 1.0, 2.0, 2.0)
    found = program.solve(Watch())
    assert (found.outcome, len(found.values), found.bound) == ("infeasible", 0, -np.inf)


DEMAND, SITES, _ = clustered_instance(4_000, 120, 2)
REACH = Reach.from_points(DEMAND, SITES, 3_000)
COSTS = np.random.default_rng(0).integers(5, 20, len(SITES))


@pytest.mark.parametrize("limits", [{"time_limit_s": 0.001}, {"should_stop": lambda: True}, {"work_limit": 1}])
def test_whatever_ends_a_search_there_is_a_plan_and_a_bound(limits):
    told = []
    plan = budgeted_maximal_covering(REACH, COSTS, 150, progress=told.append, **limits)
    assert plan.status in ("feasible", "optimal", "no_solution")
    if plan.status == "feasible":
        assert plan.stop_reason in ("time_limit", "cancelled", "work_limit")
    if plan.status != "no_solution":
        assert plan.objective <= plan.bound <= len(DEMAND)
        assert COSTS[plan.open_sites].sum() <= 150
        assert [each.phase for each in told][-1] == "done"
        assert all(each.objective <= each.bound for each in told)
    again = budgeted_maximal_covering(REACH, COSTS, 150, **limits)
    if "work_limit" in limits:
        assert again.open_sites.tolist() == plan.open_sites.tolist()


def test_a_gap_that_is_asked_for_is_not_called_proven():
    plan = budgeted_maximal_covering(REACH, COSTS, 150, gap=0.9)
    assert plan.status == "optimal"
    assert plan.stop_reason in ("gap", "proven")
    assert plan.gap <= 0.9
    quality = proof(90.0, 100.0, whole=True, minimise=False, gap=0.2, watch=Watch())
    assert (quality["stop_reason"], quality["bound"]) == ("gap", 100.0)
    unproven = proof(90.0, 100.0, whole=True, minimise=False, gap=0.2, watch=Watch(), complete=False)
    assert (unproven["status"], unproven["stop_reason"]) == ("feasible", "search_ended")


def test_large_whole_weights_are_counted_exactly():
    random = np.random.default_rng(5)
    weights = random.integers(1, 10**9, 60)
    reach = Reach.from_costs(random.random((60, 8)), 0.3)
    plan = budgeted_maximal_covering(reach, 3, 9, weights)
    assert (plan.status, plan.stop_reason) == ("optimal", "proven")
    assert plan.bound == plan.objective == weights[plan.assignment >= 0].sum()


@pytest.mark.parametrize("limits", [{"time_limit_s": 0.01}, {"should_stop": lambda: True}])
def test_cuts_stop_in_time_too(limits):
    costs = np.hypot(*(DEMAND[:800, None] - SITES[None]).transpose(2, 0, 1))
    plan = p_median_relocation(costs, range(10), most_closed=3, **limits)
    assert plan.status in ("feasible", "optimal")
    assert plan.bound <= plan.objective
    assert len(plan.closed) <= 3
