"""The command line: arguments in, one answer out, an exit code.

0 done; 1 done, with blocking findings; 2 bad input; 3 infeasible or not solved. With ``--json`` one document goes to
standard output; progress and messages go to standard error. Everything heavy is imported inside a command, so that
``--help`` is instant.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import ipps_geo
from ipps_geo.errors import BadInput, IppsGeoError

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace


class Lang(StrEnum):
    """Languages of the output."""

    ZH = "zh"
    EN = "en"


class Objective(StrEnum):
    """Objectives of a plan."""

    COVERED = "covered"
    FEWEST_SITES = "fewest_sites"
    WORST_UNIT = "worst_unit"


class Mode(StrEnum):
    """Modes of travel on streets."""

    WALK = "walk"
    BICYCLE = "bicycle"
    CAR = "car"


app = typer.Typer(
    name="ipps-geo",
    help="知识产权公共服务机构的覆盖分析与选址 · Coverage and site planning for IP public service institutions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

WorkspaceArgument = Annotated[
    Path | None,
    typer.Argument(
        help="工作区：表格文件夹或一个 GeoPackage；缺省为内置北京工作区 · Workspace; default: embedded.",
        show_default=False,
    ),
]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="输出文件夹 · Folder for the files.")]
JsonOption = Annotated[bool, typer.Option("--json", help="在标准输出打印一份 JSON · One JSON document on stdout.")]
LangOption = Annotated[Lang, typer.Option("--lang", help="语言 · Language.")]
PolicyOption = Annotated[str, typer.Option("--policy", help="政策版本名或 TOML 文件 · Policy version or file.")]
DayOption = Annotated[
    str | None, typer.Option("--on", help="哪一天（YYYY-MM-DD），缺省为数据日期 · Day; default: data date.")
]
PartialOption = Annotated[bool, typer.Option("--accept-partial", help="只用可用的行 · Use the rows that can be used.")]
StreetsOption = Annotated[
    Path | None, typer.Option(help="路网：GraphML、GeoPackage、PBF 或节点 CSV · Street network.", show_default=False)
]
StreetEdgesOption = Annotated[Path | None, typer.Option(help="路段 CSV（节点为 CSV 时）· Edges, with CSV nodes.")]
ModeOption = Annotated[Mode, typer.Option(help="出行方式 · Mode on the streets.")]
LinksOption = Annotated[Path | None, typer.Option(help="公交地铁区间 CSV · Links between stations.")]
ChangesOption = Annotated[Path | None, typer.Option(help="换乘 CSV · Changes.")]
GtfsOption = Annotated[Path | None, typer.Option(help="GTFS 时刻表，zip 或文件夹 · GTFS feed.")]
MinutesOption = Annotated[float | None, typer.Option(help="时间门槛（分钟）· Limit in minutes.")]
PublicOption = Annotated[bool, typer.Option("--public", help="公开版：小数目不显示 · Suppress small counts.")]
DEFAULT_POLICY = "beijing-draft"


def main() -> None:
    """Run the command line; every error that is ours becomes one message and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")  # a Windows console may speak GBK
    try:
        app()
    except IppsGeoError as error:
        _message(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("已中断 · interrupted", err=True)
        sys.exit(130)
    except Exception as error:
        if os.environ.get("IPPS_GEO_DEBUG"):
            raise
        typer.echo(
            f"程序内部错误 · internal error: {type(error).__name__}: {error}\n"
            "请设置环境变量 IPPS_GEO_DEBUG=1 再运行一次，并把输出交给维护者 · "
            "set IPPS_GEO_DEBUG=1, run again and send the output to the maintainers",
            err=True,
        )
        sys.exit(3)


def _message(error: IppsGeoError) -> None:
    from ipps_geo.report.messages import error_message

    typer.echo(error_message(error, _language(sys.argv)), err=True)


def _language(arguments: list[str]) -> str:
    """Return the language asked for, also when the command never got to read its options."""
    english = "--lang=en" in arguments or ("--lang", "en") in itertools.pairwise(arguments)
    return "en" if english else "zh"


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is not a day", where="--on", advice="write it as YYYY-MM-DD") from error


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
    from ipps_geo import planning
    from ipps_geo.report.summary import plan_summary

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
        min_per_unit=_counts(min_per_unit or []),
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
    with _Progress(lang) as progress:
        progress.step("load")
        loaded, rules = _opened(workspace, policy, accept_partial)
        progress.step("solve")
        result = planning.plan(loaded, rules, parameters, on=_day(on), progress=progress.milestone)
        files: list[Path] = []
        if out is not None:
            progress.step("write")
            files = planning.write_plan(loaded, result, out, lang.value, dossiers=rules if dossiers else None)
    if as_json:
        _print_json(planning.plan_document(result, explain=explain, files=files))
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
    from ipps_geo import planning
    from ipps_geo.report.summary import audit_summary

    loaded, rules = _opened(workspace, policy, accept_partial)
    result = planning.audit(loaded, rules, on=_day(on))
    earlier = _day(since)
    changes = None if earlier is None else planning.audit_changes(loaded, rules, since=earlier, on=result.on)
    files = [] if out is None else planning.write_audit(loaded, result, out, lang.value)
    if as_json:
        _print_json(planning.audit_document(result, changes, files))
    else:
        _say(audit_summary(loaded, result, lang.value, files, changes=changes))
    if result.has_blocking_failure:
        raise typer.Exit(1)


@app.command("assess-site")
def assess_site(
    workspace: WorkspaceArgument = None,
    site: Annotated[str | None, typer.Option(help="载体编号 · Carrier id.")] = None,
    lon: Annotated[float | None, typer.Option(help="经度（无载体时）· Longitude, without a carrier.")] = None,
    lat: Annotated[float | None, typer.Option(help="纬度 · Latitude.")] = None,
    roster: Annotated[Path | None, typer.Option(help="名册文件；缺省则自动生成 · Roster; default: generated.")] = None,
    reach_km: Annotated[float, typer.Option(help="生成名册与招募的半径 · Reach for recruiting.")] = 3.0,
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
    from ipps_geo import planning
    from ipps_geo.report.answers import site_lines

    loaded, rules = _opened(workspace, policy, accept_partial)
    result = planning.assess_site(
        loaded,
        rules,
        site_id=site,
        lon=lon,
        lat=lat,
        roster=None if roster is None else planning.read_roster(roster, accept_partial=accept_partial),
        reach_km=reach_km,
        on=_day(on),
    )
    files = [] if out is None else planning.write_assessment(loaded, result, out, lang.value)
    if as_json:
        _print_json(planning.assessment_document(result, names=name_enterprises, files=files))
    else:
        _say(site_lines(loaded, result, lang.value, files, names_shown=name_enterprises))
    if result.has_blocking_failure:
        raise typer.Exit(1)


@app.command()
def coverage(
    workspace: WorkspaceArgument = None,
    reach_km: Annotated[float, typer.Option(help="覆盖半径（规划参数）· Reach, a planner's choice.")] = 3.0,
    detour_factor: Annotated[float, typer.Option(help="绕行系数 · Detour factor.")] = 1.0,
    streets: StreetsOption = None,
    street_edges: StreetEdgesOption = None,
    mode: ModeOption = Mode.WALK,
    stations: Annotated[
        Path | None,
        typer.Option("--stations", "--transit-stations", help="公交地铁车站 CSV · Stations of public transport."),
    ] = None,
    links: LinksOption = None,
    changes: ChangesOption = None,
    gtfs: GtfsOption = None,
    minutes: MinutesOption = None,
    public: PublicOption = False,
    policy: PolicyOption = DEFAULT_POLICY,
    on: DayOption = None,
    accept_partial: PartialOption = False,
    out: OutOption = None,
    as_json: JsonOption = False,
    lang: LangOption = Lang.ZH,
) -> None:
    """覆盖、可达与均衡 · Coverage, access and equity by service unit."""
    from ipps_geo import planning
    from ipps_geo.report.summary import coverage_summary

    loaded, rules = _opened(workspace, policy, accept_partial)
    travel = _travel(reach_km, detour_factor, streets, street_edges, mode, stations, links, changes, gtfs, minutes)
    result = planning.coverage(loaded, rules, travel=travel, on=_day(on), public=public, areas=out is not None)
    files = [] if out is None else planning.write_coverage(loaded, result, out, lang.value)
    if as_json:
        _print_json(planning.coverage_document(result, files))
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
    from ipps_geo import planning
    from ipps_geo.report.answers import repair_lines

    loaded, rules = _opened(workspace, policy, accept_partial)
    result = planning.repair(loaded, rules, reach_km=reach_km, time_limit_s=time_limit, on=_day(on))
    files = [] if out is None else planning.write_repair(loaded, result, out, lang.value)
    if as_json:
        _print_json(planning.repair_document(result, files))
    else:
        _say(repair_lines(loaded, result, lang.value, files))


@app.command()
def atlas(
    workspace: WorkspaceArgument = None,
    stations: Annotated[int, typer.Option(min=1, help="方案新设站数 · New stations of the plan.")] = 10,
    reach_km: Annotated[float, typer.Option(help="服务半径（规划参数）· Reach, a planner's choice.")] = 3.0,
    streets: StreetsOption = None,
    street_edges: StreetEdgesOption = None,
    mode: ModeOption = Mode.WALK,
    transit_stations: Annotated[
        Path | None, typer.Option(help="公交地铁车站 CSV · Stations of public transport.")
    ] = None,
    links: LinksOption = None,
    changes: ChangesOption = None,
    gtfs: GtfsOption = None,
    minutes: MinutesOption = None,
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
    from ipps_geo import planning

    with _Progress(lang) as progress:
        progress.step("load")
        loaded, rules = _opened(workspace, policy, accept_partial)
        travel = _travel(reach_km, 1.0, streets, street_edges, mode, transit_stations, links, changes, gtfs, minutes)
        progress.step("solve")
        files = planning.write_atlas(
            loaded,
            rules,
            planning.PlanParameters(stations=stations, reach_km=reach_km),
            out or Path("out"),
            lang.value,
            on=_day(on),
            since=_day(since),
            travel=travel,
            public=public,
            progress=progress.milestone,
        )
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
    from ipps_geo import planning
    from ipps_geo.report.answers import check_lines

    report = planning.check_files(
        path, table=table, datum=datum, accept_partial=accept_partial, normalised=normalised, out=out, lang=lang.value
    )
    if as_json:
        _print_json(report.as_json())
    else:
        _say(check_lines(report, lang.value))
    if report.has_errors:
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
    from ipps_geo.report.answers import file_lines

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
    from ipps_geo.report.answers import demo_lines

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
    from ipps_geo.planning.app import run_app

    raise typer.Exit(run_app(port=port, address=address, headless=headless))


@app.command()
def version() -> None:
    """版本 · Version."""
    typer.echo(ipps_geo.__version__)


def _travel(
    reach_km: float,
    detour_factor: float,
    streets: Path | None,
    street_edges: Path | None,
    mode: Mode,
    stations: Path | None,
    links: Path | None,
    changes: Path | None,
    gtfs: Path | None,
    minutes: float | None,
) -> Any:
    """Return the way of travelling that the options describe."""
    from ipps_geo import planning

    if sum(given is not None for given in (gtfs, stations or links, streets)) > 1:
        raise BadInput(
            "only one way of travelling at a time",
            where="--streets, --stations, --gtfs",
            advice="give streets, stations with links, or a timetable",
        )
    for name, given, owner, present in (
        ("--street-edges", street_edges, "--streets", streets),
        ("--changes", changes, "--stations", stations),
    ):
        if given is not None and present is None:
            raise BadInput(f"{name} belongs to {owner}", where=name, advice="give both, or neither")
    if gtfs is not None:
        if minutes is None:
            raise BadInput("a timetable needs a limit in minutes", where="--gtfs", advice="add --minutes 45")
        return planning.gtfs_travel(gtfs, minutes)
    if stations is not None or links is not None:
        if stations is None or links is None or minutes is None:
            raise BadInput(
                "public transport needs stations, links and a limit",
                where="--stations, --links, --minutes",
                advice="give all three",
            )
        return planning.line_travel(stations, links, minutes, changes=changes)
    if streets is not None:
        if minutes is None:
            return planning.street_travel(streets, reach_km * 1000, unit="m", mode=mode.value, edges=street_edges)
        return planning.street_travel(streets, minutes, unit="min", mode=mode.value, edges=street_edges)
    if minutes is not None:
        raise BadInput("minutes need a street network or public transport", where="--minutes", advice="add --streets")
    return planning.Travel(reach_km * 1000, "m", detour_factor)


def _counts(pairs: list[str]) -> dict[str, int]:
    """Return ``["110111=1"]`` as ``{"110111": 1}``."""
    counts: dict[str, int] = {}
    for pair in pairs:
        unit, _, number = pair.partition("=")
        if not unit or not number.isdigit():
            raise BadInput(f"{pair!r} is not UNIT=NUMBER", where="--min-per-unit", advice="write it as 110111=1")
        counts[unit] = int(number)
    return counts


class _Progress:
    """One line of progress on standard error: the step, and the search's best plan and bound while it solves."""

    def __init__(self, lang: Lang) -> None:
        from rich.console import Console

        from ipps_geo.report.catalogue import catalogue

        self._words = catalogue(lang.value)
        self._status = Console(stderr=True).status("")

    def __enter__(self) -> _Progress:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def step(self, name: str) -> None:
        """Show the step that begins."""
        self._status.update(self._words.text(f"progress.{name}"))

    def milestone(self, milestone: Any) -> None:
        """Show how the search goes."""
        if milestone.phase == "compiling":
            self._status.update(self._words.text("progress.compile"))
            return
        self._status.update(
            self._words.text(
                "progress.milestone",
                objective=float(milestone.objective),
                bound=float(milestone.bound),
                seconds=round(milestone.seconds, 1),
            )
        )
