"""Addresses of Beijing: every township with its district, streets named after places, other cities."""

from __future__ import annotations

import pandas as pd
import pytest

from ipps_geo.intake.addresses import parse_address, parse_addresses, townships
from ipps_geo.intake.units import beijing_units


def test_every_township_written_in_full_is_found() -> None:
    units = beijing_units()
    wrong = []
    for code, district, name in townships():
        found = parse_address(f"北京市{district}{name}示例路1号")
        if (found.township_code, found.unit) != (code, units.names[district]) and found.unit != "BDA":
            wrong.append((name, found))
    assert not wrong


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("北京市朝阳区建国路1号", "110105"),
        ("朝阳区望京街道", "110105"),
        ("海淀区朝阳路3号", "110108"),
        ("海淀中关村大街27号", "110108"),
        ("北京市市辖区西城区金融大街", "110102"),
        ("北京经济技术开发区科创十四街", "BDA"),
        ("北京市大兴区亦庄经济技术开发区荣华路", "BDA"),
        ("大兴区亦庄镇", "110115"),
        ("密云县十里堡镇", "110118"),
        ("昌平区回龙观街道", "110114"),
        ("上地街道信息路", "110108"),
        ("宋庄镇小堡村", "110112"),
        ("八里庄街道", None),
        ("某某大厦", None),
        ("", None),
    ],
)
def test_units(text: str, unit: str | None) -> None:
    assert parse_address(text).unit == unit


@pytest.mark.parametrize(
    "text", ["吉林省长春市朝阳区人民大街", "上海市浦东新区北京路", "河北省廊坊市三河市燕郊", "天津市武清区"]
)
def test_other_cities_are_outside(text: str) -> None:
    found = parse_address(text)
    assert found.outside
    assert found.unit is None


def test_a_column_keeps_its_index_and_its_gaps() -> None:
    texts = pd.Series(["海淀区上地街道", None, "海淀区上地街道"], index=[5, 3, 1], dtype="str")
    found = parse_addresses(texts, beijing_units())
    assert found.index.tolist() == [5, 3, 1]
    assert found["unit"].tolist()[0] == found["unit"].tolist()[2] == "110108"
    assert found["unit"].isna().tolist() == [False, True, False]
    assert not found["outside"].any()
