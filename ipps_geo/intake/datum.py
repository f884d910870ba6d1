"""The datum doctor: the reference system under which the points of a layer lie where they say they lie.

Every hypothesis moves the points; the share that then lies in the region, and in the service unit that each row
declares, is the evidence. Two hypotheses are compared by the points that tell them apart (in the declared unit under
one alone): under equal chances their difference is a few standard deviations at most. Layers of one source share
theirs: see :mod:`ipps_geo.intake.pooling`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from ipps_geo.crs import STORE_CRS, shift_accuracy_m, transformer
from ipps_geo.errors import BadInput
from ipps_geo.intake.shifts import bd09_to_wgs84, gcj02_to_wgs84
from ipps_geo.intake.units import Units

XY = NDArray[np.float64]
Positions = NDArray[np.int16]

SAMPLE = 20_000
"""The doctor looks at no more points than this, evenly spread over the layer."""
OVERWHELMING_SIGMAS = 6.0
OVERWHELMING_POINTS = 20
SUSPICIOUS_SIGMAS = 3.0


def _same(x: XY, y: XY) -> tuple[XY, XY]:
    return x, y


def _swap(x: XY, y: XY) -> tuple[XY, XY]:
    return y, x


def _from_metres(crs: str, *, north_first: bool = False) -> Callable[[XY, XY], tuple[XY, XY]]:
    def convert(x: XY, y: XY) -> tuple[XY, XY]:
        east, north = (y, x) if north_first else (x, y)
        lon, lat = transformer(crs, STORE_CRS).transform(east, north)
        return np.asarray(lon), np.asarray(lat)

    return convert


CONVERSIONS: Mapping[str, Callable[[XY, XY], tuple[XY, XY]]] = MappingProxyType(
    {"wgs84": _same, "gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84, "swapped": _swap}
)
"""How degrees under each hypothesis become longitude and latitude of EPSG:4490."""
_NORTH_FIRST = " north first"
_DEGREES = tuple(CONVERSIONS)
_SAME_AS_WGS84 = frozenset({"wgs84", "cgcs2000", "epsg:4490", "epsg:4326", "crs84", "gps"})
_SAID: Mapping[str, Mapping[str, str]] = tomllib.loads(
    (files("ipps_geo.intake") / "words" / "datums.toml").read_text(encoding="utf-8")
)
"""What people call reference systems: in a column or a note (``anywhere``), and in the name of a file (``names``)."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for one hypothesis: shares of the points in the region and their declared unit (None: none is).

    ``gained`` and ``lost`` count the points in their declared unit under this hypothesis alone, and under the plain
    reading alone.
    """

    hypothesis: str
    in_region: float
    in_declared_unit: float | None
    gained: int = 0
    lost: int = 0

    @property
    def sigmas(self) -> float:
        """By how many standard deviations gains exceed losses, were both equally likely."""
        return float((self.gained - self.lost) / max(1.0, (self.gained + self.lost) ** 0.5))


@dataclass(frozen=True)
class DatumVerdict:
    """Which reference system the coordinates were taken for, and on what grounds.

    ``basis`` is stated (by the file or the caller), detected (converted on overwhelming evidence), pooled (as the other
    layers of its workspace), assumed (nothing speaks against plain degrees), suspected (another one fits better;
    nothing was converted), unclear, or none (no points). ``proposed`` names the best hypothesis where it is another
    one. ``accuracy_m`` says how far off the conversion may be: 0 where nothing was converted, None where nobody knows.
    """

    datum: str
    basis: str
    converted: bool = False
    proposed: str | None = None
    points: int = 0
    evidence: tuple[Evidence, ...] = ()
    accuracy_m: float | None = 0.0


@dataclass(frozen=True)
class Told:
    """What somebody states of coordinates: of this file, or of the whole workspace; ``pooled`` is what others show.

    What a file itself states of its columns wins over the statement of a workspace, and that of a file over both.
    """

    datum: str
    scope: Literal["file", "workspace", "pooled"] = "file"


NO_POINTS = DatumVerdict("", "none")

ACCURACY_M: Mapping[str, float] = MappingProxyType({"wgs84": 0.0, "swapped": 0.0, "gcj02": 2.0, "bd09": 3.0})
"""How far off coordinates may be after their conversion: no official formula of the shifted ones is public."""


def accuracy_m(datum: str) -> float | None:
    """Return how far off coordinates of ``datum`` may be in EPSG:4490, in metres; None where nobody knows.

    >>> accuracy_m("gcj02"), accuracy_m("EPSG:4544"), accuracy_m("EPSG:4610")
    (2.0, 0.0, None)
    """
    if datum in ACCURACY_M:
        return ACCURACY_M[datum]
    return shift_accuracy_m(datum.removesuffix(_NORTH_FIRST))


def normalised_datum(text: str) -> str:
    """Return the name of a reference system as it is used here; unknown ones raise ``BadInput``.

    >>> normalised_datum("GCJ-02"), normalised_datum("CGCS2000"), normalised_datum("epsg:4544")
    ('gcj02', 'wgs84', 'EPSG:4544')
    """
    if text in CONVERSIONS or re.fullmatch(rf"EPSG:\d{{4,6}}{_NORTH_FIRST}", text):
        return text
    named = datum_named(text)
    if named is None:
        raise BadInput("datum.unknown", where="datum", name=text)
    return named


def datum_named(text: str) -> str | None:
    """Return the reference system that a few words name, or None where they name none, or two.

    >>> datum_named("高德坐标"), datum_named("国家2000"), datum_named("西安80"), datum_named("坐标")
    ('gcj02', 'wgs84', 'EPSG:4610', None)
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    squeezed = re.sub(r"[-_\s]", "", plain)
    if squeezed in _SAME_AS_WGS84:
        return "wgs84"
    if squeezed == "swapped":
        return squeezed
    coded = re.fullmatch(r"(?:epsg:?|urn:ogc:def:crs:epsg::)?(\d{4,6})", squeezed)
    if coded:
        return "wgs84" if coded[1] in ("4326", "4490") else f"EPSG:{coded[1]}"
    found = {name for name, pattern in _SAID["anywhere"].items() if re.search(pattern, squeezed)}
    return found.pop() if len(found) == 1 else None


