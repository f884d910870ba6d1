"""Every problem of intake has a Chinese sentence with parameters that its English one provides."""

import ast
import re
import string
from pathlib import Path

import pytest

import ipps_geo
from ipps_geo.errors import BadInput, NotSolved
from ipps_geo.intake.problems import PROBLEM_KINDS
from ipps_geo.report.messages import (
    chinese_problems,
    chinese_sentences,
    error_message,
    problem_message,
    problem_place,
    sentence,
)


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
    row = {
        "code": "blanks_trimmed",
        "message": "blanks around the text were removed (and in 41 more rows)",
        "advice": "",
    }
    assert problem_message(row)[0] == "文本两端的空格已去除（另有 41 行同样）"


@pytest.mark.parametrize(
    ("feature", "told"),
    [
        ("byte 512", "第 512 字节（从 0 起）"),
        ("member xl/styles.xml", "压缩包成员 xl/styles.xml"),
        ("json $.features", "JSON 路径 $.features"),
        ("object v", "数据库对象 v"),
        ("metadata geo", "元数据 geo"),
        ("12", "要素 12"),
    ],
)
def test_a_place_in_a_refused_file_is_told_in_words(feature, told):
    assert problem_place({"sheet": None, "row": None, "column": "", "feature": feature}) == [told]


def test_what_was_found_is_told_in_the_readers_language():
    row = {
        "code": "corrupt",
        "message": PROBLEM_KINDS["corrupt"].message.format(found="p.dbf is missing"),
        "advice": "",
    }
    assert problem_message(row)[0] == "文件已损坏：缺少 p.dbf"


def test_an_unknown_code_or_sentence_stays_as_it_is():
    assert problem_message({"code": "new", "message": "something", "advice": "do"}) == ("something", "do")
    assert problem_message({"code": "title_rows", "message": "else", "advice": ""}) == ("else", "")


def raised_sentences():
    """Every literal sentence that the package raises, as a pattern: its own parameters stand for anything."""
    for path in Path(ipps_geo.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Constant, ast.JoinedStr)):
                parts = node.values if isinstance(node, ast.JoinedStr) else [node]
                yield "".join(
                    re.escape(part.value) if isinstance(part, ast.Constant) and isinstance(part.value, str) else ".*?"
                    for part in parts
                )


def test_every_chinese_sentence_belongs_to_one_that_is_raised():
    raised = {pattern for pattern in raised_sentences() if re.search("[a-z]{2}", pattern)}
    compiled = [re.compile(pattern, re.DOTALL) for pattern in raised]
    for pattern, told in chinese_sentences():
        example = re.sub(r"\\(.)", r"\1", re.sub(r"\(\?P<\w+>\.\*\?\)", "7", pattern.pattern))
        assert any(one.fullmatch(example) for one in compiled), (example, told)


def test_the_most_specific_sentence_is_taken_and_its_parameters_kept():
    assert sentence("use one of a, b") == "可用：a, b"
    assert sentence("use wgs84") == "请用 wgs84"
    assert sentence("something nobody translated") == "something nobody translated"


def test_what_an_error_lists_is_told_in_chinese_too():
    faults = "2 errors: rosters.csv, column holder_id: the required column holder_id (机构编号) is missing; and 1 more"
    assert sentence(faults) == "共 2 处错误：rosters.csv，列 holder_id：缺少必填列 机构编号（holder_id）；另有 1 处"
    best = "P023 798艺术区: 9 eligible within reach, 4 with need, largest roster 6, 44 short of 50"
    told = sentence(f"no candidate can gather 50 eligible enterprises with the need share; best: {best}")
    assert told.endswith("P023 798艺术区：范围内可列入 9 家，其中有需求 4 家，名册最多 6 家，距 50 家差 44 家")


def test_an_error_says_what_kind_it_is_in_the_readers_language():
    assert error_message(NotSolved("x"), "zh").startswith("没有得到可行的方案")
    assert "处理建议" in error_message(BadInput("x", advice="y"), "zh")
