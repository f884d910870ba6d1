"""GeoPackage of a plan or of a coverage: layers in EPSG:4490, their QGIS styles, and where they come from."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.coverage.areas import hexagon_shapes, hexagon_table
from ipps_geo.crs import STORE_CRS
from ipps_geo.files import written_beside
from ipps_geo.report.disclosure import marked, public_institutions
from ipps_geo.report.layers.exchange import flat_provenance, store_ready
from ipps_geo.report.layers.styles import Style, Symbol, category_style, class_style, marker, qml
from ipps_geo.report.symbols import (
    BAND_RAMP,
    BLUE,
    BORDER,
    DENSITY_BREAKS,
    MARKS,
    ORANGE,
    PURPLE,
    class_texts,
    ramp_colour,
)
from ipps_geo.report.words.catalogue import Catalogue, catalogue
from ipps_geo.report.words.edition import map_notice
from ipps_geo.report.words.figures import marker_kinds, nearest_names
from ipps_geo.report.words.naming import names_of
from ipps_geo.results import day_of_result
from ipps_geo.workspace.activity import active_institutions

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ipps_geo.results import CoverageResult, PlanResult, Provenance
    from ipps_geo.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer to write: its table name, its rows, how QGIS draws it."""

    name: str
    frame: gpd.GeoDataFrame
    style: Style

    def headers(self, words: Catalogue) -> dict[str, str]:
        """Return the header of each column in words, where there is one."""
        names = [str(name) for name in self.frame.columns if name != "geometry"]
        return {name: words.column(name) if words.has(f"column.{name}") else name for name in names}


def write_plan_geopackage(workspace: Workspace, plan: PlanResult, path: str | Path, lang: str = "zh") -> Path:
    """Write ``plan`` as a GeoPackage and return the path.

    Layers, all EPSG:4490 and in this order, the lowest first: ``density`` (enterprises on no roster, per H3 cell),
    ``service_units`` (with coverage before and after), ``reach`` (from where each proposal is reached), ``uncovered``,
    ``rosters`` (enterprises of the proposed rosters, where their place is known), ``closed_sites``, ``institutions``
    (active on the plan's day) and ``proposals``; where existing stations take in more, ``enlarged`` and the
    enterprises, ``additions``; where stations close or move, ``closures``. The table ``provenance`` holds parameters,
    versions, dates and sources.
    """
    return write_geopackage(plan_layers(workspace, plan, lang), plan.provenance, path, lang)


def plan_layers(workspace: Workspace, plan: PlanResult, lang: str) -> list[Layer]:
    """Return the layers of a plan as they lie on each other, the lowest first."""
    words = catalogue(lang, workspace.region)
    name = '"name_zh"' if lang == "zh" else 'coalesce("name_en", "name_zh")'
    proposal = replace(marker(MARKS["proposal"], scale=1.9), text="rank")
    layers = [
        Layer("density", _density(plan.uncovered), _density_style()),
        Layer(
            "service_units",
            _units(workspace, plan.coverage_before, plan.coverage_after, lang),
            _unit_style(words),
        ),
        Layer("reach", plan.coverage_after.areas.get("reach"), _reach_style()),
        Layer("uncovered", plan.uncovered, Style(Symbol("marker", BORDER, "#00000000", size_mm=0.7, outline_mm=0))),
        Layer(
            "rosters", _roster_points(workspace, plan.annex), Style(Symbol("marker", ORANGE, "#00000000", size_mm=0.9))
        ),
        Layer("closed_sites", plan.closed_sites, Style(marker(MARKS["closed_site"]))),
        _institutions(workspace, plan.provenance, words),
        *_enlarged_layers(workspace, plan),
        *_closing_layer(workspace, plan),
        Layer(
            "proposals",
            plan.proposals,
            Style(
                proposal,
                label=name,
                label_size=10,
                expression=True,
                every_label=True,
            ),
        ),
    ]
    return [layer for layer in layers if layer.frame is not None]


def write_coverage_geopackage(
    workspace: Workspace, coverage: CoverageResult, path: str | Path, lang: str = "zh"
) -> Path:
    """Write coverage as a GeoPackage and return the path.

    Layers, all EPSG:4490: the areas of the coverage (``hexagons``, ``bands``, ``service_areas``, ``catchments``),
    ``service_units`` and ``institutions``. The other tables and ``provenance`` have no geometry.
    """
    layers = coverage_layers(workspace, coverage, lang)
    drawn = {layer.name for layer in layers}
    tables = {name: table for name, table in coverage.tables.items() if name not in drawn}
    return write_geopackage(layers, coverage.provenance, path, lang, tables=tables)


