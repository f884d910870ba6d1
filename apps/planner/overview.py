"""Overview: the network at a glance."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ipps_geo import planning, screens
from ipps_geo.errors import BadInput
from ipps_geo.ledger.accounts import DESK
from ipps_geo.media import markdown
from ipps_geo.planning.inside import inside
from planner import fields, map_view, widgets
from planner.kept import has_own_data, kept
from planner.state import audit, coverage, day, lang, policy, reach_km, rows, say, store, t, words, workspace
from planner.visitors import account, fragment

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.ledger.scenarios import Visit
    from ipps_geo.results import AuditResult, CoverageResult
    from ipps_geo.workspace import Workspace

YEAR = dt.timedelta(days=365)
TABLES = ("by_industry", "by_size", "by_need", "e2sfca", "overlap", "gaps")


def show() -> None:
    """Show figures, map, units, findings by severity, coverage, and what changed since a day."""
    found, covered = audit(), coverage()
    figures = rows("headline")
    for start in (0, 3):
        for column, (label, value) in zip(st.columns(3), list(figures.items())[start : start + 3], strict=True):
            column.metric(markdown(label), value, border=True)
    st.caption(say("page.limit_note", limit=covered.limit, unit=words().label("unit_of_measure", "km")))
    left, right = st.columns([3, 2])
    with left:
        _map()
    with right:
        _institutions()
    st.subheader(t("units"))
    widgets.selecting_table(rows("units"), "unit_code", key="overview", title=t("units"), height=360)
    severity, since = st.columns(2)
    with severity:
        st.subheader(t("by_severity"))
        widgets.plain_table(rows("severity"), title=t("by_severity"), room=0.5)
        st.caption(t("severity_note"))
    with since:
        _changes()
    _coverage_tables()
    widgets.origin(found.provenance)


def _map() -> None:
    st.subheader(t("map_network"))
    points, selected = rows("institutions"), widgets.selected_in("overview_institution")
    layers = [
        *map_view.base_layers(density=True),
        *map_view.access_layers(),
        *map_view.selected_unit(widgets.selected_in("overview")),
        map_view.institution_layer(),
        *map_view.type_layers(),
        *map_view.selected_layers(points, selected),
        *map_view.area_layer(st.session_state.get("overview_area")),
    ]
    picks = {
        "units": partial(widgets.select, "overview"),
        "institutions": partial(widgets.select, "overview_institution"),
    }
    look = map_view.unit_corners(widgets.selected_in("overview"))
    map_view.draw(layers, key="overview_map", alt=t("alt_network"), picks=picks, look=look, height=540,
                  on_area=_take_area)  # fmt: skip
    ring: list[list[float]] | None = st.session_state.get("overview_area")
    if ring:
        _area(ring)


def _take_area(ring: list[list[float]]) -> None:
    st.session_state["overview_area"] = ring


def _area(ring: list[list[float]]) -> None:
    st.markdown(f"**{say('desk.area')}**")
    try:
        found = inside(workspace(), policy(), ring, day())
    except BadInput as error:
        widgets.tell(error)
    else:
        widgets.plain_table(screens.answers.inside_rows(found, lang()))
        if found["without_place"]:
            st.caption(say("desk.without_place", n=int(found["without_place"])))
    if st.button(say("desk.area_clear"), key="overview_area_clear"):
        st.session_state["overview_area"] = None
        st.rerun()


def _institutions() -> None:
    """List the institutions: of the selected unit, where one is, below what is known of it."""
    st.subheader(t("institutions"))
    table, unit = rows("institution_table"), widgets.selected_in("overview")
    name = rows("unit_names").get(unit)
    if name is not None:
        _unit(str(unit), name)
        own = table[table[words().column("unit")] == name]
        st.caption(t("institutions_of", unit=name, n=words().value(len(own)), total=words().value(len(table))))
        table = own
    widgets.selecting_table(
        table,
        "institution_id",
        key="overview_institution",
        title=t("institutions"),
        height=500,
        room=0.4,
    )


def _unit(code: str, name: str) -> None:
    """Say what is known of the selected unit, and lead to its findings."""
    units: pd.DataFrame = rows("units")
    found = units.loc[units["unit_code"] == code].drop(columns="unit_code")
    with st.container(border=True):
        st.markdown(f"**{markdown(name)}**")
        for row in found.drop(columns=words().column("unit")).to_dict("records"):
            st.markdown(
                " · ".join(f"{markdown(label)} **{markdown(words().value(told))}**" for label, told in row.items())
            )
        with st.container(horizontal=True):
            if st.button(t("unit_findings"), key="overview_unit_findings", icon=":material/fact_check:"):
                fields.put({"compliance_unit": [code]})
                if (page := st.session_state.get("page_of", {}).get("compliance")) is not None:
                    st.switch_page(page)
            st.button(t("unit_clear"), key="overview_unit_clear", on_click=widgets.select, args=("overview", code))


def _changes() -> None:
    st.subheader(t("changes"))
    reader = account()
    if reader != DESK:
        _since_last_visit(reader.login)
        with st.expander(t("changes_of_days")):
            _changes_of_days()
        return
    who = st.text_input(t("reader"), st.query_params.get("who", ""), key="overview_who", help=t("reader_help")).strip()
    if who:
        st.query_params["who"] = who
    elif "who" in st.query_params:
        del st.query_params["who"]
    if has_own_data() and not who:
        # Whoever gives no name cannot be told from anybody else: nothing is kept of what they sent in.
        st.info(t("visit_needs_name"))
    else:
        _since_last_visit(who)
    with st.expander(t("changes_of_days")):
        _changes_of_days()


def _since_last_visit(who: str) -> None:
    try:
        seen = _seen(workspace().identity, day(), reach_km(), store().key(), workspace(), audit(), coverage())
        last = _last_visit(who, seen)
    except BadInput as error:  # the page goes on without what the store cannot give
        widgets.tell(error)
        return
    if last is None:
        st.info(t("first_visit"))
        return
    told = screens.visits.visit_changes(last.state, seen, workspace(), lang())
    at = last.at.astimezone().strftime("%Y-%m-%d %H:%M")
    st.caption(t("last_visit", at=at, on=screens.visits.visit_day(last.state)))
    for name, table in told.items():
        if len(table):
            st.markdown(f"**{t(f'changed_{name}', n=len(table))}**")
            widgets.plain_table(table, height=220)
    if not any(len(table) for table in told.values()):
        st.success(t("nothing_changed"))


@kept(16)
def _seen(
    identity: str,
    on: dt.date,
    reach: float,
    key: bytes,
    _workspace: Workspace,
    _audit: AuditResult,
    _coverage: CoverageResult,
) -> dict[str, Any]:
    return screens.visits.visit_state(_workspace, _audit, _coverage, key)


def _last_visit(who: str, seen: dict[str, Any]) -> Visit | None:
    """Return the visit before this one; this one is remembered once, and again when what is seen has changed."""
    before: dict[tuple[str, str], Visit | None] = st.session_state.setdefault("visits_before", {})
    known: dict[tuple[str, str], object] = st.session_state.setdefault("visits_seen", {})
    key = (screens.visits.visit_place(workspace(), policy().version, own=has_own_data()), who)
    if known.get(key) is not seen:
        last = store().visit(*key, seen)
        before.setdefault(key, last)
        known[key] = seen
    return before[key]


def _changes_of_days() -> None:
    since = widgets.day_field("since", day() - YEAR, "overview_since")
    if not st.button(t("compare_days"), key="overview_compare"):
        return
    with st.spinner(t("auditing")):
        table = screens.rows.audit_change_rows(
            workspace(), planning.audit_changes(workspace(), policy(), since=since, on=day()), lang()
        )
    st.caption(t("changes_found", n=len(table)))
    widgets.plain_table(table, title=t("changes"), height=300)


def _coverage_tables() -> None:
    st.subheader(t("coverage"))
    st.caption(say("page.two_coverages"))
    own, covered = workspace(), coverage()
    st.number_input(
        t("reach"), 0.5, 30.0, reach_km(), 0.5, key="overview_reach", on_change=_take_reach, help=t("reach_help")
    )
    told = _told(own, own.identity, covered, lang(), day(), reach_km())
    _tabs(told)


@fragment()
def _tabs(told: dict[str, pd.DataFrame]) -> None:
    """Show one table of the coverage at a time: only the one that is looked at is sent."""
    names = [words().label("CoverageTable", name) for name in told]
    tabs = st.tabs([*map(markdown, names), t("equity")], key="overview_tables", on_change="rerun")
    for tab, (name, table) in zip(tabs, told.items(), strict=False):
        if tab.open:
            with tab:
                widgets.plain_table(table, title=words().label("CoverageTable", name))
    if tabs[-1].open:
        with tabs[-1]:
            widgets.facts(rows("measures"))


@kept(16)
def _told(
    _workspace: Workspace, identity: str, _covered: CoverageResult, language: str, on: dt.date, reach: float
) -> dict[str, pd.DataFrame]:
    return {
        name: screens.rows.coverage_rows(_workspace, _covered, name, language)
        for name in TABLES
        if name in _covered.tables
    }


def _take_reach() -> None:
    st.session_state["reach_km"] = float(st.session_state["overview_reach"])
