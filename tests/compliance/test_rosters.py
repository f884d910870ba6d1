"""Counting and comparing rosters, against plain Python over sets; and who is behind a row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipps_geo.compliance.engine import audit
from ipps_geo.compliance.entries import roster_entries
from ipps_geo.policy import load_policy
from ipps_geo.workspace.tables import conform
from tests.compliance.builder import TODAY, build, code

POLICY = load_policy()
BASE, _, _ = build({"subject": "unit"})

ENTRIES = st.lists(
    st.tuples(
        st.integers(0, 3),  # station
        st.integers(1, 12),  # enterprise
        st.sampled_from(["yes", "no", "unknown"]),
        st.sampled_from(["I6510", "F5211", None]),
        st.sampled_from([None, -400, -1, 0, 1]),  # listed, in days from today
        st.sampled_from([None, -1, 0, 1]),  # delisted
    ),
    max_size=40,
)


def network(entries: list[Any]) -> Any:
    stations = [
        {
            "institution_id": f"W{number}",
            "kind": "workstation",
            "name": f"站{number}",
            "unit": "110108",
            "established_on": dt.date(2020, 1, 1 + number // 2),
            "revoked_on": dt.date(2026, 11, 22) if number == 3 else None,
        }
        for number in range(4)
    ]
    rows = [
        {
            "holder_id": f"W{station}",
            "uscc": code(enterprise),
            "name": f"企业{enterprise}",
            "explicit_need": need,
            "industry_codes": industry,
            "listed_on": None if first is None else TODAY + dt.timedelta(first),
            "delisted_on": None if last is None else TODAY + dt.timedelta(last),
        }
        for station, enterprise, need, industry, first, last in entries
    ]
    return BASE.replace(
        institutions=conform("institutions", pd.DataFrame(stations)),
        rosters=conform("rosters", pd.DataFrame(rows)),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ENTRIES)
def test_counts_and_overlaps_are_those_of_plain_sets(entries: list[Any]) -> None:
    found = {(f.rule, f.subject): f for f in audit(network(entries), POLICY, TODAY)}
    served: dict[int, dict[int, dict[str, set[Any]]]] = {station: {} for station in range(3)}
    for station, enterprise, need, industry, first, last in entries:
        in_force = (first is None or first <= 0) and (last is None or last > 0)
        if station in served and in_force:  # the fourth station is revoked today: its roster is free
            facts = served[station].setdefault(enterprise, {"need": set(), "industry": set()})
            facts["need"].add(need)
            facts["industry"].add(industry)
    for station, enterprises in served.items():
        name = f"W{station}"
        if not any(entry[0] == station for entry in entries):
            assert found["R7-2a", name].code == "roster_missing"
            continue
        assert found["R7-2a", name].measured == len(enterprises)
        yes = sum("yes" in facts["need"] and "no" not in facts["need"] for facts in enterprises.values())
        no = sum("no" in facts["need"] and "yes" not in facts["need"] for facts in enterprises.values())
        most = len(enterprises) - no
        assert found["R7-2d", name].measured == (yes if yes == most else (yes, most))
        inside = sum("I6510" in facts["industry"] for facts in enterprises.values())
        outside = sum(
            facts["industry"] <= {"F5211", None} and "F5211" in facts["industry"] for facts in enterprises.values()
        )
        assert found["R7-2b", name].params["outside"] == outside
        expected = inside if inside == len(enterprises) - outside else (inside, len(enterprises) - outside)
        assert found["R7-2b", name].measured == expected
        # Stations 0 and 1 were established on one day, station 2 a day later.
        shared = {other: set(enterprises) & set(served[other]) for other in served if other != station}
        earlier = station == 2 and (shared[0] or shared[1])
        same_day = station < 2 and shared[1 - station]
        # Of a station that was there before, or may have been, and filed nothing, nobody knows whom it serves.
        before = {0, 1} - {station}
        unfiled = {f"W{other}" for other in before if not any(entry[0] == other for entry in entries)}
        verdict = "FAIL" if earlier else "UNDETERMINED" if same_day or unfiled else "PASS"
        finding = found["R7-2c", name]
        assert finding.verdict == verdict
        assert set(finding.params["unfiled_stations"]) == unfiled
        told = {key: set(finding.params[f"{key}stations"]) for key in ("", "possible_", "later_")}
        names = {other: f"W{other}" for other, common in shared.items() if common}
        assert told[""] == {names[other] for other in names if other < 2 == station}
        assert told["possible_"] == {names[other] for other in names if other < 2 and station < 2}
        assert told["later_"] == {names[other] for other in names if other == 2}
        counted = {finding.params[key] for key in ("shared", "possible")} - {0}
        assert counted <= {len(shared[0] | shared[1]) if station == 2 else len(shared[1 - station])}


def test_what_the_roster_says_wins_and_the_register_fills_what_it_leaves_out() -> None:
    rosters = pd.DataFrame(
        {
            "holder_id": ["W"] * 3,
            "uscc": [code(1), code(2), None],
            "enterprise_id": [None, None, "E3"],
            "name": list("甲乙丙"),
        }
    )
    register = pd.DataFrame(
        {
            "enterprise_id": ["E1", "E2", "E3"],
            "uscc": [code(1), code(2), code(3)],
            "name": list("甲乙丙"),
            "explicit_need": ["yes", "no", "yes"],
            "industry_codes": ["I65", None, "C3973"],
        }
    )
    entries = roster_entries(
        BASE.replace(rosters=conform("rosters", rosters), enterprises=conform("enterprises", register)), POLICY
    )
    assert entries.keys.tolist() == [code(1), code(2), code(3)]
    assert entries.coded.all()
    assert np.isnat(entries.register_yes[entries.entity]).tolist() == [False, True, False]
    assert np.isnat(entries.register_no[entries.entity]).tolist() == [True, False, True]
    assert entries.register_codes[entries.entity].tolist() == ["I65", None, "C3973"]


def test_codes_of_a_parent_and_its_branch_come_together_in_any_order() -> None:
    register = pd.DataFrame(
        {
            "enterprise_id": ["E1", "E2"],
            "uscc": [code(1), code(2)],
            "parent_uscc": [None, code(1)],
            "legal_form": ["company", "branch"],
            "name": ["总公司", "分公司"],
            "industry_codes": ["I65", "C3973"],
        }
    )
    rosters = pd.DataFrame({"holder_id": ["W"], "uscc": [code(2)], "name": ["分公司"]})
    for order in (register, register.iloc[::-1]):
        workspace = BASE.replace(rosters=conform("rosters", rosters), enterprises=conform("enterprises", order))
        entries = roster_entries(workspace, POLICY)
        assert entries.keys.tolist() == [code(1)]
        assert entries.register_codes[entries.entity].tolist() == ["C3973;I65"]
