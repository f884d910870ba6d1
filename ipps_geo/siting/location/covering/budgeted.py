"""Budgeted maximal covering: as much demand within reach as a budget for the sites allows (Khuller, Moss, Naor 1999).

max sum_i w_i z_i    s.t.  z_i <= sum_{j reaches i} y_j,   sum_j c_j y_j <= B,   y binary, 0 <= z <= 1
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ipps_geo.errors import Message
from ipps_geo.reach import Reach
from ipps_geo.siting.location.compact.amounts import spent, within
from ipps_geo.siting.location.compact.answers import close_enough, proof
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.location.covering.cover_case import (
    Bools,
    CoverCase,
    Floats,
    Ints,
    Longs,
    cover_case,
    greedy_by_price,
    opened_sites,
    without_idle,
)
from ipps_geo.siting.search.checks import (
    limit_allowed,
    relative_gap_allowed,
    site_numbers,
    too_many_required,
    whole_number,
)
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import OutOfTime, Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["budgeted_maximal_covering"]


def budgeted_maximal_covering(
    reach: Reach,
    site_costs: ArrayLike,
    budget: float,
    weights: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    n_sites: int | None = None,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Open sites within a budget that reach as much demand as possible.

    Parameters
    ----------
    reach
        Which site reaches which demand row.
    site_costs, budget
        Cost of opening each site (one number, or one per site), and what all may cost together, in the same unit.
    weights
        Weight per demand row, finite and not negative; 1 each when left out.
    n_sites
        Also at most so many sites.
    required_sites, forbidden_sites
        Positions that must be open (they are paid for too), or must stay closed.
    time_limit_s, gap
        Wall time; relative gap that is good enough, 0 for a proof.
    work_limit
        Largest number of nodes of the solver's tree, for a stop that is the same on every machine.
    progress, should_stop
        Called with each milestone; asked between steps whether to end.

    Returns
    -------
    SitePlan
        ``objective`` is the weight covered, ``bound`` an upper bound; whole weights are proved exactly, others to
        within 1e-7 of the objective. No site is open that could close without loss. Infeasible when the required sites
        exceed the budget or the number.

    Raises
    ------
    BadInput
        An argument that cannot be used, with its name.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0], [1, 0], [9, 0], [9, 2], [9, 3]], [[0, 1], [9, 1]], 3)
    >>> plan = budgeted_maximal_covering(reach, [2, 5], 4)
    >>> plan.status, plan.objective, plan.open_sites.tolist()
    ('optimal', 2.0, [0])
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    costs = site_numbers(site_costs, reach.n_sites, "site_costs")
    limit = limit_allowed(budget, "budget")
    most_sites = reach.n_sites if n_sites is None else whole_number(n_sites, "n_sites")
    try:
        case = cover_case(reach, weights, required_sites, forbidden_sites, watch)
    except OutOfTime:
        return without_plan(SitePlan, reach.n_demand, watch)
    why = too_many_required(case.state, most_sites)
    if why is None and not within(costs[case.required], limit):
        paid = spent(costs[case.required])
        why = Message("siting.infeasible.budget", {"cost": f"{paid:g}", "budget": f"{limit:g}"})
    if why is not None:
        return without_plan(SitePlan, reach.n_demand, watch, why)
    case.state[(case.state == 0) & (costs > limit)] = -1
    sites, bound = _search(case, costs, limit, most_sites, gap, watch)
    count = case.reached(sites) > 0
    sites = without_idle(case, sites, costs, lambda left: bool(((left > 0) == count).all()))
    assignment, objective = case.covered(sites)
    quality = proof(objective, bound, whole=case.whole, minimise=False, gap=gap, watch=watch)
    return SitePlan(open_sites=sites, assignment=assignment, **quality)


def _search(
    case: CoverCase, costs: Floats, budget: float, most_sites: int, gap: float, watch: Watch
) -> tuple[Ints, float]:
    """Best set found and an upper bound on the weight that any affordable set covers."""
    chosen = _greedy(case, costs, budget, most_sites)
    value = case.covered(chosen)[1]
    bound = case.most()
    watch.tell(value, bound, "greedy")
    if value >= bound or watch.over():
        return chosen, bound
    program = MixedProgram(maximise=True)
    opening = case.opening(program)
    case.covering(program, opening, case.groups.weight)
    if np.isfinite(budget):
        program.row(opening, costs, -np.inf, np.floor(budget) if (costs == np.floor(costs)).all() else budget)
    program.row(opening, 1.0, -np.inf, most_sites)
    while True:
        found = program.solve(
            watch, start=case.start(chosen), gap=gap, absolute_gap=close_enough(case.whole, value), bound=bound
        )
        bound = found.bound
        sites = opened_sites(found.values, case.groups.n_sites) if len(found.values) else chosen
        if within(costs[sites], budget):
            reached = case.covered(sites)[1]
            return (sites, bound) if reached > value else (chosen, bound)
        program.row(opening[sites], 1.0, -np.inf, len(sites) - 1)  # the solver's tolerance let a dear set pass


def _greedy(case: CoverCase, costs: Floats, budget: float, most_sites: int) -> Ints:
    """Better of the best buy again and again and of the best single purchase."""

    def may_open(opened: Longs) -> Bools:
        if len(opened) >= most_sites:
            return np.zeros(len(costs), np.bool_)
        return costs <= budget - spent(costs[opened])

    weight = case.groups.weight
    step_by_step = greedy_by_price(case, weight, costs, may_open, lambda left: False)
    left = np.where(case.reached(case.required) > 0, 0.0, weight)
    gain = np.where(may_open(case.required) & case.allowed, case.by_site @ left, 0.0)
    single = np.union1d(case.required, np.argmax(gain)) if gain.max(initial=0.0) > 0 else case.required
    both = (step_by_step, single.astype(np.int32))
    return max(both, key=lambda sites: float(weight[case.reached(sites) > 0].sum()))
