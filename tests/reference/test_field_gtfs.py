"""Feeds from the field at the right value that stands beside them; needs files that are not part of the project."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from benchmarks.orlib import reference_places
from ipps_geo.cli import app
from ipps_geo.reach.gtfs import read_gtfs

pytestmark = pytest.mark.reference
FOLDER = next((place / "gtfs" for place in reference_places("field") if (place / "gtfs").is_dir()), None)
if FOLDER is None:
    pytest.skip("no feeds from the field beside the checkout", allow_module_level=True)


def minutes(name: str) -> pd.DataFrame:
    network = read_gtfs(FOLDER / f"{name}.zip")
    return pd.DataFrame(network.between_min, list(network.stations), list(network.stations))


@pytest.mark.parametrize(
    ("feed", "origin", "destination", "right"),
    [("express_local", "站A", "站E", 50), ("branches", "站A", "站C", 30), ("common_lines", "站A", "站B", 15)],
)
def test_minutes_between_two_stations(feed: str, origin: str, destination: str, right: float) -> None:
    assert minutes(feed).loc[origin, destination] == right


@pytest.mark.parametrize("feed", ["old_weekend_calendar", "placeholder_calendar"])
def test_the_day_is_the_busiest_of_the_whole_feed(feed: str) -> None:
    assert read_gtfs(FOLDER / f"{feed}.zip").as_of.startswith("2026-01-05")


def run(*arguments: object) -> tuple[int, str]:
    answer = CliRunner().invoke(app, [str(each) for each in arguments])
    return answer.exit_code if answer.exception is None else 2, answer.stdout + str(answer.exception)


def test_a_window_can_be_chosen() -> None:
    asked = ("coverage", "--gtfs", FOLDER / "afternoon_only.zip", "--minutes", 45, "--json")
    code, told = run(*asked)
    assert code == 2
    assert "14:00" in told
    code, told = run(*asked, "--window", "14:00-16:00")
    assert code == 0
    assert json.loads(told[: told.rindex("}") + 1])["provenance"]["parameters"]["network_as_of"].endswith("14:00-16:00")


def test_two_feeds_in_one_archive_are_told_apart() -> None:
    assert set(read_gtfs(FOLDER / "v_two_feeds_in_one_zip.zip").stations) == {"公交A", "公交B", "站A", "站B", "站C"}


def test_another_city_is_refused() -> None:
    code, told = run("coverage", "--gtfs", FOLDER / "v_other_city.zip", "--minutes", 45)
    assert code == 2
    assert "no station lies within a walk" in told


def test_a_bad_row_is_named_and_the_rest_is_used() -> None:
    network = read_gtfs(FOLDER / "v_one_unknown_stop.zip")
    assert network.stations == ("站A", "站B", "站C")
    between = minutes("v_one_unknown_stop")
    assert between.loc["站A", "站C"] - between.loc["站A", "站B"] == 10
    assert network.left_out[["reason", "column"]].to_numpy().tolist() == [["unknown_stop", "stop_id"]]


def test_a_comma_at_the_end_of_every_row_is_none() -> None:
    assert read_gtfs(FOLDER / "v_trailing_comma_stops.zip").stations == ("站A", "站B", "站C")
