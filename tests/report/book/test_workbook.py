from __future__ import annotations

import dataclasses
import io
import zipfile

import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from ipps_geo.report.book.book import Book, Field
from ipps_geo.report.book.workbook import (
    write_coverage_workbook,
    write_findings_workbook,
    write_moves_workbook,
    write_plan_workbook,
)
from ipps_geo.report.words.catalogue import catalogue


def cells(path, sheet=0):
    book = CalamineWorkbook.from_path(str(path))
    return (book.get_sheet_by_index(sheet) if isinstance(sheet, int) else book.get_sheet_by_name(sheet)).to_python()


def texts(path):
    book = CalamineWorkbook.from_path(str(path))
    return [str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]


def test_the_first_sheet_tells_figures_parameters_and_origin(tmp_path, workspace, plan):
    rows = cells(write_plan_workbook(workspace, plan, tmp_path / "plan.xlsx"))
    told = {row[0]: row[1] for row in rows if len(row) > 1}
    assert rows[0][0] == "知识产权公共服务工作站布局方案"
    assert "演示数据" in rows[1][0]
    assert told["拟设工作站（个）"] == 2
    assert told["新增服务企业（家）"] == 110
    assert told["名册覆盖率·现状"] == pytest.approx(120 / 400)
    assert told["求解状态"] == "已证明最优"
    assert told["最优性差距"] == 0
    assert told["数据指纹"] == plan.provenance.content_hash
    assert told["服务半径（千米）"] == 3  # a number as a number
    assert told["各拟设站中最小的有需求余量（家）"] == plan.proposals["margin_need"].min()
    assert any("《办法》对距离、半径、时间均无规定" in str(row[0]) for row in rows)
    assert any("不作决定" in str(row[0]) for row in rows)


def test_rosters_before_and_after_they_were_made_even_stand_on_the_first_sheet(tmp_path, workspace, plan):
    even = {"smallest_before": 51, "largest_before": 59, "smallest": 54, "largest": 56, "moved": 3, "proven": True}
    rows = cells(write_plan_workbook(workspace, dataclasses.replace(plan, balance=even), tmp_path / "plan.xlsx"))
    told = {row[0]: row[1] for row in rows if len(row) > 1}
    assert "51" in told["均衡前各拟设站名册规模（家，最小～最大）"]
    assert "59" in told["均衡前各拟设站名册规模（家，最小～最大）"]
    assert "54" in told["均衡后各拟设站名册规模（家，最小～最大）"]
    assert "56" in told["均衡后各拟设站名册规模（家，最小～最大）"]
    assert told["因均衡改由他站服务（家）"] == 3
    assert told["已证明不能更均衡"] == "是"


def test_each_proposal_has_its_roster(tmp_path, workspace, plan):
    path = write_plan_workbook(workspace, plan, tmp_path / "plan.xlsx")
    names = CalamineWorkbook.from_path(str(path)).sheet_names
    assert names[:4] == ["概要", "拟设工作站", "名册1 第2创新园", "名册2 第3创新园"]
    rows = cells(path, "名册2 第3创新园")
    header = next(number for number, row in enumerate(rows) if row[0] == "企业编号")
    listed = {row[0] for row in rows[header + 1 :]}
    assert listed == set(plan.annex.loc[plan.annex["site_id"] == "K3", "enterprise_id"])


def test_many_proposals_share_one_roster_sheet(tmp_path, workspace, plan, monkeypatch):
    monkeypatch.setattr("ipps_geo.report.book.workbook.MOST_ROSTER_SHEETS", 1)
    path = write_plan_workbook(workspace, plan, tmp_path / "plan.xlsx")
    rows = cells(path, "服务企业名册")
    header = next(number for number, row in enumerate(rows) if row[0] == "候选编号")
    assert len(rows) - header - 1 == len(plan.annex)


