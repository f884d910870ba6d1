"""What a closed site would add or replace, checked by solving again with the site forced in or out."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.reach import Reach
from ipps_geo.siting import Evaluator, plan_workstations
from ipps_geo.siting.choices.exchanges import Exchanges
from ipps_geo.siting.choices.explain import CLOSED_REASONS, explain_closed_sites
from tests.siting.workstations.instances import forced, instance

pytestmark = pytest.mark.slow(planted=True)


def served(reach: Reach, needs: np.ndarray, sites: Any, request: dict[str, Any]) -> tuple[float, float] | None:
    """(worst share or 0, weight served) by the solver with these stations forced; None where they cannot all hold."""
    plan = forced(reach, needs, sites, request)
    if plan.status == "infeasible":
        return None
    assert abs(plan.bound - plan.objective) <= 1e-6 + 1e-5 * abs(plan.objective)  # the tolerance of the solver
    weights = np.asarray(request.get("weights", np.ones(reach.n_demand)))
    worst = plan.objective if request.get("objective") == "worst_unit" else 0.0
    return worst, float(weights[plan.assignment >= 0].sum())


def close(a: float, b: float) -> bool:
    return a == pytest.approx(b, rel=1e-7, abs=1e-6)


def check_explained(seed: int, objective: str) -> None:
    """Every figure of one small plan against the solver."""
    reach, needs, request = instance(seed, objective=objective)
    plan = plan_workstations(reach, needs, **request, gap=0)
    if not abs(plan.bound - plan.objective) <= 1e-6 + 1e-5 * abs(plan.objective):
        return
    table = explain_closed_sites(plan, reach, needs, **request)
    evaluator = Evaluator(reach, needs, **request)
    existing = np.asarray(request.get("existing_sites", np.zeros(0, int)))
    new = np.setdiff1d(plan.open_sites, existing)
    assert table["site"].tolist() == sorted(set(range(reach.n_sites)) - set(existing.tolist()) - set(new.tolist()))
    assert set(table["reason"]) <= set(CLOSED_REASONS)
    base = served(reach, needs, new, request)
    assert base is not None
    for row in table.to_dict("records"):
        if evaluator.place[row["site"]] < 0:
            assert row["would_add_at_most"] == 0
            continue
        beside = served(reach, needs, [*new, row["site"]], request)
        assert (row["reason"] == "starved") == (beside is None and row["reason"] != "forbidden"), row
        if beside is not None:
            if objective == "worst_unit":
                assert close(row["would_raise"], beside[0] - base[0])
            else:
                assert close(row["would_add"], beside[1] - base[1])
                assert close(row["would_add_at_most"], row["would_add"])
        swaps = {}
        for out in new.tolist():
            chosen = [*new[new != out], row["site"]]
            if evaluator.allows(np.array(chosen)):
                swaps[out] = served(reach, needs, chosen, request)
        possible = {out: value for out, value in swaps.items() if value is not None}
        if not possible:
            assert row["would_replace"] is None or row["would_replace"] != row["would_replace"], row
        elif objective == "worst_unit":
            assert close(-row["swap_drop"], max(value[0] for value in possible.values()) - base[0])
        else:
            assert close(-row["swap_loss"], max(value[1] for value in possible.values()) - base[1])
            assert close(row["swap_loss_at_least"], row["swap_loss"])
            assert close(possible[row["would_replace"]][1], base[1] - row["swap_loss"])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from(["covered", "covered", "fewest_sites", "worst_unit"]))
def test_gains_and_swaps_are_what_a_solve_with_the_site_forced_says(seed: int, objective: str) -> None:
    check_explained(seed, objective)


def test_many_plans_are_explained_as_re_solving_says(explained: int) -> None:
    """The same on as many plans as ``--explained`` asks for."""
    objectives = itertools.cycle(["covered", "fewest_sites", "worst_unit"])
    for seed in range(500_000, 500_000 + explained):
        check_explained(seed, next(objectives))


def test_when_time_is_short_a_range_is_told_and_never_a_ceiling_as_a_value() -> None:
    reach, needs, request = instance(11, objective="covered", n=120, m=20)
    request = {"n_sites": 4, "min_roster": 5}
    plan = plan_workstations(reach, needs, **request, gap=0)
    known = explain_closed_sites(plan, reach, needs, **request).set_index("site")
    short = explain_closed_sites(plan, reach, needs, **request, time_limit_s=0.0).set_index("site")
    assert short["would_add"].isna().any()
    viable = short["would_add"].isna()
    assert (short.loc[viable, "would_add_at_most"] >= known.loc[viable, "would_add"].fillna(-np.inf)).all()
    assert set(short.loc[viable, "reason"]) <= {"not_examined", "adds_nothing"}
    losses = known["swap_loss"].fillna(np.inf)
    assert (short["swap_loss_at_least"].fillna(-np.inf) <= losses).all()


def test_losses_of_a_plans_own_stations_are_solves_without_them() -> None:
    reach, needs, request = instance(5, objective="covered")
    request = {"n_sites": 3, "min_roster": 2, "need_share": (1, 2)}
    plan = plan_workstations(reach, needs, **request, gap=0)
    losses = Exchanges(Evaluator(reach, needs, **request), plan).losses
    assert sorted(losses) == plan.open_sites.tolist()
    for site, change in losses.items():
        rest = served(reach, needs, plan.open_sites[plan.open_sites != site], request)
        assert rest is not None
        assert close(change.value, rest[1] - plan.objective)


def test_forbidden_and_weighted_sites_are_explained_too() -> None:
    reach, needs, request = instance(3, objective="covered")
    request = {"n_sites": 2, "min_roster": 2, "forbidden_sites": [0], "weights": np.arange(30) % 3}
    plan = plan_workstations(reach, needs, **request)
    table = explain_closed_sites(plan, reach, needs, **request).set_index("site")
    assert table.loc[0, "reason"] == "forbidden"


def test_a_station_that_is_there_already_gives_way_to_nobody() -> None:
    reach = Reach.from_points([[0, 0]] * 2 + [[9, 0]] * 4 + [[30, 0]] * 3, [[0, 0], [9, 0], [30, 0]], 5)
    request = {"n_sites": 1, "min_roster": 2, "existing_sites": [0], "existing_rosters": [(3, 3)]}
    plan = plan_workstations(reach, [1] * 9, **request)
    assert plan.open_sites.tolist() == [0, 1]
    (row,) = explain_closed_sites(plan, reach, [1] * 9, **request).itertuples()
    assert (row.site, row.would_replace, row.swap_loss) == (2, 1, 1)
