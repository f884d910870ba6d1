"""Layers of the maps: outlines, density, institutions, sites and reaches, as plain records for the map component.

A layer says what it shows in its ``legend``: what is not drawn has no entry, and each entry is a tick in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from ipps_geo import screens
from ipps_geo.planning.base_layers import own_layers
from ipps_geo.planning.networks import is_timetable
from ipps_geo.report.maps import component
from ipps_geo.report.symbols import BLUE, GREEN, PURPLE, UNDERLAYS, VERMILION
from planner import map_component
from planner.kept import kept, kept_by_session
from planner.map_component import AreaPick, GroundPick, Kept
from planner.state import coverage, fingerprint, reach_km, rows, words, workspace

if TYPE_CHECKING:
    import geopandas as gpd

    from ipps_geo.reach.timetable import Timetable
    from ipps_geo.reach.transit import TransitNetwork

Layer = component.Layer
RADII = {"FAIL": 8, "UNDETERMINED": 6, "PASS": 4}
"""Failures are larger than open questions, these larger than what is in order; any other point has its layer's size."""
MOST_STOPS = 1_000
"""More stations than this are off until ticked: they would hide what the map is about."""
MOST_POINTS = 20_000
"""More points than this are never drawn one by one; they come aggregated."""
FROM_AFAR = 1.0
"""By how many levels all of a region with its surroundings is farther than the part where most happens."""


def base_layers(*, density: bool = False, labels: bool = True) -> list[Layer]:
    """Return the ground: units, optionally the density of enterprises, and the units' names."""
    ground = _ground(fingerprint(), density, labels, screens.base_map.base_map_style() is not None)
    return [*ground, *stop_layers()]


def stop_layers() -> list[Layer]:
    """Return the lines and stations of the public transport that this session was given, to be seen and looked for."""
    network = st.session_state.get("networks", {}).get("transit")
    return [] if network is None else list(_stops(id(network), fingerprint(), network)[1])


@kept_by_session(2)
def _stops(
    network: int, of: tuple[object, ...], _given: Timetable | TransitNetwork
) -> tuple[Timetable | TransitNetwork, tuple[Layer, ...]]:
    """Return the layers of a network, and the network: while it is held, its id is no other's."""
    crs, told = workspace().region.metric_crs, words()
    spots = screens.layers.stops(_given, crs)
    mark, word, lost = component.mark_of("stop", 3), told.text("desk.stops"), len(_given.stations) - len(spots)
    lines: Layer = {"name": "rides", "kind": "lines", "data": [], "line": UNDERLAYS["subway"].line, "width": 1.5,
                    "group": "stops"}  # fmt: skip
    if not is_timetable(_given):
        lines["data"] = screens.layers.rides(_given, crs)
    entries = [{"word": word, "mark": mark}]
    if lost:
        entries.append({"word": told.text("desk.unplaced_stops", n=told.value(lost)), "fixed": True})
    points: Layer = {"name": "stops", "kind": "points", "data": spots, "mark": mark, "tell": True, "find": word,
                     "legend": entries, "off": len(spots) > MOST_STOPS}  # fmt: skip
    return _given, (Kept(lines), Kept(points))


@kept(64)
def _ground(of: tuple[object, ...], density: bool, labels: bool, tiles: bool) -> tuple[Layer, ...]:
    units = {"name": "units", "kind": "areas", "data": rows("outlines"), "fill": None if tiles else "ground",
             "tell": not density}  # fmt: skip
    names = [{"text": each["name"], "lon": each["lon"], "lat": each["lat"]} for each in rows("labels")]
    told = {"name": "labels", "kind": "labels", "data": names, "size": 12}
    base = own_layers(workspace().region.metric_crs)
    lines = component.base_layers(
        base, {kind: words().text(f"map.base_{kind}") for kind in base}, workspace().region.metric_crs
    )
    made = (units, *((_density_layer(),) if density else ()), *lines, *((told,) if labels else ()))
    return tuple(map(Kept, made))


def _density_layer() -> Layer:
    """Return hexagons by how many enterprises each holds."""
    return component.density_layer("density", rows("density"), words().text("app.density"))


def point_layer(
    points: Sequence[Mapping[str, Any]], name: str, *, kind: str | None = None, size: int = 5, group: str | None = None
) -> Layer:
    """Return points, each in the colour of its kind, or all in that of ``kind``; ticked by kind, or as their group."""
    if len(points) > MOST_POINTS:
        raise ValueError(f"{len(points)} points have to be aggregated")
    told = ("id", "name", "word", "lon", "lat") if kind else ("id", "name", "word", "kind", "lon", "lat")
    layer: Layer = {"name": name, "kind": "points", "data": [{key: point[key] for key in told} for point in points],
                    "tell": True} | ({"group": group} if group else {})  # fmt: skip
    if kind:
        mark = component.mark_of(kind, size)
        return layer | {"mark": mark, "legend": [{"word": _mark_word(kind), "mark": mark}] if points else []}
    found = {point["kind"] for point in points}
    marks = {each: component.mark_of(each, RADII.get(each, size)) for each in component.DRAWN if each in found}
    entries = [{"word": _mark_word(each), "mark": mark, "kind": each} for each, mark in marks.items()]
    return layer | {"marks": marks, "legend": entries}


