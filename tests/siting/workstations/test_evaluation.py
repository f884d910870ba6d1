"""A chosen set of stations against the solver with the same sites forced, and against sets one site apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.reach import Reach
from ipps_geo.siting import Evaluator, complete, evaluate, improve, plan_workstations, verify_plan
from tests.siting.workstations.instances import forced, instance

pytestmark = pytest.mark.slow(planted=True)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_a_set_is_worth_what_the_solver_makes_of_it_when_its_sites_are_forced(seed: int) -> None:
    reach, needs, request = instance(seed)
    evaluator = Evaluator(reach, needs, **request)
    random = np.random.default_rng(seed)
    sites = np.flatnonzero(random.random(reach.n_sites) < 0.5)
    found = evaluator(sites)
    plan = forced(reach, needs, sites, request)
    assert found.exact
    assert (plan.status == "infeasible") == (not found.holds)
    if found.holds:
        value = found.worst_share if request.get("objective") == "worst_unit" else found.served
        assert value == pytest.approx(plan.objective, rel=1e-7, abs=1e-6)
    told = found.stations
    lawful = told[told["verdict"] == "holds"]
    asked = evaluator.asked
    assert (lawful["margin_roster"] >= 0).all()
    assert (lawful["margin_need"] >= 0).all()
    assert (lawful["room"].fillna(0) >= 0).all()
    assert told["taken_in"].sum() == (found.assignment >= 0).sum()
    assert found.served == pytest.approx(asked.weights[found.assignment >= 0].sum())


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100_000))
def test_one_site_more_or_less_is_the_same_as_the_set_from_scratch(seed: int) -> None:
    reach, needs, request = instance(seed)
    random = np.random.default_rng(seed)
    order = random.permutation(reach.n_sites)
    sites, into = order[:3], int(order[4])
    base = evaluate(reach, needs, sites, **request)
    for near, far in (
        (base.opened(into), [*sites, into]),
        (base.closed(int(sites[0])), sites[1:]),
        (base.swapped(int(sites[0]), into), [*sites[1:], into]),
    ):
        scratch = evaluate(reach, needs, np.array(far), **request)
        assert (near.objective, near.served, near.holds) == (scratch.objective, scratch.served, scratch.holds)
        assert near.violations == scratch.violations


def test_what_a_set_breaks_is_told_and_its_rosters_are_made_all_the_same() -> None:
    reach = Reach.from_points([[0, 0]] * 5 + [[9e3, 0]] * 3, [[0, 0], [9e3, 0], [5e4, 0]], 3000)
    found = evaluate(
        reach, [1] * 8, [0, 1, 2], n_sites=1, min_roster=2, site_costs=[1, 2, 4], budget=6, forbidden_sites=[1]
    )
    assert [(v.code, v.measured, v.required) for v in found.violations] == [
        ("too_many_sites", 3, 1),
        ("over_budget", 7.0, 6.0),
        ("forbidden_site_open", "open", "closed"),
    ]
    assert found.served == 8
    assert found.stations["verdict"].tolist() == ["holds", "holds", "cannot_reach_minimum"]
    assert not found.holds


def test_stations_that_starve_each_other_are_told_from_those_that_never_could() -> None:
    reach = Reach.from_costs(np.array([[1.0, 1.0, np.nan]] * 6), 1.0)
    found = evaluate(reach, [1] * 6, [0, 1, 2], min_roster=4)
    assert sorted(found.stations["verdict"]) == ["cannot_reach_minimum", "holds", "starved"]
    assert found.served == 6


def test_who_changes_hands_when_a_station_opens() -> None:
    reach = Reach.from_costs(np.array([[1.0, np.nan]] * 4 + [[1.0, 1.0]] * 4 + [[np.nan, 1.0]] * 2), 1.0)
    before = evaluate(reach, [1] * 10, [0], min_roster=4)
    moved = before.opened(1).moved(before).set_index(["from_site", "to_site"])["members"]
    assert moved[(-1, 1)] == 2
    assert moved[(0, 1)] >= 2  # the new station's minimum has to come from somewhere
    assert before.by_unit(["a"] * 4 + ["b"] * 6)["served"].tolist() == [4, 4]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000))
def test_plans_started_from_a_set_are_as_good_and_sound(seed: int) -> None:
    reach, needs, request = instance(seed)
    start = np.flatnonzero(np.random.default_rng(seed).random(reach.n_sites) < 0.4)
    plain = plan_workstations(reach, needs, **request, gap=0)
    warm = improve(reach, needs, start, **request, gap=0)
    assert warm.status == plain.status
    assert verify_plan(warm, reach, needs, **request) == []
    if plain.status == "optimal":
        assert warm.objective == pytest.approx(plain.objective, rel=1e-7, abs=1e-6)


def test_completing_keeps_what_is_kept() -> None:
    reach, needs, request = instance(4, objective="covered")
    request = {"n_sites": 3, "min_roster": 2, "need_share": (1, 2)}
    plan = complete(reach, needs, [2], **request, gap=0)
    assert 2 in plan.open_sites
    assert plan.objective <= plan_workstations(reach, needs, **request, gap=0).objective
