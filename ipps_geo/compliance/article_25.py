"""Art. 25: entry into force on the day of publication; there is no transitional clause."""

from __future__ import annotations

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
    fails_when="never: it says whether the Measure binds the application, or the station is older",
)
def entry_into_force(case: Case) -> Outcome:
    """The Measure binds applications from its first day; older stations are legacy, and there is no transition."""
    begin = case.context.policy.in_force_from
    if begin is None:
        return unclear("entry_unknown", missing=("policy.in_force_from",))
    details: dict[str, Any] = {"required": begin}
    if case.subject.role == "establishment":
        applied = case.subject.applied_on
        decided = case.subject.decided_on
        if applied is None:
            return unclear("application_day_unknown", missing=("applied_on",), **details)
        if applied >= begin:
            return met("measure_binds", measured=applied, **details)
        if decided is not None and decided < begin:
            return met("before_the_measure", measured=applied, **details)
        reading = case.reading("transition")
        if reading == "judgement":
            return unclear("applied_before_decided_after", measured=applied, **details)
        return met("measure_binds" if reading == "applies" else "before_the_measure", measured=applied, **details)
    established, legacy = case.subject.established_on, case.fact("legacy")
    if established is None:
        if legacy in ("yes", "no"):
            return met("before_the_measure" if legacy == "yes" else "measure_binds", **details)
        return unclear("establishment_day_unknown", missing=("established_on", "legacy"), **details)
    older = established < begin
    if legacy == ("no" if older else "yes"):
        return unclear("legacy_contradiction", measured=established, missing=("legacy",), **details)
    return met("before_the_measure" if older else "measure_binds", measured=established, **details)
