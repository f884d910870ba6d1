"""Coverage over partitions: every enterprise counted where it lies, every total and quantile exact.

Of an enterprise 14 bytes come back from its partition: unit, size, need, whether it is on a roster, how far its nearest
station is. The table is then made of all of them by the function that makes it of one table, so that it is the same,
medians and percentiles too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.coverage import coverage_by, coverage_by_unit, worst
from ipps_geo.coverage.by_unit import nearest_distance_m
from ipps_geo.executors import InProcess
from ipps_geo.planning.access_choices import AccessChoices
from ipps_geo.planning.existing import STAFF
from ipps_geo.planning.handing import Work
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.planning.partitions import Ground, entities_of, ground_of
from ipps_geo.reach.zones import zones_of
from ipps_geo.results import CoverageResult
from ipps_geo.results.provenance import provenance
from ipps_geo.workspace.activity import active_institutions, day_of
from ipps_geo.workspace.claims import left_out_claims
from ipps_geo.workspace.demand import NEED_WORDS, roster_holders
from ipps_geo.workspace.loaded import LoadReport
from ipps_geo.workspace.partitions import Partition

if TYPE_CHECKING:
    from ipps_geo.planning.handing import Told
    from ipps_geo.policy import Policy
    from ipps_geo.workspace.partitions import PartitionedWorkspace


def coverage_partitions(
    workspace: PartitionedWorkspace,
    policy: Policy,
    *,
    reach_km: float = 3.0,
    detour_factor: float = 1.0,
    on: dt.date | None = None,
    executor: Executor | None = None,
    work_folder: Path | None = None,
    progress: Told | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> CoverageResult:
    """Return roster and access coverage of the key-industry enterprises of all partitions, in a straight line.

    ``by_unit`` and the tables ``by_size`` and ``by_need`` are those of :func:`ipps_geo.planning.coverage`; the measures
    are those that need no catchments: worst_unit, worst_unit_share, enterprises_per_station, enterprises_per_staff.
    """
    network = workspace.network
    day = day_of(network, on)
    parameters = PlanParameters(reach_km=reach_km, detour_factor=detour_factor)
    travel = parameters.travel
    stations = active_institutions(network.institutions, day, "workstation")
    placed = stations.loc[~(stations.geometry.isna() | stations.geometry.is_empty)]
    lonlat = np.column_stack([placed.geometry.x.to_numpy(), placed.geometry.y.to_numpy()])
    work = Work(executor or InProcess(), progress, should_stop)
    with TemporaryDirectory(prefix=".ipps-coverage-", dir=work_folder) as folder:
        nobody = {"enterprises": network.enterprises.iloc[:0], "rosters": network.rosters.iloc[:0]}
        ground = Ground(
            network=network.replace(**nobody, loaded=LoadReport()),
            policy=policy,
            on=day,
            parameters=parameters,
            holders=roster_holders(network, day),
            claimed=left_out_claims(network, day).keys,
            sites=placed,
            zones=zones_of(lonlat, workspace.metric_crs),
            choices=AccessChoices(),
            work=Path(folder),
        )
        file = ground.saved()
        counted = work.hand(count_coverage, [(file, part) for part in workspace.partitions], "count")
    everybody = pd.concat(counted, ignore_index=True)
    unit = everybody["unit"].astype("str").replace("unknown", None)
    nearest, on_roster = everybody["nearest"].to_numpy(), everybody["on_roster"].to_numpy()
    need = everybody["need"].to_numpy()
    by_unit = coverage_by_unit(
        unit, need, on_roster, nearest, travel.limit, stations["unit"], sorted(network.service_units["code"])
    )
    within, unjudged = nearest <= travel.limit, np.isnan(nearest)
    tables = {
        name: coverage_by(column, on_roster, within, label, unjudged)
        for name, label, column in (
            ("by_size", "sme_class", everybody["sme_class"].astype("str").replace("unknown", None)),
            ("by_need", "explicit_need", everybody["need"].map(NEED_WORDS)),
        )
    }
    stated = travel.describe() | {"partitions": len(workspace.partitions), "partitioned_by": workspace.by}
    origin = provenance(network, policy, day, stated | {"measured_in": workspace.metric_crs or "zones"})
    return CoverageResult(
        by_unit=by_unit,
        limit=travel.limit / 1000,
        limit_unit="km",
        method=travel.method,
        measures=_measures(by_unit, sorted(network.service_units["code"]), stations),
        provenance=replace(origin, content_hash=workspace.content_hash),
        tables=tables,
    )


def count_coverage(task: tuple[Path, Partition]) -> pd.DataFrame:
    """Return unit, size, need, whether on a roster, and metres to the nearest station of a partition's enterprises."""
    file, partition = task
    ground = ground_of(file)
    entities = entities_of(ground, partition)
    chosen = (entities["is_enterprise"] == "yes") & (entities["key_industry"] == "yes")
    people = entities.loc[chosen]
    lonlat = np.column_stack([people.geometry.x.to_numpy(), people.geometry.y.to_numpy()])
    known = np.isfinite(lonlat).all(axis=1)
    nearest = np.full(len(people), np.inf)
    nearest[~known] = np.nan
    for zone in ground.zones:  # measured far from its zone a station seems farther than it is, never nearer
        metres = nearest_distance_m(zone.metres(lonlat[known]), zone.xy)
        nearest[known] = np.minimum(nearest[known], metres * ground.parameters.detour_factor)
    return pd.DataFrame(
        {
            "unit": pd.Categorical(people["unit"].fillna("unknown")),
            "sme_class": pd.Categorical(people["sme_class"].fillna("unknown")),
            "need": people["need"].to_numpy(np.int8),
            "on_roster": people["holder_id"].notna().to_numpy(),
            "nearest": nearest,
        }
    )


def _measures(by_unit: pd.DataFrame, units: list[str], stations: pd.DataFrame) -> dict[str, Any]:
    rows = by_unit.set_index("unit")
    here = rows.loc[units]
    lowest = worst((here["on_roster"] / here["enterprises"].where(here["enterprises"] > 0)).dropna())
    served = int(rows.loc["city", "on_roster"])
    staff = float(stations[list(STAFF)].fillna(0).sum(axis=1).sum())
    return {
        "worst_unit": None if lowest is None else lowest[0],
        "worst_unit_share": None if lowest is None else lowest[1],
        "enterprises_per_station": served / len(stations) if len(stations) else None,
        "enterprises_per_staff": served / staff if staff else None,
    }
