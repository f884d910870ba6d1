"""Coverage over partitions: every enterprise counted where it lies, every total, mean and quantile exact.

Of an enterprise some 35 bytes come back from its partition: unit, size, need, whether it is on a roster, how far its
nearest station is, its access. The tables are then made of all of them by the functions that make them of one table;
sums are exact (:mod:`ipps_geo.coverage.sums`), so that they are the same to the last digit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.coverage import catchment_overlap, coverage_by, coverage_by_unit, lorenz
from ipps_geo.executors import InProcess
from ipps_geo.planning.access import means_by_unit, measures_of, ordered, staff_of, thinned
from ipps_geo.planning.access_choices import AccessChoices, limits_table
from ipps_geo.planning.findings import audit
from ipps_geo.planning.handing import Work
from ipps_geo.planning.national_access import Looked, Supply, access_of, added, look, ratios_of
from ipps_geo.planning.parameters import PlanParameters
from ipps_geo.planning.partitions import Ground
from ipps_geo.reach.zones import zones_of
from ipps_geo.results import AuditResult, CoverageResult
from ipps_geo.results.provenance import provenance
from ipps_geo.vocabulary import Answer, SmeClass
from ipps_geo.workspace.activity import active_institutions, day_of
from ipps_geo.workspace.claims import left_out_claims
from ipps_geo.workspace.demand import NEED_WORDS, roster_holders
from ipps_geo.workspace.loaded import LoadReport

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.planning.handing import Told
    from ipps_geo.policy import Policy
    from ipps_geo.workspace.partitions import PartitionedWorkspace


def audit_partitions(workspace: PartitionedWorkspace, policy: Policy, *, on: dt.date | None = None) -> AuditResult:
    """Return every finding on the network of a partitioned workspace: of its enterprises, those that rosters name.

    Of no other does a rule speak; the provenance says how many were read and how many the partitions hold.
    """
    found = audit(workspace.network, policy, on=on)
    stated = {"enterprises_read": len(workspace.network.enterprises), "rows": workspace.rows}
    origin = found.provenance
    return replace(
        found,
        provenance=replace(
            origin,
            content_hash=workspace.content_hash,
            parameters=dict(origin.parameters) | stated | {"partitions": len(workspace.partitions)},
        ),
    )


def coverage_partitions(
    workspace: PartitionedWorkspace,
    policy: Policy,
    *,
    reach_km: float = 3.0,
    detour_factor: float = 1.0,
    on: dt.date | None = None,
    choices: AccessChoices | None = None,
    executor: Executor | None = None,
    work_folder: Path | None = None,
    progress: Told | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> CoverageResult:
    """Return roster and access coverage of the key-industry enterprises of all partitions, in a straight line.

    ``by_unit``, the measures and the tables by_industry, by_size, by_need, e2sfca, opportunities, overlap, lorenz,
    districts_including and hexagons are those of :func:`ipps_geo.planning.coverage`, with by_limit where ``choices``
    ask for limits. What relates enterprises or stations of different partitions to each other is left out: gaps,
    catchments, station_overlap, areas.
    """
    network = workspace.network
    day = day_of(network, on)
    choices = choices or AccessChoices()
    parameters = PlanParameters(reach_km=reach_km, detour_factor=detour_factor)
    travel = parameters.travel
    active = active_institutions(network.institutions, day)
    stations = active_institutions(network.institutions, day, "workstation")
    placed, supplying = _placed(stations), _placed(active.loc[active["kind"].isin(choices.kinds)])
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
            zones=zones_of(_lonlat(placed), workspace.metric_crs),
            choices=choices,
            work=Path(folder),
        )
        supply = Supply(staff_of(supplying), zones_of(_lonlat(supplying), workspace.metric_crs))
        file, supply_file = ground.saved(), supply.saved(ground.work)
        parts = workspace.partitions
        looked: list[Looked] = work.hand(look, [(file, supply_file, part) for part in parts], "count")
        ratios = ratios_of(supply, looked)
        access = np.concatenate(work.hand(access_of, [(file, ratios, part) for part in parts], "access"))
    everybody = pd.concat([each.people for each in looked], ignore_index=True)
    units = sorted(network.service_units["code"])
    unit = everybody["unit"].astype("str")
    nearest, on_roster = everybody["nearest"].to_numpy(), everybody["on_roster"].to_numpy()
    within, unjudged = everybody["within"].to_numpy(), np.isnan(nearest)
    by_unit = coverage_by_unit(
        unit, everybody["need"].to_numpy(), on_roster, nearest, travel.limit, stations["unit"], units
    )
    sizes = everybody["sme_class"].astype("str").replace("unknown", None)
    needs = everybody["need"].map(NEED_WORDS)
    opportunities = np.where(unjudged, np.nan, everybody["opportunities"])
    enhanced = access[~unjudged, 1]
    tables = {
        "by_industry": added(looked, "by_industry"),
        "by_size": ordered(coverage_by(sizes, on_roster, within, "sme_class", unjudged), SmeClass),
        "by_need": ordered(coverage_by(needs, on_roster, within, "explicit_need", unjudged), Answer),
        "e2sfca": means_by_unit(unit, {"access_2sfca": access[:, 0], "access_e2sfca": access[:, 1]}, units),
        "opportunities": means_by_unit(unit, {"stations_within_reach": opportunities}, units),
        "overlap": catchment_overlap(opportunities[~unjudged].astype(np.int64)),
        "lorenz": thinned(lorenz(enhanced)),
        "districts_including": added(looked, "districts_including"),
        "hexagons": added(looked, "hexagons"),
    }
    if choices.limits:
        tables["by_limit"] = limits_table(unit, nearest, choices.limits, units)
    stated = travel.describe() | {"partitions": len(parts), "partitioned_by": workspace.by}
    stated |= {"rows": sum(each.rows for each in looked), "legal_entities": sum(each.entities for each in looked)}
    stated |= {"measured_in": workspace.metric_crs or "zones"} | choices.describe(everybody)
    origin = provenance(network, policy, day, stated)
    return CoverageResult(
        by_unit=by_unit,
        limit=travel.limit / 1000,
        limit_unit="km",
        method=travel.method,
        measures=measures_of(
            by_unit, units, len(stations), float(staff_of(stations).sum()), enhanced, unit.to_numpy(object)[~unjudged]
        ),
        provenance=replace(origin, content_hash=workspace.content_hash),
        tables={name: table for name, table in tables.items() if table is not None},
    )


def _placed(institutions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the institutions with a known place."""
    return institutions.loc[~(institutions.geometry.isna() | institutions.geometry.is_empty)]


def _lonlat(places: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return np.column_stack([places.geometry.x.to_numpy(), places.geometry.y.to_numpy()])
