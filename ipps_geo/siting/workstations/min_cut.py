"""Exact value of an open set without whole numbers and roster minimum, as a minimum cut (compiled).

With unit weights and no capacity every member with need is worth taking in wherever it is, and issues ``den - num``
licences at the site that takes it; a member without need uses ``num`` of them. So

    value(S) = members with need that S reaches + maxflow / num
    source -> groups with need ((den - num) N) -> open sites -> groups without need -> sink (num N)

and the minimum cut splits S: on the sink side the need share limits the site (mu = 1), on the source side it does not
(mu = 0). The flow is found by Dinic's algorithm on the open set's own groups, a few hundred nodes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.kernels import kernel
from ipps_geo.siting.search.groups import hash_rows, list_restricted, site_words

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.int8]
Words = NDArray[np.uint64]


@kernel()
def open_groups(
    start: Longs,
    groups: Ints,
    row_start: Longs,
    row_sites: Ints,
    label: Ints,
    chosen: Ints,
    first_word: Words,
    second_word: Words,
) -> tuple[Longs, Ints, Longs, Ints]:
    """Groups as the open sites see them: ``(touched, sub_of, row_start, row_sites)``, sites as places in ``chosen``.

    ``touched`` are the groups that some open site reaches, ``sub_of`` their new number. Groups are merged only when
    their labels agree; only the open sites' lists are scanned.
    """
    n = len(row_start) - 1
    place = np.full(len(start) - 1, -1, np.int32)
    slot = np.full(n, -1, np.int32)
    touched = np.empty(n, np.int64)
    n_touched = 0
    for k in range(len(chosen)):
        place[chosen[k]] = k
        for e in range(start[chosen[k]], start[chosen[k] + 1]):
            g = groups[e]
            if slot[g] < 0:
                slot[g] = n_touched
                touched[n_touched] = g
                n_touched += 1
    touched = touched[:n_touched].copy()
    first = np.zeros(n_touched, np.uint64)
    second = np.zeros(n_touched, np.uint64)
    count = np.zeros(n_touched, np.int32)
    labels = np.empty(n_touched, np.int32)
    for s in range(n_touched):
        labels[s] = label[touched[s]]
    for k in range(len(chosen)):
        for e in range(start[chosen[k]], start[chosen[k] + 1]):
            s = slot[groups[e]]
            first[s] += first_word[k]
            second[s] += second_word[k]
            count[s] += 1
    table_size = 16
    while table_size < 2 * n_touched + 2:
        table_size *= 2
    sub_of, representative = hash_rows(first, second, count, labels, table_size)
    rows = np.empty(len(representative), np.int64)
    counts = np.zeros(n, np.int32)
    for r in range(len(representative)):
        rows[r] = touched[representative[r]]
        counts[rows[r]] = count[representative[r]]
    sub_start, sub_sites = list_restricted(row_start, row_sites, place, rows, counts)
    return touched, sub_of, sub_start, sub_sites


@kernel()
def _add_arc(
    u: int, v: int, backward: bool, room: int, head: Ints, after: Ints, to: Ints, capacity: Longs, used: Longs
) -> None:
    """Append an arc from u to v, or from v to u, and its reverse (``arc ^ 1``); ``used[0]`` counts the arcs."""
    if backward:
        u, v = v, u
    arc = used[0]
    to[arc] = v
    capacity[arc] = room
    after[arc] = head[u]
    head[u] = arc
    to[arc + 1] = u
    capacity[arc + 1] = 0
    after[arc + 1] = head[v]
    head[v] = arc + 1
    used[0] += 2


@kernel()
def _levels(source: int, head: Ints, after: Ints, to: Ints, capacity: Longs, level: Ints, queue: Ints) -> None:
    """Breadth-first levels in the residual network; -1 where the source does not lead."""
    level[:] = -1
    level[source] = 0
    queue[0] = source
    first = 0
    last = 1
    while first < last:
        u = queue[first]
        first += 1
        arc = head[u]
        while arc >= 0:
            v = to[arc]
            if capacity[arc] > 0 and level[v] < 0:
                level[v] = level[u] + 1
                queue[last] = v
                last += 1
            arc = after[arc]


@kernel()
def max_flow(source: int, sink: int, head: Ints, after: Ints, to: Ints, capacity: Longs) -> tuple[int, Ints]:
    """Dinic's maximum flow; leaves the residual capacities and returns the flow and the levels of the last search.

    Nodes with level >= 0 are the source side of a minimum cut.
    """
    n = len(head)
    level = np.empty(n, np.int32)
    queue = np.empty(n, np.int32)
    current = np.empty(n, np.int32)
    path = np.empty(n, np.int32)
    flow = 0
    while True:
        _levels(source, head, after, to, capacity, level, queue)
        if level[sink] < 0:
            return flow, level
        for v in range(len(head)):
            current[v] = head[v]
        depth = 0
        u = source
        while True:
            if u == sink:
                push = capacity[path[0]]
                for k in range(1, depth):
                    push = min(push, capacity[path[k]])
                flow += push
                cut = depth
                for k in range(depth - 1, -1, -1):
                    capacity[path[k]] -= push
                    capacity[path[k] ^ 1] += push
                    if capacity[path[k]] == 0:
                        cut = k
                depth = cut
                u = to[path[cut] ^ 1]
                continue
            arc = current[u]
            while arc >= 0 and not (capacity[arc] > 0 and level[to[arc]] == level[u] + 1):
                arc = after[arc]
            current[u] = arc
            if arc >= 0:
                path[depth] = arc
                depth += 1
                u = to[arc]
            elif depth == 0:
                break
            else:
                depth -= 1
                u = to[path[depth] ^ 1]
                current[u] = after[current[u]]


@kernel()
def _open_value(
    start: Longs,
    groups: Ints,
    row_start: Longs,
    row_sites: Ints,
    need_label: Ints,
    size: Longs,
    num: int,
    den: int,
    chosen: Ints,
    first_word: Words,
    second_word: Words,
) -> tuple[int, int, Bytes]:
    """Members with need reached, the maximum flow, and per open site whether the need share limits it."""
    touched, sub_of, sub_start, sub_sites = open_groups(
        start, groups, row_start, row_sites, need_label, chosen, first_word, second_word
    )
    n_sub = len(sub_start) - 1
    members = np.zeros(n_sub, np.int64)
    no_need = np.zeros(n_sub, np.bool_)
    reached = 0
    everybody = 0
    for s in range(len(touched)):
        g = touched[s]
        everybody += size[g]
        members[sub_of[s]] += size[g]
        if need_label[g] == 0:
            reached += size[g]
        else:
            no_need[sub_of[s]] = True
    p = len(chosen)
    source = n_sub + p
    sink = source + 1
    used = np.zeros(1, np.int64)
    room = 2 * (len(sub_sites) + n_sub)
    head = np.full(sink + 1, -1, np.int32)
    after = np.empty(room, np.int32)
    to = np.empty(room, np.int32)
    capacity = np.empty(room, np.int64)
    unlimited = den * everybody + 1
    for s in range(n_sub):
        # source -> group -> site with need, site -> group -> sink without
        end = sink if no_need[s] else source
        licences = members[s] * (num if no_need[s] else den - num)
        _add_arc(s, end, not no_need[s], licences, head, after, to, capacity, used)
        for e in range(sub_start[s], sub_start[s + 1]):
            _add_arc(s, n_sub + sub_sites[e], no_need[s], unlimited, head, after, to, capacity, used)
    flow, level = max_flow(source, sink, head, after, to, capacity)
    limited = np.zeros(p, np.int8)
    for k in range(p):
        limited[k] = level[n_sub + k] < 0
    return reached, flow, limited


#: Openings are scaled to whole capacities; the cut only steers multipliers, so the rounding costs no validity.
_SCALE = 1 << 16


@kernel()
def limited_sites(
    row_start: Longs, row_sites: Ints, n_need: int, size: Floats, num: int, den: int, opening: Floats, mu: Floats
) -> None:
    """Best mu in {0, 1} for fractional openings: the minimum cut with every capacity scaled by the openings.

    Written into ``mu`` for sites with a positive opening; the others keep theirs.
    """
    n = len(size)
    m = len(opening)
    place = np.full(m, -1, np.int64)
    p = 0
    for j in range(m):
        if opening[j] > 1e-9:
            place[j] = n + p
            p += 1
    n_arcs = 0
    for e in range(len(row_sites)):
        if place[row_sites[e]] >= 0:
            n_arcs += 1
    source = n + p
    sink = source + 1
    head = np.full(sink + 1, -1, np.int32)
    room = 2 * (n_arcs + n)
    after = np.empty(room, np.int32)
    to = np.empty(room, np.int32)
    capacity = np.empty(room, np.int64)
    used = np.zeros(1, np.int64)
    for g in range(n):
        need = g < n_need
        licences = size[g] * _SCALE * (den - num if need else num)
        reached = 0.0
        for e in range(row_start[g], row_start[g + 1]):
            j = row_sites[e]
            if place[j] < 0:
                continue
            reached += opening[j]
            _add_arc(g, place[j], not need, int(licences * opening[j]), head, after, to, capacity, used)
        if reached > 0:
            end = source if need else sink
            _add_arc(g, end, need, int(licences * min(1.0, reached)), head, after, to, capacity, used)
    _, level = max_flow(source, sink, head, after, to, capacity)
    for j in range(m):
        if place[j] >= 0:
            mu[j] = 1.0 if level[place[j]] < 0 else 0.0


class OpenSetValue:
    """Evaluates open sets of one plain program: value and which sites the need share limits."""

    def __init__(
        self,
        by_site: tuple[Longs, Ints],
        row_start: Longs,
        row_sites: Ints,
        n_need: int,
        size: Longs,
        share: tuple[int, int],
    ) -> None:
        self._lists = by_site
        self._rows = (row_start, row_sites)
        self._need_label = (np.arange(len(size)) >= n_need).astype(np.int32)
        self._size = size
        self._share = share
        self._first, self._second = site_words(len(by_site[0]) - 1)

    def __call__(self, chosen: Ints) -> tuple[float, Bytes]:
        """Value of the open set and, per site, 1 where the need share limits it (the site's best mu)."""
        reached, flow, limited = _open_value(
            *self._lists, *self._rows, self._need_label, self._size, *self._share, chosen, self._first, self._second
        )
        return reached + flow / self._share[0], limited
