"""GeoPackage of a plan or of a coverage: layers in EPSG:4490, their QGIS styles, and where they come from."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.files import written_beside
from ipps_geo.report.layers.exchange import flat_provenance, store_ready
from ipps_geo.report.layers.styles import Style, Symbol, category_style, class_style, qml
from ipps_geo.report.maps.layers import BLUE, GREEN, ORANGE, PURPLE, SKY, class_breaks, ramp_colour
from ipps_geo.report.words.catalogue import Catalogue, catalogue
from ipps_geo.report.words.figures import nearest_names
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


def write_plan_geopackage(workspace: Workspace, plan: PlanResult, path: str | Path, lang: str = "zh") -> Path:
    """Write ``plan`` as a GeoPackage and return the path.

    Layers, all EPSG:4490: ``service_units`` (with coverage before and after), ``uncovered``, ``rosters`` (enterprises
    of the proposed rosters, where their place is known), ``closed_sites``, ``institutions`` (active on the plan's day)
    and ``proposals``. The table ``provenance`` holds parameters, versions, dates and sources.
    """
    words, on = catalogue(lang), day_of_result(plan.provenance)
    layers = [
        Layer(
            "service_units",
            _units(workspace, plan.coverage_before, plan.coverage_after, lang),
            _unit_style(words),
        ),
        Layer("uncovered", plan.uncovered, Style(Symbol("marker", ORANGE, "#00000000", size_mm=0.9, outline_mm=0))),
        Layer(
            "rosters",
            _roster_points(workspace, plan),
            Style(Symbol("marker", SKY, "#1F4E79", size_mm=1.3, outline_mm=0.1)),
        ),
        Layer("closed_sites", plan.closed_sites, Style(Symbol("marker", "#BBBBBB", "#666666", "cross2", 2.2))),
        Layer("institutions", active_institutions(workspace.institutions, on), _institution_style(words)),
        Layer(
            "proposals",
            plan.proposals,
            Style(Symbol("marker", BLUE, size_mm=4.2), label="name_en" if lang == "en" else "name_zh", label_size=10),
        ),
    ]
    return write_geopackage(layers, plan.provenance, path, lang)


def write_coverage_geopackage(
    workspace: Workspace, coverage: CoverageResult, path: str | Path, lang: str = "zh"
) -> Path:
    """Write coverage as a GeoPackage and return the path.

    Layers, all EPSG:4490: ``service_units``, the areas of the coverage (``hexagons``, ``service_areas``,
    ``catchments``) and ``institutions``. The other tables and ``provenance`` have no geometry.
    """
    words, on = catalogue(lang), day_of_result(coverage.provenance)
    active = active_institutions(workspace.institutions, on)
    layers = [
        Layer("service_units", _units(workspace, coverage, None, lang), _unit_style(words)),
        *_area_styles(coverage),
        Layer("institutions", active, _institution_style(words)),
    ]
    drawn = {layer.name for layer in layers}
    tables = {name: table for name, table in coverage.tables.items() if name not in drawn}
    return write_geopackage(layers, coverage.provenance, path, lang, tables=tables)


def _area_styles(coverage: CoverageResult) -> Iterator[Layer]:
    """Yield the area layers of a coverage as they lie on each other: hexagons below, then service areas, catchments."""
    for name in ("hexagons", "service_areas", "catchments"):
        frame = coverage.areas.get(name)
        if frame is None or not len(frame):
            continue
        style = Style(Symbol("fill", "#00000000", BLUE, outline_mm=0.3, dashed=True))
        if name == "service_areas":
            style = Style(Symbol("fill", "#0072B21A", BLUE, outline_mm=0.3))
        if name == "hexagons":
            breaks = class_breaks(frame["enterprises"].dropna().to_numpy(np.float64))
            style = class_style(
                "enterprises",
                breaks,
                [
                    Symbol("fill", f"{ramp_colour(level, len(breaks))}CC", "#ffffff", outline_mm=0.1)
                    for level in range(len(breaks))
                ],
            )
        yield Layer(name, frame, style)


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
            ready = store_ready(layer.frame)
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
                    store_ready(frame.reset_index(drop=True)), draft, layer=name, driver="GPKG", append=True
                )
        _write_styles(draft, layers, words, made_on)
    return Path(path)


def _write_styles(path: Path, layers: Sequence[Layer], words: Catalogue, made_on: dt.date) -> None:
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
            headers = {
                str(name): words.column(str(name)) if words.has(f"column.{name}") else str(name)
                for name in layer.frame.columns
                if name != "geometry"
            }
            title = words.label("LayerName", layer.name)
            connection.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                "styleName, styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) "
                "VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', NULL, ?)",
                (layer.name, layer.name, qml(layer.style, headers), title, stamp),
            )
            connection.execute(
                "UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?",
                (title, words.text("page.review_notice"), layer.name),
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


def _roster_points(workspace: Workspace, plan: PlanResult) -> gpd.GeoDataFrame:
    import geopandas as gpd

    places = workspace.enterprises[["enterprise_id", "geometry"]]
    joined = plan.annex.merge(places, on="enterprise_id", how="left", sort=False)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=workspace.enterprises.crs)


def _unit_style(words: Catalogue) -> Style:
    district = Symbol("fill", "#F6F5F1", "#7A7A7A", outline_mm=0.26)
    area = Symbol("fill", PURPLE, PURPLE, outline_mm=0.4, hatch=True, dashed=True)
    return category_style(
        "kind",
        [
            ("district", words.label("UnitKind", "district"), district),
            ("functional_area", words.label("UnitKind", "functional_area"), area),
        ],
        label="label",
    )


def _institution_style(words: Catalogue) -> Style:
    symbols = {
        "workstation": Symbol("marker", GREEN, shape="square", size_mm=2.8),
        "district_center": Symbol("marker", "#000000", shape="diamond", size_mm=3.2),
        "city_center": Symbol("marker", "#000000", shape="star", size_mm=4.5),
    }
    other = Symbol("marker", SKY, "#222222", "triangle", 2.4)
    kinds = (
        "city_center", "district_center", "workstation", "trademark_brand_guidance_station", "copyright_workstation",
        "ip_information_outlet", "trademark_acceptance_window", "other",
    )  # fmt: skip
    return category_style(
        "kind", [(kind, words.label("InstitutionKind", kind), symbols.get(kind, other)) for kind in kinds]
    )
