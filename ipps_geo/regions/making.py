"""A new region from the national boundaries: units, zone, places around it, a template of policy and lists."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from ipps_geo.files import write_text, written_set
from ipps_geo.regions import national
from ipps_geo.regions.loading import REGION_FILE, load_region
from ipps_geo.regions.model import Region
from ipps_geo.regions.national import short_name
from ipps_geo.regions.zones import lengthening, meridian_of, zone_crs

PRECISION_M = 300
"""How far off the generalised boundaries may be."""
_BESIDE_DEGREES = 0.5
_NOTE = re.compile(r"^notes = \[.*?^\]\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class NewRegion:
    """A region that was made: its units, the central meridians of all zones that it reaches into, and its files.

    ``lengthening`` is the share by which the zone of its middle makes lengths too long at most.
    """

    region: Region
    units: int
    meridians: tuple[int, ...]
    lengthening: float
    files: tuple[Path, ...]


def new_region(name: str, folder: str | Path, *, name_en: str = "", force: bool = False) -> NewRegion:
    """Make the region of a prefecture or municipality, or of a county that its province administers itself.

    Parameters
    ----------
    name
        Its name (成都市, 成都) or code (5101, 510100).
    folder
        Where the region is written; a folder with other files is not touched unless ``force`` asks for it.
    name_en
        Its name in English; the boundaries know none, and without it English pages show the Chinese one.

    Raises
    ------
    BadInput
        The name means nothing, several, a province, a county or a kind of division; it lies in Hong Kong, Macao or
        Taiwan; or the folder cannot be written.
    MissingExtra
        The boundaries (extra ``regions``) are not installed.
    """
    division = national.find(name)
    units = _units(division)
    shape = shapely.union_all(np.array([geometry for _, _, geometry in units], dtype=object))
    west, south, east, north = (float(value) for value in shape.bounds)
    middle = shape.centroid
    lon, lat = round(middle.x, 2), round(middle.y, 2)
    crs = zone_crs(lon)
    own = meridian_of(crs) or 0
    target = Path(folder)
    with written_set(target, "region", force=force) as draft:
        _write(draft, division, units, name_en or division.name, (lon, lat), (west, south, east, north))
        written = sorted(path.relative_to(draft) for path in draft.rglob("*") if path.is_file())
    zones = sorted({meridian_of(zone_crs(each)) or 0 for each in np.arange(west, east + 0.01, 0.01).clip(max=east)})
    return NewRegion(
        load_region(target),
        len(units),
        tuple(zones),
        round(lengthening(west, east, south, own), 6),
        tuple(target / path for path in written),
    )


def _units(division: national.Division) -> list[tuple[str, str, Any]]:
    made = []
    for code, name, geometry in national.units_of(division):
        shape = shapely.make_valid(shapely.transform(shapely.geometry.shape(geometry), lambda xy: np.round(xy, 6)))
        parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "MultiPolygon")]
        made.append((code, name, shapely.union_all(np.array(parts, dtype=object))))
    return made


def _write(
    folder: Path,
    division: national.Division,
    units: list[tuple[str, str, Any]],
    name_en: str,
    centre: tuple[float, float],
    box: tuple[float, float, float, float],
) -> None:
    """Write the files of a region into an empty folder."""
    base = load_region()
    key, name, package = f"cn-{division.code}", division.name, national.source()
    said = {"key": key, "name": name, "short": short_name(name), "package": package, "prefix": division.prefix}
    said["name_en"] = name_en
    write_text(folder / "boundaries.geojson", _boundaries(units, _fill("boundary_source", said)))
    places = [(code, each) for code, each in national.every_place() if not code.startswith(division.prefix)]
    write_text(folder / "places.csv", _csv([("code", "name"), *places]))
    policy = _policy_text(base)
    lists = tomllib.loads(policy)["key_industries"]["city_lists"]
    write_text(folder / "policy.toml", _adapted(policy, said))
    write_text(folder / "key_industries.csv", _lists(base, lists, said))
    write_text(folder / "sources.toml", _sources(said))
    write_text(folder / REGION_FILE, _region_text(division, units, name_en, centre, box, said))


def _region_text(
    division: national.Division,
    units: list[tuple[str, str, Any]],
    name_en: str,
    centre: tuple[float, float],
    box: tuple[float, float, float, float],
    said: Mapping[str, str],
) -> str:
    west, south, east, north = box
    name, near = division.name, round(_BESIDE_DEGREES, 1)
    within = division.province if division.province != name else ""
    above = list(dict.fromkeys(filter(None, (within, short_name(within) if within else ""))))
    own = list(dict.fromkeys((name, short_name(name))))
    writings = [*(f"{outer}{inner}" for outer in above for inner in own), *own]
    bounds = [math.floor(10 * (west - near)) / 10, math.floor(10 * (south - near)) / 10]
    bounds += [math.ceil(10 * (east + near)) / 10, math.ceil(10 * (north + near)) / 10]
    zoom = round(min(max(math.log2(360 / max(east - west, north - south)) + 1.2, 4.0), 11.0), 1)
    code, unit, shape = units[0]
    spot = shape.representative_point()
    lon, lat = round(spot.x, 2), round(spot.y, 2)
    corners = [(lon, lat), (lon + 0.1, lat), (lon + 0.1, lat + 0.1), (lon, lat + 0.1), (lon, lat)]
    examples = {
        **{each: text for each, text in load_region().examples if each == "uscc"},
        "code": code,
        "unit": unit,
        "name": _fill("example_firm", said),
        "address": _fill("example_address", {**said, "unit": "" if unit == name else unit}),
        "lon": f"{lon:g}",
        "lat": f"{lat:g}",
        "polygon": f"POLYGON (({', '.join(f'{x:g} {y:g}' for x, y in corners)}))",
    }
    lines = [
        _fill("comment", said).strip(),
        f"key = {_quoted(said['key'])}",
        f"name_zh = {_quoted(name)}",
        f"name_en = {_quoted(name_en)}",
        f"writings = {_listed(writings)}",
        f"province = {_listed(above)}",
        f"code_prefix = {_quoted(division.prefix)}",
        f"metric_crs = {_quoted(zone_crs(centre[0]))}",
        f"centre = [{centre[0]}, {centre[1]}]",
        f"bounds = {bounds}",
        'policy = "policy.toml"',
        "",
        "[files]",
        'boundaries = "boundaries.geojson"',
        'places = "places.csv"',
        'key_industries = "key_industries.csv"',
        'sources = "sources.toml"',
        "",
        "[map]",
        f"zoom = {zoom}",
        "",
        "[examples]",
        *(f"{each} = {_quoted(text)}" for each, text in examples.items()),
    ]
    return "\n".join(lines) + "\n"


def _boundaries(units: list[tuple[str, str, Any]], source: str) -> str:
    rows = []
    for code, name, shape in units:
        facts = {
            "code": code, "name_zh": name, "kind": "district", "precedence": 0, "requires_center": True,
            "precision_m": PRECISION_M, "source": source, "source_kind": "official", "data_class": "observed",
        }  # fmt: skip
        geometry = json.loads(shapely.to_geojson(shape))
        rows.append(json.dumps({"type": "Feature", "properties": facts, "geometry": geometry}, ensure_ascii=False))
    crs = '{"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}'
    features = ",\n".join(rows)
    return f'{{"type": "FeatureCollection", "name": "service_units", "crs": {crs}, "features": [\n{features}\n]}}\n'


def _policy_text(base: Region) -> str:
    """Return the text of the policy that a new region adapts."""
    if base.own_policy is not None:
        return base.own_policy
    return (files("ipps_geo.policy") / "versions" / f"{base.policy}.toml").read_text(encoding="utf-8")


def _adapted(policy: str, said: Mapping[str, str]) -> str:
    """Return a policy under another name that says what it is: every threshold stays, and nothing is law here."""
    was = tomllib.loads(policy)
    known = {**said, **{name: str(was[name]) for name in ("version", "title_zh", "title_en")}}
    changed = {
        "version": _fill("policy_version", known),
        "title_zh": _fill("policy_title_zh", known),
        "title_en": _fill("policy_title_en", known),
        "source": _fill("policy_source", known),
    }
    head, mark, rest = policy.partition("\n[values.")
    head = _NOTE.sub("@NOTES\n", head)
    for name, text in changed.items():
        head = _with_line(head, name, _quoted(text))
    note = f"notes = [{_quoted(_fill('policy_note', known))}]"
    head = head.replace("@NOTES", note)
    begin = head.index("version = ")
    lists = was["key_industries"]["city_lists"]
    named = _listed([_fill("list_id", {**known, "list_id": each}) for each in lists])
    rest = _with_line(rest, "city_lists", named)
    return f"# {_fill('policy_title_zh', known)}\n\n{head[begin:]}{mark}{rest}"


def _with_line(text: str, name: str, value: str) -> str:
    return re.sub(rf"^{name} = .*$", lambda _: f"{name} = {value}", text, flags=re.MULTILINE)


def _lists(base: Region, wanted: list[str], said: Mapping[str, str]) -> str:
    """Return the lists that a policy counts, renamed as the examples that they are elsewhere."""
    rows = list(csv.reader(io.StringIO(base.text("key_industries") or "", newline="")))
    head = rows[0]
    at, called = head.index("list_id"), head.index("list_name")
    made = [head]
    for row in rows[1:]:
        if row[at] in wanted:
            known = {**said, "list_id": row[at], "list_name": row[called]}
            named = {at: _fill("list_id", known), called: _fill("list_name", known)}
            made.append([named.get(place, cell) for place, cell in enumerate(row)])
    return _csv(made)


def _sources(said: Mapping[str, str]) -> str:
    publisher = _fill("boundary_publisher", said)
    entries = (
        ("boundaries.geojson", publisher, "MIT (package)", _fill("boundary_how", said), "derived"),
        ("places.csv", said["package"] + " on PyPI", "MIT (package)", _fill("places_how", said), "observed"),
        ("key_industries.csv", "this project", "MIT", _fill("lists_how", said), "derived"),
    )
    return "\n".join(
        f"[[file]]\nfile = {_quoted(file)}\npublisher = {_quoted(by)}\nlicence = {_quoted(licence)}\n"
        f"data_class = {_quoted(kind)}\nhow = {_quoted(how)}\n"
        for file, by, licence, how, kind in entries
    )


def _csv(rows: list[Any]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def _fill(name: str, said: Mapping[str, str]) -> str:
    return _template()[name].format(**said)


@lru_cache(maxsize=1)
def _template() -> dict[str, str]:
    text = (files("ipps_geo.regions") / "template.toml").read_text(encoding="utf-8")
    return {name: str(entry) for name, entry in tomllib.loads(text).items()}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _listed(texts: list[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"
