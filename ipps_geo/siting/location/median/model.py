"""The p-median: open p sites so that the weighted cost from demand to its nearest open site is least (Hakimi 1964)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput, Message
from ipps_geo.siting.location.median.instance import reduce_instance
from ipps_geo.siting.location.median.root import solve_reduced
from ipps_geo.siting.location.median.watch import MedianWatch
from ipps_geo.siting.location.nearest import nearest_by_cost
from ipps_geo.siting.search.checks import (
    listed_costs,
    relative_gap_allowed,
    row_weights,
    seconds_allowed,
    site_numbers,
    site_states,
    steps_allowed,
    too_many_required,
    whole_number,
)
from ipps_geo.siting.search.plan import Milestone, SitePlan

__all__ = ["p_median"]

#: Largest finite cost: single precision holds it and what is added to it.
_MOST = 1e30


def p_median(
    costs: Any,
    n_sites: int,
    weights: ArrayLike | None = None,
    required_sites: Sequence[int] | NDArray[np.integer] = (),
    capacity: float | ArrayLike | None = None,
    *,
    forbidden_sites: Sequence[int] | NDArray[np.integer] = (),
    time_limit_s: float = 60,
    work_limit: int | None = None,
    gap: float = 0,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[Milestone], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> SitePlan:
    """Choose ``n_sites`` sites with the least total of weight times cost to the assigned site.

    Parameters
    ----------
    costs
        (n, m) cost from each demand row to each site, not negative, any unit; ``inf`` or ``nan`` marks a pair that is
        not allowed, in a scipy sparse matrix every pair that is not stored. float32 and C order are used as they are,
        without a copy.
    n_sites
        Sites to open, the required ones included; all sites open when there are fewer.
    weights
        (n,) demand per row, not negative, 1 by default. A row without weight constrains nothing.
    required_sites, forbidden_sites
        Positions of sites that have to open, or must not.
    capacity
        Largest sum of weights that a site may take, one number or one per site. Each row is assigned whole.
    time_limit_s, work_limit, gap
        When to stop: seconds, steps (bound evaluations, swap passes and nodes; the same on every machine), or a proven
        relative gap.
    seed, threads
        The plan is the same for the same seed and threads, unless the clock stops the search. A second thread looks
        for better plans while the first climbs the bound; more are not used. With a capacity nothing is drawn by
        chance and one thread works.
    progress, should_stop
        Called with each new milestone; asked several times a second whether to end the search.

    Returns
    -------
    SitePlan
        ``objective`` is evaluated from ``costs`` in float64, ``bound`` is a lower bound. ``assignment`` is the nearest
        open site (the first of equals), or the capacitated assignment.

    Raises
    ------
    BadInput
        For arguments that cannot be used: shapes, negative values, positions out of range, a site both required and
        forbidden.

    Examples
    --------
    >>> plan = p_median([[0, 9, 4], [9, 0, 4], [4, 4, 0]], 1)
    >>> plan.open_sites.tolist(), plan.objective, plan.status
    ([2], 8.0, 'optimal')
    """
    watch = MedianWatch(
        time_limit_s=seconds_allowed(time_limit_s), work_limit=steps_allowed(work_limit),
        gap=relative_gap_allowed(gap), progress=progress, should_stop=should_stop,
    )  # fmt: skip
    table = _checked_costs(costs)
    n, m = table.shape
    demand = row_weights(weights, n)
    state = site_states(required_sites, forbidden_sites, m)
    required, allowed = np.flatnonzero(state == 1), state >= 0
    n_sites = whole_number(n_sites, "n_sites")
    seed, threads = whole_number(seed, "seed"), whole_number(threads, "threads", 1)
    if why := too_many_required(state, n_sites):
        return watch.without_plan(n, why)
    if not (demand > 0).any():
        return _any_plan(table, n_sites, required, allowed, watch)
    if n_sites == 0 or not allowed.any():
        values = {"n_sites": n_sites, "allowed": int(allowed.sum())}
        why = Message("siting.infeasible." + ("fewer_allowed" if n_sites else "too_few_sites"), values)
        return watch.without_plan(n, why)
    if capacity is not None:
        from ipps_geo.siting.location.median.capacity import solve_capacitated

        limits = site_numbers(capacity, m, "capacity", infinite=True)
        return solve_capacitated(table, n_sites, demand, required, allowed, limits, watch)

    instance = reduce_instance(table, demand, allowed, required, n_sites)
    watch.scale = instance.value_scale
    spare = np.setdiff1d(np.flatnonzero(allowed), instance.sites)[: max(0, n_sites - instance.n_sites)]
    watch.name_sites(instance.sites, spare)
    watch.quantum = instance.quantum
    if instance.far is not None:
        from ipps_geo.siting.location.median.missing_pairs import solve_with_gaps

        if why := solve_with_gaps(instance, seed, threads, watch):
            return watch.without_plan(n, why)
    else:
        solve_reduced(instance, seed, threads, watch)
    return _plan(table, demand, watch)


def _plan(
    table: NDArray[np.floating],
    demand: NDArray[np.float64],
    watch: MedianWatch,
) -> SitePlan:
    """The watch's incumbent in the caller's units and positions."""
    if watch.open_sites is None:
        return watch.without_plan(len(demand))
    open_sites = watch.named_sites()
    assignment, least = nearest_by_cost(table, open_sites)
    counted = demand > 0
    quality = watch.proof(float(demand[counted] @ least[counted]))
    return SitePlan(open_sites=open_sites.astype(np.int32), assignment=assignment, **quality)


def _any_plan(
    table: NDArray[np.floating],
    n_sites: int,
    required: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    watch: MedianWatch,
) -> SitePlan:
    """Without demand every plan costs nothing: required sites, then the first ones."""
    spare = np.setdiff1d(np.flatnonzero(allowed), required)
    open_sites = np.sort(np.concatenate([required, spare[: n_sites - len(required)]]))
    assignment, _ = nearest_by_cost(table, open_sites)
    return SitePlan("optimal", "proven", 0.0, 0.0, 0.0, open_sites.astype(np.int32), assignment, watch.seconds)


def _checked_costs(costs: ArrayLike) -> NDArray[np.floating]:
    """The costs as they are given where that can be: no copy, unlike the matrix that the other models change."""
    table = listed_costs(costs)
    if table.ndim != 2:
        raise BadInput("siting.costs_not_a_matrix", where="costs", dimensions=table.ndim)
    if table.dtype.kind not in "biuf":
        raise BadInput("siting.costs_no_numbers", where="costs", dtype=table.dtype)
    if table.dtype not in (np.float32, np.float64):
        table = table.astype(np.float64)
    table = np.ascontiguousarray(table)
    if table.size and np.fmin.reduce(table, axis=None) < 0:
        raise BadInput("siting.costs_negative", where="costs")
    if table.size and np.max(table, where=np.isfinite(table), initial=0.0) > _MOST:
        raise BadInput("siting.cost_too_large", where="costs", most=f"{_MOST:g}")
    return table
