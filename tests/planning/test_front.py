"""A front of two wishes through planning: each point counted again, and told in sheet, summary and document."""

import dataclasses

import pandas as pd
import pytest

from ipps_geo import planning, results
from ipps_geo.errors import BadInput, UnsoundPlan
from ipps_geo.planning import front, solving
from ipps_geo.planning.proposals import plan
from ipps_geo.report.book.workbook import write_plan_workbook
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.screens.terminal.summary import plan_summary
from ipps_geo.siting.choices.two_wishes import FrontPoint
from ipps_geo.workspace import generate_demo

pytestmark = pytest.mark.slow(planted=True)

ASKED = planning.PlanParameters(stations=2, reach_km=4.0, time_limit_s=15, front_points=3)


@pytest.fixture(autouse=True)
def in_here(monkeypatch):
    """Solve in this process."""

    def here(_, arguments, progress=None, **__):
        return solving.solve_here(**arguments, progress=progress or (lambda _: None), should_stop=lambda: False), None

    monkeypatch.setattr(solving, "run_in_child", here)


@pytest.fixture(scope="module")
def town():
    made = generate_demo(enterprises=3000, seed=4)
    carriers = made.carriers.assign(annual_cost=20.0 + made.carriers.index % 9)
    return made.replace(carriers=carriers)


@pytest.mark.parametrize("wish", ["reach", "cost", "distance", "worst_unit"])
def test_every_wish_has_a_front_that_begins_with_the_plan(wish, town, draft):
    made = plan(town, draft, dataclasses.replace(ASKED, front=wish))
    assert made.violations == ()
    assert made.front["objective"].iloc[0] == made.objective
    assert (made.front["objective"] <= made.front["bound"]).all()
    told = "\n".join(plan_summary(town, made))
    assert f"个方案，{(made.front['status'] == 'optimal').sum()} 个已证明最优" in told


def test_sheet_and_document_hold_the_points(town, draft, tmp_path):
    made = plan(town, draft, dataclasses.replace(ASKED, front="cost"))
    book = write_plan_workbook(town, made, tmp_path / "plan.xlsx")
    sheet = pd.read_excel(book, sheet_name="权衡 年成本（万元）", header=None, engine="calamine")
    assert sheet[0].tolist().count("序号") == 1
    assert not [name for name in made.front if not catalogue("zh").has(f"column.{name}")]  # no header in English
    document = results.plan_document(made)
    carriers = town.carriers.set_index("carrier_id")["annual_cost"]
    for row in document["front"]:
        assert row["yearly_cost"] == carriers[row["open_sites"].split(";")].sum()


def test_a_point_that_claims_more_of_the_second_wish_is_refused(town, draft, monkeypatch):
    value = FrontPoint.__init__

    def lying(self, plan, level, wish):
        value(self, plan, level, wish + 1)

    monkeypatch.setattr(FrontPoint, "__init__", lying)
    with pytest.raises(UnsoundPlan):
        plan(town, draft, dataclasses.replace(ASKED, front="cost"))


def test_a_front_needs_points_and_goes_with_most_served():
    for wrong in ({"front_points": 1}, {"objective": "worst_unit"}, {"spacing_km": 2.0}):
        with pytest.raises(BadInput):
            dataclasses.replace(ASKED, front="reach", **wrong)
    assert front.value_name("distance", ASKED.travel) == "mean_distance_m"
