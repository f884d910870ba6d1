"""Capacitated covering and p-center against exact programs in PuLP, and spopt's CLSCP-SO."""

from __future__ import annotations

import numpy as np
import pulp
import pytest
from hypothesis import given, settings

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import location_set_covering, maximal_covering, p_center
from ipps_geo.siting.location import capacitated_maximal_covering, capacitated_p_center, capacitated_set_covering
from tests.siting.location.force import Instance, assert_proven, seeds


def exact(covers, demand, capacity, costs, split, required, n_sites=None):
    """Least cost of serving all, or the most that so many sites serve; none when that cannot be."""
    m = covers.shape[1]
    problem = pulp.LpProblem("capacitated", pulp.LpMinimize if n_sites is None else pulp.LpMaximize)
    y = [problem.add_variable(f"y{j}", int(j in required), 1, cat="Integer") for j in range(m)]
    kind = "Continuous" if split else "Integer"
    x = {(i, j): problem.add_variable(f"x{i}_{j}", 0, 1, cat=kind) for i, j in zip(*np.nonzero(covers), strict=True)}
    served = pulp.lpSum(float(demand[i]) * value for (i, _), value in x.items())
    problem += served if n_sites is not None else pulp.lpSum(float(c) * v for c, v in zip(costs, y, strict=True))
    for i in np.flatnonzero(demand > 0):
        mine = [value for (row, _), value in x.items() if row == i]
        if n_sites is None and not mine:
            return None
        if mine:
            problem += (pulp.lpSum(mine) == 1) if n_sites is None else (pulp.lpSum(mine) <= 1)
    for j in np.flatnonzero(np.isfinite(capacity)):
        load = [float(demand[i]) * value for (i, site), value in x.items() if site == j]
        problem += pulp.lpSum(load) <= float(capacity[j]) * y[j]
    for (_, j), value in x.items():
        problem += value <= y[j]
    if n_sites is not None:
        problem += pulp.lpSum(y) <= n_sites
    problem.solve(pulp.HiGHS(msg=False, threads=1, gapRel=0, gapAbs=1e-9))
    return (pulp.value(problem.objective) or 0.0) if problem.sol_status == 1 else None


def loaded(seed, room):
    """An instance with loads and capacities of every kind: whole and mixed, one each, one decimal, anything."""
    case = Instance(seed)
    kind, random = seed % 4, case.random
    demand = (random.integers(0, 6, case.n).astype(float), np.ones(case.n), np.full(case.n, 2.5), random.random(case.n))
    part = random.random(case.m)
    size = (random.integers(0, 6, case.m), random.integers(0, 3, case.m), part * 5, part)
    capacity = np.array(size[kind] * room, float)
    if seed % 7 == 0:
        capacity[0] = np.inf
    return case, demand[kind], capacity, bool(random.integers(2))


def assert_served(plan, covers, demand, capacity, split):
    service = plan.service.toarray()
    assert (service[~covers] == 0).all()
    assert (service.sum(axis=0) <= capacity * (1 + 1e-7)).all()
    assert (service.sum(axis=1) <= demand * (1 + 1e-9)).all()
    assert set(np.flatnonzero(service.sum(axis=0))) <= set(plan.open_sites.tolist())
    assert np.where(service.any(axis=1), service.argmax(axis=1), -1).tolist() == plan.assignment.tolist()
    if not split:
        assert ((service > 0).sum(axis=1) <= 1).all()
        assert (service[service > 0] == demand[service.any(axis=1)]).all()


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_set_covering_equals_the_exact_program(seed):
    case, demand, capacity, split = loaded(seed, 4)
    plan = capacitated_set_covering(case.reach, capacity, demand, case.site_costs, case.required, split=split)
    value = exact(case.covers, demand, capacity, case.site_costs, split, case.required)
    assert_proven(plan, value)
    if value is not None:
        assert_served(plan, case.covers, demand, capacity, split)
        assert np.allclose(plan.service.sum(axis=1), demand)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_maximal_covering_equals_the_exact_program(seed):
    case, demand, capacity, split = loaded(seed, 2)
    n_sites = int(case.random.integers(0, case.m + 1))
    plan = capacitated_maximal_covering(case.reach, n_sites, capacity, demand, case.required, split=split)
    value = exact(case.covers, demand, capacity, case.site_costs, split, case.required, n_sites)
    assert_proven(plan, value)
    if value is not None:
        assert_served(plan, case.covers, demand, capacity, split)
        assert plan.service.sum() == pytest.approx(plan.objective)
        assert len(plan.open_sites) <= n_sites


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_center_equals_the_smallest_radius_that_holds(seed):
    case, demand, capacity, split = loaded(seed, 6)
    n_sites = int(case.random.integers(0, case.m + 1))
    best = None
    for radius in np.unique(np.r_[0.0, case.costs[np.isfinite(case.costs)]]):
        fewest = exact(case.costs <= radius, demand, capacity, np.ones(case.m), split, case.required)
        if fewest is not None and max(round(fewest), len(case.required)) <= n_sites:
            best = radius if demand.any() else 0.0
            break
    plan = capacitated_p_center(case.costs, n_sites, capacity, demand, case.required, split=split)
    assert_proven(plan, best)
    if best is not None:
        assert_served(plan, np.isfinite(case.costs), demand, capacity, split)


