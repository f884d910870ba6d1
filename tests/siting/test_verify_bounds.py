"""The checker at every boundary: what is just enough passes, one less or one more is found, with its numbers."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import SitePlan, verify_plan
from tests.siting.test_verify import EAST, GOOD, NEEDS, NOWHERE, REACH, RULES, WEST, changed


def found(plan: SitePlan = GOOD, **inputs: object) -> list[tuple[str, object, object]]:
    return [(v.code, v.measured, v.required) for v in verify_plan(plan, REACH, NEEDS, **(RULES | inputs))]


def station(enterprises: int, with_need: int) -> list[tuple[str, object, object]]:
    """What the checker says of one station under the Measure's own numbers, which are its defaults."""
    reach = Reach.from_costs(np.zeros((enterprises, 1)), 1)
    plan = SitePlan(
        "optimal", "proven", enterprises, enterprises, 0.0, np.array([0]), np.zeros(enterprises, np.int32), 0.1
    )
    needs = np.arange(enterprises) < with_need
    return [(v.code, v.measured, v.required) for v in verify_plan(plan, reach, needs.astype(int))]


def test_fifty_with_thirty_in_need_is_a_roster_and_one_less_of_either_is_none() -> None:
    assert station(50, 30) == []
    assert station(49, 30) == [("roster_too_small", 49, 50)]
    assert station(50, 29) == [("need_share_too_low", 29, 30)]
    assert station(51, 30) == [("need_share_too_low", 30, 31)]


@pytest.mark.parametrize(
    ("inputs", "violations"),
    [
        ({"n_sites": 2}, []),
        ({"n_sites": 1}, [("too_many_sites", 2, 1)]),
        ({"n_sites": 1, "existing_sites": [WEST]}, []),
        ({"site_costs": [4, 4, 1], "budget": 8}, []),
        ({"site_costs": [4, 4, 1], "budget": 7}, [("over_budget", 8.0, 7.0)]),
        ({"site_costs": [4, 4, 1], "budget": 8 - 1e-8}, []),  # a sum of floating-point costs
        ({"site_costs": [4, 4, 1], "budget": 8 - 1e-5}, [("over_budget", 8.0, 8 - 1e-5)]),
        ({"site_costs": [4, 4, 1], "budget": 4, "existing_sites": [EAST]}, []),  # what is there costs nothing
        ({"budget": 0}, []),  # no costs given: none
        ({"capacity": [6, 3, 0]}, []),
        ({"capacity": [5, 3, 0]}, [("over_capacity", 6.0, 5.0)]),
        ({"capacity": 6}, []),
        ({"capacity": 6 - 1e-4}, [("over_capacity", 6.0, 6 - 1e-4)]),
        ({"required_sites": [NOWHERE]}, [("required_site_closed", "closed", "open")]),
        ({"required_sites": [NOWHERE], "existing_sites": [NOWHERE]}, []),
        ({"required_sites": [WEST, EAST]}, []),
        ({"required_sites": np.array([False, False, True])}, [("required_site_closed", "closed", "open")]),
        ({"forbidden_sites": [NOWHERE]}, []),
        ({"forbidden_sites": [0]}, [("forbidden_site_open", "open", "closed")]),
        ({"site_units": list("wen"), "min_per_unit": {"w": 1, "e": 1}}, []),
        ({"site_units": list("wwn"), "min_per_unit": {"w": 2, "n": 0}}, []),
        ({"site_units": list("wwn"), "min_per_unit": {"w": 3}}, [("unit_short_of_sites", "w: 2", 3)]),
        ({"site_units": list("wwn"), "min_per_unit": {"n": 1}}, [("unit_short_of_sites", "n: 0", 1)]),
        ({"site_units": list("wwn"), "min_per_unit": {"n": 1}, "existing_sites": [NOWHERE]}, []),
    ],
)
def test_what_the_planner_asked_is_kept_to_the_last_unit(
    inputs: dict[str, object], violations: list[tuple[str, object, object]]
) -> None:
    assert found(**inputs) == violations


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"bound": 9 - 5e-7}, []),  # rounding of a sum
        ({"bound": 9 - 2e-6}, ["bound_impossible"]),
        ({"bound": 9 * (1 + 1e-4), "gap": 1e-4}, []),  # within the gap that counts as proven
        ({"bound": 9 * (1 + 2e-4), "gap": 2e-4}, ["optimal_without_proof"]),
        ({"bound": 9 * (1 + 2e-4), "gap": 2e-4, "status": "feasible"}, []),
        ({"gap": 5e-7}, []),
        ({"gap": 2e-6}, ["gap_differs"]),
        ({"bound": 18.0, "gap": 1.0, "status": "feasible"}, []),
        ({"bound": 36.0, "gap": 3.0 + 2e-6, "status": "feasible"}, []),  # relative to the gap
        ({"bound": 36.0, "gap": 3.0 + 5e-6, "status": "feasible"}, ["gap_differs"]),
        ({"objective": 9 + 5e-7}, []),
        ({"objective": 9 + 2e-6}, ["objective_differs"]),
        ({"open_sites": np.array([-1, WEST, EAST])}, ["open_site_out_of_range"]),
        ({"open_sites": np.array([WEST, EAST, 3])}, ["open_site_out_of_range"]),
        ({"assignment": np.array([*GOOD.assignment[:9], 3])}, ["assignment_out_of_range"]),
    ],
)
def test_a_proof_holds_up_to_rounding(changes: dict[str, object], codes: list[str]) -> None:
    assert [code for code, _, _ in found(changed(**changes))] == codes


