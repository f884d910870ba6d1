"""The frontier and the order of opening, against programs that know nothing of either."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations
from ipps_geo.siting.choices.frontier import frontier, opening_order
from ipps_geo.siting.program_solver import solve_problem
from ipps_geo.siting.programs import policy_program

RULES = {"min_roster": 3, "need_share": (3, 5)}


def city(seed: int, n: int = 30, m: int = 6) -> tuple[Reach, np.ndarray]:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(0, 100, (n, 2)), random.uniform(0, 100, (m, 2)), 25)
    return reach, random.integers(-1, 2, n)


def value_of(reach: Reach, needs: np.ndarray, opened: tuple[int, ...]) -> float:
    """What exactly these stations serve, each with a roster of its own; nan when they cannot all hold one."""
    closed = np.setdiff1d(np.arange(reach.n_sites), opened)
    answer = solve_problem(policy_program(reach, needs, required_sites=opened, forbidden_sites=closed, **RULES).problem)
    return answer.objective


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_every_point_is_the_optimum_of_its_program(seed: int) -> None:
    reach, needs = city(seed)
    table = frontier(reach, needs, 4, **RULES, gap=0)
    for row in table.itertuples():
        answer = solve_problem(policy_program(reach, needs, n_sites=row.n_sites, **RULES).problem)
        assert row.objective == pytest.approx(answer.objective)
        assert row.status == "optimal"
        assert row.bound >= row.objective
        assert value_of(reach, needs, row.open_sites) == pytest.approx(row.objective)
        assert len(row.open_sites) <= row.n_sites
    assert (table["gain"] >= 0).all()
    assert table["gain"].sum() == table["objective"].iloc[-1]
    assert table["bound"].is_monotonic_increasing


def test_changes_between_points_are_listed() -> None:
    # The middle site reaches both villages, so that it is best alone and useless beside the other two.
    villages = [[0, 0]] * 6 + [[20, 0]] * 6 + [[-9, 0]] * 2 + [[29, 0]] * 2
    reach = Reach.from_points(villages, [[0, 0], [20, 0], [10, 0]], 10)
    table = frontier(reach, [1] * 16, 3, min_roster=3)
    assert table["open_sites"].tolist() == [(2,), (0, 1), (0, 1)]
    assert (table.loc[1, "added"], table.loc[1, "dropped"]) == ((0, 1), (2,))
    assert table["gain"].tolist() == [12, 4, 0]


def test_numbers_below_what_is_required_are_infeasible_and_say_so() -> None:
    reach = Reach.from_points([[0, 0]] * 5 + [[9, 0]] * 5, [[0, 0], [9, 0]], 3)
    table = frontier(reach, [1] * 10, 2, min_roster=3, site_units=["a", "b"], min_per_unit=1)
    assert table["status"].tolist() == ["infeasible", "optimal"]
    assert table["stop_reason"].iloc[0].startswith("n_sites: 2 needed")
    assert math.isnan(table["gain"].iloc[1])
    none = frontier(reach, [1] * 10, 2, min_roster=6, required_sites=[0])
    assert none["status"].tolist() == ["infeasible"] * 2
    assert "required_sites" in none["stop_reason"].iloc[0]


def test_no_time_is_never_a_proof() -> None:
    random = np.random.default_rng(1)
    reach = Reach.from_points(random.uniform(0, 2000, (4000, 2)), random.uniform(0, 2000, (60, 2)), 300)
    table = frontier(reach, random.integers(0, 2, 4000), 6, min_roster=50, time_limit_s=1e-9)
    unproven = table[table["status"] != "optimal"]
    assert len(unproven) > 0
    assert (unproven["stop_reason"] == "time_limit").all()
    assert not (table["bound"] < table["objective"]).any()


def test_a_stopped_frontier_and_a_progress_report() -> None:
    reach, needs = city(2)
    seen: list[int] = []
    frontier(reach, needs, 3, **RULES, progress=lambda n, point: seen.append(n), should_stop=lambda: True)
    assert seen == [1, 2, 3]
    with pytest.raises(BadInput, match="up_to"):
        frontier(reach, needs, 0)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_each_step_of_the_opening_order_is_the_best_next_step(seed: int) -> None:
    reach, needs = city(seed)
    plan = plan_workstations(reach, needs, n_sites=3, **RULES)
    order = opening_order(plan, reach, needs, **RULES)
    assert sorted(order["site"]) == plan.open_sites.tolist()
    if len(order):
        assert order["served"].iloc[-1] == plan.objective
    for row in order.itertuples():
        prefix = tuple(order["site"][: row.rank])
        assert row.served == pytest.approx(value_of(reach, needs, prefix))
    # The first station is the best alone, up to the fraction of a member that the ranking disregards.
    alone = [value_of(reach, needs, (site,)) for site in plan.open_sites]
    if alone:
        assert order["served"].iloc[0] >= max(alone) - 1


def test_the_result_does_not_depend_on_the_order_of_the_rows() -> None:
    reach, needs = city(11)
    shuffle = np.random.default_rng(0).permutation(reach.n_demand)
    first = frontier(reach, needs, 4, **RULES)
    second = frontier(reach.select(demand=shuffle), needs[shuffle], 4, **RULES)
    columns = ["n_sites", "status", "objective", "bound", "open_sites"]
    assert first[columns].equals(second[columns])


def test_all_pairs_of_stations_are_no_better_than_the_second_point() -> None:
    reach, needs = city(5)
    best = frontier(reach, needs, 2, **RULES)["objective"].iloc[1]
    values = [value_of(reach, needs, pair) for pair in itertools.combinations(range(reach.n_sites), 2)]
    assert best >= np.nanmax(values)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000))
def test_stations_that_are_there_take_in_from_the_start_and_are_no_gain_of_a_new_one(seed: int) -> None:
    reach, needs = city(seed)
    there = {"existing_sites": [0, 1], "existing_rosters": [(5, 4), (2, 2)]}
    alone = plan_workstations(reach, needs, n_sites=0, **RULES, **there)
    table = frontier(reach, needs, 3, **RULES, **there, gap=0)
    for row in table.itertuples():
        best = plan_workstations(reach, needs, n_sites=row.n_sites, **RULES, **there, gap=0)
        assert row.objective == best.objective
    assert alone.objective + table["gain"].sum() == table["objective"].iloc[-1]
    plan = plan_workstations(reach, needs, n_sites=3, **RULES, **there, gap=0)
    order = opening_order(plan, reach, needs, **RULES, **there)
    assert sorted(order["site"]) == sorted(set(plan.open_sites.tolist()) - {0, 1})
    if len(order):
        assert order["served"].iloc[-1] == plan.objective
