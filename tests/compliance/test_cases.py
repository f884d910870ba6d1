"""The policy cases in ``tests/cases``: given, on which day, expect; and whether they cover every rule."""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ipps_geo.compliance import CODES, all_rules
from ipps_geo.compliance.findings import Finding
from tests.compliance.builder import findings_of
from tests.kept import kept

FOLDER = Path(__file__).parent.parent / "cases"


def _cases() -> list[dict[str, Any]]:
    return [
        {**case, "file": path.stem}
        for path in sorted(FOLDER.glob("*.toml"))
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    ]


CASES = _cases()


@cache
def _found(position: int) -> dict[tuple[str, str], Finding]:
    return kept(f"case{position}", lambda: findings_of(CASES[position]))


@pytest.mark.parametrize("position", range(len(CASES)), ids=[f"{c['file']}: {c['says']}" for c in CASES])
def test_policy_case(position: int) -> None:
    found = _found(position)
    for key, expected in CASES[position]["expect"].items():
        rule, _, subject = key.partition("@")
        finding = found.get((rule, subject or "S"))
        if expected == "silent":
            assert finding is None, finding
            continue
        assert finding is not None, f"{key}: no finding"
        wanted = {"verdict": expected} if isinstance(expected, str) else expected
        plain = finding.to_dict()
        for name, value in wanted.items():
            if name in ("params", "other_readings"):
                assert {part: plain[name][part] for part in value} == value, (key, plain)
            elif name == "mentions":
                assert value in json.dumps(plain, ensure_ascii=False), (key, plain)
            else:
                actual = plain[name]
                actual = actual if not hasattr(value, "isoformat") else actual and str(actual)
                assert actual == (value.isoformat() if hasattr(value, "isoformat") else value), (key, plain)


def test_there_are_at_least_150_cases_with_distinct_names() -> None:
    names = [case["says"] for case in CASES]
    assert len(names) >= 150
    assert len(set(names)) == len(names)


def test_every_rule_has_a_case_for_each_verdict_it_can_give() -> None:
    seen = defaultdict(set)
    for position, case in enumerate(CASES):
        for key in case["expect"]:
            rule, _, subject = key.partition("@")
            finding = _found(position).get((rule, subject or "S"))
            if finding is not None:
                seen[rule].add(finding.verdict)
    lacking = {rule.rule_id: sorted(set(rule.verdicts) - seen[rule.rule_id]) for rule in all_rules()}
    assert {rule: verdicts for rule, verdicts in lacking.items() if verdicts} == {}


def test_no_rule_gives_a_verdict_or_a_code_that_it_does_not_declare() -> None:
    declared = {rule.rule_id: set(rule.verdicts) for rule in all_rules()}
    for position in range(len(CASES)):
        for finding in _found(position).values():
            assert finding.verdict in declared[finding.rule]
            assert finding.code in CODES
            assert set(CODES[finding.code].params) <= set(finding.params), finding


def test_every_code_is_given_by_some_case() -> None:
    given = {finding.code for position in range(len(CASES)) for finding in _found(position).values()}
    assert set(CODES) - given == {"rows_left_out", "part_not_read"}  # a case has no files: test_left_out gives these


def test_findings_are_json_and_speak_of_nothing_but_what_is_asked() -> None:
    for position in range(len(CASES)):
        for finding in _found(position).values():
            assert json.loads(json.dumps(finding.to_dict())) == finding.to_dict()
            others = finding.other_readings
            assert all(reading not in finding.reading.split(";") for reading in others)
