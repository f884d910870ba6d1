"""Networks that are sent in: read beside this process, refused in a sentence, used to reach a site."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from benchmarks.feeds import FEEDS
from ipps_geo import planning
from ipps_geo.crs import STORE_CRS, metric_xy, transformer
from ipps_geo.errors import BadInput, IppsGeoError
from ipps_geo.planning.networks import barriers_sent, is_timetable, network_method, network_travel, read_here
from ipps_geo.planning.site_test import cost_to, place_of_site
from ipps_geo.planning.travel import Travel
from ipps_geo.regions import load_region

METRIC_CRS = load_region().metric_crs


def grid_files(centre_xy, half_m=1200, step_m=100):
    """Return two CSV, nodes and edges, of a square grid of streets around a point of EPSG:4548."""
    offsets = np.arange(-half_m, half_m + 1, step_m)
    x, y = (axis.ravel() for axis in np.meshgrid(centre_xy[0] + offsets, centre_xy[1] + offsets))
    lon, lat = transformer(METRIC_CRS, STORE_CRS).transform(x, y)
    count = len(offsets)
    ids = np.arange(count * count).reshape(count, count)
    pairs = np.vstack(
        [
            np.column_stack([ids[:, :-1].ravel(), ids[:, 1:].ravel()]),
            np.column_stack([ids[:-1].ravel(), ids[1:].ravel()]),
        ]
    )
    edges = pd.DataFrame(np.vstack([pairs, pairs[:, ::-1]]), columns=["u", "v"]).assign(length_m=float(step_m))
    nodes = pd.DataFrame({"id": ids.ravel(), "lon": lon, "lat": lat})
    return {"nodes.csv": nodes.to_csv(index=False).encode(), "edges.csv": edges.to_csv(index=False).encode()}


def test_a_site_is_tested_by_streets_that_are_sent_in(beijing, draft):
    site = place_of_site(beijing, "P061", None, None)
    network = planning.read_network(grid_files(metric_xy(site, METRIC_CRS)[0]), "streets")
    assert network_method(network) == "street_network"
    travel = network_travel(network, 1000.0, "m", 1.0)
    walked = cost_to(site, beijing.enterprises, travel, METRIC_CRS)
    dx, dy = np.abs(metric_xy(beijing.enterprises, METRIC_CRS) - metric_xy(site, METRIC_CRS)[0]).T
    near = np.isfinite(walked)
    # Along a grid the way is dx + dy; both ends are off the grid's nodes by half a diagonal of it at most.
    assert near.sum() > 50
    assert np.abs(walked[near] - (dx + dy)[near]).max() < 4 * 71
    assert not near[(dx + dy) > 1000 + 4 * 71].any()
    result = planning.assess_site(beijing, draft, site_id="P061", travel=travel)
    assert result.coverage_after.method == "street_network"
    assert set(result.roster["enterprise_id"]) <= set(beijing.enterprises.loc[near, "enterprise_id"])


def test_the_straight_line_costs_what_it_measures(beijing):
    site = place_of_site(beijing, None, 116.4, 39.9)
    away = np.hypot(*(metric_xy(beijing.enterprises, METRIC_CRS) - metric_xy(site, METRIC_CRS)[0]).T)
    cost = cost_to(site, beijing.enterprises, Travel(2000.0, "m", 1.25), METRIC_CRS)
    assert np.array_equal(np.isfinite(cost), away <= 2000 / 1.25)


@pytest.mark.parametrize(
    ("files", "kind", "named"),
    [
        ({"a.csv": b"x"}, "lines", "station"),
        ({"a.csv": b"x", "b.csv": b"y"}, "streets", "node"),
        ({"x.graphml": b'<!DOCTYPE g [<!ENTITY a "b">]><graphml>&a;</graphml>'}, "streets", "x.graphml"),
    ],
)
def test_files_that_are_no_network_are_refused_in_a_sentence(tmp_path, files, kind, named):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(IppsGeoError, match=named):
        read_here(str(tmp_path), kind, "walk", print, lambda: False)


STATIONS = "站名,经度,纬度\n甲,116.30,39.90\n乙,116.32,39.90\n丙,116.34,39.90\n".encode()
RIDES = "a,b,line,minutes\n甲,乙,1号线,4\n乙,丙,2号线,4\n".encode()
MOVES = "station,from,to,minutes\n乙,1号线,2号线,9\n乙,2号线,1号线,9\n".encode()


@pytest.mark.parametrize("names", [("subway_stations", "subway_edges", "subway_transfers"), ("甲", "乙", "丙"),
                                   ("地铁车站区间1", "地铁车站区间2", "地铁车站区间3")])  # fmt: skip
def test_the_tables_of_lines_are_told_by_their_names_or_else_by_their_columns(tmp_path, names):
    for name, content in zip(names, (STATIONS, RIDES, MOVES), strict=True):
        (tmp_path / f"{name}.csv").write_bytes(content)
    network = read_here(str(tmp_path), "lines", "walk", print, lambda: False)
    assert network.between_min.max() == pytest.approx(3 + 4 + 9 + 4), "a wait, and the change as the table has it"


def test_no_file_of_a_network_is_left_unread(tmp_path):
    for name, content in {"车站": STATIONS, "区间": RIDES, "区间2": RIDES}.items():
        (tmp_path / f"{name}.csv").write_bytes(content)
    with pytest.raises(BadInput, match="both files are the table of links"):
        read_here(str(tmp_path), "lines", "walk", print, lambda: False)


def test_timetables_are_sent_as_zips_and_read_for_a_day_and_window(tmp_path):
    with pytest.raises(BadInput, match="sent as zip"):
        planning.read_network({"stops.txt": b"x"}, "gtfs")
    made = {name: FEEDS[name][0]().write(tmp_path / f"{name}.zip").read_bytes() for name in ("express", "branching")}
    network = planning.read_network(
        {f"{name}.zip": content for name, content in made.items()},
        "gtfs",
        day=dt.date(2026, 3, 3),
        window=("08:00", "08:30"),
    )
    assert is_timetable(network)
    assert network.as_of == "2026-03-03 08:00-08:30"
    assert network.lines == 4, "both feeds are one network"
    assert network_travel(network, 30.0, "min", 1.0, percentile=80).network.percentile == 80
    assert network_method(network) == "transit"
    assert "between_min" not in vars(network), "what it is does not ask for the minutes between all of its stations"


def test_what_the_child_refuses_is_told_as_it_is():
    with pytest.raises(BadInput, match="no file is the table of stations"):
        planning.read_network({"../a.csv": b"x"}, "lines")


def test_lines_that_nobody_crosses_are_taken_from_what_is_sent_in():
    river = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "LineString", "coordinates": [[116, 40], [117, 40]]},
    }
    sent = json.dumps({"type": "FeatureCollection", "features": [river]}).encode()
    (line,) = barriers_sent({"河流.geojson": sent}, datum=None, metric_crs=METRIC_CRS)
    assert line.length > 80_000
    with pytest.raises(BadInput) as refused:
        barriers_sent({"河流.docx": sent}, datum=None, metric_crs=METRIC_CRS)
    assert refused.value.where == "河流.docx"
