"""Tables of streets and lines as offices send them: encodings, headers, units, sheets, and faults with their places."""

import numpy as np
import pandas as pd
import pytest
import shapely

from ipps_geo.columns import NETWORK_TABLES
from ipps_geo.crs import STORE_CRS, transformer
from ipps_geo.errors import BadInput
from ipps_geo.intake.shifts import wgs84_to_gcj02
from ipps_geo.intake.templates import write_templates
from ipps_geo.reach.line_tables import read_lines
from ipps_geo.reach.street_files import read_barriers, read_streets
from ipps_geo.regions import load_region

METRIC_CRS = load_region().metric_crs

STATIONS = pd.DataFrame(
    {"站名": ["甲站", "乙站", "丙站"], "经度": [116.30, 116.36, 116.42], "纬度": [39.9, 39.9, 39.9]}
)
LINKS = pd.DataFrame(
    {"线路": ["1号线"] * 2, "起点": ["甲站", "乙站"], "终点": ["乙站", "丙站"], "用时（分钟）": [5, 5]}
)


def told(error):
    return vars(error)["values"]


def lines(tmp_path, stations=STATIONS, links=LINKS, encoding="utf-8", **options):
    stations.to_csv(tmp_path / "stations.csv", index=False, encoding=encoding)
    links.to_csv(tmp_path / "links.csv", index=False, encoding=encoding)
    return read_lines(tmp_path / "stations.csv", tmp_path / "links.csv", sandbox=False, **options)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_headers_in_any_encoding(tmp_path, encoding):
    assert lines(tmp_path, encoding=encoding).between_min[0, 2] == pytest.approx(13)


def test_minutes_in_seconds_and_metres_in_kilometres_are_told(tmp_path):
    seconds = LINKS.rename(columns={"用时（分钟）": "用时（秒）"}).assign(**{"用时（秒）": [300, 300]})
    network = lines(tmp_path, links=seconds)
    assert network.between_min[0, 2] == pytest.approx(13)
    assert [remark.code for remark in network.remarks] == ["network.unit"]
    length = LINKS.drop(columns="用时（分钟）").assign(**{"距离（公里）": [3.0, 3.0]})
    assert lines(tmp_path, links=length).between_min[0, 2] == pytest.approx(13)


def test_a_station_of_several_lines_may_stand_once_for_each(tmp_path):
    twice = pd.concat([STATIONS, STATIONS.iloc[[1]].assign(经度=116.3605)], ignore_index=True)
    assert len(lines(tmp_path, stations=twice).stations) == 3
    apart = pd.concat([STATIONS, STATIONS.iloc[[1]].assign(经度=116.5)], ignore_index=True)
    with pytest.raises(BadInput) as caught:
        lines(tmp_path, stations=apart)
    assert (caught.value.code, told(caught.value)["station"]) == ("network.station_moved", "乙站")


def test_the_reference_system_is_told_by_header_by_name_and_by_a_person(tmp_path):
    lon, lat = wgs84_to_gcj02(STATIONS["经度"], STATIONS["纬度"])
    shifted = STATIONS.assign(经度=lon, 纬度=lat)
    plain, told = lines(tmp_path), lines(tmp_path, stations=shifted, datum="GCJ-02")
    named = lines(tmp_path, stations=shifted.rename(columns={"经度": "经度（高德）", "纬度": "纬度（高德）"}))
    assert told.station_xy == pytest.approx(plain.station_xy, abs=0.01)
    assert named.station_xy == pytest.approx(plain.station_xy, abs=0.01)


def test_a_fault_has_its_file_row_and_column(tmp_path):
    with pytest.raises(BadInput) as caught:
        lines(tmp_path, links=LINKS.assign(**{"用时（分钟）": ["5", "很快"]}))
    assert (caught.value.code, caught.value.where, told(caught.value)["count"]) == ("network.errors", "links.csv", 1)
    first = told(caught.value)["first"][0]
    assert [told(place)["name"] for place in told(first)["place"]] == ["3", "用时（分钟）"]


def test_streets_of_a_workbook_with_two_sheets_and_chinese_classes(tmp_path):
    nodes = pd.DataFrame({"节点编号": [1, 2, 3], "经度": [116.40, 116.41, 116.42], "纬度": [39.9, 39.9, 39.9]})
    edges = pd.DataFrame(
        {"起点": [1, 2], "终点": [2, 3], "长度": [855.0, None], "道路等级": ["支路", "快速路"], "单行": ["否", "是"]}
    )
    with pd.ExcelWriter(tmp_path / "net.xlsx") as book:
        nodes.to_excel(book, sheet_name="节点", index=False)
        edges.to_excel(book, sheet_name="路段", index=False)
    network = read_streets(tmp_path / "net.xlsx", mode="car", sandbox=False)
    assert network.checks()["one_way_edges"] == 1
    speeds = sorted({round(float(speed)) for speed in network.length_m / network.minutes * 60 / 1000})
    assert speeds == [30, 60]
    assert "streets.length_missing" in [remark.code for remark in network.remarks]


