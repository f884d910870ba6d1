"""Plan new workstations over partitions of enterprises: map, reduce, solve by components, write, count again.

The steps, each handed out to whoever does the work (:mod:`ipps_geo.executors`):

1. ``count``: every partition is read, its demand grouped and tallied;
2. the tallies add up to one program, the same that a single table would give;
3. ``prices``, ``stations``: the program is solved whole where it is small, else by its components;
4. ``share``: who of a group that several sites share goes where, in the order of the entity keys of all partitions;
5. ``rosters``: every partition writes its roster rows;
6. ``check``: every partition is read again and recounted; the sums have to be what the plan claims.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo import logbook
from ipps_geo.compliance import audit as audit_network
from ipps_geo.errors import BadInput, Message, NotSolved, UnsoundPlan
from ipps_geo.executors import InProcess
from ipps_geo.files import sweep_drafts
from ipps_geo.planning.access_choices import AccessChoices, united
from ipps_geo.planning.existing import existing_stations
from ipps_geo.planning.handing import Told, Work
from ipps_geo.planning.instance import SitingInstance, candidates_of, check_names
from ipps_geo.planning.national_front import front_over_partitions
from ipps_geo.planning.national_tables import component_table, proposal_table, recounted, stated, unit_table
from ipps_geo.planning.partitions import (
    NOBODY,
    SEVERAL,
    Counted,
    Ground,
    Served,
    Share,
    count_partition,
    recount,
    rows_of_several,
    write_rosters,
)
from ipps_geo.planning.proposals import siting_request
from ipps_geo.reach import Reach
from ipps_geo.reach.zones import zones_of
from ipps_geo.results.national import NationalPlan
from ipps_geo.results.provenance import provenance
from ipps_geo.siting.search.tallies import Merged, merge_tallies
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.compiling import compile_kernels
from ipps_geo.siting.workstations.components import Point, searched
from ipps_geo.siting.workstations.program import StationProgram
from ipps_geo.siting.workstations.request import Infeasible, policy_request, scaled, weight_unit
from ipps_geo.siting.workstations.split import SplitPlan, plan_components, plan_whole
from ipps_geo.workspace.activity import active_institutions, day_of
from ipps_geo.workspace.claims import left_out_claims
from ipps_geo.workspace.demand import roster_holders
from ipps_geo.workspace.loaded import LoadReport

if TYPE_CHECKING:
    from ipps_geo.planning.parameters import PlanParameters
    from ipps_geo.policy import Policy
    from ipps_geo.workspace.partitions import PartitionedWorkspace

WHOLE_SITES = 1_000
"""Programs with no more sites than this are solved whole, by the search of every other plan."""

SEARCH_SHARE = 0.85
"""Share of the time limit that a whole search gets: the same as in a plan of one table."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Asked:
    """What is planned on: the candidates, the request by position, the audit, and what keeps others out."""

    instance: SitingInstance
    findings: tuple[Any, ...]
    day: dt.date


