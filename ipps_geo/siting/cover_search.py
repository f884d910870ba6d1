"""Local search for a cover with few sites: row weighting (Gao, Weise and Li 2015).

Sites are taken out until rows stay uncovered; uncovered rows gain weight every step, and the exchange that follows goes
where the weight is. A site that just moved may not move back at once (its rows must have changed in between).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@njit(cache=True, nogil=True)
def search_cover(
    start: Longs, sites: Ints, site_start: Longs, site_rows: Ints, chosen: Ints, target: int, steps: int, seed: int
) -> Ints:
    """Improve a cover by at most ``steps`` exchanges until it has ``target`` sites; returns the best cover found.

    ``score[j]`` is the weight of the rows that opening j would newly cover, or that closing j would uncover.
    """
    n_rows = len(start) - 1
    n_sites = len(site_start) - 1
    np.random.seed(seed)
    best = chosen.copy()
    is_open = np.zeros(n_sites, np.bool_)
    count = np.zeros(n_rows, np.int32)
    weight = np.ones(n_rows, np.int64)
    score = np.zeros(n_sites, np.int64)
    moved = np.zeros(n_sites, np.int64)
    may_enter = np.ones(n_sites, np.bool_)
    uncovered = np.empty(n_rows, np.int32)
    place = np.full(n_rows, -1, np.int32)
    n_uncovered = 0
    n_open = 0
    for j in chosen:
        is_open[j] = True
        n_open += 1
        for e in range(site_start[j], site_start[j + 1]):
            count[site_rows[e]] += 1
    for j in range(n_sites):
        for e in range(site_start[j], site_start[j + 1]):
            if (is_open[j] and count[site_rows[e]] == 1) or (not is_open[j] and count[site_rows[e]] == 0):
                score[j] += 1
    last_entered = -1
    step = 0
    while step < steps:
        while n_uncovered == 0:
            end = 0
            for j in range(n_sites):
                if is_open[j]:
                    best[end] = j
                    end += 1
            best = best[:end].copy()
            if end <= target:
                return best
            leave = -1
            for j in range(n_sites):
                if is_open[j] and (leave < 0 or score[j] < score[leave]):
                    leave = j
            n_open -= 1
            is_open[leave] = False
            may_enter[leave] = False
            for e in range(site_start[leave], site_start[leave + 1]):
                r = site_rows[e]
                count[r] -= 1
                if count[r] == 0:
                    place[r] = n_uncovered
                    uncovered[n_uncovered] = r
                    n_uncovered += 1
                    for f in range(start[r], start[r + 1]):
                        if sites[f] != leave:
                            score[sites[f]] += weight[r]
                            may_enter[sites[f]] = True
                elif count[r] == 1:
                    for f in range(start[r], start[r + 1]):
                        if is_open[sites[f]]:
                            score[sites[f]] += weight[r]
                            break
        step += 1
        # close the open site whose loss is least; ties to the one that has stayed longest
        leave = -1
        for j in range(n_sites):
            if is_open[j] and j != last_entered:
                if leave < 0 or score[j] < score[leave] or (score[j] == score[leave] and moved[j] < moved[leave]):
                    leave = j
        if leave < 0:
            return best
        is_open[leave] = False
        may_enter[leave] = False
        moved[leave] = step
        for e in range(site_start[leave], site_start[leave + 1]):
            r = site_rows[e]
            count[r] -= 1
            if count[r] == 0:
                place[r] = n_uncovered
                uncovered[n_uncovered] = r
                n_uncovered += 1
                for f in range(start[r], start[r + 1]):
                    if sites[f] != leave:
                        score[sites[f]] += weight[r]
                        may_enter[sites[f]] = True
            else:
                for f in range(start[r], start[r + 1]):
                    if sites[f] != leave:
                        may_enter[sites[f]] = True
                if count[r] == 1:
                    for f in range(start[r], start[r + 1]):
                        if is_open[sites[f]]:
                            score[sites[f]] += weight[r]
                            break
        # open the best site of a random uncovered row
        row = uncovered[np.random.randint(n_uncovered)]
        enter = -1
        for f in range(start[row], start[row + 1]):
            j = sites[f]
            if may_enter[j] and (
                enter < 0 or score[j] > score[enter] or (score[j] == score[enter] and moved[j] < moved[enter])
            ):
                enter = j
        if enter >= 0:
            is_open[enter] = True
            moved[enter] = step
            last_entered = enter
            for e in range(site_start[enter], site_start[enter + 1]):
                r = site_rows[e]
                count[r] += 1
                if count[r] == 1:
                    n_uncovered -= 1
                    other = uncovered[n_uncovered]
                    uncovered[place[r]] = other
                    place[other] = place[r]
                    place[r] = -1
                    for f in range(start[r], start[r + 1]):
                        if sites[f] != enter:
                            score[sites[f]] -= weight[r]
                            may_enter[sites[f]] = True
                else:
                    for f in range(start[r], start[r + 1]):
                        if sites[f] != enter:
                            may_enter[sites[f]] = True
                    if count[r] == 2:
                        for f in range(start[r], start[r + 1]):
                            if is_open[sites[f]] and sites[f] != enter:
                                score[sites[f]] -= weight[r]
                                break
        else:
            n_open -= 1
        for k in range(n_uncovered):
            r = uncovered[k]
            weight[r] += 1
            for f in range(start[r], start[r + 1]):
                score[sites[f]] += 1
    return best
