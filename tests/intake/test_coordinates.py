"""Coordinates as people write them, and several pairs of columns side by side."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipps_geo.intake.coordinates import degrees, pair_of, points_of_columns
from ipps_geo.intake.datum import datum_named
from ipps_geo.intake.problems import ProblemLog
from ipps_geo.intake.shifts import wgs84_to_gcj02
from ipps_geo.intake.values import Cells

TRUE = (116.3022, 40.0453)


@pytest.mark.parametrize(
    "text",
    ["116.3022,40.0453", "116.3022，40.0453", "116.3022/40.0453", "[116.3022, 40.0453]", "116.3022 40.0453",
     "POINT (116.3022 40.0453)", '{"lng": 116.3022, "lat": 40.0453}', "纬度：40.0453，经度：116.3022",
     "东经116.3022°，北纬40.0453°", "N40.0453° E116.3022°"],
)  # fmt: skip
def test_pairs_in_one_cell(text):
    assert pair_of(text) == pytest.approx(TRUE, abs=1e-9)


@pytest.mark.parametrize("text", ["某某大厦", "116.3", "116.3,39.9,50", "", "116.3,abc"])
def test_what_is_no_pair_is_none(text):
    assert np.isnan(pair_of(text)).all()


@given(
    st.floats(0.001, 179.99), st.sampled_from(["{d}°{m}′{s}″", "E{d}°{m}'{s}\"", "东经{d}度{m}分{s}秒", "{d}:{m}:{s}"])
)
def test_degrees_minutes_and_seconds_give_the_degrees_back(value, form):
    whole = int(value)
    minutes = int((value - whole) * 60)
    seconds = round(((value - whole) * 60 - minutes) * 60, 6)
    if seconds >= 60:
        return
    text = form.format(d=whole, m=minutes, s=f"{seconds:.6f}")
    assert degrees(text) == pytest.approx(value, abs=1e-8)


def test_west_and_south_are_negative_and_minutes_end_at_sixty():
    assert degrees("W116°30′") == -116.5
    assert np.isnan(degrees("116°75′"))


def cells(**columns):
    def texts(values):
        return pa.array([None if value is None else str(value) for value in values], pa.large_string())

    return {name.replace("_at_", "@"): Cells(name, texts(values)) for name, values in columns.items()}


def read(count=3, **columns):
    log = ProblemLog("a.csv", None, np.arange(2, 2 + count), by_feature=False)
    return points_of_columns(cells(**columns), log), log.frame()


def shifted():
    lon, lat = np.array([116.30, 116.35, 116.40]), np.array([39.9, 39.95, 40.0])
    return lon, lat, *wgs84_to_gcj02(lon, lat)


def test_of_two_pairs_the_one_that_needs_no_conversion_is_taken_and_the_other_checks_it():
    lon, lat, x, y = shifted()
    places, told = read(lon_at_gcj02=x, lat_at_gcj02=y, lon_at_wgs84=lon, lat_at_wgs84=lat)
    assert places.datum == "wgs84"
    assert places.x.tolist() == lon.tolist()
    assert told["code"].tolist() == ["pair_chosen"]


def test_a_gap_is_filled_from_the_other_pair_and_rows_that_differ_are_named():
    lon, lat, x, y = shifted()
    places, told = read(
        lon_at_wgs84=[lon[0], None, lon[2]], lat_at_wgs84=[lat[0], None, lat[2] + 0.01], lon_at_gcj02=x, lat_at_gcj02=y
    )
    assert places.x[1] == pytest.approx(lon[1], abs=1e-9)
    rows = told.set_index("code")["row"]
    assert (rows["pair_filled"], rows["pairs_disagree"]) == (3, 4)


def test_a_pair_that_nobody_names_is_understood_by_the_one_that_is_named():
    lon, lat, x, y = shifted()
    places, told = read(lon=x, lat=y, lon_at_wgs84=lon, lat_at_wgs84=lat)
    assert places.datum == "wgs84"
    assert '"datum": "gcj02"' in told.set_index("code").loc["pair_chosen", "params"]


def test_rows_may_state_their_own_reference_system():
    lon, lat, x, y = shifted()
    places, told = read(lon=[lon[0], x[1], x[2]], lat=[lat[0], y[1], y[2]], datum=["WGS84", "高德", "高德地图"])
    assert places.datum == "wgs84"
    assert places.x == pytest.approx(lon, abs=1e-9)
    assert set(told["code"]) == {"datum_of_rows"}
    _, told = read(lon=lon, lat=lat, datum=["WGS84", "火烧云", "WGS84"])
    assert told[["code", "row", "severity"]].to_numpy().tolist() == [["datum_word", 3, "error"]]


def test_latitude_first_is_turned_and_told():
    places, told = read(2, lonlat=["39.9,116.3", "116.4,40.0"])
    assert (places.x.tolist(), places.y.tolist()) == ([116.3, 116.4], [39.9, 40.0])
    assert told[["code", "row"]].to_numpy().tolist() == [["pair_turned", 2]]
    for text, is_turned in (("90,116.3", True), ("89.5,180", True), ("90.5,116.3", False), ("39.9,90", False)):
        _, told = read(1, lonlat=[text])
        assert ("pair_turned" in set(told["code"])) is is_turned, text


@pytest.mark.parametrize(
    ("text", "name"),
    [("GCJ-02", "gcj02"), ("火星坐标系", "gcj02"), ("高德", "gcj02"), ("bd09ll", "bd09"), ("百度坐标", "bd09"),
     ("WGS-84", "wgs84"), ("国家大地坐标系（2000国家）", "wgs84"), ("4490", "wgs84"), ("EPSG:4548", "EPSG:4548"),
     ("西安80", "EPSG:4610"), ("北京54", "EPSG:4214"), ("高德或百度", None), ("不详", None)],
)  # fmt: skip
def test_words_for_reference_systems(text, name):
    assert datum_named(text) == name


def test_the_frame_of_problems_is_one_of_texts():
    _, told = read(1, lon=["abc"], lat=["39.9"])
    assert isinstance(told, pd.DataFrame)
    assert told["code"].tolist() == ["bad_coordinate"]
