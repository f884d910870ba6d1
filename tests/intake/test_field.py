"""Workbooks as offices send them are read as they stand: every kind made here, and those collected in the field."""

import json
from pathlib import Path

import pytest

from ipps_geo.intake import read_table
from tests.intake.conftest import _script

FIELD = _script("intake_corpus.field")
KINDS = {book.kind: book for book in FIELD.workbooks()}
COLLECTED = Path(__file__).resolve().parents[3] / "shared" / "data" / "field" / "workbooks"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_workbook_is_read_as_it_stands(kind, tmp_path):
    book = KINDS[kind]
    path = FIELD.write(book, tmp_path / "名册.xlsx")
    read = read_table(path, "rosters", sandbox=False, accept_partial=True, absent={"holder_id": "W1"})
    told = set(read.problems["code"])
    assert set(book.told) <= told
    assert len(read.frame) == len(book.needs), read.problems[["code", "row", "value"]].to_string()
    assert "".join(answer[0] for answer in read.frame["explicit_need"]) == book.needs
    codes = [None if n in book.missing_code else FIELD.uscc(500 + n) for n in range(len(book.needs))]
    assert [code if isinstance(code, str) else None for code in read.frame["uscc"]] == codes
    assert read.frame["name"].str.contains("科技有限公司").all()
    assert not read.frame["name"].str.contains("\n").any()
    for column, values in book.columns.items():
        found = [None if value != value else str(value)[:10] for value in read.frame[column]]
        assert found == values


def test_the_number_of_an_identity_card_is_never_shown(tmp_path):
    path = FIELD.write(KINDS["an identity card for a code"], tmp_path / "名册.xlsx")
    read = read_table(path, "rosters", sandbox=False, absent={"holder_id": "W1"})
    assert "1949" not in read.problems.to_csv() + read.frame.to_csv()


@pytest.mark.parametrize(("header", "cell"), [("年成本（元）", 350000), ("年成本（万元）", 35), ("年成本", "35万元")])
def test_the_unit_of_a_cost_counts_wherever_it_is_written(header, cell, tmp_path):
    rows = [["载体编号", "载体名称", "所在区", "经度", "纬度", header], ["C1", "甲园", "海淀区", 116.3, 39.98, cell]]
    path = FIELD.write(FIELD.Workbook("cost", rows), tmp_path / "载体.xlsx")
    assert read_table(path, "carriers", sandbox=False).frame["annual_cost"].tolist() == [35.0]


def test_nobody_is_zero_among_staff_and_a_blank_elsewhere(tmp_path):
    rows = [
        ["载体编号", "载体名称", "所在区", "经度", "纬度", "专职人员数", "可服务企业数上限"],
        ["C1", "甲园", "海淀区", 116.3, 39.98, "无", "无"],
        ["C2", "乙园", "海淀区", 116.31, 39.98, "3人", 80],
    ]
    frame = read_table(
        FIELD.write(FIELD.Workbook("staff", rows), tmp_path / "载体.xlsx"), "carriers", sandbox=False
    ).frame
    assert frame["full_time_staff"].tolist() == [0, 3]
    assert frame["capacity"].isna().tolist() == [True, False]


def test_a_cell_that_cannot_be_read_is_unknown_and_its_row_stays(tmp_path):
    rows = [
        ["企业名称", "统一社会信用代码", "所在区", "企业规模", "需求日期", "经度", "纬度"],
        ["北京甲科技有限公司", FIELD.uscc(1), "火星区", "巨型", "去年", 121.4, 31.2],
        ["北京乙科技有限公司", FIELD.uscc(2), "海淀区", "小", "2024-03-01", 116.3, 39.98],
    ]
    read = read_table(FIELD.write(FIELD.Workbook("cells", rows), tmp_path / "企业.xlsx"), "enterprises", sandbox=False)
    assert not read.has_errors
    assert len(read.frame) == 2
    assert read.frame[["unit", "sme_class", "need_date"]].isna().to_numpy().tolist() == [[True] * 3, [False] * 3]
    assert read.frame.geometry.isna().tolist() == [True, False]
    assert {"unknown_unit", "bad_choice", "bad_date", "outside_region"} <= set(
        read.problems.query("severity == 'warning' and row == 2")["code"]
    )


FIRMS = [
    *("合计（北京）科技有限公司", "EXXON（中国）有限公司", "示例文化有限公司"),
    *("说明书科技有限公司", "备注科技公司", "XX科技有限公司"),
]


@pytest.mark.parametrize("name", FIRMS)
def test_a_firm_with_a_code_is_never_lost(name, tmp_path):
    rows = [["企业名称", "统一社会信用代码", "是否有需求"], [name, FIELD.uscc(7), "是"], [name, FIELD.uscc(8), "否"]]
    path = FIELD.write(FIELD.Workbook("firm", rows), tmp_path / "名册.xlsx")
    read = read_table(path, "rosters", sandbox=False, absent={"holder_id": "W1"})
    assert read.frame["name"].tolist() == [name, name]


def collected():
    expected = COLLECTED / "expected.json"
    return json.loads(expected.read_text(encoding="utf-8")) if expected.is_file() else {}


@pytest.mark.reference
@pytest.mark.parametrize("name", collected())
def test_a_workbook_from_the_field_is_read_or_asked_about(name):
    want = collected()[name]
    absent = {"holder_id": "W1"} if want["table"] == "rosters" else None
    read = read_table(COLLECTED / name, want["table"], absent=absent, accept_partial=True)
    errors = read.problems.query("severity == 'error'")
    if want["want"] == "error":
        assert sorted(errors["row"].astype(int)) == want["bad_rows"]
        return
    asked = any(question.kind == "datum" for question in read.questions)
    if not asked:
        assert read.accepted >= want.get("rows", 1)
    for column, key in (("uscc", "codes"), ("unit", "units"), ("industry_codes", "industries")):
        if key in want and not (name.startswith("x07") or asked):
            assert [value if isinstance(value, str) else None for value in read.frame[column]] == want[key]
    if "needs" in want and read.accepted == want["rows"]:
        counts = read.frame["explicit_need"].value_counts().to_dict()
        assert {key: counts.get(key, 0) for key in want["needs"]} == want["needs"]
    for secret in want.get("must_not_show", ()):
        assert secret not in read.problems.to_csv()
