"""Robustness: each variation is a plan of its own, and the counts are the counts of those plans."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ipps_geo.reach import Reach
from ipps_geo.siting import plan_workstations
from ipps_geo.siting.choices.robustness import Variation, robustness, variations

RULES = {"n_sites": 2, "min_roster": 3, "need_share": (3, 5)}


@pytest.fixture
def city() -> tuple[Reach, np.ndarray]:
    random = np.random.default_rng(4)
    reach = Reach.from_points(random.uniform(0, 100, (60, 2)), random.uniform(0, 100, (7, 2)), 22)
    return reach, random.integers(-1, 2, 60)


def test_each_variation_is_planned_as_if_it_stood_alone(city: tuple[Reach, np.ndarray]) -> None:
    reach, needs = city
    found = robustness(reach, needs, **RULES)
    by_name = {trial.name: trial for trial in variations(reach, needs, min_roster=3)}
    assert found.variations["variation"].tolist() == ["unchanged", *by_name]
    counts = dict.fromkeys(range(7), 0)
    for row in found.variations.itertuples():
        trial = by_name.get(row.variation, Variation("unchanged"))
        alone = plan_workstations(
            reach if trial.reach is None else trial.reach,
            needs if trial.needs is None else trial.needs,
            **(RULES | ({} if trial.min_roster is None else {"min_roster": trial.min_roster})),
        )
        assert row.objective == alone.objective
        for site in row.open_sites:
            counts[site] += 1
    for row in found.sites.itertuples():
        assert row.chosen == counts[row.site]
        assert row.of == len(found.variations)
    assert found.sites["chosen"].is_monotonic_decreasing
    assert found.sites.loc[found.sites["in_base"], "site"].isin(found.variations["open_sites"].iloc[0]).all()


def test_the_regret_is_what_other_sites_would_have_served_more(city: tuple[Reach, np.ndarray]) -> None:
    reach, needs = city
    found = robustness(reach, needs, **RULES).variations
    assert found["regret"].iloc[0] == 0
    assert (found["regret"] >= 0).all()
    base = found["open_sites"].iloc[0]
    others = np.setdiff1d(np.arange(7), base)
    yes = np.where(needs == -1, 1, needs)
    kept = plan_workstations(reach, yes, **RULES, forbidden_sites=others)
    row = found.set_index("variation").loc["unknown_yes"]
    assert row["base_value"] == kept.objective


def test_unknown_answers_bound_the_plan_from_both_sides(city: tuple[Reach, np.ndarray]) -> None:
    reach, needs = city
    objective = robustness(reach, needs, **RULES).variations.set_index("variation")["objective"]
    drawn = objective[objective.index.str.startswith("unknown_drawn")]
    assert ((drawn >= objective["unchanged"]) & (drawn <= objective["unknown_yes"])).all()


def test_a_reach_of_listed_pairs_is_only_shortened() -> None:
    reach = Reach.from_costs(sparse.csr_array([[4.0, 9.0], [8.0, 2.0]]), 10, unit="min")
    names = [trial.name for trial in variations(reach, [1, 0], min_roster=3, min_roster_steps=[-5])]
    assert names == ["reach_x0.8", "reach_x0.9"]
    shorter = next(trial.reach for trial in variations(reach, [1, 0]) if trial.name == "reach_x0.8")
    assert shorter is not None
    assert (shorter.limit, shorter.unit, shorter.pairs.nnz) == (8.0, "min", 3)


def test_a_variation_without_a_plan_is_counted_out() -> None:
    reach = Reach.from_points([[0, 0]] * 5, [[0, 0]], 5)
    found = robustness(
        reach, [1] * 5, n_sites=1, min_roster=5, required_sites=[0], scenarios=[Variation("minimum_6", min_roster=6)]
    )
    assert found.variations["status"].tolist() == ["optimal", "infeasible"]
    assert found.sites[["site", "chosen", "of"]].values.tolist() == [[0, 1, 1]]
