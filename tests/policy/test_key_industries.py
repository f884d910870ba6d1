"""Which enterprises are in a key industry: levels of codes, parts, units, days."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.policy import key_industry_answers, load_policy
from ipps_geo.policy.key_industries import industries_of, normalise_industry_code
from ipps_geo.workspace.tables import conform

DAY = dt.date(2026, 11, 22)
POLICY = replace(load_policy(), city_lists=("city-list",))


def lists(*rows: dict[str, object]) -> pd.DataFrame:
    return conform("key_industries", pd.DataFrame([{"list_id": "city-list", "industry": "x", **row} for row in rows]))


LISTS = lists({"code": "C3973"}, {"code": "I65"}, {"code": "M73", "partial": True})


def answers(*codes: str | None, table: pd.DataFrame = LISTS, unit: str | None = None, on: dt.date = DAY) -> list[str]:
    return key_industry_answers(pd.Series(codes, dtype="str"), table, unit, on, POLICY).tolist()


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("C3973", "yes"),
        ("3973", "yes"),
        ("I6510", "yes"),
        ("65", "yes"),
        (" i651 ", "yes"),
        ("C397", "unknown"),
        ("C39", "unknown"),
        ("C", "unknown"),
        ("M7320", "unknown"),
        ("M", "unknown"),
        ("C3974", "no"),
        ("A0111", "no"),
        ("A", "no"),
        ("I39", "unknown"),
        ("软件", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
        ("A0111;C3973", "yes"),
        ("A0111;C39", "unknown"),
        ("A0111;F52", "no"),
    ],
)
def test_codes_of_every_level(code: str | None, answer: str) -> None:
    assert answers(code) == [answer]


def test_units_have_lists_of_their_own() -> None:
    table = pd.concat([LISTS, lists({"list_id": "haidian", "scope": "110108", "code": "F52"})], ignore_index=True)
    assert answers("F5211", table=table) == ["no"]
    assert answers("F5211", table=table, unit="110108") == ["yes"]
    assert answers("F5211", table=table, unit="110105") == ["no"]
    units = pd.Series(["110108", "110105", None], dtype="str")
    found = key_industry_answers(pd.Series(["F5211"] * 3, dtype="str"), table, units, DAY, POLICY)
    assert found.tolist() == ["yes", "no", "no"]
    chosen = replace(POLICY, unit_lists=("another",))
    assert key_industry_answers(pd.Series(["F5211"]), table, "110108", DAY, chosen).tolist() == ["no"]


def test_the_industries_of_a_code_are_those_that_name_it_whole() -> None:
    table = pd.concat(
        [
            lists({"code": "C3973", "industry": "chips"}, {"code": "C39", "industry": "makers"}),
            lists({"code": "I65", "industry": "parts", "partial": True}, {"code": "?", "industry": "unreadable"}),
            lists({"list_id": "haidian", "scope": "110108", "code": "F52", "industry": "shops"}),
        ]
    )
    codes = pd.Series(["C3973", "C3911", "I6510", "F5211", None, "F5211;C3973"], dtype="str")
    told = industries_of(codes, table, DAY, POLICY)
    assert told.fillna("-").tolist() == ["chips;makers", "makers", "-", "shops", "-", "chips;makers;shops"]
    units = pd.Series(["110108", "110108", "110105", "110105", None, "110108"], dtype="str")
    told = industries_of(codes, table, DAY, POLICY, unit=units)
    assert told.fillna("-").tolist() == ["chips;makers", "makers", "-", "-", "-", "chips;makers;shops"]


def test_lists_hold_from_their_first_day_until_the_day_they_end() -> None:
    table = lists({"code": "I65", "valid_from": "2026-01-01", "valid_to": "2026-12-01"}, {"code": "C3973"})
    days = [dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 11, 30), dt.date(2026, 12, 1)]
    assert [answers("I6510", table=table, on=day)[0] for day in days] == ["no", "yes", "yes", "no"]


def test_a_list_that_is_not_there_might_name_the_code() -> None:
    policy = replace(POLICY, city_lists=("city-list", "missing-list"))
    assert key_industry_answers(pd.Series(["A0111", "C3973"]), LISTS, None, DAY, policy).tolist() == ["unknown", "yes"]
    assert answers("A0111", table=LISTS.iloc[:0]) == ["unknown"]


@pytest.mark.parametrize("code", [None, "软件", "I39"])
def test_an_industry_without_a_usable_code_might_be_the_enterprises(code: str | None) -> None:
    named = pd.concat([LISTS, lists({"industry": "new_energy", "code": code})], ignore_index=True)
    assert answers("C3973", "A0111", table=named) == ["yes", "unknown"]
    local = pd.concat([LISTS, lists({"list_id": "haidian", "scope": "110108", "code": code})], ignore_index=True)
    assert [answers("A0111", table=local, unit=unit) for unit in ("110108", "110105")] == [["unknown"], ["no"]]


def test_the_index_is_kept() -> None:
    codes = pd.Series(["C3973", None], index=[9, 4], dtype="str")
    assert key_industry_answers(codes, LISTS, None, DAY, POLICY).to_dict() == {9: "yes", 4: "unknown"}


CODES = st.sampled_from(["C", "C39", "C397", "C3973", "C3974", "I65", "I6510", "M7320", "A0111", "", "?"])


@settings(deadline=None)
@given(st.lists(CODES, min_size=1, max_size=4))
def test_more_codes_never_make_an_answer_worse_and_order_does_not_matter(codes: list[str]) -> None:
    rank = {"no": 0, "unknown": 1, "yes": 2}
    (whole,) = answers(";".join(codes))
    (back,) = answers(";".join(reversed(codes)))
    assert whole == back
    known = [code for code in codes if code]
    assert rank[whole] == max((rank[answers(code)[0]] for code in known), default=1)


@given(st.integers(1, 97), st.text("0123456789", max_size=2))
def test_a_code_says_the_same_with_and_without_its_letter(division: int, rest: str) -> None:
    code = normalise_industry_code(f"{division:02d}{rest}")
    assert code is not None
    assert normalise_industry_code(code) == code
