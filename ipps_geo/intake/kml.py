"""KML and KMZ of Google Earth, Ovital (ovkml) and others: placemarks as features, their data as columns.

Parsed here, so that no address in the file is followed: styles, icons, overlays and network links are passed over.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from ipps_geo.intake.archives import member, open_archive, read_member
from ipps_geo.intake.geojson import table_of_features
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal, damage
from ipps_geo.intake.raw import RawTable

NAME, FOLDER, DESCRIPTION = "名称", "文件夹", "描述"
_COMPANY = re.compile(r"(公司|厂|事务所|研究院|合伙企业?)$")
_HOST = re.compile(r"园|基地|孵化|众创|空间|中心|大厦|广场|科技城|产业带|集聚区|开发区|联盟|协会")
_TAGS = re.compile(r"<[^>]*>")
_SHAPES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")


def read_kml(path: Path, table: str | None, limits: Limits) -> RawTable:
    """Return the placemarks of a KML file, or of the KML in a KMZ archive; coordinates are WGS 84 by the standard."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    content, place = _content(path, limits)
    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refusal("xml_entities", feature=place) from error
    except ParseError as error:
        raise Refusal("corrupt", row=error.position[0], feature=place, found=damage("unreadable")) from error
    except (LookupError, ValueError) as error:
        raise Refusal("encoding_unknown", feature=place, offset=0) from error
    features: list[dict[str, Any]] = []
    _collect(root, "", features, limits, 0)
    if not features:
        raise Refusal("no_rows", feature=place)
    if not any(feature["properties"].get(FOLDER) for feature in features):
        for feature in features:
            feature["properties"].pop(FOLDER, None)
    named = next((node.text or "" for node in root.iter() if _bare(node.tag) == "name"), "")
    raw = table_of_features(features, table, (path.stem, named), limits)
    raw.table = raw.table or _by_names([str(feature["properties"].get(NAME, "")) for feature in features])
    raw.crs, raw.crs_stated, raw.crs_place = "EPSG:4326", False, {"feature": place}
    raw.encoding = "utf-8"
    return raw


def _by_names(names: list[str]) -> str | None:
    """Return what most placemarks are by their names: companies, or parks and houses that host them."""
    for table, pattern in (("enterprises", _COMPANY), ("carriers", _HOST)):
        if 2 * sum(1 for name in names if pattern.search(name)) > len(names):
            return table
    return None


def _content(path: Path, limits: Limits) -> tuple[bytes, str]:
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"PK"
    if not zipped:
        return path.read_bytes(), "byte 0"
    with open_archive(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith((".kml", ".ovkml"))]
        name = next((name for name in names if name.lower().endswith("doc.kml")), names[0])
        return read_member(archive, name, limits), member(name)


def _bare(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _text(node: Any, name: str) -> str:
    return next((" ".join((child.text or "").split()) for child in node if _bare(child.tag) == name), "")


def _collect(node: Any, folder: str, features: list[dict[str, Any]], limits: Limits, depth: int) -> None:
    """Collect the placemarks below ``node``; those in folders keep the name of the innermost one."""
    if depth > limits.max_depth:
        raise Refusal("too_deep", feature="byte 0", limit=limits.max_depth)
    for child in node:
        tag = _bare(child.tag)
        if tag == "Placemark":
            features.append({"type": "Feature", "properties": _properties(child, folder), "geometry": _geometry(child)})
            if len(features) > limits.max_rows:
                raise Refusal("too_many_rows", feature=str(len(features)), found=len(features), limit=limits.max_rows)
        elif tag in ("Document", "Folder", "kml"):
            _collect(child, _text(child, "name") if tag == "Folder" else folder, features, limits, depth + 1)


def _properties(placemark: Any, folder: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in placemark.iter():
        tag = _bare(node.tag)
        if tag == "Data":
            found[node.get("name") or _text(node, "displayName")] = _text(node, "value")
        elif tag == "SimpleData":
            found[node.get("name") or ""] = " ".join((node.text or "").split())
    found.pop("", None)
    name = _text(placemark, "name")
    if NAME not in found:
        found = {NAME: name} | found
    description = next((child.text or "" for child in placemark if _bare(child.tag) == "description"), "")
    plain = " ".join(_TAGS.sub(" ", description).split())
    if plain and DESCRIPTION not in found:
        found[DESCRIPTION] = plain
    found.setdefault(FOLDER, folder)
    return found


def _geometry(placemark: Any) -> dict[str, Any] | None:
    for child in placemark:
        if _bare(child.tag) in _SHAPES:
            return _shape(child)
    return None


def _shape(node: Any) -> dict[str, Any]:
    """Return a shape as GeoJSON has it; what cannot be one has no coordinates, so that reading it names the place."""
    tag = _bare(node.tag)
    if tag == "MultiGeometry":
        parts = [_shape(child) for child in node if _bare(child.tag) in _SHAPES]
        return parts[0] if len(parts) == 1 else {"type": "GeometryCollection", "geometries": parts}
    if tag == "Polygon":
        rings = []
        for side in ("outerBoundaryIs", "innerBoundaryIs"):
            rings += [
                _places(ring)
                for border in node
                if _bare(border.tag) == side
                for ring in border
                if _bare(ring.tag) == "LinearRing"
            ]
        return {"type": "Polygon", "coordinates": rings}
    places = _places(node)
    if tag == "Point":
        return {"type": "Point", "coordinates": places[0] if places else None}
    return {"type": "LineString", "coordinates": places}


def _places(node: Any) -> list[list[float | str]]:
    """Return the coordinates of a node; a number that is none stays text, which reading names."""
    text = next((child.text or "" for child in node if _bare(child.tag) == "coordinates"), "")
    text = re.sub(r"\s*,\s*", ",", text)
    return [[_number(part) for part in place.split(",")] for place in text.split()]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
