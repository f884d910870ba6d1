"""The overlapping and short rosters of the embedded workspace are repaired with the fewest moves."""

import pytest

from ipps_geo import planning, results
from ipps_geo.errors import BadInput
from ipps_geo.workspace import generate_demo


def test_every_station_passes_after_the_moves(repaired):
    result = repaired
    assert (result.status, result.n_moves) == ("optimal", result.bound)
    assert len(result.moves) == result.n_moves > 0
    assert (result.stations["passes_after"] | result.stations["open_after"]).all()
    assert not result.stations["passed_before"].all()
    assert len(result.unsaved) == 0


def test_the_overlap_graph_names_the_planted_pair(repaired):
    assert repaired.shared[["station_a", "station_b", "shared"]].to_numpy().tolist() == [["W-039", "W-040", 6]]


def test_what_is_undetermined_moves_nobody_and_the_answers_that_settle_it_are_named(repaired, audited):
    """W-038: 33 of 60 have need, 8 have not answered, 36 are asked for."""
    result = repaired
    assert "W-038" not in {*result.moves["station_from"].dropna(), *result.moves["station_to"].dropna()}
    station = result.stations.set_index("station_id").loc["W-038"]
    assert (station["open_before"], station["open_after"], station["passed_before"]) == (True, True, False)
    asked = result.open.loc[result.open["station_id"] == "W-038"]
    assert (len(asked), set(asked["question"]), set(asked["needed"])) == (8, {"explicit_need"}, {3})
    breaches = {f.subject for f in audited.findings if f.rule.startswith("R7-2") and f.verdict == "FAIL"}
    touched = {*result.moves["station_from"].dropna(), *result.moves["station_to"].dropna()}
    assert touched & set(result.stations["station_id"]) <= breaches | {"W-039"}  # 39 shares with 40
    assert result.n_moves == 9


@pytest.fixture(scope="module")
def begun():
    """A network whose stations have not filed a roster yet."""
    made = generate_demo(2_500, seed=3)
    return made.replace(rosters=made.rosters.iloc[:0])


def test_stations_without_any_roster_are_filled_from_nothing(begun, draft):
    result = planning.repair(begun, draft, time_limit_s=20)
    assert len(result.stations)
    assert not result.stations[["members_before", "with_need_before", "unknown_need_before"]].to_numpy().any()
    assert not result.stations["passed_before"].any()
    assert result.n_moves == len(result.moves) == result.stations["members_after"].sum()


def test_a_public_edition_of_a_network_without_stations_has_no_curve(begun, draft):
    nobody = begun.replace(institutions=begun.institutions.loc[begun.institutions["kind"] != "workstation"])
    found = planning.coverage(nobody, draft, public=True, areas=False)
    assert found.tables["lorenz"].empty
    assert results.coverage_document(found)["city"]["within_reach"] == 0


@pytest.mark.parametrize("asked", [{"time_limit_s": 0}, {"time_limit_s": float("nan")}, {"reach_km": -1}])
def test_a_repair_takes_time_and_a_reach(begun, draft, asked):
    with pytest.raises(BadInput):
        planning.repair(begun, draft, **asked)
