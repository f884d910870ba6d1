"""Compiled kernels of timetables: one backward scan of all rides for many sites, read off at every minute of a window.

Everything is in whole seconds. A *place in line* is a ride that one may board, in the list of its node by departure;
behind the last of each node stands one that never leaves. What is found is the earliest arrival at the site of whoever
boards there or later, so that waiting at a node from any moment on is one look at one row.
"""

from __future__ import annotations

import numpy as np

from ipps_geo.kernels import kernel

NEVER = 1 << 30


@kernel()
def lines_of_boarding(tail, departure, boards, n_nodes):  # type: ignore[no-untyped-def]
    """Return (first place per node, departure per place, place per ride or -1); rides ascend by departure."""
    count = np.zeros(n_nodes + 1, dtype=np.int64)
    for c in range(len(tail)):
        if boards[c]:
            count[tail[c] + 1] += 1
    start = np.zeros(n_nodes + 1, dtype=np.int64)
    for v in range(n_nodes):
        start[v + 1] = start[v] + count[v + 1] + 1
    leaves = np.full(start[n_nodes], NEVER, dtype=np.int32)
    place = np.full(len(tail), -1, dtype=np.int32)
    free = start[:-1].copy()
    for c in range(len(tail)):
        if boards[c]:
            v = tail[c]
            place[c] = free[v]
            leaves[free[v]] = departure[c]
            free[v] += 1
    return start, leaves, place


