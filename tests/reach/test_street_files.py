"""The same three streets from every kind of file give the same network.

1 ──residential── 2 ──primary (one way)──→ 3
"""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ipps_geo.errors import BadInput, UnsafeInput
from ipps_geo.reach.street_files import read_streets

PLACES = {1: (116.40, 39.90), 2: (116.41, 39.90), 3: (116.42, 39.90)}
LENGTH_M = 855.0


def node_table():
    return pd.DataFrame([(n, x, y) for n, (x, y) in PLACES.items()], columns=["osmid", "lon", "lat"])


def edge_table():
    rows = [(1, 2, "residential", "no"), (2, 3, "primary", "yes")]
    return pd.DataFrame(rows, columns=["u", "v", "highway", "oneway"])


def write_tables(folder):
    node_table().to_csv(folder / "nodes.csv", index=False)
    edge_table().to_csv(folder / "edges.csv", index=False)
    return {"path": folder / "nodes.csv", "edges": folder / "edges.csv"}


def write_geopackage(folder):
    geopandas = pytest.importorskip("geopandas")
    nodes = node_table()
    points = geopandas.GeoDataFrame(nodes[["osmid"]], geometry=geopandas.points_from_xy(nodes.lon, nodes.lat), crs=4326)
    points.to_crs(4548).to_file(folder / "net.gpkg", layer="nodes", driver="GPKG")
    lines = geopandas.GeoDataFrame(edge_table(), geometry=[None, None], crs=4548)
    lines.to_file(folder / "net.gpkg", layer="edges", driver="GPKG")
    return {"path": folder / "net.gpkg"}


def write_graphml(folder):
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for n, (x, y) in PLACES.items():
        graph.add_node(n, x=str(x), y=str(y))
    for u, v, name in ((1, 2, "residential"), (2, 1, "residential"), (2, 3, "['primary', 'trunk']")):
        graph.add_edge(u, v, length=str(LENGTH_M), highway=name, oneway="False")
    nx.write_graphml(graph, folder / "net.graphml")
    return {"path": folder / "net.graphml"}


def write_pbf(folder):
    osmium = pytest.importorskip("osmium")
    from osmium.osm import mutable

    path = folder / "net.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for n, place in PLACES.items():
            writer.add_node(mutable.Node(id=n, location=place))
        writer.add_way(mutable.Way(id=1, nodes=[1, 2], tags={"highway": "residential"}))
        writer.add_way(mutable.Way(id=2, nodes=[3, 2], tags={"highway": "primary", "oneway": "-1"}))
        writer.add_way(mutable.Way(id=3, nodes=[1, 3], tags={"highway": "footway"}))
        writer.add_way(mutable.Way(id=4, nodes=[1, 3], tags={"building": "yes"}))
    return {"path": path}


@pytest.mark.parametrize("write", [write_tables, write_geopackage, write_graphml, write_pbf])
def test_every_kind_of_file_gives_the_same_car_network(tmp_path, write):
    network = read_streets(**write(tmp_path), mode="car", as_of="2026-01-01")
    checks = network.checks()
    assert (checks["nodes"], checks["edges"], checks["one_way_edges"]) == (3, 3, 1)
    assert network.length_m == pytest.approx(np.full(3, LENGTH_M), rel=2e-3)
    speeds = sorted(np.round(network.length_m / network.minutes * 60 / 1000))
    assert speeds == [20, 20, 45]
    assert network.as_of == "2026-01-01"


def test_on_foot_the_footway_of_an_extract_counts_and_everything_is_two_way(tmp_path):
    checks = read_streets(**write_pbf(tmp_path), mode="walk").checks()
    assert (checks["edges"], checks["one_way_edges"]) == (6, 0)


@pytest.mark.parametrize(
    ("name", "text", "error", "message"),
    [
        ("a.graphml", '<!DOCTYPE g [<!ENTITY x "y">]><graphml/>', UnsafeInput, "entities"),
        ("a.graphml", "not xml", BadInput, "not XML"),
        ("a.csv", "id,lon\n1,2\n", BadInput, "edges"),
        ("a.osm.pbf", "nothing of the kind", BadInput, "extract"),
    ],
)
def test_bad_files_are_refused_in_a_sentence(tmp_path, name, text, error, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(error, match=message):
        read_streets(tmp_path / name)


def test_a_missing_column_is_named(tmp_path):
    files = write_tables(tmp_path)
    node_table().drop(columns="lat").to_csv(files["path"], index=False)
    with pytest.raises(BadInput, match="needs places"):
        read_streets(**files)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        read_streets(tmp_path / "none.graphml")
