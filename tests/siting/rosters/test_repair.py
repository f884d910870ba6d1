"""Repairs against every possible end state of every enterprise, and cases that a reader can follow."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.rosters.overlap_graph import overlap_graph
from ipps_geo.siting.rosters.repair import MOVE_KINDS, UNSAVED_REASONS, reach_of_known_places, repair_rosters


def tables(
    rosters: dict[str, str], needs: dict[str, int], pairs: dict[str, str], order: str = ""
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Reach]:
    """Tables from letters: ``rosters={"A": "wx"}``, ``needs={"w": 1, ...}``, ``pairs={"z": "AB"}`` (who may join)."""
    ids, keys = list(order or rosters), list(needs)
    listed = [(station, key) for station, members in rosters.items() for key in members]
    costs = np.full((len(keys), len(ids)), np.inf)
    for key, stations in pairs.items():
        for station in stations:
            costs[keys.index(key), ids.index(station)] = 1.0
    return (
        pd.DataFrame(listed, columns=["station_id", "entity_key"]),
        pd.DataFrame({"entity_key": keys, "need": list(needs.values())}),
        pd.DataFrame({"station_id": ids, "established": range(len(ids))}),
        Reach.from_costs(costs, 10),
    )


def moves_of(plan: object) -> list[tuple[str, str, str, str]]:
    table = plan.moves[["kind", "entity_key", "station_from", "station_to"]].fillna("-")
    return list(table.itertuples(index=False, name=None))


def test_a_shared_enterprise_stays_with_the_station_established_first() -> None:
    needs = dict.fromkeys("uvwxy", 1)
    case = tables({"B": "wxy", "A": "uvw"}, needs, {}, order="AB")
    assert moves_of(repair_rosters(*case, min_roster=2)) == [("release", "w", "B", "-")]
    # When the later one needs it and the earlier one does not, it goes the other way.
    case = tables({"B": "wx", "A": "uvw"}, dict.fromkeys("uvwx", 1), {}, order="AB")
    assert moves_of(repair_rosters(*case, min_roster=2)) == [("release", "w", "A", "-")]


def test_a_roster_of_forty_nine_takes_in_the_nearest_unserved() -> None:
    keys = [f"e{k:02d}" for k in range(52)]
    rosters = pd.DataFrame({"station_id": "A", "entity_key": keys[:49]})
    entities = pd.DataFrame({"entity_key": keys, "need": 1})
    stations = pd.DataFrame({"station_id": ["A"], "established": [1]})
    reach = Reach.from_points([[0.0, 0.0]] * 49 + [[900.0, 0], [300.0, 0], [600.0, 0]], [[0.0, 0.0]], 1000)
    plan = repair_rosters(rosters, entities, stations, reach)
    assert (plan.status, plan.n_moves, plan.bound) == ("optimal", 1, 1)
    assert plan.moves.loc[0, ["kind", "entity_key", "station_to", "cost"]].tolist() == ["add", "e50", "A", 300.0]
    assert plan.stations.loc[0, ["members_before", "members_after", "passes_after"]].tolist() == [49, 50, True]


def test_the_need_share_is_mended_by_the_cheaper_of_release_and_addition() -> None:
    # 2 of 4 with need: one addition with need gives 3 of 5; releasing one without need gives 2 of 3.
    needs = dict.fromkeys("wx", 1) | dict.fromkeys("yz", 0) | {"n": 1}
    case = tables({"A": "wxyz"}, needs, {"n": "A"})
    assert repair_rosters(*case, min_roster=4).moves["kind"].tolist() == ["add"]
    assert repair_rosters(*case, min_roster=3).n_moves == 1
    # Unknown needs count as none.
    case = tables({"A": "wxyz"}, needs | {"y": -1}, {})
    assert repair_rosters(*case, min_roster=3).moves["kind"].tolist() == ["release"]


def test_a_transfer_helps_when_nobody_is_unserved() -> None:
    needs = dict.fromkeys("stuvw", 1)
    case = tables({"A": "s", "B": "tuvw"}, needs, {"t": "A", "u": "A"})
    plan = repair_rosters(*case, min_roster=2)
    assert moves_of(plan) == [("transfer", "u", "B", "A")]
    assert plan.rosters.groupby("station_id")["entity_key"].agg("".join).to_dict() == {"A": "su", "B": "tvw"}


def test_a_chain_through_a_healthy_station_is_found() -> None:
    # Only B's member can reach A, and B has none to spare, but B can take in the unserved one.
    needs = dict.fromkeys("stuz", 1)
    case = tables({"A": "s", "B": "tu"}, needs, {"t": "A", "z": "B"})
    plan = repair_rosters(*case, min_roster=2)
    assert moves_of(plan) == [("transfer", "t", "B", "A"), ("add", "z", "-", "B")]
    assert plan.status == "optimal"


def test_members_outside_the_key_industries_leave() -> None:
    rosters, entities, stations, reach = tables({"A": "wxyz"}, dict.fromkeys("wxyz", 1), {})
    rosters["eligible"] = [True, True, True, False]
    plan = repair_rosters(rosters, entities, stations, reach, min_roster=2)
    assert moves_of(plan) == [("release", "z", "A", "-")]
    assert plan.stations.loc[0, "not_eligible_before"] == 1


def test_stations_that_cannot_be_saved_are_named_and_left_as_they_are() -> None:
    needs = dict.fromkeys("stuvw", 1) | dict.fromkeys("xyz", 0)
    case = tables({"A": "st", "B": "uvw", "C": "sxyz"}, needs, {}, order="ABC")
    plan = repair_rosters(*case, min_roster=3)
    columns = ["station_id", "reason", "largest_roster", "shortfall", "need_shortfall"]
    assert plan.unsaved[columns].to_numpy().tolist() == [
        ["A", "cannot_reach_minimum", 2, 1, 0],
        ["C", "cannot_reach_need_share", 1, 2, 1],
    ]
    # Rosters have to be disjoint all the same; the one established first keeps the shared enterprise.
    assert moves_of(plan) == [("release", "s", "C", "-")]
    assert plan.stations["passes_after"].tolist() == [False, True, False]


def test_when_not_all_can_pass_as_many_as_possible_do() -> None:
    needs = dict.fromkeys("abcdefg", 1)
    case = tables({"A": "ab", "B": "cd", "C": "ef"}, needs, {"g": "ABC", "c": "A", "e": "A"}, order="ABC")
    plan = repair_rosters(*case, min_roster=3)
    # One of B and C gives a member to A, which frees the only unserved enterprise for the other.
    assert plan.stations["passes_after"].sum() == 2
    assert plan.n_moves == 2
    assert plan.unsaved["reason"].tolist() == ["competes"]
    assert plan.status == "optimal"


def test_a_sound_network_needs_no_move() -> None:
    plan = repair_rosters(*tables({"A": "ab", "B": "cd"}, dict.fromkeys("abcd", 1), {}), min_roster=2)
    assert (plan.status, plan.n_moves, plan.bound) == ("optimal", 0, 0)
    assert plan.stations["passed_before"].all()
    assert plan.unsaved.empty
    assert plan.moves.columns.tolist() == ["kind", "entity_key", "station_from", "station_to", "need", "cost"]


def random_case(seed: int, n_stations: int, n_entities: int) -> tuple[pd.DataFrame, ...]:
    random = np.random.default_rng(seed)
    ids, keys = [f"S{j}" for j in range(n_stations)], [f"e{e}" for e in range(n_entities)]
    held = random.random((n_entities, n_stations)) < 0.35
    entity, station = np.nonzero(held)
    rosters = pd.DataFrame(
        {
            "station_id": np.array(ids)[station],
            "entity_key": np.array(keys)[entity],
            "eligible": random.random(len(entity)) < 0.85,
        }
    )
    entities = pd.DataFrame({"entity_key": keys, "need": random.integers(-1, 2, n_entities)})
    stations = pd.DataFrame({"station_id": ids, "established": random.permutation(n_stations)})
    costs = np.where(random.random((n_entities, n_stations)) < 0.4, 1.0, np.inf)
    return rosters, entities, stations, Reach.from_costs(costs, 5)


def best_repair(
    rosters: pd.DataFrame,
    entities: pd.DataFrame,
    stations: pd.DataFrame,
    reach: Reach,
    low: int,
    share: tuple[int, int],
) -> tuple[int, int]:
    """Most passing stations and fewest moves for that, over every end of every enterprise."""
    ids, keys = list(stations["station_id"]), list(entities["entity_key"])
    may_join = reach.pairs.toarray() > 0
    held: list[dict[int, bool]] = [{} for _ in keys]
    for row in rosters.itertuples():
        held[keys.index(row.entity_key)][ids.index(row.station_id)] = row.eligible
    needs = entities["need"].to_numpy() == 1
    options = [[-1, *sorted(set(held[e]) | set(np.flatnonzero(may_join[e]).tolist()))] for e in range(len(keys))]
    best = (0, -(10**9))
    for ends in itertools.product(*options):
        moves = 0
        n, k, barred = [0] * len(ids), [0] * len(ids), [False] * len(ids)
        for e, end in enumerate(ends):
            others = len(held[e]) - (end in held[e])
            moves += max(others, int(end not in held[e])) if end >= 0 else others
            if end >= 0:
                n[end] += 1
                k[end] += int(needs[e])
                barred[end] |= not held[e].get(end, True)
        passing = sum(n[j] >= low and share[1] * k[j] >= share[0] * n[j] and not barred[j] for j in range(len(ids)))
        best = max(best, (passing, -moves))
    return best[0], -best[1]


@example(139, 2, (3, 5))  # no station of one component can pass
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 3), st.sampled_from([(3, 5), (1, 2)]))
def test_no_end_state_saves_more_stations_or_takes_fewer_moves(seed: int, low: int, share: tuple[int, int]) -> None:
    case = random_case(seed, 3, 6)
    plan = repair_rosters(*case, min_roster=low, need_share=share)
    passing, moves = best_repair(*case, low, share)
    assert plan.status == "optimal"
    assert (int(plan.stations["passes_after"].sum()), plan.n_moves, plan.bound) == (passing, moves, moves)
    assert set(plan.moves["kind"]) <= set(MOVE_KINDS)
    assert set(plan.unsaved["reason"]) <= set(UNSAVED_REASONS)


def after_moves(rosters: pd.DataFrame, moves: pd.DataFrame) -> set[tuple[str, str]]:
    """Carry the moves out, one by one, refusing any that does not fit."""
    held = set(rosters[["station_id", "entity_key"]].itertuples(index=False, name=None))
    for move in moves.itertuples():
        if move.kind in ("release", "transfer"):
            held.remove((move.station_from, move.entity_key))
        if move.kind in ("add", "transfer"):
            assert (move.station_to, move.entity_key) not in held
            held.add((move.station_to, move.entity_key))
    return held


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 100_000))
def test_carrying_out_the_moves_gives_the_rosters_promised(seed: int) -> None:
    rosters, entities, stations, reach = random_case(seed, 6, 40)
    plan = repair_rosters(rosters, entities, stations, reach, min_roster=4)
    held = after_moves(rosters, plan.moves)
    assert held == set(plan.rosters.itertuples(index=False, name=None))
    assert plan.rosters["entity_key"].is_unique
    needs = entities.set_index("entity_key")["need"]
    barred = set(rosters.loc[~rosters["eligible"], ["station_id", "entity_key"]].itertuples(index=False, name=None))
    joined = plan.moves.loc[plan.moves["kind"] != "release"]
    assert joined["cost"].notna().all()
    for station in plan.stations.itertuples():
        members = [key for s, key in held if s == station.station_id]
        k = int((needs[members] == 1).sum())
        good = len(members) >= 4 and 5 * k >= 3 * len(members)
        good &= not any((station.station_id, key) in barred for key in members)
        assert (len(members), k) == (station.members_after, station.with_need_after)
        assert station.passes_after == good


def test_the_order_of_rows_changes_nothing() -> None:
    rosters, entities, stations, reach = random_case(8, 5, 30)
    first = repair_rosters(rosters, entities, stations, reach, min_roster=4)
    shuffle = np.random.default_rng(1).permutation(len(entities))
    second = repair_rosters(
        rosters.sample(frac=1, random_state=2), entities.iloc[shuffle], stations, reach.select(demand=shuffle),
        min_roster=4,
    )  # fmt: skip
    pd.testing.assert_frame_equal(first.moves, second.moves)
    pd.testing.assert_frame_equal(first.rosters, second.rosters)


def test_a_row_listed_twice_counts_once_and_strangers_are_refused() -> None:
    rosters, entities, stations, reach = tables({"A": "abb"}, dict.fromkeys("ab", 1), {})
    assert repair_rosters(rosters, entities, stations, reach, min_roster=2).n_moves == 0
    with pytest.raises(BadInput, match="'b' is not in entities"):
        repair_rosters(rosters, entities.iloc[:1], stations, reach.select(demand=[0]), min_roster=2)
    with pytest.raises(BadInput, match="2 x 1"):
        repair_rosters(rosters, entities.iloc[:1], stations, reach)
    with pytest.raises(BadInput, match="established"):
        repair_rosters(rosters, entities, stations[["station_id"]], reach)


def test_empty_tables_give_an_empty_repair_and_a_need_that_is_no_answer_is_refused() -> None:
    rosters, entities, stations, reach = tables({"A": "ab"}, dict.fromkeys("ab", 1), {})
    none = repair_rosters(rosters.iloc[:0], entities.iloc[:0], stations.iloc[:0], reach.select([], []))
    assert (none.status, none.n_moves, len(none.stations)) == ("optimal", 0, 0)
    alone = repair_rosters(rosters.iloc[:0], entities, stations, reach)
    assert alone.unsaved["reason"].tolist() == ["cannot_reach_minimum"]
    with pytest.raises(BadInput, match=r"entities\.need"):
        repair_rosters(rosters, entities.assign(need=2), stations, reach)


def test_no_time_is_never_a_proof() -> None:
    case = random_case(3, 6, 40)
    plan = repair_rosters(*case, min_roster=4, time_limit_s=0.0)
    held = after_moves(case[0], plan.moves)
    assert held == set(plan.rosters.itertuples(index=False, name=None))
    assert plan.bound <= plan.n_moves


def test_unknown_places_reach_nobody() -> None:
    reach = reach_of_known_places([[0, 0], [np.nan, 0], [1, 0]], [[0, 0], [np.nan, np.nan]], 5)
    assert reach.pairs.nnz == 2
    assert reach.pairs.shape == (3, 2)


def test_the_overlap_graph_counts_shared_enterprises() -> None:
    rosters, *_ = tables({"A": "abc", "B": "bcd", "C": "x", "D": "cc"}, dict.fromkeys("abcdx", 1), {})
    graph = overlap_graph(rosters)
    assert dict(graph.nodes(data="members")) == {"A": 3, "B": 3, "C": 1, "D": 1}
    assert sorted((u, v, d["shared"], d["entity_keys"]) for u, v, d in graph.edges(data=True)) == [
        ("A", "B", 2, ("b", "c")),
        ("A", "D", 1, ("c",)),
        ("B", "D", 1, ("c",)),
    ]
    assert list(overlap_graph(rosters.iloc[:0]).nodes) == []
