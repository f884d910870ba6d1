"""Tiles of a base map from one file on this machine: PMTiles or MBTiles, pictures or vectors."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipps_geo.errors import BadInput

PICTURES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}
VECTORS = {"pbf": "application/x-protobuf", "mvt": "application/x-protobuf"}
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class TileFile:
    """A base map in a file.

    ``tile(z, x, y)`` (y from the north) gives a tile as the browser takes it, or None where the file holds none;
    ``layers`` names the layers of vector tiles, none for pictures; ``attribution`` is what the file says of its source.
    """

    kind: str
    media_type: str
    lowest: int
    highest: int
    attribution: str
    layers: tuple[str, ...]
    _read: Callable[[int, int, int], bytes | None] = field(repr=False)

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return a tile, unpacked."""
        if not (self.lowest <= z <= self.highest and 0 <= x < 2**z and 0 <= y < 2**z):
            return None
        found = self._read(z, x, y)
        return gzip.decompress(found) if found and found[:2] == _GZIP else found


def open_tiles(path: str | Path) -> TileFile:
    """Return the base map in a file ``*.pmtiles`` or ``*.mbtiles``.

    Raises
    ------
    BadInput
        There is no such file, or it is none of these kinds.
    """
    source = Path(path)
    if not source.is_file():
        raise BadInput("report.no_tile_file", where=str(source))
    try:
        return _pmtiles(source) if source.suffix.lower() == ".pmtiles" else _mbtiles(source)
    except (OSError, ValueError, KeyError, sqlite3.Error) as error:
        raise BadInput("report.tile_file_unread", where=str(source)) from error


def _mbtiles(source: Path) -> TileFile:
    address = f"{source.resolve().as_uri()}?mode=ro&immutable=1"

    def ask(query: str, *given: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return connection.execute(query, given).fetchall()

    def read(z: int, x: int, y: int) -> bytes | None:
        # MBTiles count rows from the south.
        found = ask(
            "SELECT tile_data FROM tiles WHERE zoom_level=? AND tile_column=? AND tile_row=?", z, x, 2**z - 1 - y
        )
        return bytes(found[0][0]) if found else None  # type: ignore[call-overload]

    told = {str(name): str(value) for name, value in ask("SELECT name, value FROM metadata")}
    ((low, high),) = ask("SELECT min(zoom_level), max(zoom_level) FROM tiles")
    layers = json.loads(told.get("json") or "{}").get("vector_layers", [])
    return _file(told.get("format", ""), low, high, told.get("attribution", ""), layers, read)


def _pmtiles(source: Path) -> TileFile:
    from pmtiles.reader import MmapSource, Reader
    from pmtiles.tile import MagicNumberNotFound, SpecVersionUnsupported

    try:
        with source.open("rb") as stream:
            reader: Any = Reader(MmapSource(stream))  # type: ignore[no-untyped-call]  # the mapping outlives the file
        head, told = reader.header(), reader.metadata()
    except (MagicNumberNotFound, SpecVersionUnsupported) as error:
        raise ValueError(type(error).__name__) from error
    form = head["tile_type"].name.lower()
    low, high = head["min_zoom"], head["max_zoom"]
    return _file(form, low, high, str(told.get("attribution", "")), told.get("vector_layers", []), reader.get)


def _file(
    form: str, low: object, high: object, attribution: str, layers: list[dict[str, object]],
    read: Callable[[int, int, int], bytes | None],
) -> TileFile:  # fmt: skip
    kinds = {"raster": PICTURES, "vector": VECTORS}
    kind = next((kind for kind, forms in kinds.items() if form in forms), None)
    if kind is None or low is None:
        raise ValueError(form or "?")
    names = tuple(str(layer["id"]) for layer in layers) if kind == "vector" else ()
    return TileFile(kind, kinds[kind][form], int(str(low)), int(str(high)), attribution, names, read)
