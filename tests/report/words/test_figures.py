"""Figures that several outputs share: which number is which, and what is said where there is none."""

import math
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.figures import (
    closed_reason,
    further_lines,
    lon_lat,
    marker_kinds,
    questions_of,
    rounded_cost,
    share,
    share_of,
    site_names_of,
)

ZH, EN = catalogue("zh"), catalogue("en")


def test_the_first_is_the_longitude_and_an_unknown_place_has_neither():
    points = gpd.GeoDataFrame(geometry=[shapely.Point(116.123456, 39.9), None, shapely.Point()], crs="EPSG:4490")
    lon, lat = lon_lat(points)
    assert (lon[0], lat[0]) == (116.12346, 39.9)
    assert all(math.isnan(value) for value in (*lon[1:], *lat[1:]))


@pytest.mark.parametrize(("part", "whole", "told"), [(1, 4, 0.25), (0, 4, 0.0), (4, 4, 1.0)])
def test_a_share_is_the_part_by_the_whole(part, whole, told):
    assert share(part, whole) == told == share_of({"on_roster": part, "enterprises": whole}, "on_roster")


@pytest.mark.parametrize(("part", "whole"), [(1, 0), (None, 4), (1, None), (float("nan"), 4)])
def test_a_share_of_nothing_is_unknown(part, whole):
    assert math.isnan(share(part, whole))


@pytest.mark.parametrize(
    ("value", "told"), [(99.94, "99.9"), (99.9, "99.9"), (100.0, "100"), (100.4, "100"), (2999.6, "3,000")]
)
def test_a_cost_is_told_without_false_precision(value, told):
    assert rounded_cost(EN, value) == told


def test_a_site_is_named_in_the_readers_language_and_in_chinese_where_no_other_is_known():
    sites = pd.DataFrame({"name_zh": ["甲园", "乙园", "丙园"], "name_en": ["Park One", None, ""]})
    assert site_names_of(sites, EN) == ["Park One", "乙园", "丙园"]
    assert site_names_of(sites, ZH) == ["甲园", "乙园", "丙园"]
    assert site_names_of(sites[["name_zh"]], EN) == ["甲园", "乙园", "丙园"]


def test_a_marker_tells_kind_host_and_whether_a_place_is_a_stand_in():
    rows = [
        ("workstation", "incubator", "observed", "workstation"),
        ("workstation", "industry_organization", "observed", "industry_station"),
        ("district_center", None, "observed", "district_center"),
        ("district_center", None, "stand_in", "district_center_standin"),
        ("trademark_brand_guidance_station", None, "observed", "other_institution"),
    ]
    frame = pd.DataFrame(rows, columns=["kind", "host_type", "data_class", "marker"])
    assert marker_kinds(frame).tolist() == frame["marker"].tolist()


def test_questions_are_columns_or_rules_and_none_is_nothing():
    assert questions_of(ZH, "") == questions_of(ZH, None) == ""
    assert questions_of(ZH, "legal_form") == ZH.column("legal_form") != "legal_form"
    assert questions_of(ZH, ["legal_form", ""]) == ZH.column("legal_form")


def test_a_reason_that_the_catalogue_does_not_know_is_shown_as_it_is():
    assert closed_reason(ZH, {"reason": "weather"}) == "weather"


def test_further_limits_are_told_in_kilometres_of_the_whole_city():
    by_limit = pd.DataFrame(
        {"unit": ["110108", "city"], "limit": [3000.0, 3000.0], "within_reach": [1, 30], "enterprises": [9, 40]}
    )
    told = SimpleNamespace(tables={"by_limit": by_limit}, limit_unit="km")
    (line,) = further_lines(EN, told)
    assert EN.share(30, 40) in line
    assert "3,000" not in line
    assert "3" in line
    minutes = SimpleNamespace(tables={"by_limit": by_limit.assign(limit=30.0)}, limit_unit="min")
    assert "30" in further_lines(EN, minutes)[0]
    assert further_lines(EN, SimpleNamespace(tables={}, limit_unit="km")) == []
