"""Files sent in: judged, coloured, put into a workspace; a bad one changes nothing."""

import io
import zipfile

import pytest

from ipps_geo import planning, report, screens
from ipps_geo.errors import BadInput
from ipps_geo.intake.check import write_table
from ipps_geo.planning.uploads import apply_upload


@pytest.fixture
def roster(beijing, tmp_path):
    """The roster of one station as a file without the column of its holder."""
    station = beijing.institutions.loc[beijing.institutions["kind"] == "workstation", "institution_id"].iloc[0]
    frame = beijing.rosters.loc[beijing.rosters["holder_id"] == station]
    path = tmp_path / "roster.csv"
    write_table(frame.drop(columns="holder_id"), path)
    return path.read_bytes(), len(frame)


def test_a_roster_needs_no_holder_where_one_is_given(roster):
    content, count = roster
    check = planning.check_upload(content, "名册.csv", "rosters", absent={"holder_id": "proposal"})
    assert check.usable
    assert len(check.read.frame) == count
    assert set(check.read.frame["holder_id"]) == {"proposal"}


def test_without_it_the_missing_column_is_a_problem_in_words(roster):
    check = planning.check_upload(roster[0], "名册.csv", "rosters")
    assert not check.usable
    rows = screens.problems.problem_rows(check.read.problems, "zh")
    assert "错误" in set(rows.iloc[:, 1])


def test_a_file_that_is_no_table_is_refused_and_nothing_raises(beijing):
    check = planning.check_upload(b"\x00\x01 no table", "x.xlsx")
    assert not check.usable
    assert len(check.read.problems)
    with pytest.raises(BadInput, match="no usable row"):
        apply_upload(beijing, check, "table")


def test_a_table_replaces_the_one_in_the_workspace_and_the_hash_says_so(beijing, tmp_path):
    path = tmp_path / "carriers.csv"
    write_table(beijing.carriers, path)
    sent = planning.check_upload(path.read_bytes(), "carriers.csv", "carriers")
    same = apply_upload(beijing, sent, "table").workspace
    assert same.content_hash == beijing.content_hash
    assert [source.file for source in same.sources][-1] == "carriers.csv"


def test_a_table_that_others_refer_to_cannot_lose_what_they_name(beijing, tmp_path):
    path = tmp_path / "institutions.csv"
    write_table(beijing.institutions.head(3), path)
    check = planning.check_upload(path.read_bytes(), "institutions.csv", "institutions")
    with pytest.raises(BadInput, match="do not fit"):
        apply_upload(beijing, check, "table")


def test_templates_come_as_one_zip():
    assert "rosters.xlsx" in zipfile.ZipFile(io.BytesIO(report.all_templates())).namelist()
