"""Coordinates of network files in metres: their reference system believed, named where it cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
from pyproj.exceptions import CRSError, ProjError

from ipps_geo.crs import STORE_CRS, transformer
from ipps_geo.errors import BadInput, Message
from ipps_geo.intake.datum import convert_points, normalised_datum
from ipps_geo.regions import load_region

if TYPE_CHECKING:
    from numpy.typing import NDArray


def to_metres(
    x: Any, y: Any, crs: str | None, datum: str | None, where: str, metric_crs: str | None
) -> tuple[NDArray[np.float64], tuple[Message, ...]]:
    """Return (places in metres, shape (n, 2); what is to be told of their conversion).

    Parameters
    ----------
    x, y
        Easting or longitude, and northing or latitude.
    crs
        Reference system that the file states; WGS 84 degrees where it states none.
    datum
        What a person states of them (wgs84, gcj02, bd09, EPSG:nnnn): it is never overruled.
    metric_crs
        What the metres are in; the metric CRS of the region that comes with the package by default.

    Raises
    ------
    BadInput
        A reference system that is none, or degrees that are none.
    """
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if datum is not None:
        name = normalised_datum(datum)
        first, second = convert_points(first, second, name)
        source = STORE_CRS
        told: tuple[Message, ...] = () if name == "wgs84" else (Message("streets.datum", {"name": name}),)
    else:
        source, told = _named(crs, where)
    target = metric_crs or load_region().metric_crs
    degrees = source in (STORE_CRS, "EPSG:4326")
    with np.errstate(invalid="ignore"):
        if degrees and ((np.abs(first) > 180) | (np.abs(second) > 90)).any():
            raise BadInput("streets.not_degrees", where=where)
    try:
        if source == target:
            return np.column_stack([first, second]), told
        metres = transformer(source, target).transform(first, second)
    except ProjError as error:
        raise BadInput("streets.crs", where=where, crs=source[:80]) from error
    return np.column_stack(metres), told


def _named(crs: str | None, where: str) -> tuple[str, tuple[Message, ...]]:
    """Return (a reference system as pyproj takes it, what is to be told): WGS 84 where none is stated."""
    if crs is None:
        return "EPSG:4326", ()
    try:
        parsed = pyproj.CRS.from_user_input(crs)
    except (CRSError, ValueError, TypeError) as error:
        raise BadInput("streets.crs", where=where, crs=str(crs)[:80]) from error
    code = parsed.to_epsg()
    return (f"EPSG:{code}" if code else parsed.to_wkt()), ()
