"""Compiled kernels of the p-median search: savings, greedy, and best swaps.

For an open set, each demand row knows its nearest and second nearest open site at costs d1 <= d2. Opening site c and
closing site f changes the objective by

    loss_f - gain_c - extra_cf,   gain_c = sum w (d1 - d)+,   loss_f = sum over owner f of w (d2 - d1),
    extra_cf = sum over owner f with d < d2 of w (d2 - max(d, d1)),          d the cost of c

(Whitaker 1983; Resende and Werneck 2007). One pass over the blocks with a cost below d2 gives the best f for every c.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel
from ipps_geo.siting.location.median.blocks import block_maxima

__all__ = ["lazy_greedy", "lower_nearest", "nearest_open", "swap_down"]

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Bytes = NDArray[np.int8]
Flags = NDArray[np.bool_]


@kernel()
def _site_gain(
    costs: Floats32, minima: Floats32, weights: Floats32, nearest: Floats32, reach: Floats32, c: int
) -> float:
    """Saving of opening site c on top of the nearest costs so far, added up in the order of the rows."""
    gain = 0.0
    for b in range(len(reach)):
        if minima[c, b] < reach[b]:
            part = np.float32(0)
            for u in range(b * 32, b * 32 + 32):
                part += weights[u] * max(nearest[u] - costs[c, u], np.float32(0))
            gain += np.float64(part)
    return gain


@kernel()
def lower_nearest(costs: Floats32, minima: Floats32, nearest: Floats32, reach: Floats32, c: int) -> None:
    """Take site c into the nearest costs and their block maxima."""
    for b in range(len(reach)):
        if minima[c, b] < reach[b]:
            most = np.float32(0)
            for u in range(b * 32, b * 32 + 32):
                nearest[u] = min(nearest[u], costs[c, u])
                most = max(most, nearest[u])
            reach[b] = most


@kernel()
def lazy_greedy(
    costs: Floats32,
    minima: Floats32,
    weights: Floats32,
    nearest: Floats32,
    reach: Floats32,
    is_open: Flags,
    n_more: int,
    gains: Floats,
    chosen: Longs,
) -> None:
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
        lower_nearest(costs, minima, nearest, reach, best)


@kernel()
def _two_nearest(
    costs: Floats32,
    n: int,
    far: np.float32,
    slots: Longs,
    owner: Ints,
    second: Ints,
    d1: Floats32,
    d2: Floats32,
    start: int,
    stop: int,
) -> None:
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


@kernel()
def _losses(
    exact_weights: Floats, n: int, owner: Ints, d1: Floats32, d2: Floats32, is_fixed: Flags, loss: Floats
) -> float:
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


@kernel()
def _best_swap_of(
    costs: Floats32,
    minima: Floats32,
    exact_weights: Floats,
    owner: Ints,
    d1: Floats32,
    d2: Floats32,
    reach: Floats32,
    loss: Floats,
    cheapest: int,
    extra: Floats,
    stamp: Longs,
    touched: Longs,
    c: int,
) -> tuple[float, int]:
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


@kernel()
def _apply_swap(
    costs: Floats32,
    minima: Floats32,
    n: int,
    far: np.float32,
    slots: Longs,
    owner: Ints,
    second: Ints,
    d1: Floats32,
    d2: Floats32,
    reach: Floats32,
    f: int,
    c: int,
) -> None:
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


@kernel()
def swap_down(
    costs: Floats32,
    minima: Floats32,
    exact_weights: Floats,
    n: int,
    far: np.float32,
    slots: Longs,
    is_fixed: Flags,
    site_state: Bytes,
    max_passes: int,
    follow: int,
) -> tuple[float, int, bool]:
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
        cheapest = int(np.argmin(loss))
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
            c = int(np.argmax(saving))
            if saving[c] <= tiny:
                break
            saving[c] = 0.0
            slot = slot_of[c]
            if trial > 0:
                stamp[:] = -1
                value, slot = _best_swap_of(
                    costs,
                    minima,
                    exact_weights,
                    owner,
                    d1,
                    d2,
                    reach,
                    loss,
                    int(np.argmin(loss)),
                    extra,
                    stamp,
                    touched,
                    c,
                )
                if value <= tiny:
                    continue
            site_state[slots[slot]] = 0
            site_state[c] = 1
            _apply_swap(costs, minima, n, far, slots, owner, second, d1, d2, reach, slot, c)
            total = _losses(exact_weights, n, owner, d1, d2, is_fixed, loss)
    return total, passes, converged


@kernel()
def nearest_open(costs: Floats32, n: int, far: np.float32, slots: Longs) -> tuple[Ints, Ints, Floats32, Floats32]:
    """Owner slot, d1 and d2 of each row for an open set."""
    width = costs.shape[1]
    owner = np.zeros(width, np.int32)
    second = np.full(width, -1, np.int32)
    d1 = np.zeros(width, np.float32)
    d2 = np.zeros(width, np.float32)
    _two_nearest(costs, n, far, slots, owner, second, d1, d2, 0, n)
    return owner, second, d1, d2
