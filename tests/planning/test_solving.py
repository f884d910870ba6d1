"""The search's own process, called here in this one: reasons within the time, choices that stand on the plan."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ipps_geo.errors import NotSolved
from ipps_geo.executors import Workforce
from ipps_geo.planning import solving, stages
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations, verify_plan
from ipps_geo.siting.choices.frontier import frontier
from ipps_geo.siting.choices.robustness import robustness
from ipps_geo.siting.search.plan import Milestone


def quiet(milestone):
    """Take a milestone and do nothing."""


@pytest.fixture(scope="module")
def city():
    random = np.random.default_rng(8)
    reach = Reach.from_points(random.uniform(0, 100, (300, 2)), random.uniform(0, 100, (20, 2)), 18)
    return {
        "reach": reach,
        "needs": random.choice(np.array([1, 0, -1], np.int8), 300, p=[0.5, 0.35, 0.15]),
        "n_sites": 5,
        "min_roster": 8,
        "need_share": (3, 5),
    }


OBJECTIVES = [
    {},
    {"objective": "fewest_sites", "target": 120, "n_sites": None},
    {"objective": "worst_unit", "demand_units": np.arange(300) % 3},
]


def told(request, **asked):
    """A request without what goes by position."""
    return {name: value for name, value in (request | asked).items() if name not in ("reach", "needs")}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_search_of_any_objective_can_be_built_again_from_its_last_word(city, objective):
    request = city | objective
    seen = []
    whole = plan_workstations(**request, progress=seen.append)
    last = [milestone for milestone in seen if milestone.open_sites][-1]
    rebuilt = solving._rebuilt(request, replace(last, bound=whole.bound), "time_limit")
    assert rebuilt.objective == pytest.approx(last.objective, abs=1e-6)
    assert verify_plan(rebuilt, request["reach"], request["needs"], **told(request)) == []
    with pytest.raises(NotSolved):
        solving._rebuilt(request, replace(last, open_sites=()), "time_limit")


def test_a_plan_that_is_built_again_is_proven_only_where_its_bound_says_so(city):
    plan = plan_workstations(**city)
    last = Milestone(1.0, plan.objective, plan.bound, "cuts", tuple(plan.open_sites))
    proven = solving._rebuilt(city, last, "time_limit")
    assert (proven.status, proven.stop_reason, proven.gap) == ("optimal", "proven", 0)
    stopped = solving._rebuilt(city, replace(last, bound=plan.bound + 2), "time_limit")
    assert (stopped.status, stopped.stop_reason, stopped.bound) == ("feasible", "time_limit", plan.bound + 2)
    assert stopped.gap == pytest.approx(2 / plan.objective)


def test_milestones_of_every_objective_are_in_its_own_measure(city):
    for objective in OBJECTIVES[1:]:
        plan = plan_workstations(**(city | objective))
        values = [milestone.objective for milestone in plan.history if not np.isnan(milestone.objective)]
        assert all(value <= 20 for value in values), objective


def test_a_plan_comes_with_its_reasons_and_choices_stand_on_it(city):
    solved = solving.solve_here(dict(city), solving.Choices(7, 2, robustness=True), 30.0, quiet, lambda: False)
    opened = tuple(solved.plan.open_sites.tolist())
    assert sorted(solved.order["site"]) == list(opened)
    assert sorted(solved.closed["site"]) == sorted(set(range(20)) - set(opened))
    assert solved.opened["site"].tolist() == list(opened)
    assert (solved.opened["removal_loss"] == solved.opened["removal_loss_at_least"]).all()
    at_five = solved.frontier.set_index("n_sites").loc[5]
    assert (at_five["objective"], at_five["bound"]) == (solved.plan.objective, solved.plan.bound)
    assert solved.alternatives["open_sites"].iloc[0] == opened
    marked = solved.robustness.sites
    assert set(marked.loc[marked["in_base"], "site"]) <= set(opened)
    assert solved.robustness.variations["open_sites"].iloc[0] == opened


def test_a_frontier_in_no_time_at_all_never_falls_nor_contradicts_the_plan(city):
    plan = plan_workstations(**city)
    asked = told(city)
    points = frontier(city["reach"], city["needs"], 8, plan=plan, time_limit_s=1e-6, **asked)
    values = points["objective"].to_numpy()
    assert (np.diff(values[4:]) >= 0).all()
    assert (values[4:] >= plan.objective).all()
    assert (points["bound"] >= points["objective"]).all()
    assert (points.loc[:4, "bound"] <= plan.bound).all()


def test_a_worse_plan_gives_way_to_the_frontiers_point_of_as_many(city):
    plan = plan_workstations(**city)
    worse = replace(plan, status="feasible", stop_reason="time_limit", objective=plan.objective - 3)
    point = {"n_sites": 5, "objective": plan.objective, "bound": plan.bound, "open_sites": tuple(plan.open_sites)}
    better = solving._no_worse(worse, pd.DataFrame([point]), city)
    assert (better.status, better.objective) == ("optimal", plan.objective)
    assert solving._no_worse(plan, pd.DataFrame([point]), city) is plan


def test_robustness_tests_the_sites_of_the_plan_that_is_shown(city):
    other = plan_workstations(**(city | {"forbidden_sites": plan_workstations(**city).open_sites[:2]}))
    shown = replace(other, status="feasible")
    found = robustness(city["reach"], city["needs"], plan=shown, scenarios=[], **told(city))
    assert found.sites["site"].tolist() == shown.open_sites.tolist()


def test_a_gap_that_was_asked_for_is_not_called_proven(city):
    plan = plan_workstations(**(city | {"gap": 0.9}))
    assert plan.objective < plan.bound
    assert plan.stop_reason == "gap"
    assert plan_workstations(**(city | {"gap": 0})).stop_reason == "proven"


@pytest.mark.parametrize(("years", "robust", "told"), [((1, 3), "worst", 2), ((1, 3), None, 1), ((), "worst", 1)])
def test_each_plan_over_stages_has_the_whole_time_and_none_is_begun_after_a_stop(monkeypatch, years, robust, told):
    asked, begun, stopped = PlanParameters(stations=3, years=years, robust=robust), [], []

    def linked(request, parameters, plan, time_limit_s, should_stop):
        begun.append((parameters, time_limit_s, should_stop))
        return SimpleNamespace(stages=("one", "two"))

    def on_sites(stage, plan, time_limit_s):
        return SimpleNamespace(objective=(stage, plan, time_limit_s))

    for name, given in (("years_linked", linked), ("scenarios_linked", linked), ("on_sites", on_sites)):
        monkeypatch.setattr(stages, name, given)
    plain = solving._stages("plan", {}, asked, 7.0, lambda: bool(stopped))
    assert [each[:2] for each in begun] == [(asked, 7.0)] * told
    assert ("years" in plain, "scenarios" in plain) == (bool(years), robust is not None)
    if robust:
        assert plain["of_plan"] == [("one", "plan", solving.REBUILD_S), ("two", "plan", solving.REBUILD_S)]
    assert solving._stages("plan", {}, None, 7.0, lambda: False) == {}
    stopped.append(True)
    assert solving._stages("plan", {}, asked, 7.0, lambda: bool(stopped)) == {}
    assert len(begun) == told


def test_the_order_of_opening_has_three_tenths_of_the_time_for_reasons(city, monkeypatch):
    limits = []

    def order(*_, time_limit_s, **__):
        limits.append(time_limit_s)
        raise TimeoutError

    plan = plan_workstations(**city)
    monkeypatch.setattr("ipps_geo.siting.choices.frontier.opening_order", order)
    with pytest.raises(TimeoutError):
        solving._reasons(plan, city, 1000.0, lambda: False)
    assert 200 < limits[0] <= 300


@pytest.mark.parametrize(("status", "order"), [("optimal", "order"), ("infeasible", None), ("no_solution", None)])
def test_under_wishes_a_plan_has_its_order_of_opening_and_none_has_none(city, monkeypatch, status, order):
    ruled = SimpleNamespace(plan=SimpleNamespace(status=status))
    monkeypatch.setattr("ipps_geo.siting.workstations.ruled.plan_under_wishes", lambda **_: ruled)
    monkeypatch.setattr("ipps_geo.siting.choices.frontier.opening_order", lambda *_, **__: "order")
    solved = solving._under_wishes(city, None, 10.0, 1.0, quiet, lambda: False)
    assert (solved.plan, solved.ruled, solved.order) == (ruled.plan, ruled, order)


def test_whoever_does_the_choices_they_are_the_same(city):
    asked = solving.Choices(4, 3, robustness=True)
    alone = solving.solve_here(dict(city), asked, 30.0, quiet, lambda: False)
    shared = solving.solve_here(dict(city), asked, 30.0, quiet, lambda: False, workforce=Workforce(workers=2))
    for name in ("frontier", "alternatives"):
        one, other = (getattr(each, name).drop(columns="seconds", errors="ignore") for each in (alone, shared))
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    pd.testing.assert_frame_equal(alone.robustness.variations, shared.robustness.variations, check_exact=True)
    pd.testing.assert_frame_equal(alone.robustness.sites, shared.robustness.sites, check_exact=True)
