"""The capacitated p-median: each row is assigned whole, and no site takes more weight than it has capacity.

The multipliers of the uncapacitated bound serve again; rho_j becomes a knapsack,

    rho_j = max  sum w (lambda - c_j) x    s.t.  sum w x <= Q_j,  0 <= x <= 1,

filled in order of falling lambda - c_j because value and weight are both proportional to w. Plans come from the sites
that the bound chooses: rows with the largest regret first, then shifts and swaps. What the bound leaves open is a small
mixed-integer program; a proof by it is as good as the tolerances of HiGHS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipps_geo.errors import Message
from ipps_geo.siting.location.median.knapsack import (
    assign_by_regret,
    assign_rows,
    knapsack_shares,
    knapsacks,
    shift_and_swap,
)
from ipps_geo.siting.location.median.watch import MedianWatch
from ipps_geo.siting.location.nearest import nearest_by_cost
from ipps_geo.siting.search.plan import SitePlan

__all__ = ["solve_capacitated"]


_STEPS = 400
_PROGRAM_PAIRS = 60_000
_PAIRS_PER_S = 10_000  # written for HiGHS in a second; a program that cannot be written in time is not begun
_REGRET_WORK = 20_000_000
_SWAPS_AT_A_STRETCH = 20_000_000  # pairs of rows looked at between two glances at the clock
_FEASIBLE = 1e-9  # relative room for rounding in a sum of weights


@dataclass(eq=False)
class _Capacitated:
    """Rows that count and sites that may open; costs are (m, n), infinite where a pair is not allowed."""

    costs: NDArray[np.float64]
    weights: NDArray[np.float64]
    capacity: NDArray[np.float64]
    required: NDArray[np.bool_]
    n_sites: int
    best_assignment: NDArray[np.int64] | None = None

    def loads(self, assignment: NDArray[np.int64]) -> NDArray[np.float64]:
        """Weight per site."""
        return np.bincount(assignment, self.weights, minlength=len(self.capacity)).astype(np.float64)

    def value(self, assignment: NDArray[np.int64]) -> float:
        """Objective of an assignment, infinite when it breaks a capacity."""
        if (self.loads(assignment) > self.capacity * (1 + _FEASIBLE)).any():
            return np.inf
        return float(self.weights @ self.costs[assignment, np.arange(len(assignment))])

    def try_sites(self, open_sites: NDArray[np.int64], watch: MedianWatch) -> None:
        """Assign to an open set and offer the plan."""
        watch.spend(1)
        assignment = np.empty(len(self.weights), np.int64)
        part = np.ascontiguousarray(self.costs[open_sites])
        room = self.capacity[open_sites]
        left = room.copy()
        if part.size * len(self.weights) <= _REGRET_WORK and assign_by_regret(part, self.weights, left, assignment):
            self._improve(part, left, assignment, watch)
            self.offer(open_sites, open_sites[assignment], watch)
        spread = np.where(np.isfinite(part), part, 0.0).max(axis=0) - part.min(axis=0)
        for order in (np.argsort(-self.weights * spread, kind="stable"), np.lexsort((-spread, -self.weights))):
            left = room.copy()
            if assign_rows(part, self.weights, left, order, assignment):
                self._improve(part, left, assignment, watch)
                self.offer(open_sites, open_sites[assignment], watch)

    def _improve(
        self, part: NDArray[np.float64], room: NDArray[np.float64], assignment: NDArray[np.int64], watch: MedianWatch
    ) -> None:
        """Shift and swap rows until nothing is saved or time is up."""
        n = len(self.weights)
        bite = max(1, _SWAPS_AT_A_STRETCH // n)
        better = True
        while better:
            better = False
            for first in range(0, n, bite):
                better |= shift_and_swap(part, self.weights, room, assignment, first, min(first + bite, n))
                if watch.over():
                    return

    def offer(self, open_sites: NDArray[np.int64], assignment: NDArray[np.int64], watch: MedianWatch) -> None:
        """Keep a plan that beats the incumbent."""
        if watch.offer(open_sites, self.value(assignment)):
            self.best_assignment = assignment


def solve_capacitated(
    table: NDArray[np.floating],
    n_sites: int,
    demand: NDArray[np.float64],
    required: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    capacity: NDArray[np.float64],
    watch: MedianWatch,
) -> SitePlan:
    """Capacitated plan for checked arguments (see :func:`ipps_geo.siting.location.median.model.p_median`)."""
    rows = np.flatnonzero(demand > 0)
    sites = np.flatnonzero(allowed)
    costs = table[np.ix_(rows, sites)].T.astype(np.float64)
    costs[~np.isfinite(costs)] = np.inf
    fits = demand[rows][None, :] <= capacity[sites][:, None] * (1 + _FEASIBLE)
    costs[~fits] = np.inf
    costs = np.ascontiguousarray(costs)
    model = _Capacitated(costs, demand[rows], capacity[sites], np.isin(sites, required), min(n_sites, len(sites)))
    watch.name_sites(sites, np.empty(0, np.int64))
    whole = bool((model.weights == np.floor(model.weights)).all())
    finite = costs[np.isfinite(costs)]
    if whole and (finite == np.floor(finite)).all():
        watch.quantum = 1.0
    why = _impossible(model) or _solve(model, watch)
    if watch.open_sites is None or model.best_assignment is None:
        return watch.without_plan(len(demand), why)
    open_sites = watch.named_sites()
    assignment, _ = nearest_by_cost(table, open_sites)  # what rows without weight go to
    assignment[rows] = sites[model.best_assignment]
    quality = watch.proof(float(watch.objective))
    return SitePlan(open_sites=open_sites.astype(np.int32), assignment=assignment, **quality)


def _impossible(model: _Capacitated) -> Message | None:
    """A quick reason why no plan exists, if there is one."""
    if alone := int((~np.isfinite(model.costs).any(axis=0)).sum()):
        return Message("siting.infeasible.rows_without_site", {"rows": alone})
    must = model.capacity[model.required].sum()
    others = np.sort(model.capacity[~model.required])[::-1]
    most = must + others[: model.n_sites - int(model.required.sum())].sum()
    if model.weights.sum() > most * (1 + _FEASIBLE):
        return Message("siting.infeasible.capacity", {"most": f"{most:g}", "demand": f"{model.weights.sum():g}"})
    return None


def _solve(model: _Capacitated, watch: MedianWatch) -> Message | None:
    """Bound, plans from the bound's choices, and the program on what is left; returns why no plan exists, if so."""
    costs, weights = model.costs, model.weights
    m, n = costs.shape
    far = 4.0 * max(1.0, float(costs[np.isfinite(costs)].max())) * n
    bounded = np.where(np.isfinite(costs), costs, far)
    cheapest, second = np.partition(bounded, min(1, m - 1), axis=0)[[0, min(1, m - 1)]]
    multipliers = cheapest + 0.5 * np.minimum(second - cheapest, cheapest + 1)
    rho, chosen, served = np.zeros(m), np.zeros(m, np.bool_), np.zeros(n)
    order, worth = np.zeros(n, np.int64), np.zeros(n)
    direction = np.zeros(n)
    best = -np.inf
    best_multipliers, best_rho = multipliers.copy(), rho.copy()
    alpha, stalled = 1.0, 0
    seen: set[bytes] = set()
    watch.phase = "bound"
    for step in range(_STEPS):
        if watch.over():
            return None
        watch.spend(1)
        knapsacks(bounded, weights, model.capacity, multipliers, rho, order, worth)
        chosen[:] = False
        ranked = np.lexsort((np.arange(m), -rho - np.where(model.required, 1e300, 0.0)))
        chosen[ranked[: model.n_sites]] = True
        reached = float(weights @ multipliers)
        paid = float(rho[chosen].sum())
        value = reached - paid - (n + m + 4) * np.finfo(np.float64).eps * (reached + paid)
        stalled = 0 if value > best + 1e-6 * abs(best) else stalled + 1
        if value > best:
            best = value
            best_multipliers[:], best_rho[:] = multipliers, rho
            watch.raise_bound(min(value, watch.cutoff))
        if watch.proven:
            return None
        key = chosen.tobytes()
        if key not in seen and (step % 5 == 0 or watch.open_sites is None):
            seen.add(key)
            model.try_sites(np.flatnonzero(chosen), watch)
        if stalled >= 15:
            alpha, stalled = 0.7 * alpha, 0
            multipliers = best_multipliers.copy()
            if alpha < 1e-3:
                break
        knapsack_shares(bounded, weights, model.capacity, multipliers, chosen, served)
        direction = 0.6 * (1.0 - served) + 0.4 * direction
        norm = float(weights @ direction**2)
        if norm < 1e-12:
            break
        upper = watch.objective if np.isfinite(watch.objective) else value + 0.2 * abs(value) + 1.0
        multipliers = np.maximum(multipliers + alpha * (1.002 * upper - value) / norm * direction, 0.0)
    return _program(model, best, best_multipliers, best_rho, watch)


