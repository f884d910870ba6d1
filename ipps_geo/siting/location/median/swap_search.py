"""Plans for the p-median: a greedy start, best swaps, and kicks out of a local optimum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.location.median.blocks import CostBlocks, block_maxima
from ipps_geo.siting.location.median.swap_kernels import lazy_greedy, lower_nearest, nearest_open, swap_down
from ipps_geo.siting.location.median.watch import MedianWatch

__all__ = ["SwapSearch", "greedy_sites"]

Floats32 = NDArray[np.float32]


def greedy_sites(blocks: CostBlocks, n_sites: int, required: NDArray[np.int64]) -> NDArray[np.int64]:
    """Required sites first, then the site with the largest saving, again and again; positions in ``blocks``."""
    m = len(blocks.sites)
    is_open = np.zeros(m, np.bool_)
    nearest = blocks.row_most.copy()
    reach = np.zeros(blocks.minima.shape[1], np.float32)
    block_maxima(nearest, reach)
    for c in required:
        is_open[c] = True
        lower_nearest(blocks.costs, blocks.minima, nearest, reach, c)
    chosen = np.zeros(n_sites - len(required), np.int64)
    lazy_greedy(
        blocks.costs, blocks.minima, blocks.weights, nearest, reach, is_open, len(chosen), np.full(m, np.inf), chosen
    )
    return np.concatenate([required, chosen])


class SwapSearch:
    """Local search by swaps on one set of blocks, in the units and positions of the blocks."""

    def __init__(self, blocks: CostBlocks, required: NDArray[np.int64], seed: int) -> None:
        self.blocks = blocks
        self.required = np.zeros(len(blocks.sites), np.bool_)
        self.required[required] = True
        self._random = np.random.default_rng(seed)
        self._far = np.float32(4 * max(float(blocks.row_most.max(initial=0)), 1e-3))
        self._seen: set[bytes] = set()

    def narrowed(self, blocks: CostBlocks, keep: NDArray[np.bool_]) -> None:
        """Go on with fewer sites."""
        self.blocks = blocks
        self.required = self.required[keep]
        self._seen.clear()

    def descend(self, open_sites: NDArray[np.int64], watch: MedianWatch) -> tuple[NDArray[np.int64], float]:
        """Swap to a local optimum, in slices between which the watch is asked."""
        blocks = self.blocks
        slots = np.array(open_sites, np.int64)
        state = np.zeros(len(blocks.sites), np.int8)
        state[slots] = 1
        is_fixed = self.required[slots]
        size = blocks.costs.size
        slice_passes = int(np.clip(2e7 // max(1, size), 1, 64))
        if is_fixed.all():
            slice_passes = 0
        while True:
            total, passes, converged = swap_down(
                blocks.costs,
                blocks.minima,
                blocks.exact_weights,
                blocks.n_rows,
                self._far,
                slots,
                is_fixed,
                state,
                watch.steps_left(slice_passes),
                len(slots) if size > 500_000 else 2,
            )
            watch.spend(passes)
            if converged or passes == 0 or watch.over():
                return slots, float(total)

    def descend_once(self, open_sites: NDArray[np.int64], watch: MedianWatch) -> tuple[NDArray[np.int64], float] | None:
        """``descend`` unless it started from the same set before."""
        key = np.sort(open_sites).tobytes()
        if key in self._seen:
            return None
        self._seen.add(key)
        return self.descend(open_sites, watch)

    def kick(
        self, open_sites: NDArray[np.int64], total: float, kicks: int, watch: MedianWatch
    ) -> tuple[NDArray[np.int64], float]:
        """Iterated local search: one to four random swaps, descend, go on from the better of both."""
        best, best_total = open_sites, total
        free_slots = np.flatnonzero(~self.required[best])
        m = len(self.blocks.sites)
        if not len(free_slots) or m <= len(best) + 1:
            return best, best_total
        for k in range(kicks):
            if watch.over():
                break
            slots = best.copy()
            free_slots = np.flatnonzero(~self.required[slots])
            closed = np.setdiff1d(np.arange(m), slots, assume_unique=True)
            swaps = min(1 + k % 4, len(free_slots), len(closed))
            slots[self._random.choice(free_slots, swaps, replace=False)] = self._random.choice(
                closed, swaps, replace=False
            )
            slots, value = self.descend(slots, watch)
            if value < best_total * (1 - 1e-9):
                best, best_total = slots, value
        return best, best_total

    def two_nearest(self, open_sites: NDArray[np.int64]) -> tuple[Floats32, Floats32]:
        """Costs of the nearest and the second nearest open site per row."""
        _, _, nearest, second = nearest_open(
            self.blocks.costs, self.blocks.n_rows, self._far, np.asarray(open_sites, np.int64)
        )
        return nearest, second
