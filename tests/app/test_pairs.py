"""What a table selects stands out on the map beside it."""

import json

import pytest

from ipps_geo import planning, screens


def layers(page, number=0):
    """The layers of a map by name, without the turn of a click."""
    told = json.loads(page.get("deck_gl_json_chart")[number].proto.json)["layers"]
    return {layer["id"].partition("~")[0]: layer for layer in told}


@pytest.fixture(scope="module")
def plan(beijing, draft):
    return planning.plan(beijing, draft, planning.PlanParameters(stations=2, time_limit_s=20))


def test_a_chosen_finding_shows_its_subject(open_page, beijing, draft):
    found = planning.audit(beijing, draft).findings
    placed = screens.layers.subject_places(beijing)
    number = next(n for n, each in enumerate(found) if each.verdict == "UNDETERMINED" and each.subject in placed)
    page = open_page("compliance", compliance_selected=str(number))
    (spot,) = layers(page)["selected"]["data"]
    assert (spot["lon"], spot["lat"]) == placed[found[number].subject]
    assert found[number].subject in {point["id"] for point in layers(page)["findings"]["data"]}


def test_a_chosen_proposal_and_a_chosen_closed_site_stand_out(open_page, plan):
    for key, sites in (("plan", plan.proposals), ("plan_closed", plan.closed_sites)):
        page = open_page("plan", **{"plan": plan, f"{key}_selected": sites["site_id"].iloc[0]})
        (spot,) = layers(page)["selected"]["data"]
        assert spot["lon"] == pytest.approx(sites.geometry.iloc[0].x, abs=1e-5)


def test_a_chosen_difference_of_two_scenarios_stands_out_on_their_maps(open_page, plan, beijing, draft):
    other = planning.plan(beijing, draft, planning.PlanParameters(stations=1, time_limit_s=20))
    store = planning.open_scenarios()
    ids = [planning.save_plan(store, each, str(n)).id for n, each in enumerate((plan, other))]
    (only,) = set(plan.proposals["site_id"]) - set(other.proposals["site_id"])
    page = open_page("scenarios", compare_ids=ids, compare_selected=only)
    assert "selected" in layers(page, 0)
    assert "selected" not in layers(page, 1)


def test_a_carrier_and_a_cell_chosen_in_the_list_stand_out(open_page, beijing):
    carrier = beijing.carriers["carrier_id"].iloc[0]
    assert "selected" in layers(open_page("site", site_carrier=carrier))
    cells, _ = screens.layers.place_cells(beijing)
    assert "selected" in layers(open_page("site", site_how="cell", site_cell=cells[0]["id"]))
