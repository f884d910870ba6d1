"""Even rosters against networkx's least-cost flow, and where the need share binds against a program of all pairs."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import SitePlan, plan_workstations, verify_plan

RULES = {"min_roster": 4, "need_share": (3, 5)}


def drawn(seed: int, need: float, n: int = 70) -> tuple[Reach, np.ndarray]:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(0, 100, (n, 2)), random.uniform(0, 100, (7, 2)), 42)
    return reach, random.choice([1, 0], n, p=[need, 1 - need])


def sizes(plan: SitePlan) -> list[int]:
    return np.bincount(plan.assignment[plan.assignment >= 0])[plan.open_sites].tolist()


def least_squares_with_need(reach: Reach, needs: np.ndarray, plan: SitePlan, new: list[int]) -> int:
    """The same under the need share, as a program of one variable per pair, within the sizes that there are."""
    served = np.flatnonzero(np.isin(plan.assignment, new))
    row, site = (pairs.ravel() for pairs in np.meshgrid(served, new, indexing="ij"))
    sizes = [np.count_nonzero(plan.assignment == each) for each in new]
    step_site, step = (each.ravel() for each in np.meshgrid(new, np.arange(1, max(sizes) + 1), indexing="ij"))
    cost = np.append(np.zeros(len(row)), 2.0 * step - 1)
    near = reach.pairs[row, site] > 0
    rules = [LinearConstraint(np.append(row == each, step < 0)[None].astype(float), 1, 1) for each in served]
    for each in new:
        roster, steps = (site == each).astype(float), (step_site == each).astype(float)
        rules.append(LinearConstraint(np.append(roster, -steps)[None], 0, 0))
        rules.append(LinearConstraint(np.append(roster, 0 * steps)[None], min(sizes), max(sizes)))
        rules.append(LinearConstraint(np.append(roster * (5 * (needs[row] == 1) - 3), 0 * steps)[None], 0, np.inf))
    most = np.append(near.astype(float), np.ones(len(step)))
    found = milp(cost, constraints=rules, bounds=Bounds(0, most), integrality=np.ones(len(cost)))
    return round(found.fun)


def least_squares(reach: Reach, plan: SitePlan, new: list[int], most: int) -> int:
    """Least sum of squared rosters for the same enterprises, as a flow whose n-th unit into a station costs 2n - 1."""
    flow, served = nx.MultiDiGraph(), np.flatnonzero(np.isin(plan.assignment, new))
    for row in served.tolist():
        flow.add_node(("row", row), demand=-1)
        for site in np.intersect1d(reach.pairs[[row]].indices, new).tolist():
            flow.add_edge(("row", row), ("site", site), capacity=1, weight=0)
    flow.add_node("end", demand=len(served))
    for site, n in itertools.product(new, range(1, most + 1)):
        flow.add_edge(("site", site), "end", capacity=1, weight=2 * n - 1)
    return int(nx.min_cost_flow_cost(flow))


@pytest.mark.parametrize("seed", range(4))
def test_where_everybody_has_a_need_no_rosters_are_more_even(seed: int) -> None:
    reach, needs = drawn(seed, 1.0)
    asked = {"n_sites": 4, **RULES, "capacity": 24}
    first = plan_workstations(reach, needs, **asked)
    plan = plan_workstations(reach, needs, **asked, then_balanced=True)
    assert plan.balance is not None
    assert plan.balance.proven
    assert sum(size**2 for size in sizes(plan)) == least_squares(reach, first, first.open_sites.tolist(), 24)
    assert verify_plan(plan, reach, needs, **asked) == []
    told = (plan.balance.smallest, plan.balance.largest, plan.balance.moved)
    assert told == (min(sizes(plan)), max(sizes(plan)), np.count_nonzero(plan.assignment != first.assignment))


@pytest.mark.parametrize("seed", range(8))
def test_stations_enterprises_and_rules_stay_where_the_need_share_binds(seed: int) -> None:
    reach, needs = drawn(seed, 0.55)
    asked = {"n_sites": 4, **RULES, "existing_sites": [0], "existing_rosters": [[6, 4]]}
    first = plan_workstations(reach, needs, **asked)
    plan = plan_workstations(reach, needs, **asked, then_balanced=True)
    same = ("objective", "bound", "status")
    assert [getattr(plan, name) for name in same] == [getattr(first, name) for name in same]
    assert plan.open_sites.tolist() == first.open_sites.tolist()
    assert ((plan.assignment >= 0) == (first.assignment >= 0)).all()
    assert ((plan.assignment == 0) == (first.assignment == 0)).all(), "whom an existing station takes in stays"
    assert verify_plan(plan, reach, needs, **asked) == []
    new = [site for site in plan.open_sites.tolist() if site]
    assert plan.balance is not None
    assert plan.balance.proven
    squares = sum(np.count_nonzero(plan.assignment == site) ** 2 for site in new)
    assert squares == least_squares_with_need(reach, needs, first, new)


def test_a_chain_over_a_third_station() -> None:
    # Station 0 shares enterprises with 1 alone, 1 with 2: only a chain evens 0 and 2 out.
    served = [(0,)] * 6 + [(0, 1)] * 4 + [(1,)] * 5 + [(1, 2)] * 4 + [(2,)] * 4
    pairs = np.array([[site in sites for site in range(3)] for sites in served])
    reach = Reach.from_costs(np.where(pairs, 1.0, 9.0), 1.0)
    plan = plan_workstations(reach, np.ones(23), 3, min_roster=4, required_sites=[0, 1, 2], then_balanced=True)
    assert sorted(sizes(plan)) == [7, 8, 8]


def test_even_rosters_and_least_distance_exclude_each_other() -> None:
    reach, needs = drawn(0, 1.0)
    with pytest.raises(BadInput) as refused:
        plan_workstations(reach, needs, 3, then_balanced=True, then_least_distance=True)
    assert refused.value.code == "siting.balanced_and_least_distance"
