"""Furniture of a map: scale bar, north arrow, the frame of another panel, legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ipps_geo.report.maps.canvas import FAINT, INK, Canvas, Extent
from ipps_geo.report.maps.labels import Box
from ipps_geo.report.maps.layers import MARKERS, to_pixels
from ipps_geo.report.symbols import BLUE, PURPLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

Corner = Literal["upper left", "lower right"]


def draw_scale_bar(canvas: Canvas, axes: Axes, keep_clear: NDArray[np.float64] | None = None) -> Box:
    """Draw a scale bar of a round length in the lower corner of the panel with fewer of the points ``keep_clear``.

    Returns the box that it takes, in pixels.
    """
    from matplotlib.patches import Rectangle

    west, east = axes.get_xlim()
    south = axes.get_ylim()[0]
    unit = _metres_per_point(canvas, axes)
    length = _round_length((east - west) * 0.28)
    wide, high, thick = length + 34 * unit, 27 * unit, 4 * unit
    spots = [west + 4 * unit, east - wide - 4 * unit]
    floor = south + 4 * unit
    if keep_clear is not None and len(keep_clear):
        near = 8 * unit
        x, y = keep_clear[:, 0], keep_clear[:, 1]
        crowd = [
            int(((x > left - near) & (x < left + wide + near) & (y > south) & (y < floor + high + near)).sum())
            for left in spots
        ]
        left = spots[int(np.argmin(crowd))]
    else:
        left = spots[0]
    axes.add_artist(Rectangle((left, floor), wide, high, facecolor="#FFFFFFD8", edgecolor="none", zorder=10))
    x0, y0 = left + 8 * unit, floor + 6 * unit
    for part in range(4):
        colour = INK if part % 2 == 0 else "#FFFFFF"
        box = Rectangle(
            (x0 + part * length / 4, y0), length / 4, thick, facecolor=colour, edgecolor=INK, linewidth=0.6, zorder=11
        )
        axes.add_artist(box)
    for share in (0.0, 0.5, 1.0):
        km = length * share / 1000
        text = f"{km:g}" + (f" {canvas.words.text('map.km')}" if share == 1 else "")
        canvas.write(axes, x0 + share * length, y0 + thick * 1.5, text, 7.5, ha="center", va="bottom", zorder=11)
    return _pixel_box(axes, left, floor, left + wide, floor + high)


def draw_north(canvas: Canvas, axes: Axes) -> Box:
    """Draw a north arrow in the upper right corner, and return the box that it takes, in pixels.

    Grid north departs from true north by under one degree here.
    """
    from matplotlib.patches import Polygon, Rectangle

    east, north = axes.get_xlim()[1], axes.get_ylim()[1]
    unit = _metres_per_point(canvas, axes)
    x, y, size = east - 14 * unit, north - 40 * unit, 20 * unit
    axes.add_artist(
        Rectangle(
            (x - 10 * unit, y - 3 * unit), 20 * unit, 39 * unit, facecolor="#FFFFFFD8", edgecolor="none", zorder=10
        )
    )
    for side, colour in ((-1, "#FFFFFF"), (1, INK)):
        corners = [(x, y + size), (x + side * size * 0.32, y), (x, y + size * 0.25)]
        axes.add_artist(Polygon(corners, closed=True, facecolor=colour, edgecolor=INK, linewidth=0.8, zorder=11))
    canvas.write(axes, x, y + size * 1.08, canvas.words.text("map.north"), 9, ha="center", va="bottom", zorder=11)
    return _pixel_box(axes, x - 10 * unit, y - 3 * unit, x + 10 * unit, y + 36 * unit)


def _pixel_box(axes: Axes, west: float, south: float, east: float, north: float) -> Box:
    (left, low), (right, high) = to_pixels(axes, np.array([[west, south], [east, north]]))
    return (float(left), float(low), float(right), float(high))


def _metres_per_point(canvas: Canvas, axes: Axes) -> float:
    low, high = axes.get_xlim()
    return float((high - low) / axes.get_window_extent().width * canvas.dpi / 72)


def draw_window(axes: Axes, extent: Extent) -> None:
    """Draw the frame of another panel's extent."""
    from matplotlib.patches import Rectangle

    west, south, east, north = extent
    axes.add_artist(
        Rectangle((west, south), east - west, north - south, facecolor="none", edgecolor=INK, linewidth=1.1, zorder=9)
    )


def _round_length(wanted: float) -> float:
    power = 10 ** np.floor(np.log10(max(wanted, 1.0)))
    return float(max(step * power for step in (1, 2, 4, 5, 8) if step * power <= wanted or step == 1))


def legend(
    canvas: Canvas,
    rect: tuple[float, float, float, float],
    entries: Sequence[tuple[str, str]],
    title: str,
    *,
    size: float = 8.6,
    framed: bool = False,
    corner: Corner = "upper left",
) -> Box:
    """Draw a legend of (kind, text): a marker's name, ``marker:shape:face:edge``, ``cell:colour``, ``area:..``.

    It stands in ``corner`` of ``rect``. Returns the box that it takes, in pixels.
    """
    axes = canvas.figure.add_axes(rect, zorder=20)
    axes.axis("off")
    made = axes.legend(
        handles=[_handle(kind, text) for kind, text in entries], loc=corner, frameon=framed, framealpha=0.88,
        edgecolor="none", prop=canvas.font(size), title=title or None, title_fontproperties=canvas.font(size * 1.15),
        borderaxespad=0, labelspacing=0.55, handlelength=1.7, alignment="left", labelcolor=INK,
    )  # fmt: skip
    for label in (*made.get_texts(), made.get_title()):
        label.set_parse_math(False)
    made.get_title().set_color(FAINT)
    box = made.get_window_extent(canvas.figure.canvas.get_renderer())  # type: ignore[attr-defined]
    return (float(box.x0), float(box.y0), float(box.x1), float(box.y1))


def _handle(kind: str, text: str) -> Any:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if kind in MARKERS:
        style = MARKERS[kind]
        edge = style["edgecolor"] if style["edgecolor"] != "#FFFFFF" else style["facecolor"]
        return _marker(style["marker"], style["facecolor"], edge, float(np.sqrt(style["s"])) * 1.05, text)
    family, _, rest = kind.partition(":")
    if family == "marker":
        parts = rest.split(":")
        return _marker(parts[0], parts[1], parts[2] if len(parts) > 2 else parts[1], 6.5, text)
    if family == "cell":
        return Patch(facecolor=rest, edgecolor="#BBBBBB", linewidth=0.5, label=text)
    if kind == "area:functional":
        return Patch(facecolor="#FFFFFF", edgecolor=PURPLE, hatch="///", linestyle="--", label=text)
    if kind == "ring":
        return _marker("o", "#0072B212", BLUE, 11, text)
    return Line2D([], [], linestyle="none", label=text)


def _marker(shape: str, face: str, edge: str, size: float, text: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D(
        [], [], linestyle="none", marker=shape, markerfacecolor=face, markeredgecolor=edge, markersize=size, label=text
    )