def test_without_limits_they_are_the_models_without_capacities():
    costs = np.random.default_rng(2).random((40, 10))
    reach = Reach.from_costs(costs, 0.4)
    assert capacitated_set_covering(reach, np.inf).objective == location_set_covering(reach).objective
    assert capacitated_maximal_covering(reach, 2, np.inf).objective == maximal_covering(reach, 2).objective
    assert capacitated_p_center(costs, 3, np.inf).objective == p_center(costs, 3).objective


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # spopt builds its models in the way of older PuLP
@pytest.mark.parametrize("seed", range(3))
def test_same_number_of_sites_as_spopt(seed):
    locate = pytest.importorskip("spopt.locate")
    random = np.random.default_rng(seed)
    costs, demand, capacity = random.random((25, 8)), random.integers(1, 6, 25), random.integers(20, 40, 8)
    peer = locate.LSCP.from_cost_matrix(costs, 0.6, demand_quantity_arr=demand, facility_capacity_arr=capacity)
    peer = peer.solve(pulp.HiGHS(msg=False), results=False)
    plan = capacitated_set_covering(Reach.from_costs(costs, 0.6), capacity, demand, split=True)
    assert plan.status == "optimal"
    assert plan.objective == pulp.value(peer.problem.objective)


def test_what_keeps_all_from_being_served_is_named():
    reach = Reach.from_costs([[1, 1], [1, 9], [9, 9]], 2)
    cases = [
        ([9, 9], [1, 1, 1], "rows_out_of_reach", {"rows": 1}),
        ([2, 9], [1, 3, 0], "row_too_large", {"rows": 1}),
        ([2, 1], [2, 2, 0], "capacity", {"most": "3", "demand": "4"}),
        ([2, 9], [2, 2, 0], None, {}),
        ([3, 1], [2, 2, 0], "no_assignment", {}),
    ]
    for capacity, demand, code, values in cases:
        plan = capacitated_set_covering(reach, capacity, demand)
        assert (plan.why.code if plan.why else None) == (f"siting.infeasible.{code}" if code else None)
        assert (dict(plan.why.values) if plan.why else {}) == values
    assert capacitated_p_center([[1, 5], [1, 5]], 1, 1).why.code == "siting.infeasible.too_few_sites"
    with pytest.raises(BadInput) as error:
        capacitated_set_covering(reach, 1, [1, -1, 1])
    assert error.value.code == "siting.demand_wrong"


def test_all_sites_together_may_serve_what_sites_in_turn_do_not():
    """Row 0 takes site 0 or 2, row 1 site 0 or 1, row 2 site 2 alone; in turn, sites 0 and 2 leave one of them over."""
    covers = np.array([[1, 0, 1], [1, 1, 0], [0, 0, 1]], bool)
    plan = capacitated_set_covering(Reach.from_costs(np.where(covers, 1.0, 9.0), 2), 1)
    assert (plan.status, plan.objective, plan.assignment.tolist()) == ("optimal", 3.0, [0, 1, 2])