def test_a_station_of_nobody_is_within_a_capacity_of_nothing() -> None:
    three = changed(open_sites=np.array([WEST, EAST, NOWHERE]))
    assert found(three, n_sites=3, min_roster=0, capacity=[6, 3, 0]) == []
    assert found(three, n_sites=3, min_roster=1) == [("roster_too_small", 0, 1)]


def test_a_position_that_is_none_is_named() -> None:
    (low,) = verify_plan(changed(open_sites=np.array([-1, WEST, EAST])), REACH, NEEDS, **RULES)
    assert (low.site, low.measured, low.required) == (-1, -1, 2)
    (twice,) = verify_plan(changed(open_sites=np.array([WEST, EAST, EAST])), REACH, NEEDS, **RULES)
    assert (twice.code, twice.site, twice.measured, twice.required) == ("open_sites_not_sorted", EAST, 1, 2)
    (high,) = verify_plan(changed(assignment=np.array([*GOOD.assignment[:9], 3])), REACH, NEEDS, **RULES)
    assert (high.demand, high.measured, high.required) == (9, 3, 2)
    (shut,) = verify_plan(changed(open_sites=np.array([WEST])), REACH, NEEDS, **(RULES | {"min_roster": 0}))[:1]
    assert (shut.code, shut.site, shut.demand) == ("site_not_open", EAST, 6)


@pytest.mark.parametrize("positions", [[3], [-1], [0.5], [True, False]])
def test_positions_that_no_site_has_are_refused(positions: list[object]) -> None:
    with pytest.raises(BadInput) as refused:
        verify_plan(GOOD, REACH, NEEDS, **RULES, required_sites=positions)
    assert refused.value.code == "siting.position_out_of_range"


EMPTY = changed(
    status="infeasible",
    objective=math.nan,
    bound=math.nan,
    gap=math.inf,
    open_sites=np.zeros(0, np.int32),
    assignment=np.full(10, -1, np.int32),
)


@pytest.mark.parametrize(
    "left",
    [{"open_sites": np.array([WEST])}, {"assignment": np.array([WEST] + [-1] * 9)}, {"objective": 0.0}],
)
def test_each_part_of_a_plan_denies_that_there_is_none(left: dict[str, object]) -> None:
    assert verify_plan(EMPTY, REACH, NEEDS, **RULES) == []
    (denied,) = verify_plan(dataclasses.replace(EMPTY, **left), REACH, NEEDS, **RULES)
    assert (denied.code, denied.required) == ("plan_without_solution", 0)


