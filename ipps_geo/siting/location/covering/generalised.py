"""Generalised maximal covering: what one more covering of a row is worth may have any sign and change with the number.

    max sum_i sum_k v_ik z_ik    s.t.  z_ik = 1 exactly when at least k open sites reach i,   sum_j y_j = p,   y binary

One value per row, some below zero: maximal covering with undesirable demand (Berman, Drezner and Wesolowsky 2009).
``v = (w, t w)``: coverage and backup coverage in one objective (BACOP2, Hogan and ReVelle 1986). ``v = (0, w)``: only
double coverage counts (as in the double standard model, Gendreau, Laporte and Semet 1997).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ipps_geo.errors import BadInput, Message
from ipps_geo.reach import Reach
from ipps_geo.siting.location.compact.amounts import all_whole, spent
from ipps_geo.siting.location.compact.answers import close_enough, proof
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.location.covering.cover_case import Bools, CoverCase, Floats, Ints, Longs, cover_case, opened_sites
from ipps_geo.siting.location.nearest import nearest_open_site
from ipps_geo.siting.search.checks import relative_gap_allowed, too_many_required, whole_number
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import OutOfTime, Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["generalised_covering"]


def generalised_covering(
    reach: Reach,
    n_sites: int,
    values: ArrayLike,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Open exactly ``n_sites`` sites so that what their coverings are worth is most.

    Parameters
    ----------
    reach
        Which site reaches which demand row.
    n_sites
        Number of sites to open, required ones included; all when fewer are allowed.
    values
        Worth of each row, shape (n_demand,), once it is reached; or shape (n_demand, K): worth of the first, second,
        ... K-th open site that reaches it. Finite, of either sign; further sites are worth nothing.
    required_sites, forbidden_sites
        Positions that must be open, or must stay closed.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    SitePlan
        ``objective`` is the worth, ``bound`` an upper bound; whole values are proved exactly. Each row is assigned to
        the nearest open site that reaches it, wanted or not.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0], [2, 0], [9, 0]], [[1, 0], [9, 1]], 3)
    >>> generalised_covering(reach, 1, [3, -5, 1]).open_sites.tolist()
    [1]
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    worth = _values(values, reach.n_demand)
    n_open = whole_number(n_sites, "n_sites")
    try:
        case = cover_case(reach, None, required_sites, forbidden_sites, watch)
    except OutOfTime:
        return without_plan(SitePlan, reach.n_demand, watch)
    why: Message | None = too_many_required(case.state, n_open)
    if why is not None:
        return without_plan(SitePlan, reach.n_demand, watch, why)
    n_open = min(n_open, int(case.allowed.sum()))
    summed = np.zeros((case.groups.n_groups, worth.shape[1]))
    inside = case.groups.member_group >= 0
    np.add.at(summed, case.groups.member_group[inside], worth[inside])
    sites, bound = _search(case, summed, n_open, all_whole(worth), gap, watch)
    objective = _worth(case, summed, sites)
    quality = proof(objective, bound, whole=all_whole(worth), minimise=False, gap=gap, watch=watch)
    return SitePlan(open_sites=sites, assignment=nearest_open_site(reach, sites), **quality)


def _values(values: ArrayLike, n: int) -> Floats:
    try:
        given = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput("siting.values_wrong", where="values", length=n) from error
    given = given[:, None] if given.ndim == 1 else given
    if given.ndim != 2 or given.shape[0] != n or given.shape[1] < 1 or not np.isfinite(given).all():
        raise BadInput("siting.values_wrong", where="values", length=n)
    return given


def _worth(case: CoverCase, values: Floats, sites: Ints) -> float:
    """Worth of the coverings of a set of open sites."""
    level = case.reached(sites)[:, None] > np.arange(values.shape[1])[None, :]
    return spent(values[level])


def _search(case: CoverCase, values: Floats, n_open: int, whole: bool, gap: float, watch: Watch) -> tuple[Ints, float]:
    """Best set found of exactly so many sites, and an upper bound on its worth."""
    chosen = _swapped(case, values, _greedy(case, values, n_open), watch)
    best = _worth(case, values, chosen)
    bound = spent(np.maximum(np.cumsum(values, axis=1).max(axis=1, initial=0.0), 0.0))
    watch.tell(best, bound, "swaps")
    if best >= bound or n_open == int(case.allowed.sum()) or watch.over():
        return chosen, best if n_open == int(case.allowed.sum()) else bound
    program = MixedProgram(maximise=True)
    opening = case.opening(program)
    program.row(opening, 1.0, n_open, n_open)
    levels = [_levels(case, program, opening, values, n_open)]
    absolute = close_enough(whole, best)
    start = np.zeros(program.n_columns)
    start[opening[chosen]] = 1.0
    for columns, groups, level in levels[0]:
        start[columns] = case.reached(chosen)[groups] >= level
    found = program.solve(watch, start=start, gap=gap, absolute_gap=absolute, bound=bound)
    if len(found.values):
        sites = opened_sites(found.values, case.groups.n_sites)
        if len(sites) == n_open and _worth(case, values, sites) > best:
            chosen = sites
    return chosen, found.bound


def _levels(
    case: CoverCase, program: MixedProgram, opening: Longs, values: Floats, n_open: int
) -> list[tuple[Longs, Longs, int]]:
    """Columns z_gk, and rows that bind each to the number of open sites that reach the group.

    From above: ``sum_k z_gk <= sum y`` and ``z_g1 >= z_g2 >= ...``; from below, where a covering may cost something:
    for one level ``z >= y_j`` of every site, for more ``sum y <= sum_k z_gk + (reaching sites - K) z_gK``.
    """
    start, members = case.groups.row_start, case.groups.row_sites
    lengths = np.diff(start)
    depth = values.shape[1]
    easy: Bools = np.asarray((values >= 0).all(axis=1) & (np.diff(values, axis=1) <= 0).all(axis=1), np.bool_)
    columns: list[tuple[Longs, Longs, int]] = []
    place = np.full((depth, case.groups.n_groups), -1, np.int64)
    for k in range(depth):
        for whole, chosen in ((False, easy), (True, ~easy)):
            groups = np.flatnonzero(chosen & (lengths > k))
            if len(groups):
                made = program.columns(values[groups, k], whole=whole and depth > 1)
                place[k, groups] = made
                columns.append((made, groups, k + 1))
    group_of = np.repeat(np.arange(case.groups.n_groups), lengths)
    have = place >= 0
    level, group = np.nonzero(have)
    program.rows(
        np.r_[group_of, group], np.r_[opening[members], place[level, group]],
        np.r_[np.ones(len(members)), np.full(len(group), -1.0)], 0.0, np.inf, case.groups.n_groups,
    )  # fmt: skip
    hard = ~easy
    for k in range(1, depth):
        groups = np.flatnonzero(have[k] & hard)
        order = np.arange(len(groups))
        program.rows(
            np.r_[order, order], np.r_[place[k - 1, groups], place[k, groups]],
            np.r_[np.ones(len(groups)), np.full(len(groups), -1.0)], 0.0, np.inf, len(groups),
        )  # fmt: skip
    if depth == 1:
        entries = np.flatnonzero(hard[group_of])
        order = np.arange(len(entries))
        program.rows(
            np.r_[order, order], np.r_[place[0, group_of[entries]], opening[members[entries]]],
            np.r_[np.ones(len(entries)), np.full(len(entries), -1.0)], 0.0, np.inf, len(entries),
        )  # fmt: skip
        return columns
    groups = np.flatnonzero(hard)
    order = np.full(case.groups.n_groups, -1)
    order[groups] = np.arange(len(groups))
    entries = np.flatnonzero(hard[group_of])
    counted = hard[group]
    level, group = level[counted], group[counted]
    last = np.minimum(lengths, depth) - 1
    beyond = np.minimum(lengths, n_open) - depth
    factor = np.where(level == last[group], 1.0 + np.maximum(beyond[group], 0), 1.0)
    program.rows(
        np.r_[order[group_of[entries]], order[group]], np.r_[opening[members[entries]], place[level, group]],
        np.r_[np.full(len(entries), -1.0), factor], 0.0, np.inf, len(groups),
    )  # fmt: skip
    return columns


def _greedy(case: CoverCase, values: Floats, n_open: int) -> Ints:
    """Required sites, then the site with the best next worth until there are as many as asked."""
    opened = case.required.tolist()
    padded = np.c_[values, np.zeros(len(values))]
    while len(opened) < n_open:
        level = np.minimum(case.reached(opened), values.shape[1])
        gain = np.where(case.allowed, case.by_site @ padded[np.arange(len(values)), level], -np.inf)
        gain[opened] = -np.inf
        opened.append(int(np.argmax(gain)))
    return np.sort(np.array(opened, np.int32))


def _swapped(case: CoverCase, values: Floats, chosen: Ints, watch: Watch) -> Ints:
    """Exchange one site for another while that is worth more."""
    best = _worth(case, values, chosen)
    padded = np.c_[values, np.zeros(len(values))]
    improved = True
    while improved and not watch.over():
        improved = False
        for old in chosen.tolist():
            if case.state[old] == 1 or watch.over():
                continue
            rest = chosen[chosen != old]
            level = np.minimum(case.reached(rest), values.shape[1])
            gain = np.where(case.allowed, case.by_site @ padded[np.arange(len(values)), level], -np.inf)
            gain[rest] = -np.inf
            other = np.sort(np.r_[rest, np.argmax(gain)]).astype(np.int32)
            worth = _worth(case, values, other)
            if worth > best + 1e-12 * abs(best):
                chosen, best, improved = other, worth, True
                break
    return chosen
