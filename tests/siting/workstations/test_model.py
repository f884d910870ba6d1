"""plan_workstations against brute force: every subset of sites, every roster by an independent integer program."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from ipps_geo.reach import Reach
from ipps_geo.siting import SitePlan, plan_workstations
from ipps_geo.siting.workstations import worst_unit
from ipps_geo.siting.workstations.request import policy_request
from ipps_geo.siting.workstations.unit_floors import Level, UnitFloors

pytestmark = pytest.mark.slow(planted=True)


class Case:
    """A small instance: who reaches whom, needs and the rest drawn from a seed."""

    def __init__(self, seed: int, n: int = 26, m: int = 6) -> None:
        random = np.random.default_rng(seed)
        self.n, self.m, self.random = n, m, random
        self.covers = random.random((n, m)) < random.uniform(0.2, 0.6)
        self.needs = random.choice([1, 0, -1], size=n, p=[0.5, 0.35, 0.15]).astype(np.int8)
        self.weights = random.integers(0, 4, n).astype(float)
        self.costs = random.integers(1, 6, m).astype(float)
        self.units = random.integers(0, 2, m)
        self.demand_units = random.integers(0, 2, n)

    @property
    def reach(self) -> Reach:
        return Reach.from_costs(np.where(self.covers, 1.0, np.nan), 1.0)


def best_rosters(
    case: Case,
    sites: tuple[int, ...],
    *,
    min_roster: int,
    share: tuple[int, int] = (3, 5),
    weights: np.ndarray | None = None,
    capacity: int | None = None,
    rosters: dict[int, tuple[int, int]] | None = None,
    units: np.ndarray | None = None,
    must_fill: bool = True,
) -> float | None:
    """Best objective with exactly these sites open, row by row; None when their rosters cannot hold.

    With ``units`` the objective is the served share of the worst unit.
    """
    if not sites:
        return 0.0
    num, den = share
    pairs = [(i, j) for i in range(case.n) for j in sites if case.covers[i, j]]
    width = len(pairs) + 1
    worth = np.ones(case.n) if weights is None else weights
    objective = np.zeros(width)
    constraints = []

    def row(values: dict[int, float], low: float, high: float) -> None:
        line = np.zeros(width)
        for k, value in values.items():
            line[k] += value
        constraints.append(LinearConstraint(line[None, :], low, high))

    for i in range(case.n):
        row({k: 1.0 for k, (a, _) in enumerate(pairs) if a == i}, -np.inf, 1)
    for j in sites:
        members, with_need = (rosters or {}).get(j, (0, 0))
        mine = [k for k, (_, b) in enumerate(pairs) if b == j]
        limit = np.inf if capacity is None else capacity - members
        row(dict.fromkeys(mine, 1.0), min_roster - members, limit)
        row(
            {k: float(den * (case.needs[pairs[k][0]] == 1) - num) for k in mine},
            -(den * with_need - num * members),
            np.inf,
        )
    if units is None:
        for k, (i, _) in enumerate(pairs):
            objective[k] = worth[i]
    else:
        objective[-1] = 1.0
        for unit in np.unique(units):
            total = worth[units == unit].sum()
            if total > 0:
                values = {k: worth[i] / total for k, (i, _) in enumerate(pairs) if units[i] == unit}
                row({**values, width - 1: -1.0}, 0.0, np.inf)
    solved = milp(-objective, constraints=constraints, bounds=Bounds(0, 1), integrality=np.r_[np.ones(width - 1), 0])
    if solved.x is None:
        return None
    # The solver's own sum of its nearly integer values is off in the last digit.
    return float(objective @ np.r_[solved.x[:-1].round(), solved.x[-1]])


def brute_force(case: Case, allowed: Any, **options: Any) -> float | None:
    """Best objective over all sets of sites with ``allowed(set)``; those that cannot be better are skipped."""
    sizes = range(case.m + 1)
    sets = [sites for size in sizes for sites in itertools.combinations(range(case.m), size) if allowed(sites)]
    ceilings = [ceiling(case, sites, options.get("weights"), options.get("units")) for sites in sets]
    best = None
    for k in np.argsort(-np.array(ceilings), kind="stable"):
        if best is not None and ceilings[k] <= best:
            break
        value = best_rosters(case, sets[k], **options)
        if value is not None and (best is None or value > best):
            best = value
    return best


def ceiling(case: Case, sites: tuple[int, ...], weights: np.ndarray | None, units: np.ndarray | None) -> float:
    """What a set of sites reaches: its weight, or the share of the unit that it reaches least of."""
    worth = np.ones(case.n) if weights is None else weights
    reached = worth * case.covers[:, list(sites)].any(axis=1)
    if units is None:
        return float(reached.sum())
    shares = [reached[units == u].sum() / worth[units == u].sum() for u in np.unique(units) if worth[units == u].any()]
    return float(min(shares, default=1.0))


def check(
    case: Case, plan: SitePlan, *, min_roster: int, share: tuple[int, int] = (3, 5), capacity: float = np.inf,
    rosters: dict[int, tuple[int, int]] | None = None,
) -> None:  # fmt: skip
    """The plan keeps every rule, row by row."""
    served = np.flatnonzero(plan.assignment >= 0)
    assert case.covers[served, plan.assignment[served]].all()
    assert set(plan.assignment[served].tolist()) <= set(plan.open_sites.tolist())
    for j in plan.open_sites.tolist():
        members, with_need = (rosters or {}).get(j, (0, 0))
        mine = plan.assignment == j
        members += int(mine.sum())
        with_need += int((case.needs[mine] == 1).sum())
        assert min_roster <= members <= capacity
        assert share[1] * with_need >= share[0] * members
    assert plan.bound >= plan.objective
    assert list(plan.open_sites) == sorted(plan.open_sites)


seeds = st.integers(0, 2**31)


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(0, 4), st.integers(0, 8), st.sampled_from([(3, 5), (1, 2), (1, 1), (0, 1), (2, 3)]))
def test_plain_plans_are_optimal(seed: int, n_sites: int, min_roster: int, share: tuple[int, int]) -> None:
    case = Case(seed)
    plan = plan_workstations(case.reach, case.needs, n_sites=n_sites, min_roster=min_roster, need_share=share, gap=0)
    expected = brute_force(case, lambda s: len(s) <= n_sites, min_roster=min_roster, share=share)
    assert plan.status == "optimal"
    assert plan.objective == expected == (plan.assignment >= 0).sum()
    assert len(plan.open_sites) <= n_sites
    check(case, plan, min_roster=min_roster, share=share)


@settings(max_examples=12, deadline=None)
@given(seeds, st.integers(1, 4), st.integers(0, 6), st.integers(4, 12))
def test_weights_and_capacity(seed: int, n_sites: int, min_roster: int, capacity: int) -> None:
    case = Case(seed)
    plan = plan_workstations(
        case.reach, case.needs, n_sites=n_sites, min_roster=min_roster, weights=case.weights, capacity=capacity, gap=0
    )
    expected = brute_force(
        case, lambda s: len(s) <= n_sites, min_roster=min_roster, weights=case.weights, capacity=capacity
    )
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(expected)
    assert plan.objective == pytest.approx(case.weights[plan.assignment >= 0].sum())
    check(case, plan, min_roster=min_roster, capacity=capacity)


@settings(max_examples=12, deadline=None)
@given(seeds, st.integers(0, 14), st.integers(0, 6), st.integers(1, 5) | st.none())
def test_budget(seed: int, budget: int, min_roster: int, n_sites: int | None) -> None:
    case = Case(seed)
    plan = plan_workstations(
        case.reach, case.needs, n_sites=n_sites, min_roster=min_roster, site_costs=case.costs, budget=budget, gap=0
    )
    expected = brute_force(
        case,
        lambda s: case.costs[list(s)].sum() <= budget and (n_sites is None or len(s) <= n_sites),
        min_roster=min_roster,
    )
    assert plan.status == "optimal"
    assert plan.objective == expected
    assert case.costs[plan.open_sites].sum() <= budget
    check(case, plan, min_roster=min_roster)


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(0, 4), st.integers(0, 9), st.integers(0, 2))
def test_required_forbidden_and_units(seed: int, n_sites: int, min_roster: int, per_unit: int) -> None:
    case = Case(seed)
    picks = case.random.permutation(case.m)
    required, forbidden = picks[: seed % 3].tolist(), picks[3 : 3 + seed % 2].tolist()

    def allowed(sites: tuple[int, ...]) -> bool:
        counts = [sum(case.units[j] == u for j in sites) for u in np.unique(case.units)]
        return (
            len(sites) <= n_sites
            and set(required) <= set(sites)
            and not set(forbidden) & set(sites)
            and min(counts) >= per_unit
        )

    plan = plan_workstations(
        case.reach, case.needs, n_sites=n_sites, min_roster=min_roster, required_sites=required,
        forbidden_sites=forbidden, site_units=case.units, min_per_unit=per_unit, gap=0,
    )  # fmt: skip
    expected = brute_force(case, allowed, min_roster=min_roster)
    if expected is None:
        assert plan.status == "infeasible"
        assert plan.stop_reason
        assert len(plan.open_sites) == 0
        return
    assert plan.status == "optimal"
    assert plan.objective == expected
    assert allowed(tuple(plan.open_sites.tolist()))
    check(case, plan, min_roster=min_roster)


@settings(max_examples=12, deadline=None)
@given(seeds, st.integers(0, 3), st.integers(2, 8))
def test_existing_stations_take_in_more(seed: int, n_sites: int, min_roster: int) -> None:
    case = Case(seed)
    existing = case.random.permutation(case.m)[:2].tolist()
    members = case.random.integers(0, 12, 2)
    rosters = {j: (int(n), int(case.random.integers(0, n + 1))) for j, n in zip(existing, members)}
    plan = plan_workstations(
        case.reach, case.needs, n_sites=n_sites, min_roster=min_roster, capacity=15, gap=0,
        existing_sites=existing, existing_rosters=[rosters[j] for j in existing],
    )  # fmt: skip
    expected = brute_force(
        case,
        lambda s: len(set(s) - set(existing)) <= n_sites,
        min_roster=min_roster,
        capacity=15,
        rosters=rosters,
    )
    assert plan.status == "optimal"
    assert plan.objective == expected
    assert len(set(plan.open_sites.tolist()) - set(existing)) <= n_sites
    check(case, plan, min_roster=min_roster, capacity=15, rosters=rosters)


@settings(max_examples=12, deadline=None)
@given(seeds, st.integers(0, 22), st.integers(0, 7))
def test_fewest_stations_for_a_target(seed: int, target: int, min_roster: int) -> None:
    case = Case(seed, n=20, m=5)
    plan = plan_workstations(
        case.reach, case.needs, objective="fewest_sites", target=target, min_roster=min_roster, gap=0
    )
    exactly = [brute_force(case, lambda s, p=p: len(s) == p, min_roster=min_roster) for p in range(case.m + 1)]
    enough = [p for p in range(case.m + 1) if exactly[p] is not None and exactly[p] >= target]
    if not enough:
        assert plan.status == "infeasible"
        assert "target" in plan.stop_reason
        return
    assert plan.status == "optimal"
    assert plan.objective == plan.bound == enough[0] == len(plan.open_sites)
    assert (plan.assignment >= 0).sum() >= target


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seeds, st.integers(1, 3), st.integers(0, 6), st.booleans())
def test_worst_unit(monkeypatch: pytest.MonkeyPatch, seed: int, n_sites: int, min_roster: int, large: bool) -> None:
    case = Case(seed, n=18, m=5)
    with monkeypatch.context() as patch:
        if large:  # take the way of large programs
            patch.setattr(worst_unit, "_WHOLE_PAIRS", 0)
            patch.setattr(worst_unit, "_FLOOR_PAIRS", 0)
        plan = worst_unit_plan(case, n_sites, min_roster)
    expected = brute_force(case, lambda s: len(s) <= n_sites, min_roster=min_roster, units=case.demand_units)
    served = plan.assignment >= 0
    shares = [served[case.demand_units == u].mean() for u in np.unique(case.demand_units)]
    assert plan.objective == pytest.approx(min(shares))
    assert plan.objective - 1e-6 <= expected <= plan.bound + 1e-6
    if not large:
        assert plan.objective == pytest.approx(expected, abs=1e-6)
    check(case, plan, min_roster=min_roster)


def worst_unit_plan(case: Case, n_sites: int, min_roster: int) -> SitePlan:
    return plan_workstations(
        case.reach, case.needs, n_sites=n_sites, min_roster=min_roster, objective="worst_unit",
        demand_units=case.demand_units, gap=0,
    )  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(1, 3), st.integers(0, 3))
def test_shares_of_units_are_the_largest_one_after_the_other(seed: int, n_sites: int, min_roster: int) -> None:
    case = Case(seed, n=8, m=4)
    units = np.random.default_rng(seed).choice(["a", "b", "c", "d"], 8)
    plan = plan_workstations(
        case.reach, case.needs, n_sites, min_roster=min_roster, objective="worst_unit", demand_units=units, gap=0
    )
    code = np.unique(units, return_inverse=True)[1]

    def shares(assignment: np.ndarray) -> list[float]:
        return sorted((np.bincount(code, weights=assignment >= 0) / np.bincount(code)).tolist())

    best = max(shares(np.array(rosters)) for rosters in every_roster(case, n_sites, min_roster))
    assert shares(plan.assignment) == pytest.approx(best)
    assert plan.proven_units == len(best)


def every_roster(case: Case, n_sites: int, min_roster: int) -> Iterator[tuple[int, ...]]:
    """Every assignment of rows to sites within reach (-1: none) that the rules allow, by going through all."""
    for rosters in itertools.product(*([-1, *np.flatnonzero(row)] for row in case.covers)):
        opened = set(rosters) - {-1}
        members = {j: [case.needs[i] for i, site in enumerate(rosters) if site == j] for j in opened}
        full = all(len(m) >= min_roster and 5 * m.count(1) >= 3 * len(m) for m in members.values())
        if len(opened) <= n_sites and full:
            yield rosters


def test_where_stations_are_too_few_the_fewest_units_go_without_and_the_others_are_served_evenly() -> None:
    # Four villages of one unit each, two stations: (a, b) share a site between them, c and d have one each.
    villages = [[0, 0]] * 10 + [[4, 0]] * 10 + [[50, 0]] * 40 + [[90, 0]] * 6
    reach = Reach.from_points(villages, [[2, 0], [50, 0], [90, 0], [0, 0]], 3)
    units = np.repeat(["a", "b", "c", "d"], [10, 10, 40, 6])
    plan = plan_workstations(
        reach, np.ones(66, int), n_sites=2, min_roster=2, objective="worst_unit", demand_units=units, gap=0
    )
    assert (plan.status, plan.objective, plan.bound) == ("optimal", 0.0, 0.0)
    assert plan.open_sites.tolist() == [0, 1]
    assert (plan.assignment >= 0).sum() == 60
    assert plan.proven_units == 4


def test_a_unit_that_one_more_station_does_not_help_may_be_helped_by_two() -> None:
    # A roster of ten needs all of unit a within reach of site 0; sites 1 to 4 share these among them and reach four of
    # a each, and six of b: one of them beside site 0 is impossible, three of them serve more of a than site 0 alone.
    shared, own = [(j, k) for j in range(1, 5) for k in range(2)], [(j, k) for j in range(1, 5) for k in range(8)]
    first = [[1, *(j == own_j for j in range(1, 5))] for own_j, _ in shared] + [[1, 0, 0, 0, 0]] * 2
    others = [[0, *(j == own_j for j in range(1, 5))] for own_j, _ in own]
    covers = np.array(first + others, dtype=float)
    units = np.array(["a"] * 10 + ["a" if k < 2 else "b" for _, k in own])
    reach = Reach.from_costs(np.where(covers > 0, 1.0, np.nan), 1.0)
    asked = {"n_sites": 4, "min_roster": 10, "demand_units": units}
    program = policy_request(reach, np.ones(len(units), int), asked).program()
    floors = UnitFloors(program, np.array([18.0, 24.0]), np.arange(2))
    found = floors.plan([Level(np.array([11.0, 1.0]), 0)], 20.0, lambda: False)
    assert not found.impossible
    assert (floors.served(found.rosters) >= [11, 1]).all()
    assert floors.plan([Level(np.array([17.0, 1.0]), 0)], 20.0, lambda: False).impossible
