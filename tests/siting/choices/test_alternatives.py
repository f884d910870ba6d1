"""The k best plans, against every set of sites there is."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.choices import alternatives as module
from ipps_geo.siting.choices.alternatives import alternatives
from ipps_geo.siting.program_solver import solve_problem
from ipps_geo.siting.programs import policy_program

RULES = {"min_roster": 3, "need_share": (3, 5)}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_each_plan_is_the_best_that_leaves_out_a_station_of_all_before_it(seed: int, n_sites: int) -> None:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(0, 100, (24, 2)), random.uniform(0, 100, (5, 2)), 30)
    needs = random.integers(-1, 2, 24)
    values: dict[frozenset[int], float] = {}
    for size in range(1, n_sites + 1):
        for opened in itertools.combinations(range(5), size):
            closed = np.setdiff1d(np.arange(5), opened)
            program = policy_program(reach, needs, required_sites=opened, forbidden_sites=closed, **RULES)
            objective = solve_problem(program.problem).objective
            if not math.isnan(objective):
                values[frozenset(opened)] = objective
    table = alternatives(reach, needs, 6, n_sites=n_sites, **RULES)
    before: list[frozenset[int]] = []
    for row in table.itertuples():
        here = frozenset(row.open_sites)
        rest = {sites: value for sites, value in values.items() if not any(old <= sites for old in before)}
        assert here in rest
        assert row.objective == pytest.approx(values[here])
        assert row.objective == pytest.approx(max(rest.values()))
        assert (row.status, row.bound) == ("optimal", pytest.approx(row.objective))
        before.append(here)
    rest = [sites for sites in values if not any(old <= sites for old in before)]
    assert len(table) == 6 or not rest


def test_losses_and_changes_are_against_the_first_plan() -> None:
    reach = Reach.from_points([[0, 0]] * 9 + [[9, 0]] * 7 + [[18, 0]] * 4, [[0, 0], [9, 0], [18, 0]], 2)
    table = alternatives(reach, [1] * 20, 9, n_sites=2, min_roster=3)
    assert table["open_sites"].tolist() == [(0, 1), (0, 2), (1, 2), (0,), (1,), (2,)]
    assert table["loss"].tolist() == [0, 3, 5, 7, 9, 12]
    assert (table.loc[2, "added"], table.loc[2, "dropped"]) == ((2,), (0,))


def test_required_sites_stay_in_every_plan() -> None:
    reach = Reach.from_points([[0, 0]] * 9 + [[9, 0]] * 7 + [[18, 0]] * 4, [[0, 0], [9, 0], [18, 0]], 2)
    table = alternatives(reach, [1] * 20, 9, n_sites=2, min_roster=3, required_sites=[2])
    assert table["open_sites"].tolist() == [(0, 2), (1, 2), (2,)]


def test_nothing_to_choose_gives_an_empty_table() -> None:
    reach = Reach.from_points([[0, 0]] * 2, [[0, 0]], 2)
    assert alternatives(reach, [1, 1], 3, n_sites=1).empty
    assert alternatives(reach, [1, 1], 3, n_sites=1, required_sites=[0]).empty
    with pytest.raises(BadInput, match="k"):
        alternatives(reach, [1, 1], 0, n_sites=1)


def test_time_that_ran_out_leaves_rows_out_rather_than_unproven_claims() -> None:
    reach = Reach.from_points([[0, 0]] * 9 + [[9, 0]] * 7, [[0, 0], [9, 0]], 2)
    assert len(alternatives(reach, [1] * 16, 5, n_sites=1, min_roster=3, time_limit_s=0)) == 0
    assert len(alternatives(reach, [1] * 16, 5, n_sites=1, min_roster=3, should_stop=lambda: True)) == 0


def test_whether_an_existing_station_takes_in_more_makes_no_other_plan() -> None:
    reach = Reach.from_points(
        [[0, 0]] * 5 + [[9000, 0]] * 3 + [[20_000, 0]] * 2, [[0, 0], [9000, 0], [20_000, 0]], 3000
    )
    there = {"existing_sites": [0], "existing_rosters": [(4, 4)]}
    table = alternatives(reach, [1] * 10, 5, n_sites=1, min_roster=2, **there)
    assert table[["objective", "open_sites"]].values.tolist() == [[8.0, (0, 1)], [7.0, (0, 2)], [5.0, (0,)]]


def test_a_part_in_which_time_brought_no_plan_bounds_all_that_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    reach = Reach.from_points([[0, 0]] * 9 + [[9, 0]] * 7 + [[18, 0]] * 4, [[0, 0], [9, 0], [18, 0]], 2)
    search = module._best_of

    def late(shared: Any, part: Any, stopped: Any) -> Any:
        found = search(shared, part, stopped)
        if part.forbidden != (0,):
            return found
        return replace(found, status="no_solution", objective=math.nan, bound=math.nan, open_sites=found.open_sites[:0])

    monkeypatch.setattr(module, "_best_of", late)
    table = alternatives(reach, [1] * 20, 9, n_sites=2, min_roster=3)
    assert table["open_sites"].tolist()[:2] == [(0, 1), (0, 2)]
    assert (1, 2) not in table["open_sites"].tolist()
    after = table[table["objective"] < 11]
    assert len(after)
    assert (after["bound"] >= 11).all()
    assert (after["status"] == "feasible").all()
