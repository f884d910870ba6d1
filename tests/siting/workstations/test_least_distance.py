"""The second stage against an integer program of one variable per pair."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from ipps_geo.reach import Reach
from ipps_geo.siting import SitePlan, plan_workstations, verify_plan

RULES = {"min_roster": 4, "need_share": (3, 5)}


def travelled(reach: Reach, plan: SitePlan) -> float:
    rows = np.flatnonzero(plan.assignment >= 0)
    return float(reach.pairs[rows, plan.assignment[rows]].sum())


def least_total(reach: Reach, needs: np.ndarray, plan: SitePlan) -> float:
    """Least total cost of rosters of the plan's stations that serve as many with and without need."""
    listed = reach.pairs.tocoo()
    kept = np.isin(listed.col, plan.open_sites)
    row, site, cost = listed.row[kept], listed.col[kept], listed.data[kept]
    need = needs[row] == 1
    rules = [LinearConstraint((row == i)[None].astype(float), 0, 1) for i in np.unique(row)]
    for j in plan.open_sites:
        rules.append(LinearConstraint((site == j)[None].astype(float), RULES["min_roster"], np.inf))
        rules.append(LinearConstraint(((site == j) * (5 * need - 3))[None].astype(float), 0, np.inf))
    for with_need in (True, False):
        served = np.count_nonzero((plan.assignment >= 0) & ((needs == 1) == with_need))
        rules.append(LinearConstraint((need == with_need)[None].astype(float), served, served))
    solved = milp(
        cost, constraints=rules, bounds=Bounds(0, 1), integrality=np.ones(len(cost)), options={"mip_rel_gap": 0}
    )
    return float(solved.fun)


@pytest.mark.parametrize("seed", range(6))
def test_no_rosters_of_these_stations_travel_less(seed: int) -> None:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(0, 100, (60, 2)), random.uniform(0, 100, (7, 2)), 40)
    needs = random.choice([1, 0, -1], 60, p=[0.5, 0.3, 0.2])
    first = plan_workstations(reach, needs, 3, **RULES, gap=0)
    plan = plan_workstations(reach, needs, 3, **RULES, gap=0, then_least_distance=True)
    assert (plan.objective, plan.open_sites.tolist()) == (first.objective, first.open_sites.tolist())
    assert verify_plan(plan, reach, needs, n_sites=3, **RULES) == []
    assert travelled(reach, plan) == pytest.approx(least_total(reach, needs, first))
    assert travelled(reach, plan) <= travelled(reach, first)
