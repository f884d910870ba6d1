"""Art. 7(1), (3), (4), (5) and 9(3): who may host a workstation, how long it has run, what it has, who is barred."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.answers import all_answers
from ipps_geo.compliance.article_06 import FACILITIES, STAFF_TABLE, staff_open
from ipps_geo.compliance.bans import Ban, same_name, usable_code
from ipps_geo.compliance.calendar import add_years
from ipps_geo.compliance.findings import Outcome, Severity, Verdict, at_least, failed, met, span, unclear
from ipps_geo.compliance.registry import BOTH, EVERY, STATION, rule
from ipps_geo.compliance.subjects import Role

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case

ROLES: tuple[Role, ...] = ("established", "establishment", "proposal", "carrier")


@rule(
    "R7-1a",
    article="7(1)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=STATION,
    inputs=("host_type", "org_level"),
    parameters=("station_host_types", "organization_levels"),
    verdicts=EVERY,
    open_when="kind of host, or an organisation's level, is not known; the kind falls under 等",
    fails_when="an industry organisation below the municipal level",
    condition=True,
)
def host_type(case: Case) -> Outcome:
    """The applicant operates an innovation carrier, or is an industry organisation of municipal level or above.

    The list of carriers ends with 等: another kind needs judgement.
    """
    kind = case.fact("host_type")
    if kind is None:
        return unclear("host_type_unknown", missing=("host_type",))
    if kind == "industry_organization":
        level, levels = case.fact("org_level"), case.words("organization_levels")
        if level is None:
            return unclear("level_unknown", measured=kind, required=levels, missing=("org_level",))
        if level in levels:
            return met("host_type_met", measured=f"{kind}:{level}", required=levels)
        return failed("level_too_low", measured=level, required=levels)
    listed = case.words("station_host_types")
    if kind in listed:
        return met("host_type_met", measured=kind)
    return unclear("host_type_not_listed", measured=kind, required=listed)


@rule(
    "R7-1b",
    article="7(1)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=STATION,
    inputs=("legal_form", "undertaking_uscc"),
    verdicts=EVERY,
    open_when="the legal form is not known and the code does not settle it; the two contradict each other",
    fails_when="a branch, partnership, sole proprietorship, individual business, or 民办非企业 of those forms",
    condition=True,
)
def legal_person(case: Case) -> Outcome:
    """The applicant is an independent legal person.

    By its legal form; by the kind of its credit code where the form is not known. When the two contradict each other,
    somebody has to look.
    """
    policy = case.context.policy
    form, code = case.fact("legal_form"), usable_code(case.fact("undertaking_uscc"))
    by_form = policy.legal_persons.get(form, "unknown") if form is not None else "unknown"
    by_code = policy.legal_persons_by_code.get(code[:2], "unknown") if code is not None else "unknown"
    details: dict[str, Any] = {"measured": form, "params": {"by_form": by_form, "by_code": by_code}}
    if {by_form, by_code} == {"yes", "no"}:
        return unclear("legal_person_contradiction", missing=("legal_form",), **details)
    answer = by_form if by_form != "unknown" else by_code
    if answer == "yes":
        return met("legal_person_met", **details)
    if answer == "no":
        return failed("no_legal_person", **details)
    return unclear("legal_form_unknown", missing=("legal_form",), **details)


@rule(
    "R7-1c",
    article="7(1)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=STATION,
    inputs=("undertaking_founded_on", "operating_since", "applications.applied_on", "institutions.established_on"),
    parameters=("station_operating_years",),
    readings=("one_year",),
    verdicts=EVERY,
    open_when="one of the two days is not known and the other does not fail; the day of application is not known",
    fails_when="on the day of application the unit was founded, or has run, for less than the version asks",
    per_day=True,
    condition=True,
)
def one_year(case: Case) -> Outcome:
    """The applicant was founded and has run for as many years as asked on the day of application.

    The corresponding day of the next year is enough (29 February: 28 February). A year that fills up later does not
    cure. Of an established station the day of its application counts, else that of its establishment.
    """
    day = case.day
    if case.subject.role == "established":
        day = case.subject.applied_on or case.subject.established_on or case.day
    years = case.integer("station_operating_years")
    days = {name: case.fact(name) for name in ("undertaking_founded_on", "operating_since")}
    ready = {name: add_years(start, years) for name, start in days.items() if start is not None}
    late = {name: end for name, end in ready.items() if not _reached(day, end, case.reading("one_year"))}
    missing = tuple(name for name, start in days.items() if start is None)
    evidence: tuple[dict[str, dt.date | None], ...] = ({**days, "judged_on": day},)
    first = max(ready.values(), default=None)
    details: dict[str, Any] = {
        "measured": day,
        "required": first,
        "margin": None if first is None else (day - first).days,
        "evidence": evidence,
        "params": {"years": years, "judged_on": day},
    }
    if late:
        return failed("younger_than_required", **details)
    if missing:
        return unclear("start_unknown", missing=missing, **details)
    if case.subject.role == "established" and case.subject.applied_on is None and case.subject.established_on is None:
        return unclear("application_day_unknown", missing=("established_on",), **details)
    return met("one_year_met", **details)


def _reached(day: dt.date, anniversary: dt.date, reading: str) -> bool:
    return day > anniversary if reading == "strict" else day >= anniversary


@rule(
    "R7-3",
    article="7(3)",
    severity=Severity.JUDGEMENT,
    roles=ROLES,
    kinds=STATION,
    inputs=("has_service_base",),
    verdicts=EVERY,
    open_when="the answer is not on record",
    fails_when="the applicant has no service base, resources or capability",
    condition=True,
)
def service_base(case: Case) -> Outcome:
    """The applicant has some service base or resources and the capability to serve; the text sets no yardstick."""
    return all_answers(case, ("has_service_base",), "service_base")


@rule(
    "R7-4",
    article="7(4)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=STATION,
    inputs=("full_time_staff", "part_time_staff", *STAFF_TABLE),
    parameters=("station_staff",),
    readings=("double_full_time",),
    verdicts=EVERY,
    open_when="as R6-3a",
    fails_when="no qualified person works there, neither full-time nor part-time",
    condition=True,
)
def station_staff(case: Case) -> Outcome:
    """A station has as many qualified persons as asked, full-time or part-time."""
    required = case.integer("station_staff")
    staffing = case.context.staffing
    counts = {mode: staffing.of(case.subject, mode) for mode in ("full_time", "part_time")}
    reading = case.reading("double_full_time")
    bounds = [count.bounds(reading) for count in counts.values() if count is not None]
    either = max((count.either for count in counts.values() if count is not None), default=0)
    least, most = sum(low for low, _ in bounds) + either, sum(high for _, high in bounds)
    unknown = tuple(f"{mode}_staff" for mode, count in counts.items() if count is None)
    details: dict[str, Any] = {
        "measured": span(least, None if unknown else most),
        "required": required,
        "margin": least - required if unknown else span(least - required, most - required),
    }
    if least >= required:
        return met("staff_met", **details)
    if unknown:
        return unclear("staff_unknown", missing=unknown, **details)
    if at_least(least, most, required) is Verdict.FAIL:
        return failed("staff_too_few", **details)
    return staff_open(case, [count for count in counts.values() if count is not None], details)


@rule(
    "R7-5",
    article="7(5)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=STATION,
    inputs=FACILITIES,
    verdicts=EVERY,
    open_when="an answer is not on record",
    fails_when="premises, a fixed public phone or information tools are missing",
    condition=True,
)
def station_facilities(case: Case) -> Outcome:
    """A station has premises, a fixed public phone and information tools; the text sets no size."""
    return all_answers(case, FACILITIES, "facilities")


@rule(
    "R7-6",
    article="9(3)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=BOTH,
    inputs=(
        "undertaking_uscc",
        "undertaking_name",
        "institutions.revocation_ground",
        "institutions.revoked_on",
        "institutions.is_revoked",
        "institutions.undertaking_uscc",
    ),
    parameters=("ban_years",),
    readings=("ban_start",),
    verdicts=EVERY,
    open_when=(
        "a revocation has no ground, no day or no credit code, or the applicant has none, and it may be this "
        "one; the day of application is not known; the ban began while the application waited"
    ),
    fails_when="the undertaking unit, or the station itself, applied while a ban after a revocation for conduct lasts",
    condition=True,
)
def not_barred(case: Case) -> Outcome:
    """The applicant is not barred on the day of application: by its legal entity, then by the station.

    The last day of the ban is still barred; another name does not help. A revocation whose ground or day nobody
    recorded may bar.
    """
    subject = case.subject
    applied = subject.applied_on or (subject.established_on if subject.role == "established" else None)
    judged = applied or case.on
    years = case.integer("ban_years")
    code, name = usable_code(case.fact("undertaking_uscc")), case.fact("undertaking_name")
    waits = subject.role == "establishment" and applied is not None and subject.decided_on is None
    certain: list[dict[str, Any]] = []
    open_questions: list[dict[str, Any]] = []
    for ban in case.context.bans:
        match = _match(ban, code, name, subject.institution_id if subject.is_applicant else None)
        period = ban.period(case.reading("ban_start"), years)
        line = {
            "institution_id": ban.institution_id,
            "uscc": ban.uscc,
            "revocation_ground": "conduct" if ban.certain else None,
            "barred_from": None if period is None else period[0],
            "barred_through": None if period is None else period[1],
        }
        if match == "no":
            continue
        undated = subject.role == "established" and applied is None
        if period is None or undated or (waits and judged < period[0] <= case.on):  # or barred while it was pending
            open_questions.append(line)
        elif period[0] <= judged <= period[1]:
            (certain if match == "yes" and ban.certain else open_questions).append(line)
    details: dict[str, Any] = {"measured": judged, "params": {"judged_on": judged, "years": years}}
    if certain:
        through = max(line["barred_through"] for line in certain)
        return failed(
            "barred", required=through, margin=(judged - through).days - 1, evidence=tuple(certain), **details
        )
    if open_questions:
        lacks = {
            "institutions.revocation_ground": any(line["revocation_ground"] is None for line in open_questions),
            "institutions.revoked_on": any(line["barred_from"] is None for line in open_questions),
            "institutions.undertaking_uscc": any(line["uscc"] is None for line in open_questions),
            "undertaking_uscc": code is None,
            "applied_on": applied is None,
        }
        missing = tuple(name for name, lacking in lacks.items() if lacking) or ("undertaking_uscc",)
        return unclear("perhaps_barred", evidence=tuple(open_questions), missing=missing, **details)
    if applied is None and subject.role == "establishment":
        return unclear("application_day_unknown", missing=("applied_on",), **details)
    return met("not_barred", **details)


def _match(ban: Ban, code: str | None, name: str | None, institution_id: str | None) -> str:
    """Return yes, no or maybe: whether a ban is about this legal entity or this station.

    Without a code of one's own nothing is excluded, since another name does not help.
    """
    if institution_id is not None and ban.institution_id == institution_id:
        return "yes"
    if code is not None and ban.uscc is not None:
        return "yes" if code == ban.uscc else "no"
    if code is not None and name is not None and ban.name is not None and not same_name(name, ban.name):
        return "no"
    return "maybe"
