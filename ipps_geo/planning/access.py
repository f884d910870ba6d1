"""Coverage of the network: roster coverage beside access coverage, with the figures of equity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.coverage import coverage_by_unit, nearest_distance_m
from ipps_geo.crs import metric_xy
from ipps_geo.planning.provenance import day_of, provenance
from ipps_geo.results import CoverageResult
from ipps_geo.workspace.activity import active_institutions
from ipps_geo.workspace.demand import demand_table

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace


def coverage(
    workspace: Workspace,
    policy: Policy,
    *,
    reach_km: float = 3.0,
    detour_factor: float = 1.0,
    on: dt.date | None = None,
) -> CoverageResult:
    """Return roster and access coverage of the key-industry enterprises on day ``on``, by unit and for the city."""
    day = day_of(workspace, on)
    entities = demand_table(workspace, policy, day)
    chosen = (entities["is_enterprise"] == "yes") & (entities["key_industry"] == "yes")
    population = entities.loc[chosen].reset_index(drop=True)
    stations = active_institutions(workspace.institutions, day, "workstation")
    return coverage_result(
        workspace,
        policy,
        population,
        population["holder_id"].notna().to_numpy(),
        stations[["unit", "geometry"]],
        {"reach_km": reach_km, "detour_factor": detour_factor},
        day,
    )


def coverage_result(
    workspace: Workspace,
    policy: Policy,
    population: gpd.GeoDataFrame,
    on_roster: NDArray[np.bool_],
    stations: gpd.GeoDataFrame,
    parameters: Mapping[str, Any],
    on: dt.date,
) -> CoverageResult:
    """Return the coverage of ``population`` by ``stations`` (columns unit, geometry), ``on_roster`` given per row."""
    limit_m = parameters["reach_km"] * 1000 / parameters["detour_factor"]
    placed = stations.loc[~(stations.geometry.isna() | stations.geometry.is_empty)]
    nearest_m = nearest_distance_m(metric_xy(population), metric_xy(placed))
    table = coverage_by_unit(
        population["unit"],
        population["need"].to_numpy(np.int8),
        on_roster,
        nearest_m,
        limit_m,
        stations["unit"],
        sorted(workspace.service_units["code"]),
    )
    return CoverageResult(
        by_unit=table,
        limit=parameters["reach_km"],
        limit_unit="km",
        method="straight_line",
        measures={},
        provenance=provenance(workspace, policy, on, parameters),
    )
