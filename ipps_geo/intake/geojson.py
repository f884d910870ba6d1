"""GeoJSON, parsed here and nowhere else: a driver that guesses what a JSON file is could follow addresses in it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ipps_geo.intake.encodings import decode
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import likely_table
from ipps_geo.intake.problems import Refusal, damage
from ipps_geo.intake.raw import RawTable, text_or_list

_TYPES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)


def read_geojson(path: Path, table: str | None, limits: Limits) -> RawTable:
    """Return the features of a FeatureCollection, or of a text with one feature a line."""
    text, encoding = decode(path.read_bytes())
    text = text.removeprefix("\ufeff")
    features = _lines(text)
    document: Any = {}
    if features is None:
        document = _parse(text, encoding, limits)
        if not isinstance(document, dict):
            raise Refusal("not_geojson", feature="json $", value=type(document).__name__)
        if document.get("type") != "FeatureCollection":
            value = json.dumps(document.get("type"), ensure_ascii=False)
            raise Refusal("not_geojson", feature="json $.type", value=value)
        features = document.get("features")
        if not isinstance(features, list):
            raise Refusal("not_geojson", feature="json $.features", value=type(features).__name__)
    raw = table_of_features(features, table, (path.stem, str(document.get("name", ""))), limits)
    raw.crs, raw.crs_stated = _crs(document)
    raw.crs_place = {"feature": "json $.crs"}
    raw.encoding = encoding
    return raw


def _lines(text: str) -> list[Any] | None:
    """Return the features of a text with one feature a line, None where it is none."""
    lines = [line.strip("\x1e") for line in text.splitlines() if line.strip("\x1e \t")]
    if len(lines) < 2 or not lines[0].lstrip().startswith("{"):
        return None
    features = []
    for line in lines:
        try:
            feature = json.loads(line, object_pairs_hook=_object)
        except (ValueError, RecursionError):
            return None
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            return None
        features.append(feature)
    return features


def table_of_features(features: Sequence[Any], table: str | None, hints: Sequence[str], limits: Limits) -> RawTable:
    """Return features as GeoJSON has them as a table; one that is none is marked, the others are read."""
    if len(features) > limits.max_rows:
        first = str(limits.max_rows + 1)
        raise Refusal("too_many_rows", feature=first, found=len(features), limit=limits.max_rows)
    if not features:
        raise Refusal("no_rows", feature="json $.features")
    faults: list[tuple[str, int, dict[str, Any]]] = []
    properties = []
    for place, feature in enumerate(features):
        sound = isinstance(feature, dict) and feature.get("type") == "Feature"
        own = feature.get("properties") if sound else None
        if not sound or not (own is None or isinstance(own, dict)):
            faults.append(("bad_geometry", place, {"found": damage("not_geojson")}))
        properties.append(own if isinstance(own, dict) else {})
    headers = list(dict.fromkeys(str(key) for own in properties for key in own))
    if len(headers) > limits.max_columns:
        first = headers[limits.max_columns]
        raise Refusal("too_many_columns", column=first, found=len(headers), limit=limits.max_columns)
    nested: list[tuple[str, int, int, str]] = []
    columns = []
    for place, header in enumerate(headers):
        cells = [_plain(own.get(header)) for own in properties]
        if any(type(cell) is _Nested for cell in cells):
            nested += [("nested_value", row, place, cell) for row, cell in enumerate(cells) if type(cell) is _Nested]
        columns.append(text_or_list(cells))
    remarks: list[tuple[str, dict[str, Any]]] = []
    geometry = _geometries(features, faults, remarks, limits)
    return RawTable(
        headers=headers,
        columns=columns,
        numbers=np.arange(1, len(features) + 1, dtype=np.int64),
        table=table or likely_table((*headers, "geometry"), hints),
        by_feature=True,
        geometry=geometry,
        remarks=remarks,
        cell_faults=nested,
        row_faults=faults,
    )


def _parse(text: str, encoding: str, limits: Limits) -> Any:
    def refuse(name: str) -> float:
        return float(name.replace("Infinity", "inf"))

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=_object)
    except Refusal:
        raise
    except json.JSONDecodeError as error:
        raise Refusal("bad_json", **_place(text, error.pos, encoding), found=damage("unreadable")) from error
    except RecursionError as error:
        place = _place(text, _too_deep(text, limits.max_depth), encoding)
        raise Refusal("too_deep", **place, limit=limits.max_depth) from error
    except ValueError as error:  # an integer of thousands of digits
        long = re.search(r"\d{1000}", text)
        raise Refusal(
            "bad_json", **_place(text, long.start() if long else 0, encoding), found=damage("unreadable")
        ) from error


def _place(text: str, position: int, encoding: str) -> dict[str, Any]:
    """Return where a person and where a program finds a character: its line, and its byte in the file."""
    return {
        "row": text.count("\n", 0, position) + 1,
        "feature": f"byte {len(text[:position].encode(encoding))}",
        "value": text[max(0, position - 20) : position + 20],
    }


def _too_deep(text: str, depth: int) -> int:
    """Return the position of the first bracket that is nested deeper than ``depth``."""
    level = 0
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{\]}]', text):
        level += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if level > depth:
            return found.start()
    return 0


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; one with a name given twice is refused, since readers differ on which value holds."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise Refusal("duplicate_header", column=next(name for name in names if names.count(name) > 1))
    return found


class _Nested(str):
    """The JSON of a property that is no plain value."""

    __slots__ = ()


def _plain(value: Any) -> Any:
    """Return a property as a cell: lists of plain values become a list with semicolons, what is nested its JSON."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(part, str | int) and not isinstance(part, bool) for part in value):
        return ";".join(str(part) for part in value)
    return _Nested(json.dumps(value, ensure_ascii=False)[: 1 << 10])


