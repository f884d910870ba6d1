"""How people travel: straight line, along streets, or by public transport; one face for coverage and planning."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ipps_geo import coverage
from ipps_geo.coverage import nearest_cost, nearest_distance_m
from ipps_geo.errors import BadInput
from ipps_geo.planning.own_tables import demand_ids, read_costs, site_ids
from ipps_geo.reach import Reach
from ipps_geo.reach.cost_table import CostTable
from ipps_geo.reach.street_snapping import Snapping

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.reach.street_snapping import Snap
    from ipps_geo.reach.streets import StreetNetwork
    from ipps_geo.reach.timetable import Timetable
    from ipps_geo.reach.transit import TransitNetwork

FAR = {"m": 300_000.0, "min": 1_440.0}
"""Limit under which the nearest station is looked for: farther than any two places of the city, or a day."""


DEFAULT_SNAPPING = Snapping()


@dataclass(frozen=True, eq=False)
class Travel:
    """A way of travelling, or a table of what it costs, and the limit that counts as reached.

    ``limit`` is in ``unit``: metres, or minutes door to door. ``network`` is None for the straight line, which is
    stretched by ``detour_factor``. Those who ride walk along ``streets`` where they are given, else straight with a
    detour of their own. ``snapping`` says how points meet the streets.
    """

    limit: float
    unit: Literal["m", "min"] = "m"
    detour_factor: float = 1.0
    network: StreetNetwork | TransitNetwork | Timetable | CostTable | None = None
    streets: StreetNetwork | None = None
    snapping: Snapping = DEFAULT_SNAPPING

    def __post_init__(self) -> None:
        """Refuse limits that reach nobody and units that the way of travelling does not have."""
        if math.isinf(self.limit) and self.limit > 0:
            raise BadInput("travel.limit_without_end", where="reach")
        if not self.limit > 0:
            raise BadInput("travel.limit_reaches_nobody", where="reach", limit=f"{self.limit:g}")
        if not 1 <= self.detour_factor < math.inf:
            raise BadInput("travel.detour_below_one", where="detour_factor")
        if self.unit == "min" and self.network is None:
            raise BadInput("travel.minutes_need_network", where="reach")
        if self.unit == "m" and self.method == "transit":
            raise BadInput("travel.transit_in_minutes", where="reach")

    @property
    def method(self) -> str:
        """``straight_line``, ``street_network`` or ``transit``."""
        if self.network is None:
            return "straight_line"
        if isinstance(self.network, CostTable):
            return "costs"
        return "transit" if hasattr(type(self.network), "between_min") else "street_network"

    def reach(
        self,
        demand_xy: NDArray[np.float64],
        site_xy: NDArray[np.float64],
        limit: float | None = None,
        *,
        ids: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    ) -> Reach:
        """Return who reaches which site; points in the region's metric CRS. ``limit`` replaces the own one.

        A table of costs goes by the ids of both sides (see ``planning.own_tables``) and not by their places.
        """
        most = self.limit if limit is None else limit
        if isinstance(self.network, CostTable):
            if ids is None:
                raise BadInput("own_table.no_ids", where=self.network.source)
            return self.network.reach(*ids, most)
        if self.network is None:
            return Reach.from_points(demand_xy, site_xy, most / self.detour_factor)
        if self.method == "transit":
            from ipps_geo.reach.transit import transit_reach

            return transit_reach(
                self.network,  # type: ignore[arg-type]
                demand_xy,
                site_xy,
                most,
                streets=self.streets,
                snapping=self.snapping,
            )
        from ipps_geo.reach.street_search import street_reach

        found = street_reach(self.network, demand_xy, site_xy, most, unit=self.unit, snapping=self.snapping)  # type: ignore[arg-type]
        return found.reach

    def nearest(
        self,
        demand_xy: NDArray[np.float64],
        site_xy: NDArray[np.float64],
        *,
        ids: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    ) -> NDArray[np.float64]:
        """Return the cost from each point to its nearest site: inf without one, nan where nobody can tell.

        Nobody can tell of a point without a place, of one that meets no street (or only an island of them) and reaches
        nothing, and of one that a table of costs does not list.
        """
        if self.network is None:
            return nearest_distance_m(demand_xy, site_xy) * self.detour_factor
        nearest = np.full(len(demand_xy), np.nan)
        known = np.isfinite(demand_xy).all(axis=1)
        some = None if ids is None else (ids[0].loc[known], ids[1])
        nearest[known] = nearest_cost(self.reach(demand_xy[known], site_xy, FAR[self.unit], ids=some))
        lost = pd.notna(self.off_network(demand_xy))
        if isinstance(self.network, CostTable) and ids is not None:
            lost |= ~self.network.lists(*ids)[0]
        nearest[lost & np.isinf(nearest)] = np.nan
        return nearest

    def areas(self, site_xy: NDArray[np.float64]) -> NDArray[Any]:
        """Return the service area of each site in metres, shape (m,): circle, isochrone, or circles about stops."""
        if self.network is None:
            return coverage.buffer_areas(site_xy, self.limit / self.detour_factor)
        if self.method == "transit":
            return coverage.transit_areas(self.network, site_xy, self.limit)  # type: ignore[arg-type]
        return coverage.street_areas(self.network, site_xy, self.limit, unit=self.unit, snapping=self.snapping)  # type: ignore[arg-type]

    def basins(self, site_xy: NDArray[np.float64]) -> NDArray[Any] | None:
        """Return the part of each area from which the site is the nearest, along streets; None for other ways."""
        if self.method != "street_network":
            return None
        from ipps_geo.coverage.areas import street_basins

        return street_basins(self.network, site_xy, self.limit, unit=self.unit, snapping=self.snapping)  # type: ignore[arg-type]

    def refuse_elsewhere(self, xy: NDArray[np.float64]) -> None:
        """Refuse a network that none of the places ``xy`` (metres) meets: no station within a walk, no street near.

        Raises
        ------
        BadInput
            ``transit.elsewhere``, with how far the nearest station is; ``streets.elsewhere``.
        """
        known = xy[np.isfinite(xy).all(axis=1)]
        if self.method == "street_network" and len(known) and not (self._meets(known).edge >= 0).any():
            raise BadInput(
                "streets.elsewhere",
                where=self.network.source,  # type: ignore[union-attr]
                limit_m=f"{self.snapping.max_snap_m:,.0f}",
                points=len(known),
            )
        if self.method == "transit" and len(known):
            from ipps_geo.reach.walks import MAX_WALK_M, nearest_station_m

            away_m = nearest_station_m(known, self.network.station_xy).min()  # type: ignore[union-attr]
            if away_m > MAX_WALK_M:
                raise BadInput(
                    "transit.elsewhere",
                    where=self.network.source,  # type: ignore[union-attr]
                    walk_m=f"{MAX_WALK_M:,.0f}",
                    points=len(known),
                    nearest_km=f"{away_m / 1000:,.0f}",
                )

    def off_network(self, xy: NDArray[np.float64], towards: Literal["leave", "arrive"] = "leave") -> NDArray[Any]:
        """Return why each point has to be named: ``no_street`` lies near it, or one that leads nowhere (``island``).

        None for the others, and for points without a place. ``towards``: whether one sets out there or arrives.
        """
        off = np.full(len(xy), None, dtype=object)
        if self.method == "street_network":
            known = np.flatnonzero(np.isfinite(xy).all(axis=1))
            met = self._meets(xy[known], towards)
            off[known[met.edge < 0]] = "no_street"
            off[known[met.island]] = "island"
        return off

    def unlisted(self, population: pd.DataFrame, stations: pd.DataFrame) -> pd.DataFrame:
        """Return the enterprises and stations that a table of costs does not list: subject_kind, subject."""
        rows = []
        if isinstance(self.network, CostTable):
            listed = self.network.lists(demand_ids(population), site_ids(stations))
            for kind, ids, known in zip(
                ("enterprise", "institution"), (population["enterprise_id"], stations["institution_id"]), listed,
                strict=True,
            ):  # fmt: skip
                rows += [(kind, str(name)) for name in ids.to_numpy()[~known]]
        return pd.DataFrame(rows, columns=["subject_kind", "subject"])

    def left_out(self) -> pd.DataFrame:
        """Return the rows of a timetable that could not be used: file, row, column, reason, value."""
        rows: pd.DataFrame = getattr(self.network, "left_out", pd.DataFrame())
        return rows

    def met(self, xy: NDArray[np.float64]) -> dict[str, Any]:
        """Return how many points with a place there are, and meet the streets, an island of them, or a station."""
        known = xy[np.isfinite(xy).all(axis=1)]
        if self.method == "transit":
            from ipps_geo.reach.walks import MAX_WALK_M, nearest_station_m

            near = nearest_station_m(known, self.network.station_xy) <= MAX_WALK_M  # type: ignore[union-attr]
            return {"network_doors": len(known), "network_near_stations": int(near.sum())}
        if self.method != "street_network":
            return {}
        found = self._meets(known)
        snapped = int((found.edge >= 0).sum())
        return {"network_places": len(known), "network_snapped": snapped, "network_on_islands": int(found.island.sum())}

    def _meets(self, xy: NDArray[np.float64], towards: Literal["leave", "arrive"] = "leave") -> Snap:
        return self.snapping.of(self.network, xy, towards)  # type: ignore[arg-type]

    def describe(self) -> dict[str, Any]:
        """Return what an output has to say of it."""
        stated: dict[str, Any] = {"method": self.method, "limit": self.limit, "limit_unit": self.unit}
        if self.network is None:
            return stated | {"detour_factor": self.detour_factor}
        if self.streets is not None:
            stated |= {"walked_streets": self.streets.source}
        stated |= {"network_source": self.network.source, "network_as_of": self.network.as_of}
        if self.method == "street_network":
            terms = self.snapping
            stated |= {"mode": self.network.mode, "snap_limit_m": terms.max_snap_m, "island_share": terms.island_share}  # type: ignore[union-attr]
            stated |= {"barriers": 0 if terms.barriers is None else len(terms.barriers)}
        remarks = getattr(self.network, "remarks", ())
        if remarks:
            stated |= {"network_remarks": remarks}
        return stated | {f"network_{name}": value for name, value in self.network.checks().items()}


def street_travel(
    path: Path | Sequence[Path],
    limit: float,
    *,
    unit: Literal["m", "min"] = "m",
    mode: str = "walk",
    edges: Path | None = None,
    datum: str | None = None,
    tolerance_m: float | None = None,
    snap_limit_m: float | None = None,
    barriers: Sequence[Path] = (),
    sandbox: bool = True,
    metric_crs: str | None = None,
) -> Travel:
    """Return travel along the streets of one or several files; see ``reach.street_files.read_streets``.

    ``datum`` is the reference system of their coordinates, ``tolerance_m`` how far apart lines may end that meet,
    ``snap_limit_m`` how far a street may lie; ``barriers`` are files of lines that nobody crosses to get to a street;
    ``metric_crs`` is that of the region that is travelled, as of the workspace.
    """
    from ipps_geo.reach.street_files import read_barriers, read_streets
    from ipps_geo.reach.street_noding import TOLERANCE_M
    from ipps_geo.reach.street_snapping import MAX_SNAP_M

    network = read_streets(
        path,
        edges=edges,
        mode=mode,  # type: ignore[arg-type]
        datum=datum,
        tolerance_m=TOLERANCE_M if tolerance_m is None else tolerance_m,
        sandbox=sandbox,
        metric_crs=metric_crs,
    )
    walls = read_barriers(barriers, datum=datum, metric_crs=metric_crs, sandbox=sandbox) if barriers else None
    snapping = Snapping(MAX_SNAP_M if snap_limit_m is None else snap_limit_m, barriers=walls)
    return Travel(limit, unit, network=network, snapping=snapping)


def line_travel(
    stations: Path,
    links: Path,
    limit_min: float,
    *,
    changes: Path | None = None,
    datum: str | None = None,
    sandbox: bool = True,
    metric_crs: str | None = None,
) -> Travel:
    """Return travel by the lines of three tables: stations, links, changes; see ``reach.line_tables.read_lines``."""
    from ipps_geo.reach.line_tables import read_lines

    network = read_lines(stations, links, changes, datum=datum, sandbox=sandbox, metric_crs=metric_crs)
    return Travel(limit_min, "min", network=network)


def cost_travel(path: Path, reach_km: float, minutes: float | None) -> Travel:
    """Return the costs of a table of one's own: its minutes up to ``minutes``, or its metres up to ``reach_km``.

    Raises
    ------
    BadInput
        A table that cannot be used, or minutes without a limit in minutes.
    """
    costs = read_costs(path)
    if (costs.unit == "min") != (minutes is not None):
        raise BadInput(f"own_table.limit_{costs.unit}", where=path.name)
    return Travel(reach_km * 1000 if minutes is None else minutes, costs.unit, network=costs)


def gtfs_travel(
    path: Path | Sequence[Path],
    limit_min: float,
    *,
    day: dt.date | None = None,
    window: tuple[str, str] | None = None,
    percentile: int = 50,
    walks: Travel | None = None,
    datum: str | None = None,
    metric_crs: str | None = None,
) -> Travel:
    """Return travel by the timetable of GTFS feeds (zips or folders); see ``reach.gtfs.read_gtfs``.

    With ``walks`` (see :func:`street_travel`) one walks along its streets to, from and between stations.
    """
    from ipps_geo.reach.gtfs import WINDOW, read_gtfs

    network = read_gtfs(
        path, day=day, window=window or WINDOW, percentile=percentile, datum=datum, metric_crs=metric_crs
    )
    if walks is None:
        return Travel(limit_min, "min", network=network)
    return Travel(limit_min, "min", network=network, streets=walks.network, snapping=walks.snapping)  # type: ignore[arg-type]
