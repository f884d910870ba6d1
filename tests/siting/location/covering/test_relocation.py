"""maximal_covering_relocation and p_median_relocation: every set that moves may reach tried."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import maximal_covering, p_median
from ipps_geo.siting.location import maximal_covering_relocation, p_median_relocation
from tests.siting.location.force import Instance, assert_proven, best, seeds


def moved(seed):
    """An instance, arguments of a relocation, and the sets that they allow."""
    case = Instance(seed)
    random = case.random
    existing = random.random(case.m) < 0.5
    existing[0] |= not existing.any()
    given = {
        "n_sites": None if seed % 4 else int(random.integers(0, case.m + 1)),
        "most_closed": None if seed % 3 == 1 else int(random.integers(0, 3)),
        "most_opened": None if seed % 5 else int(random.integers(0, 3)),
        "forbidden_sites": case.forbidden,
    }
    paid = np.zeros(case.m)
    if seed % 2:
        given |= {"opening_costs": random.integers(0, 5, case.m), "closing_costs": random.integers(0, 5, case.m)}
        given["budget"] = int(random.integers(0, 12))
        paid = np.where(existing, given["closing_costs"], given["opening_costs"])

    def allowed(each):
        changed = np.isin(np.arange(case.m), each) != existing
        limits = (
            (len(each), existing.sum() if given["n_sites"] is None else given["n_sites"]),
            ((changed & existing).sum(), given["most_closed"]),
            ((changed & ~existing).sum(), given["most_opened"]),
            (paid[changed].sum(), given.get("budget")),
        )
        return all(limit is None or number <= limit for number, limit in limits)

    return case, np.flatnonzero(existing), given, [each for each in case.sets() if allowed(each)]


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_covering_equals_every_set_that_moves_reach(seed):
    case, existing, given, family = moved(seed)
    plan = maximal_covering_relocation(
        case.reach, existing, weights=case.weights, required_sites=case.required, **given
    )
    assert_proven(plan, best(case.covered, family))
    if plan.status == "optimal":
        assert plan.open_sites.tolist() in family
        assert sorted([*plan.kept, *plan.closed]) == existing.tolist()
        assert sorted([*plan.kept, *plan.opened]) == plan.open_sites.tolist()


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_median_equals_every_set_that_moves_reach(seed):
    case, existing, given, family = moved(seed)
    plan = p_median_relocation(case.costs, existing, weights=case.weights, required_sites=case.required, **given)
    least = best(lambda each: -case.median(each), family)
    assert_proven(plan, None if least is None else -least)
    if plan.status == "optimal":
        assert plan.open_sites.tolist() in family


def test_free_moves_are_the_models_from_nothing_and_none_leave_all_as_it_is():
    costs = np.random.default_rng(5).random((50, 12))
    reach = Reach.from_costs(costs, 0.2)
    assert maximal_covering_relocation(reach, [0, 1, 2]).objective == maximal_covering(reach, 3).objective
    assert p_median_relocation(costs, [0, 1, 2]).objective == pytest.approx(p_median(costs, 3).objective)
    still = p_median_relocation(costs, [0, 1, 2], most_closed=0)
    assert (still.kept.tolist(), still.closed.tolist(), still.opened.tolist()) == ([0, 1, 2], [], [])
    with pytest.raises(BadInput) as error:
        maximal_covering_relocation(reach, [])
    assert error.value.code == "siting.existing_missing"
    with pytest.raises(BadInput) as error:
        maximal_covering_relocation(reach, [0], opening_costs=3)
    assert error.value.code == "siting.costs_and_budget"
