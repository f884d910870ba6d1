"""Plans for the p-median: a greedy start, best swaps, and kicks out of a local optimum.

For an open set, each demand row knows its nearest and second nearest open site at costs d1 <= d2. Opening site c and
closing site f changes the objective by

    loss_f - gain_c - extra_cf,   gain_c = sum w (d1 - d)+,   loss_f = sum over owner f of w (d2 - d1),
    extra_cf = sum over owner f with d < d2 of w (d2 - max(d, d1)),          d the cost of c

(Whitaker 1983; Resende and Werneck 2007). One pass over the blocks with a cost below d2 gives the best f for every c.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ipps_geo.siting.p_median_blocks import CostBlocks, block_maxima
from ipps_geo.siting.p_median_watch import Watch

__all__ = ["SwapSearch", "greedy_sites"]

_CLOSED, _OPEN, _BARRED = 0, 1, 2


@njit(cache=True, nogil=True)
def _site_gain(costs, minima, weights, nearest, reach, c):  # type: ignore[no-untyped-def]
    """Saving of opening site c on top of the nearest costs so far."""
    gain = 0.0
    for b in range(len(reach)):
        if minima[c, b] < reach[b]:
            part = np.float32(0)
            for u in range(b * 32, b * 32 + 32):
                part += weights[u] * max(nearest[u] - costs[c, u], np.float32(0))
            gain += part
    return gain


@njit(cache=True, nogil=True)
def _lower_nearest(costs, minima, nearest, reach, c):  # type: ignore[no-untyped-def]
    """Take site c into the nearest costs and their block maxima."""
    for b in range(len(reach)):
        if minima[c, b] < reach[b]:
            most = np.float32(0)
            for u in range(b * 32, b * 32 + 32):
                nearest[u] = min(nearest[u], costs[c, u])
                most = max(most, nearest[u])
            reach[b] = most


@njit(cache=True, nogil=True)
def _lazy_greedy(costs, minima, weights, nearest, reach, is_open, n_more, gains, chosen):  # type: ignore[no-untyped-def]
    """Open n_more sites, each with the largest saving; gains only shrink, so most are never evaluated again."""
    m = len(gains)
    fresh = np.full(m, -1, np.int64)
    for k in range(n_more):
        while True:
            best = -1
            for c in range(m):
                if not is_open[c] and (best < 0 or gains[c] > gains[best]):
                    best = c
            if fresh[best] == k:
                break
            gains[best] = _site_gain(costs, minima, weights, nearest, reach, best)
            fresh[best] = k
        is_open[best] = True
        chosen[k] = best
        _lower_nearest(costs, minima, nearest, reach, best)


@njit(cache=True, nogil=True)
def _two_nearest(costs, n, far, slots, owner, second, d1, d2, start, stop):  # type: ignore[no-untyped-def]
    """Nearest and second nearest open slot of the rows start..stop-1."""
    for u in range(start, min(stop, n)):
        d1[u] = far
        d2[u] = far
        owner[u] = 0
        second[u] = -1
    for f in range(len(slots)):
        c = slots[f]
        for u in range(start, min(stop, n)):
            d = costs[c, u]
            if d < d1[u]:
                d2[u] = d1[u]
                second[u] = owner[u]
                d1[u] = d
                owner[u] = f
            elif d < d2[u]:
                d2[u] = d
                second[u] = f


@njit(cache=True, nogil=True)
def _losses(exact_weights, n, owner, d1, d2, is_fixed, loss):  # type: ignore[no-untyped-def]
    """Cost of closing each open slot, infinite for a site that has to stay; returns the objective."""
    loss[:] = 0.0
    total = 0.0
    for u in range(n):
        loss[owner[u]] += exact_weights[u] * (np.float64(d2[u]) - np.float64(d1[u]))
        total += exact_weights[u] * np.float64(d1[u])
    for f in range(len(loss)):
        if is_fixed[f]:
            loss[f] = np.inf
    return total


@njit(cache=True, nogil=True)
def _best_swap_of(costs, minima, exact_weights, owner, d1, d2, reach, loss, cheapest, extra, stamp, touched, c):  # type: ignore[no-untyped-def]
    """Best saving of opening c, and the slot to close for it."""
    gain = 0.0
    n_touched = 0
    for b in range(len(reach)):
        if minima[c, b] < reach[b]:
            for u in range(b * 32, b * 32 + 32):
                d = costs[c, u]
                if d < d2[u]:
                    f = owner[u]
                    if stamp[f] != c:
                        stamp[f] = c
                        extra[f] = 0.0
                        touched[n_touched] = f
                        n_touched += 1
                    if d < d1[u]:
                        gain += exact_weights[u] * (np.float64(d1[u]) - d)
                        extra[f] += exact_weights[u] * (np.float64(d2[u]) - d1[u])
                    else:
                        extra[f] += exact_weights[u] * (np.float64(d2[u]) - d)
    slot = cheapest
    least = loss[cheapest]
    for t in range(n_touched):
        f = touched[t]
        if loss[f] - extra[f] < least:
            least = loss[f] - extra[f]
            slot = f
    return gain - least, slot


@njit(cache=True, nogil=True)
def _apply_swap(costs, minima, n, far, slots, owner, second, d1, d2, reach, f, c):  # type: ignore[no-untyped-def]
    """Put site c in slot f and repair the rows that it touches."""
    slots[f] = c
    for b in range(len(reach)):
        near = minima[c, b] < reach[b]
        changed = False
        for u in range(b * 32, min(b * 32 + 32, n)):
            if owner[u] == f or second[u] == f:
                _two_nearest(costs, n, far, slots, owner, second, d1, d2, u, u + 1)
                changed = True
            elif near:
                d = costs[c, u]
                if d < d1[u]:
                    d2[u] = d1[u]
                    second[u] = owner[u]
                    d1[u] = d
                    owner[u] = f
                    changed = True
                elif d < d2[u]:
                    d2[u] = d
                    second[u] = f
                    changed = True
        if changed:
            most = np.float32(0)
            for u in range(b * 32, b * 32 + 32):
                most = max(most, d2[u])
            reach[b] = most


@njit(cache=True, nogil=True)
def _descend(costs, minima, exact_weights, n, far, slots, is_fixed, site_state, max_passes, follow):  # type: ignore[no-untyped-def]
    """Swap until no swap saves, or the passes are spent; returns the objective, the passes, and whether it converged.

    After the best swap of a pass up to ``follow`` other promising sites of the same pass are tried again at their new
    value: on a large instance most swaps are far from each other, and a pass is what costs.
    """
    m = costs.shape[0]
    width = costs.shape[1]
    p = len(slots)
    owner = np.zeros(width, np.int32)
    second = np.full(width, -1, np.int32)
    d1 = np.zeros(width, np.float32)
    d2 = np.zeros(width, np.float32)
    reach = np.zeros(width // 32, np.float32)
    loss = np.zeros(p)
    extra = np.zeros(p)
    stamp = np.full(p, -1, np.int64)
    touched = np.zeros(p, np.int64)
    saving = np.zeros(m)
    slot_of = np.zeros(m, np.int64)
    _two_nearest(costs, n, far, slots, owner, second, d1, d2, 0, n)
    block_maxima(d2, reach)
    total = _losses(exact_weights, n, owner, d1, d2, is_fixed, loss)
    passes = 0
    converged = False
    while passes < max_passes:
        passes += 1
        tiny = 1e-9 * total
        cheapest = np.argmin(loss)
        stamp[:] = -1
        n_good = 0
        for c in range(m):
            saving[c] = 0.0
            if site_state[c] == 0:
                value, slot = _best_swap_of(
                    costs, minima, exact_weights, owner, d1, d2, reach, loss, cheapest, extra, stamp, touched, c
                )
                if value > tiny:
                    saving[c] = value
                    slot_of[c] = slot
                    n_good += 1
        if n_good == 0:
            converged = True
            break
        for trial in range(min(n_good, 1 + follow)):
            c = np.argmax(saving)
            if saving[c] <= tiny:
                break
            saving[c] = 0.0
            slot = slot_of[c]
            if trial > 0:
                stamp[:] = -1
                value, slot = _best_swap_of(
                    costs, minima, exact_weights, owner, d1, d2, reach, loss, np.argmin(loss), extra, stamp, touched, c
                )
                if value <= tiny:
                    continue
            site_state[slots[slot]] = 0
            site_state[c] = 1
            _apply_swap(costs, minima, n, far, slots, owner, second, d1, d2, reach, slot, c)
            total = _losses(exact_weights, n, owner, d1, d2, is_fixed, loss)
    return total, passes, converged


@njit(cache=True, nogil=True)
def _owners(costs, n, far, slots):  # type: ignore[no-untyped-def]
    """Owner slot, d1 and d2 of each row for an open set."""
    width = costs.shape[1]
    owner = np.zeros(width, np.int32)
    second = np.full(width, -1, np.int32)
    d1 = np.zeros(width, np.float32)
    d2 = np.zeros(width, np.float32)
    _two_nearest(costs, n, far, slots, owner, second, d1, d2, 0, n)
    return owner, second, d1, d2


def greedy_sites(blocks: CostBlocks, n_sites: int, required: NDArray[np.int64]) -> NDArray[np.int64]:
    """Required sites first, then the site with the largest saving, again and again; positions in ``blocks``."""
    m = len(blocks.sites)
    is_open = np.zeros(m, np.bool_)
    nearest = blocks.row_most.copy()
    reach = np.zeros(blocks.minima.shape[1], np.float32)
    block_maxima(nearest, reach)
    for c in required:
        is_open[c] = True
        _lower_nearest(blocks.costs, blocks.minima, nearest, reach, c)
    chosen = np.zeros(n_sites - len(required), np.int64)
    _lazy_greedy(
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

    def descend(self, open_sites: NDArray[np.int64], watch: Watch) -> tuple[NDArray[np.int64], float]:
        """Swap to a local optimum, in slices between which the watch is asked."""
        blocks = self.blocks
        slots = np.array(open_sites, np.int64)
        state = np.zeros(len(blocks.sites), np.int8)
        state[slots] = _OPEN
        is_fixed = self.required[slots]
        size = blocks.costs.size
        slice_passes = int(np.clip(2e7 // max(1, size), 1, 64))
        if is_fixed.all():
            slice_passes = 0
        while True:
            total, passes, converged = _descend(
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
            if converged or passes == 0 or watch.stopped():
                return slots, float(total)

    def descend_once(self, open_sites: NDArray[np.int64], watch: Watch) -> tuple[NDArray[np.int64], float] | None:
        """``descend`` unless it started from the same set before."""
        key = np.sort(open_sites).tobytes()
        if key in self._seen:
            return None
        self._seen.add(key)
        return self.descend(open_sites, watch)

    def kick(
        self, open_sites: NDArray[np.int64], total: float, kicks: int, watch: Watch
    ) -> tuple[NDArray[np.int64], float]:
        """Iterated local search: one to four random swaps, descend, go on from the better of both."""
        best, best_total = open_sites, total
        free_slots = np.flatnonzero(~self.required[best])
        m = len(self.blocks.sites)
        if not len(free_slots) or m <= len(best) + 1:
            return best, best_total
        for k in range(kicks):
            if watch.stopped():
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

    def two_nearest(self, open_sites: NDArray[np.int64]) -> tuple[NDArray[np.int32], ...]:
        """Owner slot, second slot, and their costs per row."""
        result: tuple[NDArray[np.int32], ...] = _owners(
            self.blocks.costs, self.blocks.n_rows, self._far, np.asarray(open_sites, np.int64)
        )
        return result