def test_objectives_are_counted_each_in_its_own_way() -> None:
    assert found(changed(objective=18.0, bound=18.0), weights=2.0) == []
    fewest = {"objective": "fewest_sites"}
    assert found(changed(objective=2.0, bound=2.0), **fewest, target=9 + 5e-7) == []
    assert found(changed(objective=2.0, bound=2.0), **fewest, target=9 + 1e-5) == [("target_missed", 9.0, 9 + 1e-5)]
    assert found(changed(objective=1.0, bound=1.0), **fewest, target=9, existing_sites=[WEST]) == []
    with pytest.raises(BadInput):
        found(**fewest)
    assert found(changed(objective=2.0, bound=3.0, gap=0.5), **fewest, target=9) == [("bound_impossible", 3.0, 2.0)]
    assert found(changed(objective=2.0, bound=1.0, gap=0.5), **fewest, target=9) == [
        ("optimal_without_proof", 0.5, 1e-4)
    ]
    worst = {"objective": "worst_unit", "demand_units": np.array(["w"] * 6 + ["e"] * 3 + ["nobody"])}
    weights = [1.0] * 9 + [0.0]
    assert found(changed(objective=1.0, bound=1.0), **worst, weights=weights) == []  # who weighs nothing is no unit
    with pytest.raises(BadInput):
        found(objective="worst_unit")


def classic(plan: SitePlan, reach: object, model: str, **inputs: object) -> list[tuple[str, object]]:
    return [
        (v.code, v.demand if v.demand is not None else v.site) for v in verify_plan(plan, reach, model=model, **inputs)
    ]


def test_who_cannot_be_served_may_stay_out_only_where_that_was_asked() -> None:
    cover = changed(objective=2.0, bound=2.0, assignment=np.array([WEST] * 6 + [EAST] * 4))
    lonely = Reach.from_points(np.vstack([REACH.demand_xy, [[0, 50_000.0]]]), REACH.site_xy, 1000)
    plan = dataclasses.replace(cover, assignment=np.append(cover.assignment, -1).astype(np.int32))
    assert classic(plan, lonely, "set_covering") == [("demand_not_served", 10)]
    assert classic(plan, lonely, "set_covering", partial=True) == []
    half = dataclasses.replace(
        cover, objective=1.0, bound=1.0, open_sites=np.array([WEST]), assignment=np.array([WEST] * 6 + [-1] * 4)
    )
    east = [("demand_not_served", row) for row in range(6, 10)]
    assert classic(half, REACH, "set_covering", partial=True) == east
    assert classic(half, REACH, "set_covering", partial=True, forbidden_sites=[EAST]) == []
    assert classic(half, REACH, "set_covering", forbidden_sites=[EAST]) == east


COSTS = np.array([[1.0, 5.0], [5.0, 1.0], [3.0, 3.0]])
MEDIAN = SitePlan("optimal", "proven", 5.0, 5.0, 0.0, np.array([0, 1]), np.array([0, 1, 1]), 0.1)


def test_the_nearest_may_be_either_of_two_that_are_equally_near() -> None:
    assert classic(MEDIAN, COSTS, "p_median") == []
    for more, codes in ((1e-7, []), (1e-5, [("not_nearest", 2)])):
        costs = COSTS + np.array([[0, 0], [0, 0], [0, more]])
        told = dataclasses.replace(MEDIAN, objective=5.0 + more, bound=5.0 + more)
        assert classic(told, costs, "p_median") == codes


COVER = changed(objective=2.0, bound=2.0, assignment=np.array([WEST] * 6 + [EAST] * 4))


@pytest.mark.parametrize(
    ("model", "reach", "plan", "below"),
    [
        ("p_median", COSTS, MEDIAN, True),
        ("p_center", COSTS, dataclasses.replace(MEDIAN, objective=3.0, bound=3.0), True),
        ("set_covering", REACH, COVER, True),
        ("maximal_covering", REACH, dataclasses.replace(COVER, objective=10.0, bound=10.0), False),
    ],
)
def test_a_bound_lies_below_what_is_made_least_and_above_what_is_made_most(model, reach, plan, below) -> None:
    for step in (1.0, -1.0):
        told = dataclasses.replace(
            plan, bound=plan.objective + step, gap=1 / plan.objective, status="feasible", stop_reason="time_limit"
        )
        assert classic(told, reach, model) == ([] if (step < 0) is below else [("bound_impossible", None)])


