"""location_set_covering: brute force, reductions, backup, limits, degenerate inputs, and the same answers as spopt."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.instances import clustered_instance
from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import location_set_covering
from ipps_geo.siting.location.covering.backup import twice_covered
from ipps_geo.siting.location.covering.cover_program import CoverProgram, maximal_columns, minimal_rows, reduced
from ipps_geo.siting.location.covering.minimum_cover import dual_bound, linear_bound, minimum_cover
from ipps_geo.siting.location.covering.minimum_kernels import greedy_minimum
from ipps_geo.siting.location.covering.row_weighting import search_cover
from ipps_geo.siting.search.groups import group_demand, rows_by_site
from ipps_geo.siting.search.watch import Watch


@st.composite
def covers(draw):
    """A boolean matrix rows x sites in which every row has a site."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.integers(1, 40)), draw(st.integers(1, 10))
    matrix = random.random((n, m)) < draw(st.floats(0.05, 0.6))
    matrix[np.arange(n), random.integers(0, m, n)] = True
    return matrix


def program_of(matrix):
    rows, sites = np.nonzero(matrix)
    start = np.r_[0, np.cumsum(np.bincount(rows, minlength=len(matrix)))]
    return CoverProgram(start.astype(np.int64), sites.astype(np.int32), np.arange(matrix.shape[1], dtype=np.int32))


def fewest_by_force(matrix, required=(), forbidden=()):
    """All smallest covers that hold the required sites, as tuples."""
    allowed = [j for j in range(matrix.shape[1]) if j not in forbidden]
    for size in range(len(allowed) + 1):
        found = [
            chosen
            for chosen in itertools.combinations(allowed, size)
            if set(required) <= set(chosen) and matrix[:, list(chosen)].any(axis=1).all()
        ]
        if found:
            return found
    return []


@settings(max_examples=80, deadline=None)
@given(covers())
def test_equals_brute_force(matrix):
    plan = location_set_covering(Reach.from_costs(np.where(matrix, 1.0, 9.0), 2.0))
    assert plan.status == "optimal"
    assert plan.objective == plan.bound == len(plan.open_sites) == len(fewest_by_force(matrix)[0])
    assert matrix[:, plan.open_sites].any(axis=1).all()
    assert matrix[np.arange(len(matrix)), plan.assignment].all()


@settings(max_examples=40, deadline=None)
@given(covers(), st.integers(0, 9), st.integers(0, 9))
def test_required_and_forbidden_sites(matrix, required, forbidden):
    m = matrix.shape[1]
    if required >= m or forbidden >= m or required == forbidden:
        return
    reach = Reach.from_costs(np.where(matrix, 1.0, 9.0), 2.0)
    plan = location_set_covering(reach, [required], forbidden_sites=[forbidden])
    expected = fewest_by_force(matrix, [required], [forbidden])
    if not expected:
        left = int((~np.delete(matrix, forbidden, axis=1).any(axis=1)).sum())
        assert plan.status == "infeasible"
        assert str(left) in plan.stop_reason
        return
    assert plan.objective == len(expected[0])
    assert required in plan.open_sites
    assert forbidden not in plan.open_sites


@settings(max_examples=60, deadline=None)
@given(covers())
def test_backup_is_the_best_of_the_smallest_covers(matrix):
    plan = location_set_covering(Reach.from_costs(np.where(matrix, 1.0, 9.0), 2.0), backup=True)
    smallest = fewest_by_force(matrix)
    best = max(int((matrix[:, list(chosen)].sum(axis=1) >= 2).sum()) for chosen in smallest)
    assert plan.status == "optimal"
    assert tuple(plan.open_sites.tolist()) in smallest
    assert (matrix[:, plan.open_sites].sum(axis=1) >= 2).sum() == best
    last = plan.history[-1]
    assert (last.phase, last.objective, last.bound) == ("backup", best, best)


@settings(max_examples=60, deadline=None)
@given(covers())
def test_reductions_keep_the_smallest_number(matrix):
    program = program_of(matrix)
    forced: list[int] = []
    core = reduced(program, forced)
    expected = len(fewest_by_force(matrix)[0])
    left = np.zeros((core.n_rows, core.n_sites), bool)
    left[np.repeat(np.arange(core.n_rows), np.diff(core.start)), core.sites] = True
    assert len(forced) + (len(fewest_by_force(left)[0]) if core.n_rows else 0) == expected
    parts = core.components()
    assert sum(part.n_rows for part in parts) == core.n_rows
    assert len({int(j) for part in parts for j in part.site_ids}) == sum(part.n_sites for part in parts)
    assert linear_bound(program, Watch(10.0)) <= expected


