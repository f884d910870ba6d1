"""The p-median with sites that exist: keep some, close some, open others (Wang, Batta, Bhadury and Rump 2003).

    min sum_i sum_j w_i c_ij x_ij    s.t.  sum_j x_ij = 1,   x_ij <= y_j,   moves within number and budget,   y binary

Moves as in :mod:`ipps_geo.siting.location.compact.moves`. The assignment is projected out: for any prices u,
``cost >= sum_i w_i (u_i - sum_j max(0, u_i - c_ij) y_j)``, with equality at y for u_i the cost at which the sites
nearest to i add up to one (:mod:`ipps_geo.siting.location.compact.cutting`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ipps_geo.errors import Message
from ipps_geo.siting.location.compact.amounts import all_whole, spent
from ipps_geo.siting.location.compact.answers import RelocationPlan, close_enough, proof
from ipps_geo.siting.location.compact.cutting import Cuts, Floats, Worth, best_sites, by_cluster
from ipps_geo.siting.location.compact.moves import first_step, moves
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.location.nearest import nearest_by_cost
from ipps_geo.siting.search.checks import cost_matrix, relative_gap_allowed, row_weights, site_states
from ipps_geo.siting.search.watch import Progress, ShouldStop, search_watch, without_plan

__all__ = ["p_median_relocation"]

#: Clusters of rows: each has a cut of its own.
_CLUSTERS = 40


def p_median_relocation(
    costs: Any,
    existing_sites: ArrayLike,
    n_sites: int | None = None,
    most_closed: int | None = None,
    weights: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    most_opened: int | None = None,
    opening_costs: ArrayLike | None = None,
    closing_costs: ArrayLike | None = None,
    budget: float | None = None,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> RelocationPlan:
    """Close some of the existing sites and open others so that the weighted cost to the nearest open one is least.

    Parameters
    ----------
    costs
        Cost of each pair, shape (n_demand, n_sites), not negative; NaN or infinity means "cannot be served". In a scipy
        sparse matrix pairs that are not stored cannot be served.
    existing_sites, n_sites, most_closed, most_opened, opening_costs, closing_costs, budget
        As for :func:`ipps_geo.siting.location.covering.relocation.maximal_covering_relocation`.
    weights
        Weight per demand row, finite and not negative; 1 each when left out. A row without weight needs no site.
    required_sites, forbidden_sites
        Positions that must be open afterwards (an existing one stays), or closed (an existing one closes).
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    RelocationPlan
        ``objective`` is the weighted cost afterwards, ``bound`` a lower bound; ``kept``, ``closed`` and ``opened`` tell
        the moves. Infeasible when no moves within the limits serve all rows.

    Examples
    --------
    >>> costs = [[0, 1, 9], [1, 0, 9], [9, 8, 0]]
    >>> plan = p_median_relocation(costs, [0, 1], most_closed=1)
    >>> plan.closed.tolist(), plan.opened.tolist(), plan.objective
    ([0], [2], 1.0)
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    table = cost_matrix(costs)
    n, m = table.shape
    demand = row_weights(weights, n)
    state = site_states(required_sites, forbidden_sites, m)
    steps = moves(existing_sites, m, n_sites, most_closed, most_opened, opening_costs, closing_costs, budget)
    table[:, state < 0] = np.inf
    counted = np.flatnonzero(demand > 0)
    median = MedianWorth(table[counted], demand[counted])
    alone = int((~np.isfinite(median.least)).sum())
    if alone:
        return without_plan(RelocationPlan, n, watch, Message("siting.infeasible.rows_without_site", {"rows": alone}))
    chosen = first_step(steps, state, median.added)
    if chosen is not None and not np.isfinite(median.value(chosen)):
        chosen = None
    bound = spent(median.demand * median.least)
    best = np.inf if chosen is None else -median.value(chosen)
    watch.tell(best, bound, "moves")
    whole = all_whole(median.demand) and all_whole(median.costs[np.isfinite(median.costs)])
    if chosen is None or (best > bound and not watch.over()):
        program = MixedProgram(maximise=True)
        opening = program.columns(np.zeros(m), state == 1, state >= 0, whole=True)
        steps.rows(program, opening)
        median.serving(program, opening)
        chosen, upper, impossible = best_sites(
            program, opening, median.worth(), steps.hold, steps.forbid, chosen, -bound, watch,
            gap=gap, close=close_enough(whole, best),
        )  # fmt: skip
        if impossible:
            return without_plan(RelocationPlan, n, watch, Message("siting.infeasible.moves"))
        bound = -upper
    if chosen is None:
        return without_plan(RelocationPlan, n, watch, bound=bound)
    quality = proof(-median.value(chosen), bound, whole=whole, minimise=True, gap=gap, watch=watch)
    assignment = nearest_by_cost(table, chosen)[0]
    return RelocationPlan(open_sites=chosen, assignment=assignment, **steps.told(chosen), **quality)


class MedianWorth:
    """Minus the weighted cost of rows to their nearest open site; every row has weight."""

    def __init__(self, costs: Floats, demand: Floats) -> None:
        self.costs, self.demand = costs, demand
        self.least = costs.min(axis=1, initial=np.inf)
        self.order = np.argsort(costs, axis=1, kind="stable")
        self.sorted = np.take_along_axis(costs, self.order, axis=1)
        _, label = np.unique(self.order[:, 0] if costs.size else np.zeros(0), return_inverse=True)
        self.cluster = label % _CLUSTERS
        self.n_clusters = int(self.cluster.max(initial=-1)) + 1

    def value(self, sites: ArrayLike) -> float:
        """Worth of a set of open sites, minus infinity when a row has none."""
        return -spent(self.demand * self.costs[:, np.asarray(sites, np.int64)].min(axis=1, initial=np.inf))

    def added(self, sites: list[int]) -> Floats:
        """Worth of a set together with each site."""
        base = self.costs[:, sites].min(axis=1, initial=np.inf)
        worth: Floats = -(self.demand @ np.minimum(base[:, None], self.costs))
        return worth

    def serving(self, program: MixedProgram, opening: Any) -> None:
        """Rows by which every row has an open site."""
        usable = np.unique(np.isfinite(self.costs), axis=0)
        usable = usable[~usable.all(axis=1)] if usable.size else usable
        place, site = np.nonzero(usable)
        program.rows(place, opening[site], 1.0, 1.0, np.inf, len(usable))
        if len(self.costs):
            program.row(opening, 1.0, 1.0, np.inf)

    def worth(self) -> Worth:
        """What :func:`best_sites` maximises."""
        most = by_cluster(self.cluster, -self.demand * self.least, self.n_clusters)
        return Worth(most, self.cuts, self.value, sign=-1.0)

    def cuts(self, y: Floats) -> Cuts:
        """The cut at y of each cluster."""
        full = np.cumsum(y[self.order], axis=1) >= 1 - 1e-9
        last = np.isfinite(self.sorted).sum(axis=1) - 1
        place = np.where(full.any(axis=1), np.minimum(full.argmax(axis=1), last), last)
        price = self.sorted[np.arange(len(place)), place]
        saving = np.maximum(price[:, None] - self.costs, 0.0) * self.demand[:, None]
        slope = np.zeros((self.n_clusters, self.costs.shape[1]))
        np.add.at(slope, self.cluster, saving)
        constant = -by_cluster(self.cluster, price * self.demand, self.n_clusters)
        return Cuts(constant, slope, constant + slope @ y)
