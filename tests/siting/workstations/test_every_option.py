"""Drawn instances over every option against one plain program of all rows and sites, by another interface to HiGHS."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations, verify_plan
from tests.siting.workstations.instances import instance

pytestmark = pytest.mark.slow(planted=True)


def best(reach: Reach, needs: np.ndarray, request: dict[str, Any]) -> float | None:
    """Best objective of the request, row by row and pair by pair; None where no plan exists."""
    n, m = reach.n_demand, reach.n_sites
    pairs = reach.pairs.tocoo()
    row, site = pairs.row, pairs.col
    k = len(row)
    weight = np.asarray(request.get("weights", np.ones(n)), float)
    num, den = request["need_share"]
    capacity = np.broadcast_to(np.asarray(request.get("capacity", 10**6), float), (m,))
    existing, earlier = np.zeros(m, bool), np.zeros((m, 2))
    if "existing_sites" in request:
        existing[request["existing_sites"]] = True
        earlier[request["existing_sites"]] = request["existing_rosters"]
    width = k + m + 1
    matrix, lower, upper = [], [], []

    def put(columns: Any, values: Any, low: float, high: float) -> None:
        line = np.zeros(width)
        np.add.at(line, np.asarray(columns, int), values)
        matrix.append(line)
        lower.append(low)
        upper.append(high)

    for i in range(n):
        put(np.flatnonzero(row == i), 1.0, -np.inf, 1)
    for a in range(k):
        put([a, k + site[a]], [1.0, -1.0], -np.inf, 0)
    for j in range(m):
        mine = np.flatnonzero(site == j)
        put([*mine, k + j], [*np.ones(len(mine)), -max(request["min_roster"] - earlier[j, 0], 0)], 0, np.inf)
        put([*mine, k + j], [*np.ones(len(mine)), -max(capacity[j] - earlier[j, 0], 0)], -np.inf, 0)
        carried = den * (needs[row[mine]] == 1) - num
        put([*mine, k + j], [*carried, den * earlier[j, 1] - num * earlier[j, 0]], 0, np.inf)
    low, high = np.zeros(width), np.ones(width)
    low[k + np.asarray(request.get("required_sites", ()), int)] = 1
    high[k + np.asarray(request.get("forbidden_sites", ()), int)] = 0
    new = k + np.flatnonzero(~existing)
    put(new, 1.0, -np.inf, request["n_sites"])
    if "budget" in request:
        put(new, request["site_costs"][new - k], -np.inf, request["budget"])
    for unit, least in request.get("min_per_unit", {}).items():
        units = request["site_units"]
        put(new[units[new - k] == unit], 1.0, least - int((existing & (units == unit)).sum()), np.inf)
    objective = np.zeros(width)
    if request.get("objective") == "fewest_sites":
        put(np.arange(k), weight[row], request["target"] * (1 - 1e-9), np.inf)
        objective[new] = -1
    elif request.get("objective") == "worst_unit":
        objective[-1] = 1
        units = request["demand_units"]
        for unit in np.unique(units):
            total = weight[units == unit].sum()
            if total > 0:
                mine = np.flatnonzero(units[row] == unit)
                put([*mine, width - 1], [*(weight[row[mine]] / total), -1.0], 0, np.inf)
    else:
        objective[:k] = weight[row]
    solved = milp(
        -objective, constraints=LinearConstraint(np.array(matrix), lower, upper), bounds=Bounds(low, high),
        integrality=np.append(np.ones(k + m), 0), options={"mip_rel_gap": 0},
    )  # fmt: skip
    if solved.x is None:
        return None
    if request.get("objective") == "worst_unit":
        return float(solved.x[-1])
    return float(objective[: k + m] @ np.round(solved.x[: k + m]))


def test_no_status_is_false_and_every_bound_holds(instances: int) -> None:
    """On as many drawn instances as ``--instances`` asks for."""
    met: set[str] = set()
    for seed in range(instances):
        reach, needs, request = instance(seed)
        plan = plan_workstations(reach, needs, **request, gap=0, time_limit_s=60)
        optimum = best(reach, needs, request)
        met.add(plan.status)
        where = (seed, plan.status, plan.objective, plan.bound, optimum)
        assert verify_plan(plan, reach, needs, **request, gap=0) == [], where
        assert (plan.status == "infeasible") == (optimum is None), where
        if optimum is None:
            continue
        fewest = request.get("objective") == "fewest_sites"
        sign = -1 if fewest else 1
        optimum *= sign
        # The other program knows shares and sums of weights to its own tolerance.
        slack = 2e-6 if request.get("objective") == "worst_unit" else 2e-9 * max(1.0, abs(optimum))
        assert sign * (plan.bound - optimum) >= -slack, where
        if plan.status == "optimal":
            assert sign * (plan.objective - optimum) >= -slack, where
    assert {"optimal", "infeasible"} <= met
