"""The base map of the app's maps: none, unless whoever runs the app names a file of tiles or has a key of 天地图."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import Any

from ipps_geo.errors import BadInput
from ipps_geo.media import html
from ipps_geo.screens.tile_file import TileFile, open_tiles

FILE_VARIABLE = "IPPS_GEO_BASE_MAP"
"""Environment variable that names a file of tiles (PMTiles, MBTiles) on this machine; it goes before a key."""
TILE_PATH = "tiles"
"""Where the app gives the tiles of that file, below its own address."""
KEY_VARIABLE = "IPPS_GEO_TIANDITU_KEY"
"""Environment variable that holds the key for 天地图; without it the maps ask nobody for anything."""

_TILES = (
    "https://t{server}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
_SERVERS = range(8)
TILE_HOSTS = tuple(f"t{server}.tianditu.gov.cn" for server in _SERVERS)
"""The hosts that the app asks for tiles, where a key is set."""
LAYERS = ("vec", "cva")
"""Tile layers of the base map: ground and its names, in spherical Mercator on CGCS2000."""


GREENS = ("landcover", "landuse", "park", "green")
WATERS = ("water", "waterway", "river")
"""Words in the names of vector layers by which they are coloured; any other is drawn as thin grey lines."""


def base_map_style() -> dict[str, Any] | None:
    """Return the style of the base map for the map component; None where neither a file nor a key is set.

    Raises
    ------
    BadInput
        What is set is no file of tiles, or no key.
    """
    tiles = base_map_file()
    if tiles is not None:
        return _file_style(tiles)
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        return None
    if not re.fullmatch(r"[0-9a-fA-F]{32}", key):
        raise BadInput("report.no_tianditu_key", where=KEY_VARIABLE)
    return {
        "version": 8,
        "sources": {layer: _source(layer, key) for layer in LAYERS},
        "layers": [{"id": layer, "type": "raster", "source": layer} for layer in LAYERS],
    }


def base_map_file() -> TileFile | None:
    """Return the file of tiles that is set, opened once; None where none is."""
    named = os.environ.get(FILE_VARIABLE, "").strip()
    return _opened(named) if named else None


@lru_cache(maxsize=4)
def _opened(named: str) -> TileFile:
    return open_tiles(named)


def _file_style(tiles: TileFile) -> dict[str, Any]:
    source = {"type": tiles.kind, "tiles": [f"./{TILE_PATH}/{{z}}/{{x}}/{{y}}"], "minzoom": tiles.lowest,
              "maxzoom": tiles.highest, "attribution": html(tiles.attribution)}  # fmt: skip
    if tiles.kind == "raster":
        layers: list[dict[str, Any]] = [{"id": "base", "type": "raster", "source": "base"}]
        source["tileSize"] = 256
    else:
        layers = [part for name in tiles.layers for part in _vector_parts(name)]
    return {"version": 8, "sources": {"base": source}, "layers": layers}


def _vector_parts(name: str) -> list[dict[str, Any]]:
    """Return how a layer of vector tiles is drawn: pale, so that what the map is about stands out."""
    place: dict[str, Any] = {"source": "base", "source-layer": name}
    area = ["==", ["geometry-type"], "Polygon"]
    for words, colour in ((WATERS, "#c8dcec"), (GREENS, "#e3eddc")):
        if any(word in name.lower() for word in words):
            fill = {"id": name, "type": "fill", "filter": area, "paint": {"fill-color": colour}}
            line = {"id": f"{name}-line", "type": "line", "filter": ["==", ["geometry-type"], "LineString"],
                    "paint": {"line-color": colour, "line-width": 1.2}}  # fmt: skip
            return [place | fill, place | line]
    told = {"id": name, "type": "line", "paint": {"line-color": "#c9c9c4", "line-width": 0.8}}
    return [place | told]


def _source(layer: str, key: str) -> dict[str, object]:
    tiles = [_TILES.format(server=server, layer=layer, key=key) for server in _SERVERS]
    return {"type": "raster", "tiles": tiles, "tileSize": 256, "minzoom": 1, "maxzoom": 18, "attribution": "天地图"}
