"""budgeted_maximal_covering: every affordable set tried, and what a budget means."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from ipps_geo.reach import Reach
from ipps_geo.siting import maximal_covering
from ipps_geo.siting.location import budgeted_maximal_covering
from tests.siting.location.force import Instance, assert_proven, best, seeds


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_equals_every_affordable_set_tried(seed):
    case = Instance(seed)
    budget = float(case.random.uniform(0, 1.2) * case.site_costs.sum())
    n_sites = int(case.random.integers(0, case.m + 1)) if seed % 3 == 0 else None
    most = case.m if n_sites is None else n_sites
    family = [each for each in case.sets() if case.site_costs[each].sum() <= budget and len(each) <= most]
    plan = budgeted_maximal_covering(
        case.reach, case.site_costs, budget, case.weights, case.required, n_sites=n_sites,
        forbidden_sites=case.forbidden,
    )  # fmt: skip
    assert_proven(plan, best(case.covered, family))
    if plan.status == "optimal":
        assert plan.open_sites.tolist() in family
        assert case.covers[plan.assignment >= 0, plan.assignment[plan.assignment >= 0]].all()
        for site in set(plan.open_sites.tolist()) - set(case.required.tolist()):
            rest = [j for j in plan.open_sites.tolist() if j != site]
            assert case.covers[:, rest].any(axis=1).sum() < (plan.assignment >= 0).sum()


def test_equal_costs_are_maximal_covering_and_decimal_costs_add_up_as_written():
    random = np.random.default_rng(1)
    reach = Reach.from_costs(random.random((60, 12)), 0.25)
    plan = budgeted_maximal_covering(reach, 0.1, 0.3)
    assert plan.objective == maximal_covering(reach, 3).objective
    assert len(plan.open_sites) == 3


def test_an_endless_budget_opens_what_is_needed_and_no_more():
    reach = Reach.from_costs([[1, 9, 1], [9, 1, 1]], 2)
    assert budgeted_maximal_covering(reach, [1, 1, 1], np.inf).open_sites.tolist() in ([2], [0, 1])
    assert budgeted_maximal_covering(reach, [5, 5, 1], 4).open_sites.tolist() == [2]
    told = budgeted_maximal_covering(reach, [5, 5, 1], 4, required_sites=[0])
    assert told.why.code == "siting.infeasible.budget"
    assert told.why.values == {"cost": "5", "budget": "4"}