def plan_partitions(
    workspace: PartitionedWorkspace,
    policy: Policy,
    parameters: PlanParameters,
    rosters: Path,
    *,
    on: dt.date | None = None,
    choices: AccessChoices | None = None,
    executor: Executor | None = None,
    whole_sites: int = WHOLE_SITES,
    work_folder: Path | None = None,
    progress: Told | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> NationalPlan:
    """Propose new workstations over all partitions, prove how good the plan is, and check it again from the raw rows.

    Parameters
    ----------
    parameters
        As of any plan. The time limit counts for the search alone; with ``math.inf`` no clock decides anything, and the
        plan is the same to the byte whoever did the work and whatever they were delayed by.
    rosters
        Folder in which the rosters are written, GeoParquet by partition; whole or absent, partition by partition.
    choices
        Weights of the enterprises, which the objective then adds up.
    executor
        Who does the work; this process when not given. On several machines partitions, ``rosters`` and
        ``work_folder`` lie in a folder that all of them see.
    whole_sites
        Programs with at most so many sites, and those with a budget, are solved whole; larger ones by components.
    work_folder
        Where tasks leave what other tasks read; beside ``rosters`` when not given, and removed at the end.
    progress
        Called with a milestone of each phase: ``count 3/16``, ``stations 120/300``.

    Raises
    ------
    BadInput
        A parameter that a plan over partitions does not have, or one that cannot be used.
    NotSolved
        No station can open, or no plan was found in time.
    Stopped
        ``should_stop`` asked to stop.
    UnsoundPlan
        The recount does not confirm the plan: its rosters are removed.
    """
    parameters, access = united(parameters, choices or AccessChoices())
    _refuse(parameters, access)
    work = Work(executor or InProcess(), progress, should_stop)
    asked = _asked(workspace, policy, parameters, on)
    with _work_folder(work_folder, rosters) as folder:
        ground = _ground(workspace, policy, parameters, asked, access, folder)
        file = ground.saved()
        parts = workspace.partitions
        counted: list[Counted] = work.hand(count_partition, [(file, part) for part in parts], "count")
        merged = merge_tallies([each.tally for each in counted], len(ground.sites))
        unlisted = _refuse_unweighed(access, counted)
        census = {name: sum(each.census[name] for each in counted) for name in counted[0].census}
        request = siting_request(asked.instance, policy, parameters, asked.day, everybody=census["demand"])
        unit = weight_unit(merged.weights, merged.weight_counts)
        program = _program(request, merged, unit, ground.sites["carrier_id"])
        split = _solved(program, parameters, work, whole_sites, unit)
        if split.status in ("infeasible", "no_solution") or not len(split.open_sites):
            raise NotSolved("partitions.nothing_opens", why=_why(split))
        whole = _search_whole if _is_whole(program, whole_sites) else None
        front = front_over_partitions(asked.instance, program, split, parameters, work, whole, unit)
        shares = _shares(work, file, parts, program, split, merged, rosters)
        served: list[Served] = work.hand(write_rosters, shares, "rosters")
        proposals = proposal_table(asked.instance, program, split, served, request)
        made = work.hand(recount, [(file, part, rosters) for part in parts], "check")
        sweep_drafts(rosters)
        violations = recounted(made, proposals, split, request, asked.instance.candidates, parameters, unit)
        if violations:
            shutil.rmtree(rosters, ignore_errors=True)
            number = logbook.record("\n".join(map(str, violations)), doing="national plan: the checker refused it")
            raise UnsoundPlan("plan.unsound", where="plan", n=len(violations), first=violations[0], number=number)
    return NationalPlan(
        status="feasible" if split.stop_reason == "gap" else split.status,
        stop_reason=split.stop_reason,
        objective=split.objective * unit,
        bound=split.bound * unit,
        gap=(split.bound - split.objective) / max(1e-12, abs(split.objective)),
        seconds=time.perf_counter() - work.started,
        proposals=proposals,
        components=component_table(program, split, unit),
        by_unit=unit_table(workspace, counted, served, proposals),
        bounds=pd.DataFrame({"stations": np.arange(len(split.bounds)), "bound": split.bounds * unit}),
        rosters=rosters,
        phases=work.table(),
        frontier=front,
        census=census,
        candidates_kept_out=asked.instance.kept_out,
        findings=asked.findings,
        violations=(),
        provenance=dataclasses.replace(
            provenance(
                workspace.network,
                policy,
                asked.day,
                stated(workspace, parameters, census, access, unlisted),
            ),
            content_hash=workspace.content_hash,
        ),
    )


# ---------------------------------------------------------------------- what is asked
def _refuse(parameters: PlanParameters, access: AccessChoices) -> None:
    """Refuse what a plan over partitions does not have: nothing that is asked for is passed over."""
    odd = {
        "objective": parameters.objective != "covered",
        "enlarge": parameters.enlarge,
        **dict.fromkeys(parameters.wishes, True),
        "limits": bool(access.limits),
        "kinds": tuple(access.kinds) != AccessChoices().kinds,
        "every_pair": access.every_pair,
        "least_distance": parameters.least_distance,
        "balance": parameters.balance,
        "alternatives": bool(parameters.alternatives),
        "robustness": parameters.robustness,
        "front": parameters.front is not None,
        "years": bool(parameters.years),
        "robust": parameters.robust is not None,
        "closable": bool(parameters.closable),
    }
    for name, given in odd.items():
        if given:
            raise BadInput("partitions.not_by_partition", where=name, name=name)


def _refuse_unweighed(access: AccessChoices, counted: Sequence[Counted]) -> int:
    """Refuse weights that name nobody or leave some out, unless these weigh something too; return how many they are."""
    unlisted, everybody = sum(each.unlisted for each in counted), sum(each.weighed for each in counted)
    if access.weights is not None:
        if unlisted == everybody and everybody:
            raise BadInput("own_table.nobody", where=str(access.weights.name))
        if unlisted and access.unlisted is None:
            raise BadInput("weight.unlisted", where=str(access.weights.name), n=unlisted)
    lacking: dict[str, int] = {}
    for each in counted:
        for value, n in each.lacking.items():
            lacking[value] = lacking.get(value, 0) + n
    if lacking and access.by is not None:
        words = {value: Message(f"weight.word.{value}") for value in sorted(lacking)}
        told = tuple(Message("weight.value", {"value": word, "n": lacking[value]}) for value, word in words.items())
        raise BadInput("weight.missing", where=access.by.column, values=told, first=words[min(lacking)])
    return unlisted


def _asked(workspace: PartitionedWorkspace, policy: Policy, parameters: PlanParameters, on: dt.date | None) -> _Asked:
    import geopandas as gpd

    network = workspace.network
    day = day_of(network, on)
    check_names(network, parameters)
    claims = left_out_claims(network, day)
    if claims.whole:
        raise BadInput("plan.rosters_not_read", where=workspace.name, parts=", ".join(claims.whole))
    findings = audit_network(network, policy, on=day)
    stations = active_institutions(network.institutions, day, "workstation")
    candidates, kept_out = candidates_of(network, policy, parameters, stations, day)
    existing, not_enlarged = existing_stations(
        stations, findings, parameters, policy.integer("station_enterprises", day)
    )
    nobody = network.enterprises.iloc[:0]
    instance = SitingInstance(
        population=nobody,
        demand=gpd.GeoDataFrame(nobody),
        candidates=candidates,
        kept_out=kept_out,
        stations=stations,
        reach=Reach(0, len(candidates), parameters.limit_m, "m", "straight_line"),
        needs=np.zeros(0, np.int8),
        census={},
        existing=existing.iloc[:0],
        not_enlarged=not_enlarged.iloc[:0],
        metric_crs=network.region.metric_crs,
    )
    return _Asked(instance, tuple(findings), day)


def _ground(
    workspace: PartitionedWorkspace,
    policy: Policy,
    parameters: PlanParameters,
    asked: _Asked,
    access: AccessChoices,
    folder: Path,
) -> Ground:
    network = workspace.network
    sites = asked.instance.candidates[["carrier_id", "unit", "geometry"]]
    lonlat = np.column_stack([sites.geometry.x.to_numpy(), sites.geometry.y.to_numpy()])
    return Ground(
        network=network.replace(
            enterprises=network.enterprises.iloc[:0], rosters=network.rosters.iloc[:0], loaded=LoadReport()
        ),
        policy=policy,
        on=asked.day,
        parameters=parameters,
        holders=roster_holders(network, asked.day),
        claimed=left_out_claims(network, asked.day).keys,
        sites=sites,
        zones=zones_of(lonlat, workspace.metric_crs),
        choices=access,
        work=folder,
    )


@contextmanager
def _work_folder(folder: Path | None, rosters: Path) -> Any:
    parent = folder or rosters.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".ipps-plan-", dir=parent) as work:
        yield Path(work)


