"""The independent checker: re-derives from reach and needs whatever a plan claims, before anybody sees it.

Nothing here is shared with a solver: no groups, no rosters, no grid of cells. Distances are computed again from the
coordinates where the reach holds any, shares are compared in whole numbers, and the objective is counted once more.
A plan is judged as it stands; only a proof of infeasibility cannot be re-checked from the plan alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.search.checks import SEARCH_ARGUMENTS
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.verify_costs import CostSource, DenseCosts, ReachCosts
from ipps_geo.siting.violations import Violation

__all__ = ["Violation", "verify_plan"]

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Model = Literal["workstations", "maximal_covering", "set_covering", "p_median", "p_center"]
Objective = Literal["covered", "fewest_sites", "worst_unit"]

#: Slack for sums of floating-point weights and costs; whole numbers are compared exactly.
_RELATIVE = 1e-7


@dataclass(eq=False)
class _Case:
    """The plan and its inputs as plain arrays, and the violations found so far."""

    plan: SitePlan
    costs: CostSource
    n: int
    m: int
    weights: Floats
    found: list[Violation] = field(default_factory=list)

    def note(
        self,
        code: str,
        measured: float | int | str | None,
        required: float | int | str | None,
        *,
        site: int | None = None,
        demand: int | None = None,
    ) -> None:
        self.found.append(Violation(code, site, demand, measured, required))


def verify_plan(
    plan: SitePlan,
    reach: Reach | ArrayLike,
    needs: ArrayLike | None = None,
    *,
    n_sites: int | None = None,
    weights: ArrayLike | None = None,
    min_roster: int = 50,
    need_share: tuple[int, int] = (3, 5),
    capacity: ArrayLike | None = None,
    site_costs: ArrayLike | None = None,
    budget: float | None = None,
    required_sites: ArrayLike = (),
    forbidden_sites: ArrayLike = (),
    existing_sites: ArrayLike = (),
    existing_rosters: ArrayLike | None = None,
    site_units: ArrayLike | None = None,
    min_per_unit: int | Mapping[Any, int] | None = None,
    demand_units: ArrayLike | None = None,
    objective: Objective = "covered",
    target: float | None = None,
    partial: bool = False,
    gap: float = 1e-4,
    model: Model = "workstations",
    **search: Any,
) -> list[Violation]:
    """Check a plan against the inputs it was made from; an empty list means that it is sound.

    The arguments are those of the call that made the plan (``plan_workstations``, or the classic model named by
    ``model``). Checked: shapes and index ranges, sorted and distinct open sites, every assignment to an open site
    within reach and eligible, roster minimum and need share (``den * k >= num * n``), number of sites, budget,
    capacity, required and forbidden sites, sites per unit, the objective by a recount, bound, gap and status.

    Parameters
    ----------
    plan
        What is to be checked; nothing about its shape is taken for granted.
    reach
        The reach, or for ``p_median`` and ``p_center`` also the matrix of costs (NaN or infinity: no pair).
    needs
        1 yes, 0 no, -1 unknown, which counts as no; needed for the workstation model alone.
    partial
        For ``set_covering``: rows that no allowed site reaches may stay uncovered.
    gap
        Relative gap up to which the plan may call itself optimal.
    search
        Arguments that only steer a search (``time_limit_s``, ``seed``, ...): a call's own arguments can be passed on
        whole, and these change nothing about what is sound.

    Returns
    -------
    list of Violation
        In a fixed order: shape, assignment, stations, network, objective, proof.

    Raises
    ------
    BadInput
        The inputs themselves cannot be used. A faulty *plan* never raises.

    Examples
    --------
    >>> from ipps_geo.siting import plan_workstations
    >>> reach = Reach.from_points([[0, 0], [1, 0], [2, 0]], [[1, 0]], 1)
    >>> plan = plan_workstations(reach, [1, 1, 0], n_sites=1, min_roster=2)
    >>> verify_plan(plan, reach, [1, 1, 0], n_sites=1, min_roster=2)
    []
    >>> [v.code for v in verify_plan(plan, reach, [1, 0, 0], n_sites=1, min_roster=2)]
    ['need_share_too_low']
    """
    if unknown := set(search) - SEARCH_ARGUMENTS:
        raise BadInput("siting.unknown_argument", where=sorted(unknown)[0])
    costs = ReachCosts(reach) if isinstance(reach, Reach) else DenseCosts(reach)
    n, m = costs.shape
    case = _Case(plan, costs, n, m, _numbers(weights, n, 1.0, "weights"))
    if plan.status not in ("optimal", "feasible", "infeasible", "no_solution"):
        case.note("status_unknown", str(plan.status), "optimal, feasible, infeasible or no_solution")
        return case.found
    if not plan.stop_reason:
        case.note("stop_reason_missing", "", "why the search ended")
    if not _shapes_hold(case):
        return case.found
    if plan.status in ("infeasible", "no_solution"):
        _check_empty(case)
        return case.found
    existing = _mask(existing_sites, m, "existing_sites")
    required, forbidden = _mask(required_sites, m, "required_sites"), _mask(forbidden_sites, m, "forbidden_sites")
    _check_assignment(case)
    if model == "workstations":
        rosters = _earlier_rosters(existing_sites, existing_rosters, m)
        members = _check_rosters(case, _needs(needs, n), min_roster, need_share, rosters)
        _check_capacity(case, capacity, members)
        # An existing station that holds already may take in nobody and then is not listed.
        required = required & ~existing
    elif capacity is not None:
        assigned = plan.assignment >= 0
        load = np.bincount(plan.assignment[assigned], weights=case.weights[assigned], minlength=m)
        _check_capacity(case, capacity, load)
    _check_network(case, required, forbidden, existing, n_sites, site_costs, budget)
    _check_units(case, existing, site_units, min_per_unit)
    if model != "workstations":
        _check_service(case, model, forbidden, partial, capacity)
    counted, minimise = _recount(case, model, objective, existing, demand_units, target)
    _check_proof(case, counted, minimise, gap)
    return case.found


# ---------------------------------------------------------------------- inputs
def _numbers(values: ArrayLike | None, length: int, default: float, where: str) -> Floats:
    array = np.full(length, default) if values is None else np.asarray(values, dtype=np.float64)
    if array.ndim == 0:
        array = np.full(length, float(array))
    if array.shape != (length,) or np.isnan(array).any():
        raise BadInput("siting.site_numbers_missing", where=where, length=length)
    return array


def _needs(needs: ArrayLike | None, n: int) -> Longs:
    if needs is None:
        raise BadInput("siting.needs_missing", where="needs")
    array = np.asarray(needs)
    if array.shape != (n,):
        raise BadInput("siting.wrong_shape", where="needs", length=n, shape=array.shape)
    return array.astype(np.int64)


def _mask(positions: ArrayLike, m: int, where: str) -> NDArray[np.bool_]:
    chosen = np.asarray(positions)
    mask = np.zeros(m, dtype=bool)
    if chosen.size:
        if chosen.dtype == bool and chosen.shape == (m,):
            return chosen
        if chosen.dtype.kind not in "iu" or chosen.min() < 0 or chosen.max() >= m:
            raise BadInput("siting.position_out_of_range", where=where, last=m - 1)
        mask[chosen] = True
    return mask


def _earlier_rosters(existing_sites: ArrayLike, existing_rosters: ArrayLike | None, m: int) -> Longs:
    rosters = np.zeros((m, 2), dtype=np.int64)
    positions = np.asarray(existing_sites)
    if positions.size and existing_rosters is not None:
        rosters[positions] = np.asarray(existing_rosters)
    return rosters


# ---------------------------------------------------------------------- shape
def _shapes_hold(case: _Case) -> bool:
    """Note everything wrong with the arrays themselves; False when they cannot be read any further."""
    sites, assignment = np.asarray(case.plan.open_sites), np.asarray(case.plan.assignment)
    before = len(case.found)
    if sites.ndim != 1 or (sites.size and sites.dtype.kind not in "iu"):
        case.note("open_sites_malformed", f"{sites.dtype} {sites.shape}", "whole numbers, one dimension")
    elif sites.size:
        for site in sites[(sites < 0) | (sites >= case.m)]:
            case.note("open_site_out_of_range", int(site), case.m - 1, site=int(site))
        for place in np.flatnonzero(np.diff(sites.astype(np.int64)) <= 0):
            case.note("open_sites_not_sorted", int(sites[place + 1]), int(sites[place]) + 1, site=int(sites[place + 1]))
    if assignment.shape != (case.n,) or (assignment.size and assignment.dtype.kind not in "iu"):
        case.note("assignment_malformed", f"{assignment.dtype} {assignment.shape}", f"whole numbers, ({case.n},)")
    else:
        for row in np.flatnonzero((assignment < -1) | (assignment >= case.m)):
            case.note("assignment_out_of_range", int(assignment[row]), case.m - 1, demand=int(row))
    return len(case.found) == before


def _check_empty(case: _Case) -> None:
    plan = case.plan
    n_open, n_assigned = len(plan.open_sites), int((plan.assignment >= 0).sum())
    if n_open or n_assigned or not math.isnan(plan.objective):
        case.note("plan_without_solution", n_open + n_assigned, 0)


# ---------------------------------------------------------------------- stations
def _check_assignment(case: _Case) -> None:
    plan = case.plan
    rows = np.flatnonzero(plan.assignment >= 0)
    sites = plan.assignment[rows].astype(np.int64)
    opened = np.zeros(case.m, dtype=bool)
    opened[plan.open_sites] = True
    for place in np.flatnonzero(~opened[sites]):
        case.note("site_not_open", "closed", "open", site=int(sites[place]), demand=int(rows[place]))
    costs, limit = case.costs.of(rows, sites), case.costs.limit
    for place in np.flatnonzero(~np.isfinite(costs)):
        measured = case.costs.plain(int(rows[place]), int(sites[place]))
        case.note("out_of_reach", measured, limit, site=int(sites[place]), demand=int(rows[place]))


def _check_rosters(case: _Case, needs: Longs, min_roster: int, need_share: tuple[int, int], earlier: Longs) -> Longs:
    """Minimum and share of every open station, old members included; returns the members per site."""
    assignment = case.plan.assignment
    members, with_need = earlier[:, 0].copy(), earlier[:, 1].copy()
    np.add.at(members, assignment[assignment >= 0], 1)
    np.add.at(with_need, assignment[(assignment >= 0) & (needs == 1)], 1)
    num, den = int(need_share[0]), int(need_share[1])
    for site in case.plan.open_sites.tolist():
        n, k = int(members[site]), int(with_need[site])
        if n < min_roster:
            case.note("roster_too_small", n, min_roster, site=site)
        if den * k < num * n:
            case.note("need_share_too_low", k, -(-num * n // den), site=site)
    return members


def _check_capacity(case: _Case, capacity: ArrayLike | None, load: Floats | Longs) -> None:
    limit = _numbers(capacity, case.m, math.inf, "capacity")
    for site in case.plan.open_sites.tolist():
        if load[site] > limit[site] * (1 + _RELATIVE):
            case.note("over_capacity", float(load[site]), float(limit[site]), site=site)


# ---------------------------------------------------------------------- network
def _check_network(
    case: _Case,
    required: NDArray[np.bool_],
    forbidden: NDArray[np.bool_],
    existing: NDArray[np.bool_],
    n_sites: int | None,
    site_costs: ArrayLike | None,
    budget: float | None,
) -> None:
    opened = np.zeros(case.m, dtype=bool)
    opened[case.plan.open_sites] = True
    new = opened & ~existing
    if n_sites is not None and new.sum() > n_sites:
        case.note("too_many_sites", int(new.sum()), int(n_sites))
    if budget is not None:
        spent = math.fsum(_numbers(site_costs, case.m, 0.0, "site_costs")[new].tolist())
        if spent > budget + _RELATIVE * max(1.0, abs(budget)):
            case.note("over_budget", spent, float(budget))
    for site in np.flatnonzero(required & ~opened).tolist():
        case.note("required_site_closed", "closed", "open", site=site)
    for site in np.flatnonzero(forbidden & opened).tolist():
        case.note("forbidden_site_open", "open", "closed", site=site)


def _check_units(
    case: _Case, existing: NDArray[np.bool_], site_units: ArrayLike | None, wanted: int | Mapping[Any, int] | None
) -> None:
    if wanted is None:
        return
    if site_units is None:
        raise BadInput("siting.units_missing", where="site_units")
    units = np.asarray(site_units).tolist()
    least = dict(wanted) if isinstance(wanted, Mapping) else dict.fromkeys(units, int(wanted))
    stations = set(case.plan.open_sites.tolist()) | set(np.flatnonzero(existing).tolist())
    for unit in sorted(least, key=str):
        have = sum(units[site] == unit for site in stations)
        if have < least[unit]:
            case.note("unit_short_of_sites", f"{unit}: {have}", least[unit])


def _check_service(
    case: _Case, model: Model, forbidden: NDArray[np.bool_], partial: bool, capacity: ArrayLike | None
) -> None:
    """Of the classic models: who had to be served, and by the nearest site."""
    assignment = case.plan.assignment
    nearest = case.costs.nearest(case.plan.open_sites)
    unserved = assignment < 0
    if model in ("maximal_covering", "set_covering"):
        for row in np.flatnonzero(unserved & np.isfinite(nearest)):
            case.note("covered_not_assigned", "unassigned", "assigned", demand=int(row))
    if model == "set_covering":
        must = np.ones(case.n, dtype=bool)
        if partial:
            must = np.isfinite(case.costs.nearest(np.flatnonzero(~forbidden)))
        for row in np.flatnonzero(must & ~np.isfinite(nearest)):
            case.note("demand_not_served", 0, 1, demand=int(row))
    if model in ("p_median", "p_center"):
        for row in np.flatnonzero(unserved & (case.weights > 0)):
            case.note("demand_not_served", 0, 1, demand=int(row))
    if model == "p_median" and capacity is None:
        rows = np.flatnonzero(~unserved & (case.weights > 0))
        cost = case.costs.of(rows, assignment[rows].astype(np.int64))
        for place in np.flatnonzero(cost > nearest[rows] * (1 + _RELATIVE) + 1e-9):
            far = int(rows[place])
            case.note("not_nearest", float(cost[place]), float(nearest[far]), site=int(assignment[far]), demand=far)


# ---------------------------------------------------------------------- objective and proof
def _recount(
    case: _Case,
    model: Model,
    objective: Objective,
    existing: NDArray[np.bool_],
    demand_units: ArrayLike | None,
    target: float | None,
) -> tuple[float, bool]:
    """The objective as counted from the assignment, and whether it is minimised."""
    assignment = case.plan.assignment
    served = assignment >= 0
    weight = math.fsum(case.weights[served].tolist())
    if model in ("p_median", "p_center"):
        rows = np.flatnonzero(served & (case.weights > 0))
        cost = case.costs.of(rows, assignment[rows].astype(np.int64))
        weighted = case.weights[rows] * cost
        if model == "p_center":
            return float(weighted.max(initial=0.0)), True
        return math.fsum(weighted.tolist()), True
    if model == "set_covering":
        return float(len(case.plan.open_sites)), True
    if model == "maximal_covering" or objective == "covered":
        return weight, False
    if objective == "fewest_sites":
        if target is None:
            raise BadInput("siting.target_missing", where="target")
        if weight < target - _RELATIVE * max(1.0, target):
            case.note("target_missed", weight, float(target))
        return float((~existing[case.plan.open_sites]).sum()), True
    if demand_units is None:
        raise BadInput("siting.demand_units_missing", where="demand_units")
    units = np.asarray(demand_units).tolist()
    shares = []
    for unit in dict.fromkeys(units):
        here = np.array([other == unit for other in units], dtype=bool)
        total = math.fsum(case.weights[here].tolist())
        if total > 0:
            shares.append(math.fsum(case.weights[here & served].tolist()) / total)
    return (min(shares) if shares else 0.0), False


def _check_proof(case: _Case, counted: float, minimise: bool, gap: float) -> None:
    plan = case.plan
    slack = _RELATIVE * max(1.0, abs(counted))
    if not abs(plan.objective - counted) <= slack:
        case.note("objective_differs", float(plan.objective), counted)
    beyond = plan.bound - counted if minimise else counted - plan.bound
    if math.isnan(plan.bound) or beyond > slack:
        case.note("bound_impossible", float(plan.bound), counted)
        return
    real = abs(plan.bound - counted) / max(1e-12, abs(counted))
    if math.isnan(plan.gap) or (math.isfinite(real) and abs(plan.gap - real) > 1e-6 * max(1.0, real)):
        case.note("gap_differs", float(plan.gap), real)
    if plan.status == "optimal" and not abs(plan.bound - counted) <= gap * abs(counted) + slack:
        case.note("optimal_without_proof", real, gap)
