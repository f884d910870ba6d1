"""Weighted set covering: all demand within reach, some of it several times, at the least cost of sites.

    min sum_j c_j y_j    s.t.  sum_{j reaches i} y_j >= b_i for every row i,   y binary

With one cost and ``b = 1`` this is the location set covering problem (Toregas et al. 1971); with costs the weighted set
cover (Chvatal 1979); with ``b`` above 1 the multi-level location set covering problem (Church and Gerrard 2003).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import Message
from ipps_geo.reach import Reach
from ipps_geo.siting.location.compact.amounts import all_whole, spent
from ipps_geo.siting.location.compact.answers import close_enough, proof
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.location.covering.cover_case import CoverCase, Floats, Ints, Longs, opened_sites, without_idle
from ipps_geo.siting.location.covering.cover_program import minimal_rows
from ipps_geo.siting.location.nearest import nearest_open_site
from ipps_geo.siting.search.checks import relative_gap_allowed, site_numbers, site_states, times_per_row
from ipps_geo.siting.search.groups import group_demand
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import OutOfTime, Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["weighted_set_covering"]


def weighted_set_covering(
    reach: Reach,
    site_costs: ArrayLike | None = None,
    times: ArrayLike = 1,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Cheapest sites that reach every demand row as often as asked.

    Parameters
    ----------
    reach
        Which site reaches which demand row.
    site_costs
        Cost of opening each site, not negative: one number, or one per site; 1 each when left out.
    times
        From how many open sites each row must be reached: one whole number, or one per row; 0 asks for none.
    required_sites, forbidden_sites
        Positions that must be open (they are paid for too), or must stay closed.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    SitePlan
        ``objective`` is the cost of the open sites, ``bound`` a lower bound on it; each row is assigned to the nearest
        open site. Infeasible when too few allowed sites reach some row; ``why`` says how many rows.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0], [4, 0], [9, 0]], [[0, 1], [9, 1], [5, 1]], 5)
    >>> weighted_set_covering(reach, [1, 1, 9]).open_sites.tolist()
    [0, 1]
    >>> weighted_set_covering(reach, times=[1, 2, 1]).open_sites.tolist()
    [0, 2]
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    costs = site_numbers(site_costs, reach.n_sites, "site_costs")
    need = times_per_row(times, reach.n_demand)
    state = site_states(required_sites, forbidden_sites, reach.n_sites)
    levels, label = np.unique(need, return_inverse=True)
    try:
        groups = group_demand(reach, labels=label.astype(np.int32), between=watch.check)
    except OutOfTime:
        return without_plan(SitePlan, reach.n_demand, watch)
    case = CoverCase(reach, groups, np.ones(reach.n_demand), state)
    wanted = levels[groups.label] if len(levels) else np.zeros(0, np.int64)
    short = (groups.member_group < 0) & (need > 0)
    reached = groups.member_group >= 0
    lacking = case.reached(np.flatnonzero(case.allowed)) < wanted
    short[reached] |= lacking[groups.member_group[reached]]
    if short.any():
        why = Message("siting.infeasible.rows_out_of_reach", {"rows": int(short.sum())})
        return without_plan(SitePlan, reach.n_demand, watch, why)
    sites, bound = _search(case, costs, wanted, gap, watch)
    sites = without_idle(case, sites, costs, lambda left: bool((left >= wanted).all()))
    quality = proof(spent(costs[sites]), bound, whole=all_whole(costs), minimise=True, gap=gap, watch=watch)
    return SitePlan(open_sites=sites, assignment=nearest_open_site(reach, sites), **quality)


def _search(case: CoverCase, costs: Floats, wanted: Longs, gap: float, watch: Watch) -> tuple[Ints, float]:
    """Cheapest set found that reaches every group as often as wanted, and a lower bound on the cost."""
    groups, whole = case.groups, all_whole(costs)
    chosen = greedy_multicover(case, costs, wanted)
    bound = spent(costs[case.required])
    watch.tell(spent(costs[chosen]), bound, "greedy")
    if spent(costs[chosen]) <= bound or watch.over():
        return chosen, bound
    program = MixedProgram(maximise=False)
    opening = case.opening(program, costs)
    rows = _binding(case, wanted)
    lengths = np.diff(groups.row_start)
    entries = np.repeat(rows, lengths)
    place = np.repeat(np.cumsum(rows) - 1, lengths)[entries]
    program.rows(place, opening[groups.row_sites[entries]], 1.0, wanted[rows], np.inf, int(rows.sum()))
    start = np.zeros(groups.n_sites)
    start[chosen] = 1.0
    absolute = close_enough(whole, spent(costs[chosen]))
    found = program.solve(watch, start=start, gap=gap, absolute_gap=absolute, bound=bound)
    sites = opened_sites(found.values, groups.n_sites) if len(found.values) else chosen
    cheaper = (case.reached(sites) >= wanted).all() and spent(costs[sites]) < spent(costs[chosen])
    return (sites if cheaper else chosen), found.bound


def _binding(case: CoverCase, wanted: Longs) -> NDArray[np.bool_]:
    """Groups whose rows the program needs: where all ask for one site, those that hold no other's sites."""
    if (wanted == 1).all():
        return minimal_rows(case.groups.row_start, case.groups.row_sites, case.groups.n_sites)
    return wanted > 0


def greedy_multicover(case: CoverCase, costs: Floats, wanted: Longs) -> Ints:
    """Again and again the site that brings most groups nearer to what they want for its cost, then none that is idle.

    What is possible must have been checked.
    """
    start, members = case.groups.by_site
    opened = case.required.tolist()
    left = np.maximum(wanted - case.reached(opened), 0)
    while left.any():
        gain = np.where(case.allowed, case.by_site @ (left > 0).astype(np.float64), 0.0)
        gain[opened] = 0.0
        with np.errstate(divide="ignore"):
            worth = np.where(gain > 0, gain / np.maximum(costs, 1e-300), -1.0)
        best = int(np.argmax(worth))
        opened.append(best)
        inside = members[start[best] : start[best + 1]]
        left[inside] = np.maximum(left[inside] - 1, 0)
    sites = np.sort(np.array(opened, np.int32))
    return without_idle(case, sites, costs, lambda count: bool((count >= wanted).all()))
