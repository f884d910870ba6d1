"""The front of two wishes against every set of stations of a small city."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations, verify_plan
from ipps_geo.siting.choices.two_wishes import FrontPoint, SecondWish, _Program, two_wishes

N, M, P = 40, 7, 3
RULES = {"n_sites": P, "min_roster": 3, "need_share": (0, 1)}


class City:
    """Enterprises and sites in a square; nobody needs to carry anybody, so that any set serves whom it reaches."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.at, self.sites = random.uniform(0, 90, (N, 2)), random.uniform(0, 90, (M, 2))
        self.reach = Reach.from_points(self.at, self.sites, 28)
        self.near = np.zeros((N, M), dtype=bool)
        self.near[self.reach.pairs.nonzero()] = True
        far = random.uniform(0, 90, (60, 2))
        self.people = Reach.from_points(far, self.sites, 20)
        self.covers = np.zeros((60, M), dtype=bool)
        self.covers[self.people.pairs.nonzero()] = True
        self.costs = random.integers(2, 9, M).astype(float)
        self.unit = (self.at[:, 0] // 45).astype(np.int64)
        self.total = np.bincount(self.unit, minlength=2) + 5
        self.listed = np.array([2, 1])
        self.plan = plan_workstations(self.reach, np.ones(N, int), gap=0, **RULES)

    def second(self, kind: str) -> SecondWish:
        return {
            "reach": SecondWish("reach", people=self.people),
            "cost": SecondWish("cost", costs=self.costs),
            "distance": SecondWish("distance"),
            "worst_unit": SecondWish("worst_unit", unit=self.unit, listed=self.listed, total=self.total),
        }[kind]

    def front(self, kind: str) -> list[FrontPoint]:
        second = self.second(kind)
        return two_wishes(self.reach, np.ones(N, int), second, plan=self.plan, points=4, time_limit_s=60, **RULES)

    def sets(self) -> list[tuple[int, float, float]]:
        """(served, newly reached, cost) of every set whose stations can all have a roster of three."""
        found = []
        for k in range(1, P + 1):
            for opened in map(list, itertools.combinations(range(M), k)):
                plan = plan_workstations(
                    self.reach, np.ones(N, int), gap=0, required_sites=opened,
                    forbidden_sites=np.setdiff1d(range(M), opened), **RULES,
                )  # fmt: skip
                if plan.status == "optimal":
                    reached = float(self.covers[:, opened].any(axis=1).sum())
                    found.append((int(plan.objective), reached, float(self.costs[opened].sum())))
        return found


@pytest.fixture(scope="module", params=[1, 2])
def city(request: pytest.FixtureRequest) -> City:
    return City(request.param)


@pytest.mark.parametrize("kind", ["reach", "cost"])
def test_each_point_serves_most_of_all_sets_at_its_level(city: City, kind: str) -> None:
    sets, sign, place = city.sets(), 1 if kind == "reach" else -1, 1 if kind == "reach" else 2
    points = city.front(kind)
    assert len(points) > 1
    for point in points:
        allowed = [values for values in sets if sign * values[place] >= sign * point.level - 1e-9]
        assert point.plan.status == "optimal"
        assert point.plan.objective == point.plan.bound == max(values[0] for values in allowed)
        # and among those the one that goes furthest with the second wish
        as_many = [sign * values[place] for values in sets if values[0] >= point.plan.objective]
        assert sign * point.wish == pytest.approx(max(as_many))


@pytest.mark.parametrize("kind", ["reach", "cost", "distance", "worst_unit"])
def test_points_are_lawful_plans_and_none_is_worse_in_both(city: City, kind: str) -> None:
    points, sign = city.front(kind), city.second(kind).sign
    for point in points:
        assert verify_plan(point.plan, city.reach, np.ones(N, int), gap=0, **RULES) == []
        assert sign * point.wish >= sign * point.level - 1e-6 * abs(point.level)
    served = [point.plan.objective for point in points]
    wishes = [sign * point.wish for point in points]
    assert served == sorted(served, reverse=True)
    assert len(set(served)) == len(served)
    assert wishes == sorted(wishes)
    bounds = [point.plan.bound for point in points]
    assert bounds == sorted(bounds, reverse=True)


def test_the_mean_distance_and_the_worst_share_are_those_of_the_assignment(city: City) -> None:
    point = city.front("distance")[-1]
    rows = np.flatnonzero(point.plan.assignment >= 0)
    away = np.hypot(*(city.at[rows] - city.sites[point.plan.assignment[rows]]).T)
    assert point.wish == pytest.approx(away.mean())
    point = city.front("worst_unit")[-1]
    more = np.bincount(city.unit[point.plan.assignment >= 0], minlength=2)
    assert point.wish == pytest.approx(((city.listed + more) / city.total).min())


def test_levels_of_the_mean_distance_go_down_to_half_of_that_of_the_plan_that_serves_most() -> None:
    program = SimpleNamespace(compact=None, second=SecondWish("distance"))
    assert _Program.furthest(program, None, 1200.0, 1.0) == 600.0
