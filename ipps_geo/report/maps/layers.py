"""Layers of a map: service units, density, institutions, proposals, reach; each draws onto a panel in metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ipps_geo.coverage.hexagons import cell_area_km2, hexagon_corners
from ipps_geo.report.maps.canvas import Canvas
from ipps_geo.report.maps.labels import Box, place
from ipps_geo.report.symbols import (
    BLUE,
    BORDER,
    DENSITY_BREAKS,
    LAND,
    MARKS,
    PURPLE,
    UNDERLAYS,
    Shape,
    class_texts,
    ramp_colour,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ipps_geo.report.words.catalogue import Catalogue
    from ipps_geo.report.words.naming import Names


def path_of(shape: Any) -> Any:
    """Return a polygon or multipolygon as one matplotlib path, holes included."""
    from matplotlib.path import Path

    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return Path.make_compound_path(*(Path(np.asarray(ring.coords)[:, :2], closed=True) for ring in rings))


def draw_units(
    axes: Axes,
    shapes: Sequence[Any],
    kinds: Sequence[str],
    fills: Sequence[str] | None = None,
) -> None:
    """Draw service units; functional areas lie over districts, hatched and dashed: their border is approximate."""
    from matplotlib.patches import PathPatch

    colours = fills if fills is not None else [LAND] * len(shapes)
    for layer, style in (
        ("district", {"edgecolor": BORDER, "linewidth": 0.9, "zorder": 1}),
        ("functional_area", {"edgecolor": PURPLE, "linewidth": 1.2, "linestyle": (0, (4, 2)), "zorder": 4}),
    ):
        for shape, kind, colour in zip(shapes, kinds, colours, strict=True):
            if kind != layer or shape is None or shape.is_empty:
                continue
            over = kind == "functional_area" and fills is None
            axes.add_artist(
                PathPatch(
                    path_of(shape),
                    facecolor="none" if over else colour,
                    hatch="///" if kind == "functional_area" else None,
                    hatchcolor="#CC79A780" if kind == "functional_area" else None,
                    **style,
                )
            )


def draw_base(axes: Axes, base: Mapping[str, NDArray[Any]]) -> None:
    """Draw a bureau's own layers: areas of water and green below a density, lines above it and below every mark."""
    from matplotlib.collections import LineCollection
    from matplotlib.patches import PathPatch

    for kind, look in UNDERLAYS.items():
        lines = base.get(kind)
        if lines is None:
            continue
        if look.fill:
            rings = shapely.polygonize(lines[shapely.is_closed(lines)])
            for area in shapely.get_parts(rings):
                axes.add_artist(PathPatch(path_of(area), facecolor=look.fill, edgecolor="none", zorder=1.5))
        shapes = [shapely.get_coordinates(line) for line in lines]
        axes.add_collection(LineCollection(shapes, colors=look.line, linewidths=look.width, zorder=3.2), autolim=False)


def base_entries(words: Catalogue, base: Mapping[str, NDArray[Any]]) -> list[tuple[str, str]]:
    """Return the legend entries of a bureau's own layers."""
    return [(f"line:{look.line}", words.text(f"map.base_{kind}")) for kind, look in UNDERLAYS.items() if kind in base]


def draw_borders(axes: Axes, shapes: Sequence[Any], kinds: Sequence[str]) -> None:
    """Draw the borders of districts again, above a density layer."""
    from matplotlib.patches import PathPatch

    for shape, kind in zip(shapes, kinds, strict=True):
        if kind == "district" and shape is not None and not shape.is_empty:
            axes.add_artist(PathPatch(path_of(shape), facecolor="none", edgecolor=BORDER, linewidth=0.8, zorder=3))


def draw_density(axes: Axes, cells: pd.DataFrame, metric_crs: str) -> None:
    """Draw hexagons in the classes of a density; ``cells`` as from :func:`hexagon_counts`."""
    draw_classes(
        axes,
        cells,
        cells["count"].to_numpy(),
        DENSITY_BREAKS,
        [ramp_colour(level) for level in range(len(DENSITY_BREAKS))],
        metric_crs,
    )


def density_entries() -> list[tuple[str, str]]:
    """Return the legend entries of the classes of a density."""
    return [(f"cell:{ramp_colour(level)}", text) for level, text in enumerate(class_texts(DENSITY_BREAKS))]


