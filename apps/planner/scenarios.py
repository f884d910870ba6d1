"""Scenarios: the list, one with its history, two or three beside each other."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ipps_geo import screens
from ipps_geo.ledger.accounts import DESK, Account, Role
from ipps_geo.ledger.scenarios import Scenario, scenario_sites, stations_for_target
from ipps_geo.media import markdown
from planner import authors, map_view, scenario_opened, visitors, widgets
from planner.state import lang, say, store, t, words, workspace

MOST_COMPARED = 3
SIDES = ("A", "B", "C")


def show() -> None:
    """Show the list of scenarios, what can be done with one, and the comparison."""
    who = visitors.account()
    listed = authors.own(store().scenarios(), who)
    if listed:
        chosen = widgets.selecting_table(
            screens.answers.scenario_rows(listed, lang()),
            "scenario_id",
            key="scenarios",
            title=t("page_scenarios"),
            height=300,
        )
        if chosen is None:
            st.caption(t("choose_scenario"))
        else:
            _one(store().get(chosen), who)
        _compare(listed)
    else:
        st.info(t("scenarios_none"))
    _archived(who)


def _one(scenario: Scenario, who: Account) -> None:
    st.subheader(markdown(scenario.name))
    locked = scenario.adopted_by is not None
    if locked:
        st.info(t("adopted_by", who=scenario.adopted_by or ""), icon=":material/lock:")
    scenario_opened.show(scenario)
    with st.form("scenario_form"):
        first, second, third = st.columns([3, 3, 2])
        name = first.text_input(t("scenario_name"), scenario.name, key=f"name_{scenario.id}_{scenario.revision}")
        note = second.text_input(t("scenario_note"), scenario.note, key=f"note_{scenario.id}_{scenario.revision}")
        author = authors.asked(third, "scenario_actor", who, key="scenario_actor")
        own, adopts = authors.same(scenario, who), who.role is Role.CITY
        buttons = st.columns(4)
        done = {
            "rename": buttons[0].form_submit_button(t("rename"), disabled=locked or not own, key="scenario_rename"),
            "duplicate": buttons[1].form_submit_button(t("duplicate"), key="scenario_duplicate"),
            "adopt": buttons[2].form_submit_button(
                t("release") if locked else t("adopt"), disabled=not adopts, key="scenario_adopt"
            ),
            "archive": buttons[3].form_submit_button(t("archive"), disabled=locked or not own, key="scenario_archive"),
        }
    if done["rename"]:
        store().rename(scenario.id, name, note=note, who=author)
    elif done["duplicate"]:
        store().duplicate(scenario.id, words().text("app.copy_of", name=scenario.name), who=author)
    elif done["adopt"] and not author.strip():
        st.error(t("who_needed"))
        return
    elif done["adopt"]:
        (store().release if locked else store().adopt)(scenario.id, who=author)
    elif done["archive"]:
        st.session_state["archive_asked"] = scenario.id
    if any(done.values()):
        st.rerun()
    if st.session_state.get("archive_asked") == scenario.id:
        _ask_archive(scenario, author)
    with st.expander(t("history")):
        widgets.plain_table(screens.answers.event_rows(store().events(scenario.id), lang()))
        if scenario.revision > 1:
            back = st.selectbox(t("revision"), list(range(1, scenario.revision)), key="scenario_revision")
            if st.button(t("restore"), disabled=locked or not own, key="scenario_restore"):
                store().restore(scenario.id, int(back), who=author)
                st.rerun()


def _ask_archive(scenario: Scenario, author: str) -> None:
    """Ask before a scenario goes off the list; it can be brought back."""
    st.warning(say("ledger.archive_ask", name=scenario.name), icon=":material/archive:")
    first, second, _ = st.columns([1, 1, 4])
    if first.button(say("ledger.archive_yes"), type="primary", key="archive_yes"):
        st.session_state.pop("archive_asked", None)
        store().archive(scenario.id, who=author)
        st.rerun()
    if second.button(say("ledger.archive_no"), key="archive_no"):
        st.session_state.pop("archive_asked", None)
        st.rerun()


def _archived(who: Account) -> None:
    """Show what was taken off the list, and the way back."""
    away = [each for each in authors.own(store().scenarios(archived=True), who) if authors.same(each, who)]
    if not away:
        return
    with st.expander(say("ledger.archived", n=len(away))):
        names = {each.id: each.name for each in away}
        chosen = st.selectbox(say("ledger.archived_which"), list(names), format_func=names.get, key="archived_which")
        if st.button(say("ledger.bring_back"), key="archived_back"):
            store().bring_back(chosen, who="" if who == DESK else authors.author(who))
            st.rerun()


def _compare(listed: tuple[Scenario, ...]) -> None:
    st.subheader(t("compare"))
    names = {each.id: each.name for each in listed}
    chosen = st.multiselect(
        t("compare_which"), list(names), format_func=names.get, max_selections=MOST_COMPARED,
        placeholder=t("none_chosen"), key="compare_ids",
    )  # fmt: skip
    if len(chosen) < 2:
        st.caption(t("compare_two"))
        return
    scenarios = [store().get(each) for each in chosen]
    for column, side, scenario in zip(st.columns(len(scenarios)), SIDES, scenarios, strict=False):
        with column:
            st.markdown(f"**{markdown(side)} · {markdown(scenario.name)}**")
            points = [
                {
                    "id": site["id"],
                    "name": site["name"],
                    "word": str(site["rank"]),
                    "lon": site["lon"],
                    "lat": site["lat"],
                }
                for site in scenario_sites(scenario)
            ]
            layers = map_view.base_layers(labels=False)
            layers += [
                map_view.point_layer(points, "sites", kind="proposal", size=7),
                *map_view.selected_layers(points, widgets.selected_in("compare"), size=8),
                map_view.number_layer(points),
            ]
            picks = {"sites": partial(widgets.select, "compare")}
            place = {"nearer": 0.6, "height": 330}
            map_view.draw(layers, key=f"compare_{side}", alt=t("alt_compare"), picks=picks, **place)
    widgets.plain_table(screens.comparing.indicator_rows(scenarios, lang()), title=t("compare"))
    st.markdown(f"**{t('sites_that_differ')}**")
    difference = screens.comparing.site_difference(workspace(), scenarios, lang())
    if difference.empty:
        st.caption(t("no_difference"))
    else:
        widgets.selecting_table(difference, "site_id", key="compare", title=t("sites_that_differ"), height=330)
    target = st.number_input(t("target_newly"), 50, 100_000, 500, 50, key="compare_target")
    for side, scenario in zip(SIDES, scenarios, strict=False):
        count = stations_for_target(scenario, int(target))
        st.markdown(
            f"- {markdown(side)} · {markdown(scenario.name)}: "
            + (t("target_missed") if count is None else t("target_reached", n=count))
        )
    st.caption(say("page.decides"))
