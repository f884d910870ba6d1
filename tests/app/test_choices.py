"""Choices of the pages Plan and Test a site: what they rule out is greyed out with its reason, and they are heeded."""

from types import SimpleNamespace

import numpy as np
import pytest
import shapely

from benchmarks.feeds import FEEDS
from ipps_geo.crs import metric_xy
from ipps_geo.planning.networks import network_travel, read_here
from ipps_geo.planning.site_test import place_of_site
from ipps_geo.reach.gtfs import read_gtfs
from ipps_geo.regions import load_region
from ipps_geo.report.words.catalogue import catalogue
from tests.planning.test_networks import grid_files

METRIC_CRS = load_region().metric_crs

ZH = catalogue("zh")


@pytest.fixture
def started(monkeypatch):
    """Every solve that the page starts, by what the page asked for; none runs."""
    from planner import plan

    jobs = []

    def job(workspace, on, ways, begin_with=()):
        assert begin_with == ()  # no page but the desk says where to begin
        jobs.append(ways)
        return SimpleNamespace(running=False, result=None, error=None, ways=ways)

    monkeypatch.setattr(plan, "Job", job)
    return jobs


@pytest.fixture(scope="module")
def streets(beijing, tmp_path_factory):
    folder = tmp_path_factory.mktemp("streets")
    for name, content in grid_files(metric_xy(place_of_site(beijing, "P061", None, None), METRIC_CRS)[0]).items():
        (folder / name).write_bytes(content)
    return read_here(str(folder), "streets", "walk", print, lambda: False)


def test_without_a_network_only_the_straight_line_is_offered_and_the_page_says_why(open_page, started):
    page = open_page("plan")
    box = page.selectbox(key="plan_travel")
    assert box.disabled
    assert box.help == ZH.text("app.travel_only_line")
    page.number_input(key="plan_reach").set_value(2.0)
    page.number_input(key="plan_detour").set_value(1.5)
    page.button(key="plan_start").click().run()
    (asked,) = started
    assert (asked.parameters.reach_km, asked.parameters.detour_factor) == (2.0, 1.5)
    assert asked.travel.method == "straight_line"


def test_a_plan_goes_by_the_streets_that_were_sent_in(open_page, started, streets):
    page = open_page("plan", networks={"street_network": streets})
    page.selectbox(key="plan_travel").set_value("street_network").run()
    assert ZH.label("Method", "transit") in " ".join(caption.value for caption in page.caption)
    page.radio(key="plan_limit_by").set_value("min").run()
    page.number_input(key="plan_min").set_value(20.0)
    page.button(key="plan_start").click().run()
    (asked,) = started
    assert (asked.travel.network, asked.travel.limit, asked.travel.unit) == (streets, 20.0, "min")


def test_a_plan_crosses_no_barrier_and_ends_within_the_gap_that_is_accepted(open_page, started, streets, beijing):
    station = beijing.institutions.loc[beijing.institutions["kind"] == "workstation", "institution_id"].iloc[0]
    walls = np.array([shapely.LineString([(0, 0), (1, 1)])], dtype=object)
    page = open_page("plan", networks={"street_network": streets}, barriers=("河流.geojson", walls))
    page.selectbox(key="plan_travel").set_value("street_network").run()
    assert "河流.geojson" in " ".join(caption.value for caption in page.caption)
    page.number_input(key="plan_gap").set_value(2.5)
    page.number_input(key="plan_seed").set_value(3)
    page.multiselect(key="plan_closable").set_value([station]).run()
    assert page.number_input(key="plan_moving_cost").disabled, "without a budget nothing is spent"
    page.button(key="plan_start").click().run()
    assert not page.error
    (asked,) = started
    assert asked.travel.snapping.barriers is walls
    assert (asked.parameters.gap, asked.parameters.seed, asked.parameters.closable) == (0.025, 3, (station,))


