"""What the checkers find: one record per claim of a plan that the inputs deny."""

from __future__ import annotations

from dataclasses import dataclass

PLAN_CODES = (
    "status_unknown",
    "plan_without_solution",
    "stop_reason_missing",
    "assignment_malformed",
    "assignment_out_of_range",
    "open_sites_malformed",
    "open_site_out_of_range",
    "open_sites_not_sorted",
    "site_not_open",
    "out_of_reach",
    "roster_too_small",
    "need_share_too_low",
    "too_many_sites",
    "over_budget",
    "over_capacity",
    "required_site_closed",
    "forbidden_site_open",
    "unit_short_of_sites",
    "target_missed",
    "demand_not_served",
    "covered_not_assigned",
    "not_nearest",
    "objective_differs",
    "bound_impossible",
    "gap_differs",
    "optimal_without_proof",
)
"""Codes of :func:`ipps_geo.siting.verify.verify_plan`."""

TABLE_CODES = (
    "site_unknown",
    "entity_unknown",
    "entity_twice",
    "entity_on_active_roster",
    "not_key_industry",
    "out_of_reach",
    "distance_differs",
    "need_differs",
    "roster_too_small",
    "need_share_too_low",
    "over_capacity",
    "proposal_without_roster",
    "additions_differ",
    "too_few_staff",
    "too_near",
    "unit_above_most",
    "shortfall_differs",
    "out_of_unit",
)
"""Codes of :func:`ipps_geo.siting.verify_tables.verify_proposals`."""


@dataclass(frozen=True)
class Violation:
    """One thing that a plan claims and the inputs deny.

    Attributes
    ----------
    code
        One of :data:`PLAN_CODES` or :data:`TABLE_CODES`.
    site, demand
        Where: a site and a demand row by position, in tables by id; ``None`` where it concerns neither.
    measured, required
        What was found, and what it had to be or to keep to.
    """

    code: str
    site: int | str | None
    demand: int | str | None
    measured: float | int | str | None
    required: float | int | str | None
