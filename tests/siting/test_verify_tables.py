"""The table-level checker: each way in which a printed proposal could be wrong."""

from __future__ import annotations

import pandas as pd
import pytest

from ipps_geo.errors import BadInput
from ipps_geo.siting.verify_tables import verify_proposals
from ipps_geo.siting.violations import TABLE_CODES

DEMAND = pd.DataFrame(
    {
        "entity_key": list("abcdef"),
        "need": [1, 1, 1, 0, -1, 0],
        "key_industry": ["yes"] * 5 + ["unknown"],
        "x_m": [500_000.0, 500_100.0, 500_200.0, 500_300.0, 509_000.0, 500_000.0],
        "y_m": 4_400_000.0,
    }
)
SITES = pd.DataFrame(
    {"site_id": ["S1", "S2"], "unit": ["110108", "110105"], "x_m": [500_000.0, 509_000.0], "y_m": 4_400_000.0}
)
ANNEX = pd.DataFrame(
    {
        "site_id": "S1",
        "entity_key": list("abcd"),
        "explicit_need": ["yes", "yes", "yes", "no"],
        "distance_m": [0.0, 100.0, 200.0, 300.0],
    }
)
RULES = {"active_keys": frozenset({"z"}), "limit_m": 300.0, "min_roster": 4}


def found(annex: pd.DataFrame = ANNEX, **changes: object) -> list[tuple[str, object, object]]:
    violations = verify_proposals(annex, DEMAND, SITES, **(RULES | changes))
    assert {v.code for v in violations} <= set(TABLE_CODES)
    return [(v.code, v.site, v.demand) for v in violations]


def edited(row: int, **values: object) -> pd.DataFrame:
    annex = ANNEX.copy()
    for column, value in values.items():
        annex.loc[row, column] = value
    return annex


def test_a_sound_annex_passes_at_the_limit_and_in_any_order_of_rows() -> None:
    assert found() == []
    assert found(ANNEX.sample(frac=1, random_state=3)) == []


@pytest.mark.parametrize(
    ("annex", "changes", "expected"),
    [
        (edited(0, site_id="S9"), {"min_roster": 1}, ("site_unknown", "S9", None)),
        (edited(0, entity_key="x"), {}, ("entity_unknown", "S1", "x")),
        (edited(3, entity_key="a", explicit_need="yes", distance_m=0.0), {}, ("entity_twice", "S1;S1", "a")),
        (ANNEX, {"active_keys": {"b"}}, ("entity_on_active_roster", "S1", "b")),
        (edited(3, entity_key="f", distance_m=0.0), {}, ("not_key_industry", "S1", "f")),
        (ANNEX, {"key_in_unit": {"110108": list("abc"), "110105": ["d"]}}, ("not_key_industry", "S1", "d")),
        (ANNEX, {"limit_m": 299.9}, ("out_of_reach", "S1", "d")),
        (edited(0, distance_m=12.0), {}, ("distance_differs", "S1", "a")),
        (edited(3, explicit_need="yes"), {}, ("need_differs", "S1", "d")),
        (ANNEX, {"min_roster": 5}, ("roster_too_small", "S1", None)),
        (ANNEX, {"need_share": (4, 5)}, ("need_share_too_low", "S1", None)),
        (ANNEX, {"capacity": {"S1": 3}}, ("over_capacity", "S1", None)),
        (ANNEX, {"proposals": ["S1", "S2"]}, ("proposal_without_roster", "S2", None)),
    ],
)
def test_each_planted_fault_is_found(
    annex: pd.DataFrame, changes: dict[str, object], expected: tuple[str, object, object]
) -> None:
    assert expected in found(annex, **changes)


def test_an_entity_twice_counts_once_for_the_minimum() -> None:
    twice = edited(3, entity_key="a", explicit_need="yes", distance_m=0.0)
    assert ("roster_too_small", "S1", None) in found(twice)


def test_one_entity_in_two_proposals_is_named_with_both() -> None:
    second = pd.DataFrame({"site_id": ["S2"], "entity_key": ["a"], "explicit_need": ["yes"], "distance_m": [9000.0]})
    assert ("entity_twice", "S1;S2", "a") in found(pd.concat([ANNEX, second]))


