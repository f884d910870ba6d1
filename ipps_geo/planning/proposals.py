"""Plan new workstations: from a workspace to a plan that the independent checker has passed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo import logbook
from ipps_geo.compliance import audit as audit_network
from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput, Stopped, UnsoundPlan
from ipps_geo.planning.access_choices import AccessChoices, united, weight_table
from ipps_geo.planning.areas import reach_areas
from ipps_geo.planning.before_after import coverage_after, coverage_before, near_before
from ipps_geo.planning.choices import alternatives_table, frontier_table, robustness_table
from ipps_geo.planning.closing import check_closing, closable_stations, closures_table, settle_closing
from ipps_geo.planning.decaying import check_decay, gross, refuse_beyond_reach
from ipps_geo.planning.enlarging import (
    check_enlarged,
    check_staff,
    earlier_rosters,
    enlarged_table,
    findings_of,
    judged_again,
    not_enlarged_table,
)
from ipps_geo.planning.front import check_front, front_table, second_wish
from ipps_geo.planning.instance import SitingInstance, siting_instance
from ipps_geo.planning.limits import assumed_staff, capacities, site_costs
from ipps_geo.planning.refusals import why_nothing_opens
from ipps_geo.planning.solving import Choices, solve
from ipps_geo.planning.stages import check_linked, scenarios_table, years_table
from ipps_geo.planning.tables import (
    additions_table,
    annex_table,
    checked_stations,
    checked_tables,
    closed_table,
    keys_in_unit,
    proposal_table,
    uncovered_table,
)
from ipps_geo.planning.unit_shares import unit_shares_table
from ipps_geo.planning.wishes import check_wishes, floor_table, not_examined, under_wishes, unit_codes, wishes_of
from ipps_geo.results import PlanResult
from ipps_geo.results.provenance import provenance
from ipps_geo.siting import verify_plan
from ipps_geo.siting.verify_tables import verify_proposals
from ipps_geo.workspace.activity import day_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.executors import Workforce
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.planning.travel import Travel
    from ipps_geo.policy import Policy
    from ipps_geo.siting import Milestone, SitePlan
    from ipps_geo.siting.violations import Violation
    from ipps_geo.workspace import Workspace


def plan(
    workspace: Workspace,
    policy: Policy,
    parameters: PlanParameters,
    *,
    on: dt.date | None = None,
    travel: Travel | None = None,
    choices: AccessChoices | None = None,
    start: Sequence[str] = (),
    progress: Callable[[Milestone], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    workforce: Workforce | None = None,
) -> PlanResult:
    """Propose new workstations whose rosters satisfy Art. 7(2), prove how good the plan is, and check it again.

    Parameters
    ----------
    on
        The day whose network, rosters and lists count; the data date when not given.
    travel
        Replaces the straight line of the parameters by travel along streets or by public transport.
    choices
        Weights of the enterprises, which the objective then adds up, and further limits for the coverage.
    start
        Carriers of a plan made by hand, from which the search starts: the plan is at least as good where that one
        keeps to the parameters.
    progress, should_stop
        Called with each milestone of the search; asked about twenty times a second whether to stop.
    workforce
        Who does the points of the frontier, the alternatives and the variations of the robustness table; this process's
        child when not given. The plan does not depend on it.

    Raises
    ------
    BadInput
        A parameter or a table that cannot be used.
    NotSolved
        No station can open, the required stations cannot hold, or no plan was found in time; the message names the
        best candidates and what they lack.
    Stopped
        ``should_stop`` asked to stop before there was a plan.
    UnsoundPlan
        The independent checker refused the plan: it is not returned.
    """
    day = day_of(workspace, on)
    travel = travel or parameters.travel
    xy = metric_xy(workspace.enterprises, workspace.region.metric_crs)
    travel.refuse_elsewhere(xy)
    refuse_beyond_reach(parameters, travel)
    parameters, access = united(parameters, choices or AccessChoices())
    findings = audit_network(workspace, policy, on=day)
    instance = siting_instance(workspace, policy, parameters, day, travel, findings)
    request = siting_request(instance, policy, parameters, day)
    access.weighed(instance.population)  # whoever has no weight is asked about before the search
    weight = access.weighed(instance.demand)
    if weight is not None:
        request["weights"] = weight
    if start:
        request["start_sites"] = _positions(instance, start)
    before = coverage_before(workspace, policy, travel, day, instance, access)
    second = second_wish(instance, parameters, workspace, travel, before)
    extras = Choices(
        parameters.frontier,
        parameters.alternatives,
        parameters.robustness,
        second,
        parameters.front_points,
        parameters if parameters.years or parameters.robust else None,
    )
    wishes = wishes_of(instance, parameters, workspace)
    closable = closable_stations(instance, parameters, access)
    solved = solve(request, extras, parameters.time_limit_s, progress, should_stop, wishes, closable, workforce)
    site_plan, closing, as_it_is, left = solved.plan, solved.closing, instance, workspace
    if site_plan.status == "no_solution" and site_plan.stop_reason == "cancelled":
        raise Stopped("solve.stopped")
    if site_plan.status in ("infeasible", "no_solution") or len(site_plan.open_sites) == 0:
        raise why_nothing_opens(instance, request, site_plan)
    if closing is not None:  # from here on the network is the one without the stations that close
        settled = settle_closing(closing, instance, request, parameters, workspace, policy, day)
        instance, request, site_plan, left = settled
    annex, additions = annex_table(instance, site_plan), additions_table(instance, site_plan)
    rosters_only = closing is not None or bool(parameters.decay)
    plain = gross(site_plan, request.get("weights")) if rosters_only else site_plan
    violations = tuple(check(instance, request, plain, annex, additions, left, policy, parameters, day))
    violations += tuple(check_closing(closing, annex, additions, workspace, left, policy, parameters, access, day))
    after = judged_again(left, policy, additions, day) if len(additions) else findings
    added = additions["site_id"].value_counts().to_dict()
    violations += tuple(check_enlarged(findings, after, added, parameters.members_per_staff))
    violations += tuple(check_staff(annex, left, policy, parameters, day))
    afterwards = coverage_after(left, policy, travel, day, instance, access, site_plan)
    units = unit_codes(parameters, workspace)
    floor = floor_table(parameters, before, afterwards, solved.ruled, units)
    if solved.ruled is not None:
        violations += tuple(check_wishes(annex, floor, solved.ruled, workspace, parameters))
    if parameters.decay:
        listed = pd.concat([annex, additions], ignore_index=True)
        violations += tuple(check_decay(listed, site_plan, instance, workspace, parameters, access))
    violations += tuple(check_front(solved.front, instance, request, parameters, workspace, travel, before))
    violations += tuple(check_linked(solved.years, instance, nested=True))
    violations += tuple(check_linked(solved.scenarios, instance, nested=False))
    if violations:
        number = logbook.record("\n".join(map(str, violations)), doing="plan: the checker refused it")
        raise UnsoundPlan("plan.unsound", where="plan", n=len(violations), first=violations[0], number=number)
    proposals = proposal_table(instance, site_plan, request, solved.order, solved.opened)
    nearest = before.nearest
    within_limit = None if nearest is None else nearest <= travel.limit
    closed = closed_table(instance, site_plan, request, solved.closed)
    if wishes is not None:
        under_wishes(closed, instance, wishes, site_plan.open_sites)
    if closing is not None:
        not_examined(closed, np.full(len(closed), "wishes", dtype=object))
    uncovered = uncovered_table(instance, site_plan, request, within_limit, solved.uncovered)
    return PlanResult(
        # Within the gap that was asked for is not proven to be the best.
        status="feasible" if site_plan.stop_reason == "gap" else site_plan.status,
        stop_reason=site_plan.stop_reason,
        objective=site_plan.objective,
        bound=site_plan.bound,
        # Relative to nothing there is no gap: a worst unit that stays at 0 % is not "a billion per cent" short.
        gap=float("nan") if site_plan.gap > 0 and abs(site_plan.objective) < 1e-6 else site_plan.gap,
        seconds=site_plan.seconds,
        proposals=proposals,
        annex=annex,
        closed_sites=closed,
        uncovered=uncovered,
        candidates_kept_out=instance.kept_out,
        findings=findings,
        coverage_before=before,
        coverage_after=replace(afterwards, areas=reach_areas(proposals, travel, workspace.region)),
        violations=violations,
        provenance=provenance(
            workspace,
            policy,
            day,
            _stated(parameters, travel, xy)
            | assumed_staff(instance, policy, parameters, day)
            | access.describe(instance.demand)
            | {"census": instance.census},
        ),
        enlarged=enlarged_table(instance, site_plan, request) if parameters.enlarge else None,
        additions=additions if parameters.enlarge else None,
        not_enlarged=not_enlarged_table(instance, site_plan) if parameters.enlarge else None,
        enlarged_findings=findings_of(additions["site_id"], after),
        near_existing=near_before(within_limit, annex),
        floor=floor,
        balance=None if site_plan.balance is None else dataclasses.asdict(site_plan.balance),
        unit_shares=unit_shares_table(instance, request, site_plan, uncovered),
        weighting=weight_table(access, instance.demand, site_plan.assignment >= 0),
        front=front_table(instance, solved.front, parameters, travel),
        closures=closures_table(closing, as_it_is, instance, site_plan, parameters),
        years=years_table(instance, solved.years),
        scenarios=scenarios_table(instance, solved.scenarios, solved.of_plan),
        frontier=frontier_table(instance, solved.frontier),
        alternatives=alternatives_table(instance, solved.alternatives),
        robustness=robustness_table(instance, solved.robustness),
        history=pd.DataFrame(
            [(m.seconds, m.objective, m.bound, m.phase) for m in site_plan.history],
            columns=["seconds", "objective", "bound", "phase"],
        ),
    )


def _positions(instance: SitingInstance, site_ids: Sequence[str]) -> NDArray[np.int32]:
    """Return the positions of candidates by id; one that is none is an error that names it."""
    position = {site: place for place, site in enumerate(instance.candidates["carrier_id"])}
    unknown = sorted(set(site_ids) - set(position))
    if unknown:
        raise BadInput("plan.no_carrier", where="start", carriers=", ".join(unknown))
    return np.array(sorted(position[site] for site in set(site_ids)), dtype=np.int32)


def _stated(parameters: PlanParameters, travel: Travel, enterprises_xy: NDArray[np.float64]) -> dict[str, Any]:
    """Return the planner's choices; a reach in a straight line is none where streets or lines decide."""
    straight = ("reach_km", "detour_factor")
    stated = parameters.to_dict()
    if travel.network is not None:
        stated = {name: value for name, value in stated.items() if name not in straight}
    return stated | travel.describe() | travel.met(enterprises_xy)


