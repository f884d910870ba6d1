"""What a planning run returns: a plan that the independent checker has passed, with its proof and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        need minus those that the share asks for), dropped_without_need, removal_loss and removal_loss_at_least (what
        the others would serve less without it; missing from a search that was killed), screening (PASS or
        UNDETERMINED), questions, position_precision_m, source, geometry.
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
    enlarged
        One row per existing station that takes in more, None where that was not asked for: rank, site_id, name, unit,
        host_type, established_on, old_members, old_need, newly_served, with_need, without_need, unknown_need,
        all_members, all_need, margin_roster, margin_need (both with old and new members), position_precision_m,
        source, geometry. ``site_id`` is the institution's.
    additions
        What they take in, columns as in ``annex``.
    not_enlarged
        The other active stations: site_id, name, unit, reason (a code of ``planning.existing.NOT_ENLARGED``).
    enlarged_findings
        What the rules say of each enlarged station with its additions listed.
    floor
        Where a least coverage of every unit was asked for, one row per unit: unit, enterprises, least,
        on_roster_before, on_roster_after, short (of ``least``), least_shortfall (whether no plan can be less short
        in all).
    balance
        Where rosters of new stations were made even: moved (enterprises that changed station), smallest_before,
        largest_before, smallest, largest (roster), proven (no rosters of these stations within the sizes before have a
        smaller sum of squared sizes); None elsewhere.
    unit_shares
        Under the objective of the worst unit, one row per unit, least share first: unit, may_be_served,
        candidates_reach (of them), newly_served, newly_served_share, share_proven (no plan betters this share while
        those above it in the table stay).
    weighting
        Where enterprises weigh differently, one row per value: value, weight_each (missing where it differs),
        enterprises (whom a plan may serve), weight_sum, weightless, newly_served.
    near_existing
        How many enterprises of ``annex`` stand within reach of a station that is there already; a public edition does
        not tell.
    front
        Where a second wish was asked for, one row per point: point, objective, bound, gap, status, the second wish
        (newly_reached, yearly_cost, mean_distance_m or mean_cost_min, worst_roster_share), asked_level, served,
        n_sites, open_sites.
    closures
        Where stations might close or move, one row per station that does: institution_id, name, unit, members (on its
        roster alone), served_again, given_up, moved_to (a carrier, missing where it only closes), moved_m, once_cost.
        Then ``objective`` is what is served newly less what is given up.
    years
        Where years were asked for, one row per year: year, n_sites, objective, alone and alone_bound (the best plan of
        that year alone), price (what the order costs in that year), added, sum_bound (what no order can exceed in all
        years together), status.
    scenarios
        Where one set of stations for all scenarios was asked for, one row per scenario: scenario, objective (of these
        stations), of_plan (of the plan's), alone, alone_bound, regret, regret_of_plan, robust_bound, status,
        open_sites.
    frontier, alternatives, robustness
        Tables of the choices, when asked for.
    unit_plans
        Per unit the plan that it would have on its own, when asked for: unit, status, objective, bound, gap, n_sites,
        open_sites.
    history
        Search milestones: seconds, objective, bound, phase.
    """

    kind = "plan"

    @property
    def turnover(self) -> dict[str, int] | None:
        """Where stations close or move: whom new rosters list, whom of them the old stations served, and what is left.

        ``listed`` is gross; ``newly_served`` were on no roster before, ``given_up`` are on none any more, ``net`` is
        the difference. None where no station closes.
        """
        if self.closures is None or not len(self.closures):
            return None
        listed = int(self.proposals["newly_served"].sum())
        listed += 0 if self.enlarged is None else int(self.enlarged["newly_served"].sum())
        again, given_up = (int(self.closures[name].sum()) for name in ("served_again", "given_up"))
        fresh = listed - again
        return {
            "listed": listed,
            "served_before": again,
            "newly_served": fresh,
            "given_up": given_up,
            "net": fresh - given_up,
        }

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
    enlarged: gpd.GeoDataFrame | None = None
    additions: pd.DataFrame | None = None
    not_enlarged: pd.DataFrame | None = None
    enlarged_findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    near_existing: int | None = 0
    floor: pd.DataFrame | None = None
    balance: dict[str, Any] | None = None
    unit_shares: pd.DataFrame | None = None
    weighting: pd.DataFrame | None = None
    front: pd.DataFrame | None = None
    closures: pd.DataFrame | None = None
    years: pd.DataFrame | None = None
    scenarios: pd.DataFrame | None = None
    frontier: pd.DataFrame | None = None
    alternatives: pd.DataFrame | None = None
    robustness: pd.DataFrame | None = None
    unit_plans: pd.DataFrame | None = None
    history: pd.DataFrame | None = None
