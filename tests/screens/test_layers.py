"""What maps draw beside points: who is beyond reach, where reaches overlap, types in the order of the atlas."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
import shapely

from ipps_geo import planning
from ipps_geo.reach.transit import TransitNetwork
from ipps_geo.regions import load_region
from ipps_geo.screens import layers

METRIC_CRS = load_region().metric_crs

DAY = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def covered(beijing, draft):
    return planning.coverage(beijing, draft, reach_km=3.0)


def test_who_is_beyond_reach_is_counted_in_the_cells_of_the_density(beijing, covered):
    cells, left = layers.density_cells(beijing.enterprises), layers.uncovered_cells(beijing, covered)
    table = covered.tables["hexagons"]
    assert sum(count for count, _ in left) == (table["enterprises"] - table["within_reach"]).sum()
    assert all(0 < count <= cells[place][0] for count, place in left)


def test_reaches_overlap_where_two_of_them_lie():
    shapes = [shapely.box(500_000, 4_400_000, 504_000, 4_402_000), shapely.box(502_000, 4_400_000, 506_000, 4_402_000)]
    areas = gpd.GeoDataFrame(geometry=[*shapes, shapely.box(520_000, 4_400_000, 521_000, 4_401_000)], crs=METRIC_CRS)
    (shared,) = layers.overlap_shapes(areas, METRIC_CRS)
    drawn = gpd.GeoSeries([shapely.geometry.shape(shared["geometry"])], crs=4490).to_crs(METRIC_CRS).iloc[0]
    assert drawn.area == pytest.approx(2_000 * 2_000, rel=0.02)
    assert layers.overlap_shapes(areas.iloc[[0, 2]], METRIC_CRS) == []


def test_types_that_nobody_has_take_no_mark(beijing):
    types = layers.types_of(beijing, DAY, "zh")
    hosts = set(beijing.institutions.loc[beijing.institutions["kind"] == "workstation", "host_type"].dropna())
    assert [code for code, _ in types["stations"]] == [str(host) for host in layers.HostType if host in hosts]
    points = layers.institution_points(beijing, DAY, "zh")
    assert {point["type"] for point in points if point["kind"] == "workstation"} <= hosts


def test_what_has_no_place_is_counted_and_named(beijing):
    gone = beijing.carriers.assign(geometry=beijing.carriers.geometry.where(beijing.carriers["carrier_id"] != "P001"))
    told = layers.unplaced(beijing.replace(carriers=gone), DAY, "zh")
    (carriers,) = (entry for entry in told if "载体" in entry["word"])
    name = beijing.carriers.set_index("carrier_id").loc["P001", "name_zh"]
    assert carriers == {"word": "1 个载体没有坐标，未上图", "names": [name]}


def test_a_township_is_found_by_name_and_shown_as_its_unit(beijing):
    places = layers.gazetteer(beijing, DAY, "zh")
    (town,) = (place for place in places if place[0] == "中关村街道")
    unit = next(place for place in places if place[0] == "海淀区")
    assert town[2:] == unit[2:]
    assert "海淀区" in town[1]
    (west, south), (east, north) = unit[4]
    assert west < unit[2] < east
    assert south < unit[3] < north


def test_stations_that_were_sent_in_stand_where_they_are_and_lines_join_them():
    network = TransitNetwork(
        stations=("甲", "乙", "丙"),
        station_xy=np.array([[500_000.0, 4_400_000], [501_000, 4_400_000], [np.nan, np.nan]]),
        platform_station=np.array([0, 1, 2, 1]), platform_line=("1号线", "1号线", "1号线", "2号线"),
        tail=np.array([0, 1, 1, 2, 1]), head=np.array([1, 0, 2, 1, 3]), minutes=np.ones(5), wait_min=np.ones(4),
    )  # fmt: skip
    first, second = layers.stops(network, METRIC_CRS)
    assert (first["name"], first["word"], second["word"]) == ("甲", "1号线", "1号线、2号线")
    (ride,) = layers.rides(network, METRIC_CRS)
    assert ride == [[first["lon"], first["lat"]], [second["lon"], second["lat"]]]
