"""Places of a table: from shapes, WKT or coordinates to checked geometries in EPSG:4490."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from ipps_geo.columns import TABLES, Table
from ipps_geo.crs import STORE_CRS, on_store_datum, shift_accuracy_m, transformer
from ipps_geo.errors import BadInput, Message
from ipps_geo.intake import datum as dt
from ipps_geo.intake.cells import Cells
from ipps_geo.intake.coordinates import Places, points_of_columns
from ipps_geo.intake.problems import ProblemLog, damage
from ipps_geo.intake.raw import RawTable
from ipps_geo.intake.units import Units
from ipps_geo.regions import Region, load_region

_POINT, _MULTIPOINT = 0, 4
_POLYGONAL = (3, 6)
_NAMES = (
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)


def gather(raw: RawTable, cells: dict[str, Cells], log: ProblemLog) -> Places | None:
    """Return the places of a table: the shapes of a spatial file, a WKT column, or coordinates; None without any."""
    if raw.xy is not None:
        x, y = raw.xy[:, 0], raw.xy[:, 1]
        places = Places(x, y, column="geometry", crs=raw.crs, stated=raw.crs_stated)
        log.about_rows(
            "bad_coordinate", ~(np.isfinite(x) & np.isfinite(y)), column="geometry", values=_Coordinates(x, y)
        )
        return places
    if raw.geometry is not None:
        return Places(shapes=raw.geometry, column="geometry", crs=raw.crs, stated=raw.crs_stated)
    if "geometry" in cells:
        return _of_wkt(cells["geometry"], log)
    return points_of_columns(cells, log)


def _of_wkt(cells: Cells, log: ProblemLog) -> Places:
    texts = np.array(cells.text.to_pylist(), dtype=object)
    shapes = np.full(len(texts), None, dtype=object)
    srid = pc.match_substring_regex(cells.text, r"^SRID=\d+;")
    try:
        shapes = np.asarray(shapely.from_wkt(texts), dtype=object)
    except (shapely.errors.ShapelyError, TypeError, ValueError):
        for row, text in enumerate(texts):
            try:
                shapes[row] = None if text is None else shapely.from_wkt(text)
            except (shapely.errors.ShapelyError, TypeError, ValueError):
                found = damage("srid" if srid[row].as_py() else "unreadable")
                log.about_rows("bad_geometry", np.array([row]), column=cells.header, values=cells.text, found=found)
    return Places(shapes=shapes, column=cells.header, shown=cells.text)


def settle(
    places: Places, table: Table, declared: pd.Series | None, units: Units | None, told: dt.Told | None, log: ProblemLog
) -> tuple[NDArray[Any], dt.DatumVerdict]:
    """Return (checked places in EPSG:4490, the verdict on their reference system).

    Points are (n, 2) of longitude and latitude, NaN where there is none; polygons are an array of shapes.
    """
    if table.geometry == "polygon":
        return _polygons(places, told, log, load_region() if units is None else units.region)
    if places.x is None:
        _points_only(places, log)
    x, y = _coordinates(places)
    own = None if declared is None or units is None else units.positions(declared)
    given = np.isfinite(x) & np.isfinite(y)
    datum, basis = _stated(places, told, log)
    if datum is not None:
        fits_better = None if units is None else dt.contradiction(x, y, own, units, datum)
        x, y, verdict = _converted(x, y, datum, basis, places, log)
        if fits_better is not None:
            log.about_file(
                "datum_contradicted",
                column=places.column,
                datum=verdict.datum,
                found=fits_better.hypothesis,
                gained=fits_better.gained,
                lost=fits_better.lost,
            )
            verdict = replace(verdict, proposed=fits_better.hypothesis, evidence=(fits_better,))
    elif units is None:
        verdict = dt.DatumVerdict("wgs84", "assumed", points=int(np.isfinite(x).sum()))
    else:
        verdict = dt.diagnose(x, y, own, units)
        _report(verdict, places, log)
        if verdict.converted:
            x, y = dt.convert_points(x, y, verdict.datum)
    if verdict.basis == "unclear":
        return np.full((len(x), 2), np.nan), verdict
    # What a projection cannot reach comes back infinite: that place lies elsewhere, it is not missing.
    lost = given & ~(np.isfinite(x) & np.isfinite(y))
    log.about_rows("outside_region", lost, column=places.column, values=_shown(places, *_coordinates(places)))
    x, y = np.where(np.isfinite(x), x, np.nan), np.where(np.isfinite(y), y, np.nan)
    # A network may lead out of the city.
    if units is not None and table.name in TABLES:
        _where(x, y, own, units, places, log)
    points = np.column_stack((x, y))
    points[~(np.isfinite(x) & np.isfinite(y))] = np.nan
    return points, verdict


def _stated(places: Places, told: dt.Told | None, log: ProblemLog) -> tuple[str | None, str]:
    """Return (the reference system that somebody states, who: told, file, pooled); (None, "") where nobody does.

    What is stated of this file wins; then what the file states of itself, then what is stated of the whole workspace.
    """
    said = None if told is None else dt.normalised_datum(told.datum)
    own = places.datum
    if own is None and places.crs is not None and (not _plain_degrees(places.crs) or _says_cgcs2000(places)):
        own = "wgs84" if _plain_degrees(places.crs) else places.crs
    if said is not None and told is not None and told.scope == "file":
        if own is not None and own != said:
            log.about_file("datum_two_statements", column=places.column, datum=said, found=_short(own))
        return said, "told"
    if own is not None:
        if said is not None and told is not None and told.scope == "workspace" and own != said:
            log.about_file("datum_of_file", column=places.column, datum=_short(own), found=said)
        return own, "file"
    if said is not None and told is not None:
        return said, "pooled" if told.scope == "pooled" else "told"
    named = dt.datum_of_name(log.file.rpartition(".")[0])
    if named is not None:
        log.about_file("datum_of_name", column=places.column, datum=named)
        return named, "file"
    told_of = {text: dt.datum_of_text(text) for text in places.said}
    systems = {system for system in told_of.values() if system is not None}
    if len(systems) == 1:
        named = systems.pop()
        text = next(text for text, system in told_of.items() if system is not None)
        log.about_file("datum_of_text", column=places.column, datum=named, found=text[:40])
        return named, "file"
    if places.column.strip().casefold() == "location":
        # So the map services of Amap and Tencent call their pairs of GCJ-02.
        log.about_file("datum_of_service", column=places.column, datum="gcj02")
        return "gcj02", "file"
    return None, ""


def _converted(
    x: NDArray[np.float64], y: NDArray[np.float64], datum: str, basis: str, places: Places, log: ProblemLog
) -> tuple[NDArray[np.float64], NDArray[np.float64], dt.DatumVerdict]:
    """Return coordinates of a stated reference system in EPSG:4490 with the verdict; a shift is told."""
    points = int(np.isfinite(x).sum())
    if datum in dt.CONVERSIONS or datum.startswith("EPSG:"):
        x, y = dt.convert_points(x, y, datum)
        name, accuracy = datum, dt.accuracy_m(datum)
    else:
        x, y = _reproject(x, y, datum)
        name, accuracy = _short(datum), shift_accuracy_m(datum)
    shifted = name != "wgs84"
    verdict = dt.DatumVerdict(name, "pooled" if basis == "pooled" else "stated", shifted, None, points, (), accuracy)
    if basis == "pooled":
        log.about_file("datum_follows", column=places.column, datum=name)
    elif shifted and accuracy is not None:
        log.about_file("datum_stated", column=places.column, datum=name, accuracy=f"{accuracy:g}")
    if accuracy is None:
        log.about_file("datum_shift_unknown", column=places.column, datum=_crs_name(datum))
    return x, y, verdict


def points_of(xy: NDArray[np.float64]) -> NDArray[Any]:
    """Return the points of (n, 2) coordinates, None where one is NaN."""
    known = ~np.isnan(xy).any(axis=1)
    shapes = np.full(len(xy), None, dtype=object)
    shapes[known] = shapely.points(xy[known])
    return shapes


def _coordinates(places: Places) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nothing = np.zeros(0, dtype=np.float64)
    return (nothing if places.x is None else places.x, nothing if places.y is None else places.y)


def _report(verdict: dt.DatumVerdict, places: Places, log: ProblemLog) -> None:
    shares = ", ".join(
        f"{item.hypothesis} {item.in_region:.1%}/"
        + ("-" if item.in_declared_unit is None else f"{item.in_declared_unit:.1%}")
        for item in verdict.evidence
        if item.in_region > 0 or item.hypothesis == "wgs84"
    )
    if verdict.converted:
        log.about_file("datum_converted", column=places.column, datum=verdict.datum, shares=shares)
    elif verdict.basis == "suspected":
        log.about_file("datum_suspected", column=places.column, datum=verdict.proposed, shares=shares)
    elif verdict.basis == "unclear":
        log.about_file("datum_unclear", column=places.column)
    elif verdict.points and verdict.basis == "assumed":
        log.about_file("datum_checked", column=places.column, shares=shares)


def _where(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    own: dt.Positions | None,
    units: Units,
    places: Places,
    log: ProblemLog,
) -> None:
    """Name the points outside the region, and those outside the unit that their row declares."""
    known = np.isfinite(x) & np.isfinite(y)
    inside = np.zeros(len(x), dtype=bool) if own is None else dt.in_declared_unit(x, y, own, units)
    doubtful = np.flatnonzero(known & ~inside)
    if not len(doubtful):
        return
    near = dt.near_region(x[doubtful], y[doubtful], units)
    far = doubtful[~near]
    west, south, east, north = units.region.bounds
    swapped = (x[far] > south) & (x[far] < north) & (y[far] > west) & (y[far] < east)
    log.about_rows("axes_swapped", far[swapped], column=places.column, values=_shown(places, x, y))
    log.about_rows("outside_region", far[~swapped], column=places.column, values=_shown(places, x, y))
    if own is None:
        return
    told = doubtful[near & (own[doubtful] >= 0)]
    if not len(told) or units.shapes is None:
        return
    distances = _metres_outside(x[told], y[told], own[told], units)
    # The border between two units is known no better than by the worse known of them.
    there = {str(code): far for code, far in zip(units.frame["code"], units.precision_m, strict=True)}
    holders = dt.unit_of(x[told], y[told], units)
    precision = np.maximum(units.precision_m[own[told]], [there.get(str(code), 0.0) for code in holders])
    close = distances <= precision
    listed = [f"{value:.0f}" for value in distances[close]]
    log.about_rows(
        "point_near_border", told[close], column=places.column, each={"found": listed}, values=_shown(places, x, y)
    )
    others = dt.unit_of(x[told[~close]], y[told[~close]], units)
    names = [units.labels.get(code) or Message("place.no_unit") for code in others]
    log.about_rows(
        "point_in_other_unit", told[~close], column=places.column, each={"found": names}, values=_shown(places, x, y)
    )


def _metres_outside(x: Any, y: Any, own: dt.Positions, units: Units) -> NDArray[np.float64]:
    to_metric = transformer(STORE_CRS, units.region.metric_crs)
    east, north = to_metric.transform(x, y)
    distances = np.zeros(len(x))
    for place, shape in enumerate(() if units.shapes is None else units.shapes):
        rows = np.flatnonzero(own == place)
        if len(rows):
            metric = shapely.transform(shape, lambda a: np.column_stack(to_metric.transform(a[:, 0], a[:, 1])))
            shapely.prepare(metric)
            distances[rows] = shapely.distance(metric, shapely.points(np.asarray(east)[rows], np.asarray(north)[rows]))
    return distances


class _Coordinates:
    def __init__(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        self.x, self.y = x, y

    def __getitem__(self, row: int) -> str:
        return f"{self.x[row]:.6f}, {self.y[row]:.6f}"


def _shown(places: Places, x: NDArray[np.float64], y: NDArray[np.float64]) -> Any:
    return _Coordinates(x, y) if places.shown is None else places.shown


def _points_only(places: Places, log: ProblemLog) -> None:
    """Turn shapes into coordinates; what is no point is named. A multipoint of one point is that point."""
    shapes = np.asarray(places.shapes, dtype=object)
    kinds = shapely.get_type_id(shapes)
    single = (kinds == _MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    if single.any():
        shapes = shapes.copy()
        shapes[single] = shapely.get_geometry(shapes[single], 0)
        kinds = shapely.get_type_id(shapes)
    empty = shapely.is_empty(shapes) & (kinds >= 0)
    _wrong_types(kinds, (kinds >= 0) & (kinds != _POINT), "Point", places, log)
    points = (kinds == _POINT) & ~empty
    full = shapes.copy()
    full[~points] = None
    places.x, places.y = (np.asarray(read(full), dtype=np.float64) for read in (shapely.get_x, shapely.get_y))
    with np.errstate(invalid="ignore"):
        broken = points & ~(np.isfinite(places.x) & np.isfinite(places.y))
    log.about_rows("bad_coordinate", broken, column=places.column, values=_Coordinates(places.x, places.y))
    if shapely.has_z(shapes[points]).any():
        log.about_file("heights_dropped", column=places.column)


def _wrong_types(kinds: Any, wrong: NDArray[np.bool_], expected: str, places: Places, log: ProblemLog) -> None:
    names = [_NAMES[kind] for kind in kinds[wrong].tolist()]
    log.about_rows("wrong_geometry_type", wrong, column=places.column, each={"found": names}, expected=expected)


def _polygons(
    places: Places, told: dt.Told | None, log: ProblemLog, region: Region
) -> tuple[NDArray[Any], dt.DatumVerdict]:
    if places.shapes is None and places.x is not None:
        places.shapes = np.asarray(shapely.points(places.x, places.y), dtype=object)
    if places.shapes is None:
        log.about_file("geometry_missing", column=places.column)
        return np.full(len(log.numbers), None, dtype=object), dt.NO_POINTS
    shapes = shapely.force_2d(places.shapes)
    kinds = shapely.get_type_id(shapes)
    empty = shapely.is_empty(shapes)
    wrong = (kinds >= 0) & ~np.isin(kinds, _POLYGONAL) & ~empty
    _wrong_types(kinds, wrong, "Polygon", places, log)
    shapes[(kinds < 0) | wrong | empty] = None
    for row in np.flatnonzero(shapely.get_type_id(shapes) >= 0).tolist():
        if not np.isfinite(shapely.get_coordinates(shapes[row])).all():
            log.about_rows("bad_coordinate", np.array([row]), column=places.column)
            shapes[row] = None
    for row in np.flatnonzero(~shapely.is_valid(shapes) & (shapely.get_type_id(shapes) >= 0)).tolist():
        reason = damage("at", place=shapely.is_valid_reason(shapes[row]).partition("[")[2].rstrip("]"))
        mended = _polygonal(shapely.make_valid(shapes[row]))
        if mended is None:
            log.about_rows("bad_geometry", np.array([row]), column=places.column, found=reason)
        else:
            log.about_rows("geometry_repaired", np.array([row]), column=places.column, found=reason)
        shapes[row] = mended
    datum, basis = _stated(places, told, log)
    verdict = dt.DatumVerdict("wgs84", "assumed", points=int((~shapely.is_missing(shapes)).sum()))
    if datum is not None:
        x, y = shapely.get_coordinates(shapes).T
        x, y, verdict = _converted(x, y, datum, basis, places, log)
        shapes = shapely.set_coordinates(shapes, np.column_stack((x, y)))
    bounds = shapely.bounds(shapes)
    west, south, east, north = region.bounds
    with np.errstate(invalid="ignore"):
        outside = (bounds[:, 2] < west) | (bounds[:, 0] > east) | (bounds[:, 3] < south) | (bounds[:, 1] > north)
    outside |= ~np.isfinite(bounds).all(axis=1) & ~shapely.is_missing(shapes)
    log.about_rows("outside_region", outside, column=places.column)
    return shapes, verdict


def _polygonal(shape: Any) -> Any:
    parts = [part for part in shapely.get_parts(shape) if shapely.get_type_id(part) in _POLYGONAL]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _reproject(
    x: NDArray[np.float64], y: NDArray[np.float64], crs: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from pyproj.exceptions import CRSError, ProjError

    from ipps_geo.intake.problems import Refusal

    try:
        lon, lat = transformer(crs, STORE_CRS).transform(x, y)
    except (CRSError, ProjError) as error:
        raise Refusal("crs_unknown", found=crs[:80]) from error
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _crs(text: str) -> Any:
    import pyproj
    from pyproj.exceptions import CRSError

    from ipps_geo.intake.problems import Refusal

    try:
        return pyproj.CRS.from_user_input(text)
    except (CRSError, BadInput, ValueError) as error:
        raise Refusal("crs_unknown", found=text[:80]) from error


def _plain_degrees(crs: str) -> bool:
    """Return whether a CRS is geographic on WGS 84 or CGCS2000, so that its degrees are used as they are."""
    if crs in ("EPSG:4326", "EPSG:4490"):
        return True
    parsed = _crs(crs)
    return bool(parsed.is_geographic) and on_store_datum(parsed)


def _says_cgcs2000(places: Places) -> bool:
    """Return whether a file states CGCS2000: WGS 84 is what programs write by default, also on shifted coordinates."""
    named = (places.crs or "").casefold()
    return places.stated and any(name in named for name in ("4490", "cgcs2000", "china"))


def _crs_name(datum: str) -> str:
    return str(_crs(datum).name)


def _short(crs: str) -> str:
    if len(crs) < 20:
        return crs
    parsed = _crs(crs)
    code = parsed.to_epsg()
    return f"EPSG:{code}" if code else str(parsed.name)
