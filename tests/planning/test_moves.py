"""The overlapping and short rosters of the embedded workspace are repaired with the fewest moves."""

from ipps_geo import planning


def test_every_station_passes_after_the_moves(beijing, draft):
    result = planning.repair(beijing, draft)
    assert (result.status, result.n_moves) == ("optimal", result.bound)
    assert len(result.moves) == result.n_moves > 0
    assert result.stations["passes_after"].all()
    assert not result.stations["passed_before"].all()
    assert len(result.unsaved) == 0


def test_the_overlap_graph_names_the_planted_pair(beijing, draft):
    shared = planning.repair(beijing, draft).shared
    assert shared[["station_a", "station_b", "shared"]].to_numpy().tolist() == [["W-039", "W-040", 6]]