@settings(max_examples=60, deadline=None)
@given(covers())
def test_dominance_by_definition(matrix):
    program = program_of(matrix)
    n, m = matrix.shape
    keep = minimal_rows(program.start, program.sites, m)
    for r in range(n):
        includes = [q for q in range(n) if q != r and (matrix[q] <= matrix[r]).all()]
        strictly = [q for q in includes if (matrix[q] != matrix[r]).any()]
        equal_before = [q for q in includes if q < r and (matrix[q] == matrix[r]).all()]
        assert keep[r] == (not strictly and not equal_before)
    site_start, site_rows = program.by_site
    kept = maximal_columns(program.start, program.sites, site_start, site_rows)
    assert matrix[:, kept].any(axis=1).all()
    for j in np.flatnonzero(~kept):
        assert any((matrix[:, j] <= matrix[:, i]).all() for i in np.flatnonzero(kept)) or not matrix[:, j].any()


@settings(max_examples=40, deadline=None)
@given(covers(), st.integers(0, 2**16))
def test_searched_covers_cover_and_any_prices_bound_from_below(matrix, seed):
    program = program_of(matrix)
    site_start, site_rows = program.by_site
    greedy = greedy_minimum(program.start, program.sites, site_start, site_rows)
    random = np.random.default_rng(seed)
    found = search_cover(program.start, program.sites, site_start, site_rows, greedy, 1, 300, random)
    best = len(fewest_by_force(matrix)[0])
    assert matrix[:, greedy].any(axis=1).all()
    assert matrix[:, found].any(axis=1).all()
    assert len(greedy) >= len(found) >= best
    assert dual_bound(program, random.random(program.n_rows)) <= best


@settings(max_examples=40, deadline=None)
@given(covers(), st.integers(1, 6))
def test_the_question_whether_so_many_suffice(matrix, at_most):
    best = len(fewest_by_force(matrix)[0])
    cover = minimum_cover(program_of(matrix), Watch(10.0), at_most=at_most)
    assert matrix[:, cover.sites].any(axis=1).all()
    assert (len(cover.sites) <= at_most) == (best <= at_most)
    assert (cover.bound > at_most) == (best > at_most)


def test_kernels_stay_within_their_arrays():
    """Once more as plain Python, where numpy checks every index."""
    random = np.random.default_rng(0)
    matrix = random.random((30, 8)) < 0.3
    matrix[np.arange(30), random.integers(0, 8, 30)] = True
    program = program_of(matrix)
    site_start, site_rows = rows_by_site.py_func(program.start, program.sites, 8)
    keep = minimal_rows.py_func(program.start, program.sites, 8)
    assert keep.tolist() == minimal_rows(program.start, program.sites, 8).tolist()
    columns = maximal_columns.py_func(program.start, program.sites, site_start, site_rows)
    assert columns.tolist() == maximal_columns(program.start, program.sites, site_start, site_rows).tolist()
    weight = np.ones(30, np.int64)
    chosen = np.arange(8, dtype=np.int32)
    assert twice_covered.py_func(site_start, site_rows, weight, chosen) == (matrix.sum(axis=1) >= 2).sum()
    assert twice_covered(site_start, site_rows, weight, chosen[:0]) == -1


def test_shuffling_changes_nothing_and_doubling_demand_neither():
    demand, sites, _ = clustered_instance(2_000, 120, 4)
    plan = location_set_covering(Reach.from_points(demand, sites, 3_000), partial=True)
    random = np.random.default_rng(0)
    rows = random.permutation(len(demand))
    shuffled = location_set_covering(Reach.from_points(demand[rows], sites, 3_000), partial=True)
    doubled = location_set_covering(Reach.from_points(np.concatenate([demand, demand]), sites, 3_000), partial=True)
    assert plan.status == "optimal"
    assert shuffled.open_sites.tolist() == doubled.open_sites.tolist() == plan.open_sites.tolist()
    assert shuffled.assignment.tolist() == plan.assignment[rows].tolist()
    columns = random.permutation(len(sites))
    renamed = location_set_covering(Reach.from_points(demand, sites[columns], 3_000), partial=True)
    assert renamed.objective == plan.objective


def test_a_wider_reach_never_needs_more():
    demand, sites, _ = clustered_instance(1_000, 80, 1)
    within = (np.hypot(*(demand[:, None] - sites[None]).T).min(axis=0)) <= 2_000
    numbers = [
        location_set_covering(Reach.from_points(demand[within], sites, radius)).objective
        for radius in (2_000, 3_000, 5_000, 9_000, 90_000)
    ]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # spopt builds its models in the way of older PuLP
