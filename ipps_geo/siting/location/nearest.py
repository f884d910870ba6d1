"""Who is served by whom once the sites are open: every row by its nearest one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.reach import Reach

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


def nearest_open_site(reach: Reach, open_sites: Ints) -> Ints:
    """Nearest open site that reaches each row, ties to the lowest position; -1 where none does."""
    assignment = np.full(reach.n_demand, -1, np.int32)
    if not len(open_sites) or not reach.n_demand:
        return assignment
    pairs = reach.select(sites=open_sites).pairs
    lengths = np.diff(pairs.indptr)
    served = np.flatnonzero(lengths)
    if not len(served):
        return assignment
    least = np.minimum.reduceat(pairs.data, pairs.indptr[served])
    is_least = pairs.data == np.repeat(least, lengths[served])
    entries = np.flatnonzero(is_least)
    rows = np.repeat(served, lengths[served])[entries]
    first = np.r_[True, rows[1:] != rows[:-1]]
    assignment[rows[first]] = open_sites[pairs.indices[entries[first]]]
    return assignment


def nearest_by_cost(costs: NDArray[np.floating], open_sites: NDArray[np.integer]) -> tuple[Ints, Floats]:
    """Nearest open site of every row, the first of equals (-1 where none serves it), and the cost to it, (n,) each.

    ``costs`` is (n, m); a pair that is not finite cannot be served, and a row that nobody serves costs infinity.
    """
    n = len(costs)
    if not len(open_sites) or not n:
        return np.full(n, -1, np.int32), np.full(n, np.inf)
    part = costs[:, open_sites].astype(np.float64)
    part[~np.isfinite(part)] = np.inf
    place = part.argmin(axis=1)
    least = part[np.arange(n), place]
    return np.where(np.isfinite(least), open_sites[place], -1).astype(np.int32), least
