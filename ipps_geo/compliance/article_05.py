"""Art. 5: how an application goes: through the district, or directly for an industry organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipps_geo.compliance.answers import all_answers
from ipps_geo.compliance.findings import Outcome, Severity, Verdict, failed, met, unclear
from ipps_geo.compliance.registry import BOTH, EVERY, STATION, rule
from ipps_geo.compliance.steps import STEP_ANSWERS, steps_in_order

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case

THROUGH_DISTRICT = ("applied_on", "inspected_on", "recommended_on", "decided_on", "filed_on")
DIRECT = ("applied_on", "decided_on", "filed_on")


@rule(
    "R5-1",
    article="5(1)",
    severity=Severity.BLOCKING,
    roles=("establishment",),
    kinds=BOTH,
    inputs=("applications.route", *STEP_ANSWERS, *(f"applications.{step}" for step in THROUGH_DISTRICT)),
    verdicts=EVERY,
    open_when=(
        "a step has no day; the form of the application is known to be unknown; a step has a day and is said "
        "not to have been done; went direct, and the kind of host is not known"
    ),
    fails_when=(
        "a carrier's or centre's application went direct or was not written, a step is known to have been left out, "
        "or a later step has an earlier day"
    ),
)
def through_the_district(case: Case) -> Outcome | None:
    """An application of a carrier or a centre: the district recommends, the city centre decides, the office files."""
    if case.subject.is_organization:
        return None
    if case.fact("route") == "direct":
        if case.fact("host_type") is None and case.subject.institution_kind == "workstation":
            return unclear("host_type_unknown", missing=("host_type",))
        return failed("direct_route", measured="direct", required="district")
    return steps_in_order(case, THROUGH_DISTRICT)


@rule(
    "R5-2",
    article="5(2)",
    severity=Severity.BLOCKING,
    roles=("establishment",),
    kinds=STATION,
    inputs=(
        "applications.route",
        "applications.org_level",
        *STEP_ANSWERS,
        *(f"applications.{step}" for step in THROUGH_DISTRICT),
    ),
    parameters=("organization_levels",),
    verdicts=EVERY,
    open_when="as R5-1; the way, or the level of an organisation that went direct, is not known",
    fails_when=(
        "an organisation below the municipal level applied directly, the application was not written, "
        "or a later step has an earlier day"
    ),
)
def organization_route(case: Case) -> Outcome | None:
    """An industry organisation of municipal level or above may apply directly, or through the district."""
    if not case.subject.is_organization:
        return None
    route, level = case.fact("route"), case.fact("org_level")
    if route is None:
        return unclear("route_unknown", missing=("route",))
    if route == "district":
        return steps_in_order(case, THROUGH_DISTRICT, measured="district")
    if level is None:
        return unclear("level_unknown", measured="direct", missing=("org_level",))
    if level not in case.words("organization_levels"):
        return failed("direct_route_below_level", measured=level, required=case.words("organization_levels"))
    return steps_in_order(case, DIRECT, measured="direct")


@rule(
    "R5-3",
    article="5(3)",
    severity=Severity.JUDGEMENT,
    roles=("establishment",),
    kinds=BOTH,
    inputs=(
        "applications.decision",
        "applications.was_inspected",
        "applications.was_argued",
        "applications.was_evaluated",
    ),
    verdicts=EVERY,
    open_when="inspection, argument or evaluation is not on record; there is a day of decision and no decision",
    fails_when="an accepted application was not inspected, argued or evaluated by the city centre",
)
def decision_record(case: Case) -> Outcome | None:
    """The decision rests on an inspection, an argument and an overall evaluation by the city centre."""
    if case.fact("decision") != "accepted":
        return None if case.fact("decided_on") is None else unclear("decision_unknown", missing=("decision",))
    return all_answers(case, ("was_inspected", "was_argued", "was_evaluated"), "decision_record")


@rule(
    "R5-4",
    article="5(3)",
    severity=Severity.INFORMATION,
    roles=("establishment",),
    kinds=BOTH,
    inputs=("applications.decision", "applications.decided_on", "applications.filed_on", "applications.was_filed"),
    verdicts=(Verdict.PASS, Verdict.UNDETERMINED),
    open_when=(
        "filing is not on record, older than the decision, or contradicts its answer; there is a day of "
        "decision and no decision"
    ),
    fails_when="never: the text sets no time limit for filing, the days that passed are shown",
)
def filing(case: Case) -> Outcome | None:
    """The establishment was filed with the municipal office."""
    if case.fact("decision") != "accepted":
        return None if case.fact("decided_on") is None else unclear("decision_unknown", missing=("decision",))
    decided, filed = case.fact("decided_on"), case.fact("filed_on")
    if filed is None:
        if case.fact("was_filed") == "yes":
            return met("filed_day_unknown", missing=("filed_on",))
        waiting = None if decided is None else (case.on - decided).days
        return unclear("not_filed", measured=waiting, missing=("filed_on",))
    if case.fact("was_filed") == "no":
        return unclear("steps_contradicted", missing=("filed_on",), params={"items": ("filed_on",)})
    if decided is None:
        return met("filed_day_unknown", missing=("decided_on",))
    if filed < decided:
        return unclear("filed_before_decision", measured=filed, required=decided, missing=("filed_on",))
    return met("filed", measured=(filed - decided).days)
