"""Layers of a coverage over a city of one square: what each station serves, whose it is nearest to, in bands."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ipps_geo.crs import STORE_CRS, area_m2
from ipps_geo.planning.areas import area_layers, reach_areas, time_bands
from ipps_geo.planning.travel import Travel
from ipps_geo.regions import load_region

HERE = load_region()

X, Y = 500_000.0, 4_420_000.0
"""The middle of a city of 40 km x 40 km."""


def placed(**columns):
    return gpd.GeoDataFrame(columns, geometry="geometry", crs=HERE.metric_crs).to_crs(STORE_CRS)


@pytest.fixture(scope="module")
def layers():
    """Two stations 3 km apart that each reach 2 km, and a further limit of 1 km."""
    city = placed(code=["A"], geometry=[shapely.box(X - 20_000, Y - 20_000, X + 20_000, Y + 20_000)])
    stations = placed(institution_id=["S1", "S2"], geometry=[shapely.Point(X - 1_500, Y), shapely.Point(X + 1_500, Y)])
    counts = pd.DataFrame({"institution_id": ["S1", "S2"], "within_reach": [3, 4], "nearest": [2, 2]})
    town = SimpleNamespace(service_units=city, region=HERE)
    return area_layers(town, stations, Travel(2_000.0), {"catchments": counts}, (1_000.0, 2_000.0))


def test_a_station_serves_a_circle_and_the_part_that_is_nearest_to_it(layers):
    circle = np.pi * 2**2
    assert layers["service_areas"]["area_km2"].to_numpy() == pytest.approx([circle] * 2, rel=0.01)
    # Beyond the middle between the two, the other is nearer: a segment of the circle is cut off at 1.5 km.
    segment = 4 * np.arccos(1.5 / 2) - 1.5 * np.sqrt(2**2 - 1.5**2)
    assert layers["catchments"]["area_km2"].to_numpy() == pytest.approx([circle - segment] * 2, rel=0.01)
    assert {layer.crs for layer in layers.values()} == {layers["catchments"].crs}


def test_bands_of_several_limits_do_not_overlap(layers):
    bands = layers["bands"]
    assert bands[["above", "up_to"]].to_numpy().tolist() == [[0.0, 1.0], [1.0, 2.0]]
    union = 2 * np.pi * 2**2 - 2 * (4 * np.arccos(1.5 / 2) - 1.5 * np.sqrt(2**2 - 1.5**2))
    assert bands["area_km2"].to_numpy() == pytest.approx([2 * np.pi, union - 2 * np.pi], rel=0.01)
    assert sorted(layers["isochrones"]["area_km2"]) == pytest.approx([np.pi] * 2 + [4 * np.pi] * 2, rel=0.01)


def test_minutes_are_not_divided():
    drawn = gpd.GeoDataFrame({"limit": [15.0]}, geometry=[shapely.box(X, Y, X + 1, Y + 1)], crs=HERE.metric_crs)
    assert time_bands(drawn, 1, HERE)["up_to"].tolist() == [15.0]


def test_from_where_a_candidate_is_reached():
    sites = placed(site_id=["P1"], geometry=[shapely.Point(X, Y)])
    assert reach_areas(sites, Travel(1_000.0), HERE)["reach"]["area_km2"].iloc[0] == pytest.approx(np.pi, rel=0.01)
    shape = reach_areas(sites, Travel(1_000.0), HERE)["reach"]
    assert shape["area_km2"].iloc[0] * 1e6 == pytest.approx(area_m2(shape, HERE.equal_area_crs)[0], rel=1e-9)
    assert reach_areas(sites.iloc[:0], Travel(1_000.0), HERE) == {}
