"""Ways of travelling from files, through the command line as a planner uses them."""

import json

import pytest

from ipps_geo.crs import STORE_CRS, transformer
from ipps_geo.regions import load_region
from tests.planning.test_networks import grid_files

METRIC_CRS = load_region().metric_crs

pytestmark = pytest.mark.slow

FEED = {
    "stops.txt": "stop_id,stop_name,stop_lon,stop_lat\nx,国贸,116.461,39.908\ny,中关村,116.316,39.984\n",
    "routes.txt": "route_id,route_short_name\nR,快线\n",
    "trips.txt": "trip_id,route_id,service_id\nt,R,week\n",
    "stop_times.txt": "trip_id,stop_id,stop_sequence,arrival_time,departure_time\n"
    "t,x,1,07:30:00,07:30:00\nt,y,2,07:50:00,07:50:00\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nt,06:00:00,22:00:00,300\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,1,1,1,1,1,20260105,20261231\n",
}


@pytest.fixture
def feed(tmp_path):
    for name, text in FEED.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_coverage_by_a_timetable_says_so_and_adds_up(run, feed):
    code, out, _ = run("coverage", "--gtfs", feed, "--minutes", 30, "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["method"], told["limit"], told["limit_unit"]) == ("transit", 30, "min")
    stated = told["provenance"]["parameters"]
    assert stated["network_as_of"] == "2026-01-05 07:00-09:00"
    assert (stated["network_stations"], stated["network_lines"]) == (2, 1)
    city = told["city"]
    assert city["within_reach"] == sum(row["within_reach"] for row in told["by_unit"])
    assert 0 < city["within_reach"] < city["enterprises"]


def test_a_plan_by_a_timetable_is_sound_and_serves_who_arrives_in_time(run, feed):
    code, out, err = run("plan", "--gtfs", feed, "--minutes", 12, "--stations", 2, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["violations"] == []
    stated = told["provenance"]["parameters"]
    assert (stated["method"], stated["limit"], stated["limit_unit"]) == ("transit", 12, "min")
    assert told["objective"] == sum(site["newly_served"] for site in told["open_sites"]) > 0


@pytest.mark.parametrize(("arguments", "named"), [((), "--minutes"), (("--minutes", 30), "trips.txt")])
def test_a_timetable_that_cannot_be_used_is_one_message_and_exit_2(run, feed, arguments, named):
    (feed / "trips.txt").write_text("trip_id,route_id\nt,R\n", "utf-8")
    code, _, err = run("coverage", "--gtfs", feed, *arguments)
    assert code == 2
    assert named in err
    assert "Traceback" not in err


def test_a_timetable_goes_with_streets_a_window_a_percentile_and_further_limits(run, feed, tmp_path):
    """Streets are walked about the two stations; what was asked stands in the answer, and a limit is a column of it."""
    streets = tmp_path / "streets"
    streets.mkdir()
    x, y = transformer(STORE_CRS, METRIC_CRS).transform(116.316, 39.984)
    for name, content in grid_files((x, y), half_m=800).items():
        (streets / name).write_bytes(content)
    code, out, err = run(
        "coverage", "--gtfs", feed, "--minutes", 40, "--streets", streets / "nodes.csv",
        "--street-edges", streets / "edges.csv", "--day", "2026-03-04", "--window", "08:00-08:30", "--percentile", 80,
        "--limits", "10,40", "--json",
    )  # fmt: skip
    assert code == 0, err
    told = json.loads(out)
    stated = told["provenance"]["parameters"]
    assert stated["network_as_of"] == "2026-03-04 08:00-08:30"
    assert (stated["network_percentile"], stated["limits"]) == (80, [10.0, 40.0])
    assert stated["walked_streets"].startswith("nodes.csv")
    by_limit = {row["limit"]: row["within_reach"] for row in told["tables"]["by_limit"] if row["unit"] == "city"}
    assert 0 < by_limit[10] < by_limit[40] == told["city"]["within_reach"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--window", "07:00-09:00"), "--window"),
        (("--gtfs", "x.zip", "--minutes", 30, "--mode", "car", "--streets", "y.csv"), "--mode"),
        (("--costs", "x.csv", "--gtfs", "y.zip"), "--costs"),
        (("--every-pair",), "--every-pair"),
        (("--limits", "near,far"), "另算的门槛"),
        (("--kinds", "bank"), "kinds"),
    ],
)
def test_options_that_have_nothing_to_go_by_are_refused(run, arguments, named):
    code, _, err = run("coverage", *arguments)
    assert code == 2
    assert named in err