def type_layers() -> list[Layer]:
    """Return stations by host type and other institutions by kind, with the marks of the atlas; off until ticked."""
    return list(_types(fingerprint()))


@kept(64)
def _types(of: tuple[object, ...]) -> tuple[Layer, ...]:
    points, made = rows("institutions"), []
    for name, title in (("stations", "by_host"), ("others", "by_kind")):
        types = rows("types")[name]
        marks = {code: component.type_mark(place, 5) for place, (code, _) in enumerate(types)}
        data = [{**point, "kind": point["type"]} for point in points if point["type"] in marks]
        own = {point["kind"] for point in data}
        entries: list[dict[str, Any]] = [{"word": words().text(f"desk.{title}")}]
        entries += [{"word": word, "mark": marks[code], "fixed": True} for code, word in types if code in own]
        if data:
            made.append({"name": f"type_{name}", "kind": "points", "data": data, "marks": marks, "tell": True,
                         "off": True, "legend": entries})  # fmt: skip
    return tuple(map(Kept, made))


def access_layers() -> list[Layer]:
    """Return from where stations are reached, where that overlaps, who is nearest, and who is beyond; off until ticked.

    To stand after ``base_layers(density=True)``, whose cells they share.
    """
    return list(_access(fingerprint(), reach_km()))


@kept(64)
def _access(of: tuple[object, ...], reach: float) -> tuple[Layer, ...]:
    found, told, crs = coverage(), words(), workspace().region.metric_crs
    places = {point["id"]: [point["lon"], point["lat"]] for point in rows("institutions")}
    counts = found.tables.get("catchments")
    stations = [] if counts is None else [places[name] for name in counts["institution_id"] if name in places]
    left = screens.layers.uncovered_cells(workspace(), found)
    areas = {name: {"name": name, "kind": "areas", "off": True} for name in ("overlap", "basins")}
    drawn = {
        "overlap": screens.layers.overlap_shapes(found.areas.get("service_areas"), crs),
        "basins": screens.layers.area_shapes(found.areas.get("catchments"), crs),
    }
    looks = {
        "overlap": {"fill": VERMILION, "opacity": 0.25, "line": VERMILION},
        "basins": {"fill": None, "line": PURPLE, "width": 1.5},
    }
    signs = {"overlap": {"patch": f"{VERMILION}40", "line": VERMILION}, "basins": {"line": PURPLE}}
    circles = {"name": "service_areas", "kind": "reaches", "data": stations, "radius_m": reach * 1000, "colour": GREEN,
               "off": True, "legend": [{"word": told.text("desk.service_areas", km=told.number(reach, 1)),
                                        "patch": f"{GREEN}20", "line": GREEN}]}  # fmt: skip
    made = (
        component.density_layer("uncovered", left, told.text("desk.uncovered"), off=True, of="density"),
        *([circles] if stations else []),
        *(
            areas[name] | looks[name] | {"data": drawn[name]}
            | {"legend": [signs[name] | {"word": told.text(f"desk.{name}")}]}
            for name in areas if drawn[name]
        ),
    )  # fmt: skip
    return tuple(map(Kept, made))


def selected_layers(points: Sequence[Mapping[str, Any]], selected: str | None, *, size: int = 9) -> list[Layer]:
    """Return the selected one of the points: larger than the others and ringed, not only of another colour."""
    chosen = [{"lon": point["lon"], "lat": point["lat"]} for point in points if point["id"] == selected]
    if not chosen:
        return []
    mark = component.mark_of("selected", size)
    ring = {"name": "ring", "kind": "points", "data": chosen, "mark": component.ring_mark(size + 5)}
    spot = {"name": "selected", "kind": "points", "data": chosen, "mark": mark}
    entry = {"word": _mark_word("selected"), "mark": mark}
    return [ring | {"group": "selected"}, spot | {"group": "selected", "legend": [entry]}]


def selected_unit(selected: str | None) -> list[Layer]:
    """Return the outline of the selected unit, thick and in the colour of what is selected."""
    found = [feature for feature in rows("outlines") if feature["properties"]["id"] == selected]
    return [
        {"name": "selected_unit", "kind": "areas", "data": found, "fill": None, "line": VERMILION, "width": 4}
    ] if found else []  # fmt: skip


