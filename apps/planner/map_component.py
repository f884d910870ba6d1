"""The map in a page: MapLibre GL in a component of Streamlit's second kind, given by this server and no other host.

What it draws goes to the browser as lines of JSON, one a layer: a line that is kept is written once for all runs of all
sessions, and a browser that has met it reads it no second time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, partial
from typing import Any

import streamlit as st
from streamlit import runtime

from ipps_geo import screens
from ipps_geo.report.maps import component
from planner.kept import kept
from planner.state import fingerprint, rows, words

Pick = Callable[[str], None]
GroundPick = Callable[[float, float], None]
AreaPick = Callable[[list[list[float]]], None]


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Kept(dict[str, Any]):
    """A record that is made once for many runs, as a layer is; its line is written once too."""

    @cached_property
    def line(self) -> str:
        """The record as a line of JSON."""
        return _json(self)


def _line(record: Mapping[str, Any]) -> str:
    return record.line if isinstance(record, Kept) else _json(record)


@cache
def _component() -> Callable[..., Any]:
    html, css = component.web_file("desk.html"), component.web_file("desk.css")
    made: Callable[..., Any] = st.components.v2.component(
        "ipps_geo_map", html=html, css=css, js=component.desk_script() + component.web_file("mount.js")
    )
    return made


def mount(
    layers: Sequence[Mapping[str, Any]],
    *,
    key: str,
    alt: str,
    picks: Mapping[str, Pick],
    on_ground: GroundPick | None,
    on_area: AreaPick | None,
    view: Mapping[str, float],
    look: Sequence[Sequence[float]] | None,
    height: int,
) -> None:
    """Put a map on the page.

    Parameters
    ----------
    layers
        From the lowest to the highest, as ``map_view`` makes them.
    picks
        By layer, who is told the id of what was clicked in it.
    on_ground, on_area
        Who is told longitude and latitude of a click beside everything, and the ring of a drawn area.
    view
        Where the map stands at first: ``lon``, ``lat``, ``zoom``.
    look
        South-west and north-east corner of what is to be looked at; the map goes there whenever this changes.
    """
    own = {
        "picks": list(picks),
        "view": view,
        "look": look,
        "height": height,
        "alt": alt,
        "ground": on_ground is not None,
        "areas": on_area is not None,
        "base": screens.base_map.base_map_style(),
        "library": _address("maplibre-gl.js", "text/javascript"),
        "style": _address("maplibre-gl.css", "text/css"),
    }
    data = "\n".join((_line(own), _line(_shared(fingerprint())), *map(_line, layers))).encode()
    told = partial(_told, key, picks, on_ground, on_area)
    _component()(key=key, data=data, height=height, on_picked_change=told, on_drawn_change=told)


@kept(64)
def _shared(of: tuple[object, ...]) -> Kept:
    """Return what all maps of a workspace are given: what may be looked for, what has no place, the words."""
    return Kept(places=rows("gazetteer"), unplaced=rows("unplaced"), words=component.desk_words(words()))


def _told(key: str, picks: Mapping[str, Pick], on_ground: GroundPick | None, on_area: AreaPick | None) -> None:
    """Tell whom it concerns; the browser's words are taken for what they should be, or not at all."""
    said = st.session_state[key]
    picked, drawn = said.get("picked"), said.get("drawn")
    if picked and picked.get("layer") in picks:
        picks[picked["layer"]](str(picked["id"]))
    elif picked and on_ground is not None and not picked.get("layer"):
        on_ground(float(picked["lon"]), float(picked["lat"]))
    if drawn and on_area is not None:
        on_area([[float(lon), float(lat)] for lon, lat in drawn["ring"]])


def _address(name: str, kind: str) -> str:
    """Return under which address this server gives a file of the library; the name in it is that of its content."""
    content = component.library_file(name).encode()
    return runtime.get_instance().media_file_mgr.add(content, kind, f"map-{name}")