# ---------------------------------------------------------------------- the program and its plan
def _program(request: dict[str, Any], merged: Merged, unit: float, names: pd.Series) -> StationProgram:
    given = {name: value for name, value in request.items() if name not in ("reach", "needs")}
    asked = policy_request(request["reach"], request["needs"], given)
    value = scaled(merged.value, unit, merged.groups.size)
    try:
        return asked.program_of(merged.groups, value, merged.n_need)
    except Infeasible as reason:
        told = dict(reason.why.values)
        if "site" in told:  # a model knows positions, people know ids
            told["site"] = names.iloc[told["site"]]
        raise NotSolved("partitions.nothing_opens", why=Message(reason.why.code, told)) from None


def _search_whole(task: tuple[StationProgram, float, float, int]) -> tuple[Point, str]:
    program, time_limit_s, gap, seed = task
    compile_kernels()
    watch = Watch(time_limit_s)
    return searched(program, watch, gap, seed), watch.reason


def _is_whole(program: StationProgram, whole_sites: int) -> bool:
    return bool(program.n_sites <= whole_sites or np.isfinite(program.budget))


def _solved(
    program: StationProgram, parameters: PlanParameters, work: Work, whole_sites: int, unit: float
) -> SplitPlan:
    gap, seed = parameters.gap, parameters.seed
    limit = SEARCH_SHARE * parameters.time_limit_s
    if _is_whole(program, whole_sites):
        ((point, reason),) = work.hand(_search_whole, [(program, limit, gap, seed)], "search")
        return plan_whole(program, point, reason, gap)
    begun = time.perf_counter()
    return plan_components(
        program,
        work.hand,
        gap=gap,
        seed=seed,
        tell=lambda value, bound, phase: work.better(value * unit, bound * unit, phase),
        over=lambda: time.perf_counter() - begun > limit,
    )


