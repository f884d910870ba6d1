"""Local search for a cover with few sites: row weighting (Gao, Weise and Li 2015).

Whenever all rows are covered, the site whose loss is least is closed. While rows are uncovered, sites are exchanged:
one that loses little closes, a random uncovered row opens the best of its sites, and all rows still uncovered gain
weight, so that the search goes where it failed before. A closed site may return only after one of its neighbours moved.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


@kernel()
def search_cover(
    start: Longs, sites: Ints, site_start: Longs, site_rows: Ints, chosen: Ints, target: int, steps: int,
    random: np.random.Generator,
) -> Ints:  # fmt: skip
    """Improve a cover by at most ``steps`` exchanges until it has ``target`` sites; returns the best cover found.

    ``score[j]`` is the weight of the rows that opening j would newly cover, or that closing j would uncover.
    """
    n_rows = len(start) - 1
    n_sites = len(site_start) - 1
    best = chosen.copy()
    is_open = np.zeros(n_sites, np.bool_)
    may_enter = np.ones(n_sites, np.bool_)
    moved = np.zeros(n_sites, np.int64)
    score = np.zeros(n_sites, np.int64)
    count = np.zeros(n_rows, np.int32)
    weight = np.ones(n_rows, np.int64)
    for j in range(n_sites):
        score[j] = site_start[j + 1] - site_start[j]
    for j in chosen:
        _open(start, sites, site_start, site_rows, j, is_open, may_enter, score, count, weight)
    newest = -1
    for step in range(1, steps + 1):
        uncovered = np.flatnonzero(count == 0)
        while len(uncovered) == 0:
            best = np.flatnonzero(is_open).astype(np.int32)
            if len(best) <= target:
                return best
            leave = _least_loss(is_open, score, moved, -1)
            _close(start, sites, site_start, site_rows, leave, is_open, may_enter, score, count, weight)
            uncovered = np.flatnonzero(count == 0)
        leave = _least_loss(is_open, score, moved, newest)
        if leave < 0:
            return best
        _close(start, sites, site_start, site_rows, leave, is_open, may_enter, score, count, weight)
        moved[leave] = step
        row = uncovered[random.integers(0, len(uncovered))]
        newest = _best_site(sites[start[row] : start[row + 1]], may_enter, score, moved)
        if newest >= 0:
            _open(start, sites, site_start, site_rows, newest, is_open, may_enter, score, count, weight)
            moved[newest] = step
        for r in np.flatnonzero(count == 0):
            weight[r] += 1
            for e in range(start[r], start[r + 1]):
                score[sites[e]] += 1
    return best


@kernel()
def _least_loss(is_open: Bools, score: Longs, moved: Longs, but: int) -> int:
    """Open site whose closing uncovers least weight, ties to the one that moved longest ago; -1 when there is none."""
    found = -1
    for j in range(len(is_open)):
        if not is_open[j] or j == but:
            continue
        if found < 0 or score[j] < score[found] or (score[j] == score[found] and moved[j] < moved[found]):
            found = j
    return found


@kernel()
def _best_site(row_sites: Ints, may_enter: Bools, score: Longs, moved: Longs) -> int:
    """Site of a row whose opening covers most weight among those that may enter; -1 when none may."""
    found = -1
    for j in row_sites:
        if not may_enter[j]:
            continue
        if found < 0 or score[j] > score[found] or (score[j] == score[found] and moved[j] < moved[found]):
            found = j
    return found


@kernel()
def _close(
    start: Longs, sites: Ints, site_start: Longs, site_rows: Ints, leave: int,
    is_open: Bools, may_enter: Bools, score: Longs, count: Ints, weight: Longs,
) -> None:  # fmt: skip
    """Close a site and bring the scores of its neighbours up to date."""
    is_open[leave] = False
    may_enter[leave] = False
    for e in range(site_start[leave], site_start[leave + 1]):
        r = site_rows[e]
        count[r] -= 1
        for f in range(start[r], start[r + 1]):
            j = sites[f]
            if j == leave:
                continue
            may_enter[j] = True
            if count[r] == 0 or (count[r] == 1 and is_open[j]):
                score[j] += weight[r]


@kernel()
def _open(
    start: Longs, sites: Ints, site_start: Longs, site_rows: Ints, enter: int,
    is_open: Bools, may_enter: Bools, score: Longs, count: Ints, weight: Longs,
) -> None:  # fmt: skip
    """Open a site and bring the scores of its neighbours up to date."""
    for e in range(site_start[enter], site_start[enter + 1]):
        r = site_rows[e]
        count[r] += 1
        for f in range(start[r], start[r + 1]):
            j = sites[f]
            if j == enter:
                continue
            may_enter[j] = True
            if count[r] == 1 or (count[r] == 2 and is_open[j]):
                score[j] -= weight[r]
    is_open[enter] = True
