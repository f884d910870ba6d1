"""Where things are measured: known values, independent geodesics, refusals."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ipps_geo.crs import STORE_CRS, area_m2, metric_xy, to_metric
from ipps_geo.errors import CrsError
from ipps_geo.regions import load_region

EQUAL_AREA_CRS = load_region().equal_area_crs

METRIC_CRS = load_region().metric_crs

GEOD = pyproj.Geod(ellps="GRS80")
LON, LAT = st.floats(115.42, 117.51), st.floats(39.44, 41.06)


@given(LON, LAT, st.floats(0, 360), st.floats(100, 20_000))
def test_lengths_agree_with_the_geodesic(lon: float, lat: float, azimuth: float, length_m: float) -> None:
    east, north, _ = GEOD.fwd(lon, lat, azimuth, length_m)
    ends = metric_xy(gpd.GeoSeries([shapely.Point(lon, lat), shapely.Point(east, north)], crs=STORE_CRS), METRIC_CRS)
    assert np.hypot(*(ends[1] - ends[0])) == pytest.approx(length_m, rel=4e-4)


def test_areas_agree_with_the_geodesic() -> None:
    ring = [(116.0, 40.0), (116.4, 40.0), (116.4, 40.3), (116.0, 40.3)]
    # Straight edges in degrees, as a GIS draws them, need vertices to follow the ellipsoid.
    place = shapely.segmentize(shapely.Polygon(ring), 0.001)
    exact, _ = GEOD.geometry_area_perimeter(place)
    assert area_m2(gpd.GeoSeries([place], crs=STORE_CRS), EQUAL_AREA_CRS)[0] == pytest.approx(exact, rel=1e-6)


def test_a_missing_place_stays_missing_and_the_index_is_kept() -> None:
    table = gpd.GeoDataFrame(
        {"id": ["a", "b"]}, geometry=[None, shapely.Point(116.4, 39.9)], crs=STORE_CRS, index=[7, 3]
    )
    metres = to_metric(table, METRIC_CRS)
    assert metres.index.tolist() == [7, 3]
    assert np.isnan(metric_xy(table, METRIC_CRS)[0]).all()
    assert metric_xy(table, METRIC_CRS)[1] == pytest.approx([metres.geometry.iloc[1].x, metres.geometry.iloc[1].y])
    assert np.isnan(area_m2(table, EQUAL_AREA_CRS)[0])


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326", "EPSG:4527", "EPSG:32650", METRIC_CRS])
def test_every_honest_crs_leads_to_the_same_metres(crs: str) -> None:
    here = gpd.GeoSeries([shapely.Point(116.4, 39.9)], crs=STORE_CRS)
    assert metric_xy(here.to_crs(crs), METRIC_CRS) == pytest.approx(metric_xy(here, METRIC_CRS), abs=0.5)


@pytest.mark.parametrize("crs", [None, "EPSG:3857", "EPSG:3395", "ESRI:102100"])
@pytest.mark.parametrize("measure", [to_metric, metric_xy, area_m2])
def test_no_crs_and_mercator_are_refused(crs: str | None, measure: object) -> None:
    table = gpd.GeoDataFrame(geometry=[shapely.Point(1, 1)], crs=crs)
    with pytest.raises(CrsError):
        measure(table, METRIC_CRS)  # type: ignore[operator]


def test_an_empty_table_has_no_rows() -> None:
    assert metric_xy(gpd.GeoSeries([], crs=STORE_CRS), METRIC_CRS).shape == (0, 2)


def test_the_equal_area_crs_is_one() -> None:
    assert pyproj.CRS.from_user_input(EQUAL_AREA_CRS).coordinate_operation.method_name == "Lambert Azimuthal Equal Area"
