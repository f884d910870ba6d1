"""A saved plan opens: stations, file, choices; it goes off the list when asked for twice, and comes back."""

import json

from ipps_geo.ledger import DESK, Account, Role
from ipps_geo.ledger.scenarios import open_scenarios, save_plan
from ipps_geo.planning.parameters import parameters_of


def test_a_scenario_opens_and_its_choices_go_into_the_form(open_page, small_plan):
    saved = save_plan(open_scenarios(), small_plan, "甲案")
    page = open_page("scenarios", scenarios_selected=saved.id)
    assert not page.exception
    table = next(
        each.value
        for each in page.dataframe
        if "site_id" not in each.value and len(each.value) == len(small_plan.proposals)
    )
    assert len(table)
    page.button(key="scenario_load").click().run()
    assert not page.exception
    assert not page.error
    assert page.session_state["plan_stations"] == small_plan.provenance.parameters["stations"]


def test_choices_come_back_as_they_were_stated(small_plan):
    saved = save_plan(open_scenarios(), small_plan, "甲案")
    again = parameters_of(json.loads(json.dumps(saved.document)))
    stated = small_plan.provenance.parameters
    assert {name: getattr(again, name) for name in ("stations", "reach_km", "objective", "seed")} == {
        name: stated[name] for name in ("stations", "reach_km", "objective", "seed")
    }


def test_archiving_asks_and_can_be_undone(open_page, small_plan):
    store = open_scenarios()
    saved = save_plan(store, small_plan, "甲案")
    page = open_page("scenarios", scenarios_selected=saved.id)
    page.button(key="scenario_archive").click().run()
    assert store.scenarios()
    page.button(key="archive_no").click().run()
    page.button(key="scenario_archive").click().run()
    page.button(key="archive_yes").click().run()
    assert store.scenarios() == ()
    page.button(key="archived_back").click().run()
    assert [each.id for each in store.scenarios()] == [saved.id]


def test_a_scenario_is_seen_from_the_view_that_it_was_made_on(monkeypatch, open_page, small_plan):
    from planner import authors

    store = open_scenarios()
    clerk = Account("li", "李", Role.DISTRICT, "110108")
    neighbour = Account("zhao", "赵", Role.DISTRICT, "110105")
    city, analyst = Account("sun", "孙", Role.CITY), Account("zhou", "周", Role.ANALYST)
    for who in (clerk, neighbour, city, analyst):
        save_plan(store, small_plan, who.login, who=authors.author(who))
    save_plan(store, small_plan, "old", who="li (district:110108) 老李")
    seen = {
        who.login: {each.name for each in authors.own(store.scenarios(), who)}
        for who in (clerk, neighbour, city, analyst, DESK)
    }
    assert seen["li"] == {"li"}
    assert seen["zhao"] == {"zhao"}
    assert seen["zhou"] == {"zhou"}
    assert seen["sun"] == seen["desk"] == {"li", "zhao", "sun", "zhou", "old"}
