"""A native chart of a table: drawn by the spreadsheet from the cells above it, so that it follows what is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ipps_geo.report.symbols import BLUE, GREEN, PURPLE, VERMILION

_COLOURS = (BLUE, VERMILION, GREEN, PURPLE)
_FONT = {"name": "Microsoft YaHei", "size": 9}


@dataclass(frozen=True)
class Chart:
    """A chart of a table: the columns ``values`` over the column ``over``; the last ``totals`` rows stay out of it.

    Bars show shares, the first row of the table at the top; ``across`` names the axis of ``over``.
    """

    title: str
    kind: Literal["line", "bar"]
    over: str
    values: tuple[str, ...]
    across: str = ""
    totals: int = 0


def chart_rows(chart: Chart, rows: int) -> int:
    """Return how many sheet rows the chart of a table takes: two bars a category need room for its name."""
    return 22 if chart.kind == "line" else 8 + round(1.5 * rows)


def draw_chart(book: Any, sheet: Any, chart: Chart, top: int, names: Sequence[str], rows: int) -> None:
    """Put ``chart`` below the table whose header is row ``top`` and whose columns are ``names``."""
    drawn = book.add_chart({"type": chart.kind})
    first, last, over = top + 1, top + rows - chart.totals, names.index(chart.over)
    for name, colour in zip(chart.values, _COLOURS, strict=False):
        place = names.index(name)
        look: dict[str, Any] = {"fill": {"color": colour}, "gap": 60}
        if chart.kind == "line":
            mark = {"type": "circle", "size": 6, "fill": {"color": colour}, "border": {"color": colour}}
            look = {"line": {"color": colour, "width": 2}, "marker": mark}
        series = {
            "name": [sheet.get_name(), top, place],
            "categories": [sheet.get_name(), first, over, last, over],
            "values": [sheet.get_name(), first, place, last, place],
        }
        drawn.add_series(series | look)
    along = {"num_font": _FONT, "name": chart.across, "name_font": _FONT}
    values: dict[str, Any] = {"num_font": _FONT, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
    if chart.kind == "bar":
        # Every category has its name, the first row of the table at the top.
        drawn.set_x_axis(values | {"num_format": "0%", "min": 0, "max": 1})
        drawn.set_y_axis(along | {"reverse": True, "interval_unit": 1})
    else:
        drawn.set_x_axis(along)
        drawn.set_y_axis(values)
    drawn.set_title({"name": chart.title, "name_font": _FONT | {"size": 11}})
    drawn.set_legend({"position": "bottom", "font": _FONT})
    drawn.set_size({"width": 900, "height": 20 * (chart_rows(chart, rows) - 2)})
    sheet.insert_chart(top + rows + 2, 0, drawn, {"description": chart.title})
