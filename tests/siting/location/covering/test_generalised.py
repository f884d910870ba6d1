"""generalised_covering: every set tried for values of any sign and shape, and the models that it holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from benchmarks.instances import clustered_instance
from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import maximal_covering
from ipps_geo.siting.location import generalised_covering
from tests.siting.location.force import Instance, assert_proven, best, seeds


@settings(max_examples=80, deadline=None)
@given(seeds)
def test_equals_every_set_of_that_size_tried(seed):
    case = Instance(seed)
    depth = int(case.random.integers(1, 4))
    values = case.random.integers(-5, 6, (case.n, depth)).astype(float)
    if seed % 4 == 0:
        values = case.random.normal(size=values.shape)
    if seed % 4 == 1:
        values = -np.sort(-np.abs(values), axis=1)
    n_sites = int(case.random.integers(0, case.m + 2))

    def worth(each):
        count = case.covers[:, each].sum(axis=1)
        return float((values * (count[:, None] > np.arange(depth))).sum())

    n_open = min(n_sites, case.m - len(case.forbidden))
    plan = generalised_covering(
        case.reach, n_sites, values if depth > 1 else values[:, 0], case.required, forbidden_sites=case.forbidden
    )
    family = case.sets(n_open) if n_sites >= len(case.required) else []
    value = best(worth, family)
    if plan.status == "optimal" and abs(value) < 1e-6:
        assert plan.objective == pytest.approx(value, abs=1e-9)
    else:
        assert_proven(plan, value)
    if plan.status == "optimal":
        assert plan.open_sites.tolist() in family


def test_one_value_is_maximal_covering_and_double_coverage_needs_two():
    demand, sites, _ = clustered_instance(400, 30, 3)
    reach = Reach.from_points(demand, sites, 5_000)
    once = generalised_covering(reach, 5, np.ones(400))
    assert once.objective == maximal_covering(reach, 5).objective
    backed = generalised_covering(reach, 5, np.c_[np.full(400, 2), np.ones(400)])
    count = np.diff(reach.select(sites=backed.open_sites).pairs.indptr)
    assert backed.objective == 2 * (count > 0).sum() + (count > 1).sum()
    assert backed.objective >= 2 * once.objective
    double = generalised_covering(reach, 5, np.c_[np.zeros(400), np.ones(400)])
    count = np.diff(reach.select(sites=double.open_sites).pairs.indptr)
    assert double.status == "optimal"
    assert double.objective == (count > 1).sum()


def test_values_of_the_wrong_shape_are_refused():
    reach = Reach.from_costs([[1.0], [1.0]], 2)
    for wrong in ([1.0], [1.0, np.nan], [[1.0]], "ab", np.ones((2, 2, 2)), np.ones((2, 0))):
        with pytest.raises(BadInput) as error:
            generalised_covering(reach, 1, wrong)
        assert (error.value.code, error.value.where) == ("siting.values_wrong", "values")
