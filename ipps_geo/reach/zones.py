"""Sites of a wide country, by the zone in which each measures: CGCS2000, three degrees, Gauss-Kruger.

One projection cannot measure a country. Each site measures in the zone of its own longitude, so that a distance depends
on the site and the enterprise alone, never on how the enterprises lie in partitions. Three degrees wide, a zone's
lengths are at most 1.4e-4 too long at its edge on the equator, less to the north.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipps_geo.crs import STORE_CRS, transformer
from ipps_geo.reach.matrix import Reach
from ipps_geo.regions import zone_crs

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

METRES_PER_DEGREE = 110_500.0
"""Least length of a degree of latitude, in metres: boxes made with it are never too small."""


@dataclass(frozen=True, eq=False)
class SiteZone:
    """Sites that measure in one reference system: positions among all sites, degrees and metres, shape (m, 2)."""

    crs: str
    sites: Longs
    lonlat: Floats
    xy: Floats

    def within(self, box: tuple[float, float, float, float], limit_m: float) -> SiteZone:
        """The sites that may reach a point in ``box`` (least lon, least lat, largest lon, largest lat)."""
        north = limit_m / METRES_PER_DEGREE * 1.01
        widest = np.cos(np.radians(min(89.0, max(abs(box[1]), abs(box[3])) + north)))
        east = north / widest
        lon, lat = self.lonlat.T
        near = (lon >= box[0] - east) & (lon <= box[2] + east) & (lat >= box[1] - north) & (lat <= box[3] + north)
        return SiteZone(self.crs, self.sites[near], self.lonlat[near], self.xy[near])

    def metres(self, lonlat: Floats) -> Floats:
        """Degrees (EPSG:4490) of points as metres in this zone's system, shape (n, 2)."""
        return in_metres(lonlat, self.crs)

    def reach(self, lonlat: Floats, limit_m: float) -> Reach:
        """Straight-line reach of points in degrees from the sites of this zone."""
        return Reach.from_points(self.metres(lonlat), self.xy, limit_m)


def in_metres(lonlat: Floats, crs: str) -> Floats:
    """Degrees (EPSG:4490) as metres in ``crs``, shape (n, 2)."""
    if not len(lonlat):
        return np.zeros((0, 2))
    return np.column_stack(transformer(STORE_CRS, crs).transform(*lonlat.T))


def zones_of(lonlat: Floats, metric_crs: str | None = None) -> tuple[SiteZone, ...]:
    """Sort sites by the system in which they measure: ``metric_crs`` for all of them, else each its zone."""
    systems = np.array([metric_crs or zone_crs(lon) for lon in lonlat[:, 0]], dtype=str)
    zones = []
    for crs in sorted({str(name) for name in systems}):
        sites = np.flatnonzero(systems == crs)
        zones.append(SiteZone(crs, sites, lonlat[sites], in_metres(lonlat[sites], crs)))
    return tuple(zones)
