"""Art. 9: revocation: thirty days before, after two failed evaluations, for conduct; notice, ban, release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.compliance.bans import bans_of
from ipps_geo.compliance.calendar import add_days, add_years
from ipps_geo.compliance.findings import Outcome, Severity, Verdict, failed, met, unclear
from ipps_geo.compliance.registry import BOTH, EVERY, STATION, rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case

OWN_GROUNDS = ("dissolved", "duties_adjusted", "cannot_serve")
PASS_OR_OPEN = (Verdict.PASS, Verdict.UNDETERMINED)


@rule(
    "R9-1",
    article="9(1)",
    severity=Severity.BLOCKING,
    roles=("revocation",),
    kinds=BOTH,
    inputs=("applications.ground", "applications.applied_on", "applications.planned_on"),
    parameters=("revocation_notice_days",),
    verdicts=EVERY,
    fails_when="the planned revocation is fewer than 30 natural days after the written application",
)
def thirty_days(case: Case) -> Outcome | None:
    """An institution asks for its revocation at least 30 natural days before; the day of asking is not counted."""
    ground = case.fact("ground")
    if ground is not None and ground not in OWN_GROUNDS:
        return None
    applied, planned = case.subject.applied_on, case.fact("planned_on")
    missing = tuple(
        name for name, value in (("ground", ground), ("applied_on", applied), ("planned_on", planned)) if value is None
    )
    if applied is None or planned is None or ground is None:
        return unclear("revocation_dates_unknown", missing=missing)
    days = case.integer("revocation_notice_days")
    earliest = add_days(applied, days)
    details: dict[str, Any] = {
        "measured": (planned - applied).days,
        "required": days,
        "margin": (planned - earliest).days,
        "params": {"earliest": earliest, "applied_on": applied, "planned_on": planned},
    }
    return met("notice_met", **details) if planned >= earliest else failed("notice_too_short", **details)


@rule(
    "R9-2",
    article="9(2)",
    severity=Severity.BLOCKING,
    roles=("established", "revoked"),
    kinds=BOTH,
    inputs=("evaluations.result", "evaluations.round", "evaluations.rectified_on", "institutions.revocation_ground"),
    readings=("evaluation_period",),
    verdicts=EVERY,
    fails_when=(
        "an active institution was unqualified, rectified, and unqualified again in one evaluation year; "
        "or one revoked on this ground was qualified in the second round"
    ),
)
def evaluation_route(case: Case) -> Outcome | None:
    """Unqualified, rectified and unqualified again in one year leads to revocation by the city centre.

    One failure is not enough, nor are two in different years. A year without an evaluation leaves it open.
    """
    rows = case.context.evaluations.get(case.subject.subject_id, ())
    if case.subject.role == "revoked":
        return _revoked_for_evaluation(rows) if case.fact("revocation_ground") == "evaluation" else None
    years: dict[int, dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        years.setdefault(_period(case, row), {})[int(row["round"])] = row
    states = {year: _evaluation_state(rounds) for year, rounds in years.items()}
    evidence = tuple(rows)
    grounds = sorted(year for year, state in states.items() if state == "ground")
    if grounds:
        return failed("evaluated_unqualified_twice", measured=grounds[-1], evidence=evidence)
    open_years = sorted(year for year, state in states.items() if state == "open")
    if open_years:
        return unclear(
            "second_round_open",
            measured=open_years[-1],
            evidence=evidence,
            missing=("evaluations.rectified_on", "evaluations.result"),
        )
    due = case.year_due
    if due is not None and due not in states:
        return unclear("year_not_evaluated", measured=due, evidence=evidence, missing=("evaluations",))
    if due is None and not states:
        return None
    return met("evaluations_met", measured=max(states, default=None), evidence=evidence)


def _period(case: Case, row: Mapping[str, Any]) -> int:
    if case.reading("evaluation_period") == "calendar_year" and row["evaluated_on"] is not None:
        return int(row["evaluated_on"].year)
    return int(row["year"])


def _evaluation_state(rounds: Mapping[int, Mapping[str, Any]]) -> str:
    """Return ground, open or fine for the rounds of one year."""
    first, second = rounds.get(1), rounds.get(2)
    if first is None:
        # A second round alone says that there was a first failure somewhere.
        return "open" if second is not None and second["result"] == "unqualified" else "fine"
    if first["result"] != "unqualified":
        return "fine"
    if second is None:
        return "open"
    if second["result"] != "unqualified":
        return "fine"
    return "ground" if first["rectified_on"] is not None or second["rectified_on"] is not None else "open"


def _revoked_for_evaluation(rows: tuple[Mapping[str, Any], ...]) -> Outcome:
    years: dict[int, dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        years.setdefault(int(row["year"]), {})[int(row["round"])] = row
    states = [_evaluation_state(rounds) for rounds in years.values()]
    if "ground" in states:
        return met("revocation_supported", evidence=tuple(rows))
    if "open" in states or not states:
        return unclear("revocation_support_unknown", evidence=tuple(rows), missing=("evaluations",))
    return failed("revocation_not_supported", evidence=tuple(rows))


@rule(
    "R9-3",
    article="9(2)",
    severity=Severity.JUDGEMENT,
    roles=("established",),
    kinds=BOTH,
    inputs=("conduct.kind", "conduct.in_institution_name", "conduct.document"),
    readings=("illegal_acts",),
    verdicts=EVERY,
    fails_when="documented profit-making, or illegal acts, in the name of an institution that is still active",
)
def conduct_route(case: Case) -> Outcome:
    """Profit-making or illegal acts in the institution's name lead to revocation by the city centre.

    A finding is needed, a complaint is not enough. Whether illegal acts in the operator's own name count is open.
    """
    rows = case.context.conduct.get(case.subject.subject_id, ())
    states = [_conduct_state(row, case.reading("illegal_acts")) for row in rows]
    evidence = tuple(rows)
    if "ground" in states:
        return failed("conduct_found", measured=states.count("ground"), required=0, evidence=evidence)
    if "open" in states:
        return unclear("conduct_open", evidence=evidence, missing=("conduct.in_institution_name", "conduct.document"))
    return met("no_conduct_found", measured=0, required=0, evidence=evidence)


def _conduct_state(row: Mapping[str, Any], reading: str) -> str:
    """Return ground, open or none for one finding."""
    own_name = row["in_institution_name"]
    if row["kind"] == "illegal" and own_name != "yes" and reading != "institution_name_only":
        if reading == "any_name":
            own_name = "yes"
        elif own_name == "no":
            return "open"
    if own_name == "no":
        return "none"
    return "ground" if own_name == "yes" and row["document"] is not None else "open"


@rule(
    "R9-4",
    article="9(4)",
    severity=Severity.BLOCKING,
    roles=("revoked",),
    kinds=BOTH,
    inputs=("institutions.revoked_on", "institutions.revocation_notified_on"),
    verdicts=EVERY,
    fails_when="the written notice of a revocation is dated before its decision",
)
def written_notice(case: Case) -> Outcome:
    """The institution was told of its revocation in writing."""
    revoked, notified = case.fact("revoked_on"), case.fact("revocation_notified_on")
    if notified is None or notified > case.on:
        return unclear("notice_not_recorded", missing=("revocation_notified_on",))
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
    fails_when="never: it says who is barred through which day; R7-6 fails the application that comes too early",
)
def ban_period(case: Case) -> Outcome:
    """A revocation for conduct bars the undertaking unit for three years; other grounds bar nobody."""
    ground = case.fact("revocation_ground")
    if ground is None:
        return unclear("ground_unknown", missing=("revocation_ground",))
    if ground != "conduct":
        return met("no_ban", measured=ground)
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
    inputs=("institutions.revoked_on", "rosters.holder_id", "rosters.delisted_on"),
    verdicts=(Verdict.PASS,),
    fails_when="never: the roster of a revoked station is released from the day of the decision",
)
def roster_released(case: Case) -> Outcome:
    """The enterprises of a revoked station are free for others from the day of the decision."""
    entries = case.context.entries
    rows = entries.rows_by_holder.get(case.subject.subject_id, np.zeros(0, dtype=np.int64))
    delisted = entries.delisted[rows]
    open_rows = int((np.isnat(delisted) | (delisted > np.datetime64(case.fact("revoked_on"), "s"))).sum())
    return met("roster_released", measured=open_rows, params={"released_on": case.fact("revoked_on")})
