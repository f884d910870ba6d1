"""The options that say how people travel: one list for every command that measures reach."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from ipps_geo.planning import Travel


class Mode(StrEnum):
    """Modes of travel on streets."""

    WALK = "walk"
    BICYCLE = "bicycle"
    CAR = "car"


@dataclass(frozen=True)
class TravelOptions:
    """What was given on the command line; each field is an option of every command that takes the group."""

    streets: Annotated[
        Path | None,
        typer.Option(help="路网：GraphML、GeoPackage、PBF 或节点 CSV · Street network.", show_default=False),
    ] = None
    street_edges: Annotated[Path | None, typer.Option(help="路段 CSV（节点为 CSV 时）· Edges, with CSV nodes.")] = None
    mode: Annotated[Mode, typer.Option(help="出行方式 · Mode on the streets.")] = Mode.WALK
    transit_stations: Annotated[
        Path | None, typer.Option(help="公交地铁车站 CSV · Stations of public transport.", show_default=False)
    ] = None
    links: Annotated[Path | None, typer.Option(help="公交地铁区间 CSV · Links between stations.")] = None
    changes: Annotated[Path | None, typer.Option(help="换乘 CSV · Changes.")] = None
    gtfs: Annotated[Path | None, typer.Option(help="GTFS 时刻表，zip 或文件夹 · GTFS feed.")] = None
    minutes: Annotated[float | None, typer.Option(help="时间门槛（分钟）· Limit in minutes.")] = None

    def travel(self, reach_km: float, detour_factor: float = 1.0) -> Travel:
        """Return the way of travelling that the options describe."""
        from ipps_geo import planning

        self._refuse_mixtures()
        if self.gtfs is not None:
            if self.minutes is None:
                raise BadInput("a timetable needs a limit in minutes", where="--gtfs", advice="add --minutes 45")
            return planning.gtfs_travel(self.gtfs, self.minutes)
        if self.transit_stations is not None or self.links is not None:
            if self.transit_stations is None or self.links is None or self.minutes is None:
                raise BadInput(
                    "public transport needs stations, links and a limit",
                    where="--transit-stations, --links, --minutes",
                    advice="give all three",
                )
            return planning.line_travel(self.transit_stations, self.links, self.minutes, changes=self.changes)
        if self.streets is not None:
            if self.minutes is None:
                return planning.street_travel(
                    self.streets, reach_km * 1000, unit="m", mode=self.mode.value, edges=self.street_edges
                )
            return planning.street_travel(
                self.streets, self.minutes, unit="min", mode=self.mode.value, edges=self.street_edges
            )
        if self.minutes is not None:
            raise BadInput(
                "minutes need a street network or public transport", where="--minutes", advice="add --streets"
            )
        return planning.Travel(reach_km * 1000, "m", detour_factor)

    def _refuse_mixtures(self) -> None:
        if sum(given is not None for given in (self.gtfs, self.transit_stations or self.links, self.streets)) > 1:
            raise BadInput(
                "only one way of travelling at a time",
                where="--streets, --transit-stations, --gtfs",
                advice="give streets, stations with links, or a timetable",
            )
        for name, given, owner, present in (
            ("--street-edges", self.street_edges, "--streets", self.streets),
            ("--changes", self.changes, "--transit-stations", self.transit_stations),
        ):
            if given is not None and present is None:
                raise BadInput(f"{name} belongs to {owner}", where=name, advice="give both, or neither")