def coverage_layers(workspace: Workspace, coverage: CoverageResult, lang: str) -> list[Layer]:
    """Return the layers of a coverage as they lie on each other, the lowest first."""
    words = catalogue(lang, workspace.region)
    return [
        *_area_styles(coverage, words),
        Layer("service_units", _units(workspace, coverage, None, lang), _unit_style(words)),
        _institutions(workspace, coverage.provenance, words),
    ]


def _area_styles(coverage: CoverageResult, words: Catalogue) -> Iterator[Layer]:
    """Yield the area layers of a coverage as they lie on each other: hexagons below, then bands, areas, catchments."""
    for name in ("hexagons", "bands", "service_areas", "catchments"):
        frame = coverage.areas.get(name)
        if frame is None or not len(frame):
            continue
        style = Style(Symbol("fill", "#00000000", BLUE, outline_mm=0.3, dashed=True))
        if name == "service_areas":
            style = _reach_style()
        elif name == "hexagons":
            style = _density_style()
        elif name == "bands":
            style = _band_style(frame, words.label("unit_of_measure", coverage.limit_unit))
        yield Layer(name, frame, style)


def _band_style(frame: gpd.GeoDataFrame, unit: str) -> Style:
    """Return the style of bands of time or distance that do not overlap, the nearest darkest."""
    lows, highs = frame["above"].tolist(), frame["up_to"].tolist()
    colours = [BAND_RAMP[round(place * (len(BAND_RAMP) - 1) / max(len(lows) - 1, 1))] for place in range(len(lows))]
    texts = [f"{low:g}–{high:g} {unit}" for low, high in zip(lows, highs, strict=True)]
    style = class_style(
        "above", lows, texts, [Symbol("fill", colour, "#ffffff", outline_mm=0.15) for colour in colours]
    )
    return replace(style, opacity=0.75)


