"""Headers are understood by what they are made of, and told apart from what only looks like them."""

import tomllib
from pathlib import Path

import pytest

from ipps_geo.intake.header_columns import LIKELY, column_named
from ipps_geo.intake.headers import find_header
from ipps_geo.intake.mapping import has_place, map_columns
from ipps_geo.intake.meaning import meaning_of

SPELLINGS = tomllib.loads(Path(__file__).with_name("headers.toml").read_text(encoding="utf-8"))
PLAIN = [
    (table, column, header)
    for table, columns in SPELLINGS.items()
    for column, headers in columns.items()
    for header in headers.split()
]


def read_as(table, header):
    column, confidence = column_named(table, header)
    return column if confidence >= LIKELY else ""


def test_the_list_is_long():
    assert len([column for _, column, _ in PLAIN if column != "none"]) >= 500


@pytest.mark.parametrize("table", SPELLINGS)
def test_natural_spellings_are_read_as_their_column(table):
    wrong = {
        header: (read_as(table, header), column)
        for own, column, header in PLAIN
        if own == table and column != "none" and read_as(table, header) != column
    }
    assert wrong == {}


@pytest.mark.parametrize("table", SPELLINGS)
def test_near_misses_are_taken_for_nothing(table):
    wrong = {
        h: read_as(table, h) for own, column, h in PLAIN if own == table and column == "none" and read_as(table, h)
    }
    assert wrong == {}


@pytest.mark.parametrize("frame", ["{}", "{}*", "（1）{}", "2、{}", " {} ", "{}：", "{}（必填）", "【{}】", "{}\n"])
def test_decoration_changes_no_meaning(frame):
    for header in ("企业名称", "统一社会信用代码", "是否有知识产权服务需求", "所属区县", "经营地址"):
        assert read_as("enterprises", frame.format(header)) == read_as("enterprises", header) != ""


def test_no_code_is_a_name_and_no_name_a_code():
    for table, column, header in PLAIN:
        if column in ("uscc", "parent_uscc", "name"):
            assert read_as(table, header) == column


def test_a_long_header_of_brackets_takes_no_time_and_means_nothing():
    assert meaning_of("(" * 100_000).concept == "" == meaning_of("（有" * 50_000).concept


def test_units_and_reference_systems_in_brackets_count():
    assert [meaning_of(text).unit for text in ("年成本（元）", "年成本（万元）", "位置精度（公里）")] == [
        "元",
        "万元",
        "公里",
    ]
    found = map_columns(["企业名称", "经度（百度坐标）", "纬度（百度坐标）"], "enterprises").by_column
    assert {"lon@bd09", "lat@bd09"} <= set(found)
    assert has_place(found)
    assert not has_place({"lon@bd09": 0, "lat@gcj02": 0})


HEADERS = ["企业名称", "代号", "知识产权情况"]
FIRMS = ["北京甲科技有限公司", "北京乙科技有限公司", "北京丙科技有限公司"]
CODES = ["91110108551385082Q", "911100001011016602", "91110000802100433B"]


def test_cells_tell_a_column_of_codes_that_its_header_does_not():
    found = map_columns(HEADERS, "rosters", samples=[FIRMS, CODES, ["专利", "商标", "软著"]])
    assert found.by_column["uscc"] == "代号"
    assert "explicit_need" not in found.by_column


def test_cells_that_contradict_a_header_make_it_a_question():
    found = map_columns(
        ["企业名称", "需求情况"], "rosters", samples=[FIRMS, ["想做专利检索", "商标注册流程", "版权登记咨询"]]
    )
    assert "explicit_need" not in found.by_column
    assert found.doubts == (("explicit_need", (("需求情况", 0.6),)),)


def test_codes_below_the_header_of_a_name_are_not_taken_for_names():
    found = map_columns(["企业名称", "备注"], "rosters", samples=[CODES, FIRMS])
    assert "name" not in found.by_column


def test_an_unknown_header_with_answers_is_asked_about():
    found = map_columns(["企业名称", "甲项"], "rosters", samples=[FIRMS, ["是", "否", "是"]])
    assert found.doubts == (("explicit_need", (("甲项", 0.6),)),)


def test_a_header_of_two_lines_keeps_whose_it_is():
    rows = [
        ["企业名称", "信用代码", "母公司", "", "是否有需求", ""],
        ["", "", "名称", "统一社会信用代码", "是", "否"],
        ["北京甲科技有限公司", CODES[0], "", "", "√", ""],
    ]
    header = find_header(rows, "rosters")
    assert (header.first, header.height) == (0, 2)
    found = map_columns(header.texts, "rosters").by_column
    assert found["uscc"] == "信用代码"
    assert found["parent_uscc"] == "母公司/统一社会信用代码"
    assert (found["explicit_need"], found["explicit_need@no"]) == ("是否有需求/是", "是否有需求/否")
    assert found["name"] == "企业名称"


def test_titles_and_lines_of_a_form_are_no_header():
    rows = [
        ["北京市知识产权公共服务工作站服务企业情况统计表（2026年第三季度）", "", ""],
        ["填报单位（盖章）：海淀区知识产权局", "", "填报日期：2026年9月15日"],
        ["序号", "企业名称", "是否有知识产权需求"],
    ]
    assert find_header(rows, "rosters").first == 2
