"""Maximal covering: open p sites so that most demand is within reach (Church and ReVelle 1974).

    max sum_i w_i z_i    s.t.  z_i <= sum_{j reaches i} y_j,   sum_j y_j <= p,   y binary, 0 <= z <= 1

Rows with the same reaching sites are one group, so the size that counts is the number of faces of the circles, not of
demand rows. Greedy and swaps give a plan, a short subgradient an inner point and a first bound, and the branch and
Benders cut of :mod:`ipps_geo.siting.location.covering.tree` the proof.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.reach import Reach
from ipps_geo.siting.location.covering.kernels import (
    covered_weight,
    greedy_cover,
    improve_by_swaps,
    iterated_swaps,
    subgradient,
)
from ipps_geo.siting.location.covering.tree import CoverTree
from ipps_geo.siting.location.covering.whole_weights import WholeWeights, whole_weights
from ipps_geo.siting.location.nearest import nearest_open_site
from ipps_geo.siting.search.checks import relative_gap_allowed, site_states, too_many_required, whole_number
from ipps_geo.siting.search.groups import DemandGroups, group_demand
from ipps_geo.siting.search.plan import SitePlan, relative_gap
from ipps_geo.siting.search.watch import OutOfTime, Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["maximal_covering"]

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

_N_CLUSTERS = 60
_KERNEL = 8
_KICKS = 100
_KICK_SITES = 8


def maximal_covering(
    reach: Reach,
    n_sites: int,
    weights: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Open ``n_sites`` sites that reach as much demand as possible, with a proof.

    Parameters
    ----------
    reach
        Which site reaches which demand row.
    n_sites
        Number of sites to open, required ones included. When fewer are allowed, all of them open.
    weights
        Weight per demand row, finite and not negative; 1 each when left out. Whole weights are proved in exact integer
        arithmetic; for others "optimal" means to within 1e-9 of the objective.
    required_sites, forbidden_sites
        Positions that must be open, or must stay closed.
    time_limit_s
        Wall time; the best plan so far and its bound come back.
    gap
        Relative gap that is good enough; 0 asks for a proof.
    work_limit
        Largest number of linear programs, for a stop that is the same on every machine.
    progress, should_stop
        Called with each milestone; asked between steps whether to end.

    Returns
    -------
    SitePlan
        ``objective`` is the weight covered, ``bound`` an upper bound; each covered row is assigned to the nearest open
        site that reaches it. Infeasible when more sites are required than may open.

    Raises
    ------
    BadInput
        An argument that cannot be used, with its name.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0], [1, 0], [9, 0]], [[0, 1], [9, 1]], 3)
    >>> plan = maximal_covering(reach, 1)
    >>> plan.status, plan.objective, plan.open_sites.tolist(), plan.assignment.tolist()
    ('optimal', 2.0, [0], [0, 0, -1])
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    n_sites = whole_number(n_sites, "n_sites")
    gap = relative_gap_allowed(gap)
    whole = whole_weights(weights, reach.n_demand)
    state = site_states(required_sites, forbidden_sites, reach.n_sites)
    if why := too_many_required(state, n_sites):
        return without_plan(SitePlan, reach.n_demand, watch, why)
    n_open = min(n_sites, int((state >= 0).sum()))
    try:
        groups = group_demand(reach, weights=whole.units, between=watch.check)
    except OutOfTime:
        return without_plan(SitePlan, reach.n_demand, watch)
    chosen, value, bound = _solve(groups, state, n_open, whole, gap, watch)
    return _answer(reach, chosen, value, bound, whole, weights, gap, watch)


def _solve(
    groups: DemandGroups, state: NDArray[np.int8], n_open: int, whole: WholeWeights, gap: float, watch: Watch
) -> tuple[Ints, int, int]:
    """Best set found, its covered units and an upper bound in units."""
    units = np.rint(groups.weight).astype(np.int64)
    site_start, site_groups = groups.by_site
    chosen = greedy_cover(site_start, site_groups, units, state, n_open)
    value = int(covered_weight(site_start, site_groups, units, chosen))
    most = int(units[_reachable(groups, state)].sum())
    watch.tell(value * whole.unit, most * whole.unit, "greedy")
    if value == most or n_open == int((state >= 0).sum()):
        return chosen, value, value
    value = int(improve_by_swaps(site_start, site_groups, units, state, chosen))
    watch.step()
    watch.tell(value * whole.unit, most * whole.unit, "swaps")
    if value == most or watch.over():
        return chosen, value, most
    least_gain = whole.least_gain(value, gap)
    multiplier = np.full(groups.n_groups, 0.5)
    bound, values, average, _, _ = subgradient(
        site_start, site_groups, units, state, n_open, value + least_gain - 1, multiplier, 60, 1.0, 12, 1e-3
    )
    most = max(value, min(most, int(np.floor(bound * (1 + 1e-12) + 1e-6))))
    watch.step()
    if groups.n_sites > _KERNEL * n_open:
        kernel = np.argsort(-values, kind="stable")[: _KERNEL * n_open]
        chosen, value = _kicked(groups, state, chosen, kernel, watch)
    watch.tell(value * whole.unit, most * whole.unit, "kicks")
    if most < value + least_gain or watch.over():
        return chosen, value, most
    return _branch(groups, units, state, n_open, chosen, value, most, average, whole, gap, watch)


def _branch(
    groups: DemandGroups,
    units: Longs,
    state: NDArray[np.int8],
    n_open: int,
    chosen: Ints,
    value: int,
    most: int,
    inner: Floats,
    whole: WholeWeights,
    gap: float,
    watch: Watch,
) -> tuple[Ints, int, int]:
    """Close the root; where that closes many sites, merge groups over the others and close it again; then branch."""
    site_ids = np.arange(groups.n_sites)
    demanded = state  # what the caller asks for; ``state`` also holds what bounds have fixed
    while True:
        site_start, site_groups = groups.by_site
        centres = greedy_cover(
            site_start, site_groups, units, state, min(max(n_open, _N_CLUSTERS), int((state >= 0).sum()))
        )
        tree = CoverTree(
            groups, units, n_open, chosen, value, watch, state=state, centres=centres,
            least_gain=whole.least_gain(value, gap), unit=whole.unit,
        )  # fmt: skip
        tree.bound = min(tree.bound, most)
        inner = np.minimum(inner, 1.0)
        y = tree.close_root(inner * (n_open / max(float(inner.sum()), 1e-9)))
        value, most, state = tree.value, tree.bound, tree.state
        if most < value + tree.least_gain or watch.over():
            break
        alive = state >= 0
        alive[tree.best] = True
        if alive.sum() > 0.8 * groups.n_sites:
            tree.search()
            break
        kept = np.flatnonzero(alive)
        place = np.cumsum(alive) - 1
        groups = groups.restricted(kept)
        units = np.rint(groups.weight).astype(np.int64)
        chosen, inner, site_ids = place[tree.best].astype(np.int32), y[kept], site_ids[kept]
        state, demanded = np.maximum(state[kept], 0).astype(np.int8), demanded[kept]
        kernel = np.argsort(-inner, kind="stable")[: _KERNEL * n_open]
        chosen, value = _kicked(groups, demanded, chosen, kernel, watch)
        watch.tell(value * whole.unit, max(value, most) * whole.unit, "kicks")
    return np.sort(site_ids[tree.best]).astype(np.int32), tree.value, tree.bound


def _kicked(
    groups: DemandGroups, state: NDArray[np.int8], chosen: Ints, kernel: Longs, watch: Watch
) -> tuple[Ints, int]:
    """Iterated local search over a kernel of promising sites, on the groups merged over them."""
    kernel = np.union1d(kernel[state[kernel] >= 0], chosen)
    place = np.full(groups.n_sites, -1, np.int32)
    place[kernel] = np.arange(len(kernel), dtype=np.int32)
    small = groups.restricted(kernel)
    site_start, site_groups = small.by_site
    units = np.rint(small.weight).astype(np.int64)
    best, value = iterated_swaps(
        site_start, site_groups, units, state[kernel], place[chosen], _KICKS, _KICK_SITES, np.random.default_rng(0)
    )
    watch.step()
    return kernel[best].astype(np.int32), int(value)


def _reachable(groups: DemandGroups, state: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Groups that some allowed site reaches."""
    allowed = (state >= 0)[groups.row_sites]
    return np.add.reduceat(allowed, groups.row_start[:-1]) > 0 if len(allowed) else np.zeros(0, bool)


def _answer(
    reach: Reach,
    chosen: Ints,
    value: int,
    bound: int,
    whole: WholeWeights,
    weights: ArrayLike | None,
    gap: float,
    watch: Watch,
) -> SitePlan:
    open_sites = np.sort(chosen).astype(np.int32)
    assignment = nearest_open_site(reach, open_sites)
    served = assignment >= 0
    objective = float(served.sum()) if weights is None else float(np.asarray(weights, np.float64)[served].sum())
    proven = bound < value + whole.least_gain(value, 0.0)
    upper = objective if proven else max(objective, bound * whole.unit)
    reached_gap = relative_gap(objective, upper) if upper > objective else 0.0
    optimal = proven or reached_gap <= gap
    reason = "proven" if proven else "gap" if optimal else watch.reason or "time_limit"
    watch.tell(objective, upper, "done")
    return SitePlan(
        "optimal" if optimal else "feasible", reason, objective, upper, reached_gap, open_sites, assignment,
        watch.seconds, tuple(watch.history),
    )  # fmt: skip
