"""What a planning run returns: a plan that the independent checker has passed, with its proof and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipps_geo.results.showing import Shown

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ipps_geo.compliance.findings import Finding
    from ipps_geo.results.coverage import CoverageResult
    from ipps_geo.results.provenance import Provenance


@dataclass(frozen=True, eq=False)
class PlanResult(Shown):
    """A plan of new workstations that the independent checker has passed, with proof, reasons and context.

    Attributes
    ----------
    status, stop_reason, objective, bound, gap, seconds
        As in ``SitePlan``; ``gap`` is nan where an objective of 0 leaves nothing to relate it to.
    proposals
        One row per open site, in the order of opening: rank, site_id, name_zh, name_en, unit, host_type, newly_served,
        with_need, without_need, unknown_need, margin_roster (newly served minus the minimum), margin_need (those with
        need minus those that the share asks for), dropped_without_need, screening (PASS or UNDETERMINED), questions,
        position_precision_m, source, geometry.
    annex
        The roster of every proposal: site_id, enterprise_id, entity_key, uscc, name, industry_codes, explicit_need,
        unit, distance_m.
    closed_sites
        One row per candidate not opened: site_id, name_zh, unit, reachable, with_need, largest_roster, shortfall,
        would_add, would_add_at_most, would_replace, swap_loss, reason (a code of ``siting.closed_sites``).
    uncovered
        One row per eligible enterprise that stays unserved: enterprise_id, unit, explicit_need, reason, geometry.
    candidates_kept_out
        Carriers that screening or a rule of the planner keeps out: site_id, reason, rules.
    findings
        The audit of the network as it stands.
    coverage_before, coverage_after
        Coverage without and with the proposals.
    violations
        What the independent checker found: empty, or the plan is not written.
    frontier, alternatives, robustness
        Tables of the choices, when asked for.
    history
        Search milestones: seconds, objective, bound, phase.
    """

    kind = "plan"

    status: str
    stop_reason: str
    objective: float
    bound: float
    gap: float
    seconds: float
    proposals: gpd.GeoDataFrame
    annex: pd.DataFrame
    closed_sites: gpd.GeoDataFrame
    uncovered: gpd.GeoDataFrame
    candidates_kept_out: pd.DataFrame
    findings: tuple[Finding, ...]
    coverage_before: CoverageResult
    coverage_after: CoverageResult
    violations: tuple[Any, ...]
    provenance: Provenance
    frontier: pd.DataFrame | None = None
    alternatives: pd.DataFrame | None = None
    robustness: pd.DataFrame | None = None
    history: pd.DataFrame | None = None
