"""The options that say how people travel: one list for every command that measures reach."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ipps_geo.cli.options import day_of
from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from ipps_geo.planning import Travel
    from ipps_geo.planning.access_choices import AccessChoices


class Mode(StrEnum):
    """Modes of travel on streets."""

    WALK = "walk"
    BICYCLE = "bicycle"
    CAR = "car"


@dataclass(frozen=True)
class TravelOptions:
    """What was given on the command line; each field is an option of every command that takes the group."""

    streets: Annotated[
        list[Path] | None,
        typer.Option(
            help="路网：GraphML、.pbf、.osm、GeoPackage、shapefile、GeoJSON 或节点表，可多次给出 · Streets.",
            show_default=False,
        ),
    ] = None
    street_edges: Annotated[
        Path | None, typer.Option(help="路段表（路网为节点表时）· Edges, where the streets are a table of nodes.")
    ] = None
    mode: Annotated[Mode, typer.Option(help="出行方式 · Mode on the streets.")] = Mode.WALK
    snap_limit: Annotated[
        float | None, typer.Option("--snap-limit", help="接入道路的距离上限（米），缺省 500 · Limit to a street, m.")
    ] = None
    barrier: Annotated[
        list[Path] | None,
        typer.Option("--barrier", help="不能穿越的线（河流、铁路），可多次给出 · Lines that nobody crosses."),
    ] = None
    line_tolerance: Annotated[
        float | None, typer.Option("--line-tolerance", help="线图端点相接的容差（米），缺省 1 · Ends that meet, m.")
    ] = None
    network_datum: Annotated[
        str | None, typer.Option("--network-datum", help="路网、车站的坐标基准 · Datum of streets or stations.")
    ] = None
    transit_stations: Annotated[
        Path | None, typer.Option(help="公交地铁车站表 · Stations of public transport.", show_default=False)
    ] = None
    links: Annotated[Path | None, typer.Option(help="公交地铁区间表 · Links between stations.")] = None
    changes: Annotated[Path | None, typer.Option(help="换乘表 · Changes.")] = None
    gtfs: Annotated[
        list[Path] | None, typer.Option(help="GTFS 时刻表，zip 或文件夹，可多次给出 · GTFS feed; repeat for several.")
    ] = None
    costs: Annotated[
        Path | None,
        typer.Option(help="自备出行成本表：企业、站点、用时（分钟）或长度（米）· Costs of your own, by pair."),
    ] = None
    day: Annotated[
        str | None,
        typer.Option("--day", help="时刻表日期（YYYY-MM-DD），缺省为时段内班次最多的一天 · Day of the timetable."),
    ] = None
    window: Annotated[
        str | None, typer.Option("--window", help="出发时段，缺省 07:00-09:00 · Departures of the timetable.")
    ] = None
    percentile: Annotated[
        int | None, typer.Option("--percentile", help="时段内用时的百分位，缺省 50 · Percentile over the window.")
    ] = None
    minutes: Annotated[float | None, typer.Option(help="时间门槛（分钟）· Limit in minutes.")] = None

    def travel(self, reach_km: float, detour_factor: float = 1.0, *, metric_crs: str) -> Travel:
        """Return the way of travelling that the options describe, in the metres of a region."""
        from ipps_geo import planning
        from ipps_geo.planning.travel import cost_travel

        self._refuse_mixtures()
        if detour_factor != 1 and (self.streets or self.gtfs or self.transit_stations or self.costs):
            raise BadInput("travel.detour_alone", where="--detour-factor")
        if self.costs is not None:
            return cost_travel(self.costs, reach_km, self.minutes)
        if self.gtfs is not None:
            if self.minutes is None:
                raise BadInput("transit.no_limit", where="--gtfs")
            return planning.gtfs_travel(
                self.gtfs,
                self.minutes,
                day=day_of(self.day, "--day"),
                window=window_of(self.window),
                percentile=50 if self.percentile is None else self.percentile,
                datum=self.network_datum,
                walks=None if self.streets is None else self._along_streets(reach_km, metric_crs),
                metric_crs=metric_crs,
            )
        if self.transit_stations is not None or self.links is not None:
            if self.transit_stations is None or self.links is None or self.minutes is None:
                raise BadInput("travel.transit_incomplete", where="--transit-stations, --links, --minutes")
            return planning.line_travel(
                self.transit_stations,
                self.links,
                self.minutes,
                changes=self.changes,
                datum=self.network_datum,
                metric_crs=metric_crs,
            )
        if self.streets is not None:
            return self._along_streets(reach_km, metric_crs)
        if self.minutes is not None:
            raise BadInput("travel.minutes_need_option", where="--minutes")
        return planning.Travel(reach_km * 1000, "m", detour_factor)

    def _along_streets(self, reach_km: float, metric_crs: str) -> Travel:
        from ipps_geo import planning

        if self.streets is None:
            raise ValueError("no streets")
        return planning.street_travel(
            self.streets,
            reach_km * 1000 if self.minutes is None else self.minutes,
            unit="m" if self.minutes is None else "min",
            mode=self.mode.value,
            edges=self.street_edges,
            datum=self.network_datum,
            tolerance_m=self.line_tolerance,
            snap_limit_m=self.snap_limit,
            barriers=self.barrier or (),
            metric_crs=metric_crs,
        )

    def _refuse_mixtures(self) -> None:
        on_lines = self.transit_stations or self.links
        if self.costs is not None and (self.gtfs or self.streets or on_lines):
            raise BadInput("own_table.only_costs", where="--costs")
        if on_lines is not None and (self.gtfs is not None or self.streets is not None):
            raise BadInput("travel.one_way_only", where="--streets, --transit-stations, --gtfs")
        for option in ("day", "window", "percentile"):
            if getattr(self, option) is not None and self.gtfs is None:
                raise BadInput("transit.of_timetable", where=f"--{option}", option=f"--{option}")
        if self.gtfs is not None and self.streets is not None and self.mode is not Mode.WALK:
            raise BadInput("transit.walks_only", where="--mode")
        for name, given, owner, present in (
            ("--mode", None if self.mode is Mode.WALK else self.mode, "--streets", self.streets),
            ("--street-edges", self.street_edges, "--streets", self.streets),
            ("--snap-limit", self.snap_limit, "--streets", self.streets),
            ("--barrier", self.barrier, "--streets", self.streets),
            ("--line-tolerance", self.line_tolerance, "--streets", self.streets),
            ("--network-datum", self.network_datum, "--streets", self.streets or self.transit_stations or self.gtfs),
            ("--changes", self.changes, "--transit-stations", self.transit_stations),
        ):
            if given is not None and present is None:
                raise BadInput("travel.belongs", where=name, name=name, owner=owner)


@dataclass(frozen=True)
class WeightOptions:
    """Further limits, and how much each enterprise weighs."""

    limits: Annotated[
        str | None,
        typer.Option(help="另算几个门槛，如 15,30,45：各单元可达数与等时圈 · Further limits, with isochrones."),
    ] = None
    weights: Annotated[Path | None, typer.Option(help="企业权重表：企业、权重 · Weight of each enterprise.")] = None
    weight_by: Annotated[
        str | None,
        typer.Option(
            "--weight-by", help="按列计权重：sme_class 企业规模、explicit_need 有无需求 · Column by which they weigh."
        ),
    ] = None
    weight: Annotated[
        list[str] | None,
        typer.Option(
            "--weight", help="取值的权重，如 中型=3、未知=1（未知含权重表未列的），可多次 · VALUE=WEIGHT of a value."
        ),
    ] = None

    def choices(self, travel: Travel, **more: Any) -> AccessChoices:
        """Return the choices that the options describe; limits are in kilometres or minutes, as the travel's are."""
        from ipps_geo.planning.access_choices import AccessChoices, limits_of
        from ipps_geo.planning.own_tables import read_weights
        from ipps_geo.planning.weighting import UNKNOWN, ColumnWeights, weights_typed

        scale = 1000 if travel.unit == "m" else 1
        limits = tuple(sorted({number * scale for number in limits_of(self.limits or "")}))
        typed = weights_typed(self.weight or [], self.weight_by)
        if self.weight_by is not None:
            if self.weights is not None:
                raise BadInput("weight.one_way", where="--weight-by, --weights")
            return AccessChoices(limits, by=ColumnWeights(self.weight_by, typed), **more)
        if set(typed) - ({UNKNOWN} if self.weights is not None else set()):
            raise BadInput("weight.of_nothing", where="--weight", values=", ".join(typed))
        weights = None if self.weights is None else read_weights(self.weights)
        return AccessChoices(limits, weights=weights, unlisted=typed.get(UNKNOWN), **more)