def test_who_weighs_nothing_need_not_be_served_by_a_median() -> None:
    plan = dataclasses.replace(MEDIAN, objective=2.0, bound=2.0, assignment=np.array([0, 1, -1]))
    assert classic(plan, COSTS, "p_median") == [("demand_not_served", 2)]
    assert classic(plan, COSTS, "p_median", weights=[1, 1, 0]) == []
    center = dataclasses.replace(plan, objective=1.0, bound=1.0)
    assert classic(center, COSTS, "p_center", weights=[1, 1, 0]) == []


def test_a_capacity_holds_for_the_weight_that_a_site_serves() -> None:
    weights, told = [1.0, 2.0, 3.0], dataclasses.replace(MEDIAN, objective=12.0, bound=12.0)
    assert classic(told, COSTS, "p_median", weights=weights, capacity=[1, 5]) == []
    assert classic(told, COSTS, "p_median", weights=weights, capacity=[1, 4]) == [("over_capacity", 1)]
    assert classic(told, COSTS, "p_median", weights=weights, capacity=[0.5, 5]) == [("over_capacity", 0)]
    # With capacities the nearest may be full, so that a farther one is no fault.
    far = dataclasses.replace(MEDIAN, objective=9.0, bound=9.0, assignment=np.array([1, 1, 1]))
    assert [code for code, _ in classic(far, COSTS, "p_median")] == ["not_nearest"]
    assert classic(far, COSTS, "p_median", capacity=3) == []


def test_rounding_is_that_of_one_where_less_than_one_is_counted() -> None:
    units = {"objective": "worst_unit", "demand_units": np.array(["w"] * 6 + ["e"] * 4)}
    assert found(changed(objective=0.75 + 0.9e-7, bound=0.75), **units) == []
    assert [code for code, _, _ in found(changed(objective=0.75 + 1.5e-7, bound=0.75), **units)] == [
        "objective_differs"
    ]
    assert found(changed(objective=0.75, bound=0.75 - 0.9e-7), **units) == []
    assert [code for code, _, _ in found(changed(objective=0.75, bound=0.75 - 1.5e-7), **units)] == ["bound_impossible"]
    target = {"objective": "fewest_sites", "weights": 0.01, "target": 0.09}
    two = changed(objective=2.0, bound=2.0)
    assert found(two, **(target | {"target": 0.09 + 0.9e-7})) == []
    assert [code for code, _, _ in found(two, **(target | {"target": 0.09 + 1.5e-7}))] == ["target_missed"]
    costs = {"site_costs": [0.1, 0.1, 0.0]}
    assert found(**costs, budget=0.2 - 0.9e-7) == []
    assert [code for code, _, _ in found(**costs, budget=0.2 - 1.5e-7)] == ["over_budget"]


@pytest.mark.parametrize(
    ("model", "reach", "plan", "violation"),
    [
        ("set_covering", REACH, {"open_sites": np.array([WEST])}, ("demand_not_served", None, 9, 0, 1)),
        ("p_median", COSTS, {"assignment": np.array([0, 1, -1])}, ("demand_not_served", None, 2, 0, 1)),
        ("p_median", COSTS, {"assignment": np.array([1, 1, 1])}, ("not_nearest", 1, 0, 5.0, 1.0)),
        (
            "maximal_covering",
            REACH,
            {"open_sites": np.array([WEST, EAST])},
            ("covered_not_assigned", None, 9, "unassigned", "assigned"),
        ),
    ],
)
def test_who_is_not_served_is_named_with_what_was_found_and_required(model, reach, plan, violation) -> None:
    base = GOOD if reach is REACH else MEDIAN
    told = verify_plan(dataclasses.replace(base, **plan), reach, model=model)
    assert violation in [(v.code, v.site, v.demand, v.measured, v.required) for v in told]


def test_what_is_out_of_reach_is_told_with_its_distance_and_the_limit() -> None:
    assignment = GOOD.assignment.copy()
    assignment[0] = EAST
    (far,) = verify_plan(changed(assignment=assignment), REACH, NEEDS, **(RULES | {"need_share": (1, 5)}))
    assert (far.code, far.site, far.demand, far.required) == ("out_of_reach", EAST, 0, 1000)
    assert far.measured == pytest.approx(math.hypot(5000, 10))
