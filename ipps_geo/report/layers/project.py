"""A QGIS project beside a GeoPackage: its layers in order, under their names in words, drawn and labelled.

A GeoPackage alone can say how a layer is drawn, not how it is called nor what lies above what.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from ipps_geo.crs import STORE_CRS, to_metric
from ipps_geo.files import write_text
from ipps_geo.report.layers.styles import drawing
from ipps_geo.report.words.catalogue import Catalogue, catalogue

if TYPE_CHECKING:
    from ipps_geo.report.layers.geopackage import Layer

HIDDEN_AT_FIRST = frozenset({"uncovered", "rosters", "closed_sites", "catchments", "service_areas"})
"""Layers that a reader switches on when he asks for them: the density tells what their points tell."""


def write_project(
    layers: Sequence[Layer],
    geopackage: str | Path,
    path: str | Path,
    title: str,
    lang: str = "zh",
    *,
    metric_crs: str,
) -> Path:
    """Write a project (.qgs) of the layers of ``geopackage``, the lowest first; both files travel in one folder.

    The map opens in ``metric_crs``.
    """
    words, file = catalogue(lang), Path(geopackage).name
    units = next(layer.frame for layer in layers if layer.name == "service_units")
    west, south, east, north = (f"{value:.0f}" for value in to_metric(units, metric_crs).total_bounds)
    tree = "".join(_in_tree(layer, file, words) for layer in reversed(layers))
    order = "".join(f'<layer id="{_id(layer)}"/>' for layer in reversed(layers))
    drawn = "".join(_layer(layer, file, words) for layer in layers)
    return write_text(
        path,
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        f'<qgis version="3.22.0" projectname={quoteattr(title)}><title>{escape(title)}</title>'
        f"<projectCrs>{_crs(metric_crs)}</projectCrs>"
        f"<layer-tree-group>{tree}<custom-order enabled='0'/></layer-tree-group>"
        '<mapcanvas name="theMapCanvas" annotationsVisible="1"><units>meters</units>'
        f"<extent><xmin>{west}</xmin><ymin>{south}</ymin><xmax>{east}</xmax><ymax>{north}</ymax></extent>"
        f"<rotation>0</rotation><destinationsrs>{_crs(metric_crs)}</destinationsrs></mapcanvas>"
        '<ProjectViewSettings UseProjectScales="0"><Scales/>'
        f'<DefaultViewExtent xmin="{west}" ymin="{south}" xmax="{east}" ymax="{north}">{_crs(metric_crs)}'
        "</DefaultViewExtent></ProjectViewSettings>"
        f"<projectlayers>{drawn}</projectlayers><layerorder>{order}</layerorder>"
        '<properties><SpatialRefSys><ProjectionsEnabled type="int">1</ProjectionsEnabled></SpatialRefSys></properties>'
        "</qgis>\n",
    )


def _in_tree(layer: Layer, file: str, words: Catalogue) -> str:
    checked = "Qt::Unchecked" if layer.name in HIDDEN_AT_FIRST else "Qt::Checked"
    return (
        f'<layer-tree-layer id="{_id(layer)}" name={quoteattr(words.label("LayerName", layer.name))} '
        f'source={quoteattr(_source(layer, file))} providerKey="ogr" checked="{checked}" expanded="0"/>'
    )


def _layer(layer: Layer, file: str, words: Catalogue) -> str:
    kind = {"marker": "Point", "fill": "Polygon"}[layer.style.default.kind]
    return (
        f'<maplayer type="vector" geometry="{kind}" wkbType="{kind}" labelsEnabled="{int(bool(layer.style.label))}" '
        f'styleCategories="AllStyleCategories"><id>{_id(layer)}</id>'
        f"<datasource>{escape(_source(layer, file))}</datasource>"
        f"<layername>{escape(words.label('LayerName', layer.name))}</layername><srs>{_crs(STORE_CRS)}</srs>"
        f'<provider encoding="UTF-8">ogr</provider>{drawing(layer.style, layer.headers(words))}</maplayer>'
    )


def _id(layer: Layer) -> str:
    # QGIS replaces an id of ten characters or fewer, and then finds no layer for its place in the tree.
    return f"ipps_geo_{layer.name}"


def _source(layer: Layer, file: str) -> str:
    return f"./{file}|layername={layer.name}"


def _crs(name: str) -> str:
    import pyproj

    crs = pyproj.CRS.from_user_input(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a proj4 string drops what the WKT beside it says
        proj4 = crs.to_proj4()
    return (
        f'<spatialrefsys nativeFormat="Wkt"><wkt>{escape(crs.to_wkt())}</wkt><proj4>{escape(proj4)}</proj4>'
        f"<srid>{crs.to_epsg()}</srid><authid>{name}</authid></spatialrefsys>"
    )
