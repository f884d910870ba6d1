"""Small random instances of location models, and every set of sites tried."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
from hypothesis import strategies as st

from ipps_geo.reach import Reach

seeds = st.integers(0, 2**32 - 1)


def sets(m: int, required=(), forbidden=(), size: int | None = None) -> Iterator[list[int]]:
    """Every set of sites that holds the required ones and none of the forbidden."""
    for k in range(m + 1) if size is None else (size,):
        for chosen in itertools.combinations(range(m), k):
            if set(required) <= set(chosen) and not set(forbidden) & set(chosen):
                yield list(chosen)


def best(worth: Callable[[list[int]], float], family) -> float | None:
    """Most that a set of the family is worth; none without a set."""
    return max(map(worth, family), default=None)


class Instance:
    """Costs from 0 to 9 of up to 14 rows and 6 sites, weights and site costs, whole or not, required and forbidden."""

    def __init__(self, seed: int, gaps: bool = True) -> None:
        random = self.random = np.random.default_rng(seed)
        self.n, self.m = int(random.integers(1, 15)), int(random.integers(1, 7))
        whole = random.random() < 0.5
        self.costs = random.integers(0, 10, (self.n, self.m)) if whole else random.random((self.n, self.m)) * 9
        self.costs = self.costs.astype(float)
        if gaps and random.random() < 0.4:
            self.costs[random.random(self.costs.shape) < 0.25] = np.inf
        unit = random.choice([1e-9, 1.0, 1e4])
        self.weights = random.integers(0, 6, self.n).astype(float) if whole else random.random(self.n) * unit
        self.site_costs = random.integers(0, 6, self.m).astype(float) if whole else random.random(self.m)
        mixed = random.permutation(self.m)
        self.required = np.sort(mixed[: random.integers(0, 2)])
        self.forbidden = np.sort(mixed[1 : 1 + random.integers(0, 2)])
        self.limit = float(random.uniform(1, 8))

    @property
    def reach(self) -> Reach:
        return Reach.from_costs(self.costs, self.limit)

    @property
    def covers(self) -> np.ndarray:
        return self.costs <= self.limit

    def sets(self, size: int | None = None) -> list[list[int]]:
        return list(sets(self.m, self.required, self.forbidden, size))

    def covered(self, chosen: list[int]) -> float:
        return float(self.weights[self.covers[:, chosen].any(axis=1)].sum())

    def median(self, chosen: list[int]) -> float:
        counted = self.weights > 0
        return float(self.weights[counted] @ self.costs[counted][:, chosen].min(axis=1, initial=np.inf))


def assert_proven(plan, value: float | None) -> None:
    """The plan is infeasible when no value exists, else optimal with that value."""
    if value is None or not np.isfinite(value):
        assert plan.status == "infeasible"
        assert plan.why is not None
        assert plan.stop_reason == str(plan.why)
        assert len(plan.open_sites) == 0
        return
    assert (plan.status, plan.stop_reason, plan.gap) == ("optimal", "proven", 0.0)
    assert plan.bound == plan.objective
    assert abs(plan.objective - value) <= 2e-7 * max(abs(value), 1e-30) or plan.objective == value
    assert (np.diff(plan.open_sites) > 0).all()
