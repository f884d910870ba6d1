"""What a file leaves open is answered on the command line, and the answer about its headers is remembered."""

import io
import json
import unicodedata

import pandas as pd
import pytest


@pytest.fixture
def roster(tmp_path, beijing):
    """Two stations' rosters as offices write them, with a need that nobody has ever headed like this."""
    rows = beijing.rosters[beijing.rosters["holder_id"].isin(beijing.rosters["holder_id"].unique()[:2])]
    names = beijing.institutions.set_index("institution_id")["name"]
    told = pd.DataFrame(
        {
            "负责站点": rows["holder_id"].map(names),
            "企业名称": rows["name"],
            "统一社会信用代码": rows["uscc"],
            "第五栏": rows["explicit_need"].map({"yes": "是", "no": "否", "unknown": ""}),
        }
    )
    path = tmp_path / "花名册.csv"
    told.to_csv(path, index=False, encoding="gbk")
    return path


def needs(out):
    return json.loads(out)["files"][0]["questions"]


def test_a_header_is_answered_for_and_the_next_file_is_read_alike(run, roster, tmp_path):
    _, out, _ = run("check", roster, "--table", "rosters", "--map", "负责站点=工作站编号", "--json")
    (question,) = needs(out)
    assert (question["kind"], question["column"], question["choices"]) == ("column", "explicit_need", ["第五栏"])
    _, out, _ = run("check", roster, "--table", "rosters", "--map", "第五栏=有明确需求", "--json")
    assert needs(out) == []
    again = tmp_path / "下一份.csv"
    again.write_bytes(roster.read_bytes())
    _, out, _ = run("check", again, "--table", "rosters", "--json")
    assert needs(out) == []
    columns = {item["header"]: item["column"] for item in json.loads(out)["mapping"]}
    assert (columns["第五栏"], columns["负责站点"]) == ("explicit_need", "holder_id")


def test_the_question_is_asked_with_choices_in_chinese(run, roster, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    _, out, err = run("check", roster, "--table", "rosters", "--map", "负责站点=holder_id", "-i", "--json")
    assert "哪一列是“有明确需求”" in err
    assert needs(out) == []


def test_a_roster_of_two_stations_is_tested_for_one_of_them(run, roster, beijing):
    site = beijing.carriers["carrier_id"].iloc[0]
    maps = ("--map", "负责站点=holder_id", "--map", "第五栏=explicit_need")
    code, _, err = run("assess-site", "--site", site, "--roster", roster, *maps)
    assert code == 2
    names = beijing.institutions.set_index("institution_id")["name"]
    one, two = (unicodedata.normalize("NFKC", name) for name in names[beijing.rosters["holder_id"].unique()[:2]])
    assert one in err
    assert two in err
    code, out, _ = run("assess-site", "--site", site, "--roster", roster, *maps, "--station", one, "--json")
    assert "roster" in out
    # Its enterprises are on the station's own roster: a failure that blocks.
    assert (code, json.loads(out)["verdict"]) == (1, "FAIL")


def test_what_a_file_changes_is_told_and_written_only_into_a_folder_that_is_named(run, roster, beijing, tmp_path):
    maps = ("--table", "rosters", "--map", "负责站点=holder_id", "--map", "第五栏=explicit_need")
    lines = roster.read_text(encoding="gbk").splitlines(keepends=True)
    roster.write_text("".join(lines[:-4]), encoding="gbk")
    code, out, _ = run("apply", roster, *maps, "--json")
    told = json.loads(out)
    total = len(beijing.rosters)
    assert code == 0
    assert (told["rows"]["before"], told["rows"]["after"], told["rows"]["gone"]) == (total, total - 4, 4)
    assert len(told["stations"]) == 1
    assert told["files"] == []
    code, out, _ = run("apply", roster, *maps, "--out", tmp_path / "new")
    assert code == 0
    assert "移出 4 行" in out
    assert (tmp_path / "new" / "workspace.toml").exists()


def test_a_folder_of_rosters_is_sent_in_whole(run, beijing, tmp_path):
    folder = tmp_path / "各站名册"
    folder.mkdir()
    holders = beijing.rosters["holder_id"].unique()[:3]
    for holder in holders:
        rows = beijing.rosters.loc[beijing.rosters["holder_id"] == holder, ["name", "uscc", "explicit_need"]].iloc[1:]
        rows.columns = ["企业名称", "统一社会信用代码", "有明确需求"]
        rows.to_excel(folder / f"{holder}名册.xlsx", index=False)
    code, out, _ = run("apply", folder, "--json")
    told = json.loads(out)["files_sent"]
    assert code == 0
    assert [sent["stations"][0]["holder_id"] for sent in told] == sorted(holders)
    assert [sent["rows"]["gone"] for sent in told] == [1, 1, 1]
    assert told[-1]["rows"]["after"] == len(beijing.rosters) - 3


def test_a_column_that_no_table_has_is_one_message(run, roster):
    code, _, err = run("check", roster, "--map", "第五栏=没有这一列")
    assert code == 2
    assert "没有指到任何数据项" in err


def test_a_header_that_the_file_has_not_is_one_message(run, roster):
    code, _, err = run("check", roster, "--table", "rosters", "--map", "甲=有明确需求")
    assert code == 2
    assert "没有表头“甲”" in err
