"""Places are read and written as numbers, and say what shapely and geopandas say."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from ipps_geo.workspace.location import locate_units, units_at
from ipps_geo.workspace.points import lonlat_of, write_points

PLACES = [shapely.Point(116.4, 39.9), None, shapely.Point(116.1, 40.25), shapely.Point()]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("kept", [slice(None), slice(1, 3), slice(1, 2), slice(0, 0)])
def test_a_column_of_points_is_read_as_degrees_whatever_its_bytes(kind, order, kept):
    written = shapely.to_wkb(np.array(PLACES, dtype=object), byte_order=order)
    column = pa.chunked_array([pa.array(written, kind)[kept], pa.array(written[:1], kind)])
    known = [PLACES[0] if place is None or place.is_empty else place for place in PLACES]
    expected = np.array([[place.x, place.y] for place in known])
    expected[[1, 3]] = np.nan
    np.testing.assert_array_equal(lonlat_of(column), np.vstack([expected[kept], expected[:1]]))


def test_heights_are_left_aside_and_what_is_no_point_is_refused():
    high = pa.array(shapely.to_wkb([shapely.Point(1, 2, 3), shapely.Point(4, 5)], output_dimension=3))
    assert lonlat_of(high).tolist() == [[1, 2], [4, 5]]
    with pytest.raises(ValueError, match="no point"):
        lonlat_of(pa.array(shapely.to_wkb([shapely.box(0, 0, 1, 1)])))


def test_what_is_written_geopandas_reads_as_its_own(tmp_path):
    lonlat = np.array([[116.4, 39.9], [116.1, 40.25]])
    table = pd.DataFrame({"name": ["甲", "乙"], "n": [1, 2]})
    write_points(tmp_path / "own.parquet", table, lonlat)
    same = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(*lonlat.T), crs="EPSG:4490")
    same.to_parquet(tmp_path / "theirs.parquet", index=False)
    made, other = gpd.read_parquet(tmp_path / "own.parquet"), gpd.read_parquet(tmp_path / "theirs.parquet")
    pd.testing.assert_frame_equal(made, other)
    assert made.crs == "EPSG:4490"
    write_points(tmp_path / "nobody.parquet", table.iloc[:0], lonlat[:0])
    assert gpd.read_parquet(tmp_path / "nobody.parquet").empty


def test_places_lie_in_the_units_that_a_tree_of_shapes_finds(beijing):
    units = beijing.service_units.sort_values(["precedence", "code"], ascending=[True, False], kind="stable")
    west, south, east, north = units.total_bounds
    places = np.random.default_rng(0).uniform([west, south], [east, north], (400, 2))
    corners = shapely.get_coordinates(units.geometry.iloc[0])[:5]  # a border belongs to both
    places = np.vstack([places, corners, [[np.nan, np.nan], [0.0, 0.0]]])
    points = gpd.GeoSeries(gpd.points_from_xy(*places.T), crs=units.crs)
    expected = pd.Series([None] * len(points), dtype="str")
    for code, shape in zip(units["code"], units.geometry, strict=True):
        expected[points.intersects(shape)] = code
    assert expected.notna().sum() > 100
    pd.testing.assert_series_equal(units_at(places, beijing.service_units), expected)
    pd.testing.assert_series_equal(locate_units(points, beijing.service_units), expected)
