"""Rows that a load left out: counts become bounds, and no verdict rests on what nobody could read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from ipps_geo.compliance import audit
from ipps_geo.workspace.loaded import LoadReport, Unread
from tests.compliance.builder import build, code

CASE = {"subject": "station", "roster": {"enterprises": 50}}


def lost(workspace, table, rows):
    """Return the workspace as a load leaves it that could not use these rows."""
    placed = [
        {"file": "f.csv", "sheet": None, "row": 2, "feature": None, "reasons": "uscc_malformed", **row} for row in rows
    ]
    return workspace.replace(loaded=LoadReport(rows={table: pd.DataFrame(placed)}))


def verdict(workspace, policy, rule, subject="S"):
    (found,) = [f for f in audit(workspace, policy, dt.date(2026, 11, 22)) if (f.rule, f.subject) == (rule, subject)]
    return found


def test_rows_left_out_of_a_roster_make_its_count_a_range():
    workspace, policy, _ = build({**CASE, "roster": {"enterprises": 47}})
    assert verdict(workspace, policy, "R7-2a").verdict == "FAIL"
    rows = [{"holder_id": "S", "name": f"甲{n}", "explicit_need": "yes"} for n in range(10)]
    found = verdict(lost(workspace, "rosters", rows), policy, "R7-2a")
    assert (found.verdict, found.measured, found.params["left_out"]) == ("UNDETERMINED", (47, 57), 10)


def test_they_do_not_turn_what_they_cannot_turn():
    workspace, policy, _ = build({**CASE, "roster": {"enterprises": 30}})
    rows = [{"holder_id": "S", "name": f"甲{n}"} for n in range(10)]
    found = verdict(lost(workspace, "rosters", rows), policy, "R7-2a")
    assert (found.verdict, found.measured) == ("FAIL", (30, 40))


@pytest.mark.parametrize("holder", [None, "a station nobody knows"])
def test_a_row_of_an_unknown_station_may_belong_to_any(holder):
    workspace, policy, _ = build({**CASE, "roster": {"enterprises": 49}})
    found = verdict(lost(workspace, "rosters", [{"holder_id": holder, "name": "甲"}]), policy, "R7-2a")
    assert (found.verdict, found.measured) == ("UNDETERMINED", (49, 50))


def test_a_row_of_another_station_is_that_stations():
    case = {**CASE, "roster": {"enterprises": 49}, "others": [{"id": "T", "serves": [900]}]}
    workspace, policy, _ = build(case)
    found = verdict(lost(workspace, "rosters", [{"holder_id": "T", "name": "甲"}]), policy, "R7-2a")
    assert (found.verdict, found.measured) == ("FAIL", 49)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"holder_id": "T", "uscc": code(3), "name": "某公司"}, "UNDETERMINED"),
        ({"holder_id": "T", "uscc": None, "name": "北京第3号科技有限公司"}, "UNDETERMINED"),
        ({"holder_id": "T", "uscc": code(777), "name": "别的公司"}, "PASS"),
        ({"holder_id": "T", "uscc": None, "name": None}, "UNDETERMINED"),
        ({"holder_id": None, "uscc": code(777), "name": "别的公司"}, "PASS"),
        ({"holder_id": None, "uscc": code(3), "name": "某公司"}, "UNDETERMINED"),
        ({"holder_id": None, "uscc": None, "name": None}, "UNDETERMINED"),
    ],
)
def test_an_enterprise_that_may_be_shared_is_open(row, expected):
    case = {**CASE, "others": [{"id": "T", "serves": [900], "established_on": dt.date(2020, 1, 1)}]}
    workspace, policy, _ = build(case)
    assert verdict(workspace, policy, "R7-2c").verdict == "PASS"
    assert verdict(lost(workspace, "rosters", [row]), policy, "R7-2c").verdict == expected


def test_the_share_of_need_is_a_range_too():
    workspace, policy, _ = build({**CASE, "roster": {"enterprises": 50, "need": 30}})
    assert verdict(workspace, policy, "R7-2d").verdict == "PASS"
    row = {"holder_id": "S", "uscc": code(888), "name": "甲"}
    assert (
        verdict(lost(workspace, "rosters", [{**row, "explicit_need": "no"}]), policy, "R7-2d").verdict == "UNDETERMINED"
    )


def test_an_answer_that_could_not_be_read_may_contradict():
    workspace, policy, _ = build({**CASE, "roster": {"enterprises": 50, "need": 30}})
    row = {"holder_id": "S", "uscc": code(1), "name": "北京第1号科技有限公司", "explicit_need": None}
    assert verdict(lost(workspace, "rosters", [row]), policy, "R7-2d").verdict == "UNDETERMINED"
    same = {**row, "explicit_need": "yes"}
    assert verdict(lost(workspace, "rosters", [same]), policy, "R7-2d").verdict == "PASS"


@pytest.mark.parametrize(
    ("person", "full_time", "expected"),
    [("q9", 1, "UNDETERMINED"), ("q9", 2, "PASS"), ("p0", 2, "UNDETERMINED"), (None, 2, "UNDETERMINED")],
)
def test_a_person_left_out_may_be_the_second_or_somebody_who_is_here(person, full_time, expected):
    staff = [{"person_id": f"p{n}", "mode": "full_time", "qualified": "yes"} for n in range(full_time)]
    workspace, policy, _ = build({"subject": "center", "staff": staff})
    row = {"institution_id": "S", "person_id": person, "mode": "full_time"}
    assert verdict(lost(workspace, "staff", [row]), policy, "R6-3a").verdict == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"institution_id": "C2", "kind": "district_center", "unit": "110108"}, "UNDETERMINED"),
        ({"institution_id": "C2", "kind": "district_center", "unit": None}, "UNDETERMINED"),
        ({"institution_id": "C2", "kind": "district_center", "unit": "110115"}, "PASS"),
        ({"institution_id": "W2", "kind": "workstation", "unit": "110108"}, "PASS"),
    ],
)
def test_a_centre_left_out_may_be_a_second_one(row, expected):
    workspace, policy, _ = build({"subject": "center"})
    assert verdict(workspace, policy, "R4-1", "110108").verdict == "PASS"
    assert verdict(lost(workspace, "institutions", [row]), policy, "R4-1", "110108").verdict == expected


def test_a_ban_may_hide_in_an_institution_that_was_left_out():
    workspace, policy, _ = build({"subject": "application"})
    assert verdict(workspace, policy, "R7-6").verdict == "PASS"
    for uscc, expected in ((None, "UNDETERMINED"), (code(900_001), "UNDETERMINED"), (code(5), "PASS")):
        row = {"institution_id": "X", "undertaking_uscc": uscc}
        assert verdict(lost(workspace, "institutions", [row]), policy, "R7-6").verdict == expected


def test_an_evaluation_left_out_concerns_its_institution_alone():
    workspace, policy, _ = build({"subject": "station", "others": [{"id": "T"}]})
    before = verdict(workspace, policy, "R19-1").verdict
    assert before == "PASS"
    for owner, expected in (("S", "UNDETERMINED"), ("T", before), (None, "UNDETERMINED")):
        assert verdict(lost(workspace, "evaluations", [{"institution_id": owner}]), policy, "R19-1").verdict == expected


def test_where_a_whole_sheet_was_not_read_nothing_is_certain():
    workspace, policy, _ = build(CASE)
    part = workspace.replace(loaded=LoadReport(unread=(Unread("r.xlsx", "乙站", "other_sheet", "error", "rosters"),)))
    found = verdict(part, policy, "R7-2a")
    assert (found.verdict, found.code, found.params["as_read"]) == ("UNDETERMINED", "part_not_read", "PASS")


def test_an_enterprise_left_out_of_the_register_leaves_its_identity_open():
    case = {**CASE, "register": [{"enterprise": 7}]}
    workspace, policy, _ = build(case)
    left = lost(workspace, "enterprises", [{"enterprise_id": "E9", "uscc": code(2), "name": "甲"}])
    found = verdict(left, policy, "R7-2a")
    assert (found.verdict, found.measured) == ("UNDETERMINED", (49, 50))


def test_a_row_of_the_register_without_a_name_is_known_by_its_id():
    workspace, policy, _ = build({**CASE, "rows": [{"uscc": code(51), "name": "甲", "enterprise_id": "E9"}]})
    left = lost(workspace, "enterprises", [{"enterprise_id": "E9", "uscc": None, "name": None}])
    found = verdict(left, policy, "R7-2a")
    assert (found.verdict, found.measured) == ("PASS", (50, 51))


def test_a_second_row_of_an_institution_opens_every_fact_of_it():
    workspace, policy, _ = build({"subject": "station"})
    left = lost(workspace, "institutions", [{"institution_id": "S", "kind": "workstation"}])
    assert {f.verdict for f in audit(left, policy) if f.subject == "S" and f.rule in ("R7-1a", "R7-5", "R4-3")} == {
        "UNDETERMINED"
    }


def test_without_anything_left_out_nothing_changes():
    workspace, policy, _ = build({**CASE, "others": [{"id": "T", "serves": [1]}]})
    again = workspace.replace(loaded=replace(LoadReport()))
    assert audit(workspace, policy) == audit(again, policy)
