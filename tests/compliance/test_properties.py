"""What holds for every roster and every network, checked with random ones."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipps_geo.compliance import Verdict, audit
from ipps_geo.compliance.article_07_need import need_distance, need_margin, share_verdict
from ipps_geo.compliance.findings import at_least
from tests.compliance.builder import TODAY, build, code
from tests.compliance.test_cases import CASES

COUNT = st.integers(0, 3)
NEEDS = st.tuples(st.tuples(COUNT, COUNT, COUNT), st.tuples(COUNT, COUNT, COUNT))
SHARE = st.sampled_from([(3, 5), (1, 2), (2, 3), (1, 1), (0, 1)])
SLOW = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(max_examples=40, deadline=None)
@given(NEEDS, SHARE)
def test_bounds_of_the_share_are_those_of_every_possible_world(
    needs: tuple[tuple[int, int, int], tuple[int, int, int]], share: tuple[int, int]
) -> None:
    """Possible enterprises may count or not, unknown answers may be yes or no: all worlds are tried."""
    k, n = share
    (maybe_yes, maybe_no, maybe_open), (yes, no, unknown) = needs
    worlds = [
        (yes + a + b + c_yes, no + (unknown - a) + d + (c - c_yes))
        for a in range(unknown + 1)
        for b in range(maybe_yes + 1)
        for d in range(maybe_no + 1)
        for c in range(maybe_open + 1)
        for c_yes in range(c + 1)
    ]
    margins = [n * with_need - k * (with_need + without) for with_need, without in worlds]
    assert need_margin(needs, k, n) == (min(margins), max(margins))
    beyond = [with_need - math.ceil(Fraction(k * (with_need + without), n)) for with_need, without in worlds]
    assert need_distance(needs, k, n) == (min(beyond), max(beyond))
    passing = [m >= 0 and with_need + without > 0 for m, (with_need, without) in zip(margins, worlds, strict=True)]
    verdict = share_verdict(needs, k, n)
    if verdict is Verdict.PASS:
        assert all(passing)
    if verdict is Verdict.FAIL:
        assert not any(passing)


@given(NEEDS, SHARE)
def test_one_more_enterprise_with_need_never_fails_what_passed(
    needs: tuple[tuple[int, int, int], tuple[int, int, int]], share: tuple[int, int]
) -> None:
    possible, (yes, no, unknown) = needs
    more = (possible, (yes + 1, no, unknown))
    assert (share_verdict(needs, *share), share_verdict(more, *share)) != (Verdict.PASS, Verdict.FAIL)
    if share_verdict(needs, *share) is Verdict.PASS:
        assert share_verdict(more, *share) is Verdict.PASS


@given(st.integers(0, 200), st.integers(0, 20), st.integers(0, 200))
def test_counts_between_bounds(least: int, spread: int, required: int) -> None:
    worlds = {count >= required for count in range(least, least + spread + 1)}
    expected = {(True,): Verdict.PASS, (False,): Verdict.FAIL}.get(tuple(worlds), Verdict.UNDETERMINED)
    assert at_least(least, least + spread, required) is expected


def test_minimum_k_by_counting() -> None:
    minimum = [next(k for k in range(n + 1) if 5 * k >= 3 * n) for n in range(50, 61)]
    assert minimum == [30, 31, 32, 32, 33, 33, 34, 35, 35, 36, 36]


def network(seed: int) -> dict[str, Any]:
    """Return a case with four stations that share some enterprises, and an application."""
    rows = [f"W{number}" for number in range(4)]
    others = [
        {
            "id": name,
            "established_on": TODAY.replace(year=2023 + (seed >> number & 1), day=1 + number % 2),
            "serves": [1 + (seed * (number + 3) + step * 7) % 90 for step in range(6)],
        }
        for number, name in enumerate(rows)
    ]
    return {"others": others, "roster": {"enterprises": 50 + seed % 3, "need": 29 + seed % 4, "need_unknown": seed % 2}}


def verdicts(workspace: Any, policy: Any) -> dict[tuple[str, str], str]:
    return {(f.rule, f.subject): f"{f.verdict} {f.code} {f.measured}" for f in audit(workspace, policy, TODAY)}


@SLOW
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_shuffling_rows_and_renaming_enterprises_change_nothing(seed: int, random: Any) -> None:
    workspace, policy, _ = build(network(seed))
    before = verdicts(workspace, policy)
    shuffled = {
        name: getattr(workspace, name).sample(frac=1, random_state=random.randrange(10**6))
        for name in ("rosters", "institutions", "applications", "service_units", "key_industries")
    }
    assert verdicts(workspace.replace(**shuffled), policy) == before
    renamed = workspace.rosters.assign(name=[f"某企业{random.randrange(10**9)}" for _ in workspace.rosters["name"]])
    assert verdicts(workspace.replace(rosters=renamed), policy) == before


@SLOW
@given(st.integers(0, 10_000))
def test_renaming_stations_changes_the_names_alone(seed: int) -> None:
    workspace, policy, _ = build(network(seed))
    names = {f"W{number}": f"站{9 - number}" for number in range(4)}
    renamed = workspace.replace(
        institutions=workspace.institutions.assign(
            institution_id=workspace.institutions["institution_id"].replace(names).astype("str")
        ),
        rosters=workspace.rosters.assign(holder_id=workspace.rosters["holder_id"].replace(names).astype("str")),
    )
    before = {(rule, names.get(who, who)): found for (rule, who), found in verdicts(workspace, policy).items()}
    assert verdicts(renamed, policy) == before


@SLOW
@given(st.integers(0, 10_000), st.integers(100, 10_000))
def test_other_credit_codes_of_the_same_kind_change_nothing(seed: int, shift: int) -> None:
    workspace, policy, _ = build(network(seed))
    other = {code(number): code(number + shift * 1000) for number in range(1, 200)}
    rosters = workspace.rosters.assign(uscc=workspace.rosters["uscc"].replace(other).astype("str"))
    assert verdicts(workspace.replace(rosters=rosters), policy) == verdicts(workspace, policy)


# What a blank takes away. Days of validity are left alone: there a blank means always. Contradictions are too: without
# one of two statements the other stands.
BLANKS = {
    "rosters": ["uscc", "industry_codes", "explicit_need", "need_evidence", "key_service"],
    "institutions": [
        *("host_type", "org_level", "legal_form", "undertaking_uscc", "undertaking_founded_on", "operating_since"),
        *("full_time_staff", "part_time_staff", "has_premises", "has_phone", "has_tools", "has_service_base"),
        *("agreement_parties", "agreement_district", "has_duty_document", "has_coordination_plan", "established_on"),
        *("revocation_ground", "revocation_notified_on", "has_key_service_list", "service_data_until"),
    ],
    "applications": [
        *("host_type", "org_level", "legal_form", "undertaking_uscc", "undertaking_founded_on", "operating_since"),
        *("full_time_staff", "part_time_staff", "has_premises", "agreement_parties", "route", "applied_on"),
        *("inspected_on", "recommended_on", "filed_on", "planned_on", "was_argued", "ground"),
    ],
    "evaluations": ["rectified_on", "indicator_version"],
    "conduct": ["in_institution_name", "document"],
    "staff": ["qualified"],
}
CONTRADICTIONS = {
    "legal_person_contradiction",
    "legacy_contradiction",
    "host_type_contradicted",
    "staff_contradicted",
    "steps_contradicted",
    "key_service_list_contradicted",
    "rectification_out_of_order",
    "filed_before_decision",
}
CONTRADICTORY_CASES = ("yes and no of one", "parent says yes")
OPEN_CASES = [
    case
    for case in CASES
    if not case["says"].startswith(CONTRADICTORY_CASES)
    and "UNDETERMINED" in str(case["expect"])
    and case.get("subject") not in ("unit", "policy")
]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(OPEN_CASES), st.data())
def test_taking_information_away_never_decides_an_open_question(case: dict[str, Any], data: st.DataObject) -> None:
    workspace, policy, on = build(case)
    before = {(f.rule, f.subject): f for f in audit(workspace, policy, on)}
    cells = [
        (table, column, row)
        for table, columns in BLANKS.items()
        for column, row in itertools.product(columns, range(min(3, len(getattr(workspace, table)))))
    ]
    blanked = workspace
    for table, column, row in data.draw(st.lists(st.sampled_from(cells), min_size=1, max_size=4, unique=True)):
        frame = getattr(blanked, table).copy()
        position = len(frame) - 1 - row  # the rows that a case adds are the last
        blank = "unknown" if "unknown" in set(frame[column].astype("str")) or column.startswith("has_") else None
        if column in ("explicit_need", "key_service", "in_institution_name", "qualified", "was_argued"):
            blank = "unknown"
        values = frame[column].astype(object)
        values.iloc[position] = blank
        frame[column] = pd.Series(values, index=frame.index).astype(frame[column].dtype)
        blanked = blanked.replace(**{table: frame})
    for finding in audit(blanked, policy, on):
        old = before.get((finding.rule, finding.subject))
        if old is not None and old.verdict is Verdict.UNDETERMINED and old.code not in CONTRADICTIONS:
            assert finding.verdict is not Verdict.PASS, (old, finding)
        if old is not None and old.verdict is Verdict.PASS:
            assert finding.verdict is not Verdict.FAIL, (old, finding)
