"""Every problem of intake has a Chinese sentence with parameters that its English one provides."""

import string

import pytest

from ipps_geo.errors import BadInput, NotSolved
from ipps_geo.intake.problems import PROBLEM_KINDS
from ipps_geo.report.messages import chinese_problems, error_message, problem_message


def names(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_problem_code_has_its_chinese_sentence_and_no_other():
    assert set(chinese_problems()) == set(PROBLEM_KINDS)


@pytest.mark.parametrize("code", sorted(PROBLEM_KINDS))
def test_parameters_are_read_back_from_the_english_sentence(code):
    kind = PROBLEM_KINDS[code]
    values = {name: f"<{name}>" for name in names(kind.message) | names(kind.advice)}
    row = {"code": code, "message": kind.message.format(**values), "advice": kind.advice.format(**values)}
    message, advice = problem_message(row, "zh")
    told = chinese_problems()[code]
    assert (message, advice) == (told["message"].format(**values), told["advice"].format(**values))
    assert problem_message(row, "en") == (row["message"], row["advice"])


def test_the_number_of_further_rows_is_kept():
    row = {"code": "blanks_trimmed", "message": "blanks around the text were removed (and in 41 more rows)", "advice": ""}
    assert problem_message(row)[0] == "文本两端的空格已去除（另有 41 行同样）"


def test_an_unknown_code_or_sentence_stays_as_it_is():
    assert problem_message({"code": "new", "message": "something", "advice": "do"}) == ("something", "do")
    assert problem_message({"code": "title_rows", "message": "else", "advice": ""}) == ("else", "")


def test_an_error_says_what_kind_it_is_in_the_readers_language():
    assert error_message(NotSolved("x"), "zh").startswith("没有得到可行的方案")
    assert "处理建议" in error_message(BadInput("x", advice="y"), "zh")
