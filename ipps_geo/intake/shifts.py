"""The shifted coordinates of Chinese maps: GCJ-02 (Amap, Tencent) and BD-09 (Baidu), to and from WGS 84.

The formulas are the ones in public use since 2010; no official text exists. All functions take and return degrees as
arrays, longitude first. The shift is inverted by iteration, to 1e-10 degrees (0.01 mm): over China it contracts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Degrees = NDArray[np.float64]

_AXIS_M = 6378245.0  # Krasovsky 1940
_ECCENTRICITY_2 = 0.00669342162296594323
_BAIDU = np.pi * 3000.0 / 180.0
_TOLERANCE = 1e-10
_MOST_STEPS = 20


def _shift(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    x, y = lon - 105.0, lat - 35.0
    waves = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + waves
    north = north + (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)) * 2.0 / 3.0
    north = north + (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + waves
    east = east + (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)) * 2.0 / 3.0
    east = east + (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)) * 2.0 / 3.0
    radians = np.radians(lat)
    curve = 1.0 - _ECCENTRICITY_2 * np.sin(radians) ** 2
    root = np.sqrt(curve)
    d_lat = np.degrees(north / (_AXIS_M * (1.0 - _ECCENTRICITY_2) / (curve * root)))
    d_lon = np.degrees(east / (_AXIS_M / root * np.cos(radians)))
    return d_lon, d_lat


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """Return WGS 84 degrees as GCJ-02.

    >>> [round(float(v), 6) for v in wgs84_to_gcj02(116.391, 39.907)]
    [116.397241, 39.908401]
    """
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    d_lon, d_lat = _shift(lon, lat)
    return lon + d_lon, lat + d_lat


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """Return GCJ-02 degrees as WGS 84."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    true_lon, true_lat = lon.copy(), lat.copy()
    for _ in range(_MOST_STEPS):
        d_lon, d_lat = _shift(true_lon, true_lat)
        next_lon, next_lat = lon - d_lon, lat - d_lat
        moved = np.fmax(np.abs(next_lon - true_lon), np.abs(next_lat - true_lat))
        true_lon, true_lat = next_lon, next_lat
        if not np.any(moved > _TOLERANCE):
            break
    return true_lon, true_lat


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """Return GCJ-02 degrees as BD-09."""
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """Return BD-09 degrees as GCJ-02."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    true_lon, true_lat = lon - 0.0065, lat - 0.006
    for _ in range(_MOST_STEPS):
        back_lon, back_lat = gcj02_to_bd09(true_lon, true_lat)
        true_lon, true_lat = true_lon + lon - back_lon, true_lat + lat - back_lat
        if not np.any(np.fmax(np.abs(lon - back_lon), np.abs(lat - back_lat)) > _TOLERANCE):
            break
    return true_lon, true_lat


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Degrees, Degrees]:
    """Return BD-09 degrees as WGS 84."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))
