"""Street networks from files of any kind, read in a process that can do nothing else.

OSMnx GraphML and GeoPackage, tables of nodes and edges, lines (shapefile, GeoPackage, GeoJSON), OpenStreetMap extracts
(PBF, XML); several files of one kind together.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from ipps_geo.errors import BadInput
from ipps_geo.gate import Bounds, confined, content_of
from ipps_geo.reach.street_graphml import read_graphml
from ipps_geo.reach.street_noding import TOLERANCE_M
from ipps_geo.reach.street_osm import ENDINGS as OSM_ENDINGS
from ipps_geo.reach.street_osm import read_osm
from ipps_geo.reach.street_places import to_metres
from ipps_geo.reach.street_raw import RawStreets, lines_of, network_of
from ipps_geo.reach.street_tables import (
    numbers_of,
    read_layers,
    read_outlines,
    read_street_tables,
    streets_of,
)
from ipps_geo.reach.streets import MODES, Mode, StreetNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

BOUNDS = Bounds(memory_bytes=4 << 30, seconds=300.0)
"""What reading the streets of a province may take."""
LAYER_ENDINGS = (".gpkg", ".geojson", ".json", ".shp", ".zip")
TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")


def read_streets(
    path: str | Path | Sequence[str | Path],
    *,
    edges: str | Path | None = None,
    mode: Mode = "walk",
    crs: str | None = None,
    datum: str | None = None,
    tolerance_m: float = TOLERANCE_M,
    source: str = "",
    as_of: str = "",
    sandbox: bool = True,
    metric_crs: str | None = None,
) -> StreetNetwork:
    """Read a street network; the kind of file is told by its ending.

    Parameters
    ----------
    path
        ``.graphml`` (as OSMnx saves it), ``.osm.pbf`` or ``.osm``; a GeoPackage with layers ``nodes`` and ``edges``;
        the table of nodes (CSV or Excel; then ``edges`` names the other one, or they are sheets of one workbook); or
        lines: GeoPackage, GeoJSON, shapefile (``.shp`` or zipped). Several files that hold parts of one network may be
        given together. Edges of GraphML stand as they are, one per direction; so do those of tables without a column
        of directions.
    crs
        Reference system of the coordinates, where the file does not say.
    datum
        What a person states of the coordinates: ``wgs84``, ``gcj02``, ``bd09`` or ``EPSG:nnnn``; it is never overruled.
    tolerance_m
        How far apart the ends of two lines may lie that meet; for lines alone.
    sandbox
        Read in a process without rights. False for files that are known.
    metric_crs
        CRS of the metres; that of the region that comes with the package by default.

    Raises
    ------
    BadInput
        A file or column that is missing, or a network that cannot be one.
    UnsafeInput
        What the gate refuses: XML with entities, too much memory or time.
    MissingExtra
        OpenStreetMap without the reader.
    """
    if mode not in MODES:
        raise BadInput("streets.mode", where="mode", mode=mode)
    files = [Path(path)] if isinstance(path, (str, Path)) else [Path(each) for each in path]
    if not files:
        raise BadInput("network.no_file", where="streets")
    parts = [
        _read(file, None if edges is None else Path(edges), mode, crs, datum, tolerance_m, metric_crs, sandbox=sandbox)
        for file in files
    ]
    kinds = {_kind(file) for file in files}
    if len(kinds) > 1 and "layers" in kinds:
        raise BadInput("streets.kinds", where=", ".join(file.name for file in files))
    named = source or ", ".join(dict.fromkeys(file.name for file in files))
    if len(parts) > 1 and kinds == {"layers"}:
        parts = [_side_by_side(parts, tolerance_m)]
    return network_of(parts, mode, named, as_of)


def read_barriers(
    paths: Sequence[str | Path], *, datum: str | None = None, metric_crs: str | None = None, sandbox: bool = True
) -> NDArray[Any]:
    """Return the lines of files (rivers, railways) that nobody crosses on the way to a street, in metres, shape (b,).

    GeoPackage, GeoJSON or shapefile; of polygons the outline counts. Errors as of :func:`read_streets`.
    """
    lines = []
    for path in (Path(each).absolute() for each in paths):
        if not path.is_file():
            raise BadInput("network.no_file", where=str(path))
        if _kind(path) != "layers":
            raise BadInput("streets.kind_unknown", where=path.name)
        arguments: dict[str, Any] = {"file": path, "datum": datum, "metric_crs": metric_crs}
        if sandbox:
            xy, start = confined(
                "ipps_geo.reach.street_tables:read_outlines", _beside(path), bounds=BOUNDS, **arguments
            )
        else:
            xy, start = read_outlines(**arguments)
        lines.append(lines_of(xy, start))
    return np.concatenate(lines) if lines else np.zeros(0, dtype=object)


def _beside(file: Path) -> list[Path]:
    """Return the files that a reader of ``file`` needs: a shapefile lies in several."""
    return list(file.parent.glob(f"{file.stem}.*")) if file.suffix.lower() == ".shp" else [file]


def _kind(file: Path) -> str:
    name = file.name.lower()
    for kind, endings in (("osm", OSM_ENDINGS), ("layers", LAYER_ENDINGS), ("table", TABLE_ENDINGS)):
        if name.endswith(endings):
            return kind
    return "graphml" if name.endswith((".graphml", ".xml")) else "other"


def _read(
    file: Path,
    edges: Path | None,
    mode: Mode,
    crs: str | None,
    datum: str | None,
    tolerance_m: float,
    metric_crs: str | None,
    *,
    sandbox: bool,
) -> RawStreets:
    kind = _kind(file)
    if not file.is_file():
        raise BadInput("network.no_file", where=str(file))
    if kind == "other":
        raise BadInput("streets.kind_unknown", where=file.name)
    if kind == "table":
        if edges is None and file.suffix.lower() not in (".xlsx", ".xlsm"):
            raise BadInput("streets.edges_missing", where=file.name)
        return read_street_tables(file, edges or file, mode, datum or crs, metric_crs, sandbox=sandbox)
    arguments: dict[str, Any] = {"file": file, "mode": mode, "crs": crs, "datum": datum, "tolerance_m": tolerance_m}
    arguments["metric_crs"] = metric_crs
    if not sandbox:
        return read_streets_here(**arguments)
    reader = "ipps_geo.reach.street_files:read_streets_here"
    found: RawStreets = confined(reader, _beside(file), records=(RawStreets,), bounds=BOUNDS, **arguments)
    return found


def read_streets_here(
    file: Path,
    mode: Mode,
    crs: str | None,
    datum: str | None,
    tolerance_m: float,
    metric_crs: str | None = None,
) -> RawStreets:
    """Return the streets of one file: what runs in the process without rights."""
    kind = _kind(file)
    if kind == "osm":
        if file.suffix.lower() in (".pbf", ".osm", ".xml"):
            content_of(file, ("pbf", "osm"))
        return read_osm(file, mode, datum, metric_crs)
    if kind == "layers":
        return read_layers(file, mode, tolerance_m, datum or crs, metric_crs)
    return _from_graphml(file, mode, crs, datum, metric_crs)


def _from_graphml(file: Path, mode: Mode, crs: str | None, datum: str | None, metric_crs: str | None) -> RawStreets:
    nodes, edges, directed, stored = read_graphml(file)
    if not len(nodes):
        raise BadInput("streets.no_nodes", where=file.name)
    if not len(edges):
        raise BadInput("streets.no_edges", where=file.name)
    if stored is None and crs is None and {"lon", "lat"} <= set(nodes.columns):
        nodes = nodes.assign(x=nodes["lon"], y=nodes["lat"])
    for name in ("x", "y"):
        if name not in nodes.columns:
            raise BadInput("streets.no_place", where=file.name, column=name)
    rows = np.arange(1, len(nodes) + 1)
    x, y = (numbers_of(nodes[name], file.name, rows, name) for name in ("x", "y"))
    if not np.isfinite(x + y).all():
        raise BadInput("streets.node_place", where=file.name)
    node_xy, told = to_metres(x, y, crs or stored, datum, file.name, metric_crs)
    rows = np.arange(1, len(edges) + 1)
    frame = edges.rename(columns={"u": "tail", "v": "head", "from": "way_from", "to": "way_to", "length": "length_m"})
    frame = frame.astype(object).where(frame.notna(), None)
    if directed:
        frame = frame.drop(columns=["way_from", "way_to"], errors="ignore")
    if "length_m" in frame:
        frame["length_m"] = numbers_of(frame["length_m"], file.name, rows, "length")
    shapes = None
    if "geometry" in frame:
        shapes = _lines(frame["geometry"], file.name, crs or stored, datum, metric_crs)
    if not directed and "oneway" in frame:
        frame["oneway"] = frame["oneway"].map({"True": "yes", "False": "no"}).fillna(frame["oneway"])
    return streets_of(
        frame, rows, nodes["id"].to_numpy(dtype=object), node_xy, mode, file.name, shapes, told, each_way=directed
    )


def _lines(texts: pd.Series, file: str, crs: str | None, datum: str | None, metric_crs: str | None) -> Any:
    try:
        lines = shapely.from_wkt(texts.to_numpy(dtype=object))
    except (shapely.errors.ShapelyError, TypeError, ValueError) as error:
        raise BadInput("streets.shape_text", where=file, row=0) from error
    lines = np.asarray(lines, dtype=object)
    flat = shapely.force_2d(lines)
    x, y = shapely.get_coordinates(flat).T
    metres, _ = to_metres(x, y, crs, datum, file, metric_crs)
    return np.asarray(shapely.set_coordinates(flat, metres), dtype=object)


def _side_by_side(parts: Sequence[RawStreets], tolerance_m: float) -> RawStreets:
    """Return the drawings of several files as one: nodes of all of them that lie at one place are one node."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    xy = np.concatenate([part.node_xy for part in parts])
    begin = np.concatenate([[0], np.cumsum([len(part.node_xy) for part in parts])])
    pairs = cKDTree(xy).query_pairs(max(tolerance_m, 1e-3), output_type="ndarray")
    file = np.repeat(np.arange(len(parts)), np.diff(begin))
    pairs = pairs[file[pairs[:, 0]] != file[pairs[:, 1]]]
    graph = sparse.coo_array((np.ones(len(pairs)), pairs.T), shape=(len(xy), len(xy)))
    _, node = connected_components(graph, directed=False)
    _, first = np.unique(node, return_index=True)

    def joined(name: str) -> Any:
        return np.concatenate(
            [node[getattr(part, name).astype(np.int64) + begin[turn]] for turn, part in enumerate(parts)]
        )

    def whole(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    classes = [
        np.full(len(part.tail), None, dtype=object) if part.street_class is None else part.street_class
        for part in parts
    ]
    return RawStreets(
        np.arange(len(first)), xy[first], joined("tail"), joined("head"), whole("forward"), whole("backward"),
        None if all(part.street_class is None for part in parts) else np.concatenate(classes),
        file=", ".join(part.file for part in parts), remarks=tuple(told for part in parts for told in part.remarks),
    )  # fmt: skip
