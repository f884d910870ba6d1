"""Wishes of a city: spacing, most in a unit, a least number served per unit, against every set of stations tried."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from ipps_geo.errors import BadInput, Message
from ipps_geo.reach import Reach
from ipps_geo.siting import verify_plan
from ipps_geo.siting.workstations import compact, ruled
from ipps_geo.siting.workstations.compact import Wishes
from ipps_geo.siting.workstations.decay import Decay
from ipps_geo.siting.workstations.ruled import plan_under_wishes

MINIMUM = 3
N, M, UNITS = 26, 6, 3


class City:
    """Demand and sites in a square, units as thirds of it."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.at, self.sites = random.uniform(0, 90, (N, 2)), random.uniform(0, 90, (M, 2))
        self.needs = random.integers(0, 2, N)
        self.reach = Reach.from_points(self.at, self.sites, 30)
        self.near = np.hypot(*(self.at[:, None, :] - self.sites[None, :, :]).transpose(2, 0, 1)) <= 30
        self.unit, self.site_unit = (self.at[:, 0] // 30).astype(int), (self.sites[:, 0] // 30).astype(int)
        self.least = random.integers(0, 9, UNITS)

    def wishes(self, spacing: float, most: int, least: np.ndarray) -> Wishes:
        away = np.hypot(*(self.sites[:, None, :] - self.sites[None, :, :]).transpose(2, 0, 1))
        pairs = np.argwhere(np.triu(away < spacing, 1))
        return Wishes(self.unit, np.asarray(least), pairs, self.site_unit, np.full(UNITS, most))

    def best(self, wishes: Wishes, p: int) -> tuple[int, int] | None:
        """(least shortfall, most served with it) over every set of at most p stations, each by a program of rows."""
        values = []
        for k in range(p + 1):
            for opened in itertools.combinations(range(M), k):
                if wishes.allow(list(opened)):
                    values += self.of_set(wishes, list(opened))
        return min(values, key=lambda value: (value[0], -value[1])) if values else None

    def of_set(self, wishes: Wishes, opened: list[int]) -> list[tuple[int, int]]:
        i, j = np.nonzero(self.near[:, opened]) if opened else (np.zeros(0, int), np.zeros(0, int))
        n, units = len(i), len(wishes.unit_least)
        once = np.zeros((N, n + units))
        once[i, np.arange(n)] = 1
        size, share = np.zeros((len(opened), n + units)), np.zeros((len(opened), n + units))
        size[j, np.arange(n)], share[j, np.arange(n)] = 1, 5 * self.needs[i] - 3
        floor = np.zeros((units, n + units))
        floor[self.unit[i], np.arange(n)] = 1
        floor[np.arange(units), n + np.arange(units)] = 1
        rules = [
            optimize.LinearConstraint(once, -np.inf, 1),
            optimize.LinearConstraint(floor, wishes.unit_least, np.inf),
        ]
        if opened:
            rules += [optimize.LinearConstraint(size, MINIMUM, np.inf), optimize.LinearConstraint(share, 0, np.inf)]
        high = np.append(np.ones(n), wishes.unit_least)
        short = np.append(np.zeros(n), np.ones(units))
        whole = {"integrality": np.ones(n + units), "bounds": optimize.Bounds(0, high)}
        first = optimize.milp(short, constraints=rules, **whole)
        if first.status != 0:
            return []
        kept = optimize.LinearConstraint(short, 0, round(first.fun))
        second = optimize.milp(np.append(-np.ones(n), np.zeros(units)), constraints=[*rules, kept], **whole)
        return [(round(first.fun), round(-second.fun))]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 25.0, 60.0]), st.sampled_from([1, 9]), st.booleans())
def test_every_wish_against_every_set_of_stations(seed: int, spacing: float, most: int, floored: bool) -> None:
    city = City(seed)
    wishes = city.wishes(spacing, most, city.least if floored else np.zeros(UNITS, int))
    rules = {"n_sites": 3, "min_roster": MINIMUM}
    found = plan_under_wishes(city.reach, city.needs, wishes, time_limit_s=60, **rules)
    expected = city.best(wishes, 3)
    assert expected is not None
    assert (int(found.short.sum()), found.plan.objective) == expected
    assert found.plan.status == "optimal"
    assert found.least_shortfall
    assert wishes.allow(found.plan.open_sites)
    assert verify_plan(found.plan, city.reach, city.needs, gap=0, **rules) == []


def test_what_keeps_to_the_wishes_anyway_is_the_plan_without_them() -> None:
    city = City(3)
    wishes = city.wishes(0.0, 9, np.zeros(UNITS, int))
    assert plan_under_wishes(city.reach, city.needs, wishes, n_sites=3, min_roster=MINIMUM).plan.status == "optimal"


def test_required_sites_that_stand_too_near_are_infeasible() -> None:
    reach = Reach.from_points([[0, 0]] * 3 + [[5, 0]] * 3, [[0, 0], [5, 0]], 1)
    wishes = Wishes(np.zeros(6, int), np.zeros(1, int), np.array([[0, 1]]), np.zeros(2, int), np.array([2]))
    found = plan_under_wishes(reach, [1] * 6, wishes, n_sites=2, min_roster=2, required_sites=[0, 1])
    assert found.plan.status == "infeasible"
    assert found.plan.why == Message("siting.infeasible.wishes")


