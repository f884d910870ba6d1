"""The map of a plan: the whole city, the part where most proposals lie, and the list that the numbers point into."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.coverage.hexagons import CITY_RESOLUTION, hexagon_counts
from ipps_geo.crs import metric_xy
from ipps_geo.report.maps import furniture, layers
from ipps_geo.report.maps.atlas_maps import NOTHING, institution_entries
from ipps_geo.report.maps.canvas import FAINT, PAPERS, Canvas
from ipps_geo.report.maps.ground import Ground, dense_window, ground_of
from ipps_geo.report.symbols import BLUE
from ipps_geo.report.words.figures import limit_note, plan_subtitle, site_names_of
from ipps_geo.results import day_of_result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ipps_geo.results import PlanResult
    from ipps_geo.workspace import Workspace

SIZE_IN = (14.0, 10.0)
CITY_RECT = (0.02, 0.105, 0.44, 0.785)
LIST_WIDTH = 0.325
DETAIL_RECT = (0.475, 0.425, 0.505, 0.465)


def draw_plan_map(
    workspace: Workspace,
    plan: PlanResult,
    path: str | Path,
    lang: str = "zh",
    *,
    resolution: int = CITY_RESOLUTION,
    suppress_below: int = 0,
    dpi: int = 150,
    base: Mapping[str, NDArray[Any]] | None = None,
    paper: str = "screen",
) -> Path:
    """Draw ``plan`` to ``path`` (.png, .svg or .pdf) and return the path.

    Parameters
    ----------
    resolution
        Of the H3 cells of the density.
    suppress_below
        Cells with fewer enterprises are not drawn: for maps that leave the bureau (5 is usual).
    base
        A bureau's own layers by kind (``planning.base_layers``), drawn under the marks.
    paper
        ``screen``, or ``a4`` or ``a3``: the same page at 300 dots per inch of that paper, across.
    """
    width_in, print_dpi = PAPERS[paper]
    if paper != "screen":
        dpi = round(print_dpi * width_in / SIZE_IN[0])
    canvas = Canvas(lang, SIZE_IN, dpi, 0 if paper == "screen" else print_dpi, workspace.region)
    words, origin = canvas.words, plan.provenance
    on = day_of_result(origin)
    ground = ground_of(workspace, on, lang, base)
    canvas.title(
        words.text("map.plan_title"),
        plan_subtitle(words, plan),
        synthetic=origin.synthetic,
    )
    left = plan.uncovered.loc[~(plan.uncovered.geometry.isna() | plan.uncovered.geometry.is_empty)]
    crs = workspace.region.metric_crs
    cells = hexagon_counts(metric_xy(left, crs) if len(left) else np.zeros((0, 2)), crs, resolution)
    cells = cells.loc[cells["count"] >= suppress_below]
    sites = metric_xy(plan.proposals, crs) if len(plan.proposals) else np.zeros((0, 2))
    ratio = DETAIL_RECT[2] * canvas.size_in[0] / (DETAIL_RECT[3] * canvas.size_in[1])
    window = dense_window(sites, ratio)
    reach_m = plan.coverage_after.radius_m
    grown = NOTHING if plan.enlarged is None or not len(plan.enlarged) else metric_xy(plan.enlarged, crs)
    texts = [str(rank) for rank in plan.proposals["rank"]]

    city = canvas.panel(CITY_RECT, ground.extent)
    _base(city, ground, cells)
    layers.draw_points(city, grown, "enlarged", scale=0.5)
    layers.draw_points(city, sites, "proposal", scale=0.55, zorder=7)
    outside = ~_within(sites, window)
    boxes = layers.draw_numbers(
        canvas, city, sites[outside], [text for text, out in zip(texts, outside, strict=True) if out], size=8
    )
    if window is not None:
        furniture.draw_window(city, window)
    boxes += _scale_and_north(canvas, city)
    layers.draw_unit_labels(canvas, city, ground.shapes, ground.labels, size=9, obstacles=boxes, smallest_px=45)

    if window is not None:
        detail = canvas.panel(DETAIL_RECT, window)
        if reach_m:
            layers.draw_reach(detail, sites, reach_m)
        _base(detail, ground, cells, scale=1.25)
        layers.draw_points(detail, grown, "enlarged", scale=1.25)
        inside = _within(sites, window)
        boxes = layers.draw_numbers(
            canvas, detail, sites[inside], [text for text, hit in zip(texts, inside, strict=True) if hit]
        )
        boxes += _scale_and_north(canvas, detail)
        layers.draw_unit_labels(canvas, detail, ground.shapes, ground.labels, size=9.5, obstacles=boxes, smallest_px=60)
    _site_list(canvas, plan, ground)
    furniture.legend(
        canvas,
        (0.81, 0.1, 0.175, 0.31),
        _legend(canvas, ground, resolution, reach_m, enlarged=len(grown) > 0),
        words.text("map.legend"),
    )
    told = words.text("page.reach_note", reach_km=plan.coverage_after.limit)
    notes = [told if reach_m else limit_note(words, plan.coverage_after)]
    if ground.unplaced:
        notes.append(words.text("map.unplaced", n=ground.unplaced))
    canvas.footer(origin, notes)
    return canvas.save(path)


def _scale_and_north(canvas: Canvas, axes: Axes) -> list[tuple[float, float, float, float]]:
    """Draw scale bar and north arrow where they hide no mark; return their boxes in pixels."""
    marks = furniture.marks_on(axes)
    scale = furniture.draw_scale_bar(canvas, axes, marks)
    return [scale, furniture.draw_north(canvas, axes, [*marks, scale])]


def _base(axes: Axes, ground: Ground, cells: Any, scale: float = 0.7) -> None:
    layers.draw_units(axes, ground.shapes, ground.kinds)
    layers.draw_base(axes, ground.base)
    layers.draw_density(axes, cells, ground.names.region.metric_crs)
    layers.draw_borders(axes, ground.shapes, ground.kinds)
    for kind in ("other_institution", "district_center_standin", "district_center", "workstation", "industry_station"):
        layers.draw_points(axes, ground.points.get(kind, np.zeros((0, 2))), kind, scale=scale)


def _within(xy: NDArray[np.float64], window: tuple[float, float, float, float] | None) -> NDArray[np.bool_]:
    if window is None or not len(xy):
        return np.zeros(len(xy), dtype=bool)
    west, south, east, north = window
    return (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)


def _legend(
    canvas: Canvas, ground: Ground, resolution: int, reach_m: float, *, enlarged: bool
) -> list[tuple[str, str]]:
    words = canvas.words
    entries = [("proposal", words.text("map.proposal"))]
    if enlarged:
        entries.append(("enlarged", words.text("map.enlarged")))
    entries += institution_entries(ground)
    if reach_m:
        entries.append(("ring", words.text("map.service_area", reach_km=reach_m / 1000)))
    if "functional_area" in ground.kinds:
        entries.append(("area:functional", words.text("map.functional_area")))
    entries += layers.base_entries(words, ground.base)
    entries.append(("none", words.text("map.uncovered")))
    entries += layers.density_entries()
    entries.append(layers.cell_entry(ground.names, resolution))
    return entries


def _site_list(canvas: Canvas, plan: PlanResult, ground: Ground) -> None:
    """Write number, name, unit and newly served beside the map; two columns when there are many."""
    words = canvas.words
    axes = canvas.figure.add_axes((0.475, 0.1, LIST_WIDTH, 0.31))
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    most = 20
    shown = plan.proposals.head(most)
    lines = max(len(shown) + 1 + (len(plan.proposals) > most), 12)
    step, size = 1 / lines, 9.2 if lines <= 13 else 7.2
    width_px = LIST_WIDTH * canvas.size_in[0] * canvas.dpi
    heads = (
        ("list_rank", 0.025, "center"),
        ("list_name", 0.06, "left"),
        ("list_unit", 0.5, "left"),
        ("list_served", 0.735, "right"),
        ("list_margin_roster", 0.865, "right"),
        ("list_margin_need", 1, "right"),
    )
    for key, x, align in heads:
        canvas.write(axes, x, 1, words.text(f"map.{key}"), size, ha=align, va="top", color=FAINT)
    figures = ("newly_served", "margin_roster", "margin_need")
    for row, (proposal, name) in enumerate(
        zip(shown.to_dict("records"), site_names_of(shown, words), strict=True), start=1
    ):
        y = 1 - row * step
        rank = str(proposal["rank"])
        canvas.write(axes, 0.025, y, rank, size, ha="center", va="top", color=BLUE, fontweight="bold")
        canvas.write(axes, 0.06, y, canvas.clipped(name, size, width_px * 0.43), size, va="top")
        unit = proposal["unit"]
        unit_name = ground.labels[ground.codes.index(unit)] if unit in ground.codes else ground.names.unit(unit)
        canvas.write(axes, 0.5, y, canvas.clipped(unit_name, size, width_px * 0.13), size, va="top")
        for figure, (_, x, _) in zip(figures, heads[3:], strict=True):
            canvas.write(axes, x, y, words.value(int(proposal[figure])), size, ha="right", va="top")
    if len(plan.proposals) > most:
        text = words.text("map.more", n=len(plan.proposals) - most)
        canvas.write(axes, 0.06, 1 - (most + 1) * step, text, size, va="top", color=FAINT)
