"""Street networks from files: OSMnx GraphML, node and edge tables, OpenStreetMap extracts (PBF)."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj

from ipps_geo.crs import METRIC_CRS
from ipps_geo.errors import BadInput, MissingExtra, UnsafeInput
from ipps_geo.reach.streets import Mode, StreetNetwork, street_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

NODE_ID = ("id", "osmid", "node", "node_id")
TAIL = ("u", "a", "from", "from_node", "source", "tail")
HEAD = ("v", "b", "to", "to_node", "target", "head")
LENGTH = ("length_m", "length", "m", "distance", "dist_m")
STREET_CLASS = ("highway", "class", "fclass", "street_class")
ONE_WAY = ("oneway", "one_way")
LON, LAT = ("lon", "x", "longitude"), ("lat", "y", "latitude")
"""Names under which columns are found, in order of preference."""

NOT_FOR: dict[str, frozenset[str]] = {
    "walk": frozenset({"motorway", "motorway_link", "trunk", "trunk_link", "construction", "proposed", "raceway"}),
    "bicycle": frozenset(
        {"motorway", "motorway_link", "trunk", "trunk_link", "steps", "construction", "proposed", "raceway"}
    ),
    "car": frozenset(
        {
            "footway", "path", "steps", "pedestrian", "cycleway", "bridleway", "corridor", "elevator", "platform",
            "track", "construction", "proposed", "raceway", "busway",
        }
    ),
}  # fmt: skip
"""OpenStreetMap classes that a mode does not use."""


def read_streets(
    path: str | Path,
    *,
    edges: str | Path | None = None,
    mode: Mode = "walk",
    crs: str | None = None,
    source: str = "",
    as_of: str = "",
) -> StreetNetwork:
    """Read a street network; the kind of file is told by its ending.

    Parameters
    ----------
    path
        ``.graphml`` (as OSMnx saves it), ``.osm.pbf``, a GeoPackage with layers ``nodes`` and ``edges``, or
        the table of nodes (CSV; then ``edges`` names the other one). Edges of GraphML and tables stand as they are, one
        row per direction, unless a column ``oneway`` of a table says otherwise.
    crs
        Reference system of the coordinates; longitude and latitude (WGS 84) when the file does not say.

    Raises
    ------
    BadInput
        A file or column that is missing, or a network that cannot be one.
    UnsafeInput
        XML with entities or a document type.
    MissingExtra
        PBF without the reader.
    """
    file = Path(path)
    if not file.is_file():
        raise BadInput("no such file", where=str(path), advice="name a street network")
    stated = {"mode": mode, "source": source or file.name, "as_of": as_of}
    name = file.name.lower()
    if name.endswith(".graphml"):
        return _from_graphml(file, crs, stated)
    if name.endswith(".pbf"):
        return _from_pbf(file, stated)
    if name.endswith(".gpkg"):
        import pyogrio

        nodes, links = (pyogrio.read_dataframe(file, layer=layer) for layer in ("nodes", "edges"))
        if nodes.crs is not None and not {"x", "lon"} & set(nodes.columns):
            nodes["x"], nodes["y"] = nodes.geometry.x, nodes.geometry.y
            crs = crs or str(nodes.crs)
        return _from_tables(nodes, links, crs, stated, str(file))
    if edges is None:
        raise BadInput("the table of nodes needs its table of edges", where=str(path), advice="give edges=FILE too")
    return _from_tables(_table(file), _table(Path(edges)), crs, stated, str(file))


def _table(file: Path) -> pd.DataFrame:
    if not file.is_file():
        raise BadInput("no such file", where=str(file))
    try:
        return pd.read_csv(file)
    except (ValueError, pd.errors.ParserError) as error:
        raise BadInput(f"not a table ({error})", where=str(file), advice="save it as CSV, UTF-8") from error


def _from_tables(
    nodes: pd.DataFrame, edges: pd.DataFrame, crs: str | None, stated: dict[str, Any], where: str
) -> StreetNetwork:
    find = _Finder(where)
    length = find.column(edges, LENGTH, required=False)
    one_way = find.column(edges, ONE_WAY, required=False)
    return street_network(
        find.column(nodes, NODE_ID),
        _metric(find.column(nodes, LON), find.column(nodes, LAT), crs),
        find.column(edges, TAIL),
        find.column(edges, HEAD),
        length_m=length,
        street_class=find.column(edges, STREET_CLASS, required=False),
        # A table without the column lists each direction; walking is two-way all the same.
        one_way=np.ones(len(edges), dtype=bool) if one_way is None else _truth(one_way),
        **stated,
    )


class _Finder:
    """Finds columns by their usual names, and says which file lacks one."""

    def __init__(self, where: str) -> None:
        self.where = where

    def column(self, frame: pd.DataFrame, names: tuple[str, ...], required: bool = True) -> Any:
        by_name = {str(column).strip().lower(): column for column in frame.columns}
        for name in names:
            if name in by_name:
                return frame[by_name[name]].to_numpy()
        if required:
            raise BadInput(f"no column for {names[0]!r}", where=self.where, advice=f"name it one of {', '.join(names)}")
        return None


def _metric(x: Any, y: Any, crs: str | None) -> NDArray[np.float64]:
    points = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    system = pyproj.CRS.from_user_input(crs or "EPSG:4326")
    if system.to_epsg() == 4548:
        return np.column_stack(points)
    return np.column_stack(pyproj.Transformer.from_crs(system, METRIC_CRS, always_xy=True).transform(*points))


def _truth(values: Any) -> NDArray[np.bool_]:
    words = pd.Series(np.asarray(values, dtype=object)).astype("str").str.strip().str.lower()
    return words.isin({"1", "1.0", "true", "yes", "y", "-1"}).to_numpy()


def _from_graphml(file: Path, crs: str | None, stated: dict[str, Any]) -> StreetNetwork:
    import networkx as nx
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    try:
        for _, element in iterparse(file, forbid_dtd=True):
            element.clear()
    except DefusedXmlException as error:
        raise UnsafeInput("the XML declares entities or a document type", where=str(file)) from error
    except ParseError as error:
        raise BadInput(f"not XML ({error})", where=str(file)) from error
    graph = nx.read_graphml(file)
    if not graph.number_of_nodes():
        raise BadInput("a network without nodes", where=str(file))
    nodes = pd.DataFrame.from_dict(dict(graph.nodes(data=True)), orient="index")
    edges = pd.DataFrame([(u, v, d.get("length"), d.get("highway")) for u, v, d in graph.edges(data=True)])
    edges.columns = ["u", "v", "length", "highway"]
    nodes["id"] = nodes.index
    edges["length"] = pd.to_numeric(edges["length"], errors="coerce")
    if edges["length"].isna().any():
        edges = edges.drop(columns="length")
    edges["highway"] = edges["highway"].map(_first)
    stored = graph.graph.get("crs")
    if not graph.is_directed():
        edges = pd.concat([edges, edges.rename(columns={"u": "v", "v": "u"})], ignore_index=True)
    return _from_tables(nodes, edges, crs or (str(stored) if stored else None), stated, str(file))


def _first(value: Any) -> Any:
    """Return the first of several classes that OSMnx keeps as the text of a list."""
    return value.strip("[]").split(",")[0].strip(" '\"") if isinstance(value, str) else value


def _from_pbf(file: Path, stated: dict[str, Any]) -> StreetNetwork:
    try:
        import osmium
    except ImportError as error:
        raise MissingExtra(
            "reading OpenStreetMap extracts needs pyosmium", where=str(file), advice='pip install "ipps-geo[osm]"'
        ) from error
    mode = stated["mode"]
    ids: list[int] = []
    places: list[tuple[float, float]] = []
    links: list[tuple[int, int, str, bool]] = []
    seen: set[int] = set()
    try:
        # Only ways that are streets reach Python; their nodes come with their places.
        ways: Any = osmium.FileProcessor(str(file)).with_locations().with_filter(osmium.filter.KeyFilter("highway"))
        for way in ways:
            if not way.is_way():
                continue
            street_class = way.tags["highway"]
            if street_class in NOT_FOR[mode] or way.tags.get("area") == "yes":
                continue
            one_way = way.tags.get("oneway", "yes" if way.tags.get("junction") == "roundabout" else "no")
            refs = [node.ref for node in way.nodes]
            for node in way.nodes:
                if node.ref not in seen and node.location.valid():
                    seen.add(node.ref)
                    ids.append(node.ref)
                    places.append((node.location.lon, node.location.lat))
            if one_way == "-1":
                refs.reverse()
            forward = one_way in ("yes", "true", "1", "-1")
            links += [(a, b, street_class, forward) for a, b in itertools.pairwise(refs) if {a, b} <= seen]
    except RuntimeError as error:
        raise BadInput(f"not an OpenStreetMap extract ({error})", where=str(file)) from error
    if not links:
        raise BadInput(f"no streets for mode {mode}", where=str(file))
    tail, head, classes, one_ways = zip(*links, strict=True)
    lon, lat = np.array(places).T
    return street_network(ids, _metric(lon, lat, None), tail, head, street_class=classes, one_way=one_ways, **stated)
