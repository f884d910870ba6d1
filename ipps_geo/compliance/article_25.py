"""Art. 25: entry into force on the day of publication; there is no transitional clause."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.findings import Outcome, Severity, Verdict, met, unclear
from ipps_geo.compliance.registry import BOTH, rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case


@rule(
    "R25-1",
    article="25",
    severity=Severity.INFORMATION,
    roles=("established", "establishment"),
    kinds=BOTH,
    inputs=("applications.applied_on", "applications.decided_on", "institutions.established_on", "institutions.legacy"),
    readings=("transition",),
    verdicts=(Verdict.PASS, Verdict.UNDETERMINED),
    open_when=(
        "the version has no first day; day of application, decision or establishment is not known; days and "
        "age contradict each other; applied before the first day, decided after"
    ),
    fails_when="never: it says whether the Measure binds the application, or the station is older",
)
def entry_into_force(case: Case) -> Outcome:
    """The Measure binds applications from its first day; older stations are legacy, and there is no transition.

    A station says what its application says: applied before, decided after is a matter of judgement for both.
    """
    begin = case.context.policy.in_force_from
    if begin is None:
        return unclear("entry_unknown", missing=("policy.in_force_from",))
    details: dict[str, Any] = {"required": begin}
    applied, decided = case.subject.applied_on, case.subject.decided_on
    if case.subject.role == "establishment":
        if applied is None:
            return unclear("application_day_unknown", missing=("applied_on",), **details)
        if applied >= begin:
            return met("measure_binds", measured=applied, **details)
        if decided is not None and decided < begin:
            return met("before_the_measure", measured=applied, **details)
        if decided is None and case.fact("decision") == "accepted":
            return unclear("decision_day_unknown", measured=applied, missing=("decided_on",), **details)
        return _applied_before(case, begin, applied)
    established, legacy = case.subject.established_on, case.fact("legacy")
    if established is None:
        if legacy in ("yes", "no"):
            return met("before_the_measure" if legacy == "yes" else "measure_binds", **details)
        return unclear("establishment_day_unknown", missing=("established_on", "legacy"), **details)
    older = established < begin
    if decided is not None and (decided < begin) is not older:
        return unclear("legacy_contradiction", measured=established, missing=("established_on",), **details)
    if not older and applied is not None and applied < begin:
        return _applied_before(case, begin, applied)
    if legacy == ("no" if older else "yes"):
        return unclear("legacy_contradiction", measured=established, missing=("legacy",), **details)
    return met("before_the_measure" if older else "measure_binds", measured=established, **details)


def _applied_before(case: Case, begin: dt.date, applied: dt.date) -> Outcome:
    """Return the outcome of an application made before the first day, and decided after it or not yet."""
    details: dict[str, Any] = {"measured": applied, "required": begin}
    reading = case.reading("transition")
    if reading == "judgement":
        return unclear("applied_before_decided_after", **details)
    return met("measure_binds" if reading == "applies" else "before_the_measure", **details)
