"""Compiled kernels of the street search: the nearest segment of many points, the pairs behind a block of distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel

CELL_M = 150.0
"""Side of the cells that segments are sorted into: a few streets each in a city."""


def nearest_segment(
    points: NDArray[np.float64], starts: NDArray[np.float64], ends: NDArray[np.float64], max_distance: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (segment, fraction along it, distance) of each point; (-1, 0, inf) beyond ``max_distance``.

    Ties go to the lower segment. Points (n, 2), segments ``starts`` -> ``ends`` (s, 2), all in metres.
    """
    low = np.minimum(starts, ends).min(axis=0)
    size = np.floor((np.maximum(starts, ends).max(axis=0) - low) / CELL_M).astype(np.int64) + 1
    # A continent of cells for a handful of streets would not fit: widen the cells until there are few per segment.
    cell = CELL_M * max(1.0, float(np.sqrt(size.prod() / (16.0 * len(starts) + 1_000_000.0))))
    size = np.floor((np.maximum(starts, ends).max(axis=0) - low) / cell).astype(np.int64) + 1
    start, segment = _segments_by_cell(starts, ends, low, cell, size[0], size[1])
    return _nearest(points, starts, ends, low, cell, size[0], size[1], start, segment, max_distance)


@kernel()
def _segments_by_cell(starts, ends, low, cell, n_x, n_y):  # type: ignore[no-untyped-def]
    """Return segments by the cells their box covers: those of cell c are ``segment[start[c]:start[c + 1]]``."""
    count = np.zeros(n_x * n_y + 1, dtype=np.int64)
    for fill in range(2):
        if fill:
            start = np.cumsum(count)
            segment = np.empty(start[-1], dtype=np.int64)
            place = start[:-1].copy()
        for s in range(len(starts)):
            x0 = int((min(starts[s, 0], ends[s, 0]) - low[0]) / cell)
            x1 = int((max(starts[s, 0], ends[s, 0]) - low[0]) / cell)
            y0 = int((min(starts[s, 1], ends[s, 1]) - low[1]) / cell)
            y1 = int((max(starts[s, 1], ends[s, 1]) - low[1]) / cell)
            for x in range(x0, min(x1, n_x - 1) + 1):
                for y in range(y0, min(y1, n_y - 1) + 1):
                    if fill:
                        segment[place[x * n_y + y]] = s
                        place[x * n_y + y] += 1
                    else:
                        count[x * n_y + y + 1] += 1
    return start, segment


@kernel()
def _nearest(points, starts, ends, low, cell, n_x, n_y, start, segment, max_distance):  # type: ignore[no-untyped-def]
    n = len(points)
    best = np.full(n, -1, dtype=np.int64)
    fraction = np.zeros(n)
    distance = np.full(n, np.inf)
    for i in range(n):
        px, py = points[i, 0], points[i, 1]
        cx, cy = int(np.floor((px - low[0]) / cell)), int(np.floor((py - low[1]) / cell))
        nearest = max_distance
        ring = 0
        # Cells of ring r lie at least (r - 1) cells away: stop when that is farther than the best so far.
        while (ring - 1) * cell <= nearest:
            for x in range(max(cx - ring, 0), min(cx + ring, n_x - 1) + 1):
                edge_column = x == cx - ring or x == cx + ring
                step = 1 if edge_column or ring == 0 else 2 * ring
                for y in range(cy - ring, cy + ring + 1, step):
                    if y < 0 or y >= n_y:
                        continue
                    for at in range(start[x * n_y + y], start[x * n_y + y + 1]):
                        s = segment[at]
                        ax, ay = starts[s, 0], starts[s, 1]
                        ux, uy = ends[s, 0] - ax, ends[s, 1] - ay
                        squared = ux * ux + uy * uy
                        t = 0.0
                        if squared > 0:
                            t = min(1.0, max(0.0, ((px - ax) * ux + (py - ay) * uy) / squared))
                        away = np.hypot(px - ax - t * ux, py - ay - t * uy)
                        if away < nearest or (away == nearest and (best[i] < 0 or s < best[i])):
                            nearest, best[i], fraction[i], distance[i] = away, s, t, away
            ring += 1
    return best, fraction, distance


@kernel()
def collect_pairs(  # type: ignore[no-untyped-def]
    node_cost,
    n_nodes,
    site_walk,
    site,
    entry_start,
    entry_row,
    entry_cost,
    same_start,
    same_row,
    same_cost,
    n_demand,
    limit,
):
    """Return (demand row, cost, pairs per site) for a block of sites, sites in order, each pair once at its least cost.

    ``node_cost`` (b, >= n_nodes) holds the way from each node to the block's sites. Demand enters the network at nodes
    (``entry_*``, rows by node) or stands on a site's own street (``same_*``, rows by site).
    """
    blocks = len(node_cost)
    least = np.full(n_demand, np.inf)
    touched = np.empty(n_demand, dtype=np.int32)
    per_site = np.zeros(blocks, dtype=np.int64)
    rows = np.empty(max(1024, n_demand), dtype=np.int32)
    costs = np.empty(len(rows))
    filled = 0
    for b in range(blocks):
        n_touched = 0
        for v in range(n_nodes):
            base = node_cost[b, v] + site_walk[b]
            if base > limit:
                continue
            for at in range(entry_start[v], entry_start[v + 1]):
                total = base + entry_cost[at]
                if total <= limit:
                    i = entry_row[at]
                    if least[i] == np.inf:
                        touched[n_touched] = i
                        n_touched += 1
                    least[i] = min(least[i], total)
        for at in range(same_start[site[b]], same_start[site[b] + 1]):
            if same_cost[at] <= limit:
                i = same_row[at]
                if least[i] == np.inf:
                    touched[n_touched] = i
                    n_touched += 1
                least[i] = min(least[i], same_cost[at])
        if filled + n_touched > len(rows):
            size = 2 * (filled + n_touched)
            wider_rows, wider_costs = np.empty(size, dtype=np.int32), np.empty(size)
            wider_rows[:filled], wider_costs[:filled] = rows[:filled], costs[:filled]
            rows, costs = wider_rows, wider_costs
        for t in range(n_touched):
            i = touched[t]
            rows[filled + t], costs[filled + t] = i, least[i]
            least[i] = np.inf
        filled += n_touched
        per_site[b] = n_touched
    return rows[:filled], costs[:filled], per_site
