"""Covering by sites of limited capacity: set covering and maximal covering (Current and Storbeck 1988).

    min sum_j c_j y_j    s.t.  sum_j x_ij = 1,   sum_i a_i x_ij <= C_j y_j,   x_ij <= y_j,   y binary
    max sum_ij a_i x_ij  s.t.  sum_j x_ij <= 1,  sum_i a_i x_ij <= C_j y_j,   x_ij <= y_j,   sum_j y_j <= p,   y binary

over pairs within reach; x is 0 or 1, or any share where rows may be divided (``split``; the system-optimal form
CLSCP-SO of Church and Murray 2018).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ipps_geo.errors import Message
from ipps_geo.reach import Reach
from ipps_geo.siting.location.compact.amounts import all_whole, spent
from ipps_geo.siting.location.compact.answers import ServicePlan, close_enough, proof, tightened
from ipps_geo.siting.location.covering.capacities import CapacityCase, Floats, Ints, capacity_case, why_not_all
from ipps_geo.siting.location.covering.cover_case import opened_sites
from ipps_geo.siting.location.covering.kernels import greedy_cover
from ipps_geo.siting.search.checks import relative_gap_allowed, site_numbers, too_many_required, whole_number
from ipps_geo.siting.search.watch import OutOfTime, Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["capacitated_maximal_covering", "capacitated_set_covering"]


def capacitated_set_covering(
    reach: Reach,
    capacity: ArrayLike,
    demand: ArrayLike | None = None,
    site_costs: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    split: bool = False,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> ServicePlan:
    """Fewest (or cheapest) sites that serve all demand within reach and capacity.

    Parameters
    ----------
    reach
        Which site reaches which demand row.
    capacity
        Most load that a site takes: one number, or one per site; infinity for no limit.
    demand
        Load per demand row, finite and not negative; 1 each when left out. A row without load needs no site.
    site_costs
        Cost of opening each site, not negative: one number, or one per site; 1 each when left out.
    split
        Whether a row's load may be divided between sites; else each row goes to one site whole.
    required_sites, forbidden_sites
        Positions that must be open (they are paid for too), or must stay closed.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    ServicePlan
        ``objective`` is the cost of the open sites, ``bound`` a lower bound; ``service`` says what each site takes of
        each row (one assignment that holds the capacities; costs of pairs are not weighed). Infeasible with the reason
        in ``why`` when not all demand can be served.

    Examples
    --------
    >>> reach = Reach.from_costs([[1, 1], [1, 1], [1, 1]], 2)
    >>> plan = capacitated_set_covering(reach, [4, 2], demand=[2, 2, 2])
    >>> plan.objective, plan.service.toarray().sum(axis=0).tolist()
    (2.0, [4.0, 2.0])
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    costs = site_numbers(site_costs, reach.n_sites, "site_costs")
    try:
        case = capacity_case(reach, capacity, demand, split, required_sites, forbidden_sites, watch)
    except OutOfTime:
        return without_plan(ServicePlan, reach.n_demand, watch)
    if why := why_not_all(case, split):
        return without_plan(ServicePlan, reach.n_demand, watch, why)
    try:
        sites, flow, bound = _cheapest(case, costs, gap, watch)
    except _CannotServe:
        return without_plan(ServicePlan, reach.n_demand, watch, Message("siting.infeasible.no_assignment"))
    if flow is None:
        return without_plan(ServicePlan, reach.n_demand, watch, bound=bound)
    sites = _used(case, sites, flow)
    quality = proof(spent(costs[sites]), bound, whole=all_whole(costs), minimise=True, gap=gap, watch=watch)
    assignment, service = case.service(flow)
    return ServicePlan(open_sites=sites, assignment=assignment, service=service, **quality)


