"""What a table selects stands out on the map beside it."""

import pytest

from ipps_geo import planning, screens
from ipps_geo.ledger.scenarios import open_scenarios, save_plan


@pytest.fixture(scope="module")
def plan(small_plan):
    return small_plan


def test_a_chosen_finding_shows_its_subject(open_page, map_of, beijing, audited):
    found = audited.findings
    placed = screens.layers.subject_places(beijing)
    number = next(n for n, each in enumerate(found) if each.verdict == "UNDETERMINED" and each.subject in placed)
    page = open_page("compliance", compliance_selected=str(number))
    (spot,) = map_of(page)["selected"]["data"]
    assert (spot["lon"], spot["lat"]) == placed[found[number].subject]
    assert found[number].subject in {point["id"] for point in map_of(page)["findings"]["data"]}


def test_a_chosen_proposal_and_a_chosen_closed_site_stand_out(open_page, map_of, plan):
    for key, sites in (("plan", plan.proposals), ("plan_closed", plan.closed_sites)):
        page = open_page("plan", **{"plan": plan, f"{key}_selected": sites["site_id"].iloc[0]})
        (spot,) = map_of(page)["selected"]["data"]
        assert spot["lon"] == pytest.approx(sites.geometry.iloc[0].x, abs=1e-5)


def test_a_chosen_difference_of_two_scenarios_stands_out_on_their_maps(open_page, map_of, plan, beijing, draft):
    other = planning.plan(beijing, draft, planning.PlanParameters(stations=1, time_limit_s=20))
    store = open_scenarios()
    ids = [save_plan(store, each, str(n)).id for n, each in enumerate((plan, other))]
    (only,) = set(plan.proposals["site_id"]) - set(other.proposals["site_id"])
    page = open_page("scenarios", compare_ids=ids, compare_selected=only)
    drawn = map_of(page, 0)
    assert drawn["selected"]["mark"]["size"] > drawn["sites"]["mark"]["size"]
    assert "selected" not in map_of(page, 1)


def test_a_carrier_chosen_in_the_list_stands_out(open_page, map_of, beijing):
    carrier = beijing.carriers["carrier_id"].iloc[0]
    assert "selected" in map_of(open_page("site", site_carrier=carrier))


def test_a_place_clicked_on_the_ground_is_the_place_of_the_test(open_page, map_of):
    page = open_page("site", site_how="cell", site_spot=(116.31234, 40.05678))
    told = map_of(page)
    assert told[""]["ground"]
    assert [(spot["lon"], spot["lat"]) for spot in told["selected"]["data"]] == [(116.31234, 40.05678)]
    assert any("116.31234, 40.05678" in caption.value for caption in page.caption)


def test_a_chosen_unit_is_looked_at(open_page, map_of, beijing):
    told = map_of(open_page("overview", overview_selected="110108"))
    (haidian,) = beijing.service_units.loc[beijing.service_units["code"] == "110108"].geometry
    (west, south), (east, north) = told[""]["look"]
    assert (west, south, east, north) == pytest.approx(haidian.bounds, abs=1e-4)


def test_the_legend_lists_what_is_drawn_and_only_that(open_page, map_of):
    institutions = map_of(open_page("overview"))["institutions"]
    assert {entry["kind"] for entry in institutions["legend"]} == {spot["kind"] for spot in institutions["data"]}


def test_an_area_that_was_drawn_is_counted_and_outlined(open_page, map_of):
    ring = [[116.2, 39.9], [116.4, 39.9], [116.4, 40.1], [116.2, 40.1], [116.2, 39.9]]
    page = open_page("overview", overview_area=ring)
    assert map_of(page)["area"]["data"][0]["geometry"]["coordinates"] == [ring]
    assert any(
        "重点产业企业" in frame.value.to_string() and "面积" in frame.value.to_string() for frame in page.dataframe
    )


def test_an_area_that_crosses_itself_is_refused_in_one_sentence(open_page):
    page = open_page("overview", overview_area=[[116.2, 39.9], [116.4, 40.1], [116.4, 39.9], [116.2, 40.1]])
    assert any("不成面" in error.value for error in page.error)


def test_library_and_style_are_files_of_this_server(open_page, map_of):
    given = map_of(open_page("overview"))[""]
    assert given["library"].startswith(("/media/", "/mock/"))
    assert given["style"].startswith(("/media/", "/mock/"))
