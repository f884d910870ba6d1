"""Every model reads its arguments and never writes them: locked arrays serve, and a caller's own stay as they were."""

import numpy as np
import pytest

from ipps_geo.reach import Reach
from ipps_geo.siting import (
    location,
    location_set_covering,
    maximal_covering,
    p_center,
    p_median,
    plan_workstations,
    verify_plan,
)

N, M = 40, 6
RANDOM = np.random.default_rng(3)
COVERS = RANDOM.random((N, M)) < 0.5
COVERS[:, 1] = True  # nobody is out of reach
COSTS = np.where(COVERS, RANDOM.uniform(1, 9, (N, M)), np.inf)
NEEDS = RANDOM.choice(np.array([1, 0, -1], dtype=np.int8), N)
ARRAYS = {
    "weights": RANDOM.integers(1, 4, N).astype(np.float64),
    "capacity": np.full(M, 12.0),
    "site_costs": np.arange(1.0, M + 1),
    "required_sites": np.array([1]),
    "forbidden_sites": np.array([2]),
    "existing_sites": np.array([4]),
    "existing_rosters": np.array([[5.0, 3.0]]),
    "site_units": np.arange(M) % 2,
    "demand_units": np.arange(N) % 2,
}
WORST_UNIT = {"needs": NEEDS, "min_roster": 3, "n_sites": 3, "budget": 12.0, "min_per_unit": 1, **ARRAYS}
WORKSTATIONS = {name: value for name, value in WORST_UNIT.items() if name != "demand_units"}
FREE = ("required_sites", "forbidden_sites")
BY_REACH = {name: ARRAYS[name] for name in FREE}
BY_COST = {"n_sites": 3, "weights": ARRAYS["weights"], **BY_REACH}


def reach(costs):
    return Reach.from_costs(np.where(np.isfinite(costs), costs, np.nan), 100.0)


CALLS = {
    "plan_workstations": lambda costs, given: plan_workstations(reach(costs), **given),
    "worst_unit": lambda costs, given: plan_workstations(reach(costs), objective="worst_unit", **given),
    "location_set_covering": lambda costs, given: location_set_covering(reach(costs), partial=True, **given),
    "maximal_covering": lambda costs, given: maximal_covering(reach(costs), **given),
    "p_median": lambda costs, given: p_median(costs, **given),
    "p_median_capacity": lambda costs, given: p_median(costs, capacity=given["weights"][:M] * 40, **given),
    "p_center": lambda costs, given: p_center(costs, **given),
    "budgeted": lambda costs, given: location.budgeted_maximal_covering(reach(costs), budget=9, **given),
    "weighted": lambda costs, given: location.weighted_set_covering(reach(costs), **given),
    "partial": lambda costs, given: location.partial_set_covering(reach(costs), 0.5, **given),
    "generalised": lambda costs, given: location.generalised_covering(reach(costs), 3, **given),
    "cooperative": lambda costs, given: location.cooperative_covering(np.nan_to_num(costs, posinf=0), 3, 9, **given),
    "gradual": lambda costs, given: location.gradual_covering(reach(costs), 3, **given),
    "capture": lambda costs, given: location.maximum_capture(costs, 3, **given),
    "capacitated": lambda costs, given: location.capacitated_set_covering(reach(costs), **given),
    "capacitated_maximal": lambda costs, given: location.capacitated_maximal_covering(reach(costs), 3, **given),
    "capacitated_center": lambda costs, given: location.capacitated_p_center(costs, 5, **given),
    "covering_relocation": lambda costs, given: location.maximal_covering_relocation(reach(costs), **given),
    "median_relocation": lambda costs, given: location.p_median_relocation(costs, **given),
    "k_nearest": lambda costs, given: location.k_nearest_p_median(costs, 3, 2, **given),
    "dispersion": lambda costs, given: location.p_dispersion(costs[:M], 3, **given),
    "market_share": lambda costs, given: location.market_share(costs, 3, costs[:, :2], **given),
}
PAID = {"site_costs": ARRAYS["site_costs"], **BY_REACH}
WEIGHED = {"weights": ARRAYS["weights"], **BY_REACH}
LOADED = {"demand": ARRAYS["weights"], "capacity": np.full(M, 30.0), **BY_REACH}
MOVED = {"existing_sites": np.array([1, 4]), **WEIGHED}
GIVEN = {
    "plan_workstations": WORKSTATIONS,
    "worst_unit": WORST_UNIT,
    "location_set_covering": BY_REACH,
    "maximal_covering": BY_COST,
    "p_median": BY_COST,
    "p_median_capacity": BY_COST,
    "p_center": BY_COST,
    "budgeted": PAID | WEIGHED,
    "weighted": PAID | {"times": np.ones(N, int)},
    "partial": PAID | WEIGHED,
    "generalised": BY_REACH | {"values": ARRAYS["weights"] - 2},
    "cooperative": WEIGHED,
    "gradual": WEIGHED,
    "capture": WEIGHED | {"competitor_costs": COSTS[:, 1].copy()},
    "capacitated": LOADED | PAID,
    "capacitated_maximal": LOADED,
    "capacitated_center": LOADED,
    "covering_relocation": MOVED,
    "median_relocation": MOVED,
    "k_nearest": WEIGHED,
    "dispersion": BY_REACH,
    "market_share": WEIGHED | {"attractiveness": np.arange(1.0, M + 1)},
}


@pytest.mark.parametrize("call", CALLS)
def test_locked_arguments_give_the_same_plan_and_open_ones_stay_as_they_were(call):
    own = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in GIVEN[call].items()}
    costs = COSTS.copy()
    plan = CALLS[call](costs, own)
    assert np.array_equal(costs, COSTS)
    assert all(np.array_equal(value, GIVEN[call][name]) for name, value in own.items())
    for array in (costs, *own.values()):
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    again = CALLS[call](costs, own)
    assert plan.status == again.status == "optimal"
    assert np.array_equal(plan.open_sites, again.open_sites)
    assert np.array_equal(plan.assignment, again.assignment)
    if "min_roster" in own:
        objective = "worst_unit" if call == "worst_unit" else "covered"
        assert verify_plan(again, reach(COSTS), objective=objective, **own) == []
