"""What a plan over partitions returns: small tables, a proof, and the folder in which the rosters lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from ipps_geo.compliance.findings import Finding
    from ipps_geo.results.provenance import Provenance


@dataclass(frozen=True, eq=False)
class NationalPlan:
    """A plan of new workstations over partitions of enterprises, which the independent checker has passed.

    Attributes
    ----------
    status, stop_reason, objective, bound, gap, seconds
        As in ``PlanResult``.
    proposals
        One row per open site, the most newly served first: rank, site_id, name_zh, name_en, unit, host_type,
        newly_served, with_need, without_need, unknown_need, margin_roster, margin_need, component, screening,
        questions, position_precision_m, source, geometry.
    components
        One row per component (sites that share enterprises, over others): component, sites, reachable, stations,
        newly_served, bound (on that many stations).
    by_unit
        One row per unit: unit, enterprises, on_roster_before, newly_served, stations.
    bounds
        stations, bound: what no plan of at most so many stations can exceed; empty where the program was solved whole.
    rosters
        Folder of the rosters, GeoParquet by partition; columns as ``PlanResult.annex`` and geometry.
    phases
        phase, tasks, seconds.
    frontier
        As in ``PlanResult``, where it was asked for.
    census, candidates_kept_out, findings, violations, provenance
        As in ``PlanResult``.
    """

    kind = "national_plan"

    status: str
    stop_reason: str
    objective: float
    bound: float
    gap: float
    seconds: float
    proposals: gpd.GeoDataFrame
    components: pd.DataFrame
    by_unit: pd.DataFrame
    bounds: pd.DataFrame
    rosters: Path
    phases: pd.DataFrame
    census: Mapping[str, int]
    candidates_kept_out: pd.DataFrame
    findings: tuple[Finding, ...]
    violations: tuple[Any, ...]
    provenance: Provenance
    frontier: pd.DataFrame | None = None
