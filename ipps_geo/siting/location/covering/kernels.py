"""Compiled kernels of the covering models over coverage groups.

A *group* stands for all demand with one and the same set of reaching sites. Groups come as compressed rows: group ``g``
is reached by ``sites[start[g]:start[g + 1]]`` and weighs ``weight[g]`` (whole units, int64). The transposed lists say
which groups a site reaches: ``groups[site_start[j]:site_start[j + 1]]``. ``state`` marks sites: 1 must be open, -1 must
stay closed, 0 is free.

Everything a kernel calls lives in this module, because the on-disk cache of compiled code does not notice a change in
another one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
States = NDArray[np.int8]


@kernel()
def greedy_cover(site_start: Longs, groups: Ints, weight: Longs, state: States, n_open: int) -> Ints:
    """Lazy greedy of maximal covering: the sites that must be open first, then the largest gain; ties to the lowest.

    Gains only shrink as sites open, so an old gain is an upper bound and most sites are never looked at again
    (Minoux 1978). Returns ``n_open`` positions (fewer when fewer are allowed).
    """
    n_sites = len(state)
    covered = np.zeros(len(weight), np.bool_)
    gain = np.full(n_sites, np.iinfo(np.int64).max)
    fresh = np.full(n_sites, -1, np.int64)
    chosen = np.empty(n_open, np.int32)
    n_chosen = 0
    for j in range(n_sites):
        if state[j] == 1 and n_chosen < n_open:
            chosen[n_chosen] = j
            n_chosen += 1
            gain[j] = -1
            for e in range(site_start[j], site_start[j + 1]):
                covered[groups[e]] = True
        elif state[j] != 0:
            gain[j] = -1
    while n_chosen < n_open:
        j = int(np.argmax(gain))
        if gain[j] < 0:
            break
        if fresh[j] != n_chosen:
            new = 0
            for e in range(site_start[j], site_start[j + 1]):
                if not covered[groups[e]]:
                    new += weight[groups[e]]
            gain[j] = new
            fresh[j] = n_chosen
            continue
        chosen[n_chosen] = j
        n_chosen += 1
        gain[j] = -1
        for e in range(site_start[j], site_start[j + 1]):
            covered[groups[e]] = True
    return chosen[:n_chosen].copy()


@kernel()
def covered_weight(site_start: Longs, groups: Ints, weight: Longs, chosen: Ints) -> int:
    """Weight of the groups reached by at least one of the chosen sites."""
    covered = np.zeros(len(weight), np.bool_)
    total = 0
    for j in chosen:
        for e in range(site_start[j], site_start[j + 1]):
            g = groups[e]
            if not covered[g]:
                covered[g] = True
                total += weight[g]
    return total


@kernel()
def improve_by_swaps(  # noqa: C901 - one pass prices every exchange
    site_start: Longs, groups: Ints, weight: Longs, state: States, chosen: Ints
) -> int:
    """Exchange one open site for a closed one while that covers more; changes ``chosen``, returns the weight covered.

    One pass prices all exchanges (Resende and Werneck 2007): opening j and closing the k-th site changes the objective
    by gain[j] - loss[k] + extra[j, k], where extra is what j shares with k alone. Sites with state 1 stay.
    """
    n_sites = len(state)
    n_groups = len(weight)
    n_open = len(chosen)
    count = np.zeros(n_groups, np.int32)
    owner_sum = np.zeros(n_groups, np.int64)
    is_open = np.zeros(n_sites, np.bool_)
    loss = np.zeros(n_open, np.int64)
    extra = np.zeros(n_open, np.int64)
    total = 0
    for k in range(n_open):
        is_open[chosen[k]] = True
        for e in range(site_start[chosen[k]], site_start[chosen[k] + 1]):
            g = groups[e]
            count[g] += 1
            owner_sum[g] += k
    while True:
        loss[:] = 0
        total = 0
        for g in range(n_groups):
            if count[g] > 0:
                total += weight[g]
                if count[g] == 1:
                    loss[owner_sum[g]] += weight[g]
        best = 0
        enter = -1
        leave = -1
        for j in range(n_sites):
            if is_open[j] or state[j] != 0:
                continue
            extra[:] = 0
            gain = 0
            for e in range(site_start[j], site_start[j + 1]):
                g = groups[e]
                if count[g] == 0:
                    gain += weight[g]
                elif count[g] == 1:
                    extra[owner_sum[g]] += weight[g]
            for k in range(n_open):
                change = gain + extra[k] - loss[k]
                if change > best and state[chosen[k]] != 1:
                    best = change
                    enter = j
                    leave = k
        if enter < 0:
            return total
        old = chosen[leave]
        is_open[old] = False
        is_open[enter] = True
        for e in range(site_start[old], site_start[old + 1]):
            count[groups[e]] -= 1
            owner_sum[groups[e]] -= leave
        for e in range(site_start[enter], site_start[enter + 1]):
            count[groups[e]] += 1
            owner_sum[groups[e]] += leave
        chosen[leave] = enter


@kernel()
def iterated_swaps(
    site_start: Longs, groups: Ints, weight: Longs, state: States, chosen: Ints, rounds: int, kick: int,
    random: np.random.Generator,
) -> tuple[Ints, int]:  # fmt: skip
    """Iterated local search: exchange up to ``kick`` random sites, improve by swaps, keep what is better.

    Returns the best set and its covered weight; deterministic for a given state of ``random``.
    """
    best = chosen.copy()
    best_total = improve_by_swaps(site_start, groups, weight, state, best)
    n_open = len(best)
    free = np.flatnonzero(state == 0).astype(np.int32)
    loose = 0
    for k in range(n_open):
        if state[best[k]] != 1:
            loose += 1
    if loose == 0 or len(free) <= loose:
        return best, best_total
    is_open = np.zeros(len(state), np.bool_)
    for _ in range(rounds):
        trial = best.copy()
        is_open[:] = False
        for j in trial:
            is_open[j] = True
        for _ in range(1 + random.integers(0, kick)):
            k = int(random.integers(0, n_open))
            entering = free[random.integers(0, len(free))]
            if state[trial[k]] != 1 and not is_open[entering]:
                is_open[trial[k]] = False
                is_open[entering] = True
                trial[k] = entering
        total = improve_by_swaps(site_start, groups, weight, state, trial)
        if total > best_total:
            best_total = total
            best = trial
    return best, best_total


@kernel()
def site_values(
    site_start: Longs, groups: Ints, weight: Longs, multiplier: Floats, state: States, values: Floats,
) -> None:  # fmt: skip
    """``values[j] = sum over groups of j of weight * (1 - multiplier)``; closed sites get -1."""
    for j in range(len(state)):
        if state[j] == -1:
            values[j] = -1.0
            continue
        value = 0.0
        for e in range(site_start[j], site_start[j + 1]):
            g = groups[e]
            value += weight[g] * (1.0 - multiplier[g])
        values[j] = value


@kernel()
def subgradient(  # noqa: C901 - one loop of bound, step rule and averages
    site_start: Longs, groups: Ints, weight: Longs, state: States, n_open: int, target: float, multiplier: Floats,
    max_rounds: int, step: float, patience: int, least_step: float,
) -> tuple[float, Floats, Floats, Ints, int]:  # fmt: skip
    """Lagrangian bound of maximal covering by a deflected subgradient; ``multiplier`` holds the best one at the end.

    Relaxing ``z_g <= sum of y_j over the sites that reach g`` with 0 <= lambda_g <= 1 leaves

        L(lambda) = sum_g weight_g lambda_g + the n_open largest of v_j,   v_j = sum_g weight_g (1 - lambda_g)

    (Galvao and ReVelle 1996, written for the complement). Stops when L < ``target`` + 1, for then no plan in whole
    units beats ``target``. Returns L, the values v_j at the best multiplier, the average of the chosen sets (a
    near-optimal fractional plan), the best chosen set, and the number of rounds.
    """
    n_sites = len(state)
    n_groups = len(weight)
    current = multiplier.copy()
    values = np.zeros(n_sites)
    best_values = np.zeros(n_sites)
    best = 1e300
    direction = np.zeros(n_groups)
    used = np.zeros(n_groups, np.int32)
    average = np.zeros(n_sites)
    forced = np.flatnonzero(state == 1)
    picked = np.empty(n_open, np.int32)
    best_picked = np.empty(n_open, np.int32)
    n_picked = 0
    n_best = 0
    stalled = 0
    rounds = 0
    while rounds < max_rounds:
        rounds += 1
        site_values(site_start, groups, weight, current, state, values)
        bound = 0.0
        for g in range(n_groups):
            bound += weight[g] * current[g]
        n_picked = 0
        for forced_site in forced:
            picked[n_picked] = forced_site
            n_picked += 1
            bound += values[forced_site]
        free_values = values.copy()
        for j in range(n_sites):
            if state[j] != 0:
                free_values[j] = -1.0
        wanted = n_open - n_picked
        if wanted > 0:
            order = np.argsort(-free_values)
            for k in range(min(wanted, n_sites)):
                if free_values[order[k]] <= 0:
                    break
                picked[n_picked] = order[k]
                n_picked += 1
                bound += free_values[order[k]]
        if bound < best - 1e-6 * abs(best):
            stalled = 0
        else:
            stalled += 1
        if bound < best:
            best = bound
            for g in range(n_groups):
                multiplier[g] = current[g]
            for j in range(n_sites):
                best_values[j] = values[j]
            for k in range(n_picked):
                best_picked[k] = picked[k]
            n_best = n_picked
        if best < target + 1 - 1e-6:
            break
        if stalled >= patience:
            step *= 0.7
            stalled = 0
            if step < least_step:
                break
            for g in range(n_groups):
                current[g] = multiplier[g]
                direction[g] = 0.0
            continue
        used[:] = 0
        for k in range(n_picked):
            j = picked[k]
            for e in range(site_start[j], site_start[j + 1]):
                used[groups[e]] += 1
        norm = 0.0
        for g in range(n_groups):
            slack = used[g] - 1.0
            if (slack < 0 and current[g] <= 0) or (slack > 0 and current[g] >= 1):
                direction[g] = 0.0
                continue
            direction[g] = 0.7 * slack + 0.3 * direction[g]
            norm += weight[g] * direction[g] * direction[g]
        for j in range(n_sites):
            average[j] *= 0.95
        for k in range(n_picked):
            average[picked[k]] += 0.05
        if norm < 1e-12:
            break
        length = step * max(bound - target, 1e-6 * bound) / norm
        for g in range(n_groups):
            current[g] = min(1.0, max(0.0, current[g] + length * direction[g]))
    return best, best_values, average, best_picked[:n_best].copy(), rounds


@kernel()
def cluster_cuts(
    start: Longs, sites: Ints, weight: Longs, n_sites: int, covered: Bools, offset: int, cluster_start: Longs,
    cluster_groups: Ints,
) -> tuple[Longs, Longs, Ints, Longs]:  # fmt: skip
    """Whole-number cut of every cluster: ``theta_c <= constants[c] + sum_j coefficient_j y_j`` in sparse rows.

    For any multipliers 0 <= lambda_g <= 1 and whole offset r, the weight covered in cluster c,
    ``sum_g weight_g min(1, sum_j y_j - r)``, is at most ``sum_g weight_g (lambda_g + (1 - lambda_g)(sum_j y_j - r))``
    (the Benders cut of Cordeau, Furini and Ljubic 2019 in closed form). Here lambda_g is 1 for the groups marked in
    ``covered``, else 0, which is the best choice at the point that they were marked for. Groups of cluster c are
    ``cluster_groups[cluster_start[c]:cluster_start[c + 1]]``.
    Returns the constants, and start, sites and coefficients of the cuts.
    """
    n_clusters = len(cluster_start) - 1
    constants = np.zeros(n_clusters, np.int64)
    cut_start = np.zeros(n_clusters + 1, np.int64)
    cut_sites = np.empty(len(sites), np.int32)
    coefficients = np.empty(len(sites), np.int64)
    sums = np.zeros(n_sites, np.int64)
    end = 0
    for c in range(n_clusters):
        first = end
        for k in range(cluster_start[c], cluster_start[c + 1]):
            g = cluster_groups[k]
            if covered[g]:
                constants[c] += weight[g]
            elif weight[g] > 0:
                constants[c] -= weight[g] * offset
                for e in range(start[g], start[g + 1]):
                    j = sites[e]
                    if sums[j] == 0:
                        cut_sites[end] = j
                        end += 1
                    sums[j] += weight[g]
        for e in range(first, end):
            coefficients[e] = sums[cut_sites[e]]
            sums[cut_sites[e]] = 0
        cut_start[c + 1] = end
    return constants, cut_start, cut_sites[:end].copy(), coefficients[:end].copy()


@kernel()
def combined_cuts(shares: Any, cut_start: Longs, cut_sites: Ints, coefficients: Longs, n_sites: int) -> Any:
    """``sum_k shares[k] * coefficients[k, j]`` per site, in the type of ``shares`` (whole numbers stay exact)."""
    values = np.zeros(n_sites, shares.dtype)
    for k in range(len(shares)):
        if shares[k]:
            for e in range(cut_start[k], cut_start[k + 1]):
                values[cut_sites[e]] += shares[k] * coefficients[e]
    return values


@kernel()
def mark_covered(start: Longs, sites: Ints, y: Floats, offset: int, covered: Bools) -> None:
    """Mark the groups that a fractional ``y`` covers in full."""
    for g in range(len(start) - 1):
        total = -float(offset)
        for e in range(start[g], start[g + 1]):
            total += y[sites[e]]
        covered[g] = total >= 1.0 - 1e-9
