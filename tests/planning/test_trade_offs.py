"""Plans that lean to one wish each: real plans, measured alike, none of them summed up in a score."""

import pytest

from ipps_geo import planning
from ipps_geo.planning.trade_offs import LEANINGS, _with_dominated, measured, trade_offs


@pytest.fixture(scope="module")
def found(beijing, draft):
    return trade_offs(
        beijing, draft, planning.PlanParameters(stations=2, time_limit_s=10), leanings=("most", "even", "small")
    )


def test_every_row_is_a_checked_plan_and_what_it_is_worth(found, beijing):
    assert set(found.table["leaning"]) == set(found.plans) <= set(LEANINGS)
    for row in found.table.to_dict("records"):
        plan = found.plans[row["leaning"]]
        assert plan.violations == ()
        assert row["newly_served"] == plan.proposals["newly_served"].sum() == len(plan.annex)
        sizes = beijing.enterprises.set_index("enterprise_id")["sme_class"].loc[plan.annex["enterprise_id"]]
        assert row["small_served"] == sum(size in ("small", "micro") for size in sizes)


def test_each_leaning_is_best_in_what_it_leans_to(found):
    table = found.table.set_index("leaning")
    assert table["newly_served"].idxmax() == "most"
    assert table.loc["even", "behind"] <= table["behind"].min()
    assert table.loc["small", "small_served"] >= table.loc["most", "small_served"]


def test_a_row_is_called_dominated_where_another_beats_it_everywhere(found):
    rows = found.table.drop(columns="dominated").iloc[[0, 0]].assign(newly_served=[60, 59])
    assert _with_dominated(rows)["dominated"].tolist() == [False, True]
    assert _with_dominated(rows.assign(behind=[1, 0]))["dominated"].tolist() == [False, False]


def test_what_cannot_go_together_is_left_out_with_its_reason(beijing, draft):
    own = {"yes": 2, "no": 1, "unknown": 1}
    asked = planning.PlanParameters(
        stations=2, time_limit_s=10, weight_by="explicit_need", weight_of=own, floor_percent=20
    )
    found = trade_offs(beijing, draft, asked, leanings=("even", "small", "cheap"))
    assert set(found.plans) == {"most"}
    told = {leaning: error.code for leaning, error in found.left_out.items()}
    assert told == {"even": "plan.floor_stands", "small": "weight.one_way", "cheap": "plan.cost_unknown"}


def test_costs_are_told_only_where_every_carrier_tells_its_own(found, beijing):
    assert found.table["annual_cost"].isna().all()
    priced = beijing.replace(carriers=beijing.carriers.assign(annual_cost=10.0))
    assert measured(priced, found.plans["most"])["annual_cost"] == 20.0
