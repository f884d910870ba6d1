"""Compiled heuristics for the fewest sites that cover all rows: greedy, rounding, and removal of redundant sites.

Rows come as ``sites[start[r]:start[r + 1]]``, their transpose as ``site_rows[site_start[j]:site_start[j + 1]]``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


@kernel()
def _without_redundant(n_rows: int, site_start: Longs, site_rows: Ints, chosen: Ints) -> Ints:
    """Drop sites, last opened first, whose rows are all covered by others."""
    count = np.zeros(n_rows, np.int32)
    for j in chosen:
        for e in range(site_start[j], site_start[j + 1]):
            count[site_rows[e]] += 1
    keep = np.ones(len(chosen), np.bool_)
    for k in range(len(chosen) - 1, -1, -1):
        j = chosen[k]
        needed = False
        for e in range(site_start[j], site_start[j + 1]):
            if count[site_rows[e]] == 1:
                needed = True
                break
        if not needed:
            keep[k] = False
            for e in range(site_start[j], site_start[j + 1]):
                count[site_rows[e]] -= 1
    return np.sort(chosen[keep])


@kernel()
def greedy_minimum(start: Longs, sites: Ints, site_start: Longs, site_rows: Ints) -> Ints:
    """Greedy cover: rows count 1 / (number of their sites - 1 + small), so that rare ones pull; redundant sites go."""
    n_rows = len(start) - 1
    n_sites = len(site_start) - 1
    pull = np.empty(n_rows)
    for r in range(n_rows):
        pull[r] = 1.0 / max(0.5, start[r + 1] - start[r] - 1.0)
    gain = np.zeros(n_sites)
    for j in range(n_sites):
        for e in range(site_start[j], site_start[j + 1]):
            gain[j] += pull[site_rows[e]]
    covered = np.zeros(n_rows, np.bool_)
    chosen = np.empty(n_sites, np.int32)
    n_chosen = 0
    left = n_rows
    while left:
        j = int(np.argmax(gain))
        chosen[n_chosen] = j
        n_chosen += 1
        for e in range(site_start[j], site_start[j + 1]):
            r = site_rows[e]
            if not covered[r]:
                covered[r] = True
                left -= 1
                for f in range(start[r], start[r + 1]):
                    gain[sites[f]] -= pull[r]
        gain[j] = -1e18
    return _without_redundant(len(start) - 1, site_start, site_rows, chosen[:n_chosen].copy())


@kernel()
def rounded_cover(n_rows: int, site_start: Longs, site_rows: Ints, y: Floats) -> Ints:
    """Cover near a fractional plan: sites by y while they cover something new, then drop the redundant ones."""
    covered = np.zeros(n_rows, np.bool_)
    left = len(covered)
    chosen = np.empty(len(y), np.int32)
    n_chosen = 0
    gain = y.copy()
    for j in np.argsort(-gain, kind="mergesort"):
        if left == 0:
            break
        new = 0
        for e in range(site_start[j], site_start[j + 1]):
            if not covered[site_rows[e]]:
                covered[site_rows[e]] = True
                new += 1
        if new:
            left -= new
            chosen[n_chosen] = j
            n_chosen += 1
    return _without_redundant(n_rows, site_start, site_rows, chosen[:n_chosen].copy())
