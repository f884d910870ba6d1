"""Two sliders, for the number of stations and for the reach: answered at once from what is proven, then refined."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo.planning.parameters import PlanParameters, alone
from planner import known, plan, widgets
from planner.solving import Job
from planner.state import day, say, words, workspace
from planner.visitors import fragment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.solving import Ways

POLL_S = 0.5
MOST_STATIONS = 40
MOST_KM = 10.0


@fragment()
def show(ways: Ways, also: Sequence[known.Proven]) -> None:
    """Show the sliders with what is known; where something is open, let the solver refine it."""
    st.markdown(f"**{say('bend.sliders')}**", help=say("bend.slide_help"))
    first, second = st.columns(2)
    stations = first.slider(
        say("bend.slide_stations"), 1, MOST_STATIONS, min(ways.parameters.stations or 10, MOST_STATIONS),
        key="desk_slide_stations",
    )  # fmt: skip
    asked = ways
    if ways.travel.method == "straight_line":
        now = min(max(ways.parameters.reach_km, 0.5), MOST_KM)
        reach = second.slider(say("bend.slide_reach"), 0.5, MOST_KM, now, 0.5, key="desk_slide_reach")
        asked = reaching(ways, float(reach))
    found = known.look(asked, stations, also)
    job: Job | None = st.session_state.get("slide_job")
    if job is not None:
        _refining(also)
        return
    _tell(found)
    left, right = st.columns(2)
    if left.button(say("bend.slide_refine"), disabled=found.exact, key="desk_slide_refine"):
        # Only how good the proof is and what lies beside a plan is left out: the answer is for these very choices.
        free = replace(alone(asked.parameters), stations=stations, objective="covered", target=None)
        st.session_state["slide_job"] = Job(workspace(), day(), asked.asking(free))
        st.rerun()
    if right.button(say("bend.slide_open"), disabled=not found.sites, key="desk_slide_open"):
        plan.put_on_desk(list(found.sites))
        st.rerun()
    error: Exception | None = st.session_state.pop("slide_error", None)
    if error is not None:
        widgets.tell(error)


def reaching(ways: Ways, reach_km: float) -> Ways:
    """Return the same choices with another reach in a straight line."""
    parameters: PlanParameters = replace(ways.parameters, reach_km=reach_km)
    return ways._replace(parameters=parameters, travel=replace(ways.travel, limit=reach_km * 1000))


@fragment(run_every=POLL_S)
def _refining(also: Sequence[known.Proven]) -> None:
    job: Job | None = st.session_state.get("slide_job")
    if job is None:
        return
    job.ask()
    if not job.running:
        st.session_state.pop("slide_job")
        if job.result is not None:
            known.remember(job.ways, job.result)
        else:
            st.session_state["slide_error"] = job.error
        st.rerun()
    found = known.look(job.ways, job.ways.parameters.stations or MOST_STATIONS, also)
    last = next((each for each in reversed(job.milestones) if each.phase != "compiling"), None)
    if last is not None:
        found = found._replace(
            served=max(last.objective, found.served) if not math.isnan(found.served) else last.objective,
            bound=min(last.bound, found.bound),
        )
    st.caption(say("bend.slide_running"))
    _tell(found)
    if st.button(say("app.cancel"), key="desk_slide_cancel", disabled=job.cancelled):
        job.cancel()


def _tell(found: known.Range) -> None:
    """Say what is known, and of what nothing is."""
    told = words()
    low, high = not math.isnan(found.served), math.isfinite(found.bound)
    if low and found.exact:
        st.markdown(say("bend.slide_exact", low=told.number(found.served)))
    elif low and high:
        st.markdown(say("bend.slide_known", low=told.number(found.served), high=told.number(found.bound)))
    elif low:
        st.markdown(say("bend.slide_low", low=told.number(found.served)))
    elif high:
        st.markdown(say("bend.slide_high", high=told.number(found.bound)))
    else:
        st.markdown(say("bend.slide_nothing"))
