"""The lists of key industries, and the classes that the generator draws from."""

from __future__ import annotations

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


def test_a_list_with_names_only_has_no_codes(lists):
    draft = lists[lists["list_id"] == "beijing-draft-2026"]
    assert len(draft) == 8
    assert draft["code"].isna().all()
    assert lists.drop(draft.index)["code"].notna().all()


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