@dataclass(frozen=True)
class SupplyOptions(WeightOptions):
    """Whose staff count as supply, beside limits and weights."""

    kinds: Annotated[
        str | None,
        typer.Option(help="计入供给的机构类别，如 workstation,district_center · Kinds whose staff are supply."),
    ] = None

    def choices(self, travel: Travel, **more: Any) -> AccessChoices:
        """Return the choices that the options describe."""
        if self.kinds is not None:
            more["kinds"] = tuple(part.strip() for part in self.kinds.replace("，", ",").split(","))
        return super().choices(travel, **more)


@dataclass(frozen=True)
class AccessOptions(SupplyOptions):
    """What else an analyst asks of coverage: the cost of every pair."""

    every_pair: Annotated[
        bool, typer.Option("--every-pair", help="写出企业×工作站的用时表 · Write the cost of every pair.")
    ] = False

    def choices(self, travel: Travel, **more: Any) -> AccessChoices:
        """Return the choices that the options describe."""
        return super().choices(travel, every_pair=self.every_pair, **more)


def window_of(text: str | None) -> tuple[str, str] | None:
    """Return ``07:00-09:00`` as its two ends; None stays none."""
    if text is None:
        return None
    begin, dash, until = text.replace("—", "-").replace("–", "-").replace("：", ":").partition("-")
    if not dash:
        raise BadInput("transit.not_a_time", where="--window", text=text)
    return begin.strip(), until.strip()