def _program(
    model: _Capacitated, bound: float, multipliers: NDArray[np.float64], rho: NDArray[np.float64], watch: MedianWatch
) -> Message | None:
    """Solve the program over the pairs that may belong to a better plan; returns why no plan exists, if so.

    A pair beyond its multiplier costs at least ``w (c - lambda)`` on top of the bound, and a site that the bound does
    not choose costs the difference to the weakest chosen one.
    """
    m = len(model.capacity)
    watch.phase = "program"
    cutoff = watch.cutoff
    ranked = np.lexsort((np.arange(m), -rho - np.where(model.required, 1e300, 0.0)))
    inside = np.zeros(m, np.bool_)
    inside[ranked[: model.n_sites]] = True
    weakest = rho[inside & ~model.required].min(initial=np.inf)
    entry = np.where(inside, 0.0, np.maximum(0.0, weakest - rho))
    beyond = model.weights * np.maximum(0.0, model.costs - multipliers)
    may_open = bound + entry < cutoff
    keep = may_open[:, None] & np.isfinite(model.costs) & (bound + entry[:, None] + beyond < cutoff)
    if watch.over():
        return None
    if int(keep.sum()) > _PROGRAM_PAIRS:
        watch.reason = "program_too_large"
        return None
    if watch.left_s < int(keep.sum()) / _PAIRS_PER_S:
        watch.reason = "time_limit"
        return None
    if int(may_open.sum()) < model.n_sites or not keep.any(axis=0).all():
        return _no_better(watch)
    return _solve_program(model, may_open, keep, cutoff, watch)


