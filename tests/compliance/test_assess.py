"""One proposed workstation: a passing, a failing and an undetermined one, and what would make it pass."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from ipps_geo.compliance import assess_site
from ipps_geo.errors import BadInput
from ipps_geo.planning.applicants import read_applicant
from ipps_geo.policy import load_policy
from ipps_geo.reach import Reach
from ipps_geo.workspace.model import Workspace
from ipps_geo.workspace.tables import conform
from tests.compliance.builder import OPERATOR, PLACES, build, code, roster_rows

POLICY = load_policy()
CARRIER = {
    "carrier_id": "P1",
    "name_zh": "某园区",
    "unit": "110108",
    "geometry": shapely.Point(PLACES["110108"]),
    **OPERATOR,
}


def city(**others: Any) -> Workspace:
    """Return a city with station W2 (enterprises 41-50) and twenty enterprises 201-220 that nobody serves."""
    workspace, _, _ = build({"subject": "unit", "others": [{"id": "W2", "serves": list(range(41, 51))}], **others})
    free = [
        {
            "enterprise_id": f"E{number}",
            "uscc": code(number),
            "name": f"第{number}号",
            "industry_codes": "I6510" if number % 10 else "F5211",
            "explicit_need": "yes" if number % 5 else "no",
            "geometry": shapely.Point(PLACES["110108"]),
        }
        for number in range(201, 221)
    ]
    return workspace.replace(
        carriers=conform("carriers", pd.DataFrame([CARRIER])), enterprises=conform("enterprises", pd.DataFrame(free))
    )


def roster(**spec: Any) -> pd.DataFrame:
    return pd.DataFrame(roster_rows("anything", spec))


def near(count: int) -> Reach:
    """Return a reach in which the first ``count`` of the twenty enterprises are near."""
    places = np.array([[0.0, 0.0]] * count + [[1e6, 0.0]] * (20 - count))
    return Reach.from_points(places, np.zeros((1, 2)), 3000)


def test_a_proposal_that_passes() -> None:
    result = assess_site(city(), POLICY, site_id="P1", roster=roster(first=301, enterprises=60, need=40))
    assert result.verdict == "PASS"
    assert not result.has_blocking_failure
    assert {f.rule for f in result.findings} >= {"R7-1a", "R7-1b", "R7-1c", "R7-2a", "R7-2b", "R7-2c", "R7-2d", "R7-5"}
    assert all(f.subject == "P1" and f.subject_kind == "proposal" for f in result.findings)
    assert result.counts == {
        "raw": (60, 60),
        "deduplicated": (60, 60),
        "enterprises": (60, 60),
        "not_on_another_roster": (60, 60),
        "key_industry": (60, 60),
        "with_need": (40, 40),
    }
    assert result.remedy.recruit == 0
    assert len(result.remedy.drop) == 0
    assert json.loads(json.dumps(result.to_dict(), ensure_ascii=False))["verdict"] == "PASS"


def test_a_proposal_that_fails_says_what_would_make_it_pass() -> None:
    result = assess_site(
        city(), POLICY, site_id="P1", roster=roster(enterprises=52, need=30, outside=2), reach=near(12)
    )
    assert result.verdict == "FAIL"
    assert result.overlaps["station_id"].unique().tolist() == ["W2"]
    assert sorted(result.overlaps["entity_key"]) == sorted(code(number) for number in range(41, 51))
    assert result.counts["not_on_another_roster"] == (42, 42)
    assert result.counts["key_industry"] == (40, 40)
    assert result.counts["with_need"] == (30, 30)
    drop = result.remedy.drop.groupby("reason").size().to_dict()
    assert drop == {"shared": 10, "outside_key_industries": 2}
    assert (result.remedy.remaining, result.remedy.remaining_with_need, result.remedy.recruit) == (40, 30, 10)
    available = result.remedy.available
    assert available is not None
    # 201-212 are near; 205 and 210 have no need.
    assert available["enterprise_id"].tolist() == [f"E{n}" for n in range(201, 213) if n % 5]
    assert result.remedy.possible is True
    assert (
        assess_site(city(), POLICY, site_id="P1", roster=roster(enterprises=40, need=30), reach=near(5)).remedy.possible
        is False
    )


@pytest.mark.parametrize(("need", "recruit"), [(30, 0), (29, 3), (20, 25), (0, 75)])
def test_recruits_lead_to_the_share(need: int, recruit: int) -> None:
    result = assess_site(city(), POLICY, site_id="P1", roster=roster(first=301, enterprises=50, need=need))
    assert result.remedy.recruit == recruit
    n, k = 50 + recruit, need + recruit
    assert 5 * k >= 3 * n
    assert recruit == 0 or 5 * (k - 1) < 3 * (n - 1)


def remedy(rows: pd.DataFrame, **arguments: Any) -> Any:
    return assess_site(city(), POLICY, site_id="P1", roster=rows, **arguments).remedy


def test_an_entry_is_dropped_for_one_reason_and_then_asked_nothing() -> None:
    """Enterprise 41 is on the roster of W2: it goes, whatever else is open about it; who stays is asked."""
    rows = roster(first=41, enterprises=2, need=0, need_unknown=2, industry_unknown=2)
    told = remedy(rows.assign(uscc=[code(41), code(301)]))
    assert told.drop[["entity_key", "reason"]].to_numpy().tolist() == [[code(41), "shared"]]
    assert told.ask[["entity_key", "question"]].to_numpy().tolist() == [
        [code(301), "industry"],
        [code(301), "need"],
    ]


def test_who_has_no_certain_identity_is_asked_for_it_and_counts_for_nobody() -> None:
    rows = roster(first=301, enterprises=51, need=51)
    bare = remedy(rows.assign(uscc=[None, *rows["uscc"][1:]]))
    assert bare.ask["question"].tolist() == ["identity"]
    assert (bare.remaining, bare.remaining_with_need, bare.recruit) == (50, 50, 0)
    branch = remedy(rows.assign(legal_form=["branch"] + [None] * 50))
    assert branch.ask["question"].tolist() == ["identity"]
    assert (branch.remaining, branch.recruit) == (50, 0)
    cooperative = remedy(roster(first=301, enterprises=51, need=51, of_kind=1, kind=93))
    assert cooperative.ask["question"].tolist() == ["identity"], "it has a code, and is perhaps no enterprise"
    assert (cooperative.remaining, cooperative.recruit) == (50, 0)


@pytest.mark.parametrize(("need", "recruit"), [(30, 2), (31, 0), (32, 0)])
def test_an_uncertain_entry_without_need_is_counted_against_the_share(need: int, recruit: int) -> None:
    """Fifty certain ones and one that may be one: 5 k >= 3 x 51 must hold whoever it is."""
    rows = roster(first=301, enterprises=51, need=need)
    told = remedy(rows.assign(uscc=[*rows["uscc"][:50], None]))
    assert (told.remaining, told.remaining_with_need, told.recruit) == (50, need, recruit)


def test_whether_enough_can_be_recruited_is_known_only_with_a_reach() -> None:
    rows = roster(first=301, enterprises=46, need=46)
    assert remedy(rows).possible is None
    assert remedy(rows).to_dict()["available"] is None
    for near_by, found in ((4, 4), (3, 3)):
        told = remedy(rows, reach=near(near_by))
        assert (told.recruit, len(told.available), told.possible) == (4, found, found >= 4)


def test_whom_a_roster_lists_already_is_not_recruited() -> None:
    told = remedy(roster(first=201, enterprises=2), reach=near(4))
    assert told.available["enterprise_id"].tolist() == ["E203", "E204"]


def test_doing_what_the_remedy_says_makes_it_pass() -> None:
    rows = roster(enterprises=55, need=32, need_unknown=3, outside=2)
    first = assess_site(city(), POLICY, site_id="P1", roster=rows, reach=near(20))
    kept = rows[~rows["uscc"].isin(first.remedy.drop["entity_key"])]
    available = first.remedy.available
    assert available is not None
    chosen = available.head(first.remedy.recruit)
    added = pd.DataFrame(
        {"uscc": chosen["entity_key"], "name": chosen["name"], "enterprise_id": chosen["enterprise_id"]}
    )
    second = assess_site(city(), POLICY, site_id="P1", roster=pd.concat([kept, added], ignore_index=True))
    found = {finding.rule: finding.verdict for finding in second.findings}
    assert {found[rule] for rule in ("R7-2a", "R7-2b", "R7-2c", "R7-2d")} == {"PASS"}


def test_an_open_proposal_asks_its_questions() -> None:
    result = assess_site(
        city(), POLICY, site_id="P1", roster=roster(first=301, enterprises=50, need=29, need_unknown=1)
    )
    assert result.verdict == "UNDETERMINED"
    assert result.remedy.ask["question"].tolist() == ["need"]
    assert result.counts["with_need"] == (29, 30)


@pytest.mark.parametrize(("need", "asked"), [(32, []), (31, ["need", "need"])])
def test_a_share_that_is_met_whatever_is_answered_asks_nobody(need: int, asked: list[str]) -> None:
    """Of 53 enterprises 32 need the services: 5 x 32 >= 3 x 53; with 31 the two open answers decide."""
    told = remedy(roster(first=301, enterprises=53, need=need, need_unknown=2))
    assert told.ask["question"].tolist() == asked


def test_industries_that_do_not_decide_under_the_reading_ask_nobody() -> None:
    rows = roster(first=301, enterprises=52, need=52, industry_unknown=2)
    counting = POLICY.with_readings({"key_industry_scope": "count_key"})
    assert assess_site(city(), counting, site_id="P1", roster=rows).remedy.ask.empty
    assert assess_site(city(), POLICY, site_id="P1", roster=rows).remedy.ask["question"].tolist() == ["industry"] * 2


def test_without_a_roster_its_rules_stay_open() -> None:
    result = assess_site(city(), POLICY, site_id="P1")
    found = {finding.rule: finding for finding in result.findings}
    assert found["R7-2a"].code == "roster_missing"
    assert result.verdict == "UNDETERMINED"
    assert result.counts["raw"] == (0, 0)


def test_an_empty_roster_fails_the_share() -> None:
    result = assess_site(city(), POLICY, site_id="P1", roster=roster(enterprises=0).reindex(columns=["name", "uscc"]))
    found = {finding.rule: finding.verdict for finding in result.findings}
    assert found["R7-2d"] != "PASS"
    assert result.remedy.recruit == 50


def test_a_place_without_a_carrier_lies_in_a_unit_and_brings_its_own_facts() -> None:
    place = shapely.Point(PLACES["BDA"])
    result = assess_site(city(), POLICY, geometry=place, applicant=OPERATOR, roster=roster(first=301))
    assert (result.site_id, result.unit) == ("place", "BDA")
    assert result.verdict == "PASS"
    assert assess_site(city(), POLICY, geometry=place).verdict == "UNDETERMINED"


def test_facts_of_the_applicant_replace_those_of_the_carrier() -> None:
    result = assess_site(city(), POLICY, site_id="P1", applicant={"legal_form": "branch"})
    assert {f.rule for f in result.findings if f.verdict == "FAIL"} == {"R7-1b"}
    young = assess_site(city(), POLICY, site_id="P1", applicant={"operating_since": "2026-01-01", "full_time_staff": 0})
    assert {f.rule for f in young.findings if f.verdict == "FAIL"} == {"R7-1c"}


def test_a_proposal_meets_applications_that_await_a_decision() -> None:
    waiting = city(others=[{"is": "application", "id": "A9", "serves": [301]}])
    result = assess_site(waiting, POLICY, site_id="P1", roster=roster(first=301))
    found = {finding.rule: finding for finding in result.findings}
    assert found["R7-2c"].code == "overlap_with_pending"


def test_a_carrier_that_hosts_a_station_says_so() -> None:
    hosting = city(others=[{"id": "W2", "carrier_id": "P1", "serves": [41]}])
    assert assess_site(hosting, POLICY, site_id="P1").hosted == ("W2",)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "site.no_place"),
        ({"site_id": "P1", "geometry": shapely.Point(116, 39)}, "site.no_place"),
        ({"site_id": "P9"}, "site.no_carrier"),
        ({"site_id": "P1", "applicant": {"colour": "red"}}, "site.no_fact"),
        ({"site_id": "P1", "applicant": {"operating_since": "soon"}}, "site.fact_kind"),
        ({"site_id": "P1", "roster": pd.DataFrame({"uscc": []})}, "site.roster_without"),
        ({"site_id": "P1", "reach": Reach.from_points([[0, 0]], [[0, 0]], 3000)}, "site.reach_differs"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as raised:
        assess_site(city(), POLICY, **arguments)
    assert raised.value.code == code


OWN = {"is": "application", "id": "A9", "serves": [301], "carrier_id": "P1"}


@pytest.mark.parametrize(
    ("filed", "own"),
    [
        ({}, ("A9",)),  # the same carrier, whose operator's code nobody recorded
        ({"carrier_id": "P2", "undertaking_uscc": "#7"}, ()),  # another carrier
        ({"undertaking_uscc": "#8"}, ()),  # another applicant at the same carrier
        ({"undertaking_uscc": "#7", "carrier_id": None}, ("A9",)),
    ],
)
def test_its_own_application_is_no_rival_of_a_site_test(filed: dict[str, Any], own: tuple[str, ...]) -> None:
    waiting = city(others=[{**OWN, **filed}])
    applicant = {"undertaking_uscc": code(7)} if filed else {}
    result = assess_site(waiting, POLICY, site_id="P1", roster=roster(first=301), applicant=applicant)
    assert result.own_applications == own
    found = {finding.rule: finding for finding in result.findings}
    assert found["R7-2c"].code == ("disjoint" if own else "overlap_with_pending")


def test_an_empty_roster_is_judged_and_none_is_not() -> None:
    empty = {f.rule: f for f in assess_site(city(), POLICY, site_id="P1", roster=roster().iloc[:0]).findings}
    none = {f.rule: f for f in assess_site(city(), POLICY, site_id="P1").findings}
    assert (empty["R7-2a"].verdict, none["R7-2a"].verdict) == ("FAIL", "UNDETERMINED")


def test_facts_of_an_applicant_at_a_bare_place() -> None:
    told = read_applicant(
        ["载体类型=孵化器", "成立日期=2015-05-05", "运行起始日期=2016-06-06", "法人形式=公司", "专职人数=1"]
    )
    place = shapely.Point(PLACES["110108"])
    found = {f.rule: f for f in assess_site(city(), POLICY, geometry=place, applicant=told).findings}
    assert {found[rule].verdict for rule in ("R7-1a", "R7-1b", "R7-1c", "R7-4")} == {"PASS"}


@pytest.mark.parametrize("pair", ["载体类型", "颜色=红", "成立日期=昨天", "专职人员数=-1", "host_type=shop"])
def test_a_fact_that_cannot_be_read_is_refused(pair: str) -> None:
    with pytest.raises(BadInput) as raised:
        read_applicant([pair])
    assert raised.value.code in ("site.no_fact", "site.fact_not_read")
