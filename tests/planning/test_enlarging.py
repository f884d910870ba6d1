"""Stations that are there take in more: who may, whom, and what an independent count and program say of it."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, sparse

from ipps_geo import compliance, planning, results
from ipps_geo.errors import NotSolved
from ipps_geo.planning import enlarging
from ipps_geo.planning.enlarging import FACTS, check_enlarged, check_staff, judged_again
from ipps_geo.planning.existing import NOT_ENLARGED

UNIT = "110107"
ASKED = planning.PlanParameters(stations=1, unit=UNIT, enlarge=True)


@pytest.fixture(scope="module")
def plan(beijing, draft):
    return planning.plan(beijing, draft, ASKED)


@pytest.fixture(scope="module")
def listed(beijing):
    """Roster rows in force, by hand: active stations, not delisted."""
    active = beijing.institutions[beijing.institutions["revoked_on"].isna()]
    rows = beijing.rosters[beijing.rosters["delisted_on"].isna()]
    return rows[rows["holder_id"].isin(active["institution_id"])]


def metres(beijing, plan):
    places = beijing.enterprises.set_index("enterprise_id").geometry.to_crs(4548)
    stations = beijing.institutions.set_index("institution_id").geometry.to_crs(4548)
    from_, to = places.loc[plan.additions["enterprise_id"]], stations.loc[plan.additions["site_id"]]
    return np.hypot(from_.x.to_numpy() - to.x.to_numpy(), from_.y.to_numpy() - to.y.to_numpy())


def test_old_and_new_members_together_satisfy_the_measure_counted_from_the_raw_tables(plan, beijing, listed):
    assert plan.status == "optimal"
    assert len(plan.additions) > 0
    for row in plan.enlarged.itertuples():
        old = listed[listed["holder_id"] == row.site_id].drop_duplicates("uscc")
        new = plan.additions[plan.additions["site_id"] == row.site_id]
        n, k = len(old) + len(new), int((old["explicit_need"] == "yes").sum() + (new["explicit_need"] == "yes").sum())
        assert (row.old_members, row.newly_served, row.all_members) == (len(old), len(new), n)
        assert row.margin_roster == n - 50 >= 0
        assert 5 * k >= 3 * n
    assert not set(plan.additions["uscc"].dropna()) & set(listed["uscc"].dropna())
    assert pd.concat([plan.annex, plan.additions])["entity_key"].is_unique
    assert (metres(beijing, plan) <= 3000).all()


def test_every_member_added_counts_and_none_is_lost(plan):
    assert plan.objective == plan.bound == len(plan.annex) + len(plan.additions)
    before, after = (c.by_unit.set_index("unit").loc["city"] for c in (plan.coverage_before, plan.coverage_after))
    assert after["on_roster"] - before["on_roster"] == plan.objective
    assert after["stations"] - before["stations"] == len(plan.proposals)
    assert len(plan.uncovered) + plan.objective == plan.provenance.parameters["census"]["demand"]


def test_every_active_station_is_enlarged_or_told_why_not(plan, beijing):
    active = set(beijing.institutions.query("kind == 'workstation' and revoked_on.isna()")["institution_id"])
    told, done = set(plan.not_enlarged["site_id"]), set(plan.enlarged["site_id"])
    assert (told | done, told & done) == (active, set())
    assert set(plan.not_enlarged["reason"]) <= set(NOT_ENLARGED)
    assert dict(zip(plan.not_enlarged["site_id"], plan.not_enlarged["reason"], strict=True))["W-041"] == "no_place"


def test_an_independent_program_serves_no_more(plan, beijing, draft):
    """The whole unit as one integer program over enterprise and site, from coordinates and counts."""
    rows = pd.concat([plan.annex, plan.additions])["enterprise_id"]
    pool = beijing.enterprises.set_index("enterprise_id")
    left = pool.loc[[*rows, *plan.uncovered["enterprise_id"]]]
    carriers = beijing.carriers.set_index("carrier_id").loc[[*plan.proposals["site_id"], *plan.closed_sites["site_id"]]]
    old = plan.enlarged.set_index("site_id")
    stations = beijing.institutions.set_index("institution_id").loc[old.index]
    sites = pd.concat([carriers.geometry, stations.geometry]).to_crs(4548)
    places = left.geometry.to_crs(4548)
    away = np.hypot(
        places.x.to_numpy()[:, None] - sites.x.to_numpy(), places.y.to_numpy()[:, None] - sites.y.to_numpy()
    )
    i, j = np.nonzero(away <= 3000)
    n, m, pairs = len(left), len(sites), len(i)
    said = pd.concat([plan.annex, plan.additions, plan.uncovered])["explicit_need"]
    need = (said == "yes").to_numpy()
    members = np.append(np.zeros(len(carriers)), old["old_members"])
    with_need = np.append(np.zeros(len(carriers)), old["old_need"])
    column = np.arange(pairs)
    once = sparse.csr_array((np.ones(pairs), (i, column)), shape=(n, pairs + m))
    size = sparse.csr_array((np.ones(pairs), (j, column)), shape=(m, pairs + m))
    share = sparse.csr_array((5.0 * need[i] - 3, (j, column)), shape=(m, pairs + m))
    opened = sparse.hstack([sparse.csr_array((m, pairs)), sparse.eye_array(m)], format="csr")
    links = sparse.csr_array(
        (np.append(np.ones(pairs), -np.ones(pairs)), (np.tile(column, 2), np.append(column, pairs + j))),
        shape=(pairs, pairs + m),
    )
    new = sparse.csr_array((np.ones(len(carriers)), (np.zeros(len(carriers)), pairs + np.arange(len(carriers)))),
                           shape=(1, pairs + m))  # fmt: skip
    slack = 5 * with_need - 3 * members
    rules = [
        optimize.LinearConstraint(once, -np.inf, 1),
        optimize.LinearConstraint(links, -np.inf, 0),
        optimize.LinearConstraint(size - opened * np.maximum(50 - members, 0)[:, None], 0, np.inf),
        optimize.LinearConstraint(share + opened * slack[:, None], 0, np.inf),
        optimize.LinearConstraint(new, 0, 1),
    ]
    worth = np.append(-np.ones(pairs), np.zeros(m))
    answer = optimize.milp(worth, constraints=rules, integrality=np.ones(pairs + m), bounds=optimize.Bounds(0, 1))
    assert answer.status == 0
    assert round(-answer.fun) == plan.objective


def test_the_document_lists_them_apart_from_new_stations(plan):
    document = results.plan_document(plan)
    assert [row["site_id"] for row in document["enlarged"]] == list(plan.enlarged["site_id"])
    assert {site["id"] for site in document["open_sites"]} == set(plan.proposals["site_id"])
    assert document["not_enlarged"]


def test_without_enlarging_nothing_changes_but_how_many_stand_near_a_station_is_told(plan, beijing, draft):
    alone = planning.plan(beijing, draft, dataclasses.replace(ASKED, enlarge=False))
    assert alone.enlarged is alone.additions is alone.not_enlarged is None
    assert alone.objective == len(alone.annex) < plan.objective
    near = alone.coverage_before.nearest.loc[alone.annex["entity_key"]] <= 3000
    assert alone.near_existing == near.sum() > 0


def test_the_rules_refuse_additions_that_they_would_not_count(plan, beijing, draft, listed):
    before = compliance.audit(beijing, draft)
    added = plan.additions
    count = added["site_id"].value_counts().to_dict()
    assert check_enlarged(before, judged_again(beijing, draft, added, beijing.data_date), count) == []
    station = added["site_id"].iloc[0]
    held = listed[listed["holder_id"] != station].iloc[[0]]
    taken = added.iloc[[0]].assign(uscc=held["uscc"].iloc[0], entity_key=held["uscc"].iloc[0], enterprise_id=None)
    for rows, code in (
        (pd.concat([added, taken], ignore_index=True), "entity_on_active_roster"),
        (added.assign(explicit_need="no"), "need_share_too_low"),
        (added.iloc[1:], "additions_differ"),
    ):
        after = judged_again(beijing, draft, rows.reset_index(drop=True), beijing.data_date)
        told = check_enlarged(before, after, count)
        assert code in {violation.code for violation in told}


def test_a_roster_that_nobody_can_count_is_left_as_it_is(beijing, draft):
    station = planning.plan(beijing, draft, ASKED).enlarged["site_id"].iloc[0]
    rosters = beijing.rosters[beijing.rosters["holder_id"] != station]
    mine = beijing.rosters[beijing.rosters["holder_id"] == station].head(45).assign(uscc=None, enterprise_id=None)
    doubtful = beijing.replace(rosters=pd.concat([rosters, mine], ignore_index=True).astype(beijing.rosters.dtypes))
    plan = planning.plan(doubtful, draft, ASKED)
    assert station not in set(plan.enlarged["site_id"])
    assert plan.not_enlarged.set_index("site_id").loc[station, "reason"] == "roster_unsettled"


def test_staff_limit_old_and_new_rosters_counted_from_the_raw_staff_table(beijing, draft, listed):
    asked = dataclasses.replace(ASKED, unit="110105", stations=2, members_per_staff=60, new_staff=2)
    plan = planning.plan(beijing, draft, asked)
    now = beijing.staff[beijing.staff["to_date"].isna() & (beijing.staff["qualified"] == "yes")]
    persons = now.groupby("institution_id")["person_id"].nunique()
    for row in plan.enlarged.itertuples():
        assert row.all_members <= 60 * persons[row.site_id] == row.capacity
        assert row.staff == persons[row.site_id]
    assert (plan.proposals["newly_served"] <= 120).all()
    assert (plan.proposals["capacity"] == 120).all()
    assert plan.objective < planning.plan(beijing, draft, dataclasses.replace(asked, members_per_staff=90)).objective


def test_unknown_staff_serve_nobody_more_and_full_ones_neither(beijing, draft, plan):
    first, second = "W-003", "W-004"
    asked = dataclasses.replace(ASKED, unit="110105", members_per_staff=60)
    institutions = beijing.institutions.copy()
    unknown = institutions["institution_id"] == first
    institutions.loc[unknown, ["full_time_staff", "part_time_staff"]] = pd.NA
    institutions.loc[institutions["institution_id"] == second, ["full_time_staff", "part_time_staff"]] = [1, 0]
    staff = beijing.staff[~beijing.staff["institution_id"].isin([first, second])].reset_index(drop=True)
    made = planning.plan(beijing.replace(institutions=institutions, staff=staff), draft, asked)
    reasons = made.not_enlarged.set_index("site_id")["reason"]
    assert (reasons[first], reasons[second]) == ("staff_unknown", "staff_full")


def test_candidates_with_too_few_staff_are_kept_out_by_that_name(beijing, draft):
    asked = dataclasses.replace(ASKED, members_per_staff=40)
    with pytest.raises(NotSolved, match=r"candidates have too few staff"):
        planning.plan(beijing, draft, asked)
    plan = planning.plan(beijing, draft, dataclasses.replace(asked, unit="110105"))
    assert set(plan.candidates_kept_out["reason"]) >= {"too_few_staff"}
    assert len(plan.proposals) == 0 < len(plan.enlarged)


def test_the_checker_finds_a_roster_beyond_its_staff(plan, beijing, draft):
    before = compliance.audit(beijing, draft)
    count = plan.additions["site_id"].value_counts().to_dict()
    after = judged_again(beijing, draft, plan.additions, beijing.data_date)
    assert {v.code for v in check_enlarged(before, after, count, 2)} == {"too_few_staff"}
    few = dataclasses.replace(ASKED, members_per_staff=1)
    found = check_staff(plan.annex, beijing, draft, few, beijing.data_date)
    assert [(v.code, v.required) for v in found] == [("too_few_staff", 1)] * plan.annex["site_id"].nunique()
    three_each = dataclasses.replace(ASKED, members_per_staff=3, new_staff=2)
    assert {v.required for v in check_staff(plan.annex, beijing, draft, three_each, beijing.data_date)} == {6}


def test_margins_are_counted_of_old_and_new_members_together(monkeypatch):
    """50 old members and 7 new ones: 57 need 35 with a need (three in five, rounded up), and there are 30 and 6."""
    facts = dict.fromkeys(FACTS) | {"members": 50, "with_need": 30}
    rows = pd.DataFrame([facts, facts | {"members": 80}]).rename(columns={"site_id": "institution_id"})
    monkeypatch.setattr(enlarging, "_counts", lambda *_: np.array([[9, 9, 9], [6, 1, 0], [0, 0, 0]]))
    told = enlarging.enlarged_table(
        SimpleNamespace(candidates=["new"], existing=rows), None, {"need_share": (3, 5), "min_roster": 50}
    )
    assert told[["rank", "old_members", "newly_served", "all_members", "all_need"]].to_numpy().tolist() == [
        [1, 50, 7, 57, 36]
    ]
    assert told[["margin_roster", "margin_need"]].to_numpy().tolist() == [[7, 1]]
