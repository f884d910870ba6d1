"""Capacitated p-center: all demand served within capacity by p sites, the farthest as near as possible.

    min r    s.t.  sum_j x_ij = 1,   c_ij x_ij <= r,   sum_i a_i x_ij <= C_j y_j,   x_ij <= y_j,   sum_j y_j <= p

(Jaeger and Goldberg 1994; Oezsoy and Pinar 2006). The optimum is one of the costs. Halving over them, each radius is a
capacitated covering program that either holds a plan or is proved to hold none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ipps_geo.errors import Message
from ipps_geo.reach import Reach
from ipps_geo.siting.location.compact.answers import ServicePlan, proof
from ipps_geo.siting.location.covering.capacities import CapacityCase, Floats, Ints, capacity_case, loads, why_not_all
from ipps_geo.siting.location.covering.center import p_center
from ipps_geo.siting.location.covering.cover_case import opened_sites
from ipps_geo.siting.search.checks import (
    cost_matrix,
    relative_gap_allowed,
    site_numbers,
    site_states,
    too_many_required,
    whole_number,
)
from ipps_geo.siting.search.watch import OutOfTime, Progress, ShouldStop, Watch, search_watch, without_plan

__all__ = ["capacitated_p_center"]


def capacitated_p_center(
    costs: Any,
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
    """Open at most ``n_sites`` sites that serve all demand within capacity, the largest cost least.

    Parameters
    ----------
    costs
        Cost of each pair, shape (n_demand, n_sites), not negative; NaN or infinity means "cannot be served". In a scipy
        sparse matrix pairs that are not stored cannot be served.
    n_sites
        Largest number of open sites, required ones included.
    capacity, demand, split
        Most load that a site takes, load per row, and whether a row may be divided, as for
        :func:`ipps_geo.siting.location.covering.capacitated`. Rows without load set no radius and need no site.
    required_sites, forbidden_sites
        Positions that must be open, or must stay closed.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    ServicePlan
        ``objective`` is the largest cost at which anybody is served, ``bound`` a lower bound; ``service`` says what
        each site takes of each row. Infeasible with the reason in ``why`` when no ``n_sites`` sites take all demand.

    Examples
    --------
    >>> plan = capacitated_p_center([[0.0, 7.0], [1.0, 5.0], [2.0, 6.0]], 2, capacity=2)
    >>> plan.objective, plan.assignment.tolist()
    (5.0, [0, 1, 0])
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    n_open = whole_number(n_sites, "n_sites")
    table = cost_matrix(costs)
    n, m = table.shape
    load = loads(demand, n)
    limit = site_numbers(capacity, m, "capacity", infinite=True)
    state = site_states(required_sites, forbidden_sites, m)
    if why := too_many_required(state, n_open):
        return without_plan(ServicePlan, n, watch, why)
    search = _Radii(table, load, limit, split, required_sites, forbidden_sites, n_open, watch)
    try:
        return search.plan(state, gap)
    except OutOfTime:
        return without_plan(ServicePlan, n, watch)


