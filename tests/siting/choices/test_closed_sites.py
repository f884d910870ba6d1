"""What a closed site would add, checked by solving again with the site forced open."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations
from ipps_geo.siting.choices.explain import CLOSED_REASONS, explain_closed_sites

RULES = {"min_roster": 4, "need_share": (3, 5)}


def city(seed: int, n: int = 60, m: int = 7) -> tuple[Reach, np.ndarray]:
    random = np.random.default_rng(seed)
    reach = Reach.from_points(random.uniform(0, 100, (n, 2)), random.uniform(0, 100, (m, 2)), 22)
    return reach, random.integers(-1, 2, n)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_what_a_closed_site_would_add_is_what_a_solve_with_it_adds(seed: int) -> None:
    reach, needs = city(seed)
    request = RULES | {"n_sites": 2}
    plan = plan_workstations(reach, needs, **request, time_limit_s=20)
    table = explain_closed_sites(plan, reach, needs, **request)
    assert table["site"].tolist() == sorted(set(range(reach.n_sites)) - set(plan.open_sites.tolist()))
    assert set(table["reason"]) <= set(CLOSED_REASONS)
    assert (table["would_add"] <= table["would_add_at_most"]).all()
    for row in table.itertuples():
        others = np.setdiff1d(np.arange(reach.n_sites), [*plan.open_sites, row.site])
        beside = plan_workstations(reach, needs, n_sites=3, **RULES, forbidden_sites=others, time_limit_s=20)
        gain = beside.objective - plan.objective
        assert row.would_add == gain
        if row.reason.startswith("cannot"):
            assert row.largest_roster < 4
            assert gain == 0
        elif row.would_replace is not None and row.would_replace == row.would_replace:
            kept = [site for site in plan.open_sites if site != row.would_replace]
            closed = np.setdiff1d(np.arange(reach.n_sites), [*kept, row.site])
            swapped = plan_workstations(reach, needs, **request, forbidden_sites=closed, time_limit_s=20)
            assert plan.objective - swapped.objective >= row.swap_loss - 1e-9


def test_forbidden_and_weighted_sites_are_explained_too() -> None:
    reach, needs = city(3)
    request = RULES | {"n_sites": 2, "forbidden_sites": [0], "weights": np.arange(60) % 3}
    plan = plan_workstations(reach, needs, **request)
    table = explain_closed_sites(plan, reach, needs, **request).set_index("site")
    assert table.loc[0, "reason"] == "forbidden"
    assert (table["would_add"] >= 0).all()


def test_a_station_that_is_there_already_gives_way_to_nobody() -> None:
    reach = Reach.from_points([[0, 0]] * 2 + [[9, 0]] * 4 + [[30, 0]] * 3, [[0, 0], [9, 0], [30, 0]], 5)
    request = {"n_sites": 1, "min_roster": 2, "existing_sites": [0], "existing_rosters": [(3, 3)]}
    plan = plan_workstations(reach, [1] * 9, **request)
    assert plan.open_sites.tolist() == [0, 1]
    (row,) = explain_closed_sites(plan, reach, [1] * 9, **request).itertuples()
    assert (row.site, row.would_replace, row.swap_loss) == (2, 1, 1)
