"""The base map of the app's maps: none, unless whoever runs the app has a key of the national map service 天地图."""

from __future__ import annotations

import os
import re
from typing import Any

from ipps_geo.errors import BadInput

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


def base_map_style() -> dict[str, Any] | None:
    """Return the style of the base map for the map component; None without a key.

    Raises
    ------
    BadInput
        What is set is no key.
    """
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


def _source(layer: str, key: str) -> dict[str, object]:
    tiles = [_TILES.format(server=server, layer=layer, key=key) for server in _SERVERS]
    return {"type": "raster", "tiles": tiles, "tileSize": 256, "minzoom": 1, "maxzoom": 18, "attribution": "天地图"}