@dataclass(eq=False)
class _Radii:
    table: Floats
    load: Floats
    capacity: Floats
    split: bool
    required: ArrayLike
    forbidden: ArrayLike
    n_open: int
    watch: Watch

    def plan(self, state: Any, gap: float) -> ServicePlan:
        """Halve over the distinct costs; ``low`` may hold, ``high`` does (or nothing is known to)."""
        needy, allowed = self.load > 0, state >= 0
        n = len(self.table)
        counted = self.table[needy][:, allowed]
        radii = np.unique(counted[np.isfinite(counted)])
        whole_case = self.case(math.inf)
        if why := why_not_all(whole_case, self.split):
            return without_plan(ServicePlan, n, self.watch, why)
        if not needy.any():
            return self._answer(whole_case, whole_case.allowed[:0].astype(np.int32), None, 0.0, 0.0, gap)
        with self.watch.muted():
            plain = p_center(
                self.table[needy], self.n_open, None, self.required, max(self.watch.left_s, 1e-3),
                forbidden_sites=self.forbidden, should_stop=self.watch.late,
            )  # fmt: skip
        if plain.status == "infeasible":
            return without_plan(ServicePlan, n, self.watch, self._too_few())
        least = plain.bound if math.isfinite(plain.bound) else radii[0]
        low = int(np.searchsorted(radii, least * (1 - 1e-12)))
        high, best, undecided = len(radii), None, False
        while low < high and not self.watch.over():
            middle = (low + min(high, len(radii) - 1)) // 2
            case = self.case(float(radii[middle]))
            outcome, sites, flow = self._hold(case)
            if outcome == "holds":
                high, best = middle, (case, sites, flow)
            elif outcome == "none":
                low = middle + 1
            else:
                undecided = True
                break
            if low >= len(radii):
                return without_plan(ServicePlan, n, self.watch, self._too_few())
            self.watch.tell(float(radii[high]) if best else math.nan, float(radii[low]), "radius")
        if best is None:
            best = None if undecided and self.watch.over() else self._any(whole_case)
        if best is None:
            return without_plan(ServicePlan, n, self.watch, bound=float(radii[low]))
        return self._answer(*best, None, float(radii[low]), gap)

    def case(self, radius: float) -> CapacityCase:
        """The covering case of one radius."""
        most = min(radius, float(np.max(self.table, where=np.isfinite(self.table), initial=0.0)))
        reach = Reach.from_costs(self.table, most)
        return capacity_case(reach, self.capacity, self.load, self.split, self.required, self.forbidden, self.watch)

    def _too_few(self) -> Message:
        return Message("siting.infeasible.too_few_sites", {"n_sites": self.n_open})

    def _hold(self, case: CapacityCase) -> tuple[str, Ints, Floats]:
        """Whether so many sites serve all within the radius: ``holds``, ``none``, or ``unknown``."""
        m = case.groups.n_sites
        nothing = np.zeros(0, np.int32)
        if why_not_all(case, self.split):
            return "none", nothing, np.zeros(0)
        sites, flow = case.in_turn(self.n_open, np.ones(m))
        if case.exact_flow:
            flow = case.flow(sites, flow)
        if case.serves(flow):
            return "holds", sites, flow
        if not case.transport:
            divided = case.divided().program(serve_all=True, most_sites=self.n_open)[0].solve(self.watch)
            if divided.outcome == "infeasible":
                return "none", nothing, np.zeros(0)
            if len(divided.values):
                opened = opened_sites(divided.values, m)
                packed = case.packed(opened, Watch(0.2 * self.watch.left_s, should_stop=self.watch.late))
                if packed is not None:
                    return "holds", opened, packed
        program, _, _ = case.program(serve_all=True, most_sites=self.n_open)
        found = program.solve(self.watch)
        if found.outcome == "infeasible":
            return "none", nothing, np.zeros(0)
        if len(found.values):
            opened = opened_sites(found.values, m)
            flow = case.flow(opened, found.values[m:])
            if case.serves(flow) and case.holds(flow):
                return "holds", opened, flow
        return "unknown", nothing, np.zeros(0)

    def _any(self, case: CapacityCase) -> tuple[CapacityCase, Ints, Floats] | None:
        """A plan of any radius, found at once."""
        sites, flow = case.in_turn(self.n_open, np.ones(case.groups.n_sites))
        return (case, sites, flow) if case.serves(flow) else None

    def _answer(
        self, case: CapacityCase, sites: Ints, flow: Floats | None, radius: float | None, bound: float, gap: float
    ) -> ServicePlan:
        assignment, service = case.service(np.zeros(len(case.most)) if flow is None else flow)
        pairs = service.tocoo()
        worst = float(self.table[pairs.row, pairs.col].max(initial=0.0)) if radius is None else radius
        opened = np.union1d(sites, np.flatnonzero(case.state == 1)).astype(np.int32)
        quality = proof(worst, bound, whole=False, minimise=True, gap=gap, watch=self.watch)
        return ServicePlan(open_sites=opened, assignment=assignment, service=service, **quality)
