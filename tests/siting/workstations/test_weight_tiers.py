"""Weights of very mixed size: no difference that a small weight makes gets lost beside a large one."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations
from ipps_geo.siting.workstations.weight_tiers import ranks, weight_tiers


def exact_best(covers: np.ndarray, needs: np.ndarray, weights: np.ndarray, n_sites: int, low: int) -> Fraction:
    """Most weight of lawful rosters, by trying every assignment of every row, in exact fractions."""
    worth = [Fraction(repr(w)) for w in weights.tolist()]
    choices = [[-1, *np.flatnonzero(row)] for row in covers]
    best = Fraction(0)
    for taken in product(*choices):
        lawful, opened = True, 0
        for site in range(covers.shape[1]):
            mine = [needs[i] for i, j in enumerate(taken) if j == site]
            opened += bool(mine)
            lawful &= not mine or (len(mine) >= low and 5 * sum(mine) >= 3 * len(mine))
        if lawful and opened <= n_sites:
            best = max(best, sum((w for w, j in zip(worth, taken, strict=True) if j >= 0), Fraction(0)))
    return best


@pytest.mark.parametrize("seed", range(8))
def test_plans_are_right_to_the_last_digit(seed: int) -> None:
    random = np.random.default_rng(seed)
    covers = random.random((8, 3)) < 0.6
    needs = (random.random(8) < 0.6).astype(np.int8)
    weights = random.choice([[1e9, 1e3, 1, 0.001], [1e5, 0.01, 1, 37.5]][seed % 2], 8)
    plan = plan_workstations(
        Reach.from_costs(np.where(covers, 1.0, np.nan), 1.0), needs, 2, weights, min_roster=2, gap=0
    )
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(float(exact_best(covers, needs, weights, 2, 2)), rel=1e-15)


def test_a_tier_outweighs_all_below_it() -> None:
    random = np.random.default_rng(1)
    value, members = random.choice([1.0, 40.0, 1e6, 3e6, 1e12], 50), random.integers(1, 9, 50)
    tiers = weight_tiers(value, members)
    assert len(tiers) == 3
    assert np.sum([which for _, which in tiers], axis=0).tolist() == [1] * 50
    for k, (unit, which) in enumerate(tiers):
        assert (value[which] % unit == 0).all()
        assert unit > sum((members[lower] @ value[lower] for _, lower in tiers[k + 1 :]), 0.0)
    assert (np.argsort(ranks(value), kind="stable") == np.argsort(value, kind="stable")).all()
