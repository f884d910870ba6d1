"""The most even rosters as a whole program: where the need share binds, chains of moves end before they are there.

For groups g, stations j in J(g), x_gj members, k_j and o_j members with and without need, n_j = k_j + o_j::

    min  sum of n_j squared
         sum_j x_gj as it is,   k_j, o_j the sums of x_gj,   num o_j <= (den - num) k_j,   n_j <= capacity_j
         n_j no smaller than the smallest roster before, and no larger than the largest

The square is a sum of unit steps of cost 1, 3, 5, ..., convex, hence filled from below. With k and o fixed the rest are
two transportation problems with whole vertices; of these the one is taken in which most stay where they were.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.search.highs import maximise

Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Nodes of the tree: with them an answer is the same on every machine, unless the clock ends it.
_MOST_NODES = 300
#: Just below 2: sums of squares of sizes with one total differ by even numbers.
_LEAST_GAIN = 1.999


def most_even(
    need: Longs,
    reached: Bools,
    served: Longs,
    before: Longs,
    capacity: Longs,
    need_share: tuple[int, int],
    time_limit_s: float,
) -> tuple[Longs, bool]:
    """Members per group and station, and whether no rosters within the sizes before have a smaller sum of squares.

    ``served`` are rosters to start from, ``before`` those from which as few as can be should move; the others as in
    :class:`.balance.EvenRosters`.
    """
    num, den = need_share
    n_groups, p = reached.shape
    group, site = np.nonzero(reached)
    sizes, pairs = served.sum(axis=0), np.arange(len(group))
    earlier = before.sum(axis=0)
    low, high = int(earlier.min()), np.minimum(int(earlier.max()), capacity)
    steps = high - low
    step_site = np.repeat(np.arange(p), steps)
    step = np.arange(len(step_site)) - np.repeat(np.cumsum(steps) - steps, steps)
    # Columns: those who stay, those who come, k, o, unit steps. Rows: groups, k, o, need share, sizes.
    x, k = 2 * len(pairs), 2 * len(pairs) + np.arange(p)
    o, z = k + p, k[0] + 2 * p + np.arange(len(step_site))
    sums = n_groups + site + np.where(need[group] == 1, 0, p)
    share, size = n_groups + 2 * p + np.arange(p), n_groups + 3 * p + np.arange(p)
    entries = [
        *((group, column, 1.0) for column in (pairs, len(pairs) + pairs)),
        *((sums, column, 1.0) for column in (pairs, len(pairs) + pairs)),
        *((n_groups + first + np.arange(p), column, -1.0) for first, column in ((0, k), (p, o))),
        (share, k, float(num - den)), (share, o, float(num)),
        (size, k, 1.0), (size, o, 1.0), (size[step_site], z, -1.0),
    ]  # fmt: skip
    matrix = sparse.csr_array(
        (
            np.concatenate([np.full(len(row), value) for row, _, value in entries]),
            (np.concatenate([row for row, _, _ in entries]), np.concatenate([column for _, column, _ in entries])),
        ),
        shape=(n_groups + 4 * p, x + 2 * p + len(z)),
    )
    there = before[group, site].astype(float)
    row_lower = np.concatenate([served.sum(axis=1), np.zeros(2 * p), np.full(p, -np.inf), np.full(p, low)])
    row_upper = np.concatenate([served.sum(axis=1), np.zeros(3 * p), np.full(p, low)])
    lower = np.zeros(matrix.shape[1])
    most = float(served.sum())
    upper = np.concatenate([there, np.full(len(pairs) + 2 * p, most), np.ones(len(z))])
    cost = np.zeros(len(lower))
    cost[z] = -(2.0 * (low + step) + 1)
    now = served[group, site].astype(float)
    with_need = served[need == 1].sum(axis=0)
    stay = np.minimum(now, there)
    start = np.concatenate([stay, now - stay, with_need, sizes - with_need, step < (sizes - low)[step_site]])
    whole = (np.arange(len(lower)) >= x) & (np.arange(len(lower)) < x + 2 * p)
    solved = maximise(
        cost, matrix, row_lower, row_upper, lower, upper, whole, time_limit_s=time_limit_s, absolute_gap=_LEAST_GAIN,
        start=start.astype(float), max_nodes=_MOST_NODES,
    )  # fmt: skip
    if solved.outcome not in ("optimal", "feasible"):
        return served, False
    lower[whole] = upper[whole] = np.round(solved.values[whole])
    staying = (np.arange(len(lower)) < len(pairs)).astype(float)
    vertex = maximise(staying, matrix, row_lower, row_upper, lower, upper, time_limit_s=time_limit_s)
    if vertex.outcome != "optimal" or np.abs(vertex.values[:x] - np.round(vertex.values[:x])).max(initial=0) > 1e-6:
        return served, False
    found = np.zeros_like(served)
    found[group, site] = np.round(vertex.values[: len(pairs)] + vertex.values[len(pairs) : x]).astype(np.int64)
    if (found.sum(axis=0) ** 2).sum() > (sizes**2).sum():
        return served, False
    return found, solved.outcome == "optimal"
