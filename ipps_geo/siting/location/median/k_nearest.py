"""The k-nearest p-median: each row sees its nearest sites, and one cost stands in for all others (BEAMR, Church 2008).

    min sum_i w_i (sum_{j in N_i} c_ij x_ij + s_i g_i)    s.t.  sum_{j in N_i} x_ij + g_i = 1,   x_ij <= y_j,
    sum_j y_j <= p

N_i are the k nearest sites of row i, s_i the least cost among the others. The optimum is a lower bound of the p-median
over all pairs, and its optimum when no g is used; rows that use theirs see more sites in the next round. The
stand-in is a ceiling on the costs of a row, so that each round is a p-median for the search of that model.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput, Message
from ipps_geo.siting.location.compact.amounts import all_whole, spent
from ipps_geo.siting.location.compact.answers import proof
from ipps_geo.siting.location.median.model import p_median
from ipps_geo.siting.search.checks import (
    cost_matrix,
    relative_gap_allowed,
    row_weights,
    site_states,
    too_many_required,
    whole_number,
)
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["k_nearest_p_median"]

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


def k_nearest_p_median(
    costs: Any,
    n_sites: int,
    k: int | ArrayLike = 5,
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
    """Choose ``n_sites`` sites with the least weighted cost, looking at few pairs of each row first.

    The answer is that of :func:`ipps_geo.siting.location.median.model.p_median`, over all pairs; that function takes
    capacities too.

    Parameters
    ----------
    costs
        Cost of each pair, shape (n_demand, n_sites), not negative; NaN or infinity means "cannot be served". In a scipy
        sparse matrix pairs that are not stored cannot be served.
    n_sites
        Sites to open, the required ones included; all when fewer are allowed.
    k
        How many of its nearest sites a row sees at first: one whole number, or one per row, from 1 to the number of
        sites.
    weights
        Weight per demand row, finite and not negative; 1 each when left out. A row without weight needs no site.
    required_sites, forbidden_sites
        Positions that must be open, or must stay closed.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    SitePlan
        ``objective`` is the weighted cost over all pairs, ``bound`` a lower bound on it.

    Examples
    --------
    >>> plan = k_nearest_p_median([[0, 9, 4], [9, 0, 4], [4, 4, 0]], 1, k=1)
    >>> plan.open_sites.tolist(), plan.objective, plan.status
    ([2], 8.0, 'optimal')
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    table = cost_matrix(costs)
    n, m = table.shape
    demand = row_weights(weights, n)
    count = _seen(k, n, m)
    state = site_states(required_sites, forbidden_sites, m)
    n_open = whole_number(n_sites, "n_sites")
    if why := too_many_required(state, n_open):
        return without_plan(SitePlan, n, watch, why)
    table[:, state < 0] = np.inf
    counted = demand > 0
    if alone := int((~np.isfinite(table[counted]).any(axis=1)).sum()):
        return without_plan(SitePlan, n, watch, Message("siting.infeasible.rows_without_site", {"rows": alone}))
    if not counted.any():
        return p_median(table, n_open, demand, np.flatnonzero(state == 1), forbidden_sites=np.flatnonzero(state < 0))
    rounds = _Rounds(table, demand, state, min(n_open, int((state >= 0).sum())), watch)
    return rounds.plan(count, gap)


def _seen(k: int | ArrayLike, n: int, m: int) -> Longs:
    given = np.asarray(k)
    if given.shape not in ((), (n,)) or given.dtype.kind not in "iu" or (given < 1).any() or (given > max(m, 1)).any():
        raise BadInput("siting.k_wrong", where="k", m=m)
    return np.array(np.broadcast_to(given, n), np.int64)


class _Rounds:
    """Rounds over the rows with weight; ``count`` is how many sites each of them sees."""

    def __init__(self, table: Floats, demand: Floats, state: NDArray[np.int8], n_open: int, watch: Watch) -> None:
        self.table, self.demand, self.state, self.n_open, self.watch = table, demand, state, n_open, watch
        self.rows = np.flatnonzero(demand > 0)
        self.costs, self.weight = table[self.rows], demand[self.rows]
        self.order = np.argsort(self.costs, axis=1, kind="stable")
        finite = np.isfinite(self.costs)
        self.whole = all_whole(self.weight) and all_whole(self.costs[finite])
        self.too_few = Message("siting.infeasible.too_few_sites", {"n_sites": n_open})

    def plan(self, count: Longs, gap: float) -> SitePlan:
        """Rounds until no row of the plan is served beyond what it sees, or the bound meets the plan."""
        seen, bound, value = count[self.rows], 0.0, np.inf
        best: SitePlan | None = None
        while True:
            ceiling = self._ceiling(seen)[:, None]
            plan = p_median(
                np.minimum(self.costs, ceiling), self.n_open, self.weight, np.flatnonzero(self.state == 1),
                forbidden_sites=np.flatnonzero(self.state < 0), time_limit_s=max(self.watch.left_s, 1e-3), gap=gap,
                work_limit=self.watch.work_left, should_stop=self.watch.late,
            )  # fmt: skip
            self.watch.step()
            if plan.status == "infeasible":
                return without_plan(SitePlan, len(self.table), self.watch, self.too_few)
            bound = max(bound, plan.bound)
            if plan.status == "no_solution":
                self.watch.reason = self.watch.reason or plan.stop_reason
                break
            least = self.costs[:, plan.open_sites].min(axis=1, initial=np.inf)
            if spent(self.weight * least) < value:
                best, value = plan, spent(self.weight * least)
            self.watch.tell(value, bound, "neighbours")
            hidden = least > np.minimum(least, ceiling[:, 0])
            if not hidden.any() or self.watch.over():
                break
            seen = np.where(hidden, np.minimum(2 * seen, self.costs.shape[1]), seen)
        if best is None:
            return without_plan(SitePlan, len(self.table), self.watch, bound=bound)
        if plan.status == "feasible":
            self.watch.reason = self.watch.reason or plan.stop_reason
        quality = proof(value, bound, whole=self.whole, minimise=True, gap=gap, watch=self.watch)
        return replace(best, assignment=self._nearest(best.open_sites), **quality)

    def _ceiling(self, seen: Longs) -> Floats:
        """Least cost among the sites that a row does not see; infinite where it sees all that can serve it."""
        ceiling = np.full(len(seen), np.inf)
        hidden = seen < self.costs.shape[1]
        ceiling[hidden] = self.costs[hidden, self.order[hidden, seen[hidden]]]
        return ceiling

    def _nearest(self, sites: Ints) -> Ints:
        part = self.table[:, sites]
        place = part.argmin(axis=1)
        served = np.isfinite(part[np.arange(len(part)), place])
        return np.where(served, sites[place], -1).astype(np.int32)
