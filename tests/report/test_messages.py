"""Every problem of intake has a sentence in each language, with the parameters that it is named with."""

import ast
import string
import tomllib
from pathlib import Path

import pytest

import ipps_geo
from ipps_geo.errors import BadInput, Message, NotSolved
from ipps_geo.intake.problem_kinds import PROBLEM_KINDS
from ipps_geo.intake.problems import MORE_ROWS, damage, params_text
from ipps_geo.report.words.catalogue import LANGUAGES, catalogue
from ipps_geo.report.words.messages import (
    error_message,
    problem_message,
    problem_place,
)

ROOT = Path(ipps_geo.__file__).parent


def names(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def problems(lang):
    """The sentences of every problem by code: message, and advice where there is one."""
    return tomllib.loads((ROOT / f"report/words/locales/{lang}/problems.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_problem_code_has_its_sentence_and_no_other(lang):
    assert set(problems(lang)) == set(PROBLEM_KINDS)
    advised = {code for code, told in problems(lang).items() if told.get("advice")}
    assert {code for code, severity in PROBLEM_KINDS.items() if severity != "note"} <= advised


def test_both_languages_use_the_same_parameters_of_a_problem():
    parameters = [
        {code: names(told["message"]) | names(told.get("advice", "")) for code, told in problems(lang).items()}
        for lang in LANGUAGES
    ]
    assert parameters[0] == parameters[1]


def named_problems():
    """Every (place, code, names of the parameters) of a problem that the package names in its text."""
    calls = {"Refusal", "about_file", "about_rows"}
    places = {"sheet", "row", "column", "feature", "value", "values", "each"}
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = isinstance(node, ast.Call) and (getattr(node.func, "id", "") or getattr(node.func, "attr", ""))
            if name in calls and node.args and isinstance(node.args[0], ast.Constant):
                words = {word.arg for word in node.keywords}
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.args[0].value, words - places, words
            if name == "damage" and isinstance(node.args[0], ast.Constant):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", f"damage.{node.args[0].value}", set(), {None}


def test_every_problem_that_is_named_has_the_parameters_of_its_sentence():
    told, words, wrong = problems("en"), catalogue("en"), {}
    for place, code, given, all_given in named_problems():
        if code.startswith("damage."):
            if not words.has(f"fault.{code}.message"):
                wrong[place] = code
        elif code not in told:
            wrong[place] = code
        elif not {"each", None} & all_given:
            needed = names(told[code]["message"]) | names(told[code].get("advice", ""))
            if not needed <= given:
                wrong[place] = (code, needed, given)
    assert wrong == {}


def test_a_problem_is_told_with_its_parameters_in_both_languages():
    row = {"code": "corrupt", "params": params_text({"found": damage("missing", name="p.dbf")})}
    assert problem_message(row, "zh")[0] == "文件已损坏：缺少 p.dbf"
    assert problem_message(row, "en")[0] == "the file is damaged: p.dbf is missing"


def test_the_number_of_further_rows_is_kept():
    row = {"code": "blanks_trimmed", "params": params_text({MORE_ROWS: 41})}
    assert problem_message(row)[0] == "文本两端的空格已去除（另有 41 行同样）"


def test_choices_are_listed_in_the_words_of_the_reader():
    row = {"code": "bad_choice", "params": params_text({"choices": "StaffMode"})}
    assert problem_message(row, "zh")[1] == "可用取值：专职、兼职"
    assert problem_message(row, "en")[1] == "use one of: full_time, part_time"


def test_a_missing_column_is_advised_with_the_header_that_resembles_it():
    params = {"name": "holder_id", "zh": "机构编号", "hint": Message("hint.map", {"header": "站点"}), "other": ""}
    row = {"code": "missing_column", "params": params_text(params)}
    assert problem_message(row)[1] == "请补上这一列，或把“站点”列对应到它"


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


def test_what_an_error_lists_is_told_in_chinese_too():
    lacking = {"reachable": 9, "with_need": 4, "largest_roster": 6, "shortfall": 44, "minimum": 50}
    best = Message("plan.candidate", {"site_id": "P023", "name_zh": "798艺术区", **lacking})
    told = error_message(NotSolved("plan.nobody_can_open", minimum=50, best=(best,)))
    assert "P023 798艺术区：范围内可列入 9 家，其中有需求 4 家，名册最多 6 家，距 50 家差 44 家" in told


def test_an_error_says_what_kind_it_is_in_the_readers_language():
    assert error_message(NotSolved("plan.given_up"), "zh").startswith("没有得到可行的方案")
    assert "处理建议" in error_message(BadInput("argument.not_a_day", text="x"), "zh")
