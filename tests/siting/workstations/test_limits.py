"""plan_workstations at its edges: clocks, cancellation, determinism, nothing to do, senseless arguments."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.instances import clustered_instance
from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import Milestone, SitePlan, plan_workstations
from ipps_geo.siting.choices import alternatives, frontier, linked, robustness
from ipps_geo.siting.workstations import lagrangian, model


@pytest.fixture(scope="module")
def city() -> tuple[Reach, np.ndarray]:
    demand_xy, site_xy, needs = clustered_instance(6000, 120, 2)
    return Reach.from_points(demand_xy, site_xy, 3000), needs


@pytest.fixture(scope="module")
def proven(city: tuple[Reach, np.ndarray]) -> SitePlan:
    plan = plan_workstations(city[0], city[1], n_sites=12, gap=0)
    assert plan.status == "optimal"
    return plan


def same(one: SitePlan, other: SitePlan) -> bool:
    return (
        one.objective == other.objective
        and one.bound == other.bound
        and np.array_equal(one.open_sites, other.open_sites)
        and np.array_equal(one.assignment, other.assignment)
    )


def test_every_milestone_brackets_the_optimum(city: tuple[Reach, np.ndarray], proven: SitePlan) -> None:
    told: list[Milestone] = []
    plan = plan_workstations(city[0], city[1], n_sites=12, gap=0, progress=told.append)
    assert plan.history == tuple(told)
    assert len(told) >= 2
    for before, after in pairwise(told):
        assert after.seconds >= before.seconds
        assert after.objective >= before.objective
    for milestone in told:
        assert milestone.objective <= proven.objective <= milestone.bound + 1e-6


@pytest.mark.parametrize("time_limit_s", [0.001, 0.3])
def test_out_of_time_is_never_called_optimal_unproven(
    city: tuple[Reach, np.ndarray], proven: SitePlan, time_limit_s: float
) -> None:
    plan = plan_workstations(city[0], city[1], n_sites=12, gap=0, time_limit_s=time_limit_s)
    assert plan.status in ("feasible", "optimal")
    assert plan.objective <= proven.objective <= plan.bound
    assert (plan.status == "optimal") == (plan.bound == plan.objective)
    if plan.status == "feasible":
        assert plan.stop_reason == "time_limit"
        assert plan.gap > 0


def test_cancelling_keeps_the_best_plan_so_far(city: tuple[Reach, np.ndarray], proven: SitePlan) -> None:
    asked = time.perf_counter()
    plan = plan_workstations(city[0], city[1], n_sites=12, gap=0, should_stop=lambda: True)
    assert plan.stop_reason == "cancelled"
    assert 0 < plan.objective <= proven.objective <= plan.bound
    assert plan.seconds <= time.perf_counter() - asked


@pytest.mark.parametrize("work_limit", [1, 50, 400])
def test_a_work_limit_stops_at_the_same_plan(city: tuple[Reach, np.ndarray], work_limit: int) -> None:
    one, other = (plan_workstations(city[0], city[1], n_sites=12, gap=0, work_limit=work_limit) for _ in range(2))
    assert same(one, other)
    assert one.stop_reason in ("work_limit", "proven")


PROBE = """
import hashlib
from benchmarks.instances import clustered_instance
from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations
demand, sites, needs = clustered_instance(6000, 120, 2)
plan = plan_workstations(Reach.from_points(demand, sites, 3000), needs, n_sites=12, gap=0)
print(plan.objective, plan.bound, plan.open_sites.tolist(), hashlib.sha256(plan.assignment.tobytes()).hexdigest())
"""


def test_threads_share_out_the_scans_and_change_nothing(
    city: tuple[Reach, np.ndarray], proven: SitePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lagrangian, "_WORTH_SHARING", 1)
    assert same(plan_workstations(city[0], city[1], n_sites=12, gap=0, threads=3), proven)


def test_no_clock_runs_while_kernels_are_compiled(
    city: tuple[Reach, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "compile_kernels", lambda: time.sleep(0.4))
    short = plan_workstations(city[0], city[1], n_sites=2, time_limit_s=0.3)
    assert short.status in ("optimal", "feasible")


class Compiled(Exception):
    """The kernels would be compiled now."""


@pytest.mark.parametrize(
    ("room", "asked"),
    [
        (alternatives, lambda reach, needs: alternatives.alternatives(reach, needs, 2, n_sites=1)),
        (frontier, lambda reach, needs: frontier.frontier(reach, needs, 2)),
        (robustness, lambda reach, needs: robustness.robustness(reach, needs, n_sites=1)),
        (linked, lambda _reach, _needs: linked.linked_plan([], nested=True)),
    ],
)
def test_kernels_are_compiled_before_any_choice_looks_at_a_clock(city, monkeypatch, room, asked) -> None:
    def compiled() -> None:
        raise Compiled

    monkeypatch.setattr(room, "compile_kernels", compiled)
    for clock in ("time", "Watch"):  # each module has the one or the other
        monkeypatch.setattr(room, clock, None, raising=False)
    with pytest.raises(Compiled):
        asked(*city)


def test_the_same_plan_in_every_process(proven: SitePlan) -> None:
    answers = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", PROBE]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        answers.add(done.stdout)
    assert len(answers) == 1
    assert answers.pop().startswith(f"{proven.objective} {proven.bound} {proven.open_sites.tolist()}")


def test_shuffled_rows_and_renumbered_sites_are_worth_the_same(
    city: tuple[Reach, np.ndarray], proven: SitePlan
) -> None:
    reach, needs = city
    random = np.random.default_rng(0)
    rows, sites = random.permutation(reach.n_demand), random.permutation(reach.n_sites)
    shuffled = plan_workstations(reach.select(demand=rows), needs[rows], n_sites=12, gap=0)
    assert shuffled.objective == proven.objective
    assert shuffled.open_sites.tolist() == proven.open_sites.tolist()
    renumbered = plan_workstations(reach.select(sites=sites), needs, n_sites=12, gap=0)
    assert renumbered.objective == proven.objective
    listed = plan_workstations(Reach.from_costs(reach.pairs, reach.limit), needs, n_sites=12, gap=0)
    assert same(listed, proven)


def test_more_stations_never_serve_fewer(city: tuple[Reach, np.ndarray]) -> None:
    served = [plan_workstations(city[0], city[1], n_sites=p, gap=0).objective for p in (0, 1, 4, 9)]
    assert served == sorted(served)
    assert served[0] == 0


def test_a_binding_roster_minimum_keeps_plans_sound_and_bounds_valid(city: tuple[Reach, np.ndarray]) -> None:
    reach, needs = city
    free = plan_workstations(reach, needs, n_sites=18, min_roster=0, gap=0)
    plan = plan_workstations(reach, needs, n_sites=18, min_roster=120, work_limit=500)
    assert 0.9 * plan.bound < plan.objective <= plan.bound <= free.objective + 1
    assert plan.objective < free.objective
    sizes = np.bincount(plan.assignment[plan.assignment >= 0], minlength=reach.n_sites)
    assert len(plan.open_sites) <= 18
    assert (sizes[plan.open_sites] >= 120).all()


def nothing_served(plan: SitePlan) -> bool:
    return plan.status == "optimal" and plan.objective == 0 == plan.bound and (plan.assignment == -1).all()


def test_nothing_to_do() -> None:
    far = Reach.from_points(np.full((60, 2), 9e5), np.zeros((3, 2)), 3000)
    here = Reach.from_points(np.zeros((60, 2)), np.zeros((3, 2)), 3000)
    yes = np.ones(60, np.int8)
    assert nothing_served(plan_workstations(Reach.from_points([], [[0, 0]], 5), [], n_sites=2))
    assert nothing_served(plan_workstations(Reach.from_points([[0, 0]], [], 5), [1], n_sites=2))
    assert nothing_served(plan_workstations(far, yes, n_sites=2))
    assert nothing_served(plan_workstations(here, yes, n_sites=0))
    assert nothing_served(plan_workstations(here, np.full(60, -1), n_sites=2)), "unknown needs count as none"
    assert nothing_served(plan_workstations(here, yes, n_sites=2, forbidden_sites=[0, 1, 2]))
    assert nothing_served(plan_workstations(here.select(demand=np.arange(49)), yes[:49], n_sites=2))


def test_duplicates_and_more_stations_than_sites() -> None:
    here = Reach.from_points(np.zeros((120, 2)), np.zeros((3, 2)), 3000)
    plan = plan_workstations(here, np.ones(120), n_sites=99)
    assert plan.status == "optimal"
    assert plan.objective == 120
    assert 1 <= len(plan.open_sites) <= 2, "three stations of fifty do not fit into 120"
    weightless = plan_workstations(here, np.ones(120), n_sites=2, weights=np.zeros(120))
    assert weightless.status == "optimal"
    assert weightless.objective == 0


@pytest.mark.parametrize("weights", [[1e9], [7e15, 1e15], [1e-12, 3e-12], [1e300], [0.1, 0.7], [1, 10**12 + 1]])
def test_the_unit_of_the_weights_changes_nothing(weights: list[float]) -> None:
    random = np.random.default_rng(4)
    reach = Reach.from_points(random.uniform(0, 9000, (200, 2)), random.uniform(0, 9000, (9, 2)), 3000)
    needs, weight = random.choice([1, 0], 200, p=[0.7, 0.3]), random.choice(weights, 200)
    most = weight.max()
    told: list[Milestone] = []
    plan = plan_workstations(reach, needs, 2, weight, min_roster=9, gap=0, progress=told.append)
    small = plan_workstations(reach, needs, 2, weight / most, min_roster=9, gap=0)
    assert plan.status == small.status == "optimal"
    assert plan.objective == pytest.approx(small.objective * most, rel=1e-9)
    assert told[-1].objective == pytest.approx(plan.objective, rel=1e-9)
    target = {"objective": "fewest_sites", "min_roster": 9, "target": plan.objective * (1 - 1e-9)}
    assert plan_workstations(reach, needs, weights=weight, **target).objective == len(plan.open_sites)


def test_an_existing_station_counts_in_its_unit_whatever_it_takes_in() -> None:
    here = Reach.from_points(np.zeros((3, 2)), np.zeros((2, 2)), 3000)
    stations = {"existing_sites": [0], "existing_rosters": [[1, 0]], "site_units": ["a", "b"]}
    plan = plan_workstations(here, [1, 1, 1], 1, min_roster=3, min_per_unit={"a": 1}, **stations)
    assert (plan.status, plan.objective) == ("optimal", 3)
    short = plan_workstations(here, [1, 1, 1], 1, min_roster=3, min_per_unit={"a": 2}, **stations)
    assert short.status == "infeasible"
    assert "unit a needs 2, 1 exist" in short.stop_reason
    empty = Reach.from_points(np.zeros((0, 2)), np.zeros((2, 2)), 3000)
    stands = plan_workstations(empty, [], 1, min_roster=0, min_per_unit={"b": 1}, **stations)
    assert (stands.status, stands.open_sites.tolist()) == ("optimal", [1])


def test_the_worst_unit_is_proven_without_a_gap() -> None:
    random = np.random.default_rng(0)
    reach = Reach.from_points(random.uniform(0, 9000, (40, 2)), random.uniform(0, 9000, (5, 2)), 3000)
    plan = plan_workstations(
        reach, np.ones(40), 2, min_roster=2, gap=0, objective="worst_unit", demand_units=["x", None] * 20
    )
    assert (plan.status, plan.bound) == ("optimal", pytest.approx(plan.objective, abs=1e-9))


def test_infeasible_plans_say_why() -> None:
    here = Reach.from_points(np.zeros((120, 2)), np.zeros((3, 2)), 3000)
    yes = np.ones(120, np.int8)
    cases = [
        ({"n_sites": 1, "required_sites": [0, 1]}, "required_sites: 2 required, n_sites 1"),
        ({"n_sites": 3, "required_sites": [0, 1, 2]}, "required_sites"),
        ({"n_sites": 3, "required_sites": [0], "min_roster": 121}, "site 0 is short by 1"),
        ({"n_sites": 3, "site_units": [1, 1, 2], "min_per_unit": {2: 2}}, "unit 2 needs 2, 1 exist or are candidates"),
        ({"n_sites": 3, "site_units": [1, 1, 2], "min_per_unit": {7: 1}}, "unit 7 needs 1, 0 exist or are candidates"),
        ({"n_sites": 1, "site_units": [1, 1, 2], "min_per_unit": 1}, "2 new sites needed"),
        ({"site_costs": [4, 1, 1], "budget": 3, "required_sites": [0]}, "budget"),
        ({"objective": "fewest_sites", "target": 121}, "target: at most 120 of 121"),
    ]
    for arguments, reason in cases:
        plan = plan_workstations(here, yes, **arguments)
        assert plan.status == "infeasible"
        assert reason in plan.stop_reason
        assert len(plan.open_sites) == 0
        assert np.isnan(plan.objective)
        assert plan.gap == np.inf


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"n_sites": -1},
        {"n_sites": 2.5},
        {"n_sites": 2, "needs": [1, 0]},
        {"n_sites": 2, "needs": [2, 0, 1]},
        {"n_sites": 2, "weights": [1, -1, 1]},
        {"n_sites": 2, "weights": [1, np.nan, 1]},
        {"n_sites": 2, "need_share": (6, 5)},
        {"n_sites": 2, "need_share": (3, 0)},
        {"n_sites": 2, "capacity": [1, 2, 3]},
        {"n_sites": 2, "capacity": -1},
        {"n_sites": 2, "budget": 5},
        {"n_sites": 2, "required_sites": [2]},
        {"n_sites": 2, "required_sites": [0], "forbidden_sites": [0]},
        {"n_sites": 2, "existing_sites": [0]},
        {"n_sites": 2, "existing_sites": [0], "existing_rosters": [(5, 6)]},
        {"n_sites": 2, "min_per_unit": 1},
        {"n_sites": 2, "objective": "most"},
        {"n_sites": 2, "target": 5},
        {"objective": "fewest_sites"},
        {"n_sites": 2, "objective": "worst_unit"},
        {"n_sites": 2, "demand_units": [1, 1, 1]},
        {"n_sites": 2, "time_limit_s": 0},
        {"n_sites": 2, "gap": -1},
        {"n_sites": 2, "threads": 0},
    ],
)
def test_senseless_arguments_are_refused(arguments: dict) -> None:
    reach = Reach.from_costs(np.ones((3, 2)), 1)
    needs = arguments.pop("needs", [1, 0, -1])
    with pytest.raises(BadInput):
        plan_workstations(reach, needs, **arguments)