def area_layer(ring: list[list[float]] | None) -> list[Layer]:
    """Return the area that the reader drew, as an outline."""
    if not ring:
        return []
    shape = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": {}}
    return [{"name": "area", "kind": "areas", "data": [shape], "fill": VERMILION, "opacity": 0.08,
             "line": VERMILION, "width": 2}]  # fmt: skip


def unit_corners(selected: str | None) -> list[list[float]] | None:
    """Return the south-west and north-east corner of a unit, to look at it; None where none is selected."""
    return next((corners for code, corners in rows("corners").items() if code == selected), None)


def institution_layer(*, size: int = 5) -> Layer:
    """Return the institutions that are active on the day of the session."""
    return _institutions(fingerprint(), size)


@kept(64)
def _institutions(of: tuple[object, ...], size: int) -> Layer:
    return Kept(point_layer(rows("institutions"), "institutions", size=size))


def carrier_layer() -> Layer:
    """Return the carriers, to pick one."""
    return _carriers(fingerprint())


@kept(64)
def _carriers(of: tuple[object, ...]) -> Layer:
    return Kept(point_layer(rows("carriers"), "carriers", kind="carrier"))


def number_layer(points: Sequence[Mapping[str, Any]]) -> Layer:
    """Return the ranks of proposals, written into their points."""
    data = [{"text": point["word"], "lon": point["lon"], "lat": point["lat"]} for point in points]
    return {"name": "numbers", "kind": "labels", "data": data, "size": 12, "colour": "#ffffff", "always": True,
            "group": "proposals"}  # fmt: skip


def reach_layer(points: Sequence[Mapping[str, Any]], reach_km: float) -> Layer:
    """Return the circle of the planner's reach around each point."""
    data = [[point["lon"], point["lat"]] for point in points]
    told = words().text("app.mark_reach", km=words().number(reach_km, 1))
    entry = {"word": told, "patch": f"{BLUE}20", "line": BLUE}
    return {"name": "reach", "kind": "reaches", "data": data, "radius_m": reach_km * 1000,
            "colour": BLUE, "legend": [entry] if data else []}  # fmt: skip


def network_reach_layer(shapes: Sequence[Any]) -> Layer:
    """Return from where each point is reached along a network; ``shapes`` in metres of the region."""
    entry = {"word": words().text("desk.reach_areas"), "patch": f"{BLUE}20", "line": BLUE}
    return {"name": "reach", "kind": "areas", "data": _drawn(shapes), "fill": BLUE,
            "opacity": 0.07, "line": BLUE, "legend": [entry] if len(shapes) else []}  # fmt: skip


def _drawn(shapes: Sequence[Any]) -> list[dict[str, Any]]:
    return screens.layers.metric_shapes(shapes, workspace().region.metric_crs)


def area_reach(areas: gpd.GeoDataFrame) -> Layer:
    """Return the areas of a result, as ``network_reach_layer``."""
    return network_reach_layer(areas.geometry.to_crs(workspace().region.metric_crs).to_numpy())


def basin_layer(shapes: Sequence[Any]) -> Layer:
    """Return the parts of areas that are nearest to their station; ``shapes`` in metres of the region."""
    entry = {"word": words().text("desk.basins"), "line": PURPLE}
    return {"name": "basins", "kind": "areas", "data": _drawn(shapes), "fill": None,
            "line": PURPLE, "width": 1.5, "legend": [entry] if len(shapes) else []}  # fmt: skip


def draw(
    layers: Sequence[Layer],
    *,
    key: str,
    alt: str,
    picks: Mapping[str, Callable[[str], None]] | None = None,
    on_ground: GroundPick | None = None,
    on_area: AreaPick | None = None,
    nearer: float = 0.0,
    look: list[list[float]] | None = None,
    height: int = 460,
) -> None:
    """Draw a map, on a base map where one is set.

    ``picks`` says by layer who is told the id of what was clicked in it, ``on_ground`` who is told longitude and
    latitude of a click on nothing, ``on_area`` who is told the ring of an area that the reader drew. The view opens on
    the region, by ``nearer`` levels nearer than where all of it is seen, and stays where the reader moved it, until
    ``look`` (two corners) asks for another.
    """
    region = workspace().region
    lon, lat = region.map_centre or region.centre
    map_component.mount(
        layers, key=key, alt=alt, picks=picks or {}, on_ground=on_ground, on_area=on_area, look=look, height=height,
        view={"lon": lon, "lat": lat, "zoom": round(region.zoom - FROM_AFAR + nearer, 2)},
    )  # fmt: skip


def _mark_word(kind: str) -> str:
    return screens.rows.verdict_word(words(), kind) if kind in RADII else words().text(f"app.mark_{kind}")
