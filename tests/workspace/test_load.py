"""From files to a workspace: which file is which table, what is refused, and with which words."""

from __future__ import annotations

import shutil

import geopandas as gpd
import pytest

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.workspace import load_workspace, save_workspace
from ipps_geo.workspace.geojson import write_geojson


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
    with pytest.raises(BadInput, match="no file for the table rosters"):
        load_workspace(folder, sandbox=False)


def test_a_missing_column_is_named_with_its_file(folder):
    edit(folder / "rosters.csv", "holder_id", "whatever")
    with pytest.raises(BadInput, match=r"rosters.*holder_id"):
        load_workspace(folder, sandbox=False)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"rosters.csv"', '"rostrum.csv"', "rostrum.csv does not exist"),
        ('"rosters.csv"', '"../rosters.csv"', "outside the workspace"),
        ("rosters =", "roosters =", "unknown: roosters"),
        ("data_date = 2026-11-22", 'data_date = "today"', "data_date is not a day"),
        ("[tables]", "[tables", "not a TOML file"),
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


def test_a_stray_file_is_passed_over_with_a_warning(folder):
    (folder / "workspace.toml").unlink()
    (folder / "planted.toml").unlink()
    (folder / "notes.csv").write_text("colour,shape\nred,round\n")
    problems = load_workspace(folder, sandbox=False).problems
    assert problems[["file", "code", "severity"]].to_numpy().tolist() == [["notes.csv", "file_ignored", "warning"]]


def test_a_file_may_be_named_in_chinese_or_known_by_its_columns(folder, small):
    (folder / "workspace.toml").unlink()
    (folder / "rosters.csv").rename(folder / "服务企业名册.csv")
    (folder / "staff.csv").rename(folder / "who works where.csv")
    found = load_workspace(folder, sandbox=False)
    assert len(found.rosters) == len(small.rosters)
    assert len(found.staff) == len(small.staff)
