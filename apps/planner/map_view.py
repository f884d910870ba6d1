"""Outlines, density, institutions and sites, drawn by the deck.gl inside Streamlit; tiles only where a key is set.

A layer is kept as the text that is sent to the browser, so that what does not change is written once for all sessions:
turning a layer of records into text takes longer than everything else that a click causes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import pydeck as pdk
import streamlit as st

from ipps_geo import screens
from ipps_geo.media import html
from planner.kept import kept
from planner.state import fingerprint, rows, t, words

Colour = list[int]
COLOURS: dict[str, Colour] = {
    "district_center": [0, 0, 0],
    "district_center_standin": [255, 255, 255],
    "workstation": [0, 158, 115],
    "industry_station": [0, 100, 72],
    "other_institution": [86, 180, 233],
    "proposal": [0, 114, 178],
    "candidate": [230, 159, 0],
    "carrier": [230, 159, 0],
    "application": [204, 121, 167],
    "FAIL": [120, 0, 60],
    "UNDETERMINED": [240, 228, 66],
    "PASS": [0, 158, 115],
    "selected": [213, 94, 0],
}
RADII = {"FAIL": 8, "UNDETERMINED": 6, "PASS": 4}
"""Failures are larger than open questions, these larger than what is in order; any other point has its layer's size."""
RAMP = [[255, 244, 223], [253, 221, 176], [249, 188, 132], [234, 143, 98], [201, 98, 74]]
LIMITS = (5, 20, 60, 150)
MOST_POINTS = 20_000
"""More points than this are never drawn one by one; they come aggregated."""
TOOLTIP = {"text": "{name}\n{word}", "style": {"fontSize": "13px", "whiteSpace": "pre-line"}}
"""Text, not HTML: names come from tables."""
TURN = "~"
"""Stands between the name of a layer and how often it has been clicked (see ``draw``)."""


class Layer(NamedTuple):
    """One layer of a map: its name, and its other properties as the text of a JSON object."""

    name: str
    text: str


