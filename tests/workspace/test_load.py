"""From files to a workspace: which file is which table, what is refused, and with which words."""

from __future__ import annotations

import re
import shutil

import geopandas as gpd
import pytest

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.intake.mapping import map_columns
from ipps_geo.workspace import load_workspace, save_workspace
from ipps_geo.workspace.geojson import write_geojson
from ipps_geo.workspace.loaded import LoadReport, unread_columns


@pytest.fixture(scope="module")
def saved(small, tmp_path_factory):
    """A workspace of a few hundred enterprises, saved."""
    target = tmp_path_factory.mktemp("saved") / "ws"
    served = small.enterprises["enterprise_id"].isin(small.rosters["enterprise_id"])
    save_workspace(small.replace(enterprises=small.enterprises[served].reset_index(drop=True)), target)
    return target


@pytest.fixture
def folder(saved, tmp_path):
    """A copy of it, to break."""
    return shutil.copytree(saved, tmp_path / "ws")


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_embedded_workspace_is_whole(embedded):
    assert embedded.problems.empty
    assert embedded.is_demonstration
    assert len(embedded.service_units) == 17
    assert len(embedded.carriers) == 150
    assert len(embedded.enterprises) == 30_000
    assert (embedded.institutions["kind"] == "district_center").sum() == 17
    assert all(source.sha256 and source.how and source.licence for source in embedded.sources)
    assert list(embedded.tables) == list(TABLES)


def test_without_workspace_toml_files_are_known_by_their_stem(folder, small):
    (folder / "workspace.toml").unlink()
    found = load_workspace(folder, sandbox=False)
    assert found.name == "ws"
    assert found.planted == ()
    assert len(found.rosters) == len(small.rosters)


def test_without_a_stated_day_it_is_the_last_that_something_happened(folder):
    edit(folder / "workspace.toml", "data_date = 2026-11-22\n", "")
    found = load_workspace(folder, sandbox=False)
    known = [
        found.institutions["established_on"].max(),
        found.applications["recommended_on"].max(),
        found.rosters["need_date"].max(),
        found.enterprises["need_date"].max(),
    ]
    assert found.data_date == max(known).date()


def test_several_files_make_one_table(folder, small):
    lines = (folder / "rosters.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "rosters.csv").write_text("".join(lines[:100]), encoding="utf-8")
    (folder / "more.csv").write_text("".join([lines[0], *lines[100:]]), encoding="utf-8")
    edit(folder / "workspace.toml", 'rosters = "rosters.csv"', 'rosters = ["rosters.csv", "more.csv"]')
    assert len(load_workspace(folder, sandbox=False).rosters) == len(small.rosters)


def test_absent_optional_tables_are_empty(folder):
    edit(folder / "workspace.toml", 'staff = "staff.csv"\n', "")
    found = load_workspace(folder, sandbox=False)
    assert len(found.staff) == 0
    assert list(found.staff.columns) == list(TABLES["staff"].columns)


def test_a_missing_folder_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match=r"missing_folder.*there is no workspace here"):
        load_workspace(tmp_path / "missing_folder")


def test_an_empty_folder_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="no table in this folder"):
        load_workspace(tmp_path)


def test_a_missing_table_is_named(folder):
    edit(folder / "workspace.toml", 'rosters = "rosters.csv"\n', "")
    with pytest.raises(BadInput, match="no file for the tables: rosters"):
        load_workspace(folder, sandbox=False)


def test_a_missing_column_is_named_with_its_file(folder):
    edit(folder / "rosters.csv", "holder_id", "whatever")
    with pytest.raises(BadInput, match=r"rosters.csv.*nothing says whose roster it is"):
        load_workspace(folder, sandbox=False)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"rosters.csv"', '"rostrum.csv"', "rostrum.csv does not exist"),
        ('"rosters.csv"', '"../rosters.csv"', "outside the workspace"),
        ("rosters =", "roosters =", "unknown: roosters"),
        ("data_date = 2026-11-22", 'data_date = "today"', "data_date is not a day"),
        ("[tables]", "[tables", "not valid TOML: line"),
        ("name =", "nome =", "unknown: nome"),
    ],
)
def test_a_faulty_workspace_toml_is_refused(folder, old, new, words):
    edit(folder / "workspace.toml", old, new)
    with pytest.raises(BadInput, match=words):
        load_workspace(folder, sandbox=False)


