"""What a region's file may say, and what it may not: every fault is named where it stands."""

from __future__ import annotations

import pickle
import shutil

import pytest

from ipps_geo.errors import BadInput, CrsError
from ipps_geo.intake.units import units_of
from ipps_geo.policy import load_policy
from ipps_geo.regions import load_region, packed_region, unpacked_region, write_region
from ipps_geo.settings import data_root


@pytest.fixture
def folder(tmp_path):
    """The embedded region as a folder of its own, with a policy of its own."""
    region = load_region()
    write_region(region, tmp_path, kinds=("boundaries", "places", "townships"))
    said = (tmp_path / "region.toml").read_text(encoding="utf-8")
    kept = [
        line for line in said.split("\n") if not line.startswith(("key_industries", "carriers", "instit", "shares"))
    ]
    (tmp_path / "region.toml").write_text("\n".join(kept), encoding="utf-8")
    return tmp_path


def changed(folder, old, new):
    path = folder / "region.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_the_embedded_region_is_the_folder_of_the_data():
    region = load_region()
    assert region is load_region(data_root()) is load_region(region.key)
    assert region.embedded
    assert packed_region(region) == {}


def test_a_folder_says_the_same_and_outlives_its_files(folder):
    region = load_region(folder)
    shutil.rmtree(folder)
    own = load_region()
    assert not region.embedded
    assert (region.metric_crs, region.equal_area_crs, region.grids) == (own.metric_crs, own.equal_area_crs, own.grids)
    assert units_of(region).names == units_of(own).names
    assert unpacked_region(packed_region(region)) == region == pickle.loads(pickle.dumps(region))
    assert load_policy(region).version == load_policy().version


def test_the_zone_may_be_that_of_the_longitude(folder):
    changed(folder, 'metric_crs = "EPSG:4548"', 'metric_crs = "zone of the longitude"')
    assert load_region(folder).metric_crs == load_region().metric_crs


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('key = "beijing"', "", "region.missing"),
        ('key = "beijing"', 'key = "北京"', "region.no_key"),
        ('key = "beijing"', 'key = "beijing"\ncolour = "red"', "region.unknown_key"),
        ('name_zh = "北京市"', "name_zh = 7", "region.no_text"),
        ('"EPSG:4548"', '"EPSG:4490"', "region.no_metric_crs"),
        ('"EPSG:4548"', '"metres"', "region.no_metric_crs"),
        ("centre = [116.5, 40.25]", "centre = [40.25, 116.5]", "region.centre_outside"),
        ("centre = [116.5, 40.25]", "centre = [116.5]", "region.no_numbers"),
        ("bounds = [115.0", "bounds = [true", "region.no_number"),
        ('policy = "beijing-draft"', 'policy = "mine.toml"', "region.no_such_file"),
        ('"boundaries/service_units.geojson"', '"../service_units.geojson"', "region.outside"),
        ("[map]", "[map]\ncolour = 1", "region.unknown_key"),
        ("precedence = 10", 'precedence = "high"', "region.no_number"),
        ("aside = [", 'aside = ["(", ', "region.no_pattern"),
        ("writings = [", "writings = [7, ", "region.no_list"),
    ],
)
def test_a_fault_is_named(folder, old, new, code):
    with pytest.raises(BadInput) as error:
        load_region(changed(folder, old, new))
    assert error.value.code == code
    assert "region.toml" in error.value.where


def test_mercator_is_refused_and_a_folder_without_the_file_too(folder, tmp_path):
    with pytest.raises(CrsError):
        load_region(changed(folder, '"EPSG:4548"', '"EPSG:3857"'))
    (folder / "region.toml").unlink()
    with pytest.raises(BadInput, match="region new"):
        load_region(folder)


def test_a_functional_area_has_the_precedence_of_the_boundaries(folder):
    with pytest.raises(BadInput) as error:
        units_of(load_region(changed(folder, "precedence = 10", "precedence = 3")))
    assert error.value.code == "region.area_differs"