def datum_of_name(stem: str) -> str | None:
    """Return the reference system that the name of a file states, or None.

    >>> datum_of_name("lines_stations_gcj02"), datum_of_name("百度坐标_载体"), datum_of_name("gcj02转wgs84")
    ('gcj02', 'bd09', None)
    """
    squeezed = re.sub(r"[-_\s]", "", unicodedata.normalize("NFKC", stem).casefold())
    found = {name for name, pattern in _SAID["names"].items() if re.search(pattern, squeezed)}
    return found.pop() if len(found) == 1 else None


_PLACED = re.compile(r"坐标|经纬度|定位|经度|纬度|位置")
_DOUBTED = re.compile(r"不是|非|不得|不用|请勿|勿|转换|转为|转成|换算|已转|纠偏|或")


def datum_of_text(text: str) -> str | None:
    """Return the reference system that a title or a remark states of the coordinates, or None.

    >>> datum_of_text("注：坐标取自高德"), datum_of_text("候选载体（百度坐标）"), datum_of_text("由高德坐标转换")
    ('gcj02', 'bd09', None)
    """
    if _DOUBTED.search(text):
        return None
    return datum_of_name(text) or (datum_named(text) if _PLACED.search(text) else None)


def convert_points(x: XY, y: XY, datum: str) -> tuple[XY, XY]:
    """Return coordinates given in ``datum`` (see :func:`normalised_datum`) as EPSG:4490 degrees."""
    if datum in CONVERSIONS:
        return CONVERSIONS[datum](x, y)
    grid, north_first = datum.removesuffix(_NORTH_FIRST), datum.endswith(_NORTH_FIRST)
    from pyproj.exceptions import CRSError, ProjError

    try:
        return _from_metres(grid, north_first=north_first)(x, y)
    except (CRSError, ProjError) as error:
        raise BadInput("datum.unknown", where="datum", name=datum) from error


def diagnose(x: XY, y: XY, declared: Positions | None, units: Units, *, stated: bool = False) -> DatumVerdict:
    """Return the verdict on coordinates whose reference system is not known for certain.

    ``declared`` holds the unit that each row declares (see ``Units.positions``), -1 where it declares none. With
    ``stated`` the file itself says that these are plain degrees: then nothing is converted against its word, only
    suspected.
    """
    known = np.isfinite(x) & np.isfinite(y)
    places = np.flatnonzero(known)
    if not len(places):
        return NO_POINTS
    sample = places[np.linspace(0, len(places) - 1, min(len(places), SAMPLE)).astype(np.int64)]
    x, y = x[sample], y[sample]
    own = None if declared is None else declared[sample]
    degrees = bool(np.median(np.abs(x)) <= 360 and np.median(np.abs(y)) <= 360)
    names = _DEGREES if degrees else hypotheses_of_metres(units)
    inside = {name: _inside(*convert_points(x, y, name), own, units) for name in names}
    plain = names[0]
    evidence = tuple(_evidence(name, inside[name], inside[plain], own) for name in names)
    datum, basis, converted, proposed = (
        of_degrees(evidence, stated=stated, share=units.region.inside_share)
        if degrees
        else _of_metres(evidence, units.region.inside_share)
    )
    accuracy = accuracy_m(datum) if converted else 0.0
    return DatumVerdict(datum, basis, converted, proposed, len(places), evidence, accuracy)


def hypotheses_of_metres(units: Units) -> tuple[str, ...]:
    """Return the grids of the region that coordinates in metres may be in, east first and then north first."""
    grids = units.region.grids
    return (*grids, *(f"{grid}{_NORTH_FIRST}" for grid in grids))