def test_two_files_for_one_table_are_refused(folder):
    (folder / "workspace.toml").unlink()
    (folder / "rosters.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(BadInput, match="more than one file for rosters"):
        load_workspace(folder, sandbox=False)


def test_errors_refuse_the_workspace_and_partial_acceptance_lists_them(folder):
    edit(folder / "rosters.csv", "\nW-001,", "\nW-999,")
    with pytest.raises(
        BadInput, match=r"1 errors: rosters.csv, row 2; column holder_id: it names nothing in institutions"
    ):
        load_workspace(folder, sandbox=False)
    found = load_workspace(folder, accept_partial=True, sandbox=False)
    (problem,) = found.problems.itertuples()
    assert (problem.code, problem.severity, problem.value) == ("unknown_reference", "error", "W-999")
    assert "W-999" not in set(found.rosters["holder_id"])


def test_many_errors_are_counted_and_the_first_shown(folder):
    text = (folder / "rosters.csv").read_text(encoding="utf-8")
    (folder / "rosters.csv").write_text(text.replace("\nW-001,", "\nW-999,"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"\d+ errors: .*; and \d+ more"):
        load_workspace(folder, sandbox=False)


def test_warnings_do_not_refuse(folder):
    edit(folder / "rosters.csv", ",E00", ",X00")
    problems = load_workspace(folder, sandbox=False).problems
    assert set(problems["severity"]) == {"warning"}
    assert problems["code"].tolist() == ["loose_reference"]


def test_a_sandboxed_load_says_the_same(folder):
    edit(folder / "rosters.csv", "\nW-001,", "\nW-999,")
    inside, here = (load_workspace(folder, accept_partial=True, sandbox=sandbox) for sandbox in (True, False))
    assert inside.content_hash == here.content_hash
    assert inside.problems.equals(here.problems)


def test_other_units_than_those_of_beijing_are_held_against(folder):
    """A folder that brings its own units is judged by them: here one without BDA."""
    units = gpd.read_file(folder / "service_units.geojson")
    write_geojson(units[units["code"] != "BDA"], folder / "service_units.geojson")
    problems = load_workspace(folder, accept_partial=True, sandbox=False).problems
    assert "unknown_unit" in set(problems["code"])


def test_a_file_whose_columns_fit_no_table_is_an_error_and_named_when_it_is_left_out(folder):
    (folder / "workspace.toml").unlink()
    (folder / "notes.csv").write_text("colour,shape\nred,round\n")
    with pytest.raises(BadInput, match=r"1 errors: notes.csv.*the columns fit no known table"):
        load_workspace(folder, sandbox=False)
    (entry,) = load_workspace(folder, accept_partial=True, sandbox=False).loaded.missing
    assert (entry.file, entry.reason, entry.weight) == ("notes.csv", "table_unknown", "error")


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("name", ["名册补充.xls", "more rosters.et", "rosters2.xlsx"])
def test_a_table_that_cannot_be_read_or_is_not_listed_is_an_error(folder, name, listed):
    if not listed:
        (folder / "workspace.toml").unlink()
    (folder / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(BadInput, match=rf"1 errors: {re.escape(name)}"):
        load_workspace(folder, sandbox=False)
    found = load_workspace(folder, accept_partial=True, sandbox=False)
    assert [entry.file for entry in found.loaded.missing] == [name]
    assert found.loaded.open_tables == {"rosters"}


def test_a_file_that_workspace_toml_ignores_is_no_error(folder):
    (folder / "更早的名册.csv").write_text("colour\n")
    edit(folder / "workspace.toml", "data_date =", 'ignored = ["更早的名册.csv"]\ndata_date =')
    loaded = load_workspace(folder, sandbox=False).loaded
    assert loaded.complete
    assert [(entry.file, entry.reason) for entry in loaded.unread] == [("更早的名册.csv", "ignored")]


def test_everything_else_in_a_folder_is_named_with_its_reason(folder):
    for name in (".DS_Store", "~$rosters.xlsx", "README.md", "第三季度名册.docx"):
        (folder / name).write_text("")
    (folder / "pictures").mkdir()
    (folder / "old").mkdir()
    (folder / "old" / "rosters.csv").write_text("a\n")
    loaded = load_workspace(folder, sandbox=False).loaded
    assert {entry.file: (entry.reason, entry.weight) for entry in loaded.unread} == {
        ".DS_Store": ("hidden", "note"),
        "~$rosters.xlsx": ("lock_file", "note"),
        "README.md": ("no_table", "note"),
        "第三季度名册.docx": ("named_like_table", "warning"),
        "pictures": ("folder", "note"),
        "old": ("folder_with_tables", "warning"),
    }
    assert [entry.file for entry in loaded.missing] == ["old", "第三季度名册.docx"]


def test_rows_left_out_are_kept_as_far_as_they_can_be_read(folder):
    header, *lines = (folder / "rosters.csv").read_text(encoding="utf-8").splitlines()
    at = {name: place for place, name in enumerate(header.split(","))}
    rows = [line.split(",") for line in lines]
    rows[0][at["holder_id"]] = "W-999"
    rows[1][at["name"]] = ""
    rows[2][at["delisted_on"]] = "2026-13-45"
    rows[3][at["uscc"]] = rows[3][at["uscc"]][:-1]
    rows[4][at["explicit_need"]] = "maybe"
    text = "\n".join([header, *(",".join(row) for row in rows), ""])
    (folder / "rosters.csv").write_text(text, encoding="utf-8")
    found = load_workspace(folder, accept_partial=True, sandbox=False)
    left = found.loaded.left_out("rosters").sort_values("row")
    assert left["row"].tolist() == [2, 3, 4]
    assert left["holder_id"].tolist() == ["W-999", "W-001", "W-001"]
    assert left["reasons"].tolist() == ["unknown_reference", "missing_value", "cell_lost"]
    assert left["uscc"].tolist() == [row[at["uscc"]] for row in rows[:3]]
    assert len(found.rosters) == len(rows) - 3
    assert {column: n for (_, column), n in found.loaded.cells.items()} == {
        "delisted_on": 1,
        "uscc": 1,
        "explicit_need": 1,
    }
    assert found.loaded.rows_read == sum(part.rows for part in found.loaded.parts)
    assert not found.loaded.complete


def test_a_day_that_cannot_be_read_leaves_the_institution_in_doubt(folder, small):
    edit(folder / "institutions.geojson", '"established_on": "20', '"established_on": "二〇')
    found = load_workspace(folder, accept_partial=True, sandbox=False)
    assert len(found.institutions) == len(small.institutions)
    (left,) = found.loaded.left_out("institutions").to_dict("records")
    assert left["reasons"] == "cell_lost"
    assert left["institution_id"] in set(found.institutions["institution_id"])


def rosters_in_a_workbook(folder, **sheets):
    """Write sheets in place of the file of rosters: slices of its rows, or lines of another table."""
    import openpyxl

    (folder / "workspace.toml").unlink()
    header, *rows = [line.split(",") for line in (folder / "rosters.csv").read_text(encoding="utf-8").splitlines()]
    (folder / "rosters.csv").unlink()
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        page = book.create_sheet(name)
        for row in [header, *rows[lines]] if isinstance(lines, slice) else lines:
            page.append(row)
    book.save(folder / "rosters.xlsx")


def test_sheets_of_one_form_are_one_table(folder, small):
    rosters_in_a_workbook(folder, 甲站=slice(0, 60), 乙站=slice(60, None))
    found = load_workspace(folder, sandbox=False)
    assert len(found.rosters) == len(small.rosters)
    assert not found.loaded.missing


def test_a_sheet_of_another_table_that_workspace_toml_does_not_list_is_an_error(folder):
    listed = (folder / "workspace.toml").read_text(encoding="utf-8")
    others = [["人员编号", "机构编号", "专职或兼职"], ["P1", "W-001", "专职"]]
    rosters_in_a_workbook(folder, 甲站=slice(0, None), 人员表=others)
    (folder / "workspace.toml").write_text(listed.replace("rosters.csv", "rosters.xlsx"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"sheet 人员表 also holds rows and was not read"):
        load_workspace(folder, sandbox=False)
    found = load_workspace(folder, accept_partial=True, sandbox=False).loaded
    (entry,) = found.missing
    assert (entry.file, entry.sheet, entry.weight) == ("rosters.xlsx", "人员表", "error")
    assert found.open_tables == {"staff"}


def test_a_workbook_of_several_tables_is_read_whole(folder, small):
    staff = [line.split(",") for line in (folder / "staff.csv").read_text(encoding="utf-8").splitlines()]
    (folder / "staff.csv").unlink()
    rosters_in_a_workbook(folder, 甲站=slice(0, None), 谁在哪=staff, 统计=[["甲", "乙"], ["一", "二"]])
    (folder / "rosters.xlsx").rename(folder / "本季度.xlsx")
    found = load_workspace(folder, sandbox=False)
    assert (len(found.rosters), len(found.staff)) == (len(small.rosters), len(small.staff))
    assert [(entry.sheet, entry.reason, entry.weight) for entry in found.loaded.missing] == [
        ("统计", "no_table", "warning")
    ]


def test_what_a_saved_workspace_has_lost_is_named(folder):
    assert load_workspace(folder, sandbox=False).loaded.complete
    lines = (folder / "staff.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "staff.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    text = (folder / "rosters.csv").read_text(encoding="utf-8")
    (folder / "rosters.csv").write_text(text.replace("delisted_on", "whatever", 1), encoding="utf-8")
    (folder / "evaluations.csv").unlink()
    edit(folder / "workspace.toml", 'evaluations = "evaluations.csv"\n', "")
    loaded = load_workspace(folder, sandbox=False).loaded
    told = {(each.file, each.kind): (each.before, each.now) for each in loaded.differences}
    assert set(told) == {("staff.csv", "rows"), ("rosters.csv", "columns"), ("evaluations.csv", "gone")}
    assert told["staff.csv", "rows"] == (str(len(lines) - 1), str(len(lines) - 2))
    assert told["rosters.csv", "columns"] == ("delisted_on", "")
    assert not loaded.complete


def test_a_header_like_a_deciding_column_is_a_question():
    mapping = map_columns(["holder_id", "name", "explicit_ned_state", "工作站负责人"], "rosters")
    report = LoadReport(columns=unread_columns("rosters.csv", "", mapping))
    (question,) = report.questions
    assert (question.table, question.header, question.like) == ("rosters", "explicit_ned_state", "explicit_need")
    assert [column.header for column in report.columns] == ["explicit_ned_state", "工作站负责人"]


def test_a_file_may_be_named_in_chinese_or_known_by_its_columns(folder, small):
    (folder / "workspace.toml").unlink()
    (folder / "rosters.csv").rename(folder / "服务企业名册.csv")
    (folder / "staff.csv").rename(folder / "who works where.csv")
    found = load_workspace(folder, sandbox=False)
    assert len(found.rosters) == len(small.rosters)
    assert len(found.staff) == len(small.staff)


def test_a_reference_system_that_no_file_takes_is_no_option_that_does_nothing():
    with pytest.raises(BadInput) as caught:
        load_workspace(datum="gcj02")
    assert caught.value.code == "datum.no_effect"
    assert load_workspace(datum="cgcs2000").content_hash == load_workspace().content_hash


def test_files_are_read_behind_the_gate_unless_they_are_known(monkeypatch, tmp_path, small):
    seen = []

    def load(_root, *, trusted: bool, **_: object) -> object:
        seen.append(trusted)
        return small

    monkeypatch.setattr("ipps_geo.workspace.load._load", load)
    load_workspace(tmp_path)
    load_workspace(tmp_path, sandbox=False)
    load_workspace()
    assert seen == [False, True, True]
