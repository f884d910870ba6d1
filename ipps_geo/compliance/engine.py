"""The audit: every rule over every subject it may judge, on one day; the same workspace gives the same findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ipps_geo.compliance.case import Case
from ipps_geo.compliance.context import Context
from ipps_geo.compliance.doubt import with_left_out
from ipps_geo.compliance.findings import Finding, Outcome, Severity, Verdict
from ipps_geo.compliance.registry import Rule, all_rules
from ipps_geo.compliance.subjects import Subject, subjects_of
from ipps_geo.policy import READINGS
from ipps_geo.workspace.activity import day_of

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace

WORST_FIRST = (Verdict.FAIL, Verdict.UNDETERMINED, Verdict.PASS)


def audit(workspace: Workspace, policy: Policy, on: dt.date | None = None) -> tuple[Finding, ...]:
    """Return what every rule finds in ``workspace`` on day ``on``, in the order of the articles, then of the subjects.

    Parameters
    ----------
    workspace
        The network; an object with one attribute per table of :data:`ipps_geo.columns.TABLES`. Where its ``scope``
        names units, their subjects alone are judged.
    policy
        The version to judge by.
    on
        Day of the audit; default the workspace's data date. What was decided later is not known on that day.

    Raises
    ------
    BadInput
        No day is given and the workspace has no data date.
    """
    day = day_of(workspace, on)
    subjects = [*subjects_of(workspace, day), policy_subject(policy)]
    return judge(Context(workspace, policy, day, subjects), in_scope(workspace, subjects))


def in_scope(workspace: Workspace, subjects: Sequence[Subject]) -> Sequence[Subject]:
    """Return the subjects that a workspace shows whole: what is partly visible is counted with, and not judged."""
    scope = workspace.scope
    return subjects if scope is None else [each for each in subjects if each.unit in scope or each.role == "policy"]


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
    setup = _setup(entry, context)
    if not setup.in_force:
        return None
    consulted: set[str] = set()
    outcome = _outcome(entry, subject, context, consulted)
    if outcome is None:
        return None
    reading, alternatives = setup.reading, setup.alternatives
    if entry.per_day and subject.role == "establishment":
        reading, alternatives = setup.dated_reading, setup.dated_alternatives
    others = {}
    for name, option, label in alternatives:
        if name not in consulted:
            others[label] = outcome.verdict.value  # the option was never asked for: it cannot change anything
            continue
        other = _outcome(entry, subject, context, set(), {name: option})
        if other is not None:
            others[label] = other.verdict.value
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
        params={**outcome.params, "unverified": setup.unverified} if setup.unverified else outcome.params,
    )


@dataclass(frozen=True, slots=True)
class _Setup:
    """What holds for every subject of a rule under one policy on one day.

    ``in_force`` is false where a value that the rule needs is repealed, or not in this version. Alternatives are
    (reading, option, label); the dated ones include the choice of days on which an application is judged.
    """

    in_force: bool
    reading: str
    alternatives: tuple[tuple[str, str, str], ...]
    dated_reading: str
    dated_alternatives: tuple[tuple[str, str, str], ...]
    unverified: tuple[str, ...]


def _setup(entry: Rule, context: Context) -> _Setup:
    found = context.setups.get(entry.rule_id)
    if found is None:
        policy = context.policy
        in_force = all(policy.value(name, context.on) is not None for name in entry.parameters)
        dated = (*entry.readings, "condition_days")
        found = context.setups[entry.rule_id] = _Setup(
            in_force,
            _reading(policy, entry.readings),
            _alternatives(policy, entry.readings),
            _reading(policy, dated),
            _alternatives(policy, dated),
            tuple(name for name in entry.parameters if in_force and not policy.parameters[name].verified),
        )
    return found


def _reading(policy: Policy, names: tuple[str, ...]) -> str:
    return ";".join(f"{name}:{policy.reading(name)}" for name in names)


def _alternatives(policy: Policy, names: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (name, option, f"{name}:{option}")
        for name in names
        for option in (policy.readings[name].options if name in policy.readings else READINGS[name])
        if option != policy.reading(name)
    )


def _severity(entry: Rule, subject: Subject, context: Context) -> Severity:
    """Conditions bind applicants: for what is established already, a blocking condition is a matter of judgement."""
    established = not subject.is_applicant and context.policy.reading("conditions_bind") == "applicants"
    if entry.condition and entry.severity is Severity.BLOCKING and established:
        return Severity.JUDGEMENT
    return entry.severity


def _outcome(
    entry: Rule, subject: Subject, context: Context, consulted: set[str], overrides: dict[str, str] | None = None
) -> Outcome | None:
    """Return the outcome over the subject's days, held against what the load left out."""
    outcome = _as_read(entry, subject, context, consulted, overrides)
    return None if outcome is None else with_left_out(outcome, entry, subject, context)


def _as_read(
    entry: Rule, subject: Subject, context: Context, consulted: set[str], overrides: dict[str, str] | None = None
) -> Outcome | None:
    """Return the outcome over the subject's days: the worst of them, and never PASS while a day is unknown.

    ``consulted`` receives the names of the readings that were asked for; ``overrides`` asks for the verdict alone.
    """
    if not entry.per_day:
        return entry(Case(subject, context, context.on, consulted, overrides))
    days: tuple[dt.date | None, ...] = (context.on,)
    if subject.role in ("establishment", "proposal"):
        consulted.add("condition_days")
        which = (overrides or {}).get("condition_days", context.policy.reading("condition_days"))
        days = subject.days(context.on, which)
    known = [day for day in days if day is not None]
    outcomes = []
    for day in known or [subject.decided_on or context.on]:
        outcome = entry(Case(subject, context, day, consulted, overrides))
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
