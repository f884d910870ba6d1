"""The audit names each planted failure, once, and nothing else as FAIL."""

from __future__ import annotations

from collections import Counter

import pytest

from ipps_geo.compliance import audit
from ipps_geo.compliance.registry import all_rules
from ipps_geo.errors import BadInput
from ipps_geo.policy import load_policy
from ipps_geo.workspace import load_workspace, plant_flaws, save_workspace
from ipps_geo.workspace.demo.flaws import PLANTERS


def failures(workspace):
    findings = audit(workspace, load_policy("beijing-draft"))
    return Counter((finding.rule, finding.subject) for finding in findings if finding.verdict == "FAIL")


def planted(workspace):
    return Counter((flaw.rule, flaw.subject) for flaw in workspace.planted)


@pytest.fixture(scope="module")
def flawed(embedded):
    return plant_flaws(embedded)[0]


def test_the_embedded_network_fails_where_it_says(embedded):
    assert failures(embedded) == planted(embedded)
    assert {flaw.rule for flaw in embedded.planted} == {"R7-1c", "R7-2a", "R7-2c", "R7-2d"}


def test_every_planted_failure_is_found_and_nothing_else(flawed):
    assert failures(flawed) == planted(flawed)


def test_the_flawed_workspace_survives_being_written(flawed, tmp_path):
    save_workspace(flawed, tmp_path / "flaws")
    again = load_workspace(tmp_path / "flaws", sandbox=False)
    assert again.content_hash == flawed.content_hash
    assert again.planted == flawed.planted


def test_every_rule_that_can_fail_under_the_draft_is_planted():
    can_fail = {rule.rule_id for rule in all_rules() if "FAIL" in {verdict.value for verdict in rule.verdicts}}
    # R2-2 and R6-3b fail under other versions or readings only.
    assert can_fail - set(PLANTERS) == {"R2-2", "R6-3b"}
    assert set(PLANTERS) <= can_fail


@pytest.mark.parametrize("rule", ["R4-1", "R7-2c", "R9-2"])
def test_one_rule_can_be_planted_alone(embedded, rule):
    made, all_planted = plant_flaws(embedded, rule)
    assert {flaw.rule for flaw in set(all_planted) - set(embedded.planted)} == {rule}
    assert failures(made) == planted(made)


def test_planting_leaves_the_workspace_as_it_was(embedded):
    before = embedded.content_hash
    plant_flaws(embedded, "R7-2a,R4-1")
    del embedded.__dict__["content_hash"]
    assert embedded.content_hash == before


@pytest.mark.parametrize("which", ["R99", "", "R4-1,R0"])
def test_an_unknown_rule_is_refused(embedded, which):
    with pytest.raises(BadInput, match="flaws"):
        plant_flaws(embedded, which)


def test_a_workspace_that_is_too_small_is_refused(small):
    with pytest.raises(BadInput, match="too few"):
        plant_flaws(small)
