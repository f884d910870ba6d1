"""Furniture never hides a subject: legend, scale and arrow stand where nothing lies, or beside the map."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from ipps_geo.crs import metric_xy
from ipps_geo.regions import load_region
from ipps_geo.report.maps import atlas_maps, furniture
from ipps_geo.report.maps.canvas import Canvas
from ipps_geo.report.maps.ground import ground_of
from ipps_geo.report.maps.plan_map import draw_plan_map
from ipps_geo.results import day_of_result

METRIC_CRS = load_region().metric_crs


@pytest.fixture
def drawn(monkeypatch):
    """The canvases that are drawn, instead of their files."""
    kept = []
    monkeypatch.setattr(atlas_maps, "pdf_of", lambda canvas: kept.append(canvas) or b"")
    real = Canvas.save
    monkeypatch.setattr(Canvas, "save", lambda canvas, path: kept.append(canvas) or real(canvas, path))
    return kept


def hidden(canvas, points):
    """Return the points (metres) over whose centre a piece of furniture stands, in any panel."""
    found = []
    for axes in canvas.figure.axes:
        (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
        if east - west < 1000:
            continue
        inside = points[(points[:, 0] > west) & (points[:, 0] < east) & (points[:, 1] > south) & (points[:, 1] < north)]
        frame = axes.get_window_extent()
        for x, y in axes.transData.transform(inside) if len(inside) else ():
            for name, (left, low, right, high) in canvas.furniture:
                over = left < frame.x1 and right > frame.x0 and low < frame.y1 and high > frame.y0
                if over and left < x < right and low < y < high:
                    found.append((name, x, y))
    return found


@pytest.fixture(scope="module")
def real_plan(ten_stations):
    return ten_stations


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_mark_of_the_plan_map_is_hidden(beijing, real_plan, drawn, tmp_path, lang):
    draw_plan_map(beijing, real_plan, tmp_path / "map.png", lang, dpi=60)
    ground = ground_of(beijing, day_of_result(real_plan.provenance), lang)
    points = np.concatenate([metric_xy(real_plan.proposals, METRIC_CRS), *ground.points.values()])
    assert len(points) > 50
    assert hidden(drawn[0], points) == []
    assert {name for name, _ in drawn[0].furniture} == {"scale", "north"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_legend_and_list_stay_on_the_page_and_off_each_other(beijing, real_plan, drawn, tmp_path, lang):
    draw_plan_map(beijing, real_plan, tmp_path / "map.png", lang, dpi=100)
    canvas = drawn[0]
    renderer = canvas.figure.canvas.get_renderer()
    legends = [axes.get_legend().get_window_extent(renderer) for axes in canvas.figure.axes if axes.get_legend()]
    lists = [axes for axes in canvas.figure.axes if len(axes.texts) > 40]
    rows = {}
    for text in lists[0].texts:
        box = text.get_window_extent(renderer)
        rows.setdefault(round(text.get_position()[1], 6), []).append((box.x0, box.x1))
    assert len(rows) == 11
    for row in rows.values():
        ends = [(right, left) for (_, right), (left, _) in itertools.pairwise(sorted(row))]
        assert all(right <= left for right, left in ends)
    assert max(right for row in rows.values() for _, right in row) < legends[0].x0
    assert legends[0].x1 < canvas.figure.bbox.width


def test_no_mark_of_a_unit_sheet_is_hidden_and_no_legend_lies_on_the_unit(beijing, real_plan, drawn):
    ground = ground_of(beijing, day_of_result(real_plan.provenance), "zh")
    sites = metric_xy(real_plan.proposals, METRIC_CRS)
    for code in ground.codes:
        atlas_maps.unit_map(ground, code, sites, 8, 0, real_plan.proposals, sites)
    points = np.concatenate([sites, *ground.points.values()])
    assert len(drawn) == len(ground.codes)
    for code, canvas in zip(ground.codes, drawn):
        assert hidden(canvas, points) == []
        panel, shape = canvas.figure.axes[0], ground.shapes[ground.codes.index(code)]
        for name, box in canvas.furniture:
            if name == "legend":
                corners = panel.transData.inverted().transform([box[:2], box[2:]])
                assert not shapely.box(*corners.ravel()).intersects(shape)


def test_the_city_maps_of_the_atlas_hide_nothing(beijing, real_plan, drawn):
    ground = ground_of(beijing, day_of_result(real_plan.provenance), "zh")
    atlas_maps.institutions_map(ground)
    sites = metric_xy(real_plan.proposals, METRIC_CRS)
    atlas_maps.proposals_map(ground, real_plan.proposals["rank"].tolist(), sites, 3000.0)
    points = np.concatenate([sites, *ground.points.values()])
    assert [hidden(canvas, points) for canvas in drawn] == [[], []]
    assert all("legend" in dict(canvas.furniture) for canvas in drawn)  # the shape of the city leaves room


def test_a_free_spot_is_free_and_is_found_where_there_is_one():
    canvas, rng = Canvas("zh", (4, 3), 100), np.random.default_rng(7)
    axes = canvas.panel((0, 0, 1, 1), (0.0, 0.0, 4000.0, 3000.0))
    for _ in range(60):
        corners = rng.uniform(0, [400, 300], (rng.integers(1, 30), 2))
        taken = [(x, y, x + 25, y + 25) for x, y in corners]
        x, y, free = furniture.free_spot(axes, (80, 40), taken, "lower left")
        overlaps = any(left < x + 80 and right > x and low < y + 40 and high > y for left, low, right, high in taken)
        assert free is not overlaps
        assert 0 <= x <= 320
        assert 0 <= y <= 260


def test_the_white_box_of_the_north_arrow_is_what_it_takes_and_holds_arrow_and_letter():
    from matplotlib.patches import Polygon, Rectangle

    canvas = Canvas("zh", (4, 3), 100)
    axes = canvas.panel((0, 0, 1, 1), (0.0, 0.0, 4000.0, 3000.0))
    left, low, right, high = furniture.draw_north(canvas, axes)
    frame = axes.get_window_extent()
    assert (right - left, high - low) == pytest.approx((20 * 100 / 72, 39 * 100 / 72))
    assert (right, high) == pytest.approx((frame.x1 - 5, frame.y1 - 5))  # as near to the corner as the edge allows
    renderer = canvas.figure.canvas.get_renderer()
    (white,) = (each.get_window_extent(renderer) for each in axes.patches if type(each) is Rectangle)
    assert white.extents.tolist() == pytest.approx([left, low, right, high])
    drawn = [each.get_window_extent(renderer) for each in axes.patches if type(each) is Polygon]
    assert len(drawn) == 2
    for box in (*drawn, *(text.get_window_extent(renderer) for text in axes.texts)):
        assert left <= box.x0 < box.x1 <= right
        assert low <= box.y0 < box.y1 <= high
