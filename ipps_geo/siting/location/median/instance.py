"""What a p-median search works on: the rows and sites that matter, in units that float32 holds well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.location.median.blocks import CostBlocks
from ipps_geo.siting.location.median.swap_search import greedy_sites

__all__ = ["Instance", "distinct", "reduce_instance"]

_SAMPLE_ROWS = 3_000
_SCALED_MOST = 20  # costs are scaled by a power of two to below 2**20, where whole numbers are exact in float32


@dataclass(eq=False)
class Instance:
    """A p-median instance without rows of no weight, equal rows and equal sites.

    Attributes
    ----------
    costs
        (n_all, m_all) the caller's costs, float32 or float64; not finite where a pair is not allowed.
    rows, weights
        Rows that count, one for each group of equal rows, with their summed weights, scaled.
    sites
        Positions of the sites that may open, one for each group of equal sites.
    required
        Positions within ``sites`` of those that have to open.
    n_sites
        How many of ``sites`` open.
    cost_scale, value_scale
        Powers of two: scaled cost / cost, and scaled objective / objective.
    quantum
        Smallest difference between two scaled objectives when costs and weights are whole numbers, else 0.
    far
        Scaled cost per row that stands for a pair that is not allowed; ``None`` when all pairs are.
    """

    costs: NDArray[np.floating]
    rows: NDArray[np.int64]
    weights: NDArray[np.float64]
    sites: NDArray[np.int64]
    required: NDArray[np.int64]
    n_sites: int
    cost_scale: float
    value_scale: float
    quantum: float
    far: NDArray[np.float64] | None = None

    def scaled_costs(self, rows: NDArray[np.int64], sites: NDArray[np.int64]) -> NDArray[np.float64]:
        """True scaled costs of some of the instance's rows and sites (positions within ``rows`` and ``sites``)."""
        part = self.costs[np.ix_(self.rows[rows], self.sites[sites])].astype(np.float64) * self.cost_scale
        if self.far is not None:
            part = np.where(np.isfinite(part), part, self.far[rows, None])
        return part

    def value(self, open_sites: NDArray[np.int64]) -> float:
        """Scaled objective of an open set, in float64 from the caller's costs."""
        total = 0.0
        step = max(1, (1 << 22) // max(1, len(open_sites)))
        everything = np.arange(len(self.rows))
        for start in range(0, len(everything), step):
            taken = everything[start : start + step]
            total += float(self.weights[taken] @ self.scaled_costs(taken, open_sites).min(axis=1))
        return total

    def sample_start(self) -> NDArray[np.int64]:
        """A greedy open set on a sample of the rows."""
        n = len(self.rows)
        picked = np.unique(np.linspace(0, n - 1, min(n, _SAMPLE_ROWS)).astype(np.int64))
        built = CostBlocks.build(
            self.costs,
            self.weights[picked],
            self.rows[picked],
            self.sites,
            self.cost_scale,
            None if self.far is None else self.far[picked],
        )
        blocks = cast(CostBlocks, built)  # nothing stops it
        return greedy_sites(blocks, self.n_sites, self.required)

    def blocks(self, start: NDArray[np.int64], stopped: Callable[[], bool]) -> CostBlocks | None:
        """The cost blocks, rows ordered by their nearest site of ``start``, the next one, and their nearest of all.

        ``None`` when ``stopped`` says so on the way.
        """
        n = len(self.rows)
        near = np.empty((4, n), np.float32)
        step = max(1, (1 << 22) // max(1, len(self.sites)))
        all_sites = len(self.sites) == self.costs.shape[1]
        for first in range(0, n, step):
            if stopped():
                return None
            taken = self.rows[first : first + step]
            part = self.costs[taken] if all_sites else self.costs[np.ix_(taken, self.sites)]
            part = np.where(np.isfinite(part), part, np.inf)
            of_start = part[:, start]
            block = slice(first, first + len(taken))
            near[0, block] = of_start.argmin(axis=1)
            if len(start) > 1:
                near[1, block] = np.argpartition(of_start, 1, axis=1)[:, :2].sum(axis=1)
            else:
                near[1, block] = 0
            near[2, block] = part.argmin(axis=1)
            near[3, block] = of_start.min(axis=1)
        order = np.lexsort(near[::-1])
        self.rows = self.rows[order]
        self.weights = self.weights[order]
        if self.far is not None:
            self.far = self.far[order]
        blocks = CostBlocks.build(self.costs, self.weights, self.rows, self.sites, self.cost_scale, self.far, stopped)
        if blocks is None:
            return None
        blocks.rows, blocks.sites = np.arange(n), np.arange(len(self.sites))
        return blocks


def distinct(costs: NDArray[np.floating], axis: int) -> NDArray[np.int64]:
    """For each row (axis 0) or column (axis 1) the position of the first one equal to it.

    Random projections find the candidates, a comparison confirms them.
    """
    count = costs.shape[axis]
    first = np.arange(count)
    if count < 2 or costs.shape[1 - axis] == 0 or not np.isfinite(costs.max()):
        return first
    direction = np.random.default_rng(7).random((costs.shape[1 - axis],)).astype(costs.dtype)
    key = costs @ direction if axis == 0 else direction @ costs
    order = np.lexsort((first, key))
    leader = order[0]
    for position in order[1:]:
        if key[position] == key[leader] and np.array_equal(
            costs[position] if axis == 0 else costs[:, position], costs[leader] if axis == 0 else costs[:, leader]
        ):
            first[position] = leader
        else:
            leader = position
    return first


def reduce_instance(
    costs: NDArray[np.floating],
    weights: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    required: NDArray[np.int64],
    n_sites: int,
) -> Instance:
    """Leave out what cannot matter, and choose the scales."""
    rows = np.flatnonzero(weights > 0)
    same_row = distinct(costs, 0)
    summed = np.bincount(same_row[rows], weights[rows], minlength=len(weights))
    rows = np.flatnonzero(summed > 0)
    same_site = distinct(costs, 1)
    must = np.zeros(len(allowed), np.bool_)
    must[required] = True
    # The one that stays of each group of equal sites: a required one first, then the first in order.
    ranked = np.lexsort((np.arange(len(allowed)), ~must))
    ranked = ranked[allowed[ranked]]
    _, stays = np.unique(same_site[ranked], return_index=True)
    sites = np.sort(np.union1d(ranked[stays], required))
    n_open = min(n_sites, len(sites))

    part = costs if len(rows) == costs.shape[0] and len(sites) == costs.shape[1] else costs[np.ix_(rows, sites)]
    finite = np.isfinite(part)
    all_allowed = bool(finite.all())
    largest = float(part.max(initial=0.0) if all_allowed else part[finite].max(initial=0.0))
    cost_scale = 2.0 ** (_SCALED_MOST - np.frexp(largest)[1]) if largest > 0 else 1.0
    kept_weights = summed[rows]
    weight_scale = 2.0 ** -float(np.frexp(kept_weights.max(initial=1.0))[1])
    whole = bool((kept_weights == np.floor(kept_weights)).all()) and _whole(part if all_allowed else part[finite])
    whole = whole and largest * float(kept_weights.sum()) < 2.0**52
    value_scale = cost_scale * weight_scale
    instance = Instance(
        costs,
        rows,
        kept_weights * weight_scale,
        sites,
        np.searchsorted(sites, required),
        n_open,
        cost_scale,
        value_scale,
        value_scale if whole else 0.0,
    )
    if not all_allowed:
        instance.far = np.full(len(rows), 0.0)
    return instance


def _whole(values: NDArray[np.floating]) -> bool:
    """Whether all values are whole numbers; a few are looked at before all of them are."""
    flat = values.reshape(-1)
    if (flat[:1000] != np.floor(flat[:1000])).any():
        return False
    return all(bool((part == np.floor(part)).all()) for part in np.array_split(flat, max(1, flat.size >> 20)))
