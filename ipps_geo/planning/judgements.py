"""Proposals judged by the rules with the roster that a plan gives them, and a tested site told as a plan."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ipps_geo import compliance
from ipps_geo.crs import metric_xy
from ipps_geo.identity import counts_as_enterprise
from ipps_geo.planning.site_test import place_of_site
from ipps_geo.results import PlanResult, day_of_result
from ipps_geo.workspace.activity import roster_keys
from ipps_geo.workspace.demand import NEED_WORDS, answers_on, combined_need, demand_table
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    from ipps_geo.compliance.findings import Finding
    from ipps_geo.policy import Policy
    from ipps_geo.results import SiteTest
    from ipps_geo.workspace import Workspace


def plan_findings(workspace: Workspace, policy: Policy, plan: PlanResult) -> dict[str, tuple[Finding, ...]]:
    """Return what each rule says of each proposal of ``plan``, by site; see :func:`proposal_findings`."""
    return {site: proposal_findings(workspace, policy, plan, site) for site in plan.proposals["site_id"]}


def proposal_findings(workspace: Workspace, policy: Policy, plan: PlanResult, site_id: str) -> tuple[Finding, ...]:
    """Return what each rule says of one proposal of ``plan`` with the roster that the plan gives it."""
    roster = plan.annex.loc[plan.annex["site_id"] == site_id].assign(holder_id="proposal")
    on = day_of_result(plan.provenance)
    return compliance.assess_site(workspace, policy, site_id=site_id, roster=roster, on=on).findings


def plan_of_test(workspace: Workspace, policy: Policy, result: SiteTest) -> PlanResult:
    """Return a tested site as a plan of one station; it claims no optimality, for nothing was searched."""
    told, parameters = result.assessment, result.provenance.parameters
    on = dt.date.fromisoformat(str(parameters["on"]))
    site = place_of_site(workspace, parameters["site_id"], parameters["lon"], parameters["lat"])
    annex = _annex(workspace, policy, result, site, on)
    need = annex["explicit_need"]
    served, with_need = len(annex), int((need == "yes").sum())
    row = site.iloc[0]
    proposals = gpd.GeoDataFrame(
        {
            "rank": [1],
            "site_id": [told.site_id],
            "name_zh": [row.get("name_zh") or f"{row.geometry.x:.4f}, {row.geometry.y:.4f}"],
            "name_en": [row.get("name_en")],
            "unit": [told.unit],
            "host_type": [row.get("host_type")],
            "newly_served": [served],
            "served_by_then": [served],
            "with_need": [with_need],
            "without_need": [int((need == "no").sum())],
            "unknown_need": [int((need == "unknown").sum())],
            "margin_roster": [served - policy.integer("station_enterprises", on)],
            "margin_need": [_margin(policy, on, with_need, served)],
            "dropped_without_need": [pd.NA if result.generated else 0],  # nobody counted them
            "screening": [str(told.verdict)],
            "questions": [""],
            "position_precision_m": [row.get("position_precision_m")],
            "source": [row.get("source")],
        },
        geometry=[row.geometry],
        crs=site.crs,
    )
    columns = ["site_id", "name_zh", "unit", "largest_roster", "would_add", "would_replace", "reason"]
    return PlanResult(
        status="feasible",
        stop_reason="search_ended",
        objective=float(served),
        bound=float("nan"),
        gap=float("nan"),
        seconds=0.0,
        proposals=proposals,
        annex=annex,
        closed_sites=gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=site.crs),
        uncovered=gpd.GeoDataFrame({"reason": []}, geometry=[], crs=site.crs),
        candidates_kept_out=pd.DataFrame({"site_id": [], "reason": [], "rules": []}),
        findings=told.findings,
        coverage_before=result.coverage_before,
        coverage_after=result.coverage_after,
        violations=(),
        provenance=result.provenance,
    )


def _margin(policy: Policy, on: dt.date, with_need: int, served: int) -> int:
    num, den = policy.share("station_need_share", on)
    return with_need - -(-num * served // den)


def _annex(workspace: Workspace, policy: Policy, result: SiteTest, site: gpd.GeoDataFrame, on: dt.date) -> pd.DataFrame:
    """Return the judged roster with place and unit of each entry where the enterprise table knows it."""
    roster = conform("rosters", result.roster.assign(holder_id="proposal"))
    keys = roster_keys(roster, workspace.enterprises)
    known: Any = demand_table(workspace, policy, on).drop_duplicates("entity_key").set_index("entity_key")
    found = known.reindex(keys)
    away = np.hypot(
        *(
            metric_xy(gpd.GeoSeries(found.geometry.to_numpy(), crs=known.crs), workspace.region.metric_crs)
            - metric_xy(site, workspace.region.metric_crs)[0]
        ).T
    )
    need = pd.Series(found["need"].map(NEED_WORDS).to_numpy()).fillna("unknown")
    # Rows of one entity speak together; the enterprise table where none of them does.
    stated = answers_on(roster, on)
    spoken = stated.isin(["yes", "no"]).groupby(keys).transform("any")
    together = combined_need(keys, stated).map(NEED_WORDS)
    annex = pd.DataFrame(
        {
            "site_id": result.assessment.site_id,
            "enterprise_id": roster["enterprise_id"],
            "entity_key": keys.to_numpy(),
            "uscc": roster["uscc"],
            "name": roster["name"],
            "industry_codes": roster["industry_codes"],
            "explicit_need": together.where(spoken, need),
            "unit": found["unit"].to_numpy(),
            "distance_m": away,
        }
    )
    # As the rules count: no one who is no enterprise, and no two rows as one by their names alone.
    counts = (counts_as_enterprise(keys, policy.enterprise_kinds) != "no").to_numpy()
    again = annex["entity_key"].duplicated() & ~annex["entity_key"].str.startswith("name:")
    return annex.loc[counts & ~again.to_numpy()].reset_index(drop=True)
