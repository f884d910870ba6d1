"""The registry: the scope guard of Art. 10, order, and what every rule declares."""

from __future__ import annotations

import datetime as dt

import pytest

from ipps_geo.columns import TABLES
from ipps_geo.compliance import Severity, Verdict, all_rules
from ipps_geo.compliance.case import Case
from ipps_geo.compliance.context import Context
from ipps_geo.compliance.findings import met
from ipps_geo.compliance.registry import ART_4_TO_9_KINDS, ScopeError, rule
from ipps_geo.compliance.subjects import subjects_of
from ipps_geo.vocabulary import InstitutionKind
from tests.compliance.builder import TODAY, build

REQUIRED = """R4-1 R4-2 R4-3 R4-4 R4-5 R4-6 R5-1 R5-2 R5-3 R5-4 R6-1 R6-2 R6-3a R6-3b R6-4 R7-1a R7-1b R7-1c R7-2a R7-2b
R7-2c R7-2d R7-3 R7-4 R7-5 R7-6 R8-1 R8-2 R9-1 R9-2 R9-3 R9-4 R9-5 R9-6 R13-1 R18-1 R19-1 R20-1 R25-1"""


def test_every_rule_of_the_measure_is_registered() -> None:
    assert set(REQUIRED.split()) <= {entry.rule_id for entry in all_rules()}


def test_rules_of_art_4_to_9_bind_centres_and_workstations_only() -> None:
    for entry in all_rules():
        if entry.rule_id[:2] in ("R4", "R5", "R6", "R7", "R8", "R9") and entry.roles != {"unit"}:
            assert entry.kinds
            assert entry.kinds <= ART_4_TO_9_KINDS


CONDITIONS = "R6-1 R6-2 R6-3a R6-3b R6-4 R7-1a R7-1b R7-1c R7-2a R7-2b R7-2c R7-2d R7-3 R7-4 R7-5 R7-6"
"""Conditions of establishment: where they fail, an established institution is a question of judgement."""
ON_BOTH_DAYS = "R7-1c R7-2a R7-2b R7-2c R7-2d"
"""Judged on the day of the application and on that of the decision."""


def test_which_rules_are_conditions_and_which_are_judged_on_two_days() -> None:
    assert {entry.rule_id for entry in all_rules() if entry.condition} == set(CONDITIONS.split())
    assert {entry.rule_id for entry in all_rules() if entry.per_day} == set(ON_BOTH_DAYS.split())


@pytest.mark.parametrize("kinds", [(), (InstitutionKind.WORKSTATION, InstitutionKind.IP_INFORMATION_OUTLET)])
def test_a_rule_that_would_reach_other_kinds_cannot_be_registered(kinds: tuple[InstitutionKind, ...]) -> None:
    with pytest.raises(ScopeError, match=r"Art\. 10"):
        rule(
            "R7-99",
            article="7(2)",
            severity=Severity.BLOCKING,
            roles=("established",),
            kinds=kinds,
            inputs=(),
            verdicts=(Verdict.PASS,),
            fails_when="never",
        )(lambda case: met("disjoint"))
    assert "R7-99" not in {entry.rule_id for entry in all_rules()}


def test_one_id_one_rule() -> None:
    with pytest.raises(ScopeError, match="twice"):
        rule(
            "R4-1",
            article="4",
            severity=Severity.BLOCKING,
            roles=("unit",),
            inputs=(),
            verdicts=(Verdict.PASS,),
            fails_when="never",
        )(lambda case: None)


def test_a_rule_cannot_be_run_on_a_kind_that_it_does_not_name() -> None:
    workspace, policy, day = build({"subject": "station", "facts": {"kind": "ip_information_outlet"}})
    subjects = subjects_of(workspace, day)
    (outlet,) = [subject for subject in subjects if subject.subject_id == "S"]
    context = Context(workspace, policy, day, subjects)
    for entry in all_rules():
        if entry.rule_id.startswith(("R4", "R5", "R6", "R7", "R8", "R9")):
            with pytest.raises(ScopeError):
                entry(Case(outlet, context, day, set()))


def test_what_a_rule_says_it_reads_exists() -> None:
    columns = {f"{name}.{column}" for name, table in TABLES.items() for column in table.columns}
    shared = {column for name in ("institutions", "applications", "carriers") for column in TABLES[name].columns}
    for entry in all_rules():
        for name in entry.inputs:
            assert name in columns | shared | set(TABLES) or name.startswith("policy."), (entry.rule_id, name)
        assert entry.meaning.endswith(".")
        assert entry.verdicts


def test_a_rule_that_never_fails_says_why() -> None:
    for entry in all_rules():
        assert entry.fails_when.startswith("never") is (Verdict.FAIL not in entry.verdicts), entry.rule_id


def test_every_rule_says_whose_absence_would_turn_its_pass() -> None:
    for entry in all_rules():
        assert bool(entry.open_when) is (Verdict.UNDETERMINED in entry.verdicts), entry.rule_id


def test_the_audit_needs_a_day() -> None:
    from ipps_geo.compliance import audit
    from ipps_geo.errors import BadInput

    workspace, policy, _ = build({})
    with pytest.raises(BadInput, match="the day to look at is unknown"):
        audit(workspace.replace(data_date=None), policy)
    assert audit(workspace, policy) == audit(workspace, policy, TODAY)
    assert audit(workspace, policy, dt.date(2020, 1, 1))
