"""The graph that OSMnx makes of an extract, and the extract itself, give the same ways to go."""

import numpy as np
import pytest

from ipps_geo.crs import transformer
from ipps_geo.reach.street_files import read_streets
from ipps_geo.reach.street_search import street_reach
from ipps_geo.regions import load_region

METRIC_CRS = load_region().metric_crs

osmnx = pytest.importorskip("osmnx")
osmium = pytest.importorskip("osmium")

SIDE, STEP, BENDS = 12, 0.0025, 3
ORIGIN = (116.38, 39.88)
CLASSES = ("residential", "tertiary", "secondary", "primary", "service")


def ways(rng):
    """A town: a grid whose streets bend, a fifth of them one-way (some against their drawing), a tenth missing."""
    places, streets = {}, []
    for row in range(SIDE):
        for column in range(SIDE):
            shift = rng.normal(0, 0.0004, 2)
            places[1 + row * SIDE + column] = (ORIGIN[0] + column * STEP + shift[0], ORIGIN[1] + row * STEP + shift[1])
    for row in range(SIDE):
        for column in range(SIDE):
            here = 1 + row * SIDE + column
            for there in ([here + 1] if column + 1 < SIDE else []) + ([here + SIDE] if row + 1 < SIDE else []):
                if rng.random() < 0.1:
                    continue
                refs = [here]
                for share in np.arange(1, BENDS + 1) / (BENDS + 1):
                    number = len(places) + 1
                    at = (1 - share) * np.array(places[here]) + share * np.array(places[there])
                    places[number] = tuple(at + rng.normal(0, 0.00015, 2))
                    refs.append(number)
                tags = {"highway": str(rng.choice(CLASSES))}
                if rng.random() < 0.2:
                    tags["oneway"] = str(rng.choice(["yes", "-1"]))
                streets.append(([*refs, there], tags))
    return places, streets


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    places, streets = ways(np.random.default_rng(11))
    for name in ("town.osm.pbf", "town.osm"):
        with osmium.SimpleWriter(str(folder / name)) as writer:
            for number, place in places.items():
                writer.add_node(osmium.osm.mutable.Node(id=number, location=place, version=1))
            for number, (refs, tags) in enumerate(streets, start=1):
                writer.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags, version=1))
    return folder


@pytest.mark.parametrize("mode", ["walk", "bicycle", "car"])
def test_two_thousand_points_go_the_same_ways(town, mode):
    graph = osmnx.graph_from_xml(town / "town.osm", bidirectional=mode == "walk", retain_all=True)
    osmnx.save_graphml(graph, town / f"{mode}.graphml")
    simplified = read_streets(town / f"{mode}.graphml", mode=mode, sandbox=False)
    extract = read_streets(town / "town.osm.pbf", mode=mode, sandbox=False)
    again = read_streets(town / "town.osm", mode=mode, sandbox=False)
    assert again.checks() == extract.checks()
    rng = np.random.default_rng(2)
    reach = SIDE * STEP
    lon, lat = ORIGIN[0] + rng.random(2000) * reach, ORIGIN[1] + rng.random(2000) * reach
    points = np.column_stack(transformer("EPSG:4326", METRIC_CRS).transform(lon, lat))
    one, other = (
        street_reach(network, points, points[::20], 1500.0).reach.pairs.toarray() for network in (simplified, extract)
    )
    both = (one > 0) & (other > 0)
    near = both & (np.minimum(one, other) <= 1000)
    assert near.sum() > 20_000
    assert np.abs(one[near] / other[near] - 1).max() < 0.005
    missing = ((one > 0) != (other > 0)) & (np.maximum(one, other) <= 1000)
    assert missing.sum() == 0
