"""gradual_covering and maximum_capture: every set tried, and what decay means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import maximal_covering
from ipps_geo.siting.location import gradual_covering, maximum_capture
from tests.siting.location.force import Instance, assert_proven, best, seeds


def steps(costs):
    return np.where(costs < 2, 1.0, np.where(costs < 4, 0.5, 0.25))


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_gradual_covering_equals_every_set_tried(seed):
    case = Instance(seed)
    full = float(case.random.uniform(0, case.limit))
    decay = ("linear", "cosine", steps)[seed % 3]
    part = np.clip((case.costs - full) / (case.limit - full), 0, 1)
    shares = (1 - part, (1 + np.cos(np.pi * part)) / 2, steps(case.costs))[seed % 3] * case.covers
    n_sites = int(case.random.integers(max(1, len(case.required)), case.m + 1))
    family = case.sets(min(n_sites, case.m - len(case.forbidden)))
    plan = gradual_covering(
        case.reach, n_sites, full, case.weights, case.required, decay=decay, forbidden_sites=case.forbidden
    )
    value = best(lambda each: float(case.weights @ shares[:, each].max(axis=1, initial=0.0)), family)
    if plan.status != "infeasible":  # no site may open: a p-median has no plan
        assert_proven(plan, value)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_maximum_capture_equals_every_set_tried(seed):
    case = Instance(seed)
    rival = case.random.integers(0, 10, case.n).astype(float)
    rival[case.random.random(case.n) < 0.2] = np.nan
    against = np.where(np.isnan(rival), np.inf, rival)[:, None]
    shares = np.where(case.costs < against, 1.0, np.where((case.costs == against) & (case.costs < 99), 0.5, 0.0))
    n_sites = int(case.random.integers(max(1, len(case.required)), case.m + 1))
    family = case.sets(min(n_sites, case.m - len(case.forbidden)))
    plan = maximum_capture(case.costs, n_sites, rival, case.weights, case.required, forbidden_sites=case.forbidden)
    if plan.status != "infeasible":
        assert_proven(plan, best(lambda each: float(case.weights @ shares[:, each].max(axis=1)), family))


def test_full_worth_up_to_the_limit_is_maximal_covering():
    reach = Reach.from_costs(np.random.default_rng(3).random((60, 10)), 0.2)
    assert gradual_covering(reach, 3, 0.2).objective == maximal_covering(reach, 3).objective
    asked = gradual_covering(reach, 3, gap=0.5)
    assert asked.status == "optimal"
    assert asked.bound <= 1.5 * asked.objective + 1e-9


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"full_within": 3}, "siting.full_beyond_limit"),
        ({"decay": "sudden"}, "siting.decay_unknown"),
        ({"decay": lambda costs: costs + 2}, "siting.decay_no_share"),
        ({"decay": lambda costs: 1.0}, "siting.decay_no_share"),
    ],
)
def test_a_decay_that_is_none_is_refused(given, code):
    with pytest.raises(BadInput) as error:
        gradual_covering(Reach.from_costs([[1.0], [2.0]], 2), 1, **given)
    assert error.value.code == code