def test_an_unknown_direction_is_an_error_with_its_row(tmp_path):
    pd.DataFrame({"id": [1, 2], "lon": [116.4, 116.41], "lat": [39.9, 39.9]}).to_csv(tmp_path / "n.csv", index=False)
    pd.DataFrame({"u": [1, 2], "v": [2, 1], "oneway": ["yes", "周二"]}).to_csv(tmp_path / "e.csv", index=False)
    with pytest.raises(BadInput) as caught:
        read_streets(tmp_path / "n.csv", edges=tmp_path / "e.csv", mode="car", sandbox=False)
    assert caught.value.code == "streets.direction"
    assert (told(caught.value)["row"], told(caught.value)["value"]) == (3, "周二")


def drawing(tmp_path, name, **options):
    geopandas = pytest.importorskip("geopandas")
    shapes = shapely.from_wkt(
        ["LINESTRING (116.40 39.90, 116.405 39.901, 116.41 39.90)", "LINESTRING (116.41 39.90, 116.42 39.90)"]
    )
    frame = geopandas.GeoDataFrame(
        {"fclass": ["residential", "footway"], "oneway": ["F", "B"]}, geometry=shapes, crs=4326
    )
    frame.to_crs(options.get("crs", 4326)).to_file(tmp_path / name, **options.get("write", {}))
    return tmp_path / name


@pytest.mark.parametrize(
    ("name", "crs"), [("roads.gpkg", 4548), ("roads.gpkg", 32650), ("roads.geojson", 4326), ("roads.shp", 4490)]
)
def test_drawings_of_lines_are_streets(tmp_path, name, crs):
    write = {"driver": "GPKG", "layer": "roads"} if name.endswith("gpkg") else {}
    file = drawing(tmp_path, name, crs=crs, write=write)
    walk = read_streets(file, sandbox=False)
    assert (walk.checks()["edges"], walk.checks()["components"]) == (6, 1)
    assert walk.checks()["length_km"] == pytest.approx(2 * 1.735, abs=0.02)
    car = read_streets(file, mode="car", sandbox=False)
    assert (car.checks()["edges"], car.checks()["one_way_edges"]) == (2, 2)
    assert "streets.closed" in [remark.code for remark in car.remarks]


def test_drawings_of_several_files_meet_where_they_touch(tmp_path):
    geopandas = pytest.importorskip("geopandas")
    files = []
    for turn, text in enumerate(("LINESTRING (116.40 39.90, 116.41 39.90)", "LINESTRING (116.41 39.90, 116.41 39.91)")):
        files.append(tmp_path / f"{turn}.geojson")
        geopandas.GeoDataFrame(geometry=[shapely.from_wkt(text)], crs=4326).to_file(files[-1])
    assert read_streets(files, sandbox=False).checks()["components"] == 1


def test_barriers_are_lines_and_the_outlines_of_areas(tmp_path):
    geopandas = pytest.importorskip("geopandas")
    shapes = shapely.from_wkt(
        ["LINESTRING (116.3 39.9, 116.4 39.9)", "POLYGON ((116.5 39.9, 116.6 39.9, 116.6 40, 116.5 39.9))"]
    )
    geopandas.GeoDataFrame(geometry=shapes, crs=4326).to_file(tmp_path / "river.geojson")
    found = read_barriers([tmp_path / "river.geojson"], sandbox=False)
    east, north = transformer(STORE_CRS, METRIC_CRS).transform(116.3, 39.9)
    assert shapely.get_coordinates(found[0])[0] == pytest.approx(np.array([east, north]), abs=0.01)
    assert len(found) == 2


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [("a.doc", "x", "streets.kind_unknown"), ("a.csv", "id,lon,lat\n1,116,40\n", "streets.edges_missing")],
)
def test_what_holds_no_streets_is_refused_by_name(tmp_path, name, text, code):
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput) as caught:
        read_streets(tmp_path / name, sandbox=False)
    assert caught.value.code == code


def test_templates_of_networks_are_read_back(tmp_path):
    paths = write_templates(tmp_path, list(NETWORK_TABLES))
    assert [path.stem for path in paths] == list(NETWORK_TABLES)
