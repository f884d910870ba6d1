"""The map of one city in a plan over partitions: its units, the proposed stations with their numbers, their reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ipps_geo.report.maps import furniture, layers
from ipps_geo.report.maps.canvas import Canvas

if TYPE_CHECKING:
    import geopandas as gpd

    from ipps_geo.results import Provenance

SIZE_IN = (10.0, 8.5)
RECT = (0.02, 0.11, 0.75, 0.78)


def draw_city_map(
    units: gpd.GeoDataFrame,
    proposals: gpd.GeoDataFrame,
    provenance: Provenance,
    path: str | Path,
    title: str,
    reach_m: float,
    metric_crs: str,
    lang: str = "zh",
) -> Path:
    """Draw the proposals of one city over its units to ``path`` and return the path.

    ``units`` and ``proposals`` in EPSG:4490; ``metric_crs`` measures the city. A city without known units shows its
    stations alone.
    """
    canvas = Canvas(lang, SIZE_IN, 110)
    words = canvas.words
    canvas.title(title, words.text("map.city_subtitle", n=len(proposals)), synthetic=provenance.synthetic)
    placed = proposals.geometry.to_crs(metric_crs)
    xy = np.column_stack([placed.x, placed.y])
    shapes = list(units.geometry.to_crs(metric_crs)) if len(units) else []
    west, south, east, north = units.geometry.to_crs(metric_crs).total_bounds if shapes else placed.total_bounds
    low = np.minimum([west, south], xy.min(axis=0) - reach_m)
    high = np.maximum([east, north], xy.max(axis=0) + reach_m)
    axes = canvas.panel(RECT, (float(low[0]), float(low[1]), float(high[0]), float(high[1])))
    kinds = list(units["kind"])
    layers.draw_units(axes, shapes, kinds)
    layers.draw_reach(axes, xy, reach_m)
    layers.draw_borders(axes, shapes, kinds)
    layers.draw_points(axes, xy, "proposal", scale=0.9)
    boxes = layers.draw_numbers(canvas, axes, xy, [str(rank) for rank in proposals["rank"]], size=8)
    scale = furniture.draw_scale_bar(canvas, axes, boxes)
    north_arrow = furniture.draw_north(canvas, axes, [*boxes, scale])
    names = list(units["name_zh"] if lang == "zh" else units["name_en"].fillna(units["name_zh"]))
    if shapes:
        layers.draw_unit_labels(
            canvas, axes, shapes, names, size=9, obstacles=[*boxes, scale, north_arrow], smallest_px=45
        )
    entries = [("proposal", words.text("map.proposal"))]
    entries.append(("ring", words.text("map.service_area", reach_km=reach_m / 1000)))
    furniture.legend(canvas, (0.79, 0.6, 0.2, 0.25), entries, words.text("map.legend"))
    canvas.footer(provenance, crs=metric_crs)
    return canvas.save(path)
