"""cooperative_covering: every set tried, dense and sparse signals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import sparse

from ipps_geo.errors import BadInput
from ipps_geo.siting.location import cooperative_covering
from tests.siting.location.force import Instance, assert_proven, best, seeds


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_equals_every_set_tried(seed):
    case = Instance(seed)
    signals = case.random.integers(0, 3, (case.n, case.m)) if seed % 2 else case.random.random((case.n, case.m))
    threshold = float(case.random.choice([0.5, 1, 2, 3]))
    n_sites = int(case.random.integers(len(case.required), case.m + 1))
    plan = cooperative_covering(
        signals if seed % 3 else sparse.coo_array(signals), n_sites, threshold, case.weights, case.required,
        forbidden_sites=case.forbidden,
    )  # fmt: skip
    family = case.sets(min(n_sites, case.m - len(case.forbidden)))
    value = best(lambda each: float(case.weights[signals[:, each].sum(axis=1) >= threshold].sum()), family)
    assert_proven(plan, value)
    assert plan.open_sites.tolist() in family or len(plan.open_sites) < n_sites
    covered = signals[:, plan.open_sites].sum(axis=1) >= threshold
    assert (covered == (plan.assignment >= 0)).all()


def test_arguments_that_cannot_be_used():
    for wrong in ([1.0], [[np.inf]], [[-1.0]], "x"):
        with pytest.raises(BadInput) as error:
            cooperative_covering(wrong, 1)
        assert error.value.code == "siting.signals_wrong"
    for wrong in (0, -1, np.inf):
        with pytest.raises(BadInput) as error:
            cooperative_covering([[1.0]], 1, wrong)
        assert error.value.code == "siting.threshold_not_positive"
