"""Layers of the maps: outlines, density, institutions, sites and reaches, as plain records for the map component.

A layer says what it shows in its ``legend``: what is not drawn has no entry, and each entry is a tick in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ipps_geo import screens
from ipps_geo.report import symbols
from planner import map_component
from planner.kept import kept
from planner.map_component import AreaPick, GroundPick
from planner.state import fingerprint, rows, words

Layer = dict[str, Any]
COLOURS: dict[str, str] = {
    **{kind: mark.face for kind, mark in symbols.MARKS.items()},
    # A dot has no shape: what print tells apart by shape and edge takes a darker green here.
    "industry_station": "#006448",
    "enlarged": "#004d33",
    "candidate": "#e69f00",
    "carrier": "#e69f00",
    "kept_out": "#b5b5b5",
    "desk_open": "#0072b2",
    "application": "#cc79a7",
    "FAIL": "#78003c",
    "UNDETERMINED": "#f0e442",
    "PASS": "#009e73",
    "selected": "#d55e00",
}
RADII = {"FAIL": 8, "UNDETERMINED": 6, "PASS": 4}
"""Failures are larger than open questions, these larger than what is in order; any other point has its layer's size."""
RAMP, LIMITS = symbols.RAMP, symbols.DENSITY_BREAKS[1:]
MOST_POINTS = 20_000
"""More points than this are never drawn one by one; they come aggregated."""


def base_layers(*, density: bool = False, labels: bool = True) -> list[Layer]:
    """Return the ground: units, optionally the density of enterprises, and the units' names."""
    return list(_ground(fingerprint(), density, labels, screens.base_map.base_map_style() is not None))


@kept(64)
def _ground(of: tuple[object, ...], density: bool, labels: bool, tiles: bool) -> tuple[Layer, ...]:
    units = {"name": "units", "kind": "areas", "data": rows("outlines"), "fill": None if tiles else "ground",
             "tell": not density}  # fmt: skip
    names = [{"text": each["name"], "lon": each["lon"], "lat": each["lat"]} for each in rows("labels")]
    told = {"name": "labels", "kind": "labels", "data": names, "size": 12}
    return (units, *((_density_layer(),) if density else ()), *((told,) if labels else ()))


def _density_layer() -> Layer:
    """Return hexagons by how many enterprises each holds; they take no clicks."""
    steps = symbols.class_texts(symbols.DENSITY_BREAKS)
    entries = [{"word": words().text("app.density"), "swatch": RAMP[2], "size": 12, "square": True}] + [
        {"word": step, "swatch": colour, "size": 12, "square": True, "fixed": True}
        for step, colour in zip(steps, RAMP, strict=True)
    ]
    return {"name": "density", "kind": "hexagons", "data": rows("density"), "colours": RAMP,
            "limits": LIMITS, "legend": entries}  # fmt: skip


def point_layer(
    points: Sequence[Mapping[str, Any]], name: str, *, kind: str | None = None, size: int = 5, group: str | None = None
) -> Layer:
    """Return points, each in the colour of its kind, or all in that of ``kind``; ticked by kind, or as their group."""
    if len(points) > MOST_POINTS:
        raise ValueError(f"{len(points)} points have to be aggregated")
    told = ("id", "name", "word", "lon", "lat") if kind else ("id", "name", "word", "kind", "lon", "lat")
    layer: Layer = {"name": name, "kind": "points", "data": [{key: point[key] for key in told} for point in points],
                    "size": size, "tell": True} | ({"group": group} if group else {})  # fmt: skip
    if kind:
        return layer | {"colour": COLOURS[kind], "legend": [_entry(kind, size, whole=True)] if points else []}
    kinds = [each for each in COLOURS if each in {point["kind"] for point in points}]
    return layer | {
        "colours": {each: COLOURS[each] for each in kinds},
        "sizes": {each: RADII[each] for each in kinds if each in RADII},
        "legend": [_entry(each, RADII.get(each, size)) for each in kinds],
    }


def _entry(kind: str, size: int, *, whole: bool = False, hollow: bool = False) -> dict[str, object]:
    entry = {"word": _mark_word(kind), "swatch": COLOURS[kind], "size": min(2 * size, 16), "hollow": hollow}
    return entry if whole else entry | {"kind": kind}


