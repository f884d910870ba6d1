"""Partial set covering: a share of all demand within reach at the least cost of sites (Daskin and Owen 1999).

min sum_j c_j y_j    s.t.  sum_i w_i z_i >= share * sum_i w_i,   z_i <= sum_{j reaches i} y_j,   y binary, 0 <= z <= 1
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ipps_geo.errors import Message
from ipps_geo.reach import Reach
from ipps_geo.siting.location.compact.amounts import all_whole, share_of, spent
from ipps_geo.siting.location.compact.answers import close_enough, proof
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.location.covering.cover_case import (
    CoverCase,
    Floats,
    Ints,
    cover_case,
    greedy_by_price,
    opened_sites,
    without_idle,
)
from ipps_geo.siting.search.checks import exact_share, relative_gap_allowed, site_numbers
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import OutOfTime, Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["partial_set_covering"]


def partial_set_covering(
    reach: Reach,
    share: float | tuple[int, int],
    weights: ArrayLike | None = None,
    site_costs: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Cheapest sites that reach at least a share of all demand.

    Parameters
    ----------
    reach
        Which site reaches which demand row.
    share
        Least share of the total weight, rows that no site reaches included: a number from 0 to 1, taken as it is
        written (0.9 is nine tenths), or two whole numbers (num, den). With whole weights compared in whole numbers.
    weights
        Weight per demand row, finite and not negative; 1 each when left out.
    site_costs
        Cost of opening each site, not negative: one number, or one per site; 1 each when left out.
    required_sites, forbidden_sites
        Positions that must be open (they are paid for too), or must stay closed.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    SitePlan
        ``objective`` is the cost of the open sites, ``bound`` a lower bound on it; each row within reach of an open
        site is assigned to the nearest. Infeasible when all allowed sites together reach less; ``why`` says how much.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0], [1, 0], [9, 0], [99, 0]], [[0, 1], [9, 1]], 3)
    >>> partial_set_covering(reach, 0.5).open_sites.tolist(), partial_set_covering(reach, (3, 4)).objective
    ([0], 2.0)
    >>> print(partial_set_covering(reach, 0.76).why)
    share: all allowed sites together reach 3 of 4 wanted
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    wanted_share = exact_share(share, "share")
    costs = site_numbers(site_costs, reach.n_sites, "site_costs")
    try:
        case = cover_case(reach, weights, required_sites, forbidden_sites, watch)
    except OutOfTime:
        return without_plan(SitePlan, reach.n_demand, watch)
    target = share_of(wanted_share, case.weights)
    if not case.whole:
        target *= 1 - 1e-9  # what adding up weights that are not whole may lose
    if case.most() < target:
        values = {"most": f"{case.most():g}", "target": f"{target:g}"}
        return without_plan(SitePlan, reach.n_demand, watch, Message("siting.infeasible.share", values))
    sites, bound = _search(case, costs, target, gap, watch)
    weight = case.groups.weight
    sites = without_idle(case, sites, costs, lambda left: float(weight[left > 0].sum()) >= target)
    quality = proof(spent(costs[sites]), bound, whole=all_whole(costs), minimise=True, gap=gap, watch=watch)
    return SitePlan(open_sites=sites, assignment=case.covered(sites)[0], **quality)


def _search(case: CoverCase, costs: Floats, target: float, gap: float, watch: Watch) -> tuple[Ints, float]:
    """Cheapest set found that covers the target, and a lower bound on the cost."""
    weight, total = case.groups.weight, float(case.groups.weight.sum())
    chosen = greedy_by_price(
        case, weight, costs, lambda opened: np.ones(len(costs), np.bool_), lambda left: total - left.sum() >= target
    )
    chosen = without_idle(case, chosen, costs, lambda left: float(weight[left > 0].sum()) >= target)
    best, bound = spent(costs[chosen]), spent(costs[case.required])
    watch.tell(best, bound, "greedy")
    if best <= bound or watch.over():
        return chosen, bound
    program = MixedProgram(maximise=False)
    opening = case.opening(program, costs)
    covered = case.covering(program, opening, 0.0)
    program.row(covered, weight, target, np.inf)
    absolute = close_enough(all_whole(costs), best)
    while True:
        found = program.solve(watch, start=case.start(chosen), gap=gap, absolute_gap=absolute, bound=bound)
        bound = found.bound
        sites = opened_sites(found.values, case.groups.n_sites) if len(found.values) else chosen
        if float(weight[case.reached(sites) > 0].sum()) >= target:
            return (sites if spent(costs[sites]) < best else chosen), bound
        # The solver's tolerance let a set pass that misses the target: some other site has to open.
        others = np.setdiff1d(opening[case.allowed], sites)
        program.row(others, 1.0, 1.0, np.inf)
