"""p_median against brute force, against spopt, and against its own promises."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ipps_geo.errors import BadInput
from ipps_geo.siting import Milestone, SitePlan, p_median

Floats = NDArray[np.float64]


def random_instance(seed: int, kind: str, most_rows: int = 14, most_sites: int = 8) -> tuple[Floats, Floats, int]:
    """Costs, weights and p of a small instance of one kind."""
    random = np.random.default_rng([seed, len(kind)])
    n, m = int(random.integers(1, most_rows)), int(random.integers(1, most_sites))
    weights = random.integers(0, 4, n).astype(float)
    if kind == "ties":
        costs = random.integers(0, 4, (n, m)).astype(float)
    elif kind == "line":
        costs = np.abs(random.random(n)[:, None] - random.random(m)[None, :]) * 1e4
        weights = random.random(n)
    elif kind == "duplicates":
        spots = random.random((3, 2))
        demand, sites = spots[random.integers(0, 3, n)], spots[random.integers(0, 3, m)]
        costs = np.hypot(*(demand[:, None] - sites[None]).transpose(2, 0, 1))
    elif kind == "huge":
        costs = random.random((n, m)) * 1e12
    elif kind == "tiny":
        costs = random.random((n, m)) * 1e-9
    else:
        costs = random.random((n, m))
        costs[random.random((n, m)) < 0.35] = np.inf
    return costs, weights, int(random.integers(1, m + 2))


def best_by_force(
    costs: Floats, weights: Floats, p: int, required: tuple[int, ...] = (), forbidden: tuple[int, ...] = ()
) -> float:
    """The optimum over all open sets, infinite when no plan exists."""
    counted = weights > 0
    if not counted.any():
        return 0.0
    sites = [j for j in range(costs.shape[1]) if j not in forbidden]
    best = np.inf
    for opened in itertools.combinations(sites, min(p, len(sites))):
        if opened and set(required) <= set(opened):
            best = min(best, float(weights[counted] @ costs[counted][:, list(opened)].min(axis=1)))
    return best


def best_capacitated_by_force(costs: Floats, weights: Floats, p: int, capacity: Floats) -> float:
    """The optimum over all open sets and all assignments of whole rows."""
    rows = np.flatnonzero(weights > 0)
    best = np.inf
    for opened in itertools.combinations(range(costs.shape[1]), min(p, costs.shape[1])):
        for sites in itertools.product(opened, repeat=len(rows)):
            load = np.bincount(np.array(sites, int), weights[rows], minlength=len(capacity))
            if (load <= capacity).all():
                best = min(best, float(sum(weights[u] * costs[u, j] for u, j in zip(rows, sites, strict=True))))
    return best


def assert_sound(plan: SitePlan, costs: Floats, weights: Floats) -> None:
    """Objective, bound, gap and assignment agree with each other and with the costs."""
    assert plan.bound <= plan.objective
    assert plan.gap == pytest.approx((plan.objective - plan.bound) / max(1e-12, plan.objective), abs=1e-9)
    counted = weights > 0
    assert np.isin(plan.assignment[counted], plan.open_sites).all()
    reached = costs[np.flatnonzero(counted), plan.assignment[counted]]
    assert float(weights[counted] @ reached) == pytest.approx(plan.objective, rel=1e-12)
    assert (np.diff(plan.open_sites) > 0).all()


def why(plan):
    """The last part of the code that says why there is no plan."""
    assert plan.stop_reason == str(plan.why)
    return plan.why.code.removeprefix("siting.infeasible.")


@pytest.mark.parametrize("kind", ["ties", "line", "duplicates", "huge", "tiny", "missing"])
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_optimum_of_every_open_set(kind: str, seed: int) -> None:
    costs, weights, p = random_instance(seed, kind)
    best = best_by_force(costs, weights, p)
    plan = p_median(costs, p, weights=weights, seed=seed % 5)
    if best == np.inf:
        assert plan.status == "infeasible"
        assert why(plan) in ("too_few_sites", "rows_without_site")
        assert plan.open_sites.size == 0
    else:
        assert plan.status == "optimal"
        assert plan.objective == pytest.approx(best, rel=2e-9, abs=1e-300)
        assert len(plan.open_sites) == min(p, costs.shape[1])
        assert_sound(plan, costs, weights)


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_required_and_forbidden_sites(seed: int) -> None:
    costs, weights, p = random_instance(seed, "ties" if seed % 2 else "line")
    random = np.random.default_rng(seed)
    roles = random.integers(0, 4, costs.shape[1])
    required, forbidden = (tuple(np.flatnonzero(roles == role).tolist()) for role in (1, 2))
    best = best_by_force(costs, weights, p, required, forbidden)
    plan = p_median(costs, p, weights=weights, required_sites=required, forbidden_sites=forbidden)
    if len(required) > p:
        assert (plan.status, why(plan)) == ("infeasible", "required_sites")
    elif best == np.inf:
        assert (plan.status, why(plan)) == ("infeasible", "fewer_allowed")
    else:
        assert plan.status == "optimal"
        assert plan.objective == pytest.approx(best, rel=2e-9)
        assert np.isin(required, plan.open_sites).all()
        assert not np.isin(forbidden, plan.open_sites).any()


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_capacities(seed: int) -> None:
    kind = ("ties", "line", "missing")[seed % 3]
    costs, weights, p = random_instance(seed, kind, most_rows=6, most_sites=5)
    if kind == "line":
        weights = np.round(weights * 8) / 8
    capacity = np.random.default_rng(seed).integers(0, 2 + int(weights.sum()), costs.shape[1]).astype(float)
    best = best_capacitated_by_force(costs, weights, p, capacity)
    plan = p_median(costs, p, weights=weights, capacity=capacity)
    if best == np.inf:
        assert plan.status == "infeasible"
    else:
        assert plan.status == "optimal"
        assert plan.objective == pytest.approx(best, rel=2e-9)
        counted = weights > 0
        if counted.any():
            load = np.bincount(plan.assignment[counted], weights[counted], minlength=len(capacity))
            assert (load <= capacity).all()
            assert_sound(plan, costs, weights)


def test_one_capacity_for_all_sites_binds() -> None:
    costs = np.array([[0.0, 5.0], [0.0, 5.0], [0.0, 7.0]])
    free = p_median(costs, 2)
    tight = p_median(costs, 2, capacity=2)
    assert (free.objective, tight.objective) == (0.0, 5.0)
    assert np.bincount(tight.assignment).tolist() == [2, 1]
    assert why(p_median(costs, 2, capacity=1)) == "capacity"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(4))
def test_equal_to_spopt(seed: int) -> None:
    pulp = pytest.importorskip("pulp")
    locate = pytest.importorskip("spopt.locate")
    random = np.random.default_rng(seed)
    costs = np.hypot(*(random.random((60, 1, 2)) - random.random((1, 12, 2))).transpose(2, 0, 1))
    weights = random.integers(1, 9, 60).astype(float)
    peer = locate.PMedian.from_cost_matrix(costs, weights, p_facilities=4).solve(pulp.HiGHS(msg=False, threads=1))
    plan = p_median(costs, 4, weights=weights)
    assert plan.objective == pytest.approx(peer.problem.objective.value(), rel=1e-6)
    opened = [j for j, variable in enumerate(peer.fac_vars) if variable.varValue > 0.5]
    assert plan.open_sites.tolist() == opened


def clustered(n: int, m: int, seed: int) -> Floats:
    """Costs of clustered points in the plane."""
    random = np.random.default_rng(seed)
    centres = random.random((12, 2)) * 100
    demand = centres[random.integers(0, 12, n)] + random.normal(size=(n, 2)) * 4
    sites = centres[random.integers(0, 12, m)] + random.normal(size=(m, 2)) * 6
    return np.asarray(np.hypot(*(demand[:, None] - sites[None]).transpose(2, 0, 1)))


def test_more_sites_never_cost_more() -> None:
    costs = clustered(300, 40, 3)
    plans = [p_median(costs, p) for p in (1, 2, 3, 5, 8, 13, 21, 40, 60)]
    assert all(plan.status == "optimal" for plan in plans)
    objectives = [plan.objective for plan in plans]
    assert objectives == sorted(objectives, reverse=True)
    assert len(plans[-1].open_sites) == 40


def test_scaling_and_shuffling_change_nothing() -> None:
    costs = clustered(200, 30, 4)
    weights = np.random.default_rng(4).random(200)
    plan = p_median(costs, 6, weights=weights)
    rows, sites = np.random.default_rng(5).permutation(200), np.random.default_rng(6).permutation(30)
    shuffled = p_median(costs[np.ix_(rows, sites)], 6, weights=weights[rows])
    assert np.sort(sites[shuffled.open_sites]).tolist() == plan.open_sites.tolist()
    assert shuffled.objective == pytest.approx(plan.objective, rel=1e-12)
    scaled = p_median(costs * 1000, 6, weights=weights * 3)
    assert scaled.open_sites.tolist() == plan.open_sites.tolist()
    narrow = p_median(costs.astype(np.float32), 6, weights=weights)
    assert narrow.objective == pytest.approx(plan.objective, rel=1e-6)


def test_rows_are_not_touched() -> None:
    costs = clustered(100, 20, 1)
    before = costs.copy()
    p_median(costs, 4, capacity=30, time_limit_s=2)
    p_median(costs, 4)
    assert np.array_equal(costs, before)


def test_bad_arguments() -> None:
    costs = np.ones((3, 2))
    for arguments in (
        {"n_sites": -1},
        {"n_sites": 1, "weights": [1, 2]},
        {"n_sites": 1, "weights": [1, -2, 1]},
        {"n_sites": 1, "weights": [1, np.nan, 1]},
        {"n_sites": 1, "required_sites": [2]},
        {"n_sites": 1, "forbidden_sites": [-1]},
        {"n_sites": 1, "required_sites": [0], "forbidden_sites": [0]},
        {"n_sites": 1, "capacity": [1, 2, 3]},
        {"n_sites": 1, "capacity": -1},
        {"n_sites": 1, "threads": 0},
        {"n_sites": 1, "gap": -1},
    ):
        with pytest.raises(BadInput):
            p_median(costs, **arguments)
    with pytest.raises(BadInput):
        p_median(-costs, 1)
    with pytest.raises(BadInput):
        p_median(np.ones(3), 1)


def test_nothing_to_plan() -> None:
    no_demand = p_median(np.empty((0, 4)), 2)
    assert (no_demand.status, no_demand.objective, len(no_demand.open_sites)) == ("optimal", 0.0, 2)
    no_weight = p_median(np.ones((3, 2)), 1, weights=np.zeros(3), required_sites=[1])
    assert (no_weight.status, no_weight.open_sites.tolist()) == ("optimal", [1])
    assert p_median(np.ones((3, 2)), 0).status == "infeasible"
    assert p_median(np.empty((3, 0)), 1).status == "infeasible"
    assert p_median(np.full((3, 2), np.nan), 1).stop_reason == "costs: 3 rows that no allowed site serves"
    nothing_to_pay = p_median(np.zeros((5, 3)), 2)
    assert (nothing_to_pay.status, nothing_to_pay.objective, nothing_to_pay.bound) == ("optimal", 0.0, 0.0)


def test_milestones_and_cancel() -> None:
    costs = clustered(3000, 200, 7)
    seen: list[Milestone] = []
    plan = p_median(costs, 20, progress=seen.append)
    assert list(plan.history) == seen
    objectives, bounds = [step.objective for step in seen], [step.bound for step in seen]
    assert objectives == sorted(objectives, reverse=True)
    assert bounds == sorted(bounds)
    assert max(bounds) <= plan.objective * (1 + 1e-12)
    cancelled = p_median(costs, 20, should_stop=lambda: True)
    assert (cancelled.status, cancelled.stop_reason) == ("feasible", "cancelled")
    assert cancelled.bound <= plan.objective <= cancelled.objective


@pytest.mark.parametrize("limit", [1, 5, 20, 60, 100])
def test_work_limit_stops_at_the_same_plan(limit: int) -> None:
    costs = clustered(2000, 150, 8)
    one, two = (p_median(costs, 15, work_limit=limit) for _ in range(2))
    assert one.open_sites.tolist() == two.open_sites.tolist()
    assert (one.bound, one.stop_reason) == (two.bound, two.stop_reason)
    assert one.stop_reason in ("work_limit", "proven")


def test_gap_ends_the_search_early() -> None:
    costs = clustered(2000, 150, 9)
    near = p_median(costs, 15, gap=0.05)
    assert (near.status, near.stop_reason) == ("optimal", "proven")
    assert near.gap <= 0.05
    assert near.bound <= p_median(costs, 15).objective <= near.objective


@pytest.mark.parametrize("seconds", [0.05, 0.2, 1.0])
def test_time_limit_is_kept_honestly(seconds: float) -> None:
    random = np.random.default_rng(0)
    costs = random.random((3000, 300)).astype(np.float32)  # no geometry: far from a proof
    plan = p_median(costs, 15, time_limit_s=seconds)
    assert (plan.status, plan.stop_reason) == ("feasible", "time_limit")
    assert 0 <= plan.bound < plan.objective


def in_a_fresh_process(code: str, **environment: str) -> Any:
    """The JSON that a program prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return json.loads(done.stdout.splitlines()[-1])