def contradiction(x: XY, y: XY, declared: Positions | None, units: Units, datum: str) -> Evidence | None:
    """Return what fits far better than the ``datum`` that somebody states of degrees, None if nothing does."""
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if declared is None or datum not in _DEGREES or not len(known):
        return None
    sample = known[np.linspace(0, len(known) - 1, min(len(known), SAMPLE)).astype(np.int64)]
    inside = {name: _inside(*CONVERSIONS[name](x[sample], y[sample]), declared[sample], units) for name in _DEGREES}
    against = [_evidence(name, inside[name], inside[datum], declared[sample]) for name in _DEGREES if name != datum]
    best = max(against, key=lambda item: item.sigmas)
    return best if best.sigmas >= SUSPICIOUS_SIGMAS else None


def of_degrees(evidence: tuple[Evidence, ...], *, stated: bool, share: float) -> tuple[str, str, bool, str | None]:
    """Return (datum, basis, whether it is converted, the one that fits better) of the evidence on degrees.

    ``share`` of the points must lie in the region for a system to be theirs (:attr:`Region.inside_share`).
    """
    plain, gcj02, bd09, swapped = evidence
    basis = "stated" if stated else "assumed"
    if swapped.in_region >= share > plain.in_region and plain.in_region < 1 - share:
        return "swapped", "detected", True, "swapped"
    best = max((gcj02, bd09), key=lambda item: item.sigmas)
    if best.in_declared_unit is None or plain.in_region < 1 - share or best.sigmas < SUSPICIOUS_SIGMAS:
        return "wgs84", basis, False, None
    certain = best.sigmas >= OVERWHELMING_SIGMAS and best.gained - best.lost >= OVERWHELMING_POINTS
    if certain and not stated and best.in_declared_unit >= share:
        return best.hypothesis, "detected", True, best.hypothesis
    return "wgs84", "suspected", False, best.hypothesis


def _of_metres(evidence: tuple[Evidence, ...], share: float) -> tuple[str, str, bool, str | None]:
    fitting = [item for item in evidence if item.in_region >= share]
    if not fitting:
        return "", "unclear", False, None
    fitting.sort(key=lambda item: -(item.in_declared_unit or 0.0))
    best = fitting[0]
    if len(fitting) == 1:
        return best.hypothesis, "detected", True, best.hypothesis
    # Grid north of two projections is up to 2 km apart here: only declared units can tell them apart.
    rival = fitting[1].in_declared_unit
    if best.in_declared_unit is None or rival is None or best.in_declared_unit - rival < 0.01:
        return "", "unclear", False, best.hypothesis
    return best.hypothesis, "detected", True, best.hypothesis


def _inside(
    lon: XY, lat: XY, own: Positions | None, units: Units
) -> tuple[NDArray[np.bool_], NDArray[np.bool_] | None]:
    in_region = near_region(lon, lat, units)
    return in_region, None if own is None else in_declared_unit(lon, lat, own, units)


def _evidence(name: str, inside: Any, plain: Any, own: Positions | None) -> Evidence:
    share = round(float(inside[0].mean()), 4)
    if own is None or inside[1] is None:
        return Evidence(name, share, None)
    told = own >= 0
    if not told.any():
        return Evidence(name, share, None)
    gained = int((inside[1] & ~plain[1] & told).sum())
    lost = int((plain[1] & ~inside[1] & told).sum())
    return Evidence(name, share, round(float(inside[1][told].mean()), 4), gained, lost)


def near_region(lon: XY, lat: XY, units: Units) -> NDArray[np.bool_]:
    """Return which points lie in a unit, or about 3 km around: borders are generalised."""
    shapes = units.shapes
    with np.errstate(invalid="ignore"):
        if shapes is None:
            west, south, east, north = units.region.bounds
            return np.asarray((lon > west) & (lon < east) & (lat > south) & (lat < north), dtype=bool)
        area = _surroundings(units)
        west, south, east, north = shapely.bounds(area)
        near = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    near = np.asarray(near, dtype=bool)
    near[near] = shapely.contains_xy(area, lon[near], lat[near])
    return near


def _surroundings(units: Units) -> Any:
    known = units.__dict__.get("_surroundings")
    if known is None:
        known = shapely.buffer(shapely.union_all(units.shapes), units.region.margin_degrees)
        shapely.prepare(known)
        units.__dict__["_surroundings"] = known
    return known


def in_declared_unit(lon: XY, lat: XY, declared: Positions, units: Units) -> NDArray[np.bool_]:
    """Return which points lie in the polygon of the unit that their row declares; without one, false."""
    inside = np.zeros(len(lon), dtype=bool)
    if units.shapes is None:
        return inside
    for place, shape in enumerate(units.shapes):
        rows = np.flatnonzero(declared == place)
        if len(rows):
            inside[rows] = shapely.contains_xy(shape, lon[rows], lat[rows])
    return inside


def unit_of(lon: XY, lat: XY, units: Units) -> NDArray[Any]:
    """Return the code of the unit that holds each point (the one of highest precedence), None where none does."""
    codes = np.full(len(lon), None, dtype=object)
    if units.shapes is None:
        return codes
    order = np.arange(len(units.frame))
    if "precedence" in units.frame:
        order = np.argsort(units.frame["precedence"].to_numpy(np.float64), kind="stable")
    for place in order.tolist():
        codes[shapely.contains_xy(units.shapes[place], lon, lat)] = units.frame["code"].iat[place]
    return codes
