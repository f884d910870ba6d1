"""The readable programs: their text as goldens, their optima by brute force, and the fast solvers against them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.reach import Reach
from ipps_geo.siting import maximal_covering, p_median, plan_workstations, verify_plan
from ipps_geo.siting.program_solver import as_plan, open_sites, solve_problem
from ipps_geo.siting.programs import (
    ReadableProgram,
    covering_program,
    p_center_program,
    p_median_program,
    policy_program,
    set_covering_program,
)

GOLDENS = Path(__file__).parent / "lp_files"
# Site 0 reaches rows 0-2, site 1 rows 2-3.
TINY = Reach.from_costs([[1, 9], [2, 9], [3, 3], [9, 0]], 5)
COSTS = [[1.0, 4.0], [2.0, np.inf]]
PROGRAMS = {
    "policy": lambda: policy_program(TINY, [1, 0, 1, 1], n_sites=1, min_roster=2),
    "policy_on_groups": lambda: policy_program(
        TINY, [1, 0, 1, 1], sizes=[10, 5, 4, 3], min_roster=12, capacity=[15, 9], site_costs=[2.0, 1.5], budget=3.0,
        site_units=["a", "b"], min_per_unit={"a": 1}, required_sites=[0], forbidden_sites=[1],
    ),
    "maximal_covering": lambda: covering_program(TINY, 1, weights=[1, 2, 1, 1]),
    "set_covering": lambda: set_covering_program(TINY, required_sites=[1]),
    "p_median": lambda: p_median_program(COSTS, 1, weights=[1, 3]),
    "p_center": lambda: p_center_program(COSTS, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_the_text_of_each_program_is_as_written(name: str, tmp_path: Path) -> None:
    PROGRAMS[name]().problem.writeLP(tmp_path / "program.lp")
    assert (tmp_path / "program.lp").read_text() == (GOLDENS / f"{name}.lp").read_text()


def test_every_golden_belongs_to_a_program() -> None:
    assert {path.stem for path in GOLDENS.glob("*.lp")} == set(PROGRAMS)


def optimum(program: ReadableProgram) -> float:
    answer = solve_problem(program.problem, time_limit_s=30)
    assert answer.status == "optimal"
    assert answer.bound == pytest.approx(answer.objective, abs=1e-6)
    return answer.objective


def best_by_enumeration(reach: Reach, needs: np.ndarray, n_sites: int, low: int, share: tuple[int, int]) -> int:
    """The most that can be served: every assignment of every row to a site that reaches it, or to none."""
    costs = reach.pairs.toarray() + 0.0
    reached = [[-1, *np.flatnonzero(costs[i]).tolist()] for i in range(reach.n_demand)]
    best = 0
    for choice in itertools.product(*reached):
        assignment = np.array(choice)
        used = np.unique(assignment[assignment >= 0])
        if len(used) > n_sites:
            continue
        rosters = [(np.sum(assignment == j), np.sum((assignment == j) & (needs == 1))) for j in used]
        if all(n >= low and share[1] * k >= share[0] * n for n, k in rosters):
            best = max(best, int((assignment >= 0).sum()))
    return best


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 3), st.sampled_from([(3, 5), (1, 2), (1, 1), (0, 1)]))
def test_policy_program_and_solver_agree_with_every_assignment_tried(
    seed: int, n_sites: int, low: int, share: tuple[int, int]
) -> None:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(1, 99, (7, 2)), random.uniform(1, 99, (3, 2)), 55)
    needs = random.integers(-1, 2, 7)
    rules = {"n_sites": n_sites, "min_roster": low, "need_share": share}
    best = best_by_enumeration(reach, needs, n_sites, low, share)
    program = policy_program(reach, needs, **rules)
    answer = solve_problem(program.problem)
    assert answer.objective == pytest.approx(best)
    assert verify_plan(as_plan(program, answer), reach, needs, **rules) == []
    plan = plan_workstations(reach, needs, **rules, time_limit_s=20)
    assert (plan.status, plan.objective) == ("optimal", best)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_solver_agrees_with_the_program_under_units_budget_capacity_and_weights(seed: int) -> None:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(1, 99, (40, 2)), random.uniform(1, 99, (6, 2)), 35)
    needs = random.integers(0, 2, 40)
    rules = {
        "n_sites": 4,
        "min_roster": 4,
        "weights": random.integers(1, 4, 40).astype(float),
        "capacity": random.integers(4, 12, 6),
        "site_costs": random.integers(1, 5, 6).astype(float),
        "budget": 8.0,
        "site_units": np.array(["a", "a", "b", "b", "c", "c"]),
        "min_per_unit": {"a": 1},
        "forbidden_sites": [5],
    }
    answer = solve_problem(policy_program(reach, needs, **rules).problem)
    plan = plan_workstations(reach, needs, **rules, gap=0, time_limit_s=30)
    assert plan.status == answer.status
    if answer.status == "optimal":
        assert plan.objective == pytest.approx(answer.objective)
        assert verify_plan(plan, reach, needs, **rules) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_classic_programs_agree_with_every_open_set_tried(seed: int, n_sites: int) -> None:
    random = np.random.default_rng(seed)
    demand, sites = random.uniform(1, 99, (12, 2)), random.uniform(1, 99, (5, 2))
    reach = Reach.from_points(demand, sites, 45)
    weights = random.integers(0, 5, 12).astype(float)
    costs = np.hypot(*(demand[:, None, :] - sites[None, :, :]).transpose(2, 0, 1))
    reached = costs <= 45
    sets = [list(chosen) for p in range(1, n_sites + 1) for chosen in itertools.combinations(range(5), p)]
    most = max(float(weights[reached[:, chosen].any(axis=1)].sum()) for chosen in sets)
    least_total = min(float((weights * costs[:, chosen].min(axis=1)).sum()) for chosen in sets)
    least_worst = min(float(costs[:, chosen].min(axis=1).max()) for chosen in sets)
    assert optimum(covering_program(reach, n_sites, weights)) == pytest.approx(most)
    assert maximal_covering(reach, n_sites, weights).objective == pytest.approx(most)
    assert optimum(p_median_program(costs, n_sites, weights)) == pytest.approx(least_total)
    assert p_median(costs, n_sites, weights).objective == pytest.approx(least_total)
    assert optimum(p_center_program(costs, n_sites)) == pytest.approx(least_worst)


def test_set_covering_counts_the_fewest_and_says_when_there_is_no_cover() -> None:
    program = set_covering_program(TINY)
    answer = solve_problem(program.problem)
    assert (answer.objective, open_sites(program, answer).tolist()) == (2, [0, 1])
    alone = set_covering_program(TINY, forbidden_sites=[1])
    none = solve_problem(alone.problem)
    assert none.status == "infeasible"
    assert none.values == {}
    assert as_plan(alone, none).open_sites.tolist() == []


def test_groups_and_their_members_have_the_same_optimum() -> None:
    sizes = np.array([10, 5, 4, 3])
    rows = np.repeat(np.arange(4), sizes)
    members = Reach.from_costs(np.array([[1, 9], [2, 9], [3, 3], [9, 0]])[rows], 5)
    needs = np.array([1, 0, 1, 1])
    by_group = optimum(policy_program(TINY, needs, sizes=sizes, n_sites=2, min_roster=6))
    assert by_group == optimum(policy_program(members, needs[rows], n_sites=2, min_roster=6)) == 22


def test_a_time_limit_never_makes_a_plan_optimal() -> None:
    random = np.random.default_rng(5)
    costs = random.uniform(1, 9, (120, 60))
    answer = solve_problem(p_median_program(costs, 7).problem, time_limit_s=0.05)
    assert answer.status in ("feasible", "no_solution")
    assert answer.stop_reason == "time_limit"