def siting_request(
    instance: SitingInstance, policy: Policy, parameters: PlanParameters, on: dt.date, everybody: int | None = None
) -> dict[str, Any]:
    """Return the arguments of ``plan_workstations``: the policy's numbers and the planner's choices by position.

    ``everybody``: how many may be served in all, where the demand of the instance is not the whole one.
    """
    position = {site: place for place, site in enumerate(instance.candidates["carrier_id"])}
    request: dict[str, Any] = {
        "reach": instance.reach,
        "needs": instance.needs,
        "n_sites": parameters.stations,
        "min_roster": policy.integer("station_enterprises", on),
        "need_share": policy.share("station_need_share", on),
        "required_sites": np.array([position[site] for site in parameters.required_sites], dtype=np.int32),
        "objective": parameters.objective,
        "then_least_distance": parameters.least_distance,
        "then_balanced": parameters.balance,
        "gap": parameters.gap,
        "seed": parameters.seed,
    }
    if parameters.objective == "fewest_sites":
        request["target"] = parameters.target
    if parameters.objective == "worst_unit":
        request["demand_units"] = instance.demand["unit"].fillna("").to_numpy(dtype=str)
    there = len(instance.existing)
    if there:
        request["existing_sites"] = np.arange(len(position), len(position) + there, dtype=np.int32)
        request["existing_rosters"] = instance.existing[["members", "with_need"]].to_numpy(np.int64)
    if parameters.min_per_unit:
        # What a planner asks a unit for is new stations: those that are there stand in no unit that asks for any.
        units = instance.candidates["unit"].fillna("").to_numpy(dtype=str)
        request["site_units"] = np.append(units, np.full(there, "", dtype=units.dtype))
        request["min_per_unit"] = dict(parameters.min_per_unit)
    if parameters.budget is not None:
        request["site_costs"] = site_costs(instance)
        request["budget"] = parameters.budget
    limits = capacities(instance, parameters, everybody)
    if limits is not None:
        request["capacity"] = limits
    return request


