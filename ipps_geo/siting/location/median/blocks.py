"""Costs in the layout that the p-median kernels read: one row per site, demand in blocks of near neighbours.

A row of demand costs little to the search and to the bound when a whole block of 32 rows can be skipped at once: the
smallest cost from a site to a block is compared with the largest value that matters in it. That only works when
neighbours share a block, so rows are ordered by their nearest sites.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel

__all__ = ["BLOCK", "CostBlocks", "block_maxima", "block_minima"]

BLOCK = 32
_CHUNK = 1 << 21  # entries converted at a time, so that no second matrix of full size exists
_PAD = np.float32(1e30)


@kernel(fastmath=True)
def block_minima(costs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Smallest cost from each site to each block of demand, shape (m, N / 32)."""
    m, n = costs.shape
    minima = np.empty((m, n // 32), np.float32)
    for j in range(m):
        for b in range(n // 32):
            least = costs[j, b * 32]
            for u in range(b * 32 + 1, b * 32 + 32):
                least = min(least, costs[j, u])
            minima[j, b] = least
    return minima


@kernel(fastmath=True)
def block_maxima(values: NDArray[np.float32], maxima: NDArray[np.float32]) -> None:
    """Write the largest value in each block of demand.

    It is compiled into kernels of ``bound`` and ``swap_kernels``, whose caches on the disk do not notice a change here.
    """
    for b in range(len(maxima)):
        most = values[b * 32]
        for u in range(b * 32 + 1, b * 32 + 32):
            most = max(most, values[u])
        maxima[b] = most


@dataclass(eq=False)
class CostBlocks:
    """A p-median instance ready for the kernels, in scaled units.

    Attributes
    ----------
    costs
        (m, N) float32, never above the true cost, so that a bound computed from it is valid; padded columns hold 1e30.
    minima
        (m, N / 32) smallest cost per site and block.
    weights, exact_weights
        (N,) float32 and float64; padding weighs nothing.
    rows
        (n,) position in the instance of each column of ``costs`` before the padding.
    sites
        (m,) position in the instance of each row of ``costs``.
    row_least, row_most
        (N,) smallest and largest cost of each demand row, the range in which its multiplier lives.
    exact
        Whether ``costs`` is equal to the true costs.
    constant
        Cost of the demand rows that were decided and left out.
    true_costs
        (m, N) float64, only on a core whose costs are not exact in float32.
    """

    costs: NDArray[np.float32]
    minima: NDArray[np.float32]
    weights: NDArray[np.float32]
    exact_weights: NDArray[np.float64]
    rows: NDArray[np.int64]
    sites: NDArray[np.int64]
    row_least: NDArray[np.float32]
    row_most: NDArray[np.float32]
    exact: bool
    constant: float = 0.0
    true_costs: NDArray[np.float64] | None = None

    @property
    def proof_costs(self) -> NDArray[np.float32] | NDArray[np.float64]:
        """The costs on which proofs are evaluated."""
        return self.costs if self.true_costs is None else self.true_costs

    @property
    def n_rows(self) -> int:
        """Demand rows without padding."""
        return len(self.rows)

    @classmethod
    def build(
        cls,
        costs: NDArray[np.floating],
        weights: NDArray[np.float64],
        rows: NDArray[np.int64],
        sites: NDArray[np.int64],
        scale: float,
        far: NDArray[np.float64] | None,
        stopped: Callable[[], bool] | None = None,
    ) -> CostBlocks | None:
        """Transpose, scale, round down to float32 and pad, a chunk of rows at a time.

        ``far`` is the cost, per row, that stands for a pair that is not allowed (scaled units). ``None`` when
        ``stopped`` says so on the way.
        """
        n, m = len(rows), len(sites)
        width = max(BLOCK, -(-n // BLOCK) * BLOCK)
        table = np.full((m, width), _PAD, np.float32)
        least = np.zeros(width, np.float32)
        most = np.zeros(width, np.float32)
        exact = True
        all_sites = m == costs.shape[1]
        step = max(1, _CHUNK // max(1, costs.shape[1]))
        for start in range(0, n, step):
            if stopped is not None and stopped():
                return None
            taken = rows[start : start + step]
            part = costs[taken] if all_sites else costs[np.ix_(taken, sites)]
            if scale != 1.0:
                part = part * part.dtype.type(scale)
            if far is not None:
                part = np.where(np.isfinite(part), part, far[start : start + step, None])
            rounded = part.astype(np.float32, copy=False)
            if rounded is not part:
                above = rounded > part
                if above.any():
                    rounded[above] = np.nextafter(rounded[above], np.float32(0))
                exact = exact and bool(np.array_equal(rounded, part))
            stop = start + len(taken)
            table[:, start:stop] = rounded.T
            least[start:stop] = rounded.min(axis=1)
            most[start:stop] = rounded.max(axis=1)
        exact_weights = np.zeros(width)
        exact_weights[:n] = weights
        return cls(
            table, block_minima(table), exact_weights.astype(np.float32), exact_weights, rows, sites, least, most, exact
        )

    def keep_sites(self, keep: NDArray[np.bool_]) -> CostBlocks:
        """The same rows with fewer sites; the kept costs move up in place, so this object is spent afterwards."""
        kept = np.flatnonzero(keep)
        for new, old in enumerate(kept):
            if new != old:
                self.costs[new] = self.costs[old]
                self.minima[new] = self.minima[old]
        k = len(kept)
        return CostBlocks(
            self.costs[:k],
            self.minima[:k],
            self.weights,
            self.exact_weights,
            self.rows,
            self.sites[kept],
            self.row_least,
            self.row_most,
            self.exact,
            self.constant,
        )
