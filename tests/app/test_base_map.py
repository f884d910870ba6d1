"""A base map only where a key is set; without one a map names no other host."""

import json

import pytest

from ipps_geo import screens
from ipps_geo.cli.commands.app import run_app
from ipps_geo.errors import BadInput

VARIABLE = "IPPS_GEO_TIANDITU_KEY"
KEY = "0123456789abcdef" * 2


def test_without_a_key_no_host_is_named_and_the_ground_is_drawn(open_page, map_of, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    told = map_of(open_page("site"))
    assert "http" not in json.dumps(told)
    assert told["units"]["fill"] == "ground"


def test_with_a_key_the_ground_lets_the_tiles_through(open_page, map_of, monkeypatch):
    monkeypatch.setenv(VARIABLE, KEY)
    told = map_of(open_page("site"))
    style = told[""]["base"]
    assert [layer["source"] for layer in style["layers"]] == ["vec", "cva"]
    tiles = [address for source in style["sources"].values() for address in source["tiles"]]
    assert all(address.endswith(f"TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={KEY}") for address in tiles)
    assert told["units"]["fill"] is None


def test_what_is_no_key_is_refused_before_the_app_starts(monkeypatch):
    monkeypatch.setenv(VARIABLE, "tk=1&evil")
    with pytest.raises(BadInput, match="no key of Tianditu"):
        screens.base_map.base_map_style()
    with pytest.raises(BadInput, match=VARIABLE):
        run_app()