def draw_classes(
    axes: Axes,
    cells: pd.DataFrame,
    values: NDArray[np.float64],
    breaks: Sequence[float],
    colours: Sequence[str],
    metric_crs: str,
) -> None:
    """Draw cells in the colour of the class of ``values``: one path per class, in view only."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    x, y, near = cells["x"].to_numpy(), cells["y"].to_numpy(), 6000.0
    seen = (x > west - near) & (x < east + near) & (y > south - near) & (y < north + near)
    classes = np.clip(np.searchsorted(breaks, values, side="right") - 1, 0, len(colours) - 1)
    for level, colour in enumerate(colours):
        chosen = seen & (classes == level)
        if not chosen.any():
            continue
        rings = hexagon_corners(cells["h3_cell"].to_numpy()[chosen].tolist(), metric_crs)
        path = Path.make_compound_path(*(Path(np.concatenate([ring, ring[:1]]), closed=True) for ring in rings))
        axes.add_artist(PathPatch(path, facecolor=colour, edgecolor="#FFFFFF", linewidth=0.25, zorder=2))


def cell_entry(names: Names, resolution: int, key: str = "map.cell") -> tuple[str, str]:
    """Return the legend entry that says what a cell is."""
    area = cell_area_km2(resolution, *names.region.centre)
    return "none", names.words.text(key, resolution=resolution, area=names.words.number(area, 1))


SHAPES: Mapping[Shape, str] = {
    "square": "s", "pentagon": "p", "diamond": "D", "triangle": "^", "circle": "o", "cross": "x", "plus": "P",
    "down": "v", "saltire": "X", "star": "*", "hexagon": "h",
}  # fmt: skip
"""The shapes of marks as matplotlib calls them."""

MARKERS: Mapping[str, Mapping[str, Any]] = {
    kind: {
        "marker": SHAPES[mark.shape],
        "facecolor": mark.face,
        "edgecolor": mark.edge,
        "s": (mark.size_mm / 25.4 * 72) ** 2,
    }
    for kind, mark in MARKS.items()
}
"""The marks as matplotlib draws them."""


def draw_points(axes: Axes, xy: NDArray[np.float64], kind: str, *, scale: float = 1.0, zorder: float = 6) -> None:
    """Draw points of one kind with its marker."""
    style = dict(MARKERS[kind])
    size = style.pop("s")
    if len(xy):
        axes.scatter(xy[:, 0], xy[:, 1], s=size * scale, linewidths=0.9, zorder=zorder, **style)


def draw_reach(axes: Axes, xy: NDArray[np.float64], radius_m: float) -> None:
    """Draw the planned reach of each site as a thin circle."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Circle

    circles = [Circle((x, y), radius_m) for x, y in xy]
    axes.add_collection(
        PatchCollection(circles, facecolor="#0072B212", edgecolor="#0072B2AA", linewidth=0.8, zorder=4.5)
    )


def to_pixels(axes: Axes, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return panel coordinates in metres as pixels of the page."""
    return np.asarray(axes.transData.transform(xy), dtype=np.float64) if len(xy) else np.zeros((0, 2))


def from_pixels(axes: Axes, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return pixels of the page as metres of the panel."""
    inverse = axes.transData.inverted()
    return np.asarray(inverse.transform(pixels), dtype=np.float64) if len(pixels) else np.zeros((0, 2))


def draw_numbers(
    canvas: Canvas, axes: Axes, xy: NDArray[np.float64], texts: Sequence[str], colour: str = BLUE, size: float = 9.5
) -> list[Box]:
    """Draw numbered discs at points; discs that would cover each other move aside, with a line to their place.

    Returns the boxes that the discs take, in pixels, for the labels drawn after them.
    """
    diameter = size * 1.9 * canvas.dpi / 72
    anchors = to_pixels(axes, xy)
    centres = place(anchors, np.full((len(xy), 2), diameter), bounds=_frame(axes), gap=1.0)
    spots = from_pixels(axes, centres)
    for point, spot, anchor, centre, text in zip(xy, spots, anchors, centres, texts, strict=True):
        if np.hypot(*(anchor - centre)) > 1:
            axes.plot([point[0], spot[0]], [point[1], spot[1]], color=colour, linewidth=1.1, zorder=7)
            axes.scatter(point[0], point[1], s=14, color=colour, zorder=7.1)
        axes.scatter(
            spot[0], spot[1], s=(size * 1.75) ** 2, facecolor=colour, edgecolor="#FFFFFF", linewidth=1.0, zorder=8
        )
        canvas.write(axes, spot[0], spot[1], text, size, color="#FFFFFF", ha="center", va="center_baseline", zorder=9)
    half = diameter / 2
    return [(float(x - half), float(y - half), float(x + half), float(y + half)) for x, y in centres]


def draw_unit_labels(
    canvas: Canvas,
    axes: Axes,
    shapes: Sequence[Any],
    texts: Sequence[str],
    *,
    size: float = 9,
    obstacles: Sequence[Box] = (),
    smallest_px: float = 0.0,
) -> None:
    """Write the name of each unit inside the part that the panel shows, clear of ``obstacles``.

    Units whose visible part is narrower than ``smallest_px``, at 150 dots an inch, are left to a larger panel.
    """
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    window = shapely.box(west, south, east, north)
    anchors, sizes, shown = [], [], []
    per_metre = abs(to_pixels(axes, np.array([[0.0, 0.0], [1.0, 0.0]]))[1, 0] - to_pixels(axes, np.zeros((1, 2)))[0, 0])
    for shape, text in zip(shapes, texts, strict=True):
        seen = shapely.intersection(shape, window)
        parts = [part for part in shapely.get_parts(seen) if part.geom_type == "Polygon" and part.area > 0]
        if not parts:
            continue
        largest = max(parts, key=lambda part: part.area)
        circle = shapely.maximum_inscribed_circle(largest, tolerance=max(largest.length / 400, 1.0))
        if 2 * circle.length * per_metre < smallest_px * canvas.dpi / 150:
            continue
        anchors.append(np.asarray(circle.coords[0]))
        sizes.append(canvas.text_size_px(text, size))
        shown.append(text)
    if not shown:
        return
    pixels = place(
        to_pixels(axes, np.array(anchors)), np.array(sizes), obstacles, bounds=_frame(axes), gap=4.0, rings=4
    )
    import matplotlib.patheffects as effects

    for (x, y), text in zip(from_pixels(axes, pixels), shown, strict=True):
        label = canvas.write(axes, x, y, text, size, ha="center", va="center", color="#3C3C3C", zorder=8.5)
        label.set_path_effects([effects.withStroke(linewidth=2.4, foreground="#FFFFFFD9")])


def _frame(axes: Axes) -> Box:
    box = axes.get_window_extent()
    return (float(box.x0) + 2, float(box.y0) + 2, float(box.x1) - 2, float(box.y1) - 2)
