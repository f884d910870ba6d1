"""One row per legal entity: what its rows say together, on which day, and whom a roster may already name."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
import shapely

from ipps_geo.compliance import audit
from ipps_geo.policy import load_policy
from ipps_geo.workspace import Workspace
from ipps_geo.workspace.demand import demand_table
from ipps_geo.workspace.tables import conform
from tests.compliance.builder import TODAY, build, code

POLICY = load_policy()
EMPTY = build({"subject": "unit"})[0]
HAIDIAN, DAXING = shapely.Point(116.1, 39.9), shapely.Point(116.27, 39.9)


def network(register: list[dict[str, Any]], rosters: list[dict[str, Any]] = (), **stations: str) -> Workspace:  # type: ignore[assignment]
    """Return a workspace of enterprises E0, E1, ..., and of workstations by the day of their establishment."""
    rows = [{"enterprise_id": f"E{n}", "name": f"企业{n}", "geometry": None, **row} for n, row in enumerate(register)]
    made = EMPTY.replace(enterprises=conform("enterprises", pd.DataFrame(rows)))
    if rosters:
        made = made.replace(rosters=conform("rosters", pd.DataFrame(rosters)))
    if stations:
        named = [
            {"institution_id": name, "kind": "workstation", "name": name, "unit": "110108", "established_on": day}
            for name, day in stations.items()
        ]
        named = [{**row, "established_on": pd.Timestamp(row["established_on"]), "geometry": None} for row in named]
        made = made.replace(institutions=conform("institutions", pd.DataFrame(named)))
    return made


def entity(workspace: Workspace, key: str = code(1), on: dt.date = TODAY) -> dict[str, Any]:
    table = demand_table(workspace, POLICY, on).set_index("entity_key")
    assert table.index.is_unique
    row = table.loc[key].to_dict()
    return {
        name: None if not isinstance(value, shapely.Point) and pd.isna(value) else value for name, value in row.items()
    }


@pytest.mark.parametrize(("day", "need"), [("2026-11-22", 1), ("2026-11-23", -1), (None, 1)])
def test_an_answer_of_a_later_day_is_not_known_yet(day: str | None, need: int) -> None:
    asked = network([{"uscc": code(1), "explicit_need": "yes", "need_date": day and pd.Timestamp(day)}])
    assert entity(asked)["need"] == need


def test_a_later_answer_does_not_contradict_an_earlier_one_before_its_day() -> None:
    asked = network(
        [
            {"uscc": code(1), "explicit_need": "yes", "need_date": pd.Timestamp("2026-01-05")},
            {"uscc": code(1), "explicit_need": "no", "need_date": pd.Timestamp("2026-12-01")},
        ]
    )
    assert [entity(asked, on=day)["need"] for day in (TODAY, dt.date(2026, 12, 1))] == [1, -1]


ROWS = [
    {"uscc": code(1), "legal_form": "company", "unit": "110115"},
    {"uscc": code(2), "parent_uscc": code(1), "legal_form": "branch", "industry_codes": "I6510", "geometry": HAIDIAN},
    {"uscc": code(3), "parent_uscc": code(1), "legal_form": "branch", "industry_codes": "I6520", "sme_class": "small"},
    {"uscc": code(4), "parent_uscc": code(1), "legal_form": "branch", "sme_class": "micro", "geometry": DAXING},
]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_rows_of_one_entity_fill_each_other_whatever_their_order(order: list[int]) -> None:
    made = network(ROWS)
    one = entity(made.replace(enterprises=made.enterprises.iloc[order]))
    assert (one["enterprise_id"], one["name"]) == ("E0", "企业0")
    assert (one["industry_codes"], one["sme_class"]) == ("I6510;I6520", "small")
    # The place is known of two branches: the first of them gives it, with the unit that it lies in.
    assert (one["place_id"], one["geometry"], one["unit"]) == ("E1", HAIDIAN, "110108")


def test_without_any_place_the_unit_is_the_first_one_declared() -> None:
    one = entity(network([{"uscc": code(1)}, {"uscc": code(1), "unit": "110115"}, {"uscc": code(1), "unit": "BDA"}]))
    assert (one["place_id"], one["geometry"], one["unit"]) == ("E1", None, "110115")


@pytest.mark.parametrize(
    ("register", "key_industry", "need"),
    [
        ([{"industry_codes": "F5211"}, {"industry_codes": "I6510"}], "yes", -1),
        ([{"explicit_need": "yes"}, {"industry_codes": "I6510"}], "yes", 1),
        ([{"explicit_need": "yes", "need_date": pd.Timestamp("2027-01-01")}, {"industry_codes": "F5211"}], "no", -1),
        ([{"explicit_need": "yes"}, {"explicit_need": "no"}], "unknown", -1),
    ],
)
def test_rules_and_demand_read_the_same_of_an_entity(
    register: list[dict[str, Any]], key_industry: str, need: int
) -> None:
    """The roster is silent: the register speaks, in the audit as in the plan."""
    rows = [{"uscc": code(1), **row} for row in register]
    made = network(rows, [{"holder_id": "W", "uscc": code(1), "name": "甲"}], W="2024-03-01")
    one = entity(made)
    assert (one["key_industry"], one["need"], one["holder_id"]) == (key_industry, need, "W")
    found = {f.rule: f for f in audit(made, POLICY, TODAY) if f.subject == "W"}
    assert found["R7-2b"].params["outside"] == (key_industry == "no")
    assert found["R7-2b"].params["unknown"] == (key_industry == "unknown")
    assert (found["R7-2d"].params["with_need"], found["R7-2d"].params["unknown"]) == (need == 1, need == -1)


NAMED = [
    {"uscc": code(1), "name": "北京甲科技（集团）有限公司"},
    {"uscc": code(2), "name": "北京乙科技有限公司", "former_names": "北京丙科技有限公司;北京丁科技有限公司"},
    {"uscc": code(3), "name": "北京戊科技有限公司"},
    {"uscc": code(4), "name": "北京戊科技有限公司"},
    {"uscc": code(5), "name": "北京己科技有限公司"},
]


@pytest.mark.parametrize(
    ("row", "held"),
    [
        ({"name": "北京甲科技(集团)有限公司"}, [1]),
        ({"name": "北京丁科技有限公司"}, [2]),
        ({"name": "北京戊科技有限公司"}, [3, 4]),
        ({"name": "北京己科技有限公司海淀分公司", "legal_form": "branch", "uscc": code(99)}, [5]),
        ({"name": "北京己科技有限公司", "uscc": code(98)}, []),
        ({"name": "北京庚科技有限公司"}, []),
    ],
    ids=["same name", "former name", "two of one name", "branch of nobody", "another code", "nobody"],
)
def test_no_plan_offers_whom_a_row_without_a_code_may_name(row: dict[str, Any], held: list[int]) -> None:
    made = network(NAMED, [{"holder_id": "W", **row}], W="2024-03-01")
    table = demand_table(made, POLICY, TODAY).set_index("entity_key")
    assert table.index[table["holder_id"] == "W"].tolist() == [code(number) for number in held]
    # Before the station was established its roster bound nobody.
    assert demand_table(made, POLICY, dt.date(2024, 2, 28))["holder_id"].isna().all()


@pytest.mark.parametrize("name", ["北京乙科技有限公司", "北京丙科技有限公司"])
def test_the_rules_leave_to_a_person_whom_such_a_row_names(name: str) -> None:
    """It is neither an overlap nor none: the later station sees the other roster, the earlier one its own row."""
    rosters = [
        {"holder_id": "A", "name": name, "uscc": None},
        {"holder_id": "B", "name": "登记之外的写法", "uscc": code(2)},
    ]
    made = network(NAMED, rosters, A="2024-03-01", B="2025-03-01")
    found = {f.subject: f for f in audit(made, POLICY, TODAY) if f.rule == "R7-2c"}
    assert {found[name].verdict.value for name in "AB"} == {"UNDETERMINED"}
    assert [(row["other"], row["found_by"]) for row in found["B"].evidence] == [("A", "name")]
    assert [(row["name"], row["certain"]) for row in found["A"].evidence] == [(name, False)]


@pytest.mark.parametrize(
    ("application", "holder"),
    [
        ({"decision": "accepted", "decided_on": pd.Timestamp("2026-11-01")}, "A1"),
        ({"decision": "accepted", "decided_on": None}, "A1"),  # accepted, on a day that nobody recorded
        ({"decision": "accepted", "decided_on": pd.Timestamp("2026-11-23")}, None),  # not known today
        ({"decision": "pending"}, None),
        ({"decision": "rejected", "decided_on": pd.Timestamp("2026-11-01")}, None),
        ({"decision": "accepted", "institution_id": "W1"}, "W1"),  # the station has a row, its roster is filed here
        ({"decision": "accepted", "institution_id": "W9"}, "A1"),  # a station without a row
        ({"decision": "accepted", "institution_id": "W2"}, None),  # revoked since: released
    ],
)
def test_an_accepted_application_holds_its_enterprises(application: dict[str, Any], holder: str | None) -> None:
    made = network(
        [{"uscc": code(1)}], [{"holder_id": "A1", "uscc": code(1), "name": "企业0"}], W1="2024-01-01", W2="2024-01-01"
    )
    institutions = made.institutions.assign(
        revoked_on=[pd.NaT, pd.Timestamp("2026-01-01")], revocation_ground=[None, "dissolved"]
    )
    asked = {"application_id": "A1", "kind": "establishment", "institution_kind": "workstation", "geometry": None}
    made = made.replace(
        institutions=institutions, applications=conform("applications", pd.DataFrame([{**asked, **application}]))
    )
    assert entity(made)["holder_id"] == holder
