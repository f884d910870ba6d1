"""One saved scenario, open: its map and stations, what it was computed on, its file, computing it again."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo import screens
from ipps_geo.ledger.scenarios import scenario_sites
from ipps_geo.media import file_name
from ipps_geo.planning.parameters import PlanParameters, parameters_of
from planner import fields, map_view, plan, plan_form, widgets
from planner.solving import Ways
from planner.state import catch_up, lang, last_recorded, policy, say, t, workspace

if TYPE_CHECKING:
    from ipps_geo.ledger.scenarios import Scenario


def show(scenario: Scenario) -> None:
    """Show a scenario and what can be made of it."""
    left, right = st.columns(2)
    with left:
        _map(scenario)
    with right:
        table = screens.answers.scenario_site_rows(scenario, workspace(), lang())
        widgets.selecting_table(table, "site_id", key="scenario_sites", title=scenario.name, height=330, room=0.5)
        widgets.facts(screens.answers.scenario_facts(scenario, lang()))
    first, second, third = st.columns(3)
    first.download_button(
        say("ledger.scenario_file"), json.dumps(scenario.document, ensure_ascii=False, indent=1),
        file_name=f"{file_name(scenario.name)}.json", mime="application/json", key="scenario_file",
    )  # fmt: skip
    if second.button(say("ledger.scenario_again"), help=say("ledger.scenario_again_help"), key="scenario_again"):
        parameters = parameters_of(scenario.document)
        if scenario.batch is not None and scenario.batch <= last_recorded():
            catch_up(scenario.batch)
        plan.start(Ways(parameters, parameters.travel, policy(), None), into_form=True)
    if third.button(say("ledger.scenario_load"), help=say("ledger.scenario_load_help"), key="scenario_load"):
        load(parameters_of(scenario.document))
        st.toast(say("ledger.scenario_loaded"))
    if st.session_state.get("job") is not None:
        st.info(say("ledger.scenario_computing", page=t("page_plan")))


def load(parameters: PlanParameters) -> None:
    """Put a plan's choices into the form of the page of plans."""
    fields.put(plan_form.values_of(parameters))


def _map(scenario: Scenario) -> None:
    points = [
        {"id": site["id"], "name": site["name"], "word": str(site["rank"]), "lon": site["lon"], "lat": site["lat"]}
        for site in scenario_sites(scenario)
    ]
    layers = [
        *map_view.base_layers(labels=False),
        map_view.point_layer(points, "sites", kind="proposal", size=8),
        *map_view.selected_layers(points, widgets.selected_in("scenario_sites"), size=9),
        map_view.number_layer(points),
    ]
    picks = {"sites": partial(widgets.select, "scenario_sites")}
    place = {"nearer": 1.0, "height": 420}
    map_view.draw(layers, key=f"scenario_{scenario.id}", alt=t("alt_compare"), picks=picks, **place)
