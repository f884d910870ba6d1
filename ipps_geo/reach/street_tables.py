"""Streets of tables and layers: nodes with edges, or lines alone, read through the same gate as every other table."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from ipps_geo.columns import NETWORK_TABLES
from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput, Message
from ipps_geo.intake.archives import open_archive
from ipps_geo.intake.geopackage import list_layers
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import map_columns
from ipps_geo.intake.problems import Refusal
from ipps_geo.intake.raw import RawTable
from ipps_geo.intake.reading import read_raw
from ipps_geo.intake.request import Request
from ipps_geo.intake.sniff import Format, detect
from ipps_geo.intake.writings import number
from ipps_geo.reach.network_tables import read_network_table
from ipps_geo.reach.street_noding import node_lines
from ipps_geo.reach.street_places import to_metres
from ipps_geo.reach.street_raw import RawStreets, flat_shapes, judged
from ipps_geo.reach.street_rules import class_of, first_value, rule_tags
from ipps_geo.regions import load_region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.reach.streets import Mode

_NODES, _EDGES = ("nodes", "节点", "路网节点"), ("edges", "路段", "links")
_LINES = ("roads", "streets", "lines", "道路", "路网", "道路中心线", "gis_osm_roads_free_1", "gis_osm_roads_free")
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def read_street_tables(
    nodes_file: Path, edges_file: Path, mode: Mode, datum: str | None, metric_crs: str | None, *, sandbox: bool
) -> RawStreets:
    """Return the streets of a table of nodes and a table of edges, of any format; both may be sheets of one workbook.

    Raises
    ------
    BadInput
        A fault of the files, each with its row and column.
    """
    nodes = read_network_table(nodes_file, "street_nodes", datum=datum, sandbox=sandbox)
    edges = read_network_table(edges_file, "street_edges", sandbox=sandbox)
    frame = edges.frame
    shapes = None
    if frame["shape"].notna().any():
        lines = _of_wkt(frame["shape"], edges_file.name, edges.rows)
        shapes = _moved(lines, nodes.datum, edges_file.name, metric_crs)
    return streets_of(
        frame, edges.rows, nodes.frame["node_id"].to_numpy(dtype=object),
        metric_xy(nodes.frame, metric_crs or load_region().metric_crs), mode,
        edges_file.name, shapes, nodes.remarks + edges.remarks,
    )  # fmt: skip


def streets_of(
    frame: pd.DataFrame,
    rows: NDArray[np.int64],
    node_id: NDArray[Any],
    node_xy: NDArray[np.float64],
    mode: Mode,
    file: str,
    shapes: NDArray[Any] | None = None,
    remarks: tuple[Message, ...] = (),
    *,
    each_way: bool | None = None,
) -> RawStreets:
    """Return the streets of a table of edges with the columns of ``street_edges``.

    ``each_way``: whether every row is one direction; when not given, whether the table says nothing of directions.
    """
    tail, head = _ends(frame, node_id, file)
    named = [name for name in rule_tags(mode) if name in frame.columns]
    tags = frame[named].apply(lambda column: column.map(first_value, na_action="ignore"))
    if "highway" in tags:
        tags["highway"] = tags["highway"].map(class_of, na_action="ignore")
    if each_way is None:
        each_way = "oneway" not in frame or not frame["oneway"].notna().any()
    if each_way:
        tags = tags.drop(
            columns=[name for name in ("oneway", "junction", "oneway:bicycle", "oneway:foot") if name in tags]
        )
    found, told = judged(tags, mode, file, rows)
    open_ = found.forward | found.backward
    classes: NDArray[Any] | None = None
    if "highway" in frame:
        named = frame["highway"].map(class_of, na_action="ignore").to_numpy(dtype=object).copy()
        named[pd.isna(named)] = None
        classes = named
    length = frame["length_m"].to_numpy(np.float64) if "length_m" in frame and frame["length_m"].notna().any() else None
    shape_xy, shape_start = (None, None) if shapes is None else flat_shapes(shapes)
    return RawStreets(
        node_id, node_xy, tail, head,
        open_ if each_way else found.forward,
        np.zeros(len(open_), dtype=bool) if each_way else found.backward,
        classes, length, shape_xy, shape_start, file=file, remarks=remarks + told,
    )  # fmt: skip


def _ends(frame: pd.DataFrame, node_id: NDArray[Any], file: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the nodes of each edge: those that give the direction (OSMnx: from, to) before u and v."""
    known = pd.Index(node_id)
    pairs = [
        tuple(frame[name].to_numpy(dtype=object) for name in pair)
        for pair in (("way_from", "way_to"), ("tail", "head"))
        if all(name in frame and frame[name].notna().all() for name in pair)
    ]
    for tail, head in pairs:
        if (known.get_indexer(pd.Index(tail)) >= 0).all() and (known.get_indexer(pd.Index(head)) >= 0).all():
            return tail, head
    if not pairs:
        raise BadInput("streets.no_ends", where=file)
    return pairs[-1][0], pairs[-1][1]