def check(
    instance: SitingInstance,
    request: dict[str, Any],
    site_plan: SitePlan,
    annex: pd.DataFrame,
    additions: pd.DataFrame,
    workspace: Workspace,
    policy: Policy,
    parameters: PlanParameters,
    on: dt.date,
) -> list[Violation]:
    """Return what two independent checkers find: one on the arrays of the plan, one on the tables to be printed.

    What existing stations take in is checked like a roster, together with the members that they have; the rules judge
    those rosters once more in :func:`ipps_geo.planning.enlarging.check_enlarged`.
    """
    only_steers = ("then_least_distance", "then_balanced", "seed")
    asked = {name: value for name, value in request.items() if name not in only_steers}
    reach, needs = asked.pop("reach"), asked.pop("needs")
    found = verify_plan(site_plan, reach, needs, **asked)
    demand, sites = checked_tables(workspace, policy, on)
    straight = reach.method == "straight_line"
    pairs = reach.pairs.tocoo() if not straight else None
    names, first = instance.site_names, len(instance.candidates)
    held = set(demand.loc[~demand["free"], "entity_key"])
    keys = keys_in_unit(workspace, policy, demand, on)
    for rows, places, taken, new in (
        (annex, sites, held, True),
        (additions, checked_stations(workspace), held | set(annex["entity_key"]), False),
    ):
        of_kind = np.arange(len(names)) < first if new else np.arange(len(names)) >= first
        opened = site_plan.open_sites[of_kind[site_plan.open_sites]]
        found += verify_proposals(
            rows,
            demand,
            places,
            active_keys=taken,
            limit_m=parameters.limit_m if straight else None,
            reached=None if pairs is None else _reached(instance, pairs, of_kind),
            key_in_unit=keys,
            proposals=set(names[opened]),
            min_roster=request["min_roster"],
            need_share=request["need_share"],
            capacity=None
            if "capacity" not in request
            else dict(zip(names[of_kind], request["capacity"][of_kind].tolist(), strict=True)),
            earlier={} if new else earlier_rosters(instance),
        )
    return found


def _reached(instance: SitingInstance, pairs: Any, of_kind: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the pairs within reach of the sites of one kind, by ids."""
    here = of_kind[pairs.col]
    return pd.DataFrame(
        {
            "site_id": instance.site_names[pairs.col[here]],
            "entity_key": instance.demand["entity_key"].to_numpy()[pairs.row[here]],
        }
    )
