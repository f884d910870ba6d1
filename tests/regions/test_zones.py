"""Zones of three degrees: every meridian has its code, and what they lengthen is what PROJ says."""

from __future__ import annotations

import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipps_geo.errors import CrsError
from ipps_geo.regions.zones import grids, lengthening, meridian_of, zone_crs


@given(st.floats(73.5, 136.5, exclude_max=True))
def test_a_zone_lies_within_a_degree_and_a_half_of_its_meridian(lon):
    meridian = meridian_of(zone_crs(lon))
    assert -1.5 <= lon - meridian < 1.5


@pytest.mark.parametrize("code", range(4534, 4555))
def test_every_code_is_the_zone_that_the_register_says(code):
    crs = pyproj.CRS.from_epsg(code)
    stated = {parameter.name: parameter.value for parameter in crs.coordinate_operation.params}
    assert meridian_of(f"EPSG:{code}") == stated["Longitude of natural origin"]
    assert zone_crs(stated["Longitude of natural origin"]) == f"EPSG:{code}"
    numbered = pyproj.CRS.from_user_input(grids(f"EPSG:{code}", 100.0)[1])
    beside = {parameter.name: parameter.value for parameter in numbered.coordinate_operation.params}
    assert beside["Longitude of natural origin"] == stated["Longitude of natural origin"]


@pytest.mark.parametrize("lon", [73.4, 136.5, -117.0, 0.0, float("nan"), float("inf")])
def test_a_longitude_outside_has_no_zone(lon):
    with pytest.raises(CrsError):
        zone_crs(lon)


@pytest.mark.parametrize(("west", "east", "south"), [(102.9, 104.9, 30.1), (82.6, 93.8, 35.6), (115.4, 117.5, 39.4)])
def test_a_length_is_no_longer_than_is_said(west, east, south):
    meridian = meridian_of(zone_crs((west + east) / 2))
    to_metres = pyproj.Transformer.from_crs("EPSG:4490", zone_crs((west + east) / 2), always_xy=True)
    x, y = to_metres.transform([west, west + 0.001], [south, south])
    exact = pyproj.Geod(ellps="GRS80").inv(west, south, west + 0.001, south)[2]
    too_long = ((x[1] - x[0]) ** 2 + (y[1] - y[0]) ** 2) ** 0.5 / exact - 1
    assert too_long == pytest.approx(lengthening(west, west, south, meridian), rel=0.05, abs=2e-6)
    assert lengthening(west, east, south, meridian) >= lengthening(west, west, south, meridian)
