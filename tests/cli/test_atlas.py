"""What is asked for on the command line reaches the use case and the writer; both stand in here."""

import datetime as dt
import json
from pathlib import Path

import pytest

import ipps_geo.workspace
from ipps_geo import planning, report


@pytest.fixture
def asked(monkeypatch, run, beijing):
    """Ask for an atlas: (exit code, standard output, what the use case was given, what the writer was given)."""
    given, written = {}, {}
    monkeypatch.setattr(ipps_geo.workspace, "load_workspace", lambda *_, **__: beijing)
    monkeypatch.setattr(planning, "atlas_results", lambda *places, **named: given.update(named, parameters=places[2]))

    def write(*places, **named):
        written.update(named, folder=places[3], lang=places[4])
        return [Path(places[3]) / "atlas.pdf"]

    monkeypatch.setattr(report, "write_atlas", write)

    def ask(*options):
        code, out, err = run("atlas", *options)
        assert code == 0, err
        return out, given, written

    return ask


def test_an_atlas_goes_into_a_folder_of_its_own_name_unless_another_is_asked_for(asked):
    out, given, written = asked("--json")
    assert json.loads(out)["files"] == [str(Path("atlas") / "atlas.pdf")]
    assert (written["folder"], written["lang"], written["force"]) == (Path("atlas"), "zh", False)
    assert (given["public"], given["since"]) == (False, None)
    _, given, written = asked(
        "--out", "elsewhere", "--stations", 3, "--public", "--map-review-number", "京S(2026)000号", "--since",
        "2026-01-31", "--force", "--lang", "en",
    )  # fmt: skip
    assert (written["folder"], written["lang"], written["force"]) == (Path("elsewhere"), "en", True)
    assert given["parameters"] == planning.PlanParameters(stations=3, reach_km=given["parameters"].reach_km)
    assert (given["public"], given["map_review_number"]) == (True, "京S(2026)000号")
    assert given["since"] == dt.date(2026, 1, 31)
