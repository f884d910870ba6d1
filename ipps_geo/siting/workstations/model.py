"""plan_workstations: the policy model, from a reach and needs to a plan whose every station satisfies the Measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput, Message
from ipps_geo.reach import Reach
from ipps_geo.siting.search.checks import (
    real_number,
    relative_gap_allowed,
    site_positions,
    whole_number,
)
from ipps_geo.siting.search.plan import Milestone, SitePlan, why_stopped
from ipps_geo.siting.search.watch import OutOfTime, Watch, search_watch, without_plan
from ipps_geo.siting.workstations import fewest_stations, pipeline, worst_unit
from ipps_geo.siting.workstations.assignment import Rosters, assigned_rows
from ipps_geo.siting.workstations.balance import balanced
from ipps_geo.siting.workstations.compiling import compile_kernels
from ipps_geo.siting.workstations.incumbent import Incumbent
from ipps_geo.siting.workstations.least_distance import reassigned
from ipps_geo.siting.workstations.program import StationProgram, starting_set
from ipps_geo.siting.workstations.request import Infeasible, StationRequest, scaled, station_request, weight_unit

Ints = NDArray[np.int32]

Objective = Literal["covered", "fewest_sites", "worst_unit"]


def plan_workstations(
    reach: Reach,
    needs: ArrayLike,
    n_sites: int | None = None,
    weights: ArrayLike | None = None,
    min_roster: int = 50,
    need_share: tuple[int, int] = (3, 5),
    capacity: ArrayLike | None = None,
    site_costs: ArrayLike | None = None,
    budget: float | None = None,
    required_sites: ArrayLike = (),
    site_units: ArrayLike | None = None,
    min_per_unit: int | Mapping[Any, int] | None = None,
    time_limit_s: float = 60.0,
    gap: float = 1e-4,
    seed: int = 0,
    threads: int = 1,
    *,
    forbidden_sites: ArrayLike = (),
    existing_sites: ArrayLike = (),
    existing_rosters: ArrayLike | None = None,
    demand_units: ArrayLike | None = None,
    objective: Objective = "covered",
    target: float | None = None,
    then_least_distance: bool = False,
    then_balanced: bool = False,
    start_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Callable[[Milestone], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> SitePlan:
    """Choose stations and their exclusive rosters so that most enterprises are served.

    Every station in the plan has at least ``min_roster`` enterprises within reach, ``den * k >= num * n`` of them with
    an explicit need, and shares none with another station. The demand given is what may be served: enterprises in a
    key industry and on no active roster.

    Parameters
    ----------
    reach
        Which site reaches which enterprise, eligibility included.
    needs
        1 explicit need, 0 none, -1 unknown (counted as none), shape (n_demand,).
    n_sites
        Most new stations. Needed unless there is a budget or the fewest are asked for.
    weights
        Worth of each enterprise in the objective, >= 0; rosters and shares count heads all the same.
    min_roster, need_share
        Smallest roster, and the need share as two whole numbers (num, den).
    capacity
        Largest roster, one number or one per site.
    site_costs, budget
        Cost of each new station and what they may cost together.
    required_sites, forbidden_sites
        Positions that must, or may not, have a station.
    existing_sites, existing_rosters
        Stations that may take in more: positions, and (members, with need) of each. They neither count towards
        ``n_sites`` nor cost anything. Minimum, share and capacity are judged on old and new members together; one that
        takes in nobody stays as it is and is not in ``open_sites``.
    site_units, min_per_unit
        Unit of each site, and the least number of stations in every unit (one number, or by unit).
    demand_units
        Unit of each enterprise, for ``worst_unit``.
    objective
        ``covered``: the weight served. ``fewest_sites``: the number of new stations that serve ``target``.
        ``worst_unit``: the served share of the worst demand unit, then that of the next worst, and so on: where there
        are too few stations for every unit, the fewest stay without. ``proven_units`` tells how far that is proven.
    target
        Weight to be served, for ``fewest_sites``.
    then_least_distance
        Afterwards reassign at the same objective on the same stations so that costs of reach add up to the least.
    then_balanced
        Afterwards move the served from one new station to another so that their rosters are even; goes without
        ``then_least_distance``. ``balance`` tells how even they are.
    start_sites
        Positions of a set known to be good, existing stations aside: the plan is at least as good where the set is
        allowed.
    time_limit_s, work_limit
        Wall time, and steps of search: a work limit stops at the same plan on every machine. No clock runs while the
        first call in a process compiles or loads kernels.
    gap
        Relative gap at which a plan counts as optimal. Weights that are whole in some unit, however mixed in size, are
        told apart to that unit; others (with a gap of 0) to a billionth of the objective.
    seed, threads
        Seed of the local search's kicks; threads that scan points and sites. The plan depends on the seed only, unless
        the clock stops the search.
    progress, should_stop
        Called with each :class:`~ipps_geo.siting.Milestone`, and asked whether to stop.

    Returns
    -------
    SitePlan
        ``infeasible`` with the violated constraint in ``stop_reason`` when no plan can exist. Without demand, sites
        or viable stations the plan is empty and optimal.

    Raises
    ------
    BadInput
        An argument that cannot be used.
    """
    compile_kernels()  # no clock runs yet
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap, seed, threads = relative_gap_allowed(gap), whole_number(seed, "seed"), whole_number(threads, "threads", 1)
    request = station_request(
        reach, needs, n_sites=n_sites, weights=weights, min_roster=min_roster, need_share=need_share,
        capacity=capacity, site_costs=site_costs, budget=budget, required_sites=required_sites,
        forbidden_sites=forbidden_sites, existing_sites=existing_sites, existing_rosters=existing_rosters,
        site_units=site_units, min_per_unit=min_per_unit, demand_units=demand_units,
    )  # fmt: skip
    _check_objective(objective, target, n_sites, budget, demand_units)
    if then_balanced and then_least_distance:
        raise BadInput("siting.balanced_and_least_distance", where="then_balanced")
    watch.weight_unit = weight_unit(request.weights)
    request = replace(request, weights=scaled(request.weights, watch.weight_unit))
    proven_units = 0
    try:
        program = request.program(threads, watch.check)
        watch.check()
        incumbent = Incumbent(program, watch, gap=gap)
        start = starting_set(program, site_positions(start_sites, reach.n_sites, "start_sites"))
        if objective == "fewest_sites":
            achieved, bound = fewest_stations.solve(
                program, incumbent, watch, float(target or 0.0) / watch.weight_unit, seed, start
            )
        elif objective == "worst_unit":
            totals = np.zeros(len(request.demand_unit_names))
            np.add.at(totals, request.demand_unit, request.weights)
            achieved, bound, proven_units = worst_unit.solve(program, incumbent, watch, totals, gap, seed, start)
        else:
            search = pipeline.solve(program, incumbent, watch, gap, seed, start)
            achieved, bound = incumbent.objective, search.bound
    except OutOfTime:
        return without_plan(SitePlan, reach.n_demand, watch)
    except Infeasible as reason:
        return without_plan(SitePlan, reach.n_demand, watch, reason.why)
    if incumbent.rosters is None:
        why = Message("siting.infeasible.together") if bound == -np.inf else None
        return without_plan(SitePlan, reach.n_demand, watch, why)
    plan = _plan(
        request,
        program,
        incumbent,
        incumbent.rosters,
        watch,
        achieved,
        bound,
        gap,
        then_least_distance,
        then_balanced,
        objective == "covered",
    )
    return replace(plan, proven_units=proven_units)


def _check_objective(
    objective: str, target: float | None, n_sites: int | None, budget: float | None, demand_units: ArrayLike | None
) -> None:
    if objective not in ("covered", "fewest_sites", "worst_unit"):
        raise BadInput("siting.unknown_objective", where="objective", objective=objective)
    if (target is not None) != (objective == "fewest_sites"):
        raise BadInput("siting.target_alone", where="target")
    if target is not None and real_number(target, "target") < 0:
        raise BadInput("siting.target_negative", where="target")
    if (demand_units is not None) != (objective == "worst_unit"):
        raise BadInput("siting.demand_units_alone", where="demand_units")
    if objective != "fewest_sites" and n_sites is None and budget is None:
        raise BadInput("siting.no_number_of_stations", where="n_sites")


def _plan(
    request: StationRequest,
    program: StationProgram,
    incumbent: Incumbent,
    rosters: Rosters,
    watch: Watch,
    objective: float,
    bound: float,
    gap: float,
    then_least_distance: bool,
    then_balanced: bool,
    measured_in_weight: bool,
) -> SitePlan:
    assignment = assigned_rows(program, incumbent.sites, rosters)
    kept = rosters.open.copy()
    served = np.bincount(assignment[assignment >= 0], minlength=request.reach.n_sites)
    empty = served[program.site_ids[incumbent.sites]] == 0
    optional = ~program.required[incumbent.sites]
    if not program.unit_min.any():
        kept &= ~(empty & optional)
    kept &= ~(empty & ~program.counted[incumbent.sites])
    open_sites = np.sort(program.site_ids[incumbent.sites[kept]]).astype(np.int32)
    if then_least_distance:
        assignment = reassigned(request, open_sites, assignment, watch)
    balance = None
    if then_balanced:
        assignment, balance = balanced(request, open_sites, assignment, watch)
    if abs(bound - objective) <= 1e-9:  # nothing but rounding
        bound = objective
    distance = abs(bound - objective)
    unit = watch.weight_unit if measured_in_weight else 1.0
    proven = distance <= gap * abs(objective)
    return SitePlan(
        status="optimal" if proven else "feasible",
        stop_reason=why_stopped(objective, bound, gap, watch.reason),
        objective=objective * unit,
        bound=bound * unit,
        gap=distance / max(1e-12, abs(objective)),
        open_sites=open_sites,
        assignment=assignment,
        seconds=watch.seconds,
        history=tuple(watch.history),
        balance=balance,
    )
