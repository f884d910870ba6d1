"""Art. 8: changes of name, undertaking unit, form: which way they go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.article_05 import DIRECT
from ipps_geo.compliance.findings import Outcome, Severity, failed, unclear
from ipps_geo.compliance.registry import BOTH, EVERY, STATION, rule
from ipps_geo.compliance.steps import STEP_ANSWERS, steps_in_order

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case

CHANGE_THROUGH_DISTRICT = ("applied_on", "recommended_on", "decided_on", "filed_on")


@rule(
    "R8-1",
    article="8(1)",
    severity=Severity.BLOCKING,
    roles=("change",),
    kinds=BOTH,
    inputs=(
        "applications.route",
        "applications.host_type",
        "applications.change_items",
        *STEP_ANSWERS,
        *(f"applications.{step}" for step in CHANGE_THROUGH_DISTRICT),
    ),
    verdicts=EVERY,
    open_when=(
        "a step has no day, the way or the kind of host is not known, or application and institution call the "
        "host differently; as R5-1"
    ),
    fails_when="a change of a carrier's station or a centre went direct, or a later step has an earlier day",
)
def change_through_district(case: Case) -> Outcome | None:
    """A change of a carrier's station or of a centre goes through the district; the text sets no time limit.

    A new undertaking unit asks again whether it is a legal person and old enough; a new place, how far coverage goes:
    both are noted for a person to judge.
    """
    organization = _is_organization(case)
    if organization:
        return None
    if organization is None:
        told = case.fact("host_type") is not None
        code = "host_type_contradicted" if told else "host_type_unknown"
        return unclear(code, missing=("host_type",), params=_consequences(case))
    if case.fact("route") is None:
        return unclear("route_unknown", missing=("route",), params=_consequences(case))
    if case.fact("route") == "direct":
        return failed("direct_route", measured="direct", required="district", params=_consequences(case))
    return _with_consequences(case, steps_in_order(case, CHANGE_THROUGH_DISTRICT))


@rule(
    "R8-2",
    article="8(2)",
    severity=Severity.BLOCKING,
    roles=("change",),
    kinds=STATION,
    inputs=(
        "applications.route",
        "applications.org_level",
        "applications.change_items",
        *STEP_ANSWERS,
        *(f"applications.{step}" for step in DIRECT),
    ),
    parameters=("organization_levels",),
    readings=("organization_change_route",),
    verdicts=EVERY,
    open_when="a step has no day, or the way is not known; as R5-1",
    fails_when=(
        "a change of an organisation of municipal level or above went through a district, one of an organisation below "
        "went direct, or a later step has an earlier day"
    ),
)
def change_direct(case: Case) -> Outcome | None:
    """A change of an industry organisation's station goes to the city centre directly.

    That is the way of organisations of municipal level and above; below, the way leads through the district.
    """
    if not _is_organization(case):
        return None
    if case.fact("route") is None:
        return unclear("route_unknown", missing=("route",), params=_consequences(case))
    institution = case.context.institutions.get(case.subject.institution_id or "")
    level = case.fact("org_level") or (institution.facts["org_level"] if institution is not None else None)
    # A station of an organisation can only have been established by one of municipal level, unless its row says less.
    if level is not None and level not in case.words("organization_levels"):
        if case.fact("route") == "direct":
            required = case.words("organization_levels")
            return failed("direct_route_below_level", measured=level, required=required, params=_consequences(case))
        return _with_consequences(case, steps_in_order(case, CHANGE_THROUGH_DISTRICT))
    if case.fact("route") == "district" and case.reading("organization_change_route") == "direct_only":
        return failed("district_route", measured="district", required="direct", params=_consequences(case))
    return _with_consequences(case, steps_in_order(case, DIRECT))


def _is_organization(case: Case) -> bool | None:
    """Whether an industry organisation undertakes it, by application and institution; None where that is open."""
    if case.subject.institution_kind != "workstation":
        return False
    institution = case.context.institutions.get(case.subject.institution_id or "")
    told = {case.fact("host_type"), None if institution is None else institution.facts["host_type"]} - {None}
    answers = {kind == "industry_organization" for kind in told}
    return answers.pop() if len(answers) == 1 else None


def _consequences(case: Case) -> dict[str, Any]:
    """Return what a change asks again, for a person to judge: the text is silent."""
    items = [item.strip() for item in str(case.fact("change_items") or "").split(";") if item.strip()]
    unit = any("单位" in item or "undertaking" in item for item in items)
    place = any("址" in item or "address" in item for item in items)
    return {"items": tuple(items), "reopens": ("R7-1b", "R7-1c") if unit else (), "recompute_coverage": place}


def _with_consequences(case: Case, outcome: Outcome) -> Outcome:
    from dataclasses import replace

    return replace(outcome, params={**_consequences(case), **outcome.params})
