"""Coordinate reference systems: one to store, one to measure lengths, one to measure areas.

Tables keep CGCS2000 longitude and latitude (EPSG:4490), always longitude first. Lengths are measured in the CRS of
the region (:attr:`ipps_geo.regions.Region.metric_crs`), a three-degree Gauss-Kruger zone as a rule: within a zone they
are at most 3.5e-4 too long. Areas come from a Lambert azimuthal equal-area projection about the region's centre, on the
same ellipsoid. Web Mercator (EPSG:3857) stretches lengths by 10 to 60 % in China and is refused.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.errors import CrsError

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj
    from numpy.typing import NDArray

STORE_CRS = "EPSG:4490"
"""Longitude and latitude on CGCS2000, in degrees; WGS 84 is taken as equal (they differ by decimetres at most)."""
WEB_MERCATOR = 3857

_SAME_DATUM = (
    "wgs 84", "wgs_1984", "wgs84", "crs84", "world geodetic", "cgcs2000", "cgcs_2000", "china geodetic", "china_2000",
    "china 2000",
)  # fmt: skip
_MERCATOR_METHODS = ("popular visualisation", "mercator (variant", "mercator (spherical")


@cache
def _crs(definition: str) -> pyproj.CRS:
    import pyproj

    return pyproj.CRS.from_user_input(definition)


@cache
def transformer(source: str, target: str) -> pyproj.Transformer:
    """Return the transformation between two CRS given by name or WKT, always easting or longitude first."""
    import pyproj

    return pyproj.Transformer.from_crs(_crs(source), _crs(target), always_xy=True)


def shift_accuracy_m(source: str) -> float | None:
    """Return how far off coordinates of ``source`` may be once they are in EPSG:4490, in metres; None if nobody knows.

    The grids of 1954 and 1980 have no public parameters: what PROJ does then is a guess ("ballpark") that leaves tens
    of metres up to about 100 m.

    >>> shift_accuracy_m("EPSG:32650"), shift_accuracy_m("EPSG:2384")
    (0.0, None)
    """
    from pyproj.transformer import TransformerGroup

    crs = _crs(source)
    if on_store_datum(crs):
        return 0.0
    best = TransformerGroup(crs, _crs(STORE_CRS), always_xy=True).transformers[:1]
    known = [found.accuracy for found in best if found.accuracy >= 0 and "ballpark" not in found.description.casefold()]
    return float(known[0]) if known else None


def on_store_datum(crs: Any) -> bool:
    """Return whether a CRS of pyproj lies on CGCS2000 or on WGS 84, which is taken as equal."""
    datum = crs.datum or getattr(crs.geodetic_crs, "datum", None)
    names = (crs.name + (datum.name if datum else "")).casefold()
    return any(name in names for name in _SAME_DATUM)


def refuse_unmeasurable(crs: Any) -> None:
    """Raise :class:`~ipps_geo.errors.CrsError` for a missing CRS and for one that distorts lengths beyond use.

    >>> refuse_unmeasurable(None)
    Traceback (most recent call last):
    ipps_geo.errors.CrsError: the coordinates have no reference system — state one, such as EPSG:4490
    """
    if crs is None:
        raise CrsError("crs.unknown", crs=STORE_CRS)
    operation = getattr(crs, "coordinate_operation", None)
    method = operation.method_name.casefold() if operation is not None else ""
    if crs.to_epsg() == WEB_MERCATOR or any(name in method for name in _MERCATOR_METHODS):
        raise CrsError("crs.web_mercator", where=crs.name, crs=STORE_CRS)


def to_metric(table: gpd.GeoDataFrame, metric_crs: str) -> gpd.GeoDataFrame:
    """Return ``table`` (a GeoDataFrame or GeoSeries) in ``metric_crs``; its index and missing places are kept.

    Raises
    ------
    CrsError
        If the table has no CRS, or a Mercator one.
    """
    refuse_unmeasurable(table.crs)
    return table if table.crs == _crs(metric_crs) else table.to_crs(metric_crs)


def metric_xy(table: gpd.GeoDataFrame, metric_crs: str) -> NDArray[np.float64]:
    """Return the points of ``table`` as an array (n, 2) of metres east and north in ``metric_crs``; missing are NaN.

    ``table`` is a GeoDataFrame or GeoSeries of points in any CRS that :func:`to_metric` takes.

    >>> import geopandas as gpd, shapely
    >>> places = gpd.GeoSeries([shapely.Point(105, 40), None], crs="EPSG:4490")
    >>> metric_xy(places, "EPSG:4544").round().tolist()
    [[500000.0, 4429529.0], [nan, nan]]
    """
    import shapely

    refuse_unmeasurable(table.crs)
    places = np.asarray(table.geometry.array)
    degrees = np.column_stack([_ordinate(shapely.get_x, places), _ordinate(shapely.get_y, places)])
    if table.crs == _crs(metric_crs):
        return degrees
    source = STORE_CRS if table.crs == _crs(STORE_CRS) else table.crs.to_wkt()
    known = ~np.isnan(degrees).any(axis=1)
    metres = np.full_like(degrees, np.nan)
    if known.any():
        metres[known] = np.column_stack(transformer(source, metric_crs).transform(*degrees[known].T))
    return metres


def area_m2(table: gpd.GeoDataFrame, equal_area_crs: str) -> NDArray[np.float64]:
    """Return the area of each place of ``table`` in square metres, measured in an equal-area projection.

    A missing place has the area NaN. Raises :class:`~ipps_geo.errors.CrsError` without a CRS or with a Mercator one.
    """
    import shapely

    refuse_unmeasurable(table.crs)
    areas = shapely.area(np.asarray(table.geometry.to_crs(equal_area_crs).array))
    return np.asarray(areas, dtype=np.float64)


def _ordinate(read: Any, places: Any) -> NDArray[np.float64]:
    return np.asarray(read(places), dtype=np.float64)
