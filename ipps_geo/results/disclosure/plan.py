"""The public edition of a plan: where stations are proposed and how many each would newly serve."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.results.disclosure.coverage import public_coverage, public_provenance
from ipps_geo.results.disclosure.coverage_counts import CITY, COUNTED
from ipps_geo.results.edition import PUBLIC_MINIMUM, PublicEdition

if TYPE_CHECKING:
    import geopandas as gpd

    from ipps_geo.results.coverage import CoverageResult
    from ipps_geo.results.plan import PlanResult

PROPOSAL_COLUMNS = (
    "rank", "site_id", "name_zh", "name_en", "unit", "host_type", "newly_served", "position_precision_m", "geometry",
)  # fmt: skip
PUBLIC_PARAMETERS = ("objective", "stations", "reach_km")


def public_plan(plan: PlanResult, service_units: gpd.GeoDataFrame, map_review_number: str = "") -> PlanResult:
    """Return the public edition of a plan.

    It has no rosters, no unserved enterprises, no reasons why sites stayed closed, no findings, and of each proposal
    the number newly served alone. Where the enterprises that the plan leaves unserved are 1 to 4, even that is hidden,
    and so is what coverage after the plan has over coverage before where the difference is as small.
    """
    before = public_coverage(plan.coverage_before, service_units, map_review_number)
    city = plan.coverage_before.by_unit.set_index("unit").loc[CITY]
    served = int(plan.proposals["newly_served"].sum())
    left = int(city["enterprises"]) - int(city["on_roster"]) - served
    proposals = plan.proposals[[name for name in PROPOSAL_COLUMNS if name in plan.proposals]].copy()
    small = proposals["newly_served"].between(1, PUBLIC_MINIMUM - 1).any() or 0 < left < PUBLIC_MINIMUM
    if small or before.by_unit.set_index("unit").loc[[CITY], ["enterprises", "on_roster"]].isna().any(axis=None):
        proposals["newly_served"] = pd.array([pd.NA] * len(proposals), dtype="Int64")
        small = True
    proposals["not_shown"] = "newly_served" if small else ""
    order = [name for name in proposals if name != "geometry"]
    parameters = {
        name: plan.provenance.parameters[name] for name in PUBLIC_PARAMETERS if name in plan.provenance.parameters
    }
    edition = dataclasses.replace(
        before.provenance.edition or PublicEdition(map_review_number),
        left_out=("findings", "plan_details", "extremes", "registered_enterprises", "load_details"),
    )
    origin = public_provenance(plan.provenance, edition)
    origin = dataclasses.replace(origin, parameters={**origin.parameters, **parameters})
    return dataclasses.replace(
        plan,
        objective=np.nan if small else plan.objective,
        bound=np.nan if small else plan.bound,
        proposals=proposals[[*order, "geometry"]],
        annex=plan.annex.iloc[:0],
        closed_sites=plan.closed_sites.iloc[:0],
        uncovered=plan.uncovered.iloc[:0],
        candidates_kept_out=plan.candidates_kept_out.iloc[:0],
        enlarged=None,
        additions=None,
        not_enlarged=None,
        enlarged_findings={},
        findings=(),
        near_existing=None,
        floor=None,
        balance=None,
        unit_shares=None,
        weighting=None,
        front=None,
        closures=None,
        years=None,
        scenarios=None,
        coverage_before=dataclasses.replace(before, provenance=origin),
        coverage_after=_after(plan.coverage_before, plan.coverage_after, hide_roster=bool(small)),
        provenance=origin,
        frontier=None,
        alternatives=None,
        robustness=None,
        history=None,
    )


def _after(before: CoverageResult, after: CoverageResult, *, hide_roster: bool) -> CoverageResult:
    """Return the coverage after a plan: stations everywhere, and what the city gains where no small number follows."""
    rows = after.by_unit.drop(columns=[name for name in after.by_unit if str(name).startswith("nearest_")]).copy()
    left, right = (table.by_unit.set_index("unit").loc[CITY] for table in (before, after))
    counted = [name for name in COUNTED if name in rows]
    whole = {"enterprises", "on_roster", "within_reach", "not_judged"}
    is_city = (rows["unit"] == CITY).to_numpy()
    hidden = {name for name in counted if name not in whole}
    for name in ("on_roster", "within_reach"):
        gain, rest = int(right[name]) - int(left[name]), int(right["enterprises"]) - int(right[name])
        unjudged = int(right.get("not_judged", 0))
        told = (gain, rest, rest - unjudged, int(right[name]), unjudged)
        tight = any(0 < number < PUBLIC_MINIMUM for number in told)
        if tight or (name == "on_roster" and hide_roster):
            hidden.add(name)
    if 0 < int(right.get("not_judged", 0)) < PUBLIC_MINIMUM:
        hidden.add("not_judged")
    if int(right["enterprises"]) < PUBLIC_MINIMUM:
        hidden |= set(counted)
    for name in counted:
        shown = is_city if name not in hidden else np.zeros(len(rows), dtype=bool)
        rows[name] = rows[name].astype("Int64").where(shown)
    rows["not_shown"] = [
        ";".join(name for name in counted if not is_one or name in hidden) for is_one in is_city.tolist()
    ]
    return dataclasses.replace(after, by_unit=rows, measures={}, tables={}, areas={}, nearest=None, pairs=None)
