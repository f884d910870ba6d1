"""market_share and target_market_share: every set tried with the formula as it is written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from ipps_geo.errors import BadInput
from ipps_geo.siting.location import market_share, target_market_share
from tests.siting.location.force import Instance, assert_proven, best, seeds


def market(seed):
    """An instance with competitors: costs to them, arguments, and what a set of sites captures."""
    case = Instance(seed)
    random = case.random
    rivals = random.random((case.n, random.integers(0, 4))) * 9
    if seed % 3 == 1:
        rivals[random.random(rivals.shape) < 0.3] = np.inf
    given = {
        "attractiveness": random.uniform(0.5, 3, case.m),
        "competitor_attractiveness": random.uniform(0.5, 3, rivals.shape[1]),
        "decay": ("power", "exponential")[seed % 2],
        "exponent": float(random.choice([0.5, 1, 2, 3])),
        "forbidden_sites": case.forbidden,
    }

    def attraction(costs, sizes):
        felt = np.maximum(costs, 1.0)
        return sizes * (felt ** -given["exponent"] if seed % 2 == 0 else np.exp(-given["exponent"] * felt))

    own = attraction(case.costs, given["attractiveness"])
    against = attraction(rivals, given["competitor_attractiveness"]).sum(axis=1)

    def captured(each):
        drawn = own[:, each].sum(axis=1)
        some = drawn > 0
        return float((case.weights[some] * drawn[some] / (drawn[some] + against[some])).sum())

    return case, rivals, given, captured


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_market_share_equals_every_set_tried(seed):
    case, rivals, given, captured = market(seed)
    n_sites = int(case.random.integers(len(case.required), case.m + 1))
    plan = market_share(case.costs, n_sites, rivals, case.weights, case.required, **given)
    assert_proven(plan, best(captured, case.sets(min(n_sites, case.m - len(case.forbidden)))))


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_target_equals_the_smallest_set_that_captures_it(seed):
    case, rivals, given, captured = market(seed)
    share = float(case.random.choice([0.2, 0.5, 0.8]))
    enough = share * case.weights.sum() * (1 - 1e-9)
    fewest = min((len(each) for each in case.sets() if captured(each) >= enough), default=None)
    plan = target_market_share(case.costs, share, rivals, case.weights, case.required, **given)
    assert_proven(plan, fewest)


def test_arguments_that_cannot_be_used():
    costs, rivals = [[1.0, 2.0], [2.0, 1.0]], [[1.0], [1.0]]
    for wrong, code in (
        ({"decay": "sudden"}, "siting.decay_unknown"),
        ({"exponent": 0}, "siting.threshold_not_positive"),
        ({"least_cost": np.inf}, "siting.threshold_not_positive"),
        ({"attractiveness": [1, 0]}, "siting.attraction_wrong"),
        ({"competitor_attractiveness": [1, 2]}, "siting.attraction_wrong"),
    ):
        with pytest.raises(BadInput) as error:
            market_share(costs, 1, rivals, **wrong)
        assert (error.value.code, error.value.where) == (code, next(iter(wrong)))
    with pytest.raises(BadInput) as error:
        market_share(costs, 1, [[1.0]])
    assert error.value.code == "siting.competitors_wrong"
