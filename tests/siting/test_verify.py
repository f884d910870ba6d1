"""Every lie that a plan can tell is planted here once, and the checker has to find it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import (
    SitePlan,
    location_set_covering,
    maximal_covering,
    p_center,
    p_median,
    plan_workstations,
    verify_plan,
)
from ipps_geo.siting.violations import PLAN_CODES

# Two villages five kilometres apart, a site in each and one far from both; rows 0-5 west, 6-9 east.
WEST, EAST, NOWHERE = 0, 1, 2
DEMAND = np.array([[x, 0.0] for x in range(6)] + [[5000.0 + x, 0.0] for x in range(4)])
SITES = np.array([[0.0, 10.0], [5000.0, 10.0], [0.0, 90_000.0]])
NEEDS = np.array([1, 1, 1, 1, 0, 0, 1, 1, 0, 0])
REACH = Reach.from_points(DEMAND, SITES, 1000)
RULES = {"n_sites": 2, "min_roster": 3, "need_share": (3, 5)}
# West takes all six (4 of 6 with need: 20 >= 18); East three of four (2 of 3: 10 >= 9, but 2 of 4 would be 10 < 12).
GOOD = SitePlan(
    status="optimal",
    stop_reason="proven",
    objective=9.0,
    bound=9.0,
    gap=0.0,
    open_sites=np.array([WEST, EAST], np.int32),
    assignment=np.array([WEST] * 6 + [EAST] * 3 + [-1], np.int32),
    seconds=0.1,
)


def changed(**changes: object) -> SitePlan:
    return dataclasses.replace(GOOD, **changes)


def assigned(*edits: tuple[int, int], **changes: object) -> SitePlan:
    """The good plan with some rows moved, and an objective that was recounted."""
    assignment = GOOD.assignment.copy()
    for row, site in edits:
        assignment[row] = site
    served = float((assignment >= 0).sum())
    return changed(**({"assignment": assignment, "objective": served, "bound": served} | changes))


def codes(plan: SitePlan, **inputs: object) -> list[str]:
    found = verify_plan(plan, REACH, NEEDS, **(RULES | inputs))
    assert {violation.code for violation in found} <= set(PLAN_CODES)
    return sorted({violation.code for violation in found})


def test_a_sound_plan_has_no_violation() -> None:
    assert verify_plan(GOOD, REACH, NEEDS, **RULES) == []


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (changed(status="splendid"), "status_unknown"),
        (changed(stop_reason=""), "stop_reason_missing"),
        (changed(assignment=GOOD.assignment[:-1]), "assignment_malformed"),
        (changed(assignment=GOOD.assignment.astype(float)), "assignment_malformed"),
        (assigned((9, 3)), "assignment_out_of_range"),
        (assigned((9, -2)), "assignment_out_of_range"),
        (changed(open_sites=np.array([[0, 1]])), "open_sites_malformed"),
        (changed(open_sites=np.array([0.0, 1.0])), "open_sites_malformed"),
        (changed(open_sites=np.array([0, 1, 7], np.int32)), "open_site_out_of_range"),
        (changed(open_sites=np.array([1, 0], np.int32)), "open_sites_not_sorted"),
        (changed(open_sites=np.array([0, 1, 1], np.int32)), "open_sites_not_sorted"),
        (changed(open_sites=np.array([WEST], np.int32)), "site_not_open"),
        (assigned((0, EAST)), "out_of_reach"),
        (assigned((6, -1), (7, -1)), "roster_too_small"),
        (assigned((9, EAST)), "need_share_too_low"),
        (changed(open_sites=np.array([WEST, EAST, NOWHERE], np.int32)), "too_many_sites"),
        (changed(objective=8.0), "objective_differs"),
        (changed(objective=math.nan), "objective_differs"),
        (changed(bound=8.0), "bound_impossible"),
        (changed(bound=math.nan), "bound_impossible"),
        (changed(gap=0.5), "gap_differs"),
        (changed(gap=math.nan), "gap_differs"),
        (changed(bound=10.0, gap=1 / 9), "optimal_without_proof"),
        (changed(bound=math.inf, gap=math.inf), "optimal_without_proof"),
    ],
)
def test_each_planted_lie_is_found(plan: SitePlan, code: str) -> None:
    assert code in codes(plan)


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"forbidden_sites": [EAST]}, "forbidden_site_open"),
        ({"required_sites": [NOWHERE]}, "required_site_closed"),
        ({"capacity": [5, 9, 9]}, "over_capacity"),
        ({"site_costs": [4.0, 4.0, 1.0], "budget": 7.0}, "over_budget"),
        ({"site_units": ["w", "w", "n"], "min_per_unit": {"n": 1}}, "unit_short_of_sites"),
        ({"site_units": ["w", "w", "n"], "min_per_unit": 1}, "unit_short_of_sites"),
        ({"weights": np.full(10, 2.0)}, "objective_differs"),
        ({"n_sites": 1}, "too_many_sites"),
    ],
)
def test_each_broken_demand_of_the_planner_is_found(inputs: dict[str, object], code: str) -> None:
    assert code in codes(GOOD, **inputs)


def test_what_was_measured_and_what_was_required_stand_in_whole_numbers() -> None:
    (share,) = verify_plan(assigned((9, EAST)), REACH, NEEDS, **RULES)
    assert (share.code, share.site, share.measured, share.required) == ("need_share_too_low", EAST, 2, 3)


def test_the_share_is_compared_in_integers_at_exactly_sixty_percent() -> None:
    reach = Reach.from_costs(np.zeros((5, 1)), 1)
    plan = changed(objective=5.0, bound=5.0, open_sites=np.array([0]), assignment=np.zeros(5, np.int32))
    assert verify_plan(plan, reach, [1, 1, 1, 0, 0], min_roster=5) == []
    assert [v.code for v in verify_plan(plan, reach, [1, 1, -1, 0, 0], min_roster=5)] == ["need_share_too_low"]


def test_a_pair_at_the_limit_is_reached_and_an_ineligible_one_is_not() -> None:
    reach = Reach.from_points([[0, 0], [0, 1]], [[0, 1000.0]], 1000)
    plan = changed(objective=2.0, bound=2.0, open_sites=np.array([0]), assignment=np.zeros(2, np.int32))
    rules = {"min_roster": 1, "need_share": (0, 1)}
    assert verify_plan(plan, reach, [1, 1], **rules) == []
    ruled = reach.restrict(demand_class=[0, 1], site_class=[0], allowed=[[True], [False]])
    found = verify_plan(plan, ruled, [1, 1], **rules)
    assert [(v.code, v.demand, v.measured) for v in found] == [("out_of_reach", 1, "not_eligible")]
    masked = reach.restrict(mask=sparse.csr_array([[True], [False]]))
    assert [(v.code, v.demand) for v in verify_plan(plan, masked, [1, 1], **rules)] == [("out_of_reach", 1)]


def test_existing_stations_count_with_their_earlier_rosters() -> None:
    rules = RULES | {"n_sites": 1, "existing_sites": [WEST], "existing_rosters": [(10, 6)]}
    assert verify_plan(GOOD, REACH, NEEDS, **rules) == []
    rules["existing_rosters"] = [(10, 5)]
    assert [v.code for v in verify_plan(GOOD, REACH, NEEDS, **rules)] == ["need_share_too_low"]


def test_no_plan_means_an_empty_plan() -> None:
    none = changed(
        status="infeasible",
        objective=math.nan,
        bound=math.nan,
        gap=math.inf,
        open_sites=np.zeros(0, np.int32),
        assignment=np.full(10, -1, np.int32),
    )
    assert codes(none) == []
    assert codes(dataclasses.replace(GOOD, status="no_solution")) == ["plan_without_solution"]


def test_fewest_sites_and_worst_unit_count_their_own_objective() -> None:
    fewest = changed(objective=2.0, bound=2.0)
    assert codes(fewest, objective="fewest_sites", target=9) == []
    assert codes(fewest, objective="fewest_sites", target=10) == ["target_missed"]
    units = np.array(["w"] * 6 + ["e"] * 4)
    worst = changed(objective=0.75, bound=0.75)
    assert codes(worst, objective="worst_unit", demand_units=units) == []
    assert "objective_differs" in codes(GOOD, objective="worst_unit", demand_units=units)


def test_classic_models_must_serve_whom_they_reach() -> None:
    plan = maximal_covering(REACH, 1)
    assert verify_plan(plan, REACH, n_sites=1, model="maximal_covering", gap=0) == []
    lazy = dataclasses.replace(plan, assignment=np.array([-1, *plan.assignment[1:]], np.int32))
    found = {v.code for v in verify_plan(lazy, REACH, n_sites=1, model="maximal_covering")}
    assert found >= {"covered_not_assigned", "objective_differs"}
    cover = changed(objective=2.0, bound=2.0, assignment=np.array([WEST] * 6 + [EAST] * 4))
    assert verify_plan(cover, REACH, model="set_covering") == []
    half = changed(objective=1.0, bound=1.0, open_sites=np.array([WEST]), assignment=np.array([WEST] * 6 + [-1] * 4))
    assert {v.code for v in verify_plan(half, REACH, model="set_covering")} == {"demand_not_served"}


def test_p_median_serves_everybody_by_the_nearest() -> None:
    costs = np.array([[0.0, 5.0, 9.0], [5.0, 0.0, 9.0], [9.0, 9.0, 0.0]])
    plan = p_median(costs, 2)
    assert verify_plan(plan, costs, n_sites=2, model="p_median") == []
    far = dataclasses.replace(plan, assignment=plan.assignment[::-1].copy())
    assert "not_nearest" in {v.code for v in verify_plan(far, costs, model="p_median")}
    none = dataclasses.replace(plan, assignment=np.full(3, -1, np.int32))
    assert "demand_not_served" in {v.code for v in verify_plan(none, costs, model="p_median")}
    wide = dataclasses.replace(plan, objective=5.0, bound=5.0)
    assert verify_plan(wide, costs, n_sites=2, model="p_center") == []


def test_p_center_weighs_the_distance() -> None:
    costs, weights = [[1.0, 5.0], [4.0, 2.0]], [3.0, 1.0]
    plan = p_center(costs, 1, weights)
    assert plan.objective == 4.0
    assert verify_plan(plan, costs, weights=weights, n_sites=1, model="p_center") == []
    found = verify_plan(plan, costs, n_sites=1, weights=[9.0, 1.0], model="p_center")
    assert (found[0].code, found[0].required) == ("objective_differs", 9.0)


def test_a_call_can_be_passed_on_whole() -> None:
    call = {**RULES, "time_limit_s": 5, "seed": 1, "gap": 0, "threads": 1}
    assert verify_plan(plan_workstations(REACH, NEEDS, **call), REACH, NEEDS, **call) == []
    with pytest.raises(BadInput, match="n_stations"):
        verify_plan(GOOD, REACH, NEEDS, **RULES, n_stations=2)


def test_inputs_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(BadInput, match="needs"):
        verify_plan(GOOD, REACH)
    with pytest.raises(BadInput, match="weights"):
        verify_plan(GOOD, REACH, NEEDS, weights=[1, 2])
    with pytest.raises(BadInput, match="site_units"):
        verify_plan(GOOD, REACH, NEEDS, min_per_unit=1)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_plans_of_the_solver_pass_and_any_row_moved_out_of_reach_is_found(seed: int, n_sites: int) -> None:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(0, 100, (30, 2)), random.uniform(0, 100, (5, 2)), 40)
    needs = random.integers(-1, 2, 30)
    rules = {"n_sites": n_sites, "min_roster": 3, "need_share": (1, 2)}
    plan = plan_workstations(reach, needs, **rules, time_limit_s=20)
    assert verify_plan(plan, reach, needs, **rules) == []
    costs = reach.pairs.toarray()
    for site in plan.open_sites:
        unreached = np.flatnonzero((costs[:, site] == 0) & (plan.assignment < 0))
        if len(unreached):
            assignment = plan.assignment.copy()
            assignment[unreached[0]] = site
            found = verify_plan(dataclasses.replace(plan, assignment=assignment), reach, needs, **rules)
            assert ("out_of_reach", unreached[0]) in {(v.code, v.demand) for v in found}


VARIANTS = {
    "number": {"n_sites": 3},
    "worst unit": {"n_sites": 4, "objective": "worst_unit", "demand_units": np.arange(80) % 3},
    "fewest": {"objective": "fewest_sites", "target": 15},
    "existing": {"n_sites": 3, "existing_sites": [0, 1], "existing_rosters": [(10, 6), (3, 3)]},
    "units": {"n_sites": 4, "site_units": np.array(list("aabbccdd")), "min_per_unit": {"a": 1, "b": 1}},
    "capacity": {"n_sites": 4, "capacity": 7},
    "budget": {"site_costs": np.arange(1, 9.0), "budget": 9.0, "weights": np.arange(80.0) % 4},
    "required": {"n_sites": 3, "required_sites": [2], "forbidden_sites": [5]},
}


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_plans_of_every_variant_are_sound(variant: str) -> None:
    for seed in range(3):
        random = np.random.default_rng(seed)
        reach = Reach.from_points(random.uniform(0, 100, (80, 2)), random.uniform(0, 100, (8, 2)), 25)
        needs = random.integers(-1, 2, 80)
        rules = {"min_roster": 4} | VARIANTS[variant]
        plan = plan_workstations(reach, needs, **rules, time_limit_s=20)
        assert verify_plan(plan, reach, needs, **rules) == []


def test_plans_of_the_classic_models_are_sound() -> None:
    random = np.random.default_rng(6)
    reach = Reach.from_points(random.uniform(0, 100, (60, 2)), random.uniform(0, 100, (8, 2)), 25)
    costs = np.hypot(*(reach.demand_xy[:, None] - reach.site_xy[None]).transpose(2, 0, 1))
    assert verify_plan(maximal_covering(reach, 3), reach, n_sites=3, model="maximal_covering") == []
    cover = location_set_covering(reach, partial=True)
    assert verify_plan(cover, reach, model="set_covering", partial=True) == []
    assert verify_plan(p_median(costs, 3), costs, n_sites=3, model="p_median") == []
    assert verify_plan(p_median(costs, 3, capacity=25.0), costs, n_sites=3, capacity=25.0, model="p_median") == []
    assert verify_plan(p_center(costs, 3), costs, n_sites=3, model="p_center") == []
