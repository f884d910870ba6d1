"""A file sent into a workspace changes its own scope, and the difference counts what a recount finds."""

from __future__ import annotations

import pandas as pd
import pytest

from ipps_geo.errors import BadInput
from ipps_geo.intake import read_table, write_table
from ipps_geo.workspace import apply_read, load_workspace
from ipps_geo.workspace.apply import Difference
from ipps_geo.workspace.demo import generate_demo
from ipps_geo.workspace.holders import resolve_holders


@pytest.fixture(scope="module")
def beijing():
    return load_workspace()


def sent(frame, tmp_path, name="名册.csv", table="rosters", **arguments):
    path = tmp_path / name
    frame.to_csv(path, index=False, encoding="utf-8")
    read = read_table(path, table, sandbox=False, **arguments)
    assert not read.has_errors, read.problems
    return read


def of_station(workspace, place=0):
    """Return (id, rows) of a station, as an office writes them: Chinese headers, no id of ours."""
    holder = workspace.rosters["holder_id"].iloc[place]
    rows = workspace.rosters[workspace.rosters["holder_id"] == holder]
    told = rows[["name", "uscc", "explicit_need"]].rename(
        columns={"name": "企业名称", "uscc": "统一社会信用代码", "explicit_need": "有明确需求"}
    )
    return holder, told


def test_the_roster_of_one_station_changes_that_station_alone(beijing, tmp_path):
    holder, rows = of_station(beijing)
    fewer = rows.iloc[3:]
    applied = apply_read(beijing, sent(fewer, tmp_path, station=holder))
    before, after = beijing.rosters, applied.workspace.rosters
    assert len(after) == len(before) - 3
    others = before["holder_id"] != holder
    pd.testing.assert_frame_equal(
        after[after["holder_id"] != holder].reset_index(drop=True), before[others].reset_index(drop=True)
    )
    (station,) = applied.difference.stations.to_dict("records")
    assert (station["holder_id"], station["before"], station["after"]) == (holder, len(rows), len(rows) - 3)
    assert (station["new"], station["changed"], station["gone"]) == (0, 0, 3)
    assert applied.difference.gone["uscc"].tolist() == rows["统一社会信用代码"].iloc[:3].tolist()


def test_what_the_file_does_not_say_stays_in_rows_that_it_names_again(beijing, tmp_path):
    holder, rows = of_station(beijing)
    other = {"yes": "no", "no": "yes", "unknown": "yes"}
    changed = rows.assign(有明确需求=[other[need] for need in rows["有明确需求"]])
    applied = apply_read(beijing, sent(changed, tmp_path, station=holder))
    own = beijing.rosters["holder_id"] == holder
    after = applied.workspace.rosters
    assert len(applied.difference.changed) == own.sum()
    assert after["listed_on"].equals(beijing.rosters["listed_on"])
    assert after["industry_codes"].equals(beijing.rosters["industry_codes"])
    assert (after.loc[own, "explicit_need"].to_numpy() != beijing.rosters.loc[own, "explicit_need"].to_numpy()).all()


def test_the_whole_table_is_replaced_only_by_choice_and_the_difference_says_what_goes(beijing, tmp_path):
    holder, rows = of_station(beijing)
    applied = apply_read(beijing, sent(rows, tmp_path, station=holder), scope="table")
    assert len(applied.workspace.rosters) == len(rows)
    assert len(applied.difference.gone) == len(beijing.rosters) - len(rows)
    assert set(applied.difference.stations["holder_id"]) == set(beijing.rosters["holder_id"]) - {holder}


def test_an_overlap_with_another_station_is_still_seen(beijing, tmp_path):
    """The file of one station holds an enterprise of another: it stands in both rosters afterwards."""
    holder, rows = of_station(beijing)
    stranger = beijing.rosters[beijing.rosters["holder_id"] != holder].iloc[0]
    more = pd.concat(
        [rows, pd.DataFrame([{"企业名称": stranger["name"], "统一社会信用代码": stranger["uscc"], "有明确需求": "是"}])]
    )
    after = apply_read(beijing, sent(more, tmp_path, station=holder)).workspace.rosters
    assert set(after.loc[after["uscc"] == stranger["uscc"], "holder_id"]) == {holder, stranger["holder_id"]}


