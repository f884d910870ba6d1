"""A base map in a file: the tile that was put in comes out, in both formats; anything else is refused."""

import gzip
import sqlite3
from contextlib import closing

import pytest

from ipps_geo.errors import BadInput
from ipps_geo.screens import base_map
from ipps_geo.screens.tile_file import open_tiles

pmtiles = pytest.importorskip("pmtiles")

TILES = {(8, 210, 96): b"\x89PNG one", (8, 210, 97): b"\x89PNG two", (9, 421, 193): b"\x89PNG three"}


def mbtiles(path, tiles, form="png", json=None):
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        made.execute("CREATE TABLE tiles (zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB)")
        told = {"format": form, "attribution": "<b>survey"} | ({"json": json} if json else {})
        made.executemany("INSERT INTO metadata VALUES (?, ?)", told.items())
        rows = [(z, x, 2**z - 1 - y, tile) for (z, x, y), tile in tiles.items()]
        made.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
        made.commit()
    return path


def pmfile(path, tiles):
    from pmtiles.tile import Compression, TileType, zxy_to_tileid
    from pmtiles.writer import write

    with write(str(path)) as writer:
        for (z, x, y), tile in sorted(tiles.items(), key=lambda each: zxy_to_tileid(*each[0])):
            writer.write_tile(zxy_to_tileid(z, x, y), tile)
        head = {"tile_type": TileType.PNG, "tile_compression": Compression.NONE, "min_zoom": 8, "max_zoom": 9,
                "min_lon_e7": 0, "min_lat_e7": 0, "max_lon_e7": 1, "max_lat_e7": 1,
                "center_zoom": 8, "center_lon_e7": 0, "center_lat_e7": 0}  # fmt: skip
        writer.finalize(head, {"attribution": "<b>survey"})
    return path


@pytest.fixture(params=["mbtiles", "pmtiles"])
def tile_path(request, tmp_path):
    made = {"mbtiles": mbtiles, "pmtiles": pmfile}[request.param]
    return made(tmp_path / f"底图.{request.param}", TILES)


def test_every_tile_comes_out_as_it_was_put_in_and_no_other(tile_path):
    found = open_tiles(tile_path)
    assert (found.kind, found.media_type, found.lowest, found.highest) == ("raster", "image/png", 8, 9)
    assert found.attribution == "<b>survey"
    assert {at: found.tile(*at) for at in TILES} == TILES
    for nowhere in ((8, 0, 0), (7, 105, 48), (10, 842, 386), (8, -1, 96), (8, 256, 96)):
        assert found.tile(*nowhere) is None


def test_packed_vector_tiles_are_unpacked_and_their_layers_named(tmp_path):
    told = '{"vector_layers": [{"id": "water"}, {"id": "roads"}]}'
    path = mbtiles(tmp_path / "v.mbtiles", {(8, 210, 96): gzip.compress(b"a vector tile")}, "pbf", told)
    found = open_tiles(path)
    assert (found.kind, found.layers) == ("vector", ("water", "roads"))
    assert found.tile(8, 210, 96) == b"a vector tile"


def test_the_style_asks_this_server_alone(tile_path, monkeypatch):
    monkeypatch.setenv(base_map.FILE_VARIABLE, str(tile_path))
    monkeypatch.setenv(base_map.KEY_VARIABLE, "0123456789abcdef" * 2)
    (source,) = base_map.base_map_style()["sources"].values()
    assert source["tiles"] == ["./tiles/{z}/{x}/{y}"]
    assert source["attribution"] == "&lt;b&gt;survey"  # the browser takes it for markup


@pytest.mark.parametrize("name", ["nothing.pmtiles", "text.pmtiles", "text.mbtiles", "empty.mbtiles"])
def test_what_is_no_base_map_is_refused_in_one_sentence(tmp_path, name):
    path = tmp_path / name
    if name.startswith("text"):
        path.write_bytes(b"no tiles in here, only text" * 20)
    if name.startswith("empty"):
        mbtiles(path, {})
    with pytest.raises(BadInput, match="no such base map" if name.startswith("nothing") else "no usable base map"):
        open_tiles(path)
