"""Years and scenarios through planning: kept, counted again, told, and refused where they cannot be."""

import dataclasses

import pandas as pd
import pytest

from ipps_geo import planning, results
from ipps_geo.errors import BadInput
from ipps_geo.planning import solving, stages
from ipps_geo.planning.parameters import parameters_of, years_of
from ipps_geo.planning.proposals import plan
from ipps_geo.report.book.workbook import write_plan_workbook
from ipps_geo.screens.terminal.summary import plan_summary
from ipps_geo.workspace import generate_demo

pytestmark = pytest.mark.slow(planted=True)

ASKED = planning.PlanParameters(stations=3, reach_km=4.0, time_limit_s=15, years=(1, 3), robust="worst")


@pytest.fixture(scope="module")
def town():
    return generate_demo(enterprises=3000, seed=4)


@pytest.fixture(scope="module")
def made(town, draft):
    def here(_, arguments, progress=None, **__):
        return solving.solve_here(**arguments, progress=progress or (lambda _: None), should_stop=lambda: False), None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "run_in_child", here)
        return plan(town, draft, ASKED)


def test_the_order_keeps_its_stations_and_states_its_price(made, town):
    years = made.years
    assert years["n_sites"].tolist() == [1, 3]
    assert (years["price"] == years["alone"] - years["objective"]).all()
    assert (years["objective"] <= years["alone_bound"]).all()
    assert years["objective"].sum() <= years["sum_bound"].iloc[0]
    opened = [site for added in years["added"] for site in added.split(";")]
    assert len(opened) == len(set(opened)) == 3
    assert "逐年设立" in "\n".join(plan_summary(town, made))


def test_no_scenario_is_worse_than_promised_and_regret_is_told_of_both(made):
    table = made.scenarios.set_index("scenario")
    assert set(table.index) == {"unchanged", "reach_x0.8", "reach_x1.2", "unknown_yes", "growth_x1.2"}
    assert table["objective"].min() >= table["of_plan"].min()
    assert (table["regret"] == table["alone"] - table["objective"]).all()
    assert table.loc["unchanged", "of_plan"] == made.objective
    assert table.loc["unchanged", "regret_of_plan"] == 0


def test_sheets_and_document_hold_both_and_a_saved_plan_asks_again(made, town, tmp_path):
    book = write_plan_workbook(town, made, tmp_path / "plan.xlsx")
    told = pd.read_excel(book, sheet_name="各情景下的稳健方案", header=None, engine="calamine")
    assert "服务半径缩短到 0.8 倍" in told[0].tolist()
    document = results.plain(results.plan_document(made))
    assert [row["year"] for row in document["years"]] == [1, 2]
    again = parameters_of(document)
    assert (again.years, again.robust) == ((1, 3), "worst")


def test_what_brought_nothing_in_time_is_said(made, town):
    told = "\n".join(plan_summary(town, dataclasses.replace(made, years=None, scenarios=None)))
    assert told.count("没有得到结果") == 2


def test_the_checker_finds_a_station_that_is_given_up(town, draft, made):
    from ipps_geo.planning.instance import siting_instance
    from ipps_geo.planning.proposals import siting_request
    from ipps_geo.siting import plan_workstations
    from ipps_geo.siting.choices.linked import Linked, Stage
    from ipps_geo.workspace.activity import day_of

    day = day_of(town, None)
    instance = siting_instance(town, draft, ASKED, day, ASKED.travel)
    request = siting_request(instance, draft, ASKED, day)
    reach, needs, asked = stages._parts(request)
    first = plan_workstations(reach, needs, **asked, gap=0.0)
    other = plan_workstations(reach, needs, **asked, gap=0.0, forbidden_sites=first.open_sites)
    pair = (Stage("1", reach, needs, asked), Stage("2", reach, needs, asked))
    faulty = Linked(pair, (first, other), (first, first), 0.0, 0.0)
    assert "station_given_up" in {v.code for v in stages.check_linked(faulty, instance, nested=True)}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"years": (3, 1)}, "plan.years_wrong"),
        ({"years": (1, 2)}, "plan.years_end"),
        ({"objective": "worst_unit"}, "plan.comparisons_need_covered"),
        ({"spacing_km": 1.0}, "plan.wishes_alone"),
    ],
)
def test_years_that_fall_or_end_elsewhere_are_refused(change, code):
    with pytest.raises(BadInput) as refused:
        dataclasses.replace(ASKED, **change)
    assert refused.value.code == code


def test_years_are_typed_as_numbers():
    with pytest.raises(BadInput):
        years_of("3,x")