def _geometries(
    features: Sequence[Any],
    faults: list[tuple[str, int, dict[str, Any]]],
    remarks: list[tuple[str, dict[str, Any]]],
    limits: Limits,
) -> NDArray[Any]:
    shapes = np.full(len(features), None, dtype=object)
    xy = np.full((len(features), 2), np.nan)
    points = []
    spoiled = {place for _, place, _ in faults}
    vertices, heights = 0, False
    for place, feature in enumerate(features):
        geometry = None if place in spoiled else feature.get("geometry")
        if geometry is None:
            continue
        try:
            kind, coordinates = geometry["type"], geometry.get("coordinates")
            if kind == "Point" and coordinates:
                if any(isinstance(part, bool) for part in coordinates[:2]):
                    raise TypeError
                xy[place] = float(coordinates[0]), float(coordinates[1])
                if any(isinstance(part, str) for part in coordinates[:2]):
                    faults.append(("number_as_text", place, {}))
                heights |= len(coordinates) > 2
                points.append(place)
                continue
            if kind not in _TYPES:
                raise ValueError(f"{kind} is no type of GeoJSON")
            vertices += _count(geometry, limits.max_depth)
            if vertices > limits.max_vertices:
                raise Refusal("too_many_cells", found=damage("vertices", n=vertices))
            shapes[place] = shapely.geometry.shape(geometry)
        except Refusal:
            raise
        except RecursionError:
            faults.append(("bad_geometry", place, {"found": damage("too_deep")}))
        except (TypeError, LookupError, AttributeError):
            faults.append(("bad_geometry", place, {"found": damage("not_geojson")}))
        except (ValueError, OverflowError, shapely.errors.ShapelyError):
            faults.append(("bad_geometry", place, {"found": damage("not_geojson")}))
    if heights:
        remarks.append(("heights_dropped", {}))
    if points:
        with np.errstate(all="ignore"):
            shapes[points] = shapely.points(xy[points], handle_nan="allow")
    return shapes


def _count(geometry: Any, depth: int) -> int:
    """Return the number of vertices; nesting beyond what GeoJSON can mean is refused as a bad geometry."""
    if geometry.get("type") == "GeometryCollection":
        if depth <= 0:
            raise ValueError("nested too deep")
        return sum(_count(part, depth - 1) for part in geometry["geometries"])
    level = geometry["coordinates"]
    for _ in range(3):
        if not level or not isinstance(level[0], list) or not level[0] or not isinstance(level[0][0], list):
            break
        level = [part for parts in level for part in parts]
    return len(level)


def _crs(document: dict[str, Any]) -> tuple[str | None, bool]:
    """Return (reference system, whether the file states it); without a statement GeoJSON means WGS 84."""
    crs = document.get("crs")
    if crs is None:
        return "EPSG:4326", False
    name = (
        crs.get("properties", {}).get("name")
        if isinstance(crs, dict) and isinstance(crs.get("properties"), dict)
        else None
    )
    if not isinstance(name, str) or len(name) > 200:
        raise Refusal("crs_unknown", feature="json $.crs", found="crs")
    if name.upper().endswith("CRS84"):
        return "EPSG:4326", False
    return name.replace("urn:ogc:def:crs:EPSG::", "EPSG:"), True
