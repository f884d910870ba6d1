"""What a pair really costs, looked up or computed again for the checker, without any solver's index."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.search.checks import listed_costs

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


class CostSource(Protocol):
    """Costs of single pairs; infinity where the pair is out of reach or not eligible."""

    shape: tuple[int, int]
    limit: float

    def of(self, rows: Longs, sites: Longs) -> Floats:
        """Cost of each pair (rows[k], sites[k])."""
        ...

    def nearest(self, sites: ArrayLike) -> Floats:
        """Least cost of every demand row to the sites given."""
        ...

    def plain(self, row: int, site: int) -> float | str:
        """What to show for a pair that is out of reach."""
        ...


class DenseCosts:
    """A matrix of costs; NaN, infinity and what a sparse one does not store mean that there is no pair."""

    limit = np.inf

    def __init__(self, costs: ArrayLike) -> None:
        table = np.asarray(listed_costs(costs), dtype=np.float64)
        if table.ndim != 2:
            raise BadInput("siting.no_reach", where="reach")
        self._table = np.where(np.isnan(table), np.inf, table)
        self.shape: tuple[int, int] = (table.shape[0], table.shape[1])

    def of(self, rows: Longs, sites: Longs) -> Floats:
        """Cost of each pair."""
        costs: Floats = self._table[rows, sites]
        return costs

    def nearest(self, sites: ArrayLike) -> Floats:
        """Least cost of every row."""
        least: Floats = self._table[:, np.asarray(sites, dtype=np.int64)].min(axis=1, initial=np.inf)
        return least

    def plain(self, row: int, site: int) -> float | str:
        """The cost itself."""
        return float(self._table[row, site])


class ReachCosts:
    """Pairs of a reach: distances from the coordinates where nothing else is stored, otherwise the stored costs."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.shape: tuple[int, int] = (reach.n_demand, reach.n_sites)
        self.limit: float = reach.limit
        self._keys: Longs | None = None

    def of(self, rows: Longs, sites: Longs) -> Floats:
        """Cost of each pair."""
        reach = self._reach
        if not reach.lazy or reach.demand_xy is None or reach.site_xy is None:
            return self._stored(rows, sites)
        offset = reach.demand_xy[rows] - reach.site_xy[sites]
        squared = offset[:, 0] * offset[:, 0] + offset[:, 1] * offset[:, 1]
        costs = np.where(squared <= reach.limit * reach.limit, np.sqrt(squared), np.inf)
        return np.where(self._eligible(rows, sites), costs, np.inf)

    def nearest(self, sites: ArrayLike) -> Floats:
        """Least cost of every row."""
        least = np.full(self.shape[0], np.inf)
        if self._reach.lazy:
            rows = np.arange(self.shape[0])
            for site in np.asarray(sites, dtype=np.int64):
                np.minimum(least, self.of(rows, np.full(len(rows), site)), out=least)
            return least
        pairs = self._reach.pairs
        wanted = np.zeros(self.shape[1], dtype=bool)
        wanted[np.asarray(sites, dtype=np.int64)] = True
        keep = wanted[pairs.indices]
        np.minimum.at(least, np.repeat(np.arange(self.shape[0]), np.diff(pairs.indptr))[keep], pairs.data[keep])
        return least

    def plain(self, row: int, site: int) -> float | str:
        """The straight line where coordinates are held; ``not_eligible`` when only the class rule denies the pair."""
        reach = self._reach
        if not reach.lazy or reach.demand_xy is None or reach.site_xy is None:
            return "no_pair"
        distance = float(np.hypot(*(reach.demand_xy[row] - reach.site_xy[site])))
        return distance if distance > reach.limit else "not_eligible"

    def _eligible(self, rows: Longs, sites: Longs) -> NDArray[np.bool_]:
        rule = self._reach.rule
        if rule is None:
            return np.ones(len(rows), dtype=bool)
        return rule.allowed[rule.demand_class[rows], rule.site_class[sites]]

    def _stored(self, rows: Longs, sites: Longs) -> Floats:
        pairs = self._reach.pairs
        width = max(self.shape[1], 1)
        if self._keys is None:
            row_of_entry = np.repeat(np.arange(self.shape[0], dtype=np.int64), np.diff(pairs.indptr))
            self._keys = row_of_entry * width + pairs.indices
        wanted = rows.astype(np.int64) * width + sites
        place = np.minimum(np.searchsorted(self._keys, wanted), max(len(self._keys) - 1, 0))
        if not len(self._keys):
            return np.full(len(rows), np.inf)
        hit = (self._keys[place] == wanted) & (pairs.data[place] <= self.limit)
        return np.where(hit, pairs.data[place], np.inf)
