"""Shifted coordinates against two independent implementations."""

from __future__ import annotations

import eviltransform
import numpy as np
import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipps_geo.intake import shifts

LON, LAT = st.floats(115.4, 117.6), st.floats(39.4, 41.1)


@given(LON, LAT)
def test_forward_agrees_with_both_libraries(lon: float, lat: float) -> None:
    ours = np.array(shifts.wgs84_to_gcj02(lon, lat))
    theirs = prcoords.wgs_gcj(prcoords.Coords(lat, lon), check_china=False)
    assert ours == pytest.approx([theirs.lon, theirs.lat], abs=1e-9)
    # eviltransform uses the spherical earth of its own choosing: 1e-5 degrees are about a metre
    other_lat, other_lon = eviltransform.wgs2gcj(lat, lon)
    assert ours == pytest.approx([other_lon, other_lat], abs=1e-5)


@given(LON, LAT)
def test_baidu_agrees_with_prcoords(lon: float, lat: float) -> None:
    theirs = prcoords.gcj_bd(prcoords.Coords(lat, lon))
    assert np.array(shifts.gcj02_to_bd09(lon, lat)) == pytest.approx([theirs.lon, theirs.lat], abs=1e-9)


@given(LON, LAT)
def test_there_and_back_is_the_same_place(lon: float, lat: float) -> None:
    for there, back in (
        (shifts.wgs84_to_gcj02, shifts.gcj02_to_wgs84),
        (shifts.gcj02_to_bd09, shifts.bd09_to_gcj02),
        (lambda x, y: shifts.gcj02_to_bd09(*shifts.wgs84_to_gcj02(x, y)), shifts.bd09_to_wgs84),
    ):
        assert np.array(back(*there(lon, lat))) == pytest.approx([lon, lat], abs=1e-9)


def test_the_shift_is_some_hundred_metres() -> None:
    lon, lat = shifts.wgs84_to_gcj02(116.4, 39.9)
    east_m, north_m = (lon - 116.4) * 85_300, (lat - 39.9) * 111_000
    assert 300 < np.hypot(east_m, north_m) < 800


def test_missing_coordinates_stay_missing() -> None:
    lon, lat = shifts.bd09_to_wgs84([np.nan, 116.4], [np.nan, 39.9])
    assert np.isnan(lon[0])
    assert np.isnan(lat[0])
    assert np.isfinite(lon[1])
