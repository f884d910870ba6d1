"""Stations that may close or move, through planning: counted from the tables with and without them, and told."""

import dataclasses

import pandas as pd
import pytest

from ipps_geo import planning, results
from ipps_geo.errors import BadInput
from ipps_geo.planning import solving
from ipps_geo.planning.access import key_population
from ipps_geo.planning.freed import without
from ipps_geo.planning.proposals import plan
from ipps_geo.report.book.workbook import write_plan_workbook
from ipps_geo.screens.terminal.summary import plan_summary
from ipps_geo.workspace import generate_demo
from ipps_geo.workspace.activity import active_institutions, day_of

pytestmark = pytest.mark.slow(planted=True)


@pytest.fixture(scope="module")
def town():
    return generate_demo(enterprises=6000, seed=11)


@pytest.fixture(scope="module")
def asked(town):
    stations = active_institutions(town.institutions, day_of(town, None), "workstation")["institution_id"].tolist()
    return planning.PlanParameters(stations=1, reach_km=6.0, time_limit_s=30, closable=tuple(stations[:3]))


@pytest.fixture(scope="module")
def made(town, asked, draft):
    def here(_, arguments, progress=None, **__):
        return solving.solve_here(**arguments, progress=progress or (lambda _: None), should_stop=lambda: False), None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "run_in_child", here)
        return plan(town, draft, asked)


def test_what_is_served_afterwards_less_what_was_before_is_the_objective(made, town, draft):
    day = day_of(town, None)
    before = key_population(town, draft, day)
    after = key_population(without(town, made.closures["institution_id"]), draft, day)
    listed = after["holder_id"].notna() | after["entity_key"].isin(made.annex["entity_key"])
    assert made.objective == listed.sum() - before["holder_id"].notna().sum()
    assert made.status == "optimal"
    city = made.coverage_after.by_unit.set_index("unit").loc["city"]
    assert city["on_roster"] == listed.sum()
    told = made.turnover
    assert told["listed"] == len(made.annex) == told["served_before"] + told["newly_served"]
    assert told["net"] == made.objective == told["newly_served"] - told["given_up"]
    assert results.plan_document(made)["turnover"] == told


def test_it_serves_at_least_as_many_as_a_plan_in_which_all_stay(made, town, asked, draft):
    stay = plan(town, draft, dataclasses.replace(asked, closable=()))
    assert made.objective >= stay.objective


def test_stations_that_close_are_listed_apart_with_their_rosters(made, town, tmp_path):
    table = made.closures
    assert len(table)
    assert (table["members"] == table["served_again"] + table["given_up"]).all()
    assert len(made.proposals) <= 1 + table["moved_to"].notna().sum()
    assert set(table["moved_to"].dropna()) <= set(made.proposals["site_id"])
    told = "\n".join(plan_summary(town, made))
    assert f"迁移 {table['moved_to'].notna().sum()} 个" in told
    book = write_plan_workbook(town, made, tmp_path / "plan.xlsx")
    sheet = pd.read_excel(book, sheet_name="关闭与迁移的现有站", header=None, engine="calamine")
    assert set(table["institution_id"]) <= set(sheet[0].dropna().astype(str))
    told = [row["institution_id"] for row in results.plan_document(made)["closures"]]
    assert told == table["institution_id"].tolist()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"closing_cost": -1.0}, "plan.cost_negative"),
        ({"moving_cost": 1.0}, "plan.cost_alone"),
        ({"spacing_km": 1.0}, "plan.closing_alone"),
        ({"frontier": 2}, "plan.closing_alone"),
        ({"balance": True}, "plan.closing_alone"),
    ],
)
def test_what_does_not_go_with_closing_is_refused(change, code, asked):
    with pytest.raises(BadInput) as refused:
        dataclasses.replace(asked, **change)
    assert refused.value.code == code


def test_a_station_that_is_none_is_named(town, asked, draft):
    with pytest.raises(BadInput) as refused:
        plan(town, draft, dataclasses.replace(asked, closable=("W-nobody",)))
    assert refused.value.code == "plan.no_station_to_close"
