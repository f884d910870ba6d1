"""The options that several commands share, and what their values mean."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from ipps_geo.planning import Travel


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
TransitStationsOption = Annotated[
    Path | None,
    typer.Option("--transit-stations", help="公交地铁车站 CSV · Stations of public transport.", show_default=False),
]
LinksOption = Annotated[Path | None, typer.Option(help="公交地铁区间 CSV · Links between stations.")]
ChangesOption = Annotated[Path | None, typer.Option(help="换乘 CSV · Changes.")]
GtfsOption = Annotated[Path | None, typer.Option(help="GTFS 时刻表，zip 或文件夹 · GTFS feed.")]
MinutesOption = Annotated[float | None, typer.Option(help="时间门槛（分钟）· Limit in minutes.")]
PublicOption = Annotated[bool, typer.Option("--public", help="公开版：小数目不显示 · Suppress small counts.")]
DEFAULT_POLICY = "beijing-draft"


def day_of(text: str | None) -> dt.date | None:
    """Return the day that ``--on`` or ``--since`` gives."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("argument.not_a_day", where="--on", text=text) from error


def travel_of(
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
) -> Travel:
    """Return the way of travelling that the options describe."""
    from ipps_geo import planning

    if sum(given is not None for given in (gtfs, stations or links, streets)) > 1:
        raise BadInput(
            "only one way of travelling at a time",
            where="--streets, --transit-stations, --gtfs",
            advice="give streets, stations with links, or a timetable",
        )
    for name, given, owner, present in (
        ("--street-edges", street_edges, "--streets", streets),
        ("--changes", changes, "--transit-stations", stations),
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
                where="--transit-stations, --links, --minutes",
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


def counts_of(pairs: list[str]) -> dict[str, int]:
    """Return ``["110111=1"]`` as ``{"110111": 1}``."""
    counts: dict[str, int] = {}
    for pair in pairs:
        unit, _, number = pair.partition("=")
        if not unit or not number.isdigit():
            raise BadInput(f"{pair!r} is not UNIT=NUMBER", where="--min-per-unit", advice="write it as 110111=1")
        counts[unit] = int(number)
    return counts
