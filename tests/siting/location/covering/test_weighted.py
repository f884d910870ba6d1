"""weighted_set_covering: every set tried; the fewest sites, and the same number as spopt."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from ipps_geo.reach import Reach
from ipps_geo.siting import location_set_covering
from ipps_geo.siting.location import weighted_set_covering
from tests.siting.location.force import Instance, assert_proven, best, seeds


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_equals_every_set_tried(seed):
    case = Instance(seed)
    times = case.random.integers(0, 3, case.n) if seed % 2 else int(case.random.integers(0, 3))
    family = [each for each in case.sets() if (case.covers[:, each].sum(axis=1) >= times).all()]
    plan = weighted_set_covering(
        case.reach, case.site_costs, times, case.required, forbidden_sites=case.forbidden
    )  # fmt: skip
    cheapest = best(lambda each: -case.site_costs[each].sum(), family)
    assert_proven(plan, None if cheapest is None else -cheapest)
    if plan.status == "optimal":
        assert plan.open_sites.tolist() in family


def test_equal_costs_are_the_location_set_covering_problem():
    reach = Reach.from_costs(np.random.default_rng(4).random((80, 20)), 0.3)
    fewest = location_set_covering(reach).objective
    assert weighted_set_covering(reach).objective == fewest
    assert weighted_set_covering(reach, 2.5).objective == 2.5 * fewest
    assert weighted_set_covering(reach, times=2).objective > fewest


def test_rows_that_too_few_sites_reach_are_counted():
    reach = Reach.from_costs([[1, 1], [1, 9], [9, 9]], 2)
    plan = weighted_set_covering(reach, times=2)
    assert plan.why.values == {"rows": 2}
    assert weighted_set_covering(reach, times=[2, 1, 0]).open_sites.tolist() == [0, 1]
