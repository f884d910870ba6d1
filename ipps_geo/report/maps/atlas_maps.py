"""Maps of the atlas: one panel each, as PDF for the page that shows it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from ipps_geo.coverage.hexagons import hexagon_counts
from ipps_geo.report.maps import furniture, layers
from ipps_geo.report.maps.canvas import FAINT, INK, Canvas, Extent
from ipps_geo.report.maps.ground import Ground
from ipps_geo.report.symbols import BLUE, ORANGE, SHARE_RAMP, SKY, TYPE_MARKS, VERMILION

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

MAP_SIZE = (6.9, 6.6)
UNIT_SIZE = (5.6, 5.2)
DETAIL_SIZE = (4.5, 3.7)
NOTHING = np.zeros((0, 2))
MOST_KEPT_OFF = 200
"""With more marks than this, names of units keep off the furniture alone."""


def panel_map(
    ground: Ground,
    draw: Callable[[Canvas, Axes], list[tuple[str, str]]],
    title: str = "",
    *,
    extent: Extent | None = None,
    size_in: tuple[float, float] = MAP_SIZE,
    fills: Sequence[str] | None = None,
    subject: Sequence[Any] | None = None,
) -> bytes:
    """Return one panel as PDF: units, what ``draw`` puts on them, names, scale, north, and a legend of its entries.

    Furniture hides no mark, and the legend none of the ``subject`` (all units where none is named): where the panel has
    no such place, the legend stands beside it.
    """
    for beside in (False, True):
        canvas = Canvas(ground.names.words.lang, size_in, 150, region=ground.names.region)
        axes = canvas.panel((0.005, 0.005, 0.66 if beside else 0.99, 0.99), extent or ground.extent)
        layers.draw_units(axes, ground.shapes, ground.kinds, fills)
        layers.draw_base(axes, ground.base)
        entries = draw(canvas, axes)
        entries += layers.base_entries(canvas.words, ground.base) if entries else []
        taken = furniture.marks_on(axes)
        if not entries:
            break
        made = furniture.legend(canvas, (0.675, 0.02, 0.32, 0.96), entries, title, size=7.6, framed=not beside)
        if beside:
            break
        box = furniture.place_legend(canvas, axes, made, taken, subject or [s for s in ground.shapes if s is not None])
        if box is not None:
            taken.append(box)
            break
    boxes = [furniture.draw_scale_bar(canvas, axes, taken)]
    boxes.append(furniture.draw_north(canvas, axes, [*taken, *boxes]))
    boxes += [box for name, box in canvas.furniture if name == "legend"]
    # Names keep off the marks too, where there are not so many that no place is left.
    boxes += taken if len(taken) <= MOST_KEPT_OFF else []
    layers.draw_unit_labels(canvas, axes, ground.shapes, ground.labels, size=7.5, smallest_px=46, obstacles=boxes)
    return pdf_of(canvas)


def pdf_of(canvas: Canvas) -> bytes:
    """Return the page as PDF without a date."""
    buffer = io.BytesIO()
    canvas.figure.savefig(
        buffer, format="pdf", metadata={"CreationDate": None, "Creator": "ipps-geo", "Producer": "ipps-geo"}
    )
    return buffer.getvalue()


def institutions_map(ground: Ground, extent: Extent | None = None) -> bytes:
    """Return every active institution by kind; with ``extent`` that part alone, larger and without a legend."""

    def draw(_canvas: Canvas, axes: Axes) -> list[tuple[str, str]]:
        order = ("other_institution", "district_center_standin", "district_center", "workstation", "industry_station")
        for kind in order:
            layers.draw_points(axes, ground.points.get(kind, NOTHING), kind, scale=0.6)
        entries = institution_entries(ground)
        if "functional_area" in ground.kinds:
            entries.append(("area:functional", ground.names.words.text("map.functional_area")))
        return entries if extent is None else []

    return panel_map(ground, draw, ground.names.words.text("map.legend"), extent=extent, size_in=_size(extent))


def _size(extent: Extent | None) -> tuple[float, float]:
    return MAP_SIZE if extent is None else DETAIL_SIZE


def institution_entries(ground: Ground) -> list[tuple[str, str]]:
    """Return the legend entries of the institutions that the ground holds."""
    order = ("workstation", "industry_station", "district_center", "district_center_standin", "other_institution")
    return [(kind, ground.names.words.text(f"map.{kind}")) for kind in order if len(ground.points.get(kind, ()))]


def centers_map(ground: Ground, state_of: Mapping[str, str], words_of: Mapping[str, str]) -> bytes:
    """Return units by how many active centres they have: too few (``none``), as asked (``one``), ``more``."""
    colours = {"none": "#F4C7B5", "one": "#D9EBDD", "more": "#F6DFA4"}

    def draw(_canvas: Canvas, axes: Axes) -> list[tuple[str, str]]:
        for kind in ("district_center_standin", "district_center"):
            layers.draw_points(axes, ground.points.get(kind, NOTHING), kind, scale=0.8)
        return [(f"cell:{colours[name]}", words_of[name]) for name in ("one", "none", "more")] + [
            entry for entry in institution_entries(ground) if entry[0].startswith("district_center")
        ]

    fills = [colours[state_of.get(code, "none")] for code in ground.codes]
    return panel_map(ground, draw, ground.names.words.text("map.legend"), fills=fills)


def types_map(
    ground: Ground,
    groups: Sequence[tuple[str, NDArray[np.float64]]],
    extent: Extent | None = None,
    *,
    unplaced: Mapping[str, int] | None = None,
) -> bytes:
    """Return points of several types, each with a shape and a colour of its own; ``extent`` as above.

    ``unplaced`` counts, per unit, the institutions whose place is not known: a number on the unit, and no point.
    """

    def draw(canvas: Canvas, axes: Axes) -> list[tuple[str, str]]:
        entries = []
        if unplaced:
            spots = [shapely.maximum_inscribed_circle(ground.shapes[ground.codes.index(code)]) for code in unplaced]
            xy = np.array([spot.coords[0] for spot in spots])
            layers.draw_numbers(canvas, axes, xy, [str(n) for n in unplaced.values()], FAINT, 8)
            entries.append((f"marker:o:{FAINT}", ground.names.words.text("map.unplaced_by_unit")))
        for place, (word, xy) in enumerate(groups):
            mark = TYPE_MARKS[place % len(TYPE_MARKS)]
            marker, colour = layers.SHAPES[mark.shape], mark.face
            if len(xy):
                axes.scatter(
                    xy[:, 0],
                    xy[:, 1],
                    s=30,
                    marker=marker,
                    facecolor=colour,
                    edgecolor="#FFFFFF",
                    linewidths=0.6,
                    zorder=6,
                )
            entries.append((f"marker:{marker}:{colour}", word))
        return entries if extent is None else []

    return panel_map(ground, draw, ground.names.words.text("map.legend"), extent=extent, size_in=_size(extent))


def density_map(ground: Ground, xy: NDArray[np.float64], resolution: int, suppress_below: int) -> bytes:
    """Return enterprises per hexagon."""
    words = ground.names.words
    cells = hexagon_counts(xy, ground.names.region.metric_crs, resolution)
    cells = cells.loc[cells["count"] >= suppress_below]

    def draw(_canvas: Canvas, axes: Axes) -> list[tuple[str, str]]:
        layers.draw_density(axes, cells, ground.names.region.metric_crs)
        layers.draw_borders(axes, ground.shapes, ground.kinds)
        return [*layers.density_entries(), layers.cell_entry(ground.names, resolution)]

    return panel_map(ground, draw, words.text("map.density"))


def value_cells_map(
    ground: Ground,
    xy: NDArray[np.float64],
    values: NDArray[np.float64],
    breaks: Sequence[float],
    ramp: Sequence[str],
    texts: Sequence[str],
    title: str,
    resolution: int,
    suppress_below: int,
) -> bytes:
    """Return the mean of ``values`` per hexagon, in classes from ``breaks``, with the stations on top."""
    known = np.isfinite(values)
    crs = ground.names.region.metric_crs
    counts = hexagon_counts(xy[known], crs, resolution)
    sums = hexagon_counts(xy[known], crs, resolution, values[known])
    keep = (counts["count"] >= max(suppress_below, 1)).to_numpy()
    means = (sums["count"] / counts["count"]).to_numpy()[keep]
    cells = counts.loc[keep]

    def draw(_canvas: Canvas, axes: Axes) -> list[tuple[str, str]]:
        layers.draw_classes(axes, cells, means, breaks, ramp, crs)
        layers.draw_borders(axes, ground.shapes, ground.kinds)
        for kind in ("workstation", "industry_station"):
            layers.draw_points(axes, ground.points.get(kind, NOTHING), kind, scale=0.35)
        entries = [(f"cell:{ramp[k]}", text) for k, text in enumerate(texts)]
        entries += [entry for entry in institution_entries(ground) if entry[0] in ("workstation", "industry_station")]
        return [*entries, layers.cell_entry(ground.names, resolution)]

    return panel_map(ground, draw, title)


def choropleth(ground: Ground, values: Mapping[str, float], title: str, digits: int = 3) -> bytes:
    """Return units by value in five equal steps of rank; units without a value stay white."""
    known = np.array([v for v in values.values() if np.isfinite(v)])
    breaks = np.unique(np.quantile(known, [0, 0.2, 0.4, 0.6, 0.8])) if len(known) else np.array([0.0])
    shades = [SHARE_RAMP[round(k * (len(SHARE_RAMP) - 1) / max(len(breaks) - 1, 1))] for k in range(len(breaks))]

    def colour(code: str) -> str:
        value = values.get(code, np.nan)
        return (
            "#FFFFFF"
            if not np.isfinite(value)
            else shades[int(np.clip(np.searchsorted(breaks, value, side="right") - 1, 0, None))]
        )

    def draw(_canvas: Canvas, _axes: Axes) -> list[tuple[str, str]]:
        return [(f"cell:{shade}", f"≥ {low:,.{digits}g}") for shade, low in zip(shades, breaks, strict=True)]

    return panel_map(ground, draw, title, fills=[colour(code) for code in ground.codes])


def candidates_map(
    ground: Ground,
    sites: NDArray[np.float64],
    closed: NDArray[np.float64],
    kept_out: NDArray[np.float64],
    extent: Extent | None = None,
) -> bytes:
    """Return chosen sites, candidates not opened, carriers kept out; ``extent`` as above."""
    words = ground.names.words

    def draw(_canvas: Canvas, axes: Axes) -> list[tuple[str, str]]:
        axes.scatter(kept_out[:, 0], kept_out[:, 1], s=16, marker="x", color="#8A8A8A", linewidths=0.9, zorder=5)
        axes.scatter(
            closed[:, 0],
            closed[:, 1],
            s=22,
            marker="o",
            facecolor="#FFFFFF",
            edgecolor=VERMILION,
            linewidths=1.0,
            zorder=6,
        )
        layers.draw_points(axes, sites, "proposal", scale=0.9, zorder=7)
        if extent is not None:
            return []
        return [
            ("proposal", words.text("map.proposal_plain")),
            (f"marker:o:#FFFFFF:{VERMILION}", words.text("map.closed_site")),
            ("marker:x:#8A8A8A:#8A8A8A", words.text("map.kept_out")),
        ]

    return panel_map(ground, draw, words.text("map.legend"), extent=extent, size_in=_size(extent))


def proposals_map(
    ground: Ground, ranks: Sequence[int], sites: NDArray[np.float64], reach_m: float, extent: Extent | None = None
) -> bytes:
    """Return the proposals of a plan by rank, their reach, the institutions there are; ``extent`` as above."""
    words = ground.names.words

    def draw(canvas: Canvas, axes: Axes) -> list[tuple[str, str]]:
        if reach_m and len(sites):
            layers.draw_reach(axes, sites, reach_m)
        for kind in ("district_center_standin", "district_center", "workstation", "industry_station"):
            layers.draw_points(axes, ground.points.get(kind, NOTHING), kind, scale=0.45 if extent is None else 0.8)
        (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
        seen = (sites[:, 0] > west) & (sites[:, 0] < east) & (sites[:, 1] > south) & (sites[:, 1] < north)
        texts = [str(rank) for rank, inside in zip(ranks, seen, strict=True) if inside]
        layers.draw_numbers(canvas, axes, sites[seen], texts, size=7)
        if extent is not None:
            return []
        reach = [("ring", words.text("map.service_area", reach_km=reach_m / 1000))] if reach_m else []
        entries = [entry for entry in institution_entries(ground) if entry[0] != "other_institution"]
        return [("proposal", words.text("map.proposal")), *entries, *reach]

    return panel_map(ground, draw, words.text("map.legend"), extent=extent, size_in=_size(extent))


def unit_map(
    ground: Ground,
    code: str,
    xy: NDArray[np.float64],
    resolution: int,
    suppress_below: int,
    proposals: pd.DataFrame | None = None,
    sites: NDArray[np.float64] = NOTHING,
) -> bytes:
    """Return one unit with its density, its institutions, and the proposals in view."""
    place = ground.codes.index(code)
    west, south, east, north = ground.shapes[place].bounds
    cells = hexagon_counts(xy, ground.names.region.metric_crs, resolution)
    cells = cells.loc[cells["count"] >= suppress_below]
    words = ground.names.words

    def draw(canvas: Canvas, axes: Axes) -> list[tuple[str, str]]:
        from matplotlib.patches import PathPatch

        layers.draw_density(axes, cells, ground.names.region.metric_crs)
        layers.draw_borders(axes, ground.shapes, ground.kinds)
        axes.add_artist(
            PathPatch(layers.path_of(ground.shapes[place]), facecolor="none", edgecolor=INK, linewidth=1.6, zorder=5)
        )
        for kind in (
            "other_institution",
            "district_center_standin",
            "district_center",
            "workstation",
            "industry_station",
        ):
            layers.draw_points(axes, ground.points.get(kind, NOTHING), kind, scale=0.9)
        if proposals is not None and len(sites):
            x_low, x_high = axes.get_xlim()
            y_low, y_high = axes.get_ylim()
            seen = (sites[:, 0] > x_low) & (sites[:, 0] < x_high) & (sites[:, 1] > y_low) & (sites[:, 1] < y_high)
            texts = [str(rank) for rank, inside in zip(proposals["rank"], seen, strict=True) if inside]
            layers.draw_numbers(canvas, axes, sites[seen], texts, size=8)
        entries = institution_entries(ground)
        if proposals is not None and len(proposals):
            entries.insert(0, ("proposal", words.text("map.proposal")))
        entries.append(layers.cell_entry(ground.names, resolution, "map.enterprises_per_cell"))
        entries += layers.density_entries()
        return entries

    extent = (west, south, east, north)
    return panel_map(ground, draw, extent=extent, size_in=UNIT_SIZE, subject=[ground.shapes[place]])


def site_map(
    ground: Ground,
    site: NDArray[np.float64],
    radius_m: float,
    members: NDArray[np.float64],
    others: NDArray[np.float64],
    this: str = "map.this_site",
) -> bytes:
    """Return one site, named ``this``: its reach, its roster's enterprises, the institutions around it."""
    x, y = site
    span = max(radius_m * 1.35, 2500.0)
    words = ground.names.words

    def draw(_canvas: Canvas, axes: Axes) -> list[tuple[str, str]]:
        if radius_m:
            layers.draw_reach(axes, site[None, :], radius_m)
        axes.scatter(members[:, 0], members[:, 1], s=7, color=ORANGE, linewidths=0, zorder=5)
        for kind in (
            "other_institution",
            "district_center_standin",
            "district_center",
            "workstation",
            "industry_station",
        ):
            layers.draw_points(axes, ground.points.get(kind, NOTHING), kind, scale=0.9)
        axes.scatter(others[:, 0], others[:, 1], s=34, facecolor=SKY, edgecolor=BLUE, zorder=6)
        axes.scatter([x], [y], s=150, marker="*", facecolor=BLUE, edgecolor="#FFFFFF", zorder=8)
        entries = [
            (f"marker:*:{BLUE}", words.text(this)),
            (f"marker:o:{ORANGE}", words.text("map.roster_member")),
        ]
        if len(others):
            entries.append((f"marker:o:{SKY}:{BLUE}", words.text("map.other_proposal")))
        if radius_m:
            entries.append(("ring", words.text("map.service_area", reach_km=radius_m / 1000)))
        return entries + institution_entries(ground)

    return panel_map(ground, draw, extent=(x - span, y - span, x + span, y + span), size_in=UNIT_SIZE)
