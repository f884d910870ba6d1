"""Art. 6: what a district centre needs: duties, a plan, staff, premises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.answers import all_answers
from ipps_geo.compliance.findings import Outcome, Severity, Verdict, at_least, failed, met, span, unclear
from ipps_geo.compliance.registry import CENTER, EVERY, rule
from ipps_geo.compliance.subjects import Role

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case
    from ipps_geo.compliance.staffing import Headcount

ROLES: tuple[Role, ...] = ("established", "establishment")
FACILITIES = ("has_premises", "has_phone", "has_tools")
STAFF_TABLE = ("staff.mode", "staff.qualified", "staff.person_id", "staff.from_date", "staff.to_date")


@rule(
    "R6-1",
    article="6(1)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=CENTER,
    inputs=("has_duty_document",),
    verdicts=EVERY,
    open_when="the answer is not on record",
    fails_when="there is no document of the centre's regional duty",
    condition=True,
)
def regional_duty(case: Case) -> Outcome:
    """A centre has the duty of IP public service in its region, on paper."""
    return all_answers(case, ("has_duty_document",), "duty_document")


@rule(
    "R6-2",
    article="6(2)",
    severity=Severity.JUDGEMENT,
    roles=ROLES,
    kinds=CENTER,
    inputs=("has_coordination_plan",),
    verdicts=EVERY,
    open_when="the answer is not on record",
    fails_when="there is no plan to coordinate the institutions of the region and to build its platform",
    condition=True,
)
def coordination(case: Case) -> Outcome:
    """A centre can coordinate the institutions of its region and build a platform."""
    return all_answers(case, ("has_coordination_plan",), "coordination_plan")


@rule(
    "R6-3a",
    article="6(3)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=CENTER,
    inputs=("full_time_staff", *STAFF_TABLE),
    parameters=("center_full_time_staff",),
    readings=("double_full_time",),
    verdicts=EVERY,
    open_when=(
        "numbers are not known; qualification, a second full-time post, a person in both modes, or a number "
        "that contradicts the persons listed decides"
    ),
    fails_when="fewer than 2 qualified persons work there full-time",
    condition=True,
)
def full_time_staff(case: Case) -> Outcome:
    """A centre has as many qualified full-time persons as the version asks for."""
    required = case.integer("center_full_time_staff")
    staff = case.context.staffing.of(case.subject, "full_time")
    if staff is None:
        return unclear("staff_unknown", required=required, missing=("full_time_staff",))
    least, most = staff.bounds(case.reading("double_full_time"))
    details = {"measured": span(least, most), "required": required, "margin": span(least - required, most - required)}
    verdict = at_least(least, most, required)
    if verdict is Verdict.PASS:
        return met("staff_met", **details)
    if verdict is Verdict.FAIL:
        return failed("staff_too_few", **details)
    return staff_open(case, [staff], details)


def staff_open(case: Case, counts: Sequence[Headcount], details: Mapping[str, Any]) -> Outcome:
    """Return the outcome where open questions about persons decide, or number and persons contradict each other."""
    if any(count.contradicted for count in counts):
        stated = tuple({"stated": count.stated, "listed": count.qualified} for count in counts if count.contradicted)
        return unclear("staff_contradicted", evidence=stated, missing=("staff", "full_time_staff"), **details)
    evidence = tuple(case.context.staffing.shared_persons(case.subject))
    return unclear("staff_open", evidence=evidence, missing=("staff.qualified",), **details)


@rule(
    "R6-3b",
    article="6(3)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=CENTER,
    inputs=("part_time_staff", *STAFF_TABLE),
    parameters=("center_part_time_staff",),
    readings=("several",),
    verdicts=EVERY,
    open_when="numbers are not known, or nobody is part-time (若干)",
    fails_when="only under the reading several:at_least_one, when there is no part-time staff",
    condition=True,
)
def part_time_staff(case: Case) -> Outcome:
    """A centre has several part-time persons; how many the text does not say, so that none is a question."""
    required = case.integer("center_part_time_staff")
    staff = case.context.staffing.of(case.subject, "part_time")
    if case.reading("several") == "none_needed":
        return met("part_time_met", measured=None if staff is None else staff.qualified, required=0)
    if staff is None:
        return unclear("staff_unknown", required=required, missing=("part_time_staff",))
    least, most = staff.bounds("judgement")
    details = {"measured": span(least, most), "required": required, "margin": span(least - required, most - required)}
    verdict = at_least(least, most, required)
    if verdict is Verdict.PASS:
        return met("part_time_met", **details)
    if verdict is Verdict.FAIL and case.reading("several") == "at_least_one":
        return failed("part_time_none", **details)
    return unclear("part_time_none", missing=("part_time_staff",), **details)


@rule(
    "R6-4",
    article="6(4)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=CENTER,
    inputs=FACILITIES,
    verdicts=EVERY,
    open_when="an answer is not on record",
    fails_when="premises, a fixed public phone or information tools are missing",
    condition=True,
)
def center_facilities(case: Case) -> Outcome:
    """A centre has premises, a fixed public phone and information tools; the text sets no size."""
    return all_answers(case, FACILITIES, "facilities")
