"""Plan: the planner's choices, the solve as it runs, the plan with its proof, its reasons and the choices around it."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import altair as alt
import pandas as pd
import streamlit as st

from ipps_geo import screens
from ipps_geo.ledger.scenarios import save_plan
from ipps_geo.media import markdown
from ipps_geo.planning.parameters import with_stations
from planner import authors, known, map_view, plan_form, widgets
from planner.kept import kept_by_session
from planner.solving import Job, Ways
from planner.state import batch_of, day, lang, policy, say, store, t, words, workspace
from planner.visitors import account, fragment

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult
    from ipps_geo.workspace import Workspace

POLL_S = 0.5
BESIDE = ("frontier", "robustness", "front")
"""Phases in which the plan is there and the choices around it are looked at."""


def show() -> None:
    """Show the choices, then the running solve or the last plan."""
    job: Job | None = st.session_state.get("job")
    result: PlanResult | None = st.session_state.get("plan")
    solving = job is not None and job.running
    asked = plan_form.ask(disabled=solving, folded=solving or _answered(result))
    if asked.sent and asked.refused is not None:
        raise asked.refused
    if asked.sent and asked.ways is not None:
        start(asked.ways)
    if watching():
        return
    if result is not None:
        _other(result, asked.ways)
    told_error()
    if result is None:
        st.info(t("plan_none"))
        return
    _result(result)


def _answered(result: PlanResult | None) -> bool:
    """Whether the form, as it was in the last run, has its answer below."""
    return result is not None and not st.session_state.get("plan_other", False)


def _other(result: PlanResult, now: Ways | None) -> None:
    """Say over a result that the form asks for something else by now, and offer to solve that."""
    other = now is None or now.key() != _ways_of(result).key()
    if other != st.session_state.get("plan_other", False):
        st.session_state["plan_other"] = other
        if other:
            st.rerun()  # the form stays open once it asks for something else
    if not other:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/sync_problem: {t('other_parameters')}")
        if st.button(t("solve_these"), type="primary", key="plan_again", disabled=now is None) and now is not None:
            start(now)


def start(ways: Ways, *, into_form: bool = False, begin_with: tuple[str, ...] = ()) -> None:
    """Start a solve, from carriers if some are given, and show it; with ``into_form`` the form says the same then."""
    st.session_state["job"] = Job(workspace(), day(), ways, begin_with)
    if into_form:
        st.session_state["plan_next"] = plan_form.values_of(ways.parameters)
    st.session_state["plan_other"] = False
    st.rerun()


def watching() -> bool:
    """Whether a solve runs; it is shown."""
    running = st.session_state.get("job") is not None
    if running:
        _watch()
    return running


def told_error() -> None:
    """Say why the last solve gave no plan, once."""
    error: Exception | None = st.session_state.pop("plan_error", None)
    if error is not None:
        widgets.tell(error)


def _ways_of(result: PlanResult) -> Ways:
    found: Ways | None = st.session_state.get("plan_ways")
    if found is not None:
        return found
    parameters = with_stations(result, len(result.proposals))
    return Ways(parameters, parameters.travel, policy(), None)


@fragment(run_every=POLL_S)
def _watch() -> None:
    job: Job | None = st.session_state.get("job")
    if job is None:
        return
    job.ask()
    if not job.running:
        _take_over(job)
        st.rerun()
    # Before the clock runs the kernels are compiled: that milestone has no plan and no bound yet.
    told = [milestone for milestone in job.milestones if milestone.phase != "compiling"]
    own = [milestone for milestone in told if milestone.phase.split()[0] not in BESIDE]
    last = own[-1] if own else None
    st.progress(*_stage(job, told[-1].phase if told else ""))
    columns = st.columns(4)
    shares = job.ways.parameters.objective == "worst_unit"
    for column, name, value in ((0, "incumbent", "objective"), (1, "bound", "bound")):
        figure = getattr(last, value) if last else math.nan
        columns[column].metric(t(name), words().share(figure, 1.0) if shares else words().number(figure, 0))
    open_gap = abs(last.bound - last.objective) / last.objective if last and last.objective else None
    columns[2].metric(t("gap"), words().share(open_gap, 1.0, 2) if open_gap is not None else "—")
    columns[3].metric(t("elapsed"), t("seconds", n=words().number(job.elapsed_s, 0)))
    if st.button(t("cancel"), key="plan_cancel", disabled=job.cancelled):
        job.cancel()
        st.rerun(scope="fragment")


def _stage(job: Job, phase: str) -> tuple[float, str]:
    """Tell one story: the plan first, then the choices around it; return how far the step is, and its name."""
    limit = job.ways.parameters.time_limit_s
    spent = min(1.0, job.elapsed_s / limit)
    if job.cancelled or job.waiting:
        return spent, t("cancelling" if job.cancelled else "queued")
    kind, _, point = phase.partition(" ")
    if kind == "frontier":
        total = job.ways.parameters.frontier
        done = min(1.0, int(point) / total) if point.isdigit() and total else 0.0
        return done, t("at_frontier", n=point, total=total)
    if kind == "front":
        return 1.0, t("at_front", n=point)
    if kind == "robustness":
        return 1.0, t("at_robustness")
    return spent, t("solving", limit=words().number(limit, 0))


def _take_over(job: Job) -> None:
    st.session_state.pop("job", None)
    if job.result is not None:
        take(job.ways, job.result)
    else:
        st.session_state["plan_error"] = job.error


def take(ways: Ways, result: PlanResult) -> None:
    """Make a plan that was found the plan of this session."""
    st.session_state["plan"], st.session_state["plan_ways"] = result, ways
    known.remember(ways, result)


class _Shown(NamedTuple):
    """A plan as the page shows it: tables in words, and points."""

    result: PlanResult
    proposals: pd.DataFrame
    closed: pd.DataFrame
    uncovered: pd.DataFrame
    change: pd.DataFrame
    enlarged: pd.DataFrame
    not_enlarged: pd.DataFrame
    points: list[dict[str, Any]]
    enlarged_points: list[dict[str, Any]]
    closed_points: list[dict[str, Any]]


@kept_by_session(32)
def _shown_once(identity: int, language: str, _workspace: Workspace, _result: PlanResult) -> _Shown:
    return _Shown(
        _result,
        screens.rows.proposal_rows(_workspace, _result, language),
        screens.rows.closed_rows(_workspace, _result, language),
        screens.rows.uncovered_rows(_result, language),
        screens.rows.change_rows(_result.coverage_before, _result.coverage_after, language),
        screens.rows.enlarged_rows(_workspace, _result, language),
        screens.rows.not_enlarged_rows(_workspace, _result, language),
        screens.layers.site_points(_result.proposals, _workspace, language),
        []
        if _result.enlarged is None
        else screens.layers.site_points(_without_rank(_result.enlarged), _workspace, language),
        screens.layers.site_points(_result.closed_sites, _workspace, language),
    )


def _without_rank(stations: Any) -> Any:
    """Existing stations bear no number on the map: they are not opened one after the other."""
    return stations.drop(columns="rank")


def _shown(result: PlanResult) -> _Shown:
    """Return the tables and points of a plan, made once; what is kept holds the plan, so that its id stays its own."""
    return _shown_once(id(result), lang(), workspace(), result)


def _asked(result: PlanResult) -> None:
    """Say over the result what was asked for: the form may stand otherwise by now."""
    st.caption(say("bend.asked", what=" · ".join(screens.answers.asked_lines(workspace(), result, lang()))))


def _proof(result: PlanResult) -> None:
    """Show how far no plan can do better, and what became of even rosters."""
    st.caption(t(
        "proof", objective=screens.answers.measured(words(), result, result.objective),
        bound=screens.answers.measured(words(), result, result.bound),
        stop=words().label("StopReason", result.stop_reason), seconds=words().number(result.seconds, 1),
    ))  # fmt: skip
    for line in screens.answers.balance_lines(words(), result):
        st.caption(markdown(line))


def _result(result: PlanResult) -> None:
    shown, served = _shown(result), int(result.proposals["newly_served"].sum())
    st.subheader(t("result"))
    _asked(result)
    status = words().label("Status", result.status)
    told = [
        ("status", status),
        ("n_proposals", words().value(len(result.proposals))),
        ("served", words().value(served)),
        ("gap", words().share(result.gap, 1.0, 2)),
    ]
    if result.enlarged is not None:
        told.insert(3, ("served_enlarged", words().value(int(result.enlarged["newly_served"].sum()))))
    cells = [(t(name), value) for name, value in told]
    costs = screens.rows.proposal_costs(workspace(), result)
    if len(costs) and costs.notna().all():
        cells.append((say("bend.cost"), words().number(math.fsum(costs))))
    for column, (name, value) in zip(st.columns(len(cells)), cells, strict=True):
        column.metric(markdown(name), value, border=True)
    if str(result.stop_reason) == "cancelled":
        known = math.isfinite(result.gap)
        gap = words().share(result.gap, 1.0, 2) if known else ""
        st.warning(t("stopped", gap=gap) if known else t("stopped_unknown"), icon=":material/front_hand:")
    _proof(result)
    _save(result)
    _map(result)
    st.subheader(t("proposals"))
    widgets.selecting_table(shown.proposals, "site_id", key="plan", title=t("proposals"), height=480)
    if result.enlarged is not None:
        st.subheader(t("enlarged_stations"))
        st.caption(t("enlarged_note"))
        widgets.selecting_table(
            shown.enlarged, "site_id", key="plan_enlarged_station", title=t("enlarged_stations"), height=320
        )
        if len(shown.not_enlarged):
            with st.expander(t("not_enlarged")):
                widgets.plain_table(shown.not_enlarged, title=t("not_enlarged"))
    elif result.near_existing:
        st.info(t("near_existing", n=words().value(result.near_existing)))
    if result.closures is not None:
        st.subheader(t("closures"))
        for line in screens.answers.closing_lines(workspace(), result, lang()):
            st.caption(markdown(line))
        widgets.plain_table(screens.rows.choice_rows(workspace(), result.closures, lang()), title=t("closures"))
    if result.weighting is not None:
        st.subheader(t("weighting"))
        widgets.plain_table(screens.answers.weighting_rows(workspace(), result, lang()), title=t("weighting"))
    if result.floor is not None:
        st.subheader(t("floor_units"))
        widgets.plain_table(screens.rows.choice_rows(workspace(), result.floor, lang()), title=t("floor_units"))
    if result.unit_shares is not None:
        st.subheader(t("unit_shares"))
        for line in screens.answers.share_lines(workspace(), result, lang()):
            st.caption(markdown(line))
        shares = screens.rows.choice_rows(workspace(), result.unit_shares, lang())
        widgets.plain_table(shares, title=t("unit_shares"))
    st.subheader(t("before_after"))
    widgets.plain_table(shown.change, title=t("before_after"))
    _choices(result)
    widgets.origin(result.provenance)


def _map(result: PlanResult) -> None:
    st.subheader(t("map_plan"))
    points, closed, grown = (getattr(_shown(result), name) for name in ("points", "closed_points", "enlarged_points"))
    radius_m = result.coverage_after.radius_m
    areas = result.coverage_after.areas.get("reach")
    circles = map_view.reach_layer(points if radius_m else [], radius_m / 1000)
    reach = circles if radius_m or areas is None else map_view.area_reach(areas)
    layers = [
        *map_view.base_layers(),
        reach,
        map_view.point_layer(closed, "closed", kind="candidate", size=3),
        map_view.institution_layer(size=4),
        map_view.point_layer(grown, "enlarged", kind="enlarged", size=7),
        map_view.point_layer(points, "proposals", kind="proposal", size=9),
        *map_view.selected_layers(points, widgets.selected_in("plan"), size=12),
        *map_view.selected_layers(closed, widgets.selected_in("plan_closed"), size=6),
        *map_view.selected_layers(grown, widgets.selected_in("plan_enlarged_station"), size=9),
        map_view.number_layer(points),
    ]
    picks = {
        "proposals": partial(widgets.select, "plan"),
        "closed": partial(widgets.select, "plan_closed"),
        "enlarged": partial(widgets.select, "plan_enlarged_station"),
    }
    place = {"nearer": 1.0, "height": 560}
    map_view.draw(layers, key="plan_map", alt=t("alt_plan"), picks=picks, **place)


def _choices(result: PlanResult) -> None:
    own = workspace()
    tables = {
        name: getattr(result, name)
        for name in ("front", "years", "scenarios", "frontier", "alternatives", "robustness")
    }
    asked = [name for name, table in tables.items() if table is not None]
    stated = result.provenance.parameters
    for name, wished in (("front", "front"), ("years", "years"), ("scenarios", "robust")):
        if stated.get(wished) and name not in asked:
            st.warning(t("no_result", what=t(name)))
    tabs = st.tabs([t(name) for name in ("closed_sites", "uncovered", *asked)])
    with tabs[0]:
        widgets.selecting_table(
            _shown(result).closed, "site_id", key="plan_closed", title=t("closed_sites"), height=420
        )
    with tabs[1]:
        widgets.plain_table(_shown(result).uncovered, title=t("uncovered"))
    for tab, name in zip(tabs[2:], asked, strict=True):
        with tab:
            table: pd.DataFrame = tables[name]
            if name == "frontier":
                _frontier(table, result)
            if name == "front":
                _front(table)
            widgets.plain_table(screens.rows.choice_rows(own, table, lang()), title=t(name))


def _front(table: pd.DataFrame) -> None:
    """Draw most served over the second wish; a point that is clicked, or chosen, opens on the desk as planned."""
    second = next(name for name in table if name in screens.answers.FRONT_WISHES)
    lines = alt.Chart(table[["point", second, "objective", "bound"]]).encode(
        x=alt.X(f"{second}:Q", title=words().column(second), scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6)),
        y=alt.Y("objective:Q", title=t("served"), scale=alt.Scale(zero=False)),
        tooltip=["point", second, "objective", "bound"],
    )
    numbers = [int(point) for point in table["point"]]
    now = widgets.clicked(lines, "point", "plan_front_chart")
    chosen = st.select_slider(t("choose_point"), numbers, value=now if now in numbers else numbers[0])
    if st.button(t("open_point", n=chosen), key="plan_open_point"):
        put_on_desk(str(table.loc[table["point"] == chosen, "open_sites"].iloc[0]).split(";"))


def _frontier(table: pd.DataFrame, result: PlanResult) -> None:
    """Draw the frontier; a point that is clicked, or chosen by its number, can be opened as it was proven."""
    counts = [int(count) for count in table["n_sites"]]
    now = len(result.proposals) if len(result.proposals) in counts else counts[-1]
    lines = alt.Chart(table[["n_sites", "objective"]]).encode(
        x=alt.X("n_sites:O", title=words().column("n_sites"), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("objective:Q", title=t("served"), scale=alt.Scale(zero=False)),
        tooltip=["n_sites", "objective"],
    )
    clicked = widgets.clicked(lines, "n_sites", "plan_frontier_chart")
    now = clicked if clicked in counts else now
    chosen = st.select_slider(t("choose_p"), counts, value=now)
    first, second = st.columns(2)
    if first.button(t("open_p", n=chosen), key="plan_open_p"):
        put_on_desk(str(table.loc[table["n_sites"] == chosen, "open_sites"].iloc[0]).split(";"))
    if second.button(t("plan_p", n=chosen), key="plan_choose_p"):
        start(_ways_of(result).asking(with_stations(result, chosen)), into_form=True)


def put_on_desk(sites: list[str]) -> None:
    """Put a set of stations on the planning desk and go there."""
    st.session_state["desk_asked"] = tuple(sorted(filter(None, sites)))
    if (page := st.session_state.get("page_of", {}).get("desk")) is not None:
        st.switch_page(page)


def _save(result: PlanResult) -> None:
    with st.form("save_form", border=True):
        first, second, third = st.columns([3, 3, 2])
        name = first.text_input(t("scenario_name"), key="save_name", max_chars=80)
        note = second.text_input(t("scenario_note"), key="save_note", max_chars=200)
        who = authors.asked(third, "scenario_who", account(), key="save_who")
        if st.form_submit_button(t("save"), key="save_plan"):
            if not name.strip():
                st.error(t("name_needed"))
                return
            saved = save_plan(store(), result, name, note=note, who=who, batch=batch_of(result))
            st.session_state["plan_name"] = (id(result), saved.name)
            st.success(t("saved", name=saved.name))
