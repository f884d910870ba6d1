"""Art. 9: revocation: notice before, after two failed evaluations, for conduct; notice, ban, release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.compliance.bans import bans_of
from ipps_geo.compliance.calendar import add_days, add_years
from ipps_geo.compliance.conduct import conduct_states
from ipps_geo.compliance.evaluations import evaluation_state
from ipps_geo.compliance.findings import Outcome, Severity, Verdict, failed, met, unclear
from ipps_geo.compliance.registry import BOTH, EVERY, STATION, rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case

OWN_GROUNDS = ("dissolved", "duties_adjusted", "cannot_serve")
_OPEN_STATES = {
    "not_rectified": "unqualified_not_rectified",
    "disordered": "rectification_out_of_order",
    "open": "second_round_open",
}
PASS_OR_OPEN = (Verdict.PASS, Verdict.UNDETERMINED)


@rule(
    "R9-1",
    article="9(1)",
    severity=Severity.BLOCKING,
    roles=("revocation",),
    kinds=BOTH,
    inputs=(
        "applications.ground",
        "applications.applied_on",
        "applications.planned_on",
        "applications.application_form",
    ),
    parameters=("revocation_notice_days",),
    verdicts=EVERY,
    open_when="ground, day of application or planned day is not known; the form is known to be unknown",
    fails_when="the planned revocation is fewer natural days after the application than asked, or that was not written",
)
def notice_days(case: Case) -> Outcome | None:
    """An institution asks for its revocation as many natural days before as asked; the day of asking is not counted."""
    grounds = case.subject.grounds
    if grounds and grounds.isdisjoint(OWN_GROUNDS):
        return None
    applied, planned, form = case.subject.applied_on, case.fact("planned_on"), case.fact("application_form")
    if grounds and form == "oral":
        return failed("application_oral", required="written")
    stated = (("ground", grounds or None), ("applied_on", applied), ("planned_on", planned))
    missing = tuple(name for name, value in stated if value is None)
    if applied is None or planned is None or not grounds:
        return unclear("revocation_dates_unknown", missing=missing)
    days = case.integer("revocation_notice_days")
    earliest = add_days(applied, days)
    details: dict[str, Any] = {
        "measured": (planned - applied).days,
        "required": days,
        "margin": (planned - earliest).days,
        "params": {"earliest": earliest, "applied_on": applied, "planned_on": planned},
    }
    if planned < earliest:
        return failed("notice_too_short", **details)
    if form == "unknown":
        return unclear("application_form_unknown", missing=("application_form",), **details)
    return met("notice_met_written" if form == "written" else "notice_met", **details)


@rule(
    "R9-2",
    article="9(2)",
    severity=Severity.BLOCKING,
    roles=("established", "revoked"),
    kinds=BOTH,
    inputs=(
        "evaluations.result",
        "evaluations.round",
        "evaluations.evaluated_on",
        "evaluations.rectified",
        "evaluations.rectified_on",
        "institutions.revocation_ground",
    ),
    readings=("evaluation_period",),
    verdicts=EVERY,
    open_when=(
        "a year has no evaluation; a result is not known or two contradict each other; rectification or "
        "second round is not on record; the rectification was not done, or its day contradicts the rounds; of "
        "a revoked one, the years it can rest on are not on record, or it has further grounds"
    ),
    fails_when=(
        "an active institution was unqualified, rectified, and unqualified again in one evaluation year; "
        "or one revoked on this ground alone was qualified in the second round"
    ),
)
def evaluation_route(case: Case) -> Outcome | None:
    """Unqualified, rectified and unqualified again in one year leads to revocation by the city centre.

    One failure is not enough, nor are two in different years. A year without an evaluation leaves it open; so does a
    rectification that was not done, or whose day lies before the first round, after the second, or ahead.
    """
    rows = case.context.evaluations.get(case.subject.subject_id, ())
    if case.subject.role == "revoked":
        return _revoked_for_evaluation(case, rows) if "evaluation" in case.subject.grounds else None
    states = {year: evaluation_state(rounds, case.on) for year, rounds in _years(case, rows).items()}
    evidence = tuple(rows)
    grounds = sorted(year for year, state in states.items() if state == "ground")
    if grounds:
        return failed("evaluated_unqualified_twice", measured=grounds[-1], evidence=evidence)
    for state, code in _OPEN_STATES.items():
        open_years = sorted(year for year, found in states.items() if found == state)
        if open_years:
            missing = ("evaluations.rectified_on", "evaluations.result")
            return unclear(code, measured=open_years[-1], evidence=evidence, missing=missing)
    due = case.year_due
    if due is not None and due not in states:
        return unclear("year_not_evaluated", measured=due, evidence=evidence, missing=("evaluations",))
    if due is None and not states:
        return None
    return met("evaluations_met", measured=max(states, default=None), evidence=evidence)


def _years(case: Case, rows: tuple[Mapping[str, Any], ...]) -> dict[int, list[Mapping[str, Any]]]:
    """Return the rounds of each period: the evaluation year, or under the other reading the calendar year."""
    calendar = (
        bool(rows) and case.subject.role == "established" and (case.reading("evaluation_period") == "calendar_year")
    )
    years: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        year = row["evaluated_on"].year if calendar and row["evaluated_on"] is not None else row["year"]
        years.setdefault(int(year), []).append(row)
    return years


def _revoked_for_evaluation(case: Case, rows: tuple[Mapping[str, Any], ...]) -> Outcome:
    revoked = case.fact("revoked_on")
    years = {
        year: rounds
        for year, rounds in _years(case, rows).items()
        if revoked is None or year <= revoked.year  # what came later cannot have been the ground
    }
    states = {evaluation_state(rounds, case.on) for rounds in years.values()}
    if "ground" in states:
        return met("revocation_supported", evidence=tuple(rows))
    # The years that the revocation can rest on: its own, and the one before.
    recent = revoked is not None and any(year >= revoked.year - 1 for year in years)
    if states != {"fine"} or not recent or case.subject.grounds != {"evaluation"}:
        return unclear("revocation_support_unknown", evidence=tuple(rows), missing=("evaluations",))
    return failed("revocation_not_supported", evidence=tuple(rows))


@rule(
    "R9-3",
    article="9(2)",
    severity=Severity.JUDGEMENT,
    roles=("established",),
    kinds=BOTH,
    inputs=("conduct.kind", "conduct.in_institution_name", "conduct.document", "institutions.fees"),
    readings=("illegal_acts",),
    verdicts=EVERY,
    open_when=(
        "in whose name, or the document, is not known (a complaint); illegal acts in the operator's own name; "
        "a fee for profit without a finding"
    ),
    fails_when="documented profit-making, or illegal acts, in the name of an institution that is still active",
)
def conduct_route(case: Case) -> Outcome:
    """Profit-making or illegal acts in the institution's name lead to revocation by the city centre.

    A finding is needed, a complaint is not enough. Whether illegal acts in the operator's own name count is open.
    """
    rows = case.context.conduct.get(case.subject.subject_id, ())
    states = list(conduct_states(case).values())
    if "ground" in states:
        return failed("conduct_found", measured=states.count("ground"), required=0, evidence=rows)
    missing = ("conduct.in_institution_name", "conduct.document")
    if "open" in states:
        return unclear("conduct_open", evidence=rows, missing=missing)
    if case.fact("fees") == "profit":
        return unclear("fees_for_profit", evidence=({"fees": "profit"},), missing=missing)
    return met("no_conduct_found", measured=0, required=0, evidence=rows)


@rule(
    "R9-4",
    article="9(4)",
    severity=Severity.BLOCKING,
    roles=("revoked",),
    kinds=BOTH,
    inputs=("institutions.revoked_on", "institutions.revocation_notified_on"),
    verdicts=EVERY,
    open_when="notice or day of revocation is not on record",
    fails_when="the written notice of a revocation is dated before its decision",
)
def written_notice(case: Case) -> Outcome:
    """The institution was told of its revocation in writing."""
    revoked, notified = case.fact("revoked_on"), case.fact("revocation_notified_on")
    if notified is None or notified > case.on:
        return unclear("notice_not_recorded", missing=("revocation_notified_on",))
    if revoked is None:
        return unclear("revocation_day_unknown", measured=notified, missing=("revoked_on",))
    details: dict[str, Any] = {"measured": notified, "required": revoked, "margin": (notified - revoked).days}
    return met("notice_recorded", **details) if notified >= revoked else failed("notice_before_decision", **details)


@rule(
    "R9-5",
    article="9(3)",
    severity=Severity.INFORMATION,
    roles=("revoked",),
    kinds=BOTH,
    inputs=("institutions.revocation_ground", "institutions.revoked_on"),
    parameters=("ban_years",),
    readings=("ban_start",),
    verdicts=PASS_OR_OPEN,
    open_when="ground, first day or barred unit is not known",
    fails_when="never: it says who is barred through which day; R7-6 fails the application that comes too early",
)
def ban_period(case: Case) -> Outcome:
    """A revocation for conduct bars the undertaking unit for the years asked; other grounds bar nobody."""
    grounds = case.subject.grounds
    if not grounds:
        return unclear("ground_unknown", missing=("revocation_ground",))
    if "conduct" not in grounds:
        return met("no_ban", measured=tuple(sorted(grounds)))
    years = case.integer("ban_years")
    ban = bans_of([case.subject], case.on)[0]
    period = ban.period(case.reading("ban_start"), years)
    if period is None:
        return unclear("ban_start_unknown", missing=("revocation_notified_on",))
    first, last = period
    details: dict[str, Any] = {
        "measured": last,
        "params": {"barred_from": first, "barred_through": last, "in_force": first <= case.on <= last, "years": years},
    }
    if ban.uscc is None:
        return unclear("barred_unit_unknown", missing=("undertaking_uscc",), **details)
    return met("ban_in_force" if case.on <= add_years(first, years) else "ban_over", **details)


@rule(
    "R9-6",
    article="9",
    severity=Severity.INFORMATION,
    roles=("revoked",),
    kinds=STATION,
    inputs=("institutions.revoked_on", "institutions.is_revoked", "rosters.holder_id", "rosters.delisted_on"),
    verdicts=PASS_OR_OPEN,
    open_when="the day of revocation is not known",
    fails_when="never: the roster of a revoked station is released from the day of the decision",
)
def roster_released(case: Case) -> Outcome:
    """The enterprises of a revoked station are free for others from the day of the decision."""
    entries = case.context.entries
    revoked = case.fact("revoked_on")
    rows = next(
        (entries.rows_by_holder[holder] for holder in case.subject.holders if holder in entries.rows_by_holder), None
    )
    if revoked is None:
        return unclear("release_day_unknown", missing=("revoked_on",))
    if rows is None:
        return met("roster_released_unknown", params={"released_on": revoked})
    delisted = entries.delisted[rows]
    held = rows[(np.isnat(delisted) | (delisted > np.datetime64(revoked, "s"))) & (entries.kind[rows] != 0)]
    enterprises = len(np.unique(entries.entity[held]))
    return met("roster_released", measured=enterprises, params={"released_on": revoked})
