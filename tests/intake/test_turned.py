"""What says the opposite of what it seems to say: headers, answers, signs, rows and sheets of those who have left."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from ipps_geo.intake import Limits, TableRead
from ipps_geo.intake.reading import read_here
from ipps_geo.intake.request import Request

CODES = ("91110108XH0030009N", "91110108XH0030017H", "91110108XH0030025C", "91110108XH00300337")
HEAD = ("序号", "企业名称", "统一社会信用代码", "行业代码", "有明确需求")
FIRMS = tuple((n, f"北京{sign}科技有限公司", CODES[n], "I6510", "有") for n, sign in enumerate("甲乙丙丁"))


def read(folder: Path, *sheets: tuple[str, tuple[tuple[object, ...], ...]]) -> TableRead:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(folder / "名册.xlsx")
    request = Request(folder / "名册.xlsx", "rosters", accept_partial=True, absent={"holder_id": "proposal"})
    return read_here(request, Limits(), None)


def answered(folder: Path, header: str, *answers: object) -> TableRead:
    rows = [(*firm[:4], said) for firm, said in zip(FIRMS, answers, strict=False)]
    return read(folder, ("名册", ((*HEAD[:4], header), *rows)))


def needs(found: TableRead) -> list[str]:
    return list(found.frame["explicit_need"])


@pytest.mark.parametrize("header", ["是否无明确需求", "未提出明确需求", "是否不需要知识产权服务", "不存在明确需求"])
def test_a_yes_to_having_no_need_is_a_no(tmp_path, header):
    found = answered(tmp_path, header, "是", "否", "是", None)
    assert needs(found) == ["no", "yes", "no", "unknown"]
    assert "answer_turned" in set(found.problems["code"])


def test_where_the_answer_may_repeat_the_question_nobody_guesses(tmp_path):
    assert needs(answered(tmp_path, "是否无明确需求", "无", "有", "没有", "是")) == ["unknown"] * 3 + ["no"]


@pytest.mark.parametrize("header", ["是否取消需求", "是否已撤回需求", "放弃需求"])
def test_a_need_that_is_taken_back_is_not_read_as_one(tmp_path, header):
    found = answered(tmp_path, header, "是", "是", "否", "是")
    assert needs(found) == ["unknown"] * 4
    assert [question.kind for question in found.questions] == ["column"]


@pytest.mark.parametrize(
    ("header", "answers"),
    [("是否有需求（0有 1无）", (0, 1, 0)), ("明确需求（1=无，2=有）", (2, 1, 2)), ("有无需求（有：A，无：B）", "ABA")],
)
def test_signs_mean_what_the_header_says(tmp_path, header, answers):
    assert needs(answered(tmp_path, header, *answers)) == ["yes", "no", "yes"]


def test_a_sign_that_the_header_does_not_explain_is_no_answer(tmp_path):
    found = answered(tmp_path, "明确需求（1=无，2=有）", 2, 3, 1, 2)
    assert needs(found) == ["yes", "unknown", "no", "yes"]


@pytest.mark.parametrize("said", ["有（已撤回）", "有，后取消", "有，但不明确", "是 √否"])
def test_an_answer_that_is_taken_back_is_none(tmp_path, said):
    assert needs(answered(tmp_path, HEAD[4], said, "有（专利检索）", "无", "有")) == ["unknown", "yes", "no", "yes"]


def test_two_columns_that_ask_alike_and_are_answered_differently_are_asked_about(tmp_path):
    rows = [(*firm[:4], one, other) for firm, one, other in zip(FIRMS, "无有无有", "有无有无", strict=True)]
    found = read(tmp_path, ("名册", ((*HEAD[:4], "是否有专利需求", "是否有商标需求"), *rows)))
    assert needs(found) == ["unknown"] * 4
    assert [question.kind for question in found.questions] == ["column"]


@pytest.mark.parametrize(
    "row",
    [
        (None, "海淀区小计", None, None, "2家"),
        ("海淀区小计", "2家", None, None, None),
        (None, "（一）软件和信息服务业", None, None, None),
        (None, "第 1 页，共 2 页", None, None, None),
        (None, "——完——", None, None, None),
        (None, "移出企业：", None, None, None),
    ],
)
def test_a_line_that_is_no_firm_is_left_out_and_told(tmp_path, row):
    found = read(tmp_path, ("名册", (HEAD, *FIRMS[:2], row, *FIRMS[2:])))
    assert tuple(found.frame["uscc"]) == CODES
    assert found.problems.loc[found.problems["code"].isin(["totals_row", "footnote_row"]), "row"].tolist() == [4]


def test_a_firm_without_a_code_stays(tmp_path):
    found = read(tmp_path, ("名册", (HEAD, *FIRMS[:2], (None, "北京戊科技有限公司", None, None, None), *FIRMS[2:])))
    assert len(found.frame) == 5


def test_rows_below_a_header_in_another_order_are_not_read_in_the_first_one(tmp_path):
    turned = tuple((n, code, name, need, codes) for n, name, code, codes, need in FIRMS[2:])
    again = ("序号", "统一社会信用代码", "企业名称", "有明确需求", "行业代码")
    found = read(tmp_path, ("名册", (HEAD, *FIRMS[:2], again, *turned)))
    assert tuple(found.frame["uscc"]) == CODES[:2]
    assert found.problems.loc[found.problems["code"] == "header_changes", "row"].tolist() == [5, 6]
    assert len(read(tmp_path, ("名册", (HEAD, *FIRMS[:2], HEAD, *FIRMS[2:]))).frame) == 4


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("状态", ("在册", "已移出")), ("备注", ("", "2026年3月迁出")), ("是否在册", ("是", "否")),
        ("是否注销", ("否", "是")), ("是否有效", ("有效", "无效")), ("服务状态", ("未终止", "已终止")),
    ],
)  # fmt: skip
def test_a_row_that_says_it_has_left_is_named(tmp_path, header, cells):
    rows = [(*firm, cell) for firm, cell in zip(FIRMS, cells, strict=False)]
    found = read(tmp_path, ("名册", ((*HEAD, header), *rows)))
    assert len(found.frame) == 2
    assert found.problems.loc[found.problems["code"] == "says_left", "row"].tolist() == [3]


def test_two_states_of_one_list_that_answer_differently_are_asked_about(tmp_path):
    other = tuple((*firm[:4], "无") for firm in FIRMS)
    found = read(tmp_path, ("初稿", (HEAD, *other)), ("终稿", (HEAD, *FIRMS)))
    assert "sheets_overlap" in set(found.problems["code"])
    assert len(found.frame) == 0
    assert needs(read(tmp_path, ("海淀", (HEAD, *FIRMS[:3])), ("汇总", (HEAD, *FIRMS)))) == ["yes"] * 4


def test_the_same_as_above_is_what_stands_above(tmp_path):
    found = answered(tmp_path, HEAD[4], "有", "同上", "无", "〃")
    assert needs(found) == ["yes", "yes", "no", "no"]
    assert found.problems.loc[found.problems["code"] == "as_above", "row"].tolist() == [3, 5]
    assert needs(answered(tmp_path, HEAD[4], "同上", "有")) == ["unknown", "yes"]
    first = (*FIRMS[2][:4], "同上")
    found = read(tmp_path, ("海淀", (HEAD, *FIRMS[:2])), ("朝阳", (HEAD, first, FIRMS[3])))
    assert needs(found) == ["yes", "yes", "unknown", "yes"]  # what stands on another sheet is not above


def test_a_sheet_of_those_who_have_left_is_not_read_with_the_others(tmp_path):
    found = read(tmp_path, ("在册", (HEAD, *FIRMS[:2])), ("移出企业", (HEAD, *FIRMS[2:])))
    assert tuple(found.frame["uscc"]) == CODES[:2]
    assert "sheet_gone" in set(found.problems["code"])
