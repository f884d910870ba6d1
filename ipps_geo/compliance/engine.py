"""The audit: every rule over every subject it may judge, on one day; the same workspace gives the same findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ipps_geo.compliance.case import Case
from ipps_geo.compliance.context import Context
from ipps_geo.compliance.findings import Finding, Outcome, Severity, Verdict
from ipps_geo.compliance.registry import Rule, all_rules
from ipps_geo.compliance.subjects import Subject, subjects_of
from ipps_geo.errors import BadInput
from ipps_geo.policy import READINGS

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

WORST_FIRST = (Verdict.FAIL, Verdict.UNDETERMINED, Verdict.PASS)


def audit(workspace: Workspace, policy: Policy, on: dt.date | None = None) -> tuple[Finding, ...]:
    """Return what every rule finds in ``workspace`` on day ``on``, in the order of the articles, then of the subjects.

    Parameters
    ----------
    workspace
        The network; an object with one attribute per table of :data:`ipps_geo.columns.TABLES`.
    policy
        The version to judge by.
    on
        Day of the audit; default the workspace's data date. What was decided later is not known on that day.

    Raises
    ------
    BadInput
        No day is given and the workspace has no data date.
    """
    day = audit_day(workspace, on)
    subjects = [*subjects_of(workspace, day), policy_subject(policy)]
    return judge(Context(workspace, policy, day, subjects), subjects)


def audit_day(workspace: Workspace, on: dt.date | None) -> dt.date:
    """Return the day to judge: the one asked for, else the workspace's data date."""
    day = on or workspace.data_date
    if day is None:
        raise BadInput("the day to look at is unknown", where=workspace.name, advice="give it: --on YYYY-MM-DD")
    return day


def policy_subject(policy: Policy) -> Subject:
    """Return the policy itself as a subject: some rules speak about the version in use."""
    return Subject(policy.version, "policy", None, None, {})


def judge(context: Context, subjects: Sequence[Subject], rules: Iterable[Rule] | None = None) -> tuple[Finding, ...]:
    """Return the findings of ``rules`` (default all) over ``subjects``."""
    findings = []
    for entry in all_rules() if rules is None else rules:
        for subject in subjects:
            if entry.applies_to(subject):
                finding = judge_one(entry, subject, context)
                if finding is not None:
                    findings.append(finding)
    return tuple(findings)


def judge_one(entry: Rule, subject: Subject, context: Context) -> Finding | None:
    """Return the finding of one rule about one subject, None where the rule does not apply to it."""
    outcome = _outcome(entry, subject, context, None)
    if outcome is None:
        return None
    names = entry.readings + (("condition_days",) if entry.per_day and subject.role == "establishment" else ())
    reading = ";".join(f"{name}:{context.policy.reading(name)}" for name in names)
    others = {}
    for name in names:
        chosen = context.policy.reading(name)
        for option in _options(context.policy, name):
            if option != chosen:
                other = _outcome(entry, subject, context, {name: option}, brief=True)
                if other is not None:
                    others[f"{name}:{option}"] = other.verdict.value
    return Finding(
        rule=entry.rule_id,
        article=entry.article,
        subject=subject.subject_id,
        subject_kind=subject.kind,
        unit=subject.unit,
        verdict=outcome.verdict,
        severity=outcome.severity or _severity(entry, subject, context),
        measured=outcome.measured,
        required=outcome.required,
        margin=outcome.margin,
        evidence=outcome.evidence,
        missing=outcome.missing,
        reading=reading,
        other_readings=others,
        code=outcome.code,
        params=_with_unverified(entry, outcome.params, context.policy),
    )


def _options(policy: Policy, name: str) -> tuple[str, ...]:
    return policy.readings[name].options if name in policy.readings else READINGS[name]


def _severity(entry: Rule, subject: Subject, context: Context) -> Severity:
    """Conditions bind applicants: for what is established already, a blocking condition is a matter of judgement."""
    established = not subject.is_applicant and context.policy.reading("conditions_bind") == "applicants"
    if entry.condition and entry.severity is Severity.BLOCKING and established:
        return Severity.JUDGEMENT
    return entry.severity


def _outcome(
    entry: Rule, subject: Subject, context: Context, overrides: dict[str, str] | None, *, brief: bool = False
) -> Outcome | None:
    """Return the outcome over the subject's days: the worst of them, and never PASS while a day is unknown."""
    if any(context.policy.value(name, context.on) is None for name in entry.parameters):
        return None  # repealed, or not in this version
    if not entry.per_day:
        return entry(Case(subject, context, context.on, overrides, brief))
    which = (overrides or {}).get("condition_days", context.policy.reading("condition_days"))
    days = subject.days(context.on, which)
    known = [day for day in days if day is not None]
    outcomes = []
    for day in known or [context.on]:
        outcome = entry(Case(subject, context, day, overrides, brief))
        if outcome is not None:
            outcomes.append((WORST_FIRST.index(outcome.verdict), day, outcome))
    if not outcomes:
        return None
    _, day, worst = min(outcomes, key=lambda entry: entry[:2])
    if len(known) < len(days) and (worst.verdict is Verdict.PASS or not known):
        worst = replace(
            worst,
            verdict=Verdict.UNDETERMINED,
            code="application_day_unknown",
            missing=(*worst.missing, "applied_on"),
        )
    if subject.role == "establishment":
        return replace(worst, params={**worst.params, "day": day})
    return worst


def _with_unverified(entry: Rule, params: Mapping[str, object], policy: Policy) -> Mapping[str, object]:
    unread = [name for name in entry.parameters if not policy.parameters[name].verified]
    return {**params, "unverified": tuple(unread)} if unread else params
