"""A bureau's own layers lie under its maps: read through the gate, drawn below every mark, named in the legend."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from PIL import Image

from ipps_geo.errors import BadInput
from ipps_geo.planning.base_layers import LAYERS_VARIABLE, own_layers, read_base_layers
from ipps_geo.report.maps import layers
from ipps_geo.report.maps.canvas import Canvas
from ipps_geo.report.symbols import UNDERLAYS
from ipps_geo.report.words.catalogue import LANGUAGES, catalogue

LINE = shapely.LineString([(116.3, 39.9), (116.5, 39.9)])
LAKE = shapely.box(116.35, 39.85, 116.45, 39.95)


@pytest.fixture
def files(tmp_path):
    for name, shape in (("subway.geojson", LINE), ("lake.geojson", LAKE)):
        gpd.GeoDataFrame(geometry=[shape], crs="EPSG:4490").to_file(tmp_path / name)
    return tmp_path


def test_kinds_are_written_as_offices_write_them(files):
    base = read_base_layers([f"地铁={files / 'subway.geojson'}", f"water={files / 'lake.geojson'}"])
    assert list(base) == ["subway", "water"]
    assert shapely.length(base["subway"][0]) == pytest.approx(17_100, rel=0.01)  # metres
    assert shapely.is_closed(base["water"][0])


def test_whoever_runs_the_app_names_its_layers_in_the_environment(files, monkeypatch):
    monkeypatch.setenv(LAYERS_VARIABLE, f"街道={files / 'lake.geojson'}; 地铁={files / 'subway.geojson'}")
    assert set(own_layers()) == {"subway", "township"}
    monkeypatch.delenv(LAYERS_VARIABLE)
    assert own_layers() == {}
    monkeypatch.setenv(LAYERS_VARIABLE, "metro=a.geojson")
    with pytest.raises(BadInput, match=LAYERS_VARIABLE):
        own_layers()


@pytest.mark.parametrize("text", ["metro=a.geojson", "地铁", "subway=", "road=missing.geojson"])
def test_what_is_no_layer_is_refused_by_name(text):
    with pytest.raises(BadInput) as told:
        read_base_layers([text])
    assert text.split("=")[-1] in str(told.value)


def test_water_is_filled_and_a_line_is_seen_in_its_colour(files, tmp_path):
    base = read_base_layers([f"subway={files / 'subway.geojson'}", f"water={files / 'lake.geojson'}"])
    canvas = Canvas("zh", (3, 3), 100)
    west, south, east, north = shapely.total_bounds(base["water"])
    axes = canvas.panel((0, 0, 1, 1), (west, south, east, north))
    layers.draw_base(axes, base)
    canvas.save(tmp_path / "base.png")
    shown = {tuple(pixel) for pixel in np.asarray(Image.open(tmp_path / "base.png").convert("RGB")).reshape(-1, 3)}
    for colour in (UNDERLAYS["water"].fill, UNDERLAYS["subway"].line):
        assert tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5)) in shown


def test_the_legend_says_whose_the_layers_are():
    base = {kind: np.zeros(0, object) for kind in UNDERLAYS}
    for lang in LANGUAGES:
        told = [word for _, word in layers.base_entries(catalogue(lang), base)]
        assert len(set(told)) == len(UNDERLAYS)
