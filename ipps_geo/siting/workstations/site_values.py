"""Compiled kernels of the bound: what sites are worth and take at given prices; ``site_prices`` has the prices.

Relaxing exclusivity with a price lambda_g >= 0 per member, and each site's need share with mu_j >= 0 and its roster
capacity with gamma_j >= 0, leaves independent sites:

    v_j = constant_j + sum_{g with need}    N_g (w_g + need_lift_j  - lambda_g)+
                     + sum_{g without need} N_g (w_g + other_lift_j - lambda_g)+
    need_lift = ratio mu - gamma,   other_lift = -mu - gamma,
    constant  = slack mu + high gamma

    f(y) <= sum lambda_g N_g + sum v_j y_j          for every y, whatever lambda, mu, gamma

Any multipliers give a valid bound; these kernels look for good ones. (Lagrangian relaxation of a maximal covering
model: Galvao and ReVelle 1996; as Benders cuts: Cordeau, Furini and Ljubic 2019; the need share and roster terms are
this program's own.) Group arrays are indexed by g, site arrays by j; ``start, split, groups`` are the site lists of
:class:`~ipps_geo.siting.workstations.program.StationProgram`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@kernel()
def _covered(
    groups: Ints, first: int, middle: int, last: int, size: Floats, margin: Floats, need_lift: float, other_lift: float
) -> tuple[float, float, float]:
    """Value, members with need and members without that one site takes at given lifts; ``margin = w - lambda``."""
    total = 0.0
    with_need = 0.0
    without = 0.0
    for e in range(first, middle):
        g = groups[e]
        x = margin[g] + need_lift
        if x > 0:
            total += size[g] * x
            with_need += size[g]
    for e in range(middle, last):
        g = groups[e]
        x = margin[g] + other_lift
        if x > 0:
            total += size[g] * x
            without += size[g]
    return total, with_need, without


@kernel()
def _best_mu(  # noqa: C901 - one search with two directions
    groups: Ints,
    first: int,
    middle: int,
    last: int,
    size: Floats,
    margin: Floats,
    ratio: float,
    slack: float,
    gamma: float,
    mu: float,
    mu_max: float,
    tolerance: float,
) -> tuple[float, float]:
    """Least value over mu in [0, mu_max] at fixed gamma, without the gamma constant, from a starting mu.

    The value is convex and piecewise linear in mu with slope ``slack + ratio t - q``; two tangents that bracket the
    minimum cross at a lower bound, which is the next point to try.
    """
    value, t, q = _covered(groups, first, middle, last, size, margin, ratio * mu - gamma, -mu - gamma)
    value += slack * mu
    slope = slack + ratio * t - q
    if slope == 0 or (slope > 0 and mu <= 0) or (slope < 0 and mu >= mu_max):
        return value, mu
    best = value
    best_mu = mu
    low = high = mu
    low_value = high_value = value
    low_slope = high_slope = slope
    step = 0.05 * mu_max
    while True:  # widen on the falling side until the slope turns
        if slope < 0:
            low, low_value, low_slope = high, high_value, high_slope
            high = min(mu_max, low + step)
            x = high
        else:
            high, high_value, high_slope = low, low_value, low_slope
            low = max(0.0, high - step)
            x = low
        new, t, q = _covered(groups, first, middle, last, size, margin, ratio * x - gamma, -x - gamma)
        new += slack * x
        turned = slack + ratio * t - q
        if new < best:
            best = new
            best_mu = x
        if slope < 0:
            high_value, high_slope = new, turned
            if turned >= 0:
                break
            if high >= mu_max:
                return best, best_mu
        else:
            low_value, low_slope = new, turned
            if turned <= 0:
                break
            if low <= 0:
                return best, best_mu
        step = mu_max
    for _ in range(14):
        if high_slope - low_slope <= 0 or high - low < 1e-9:
            break
        x = (high_value - low_value + low_slope * low - high_slope * high) / (low_slope - high_slope)
        floor = low_value + low_slope * (x - low)
        if best - floor <= tolerance * max(best, 1.0) or x <= low or x >= high:
            break
        new, t, q = _covered(groups, first, middle, last, size, margin, ratio * x - gamma, -x - gamma)
        new += slack * x
        slope = slack + ratio * t - q
        if new < best:
            best = new
            best_mu = x
        if slope < 0:
            low, low_value, low_slope = x, new, slope
        elif slope > 0:
            high, high_value, high_slope = x, new, slope
        else:
            break
    return best, best_mu


@kernel()
def _best_gamma(
    groups: Ints,
    first: int,
    middle: int,
    last: int,
    size: Floats,
    margin: Floats,
    ratio: float,
    high: float,
    mu: float,
    gamma: float,
    gamma_max: float,
) -> tuple[float, float]:
    """Least value over gamma in [0, gamma_max] at fixed mu, without the mu constant, by tangents as for mu."""
    low, top = 0.0, gamma_max
    low_value, t, q = _covered(groups, first, middle, last, size, margin, ratio * mu, -mu)
    low_slope = high - t - q
    if low_slope >= 0:
        return low_value, 0.0
    top_value, t, q = _covered(groups, first, middle, last, size, margin, ratio * mu - top, -mu - top)
    top_value += high * top
    top_slope = high - t - q
    best, best_gamma = (low_value, low) if low_value < top_value else (top_value, top)
    x = gamma
    for _ in range(24):
        if x <= low or x >= top:
            x = (top_value - low_value + low_slope * low - top_slope * top) / (low_slope - top_slope)
            if x <= low or x >= top:
                break
        value, t, q = _covered(groups, first, middle, last, size, margin, ratio * mu - x, -mu - x)
        value += high * x
        slope = high - t - q
        if value < best:
            best, best_gamma = value, x
        if slope < 0:
            low, low_value, low_slope = x, value, slope
        elif slope > 0:
            top, top_value, top_slope = x, value, slope
        else:
            break
        if top_slope - low_slope <= 0:
            break
        x = (top_value - low_value + low_slope * low - top_slope * top) / (low_slope - top_slope)
        if best - (low_value + low_slope * (x - low)) <= 1e-9 * max(best, 1.0):
            break
    return best, best_gamma


@kernel()
def _best_pair(
    groups: Ints,
    first: int,
    middle: int,
    last: int,
    size: Floats,
    margin: Floats,
    ratio: float,
    slack: float,
    high: float,
    mu: float,
    gamma: float,
    mu_max: float,
    tolerance: float,
) -> tuple[float, float, float]:
    """Least value over mu and gamma >= 0 for a site with a capacity, the constants included.

    The least value over mu is convex in gamma: a golden-section search over gamma with an inner search over mu.
    """
    value, best_mu = _best_mu(groups, first, middle, last, size, margin, ratio, slack, 0.0, mu, mu_max, tolerance)
    _, t, q = _covered(groups, first, middle, last, size, margin, ratio * best_mu, -best_mu)
    # with mu > 0 the need share is tight: the roster has as many without need as it carries
    if t + (ratio * t + slack if best_mu > 0 else q) <= high:
        return value, best_mu, 0.0
    best = value
    best_gamma = 0.0
    value, inner = _best_mu(groups, first, middle, last, size, margin, ratio, slack, gamma, mu, mu_max, tolerance)
    value += high * gamma
    if value < best:
        best, best_mu, best_gamma = value, inner, gamma
    golden = 0.6180339887498949
    low = 0.0
    top = 2.0 * mu_max
    left = top - golden * (top - low)
    right = low + golden * (top - low)
    left_value, left_mu = _best_mu(
        groups, first, middle, last, size, margin, ratio, slack, left, best_mu, mu_max, tolerance
    )
    left_value += high * left
    right_value, right_mu = _best_mu(
        groups, first, middle, last, size, margin, ratio, slack, right, best_mu, mu_max, tolerance
    )
    right_value += high * right
    for _ in range(12):
        if left_value < best:
            best, best_mu, best_gamma = left_value, left_mu, left
        if right_value < best:
            best, best_mu, best_gamma = right_value, right_mu, right
        if left_value <= right_value:
            top, right, right_value, right_mu = right, left, left_value, left_mu
            left = top - golden * (top - low)
            left_value, left_mu = _best_mu(
                groups, first, middle, last, size, margin, ratio, slack, left, best_mu, mu_max, tolerance
            )
            left_value += high * left
        else:
            low, left, left_value, left_mu = left, right, right_value, right_mu
            right = low + golden * (top - low)
            right_value, right_mu = _best_mu(
                groups, first, middle, last, size, margin, ratio, slack, right, best_mu, mu_max, tolerance
            )
            right_value += high * right
    # Golden section only comes near a kink; the two exact searches along the axes land on it.
    value, landed = _best_gamma(
        groups, first, middle, last, size, margin, ratio, high, best_mu, best_gamma, 2.0 * mu_max
    )
    value += slack * best_mu
    if value < best:
        best, best_gamma = value, landed
    value, inner = _best_mu(
        groups, first, middle, last, size, margin, ratio, slack, best_gamma, best_mu, mu_max, tolerance
    )
    value += high * best_gamma
    if value < best:
        best, best_mu = value, inner
    return best, best_mu, best_gamma


@kernel()
def site_values(
    start: Longs,
    split: Longs,
    groups: Ints,
    size: Floats,
    margin: Floats,
    ratio: float,
    slack: Floats,
    mu_max: float,
    tolerance: float,
    mu: Floats,
    values: Floats,
) -> None:
    """Site values at ``margin = w - lambda`` without roster limits, improving ``mu`` in place."""
    for j in range(len(values)):
        values[j], mu[j] = _best_mu(
            groups, start[j], split[j], start[j + 1], size, margin, ratio, slack[j], 0.0, mu[j], mu_max, tolerance
        )


@kernel()
def limited_site_values(
    start: Longs,
    split: Longs,
    groups: Ints,
    size: Floats,
    margin: Floats,
    ratio: float,
    slack: Floats,
    high: Floats,
    mu_max: float,
    tolerance: float,
    mu: Floats,
    gamma: Floats,
    values: Floats,
) -> None:
    """Site values at ``margin = w - lambda`` with capacities, improving ``mu`` and ``gamma`` in place."""
    for j in range(len(values)):
        values[j], mu[j], gamma[j] = _best_pair(
            groups, start[j], split[j], start[j + 1], size, margin, ratio, slack[j], high[j], mu[j], gamma[j],
            2 * mu_max, tolerance,
        )  # fmt: skip


@kernel()
def fixed_values(
    start: Longs,
    split: Longs,
    groups: Ints,
    size: Floats,
    margin: Floats,
    need_lift: Floats,
    other_lift: Floats,
    constant: Floats,
    values: Floats,
) -> None:
    """Site values at given lifts, nothing improved."""
    for j in range(len(values)):
        total, _, _ = _covered(groups, start[j], split[j], start[j + 1], size, margin, need_lift[j], other_lift[j])
        values[j] = total + constant[j]


@kernel()
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
        _, t, q = _covered(groups, start[j], split[j], start[j + 1], size, margin, need_lift[j], other_lift[j])
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
