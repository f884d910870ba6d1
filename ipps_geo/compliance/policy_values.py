"""What the audit has to say about the policy version itself: values that nobody could read in the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.findings import Outcome, Severity, Verdict, met, unclear
from ipps_geo.compliance.registry import rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case


@rule(
    "PV-1",
    article="25",
    severity=Severity.INFORMATION,
    roles=("policy",),
    inputs=("policy.values", "policy.in_force_from", "policy.repealed_on"),
    verdicts=(Verdict.PASS, Verdict.UNDETERMINED),
    open_when="a value could not be read in its text; the version is not in force",
    fails_when="never: it names values that are not verified, or repealed, and a version that is not in force",
)
def values_verified(case: Case) -> Outcome:
    """Every value of the policy version was read in its text, and the version is in force on the day of the audit."""
    policy = case.context.policy
    unread = [parameter.name for parameter in policy.unverified]
    if not policy.in_force_verified:
        unread.append("in_force_from")
    repealed = [name for name, parameter in policy.parameters.items() if parameter.on(case.on) is None]
    evidence = tuple(
        {
            "value": parameter.name,
            "article": parameter.article,
            "rule": parameter.rule,
            "in_use": parameter.on(case.on),
            "source": parameter.source,
        }
        for parameter in policy.unverified
    )
    details: dict[str, Any] = {
        "measured": len(unread),
        "required": 0,
        "margin": -len(unread),
        "evidence": evidence,
        "params": {"values": tuple(unread), "repealed": tuple(repealed), "version": policy.version},
    }
    if policy.holds_on(case.on) is False:
        dates = {"in_force_from": policy.in_force_from, "repealed_on": policy.repealed_on}
        details["params"] = {**details["params"], **dates}
        return unclear("version_not_in_force", **details)
    return unclear("values_unverified", **details) if unread else met("values_verified", **details)