def test_stations_that_are_there_count_in_no_unit_and_help_to_meet_the_least() -> None:
    reach = Reach.from_points([[0, 0]] * 4 + [[50, 0]] * 6, [[0, 0], [50, 0], [0, 0]], 5)
    wishes = Wishes(np.array([0] * 4 + [1] * 6), np.array([4, 0]), np.zeros((0, 2), int), np.array([0, 1, 0]),
                    np.array([0, 1]))  # fmt: skip
    there = {"existing_sites": [2], "existing_rosters": [(3, 3)]}
    found = plan_under_wishes(reach, [1] * 10, wishes, n_sites=1, min_roster=2, **there)
    assert (found.plan.open_sites.tolist(), found.plan.objective, found.short.tolist()) == ([1, 2], 10, [0, 0])


@pytest.mark.parametrize("stop", [True])
def test_a_search_that_is_stopped_has_no_plan_that_breaks_the_wishes(stop: bool) -> None:
    city = City(5)
    wishes = city.wishes(60.0, 1, city.least)
    found = plan_under_wishes(
        city.reach, city.needs, wishes, n_sites=3, min_roster=MINIMUM, should_stop=lambda: stop, time_limit_s=5
    )
    assert found.plan.status == "no_solution" or wishes.allow(found.plan.open_sites)


def test_where_time_ends_the_stations_of_the_least_shortfall_serve_as_many_as_they_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reach = Reach.from_points([[0, 0]] * 9 + [[50, 0]] * 6, [[0, 0], [50, 0]], 5)
    wishes = Wishes(np.array([0] * 9 + [1] * 6), np.array([0, 2]), np.zeros((0, 2), int), np.zeros(2, int),
                    np.array([9]))  # fmt: skip
    solve = compact.maximise

    def only_the_first(objective, *given, **named):  # the search for better stations finds nothing in time
        whole = named["time_limit_s"] != ruled._FILL_S and (objective > 0).any()
        return (
            compact.Solved("unknown", np.zeros(0), -np.inf, np.inf, np.zeros(0))
            if whole
            else solve(objective, *given, **named)
        )

    monkeypatch.setattr(compact, "maximise", only_the_first)
    found = plan_under_wishes(reach, [1] * 15, wishes, n_sites=1, min_roster=2)
    assert (found.plan.status, found.plan.open_sites.tolist(), found.plan.objective) == ("feasible", [1], 6)
    assert (found.short.tolist(), found.least_shortfall) == ([0, 0], True)


class NearCity(City):
    """The same, where whom a station serves from afar counts less."""

    def of_set(self, wishes: Wishes, opened: list[int]) -> list[tuple[int, float]]:
        """(0, most worth) of a set by a program of one column for each enterprise and station."""
        if not opened:
            return [(0, 0.0)]
        i, j = np.nonzero(self.near[:, opened])
        away = np.hypot(*(self.at[i] - self.sites[np.array(opened)[j]]).T)
        worth = self.weights[i] * np.select([away <= 10, away <= 20], [1.0, 0.5], default=0.1)
        once, size, share = np.zeros((N, len(i))), np.zeros((len(opened), len(i))), np.zeros((len(opened), len(i)))
        once[i, np.arange(len(i))] = 1
        size[j, np.arange(len(i))], share[j, np.arange(len(i))] = 1, 5 * self.needs[i] - 3
        rules = [
            optimize.LinearConstraint(once, -np.inf, 1),
            optimize.LinearConstraint(size, MINIMUM, np.inf),
            optimize.LinearConstraint(share, 0, np.inf),
        ]
        solved = optimize.milp(-worth, constraints=rules, integrality=np.ones(len(i)), bounds=optimize.Bounds(0, 1))
        return [(0, -solved.fun)] if solved.status == 0 else []


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 40.0]), st.booleans())
def test_decay_against_every_set_of_stations(seed: int, spacing: float, weighted: bool) -> None:
    city = NearCity(seed)
    city.weights = np.random.default_rng(seed).integers(0, 4, N) if weighted else np.ones(N)
    wishes = city.wishes(spacing, 9, np.zeros(UNITS, int))
    decay = Decay(np.array([10.0, 20.0, 30.0]), np.array([1.0, 0.5, 0.1]))
    found = plan_under_wishes(
        city.reach, city.needs, replace(wishes, decay=decay), n_sites=3, min_roster=MINIMUM, weights=city.weights
    )
    best = city.best(wishes, 3)
    assert best is not None
    assert found.plan.objective == pytest.approx(best[1])
    assert found.plan.status == "optimal"
    rows = np.flatnonzero(found.plan.assignment >= 0)
    away = np.hypot(*(city.at[rows] - city.sites[found.plan.assignment[rows]]).T)
    assert decay.of(away) @ city.weights[rows] == pytest.approx(found.plan.objective)


@pytest.mark.parametrize(
    ("steps", "worths"), [([], []), ([2, 1], [1, 0.5]), ([1, 2], [0.5, 1]), ([1], [2]), ([1], [0])]
)
def test_worths_that_do_not_fall_with_distance_are_refused(steps: list[float], worths: list[float]) -> None:
    with pytest.raises(BadInput):
        Decay(np.array(steps, float), np.array(worths, float))
