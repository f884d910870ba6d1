"""Parts of pages without the pages: who sees which, how far a search is, what a form asks, where units come from."""

from types import SimpleNamespace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from ipps_geo.ledger import DESK, Account, Role


def test_accounts_are_a_page_only_where_people_sign_in():
    from planner.shell import PAGES, WITHOUT, pages

    assert set(pages(DESK)) == set(PAGES) - {"accounts"}
    assert set(pages(Account("wang", "王", Role.CITY))) == set(PAGES)
    assert pages(Account("wu", "吴", Role.READER)) == ["overview", "accounts"]
    assert set(pages(Account("zhou", "周", Role.ANALYST))) == set(PAGES) - WITHOUT[Role.ANALYST]


@pytest.mark.parametrize(
    ("phase", "far"), [("frontier 2", 0.5), ("frontier 9", 1.0), ("front 3", 1.0), ("greedy", 0.25)]
)
def test_a_step_is_never_further_than_done(monkeypatch, phase, far):
    from planner import plan

    monkeypatch.setattr(plan, "t", lambda name, **_: name)
    asked = SimpleNamespace(time_limit_s=40.0, frontier=4, alternatives=0, robustness=False)
    job = SimpleNamespace(ways=SimpleNamespace(parameters=asked), elapsed_s=10.0, cancelled=False, waiting=False)
    assert plan._stage(job, phase)[0] == far


@pytest.mark.parametrize(("budget", "priced", "asked"), [(30.0, True, 30.0), (0.0, True, None), (30.0, False, None)])
def test_a_budget_is_asked_where_carriers_have_costs_and_nought_is_none(monkeypatch, budget, priced, asked):
    from planner import plan_form

    monkeypatch.setattr(plan_form, "carriers_tell", lambda *_: priced)
    monkeypatch.setattr(plan_form, "workspace", lambda: None)
    script = "import streamlit as st\nfrom planner.plan_form import _amounts\nst.session_state['told'] = "
    page = AppTest.from_string(script + "_amounts('covered', {})\n")
    page.session_state["lang"] = "zh"
    page.session_state["plan_budget"] = budget
    page.run()
    assert not page.exception
    told = page.session_state["told"]
    assert (told["budget"], told["stations"], told["target"], told["unit"]) == (asked, 10, None, None)


def test_units_are_those_of_the_record_where_there_is_one(monkeypatch):
    from planner import visitors

    monkeypatch.setattr(visitors, "units_of", lambda region: SimpleNamespace(codes=region))
    monkeypatch.setattr(visitors, "load_region", lambda: "default")
    monkeypatch.setattr(visitors, "region_of", lambda ledger: f"of {ledger}")
    monkeypatch.setattr(visitors, "ledger", lambda: "the record")
    for there, told in ((True, "of the record"), (False, "default")):
        monkeypatch.setattr(visitors, "has_record", lambda there=there: there)
        assert visitors.units() == told


def test_what_is_made_of_a_table_is_kept_as_long_as_the_table():
    from planner.kept import kept_with_table

    made = []

    @kept_with_table
    def total(table, times):
        made.append(times)
        return int(table["n"].sum()) * times

    table = pd.DataFrame({"n": [1, 2]})
    assert [total(table, 1), total(table, 2), total(table, 1)] == [3, 6, 3]
    assert made == [1, 2]
    del table
    assert total(pd.DataFrame({"n": [5]}), 1) == 5
