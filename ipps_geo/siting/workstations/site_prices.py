"""Compiled kernels of the bound: prices for given openings, and how often each group is taken at given multipliers.

The bound and its symbols are those of :mod:`ipps_geo.siting.workstations.site_values`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ipps_geo.siting.workstations.site_values import Floats, Ints, Longs


@njit(cache=True, nogil=True)
def prices(
    row_start: Longs,
    row_sites: Ints,
    n_need: int,
    size: Floats,
    weight: Floats,
    opening: Floats,
    need_lift: Floats,
    other_lift: Floats,
    price: Floats,
) -> float:
    """Best prices for openings y in [0, 1]^m at fixed lifts, in closed form; returns the value without constants.

    ``lambda_g`` minimises ``lambda + sum_j y_j (w_g + lift_j - lambda)+``: walk the sites of g from the highest lift
    down until their openings add up to 1.
    """
    total = 0.0
    longest = 0
    for g in range(len(size)):
        longest = max(longest, row_start[g + 1] - row_start[g])
    height = np.empty(longest, np.float64)
    share = np.empty(longest, np.float64)
    for g in range(len(size)):
        n = 0
        reached = 0.0
        for e in range(row_start[g], row_start[g + 1]):
            j = row_sites[e]
            if opening[j] <= 1e-9:
                continue
            x = weight[g] + (need_lift[j] if g < n_need else other_lift[j])
            if x <= 0:
                continue
            reached += opening[j]
            k = n
            while k > 0 and height[k - 1] < x:
                height[k] = height[k - 1]
                share[k] = share[k - 1]
                k -= 1
            height[k] = x
            share[k] = opening[j]
            n += 1
        price[g] = 0.0
        gained = 0.0
        if reached >= 1 - 1e-9:
            cumulated = 0.0
            for k in range(n):
                cumulated += share[k]
                if cumulated >= 1 - 1e-9:
                    price[g] = height[k]
                    break
            gained = price[g]
        for k in range(n):
            if height[k] <= price[g]:
                break
            gained += share[k] * (height[k] - price[g])
        total += size[g] * gained
    return total


@njit(cache=True, nogil=True)
def add_use(
    start: Longs,
    split: Longs,
    groups: Ints,
    size: Floats,
    margin: Floats,
    ratio: float,
    slack: Floats,
    high: Floats,
    need_lift: Floats,
    other_lift: Floats,
    chosen: Ints,
    use: Floats,
) -> None:
    """How often each group is taken by the chosen sites: the subgradient of the bound is ``N (1 - use)``.

    Members without need are scaled down to what the need share allows, and all to the capacity, as at the best
    multipliers.
    """
    for k in range(len(chosen)):
        j = chosen[k]
        t = 0.0
        q = 0.0
        for e in range(start[j], split[j]):
            if margin[groups[e]] + need_lift[j] > 0:
                t += size[groups[e]]
        for e in range(split[j], start[j + 1]):
            if margin[groups[e]] + other_lift[j] > 0:
                q += size[groups[e]]
        room = max(ratio * t + slack[j], 0.0)
        other_part = room / q if q > room else 1.0
        taken = t + other_part * q
        need_part = high[j] / taken if taken > high[j] else 1.0
        other_part *= need_part
        for e in range(start[j], split[j]):
            if margin[groups[e]] + need_lift[j] > 0:
                use[groups[e]] += need_part
        for e in range(split[j], start[j + 1]):
            if margin[groups[e]] + other_lift[j] > 0:
                use[groups[e]] += other_part
