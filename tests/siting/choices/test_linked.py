"""Years and scenarios against every order and every set of a small city."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations, verify_plan
from ipps_geo.siting.choices.linked import Stage, _Blocks, linked_plan

N, M = 40, 6
RULES: dict[str, Any] = {"min_roster": 4, "need_share": (3, 5)}


class City:
    """Enterprises and sites in a square, and what every set of sites serves at a radius."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.at, self.sites = random.uniform(0, 90, (N, 2)), random.uniform(0, 90, (M, 2))
        self.needs = random.choice([1, 1, 0], N).astype(np.int8)

    def stage(self, name: str, radius: float, n_sites: int) -> Stage:
        return Stage(name, Reach.from_points(self.at, self.sites, radius), self.needs, RULES | {"n_sites": n_sites})

    def served(self, stage: Stage, opened: tuple[int, ...], *, every: bool) -> float | None:
        """What these sites serve; with ``every`` None where they cannot all hold a roster."""
        others = np.setdiff1d(range(M), opened)
        plan = plan_workstations(
            stage.reach, stage.needs, **RULES, n_sites=M, gap=0, forbidden_sites=others,
            required_sites=opened if every else (),
        )  # fmt: skip
        return plan.objective if plan.status == "optimal" else None


@pytest.fixture(scope="module", params=[3, 4])
def city(request: pytest.FixtureRequest) -> City:
    return City(request.param)


def test_the_order_is_the_best_of_all_orders_in_which_stations_stay(city: City) -> None:
    stages = [city.stage("1", 28, 1), city.stage("2", 28, 2), city.stage("3", 28, 4)]
    found = linked_plan(stages, nested=True, time_limit_s=60)
    sets = {}
    for k in range(M + 1):
        for opened in itertools.combinations(range(M), k):
            sets[opened] = city.served(stages[0], opened, every=True)
    lawful = {opened: value for opened, value in sets.items() if value is not None}
    best = max(
        one + two + three
        for a, one in lawful.items() if len(a) <= 1
        for b, two in lawful.items() if len(b) <= 2 and set(a) <= set(b)
        for c, three in lawful.items() if len(c) <= 4 and set(b) <= set(c)
    )  # fmt: skip
    assert found is not None
    assert found.objective == found.bound == best
    assert found.proven
    opened = [set(plan.open_sites.tolist()) for plan in found.plans]
    assert opened[0] <= opened[1] <= opened[2]
    for stage, plan, alone in zip(stages, found.plans, found.alone, strict=True):
        assert verify_plan(plan, stage.reach, stage.needs, **stage.request, gap=0) == []
        assert plan.objective <= alone.objective


@pytest.mark.parametrize("aim", ["expected", "worst"])
def test_one_set_for_all_scenarios_is_the_best_of_all_sets(city: City, aim: Any) -> None:
    stages = [city.stage("short", 20, 2), city.stage("as it is", 28, 2), city.stage("long", 36, 2)]
    found = linked_plan(stages, nested=False, aim=aim, time_limit_s=60)
    values = [
        [city.served(stage, opened, every=False) or 0.0 for stage in stages]
        for opened in itertools.combinations(range(M), 2)
    ]
    best = max(min(value) if aim == "worst" else sum(value) / 3 for value in values)
    assert found is not None
    assert found.objective == pytest.approx(best)
    assert found.bound == pytest.approx(best)
    if aim == "worst":  # of those that are as good in the worst scenario, one that serves most in all
        assert sum(plan.objective for plan in found.plans) <= max(sum(v) for v in values if min(v) >= best)
    for stage, plan in zip(stages, found.plans, strict=True):
        assert verify_plan(plan, stage.reach, stage.needs, **stage.request, gap=0) == []


def test_a_stage_that_no_plan_can_meet_gives_none(city: City) -> None:
    stages = [city.stage("1", 28, 1), Stage("2", *_none(city))]
    assert linked_plan(stages, nested=True, time_limit_s=20) is None


def _none(city: City) -> tuple[Reach, Any, dict[str, Any]]:
    request = RULES | {"n_sites": 2, "min_roster": N + 1, "required_sites": [0]}
    return Reach.from_points(city.at, city.sites, 28), city.needs, request


def test_a_site_that_cannot_hold_a_year_on_is_tied_to_nothing_but_may_not_open() -> None:
    """Sites 3 and 5 in the first year, 5 alone in the second: y of 5 is below y of 5, y of 3 is below nought."""

    def program(sites: list[int]) -> Any:
        inside = SimpleNamespace(site_ids=np.array(sites), counted=np.ones(len(sites), bool))
        return SimpleNamespace(program=inside)

    columns = [{3: 10, 5: 11}, {5: 20}]
    model = SimpleNamespace(nested=True, programs=[program([3, 5]), program([5])], _columns=columns.__getitem__)
    rows, at, values = _Blocks._ties(model, 99)
    assert list(zip(rows, at, values, strict=True)) == [(0, 10, 1), (1, 11, 1), (1, 20, -1)]
