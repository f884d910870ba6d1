"""What stands around a table, or over two of its columns, says how its places are meant; codes written as numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from ipps_geo.intake import Limits, TableRead
from ipps_geo.intake.datum import convert_points
from ipps_geo.intake.reading import read_here
from ipps_geo.intake.request import Request

HEAD = ("载体名称", "载体类型", "区县", "经度", "纬度")
LON = 116.30 + 0.008 * np.arange(6)
LAT = np.full(6, 39.98)


def rows(*more: Any) -> list[tuple[Any, ...]]:
    return [(f"试点{n}园", "孵化器", "海淀区", LON[n], LAT[n], *(each[n] for each in more)) for n in range(6)]


def read(folder: Path, table: list[tuple[Any, ...]], *, sheet: str = "载体", merged: tuple[str, ...] = ()) -> TableRead:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in table:
        page.append(row)
    for span in merged:
        page.merge_cells(span)
    book.save(folder / "表.xlsx")
    return read_here(Request(folder / "表.xlsx", "carriers", accept_partial=True), Limits(), None)


def meant(found: TableRead, *datums: str) -> None:
    """The places are those that the columns give in ``datums``, row by row."""
    pairs = [convert_points(LON[n : n + 1], LAT[n : n + 1], name) for n, name in enumerate(datums * (6 // len(datums)))]
    assert np.allclose(found.frame.geometry.x, np.concatenate([x for x, _ in pairs]))
    assert np.allclose(found.frame.geometry.y, np.concatenate([y for _, y in pairs]))


def test_a_title_a_remark_a_sheet_or_a_column_states_the_system(tmp_path):
    meant(read(tmp_path, [("候选载体一览（高德坐标系）",), HEAD, *rows()]), "gcj02")
    meant(read(tmp_path, [HEAD, *rows(), ("注：坐标为百度坐标（BD-09）",)]), "bd09")
    meant(read(tmp_path, [HEAD, *rows()], sheet="高德坐标"), "gcj02")
    meant(read(tmp_path, [(*HEAD, "备注"), *rows(["坐标取自高德地图"] * 6)]), "gcj02")
    meant(read(tmp_path, [("由高德坐标转换为国家2000",), HEAD, *rows()]), "wgs84")


def test_two_texts_that_name_two_systems_state_none(tmp_path):
    meant(read(tmp_path, [("高德坐标",), HEAD, *rows(), ("注：坐标为百度坐标",)]), "wgs84")


def test_a_header_over_both_columns_states_the_system(tmp_path):
    table = [("载体名称", "载体类型", "区县", "百度坐标", None), (None, None, None, "经度", "纬度"), *rows()]
    meant(read(tmp_path, table, merged=("A1:A2", "B1:B2", "C1:C2", "D1:E1")), "bd09")


@pytest.mark.parametrize("header", ["坐标系", "坐标类型", "坐标系统"])
def test_a_column_states_the_system_of_each_row(tmp_path, header):
    meant(read(tmp_path, [(*HEAD, header), *rows(["高德", "WGS84"] * 3)]), "gcj02", "wgs84")


def test_a_place_in_a_system_that_nobody_knows_is_none(tmp_path):
    found = read(tmp_path, [(*HEAD, "坐标系"), *rows(["手机定位", "WGS84"] * 3)])
    assert found.numbers.tolist() == [3, 5, 7]
    assert found.problems.loc[found.problems["code"] == "datum_word", "row"].tolist() == [2, 4, 6]


def test_yuan_where_ten_thousands_are_asked_for_are_named(tmp_path):
    found = read(tmp_path, [(*HEAD, "年成本"), *rows([30, "300000元", 300_000, 45, "45万", 60])])
    assert found.frame["annual_cost"].tolist() == [30, 30, 300_000, 45, 45, 60]
    assert found.problems.loc[found.problems["code"] == "cost_doubtful", "row"].tolist() == [4]


def test_a_code_that_was_written_out_as_a_number_is_one(tmp_path):
    (tmp_path / "企业.csv").write_text(
        "企业编号,企业名称,统一社会信用代码\n1001.0,北京甲科技有限公司,911100001011016602.0\n", encoding="utf-8"
    )
    found = read_here(Request(tmp_path / "企业.csv", "enterprises"), Limits(), None)
    assert found.frame[["enterprise_id", "uscc"]].to_numpy().tolist() == [["1001", "911100001011016602"]]
