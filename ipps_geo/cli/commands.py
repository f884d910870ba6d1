"""The commands: each opens a workspace, asks one use case, and prints or writes its answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import ipps_geo
from ipps_geo.cli.options import (
    DEFAULT_POLICY,
    DayOption,
    JsonOption,
    Lang,
    LangOption,
    Objective,
    OutOption,
    PartialOption,
    PolicyOption,
    PublicOption,
    WorkspaceArgument,
    counts_of,
    day_of,
)
from ipps_geo.cli.progress import Progress
from ipps_geo.cli.travel_options import STRAIGHT_LINE, TravelOptions, with_travel
from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

app = typer.Typer(
    name="ipps-geo",
    help="知识产权公共服务机构的覆盖分析与选址 · Coverage and site planning for IP public service institutions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _opened(path: Path | None, policy: str, accept_partial: bool = False) -> tuple[Workspace, Policy]:
    from ipps_geo.policy import load_policy
    from ipps_geo.workspace import load_workspace

    return load_workspace(path, accept_partial=accept_partial), load_policy(policy)


def _print_json(value: Any) -> None:
    import json

    from ipps_geo.results import plain

    typer.echo(json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False))


def _say(lines: list[str], to_stderr: bool = False) -> None:
    for line in lines:
        typer.echo(line, err=to_stderr)


@app.command()
@with_travel
def plan(
    workspace: WorkspaceArgument = None,
    stations: Annotated[
        int | None,
        typer.Option(min=1, help="新设站数上限；缺省 10，有预算或目标时不限 · Most new stations; default 10 alone."),
    ] = None,
    reach_km: Annotated[
        float, typer.Option(help="服务半径（规划参数，办法未作规定）· Reach, a planner's choice.")
    ] = 3.0,
    detour_factor: Annotated[float, typer.Option(help="绕行系数 · Detour factor.")] = 1.0,
    how: TravelOptions = STRAIGHT_LINE,
    objective: Annotated[Objective, typer.Option(help="目标 · Objective.")] = Objective.COVERED,
    target: Annotated[int | None, typer.Option(help="目标企业数（fewest_sites）· Enterprises to serve.")] = None,
    unit: Annotated[str | None, typer.Option(help="只规划一个服务单元 · One service unit only.")] = None,
    within_unit: Annotated[
        bool, typer.Option("--within-unit", help="只服务本单元企业 · Serve within the unit.")
    ] = False,
    required: Annotated[list[str] | None, typer.Option("--required", help="必选载体 · Required carrier.")] = None,
    forbidden: Annotated[list[str] | None, typer.Option("--forbidden", help="禁选载体 · Forbidden carrier.")] = None,
    min_per_unit: Annotated[
        list[str] | None, typer.Option(help="单元最少新设数，如 110111=1 · Least per unit.")
    ] = None,
    budget: Annotated[float | None, typer.Option(help="年预算（万元）· Yearly budget, 10,000 yuan.")] = None,
    respect_capacity: Annotated[
        bool, typer.Option("--respect-capacity", help="不超过载体容量 · Keep to capacity.")
    ] = False,
    least_distance: Annotated[
        bool, typer.Option("--least-distance", help="覆盖不变时距离最短 · Then least distance.")
    ] = False,
    frontier: Annotated[int, typer.Option(min=0, help="前沿曲线点数 · Points of the frontier.")] = 0,
    alternatives: Annotated[int, typer.Option(min=0, help="备选方案数 · Distinct plans.")] = 0,
    robustness: Annotated[bool, typer.Option("--robustness", help="稳健性表 · Robustness table.")] = False,
    dossiers: Annotated[
        bool, typer.Option("--dossiers", help="每个拟设站一份材料（PDF）· A dossier per proposal.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="JSON 含未设与未覆盖原因 · Reasons in the JSON.")] = False,
    time_limit: Annotated[float, typer.Option(help="求解时限（秒）· Time limit, s.")] = 40.0,
    gap: Annotated[float, typer.Option(help="可接受的最优性差距 · Accepted gap.")] = 0.0,
    seed: Annotated[int, typer.Option(help="随机种子 · Seed.")] = 0,
    policy: PolicyOption = DEFAULT_POLICY,
    on: DayOption = None,
    accept_partial: PartialOption = False,
    out: OutOption = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.ZH,
) -> None:
    """拟设新工作站 · Propose new workstations, prove the plan, check it and write the files."""
    from ipps_geo import planning, report, results
    from ipps_geo.screens.terminal.summary import plan_summary

    if dossiers and out is None:
        raise BadInput("dossiers need a folder", where="--dossiers", advice="add --out FOLDER")
    parameters = planning.PlanParameters(
        stations=10 if stations is None and budget is None and objective is not Objective.FEWEST_SITES else stations,
        reach_km=reach_km,
        detour_factor=detour_factor,
        objective=objective.value,
        target=target,
        unit=unit,
        within_unit=within_unit,
        required_sites=tuple(required or ()),
        forbidden_sites=tuple(forbidden or ()),
        min_per_unit=counts_of(min_per_unit or []),
        budget=budget,
        respect_capacity=respect_capacity,
        least_distance=least_distance,
        frontier=frontier,
        alternatives=alternatives,
        robustness=robustness,
        time_limit_s=time_limit,
        gap=gap,
        seed=seed,
    )
    with Progress(lang) as progress:
        progress.step("load")
        loaded, rules = _opened(workspace, policy, accept_partial)
        travel = how.travel(reach_km, detour_factor)
        progress.step("solve")
        result = planning.plan(loaded, rules, parameters, on=day_of(on), travel=travel, progress=progress.milestone)
        files: list[Path] = []
        if out is not None:
            progress.step("write")
            files = report.write_plan(
                loaded,
                result,
                out,
                lang.value,
                dossiers=planning.plan_findings(loaded, rules, result) if dossiers else None,
            )
    if as_json:
        _print_json(results.plan_document(result, explain=explain, files=files))
    else:
        _say(plan_summary(loaded, result, lang.value, files))


@app.command()
def audit(
    workspace: WorkspaceArgument = None,
    since: Annotated[str | None, typer.Option(help="与哪一天相比的变化 · Changes since this day.")] = None,
    policy: PolicyOption = DEFAULT_POLICY,
    on: DayOption = None,
    accept_partial: PartialOption = False,
    out: OutOption = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.ZH,
) -> None:
    """按办法逐条核查 · Check the network against the Measure, rule by rule."""
    from ipps_geo import planning, report, results
    from ipps_geo.screens.terminal.summary import audit_summary

    loaded, rules = _opened(workspace, policy, accept_partial)
    result = planning.audit(loaded, rules, on=day_of(on))
    earlier = day_of(since)
    changes = None if earlier is None else planning.audit_changes(loaded, rules, since=earlier, on=result.on)
    files = [] if out is None else report.write_audit(loaded, result, out, lang.value)
    if as_json:
        _print_json(results.audit_document(result, changes, files))
    else:
        _say(audit_summary(loaded, result, lang.value, files, changes=changes))
    if result.has_blocking_failure:
        raise typer.Exit(1)


@app.command("assess-site")
@with_travel
def assess_site(
    workspace: WorkspaceArgument = None,
    site: Annotated[str | None, typer.Option(help="载体编号 · Carrier id.")] = None,
    lon: Annotated[float | None, typer.Option(help="经度（无载体时）· Longitude, without a carrier.")] = None,
    lat: Annotated[float | None, typer.Option(help="纬度 · Latitude.")] = None,
    roster: Annotated[Path | None, typer.Option(help="名册文件；缺省则自动生成 · Roster; default: generated.")] = None,
    reach_km: Annotated[float, typer.Option(help="生成名册与招募的半径 · Reach for recruiting.")] = 3.0,
    how: TravelOptions = STRAIGHT_LINE,
    name_enterprises: Annotated[
        bool, typer.Option("--names", help="列出可招募企业名称 · Name the enterprises.")
    ] = False,
    policy: PolicyOption = DEFAULT_POLICY,
    on: DayOption = None,
    accept_partial: PartialOption = False,
    out: OutOption = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.ZH,
) -> None:
    """试算一个拟设工作站 · Test one proposed workstation and its roster, rule by rule."""
    from ipps_geo import planning, report, results
    from ipps_geo.screens.terminal.answers import site_lines

    loaded, rules = _opened(workspace, policy, accept_partial)
    result = planning.assess_site(
        loaded,
        rules,
        site_id=site,
        lon=lon,
        lat=lat,
        roster=None if roster is None else planning.read_roster(roster, accept_partial=accept_partial),
        reach_km=reach_km,
        on=day_of(on),
        travel=how.travel(reach_km),
    )
    files = [] if out is None else report.write_assessment(loaded, result, out, lang.value)
    if as_json:
        _print_json(results.assessment_document(result, names=name_enterprises, files=files))
    else:
        _say(site_lines(loaded, result, lang.value, files, names_shown=name_enterprises))
    if result.has_blocking_failure:
        raise typer.Exit(1)


@app.command()
@with_travel
def coverage(
    workspace: WorkspaceArgument = None,
    reach_km: Annotated[float, typer.Option(help="覆盖半径（规划参数）· Reach, a planner's choice.")] = 3.0,
    detour_factor: Annotated[float, typer.Option(help="绕行系数 · Detour factor.")] = 1.0,
    how: TravelOptions = STRAIGHT_LINE,
    public: PublicOption = False,
    policy: PolicyOption = DEFAULT_POLICY,
    on: DayOption = None,
    accept_partial: PartialOption = False,
    out: OutOption = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.ZH,
) -> None:
    """覆盖、可达与均衡 · Coverage, access and equity by service unit."""
    from ipps_geo import planning, report, results
    from ipps_geo.screens.terminal.summary import coverage_summary

    loaded, rules = _opened(workspace, policy, accept_partial)
    travel = how.travel(reach_km, detour_factor)
    result = planning.coverage(loaded, rules, travel=travel, on=day_of(on), public=public, areas=out is not None)
    files = [] if out is None else report.write_coverage(loaded, result, out, lang.value)
    if as_json:
        _print_json(results.coverage_document(result, files))
    else:
        _say(coverage_summary(loaded, result, lang.value, files))


@app.command()
def repair(
    workspace: WorkspaceArgument = None,
    reach_km: Annotated[float, typer.Option(help="可补充企业的半径 · Reach for additions.")] = 3.0,
    time_limit: Annotated[float, typer.Option(help="求解时限（秒）· Time limit, s.")] = 30.0,
    policy: PolicyOption = DEFAULT_POLICY,
    on: DayOption = None,
    accept_partial: PartialOption = False,
    out: OutOption = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.ZH,
) -> None:
    """以最少变动修复名册 · Repair overlapping or short rosters with the fewest moves."""
    from ipps_geo import planning, report, results
    from ipps_geo.screens.terminal.answers import repair_lines

    loaded, rules = _opened(workspace, policy, accept_partial)
    result = planning.repair(loaded, rules, reach_km=reach_km, time_limit_s=time_limit, on=day_of(on))
    files = [] if out is None else report.write_repair(loaded, result, out, lang.value)
    if as_json:
        _print_json(results.repair_document(result, files))
    else:
        _say(repair_lines(loaded, result, lang.value, files))


@app.command()
@with_travel
def atlas(
    workspace: WorkspaceArgument = None,
    stations: Annotated[int, typer.Option(min=1, help="方案新设站数 · New stations of the plan.")] = 10,
    reach_km: Annotated[float, typer.Option(help="服务半径（规划参数）· Reach, a planner's choice.")] = 3.0,
    how: TravelOptions = STRAIGHT_LINE,
    since: Annotated[str | None, typer.Option(help="上一版的日期 · Day of the edition before.")] = None,
    public: PublicOption = False,
    policy: PolicyOption = DEFAULT_POLICY,
    on: DayOption = None,
    accept_partial: PartialOption = False,
    out: OutOption = Path("out"),
    as_json: JsonOption = False,
    lang: LangOption = Lang.ZH,
) -> None:
    """编制图集 PDF · Draw the atlas as one PDF."""
    from ipps_geo import planning, report

    with Progress(lang) as progress:
        progress.step("load")
        loaded, rules = _opened(workspace, policy, accept_partial)
        travel = how.travel(reach_km)
        progress.step("solve")
        found = planning.atlas_results(
            loaded,
            rules,
            planning.PlanParameters(stations=stations, reach_km=reach_km),
            on=day_of(on),
            since=day_of(since),
            travel=travel,
            progress=progress.milestone,
        )
        files = report.write_atlas(loaded, rules, found, out or Path("out"), lang.value, public=public)
    if as_json:
        _print_json({"files": [str(file) for file in files]})
    else:
        _say([str(file) for file in files])


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="文件或文件夹 · A file or a folder.")],
    table: Annotated[str | None, typer.Option(help="表名，如 enterprises · Name of the table.")] = None,
    datum: Annotated[str | None, typer.Option(help="坐标基准：wgs84、gcj02、bd09 · Datum of the coordinates.")] = None,
    accept_partial: PartialOption = False,
    normalised: Annotated[Path | None, typer.Option(help="按理解写出的 CSV · The table as understood.")] = None,
    out: OutOption = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.ZH,
) -> None:
    """检查数据文件 · Check files: every fault with file, sheet, row, column and what to do."""
    from ipps_geo import planning, report
    from ipps_geo.screens.terminal.answers import check_lines

    found = planning.check_files(path, table=table, datum=datum, accept_partial=accept_partial, normalised=normalised)
    if out is not None:
        report.write_checked(found, path, out, lang.value)
    if as_json:
        _print_json(found.as_json())
    else:
        _say(check_lines(found, lang.value))
    if found.has_errors:
        raise typer.Exit(2)


@app.command()
def template(
    out: Annotated[Path, typer.Option("--out", "-o", help="输出文件夹 · Folder for the templates.")] = Path(
        "templates"
    ),
    as_json: JsonOption = False,
    lang: LangOption = Lang.ZH,
) -> None:
    """生成 Excel 模板 · Write Excel templates."""
    from ipps_geo.intake.templates import write_templates
    from ipps_geo.screens.terminal.answers import file_lines

    files = write_templates(out)
    if as_json:
        _print_json({"files": [str(file) for file in files]})
    else:
        _say(file_lines(files, lang.value))


@app.command()
def demo(
    enterprises: Annotated[int, typer.Option(min=1, help="企业数 · Number of enterprises.")] = 30_000,
    seed: Annotated[int, typer.Option(help="随机种子 · Seed.")] = 7,
    flaws: Annotated[str | None, typer.Option(help="植入缺陷：all 或规则编号 · Flaws to plant.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="输出文件夹 · Folder.")] = Path("demo"),
    as_json: JsonOption = False,
    lang: LangOption = Lang.ZH,
) -> None:
    """生成演示工作区 · Make a demonstration workspace of any size."""
    from ipps_geo import planning
    from ipps_geo.screens.terminal.answers import demo_lines

    made = planning.make_demo(enterprises=enterprises, seed=seed, flaws=flaws, out=out)
    if as_json:
        _print_json(made)
    else:
        _say(demo_lines(made, lang.value))


@app.command("app")
def open_app(
    port: Annotated[int, typer.Option(help="端口 · Port.")] = 8501,
    address: Annotated[str, typer.Option(help="监听地址 · Address to listen on.")] = "127.0.0.1",
    headless: Annotated[bool, typer.Option("--headless", help="不打开浏览器 · Open no browser.")] = False,
) -> None:
    """打开规划应用 · Open the planning app."""
    from ipps_geo.cli.serving import run_app

    raise typer.Exit(run_app(port=port, address=address, headless=headless))


@app.command()
def version() -> None:
    """版本 · Version."""
    typer.echo(ipps_geo.__version__)
