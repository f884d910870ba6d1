"""Inputs from the field with values that others found: coordinates, addresses, streets and lines."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from benchmarks.orlib import reference_places
from ipps_geo.crs import transformer
from ipps_geo.errors import BadInput
from ipps_geo.intake import read_table
from ipps_geo.intake.addresses import parse_address
from ipps_geo.planning.access import coverage
from ipps_geo.planning.travel import line_travel
from ipps_geo.policy import load_policy
from ipps_geo.reach.street_files import read_streets
from ipps_geo.reach.street_search import street_reach
from ipps_geo.regions import load_region
from ipps_geo.workspace import load_workspace

METRIC_CRS = load_region().metric_crs

pytestmark = pytest.mark.reference
FIELD = next((place for place in reference_places("field") if (place / "networks").is_dir()), None)
if FIELD is None:
    pytest.skip("no inputs from the field beside the checkout", allow_module_level=True)
STREETS, INTAKE = FIELD / "networks", FIELD / "intake"


def metres(lon, lat):
    return np.array([transformer("EPSG:4326", METRIC_CRS).transform(lon, lat)])


def way(network, start, end, limit=6000):
    found = street_reach(network, metres(*start), metres(*end), limit).reach.pairs.toarray()[0, 0]
    return None if found == 0 else float(found)


@pytest.mark.parametrize(("reach_km", "within"), [(1, 215), (0.5, 69), (3, 718)])
@pytest.mark.parametrize("datum", [None, "gcj02"])
def test_a_workspace_in_gcj02_covers_what_it_covers_in_cgcs2000(reach_km, within, datum):
    workspace = load_workspace(FIELD / "workspace_gcj02", sandbox=False, datum=datum)
    table = coverage(workspace, load_policy("beijing-draft"), reach_km=reach_km, areas=False).by_unit
    assert int(table.set_index("unit").loc["city", "within_reach"]) == within
    assert {source.datum for source in workspace.sources if source.file == "institutions.csv"} == {"gcj02"}


@pytest.mark.parametrize(
    "name",
    ["a1_suffix_wgs84", "a2_plain_gcj_and_wgs84", "a3_both_suffixed", "a6_amap_location", "a9_baidu_names",
     "a10_amap_in_brackets", "a16_dms"],
)  # fmt: skip
def test_headers_that_state_a_reference_system_are_believed(name):
    true = pd.read_csv(INTAKE / "a3_both_suffixed.csv")
    read = read_table(INTAKE / f"{name}.csv", "carriers", sandbox=False)
    assert len(read.frame) == 40
    east = (read.frame.geometry.x - true["经度_WGS84"]) * 85_300
    north = (read.frame.geometry.y - true["纬度_WGS84"]) * 111_000
    assert np.hypot(east, north).max() < 5


def test_a_shift_that_nobody_knows_is_warned_of():
    codes = read_table(INTAKE / "p1_xian80.gpkg", "carriers", sandbox=False).problems.set_index("code")
    assert codes.loc["datum_shift_unknown", "severity"] == "warning"


def test_every_address_names_its_unit():
    wrong = []
    with (INTAKE / "addresses.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            found = parse_address(row["地址"])
            if ("outside" if found.outside else found.unit or "") != row["应为"]:
                wrong.append((row["地址"], found))
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "mode", "start", "end", "right"),
    [
        ("island", "walk", (116.4053, 39.90054), (116.415, 39.90), 890),
        ("access_private", "car", (116.40, 39.90), (116.4117, 39.90), 2999),
        ("foot_no", "walk", (116.40, 39.90), (116.4117, 39.90), 2999),
        ("trunk_foot", "walk", (116.40, 39.90), (116.4117, 39.90), 1001),
        ("motorway_implied", "car", (116.4117, 39.90), (116.40, 39.90), 2999),
    ],
)
def test_extracts_are_travelled_as_their_tags_say(name, mode, start, end, right):
    network = read_streets(STREETS / f"pbf_{name}.osm.pbf", mode=mode, sandbox=False)
    assert way(network, start, end) == pytest.approx(right, abs=2)


@pytest.mark.parametrize(
    ("name", "there", "back"),
    [("yes", 769, 3231), ("geofabrik_F", 769, 3231), ("shi", 769, 3231), ("minus1", 3231, 769)],
)
def test_codes_of_direction_mean_what_they_mean(name, there, back):
    edges = STREETS / f"square_{name}.csv"
    network = read_streets(STREETS / "square_nodes.csv", edges=edges, mode="car", sandbox=False)
    a, b = (116.401, 39.90), (116.41, 39.90)
    assert (way(network, a, b), way(network, b, a)) == (pytest.approx(there, abs=2), pytest.approx(back, abs=2))


def test_a_geopackage_of_osmnx_leads_from_from_to_to():
    network = read_streets(STREETS / "gpkg_oneway.gpkg", mode="car", sandbox=False)
    a, b = (116.401, 39.90), (116.41, 39.90)
    assert (way(network, a, b), way(network, b, a)) == (pytest.approx(3231, abs=2), pytest.approx(769, abs=2))


def test_a_curve_is_met_where_it_runs():
    network = read_streets(STREETS / "gml_curve.graphml", sandbox=False)
    centre = metres(116.40, 39.90)
    found = street_reach(network, centre + np.array([0, 610]), centre + np.array([2600, 0]), 4000)
    assert found.reach.pairs.toarray()[0, 0] == pytest.approx(2952, abs=2)


@pytest.mark.parametrize(("name", "code"), [("crs_broken", "streets.crs"), ("no_edges", "streets.no_edges")])
def test_what_is_no_network_is_one_clear_error(name, code):
    with pytest.raises(BadInput) as caught:
        read_streets(STREETS / f"gml_{name}.graphml", sandbox=False)
    assert caught.value.code == code
    assert read_streets(STREETS / "gml_crs_dict.graphml", sandbox=False).checks()["edges"] == 8


@pytest.mark.parametrize("ending", [".csv", "_zh.csv", ".xlsx"])
def test_line_tables_come_through_the_gate(ending):
    travel = line_travel(STREETS / f"lines_stations{ending}", STREETS / f"lines_links{ending}", 45, sandbox=False)
    assert travel.network.between_min[0, 2] == pytest.approx(13)


def test_stations_in_gcj02_lie_where_they_lie():
    travel = line_travel(STREETS / "lines_stations_gcj02.csv", STREETS / "lines_links.csv", 45, sandbox=False)
    found = travel.reach(metres(116.30, 39.90), metres(116.42, 39.90)).pairs.toarray()[0, 0]
    assert found == pytest.approx(13.0, abs=0.05)


def test_the_list_of_cases_is_the_one_that_is_tested():
    with (FIELD / "cases.json").open(encoding="utf-8") as stream:
        assert {case["id"] for case in json.load(stream)["cases"]} >= {"D1", "D2", "D3", "D5", "E2", "S1", "S2", "N1"}
