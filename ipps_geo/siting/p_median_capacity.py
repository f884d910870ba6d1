"""The capacitated p-median: each row is assigned whole, and no site takes more weight than it has capacity.

The multipliers of the uncapacitated bound serve again; rho_j becomes a knapsack,

    rho_j = max  sum w (lambda - c_j) x    s.t.  sum w x <= Q_j,  0 <= x <= 1,

filled in order of falling lambda - c_j because value and weight are both proportional to w. Plans come from the sites
that the bound chooses: regret assignment, then shifts and swaps. What the bound leaves open is a small program.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ipps_geo.siting.p_median_watch import Watch
from ipps_geo.siting.plan import SitePlan, Status

__all__ = ["solve_capacitated"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]

_STEPS = 400
_PROGRAM_PAIRS = 400_000
_FEASIBLE = 1e-9  # relative room for rounding in a sum of weights


@njit(cache=True, nogil=True)
def _knapsacks(
    costs: Floats, weights: Floats, capacity: Floats, multipliers: Floats, rho: Floats, order: Longs, worth: Floats
) -> None:
    """Fractional knapsack value of every site."""
    m, n = costs.shape
    for j in range(m):
        k = 0
        load = 0.0
        total = 0.0
        for u in range(n):
            if costs[j, u] < multipliers[u]:
                worth[k] = costs[j, u] - multipliers[u]
                order[k] = u
                load += weights[u]
                total -= weights[u] * worth[k]
                k += 1
        if load > capacity[j]:
            total = 0.0
            room = capacity[j]
            for place in np.argsort(worth[:k]):
                w = weights[order[place]]
                if w >= room:
                    total -= room * worth[place]
                    break
                total -= w * worth[place]
                room -= w
        rho[j] = total


@njit(cache=True, nogil=True)
def _served(
    costs: Floats, weights: Floats, capacity: Floats, multipliers: Floats, chosen: Flags, served: Floats
) -> None:
    """How much of each row the chosen sites take in the knapsack solutions."""
    served[:] = 0.0
    for j in range(len(chosen)):
        if not chosen[j]:
            continue
        room = capacity[j]
        for u in np.argsort(costs[j] - multipliers):
            if costs[j, u] >= multipliers[u] or room <= 0.0:
                break
            part = min(1.0, room / weights[u])
            served[u] += part
            room -= part * weights[u]


@njit(cache=True, nogil=True)
def _assign(costs: Floats, weights: Floats, room: Floats, assignment: Longs) -> bool:
    """Regret assignment to the open sites (rows of ``costs``), then shifts and swaps; False when a row finds no room.

    The row that loses most by missing its best site with room goes first.
    """
    p, n = costs.shape
    assignment[:] = -1
    for _ in range(n):
        pick = -1
        pick_regret = -1.0
        pick_site = -1
        for u in range(n):
            if assignment[u] >= 0:
                continue
            best = -1
            least = np.inf
            second = np.inf
            for f in range(p):
                if weights[u] <= room[f] and np.isfinite(costs[f, u]):
                    if costs[f, u] < least:
                        second = least
                        least = costs[f, u]
                        best = f
                    elif costs[f, u] < second:
                        second = costs[f, u]
            if best < 0:
                return False
            regret = weights[u] * (second - least) if np.isfinite(second) else 1e300 * weights[u]
            if regret > pick_regret:
                pick_regret = regret
                pick = u
                pick_site = best
        assignment[pick] = pick_site
        room[pick_site] -= weights[pick]
    _shift_and_swap(costs, weights, room, assignment)
    return True


@njit(cache=True, nogil=True)
def _shift_and_swap(costs: Floats, weights: Floats, room: Floats, assignment: Longs) -> None:
    """Move single rows and exchange pairs of rows while that saves."""
    p, n = costs.shape
    better = True
    while better:
        better = False
        for u in range(n):
            f = assignment[u]
            for g in range(p):
                if g != f and weights[u] <= room[g] and costs[g, u] < costs[f, u]:
                    room[f] += weights[u]
                    room[g] -= weights[u]
                    assignment[u] = g
                    f = g
                    better = True
        for u in range(n):
            for v in range(u):
                f = assignment[u]
                g = assignment[v]
                if f == g or not np.isfinite(costs[g, u]) or not np.isfinite(costs[f, v]):
                    continue
                more = weights[u] - weights[v]
                if more > room[g] or -more > room[f]:
                    continue
                now = weights[u] * costs[f, u] + weights[v] * costs[g, v]
                then = weights[u] * costs[g, u] + weights[v] * costs[f, v]
                if then < now - 1e-9 * now:
                    assignment[u] = g
                    assignment[v] = f
                    room[f] += more
                    room[g] -= more
                    better = True


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

    def try_sites(self, open_sites: NDArray[np.int64], watch: Watch) -> None:
        """Assign to an open set and offer the plan."""
        watch.spend(1)
        assignment = np.empty(len(self.weights), np.int64)
        part = np.ascontiguousarray(self.costs[open_sites])
        if _assign(part, self.weights, self.capacity[open_sites].copy(), assignment):
            self.offer(open_sites, open_sites[assignment], watch)

    def offer(self, open_sites: NDArray[np.int64], assignment: NDArray[np.int64], watch: Watch) -> None:
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
    seed: int,
    watch: Watch,
) -> SitePlan:
    """Capacitated plan for checked arguments (see :func:`ipps_geo.siting.p_median.p_median`)."""
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
    reason = _impossible(model)
    if not reason:
        reason = _solve(model, seed, watch)
    return _plan(table, demand, model, rows, sites, n_sites, reason, watch)


def _impossible(model: _Capacitated) -> str:
    """A quick reason why no plan exists, or nothing."""
    if not np.isfinite(model.costs).any(axis=0).all():
        return "unreachable_demand"
    must = model.capacity[model.required].sum()
    others = np.sort(model.capacity[~model.required])[::-1]
    most = must + others[: model.n_sites - int(model.required.sum())].sum()
    return "capacity" if model.weights.sum() > most * (1 + _FEASIBLE) else ""


def _solve(model: _Capacitated, seed: int, watch: Watch) -> str:
    """Bound, plans from the bound's choices, and the program on what is left; returns why no plan exists, if so."""
    costs, weights = model.costs, model.weights
    m, n = costs.shape
    far = 4.0 * max(1.0, float(costs[np.isfinite(costs)].max())) * n
    bounded = np.where(np.isfinite(costs), costs, far)
    cheapest, second = np.sort(bounded, axis=0)[[0, min(1, m - 1)]]
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
        if watch.stopped():
            return ""
        watch.spend(1)
        _knapsacks(bounded, weights, model.capacity, multipliers, rho, order, worth)
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
            return ""
        key = chosen.tobytes()
        if key not in seen and (step % 5 == 0 or watch.open_sites is None) and n * n * model.n_sites < 4e9:
            seen.add(key)
            model.try_sites(np.flatnonzero(chosen), watch)
        if stalled >= 15:
            alpha, stalled = 0.7 * alpha, 0
            multipliers = best_multipliers.copy()
            if alpha < 1e-3:
                break
        _served(bounded, weights, model.capacity, multipliers, chosen, served)
        direction = 0.6 * (1.0 - served) + 0.4 * direction
        norm = float(weights @ direction**2)
        if norm < 1e-12:
            break
        upper = watch.objective if np.isfinite(watch.objective) else value + 0.2 * abs(value) + 1.0
        multipliers = np.maximum(multipliers + alpha * (1.002 * upper - value) / norm * direction, 0.0)
    return _program(model, best, best_multipliers, best_rho, watch)