def test_a_station_is_found_by_its_name_and_one_that_is_only_alike_is_proposed(beijing, tmp_path):
    holder, rows = of_station(beijing)
    name = beijing.institutions.set_index("institution_id")["name"][holder]
    assert apply_read(beijing, sent(rows, tmp_path, station=f" {name} ")).difference.stations.empty
    with pytest.raises(BadInput, match="alike are") as refused:
        apply_read(beijing, sent(rows, tmp_path, station=name[:-4] + "站"))
    assert holder in str(refused.value)
    with pytest.raises(BadInput, match="no station is called"):
        apply_read(beijing, sent(rows, tmp_path, station="火星基地"))


def test_two_stations_of_one_name_are_told_apart_by_nobody(beijing):
    one, two = beijing.institutions["institution_id"].iloc[:2]
    twins = beijing.institutions.assign(name="同名工作站")
    rosters = beijing.rosters.head(1).assign(holder_id="同名工作站")
    same, unknown, found = resolve_holders(rosters, twins, beijing.applications)
    assert same["holder_id"].tolist() == ["同名工作站"]
    assert not found
    assert {one, two} <= set(unknown["同名工作站"])


def test_a_list_of_enterprises_without_ids_finds_those_that_are_known(beijing, tmp_path):
    known = beijing.enterprises.dropna(subset=["uscc"]).head(5)
    rows = pd.DataFrame({"企业名称": known["name"], "统一社会信用代码": known["uscc"], "企业规模": "大型"})
    rows.loc[-1] = ["北京从未见过有限公司", "91110108XH0030009N", "小型"]
    applied = apply_read(beijing, sent(rows, tmp_path, "企业.csv", "enterprises"))
    after = applied.workspace.enterprises
    assert len(after) == len(beijing.enterprises) + 1
    assert after["enterprise_id"].head(len(beijing.enterprises)).equals(beijing.enterprises["enterprise_id"])
    again = after.set_index("enterprise_id").loc[known["enterprise_id"]]
    assert set(again["sme_class"]) == {"large"}
    assert again["unit"].tolist() == known["unit"].tolist()
    assert again.geometry.geom_equals(known.set_index("enterprise_id").geometry).all()
    assert (len(applied.difference.new), len(applied.difference.gone)) == (1, 0)


def test_the_same_table_again_changes_nothing(beijing, tmp_path):
    for table in ("rosters", "institutions", "staff", "evaluations", "key_industries"):
        path = tmp_path / f"{table}.csv"
        write_table(beijing.tables[table], path)
        for scope in ("file", "table"):
            applied = apply_read(beijing, read_table(path, table, sandbox=False), scope=scope)
            told = applied.difference
            assert (len(told.new), len(told.changed), len(told.gone)) == (0, 0, 0), table
            pd.testing.assert_frame_equal(
                pd.DataFrame(applied.workspace.tables[table]), pd.DataFrame(beijing.tables[table]), check_dtype=False
            )


def test_who_stands_on_another_roster_already_is_no_new_enterprise():
    workspace = generate_demo(2_500, seed=3)
    rows = workspace.rosters.drop_duplicates("uscc").dropna(subset=["uscc"])
    first, second = rows["holder_id"].unique()[:2]
    moved, lone = rows.loc[rows["holder_id"] == first].iloc[:2], rows.loc[rows["holder_id"] == second].iloc[:1]
    difference = Difference(
        "rosters", "file", "x.xlsx", 0, 0, pd.DataFrame(), moved.assign(holder_id=second), rows.iloc[:0], lone
    )
    listed_elsewhere = (workspace.rosters["uscc"] == lone["uscc"].iloc[0]).sum() > 1
    assert difference.enterprises(workspace) == (0, 0, 0 if listed_elsewhere else 1)