def _density(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the enterprises per H3 cell: h3_cell, enterprises, geometry."""
    import geopandas as gpd

    placed = points.loc[~(points.geometry.isna() | points.geometry.is_empty)]
    cells = hexagon_table(placed.geometry.x, placed.geometry.y, {})
    return gpd.GeoDataFrame(cells, geometry=hexagon_shapes(cells["h3_cell"]), crs=STORE_CRS)


def _density_style() -> Style:
    fills = [Symbol("fill", ramp_colour(level), "#ffffff", outline_mm=0.1) for level in range(len(DENSITY_BREAKS))]
    return class_style("enterprises", DENSITY_BREAKS, class_texts(DENSITY_BREAKS), fills)


def _reach_style() -> Style:
    return Style(Symbol("fill", f"{BLUE}12", f"{BLUE}AA", outline_mm=0.3))


def write_geopackage(
    layers: Sequence[Layer],
    provenance: Provenance,
    path: str | Path,
    lang: str = "zh",
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """Write layers, tables without geometry, the provenance and the styles into one GeoPackage, as a whole."""
    import pyogrio

    words, made_on = catalogue(lang), provenance.data_date or dt.date(2000, 1, 1)
    with written_beside(path) as draft, _dated(made_on):
        draft.unlink()  # GDAL makes the file; an empty one is not a GeoPackage
        for layer in layers:
            ready = store_ready(marked(layer.frame, words, provenance))
            pyogrio.write_dataframe(
                ready,
                draft,
                layer=layer.name,
                driver="GPKG",
                append=draft.exists(),
                geometry_type=_geometry_type(ready),
            )
        for name, frame in {**(tables or {}), "provenance": flat_provenance(provenance)}.items():
            # A frame without columns cannot be a table, and one with an odd index would lose it.
            if len(frame.columns):
                pyogrio.write_dataframe(
                    store_ready(marked(frame.reset_index(drop=True), words, provenance)),
                    draft,
                    layer=name,
                    driver="GPKG",
                    append=True,
                )
        _write_styles(draft, layers, words, made_on, map_notice(words, provenance))
    return Path(path)


def _write_styles(path: Path, layers: Sequence[Layer], words: Catalogue, made_on: dt.date, notice: str) -> None:
    stamp = f"{made_on.isoformat()}T00:00:00.000Z"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), "
            "f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), "
            "styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
            "update_time DATETIME DEFAULT CURRENT_TIMESTAMP)"
        )
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)",
            (stamp,),
        )
        for layer in layers:
            title = words.label("LayerName", layer.name)
            connection.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                "styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) "
                "VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', NULL, ?)",
                (layer.name, layer.name, qml(layer.style, layer.headers(words)), title, stamp),
            )
            connection.execute(
                "UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?",
                (title, notice, layer.name),
            )


@contextmanager
def _dated(day: dt.date) -> Iterator[None]:
    """Let GDAL write ``day`` as the time of change, so that the same result gives the same file."""
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _geometry_type(frame: Any) -> str | None:
    kinds = set(frame.geometry.dropna().geom_type) if "geometry" in frame else set()
    if not kinds:
        return "Point"
    return (
        next(iter(kinds)) if len(kinds) == 1 else "MultiPolygon" if kinds == {"Polygon", "MultiPolygon"} else "Unknown"
    )


def _units(workspace: Workspace, before: CoverageResult, after: CoverageResult | None, lang: str) -> gpd.GeoDataFrame:
    units = workspace.service_units.copy()
    names = names_of(workspace, lang)
    units["label"] = [names.unit(code) for code in units["code"]]
    p95 = nearest_names(before.by_unit)[2]
    counted = ["enterprises", "with_need", "stations", "on_roster", "within_reach", p95]
    left = before.by_unit.set_index("unit")
    for name in counted:
        constant = name in ("enterprises", "with_need") or after is None
        units[name if constant else f"{name}_before"] = left[name].reindex(units["code"]).to_numpy()
        if after is not None and not constant:
            units[f"{name}_after"] = after.by_unit.set_index("unit")[name].reindex(units["code"]).to_numpy()
    return units


def _enlarged_layers(workspace: Workspace, plan: PlanResult) -> list[Layer]:
    if plan.enlarged is None or plan.additions is None:
        return []
    points = Style(Symbol("marker", "#8FD3B6", "#00694A", size_mm=1.3, outline_mm=0.1))
    stations = Style(marker(MARKS["enlarged"], scale=1.4), label="name", label_size=8)
    return [
        Layer("additions", _roster_points(workspace, plan.additions), points),
        Layer("enlarged", plan.enlarged, stations),
    ]


def _closing_layer(workspace: Workspace, plan: PlanResult) -> list[Layer]:
    if plan.closures is None or not len(plan.closures):
        return []
    places = workspace.institutions[["institution_id", "geometry"]]
    stations = places.merge(plan.closures, on="institution_id", how="inner", sort=False)
    return [Layer("closures", stations, Style(marker(MARKS["closing"], scale=1.4), label="name", label_size=8))]


def _roster_points(workspace: Workspace, annex: pd.DataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd

    places = workspace.enterprises[["enterprise_id", "geometry"]]
    joined = annex.merge(places, on="enterprise_id", how="left", sort=False)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=workspace.enterprises.crs)


def _unit_style(words: Catalogue) -> Style:
    """Return outlines alone: a unit hides nothing, wherever in a project the layer comes to lie."""
    district = Symbol("fill", "#00000000", BORDER, outline_mm=0.26)
    area = Symbol("fill", f"{PURPLE}80", PURPLE, outline_mm=0.4, hatch=True, dashed=True)
    return category_style(
        "kind",
        [
            ("district", words.label("UnitKind", "district"), district),
            ("functional_area", words.label("UnitKind", "functional_area"), area),
        ],
        label="label",
    )


def _institutions(workspace: Workspace, origin: Provenance, words: Catalogue) -> Layer:
    """Return the active institutions with the marks that the printed map gives them (field ``mark``)."""
    active = active_institutions(workspace.institutions, day_of_result(origin))
    active = public_institutions(active, origin).assign(mark=marker_kinds(active) if len(active) else "")
    kinds = ("other_institution", "district_center_standin", "district_center", "workstation", "industry_station")
    listed = [(kind, words.text(f"map.{kind}"), marker(MARKS[kind])) for kind in kinds]
    return Layer("institutions", active, category_style("mark", listed))
