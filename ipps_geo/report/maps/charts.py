"""Charts of the atlas: the Lorenz curve, the gain curve, bars; drawn like the maps, as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ipps_geo.report.maps.atlas_maps import pdf_of
from ipps_geo.report.maps.canvas import FAINT, INK, Canvas
from ipps_geo.report.symbols import BLUE, GREEN, PURPLE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHART_SIZE = (6.4, 4.6)


def line_chart(
    lang: str,
    series: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    x_title: str,
    y_title: str,
    *,
    diagonal: str = "",
    percent: bool = False,
) -> bytes:
    """Return lines (name, x, y), each with a marker of its own; ``diagonal`` names the line of equality."""
    canvas = Canvas(lang, CHART_SIZE, 150)
    axes = canvas.figure.add_axes((0.11, 0.13, 0.85, 0.82))
    styles = (
        ("o", "-", BLUE),
        ("s", "--", VERMILION),
        ("^", ":", GREEN),
        ("D", "-.", PURPLE),
    )
    for place, (name, x, y) in enumerate(series):
        marker, dash, colour = styles[place % len(styles)]
        every = max(len(x) // 12, 1)
        axes.plot(
            x,
            y,
            color=colour,
            linestyle=dash,
            marker=marker,
            markevery=every,
            markersize=4.5,
            linewidth=1.5,
            label=name,
        )
    if diagonal:
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.9, label=diagonal)
    _finish(canvas, axes, x_title, y_title)
    if percent:
        from matplotlib.ticker import PercentFormatter

        axes.xaxis.set_major_formatter(PercentFormatter(1.0, 0))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, 0))
    _legend(canvas, axes)
    return pdf_of(canvas)


def bar_chart(
    lang: str,
    names: Sequence[str],
    values: Sequence[float],
    x_title: str,
    *,
    second: Sequence[float] = (),
    legend: Sequence[str] = (),
) -> bytes:
    """Return horizontal bars, the first on top, with their values; ``second`` is a part of the first, drawn inside."""
    height = max(1.2, 0.27 * len(names) + 0.7)
    canvas = Canvas(lang, (6.4, height), 150)
    axes = canvas.figure.add_axes((0.3, 0.45 / height, 0.62, 1 - 0.55 / height))
    places = list(range(len(names)))[::-1]
    axes.barh(
        places,
        values,
        color="#C6D8E8",
        edgecolor=BLUE,
        linewidth=0.6,
        height=0.68,
        label=legend[0] if legend else None,
    )
    if len(second):
        axes.barh(places, second, color=BLUE, height=0.36, label=legend[1] if len(legend) > 1 else None)
    axes.set_yticks(places, [canvas.clipped(name, 8, 0.28 * 6.4 * 150) for name in names])
    for place, value in zip(places, values, strict=True):
        canvas.write(axes, value, place, f" {value:,.0f}", 7.5, va="center")
    axes.set_xlim(0, max([*values, 1]) * 1.14)
    _finish(canvas, axes, x_title, "")
    if legend:
        _legend(canvas, axes, "lower right")
    return pdf_of(canvas)


def _finish(canvas: Canvas, axes: Axes, x_title: str, y_title: str) -> None:
    from matplotlib.ticker import StrMethodFormatter

    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(visible=True, color="#E4E4E4", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(x_title, fontproperties=canvas.font(9), color=INK)
    axes.set_ylabel(y_title, fontproperties=canvas.font(9), color=INK)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    if y_title:
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    ticks: list[Any] = [*axes.get_xticklabels(), *axes.get_yticklabels()]
    for tick in ticks:
        tick.set_fontproperties(canvas.font(8))
        tick.set_parse_math(False)


def _legend(canvas: Canvas, axes: Axes, where: Any = "best") -> None:
    made = axes.legend(loc=where, prop=canvas.font(8.5), frameon=False)
    for text in made.get_texts():
        text.set_parse_math(False)