@kernel()
def _first_from(leaves, low, high, moment):  # type: ignore[no-untyped-def]
    """Return the first place of ``low:high`` that leaves at ``moment`` or later."""
    while low < high:
        middle = (low + high) // 2
        if leaves[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low


@kernel()
def places_after_change(  # type: ignore[no-untyped-def]
    head, departure, arrival, alights, change_start, change_to, change_s, start, leaves
):
    """Return CSR (start per ride, place) of the places that one can still catch behind each ride, and which are tied.

    Tied is a ride without length behind which one catches, by a change without length, what leaves in the same second.
    """
    first = np.zeros(len(head) + 1, dtype=np.int64)
    found = np.empty(max(1024, 2 * len(head)), dtype=np.int32)
    tied = np.zeros(len(head), dtype=np.bool_)
    filled = 0
    for c in range(len(head)):
        if alights[c]:
            v = head[c]
            for at in range(change_start[v], change_start[v + 1]):
                to = change_to[at]
                last = start[to + 1] - 1
                place = _first_from(leaves, start[to], last, arrival[c] + change_s[at])
                if place < last:
                    tied[c] |= leaves[place] == departure[c]
                    if filled == len(found):
                        wider = np.empty(2 * filled, dtype=np.int32)
                        wider[:filled] = found
                        found = wider
                    found[filled] = place
                    filled += 1
        first[c + 1] = filled
    return first, found[:filled], tied


@kernel()
def _behind_one(  # type: ignore[no-untyped-def]
    c, head, arrival, best, place, alights, change_first, change_place, exit_row, exit_s, behind
):
    """Lower the arrivals of whoever is aboard ride c, and those behind its place; return whether the latter fell."""
    sites = len(best)
    if alights[c]:
        row = exit_row[head[c]]
        if row >= 0:
            on_foot = exit_s[row]
            come = arrival[c]
            for j in range(sites):
                best[j] = min(best[j], come + on_foot[j])
        for at in range(change_first[c], change_first[c + 1]):
            other = behind[change_place[at]]
            for j in range(sites):
                best[j] = min(best[j], other[j])
    fell = False
    if place >= 0:
        mine, later = behind[place], behind[place + 1]
        for j in range(sites):
            least = min(best[j], later[j])
            fell |= least < mine[j]
            mine[j] = min(mine[j], least)
    return fell


@kernel()
def arrivals_behind(  # type: ignore[no-untyped-def]
    head, departure, arrival, run, places, alights, changes, exit_row, exit_s, n_places, n_runs
):
    """Return the earliest arrival at each site by boarding at each place or later, int32, shape (places, sites).

    ``exit_row`` (nodes,) points into ``exit_s`` (k, sites), the seconds on foot from a node to each site, or is -1;
    ``changes`` is what :func:`places_after_change` returns. Rides of one second among which some are tied are scanned
    until nothing falls any more.
    """
    change_first, change_place, tied = changes
    sites = exit_s.shape[1]
    behind = np.full((n_places, sites), NEVER, dtype=np.int32)
    aboard = np.full((n_runs, sites), NEVER, dtype=np.int32)
    last = len(head)
    while last > 0:
        first = last - 1
        knot = tied[first]
        while first > 0 and departure[first - 1] == departure[last - 1]:
            first -= 1
            knot |= tied[first]
        before = np.empty((last - first if knot else 0, sites), dtype=np.int32)
        for c in range(first, last if knot else first):
            before[c - first] = aboard[run[c]]
        fell = True
        while fell:
            fell = False
            for c in range(first, last if knot else first):
                aboard[run[c]] = before[c - first]
            for c in range(last - 1, first - 1, -1):
                fell |= _behind_one(
                    c, head, arrival, aboard[run[c]], places[c], alights, change_first, change_place, exit_row, exit_s,
                    behind,
                )  # fmt: skip
            fell &= knot
        last = first
    return behind


@kernel()
def _nth(values, n, rank):  # type: ignore[no-untyped-def]
    """Return the value of ``rank`` (from 0) among the first ``n`` in ascending order; reorders them.

    By hand, because ``np.partition`` takes two seconds to compile in a kernel and several times as long to run.
    """
    low, high = 0, n - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return values[rank]


@kernel()
def _wait_and_ride(come, start, leaves, behind, v, walk, begin):  # type: ignore[no-untyped-def]
    """Lower ``come`` (minutes, sites) at the last minute at which each ride from node v is caught; whether any is."""
    minutes, sites = come.shape
    last = start[v + 1] - 1
    first = _first_from(leaves, start[v], last, begin + walk)
    for place in range(first, last):
        t = min(minutes - 1, (leaves[place] - walk - begin) // 60)
        best, other = come[t], behind[place]
        for j in range(sites):
            best[j] = min(best[j], other[j])
        if t == minutes - 1:
            break
    return first < last


@kernel()
def door_to_door_seconds(  # type: ignore[no-untyped-def]
    near_start, near_station, near_s, node_start, node_of, start, leaves, behind, least_s, begin, minutes, rank, most
):
    """Return the seconds of rank ``rank`` over the minutes of the window, int32, shape (doors, sites), or NEVER.

    Stations near door i are ``near_start[i]:near_start[i + 1]`` with ``near_s`` seconds on foot; the nodes of station s
    are ``node_of[node_start[s]:node_start[s + 1]]``. ``least_s`` (nodes,) is the shortest way from a node to any site:
    with more than ``most`` seconds nobody needs to look.
    """
    doors, sites = len(near_start) - 1, behind.shape[1]
    found = np.full((doors, sites), NEVER, dtype=np.int32)
    come = np.full((minutes, sites), NEVER, dtype=np.int32)
    one = np.empty(minutes, dtype=np.int32)
    for i in range(doors):
        touched = False
        for near in range(near_start[i], near_start[i + 1]):
            walk = near_s[near]
            for at in range(node_start[near_station[near]], node_start[near_station[near] + 1]):
                v = node_of[at]
                if walk + least_s[v] <= most:
                    touched |= _wait_and_ride(come, start, leaves, behind, v, walk, begin)
        if not touched:
            continue
        # Who leaves earlier can wait for what leaves later.
        for t in range(minutes - 2, -1, -1):
            best, later = come[t], come[t + 1]
            for j in range(sites):
                best[j] = min(best[j], later[j])
        for j in range(sites):
            within = 0
            for t in range(minutes):
                one[t] = come[t, j] - (begin + 60 * t)
                within += one[t] <= most
            if within > rank:
                found[i, j] = _nth(one, minutes, rank)
        come[:] = NEVER
    return found


@kernel()
def least_from_nodes(start, leaves, behind):  # type: ignore[no-untyped-def]
    """Return the seconds of the shortest way to any site by boarding at each node, shape (nodes,)."""
    nodes, sites = len(start) - 1, behind.shape[1]
    least = np.full(nodes, NEVER, dtype=np.int64)
    for v in range(nodes):
        for place in range(start[v], start[v + 1] - 1):
            for j in range(sites):
                if behind[place, j] < NEVER:
                    least[v] = min(least[v], behind[place, j] - leaves[place])
    return least


@kernel()
def latest_start_s(  # type: ignore[no-untyped-def]
    node_start, node_of, start, leaves, behind, least_s, begin, minutes, rank, most, longest_walk
):
    """Return how many seconds of walk to each station leave each site within ``most``, -1 for none, (stations, sites).

    Found by halving: who comes later to a station never arrives earlier.
    """
    stations, sites = len(node_start) - 1, behind.shape[1]
    found = np.full((stations, sites), -1, dtype=np.int32)
    for s in range(stations):
        least = NEVER
        for at in range(node_start[s], node_start[s + 1]):
            least = min(least, least_s[node_of[at]])
        if least > most:
            continue
        for j in range(sites):
            low, high = -1, min(longest_walk, most - least)
            while low < high:
                walk = (low + high + 1) // 2
                within = 0
                for t in range(minutes):
                    moment = begin + 60 * t + walk
                    for at in range(node_start[s], node_start[s + 1]):
                        v = node_of[at]
                        place = _first_from(leaves, start[v], start[v + 1] - 1, moment)
                        if behind[place, j] - begin - 60 * t <= most:
                            within += 1
                            break
                if within > rank:
                    low = walk
                else:
                    high = walk - 1
            found[s, j] = low
    return found