def _why(split: SplitPlan) -> Message:
    return Message("siting.infeasible.together") if split.status == "infeasible" else Message("plan.stop.time_limit")


# ---------------------------------------------------------------------- who is served from where
def _shares(
    work: Work,
    file: Path,
    parts: Sequence[Any],
    program: StationProgram,
    split: SplitPlan,
    merged: Merged,
    rosters: Path,
) -> list[Share]:
    """Tell each partition the site of each of its groups, and of each row of a group that several share.

    Members of such a group are handed out in the order of their entity keys over all partitions, run by run.
    """
    n_groups = program.groups.n_groups
    runs = np.bincount(split.group, minlength=n_groups)
    site = np.full(n_groups + 1, NOBODY, np.int32)
    first = np.searchsorted(split.group, np.flatnonzero(runs == 1))
    taker = split.site[first]
    site[:-1][runs == 1] = np.where(taker >= 0, program.site_ids[np.maximum(taker, 0)], NOBODY)
    site[:-1][runs > 1] = SEVERAL
    of_merged = program.groups.member_group
    nothing = np.zeros(0, np.int32)
    shares = [
        Share(file, part, site[of_merged[into]], nothing, rosters)
        for part, into in zip(parts, merged.into, strict=True)
    ]
    asked = [k for k, share in enumerate(shares) if (share.site == SEVERAL).any()]
    told = work.hand(rows_of_several, [shares[k] for k in asked], "share")
    if not asked:
        return shares
    rows = pd.concat(
        [
            pd.DataFrame({"group": of_merged[merged.into[k][table["group"]]], "key": table["entity_key"], "part": k})
            for k, table in zip(asked, told, strict=True)
        ],
        ignore_index=True,
    )
    order = np.lexsort((rows["key"].to_numpy(dtype=str), rows["group"]))
    chosen = runs[split.group] > 1
    each = np.repeat(split.site[chosen], split.length[chosen])
    sites = np.empty(len(rows), np.int32)
    sites[order] = np.where(each >= 0, program.site_ids[np.maximum(each, 0)], NOBODY)
    for k in asked:
        shares[k] = dataclasses.replace(shares[k], rows=sites[(rows["part"] == k).to_numpy()])
    return shares
