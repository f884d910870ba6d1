"""The embedded places: 17 units that cover the city once, every point in its unit, nothing counted twice."""

from __future__ import annotations

import pytest
import shapely

from ipps_geo.regions import load_region
from ipps_geo.vocabulary import HostType
from ipps_geo.workspace import load_workspace
from ipps_geo.workspace.location import locate_units

METRIC_CRS = load_region().metric_crs


@pytest.fixture(scope="module")
def beijing():
    return load_workspace()


@pytest.fixture(scope="module")
def units(beijing):
    return beijing.service_units.set_index("code")


def test_there_are_sixteen_districts_and_the_development_area(units):
    assert (units["kind"] == "district").sum() == 16
    assert units.index[units["kind"] == "functional_area"].tolist() == ["BDA"]
    assert units["name_zh"].notna().all()
    assert units["name_en"].notna().all()
    assert units["requires_center"].all()
    assert units.geometry.is_valid.all()


def test_the_districts_have_the_size_of_beijing_and_do_not_overlap(units):
    districts = units[units["kind"] == "district"].to_crs(METRIC_CRS).geometry
    total, together = districts.area.sum() / 1e6, shapely.union_all(districts.to_numpy()).area / 1e6
    # The city is 16,410 km2; the boundaries are generalised.
    assert total == pytest.approx(16_410, rel=0.01)
    assert together == pytest.approx(total, rel=2e-3)


def test_the_development_area_lies_over_two_districts_and_takes_precedence(units):
    area = units.to_crs(METRIC_CRS).geometry
    parts = area.drop("BDA").intersection(area["BDA"]).area
    assert set(parts[parts > 1e6].index) == {"110112", "110115"}
    assert area["BDA"].area / 1e6 == pytest.approx(55, abs=5)
    assert units.loc["BDA", "precedence"] > units.drop("BDA")["precedence"].max()
    assert units.loc["BDA", "precision_m"] == 1500


@pytest.mark.parametrize("table", ["carriers", "institutions", "enterprises", "applications"])
def test_every_place_lies_in_its_declared_unit(beijing, table):
    rows = beijing.tables[table]
    rows = rows[~rows.geometry.isna() & rows["unit"].notna()]
    located = locate_units(rows.geometry, beijing.service_units)
    assert len(rows)
    assert (located == rows["unit"]).all()


def test_carriers_say_how_far_off_they_may_be_and_why(beijing):
    carriers = beijing.carriers
    assert carriers["position_precision_m"].between(200, 2000).all()
    assert carriers["position_basis"].notna().all()
    assert carriers["source"].notna().all()
    assert set(carriers["source_kind"]) == {"official", "press", "mirror", "general knowledge"}
    assert set(carriers["host_type"]) <= {kind.value for kind in HostType}


def test_who_operates_a_real_carrier_is_not_invented(beijing):
    carriers = beijing.carriers
    unknown = ["undertaking_name", "undertaking_uscc", "legal_form", "undertaking_founded_on", "full_time_staff"]
    assert carriers[unknown].isna().all(axis=None)
    assert (carriers[["has_premises", "has_phone", "has_tools", "has_service_base"]] == "unknown").all(axis=None)


def test_a_carrier_inside_another_names_a_whole_park_of_its_unit(beijing):
    carriers = beijing.carriers.set_index("carrier_id")
    inside = carriers[carriers["parent_id"].notna()]
    parents = carriers.loc[inside["parent_id"]]
    assert len(inside) > 30
    assert parents["parent_id"].isna().all()
    assert (parents["unit"].to_numpy() == inside["unit"].to_numpy()).all()
    metric = carriers.to_crs(METRIC_CRS).geometry
    apart = metric.loc[inside.index].distance(metric.loc[inside["parent_id"]].set_axis(inside.index))
    slack = inside["position_precision_m"].to_numpy() + parents["position_precision_m"].to_numpy()
    # A development zone is kilometres wide, so that the middle of a carrier in it may be that far from its own.
    assert (apart.to_numpy() <= slack + 3500).all()


def test_centres_are_real_but_their_places_are_stand_ins(beijing):
    centres = beijing.institutions[beijing.institutions["kind"] == "district_center"]
    assert sorted(centres["unit"]) == sorted(beijing.service_units["code"])
    assert set(centres["data_class"]) == {"stand_in"}
    assert centres["position_basis"].str.contains("STAND-IN").all()


def test_workstations_are_synthetic_and_say_so(beijing):
    stations = beijing.institutions[beijing.institutions["kind"] == "workstation"]
    assert set(stations["data_class"]) == {"synthetic"}
    assert stations["name"].str.startswith("演示").all()
    assert stations["undertaking_name"].str.startswith("演示").all()