def read_layers(
    file: Path,
    mode: Mode,
    tolerance_m: float,
    datum: str | None,
    metric_crs: str | None = None,
    limits: Limits | None = None,
) -> RawStreets:
    """Return the streets of a GeoPackage, a GeoJSON or a shapefile: nodes with edges, or lines that meet.

    Runs inside the worker of :func:`ipps_geo.reach.street_files.read_streets`.

    Raises
    ------
    BadInput
        What the gate says of the file; a file without lines.
    """
    limits = limits or Limits()
    try:
        layers = list_layers(file) if file.suffix.lower() == ".gpkg" and detect(file, limits)[0] is Format.GPKG else ()
        nodes, edges = (_layer(layers, names) for names in (_NODES, _EDGES))
        if nodes is not None and edges is not None:
            return _graph_layers(file, nodes, edges, mode, datum, metric_crs, limits)
        return _lines(_drawing(file, limits), file.name, mode, tolerance_m, datum, metric_crs)
    except Refusal as refusal:
        raise BadInput("streets.refused", where=file.name, reason=Message(refusal.code, refusal.values)) from refusal


def _drawing(file: Path, limits: Limits) -> RawTable:
    """Return the one layer of a file that holds its lines."""
    if file.suffix.lower() == ".shp":
        return _loose_shapefile(file, limits)
    format_, _ = detect(file, limits)
    layer = None
    if format_ is Format.GPKG:
        layers = list_layers(file)
        layer = layers[0] if len(layers) == 1 else _layer(layers, (*_LINES, *_EDGES))
        if layer is None:
            raise BadInput("streets.layers", where=file.name, layers=", ".join(layers))
    elif format_ is Format.SHAPEFILE:
        with open_archive(file) as archive:
            stems = tuple(Path(name).stem for name in archive.namelist() if name.lower().endswith(".shp"))
        layer = _layer(stems, _LINES) if len(stems) > 1 else None
    return _raw(file, format_, layer, limits)


def _raw(file: Path, format_: Format, layer: str | None, limits: Limits) -> RawTable:
    return read_raw(Request(file, "street_edges", layer), format_, limits)


def _layer(layers: tuple[str, ...], names: tuple[str, ...]) -> str | None:
    return next((layer for layer in layers if layer.casefold() in names), None)


def _loose_shapefile(file: Path, limits: Limits) -> RawTable:
    """Read the parts of a shapefile that lie beside each other as the archive that the gate reads."""
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / f"{file.stem}.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            for part in _SHAPEFILE_PARTS:
                beside = next(
                    (file.with_suffix(end) for end in (part, part.upper()) if file.with_suffix(end).is_file()), None
                )
                if beside is not None:
                    archive.write(beside, f"{file.stem}{part}")
        return _raw(packed, Format.SHAPEFILE, None, limits)


