"""partial_set_covering: every set tried, and shares compared in whole numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.location import partial_set_covering
from tests.siting.location.force import Instance, assert_proven, best, seeds


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_equals_every_set_tried(seed):
    case = Instance(seed)
    share = float(case.random.choice([0, 0.3, 0.5, 0.9, 1.0]))
    least = share * case.weights.sum() * (1 - 2e-9)
    family = [each for each in case.sets() if case.covered(each) >= least]
    plan = partial_set_covering(
        case.reach, share, case.weights, case.site_costs, case.required, forbidden_sites=case.forbidden
    )
    cheapest = best(lambda each: -case.site_costs[each].sum(), family)
    assert_proven(plan, None if cheapest is None else -cheapest)
    if plan.status == "optimal":
        assert plan.open_sites.tolist() in family


def test_shares_are_taken_as_written():
    reach = Reach.from_costs(np.where(np.arange(10)[:, None] < [[9, 10]], 1, 9), 2)
    for nine_tenths in (0.9, (9, 10), Fraction(9, 10)):
        assert partial_set_covering(reach, nine_tenths, site_costs=[1, 5]).open_sites.tolist() == [0]
    assert partial_set_covering(reach, (901, 1000), site_costs=[1, 5]).open_sites.tolist() == [1]
    for wrong in (1.5, -0.1, (1, 2, 3), (3, 2), "much", np.nan):
        with pytest.raises(BadInput) as error:
            partial_set_covering(reach, wrong)
        assert error.value.where == "share"
