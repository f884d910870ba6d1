"""Enterprises that a roster row left out may hold are free for nobody."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from ipps_geo.policy import load_policy
from ipps_geo.workspace.claims import left_out_claims
from ipps_geo.workspace.demand import demand_table
from ipps_geo.workspace.loaded import PLACE, LoadReport, Unread

ON = dt.date(2026, 11, 22)


def lost(workspace, **row):
    frame = pd.DataFrame([dict.fromkeys(PLACE) | {"file": "r.csv", "holder_id": "W-001"} | row])
    return workspace.replace(loaded=LoadReport(rows={"rosters": frame}))


@pytest.fixture(scope="module")
def someone(small):
    """An enterprise that nobody holds."""
    table = demand_table(small, load_policy("beijing-draft"), ON)
    assert (table["free"] == table["holder_id"].isna()).all()
    return table.loc[table["free"]].iloc[0]


@pytest.mark.parametrize("known", ["uscc", "name", "enterprise_id"])
@pytest.mark.parametrize("holder", ["W-001", None, "a station nobody knows"])
def test_a_row_claims_by_code_by_name_and_by_id(small, someone, known, holder):
    workspace = lost(small, **{known: someone[known]}, holder_id=holder)
    table = demand_table(workspace, load_policy("beijing-draft"), ON).set_index("entity_key")
    assert not table.loc[someone["entity_key"], "free"]
    assert table["free"].sum() == demand_table(small, load_policy("beijing-draft"), ON)["free"].sum() - 1


def test_a_row_that_names_nobody_is_counted(small):
    claims = left_out_claims(lost(small, uscc=None, name=None), ON)
    assert (claims.keys, claims.unreadable) == (frozenset(), 1)


def test_a_row_of_an_application_binds_nobody(small, someone):
    pending = small.applications.assign(decision="pending", decided_on=pd.NaT)
    waiting = lost(
        small.replace(applications=pending), uscc=someone["uscc"], holder_id=pending["application_id"].iloc[0]
    )
    assert not left_out_claims(waiting, ON).keys


def test_a_file_of_rosters_that_was_not_read_is_named(small):
    unread = (Unread("名册.xls", "", "old_excel", "error", "rosters"), Unread("a.md", "", "no_table", "note"))
    assert left_out_claims(small.replace(loaded=LoadReport(unread=unread)), ON).whole == ("名册.xls",)
