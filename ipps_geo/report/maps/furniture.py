"""Furniture of a map: scale bar, north arrow, the frame of another panel, legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely

from ipps_geo.report.maps.canvas import FAINT, INK, Canvas, Extent
from ipps_geo.report.maps.labels import Box
from ipps_geo.report.maps.layers import MARKERS, from_pixels, to_pixels
from ipps_geo.report.symbols import BLUE, PURPLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Corner = Literal["upper left", "upper right", "lower left", "lower right"]


def marks_on(axes: Axes) -> list[Box]:
    """Return the boxes, in pixels, of every mark on a panel: what furniture must not hide."""
    from matplotlib.collections import PathCollection

    figure = axes.get_figure()
    scale = 1.0 if figure is None else float(figure.dpi) / 72
    found: list[Box] = []
    for drawn in axes.collections:
        if not isinstance(drawn, PathCollection):
            continue
        centres = to_pixels(axes, np.asarray(drawn.get_offsets(), dtype=np.float64))
        halves = np.broadcast_to(np.sqrt(drawn.get_sizes()) * scale / 2 + 1, len(centres))
        found += [(x - half, y - half, x + half, y + half) for (x, y), half in zip(centres, halves, strict=True)]
    return found


def free_spot(
    axes: Axes, size: tuple[float, float], taken: Sequence[Box], first: Corner, land: Sequence[Any] = ()
) -> tuple[float, float, bool]:
    """Return where a box of ``size`` hides nothing: its left and lower edge in pixels, and whether it hides nothing.

    Places along the edges of the panel are tried from the corner ``first`` on. ``land`` are shapes in metres to keep
    off too. Where every place hides something, the one that hides least is returned.
    """
    frame = axes.get_window_extent()
    edge, wide, high = 5.0, *size
    xs = np.linspace(frame.x0 + edge, max(frame.x1 - edge - wide, frame.x0 + edge), 40)
    ys = np.linspace(frame.y0 + edge, max(frame.y1 - edge - high, frame.y0 + edge), 40)
    near_x, near_y = (xs[::-1] if "right" in first else xs), (ys[::-1] if "upper" in first else ys)
    places = [(x, near_y[0]) for x in near_x] + [(near_x[0], y) for y in near_y]
    places += [(x, near_y[-1]) for x in near_x] + [(near_x[-1], y) for y in near_y]
    at = np.array(places)
    boxes = np.column_stack([at, at + np.array(size)])
    blocked = np.zeros(len(at))
    if len(taken):
        other = np.array(taken)
        across = np.minimum(boxes[:, None, 2], other[:, 2]) - np.maximum(boxes[:, None, 0], other[:, 0])
        upward = np.minimum(boxes[:, None, 3], other[:, 3]) - np.maximum(boxes[:, None, 1], other[:, 1])
        blocked += (np.clip(across, 0, None) * np.clip(upward, 0, None)).sum(axis=1)
    if len(land):
        corners = from_pixels(axes, np.concatenate([boxes[:, :2], boxes[:, 2:]]))
        covers = shapely.box(*corners[: len(at)].T, *corners[len(at) :].T)
        blocked += shapely.area(shapely.intersection(covers, shapely.union_all(list(land))))
    best = int(np.argmin(blocked))
    return float(at[best, 0]), float(at[best, 1]), bool(blocked[best] == 0)


def draw_scale_bar(canvas: Canvas, axes: Axes, taken: Sequence[Box] = ()) -> Box:
    """Draw a scale bar of a round length where it hides nothing of ``taken``, the lower left corner first.

    Returns the box that it takes, in pixels.
    """
    from matplotlib.patches import Rectangle

    west, east = axes.get_xlim()
    unit = _metres_per_point(canvas, axes)
    length = _round_length((east - west) * 0.28)
    wide, high, thick = length + 34 * unit, 27 * unit, 4 * unit
    size = (wide / unit * canvas.dpi / 72, high / unit * canvas.dpi / 72)
    x_px, y_px, _ = free_spot(axes, size, taken, "lower left")
    left, floor = from_pixels(axes, np.array([[x_px, y_px]]))[0]
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
    return canvas.placed("scale", _pixel_box(axes, left, floor, left + wide, floor + high))


def draw_north(canvas: Canvas, axes: Axes, taken: Sequence[Box] = ()) -> Box:
    """Draw a north arrow where it hides nothing of ``taken``, the upper right corner first; return its box, in pixels.

    Grid north departs from true north by under one degree here.
    """
    from matplotlib.patches import Polygon, Rectangle

    unit = _metres_per_point(canvas, axes)
    x_px, y_px, _ = free_spot(axes, (20 * canvas.dpi / 72, 39 * canvas.dpi / 72), taken, "upper right")
    left, floor = from_pixels(axes, np.array([[x_px, y_px]]))[0]
    x, y, size = left + 10 * unit, floor + 3 * unit, 20 * unit
    axes.add_artist(Rectangle((left, floor), 20 * unit, 39 * unit, facecolor="#FFFFFFD8", edgecolor="none", zorder=10))
    for side, colour in ((-1, "#FFFFFF"), (1, INK)):
        corners = [(x, y + size), (x + side * size * 0.32, y), (x, y + size * 0.25)]
        axes.add_artist(Polygon(corners, closed=True, facecolor=colour, edgecolor=INK, linewidth=0.8, zorder=11))
    canvas.write(axes, x, y + size * 1.08, canvas.words.text("map.north"), 9, ha="center", va="bottom", zorder=11)
    return canvas.placed("north", _pixel_box(axes, left, floor, left + 20 * unit, floor + 39 * unit))


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
) -> Any:
    """Draw a legend of (kind, text): a marker's name, ``marker:shape:face:edge``, ``cell:colour``, ``area:..``.

    It stands in the upper left of ``rect`` (figure shares); :func:`place_legend` moves it over a panel.
    """
    axes = canvas.figure.add_axes(rect, zorder=20)
    axes.axis("off")
    made = axes.legend(
        handles=[_handle(kind, text) for kind, text in entries], loc="upper left", frameon=framed, framealpha=0.88,
        edgecolor="none", prop=canvas.font(size), title=title or None, title_fontproperties=canvas.font(size * 1.15),
        borderaxespad=0, labelspacing=0.55, handlelength=1.7, alignment="left", labelcolor=INK,
    )  # fmt: skip
    for label in (*made.get_texts(), made.get_title()):
        label.set_parse_math(False)
    made.get_title().set_color(FAINT)
    return made


def legend_box(canvas: Canvas, made: Any) -> Box:
    """Return the box that a legend takes, in pixels."""
    box = made.get_window_extent(canvas.figure.canvas.get_renderer())  # type: ignore[attr-defined]
    return (float(box.x0), float(box.y0), float(box.x1), float(box.y1))


def place_legend(canvas: Canvas, axes: Axes, made: Any, taken: Sequence[Box], land: Sequence[Any]) -> Box | None:
    """Move a legend over a panel to where it hides neither a mark nor ``land``; None where there is no such place."""
    left, low, right, high = legend_box(canvas, made)
    x, y, free = free_spot(axes, (right - left, high - low), taken, "upper left", land)
    if not free:
        return None
    page = canvas.figure.bbox
    made.set_bbox_to_anchor((x / page.width, (y + high - low) / page.height), transform=canvas.figure.transFigure)
    return canvas.placed("legend", (x, y, x + right - left, y + high - low))


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
    if family == "line":
        return Line2D([], [], color=rest, linewidth=1.6, label=text)
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
