from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from ipps_geo import planning
from ipps_geo.errors import BadInput
from ipps_geo.planning.access import key_population
from ipps_geo.policy import load_policy
from ipps_geo.report.layers.exchange import csv_bytes, write_layer
from ipps_geo.report.layers.geopackage import write_coverage_geopackage, write_plan_geopackage


def test_the_geopackage_opens_with_its_layers_in_cgcs2000(tmp_path, workspace, plan):
    path = write_plan_geopackage(workspace, plan, tmp_path / "plan.gpkg")
    proposals = gpd.read_file(path, layer="proposals")
    assert proposals.crs.to_epsg() == 4490
    assert list(proposals["site_id"]) == ["K2", "K3"]
    rosters = gpd.read_file(path, layer="rosters")
    assert len(rosters) == len(plan.annex)
    institutions = gpd.read_file(path, layer="institutions")
    assert "S3" not in set(institutions["institution_id"])  # revoked
    units = gpd.read_file(path, layer="service_units").set_index("code")
    assert units.loc["BDA", "on_roster_after"] == 50


def test_every_layer_has_a_default_style_that_is_sound_xml(tmp_path, workspace, plan):
    path = write_plan_geopackage(workspace, plan, tmp_path / "plan.gpkg")
    with closing(sqlite3.connect(path)) as connection:
        styles = connection.execute("SELECT f_table_name, styleQML, useAsDefault FROM layer_styles").fetchall()
        layers = [
            row[0] for row in connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
        ]
        titles = dict(connection.execute("SELECT table_name, identifier FROM gpkg_contents"))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(name for name, _, _ in styles) == sorted(layers)
    assert titles["proposals"] == "拟设工作站"
    for _, qml, default in styles:
        assert default == 1
        root = ElementTree.fromstring(qml)
        assert root.find("renderer-v2/symbols/symbol/layer") is not None
        assert root.find("aliases/alias") is not None


def test_the_geopackage_says_where_it_comes_from(tmp_path, workspace, plan):
    path = write_plan_geopackage(workspace, plan, tmp_path / "plan.gpkg")
    told = gpd.read_file(path, layer="provenance").set_index("item")["value"]
    assert told["content_hash"] == plan.provenance.content_hash
    assert told["synthetic"] == "true"
    assert told["parameter.reach_km"] == "3.0"


def test_the_same_plan_gives_the_same_geopackage(tmp_path, workspace, plan):
    first = write_plan_geopackage(workspace, plan, tmp_path / "a.gpkg").read_bytes()
    assert first == write_plan_geopackage(workspace, plan, tmp_path / "b.gpkg").read_bytes()


def test_a_coverage_geopackage_holds_its_tables(tmp_path, sample, workspace):
    path = write_coverage_geopackage(workspace, sample.coverage(), tmp_path / "coverage.gpkg")
    units = gpd.read_file(path, layer="service_units").set_index("code")
    assert units.loc["110108", "enterprises"] == 200


def test_geojson_and_parquet_come_back_as_they_went(tmp_path, plan):
    geojson = gpd.read_file(write_layer(plan.proposals, tmp_path / "a.geojson"))
    parquet = gpd.read_parquet(write_layer(plan.proposals, tmp_path / "a.parquet"))
    assert list(geojson["newly_served"]) == list(parquet["newly_served"]) == [60, 50]
    assert parquet.crs.to_epsg() == 4490
    assert geojson.geometry.iloc[0].distance(plan.proposals.geometry.iloc[0]) < 1e-6


def test_csv_opens_in_excel_and_disarms_formulas(tmp_path, plan):
    path = write_layer(plan.annex, tmp_path / "annex.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(path, dtype=str)
    assert table["name"].iloc[0].startswith("'=HYPERLINK")
    assert "distance_m" in table


def test_csv_of_a_layer_has_degrees_in_the_column_names(tmp_path, plan):
    table = pd.read_csv(write_layer(plan.proposals, tmp_path / "p.csv"))
    assert table["lon_deg"].tolist() == [116.4, 116.33]


def test_another_suffix_is_bad_input(tmp_path, plan):
    with pytest.raises(BadInput, match="cannot write a table"):
        write_layer(plan.proposals, tmp_path / "a.shp")


def test_whoever_counts_lies_inside_the_areas(tmp_path, beijing):
    """Service areas hold the enterprises within reach, catchments those that are nearest; hexagons hold all of them."""
    coverage = planning.coverage(beijing, load_policy())
    path = write_coverage_geopackage(beijing, coverage, tmp_path / "coverage.gpkg")
    areas, catchments, hexagons = (gpd.read_file(path, layer=n) for n in ("service_areas", "catchments", "hexagons"))
    assert areas.crs == catchments.crs == hexagons.crs == "EPSG:4490"
    counted = key_population(beijing, load_policy(), beijing.data_date)
    placed = gpd.GeoDataFrame(geometry=counted.geometry.dropna())
    for layer, column in ((areas, "within_reach"), (catchments, "catchment_enterprises"), (hexagons, "enterprises")):
        inside = gpd.sjoin(placed, layer[["geometry"]])["index_right"].value_counts()
        # A circle's sides are up to 0.03 % of the radius nearer than the circle; a cell's are straight on the map.
        assert inside.reindex(layer.index, fill_value=0).tolist() == pytest.approx(
            layer[column].tolist(), rel=0.02, abs=3
        )
        assert inside.sum() == pytest.approx(layer[column].sum(), rel=0.002)
    assert areas["area_km2"].max() == pytest.approx(9 * 3.1416, rel=2e-3)
    assert catchments["area_km2"].sum() < areas["area_km2"].sum()
    with closing(sqlite3.connect(path)) as connection:
        (style,) = connection.execute("SELECT styleQML FROM layer_styles WHERE f_table_name = 'hexagons'").fetchone()
    ranges = ElementTree.fromstring(style).findall("renderer-v2/ranges/range")
    assert [float(one.get("upper")) for one in ranges[:-1]] == [float(one.get("lower")) for one in ranges[1:]]


def test_areas_stand_in_a_csv_as_wkt_and_one_that_is_missing_stays_blank():
    square = shapely.box(0, 0, 1, 1)
    frame = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[square, None], crs=4490)
    told = pd.read_csv(io.BytesIO(csv_bytes(frame)), encoding="utf-8-sig")
    assert told["wkt"].isna().tolist() == [False, True]
    assert shapely.from_wkt(told["wkt"][0]).equals(square)