def selected_layers(points: Sequence[Mapping[str, Any]], selected: str | None, *, size: int = 9) -> list[Layer]:
    """Return the selected one of the points: larger than the others and ringed, not only of another colour."""
    chosen = [{"lon": point["lon"], "lat": point["lat"]} for point in points if point["id"] == selected]
    if not chosen:
        return []
    colour = COLOURS["selected"]
    ring = {"name": "ring", "kind": "points", "data": chosen, "size": size + 5, "colour": colour, "hollow": True}
    spot = {"name": "selected", "kind": "points", "data": chosen, "size": size, "colour": colour}
    return [
        ring | {"group": "selected"},
        spot | {"group": "selected", "legend": [_entry("selected", size, whole=True)]},
    ]


def selected_unit(selected: str | None) -> list[Layer]:
    """Return the outline of the selected unit, thick and in the colour of what is selected."""
    found = [feature for feature in rows("outlines") if feature["properties"]["id"] == selected]
    return [
        {"name": "selected_unit", "kind": "areas", "data": found, "fill": None, "line": COLOURS["selected"], "width": 4}
    ] if found else []  # fmt: skip


def area_layer(ring: list[list[float]] | None) -> list[Layer]:
    """Return the area that the reader drew, as an outline."""
    if not ring:
        return []
    shape = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": {}}
    return [{"name": "area", "kind": "areas", "data": [shape], "fill": COLOURS["selected"], "opacity": 0.08,
             "line": COLOURS["selected"], "width": 2}]  # fmt: skip


def unit_corners(selected: str | None) -> list[list[float]] | None:
    """Return the south-west and north-east corner of a unit, to look at it; None where none is selected."""
    return next((corners for code, corners in rows("corners").items() if code == selected), None)


def institution_layer(*, size: int = 5) -> Layer:
    """Return the institutions that are active on the day of the session."""
    return _institutions(fingerprint(), size)


@kept(64)
def _institutions(of: tuple[object, ...], size: int) -> Layer:
    return point_layer(rows("institutions"), "institutions", size=size)


def carrier_layer() -> Layer:
    """Return the carriers, to pick one."""
    return _carriers(fingerprint())


@kept(64)
def _carriers(of: tuple[object, ...]) -> Layer:
    return point_layer(rows("carriers"), "carriers", kind="carrier")


def number_layer(points: Sequence[Mapping[str, Any]]) -> Layer:
    """Return the ranks of proposals, written into their points."""
    data = [{"text": point["word"], "lon": point["lon"], "lat": point["lat"]} for point in points]
    return {"name": "numbers", "kind": "labels", "data": data, "size": 12, "colour": "#ffffff", "always": True,
            "group": "proposals"}  # fmt: skip


def reach_layer(points: Sequence[Mapping[str, Any]], reach_km: float) -> Layer:
    """Return the circle of the planner's reach around each point."""
    data = [[point["lon"], point["lat"]] for point in points]
    told = words().text("app.mark_reach", km=words().number(reach_km, 1))
    entry = {"word": told, "swatch": COLOURS["proposal"], "size": 14, "hollow": True}
    return {"name": "reach", "kind": "reaches", "data": data, "radius_m": reach_km * 1000,
            "colour": COLOURS["proposal"], "legend": [entry] if data else []}  # fmt: skip


def draw(
    layers: Sequence[Layer],
    *,
    key: str,
    alt: str,
    picks: Mapping[str, Callable[[str], None]] | None = None,
    on_ground: GroundPick | None = None,
    on_area: AreaPick | None = None,
    centre: tuple[float, float] = (116.42, 40.08),
    zoom: float = 7.6,
    look: list[list[float]] | None = None,
    height: int = 460,
) -> None:
    """Draw a map, on a base map where one is set.

    ``picks`` says by layer who is told the id of what was clicked in it, ``on_ground`` who is told longitude and
    latitude of a click on nothing, ``on_area`` who is told the ring of an area that the reader drew. The view stays
    where the reader moved it, until ``look`` (two corners) asks for another.
    """
    map_component.mount(
        layers, key=key, alt=alt, picks=picks or {}, on_ground=on_ground, on_area=on_area, look=look, height=height,
        view={"lon": centre[0], "lat": centre[1], "zoom": zoom},
    )  # fmt: skip


def _mark_word(kind: str) -> str:
    return screens.rows.verdict_word(words(), kind) if kind in RADII else words().text(f"app.mark_{kind}")
