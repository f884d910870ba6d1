"""Every page in both languages and in its states: empty, filled, with an error."""

import datetime as dt

import pytest

from ipps_geo import planning
from ipps_geo.errors import BadInput
from ipps_geo.ledger.scenarios import open_scenarios, save_plan
from ipps_geo.report.words.catalogue import LANGUAGES, catalogue

PAGES = ("overview", "data", "compliance", "site", "plan", "scenarios", "export")


@pytest.fixture(scope="module")
def site_test(tested_site):
    return tested_site


def shown(page):
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(page, kind))


def sound(page):
    return not page.exception and not page.error


@pytest.fixture
def offered(monkeypatch):
    """What the pages offer to take away, by the key of the button."""
    import streamlit

    told = {}
    monkeypatch.setattr(streamlit, "download_button", lambda _, data, *, key, **__: told.update({key: data}))
    return told


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_without_an_error_and_says_that_the_data_are_synthetic(open_page, name, lang):
    page = open_page(name, lang)
    assert sound(page), [error.value for error in page.error]
    assert page.title[0].value == catalogue(lang).text(f"app.page_{name}")
    assert any(catalogue(lang).text("page.synthetic_banner") == warning.value for warning in page.warning)


def test_the_measure_gives_no_radius_and_the_pages_say_whose_parameter_it_is(open_page):
    assert "规划人员设定" in shown(open_page("plan"))
    assert "《办法》对距离、半径、时间均无规定" in shown(open_page("overview"))


def test_findings_are_filtered_by_verdict(open_page):
    page = open_page("compliance")
    both = len(page.dataframe[0].value)
    page.multiselect(key="compliance_verdict").set_value(["FAIL"]).run()
    assert sound(page)
    failed = page.dataframe[0].value
    assert 0 < len(failed) < both
    assert set(failed[catalogue("zh").column("verdict")]) == {"✗ 不符合"}


def test_another_day_is_checked(open_page):
    page = open_page("compliance")
    now = {metric.label: metric.value for metric in page.metric}
    page.text_input(key="compliance_day").set_value("2023-01-01").run()
    assert sound(page)
    assert {metric.label: metric.value for metric in page.metric} != now


def test_what_is_no_day_is_said_and_the_page_stays(open_page):
    page = open_page("compliance")
    page.text_input(key="compliance_day").set_value("昨天").run()
    assert "昨天" in page.error[0].value
    assert page.metric


def test_a_plan_is_shown_with_its_proof_and_can_be_saved(open_page, small_plan):
    page = open_page("plan", plan=small_plan)
    assert sound(page)
    assert "已证明最优" in [metric.value for metric in page.metric]
    page.text_input(key="save_name").set_value("两站")
    page.button(key="save_plan").click().run()
    assert [each.name for each in open_scenarios().scenarios()] == ["两站"]


def test_a_scenario_without_a_name_is_asked_for_one(open_page, small_plan):
    page = open_page("plan", plan=small_plan)
    page.button(key="save_plan").click().run()
    assert catalogue("zh").text("app.name_needed") in [error.value for error in page.error]
    assert not open_scenarios().scenarios()


def test_parameters_that_no_plan_can_have_are_a_refusal_and_no_fault_of_the_program(open_page, caplog):
    page = open_page("plan")
    page.number_input(key="plan_stations").set_value(0)
    page.button(key="plan_start").click().run()
    (error,) = page.error
    assert "输入的数据或参数不能使用" in error.value
    assert not [record for record in caplog.records if record.name == "ipps_geo"]


def test_a_failed_solve_is_told_and_the_last_plan_stays(open_page, small_plan):
    page = open_page(
        "plan", plan=small_plan, plan_error=BadInput("plan.no_carrier", where="required_sites", carriers="X")
    )
    assert "没有编号为 X 的载体" in page.error[0].value
    assert catalogue("zh").text("app.result") in [header.value for header in page.subheader]


def test_a_site_is_tested_and_its_dossier_made(open_page, site_test, offered):
    page = open_page("site", site_test=site_test)
    assert sound(page)
    assert "待定" in page.warning[1].value
    page.button(key="site_make_dossier").click().run()
    assert sound(page)
    assert page.session_state["site_dossier"][1].startswith(b"%PDF")
    assert offered["site_dossier_file"] == page.session_state["site_dossier"][1]


def test_a_place_given_by_coordinates_can_be_tested(open_page):
    page = open_page("site")
    page.radio(key="site_how").set_value("lonlat").run()
    page.button(key="site_test_button").click().run()
    assert sound(page)
    assert page.session_state["site_test"].assessment.site_id == "place"


def test_two_scenarios_are_compared(open_page, small_plan):
    store = open_scenarios()
    first = save_plan(store, small_plan, "甲案", who="王")
    second = save_plan(store, small_plan, "乙案")
    page = open_page("scenarios")
    page.multiselect(key="compare_ids").set_value([first.id, second.id]).run()
    assert sound(page)
    assert catalogue("zh").text("app.no_difference") in shown(page)


def test_files_of_coverage_are_made(open_page):
    page = open_page("export")
    page.button(key="make_coverage").click().run()
    assert sound(page)
    _, files = page.session_state["files_coverage"]
    assert {"coverage.xlsx", "coverage.gpkg", "coverage.json"} <= set(files)


def test_the_language_of_the_session_decides(open_page):
    assert open_page("export", "en").title[0].value == "Export"


def test_the_app_opens_with_its_navigation(beijing):
    from streamlit.testing.v1 import AppTest

    from tests.app.conftest import APPS

    page = AppTest.from_file(str(APPS / "streamlit_app.py"), default_timeout=120)
    page.session_state["workspace"] = beijing
    page.session_state["day"] = dt.date(2026, 11, 22)
    page.run()
    assert not page.exception
    assert page.title[0].value == "总览"


def test_what_existing_stations_take_in_stands_apart_from_new_stations(open_page, beijing, draft, offered):
    parameters = planning.PlanParameters(stations=1, unit="110107", enlarge=True)
    plan = planning.plan(beijing, draft, parameters)
    page = open_page("plan", plan=plan)
    assert sound(page)
    words = catalogue("zh")
    told = {metric.label: metric.value for metric in page.metric}
    assert told[words.text("app.served_enlarged")] == str(plan.enlarged["newly_served"].sum())
    assert page.checkbox(key="plan_enlarge").value is True
    listed = [frame.value for frame in page.dataframe if words.text("short.all_members") in frame.value.columns]
    assert [len(frame) for frame in listed] == [len(plan.enlarged)]
    export = open_page("export", plan=plan)
    export.selectbox(key="export_site").set_value(("enlarged", plan.enlarged["site_id"].iloc[0])).run()
    export.button(key="export_make_dossier").click().run()
    assert sound(export)
    assert export.session_state["export_dossier"][3].startswith(b"%PDF")
    assert offered["export_dossier_file"] == export.session_state["export_dossier"][3]