def test_the_same_timetable_read_twice_is_the_same_way_of_travelling(tmp_path, open_page):
    from planner.solving import travel_key

    network = read_gtfs(FEEDS["express"][0]().write(tmp_path / "express.zip"))
    once, again, later = (network_travel(network, 30.0, "min", 1.0, percentile=share) for share in (50, 50, 75))
    assert travel_key(once) == travel_key(again) != travel_key(later)
    near, far = (network_travel(None, 3000.0, "m", 1.0), network_travel(None, 2000.0, "m", 1.0))
    assert travel_key(near) != travel_key(far)


def test_another_policy_is_used_on_every_page_and_puts_results_away(open_page, small_plan):
    page = open_page("data", plan=small_plan)
    page.selectbox(key="data_policy").set_value("beijing-2022-154")
    page.button(key="data_policy_use").click().run()
    own = page.session_state["policy"]
    assert own.version == "beijing-2022-154"
    assert "plan" not in page.session_state
    shown = open_page("overview", policy=own)
    assert not shown.error
    assert "beijing-2022-154" in " ".join(caption.value for caption in open_page("plan", policy=own).caption)


def test_a_plan_goes_by_a_timetable_at_the_percentile_that_is_asked(open_page, started, streets, tmp_path):
    network = read_gtfs(FEEDS["express"][0]().write(tmp_path / "express.zip"))
    page = open_page("plan", networks={"transit": network, "street_network": streets})
    page.selectbox(key="plan_travel").set_value("transit").run()
    page.number_input(key="plan_percentile").set_value(75)
    page.checkbox(key="plan_walk_streets").set_value(True)
    page.text_input(key="plan_limits").set_value("15,30")
    page.button(key="plan_start").click().run()
    (asked,) = started
    assert (asked.travel.network.percentile, asked.travel.network.source) == (75, "express.zip")
    assert asked.travel.streets is streets
    assert asked.choices.limits == (15.0, 30.0)


def test_what_an_objective_rules_out_is_greyed_out_with_its_reason(open_page, started):
    page = open_page("plan")
    assert page.number_input(key="plan_target").disabled
    page.number_input(key="plan_frontier").set_value(5)
    page.segmented_control(key="plan_objective").set_value("fewest_sites").run()
    assert not page.number_input(key="plan_target").disabled
    assert page.number_input(key="plan_frontier").help == ZH.text("app.off_choices")
    page.number_input(key="plan_target").set_value(500)
    page.button(key="plan_start").click().run()
    (asked,) = started
    assert (asked.parameters.target, asked.parameters.frontier) == (500, 0)


def test_another_reading_is_told_and_heeded(open_page, started):
    page = open_page("plan")
    page.selectbox(key="plan_reading_one_year").set_value("strict").run()
    assert "须超过期限" in page.info[0].value
    page.button(key="plan_start").click().run()
    assert started[0].policy.version == "beijing-draft+one_year=strict"


def test_a_site_is_tested_under_the_reading_that_was_chosen(open_page, streets):
    page = open_page("site", networks={"street_network": streets}, site_carrier="P061")
    page.selectbox(key="site_travel").set_value("street_network").run()
    page.selectbox(key="site_reading_overlap_scope").set_value("established").run()
    page.button(key="site_test_button").click().run()
    assert not page.error
    told = page.session_state["site_test"].provenance
    assert told.policy_version == "beijing-draft+overlap_scope=established"
    assert (told.parameters["method"], told.parameters["limit"]) == ("street_network", 3000.0)


def test_a_result_says_that_the_form_asks_for_something_else_and_one_button_solves_that(open_page, started, small_plan):
    stated = {"plan_stations": 2, "plan_frontier": 3, "plan_seconds": 20, "plan_enlarge": False}
    page = open_page("plan", plan=small_plan, plan_ways=SimpleNamespace(key=lambda: ("as the form",)), **stated)
    told = ZH.text("app.other_parameters")
    assert any(told in line.value for line in page.markdown)
    page.button(key="plan_again").click().run()
    (asked,) = started
    assert asked.parameters.stations == 2
    assert not any(
        told in line.value for line in open_page("plan", plan=small_plan, plan_ways=asked, **stated).markdown
    )