def test_pairs_of_another_method_replace_the_straight_line() -> None:
    reached = pd.DataFrame({"site_id": "S1", "entity_key": list("abc")})
    assert found(limit_m=None, reached=reached) == [("out_of_reach", "S1", "d")]


def test_an_unknown_place_is_never_within_reach() -> None:
    lost = DEMAND.assign(x_m=DEMAND["x_m"].where(DEMAND["entity_key"] != "a"))
    violations = verify_proposals(ANNEX, lost, SITES, **RULES)
    assert [(v.code, v.demand, v.measured) for v in violations] == [("out_of_reach", "a", None)]


def numbers(annex: pd.DataFrame = ANNEX, **changes: object) -> list[tuple[str, object, object]]:
    return [(v.code, v.measured, v.required) for v in verify_proposals(annex, DEMAND, SITES, **(RULES | changes))]


@pytest.mark.parametrize(
    ("annex", "changes", "expected"),
    [
        (ANNEX, {"min_roster": 4, "need_share": (3, 4), "capacity": {"S1": 4}}, []),
        (ANNEX, {"min_roster": 5}, [("roster_too_small", 4, 5)]),
        (ANNEX, {"need_share": (76, 100)}, [("need_share_too_low", 3, 4)]),
        (ANNEX, {"capacity": {"S1": 3}}, [("over_capacity", 4, 3)]),
        (ANNEX, {"capacity": {"S2": 3}}, []),
        (ANNEX, {"limit_m": 300 * (1 - 1e-9)}, [("out_of_reach", 300.0, 300 * (1 - 1e-9))]),
        (edited(1, distance_m=100.5), {}, []),  # rounded to whole metres
        (edited(1, distance_m=99.5), {}, []),
        (edited(1, distance_m=100.52), {}, [("distance_differs", 100.52, 100.0)]),
        (edited(3, explicit_need="unknown"), {}, [("need_differs", "unknown", 0)]),
        (edited(0, explicit_need="no"), {}, [("need_differs", "no", 1)]),
        (edited(3, entity_key="a", explicit_need="yes", distance_m=0.0), {"min_roster": 3}, [("entity_twice", 2, 1)]),
        (ANNEX.iloc[:0], {"proposals": ["S1"]}, [("proposal_without_roster", 0, 4)]),
        (ANNEX.iloc[:0], {}, []),
        (ANNEX, {"proposals": []}, []),
    ],
)
def test_each_number_on_both_sides_of_its_boundary(annex, changes, expected) -> None:
    assert numbers(annex, **changes) == expected


def test_the_numbers_of_the_measure_are_the_defaults() -> None:
    rows = pd.DataFrame({"entity_key": [f"e{n}" for n in range(50)], "site_id": "S1"})
    demand = rows.assign(need=[1] * 30 + [0] * 20, key_industry="yes", x_m=500_000.0, y_m=4_400_000.0)

    def codes(annex: pd.DataFrame, known: pd.DataFrame) -> list[str]:
        return [v.code for v in verify_proposals(annex, known, SITES, active_keys=(), limit_m=1.0)]

    assert codes(rows, demand) == []
    assert codes(rows.iloc[:49], demand) == ["roster_too_small"]
    assert codes(rows, demand.assign(need=[1] * 29 + [0] * 21)) == ["need_share_too_low"]
    assert codes(rows, demand.assign(need=[1] * 29 + [-1] * 21)) == ["need_share_too_low"]


def test_an_unknown_need_that_is_said_to_be_unknown_agrees() -> None:
    near = DEMAND.assign(x_m=500_000.0)
    annex = pd.DataFrame({"site_id": "S1", "entity_key": list("abe"), "explicit_need": ["yes", "yes", "unknown"]})
    assert verify_proposals(annex, near, SITES, active_keys=(), limit_m=1.0, min_roster=3) == []


def test_tables_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(BadInput, match="reaches whom"):
        found(limit_m=None)
    with pytest.raises(BadInput, match="key_industry"):
        verify_proposals(ANNEX, DEMAND.drop(columns="key_industry"), SITES, **RULES)
    with pytest.raises(BadInput, match="two rows"):
        verify_proposals(ANNEX, pd.concat([DEMAND, DEMAND]), SITES, **RULES)
