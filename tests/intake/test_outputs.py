"""What intake gives back: coloured copies, templates, reports, saved mappings."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.intake import check_path, read_table, write_coloured_copy, write_templates
from ipps_geo.intake.mapping import load_mapping, map_columns, save_mapping
from ipps_geo.intake.problems import problem_clause
from ipps_geo.intake.templates import example_row, template_columns


def test_the_coloured_copy_marks_the_cells_that_the_problems_name(corpus: Path, tmp_path: Path) -> None:
    for name in (
        "bad_cell_09.csv",
        "bad_error_cell.xlsx",
        "bad_number_uscc.xlsx",
        "bad_far.geojson",
        "bad_wkb.parquet",
    ):
        read = read_table(corpus / name, "enterprises", sandbox=False)
        write_coloured_copy(corpus / name, read, tmp_path / "copy.xlsx")
        book = openpyxl.load_workbook(tmp_path / "copy.xlsx")
        sheet = book.worksheets[0]
        (error,) = read.problems.query("severity != 'note'").to_dict("records")
        colour = {"error": "FFFFC7CE", "warning": "FFFFEB9C"}[error["severity"]]
        red = [cell for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == colour]
        assert len(red) == 1, name
        assert red[0].comment is not None
        assert str(problem_clause(error)) in red[0].comment.text
        if pd.notna(error["row"]) and not name.endswith("parquet"):
            assert red[0].row == error["row"]
        assert len(list(book.worksheets[1].iter_rows())) == len(read.problems) + 1


def test_nothing_in_a_copy_is_a_formula(corpus: Path, cases: ModuleType, tmp_path: Path) -> None:
    rows = cases.with_cell("企业名称", "=HYPERLINK(1)")
    (tmp_path / "a.csv").write_text(cases.text_of(rows), encoding="utf-8")
    read = read_table(tmp_path / "a.csv", sandbox=False)
    write_coloured_copy(tmp_path / "a.csv", read, tmp_path / "copy.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "copy.xlsx").worksheets[0]["C4"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_a_refused_file_has_no_copy(corpus: Path, tmp_path: Path) -> None:
    read = read_table(corpus / "bad_cut.xlsx", sandbox=False)
    with pytest.raises(BadInput):
        write_coloured_copy(corpus / "bad_cut.xlsx", read, tmp_path / "copy.xlsx")


def test_templates_are_recognised_and_empty(tmp_path: Path) -> None:
    paths = write_templates(tmp_path)
    assert [path.stem for path in paths] == list(TABLES)
    for path in paths:
        read = read_table(path, sandbox=False)
        assert (read.table, read.rows_in_file) == (path.stem, 0)
        assert "no_rows" in set(read.problems["code"])
        assert read.mapping is not None
        assert not read.mapping.unread


@pytest.mark.parametrize("table", TABLES)
def test_the_example_of_a_template_is_accepted(table: str, tmp_path: Path) -> None:
    row = example_row(table)
    assert list(row) == list(template_columns(TABLES[table]))
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet(TABLES[table].zh)
        sheet.write_row(0, 0, list(row))
        sheet.write_row(1, 0, list(row.values()))
    read = read_table(tmp_path / "a.xlsx", sandbox=False)
    assert (read.table, read.rows_in_file, read.accepted) == (table, 1, 1)
    assert not read.has_errors


def test_a_folder_is_checked_file_by_file(cases: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "enterprises.csv").write_bytes(cases.text_of(cases.good_rows()).encode("gbk"))
    (tmp_path / "rosters.csv").write_text("机构编号,企业名称\nW1,甲\nW1,\n", encoding="utf-8")
    (tmp_path / "old.xls").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    (tmp_path / "readme.md").write_text("not a table", encoding="utf-8")
    report = check_path(tmp_path, sandbox=False)
    assert [read.table for read in report.reads] == ["enterprises", None, "rosters"]
    assert (report.rows_in_file, report.accepted, report.rejected, report.exit_code) == (14, 13, 1, 2)
    document = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert {problem["file"] for problem in document["problems"]} == {"enterprises.csv", "old.xls", "rosters.csv"}
    assert document["errors"] == 2


def test_partial_acceptance_must_be_asked_for(corpus: Path, tmp_path: Path) -> None:
    name = corpus / "bad_cell_08.csv"
    refused, partial = (check_path(name, accept_partial=asked, sandbox=False) for asked in (False, True))
    assert (refused.accepted, refused.rejected) == (partial.accepted, partial.rejected) == (12, 0)
    assert refused.reads[0].frame.empty
    with pytest.raises(BadInput):
        refused.write_normalised(tmp_path / "a.csv")
    partial.write_normalised(tmp_path / "a.csv")
    assert pd.read_csv(tmp_path / "a.csv")["uscc"].notna().sum() == 11


def test_a_mapping_is_kept_and_used_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编码,单位全称,备用\nE1,甲,x\n", encoding="utf-8")
    assert read_table(path, "enterprises", sandbox=False).has_errors
    read = read_table(path, "enterprises", mapping={"编码": "enterprise_id", "单位全称": "name"}, sandbox=False)
    assert read.accepted == 1
    assert read.mapping is not None
    save_mapping(tmp_path / "columns.toml", read.mapping)
    saved = load_mapping(tmp_path / "columns.toml", "enterprises")
    assert saved == {"编码": "enterprise_id", "单位全称": "name", "备用": ""}
    assert load_mapping(tmp_path / "columns.toml", "staff") is None
    assert check_path(path, "enterprises", mapping=saved, sandbox=False).exit_code == 0


def test_suggestions_have_a_confidence() -> None:
    found = map_columns(["企业编号", "企业名称", "统一社会信用码"], "enterprises")
    confidence = {item.header: item.confidence for item in found.columns}
    assert confidence["企业编号"] == 1.0
    near = confidence.get("统一社会信用码") or found.suggestions["统一社会信用码"][1]
    assert 0.6 < near < 1.0
