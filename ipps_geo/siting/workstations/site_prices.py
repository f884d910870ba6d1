"""Compiled kernel of the bound: the best prices for given openings.

The bound and its symbols are those of :mod:`ipps_geo.siting.workstations.site_values`, which has the sites' side: what
sites are worth at given prices, and what they take.
"""

from __future__ import annotations

import numpy as np

from ipps_geo.kernels import kernel
from ipps_geo.siting.workstations.site_values import Floats, Ints, Longs


@kernel()
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
