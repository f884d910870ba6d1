"""Networks that a user sends in: read in a process of their own, kept for the ways of travelling of a session."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

from ipps_geo.errors import BadInput
from ipps_geo.intake.packing import safe_name
from ipps_geo.planning.child import run_in_child
from ipps_geo.planning.network_files import files_of
from ipps_geo.planning.travel import Travel, line_travel, street_travel
from ipps_geo.reach.street_files import TABLE_ENDINGS
from ipps_geo.reach.street_snapping import MAX_SNAP_M, Snapping
from ipps_geo.reach.streets import MODES as MODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ipps_geo.reach.cost_table import CostTable
    from ipps_geo.reach.streets import StreetNetwork
    from ipps_geo.reach.timetable import Timetable
    from ipps_geo.reach.transit import TransitNetwork

    Network = StreetNetwork | TransitNetwork | Timetable | CostTable

NetworkKind = Literal["streets", "lines", "gtfs", "costs"]
NETWORK_KINDS: tuple[NetworkKind, ...] = ("streets", "lines", "gtfs", "costs")
NETWORK_SUFFIXES: Mapping[str, list[str]] = MappingProxyType(
    {
        "streets": ["graphml", "pbf", "osm", "gpkg", "geojson", "zip", "csv", "xlsx"],
        "lines": ["csv", "xlsx", "geojson", "gpkg"],
        "gtfs": ["zip"],
        "costs": ["xlsx", "csv", "parquet"],
    }
)
"""Endings of the files of each kind."""
READING_S = 180.0
"""How long a network may take to be read: the streets of the whole city from an OpenStreetMap extract."""


def read_network(
    files: Mapping[str, bytes],
    kind: NetworkKind,
    mode: str = "walk",
    *,
    day: dt.date | None = None,
    window: tuple[str, str] | None = None,
    datum: str | None = None,
    metric_crs: str | None = None,
) -> Network:
    """Return the network in files that were sent in, by name.

    ``streets``: GraphML, PBF, GeoPackage, or the tables of nodes and edges; ``lines``: the tables of stations, links
    and, if any, changes (see ``planning.network_files``); ``gtfs``: zips, of which ``day`` and ``window`` choose what
    runs; ``costs``: one table (see ``planning.own_tables``). A file that makes the reader fail takes nothing else with
    it. ``metric_crs`` is that of the workspace's region.

    Raises
    ------
    BadInput
        Files are missing, too many or wrong.
    NotSolved
        The reader ran out of memory.
    """
    with tempfile.TemporaryDirectory(prefix="ipps-network-") as folder:
        for name, content in files.items():
            (Path(folder) / safe_name(name)).write_bytes(content)
        if kind == "gtfs":
            return _timetable(sorted(Path(folder).iterdir()), day, window, metric_crs)
        if kind == "costs":
            return _costs(sorted(Path(folder).iterdir()))
        arguments = {"folder": folder, "kind": kind, "mode": mode, "datum": datum}
        arguments["metric_crs"] = metric_crs
        found, _ = run_in_child("ipps_geo.planning.networks:read_here", arguments, deadline_s=READING_S)
    if found is None:
        raise BadInput("travel.too_slow", where=", ".join(files), seconds=f"{READING_S:g}")
    return found  # type: ignore[no-any-return]


def read_here(
    folder: str,
    kind: NetworkKind,
    mode: str,
    progress: Callable[[Any], None],
    should_stop: Callable[[], bool],
    datum: str | None = None,
    metric_crs: str | None = None,
) -> Network:
    """Read the network of a folder in this process: the child's side of :func:`read_network`."""
    files = sorted(Path(folder).iterdir())
    stated: dict[str, Any] = {"datum": datum, "metric_crs": metric_crs}
    if kind == "lines":
        sent = files_of(files, ("transit_stations", "transit_links"), ("transit_changes",))
        stations, links = sent["transit_stations"], sent["transit_links"]
        travel = line_travel(stations, links, 1.0, changes=sent.get("transit_changes"), **stated)
    elif len(files) == 1 or not any(file.suffix.lower() in TABLE_ENDINGS for file in files):
        travel = street_travel(files, 1.0, mode=mode, **stated)
    else:
        sent = files_of(files, ("street_nodes", "street_edges"))
        travel = street_travel(sent["street_nodes"], 1.0, mode=mode, edges=sent["street_edges"], **stated)
    if travel.network is None:  # pragma: no cover - each of them reads one
        raise BadInput("travel.no_network", where=", ".join(file.name for file in files))
    return travel.network


def barriers_sent(files: Mapping[str, bytes], *, datum: str | None, metric_crs: str | None) -> NDArray[Any]:
    """Return the lines that nobody crosses on the way to a street, of files that were sent in, by name.

    Raises
    ------
    BadInput
        A file that holds no lines or areas, or cannot be read.
    """
    from ipps_geo.reach.street_files import read_barriers

    with tempfile.TemporaryDirectory(prefix="ipps-barriers-") as folder:
        paths = [Path(folder) / safe_name(name) for name in files]
        for path, content in zip(paths, files.values(), strict=True):
            path.write_bytes(content)
        return read_barriers(paths, datum=datum, metric_crs=metric_crs)


def network_travel(
    network: Network | None,
    limit: float,
    unit: Literal["m", "min"],
    detour_factor: float,
    *,
    percentile: int | None = None,
    streets: StreetNetwork | None = None,
    snap_limit_m: float = MAX_SNAP_M,
    barriers: NDArray[Any] | None = None,
) -> Travel:
    """Return travel along ``network`` up to ``limit`` metres or minutes; in a straight line without one.

    Of a timetable, ``percentile`` says which travel time of its window counts; ``streets`` are walked to its stops.
    ``snap_limit_m`` is how far from a place a street may lie, ``barriers`` lines that nobody crosses on the way to it.
    """
    if network is None:
        return Travel(limit, "m", detour_factor)
    if percentile is not None and is_timetable(network):
        network = network.asked(percentile)
    return Travel(limit, unit, network=network, streets=streets, snapping=Snapping(snap_limit_m, barriers=barriers))


def is_timetable(network: Network) -> TypeGuard[Timetable]:
    """Return whether a network is a timetable, of which a percentile can be asked."""
    return hasattr(network, "asked")


def network_method(network: Network) -> str:
    """Return the way of travelling that a network serves: ``street_network`` or ``transit``."""
    return Travel(1.0, "min", network=network).method


def _costs(files: list[Path]) -> CostTable:
    from ipps_geo.planning.own_tables import read_costs

    if len(files) != 1:
        raise BadInput("own_table.one_file", where=", ".join(file.name for file in files))
    return read_costs(files[0])


def _timetable(
    files: list[Path], day: dt.date | None, window: tuple[str, str] | None, metric_crs: str | None
) -> Timetable:
    from ipps_geo.reach.gtfs import WINDOW, read_gtfs

    if not files or any(file.suffix.lower() != ".zip" for file in files):
        raise BadInput("gtfs.zips_only", where=", ".join(file.name for file in files))
    return read_gtfs(files, day=day, window=window or WINDOW, metric_crs=metric_crs)