PLANS_AS_JSON = """
import json
import numpy as np
from ipps_geo.siting import p_median
plans = []
for seed, (n, m, p) in enumerate([(24, 9, 3), (20, 10, 6)]):
    random = np.random.default_rng(seed)
    costs = random.random((n, m))
    weights = random.integers(0, 3, n)
    for extra in ({}, {"required_sites": [2], "forbidden_sites": [0]}, {"capacity": weights.sum() / p * 1.5 + 3}):
        plan = p_median(costs, p, weights=weights, **extra)
        plans.append([plan.status, plan.objective, plan.open_sites.tolist(), plan.assignment.tolist()])
    whole = p_median(np.floor(costs * 30), p)
    plans.append([whole.status, whole.objective, whole.open_sites.tolist(), whole.assignment.tolist()])
print(json.dumps(plans))
"""


def test_same_plans_in_every_process_and_within_array_bounds() -> None:
    here = in_a_fresh_process(PLANS_AS_JSON, PYTHONHASHSEED="1")
    assert in_a_fresh_process(PLANS_AS_JSON, PYTHONHASHSEED="2") == here
    # Without compilation every index is checked by numpy.
    checked = in_a_fresh_process(PLANS_AS_JSON, NUMBA_DISABLE_JIT="1")
    assert checked == here
