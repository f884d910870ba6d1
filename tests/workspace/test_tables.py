"""Schemas follow the description of the columns; a frame becomes a table of the workspace."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pandera.errors import SchemaErrors

from ipps_geo.columns import TABLES
from ipps_geo.workspace.tables import DTYPES, conform, empty, schema


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_has_every_column_in_its_kind(name):
    table = empty(name)
    assert list(table.columns) == list(TABLES[name].columns)
    for column in TABLES[name].columns.values():
        if column.kind != "geometry":
            assert str(table[column.name].dtype) == DTYPES[column.kind], column.name
    schema(name).validate(table, lazy=True)


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.geometry])
def test_tables_with_a_place_are_in_the_store_crs(name):
    table = empty(name)
    assert isinstance(table, gpd.GeoDataFrame)
    assert table.crs == "EPSG:4490"


def test_what_is_absent_or_blank_takes_the_default():
    rows = pd.DataFrame({"holder_id": ["S1", "S1"], "name": ["甲", "乙"], "explicit_need": ["yes", None]})
    table = conform("rosters", rows)
    assert table["explicit_need"].tolist() == ["yes", "unknown"]
    assert table["key_service"].tolist() == ["unknown", "unknown"]
    assert table["data_class"].tolist() == ["observed", "observed"]
    assert table["uscc"].isna().all()


def test_an_empty_text_is_a_missing_one():
    table = conform("rosters", pd.DataFrame({"holder_id": ["S1"], "name": ["甲"], "uscc": [""]}))
    assert table["uscc"].isna().all()


def test_columns_that_nobody_knows_are_left_out():
    table = conform(
        "staff", pd.DataFrame({"person_id": ["p"], "institution_id": ["S"], "mode": ["part_time"], "电话": ["1"]})
    )
    assert "电话" not in table.columns


def test_every_fault_is_found_at_once():
    rows = pd.DataFrame({"person_id": ["p", None], "institution_id": ["S", "S"], "mode": ["part_time", "sometimes"]})
    with pytest.raises(SchemaErrors) as caught:
        schema("staff").validate(conform("staff", rows), lazy=True)
    assert set(caught.value.failure_cases["column"]) == {"person_id", "mode"}


def test_lists_of_choices_are_checked_part_by_part():
    row = {"institution_id": ["S"], "kind": ["workstation"], "name": ["甲"]}
    good = conform("institutions", pd.DataFrame(row | {"agreement_parties": ["city_center;host_operator"]}))
    schema("institutions").validate(good, lazy=True)
    bad = conform("institutions", pd.DataFrame(row | {"agreement_parties": ["city_center;somebody"]}))
    with pytest.raises(SchemaErrors):
        schema("institutions").validate(bad, lazy=True)


def test_numbers_below_their_minimum_are_faults():
    row = {"institution_id": ["S"], "kind": ["workstation"], "name": ["甲"], "full_time_staff": [-1]}
    with pytest.raises(SchemaErrors):
        schema("institutions").validate(conform("institutions", pd.DataFrame(row)), lazy=True)


def test_a_key_of_several_columns_is_unique():
    row = {"institution_id": "S", "year": 2025, "round": 1, "result": "qualified"}
    with pytest.raises(SchemaErrors):
        schema("evaluations").validate(conform("evaluations", pd.DataFrame([row, row])), lazy=True)


def test_validating_keeps_places_and_their_crs():
    rows = gpd.GeoDataFrame(
        {"carrier_id": ["K"], "name_zh": ["园"]}, geometry=[shapely.Point(116.3, 39.9)], crs="EPSG:4490"
    )
    checked = schema("carriers").validate(conform("carriers", rows), lazy=True)
    assert checked.crs == "EPSG:4490"
    assert checked.geometry.iloc[0].equals(shapely.Point(116.3, 39.9))