def capacitated_maximal_covering(
    reach: Reach,
    n_sites: int,
    capacity: ArrayLike,
    demand: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    split: bool = False,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> ServicePlan:
    """Open at most ``n_sites`` sites that serve as much demand as possible within reach and capacity.

    Parameters
    ----------
    reach, capacity, demand, split, required_sites, forbidden_sites
        As for :func:`capacitated_set_covering`.
    n_sites
        Largest number of open sites, required ones included.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    ServicePlan
        ``objective`` is the load served, ``bound`` an upper bound. Infeasible when more sites are required than may
        open.

    Examples
    --------
    >>> reach = Reach.from_costs([[1, 1], [1, 9], [1, 9]], 2)
    >>> capacitated_maximal_covering(reach, 1, [2, 5], demand=[3, 1, 1]).open_sites.tolist()
    [1]
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    n_open = whole_number(n_sites, "n_sites")
    try:
        case = capacity_case(reach, capacity, demand, split, required_sites, forbidden_sites, watch)
    except OutOfTime:
        return without_plan(ServicePlan, reach.n_demand, watch)
    if why := too_many_required(case.state, n_open):
        return without_plan(ServicePlan, reach.n_demand, watch, why)
    sites, flow, bound = _most_served(case, min(n_open, len(case.allowed)), gap, watch)
    quality = proof(case.served(flow), bound, whole=case.whole, minimise=False, gap=gap, watch=watch)
    assignment, service = case.service(flow)
    return ServicePlan(open_sites=_used(case, sites, flow), assignment=assignment, service=service, **quality)


class _CannotServe(Exception):
    """No choice of sites takes all demand."""


def _cheapest(case: CapacityCase, costs: Floats, gap: float, watch: Watch) -> tuple[Ints, Floats | None, float]:
    """Cheapest set found that serves all, its flow (none without a plan), and a lower bound on the cost."""
    total, m = spent(case.demand), case.groups.n_sites
    bound = _knapsack_bound(case, costs, total)
    sites, flow = case.in_turn(m, costs)
    known = case.serves(flow)
    if not known and case.exact_flow:
        sites = case.allowed.astype(np.int32)
        flow = case.flow(sites, flow)
        known = case.serves(flow)
        if not known and case.whole:
            raise _CannotServe
    if known:
        sites, flow = _thinned(case, _used(case, sites, flow), flow, costs, total, watch)
        watch.tell(spent(costs[sites]), bound, "greedy")
        if spent(costs[sites]) <= bound or watch.over():
            return sites, flow, bound
    if not case.transport:
        packed, bound = _packed(case, costs, bound, gap, watch)
        if packed is not None and (not known or spent(costs[packed[0]]) < spent(costs[sites])):
            sites, flow, known = *packed, True
            if spent(costs[sites]) <= bound or watch.over():
                return sites, flow, bound
    program, _, _ = case.program(costs=costs, serve_all=True)
    absolute = close_enough(all_whole(costs), spent(costs))
    start = case.start(sites, flow) if known else None
    found = program.solve(watch, start=start, gap=gap, absolute_gap=absolute, bound=bound)
    if found.outcome == "infeasible" and not known:
        raise _CannotServe
    if len(found.values):
        opened = opened_sites(found.values, m)
        better = case.flow(opened, found.values[m:])
        if case.serves(better) and case.holds(better):
            return opened, better, found.bound
    return sites, flow if known else None, found.bound


def _packed(
    case: CapacityCase, costs: Floats, bound: float, gap: float, watch: Watch
) -> tuple[tuple[Ints, Floats] | None, float]:
    """Rows that go whole, packed into the sites that serve them divided, and the bound that division gives.

    Takes up to half of the time that is left; without a plan when they do not fit into these sites.
    """
    part = Watch(0.4 * watch.left_s, should_stop=watch.late)
    sites, _, lower = _cheapest(case.divided(), costs, gap, part)
    bound = max(bound, tightened(lower, whole=all_whole(costs), minimise=True))
    flow = case.packed(sites, Watch(0.2 * watch.left_s, should_stop=watch.late))
    watch.step()
    return (None if flow is None else (sites, flow)), bound


def _knapsack_bound(case: CapacityCase, costs: Floats, total: float) -> float:
    """Least cost of capacity for the whole demand, wherever it lies, parts of sites allowed."""
    fixed = case.state == 1
    left = total - float(np.minimum(case.capacity, total)[fixed].sum())
    bound = spent(costs[fixed])
    size = np.minimum(case.capacity, total)
    free = np.flatnonzero((case.state == 0) & (size > 0))
    for site in free[np.argsort(costs[free] / size[free], kind="stable")].tolist():
        if left <= 0:
            break
        bound += costs[site] * min(1.0, left / size[site])
        left -= size[site]
    return float(bound) * (1 - 1e-12)


def _thinned(
    case: CapacityCase, sites: Ints, flow: Floats, costs: Floats, total: float, watch: Watch
) -> tuple[Ints, Floats]:
    """Close sites one by one, dearest and least used first, while a transport still serves all."""
    if not case.exact_flow:
        return sites, flow
    until = watch.seconds + 0.2 * watch.left_s
    used = np.bincount(case.groups.row_sites, flow, minlength=case.groups.n_sites)
    for site in sorted(sites.tolist(), key=lambda j: (-costs[j], used[j], -j)):
        if case.state[site] == 1 or watch.over() or watch.seconds > until:
            continue
        rest = sites[sites != site]
        if float(case.capacity[rest].sum()) < total:
            continue
        other = case.flow(rest, flow)
        if case.serves(other):
            sites, flow = rest, other
    return sites, flow


def _most_served(case: CapacityCase, n_open: int, gap: float, watch: Watch) -> tuple[Ints, Floats, float]:
    """Best set found with its flow, and an upper bound on the load served."""
    m, unit = case.groups.n_sites, case.unit
    start, members = case.groups.by_site
    load = case.members * case.load
    weight = np.rint(load).astype(np.int64)
    tries = [case.in_turn(n_open, np.ones(m))]
    if case.exact_flow:
        by_cover = np.sort(greedy_cover(start, members, weight, case.state, n_open)).astype(np.int32)
        tries = [(sites, case.flow(sites, tries[0][1])) for sites in (tries[0][0], by_cover)]
    sites, flow = max(tries, key=lambda each: case.served(each[1]))
    value = case.served(flow)
    usable = (case.state >= 0)[case.groups.row_sites]
    reached = np.bincount(case.pair_group, usable & (case.most > 0), minlength=case.groups.n_groups) > 0
    alone = np.bincount(case.groups.row_sites, load[case.pair_group], minlength=m)
    alone = np.where(case.state >= 0, np.minimum(alone, case.room), 0.0)
    best = np.sort(alone[case.state == 0])[::-1][: n_open - int((case.state == 1).sum())]
    bound = min(spent(load[reached]), spent(alone[case.state == 1]) + spent(best)) * unit
    watch.tell(value, bound, "greedy")
    if value >= bound or watch.over():
        return sites, flow, bound
    program, _, _ = case.program(serve_all=False, served_worth=True, most_sites=n_open)
    absolute = close_enough(case.whole, value)
    found = program.solve(
        watch, start=case.start(sites, flow), gap=gap, absolute_gap=absolute / unit, bound=bound / unit
    )
    if len(found.values):
        opened = opened_sites(found.values, m)
        better = case.flow(opened, found.values[m:])
        if case.served(better) > value and case.holds(better):
            sites, flow = opened, better
    return sites, flow, found.bound * unit


def _used(case: CapacityCase, sites: Ints, flow: Floats) -> Ints:
    """Open sites that serve somebody, and required ones."""
    busy = np.bincount(case.groups.row_sites, flow, minlength=case.groups.n_sites) > 0
    return sites[busy[sites] | (case.state[sites] == 1)]
