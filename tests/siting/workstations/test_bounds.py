"""Values of open sets, prices, and cuts, each against an independent linear program."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from ipps_geo.reach import Reach
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.assignment import assign
from ipps_geo.siting.workstations.cuts import CutMaster, tighten
from ipps_geo.siting.workstations.incumbent import SetValues
from ipps_geo.siting.workstations.lagrangian import Scans, best_opening, improve_dual, starting_dual
from ipps_geo.siting.workstations.open_set_search import climb, greedy
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.request import station_request

pytestmark = pytest.mark.slow(planted=True)


def small_program(seed: int, *, capacity: int | None = None, weighted: bool = False, n: int = 120) -> StationProgram:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(0, 30, (n, 2)), random.uniform(0, 30, (8, 2)), 9)
    needs = (random.random(n) < random.uniform(0.3, 0.7)).astype(np.int8)
    request = station_request(
        reach, needs, n_sites=3, weights=random.integers(1, 4, n) if weighted else None, min_roster=0,
        need_share=(3, 5), capacity=capacity, site_costs=None, budget=None, required_sites=(), forbidden_sites=(),
        existing_sites=(), existing_rosters=None, site_units=None, min_per_unit=None, demand_units=None,
    )  # fmt: skip
    return request.program()


def linear_value(program: StationProgram, opening: np.ndarray) -> float:
    """The strong linear program at fixed openings: x_gj <= N_g y_j, need share, capacity."""
    groups = program.groups
    group = np.repeat(np.arange(groups.n_groups), np.diff(groups.row_start))
    site = groups.row_sites
    need = group < program.n_need
    num, den = program.share
    upper = [np.zeros((0, len(site)))]
    right = []
    for g in range(groups.n_groups):
        upper.append((group == g)[None, :].astype(float))
        right.append(float(groups.size[g]))
    for j in range(program.n_sites):
        mine = site == j
        upper.append((mine * np.where(need, num - den, num))[None, :].astype(float))
        right.append(float(program.slack[j] * opening[j]))
        upper.append(mine[None, :].astype(float))
        right.append(float(program.high[j] * opening[j]))
    solved = linprog(
        -program.value[group], A_ub=np.vstack(upper), b_ub=right,
        bounds=np.column_stack([np.zeros(len(site)), groups.size[group] * opening[site]]),
    )  # fmt: skip
    assert solved.success
    return float(-solved.fun)


variants = st.sampled_from([{}, {"capacity": 14}, {"weighted": True}, {"capacity": 11, "weighted": True}])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), variants)
def test_value_of_a_set_is_its_linear_program_and_its_multipliers_prove_it(seed: int, options: dict) -> None:
    program = small_program(seed, **options)
    sites = np.sort(np.random.default_rng(seed).permutation(program.n_sites)[:4]).astype(np.int32)
    value, mu, gamma = SetValues(program)(sites)
    opening = np.zeros(program.n_sites)
    opening[sites] = 1.0
    assert value == pytest.approx(linear_value(program, opening), abs=1e-6)
    all_mu, all_gamma = np.zeros(program.n_sites), np.zeros(program.n_sites)
    all_mu[sites], all_gamma[sites] = mu, gamma
    scans = Scans(program)
    price = scans.prices(opening, all_mu, all_gamma)
    proven = price @ program.size + scans.values_at(price, all_mu, all_gamma)[sites].sum()
    assert proven == pytest.approx(value, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), variants)
def test_any_multipliers_bound_every_opening(seed: int, options: dict) -> None:
    program = small_program(seed, **options)
    random = np.random.default_rng(seed)
    scans = Scans(program)
    price = random.uniform(0, 1.7, len(program.size))
    mu, gamma = random.uniform(0, 1, program.n_sites), np.zeros(program.n_sites)
    before = scans.values_at(price, mu, gamma)
    values = scans.values(price, mu, gamma)
    assert (values <= before + 1e-9).all()
    assert np.allclose(values, scans.values_at(price, mu, gamma))
    opening = random.random(program.n_sites) * (random.random(program.n_sites) < 0.7)
    assert price @ program.size + values @ opening >= linear_value(program, opening) - 1e-6


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), variants)
def test_cuts_reach_the_linear_bound_and_stay_above_the_whole_optimum(seed: int, options: dict) -> None:
    program = small_program(seed, **options)
    watch = Watch()
    dual = improve_dual(program, starting_dual(program), 0.0, watch, iterations=40)
    chosen, total = best_opening(program, dual.values)
    assert dual.bound == pytest.approx(dual.price @ program.size + total)
    assert len(chosen) <= program.n_max
    master = CutMaster(program)
    master.add_from(dual)
    found, bound = tighten(master, dual, np.full(program.n_sites, 0.3), -np.inf, watch, rounds=300, tolerance=0.0)
    assert found is not None
    assert linear_value(program, found.opening) >= bound - max(2e-4, 2e-4 * bound)
    mixed = master.mixed_dual(found)
    assert mixed.price @ program.size + best_opening(program, mixed.values)[1] <= found.bound + 1e-3
    best = 0.0
    for sites in itertools.combinations(range(program.n_sites), 3):
        rosters = assign(program, np.array(sites, np.int32))
        assert rosters.outcome == "optimal"
        best = max(best, rosters.objective)
    assert bound >= best - 1e-9
    assert dual.bound >= bound - 1e-6


def covering_worth(program: StationProgram, sites: np.ndarray, lifts: tuple) -> float:
    """h(S) as its definition reads."""
    need_lift, other_lift, constant = lifts
    total = float(constant[sites].sum())
    groups = program.groups
    for g in range(groups.n_groups):
        lift = need_lift if g < program.n_need else other_lift
        mine = [j for j in groups.row_sites[groups.row_start[g] : groups.row_start[g + 1]] if j in sites]
        total += program.size[g] * max([0.0] + [program.value[g] + lift[j] for j in mine])
    return total


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), variants)
def test_climbing_ends_where_no_swap_and_no_addition_helps(seed: int, options: dict) -> None:
    program = small_program(seed, **options)
    random = np.random.default_rng(seed)
    scans = Scans(program)
    lifts = scans.lifts(random.choice([0.0, 0.5, 1.0], program.n_sites), np.zeros(program.n_sites))
    none = np.zeros(0, np.int32)
    start = greedy(
        *scans.lists, scans.size, scans.weight, *lifts, program.counted, 3, program.cost, program.budget, none
    )
    sites, worth = climb(
        *scans.lists, scans.size, scans.weight, *lifts, program.required, program.counted, 3, program.cost,
        program.budget, program.unit, program.unit_min, np.sort(start), 100,
    )  # fmt: skip
    assert worth == pytest.approx(covering_worth(program, sites, lifts))
    assert worth >= covering_worth(program, start, lifts) - 1e-9
    for j in set(range(program.n_sites)) - set(sites.tolist()):
        for k in range(len(sites)):
            swapped = np.array([*np.delete(sites, k), j])
            assert covering_worth(program, swapped, lifts) <= worth + 1e-6 * max(worth, 1)


BOUNDS_CHECKED = """
import numpy as np
from benchmarks.instances import clustered_instance
from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations
demand, sites, needs = clustered_instance(1500, 270, 3)
reach = Reach.from_points(demand, sites, 3000)
plain = plan_workstations(reach, needs, n_sites=6, min_roster=20, gap=0)
tight = plan_workstations(reach.select(sites=np.arange(0, 270, 6)), needs, n_sites=4, min_roster=20, capacity=60)
print(plain.status, int(plain.objective), tight.status in ("optimal", "feasible"))
"""


def test_kernels_stay_within_their_arrays() -> None:
    """The whole pipeline with the kernels as plain Python: an index out of range raises instead of writing anywhere."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", BOUNDS_CHECKED], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split()[0] == "optimal"
    assert done.stdout.split()[2] == "True"
