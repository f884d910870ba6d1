"""p-dispersion: p sites as far from each other as can be (Kuby 1987).

    max D    s.t.  D <= d_ij  for every two open sites i, j,   sum_j y_j = p,   y binary

The optimum is one of the distances. Halving over them, each is a question whether p sites exist of which no two are
nearer: a program in which of every set of sites that are all nearer (a clique) one may open.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput, Message
from ipps_geo.siting.location.compact.answers import proof
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.search.checks import relative_gap_allowed, site_states, too_many_required, whole_number
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["p_dispersion"]

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Sites from which the first plan is grown.
_STARTS = 30


def p_dispersion(
    distances: Any,
    n_sites: int,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Open exactly ``n_sites`` sites so that the least distance between two of them is largest.

    Parameters
    ----------
    distances
        Distance of sites among each other, shape (m, m), not negative; infinity for sites that are no matter to each
        other. Of two directions the shorter counts; the diagonal does not.
    n_sites
        Number of sites to open, at least 2, required ones included.
    required_sites, forbidden_sites
        Positions that must be open, or must stay closed.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    SitePlan
        ``objective`` is the least distance between two open sites, ``bound`` an upper bound on it. ``assignment`` is
        empty: there is no demand. Infeasible when fewer sites are allowed than asked.

    Examples
    --------
    >>> plan = p_dispersion([[0, 2, 9], [2, 0, 5], [9, 5, 0]], 2)
    >>> plan.open_sites.tolist(), plan.objective
    ([0, 2], 9.0)
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    apart = _distances(distances)
    m = len(apart)
    n_open = whole_number(n_sites, "n_sites", 2)
    state = site_states(required_sites, forbidden_sites, m)
    allowed = int((state >= 0).sum())
    why = too_many_required(state, n_open)
    if why is None and allowed < n_open:
        why = Message("siting.infeasible.fewer_allowed", {"n_sites": n_open, "allowed": allowed})
    if why is not None:
        return without_plan(SitePlan, 0, watch, why)
    sites, bound = _search(apart, state, n_open, watch)
    quality = proof(_least(apart, sites), bound, whole=False, minimise=False, gap=gap, watch=watch)
    return SitePlan(open_sites=sites, assignment=np.zeros(0, np.int32), **quality)


def _distances(distances: Any) -> Floats:
    """Distances as a symmetric table whose diagonal is infinite."""
    try:
        table = np.array(distances, np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput("siting.costs_unreadable", where="distances") from error
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise BadInput("siting.distances_not_square", where="distances", shape=table.shape)
    np.fill_diagonal(table, np.inf)
    missing = np.argwhere(np.isnan(table))
    if len(missing):
        first, second = missing[0].tolist()
        raise BadInput("siting.distance_missing", where="distances", first=first, second=second)
    if (table < 0).any():
        raise BadInput("siting.costs_negative", where="distances")
    return np.minimum(table, table.T)


def _least(apart: Floats, sites: Ints) -> float:
    """Least distance between two of the sites."""
    return float(apart[np.ix_(sites, sites)].min())


def _search(apart: Floats, state: NDArray[np.int8], n_open: int, watch: Watch) -> tuple[Ints, float]:
    """Best set found, and an upper bound on the least distance of any set."""
    usable, required = np.flatnonzero(state >= 0), np.flatnonzero(state == 1)
    best = _swapped(apart, _grown(apart, state, n_open), state)
    part = apart[np.ix_(usable, usable)]
    steps = np.unique(part[np.triu_indices(len(usable), 1)])
    most = float(apart[np.ix_(required, required)].min(initial=np.inf))
    steps = steps[steps <= most]
    # ``low`` holds a plan; ``high`` is the best step that may still hold one.
    low, high = int(np.searchsorted(steps, _least(apart, best))), len(steps) - 1
    watch.tell(float(steps[low]), float(steps[high]), "greedy")
    while low < high and not watch.over():
        middle = (low + high + 1) // 2
        found = _apart_by(apart, float(steps[middle]), state, n_open, watch)
        if found is None:
            break
        if len(found):
            best = found
            low = max(middle, int(np.searchsorted(steps, _least(apart, best))))
        else:
            high = middle - 1
        watch.tell(float(steps[low]), float(steps[high]), "distance")
    return best, float(steps[high])


def _grown(apart: Floats, state: NDArray[np.int8], n_open: int) -> Ints:
    """From each of some first sites, again and again the site farthest from those open; the best of them all."""
    required = np.flatnonzero(state == 1).tolist()
    usable = np.flatnonzero(state >= 0)
    firsts: list[list[int]] = [required] if required else [[j] for j in usable[:_STARTS].tolist()]
    best, value = np.zeros(0, np.int32), -math.inf
    for first in firsts:
        opened = list(first)
        near = apart[:, opened].min(axis=1)
        while len(opened) < n_open:
            reach = np.where(state >= 0, near, -1.0)
            reach[opened] = -2.0
            opened.append(int(np.argmax(reach)))
            near = np.minimum(near, apart[:, opened[-1]])
        sites = np.sort(np.array(opened, np.int32))
        if _least(apart, sites) > value:
            best, value = sites, _least(apart, sites)
    return best


def _swapped(apart: Floats, sites: Ints, state: NDArray[np.int8]) -> Ints:
    """Move one of the two nearest sites elsewhere while that sets all farther apart."""
    value = _least(apart, sites)
    while True:
        part = apart[np.ix_(sites, sites)]
        for site in sites[np.unique(np.argwhere(part == value))].tolist():
            if state[site] == 1:
                continue
            rest = sites[sites != site]
            near = np.where(state >= 0, apart[:, rest].min(axis=1), -1.0)
            near[rest] = -1.0
            other = np.sort(np.r_[rest, np.argmax(near)]).astype(np.int32)
            if _least(apart, other) > value:
                sites, value = other, _least(apart, other)
                break
        else:
            return sites


def _apart_by(apart: Floats, least: float, state: NDArray[np.int8], n_open: int, watch: Watch) -> Ints | None:
    """Sites of which no two are nearer than ``least``; none when there are no such, ``None`` when time is up."""
    m = len(apart)
    near = apart < least
    near[state < 0] = near[:, state < 0] = False
    program = MixedProgram(maximise=False)
    opening = program.columns(np.zeros(m), state == 1, state >= 0, whole=True)
    members = cliques(near)
    if members:
        place = np.repeat(np.arange(len(members)), [len(each) for each in members])
        program.rows(place, opening[np.concatenate(members)], 1.0, -np.inf, 1.0, len(members))
    program.row(opening, 1.0, n_open, n_open)
    with watch.muted():
        found = program.solve(watch)
    if found.outcome == "infeasible":
        return np.zeros(0, np.int32)
    if not len(found.values):
        return None
    sites = np.flatnonzero(found.values > 0.5).astype(np.int32)
    return sites if len(sites) == n_open and _least(apart, sites) >= least else None


def cliques(near: Bools) -> list[Longs]:
    """Sets of sites of which every two are near, which together hold every such two.

    >>> import numpy as np
    >>> [each.tolist() for each in cliques(np.array([[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1], [0, 0, 1, 0]], bool))]
    [[0, 1, 2], [2, 3]]
    """
    left = np.triu(near, 1)
    found = []
    for i in range(len(near)):
        while left[i].any():
            members = [i, int(np.argmax(left[i]))]
            others = near[members[0]] & near[members[1]]
            while others.any():
                fresh = left[np.ix_(np.array(members), np.flatnonzero(others))].sum(axis=0)
                members.append(int(np.flatnonzero(others)[np.argmax(fresh)]))
                others &= near[members[-1]]
            chosen = np.sort(np.array(members))
            left[np.ix_(chosen, chosen)] = False
            found.append(chosen)
    return found