def _solve_program(
    model: _Capacitated, may_open: NDArray[np.bool_], keep: NDArray[np.bool_], cutoff: float, watch: MedianWatch
) -> Message | None:
    """Write the program for some sites and pairs, solve it, and take over its plan and its bound."""
    import pulp

    # Costs near 1e5 and weights near 1, so that the absolute tolerances of HiGHS are small beside them. Whole weights
    # stay whole: its cuts on knapsacks need that.
    whole_weights = bool((model.weights == np.floor(model.weights)).all())
    weight_unit = 1.0 if whole_weights else float(model.weights.max())
    least = float(model.weights @ np.where(keep, model.costs, np.inf).min(axis=0))
    cost_unit = 2.0 ** np.round(np.log2(max(least, 1e-300) / 1e5))
    program = pulp.LpProblem("capacitated", pulp.LpMinimize)
    is_open = {int(j): program.add_variable(f"open_{j}", cat=pulp.LpBinary) for j in np.flatnonzero(may_open)}
    pairs = [(int(j), int(u)) for j, u in np.argwhere(keep)]
    takes = {(j, u): program.add_variable(f"takes_{j}_{u}", cat=pulp.LpBinary) for j, u in pairs}
    program += pulp.lpSum(float(model.weights[u] * model.costs[j, u] / cost_unit) * takes[j, u] for j, u in pairs)
    program += pulp.lpSum(is_open.values()) == model.n_sites
    of_row: list[list[Any]] = [[] for _ in model.weights]
    load: dict[int, list[Any]] = {j: [] for j in is_open}
    for (j, u), variable in takes.items():
        of_row[u].append(variable)
        load[j].append(float(model.weights[u] / weight_unit) * variable)
        program += variable <= is_open[j]
    for variables in of_row:
        program += pulp.lpSum(variables) == 1
    for j, terms in load.items():
        if np.isfinite(model.capacity[j]):
            program += pulp.lpSum(terms) <= float(model.capacity[j] / weight_unit) * is_open[j]
        if model.required[j]:
            program += is_open[j] == 1
    nodes = watch.steps_left(1 << 30)
    options = {} if nodes == 1 << 30 else {"mip_max_nodes": nodes}
    program.solve(pulp.HiGHS(msg=False, threads=1, timeLimit=max(0.01, watch.left_s), gapRel=watch.gap, **options))
    status = str(program.solverModel.getModelStatus())
    if "kInfeasible" in status:
        return _no_better(watch)
    opened = np.array([j for j, variable in is_open.items() if (variable.value() or 0.0) > 0.5], np.int64)
    assignment = np.full(len(model.weights), -1, np.int64)
    for (j, u), variable in takes.items():
        if (variable.value() or 0.0) > 0.5:
            assignment[u] = j
    if (assignment >= 0).all() and len(opened) == model.n_sites:
        model.offer(opened, assignment, watch)
    proven = program.solverModel.getInfo().mip_dual_bound * cost_unit
    if np.isfinite(proven):
        # Plans outside the program cost at least the cutoff of the time when it was written.
        watch.raise_bound(min(proven - 1e-10 * abs(proven), cutoff))
    if not watch.proven and not watch.over():
        watch.reason = "work_limit" if "Limit" in status else "solver_tolerance"
    return None


def _no_better(watch: MedianWatch) -> Message | None:
    """The program has no solution: the incumbent is optimal, or no plan exists."""
    if watch.open_sites is None:
        return Message("siting.infeasible.no_assignment")
    watch.raise_bound(watch.cutoff)
    return None
