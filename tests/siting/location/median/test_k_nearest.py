"""k_nearest_p_median: the p-median's own optimum, whatever a row sees at first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from ipps_geo.errors import BadInput
from ipps_geo.siting.location import k_nearest_p_median
from tests.siting.location.force import Instance, assert_proven, best, seeds


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_equals_every_set_tried(seed):
    case = Instance(seed)
    n_sites = int(case.random.integers(max(1, len(case.required)), case.m + 1))
    k = int(case.random.integers(1, case.m + 1)) if seed % 2 else case.random.integers(1, case.m + 1, case.n)
    plan = k_nearest_p_median(case.costs, n_sites, k, case.weights, case.required, forbidden_sites=case.forbidden)
    least = best(lambda each: -case.median(each), case.sets(min(n_sites, case.m - len(case.forbidden))))
    if plan.status == "infeasible":
        assert least is None or not np.isfinite(least)
    elif (case.weights > 0).any():
        assert_proven(plan, -least)
        served = plan.assignment >= 0
        assert (case.costs[served, plan.assignment[served]] == case.costs[served][:, plan.open_sites].min(axis=1)).all()


def test_rows_see_more_until_they_are_served():
    line = np.abs(np.arange(30)[:, None] - np.arange(30)[None]).astype(float)
    plan = k_nearest_p_median(line, 2, k=1)
    assert (plan.status, plan.objective) == ("optimal", 112.0)
    assert len([each for each in plan.history if each.phase == "neighbours"]) > 1


@pytest.mark.parametrize("k", [0, 4, 1.5, [1, 2], [1, 2, 9]])
def test_k_must_be_a_number_of_sites(k):
    with pytest.raises(BadInput) as error:
        k_nearest_p_median(np.ones((3, 3)), 1, k)
    assert error.value.code == "siting.k_wrong"
