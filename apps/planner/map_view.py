"""A map that asks nobody for tiles: outlines, density, institutions, sites, drawn by the deck.gl inside Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pydeck as pdk
import streamlit as st

from planner.state import rows, t

COLOURS: dict[str, list[int]] = {
    "district_center": [0, 0, 0],
    "district_center_standin": [255, 255, 255],
    "workstation": [0, 158, 115],
    "industry_station": [0, 100, 72],
    "other_institution": [86, 180, 233],
    "proposal": [0, 114, 178],
    "candidate": [230, 159, 0],
    "carrier": [230, 159, 0],
    "selected": [213, 94, 0],
}
RAMP = [[255, 244, 223], [253, 221, 176], [249, 188, 132], [234, 143, 98], [201, 98, 74]]
MOST_POINTS = 20_000
"""More points than this are never drawn one by one; they come aggregated."""


def base_layers(*, density: bool = False, labels: bool = True, pick_units: bool = True) -> list[pdk.Layer]:
    """Return the ground: units, optionally the density of enterprises, and the units' names."""
    layers = [
        pdk.Layer(
            "GeoJsonLayer",
            {"type": "FeatureCollection", "features": rows("outlines")},
            id="units",
            get_fill_color=[246, 245, 241, 255],
            get_line_color=[122, 122, 122],
            line_width_min_pixels=1,
            pickable=pick_units,
            auto_highlight=pick_units,
        )
    ]
    if density:
        layers.append(density_layer(rows("density")))
    if labels:
        found = rows("labels")
        layers.append(
            pdk.Layer(
                "TextLayer",
                found,
                id="labels",
                get_position="[lon, lat]",
                get_text="name",
                get_size=12,
                get_color=[70, 70, 70],
                character_set=pdk.types.String("auto"),
                font_family=pdk.types.String("Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"),
                pickable=False,
            )
        )
    return layers


def density_layer(cells: Sequence[dict[str, Any]]) -> pdk.Layer:
    """Return hexagons coloured by how many enterprises each holds; they take no clicks."""
    limits = (5, 20, 60, 150)
    data = [{"ring": cell["ring"], "fill": RAMP[sum(cell["count"] >= limit for limit in limits)]} for cell in cells]
    return pdk.Layer(
        "PolygonLayer",
        data,
        id="density",
        get_polygon="ring",
        get_fill_color="fill",
        opacity=0.75,
        stroked=False,
        pickable=False,
    )


def point_layer(
    points: Sequence[dict[str, Any]], name: str, *, kind: str | None = None, selected: str | None = None, size: int = 5
) -> pdk.Layer:
    """Return points; the selected one stands out by size and ring as well as by colour."""
    if len(points) > MOST_POINTS:
        raise ValueError(f"{len(points)} points have to be aggregated")
    data = [
        point
        | {
            "fill": COLOURS["selected"] if point["id"] == selected else COLOURS[kind or point["kind"]],
            "radius": size + 4 if point["id"] == selected else size,
        }
        for point in points
    ]
    return pdk.Layer(
        "ScatterplotLayer",
        data,
        id=name,
        get_position="[lon, lat]",
        get_fill_color="fill",
        get_line_color=[30, 30, 30],
        get_radius="radius",
        radius_units=pdk.types.String("pixels"),
        line_width_min_pixels=1,
        stroked=True,
        pickable=True,
        auto_highlight=True,
    )


def number_layer(points: Sequence[dict[str, Any]]) -> pdk.Layer:
    """Return the ranks of proposals, written into their points."""
    return pdk.Layer(
        "TextLayer",
        [dict(point) for point in points],
        id="numbers",
        get_position="[lon, lat]",
        get_text="word",
        get_size=12,
        get_color=[255, 255, 255],
        pickable=False,
    )


def reach_layer(points: Sequence[dict[str, Any]], reach_km: float) -> pdk.Layer:
    """Return the circle of the planner's reach around each point."""
    return pdk.Layer(
        "ScatterplotLayer",
        [dict(point) for point in points],
        id="reach",
        get_position="[lon, lat]",
        get_radius=reach_km * 1000,
        get_fill_color=[0, 114, 178, 18],
        get_line_color=[0, 114, 178, 150],
        line_width_min_pixels=1,
        stroked=True,
        pickable=False,
    )


def cell_layer(cells: Sequence[dict[str, Any]], selected: str | None) -> pdk.Layer:
    """Return the cells by which an empty place is picked: a click on nothing is never reported."""
    data = [cell | {"fill": [213, 94, 0, 190] if cell["id"] == selected else [0, 114, 178, 14]} for cell in cells]
    return pdk.Layer(
        "PolygonLayer",
        data,
        id="cells",
        get_polygon="ring",
        get_fill_color="fill",
        get_line_color=[0, 114, 178, 50],
        line_width_min_pixels=0.5,
        stroked=True,
        pickable=True,
        auto_highlight=True,
    )


def draw(
    layers: Sequence[pdk.Layer],
    *,
    key: str,
    alt: str,
    centre: tuple[float, float] = (116.42, 40.08),
    zoom: float = 8.0,
    height: int = 460,
) -> tuple[str, str] | None:
    """Draw a map without tiles and return (layer, id) of what was clicked, or None."""
    deck = pdk.Deck(
        layers=list(layers),
        initial_view_state=pdk.ViewState(longitude=centre[0], latitude=centre[1], zoom=zoom, min_zoom=6, max_zoom=16),
        map_provider=None,
        tooltip={"html": "{name}<br/>{word}", "style": {"fontSize": "13px"}},
    )
    event = st.pydeck_chart(deck, height=height, on_select="rerun", selection_mode="single-object", key=key, alt=alt)
    selection: dict[str, Any] = dict(event.selection.get("objects", {})) if event else {}
    for layer, objects in selection.items():
        for each in objects:
            found = each.get("id") or each.get("properties", {}).get("id")
            if found:
                return layer, str(found)
    return None


def legend(kinds: Sequence[str]) -> None:
    """Say in words which colour and which sign stands for what."""
    marks = {
        kind: f'<span style="display:inline-block;width:11px;height:11px;border-radius:6px;border:1px solid #333;'
        f"background:rgb({COLOURS[kind][0]},{COLOURS[kind][1]},{COLOURS[kind][2]});margin:0 4px 0 12px"
        f'"></span>{t(f"mark_{kind}")}'
        for kind in kinds
    }
    st.html(f'<div style="font-size:0.85rem;line-height:1.7">{"".join(marks.values())}</div>')


def density_legend() -> None:
    """Say what the colours of the density cells stand for."""
    steps = ("1–4", "5–19", "20–59", "60–149", "≥150")
    marks = "".join(
        f'<span style="display:inline-block;width:13px;height:11px;background:rgb({c[0]},{c[1]},{c[2]});'
        f'border:1px solid #bbb;margin:0 3px 0 10px"></span>{step}'
        for c, step in zip(RAMP, steps, strict=True)
    )
    st.html(f'<div style="font-size:0.85rem;line-height:1.7">{t("density")} {marks}</div>')
