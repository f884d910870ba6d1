"""Addresses of Beijing: every township with its district, streets named after places, other cities."""

from __future__ import annotations

import pandas as pd
import pytest

from ipps_geo.intake.addresses import parse_address, parse_addresses, townships
from ipps_geo.intake.units import units_of
from ipps_geo.regions import load_region


def test_every_township_written_in_full_is_found() -> None:
    units = units_of(load_region())
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


ELSEWHERE = [
    "长春朝阳区人民大街",
    "朝阳市双塔区",
    "辽宁朝阳双塔区新华路",
    "南通市通州区金沙街道",
    "江苏南通通州区",
    "东莞东城区",
    "大兴安岭地区加格达奇区",
    "天津经济技术开发区第三大街",
    "河北廊坊经济技术开发区友谊路",
    "广州经济技术开发区科学城",
    "西安经济技术开发区凤城",
    "武汉东湖新技术开发区",
    "苏州工业园区星湖街",
    "深圳南山科技园",
    "浦东新区张江路",
    "呼和浩特市新城区",
    "香港特别行政区中环",
    "三河市燕郊镇",
    "天津滨海新区",
    "延边延吉市",
    "通州市金沙镇",
    "雄安新区容城县",
]
BDA = [
    "北京市大兴区北京经济技术开发区荣华中路",
    "亦庄经济开发区宏达北路",
    "北京亦庄经济技术开发区科创街",
    "经济技术开发区荣华中路",
    "北京市经济技术开发区地盛北街",
]
STREETS_OF_BEIJING = [
    "苏州街33号",
    "上海大厦",
    "河南大厦",
    "海淀南路30号",
    "朝阳北路101号",
    "朝阳公园南路",
    "长安街1号",
    "中山公园",
    "北海公园",
    "南京路1号",
    "吉林大厦",
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_namesakes_of_beijing_and_development_areas_of_other_cities_are_outside(text: str) -> None:
    found = parse_address(f"{text}1号")
    assert (found.outside, found.unit) == (True, None)


@pytest.mark.parametrize("text", STREETS_OF_BEIJING)
def test_streets_and_houses_called_after_places_are_nowhere_in_particular(text: str) -> None:
    found = parse_address(text)
    assert (found.outside, found.unit) == (False, None)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        *((text, "BDA") for text in BDA),
        ("北京市昌平区经济技术开发区", "110114"),
        ("平谷区兴谷经济开发区", "110117"),
        ("北京市通州区马驹桥镇金桥科技产业基地1号", "110112"),
        ("北京市东城区朝阳门内大街288号", "110101"),
        ("北京市北京市朝阳区建国路88号", "110105"),
        ("北京市中国（北京）自由贸易试验区科技创新片区海淀区上地信息路1号", "110108"),
        ("北京市西城区上海大厦", "110102"),
    ],
)
def test_beijing_and_its_development_area(text: str, unit: str) -> None:
    assert parse_address(text).unit == unit


def test_a_column_keeps_its_index_and_its_gaps() -> None:
    texts = pd.Series(["海淀区上地街道", None, "海淀区上地街道"], index=[5, 3, 1], dtype="str")
    found = parse_addresses(texts, units_of(load_region()))
    assert found.index.tolist() == [5, 3, 1]
    assert found["unit"].tolist()[0] == found["unit"].tolist()[2] == "110108"
    assert found["unit"].isna().tolist() == [False, True, False]
    assert not found["outside"].any()