def _layer(kind: str, name: str, data: object, **properties: object) -> Layer:
    """Return a deck.gl layer; a property that starts with ``@@=`` is taken from each record."""
    told = {"@@type": kind, "data": data, "pickable": False} | properties
    return Layer(name, json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def base_layers(*, density: bool = False, labels: bool = True, pick_units: bool = True) -> list[Layer]:
    """Return the ground: units, optionally the density of enterprises, and the units' names."""
    return list(_ground(fingerprint(), density, labels, pick_units, screens.base_map.base_map_style() is not None))


@kept(64)
def _ground(of: tuple[object, ...], density: bool, labels: bool, pick_units: bool, tiles: bool) -> tuple[Layer, ...]:
    units = _layer(
        "GeoJsonLayer",
        "units",
        {"type": "FeatureCollection", "features": rows("outlines")},
        getFillColor=[246, 245, 241, 0 if tiles else 255],
        getLineColor=[122, 122, 122],
        lineWidthMinPixels=1,
        pickable=pick_units,
        autoHighlight=pick_units,
    )
    names = _layer(
        "TextLayer",
        "labels",
        rows("labels"),
        getPosition="@@=[lon, lat]",
        getText="@@=name",
        getSize=12,
        getColor=[70, 70, 70],
        characterSet="auto",
        fontFamily="Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif",
    )
    return (units, *(_density_layers() if density else ()), *((names,) if labels else ()))


def _hexagons(name: str, centres: object, width_m: float, **properties: object) -> Layer:
    """Return flat hexagonal columns: a centre each, where polygons would send six corners."""
    shape = {"diskResolution": 6, "radius": width_m / 3**0.5, "angle": 30, "extruded": False}
    return _layer("ColumnLayer", name, centres, **shape, **properties)


def _density_layers() -> list[Layer]:
    """Return hexagons by how many enterprises each holds, one layer a class; they take no clicks."""
    cells, width_m = rows("density")
    steps = [[] for _ in RAMP]  # type: list[list[list[float]]]
    for lon, lat, count in cells:
        steps[sum(count >= limit for limit in LIMITS)].append([lon, lat])
    return [
        _hexagons(f"density{step}", centres, width_m, getPosition="@@=-", getFillColor=[*RAMP[step], 190])
        for step, centres in enumerate(steps)
    ]


def point_layer(
    points: Sequence[Mapping[str, Any]], name: str, *, kind: str | None = None, size: int = 5, pickable: bool = True
) -> Layer:
    """Return points, each in the colour of its kind, or all in that of ``kind``."""
    if len(points) > MOST_POINTS:
        raise ValueError(f"{len(points)} points have to be aggregated")
    told = ("id", "name", "word", "lon", "lat")
    data = [{key: point[key] for key in told} | ({} if kind else _mark(point["kind"], size)) for point in points]
    return _layer(
        "ScatterplotLayer",
        name,
        data,
        getPosition="@@=[lon, lat]",
        getFillColor=COLOURS[kind] if kind else "@@=fill",
        getLineColor=[30, 30, 30],
        getRadius=size if kind else "@@=radius",
        radiusUnits="pixels",
        lineWidthMinPixels=1,
        stroked=True,
        pickable=pickable,
        autoHighlight=pickable,
    )


def _mark(kind: str, size: int) -> dict[str, object]:
    return {"fill": COLOURS[kind], "radius": RADII.get(kind, size)}


def selected_layers(points: Sequence[Mapping[str, Any]], selected: str | None, *, size: int = 9) -> list[Layer]:
    """Return the selected one of the points: larger than the others and ringed, not only of another colour."""
    chosen = [{"lon": point["lon"], "lat": point["lat"]} for point in points if point["id"] == selected]
    properties = {
        "getPosition": "@@=[lon, lat]", "radiusUnits": "pixels", "stroked": True, "lineWidthMinPixels": 2,
    }  # fmt: skip
    return [
        _layer("ScatterplotLayer", "ring", chosen, **properties, filled=False, getRadius=size + 5,
               getLineColor=COLOURS["selected"]),
        _layer("ScatterplotLayer", "selected", chosen, **properties, getRadius=size, getFillColor=COLOURS["selected"],
               getLineColor=[30, 30, 30]),
    ] if chosen else []  # fmt: skip


def selected_unit(selected: str | None) -> list[Layer]:
    """Return the outline of the selected unit, thick and in the colour of what is selected."""
    found = [feature for feature in rows("outlines") if feature["properties"]["id"] == selected]
    outline = {"type": "FeatureCollection", "features": found}
    style = {"filled": False, "getLineColor": COLOURS["selected"], "lineWidthMinPixels": 4}
    return [_layer("GeoJsonLayer", "selected_unit", outline, **style)] if found else []


def institution_layer(*, size: int = 5, pickable: bool = True) -> Layer:
    """Return the institutions that are active on the day of the session."""
    return _institutions(fingerprint(), size, pickable)


@kept(64)
def _institutions(of: tuple[object, ...], size: int, pickable: bool) -> Layer:
    return point_layer(rows("institutions"), "institutions", size=size, pickable=pickable)


def carrier_layer() -> Layer:
    """Return the carriers, to pick one."""
    return _carriers(fingerprint())


@kept(64)
def _carriers(of: tuple[object, ...]) -> Layer:
    return point_layer(rows("carriers"), "carriers", kind="carrier")


def number_layer(points: Sequence[Mapping[str, Any]]) -> Layer:
    """Return the ranks of proposals, written into their points."""
    data = [{key: point[key] for key in ("word", "lon", "lat")} for point in points]
    return _layer(
        "TextLayer", "numbers", data, getPosition="@@=[lon, lat]", getText="@@=word", getSize=12,
        getColor=[255, 255, 255],
    )  # fmt: skip


def reach_layer(points: Sequence[Mapping[str, Any]], reach_km: float) -> Layer:
    """Return the circle of the planner's reach around each point."""
    return _layer(
        "ScatterplotLayer",
        "reach",
        [[point["lon"], point["lat"]] for point in points],
        getPosition="@@=-",
        getRadius=reach_km * 1000,
        getFillColor=[0, 114, 178, 18],
        getLineColor=[0, 114, 178, 150],
        lineWidthMinPixels=1,
        stroked=True,
    )


def cell_layers(selected: str | None) -> list[Layer]:
    """Return the cells by which an empty place is picked: a click on nothing is never reported."""
    cells, width_m = rows("cells")
    chosen = [[cell["lon"], cell["lat"]] for cell in cells if cell["id"] == selected]
    marked = _hexagons("selected", chosen, width_m, getPosition="@@=-", getFillColor=[213, 94, 0, 190])
    return [_cells(fingerprint()), *([marked] if chosen else [])]


@kept(64)
def _cells(of: tuple[object, ...]) -> Layer:
    cells, width_m = rows("cells")
    return _hexagons(
        "cells",
        cells,
        width_m,
        getPosition="@@=[lon, lat]",
        getFillColor=[0, 114, 178, 14],
        getLineColor=[0, 114, 178, 50],
        lineWidthMinPixels=0.5,
        stroked=True,
        pickable=True,
        autoHighlight=True,
    )


class _Map(pdk.Deck):  # type: ignore[misc]
    """A map whose layers are text already."""

    def __init__(self, layers: Sequence[str], view: Mapping[str, float], style: str | None) -> None:
        super().__init__(map_provider=None, tooltip=TOOLTIP)
        ground = {"initialViewState": view, "mapStyle": style or "__MAP_STYLE__"}
        views = '"views":[{"@@type":"MapView","controller":true}]'
        self._told = f'{json.dumps(ground)[:-1]},{views},"layers":[{",".join(layers)}]}}'

    def to_json(self) -> str:
        return self._told


def draw(
    layers: Sequence[Layer],
    *,
    key: str,
    alt: str,
    picks: Mapping[str, Callable[[str], None]] | None = None,
    centre: tuple[float, float] = (116.42, 40.08),
    zoom: float = 8.0,
    height: int = 460,
) -> None:
    """Draw a map, on a base map where one is set; ``picks`` says by layer who is told the id of what was clicked in it.

    The browser keeps what was clicked as its own selection and pales everything else. The selection of the app is the
    one that table and map share, so the browser's is taken from it: after each click the clicked layer comes under
    another name, and a selection in a layer that is gone is dropped. The view stays where the reader moved it.
    """
    picks = picks or {}
    turn = st.session_state.get(f"{key}_clicks", 0)
    written = [
        f'{{"id":"{layer.name}{TURN}{turn}",{layer.text[1:]}'
        if layer.name in picks
        else f'{{"id":"{layer.name}",{layer.text[1:]}'
        for layer in layers
    ]
    view = {"longitude": centre[0], "latitude": centre[1], "zoom": zoom, "minZoom": 6, "maxZoom": 16}
    st.pydeck_chart(
        _Map(written, view, screens.base_map.base_map_style()),
        height=height,
        on_select=partial(_clicked, key, picks),
        selection_mode="single-object",
        key=key,
        alt=alt,
    )


def _clicked(key: str, picks: Mapping[str, Callable[[str], None]]) -> None:
    objects: dict[str, list[dict[str, Any]]] = st.session_state[key]["selection"]["objects"]
    for layer, (found, *_) in objects.items():
        name, _, turn = layer.partition(TURN)
        if name in picks and turn == str(st.session_state.get(f"{key}_clicks", 0)):
            st.session_state[f"{key}_clicks"] = int(turn) + 1
            picks[name](str(found.get("id") or found["properties"]["id"]))


def legend(kinds: Sequence[str]) -> None:
    """Say in words which colour, size and sign stand for what."""
    marks = [
        '<span style="display:inline-block;white-space:nowrap;margin-right:12px"><span style="display:inline-block;'
        f"width:{width}px;height:{width}px;border-radius:{width}px;margin-right:4px;vertical-align:-1px;"
        f'border:1px solid #333;background:rgb{tuple(COLOURS[kind])}"></span>{html(told)}</span>'
        for kind, width, told in ((kind, 2 * RADII.get(kind, 5), _mark_word(kind)) for kind in kinds)
    ]
    st.html(f'<div style="font-size:0.85rem;line-height:1.7">{"".join(marks)}</div>')


def _mark_word(kind: str) -> str:
    return screens.rows.verdict_word(words(), kind) if kind in RADII else t(f"mark_{kind}")


def density_legend() -> None:
    """Say what the colours of the density cells stand for."""
    steps = ("1–4", "5–19", "20–59", "60–149", "≥150")
    marks = "".join(
        f'<span style="display:inline-block;width:13px;height:11px;background:rgb({c[0]},{c[1]},{c[2]});'
        f'border:1px solid #bbb;margin:0 3px 0 10px"></span>{step}'
        for c, step in zip(RAMP, steps, strict=True)
    )
    st.html(f'<div style="font-size:0.85rem;line-height:1.7">{html(t("density"))} {marks}</div>')
