"""p-center: open p sites so that the farthest demand row is as near as possible (Hakimi 1964; Minieka 1970).

    min r    s.t.  every row i has an open site j with w_i c_ij <= r,   sum_j y_j <= p

The optimum is one of the costs. A radius works exactly when p sites cover all rows within it, so the answer is found by
cover programs: greedy covers give the upper end of a binary search, duals of linear cover programs the lower one, and
reduced cover programs decide what is left between them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ipps_geo.errors import Message
from ipps_geo.kernels import kernel
from ipps_geo.siting.location.covering.cover_program import CoverProgram
from ipps_geo.siting.location.covering.minimum_cover import linear_bound, minimum_cover
from ipps_geo.siting.location.nearest import nearest_by_cost
from ipps_geo.siting.search.checks import (
    cost_matrix,
    relative_gap_allowed,
    row_weights,
    site_states,
    too_many_required,
    whole_number,
)
from ipps_geo.siting.search.plan import SitePlan, relative_gap
from ipps_geo.siting.search.watch import Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["p_center"]

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


def p_center(
    costs: Any,
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
    """Open ``n_sites`` sites so that the largest (weighted) cost to the nearest open site is least, with a proof.

    Parameters
    ----------
    costs
        Cost of each pair, shape (n_demand, n_sites), not negative; NaN or infinity means "cannot be served". In a scipy
        sparse matrix pairs that are not stored cannot be served.
    n_sites
        Number of sites to open, required ones included; all when fewer are allowed.
    weights
        Weight per demand row, finite and not negative: the radius is the largest weight times cost. Rows of weight 0
        set no radius and need no site.
    required_sites, forbidden_sites
        Positions that must be open, or must stay closed.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.maximal`.

    Returns
    -------
    SitePlan
        ``objective`` is the radius, ``bound`` a lower bound on it; every row with a cost to an open site is assigned to
        the nearest one. Infeasible when no ``n_sites`` sites serve all rows.

    Examples
    --------
    >>> plan = p_center([[0.0, 5.0, 9.0], [4.0, 1.0, 5.0], [9.0, 6.0, 0.0]], 2)
    >>> plan.status, plan.objective, plan.open_sites.tolist()
    ('optimal', 4.0, [0, 2])
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    n_open = whole_number(n_sites, "n_sites")
    gap = relative_gap_allowed(gap)
    matrix = cost_matrix(costs)
    n_demand, n_columns = matrix.shape
    weight = row_weights(weights, n_demand)
    state = site_states(required_sites, forbidden_sites, n_columns)
    if why := too_many_required(state, n_open):
        return without_plan(SitePlan, n_demand, watch, why)
    search = _RadiusSearch(matrix, weight, state, n_open, watch)
    return search.plan(gap)


class _RadiusSearch:
    """Binary search over the distinct radii; ``low`` and ``high`` are their positions."""

    def __init__(self, matrix: Floats, weight: Floats, state: NDArray[np.int8], n_open: int, watch: Watch) -> None:
        self.matrix = matrix
        self.state = state
        self.watch = watch
        self.n_open = n_open
        self.allowed = np.flatnonzero(state >= 0).astype(np.int32)
        self.required = np.flatnonzero(state == 1).astype(np.int32)
        rows = np.flatnonzero(weight > 0)
        weighted = matrix[np.ix_(rows, self.allowed)] * weight[rows, None]
        fixed = np.searchsorted(self.allowed, self.required)
        self.first, most = farthest_first(weighted, n_open, fixed)
        # No plan is worse than the first, none better than every row's nearest site: other costs need no rank.
        least = weighted.min(axis=1).max() if np.isfinite(most) and len(rows) else 0.0
        usable = np.isfinite(weighted) & (weighted <= most)
        ranked = usable & (weighted >= least)
        self.radii, ranks = np.unique(weighted[ranked], return_inverse=True)
        self.n_finite = len(self.radii)
        self.ranks = np.where(usable, 0, self.n_finite).astype(np.int32)
        self.ranks[ranked] = ranks
        self.best: Ints | None = None
        self.best_rank = self.n_finite

    def plan(self, gap: float) -> SitePlan:
        """Run the search and wrap what it found."""
        n_demand = len(self.matrix)
        if not len(self.ranks):
            return self._answer(np.sort(self._filled(self.required)), 0.0, 0.0, gap)
        nearest = self.ranks.min(axis=1, initial=self.n_finite)
        low = int(nearest.max())
        if low >= self.n_finite:
            why = Message("siting.infeasible.rows_without_site", {"rows": int((nearest >= self.n_finite).sum())})
            return without_plan(SitePlan, n_demand, self.watch, why)
        high = self._upper(low, self._keep(self.first) if len(self.first) else self.n_finite)
        low = self._lower(low, high)
        high, low, feasible = self._decide(low, high)
        if not feasible:
            why = Message("siting.infeasible.too_few_sites", {"n_sites": self.n_open})
            return without_plan(SitePlan, n_demand, self.watch, why)
        if self.best is None:
            return without_plan(SitePlan, n_demand, self.watch, bound=float(self.radii[low]))
        return self._answer(self.best, float(self.radii[high]), float(self.radii[low]), gap)

    def _report(self, low: int, high: int, phase: str) -> None:
        radius = float(self.radii[high]) if self.best is not None else float("nan")
        self.watch.tell(radius, float(self.radii[low]), phase)

    def _upper(self, low: int, high: int) -> int:
        """Smallest radius below ``high`` at which greedy covers, or ``high``."""
        left, right = low, high - 1
        fixed = np.searchsorted(self.allowed, self.required).astype(np.int32)
        while left <= right and not self.watch.over():
            middle = (left + right) // 2
            found = greedy_within(self.ranks, middle, self.n_open, fixed)
            self.watch.step()
            if len(found):
                high = self._keep(found)
                right = min(middle, high) - 1
            else:
                left = middle + 1
        self._report(low, min(high, self.n_finite - 1), "greedy")
        return high

    def _lower(self, low: int, high: int) -> int:
        """Largest radius below which the linear cover program already needs too many sites."""
        right = min(high, self.n_finite - 1)
        while low < right and not self.watch.over():
            middle = (low + right) // 2
            if linear_bound(self._program(middle), self.watch) > self.n_open - len(self.required):
                low = middle + 1
            else:
                right = middle
        self._report(low, min(high, self.n_finite - 1), "linear")
        return low

    def _decide(self, low: int, high: int) -> tuple[int, int, bool]:
        """Exact cover programs upwards from the linear bound, then halving; whether any radius can work."""
        tries = 0
        while low < high and not self.watch.over():
            middle = low if tries < 3 else (low + high) // 2
            tries += 1
            if middle >= self.n_finite:
                return high, low, False
            cover = minimum_cover(self._program(middle), self.watch, at_most=self.n_open - len(self.required))
            if len(cover.sites) + len(self.required) <= self.n_open:
                sites = np.searchsorted(self.allowed, np.union1d(cover.sites, self.required)).astype(np.int32)
                high = min(high, self._keep(sites))
            elif cover.bound + len(self.required) > self.n_open:
                low = middle + 1
            else:
                break
            if low < self.n_finite:
                self._report(low, min(high, self.n_finite - 1), "cover")
        return high, low, not (low >= self.n_finite)

    def _program(self, rank: int) -> CoverProgram:
        """Rows not yet covered by required sites, and the sites within the radius."""
        near = self.ranks <= rank
        fixed = np.searchsorted(self.allowed, self.required)
        near = near[~near[:, fixed].any(axis=1)]
        near[:, fixed] = False
        pairs = sparse.csr_array(near)
        return CoverProgram(pairs.indptr.astype(np.int64), pairs.indices.astype(np.int32), self.allowed)

    def _keep(self, columns: Ints) -> int:
        """Keep a plan (positions among the allowed sites) when it is the best; its radius as a position."""
        chosen = self._filled(self.allowed[columns])
        high = int(self.ranks[:, np.searchsorted(self.allowed, chosen)].min(axis=1).max())
        if self.best is None or high < self.best_rank:
            self.best, self.best_rank = chosen, high
        return high

    def _filled(self, chosen: Ints) -> Ints:
        """Exactly as many sites as asked: lowest positions fill up, which never makes the radius larger."""
        rest = np.setdiff1d(self.allowed, chosen)
        n_missing = max(0, min(self.n_open, len(self.allowed)) - len(chosen))
        return np.sort(np.r_[chosen, rest[:n_missing]]).astype(np.int32)

    def _answer(self, open_sites: Ints, radius: float, bound: float, gap: float) -> SitePlan:
        reached = relative_gap(radius, bound) if bound < radius else 0.0
        optimal = reached <= gap
        reason = "proven" if bound >= radius else "gap" if optimal else self.watch.reason
        assignment, _ = nearest_by_cost(self.matrix, open_sites)
        self.watch.tell(radius, bound, "done")
        return SitePlan(
            "optimal" if optimal else "feasible", reason, radius, bound, reached, open_sites, assignment,
            self.watch.seconds, tuple(self.watch.history),
        )  # fmt: skip


def farthest_first(costs: Floats, n_open: int, fixed: NDArray[np.intp]) -> tuple[Ints, float]:
    """Open the nearest site of the row that is farthest from all open ones, again and again (Gonzalez 1985).

    Returns at most ``n_open`` columns, ``fixed`` among them, and the radius; no column and infinity when rows stay
    unserved.
    """
    chosen = list(fixed)
    nearest = costs[:, fixed].min(axis=1, initial=np.inf)
    for _ in range(min(n_open, costs.shape[1]) - len(chosen)):
        if not len(nearest):
            break
        column = int(costs[int(nearest.argmax())].argmin())
        chosen.append(column)
        np.minimum(nearest, costs[:, column], out=nearest)
    radius = float(nearest.max(initial=0.0))
    return (np.unique(chosen).astype(np.int32), radius) if np.isfinite(radius) else (np.zeros(0, np.int32), np.inf)


@kernel()
def greedy_within(ranks: Ints, radius: int, n_open: int, fixed: Ints) -> Ints:
    """Greedy cover of all rows within a radius by at most ``n_open`` columns, ``fixed`` first; empty when it fails."""
    n_rows, n_columns = ranks.shape
    gain = np.zeros(n_columns, np.int64)
    for i in range(n_rows):
        for j in range(n_columns):
            if ranks[i, j] <= radius:
                gain[j] += 1
    covered = np.zeros(n_rows, np.bool_)
    chosen = np.empty(n_open, np.int32)
    left = n_rows
    for k in range(n_open):
        j = fixed[k] if k < len(fixed) else int(np.argmax(gain))
        chosen[k] = j
        for i in range(n_rows):
            if not covered[i] and ranks[i, j] <= radius:
                covered[i] = True
                left -= 1
                for other in range(n_columns):
                    if ranks[i, other] <= radius:
                        gain[other] -= 1
        if left == 0 and k + 1 >= len(fixed):
            return chosen[: k + 1].copy()
    return chosen[:0].copy()
