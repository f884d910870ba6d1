"""Compiled kernel of public transport: doors joined to stations on foot, all pairs within a limit.

Timetables join doors in a kernel of their own (``timetable_kernels``): theirs counts seconds at every minute of a
window and takes a percentile, this one adds minutes that hold all day. Only the walks are the same: ``walks``.
"""

from __future__ import annotations

import numpy as np

from ipps_geo.kernels import kernel


@kernel()
def door_to_door(  # type: ignore[no-untyped-def]
    demand, sites, near_start, near_station, near_walk, to_site, walk, limit
):
    """Return CSR (start, site, minutes) of the pairs within ``limit`` minutes.

    ``demand`` (n, 2) and ``sites`` (m, 2) in metres; stations near demand i are ``near_start[i]:near_start[i + 1]``
    with ``near_walk`` minutes; ``to_site`` (s, m) minutes from a station's entrance to a site's door; ``walk`` minutes
    a metre of straight line, for those who walk all the way.
    """
    n, m = len(demand), len(sites)
    start = np.zeros(n + 1, dtype=np.int64)
    column = np.empty(max(1024, n), dtype=np.int32)
    minutes = np.empty(len(column))
    best = np.empty(m)
    filled = 0
    for i in range(n):
        for j in range(m):
            best[j] = np.hypot(demand[i, 0] - sites[j, 0], demand[i, 1] - sites[j, 1]) * walk
        for at in range(near_start[i], near_start[i + 1]):
            first = near_walk[at]
            row = to_site[near_station[at]]
            for j in range(m):
                best[j] = min(best[j], first + row[j])
        if filled + m > len(column):
            size = 2 * (filled + m)
            wider_column, wider_minutes = np.empty(size, dtype=np.int32), np.empty(size)
            wider_column[:filled], wider_minutes[:filled] = column[:filled], minutes[:filled]
            column, minutes = wider_column, wider_minutes
        for j in range(m):
            if best[j] <= limit:
                column[filled], minutes[filled] = j, best[j]
                filled += 1
        start[i + 1] = filled
    return start, column[:filled], minutes[:filled]
