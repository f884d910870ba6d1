"""The lists of key industries, and the classes that the generator draws from."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd
import pytest

from ipps_geo.policy import key_industry_answers, load_policy
from ipps_geo.policy.key_industries import normalise_industry_code
from ipps_geo.settings import data_root
from ipps_geo.workspace import load_workspace

ON = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def lists():
    return load_workspace().key_industries


@pytest.fixture(scope="module")
def classes():
    return pd.read_csv(data_root() / "facts" / "industry_classes.csv")


def test_every_code_is_one_of_the_standard(lists, classes):
    for code in [*lists["code"].dropna(), *classes["code"]]:
        assert normalise_industry_code(code) == code


def test_the_lists_that_the_policy_names_are_there(lists):
    assert set(load_policy().city_lists) <= set(lists["list_id"])


@pytest.mark.parametrize(("name", "count"), [("beijing-draft-2026", 8), ("national-strategic-2018", 9)])
def test_a_list_with_names_only_has_no_codes_and_never_says_no(lists, name, count):
    named = lists[lists["list_id"] == name]
    assert len(named) == count
    assert named["industry_zh"].is_unique
    assert named["code"].isna().all()
    policy = dataclasses.replace(load_policy(), city_lists=(*load_policy().city_lists, name))
    codes = pd.Series(["A0111", "I6510"], dtype="str")
    assert key_industry_answers(codes, lists, None, ON, policy).tolist() == ["unknown", "yes"]
    assert key_industry_answers(codes, lists, None, ON, load_policy()).tolist() == ["no", "yes"]


def test_the_other_lists_have_a_code_in_every_row(lists):
    named = lists.groupby("list_id")["code"].agg(lambda codes: codes.notna().all())
    assert named[named].index.tolist() == ["beijing-2441-2021", "beijing-ten-2017"]


def test_the_nine_areas_of_the_national_list_are_marked_unverified(lists):
    national = lists[lists["list_id"] == "national-strategic-2018"]
    assert national["mapping_basis"].str.contains("unverified").all()
    assert national["source"].str.contains("unverified").all()
    assert {"生物产业", "数字创意产业", "相关服务业"} <= set(national["industry_zh"])


def test_low_confidence_is_partial(lists):
    assert (lists["partial"] == (lists["confidence"] == "low")).all()


def test_the_generator_knows_key_classes_from_others(lists, classes):
    answers = key_industry_answers(classes["code"].astype("str"), lists, None, ON, load_policy())
    key = classes["industry"] != "other"
    partial = set(lists.loc[lists["partial"], "code"])
    judged = classes["code"].map(lambda code: bool(partial & {code, code[:4], code[:3]}))
    assert set(answers[key & ~judged]) == {"yes"}
    assert set(answers[key & judged]) <= {"yes", "unknown"}
    assert "yes" not in set(answers[~key])
