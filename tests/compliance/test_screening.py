"""Screening of candidate carriers: FAIL keeps out, UNDETERMINED asks."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
import shapely

from ipps_geo.compliance import screening
from ipps_geo.compliance.screening import screen_candidates, screening_rules
from ipps_geo.policy import load_policy
from ipps_geo.workspace.tables import conform
from tests.compliance.builder import OPERATOR, build, code

POLICY = load_policy()


def screened(*carriers: dict[str, object], **case: object) -> pd.DataFrame:
    workspace, _, _ = build({"subject": "unit", **case})
    rows = [{"name_zh": "园区", "geometry": shapely.Point(116.1, 39.9), **OPERATOR, **carrier} for carrier in carriers]
    found = screen_candidates(workspace.replace(carriers=conform("carriers", pd.DataFrame(rows))), POLICY)
    return found.set_index("carrier_id")


def test_rules_that_need_no_roster() -> None:
    assert {rule.rule_id for rule in screening_rules()} == {"R7-1a", "R7-1b", "R7-1c", "R7-3", "R7-4", "R7-5", "R7-6"}


def test_three_verdicts_sorted_by_id() -> None:
    found = screened(
        {"carrier_id": "P3", "legal_form": "branch", "has_phone": "no"},
        {"carrier_id": "P1"},
        {"carrier_id": "P2", "host_type": None, "operating_since": None},
    )
    assert found.index.tolist() == ["P1", "P2", "P3"]
    assert found["verdict"].tolist() == ["PASS", "UNDETERMINED", "FAIL"]
    assert found.loc["P3", "failed_rules"] == "R7-1b;R7-5"
    assert found.loc["P2", "questions"] == "host_type;operating_since"
    assert found.loc["P2", "open_rules"] == "R7-1a;R7-1c"
    assert found.loc["P2", "codes"] == "R7-1a:host_type_unknown;R7-1c:start_unknown"
    assert found.loc["P1", ["failed_rules", "questions", "codes"]].tolist() == ["", "", ""]


def test_a_carrier_too_young_or_barred_is_kept_out() -> None:
    found = screened(
        {"carrier_id": "P1", "operating_since": dt.date(2026, 1, 1)},
        {"carrier_id": "P2", "undertaking_uscc": code(77)},
        {"carrier_id": "P3", "undertaking_uscc": code(78)},
        others=[
            {
                "is": "revoked_station",
                "id": "W2",
                "undertaking_uscc": code(77),
                "revocation_ground": "conduct",
                "serves": [],
            }
        ],
    )
    assert found["failed_rules"].tolist() == ["R7-1c", "R7-6", ""]


def test_a_carrier_that_hosts_an_active_station_is_noted() -> None:
    found = screened(
        {"carrier_id": "P1"},
        {"carrier_id": "P2"},
        others=[
            {"id": "W2", "carrier_id": "P1", "serves": []},
            {"is": "revoked_station", "id": "W3", "carrier_id": "P2", "serves": []},
        ],
    )
    assert found["station_id"].isna().tolist() == [False, True]
    assert found.loc["P1", "station_id"] == "W2"


def test_a_carrier_of_which_no_rule_says_anything_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening, "screening_rules", tuple)
    found = screened({"carrier_id": "P1"})
    assert found.loc["P1", ["verdict", "failed_rules", "open_rules", "questions", "codes"]].tolist() == [
        "UNDETERMINED", "", "", "", "",
    ]  # fmt: skip


def test_one_open_question_is_no_pass_and_one_failure_outweighs_it() -> None:
    found = screened(
        {"carrier_id": "P1", "has_phone": "unknown"},
        {"carrier_id": "P2", "has_phone": "unknown", "legal_form": "branch"},
    )
    assert found["verdict"].tolist() == ["UNDETERMINED", "FAIL"]
    assert found["questions"].tolist() == ["has_phone", "has_phone"]
    assert found.loc["P2", "codes"] == "R7-1b:no_legal_person;R7-5:facilities_unknown"


def test_no_carriers() -> None:
    workspace, _, _ = build({"subject": "unit"})
    assert screen_candidates(workspace, POLICY).columns.tolist()[0] == "carrier_id"
