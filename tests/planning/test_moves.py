"""The overlapping and short rosters of the embedded workspace are repaired with the fewest moves."""

import pytest

from ipps_geo import planning


@pytest.fixture(scope="module")
def repaired(beijing, draft):
    return planning.repair(beijing, draft)


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