def test_a_name_that_looks_like_a_formula_is_text(tmp_path, workspace, plan):
    path = write_plan_workbook(workspace, plan, tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(path)
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert any(text.startswith("=HYPERLINK") for text in texts(path))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "http://example.org", "007"])
def test_every_text_stays_the_text_it_was(tmp_path, sample, text):
    book = Book(catalogue("zh"), "t", sample.provenance())
    book.table("s", "t", pd.DataFrame({"name": [text]}), [Field("name")])
    path = book.save(tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(path)["s"]
    cell = sheet.cell(sheet.max_row, 1)
    assert cell.data_type == "s"
    assert cell.value.replace("_x000D_", "\r") == text
    assert cell.hyperlink is None


def test_findings_cite_the_article_and_show_the_evidence(tmp_path, sample, workspace):
    path = write_findings_workbook(workspace, sample.audit(), tmp_path / "findings.xlsx")
    rows = cells(path, "合规核对")
    header = next(number for number, row in enumerate(rows) if row[0] == "结论")
    table = pd.DataFrame(rows[header + 1 :], columns=rows[header])
    assert list(table["结论"]) == ["不符合", "不符合", "待定", "符合"]  # the worst first
    assert set(table["依据"]) == {"第七条第（二）项", "第七条第（一）项"}
    overlap = table.loc[table["证据"].str.contains("91110108000000001X")].iloc[0]
    assert "第一创新园工作站" in overlap["证据"]
    assert table.iloc[2]["缺少的材料"] == "运行起始日期"


def test_coverage_adds_up_on_the_page(tmp_path, sample, workspace):
    path = write_coverage_workbook(workspace, sample.coverage(), tmp_path / "coverage.xlsx")
    rows = cells(path, "覆盖情况")
    header = next(number for number, row in enumerate(rows) if row[0] == "服务单元")
    table = pd.DataFrame(rows[header + 1 :], columns=rows[header])
    units, city = table.iloc[:-1], table.iloc[-1]
    assert city["服务单元名称"] == "全市"
    assert units["名册覆盖（家）"].sum() == city["名册覆盖（家）"]


def test_numbers_are_shown_as_their_names_say(tmp_path, sample, workspace):
    """Metres whole, access with four decimals, degrees with five; a station's name beside its id."""
    tables = {
        "e2sfca": pd.DataFrame({"unit": ["BDA"], "access_e2sfca": [0.0042]}),
        "gaps": pd.DataFrame({"unit": ["BDA"], "radius_m": [1234.56], "lon": [116.123456]}),
        "catchments": pd.DataFrame({"institution_id": ["S1"], "within_reach": [60]}),
    }
    coverage = dataclasses.replace(sample.coverage(), tables=tables, measures={"worst_unit_share": 0.125, "gini": 0.65})
    book = openpyxl.load_workbook(write_coverage_workbook(workspace, coverage, tmp_path / "coverage.xlsx"))
    formats = {
        cell.value: cell.number_format
        for sheet in book
        for row in sheet
        for cell in row
        if isinstance(cell.value, float)
    }
    assert {value: formats[value] for value in (0.0042, 116.123456, 0.125, 0.65)} == {
        0.0042: "0.0000",
        116.123456: "0.00000",
        0.125: "0.0%",
        0.65: "0.0000",
    }
    metres = [cell for row in book["服务空白片区"] for cell in row if cell.value == 1235]
    assert [cell.number_format for cell in metres] == ["#,##0"]
    assert "第一创新园工作站" in [cell.value for row in book["各站服务范围"] for cell in row]


def test_moves_of_any_shape_are_written(tmp_path, sample, workspace):
    moves = pd.DataFrame(
        {"name": ["演示企业"], "unit": ["BDA"], "action": ["release"], "at": [pd.Timestamp("2026-01-02")]}
    )
    path = write_moves_workbook(workspace, moves, sample.provenance(), tmp_path / "moves.xlsx")
    assert "示范开发区" in texts(path)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sheets_print_on_the_width_of_a_page_with_the_header_repeated(tmp_path, workspace, plan, lang):
    book = openpyxl.load_workbook(write_plan_workbook(workspace, plan, tmp_path / "plan.xlsx", lang))
    for sheet in book.worksheets[1:]:
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth in (None, 1)  # 1 is what the format means by leaving it out
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.freeze_panes
        assert sheet.print_title_rows


def test_an_english_book_speaks_english_but_for_names_and_the_demonstration_mark(tmp_path, workspace, plan):
    allowed = {"演示数据", "有限公司", "演示企业", "创新园", "工作站", "协会", "第", "号"}
    for text in texts(write_plan_workbook(workspace, plan, tmp_path / "plan.xlsx", "en")):
        for word in sorted(allowed, key=len, reverse=True):
            text = text.replace(word, "")
        left = [mark for mark in text if "\u4e00" <= mark <= "\u9fff"]
        assert len(left) <= 3, text


def test_the_same_plan_gives_the_same_bytes(tmp_path, workspace, plan):
    first = write_plan_workbook(workspace, plan, tmp_path / "a.xlsx").read_bytes()
    second = write_plan_workbook(workspace, plan, tmp_path / "b.xlsx").read_bytes()
    assert first == second
    core = zipfile.ZipFile(io.BytesIO(first)).read("docProps/core.xml").decode()
    assert "2026-11-22" in core


def test_real_data_carry_no_demonstration_mark(tmp_path, sample):
    path = write_plan_workbook(sample.workspace(synthetic=False), sample.plan(synthetic=False), tmp_path / "plan.xlsx")
    assert not any("仅供演示" in text for text in texts(path))


def test_every_page_is_a4_and_what_it_leaves_to_the_screen_is_named(tmp_path, workspace, sample):
    book = openpyxl.load_workbook(write_findings_workbook(workspace, sample.audit(), tmp_path / "findings.xlsx"))
    assert {sheet.page_setup.paperSize for sheet in book} == {9}
    page = book["合规核对"]
    header = next(row for row in page.iter_rows() if row[0].value == "结论")
    printed = openpyxl.utils.cell.range_boundaries(page.print_area.split("!")[1])[2]
    shown = [cell.value for cell in header[:printed]]
    assert {"结论", "对象", "说明", "证据"} <= set(shown)
    note = next(row[0].value for row in page.iter_rows(max_col=1) if "打印" in str(row[0].value))
    assert all(cell.value in note for cell in header[printed:] if cell.value)
    assert sum(page.column_dimensions[cell.column_letter].width for cell in header[:printed]) < 230


def test_the_worst_findings_stand_first(tmp_path, workspace, sample):
    path = write_findings_workbook(workspace, sample.audit(), tmp_path / "findings.xlsx")
    rows = cells(path, "合规核对")
    start = next(number for number, row in enumerate(rows) if row[0] == "结论")
    told = [row[0] for row in rows[start + 1 :]]
    assert told == sorted(told, key=["不符合", "待定", "符合"].index)
    assert len(set(told)) > 1


def test_a_curve_is_a_native_chart_over_the_cells(tmp_path, workspace, sample):
    path = write_coverage_workbook(workspace, sample.coverage(), tmp_path / "coverage.xlsx")
    with zipfile.ZipFile(path) as book:
        chart = book.read("xl/charts/chart1.xml").decode()
    rows = cells(path, "覆盖情况")
    start = next(number for number, row in enumerate(rows) if row[0] == "服务单元")
    shares = [row[rows[start].index("名册覆盖率")] for row in rows[start + 1 :] if row[0]]
    units = len(sample.coverage().by_unit) - 1
    assert shares[:units] == sorted(shares[:units], key=lambda share: (share == "", share))
    assert f"$G${start + 2}:$G${start + 1 + units}" in chart  # every unit, and not the city's row
