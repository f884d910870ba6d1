"""The three-degree Gauss-Kruger zones of CGCS2000 (EPSG:4534 to 4554): which one measures at a longitude, and how well.

>>> zone_crs(104.07), meridian_of("EPSG:4544"), meridian_of("EPSG:32650")
('EPSG:4544', 105, None)
"""

from __future__ import annotations

import math
import re

from ipps_geo.errors import CrsError

_FIRST_EPSG, _LAST_EPSG = 4534, 4554
_FIRST_MERIDIAN, _WIDTH = 75, 3
_NUMBERED_BEFORE = 21
"""The zones whose easting begins with the number of the zone stand 21 codes before those without it."""


def zone_crs(lon: float) -> str:
    """Return the zone of a longitude in degrees east; a zone holds its western edge.

    Raises
    ------
    CrsError
        No zone of the standard holds the longitude: it is below 73.5 or not below 136.5.
    """
    place = math.floor((lon + _WIDTH / 2 - _FIRST_MERIDIAN) / _WIDTH) if math.isfinite(lon) else -1
    if not 0 <= place <= _LAST_EPSG - _FIRST_EPSG:
        raise CrsError("crs.no_zone", where="longitude", lon=f"{lon:g}")
    return f"EPSG:{_FIRST_EPSG + place}"


def meridian_of(crs: str) -> int | None:
    """Return the central meridian of a zone in degrees east, None where ``crs`` is none of the zones."""
    code = _code(crs)
    return None if code is None else _FIRST_MERIDIAN + _WIDTH * (code - _FIRST_EPSG)


def grids(crs: str, lon: float) -> tuple[str, ...]:
    """Return the grids that coordinates in metres of a region may be in: its own CRS, then what offices use beside it.

    Those are the same zone with its number before the easting, and the zone of UTM at the longitude ``lon``.

    >>> grids("EPSG:4544", 104.07)
    ('EPSG:4544', 'EPSG:4523', 'EPSG:32648')
    """
    code = _code(crs)
    numbered = () if code is None else (f"EPSG:{code - _NUMBERED_BEFORE}",)
    return (crs, *numbered, f"EPSG:{32601 + math.floor((lon + 180) / 6)}")


def lengthening(west: float, east: float, south: float, meridian: int) -> float:
    """Return by which share a length is too long at most in a zone of ``meridian``, between two longitudes.

    The error grows with the square of the distance from the meridian, and towards the equator.

    >>> round(lengthening(115.4, 117.5, 39.4, 117), 5)
    0.00023
    """
    widest = max(abs(west - meridian), abs(east - meridian))
    return (math.radians(widest) * math.cos(math.radians(south))) ** 2 / 2


def _code(crs: str) -> int | None:
    found = re.fullmatch(r"EPSG:(\d{4})", crs)
    code = int(found[1]) if found else 0
    return code if _FIRST_EPSG <= code <= _LAST_EPSG else None