def read_outlines(
    file: Path, datum: str | None, metric_crs: str | None = None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return (vertices, where those of each line begin) of the lines of a file, and of the outlines of its polygons."""
    limits = Limits()
    try:
        raw = _drawing(file, limits)
    except Refusal as refusal:
        raise BadInput("streets.refused", where=file.name, reason=Message(refusal.code, refusal.values)) from refusal
    shapes = np.zeros(0, dtype=object) if raw.geometry is None else raw.geometry
    polygons = shapely.get_dimensions(shapes) == 2
    shapes = np.where(polygons, shapely.boundary(shapes), shapes)
    lines = shapely.get_parts(shapes[shapely.get_dimensions(shapes) == 1])
    if not len(lines):
        raise BadInput("streets.no_lines", where=file.name)
    metres, _ = _in_metres(lines, raw.crs, datum, file.name, metric_crs)
    return flat_shapes(metres)


def _lines(
    raw: RawTable, file: str, mode: Mode, tolerance_m: float, datum: str | None, metric_crs: str | None
) -> RawStreets:
    shapes = np.full(len(raw.numbers), None, dtype=object) if raw.geometry is None else raw.geometry
    kinds = shapely.get_type_id(shapes)
    lines = np.isin(kinds, (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING))
    if not lines.any():
        raise BadInput("streets.no_lines", where=file)
    told: tuple[Message, ...] = ()
    if not lines.all():
        told = (Message("streets.not_lines", {"count": int((~lines).sum())}),)
    frame = _texts(raw)[lines].reset_index(drop=True)
    metres, noticed = _in_metres(shapes[lines], raw.crs, datum, file, metric_crs)
    node_xy, tail, head, line = node_lines(metres, tolerance_m)
    ends = pd.DataFrame({"tail": tail, "head": head})
    tags = frame.drop(columns=["tail", "head", "way_from", "way_to", "length_m", "shape"], errors="ignore")
    edges = pd.concat([ends, tags.iloc[line].reset_index(drop=True)], axis=1)
    return streets_of(
        edges,
        raw.numbers[lines][line],
        np.arange(len(node_xy)),
        node_xy,
        mode,
        file,
        None,
        told + noticed,
        each_way=False,
    )


def _graph_layers(
    file: Path, nodes: str, edges: str, mode: Mode, datum: str | None, metric_crs: str | None, limits: Limits
) -> RawStreets:
    points = read_raw(Request(file, "street_nodes", nodes), Format.GPKG, limits)
    frame = _texts(points, "street_nodes")
    if "node_id" not in frame:
        raise BadInput("streets.no_node_id", where=f"{file.name}: {nodes}")
    xy = points.xy if points.xy is not None else None
    if xy is None and points.geometry is not None:
        xy = np.column_stack([shapely.get_x(points.geometry), shapely.get_y(points.geometry)])
    if xy is None or not np.isfinite(xy).all():
        raise BadInput("streets.node_place", where=f"{file.name}: {nodes}")
    node_xy, told = to_metres(xy[:, 0], xy[:, 1], points.crs, datum, file.name, metric_crs)
    raw = read_raw(Request(file, "street_edges", edges), Format.GPKG, limits)
    shapes = None
    if raw.geometry is not None and (shapely.get_type_id(raw.geometry) >= 0).any():
        shapes, _ = _in_metres(raw.geometry, raw.crs, datum, file.name, metric_crs)
    own = _texts(raw)
    own["length_m"] = numbers_of(own["length_m"], file.name, raw.numbers, "length") if "length_m" in own else np.nan
    return streets_of(own, raw.numbers, frame["node_id"].to_numpy(dtype=object), node_xy, mode, file.name, shapes, told)


def _texts(raw: RawTable, table: str = "street_edges") -> pd.DataFrame:
    """Return the columns of a layer that the table knows, as texts; missing cells are None."""
    mapping = map_columns(raw.headers, table)
    found = {}
    for item in mapping.columns:
        if item.column not in NETWORK_TABLES[table].columns:
            continue
        column = raw.columns[raw.headers.index(item.header)]
        cells = column.to_pylist() if isinstance(column, pa.Array) else column
        found[item.column] = pd.Series([_text(cell) for cell in cells], dtype=object)
    return pd.DataFrame(found, index=range(len(raw.numbers)))


def _text(cell: Any) -> str | None:
    if cell is None or cell == "" or cell != cell:
        return None
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() or None


def numbers_of(texts: pd.Series, file: str, rows: NDArray[np.int64], column: str) -> NDArray[np.float64]:
    """Return texts as numbers, NaN where one is missing; raises ``BadInput`` that names what is none."""
    values = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64).copy()
    for place in np.flatnonzero(np.isnan(values)).tolist():
        text = texts.iloc[place]
        if text is not None and not pd.isna(text) and str(text).strip().casefold() not in ("nan", "none", ""):
            read, _ = number(str(text))
            if read is None:
                raise BadInput("streets.number", where=file, row=int(rows[place]), column=column, value=str(text))
            values[place] = float(str(read))
    return values


def _of_wkt(texts: pd.Series, file: str, rows: NDArray[np.int64]) -> NDArray[Any]:
    lines = np.full(len(texts), None, dtype=object)
    for place, text in enumerate(texts):
        if pd.notna(text):
            try:
                lines[place] = shapely.from_wkt(str(text))
            except (shapely.errors.ShapelyError, ValueError) as error:
                raise BadInput("streets.shape_text", where=file, row=int(rows[place])) from error
    return lines


def _moved(lines: NDArray[Any], datum: str, file: str, metric_crs: str | None) -> NDArray[Any]:
    moved, _ = _in_metres(lines, None, datum or None, file, metric_crs)
    return moved


def _in_metres(
    lines: NDArray[Any], crs: str | None, datum: str | None, file: str, metric_crs: str | None
) -> tuple[NDArray[Any], tuple[Message, ...]]:
    flat = shapely.force_2d(lines)
    x, y = shapely.get_coordinates(flat).T
    metres, told = to_metres(x, y, crs, datum, file, metric_crs)
    return np.asarray(shapely.set_coordinates(flat, metres), dtype=object), told
