"""Reasons, checked against what they claim: by counting pairs, and by solving again with the site forced open."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations
from ipps_geo.siting.choices.explain import (
    UNCOVERED_REASONS,
    drop_list,
    explain_closed_sites,
    explain_open_sites,
    explain_uncovered,
)
from ipps_geo.siting.workstations.eligibility import eligibility

RULES = {"min_roster": 4, "need_share": (3, 5)}


def city(seed: int, n: int = 60, m: int = 7) -> tuple[Reach, np.ndarray]:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(0, 100, (n, 2)), random.uniform(0, 100, (m, 2)), 22)
    return reach, random.integers(-1, 2, n)


def test_eligibility_says_how_many_are_short_of_fifty() -> None:
    reach = Reach.from_points([[x, 0] for x in range(43)] + [[9000, 0]], [[0, 0]], 3000)
    assert eligibility(reach, [1] * 44).loc[0, ["reachable", "shortfall", "can_open"]].tolist() == [43, 7, False]


def test_too_little_need_is_a_shortfall_of_need() -> None:
    reach = Reach.from_points([[x, 0] for x in range(60)], [[0, 0]], 3000)
    site = eligibility(reach, [1] * 25 + [0] * 30 + [-1] * 5).loc[0]
    # 25 with need carry floor(50 / 3) = 16 others; a roster of 50 needs 30.
    assert site[["largest_roster", "shortfall", "need_shortfall", "can_open"]].tolist() == [41, 9, 5, False]
    assert site["can_open_if_unknown_need"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(3, 5), (0, 1), (1, 1)]))
def test_eligibility_equals_the_count_of_pairs(seed: int, share: tuple[int, int]) -> None:
    reach, needs = city(seed)
    table = eligibility(reach, needs, min_roster=4, need_share=share, capacity=9)
    within = np.hypot(*(reach.demand_xy[:, None] - reach.site_xy[None]).transpose(2, 0, 1)) <= reach.limit
    for site, row in table.iterrows():
        t, b = int((within[:, site] & (needs == 1)).sum()), int((within[:, site] & (needs != 1)).sum())
        sizes = [t + q for q in range(b + 1) if share[1] * t >= share[0] * (t + q)]
        assert (row["reachable"], row["with_need"]) == (t + b, t)
        assert row["largest_roster"] == min(max(sizes, default=0), 9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_each_unserved_row_gets_the_reason_that_a_reader_would_give(seed: int) -> None:
    reach, needs = city(seed)
    plan = plan_workstations(reach, needs, n_sites=2, **RULES, time_limit_s=20)
    table = explain_uncovered(plan, reach, needs, **RULES)
    assert table["demand"].tolist() == np.flatnonzero(plan.assignment < 0).tolist()
    assert set(table["reason"]) <= set(UNCOVERED_REASONS)
    able = eligibility(reach, needs, **RULES)["can_open"].to_numpy()
    pairs = reach.pairs
    for row in table.itertuples():
        sites = pairs.indices[pairs.indptr[row.demand] : pairs.indptr[row.demand + 1]]
        opened = np.intersect1d(sites, plan.open_sites)
        assert (row.reaching_sites, row.reaching_open_sites) == (len(sites), len(opened))
        if len(sites) == 0:
            assert row.reason == "out_of_reach"
        elif len(opened):
            # A proven plan leaves out nobody whom a station could simply take.
            assert row.reason == "left_out_for_need_share"
            assert needs[row.demand] != 1
        elif not able[sites].any():
            assert row.reason == "reachable_sites_cannot_reach_minimum"
        else:
            assert row.reason == "lost_to_budget"


def test_capacity_and_forbidden_sites_are_named() -> None:
    reach = Reach.from_points([[x, 0] for x in range(8)] + [[500, 0]] * 5, [[0, 0], [500, 0]], 100)
    needs = np.ones(13, int)
    rules = RULES | {"capacity": 5}
    plan = plan_workstations(reach, needs, n_sites=2, **rules, forbidden_sites=[1])
    reasons = explain_uncovered(plan, reach, needs, **rules, forbidden_sites=[1])["reason"].tolist()
    assert sorted(set(reasons)) == ["left_out_for_capacity", "reachable_sites_forbidden"]
    assert reasons.count("reachable_sites_forbidden") == 5


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_open_sites_are_counted_with_their_margins_and_their_drop_list(seed: int) -> None:
    reach, needs = city(seed)
    plan = plan_workstations(reach, needs, n_sites=3, **RULES, time_limit_s=20)
    table = explain_open_sites(plan, reach, needs, **RULES)
    assert table["site"].tolist() == plan.open_sites.tolist()
    assert table["newly_served"].sum() == plan.objective
    assert (table[["margin_roster", "margin_need"]] >= 0).all(axis=None)
    assert (table["newly_served"] == table[["with_need", "without_need", "unknown_need"]].sum(axis=1)).all()
    dropped = drop_list(plan, reach, needs)
    per_site = dropped.groupby("site").size().reindex(plan.open_sites, fill_value=0)
    assert table["dropped_without_need"].tolist() == per_site.tolist()
    assert (plan.assignment[dropped["demand"]] == -1).all()
    assert (dropped["cost"] <= reach.limit).all()


def test_an_argument_that_no_plan_has_is_refused() -> None:
    reach, needs = city(3)
    plan = plan_workstations(reach, needs, n_sites=1, **RULES)
    with pytest.raises(BadInput, match="n_stations"):
        explain_closed_sites(plan, reach, needs, n_stations=3)
    with pytest.raises(BadInput, match="needs"):
        eligibility(reach, needs[:-1])
