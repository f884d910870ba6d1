"""A page whose answer takes a while: begun by a button, shown as it goes, stopped by a click, found again after F5."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import streamlit as st

from planner import widgets
from planner.solving import Measure
from planner.state import day, policy, t, words, workspace
from planner.visitors import fragment

if TYPE_CHECKING:
    from ipps_geo.planning.watched import Case

POLL_S = 0.5


def start(name: str, case: Case, stamp: tuple[object, ...], *, limit_s: float = math.inf, **asked: Any) -> None:
    """Start the work of a page; its answer is kept under ``name`` with the stamp of what it is for."""
    st.session_state[f"{name}_job"] = Measure(case, workspace(), policy(), stamp, limit_s, on=day(), **asked)
    st.rerun()


def going(name: str) -> bool:
    """Whether the work of a page is on its way; it is shown then. Why the last one failed is said once."""
    if st.session_state.get(f"{name}_job") is not None:
        _watch(name)
        return True
    error: Exception | None = st.session_state.pop(f"{name}_error", None)
    if error is not None:
        widgets.tell(error)
    return False


@fragment(run_every=POLL_S)
def _watch(name: str) -> None:
    job: Measure | None = st.session_state.get(f"{name}_job")
    if job is None:
        return
    job.ask()
    if not job.running:
        st.session_state.pop(f"{name}_job")
        if job.found is not None:
            st.session_state[name] = (job.stamp, job.found)
        else:
            st.session_state[f"{name}_error"] = job.error
        st.rerun()
    st.progress(min(1.0, job.elapsed_s / job.limit_s), _stage(job))
    st.metric(t("elapsed"), t("seconds", n=words().number(job.elapsed_s, 0)))
    if st.button(t("measure_cancel"), key=f"{name}_cancel", disabled=job.cancelled):
        job.cancel()
        st.rerun(scope="fragment")


def _stage(job: Measure) -> str:
    if job.cancelled or job.waiting:
        return t("measure_cancelling" if job.cancelled else "queued")
    if not job.steps:
        return t("measure_preparing")
    if math.isinf(job.limit_s):
        return t("measure_running")
    return t("measure_limited", limit=words().number(job.limit_s, 0))