def _program(
    model: _Capacitated,
    bound: float,
    multipliers: NDArray[np.float64],
    rho: NDArray[np.float64],
    watch: Watch,
) -> str:
    """The program over the pairs that may belong to a better plan.

    A pair beyond its multiplier costs at least ``w (c - lambda)`` on top of the bound, and a site that the bound does
    not choose costs the difference to the weakest chosen one.
    """
    import pulp

    m = len(model.capacity)
    watch.phase = "program"
    ranked = np.lexsort((np.arange(m), -rho - np.where(model.required, 1e300, 0.0)))
    inside = np.zeros(m, np.bool_)
    inside[ranked[: model.n_sites]] = True
    free_inside = inside & ~model.required
    weakest = rho[free_inside].min(initial=np.inf)
    entry = np.where(inside, 0.0, np.maximum(0.0, weakest - rho))
    beyond = model.weights * np.maximum(0.0, model.costs - multipliers)
    keep = np.isfinite(model.costs) & (bound + entry[:, None] + beyond < watch.cutoff)
    may_open = bound + entry < watch.cutoff
    if int(keep.sum()) > _PROGRAM_PAIRS or watch.stopped():
        watch.stop_reason = watch.stop_reason or "program_too_large"
        return ""
    program = pulp.LpProblem("capacitated", pulp.LpMinimize)
    is_open = {j: program.add_variable(f"open_{j}", cat=pulp.LpBinary) for j in map(int, np.flatnonzero(may_open))}
    pairs = [(int(j), int(u)) for j, u in np.argwhere(keep & may_open[:, None])]
    takes = {(j, u): program.add_variable(f"takes_{j}_{u}", cat=pulp.LpBinary) for j, u in pairs}
    program += pulp.lpSum(float(model.weights[u] * model.costs[j, u]) * takes[j, u] for j, u in pairs)
    program += pulp.lpSum(is_open.values()) == model.n_sites
    of_row: list[list[int]] = [[] for _ in model.weights]
    of_site: dict[int, list[int]] = {j: [] for j in is_open}
    for j, u in pairs:
        of_row[u].append(j)
        of_site[j].append(u)
        program += takes[j, u] <= is_open[j]
    for u, served_by in enumerate(of_row):
        if not served_by:
            return _no_better(watch)
        program += pulp.lpSum(takes[j, u] for j in served_by) == 1
    for j, served in of_site.items():
        if np.isfinite(model.capacity[j]):
            limit = float(model.capacity[j])
            program += pulp.lpSum(float(model.weights[u]) * takes[j, u] for u in served) <= limit * is_open[j]
        if model.required[j]:
            program += is_open[j] == 1
    if len(is_open) < model.n_sites:
        return _no_better(watch)
    options: dict[str, int] = {}
    if watch.steps_left(1 << 30) < 1 << 30:
        options["mip_max_nodes"] = watch.steps_left(1 << 30)
    solver = pulp.HiGHS(
        msg=False, threads=1, timeLimit=max(0.01, watch.seconds_left), gapRel=max(watch.gap, 0.0), **options
    )
    program.solve(solver)
    status = str(program.solverModel.getModelStatus())
    info = program.solverModel.getInfo()
    if "kInfeasible" in status:
        return _no_better(watch)
    opened = np.array([j for j, variable in is_open.items() if (variable.value() or 0.0) > 0.5], np.int64)
    assignment = np.full(len(model.weights), -1, np.int64)
    for (j, u), variable in takes.items():
        if (variable.value() or 0.0) > 0.5:
            assignment[u] = j
    if (assignment >= 0).all() and len(opened) == model.n_sites:
        model.offer(opened, assignment, watch)
    if "kOptimal" in status:
        watch.raise_bound(max(watch.cutoff, watch.bound) if watch.open_sites is not None else watch.bound)
    elif np.isfinite(info.mip_dual_bound):
        watch.raise_bound(min(info.mip_dual_bound * (1 - 1e-6), watch.cutoff))
        watch.stopped()
        watch.stop_reason = watch.stop_reason or "time_limit"
    return ""


