"""``plan``: propose new workstations, prove the plan, check it, write the files."""

from __future__ import annotations

import dataclasses
import math
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ipps_geo.cli.interrupts import INTERRUPTED, stop_asked
from ipps_geo.cli.options import AnswerOptions, BaseOption, ForceOption, NetworkOptions, OutOption, Paper
from ipps_geo.cli.progress import Progress
from ipps_geo.cli.travel_options import TravelOptions, WeightOptions
from ipps_geo.cli.work_options import WorkOptions
from ipps_geo.errors import BadInput, Stopped


class Objective(StrEnum):
    """Objectives of a plan."""

    COVERED = "covered"
    FEWEST_SITES = "fewest_sites"
    WORST_UNIT = "worst_unit"


class Wish(StrEnum):
    """Second wishes of a front."""

    REACH = "reach"
    COST = "cost"
    DISTANCE = "distance"
    WORST_UNIT = "worst_unit"


class Robust(StrEnum):
    """What one set of stations for all scenarios aims at."""

    EXPECTED = "expected"
    WORST = "worst"


def plan(
    network: NetworkOptions,
    travel: TravelOptions,
    weigh: WeightOptions,
    answer: AnswerOptions,
    work: WorkOptions,
    *,
    stations: Annotated[
        int | None,
        typer.Option(min=1, help="新设站数上限；缺省 10，有预算或目标时不限 · Most new stations; default 10 alone."),
    ] = None,
    reach_km: Annotated[
        float, typer.Option(help="服务半径（规划参数，办法未作规定）· Reach, a planner's choice.")
    ] = 3.0,
    detour_factor: Annotated[float, typer.Option(help="绕行系数 · Detour factor.")] = 1.0,
    objective: Annotated[Objective, typer.Option(help="目标 · Objective.")] = Objective.COVERED,
    target: Annotated[int | None, typer.Option(help="目标企业数（fewest_sites）· Enterprises to serve.")] = None,
    unit: Annotated[str | None, typer.Option(help="只规划一个服务单元 · One service unit only.")] = None,
    within_unit: Annotated[
        bool, typer.Option("--within-unit", help="只服务本单元企业 · Serve within the unit.")
    ] = False,
    enlarge: Annotated[
        bool,
        typer.Option("--enlarge/--no-enlarge", help="现有站先行扩充名册，另列 · Existing stations take in more first."),
    ] = False,
    required: Annotated[list[str] | None, typer.Option("--required", help="必选载体 · Required carrier.")] = None,
    forbidden: Annotated[list[str] | None, typer.Option("--forbidden", help="禁选载体 · Forbidden carrier.")] = None,
    min_per_unit: Annotated[list[str] | None, typer.Option(help="单元最少新设数，代码=数目 · Least per unit.")] = None,
    max_per_unit: Annotated[list[str] | None, typer.Option(help="单元最多新设数，代码=数目 · Most per unit.")] = None,
    spacing_km: Annotated[
        float | None, typer.Option(help="站间最小直线距离（千米）· Least spacing of stations, km.")
    ] = None,
    floor_percent: Annotated[
        int | None, typer.Option("--floor", min=1, max=100, help="各单元名册覆盖率下限（%）· Least coverage per unit.")
    ] = None,
    budget: Annotated[float | None, typer.Option(help="年预算（万元）· Yearly budget, 10,000 yuan.")] = None,
    members_per_staff: Annotated[
        int | None,
        typer.Option(min=1, help="每名人员最多服务企业数，缺省不限 · Most enterprises per member of staff; no limit."),
    ] = None,
    new_staff: Annotated[
        int | None,
        typer.Option(min=1, help="拟设站人员数，载体未填时用；缺省按办法最低数 · Staff of a new station."),
    ] = None,
    respect_capacity: Annotated[
        bool, typer.Option("--respect-capacity", help="不超过载体容量 · Keep to capacity.")
    ] = False,
    decay: Annotated[
        str, typer.Option(help="距离衰减，如 1=1,2=0.6,3=0.3：1 千米内按 1 计 · Worth by distance, LIMIT=WORTH.")
    ] = "",
    least_distance: Annotated[
        bool, typer.Option("--least-distance", help="覆盖不变时距离最短 · Then least distance.")
    ] = False,
    balance: Annotated[
        bool, typer.Option("--balance", help="在相邻工作站之间均衡 · Even rosters of neighbouring new stations.")
    ] = False,
    frontier: Annotated[int, typer.Option(min=0, help="前沿曲线点数 · Points of the frontier.")] = 0,
    alternatives: Annotated[int, typer.Option(min=0, help="备选方案数 · Distinct plans.")] = 0,
    robustness: Annotated[bool, typer.Option("--robustness", help="稳健性表 · Robustness table.")] = False,
    each_unit: Annotated[
        int | None, typer.Option(min=1, help="另给各单元单独规划，各至多几站 · Each unit planned alone, most stations.")
    ] = None,
    front: Annotated[
        Wish | None,
        typer.Option(help="与第二目标的权衡：可达、成本、平均距离、最差单元 · Most served against a second wish."),
    ] = None,
    front_points: Annotated[
        int | None, typer.Option(min=2, max=20, help="权衡曲线点数，缺省 6 · Points of that front; default 6.")
    ] = None,
    may_close: Annotated[
        list[str] | None,
        typer.Option("--may-close", help="可关闭或迁移的现有站（机构编号），可多次 · Station that may close or move."),
    ] = None,
    closing_cost: Annotated[float, typer.Option(help="关闭一个站的一次性费用（万元）· Cost of closing one.")] = 0.0,
    moving_cost: Annotated[float, typer.Option(help="迁移一个站的一次性费用（万元）· Cost of moving one.")] = 0.0,
    years: Annotated[
        str, typer.Option(help="各年末的新设站数，如 3,6,10：给出逐年设立顺序及其代价 · Stations by year.")
    ] = "",
    robust: Annotated[
        Robust | None,
        typer.Option(help="一套站址应对各情景：平均最多或最差情景最多 · One set for all scenarios, with regret."),
    ] = None,
    dossiers: Annotated[
        bool, typer.Option("--dossiers", help="每个拟设站一份材料（PDF）· A dossier per proposal.")
    ] = False,
    base: BaseOption = None,
    map_size: Annotated[Paper, typer.Option(help="地图幅面 · What the map is made for.")] = Paper.SCREEN,
    official: Annotated[
        bool, typer.Option("--report", help="另附公文格式的报告（Word、PDF）· The report, Word and PDF.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="JSON 含未设与未覆盖原因 · Reasons in the JSON.")] = False,
    time_limit: Annotated[
        float | None,
        typer.Option(help="求解时限（秒），缺省 40，分区规划缺省不限 · Time limit, s; 40, over partitions none."),
    ] = None,
    gap: Annotated[float, typer.Option(help="可接受的最优性差距 · Accepted gap.")] = 0.0,
    seed: Annotated[int, typer.Option(help="随机种子 · Seed.")] = 0,
    out: OutOption = None,
    force: ForceOption = False,
) -> None:
    """拟设新工作站 · Propose new workstations, prove the plan, check it and write the files."""
    from ipps_geo import planning, report, results
    from ipps_geo.cli.national import plan_over_partitions
    from ipps_geo.executors import Workforce
    from ipps_geo.files import check_free
    from ipps_geo.planning.base_layers import read_base_layers
    from ipps_geo.planning.many import of_each_unit, unit_plans
    from ipps_geo.planning.parameters import decay_of, years_of
    from ipps_geo.report.fonts import require_maps
    from ipps_geo.report.pages.official_docx import require_docx
    from ipps_geo.report.pages.typeset import require_typst
    from ipps_geo.report.words.catalogue import catalogue
    from ipps_geo.screens.terminal.summary import plan_summary
    from ipps_geo.workspace.partitions import is_partitioned

    parted = is_partitioned(network.workspace)
    if out is not None and not parted:
        require_maps(page=True)
        check_free(out, "plan", force=force)
    if (dossiers or official) and out is None:
        raise BadInput("command.dossiers_without_folder", where="--dossiers" if dossiers else "--report")
    if official:
        require_docx()
    if dossiers or official:
        require_typst()
    if front_points is not None and front is None:
        raise BadInput("plan.front_points_alone", where="--front-points")
    by_year = years_of(years)
    ten = budget is None and objective is not Objective.FEWEST_SITES
    usual = (by_year[-1] if by_year else 10) if ten else None
    parameters = planning.PlanParameters(
        stations=usual if stations is None else stations,
        reach_km=reach_km,
        detour_factor=detour_factor,
        objective=objective.value,
        target=target,
        unit=unit,
        within_unit=within_unit,
        enlarge=enlarge,
        required_sites=tuple(required or ()),
        forbidden_sites=tuple(forbidden or ()),
        min_per_unit=counts_of(min_per_unit or []),
        max_per_unit=counts_of(max_per_unit or [], "--max-per-unit"),
        spacing_km=spacing_km,
        floor_percent=floor_percent,
        budget=budget,
        members_per_staff=members_per_staff,
        new_staff=new_staff,
        respect_capacity=respect_capacity,
        decay=decay_of(decay),
        least_distance=least_distance,
        balance=balance,
        frontier=frontier,
        alternatives=alternatives,
        robustness=robustness,
        front=None if front is None else front.value,
        front_points=planning.PlanParameters.front_points if front_points is None else front_points,
        closable=tuple(dict.fromkeys(may_close or ())),
        closing_cost=closing_cost,
        moving_cost=moving_cost,
        years=by_year,
        robust=None if robust is None else robust.value,
        time_limit_s=(math.inf if parted else 40.0) if time_limit is None else time_limit,
        gap=gap,
        seed=seed,
    )
    if parted:
        beside = {"--dossiers": dossiers, "--report": official, "--base": bool(base), "--explain": explain}
        beside |= {"--map-size": map_size is not Paper.SCREEN, "--each-unit": each_unit is not None}
        plan_over_partitions(network, travel, weigh, answer, work, parameters, out, beside, force=force)
        return
    alone = None if each_unit is None else of_each_unit(parameters, each_unit)
    many = bool(frontier or alternatives or robustness or dossiers or each_unit is not None)
    workforce = work.workforce(out, used=many)
    with Progress(answer) as progress, (workforce or Workforce()).called() as crew:
        progress.step("load")
        workspace, policy = network.opened()
        under = read_base_layers(base or (), datum=network.datum, metric_crs=workspace.region.metric_crs)
        way = travel.travel(reach_km, detour_factor, metric_crs=workspace.region.metric_crs)
        progress.step("solve")
        with stop_asked() as asked:
            result = planning.plan(
                workspace,
                policy,
                parameters,
                on=network.day,
                travel=way,
                choices=weigh.choices(way),
                progress=progress.milestone,
                should_stop=asked,
                workforce=workforce,
            )
            stopped = result.stop_reason == "cancelled"
            if alone is not None and not stopped:
                try:
                    units = unit_plans(
                        workspace,
                        policy,
                        alone,
                        on=network.day,
                        travel=way,
                        choices=weigh.choices(way),
                        executor=crew.executor,
                        work_folder=crew.folder,
                        done=partial(progress.tasks, "units"),
                        should_stop=asked,
                    )
                    result = dataclasses.replace(result, unit_plans=units)
                except Stopped:  # the plan itself is there, and is written
                    stopped = True
        files: list[Path] = []
        if out is not None:
            progress.step("write")
            judged = planning.plan_findings(workspace, policy, result) if dossiers else None
            files = report.write_plan(
                workspace,
                result,
                out,
                answer.lang.value,
                dossiers=judged,
                official=official,
                base=under,
                paper=map_size.value,
                force=force,
                crew=crew,
            )
    answer.tell(
        lambda: results.plan_document(result, explain=explain, files=files),
        lambda: plan_summary(workspace, result, answer.lang.value, files),
    )
    if stopped:
        if alone is not None:
            words = catalogue(answer.lang.value)
            typer.echo(words.text("summary.stopped_before", what=words.text("workbook.sheet_unit_plans")), err=True)
        raise typer.Exit(INTERRUPTED)


def counts_of(pairs: list[str], where: str = "--min-per-unit") -> dict[str, int]:
    """Return ``["110111=1"]`` as ``{"110111": 1}``."""
    counts: dict[str, int] = {}
    for pair in pairs:
        unit, _, number = pair.partition("=")
        if not unit or not number.isdigit():
            raise BadInput("command.no_unit_count", where=where, pair=pair)
        counts[unit] = int(number)
    return counts
