"""The map that is worked on: MapLibre GL with our desk around it, one for the pages of the app and for ``map.html``.

``web/desk.*`` and ``web/layers.js`` draw layers as plain records; here are the records that both doors make alike:
marks, legends, words. The library itself comes from the package ``maplibre``: no copy of it lies here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ipps_geo.crs import STORE_CRS, transformer
from ipps_geo.errors import MissingExtra
from ipps_geo.report.symbols import (
    DENSITY_BREAKS,
    INK,
    MARKS,
    RAMP,
    TYPE_MARKS,
    UNDERLAYS,
    VERMILION,
    Mark,
    class_texts,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.report.words.catalogue import Catalogue

Layer = dict[str, Any]
LIBRARY = "maplibre-gl"
"""The drawing library: its files, and beside ours the licence that goes with every copy of it."""
TOLERANCE_M = 30.0
"""Outlines are simplified to this: far below the precision of the boundaries."""
CONTROLS = {
    "NavigationControl.ZoomIn": "zoom_in",
    "NavigationControl.ZoomOut": "zoom_out",
    "NavigationControl.ResetBearing": "north_up",
    "FullscreenControl.Enter": "full_screen",
    "FullscreenControl.Exit": "full_screen_end",
    "ScaleControl.Meters": "metre",
    "ScaleControl.Kilometers": "kilometre",
    "CooperativeGesturesHandler.WindowsHelpText": "scroll_help",
    "CooperativeGesturesHandler.MacHelpText": "scroll_help_mac",
    "CooperativeGesturesHandler.MobileHelpText": "scroll_help_touch",
    "AttributionControl.ToggleAttribution": "attribution",
    "Map.Title": "map",
}
"""The words of the library's own controls, and ours for them."""
WORDS = (
    "layers", "search", "coordinates", "measure", "measure_help", "measured", "box", "box_help", "ring", "ring_help",
    "km", "cannot", "home", "list", "list_rest", "not_found",
)  # fmt: skip
DRAWN: Mapping[str, Mark] = {
    **MARKS,
    "candidate": MARKS["closed_site"],
    "carrier": Mark("circle", "#E69F00", INK, 1.7),
    "desk_open": MARKS["proposal"],
    "stop": Mark("circle", "#FFFFFF", UNDERLAYS["subway"].line, 1.2),
    "forbidden": Mark("cross", VERMILION, VERMILION, 1.6),
    "application": Mark("circle", "#CC79A7", INK, 1.7),
    "FAIL": Mark("circle", "#78003C", INK, 2.6),
    "UNDETERMINED": Mark("circle", "#F0E442", INK, 2.0),
    "PASS": Mark("circle", "#009E73", INK, 1.4),
    "selected": Mark("circle", VERMILION, INK, 2.8),
}
"""The marks of print, and those of what only a screen shows."""


def web_file(name: str) -> str:
    """Return a file that lies here: ``desk.html``, ``desk.css``, ``desk.js``, ``layers.js``, ``page.*``, a licence."""
    return files("ipps_geo.report.maps").joinpath("web", name).read_text(encoding="utf-8")


@cache
def library_file(name: str) -> str:
    """Return a file of MapLibre GL: ``maplibre-gl.js``, ``maplibre-gl.css``.

    Raises
    ------
    MissingExtra
        The package ``maplibre`` is not installed.
    """
    found = find_spec("maplibre")  # not imported: only its files are wanted
    if found is None or found.origin is None:
        raise MissingExtra("report.no_maplibre", where="maplibre")
    return (Path(found.origin).parent / "srcjs" / name).read_text(encoding="utf-8")


def desk_script() -> str:
    """Return the script of the map, without the library."""
    return web_file("layers.js") + web_file("desk.js")


def desk_words(words: Catalogue) -> dict[str, Any]:
    """Return the words of the map and of the library's own controls."""
    return {name: words.text(f"desk.{name}") for name in WORDS} | {
        "controls": {theirs: words.text(f"desk.{ours}") for theirs, ours in CONTROLS.items()}
    }


def mark_of(kind: str, size: float) -> dict[str, Any]:
    """Return the mark of a kind for the screen, ``size`` pixels from its middle to its edge.

    >>> mark_of("workstation", 5)
    {'shape': 'square', 'face': '#009E73', 'edge': '#FFFFFF', 'size': 5}
    """
    mark = DRAWN[kind]
    return {"shape": mark.shape, "face": mark.face, "edge": mark.edge, "size": size}


def type_mark(place: int, size: float) -> dict[str, Any]:
    """Return the mark of the n-th type, as the atlas draws it."""
    mark = TYPE_MARKS[place % len(TYPE_MARKS)]
    return {"shape": mark.shape, "face": mark.face, "edge": mark.edge, "size": size}


def ring_mark(size: float) -> dict[str, Any]:
    """Return the ring around what is selected."""
    return {"shape": "circle", "face": "", "edge": VERMILION, "size": size, "width": 2.5}


def density_layer(name: str, cells: Sequence[Any], word: Any, *, off: bool = False, of: str | None = None) -> Layer:
    """Return hexagons (count, ring) in the classes of print; they take no clicks.

    Of another layer ``of`` of the same cells each ring is named by its place there.
    """
    data = cells if of else [packed(count, ring) for count, ring in cells]
    steps = class_texts(DENSITY_BREAKS)
    entries = [{"word": word, "patch": RAMP[2]}] + [
        {"word": step, "patch": colour, "fixed": True} for step, colour in zip(steps, RAMP, strict=True)
    ]
    return {"name": name, "kind": "hexagons", "data": data, "colours": RAMP, "limits": DENSITY_BREAKS[1:],
            "legend": entries if len(cells) else [], "off": off, "cells": of}  # fmt: skip


def packed(count: int, ring: Sequence[Sequence[float]]) -> list[int]:
    """Return a count and the ring of its cell as whole numbers: the first corner, then steps, in 1e-5 degrees.

    A third of the size of the coordinates: a map of a large city has thousands of cells.

    >>> packed(7, [(116.3, 39.9), (116.30001, 39.9), (116.3, 39.9)])
    [7, 11630000, 3990000, 1, 0]
    """
    corners = np.rint(np.asarray(ring[:-1]) * 1e5).astype(np.int64)
    return [count, *np.concatenate([corners[:1], np.diff(corners, axis=0)]).ravel().tolist()]


def base_layers(base: Mapping[str, NDArray[Any]], words: Mapping[str, Any], metric_crs: str) -> list[Layer]:
    """Return a bureau's own layers, as print draws them under a map.

    Parameters
    ----------
    base
        Lines in metres of ``metric_crs`` by kind.
    words
        What the legend says of each kind.
    """
    turned, made = transformer(metric_crs, STORE_CRS), []
    for kind, look in UNDERLAYS.items():
        if kind not in base:
            continue
        lines = [
            np.column_stack(turned.transform(*shapely.get_coordinates(line).T)).round(5).tolist()
            for line in shapely.simplify(base[kind], TOLERANCE_M)
        ]
        entry = {"word": words[kind], "line": look.line}
        made.append({"name": f"base_{kind}", "kind": "lines", "data": lines, "line": look.line,
                     "width": look.width, "legend": [entry]})  # fmt: skip
    return made