@pytest.mark.parametrize("seed", range(2))
def test_same_answers_as_spopt(seed):
    locate = pytest.importorskip("spopt.locate")
    pulp = pytest.importorskip("pulp")
    costs = np.random.default_rng(seed).uniform(0, 100, (50, 14))
    limit = float(np.sort(costs, axis=1)[:, 1].max())
    reach = Reach.from_costs(costs, limit)
    peer = locate.LSCP.from_cost_matrix(costs, limit).solve(pulp.HiGHS(msg=False), results=False)
    assert location_set_covering(reach).objective == pulp.value(peer.problem.objective)
    backup = locate.LSCPB.from_cost_matrix(costs, limit, pulp.HiGHS(msg=False)).solve(pulp.HiGHS(msg=False))
    plan = location_set_covering(reach, backup=True)
    assert ((costs[:, plan.open_sites] <= limit).sum(axis=1) >= 2).sum() == pulp.value(backup.problem.objective)


@pytest.mark.parametrize("limit_s", [0.001, 1.0, 2.0])
@pytest.mark.parametrize("backup", [False, True])
def test_time_limits_hold_and_optimal_is_never_claimed_unproven(limit_s, backup):
    demand, sites, _ = clustered_instance(6_000, 300, 2)
    reach = Reach.from_points(demand, sites, 4_000)
    began = time.perf_counter()
    plan = location_set_covering(reach, backup=backup, partial=True, time_limit_s=limit_s)
    assert plan.seconds <= time.perf_counter() - began
    assert plan.bound <= plan.objective
    if plan.status == "optimal":
        assert plan.bound == plan.objective
        assert plan.history[-1].bound == plan.history[-1].objective
    else:
        assert plan.stop_reason == "time_limit"
    groups = group_demand(reach)
    assert twice_covered(*groups.by_site, groups.size, plan.open_sites) >= 0


@pytest.mark.parametrize("backup", [False, True])
def test_cancelling_still_answers_with_a_cover(backup):
    demand, sites, _ = clustered_instance(6_000, 300, 2)
    reach = Reach.from_points(demand, sites, 4_000)
    plan = location_set_covering(reach, backup=backup, partial=True, should_stop=lambda: True)
    assert plan.stop_reason in ("cancelled", "proven")
    assert plan.bound <= plan.objective
    groups = group_demand(reach)
    assert twice_covered(*groups.by_site, groups.size, plan.open_sites) >= 0


class TestDegenerate:
    def test_no_demand(self):
        for backup in (False, True):
            plan = location_set_covering(Reach.from_costs(np.zeros((0, 3)), 1.0), backup=backup)
            assert (plan.status, plan.objective, plan.bound, plan.gap) == ("optimal", 0.0, 0.0, 0.0)

    def test_no_sites(self):
        plan = location_set_covering(Reach.from_costs(np.zeros((3, 0)), 1.0))
        assert plan.status == "infeasible"
        assert "3 rows" in plan.stop_reason

    def test_rows_out_of_reach_are_counted_or_left_out(self):
        reach = Reach.from_costs([[1.0, 9.0], [9.0, 9.0], [9.0, 1.0]], 2.0)
        plan = location_set_covering(reach)
        assert (plan.status, plan.gap) == ("infeasible", np.inf)
        assert "1 rows" in plan.stop_reason
        partial = location_set_covering(reach, partial=True)
        assert (partial.status, partial.objective) == ("optimal", 2.0)
        assert partial.assignment.tolist() == [0, -1, 1]

    def test_nobody_reachable(self):
        plan = location_set_covering(Reach.from_costs(np.full((3, 2), 9.0), 1.0), partial=True)
        assert (plan.status, plan.objective) == ("optimal", 0.0)

    def test_duplicate_points(self):
        points = np.full((20, 2), 500.0)
        plan = location_set_covering(Reach.from_points(points, points[:4], 10.0))
        assert plan.open_sites.tolist() == [0]

    def test_only_required_sites_are_needed(self):
        plan = location_set_covering(Reach.from_costs(np.ones((4, 3)), 1.0), required_sites=[1, 2])
        assert plan.open_sites.tolist() == [1, 2]
        assert (plan.status, plan.bound) == ("optimal", 2.0)

    def test_arguments_that_cannot_be_used(self):
        reach = Reach.from_costs(np.ones((2, 2)), 1.0)
        for arguments in ({"required_sites": [2]}, {"forbidden_sites": [-1]}, {"time_limit_s": -1}, {"gap": np.nan}):
            with pytest.raises(BadInput) as error:
                location_set_covering(reach, **arguments)
            assert error.value.where == next(iter(arguments))
