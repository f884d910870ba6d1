"""GeoJSON with stable bytes that GDAL reads back as it was."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geoseries_equal

from ipps_geo.errors import CrsError
from ipps_geo.workspace.geojson import geojson_text, write_geojson


@pytest.fixture
def table():
    return gpd.GeoDataFrame(
        {
            "name": pd.Series(["甲", None], dtype="str"),
            "count": pd.array([3, None], dtype="Int64"),
            "share": [0.5, float("nan")],
            "good": [True, False],
            "day": pd.to_datetime(pd.Series(["2026-11-22", None])).astype("datetime64[s]"),
        },
        geometry=[shapely.Point(116.1234567, 39.9), None],
        crs="EPSG:4490",
    )


def test_gdal_reads_what_was_written(table, tmp_path):
    path = tmp_path / "t.geojson"
    write_geojson(table, path)
    back = gpd.read_file(path)
    assert back.crs == "EPSG:4490"
    assert back["name"].tolist()[0] == "甲"
    assert back["name"].isna().tolist() == [False, True]
    assert_geoseries_equal(back.geometry, table.geometry)


def test_values_are_plain_json(table):
    properties = [feature["properties"] for feature in json.loads(geojson_text(table, "t"))["features"]]
    assert properties[0] == {"name": "甲", "count": 3, "share": 0.5, "good": True, "day": "2026-11-22"}
    assert properties[1] == {"name": None, "count": None, "share": None, "good": False, "day": None}


@pytest.mark.parametrize("crs", [None, "EPSG:4326", "EPSG:4548"])
def test_another_crs_is_refused(table, crs):
    with pytest.raises(CrsError):
        geojson_text(table.set_crs(crs, allow_override=True), "t")
