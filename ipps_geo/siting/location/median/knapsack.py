"""Compiled kernels of the capacitated p-median: knapsack values, and the assignment of whole rows to open sites."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel

__all__ = ["assign_by_regret", "assign_rows", "knapsack_shares", "knapsacks"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]


@kernel()
def knapsacks(
    costs: Floats, weights: Floats, capacity: Floats, multipliers: Floats, rho: Floats, order: Longs, worth: Floats
) -> None:
    """Fractional knapsack value of every site."""
    m, n = costs.shape
    for j in range(m):
        k = 0
        load = 0.0
        total = 0.0
        for u in range(n):
            if costs[j, u] < multipliers[u]:
                worth[k] = costs[j, u] - multipliers[u]
                order[k] = u
                load += weights[u]
                total -= weights[u] * worth[k]
                k += 1
        if load > capacity[j]:
            total = 0.0
            room = capacity[j]
            for place in np.argsort(worth[:k]):
                w = weights[order[place]]
                if w >= room:
                    total -= room * worth[place]
                    break
                total -= w * worth[place]
                room -= w
        rho[j] = total


@kernel()
def knapsack_shares(
    costs: Floats, weights: Floats, capacity: Floats, multipliers: Floats, chosen: Flags, served: Floats
) -> None:
    """How much of each row the chosen sites take in the knapsack solutions."""
    served[:] = 0.0
    for j in range(len(chosen)):
        if not chosen[j]:
            continue
        room = capacity[j]
        for u in np.argsort(costs[j] - multipliers):
            if costs[j, u] >= multipliers[u] or room <= 0.0:
                break
            part = min(1.0, room / weights[u])
            served[u] += part
            room -= part * weights[u]


@kernel()
def assign_rows(costs: Floats, weights: Floats, room: Floats, order: Longs, assignment: Longs) -> bool:
    """Give each row, in order, to its best open site with room; False when a row finds no room.

    ``costs`` are (p, n), infinite where a pair is not allowed; ``room`` is used up in place.
    """
    p = len(room)
    for u in order:
        best = -1
        for f in range(p):
            if weights[u] <= room[f] and costs[f, u] < np.inf and (best < 0 or costs[f, u] < costs[best, u]):
                best = f
        if best < 0:
            return False
        assignment[u] = best
        room[best] -= weights[u]
    return True


@kernel()
def assign_by_regret(costs: Floats, weights: Floats, room: Floats, assignment: Longs) -> bool:
    """As ``assign_rows``; next is always the row that loses most by missing its best site that still has room."""
    p, n = costs.shape
    assignment[:] = -1
    for _ in range(n):
        pick = -1
        pick_regret = -1.0
        pick_site = -1
        for u in range(n):
            if assignment[u] >= 0:
                continue
            best = -1
            least = np.inf
            second = np.inf
            for f in range(p):
                if weights[u] <= room[f] and costs[f, u] < second:
                    if costs[f, u] < least:
                        second = least
                        least = costs[f, u]
                        best = f
                    else:
                        second = costs[f, u]
            if best < 0:
                return False
            regret = weights[u] * (second - least if second < np.inf else 1e200)
            if regret > pick_regret:
                pick_regret = regret
                pick = u
                pick_site = best
        assignment[pick] = pick_site
        room[pick_site] -= weights[pick]
    return True


@kernel()
def shift_and_swap(costs: Floats, weights: Floats, room: Floats, assignment: Longs, first: int, end: int) -> bool:
    """Move some rows, or exchange them with any others, where that saves; True when something was saved.

    Of an exchange that saves, one row moves to a cheaper site: only rows away from their cheapest site are tried.
    """
    p, n = costs.shape
    better = False
    for u in range(first, end):
        for g in range(p):
            f = assignment[u]
            if weights[u] <= room[g] and costs[g, u] < costs[f, u]:
                room[f] += weights[u]
                room[g] -= weights[u]
                assignment[u] = g
                better = True
        if costs[assignment[u], u] <= costs[:, u].min():
            continue
        for v in range(n):
            f = assignment[u]
            g = assignment[v]
            more = weights[u] - weights[v]
            if costs[g, u] >= costs[f, u] or more > room[g] or -more > room[f]:
                continue
            now = weights[u] * costs[f, u] + weights[v] * costs[g, v]
            then = weights[u] * costs[g, u] + weights[v] * costs[f, v]
            if then < now - 1e-9 * now:
                assignment[u] = g
                assignment[v] = f
                room[f] += more
                room[g] -= more
                better = True
    return better
