"""Headers that were mapped once are read the same again, and files that need no mapping are left alone."""

import pandas as pd
import pytest

from ipps_geo.intake import read_table
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import as_saved, load_mappings, save_mapping
from ipps_geo.intake.reading import read_here
from ipps_geo.intake.remembered import read_remembered
from ipps_geo.intake.request import Request
from ipps_geo.intake.sheets import sheet_names
from ipps_geo.intake.sniff import Format


def read(request):
    return read_here(request, Limits(), None)


@pytest.fixture
def roster(tmp_path):
    """A roster whose name column no synonym knows, beside a decoy that one does."""
    path = tmp_path / "one.csv"
    path.write_text("机构编号,某某主体,企业名称\nS1,甲公司,乙公司\n", encoding="utf-8")
    return path


def test_the_next_file_with_these_headers_is_read_alike(roster, tmp_path):
    told = {"某某主体": "name", "企业名称": ""}
    first = read_table(roster, "rosters", mapping=told, sandbox=False)
    assert first.frame["name"].tolist() == ["甲公司"]
    save_mapping(tmp_path / "columns.toml", first.mapping)
    saved = load_mappings(tmp_path / "columns.toml")
    assert saved == {"rosters": as_saved(first.mapping)}
    again = read_remembered(read, Request(roster), saved)
    assert again.frame["name"].tolist() == ["甲公司"]
    assert read(Request(roster)).frame["name"].tolist() == ["乙公司"]


def test_a_mapping_names_the_table_of_headers_that_name_none(tmp_path):
    path = tmp_path / "strange.csv"
    path.write_text("甲列,乙列\nS1,丙公司\n", encoding="utf-8")
    assert read(Request(path)).table is None
    found = read_remembered(read, Request(path), {"rosters": {"甲列": "holder_id", "乙列": "name"}})
    assert (found.table, found.frame["name"].tolist()) == ("rosters", ["丙公司"])


def test_a_file_in_the_own_words_of_the_tables_needs_no_mapping(tmp_path):
    path = tmp_path / "rosters.csv"
    path.write_text("holder_id,name\nS1,丁公司\n", encoding="utf-8")
    found = read_remembered(read, Request(path), {"rosters": {"name": "", "holder_id": "name"}})
    assert found.frame["name"].tolist() == ["丁公司"]


def test_what_the_caller_maps_wins(roster):
    saved = {"rosters": {"某某主体": "name", "企业名称": ""}}
    found = read_remembered(read, Request(roster, "rosters", mapping={"企业名称": "name"}), saved)
    assert found.frame["name"].tolist() == ["乙公司"]


def test_the_sheets_of_a_workbook_are_known_also_when_none_can_be_read(tmp_path):
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as book:
        for name in ("封面", "数据"):
            pd.DataFrame({"x": [1]}).to_excel(book, sheet_name=name, index=False)
    assert sheet_names(path, Format.XLSX) == ("封面", "数据")
    found = read_table(path)
    assert (found.table, found.sheets) == (None, ("封面", "数据"))
