"""A table in words: each code by its own word, in both languages; what is no code stays as it is."""

import pandas as pd
import pytest

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.cells import header_of, industry_names, worded
from ipps_geo.report.words.naming import Names


def told(frame, lang="zh", **industries):
    names = Names(catalogue(lang), {"110108": "海淀区"}, {"W1": "甲站", "W2": "乙站"})
    return worded(frame, names, industries or None)


@pytest.mark.parametrize(("lang", "words"), [("zh", ["是", "否", "未知"]), ("en", ["yes", "no", "unknown"])])
def test_a_need_is_told_as_it_was_answered_whether_as_a_number_or_as_a_code(lang, words):
    frame = pd.DataFrame({"need": [1, 0, -1], "explicit_need": ["yes", "no", "unknown"]})
    shown = told(frame, lang)
    assert [word.lower() for word in shown["need"]] == words
    assert shown["need"].tolist() == shown["explicit_need"].tolist()


def test_yes_and_no_of_a_question_are_two_words():
    shown = told(pd.DataFrame({"has_site": [True, False]}))["has_site"].tolist()
    assert shown == [catalogue("zh").value(value=True), catalogue("zh").value(value=False)] == ["是", "否"]


def test_ids_are_names_lists_are_joined_and_what_nobody_knows_is_blank():
    frame = pd.DataFrame(
        {
            "unit": ["110108", "city", None],
            "station_id": ["W1", "W9", ""],
            "open_sites": ["W1;W2", "W2", None],
            "industry": ["new_energy", "software", None],
            "reason": ["no such reason", None, ""],
        }
    )
    shown = told(frame, software="软件业")
    assert shown["unit"].tolist() == ["海淀区", "全市", ""]
    assert shown["station_id"].tolist() == ["甲站", "W9", ""]
    assert shown["open_sites"].tolist() == ["甲站、乙站", "乙站", ""]
    assert shown["industry"].tolist() == ["new energy", "软件业", ""]
    assert shown["reason"].tolist() == ["no such reason", "", ""]


def test_numbers_and_days_are_left_to_the_sheet():
    frame = pd.DataFrame({"enterprises": [3, 4], "share": [0.5, None], "on": pd.to_datetime(["2026-01-05", None])})
    assert told(frame).equals(frame)


def test_a_header_that_the_catalogue_does_not_know_is_shown_as_it_is():
    words = catalogue("zh")
    assert header_of(words, "unit") == words.column("unit") != "unit"
    assert header_of(words, "my_own_column") == "my_own_column"


def test_industries_are_named_in_chinese_from_the_lists_and_in_english_from_their_tags(beijing):
    zh, en = industry_names(beijing, "zh"), industry_names(beijing, "en")
    assert set(zh) == set(en)
    assert all("_" not in name and name.isascii() for name in en.values())
    assert not any(name.isascii() for name in zh.values())