def _no_better(watch: Watch) -> str:
    """The program has no solution: the incumbent is optimal, or no plan exists."""
    if watch.open_sites is None:
        return "capacity"
    watch.raise_bound(watch.cutoff)
    return ""


def _plan(
    table: NDArray[np.floating],
    demand: NDArray[np.float64],
    model: _Capacitated,
    rows: NDArray[np.int64],
    sites: NDArray[np.int64],
    n_sites: int,
    reason: str,
    watch: Watch,
) -> SitePlan:
    """The incumbent in the caller's positions; rows without weight go to their nearest open site."""
    n = len(demand)
    history = tuple(watch.history)
    if watch.open_sites is None or model.best_assignment is None:
        status: Status = "infeasible" if reason else "no_solution"
        bound = watch.bound if np.isfinite(watch.bound) and not reason else np.nan
        nothing = np.empty(0, np.int32)
        return SitePlan(
            status, reason or watch.stop_reason, np.nan, bound, np.inf, nothing, np.full(n, -1, np.int32),
            watch.seconds, history,
        )  # fmt: skip
    open_sites = watch.named_sites()
    part = table[:, open_sites].astype(np.float64)
    part[~np.isfinite(part)] = np.inf
    assignment = np.where(np.isfinite(part.min(axis=1)), open_sites[part.argmin(axis=1)], -1)
    assignment[rows] = sites[model.best_assignment]
    proven = watch.proven
    objective = float(watch.objective)
    bound = objective if proven and watch.quantum and watch.gap == 0 else min(float(watch.bound), objective)
    gap = abs(objective - bound) / max(1e-12, abs(objective))
    if proven and gap <= 1e-9:
        gap = 0.0
    return SitePlan(
        "optimal" if proven else "feasible", "proven" if proven else watch.stop_reason, objective, bound, gap,
        open_sites.astype(np.int32), assignment.astype(np.int32), watch.seconds, history,
    )  # fmt: skip
