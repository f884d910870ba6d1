"""Which files make a workspace."""

from __future__ import annotations

import openpyxl
import pytest

from ipps_geo.errors import BadInput
from ipps_geo.workspace.finding import find_parts


def workbook(path, *sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in sheets:
        book.create_sheet(sheet).append(["a"])
    book.save(path)
    return path


def test_one_workbook_may_hold_every_table_a_sheet_each(tmp_path):
    plan = find_parts(workbook(tmp_path / "year.xlsx", "staff", "企业", "remarks"))
    assert {(part.table, part.layer) for part in plan.parts} == {
        ("enterprises", "企业"),
        ("staff", "staff"),
        (None, "remarks"),
    }
    assert plan.name == "year"


def test_a_workbook_in_a_folder_adds_its_sheets(tmp_path):
    workbook(tmp_path / "some.xlsx", "rosters", "staff")
    (tmp_path / "carriers.csv").touch()
    parts = find_parts(tmp_path).parts
    assert {(part.table, part.label, part.layer) for part in parts} == {
        ("carriers", "carriers.csv", None),
        ("rosters", "some.xlsx", "rosters"),
        ("staff", "some.xlsx", "staff"),
    }


def test_a_file_of_another_name_is_left_to_its_columns(tmp_path):
    (tmp_path / "last year.csv").touch()
    (part,) = find_parts(tmp_path).parts
    assert part.table is None


@pytest.mark.parametrize("name", [".hidden.csv", "readme.txt", "picture.png"])
def test_other_files_are_no_tables(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(BadInput, match="no table in this folder"):
        find_parts(tmp_path)


def test_a_workbook_without_a_sheet_of_that_name_is_no_workspace(tmp_path):
    with pytest.raises(BadInput, match="no layer or sheet is named after a table"):
        find_parts(workbook(tmp_path / "year.xlsx", "remarks"))


@pytest.mark.parametrize("content", [b"not an archive", b""])
def test_a_broken_workbook_in_a_folder_is_read_to_say_why(tmp_path, content):
    (tmp_path / "year.xlsx").write_bytes(content)
    (part,) = find_parts(tmp_path).parts
    assert (part.table, part.label) == (None, "year.xlsx")


def test_a_broken_geopackage_is_read_to_say_why(tmp_path):
    (tmp_path / "enterprises.gpkg").write_bytes(b"not a database")
    (part,) = find_parts(tmp_path).parts
    assert part.table == "enterprises"


@pytest.mark.parametrize("inside", ['rosters = ["/etc/passwd"]', 'rosters = "../../secret.csv"'])
def test_entries_stay_inside_the_workspace(tmp_path, inside):
    (tmp_path / "workspace.toml").write_text(f"[tables]\n{inside}\n")
    with pytest.raises(BadInput, match="lies outside the workspace"):
        find_parts(tmp_path)
