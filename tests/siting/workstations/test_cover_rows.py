"""The covering program for the fewest stations: its bound, its requirements and its whole solutions by brute force."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from ipps_geo.reach import Reach
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.cover_rows import CoverRows, fewest_openings, minimum_cut
from ipps_geo.siting.workstations.cover_search import add_cuts, most_served, row_bound, search_near, search_whole
from ipps_geo.siting.workstations.fewest_scout import Scout
from ipps_geo.siting.workstations.incumbent import Incumbent, SetValues
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.request import policy_request


def program_of(seed: int) -> StationProgram:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(0, 20, (150, 2)), random.uniform(0, 20, (9, 2)), 7)
    return policy_request(reach, (random.random(150) < 0.6).astype(np.int8), {"min_roster": 4}).program()


def fewest(program: StationProgram, target: float) -> int:
    """Least number of sites whose value, without minimum and whole numbers, is the target."""
    values = SetValues(program)
    return next(
        p
        for p in range(1, program.n_sites + 1)
        if any(values(np.array(s, np.int32))[0] >= target for s in combinations(range(program.n_sites), p))
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_holds_and_whole_solutions_end_at_the_fewest(seed: int) -> None:
    program = program_of(seed)
    values = SetValues(program)
    top, limited, _ = values(np.arange(program.n_sites, dtype=np.int32))
    for share in (0.6, 0.9, 1.0):
        target = share * top - 1e-6
        truth = fewest(program, target)
        rows = CoverRows(program, target, Watch())
        assert rows.require(limited)
        assert not rows.require(limited)
        openings, bound = fewest_openings(rows, limited, np.inf)
        assert openings is not None
        assert truth - 3 < bound <= truth
        nothing = np.zeros(program.n_sites, bool)
        for _ in range(40):  # each set that is short of the target adds what its own minimum cut says
            chosen = rows.whole(nothing, program.n_sites + 1, 1000)
            assert chosen is not None
            value, own, _ = values(chosen)
            assert len(chosen) <= truth
            if value >= target:
                break
            at = np.full(program.n_sites, 0.1)
            at[chosen] = 1.0
            cut = minimum_cut(program, at, limited)
            cut[chosen] = own
            assert rows.require(cut)
        assert (len(chosen), value >= target) == (truth, True)
        assert rows.whole(nothing, truth, 1000) is None


@pytest.mark.parametrize("seed", range(3))
def test_near_what_all_sites_serve_the_scout_finds_fewer_stations_than_greedy(seed: int) -> None:
    random = np.random.default_rng(seed)
    demand, sites = random.uniform(0, 60, (3_000, 2)), random.uniform(0, 60, (90, 2))
    reach = Reach.from_points(demand, sites, 7)
    program = policy_request(reach, (random.random(3_000) < 0.7).astype(np.int8), {"min_roster": 5}).program()
    watch = Watch()
    incumbent = Incumbent(program, watch)
    scout = Scout(program, incumbent, watch, 0.995 * scout_ceiling(program), 0)
    assert scout.in_rows
    assert scout.first_plan(0, 90)
    greedy = scout.found()
    least, found = scout.by_rows(0, greedy, 90)
    assert found is not None
    assert 0 < least <= found < greedy
    assert found - least <= 3
    assert incumbent.objective >= scout.probe.cutoff


def scout_ceiling(program: StationProgram) -> float:
    watch = Watch()
    return Scout(program, Incumbent(program, watch), watch, 0.0, 0).ceiling()


@pytest.mark.parametrize("seed", range(4))
def test_on_all_its_sites_the_search_near_ends_at_the_best_set_and_every_turn_bounds_it(seed: int) -> None:
    program = replace(program_of(seed), n_max=3)
    watch, values = Watch(), SetValues(program)
    sets = [np.array(sites, np.int32) for sites in combinations(range(program.n_sites), 3)]
    best = max(values(sites)[0] for sites in sets)
    plans = Incumbent(program, watch)
    whole = max(plans.settle(sites) for sites in sets)
    incumbent = Incumbent(program, watch)
    incumbent.settle(sets[0])
    every = np.arange(program.n_sites, dtype=np.int32)
    search_near(program, every, np.zeros(program.n_sites), np.full(program.n_sites, 0.3), incumbent, watch)
    assert whole - 2 <= incumbent.objective <= whole  # sets are told apart without minimum and whole numbers
    rows = CoverRows(program, 0.0, watch)
    mu = np.zeros(program.n_sites)
    rows.require(mu)
    for _ in range(30):
        solved = most_served(rows, watch)
        assert solved.bound >= best - 1e-6
        chosen = np.flatnonzero(solved.values[: program.n_sites] > 0.5).astype(np.int32)
        value, limited, _ = values(chosen)
        if value >= solved.objective - 1e-6:
            break
        assert add_cuts(rows, chosen, limited, mu)
    assert value == pytest.approx(best, abs=0.3)


@pytest.mark.parametrize("seed", range(4))
def test_rows_bound_every_set_and_the_whole_program_ends_at_the_best(seed: int) -> None:
    program = replace(program_of(seed), n_max=3)
    watch, values = Watch(), SetValues(program)
    sets = [np.array(sites, np.int32) for sites in combinations(range(program.n_sites), 3)]
    worth = [values(sites)[0] for sites in sets]
    multipliers = [np.zeros(program.n_sites), np.ones(program.n_sites)]
    found = row_bound(program, multipliers, watch)
    assert found is not None
    for sites, value in zip(sets, worth, strict=True):  # what it says of each set is no less than the set is worth
        assert value - 1e-6 <= found.constant + found.values[sites].sum() <= found.bound + 1e-6
    incumbent = Incumbent(program, watch)
    every = np.arange(program.n_sites, dtype=np.int32)
    bound = search_whole(program, every, multipliers, incumbent, watch)
    assert max(worth) - 1e-6 <= bound <= found.bound + 1e-3
    assert bound == pytest.approx(max(worth), abs=0.31)
    assert incumbent.objective >= max(Incumbent(program, watch).settle(sites) for sites in sets) - 2
