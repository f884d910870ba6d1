"""Compiled search for a good open set at fixed multipliers: lazy greedy, then adding and swapping.

At fixed lifts (see :mod:`ipps_geo.siting.workstations.site_values`) an open set S is worth at most

    h(S) = sum_g N_g max(0, max_{j in S} (w_g + lift_j)) + sum_{j in S} constant_j

which is a weighted covering function; at the multipliers that are best for S it equals the value of S without whole
numbers and roster minimum. The search climbs h; its caller re-evaluates S exactly and resets the multipliers.
All swap gains come from one pass over the site lists: what a site adds, plus what it would give back of the loss of
each open site (Resende and Werneck 2007).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


@kernel()
def _gain(
    groups: Ints,
    first: int,
    middle: int,
    last: int,
    size: Floats,
    weight: Floats,
    need_lift: float,
    other_lift: float,
    best: Floats,
) -> float:
    """What one more site adds to h, without its constant."""
    total = 0.0
    for e in range(first, middle):
        g = groups[e]
        x = weight[g] + need_lift - best[g]
        if x > 0:
            total += size[g] * x
    for e in range(middle, last):
        g = groups[e]
        x = weight[g] + other_lift - best[g]
        if x > 0:
            total += size[g] * x
    return total


@kernel()
def greedy(
    start: Longs,
    split: Longs,
    groups: Ints,
    size: Floats,
    weight: Floats,
    need_lift: Floats,
    other_lift: Floats,
    constant: Floats,
    counted: Bools,
    n_max: int,
    cost: Floats,
    budget: float,
    opened: Ints,
) -> Ints:
    """Add the site of largest gain (per cost when sites cost) until nothing fits or gains; ``opened`` come first.

    Gains only shrink as sites are added, so a site is looked at again only while its last gain leads.
    """
    m = len(counted)
    best = np.zeros(len(size))
    chosen = np.empty(m, np.int32)
    n = 0
    used = 0
    spent = 0.0
    last_gain = np.full(m, np.inf)
    fresh = np.full(m, -1, np.int32)
    while True:
        j = -1
        if n < len(opened):
            j = opened[n]
        else:
            while True:
                j = 0
                for i in range(1, m):
                    if last_gain[i] > last_gain[j]:
                        j = i
                if last_gain[j] <= 0:
                    return chosen[:n].copy()
                if (counted[j] and used >= n_max) or spent + cost[j] > budget:
                    last_gain[j] = -np.inf
                    continue
                if fresh[j] == n:
                    break
                gain = constant[j] + _gain(
                    groups, start[j], split[j], start[j + 1], size, weight, need_lift[j], other_lift[j], best
                )
                last_gain[j] = gain if cost[j] <= 0 else gain / cost[j]
                fresh[j] = n
        chosen[n] = j
        n += 1
        used += counted[j]
        spent += cost[j]
        last_gain[j] = -np.inf
        for e in range(start[j], start[j + 1]):
            g = groups[e]
            x = weight[g] + (need_lift[j] if e < split[j] else other_lift[j])
            if x > best[g]:
                best[g] = x
        if n == m:
            return chosen[:n].copy()


@kernel()
def _rank(
    start: Longs,
    split: Longs,
    groups: Ints,
    weight: Floats,
    need_lift: Floats,
    other_lift: Floats,
    chosen: Ints,
    n_chosen: int,
    best: Floats,
    second: Floats,
    owner: Ints,
) -> None:
    """Best and second best worth of each group among the open sites, and the place in ``chosen`` of the best."""
    best[:] = 0.0
    second[:] = 0.0
    owner[:] = -1
    for k in range(n_chosen):
        j = chosen[k]
        for e in range(start[j], start[j + 1]):
            g = groups[e]
            x = weight[g] + (need_lift[j] if e < split[j] else other_lift[j])
            if x > best[g]:
                second[g] = best[g]
                best[g] = x
                owner[g] = k
            elif x > second[g]:
                second[g] = x


@kernel()
def _losses(
    size: Floats, constant: Floats, chosen: Ints, n_chosen: int, best: Floats, second: Floats, owner: Ints, loss: Floats
) -> float:
    """Write what closing each open site loses of h, the others still open; returns h."""
    total = 0.0
    for k in range(n_chosen):
        loss[k] = constant[chosen[k]]
        total += constant[chosen[k]]
    for g in range(len(size)):
        total += size[g] * best[g]
        if owner[g] >= 0:
            loss[owner[g]] += size[g] * (best[g] - second[g])
    return total


@kernel()
def swap_gains(
    start: Longs,
    split: Longs,
    groups: Ints,
    size: Floats,
    weight: Floats,
    lift_need: float,
    lift_other: float,
    j: int,
    best: Floats,
    second: Floats,
    owner: Ints,
    extra: Floats,
) -> float:
    """Gain of adding site j; ``extra[k]`` is what it gives back of the loss of the k-th open site."""
    extra[:] = 0.0
    gain = 0.0
    for e in range(start[j], start[j + 1]):
        g = groups[e]
        x = weight[g] + (lift_need if e < split[j] else lift_other)
        if x <= second[g]:
            continue
        if x > best[g]:
            gain += size[g] * (x - best[g])
            if owner[g] >= 0:
                extra[owner[g]] += size[g] * (best[g] - second[g])
        elif owner[g] >= 0:
            extra[owner[g]] += size[g] * (x - second[g])
    return gain


@kernel()
def climb(
    start: Longs,
    split: Longs,
    groups: Ints,
    size: Floats,
    weight: Floats,
    need_lift: Floats,
    other_lift: Floats,
    constant: Floats,
    required: Bools,
    counted: Bools,
    n_max: int,
    cost: Floats,
    budget: float,
    unit: Ints,
    unit_min: Longs,
    sites: Ints,
    max_moves: int,
) -> tuple[Ints, float]:
    """Best move by best move (add a site, or swap one in for one out) until none helps.

    Returns the sites, in no order, and their h.
    Moves keep to the number, the budget and the units' minimum, and never take out a required site.
    """
    m = len(counted)
    n_chosen = len(sites)
    chosen = np.empty(m, np.int32)
    inside = np.zeros(m, np.bool_)
    per_unit = np.zeros(len(unit_min), np.int64)
    used = 0
    spent = 0.0
    for k in range(n_chosen):
        j = sites[k]
        chosen[k] = j
        inside[j] = True
        per_unit[unit[j]] += 1
        used += counted[j]
        spent += cost[j]
    best = np.empty(len(size))
    second = np.empty(len(size))
    owner = np.empty(len(size), np.int32)
    loss = np.zeros(m)
    extra = np.zeros(m)
    total = 0.0
    for move in range(max_moves + 1):
        _rank(start, split, groups, weight, need_lift, other_lift, chosen, n_chosen, best, second, owner)
        total = _losses(size, constant, chosen, n_chosen, best, second, owner, loss)
        if move == max_moves:
            break
        top = 1e-7 * max(1.0, total)
        top_in = -1
        top_out = -1
        for j in range(m):
            if inside[j]:
                continue
            gain = constant[j] + swap_gains(
                start, split, groups, size, weight, need_lift[j], other_lift[j], j, best, second, owner,
                extra[:n_chosen],
            )  # fmt: skip
            if gain > top and used + counted[j] <= n_max and spent + cost[j] <= budget:
                top = gain
                top_in = j
                top_out = -1
            for k in range(n_chosen):
                delta = gain + extra[k] - loss[k]
                if delta <= top:
                    continue
                i = chosen[k]
                if required[i] or used - counted[i] + counted[j] > n_max or spent - cost[i] + cost[j] > budget:
                    continue
                if unit[i] != unit[j] and per_unit[unit[i]] <= unit_min[unit[i]]:
                    continue
                top = delta
                top_in = j
                top_out = k
        if top_in < 0:
            break
        inside[top_in] = True
        per_unit[unit[top_in]] += 1
        used += counted[top_in]
        spent += cost[top_in]
        if top_out < 0:
            chosen[n_chosen] = top_in
            n_chosen += 1
        else:
            i = chosen[top_out]
            inside[i] = False
            per_unit[unit[i]] -= 1
            used -= counted[i]
            spent -= cost[i]
            chosen[top_out] = top_in
    return chosen[:n_chosen].copy(), total


@kernel()
def best_deltas(
    start: Longs,
    split: Longs,
    groups: Ints,
    size: Floats,
    weight: Floats,
    need_lift: Floats,
    other_lift: Floats,
    constant: Floats,
    sites: Ints,
) -> Floats:
    """Best change of h from swapping each site in for any open one; infinity for the open sites themselves."""
    m = len(constant)
    best = np.empty(len(size))
    second = np.empty(len(size))
    owner = np.empty(len(size), np.int32)
    _rank(start, split, groups, weight, need_lift, other_lift, sites, len(sites), best, second, owner)
    loss = np.zeros(len(sites))
    _losses(size, constant, sites, len(sites), best, second, owner, loss)
    extra = np.zeros(len(sites))
    deltas = np.full(m, -np.inf)
    for j in range(m):
        gain = constant[j] + swap_gains(
            start, split, groups, size, weight, need_lift[j], other_lift[j], j, best, second, owner, extra
        )
        for k in range(len(sites)):
            deltas[j] = max(deltas[j], gain + extra[k] - loss[k])
    for k in range(len(sites)):
        deltas[sites[k]] = np.inf
    return deltas
