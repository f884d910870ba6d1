"""Repair rosters: the fewest moves after which as many stations as can be satisfy Art. 7(2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo import planning, screens
from ipps_geo.media import markdown
from ipps_geo.report.takeaway import repair_files
from planner import widgets
from planner.export import offered
from planner.state import day, lang, policy, reach_km, t, workspace

if TYPE_CHECKING:
    from ipps_geo.results import RepairResult


def show() -> None:
    """Ask for the reach and the time, then show the moves and what stays open."""
    st.caption(t("repair_note"))
    first, second = st.columns(2)
    reach = first.number_input(
        t("repair_reach"), 0.5, 30.0, reach_km(), 0.5, key="rosters_reach", bind="query-params", help=t("reach_help")
    )
    seconds = second.number_input(t("time_limit"), 1, 300, 30, 5, key="rosters_seconds", bind="query-params")
    asked = (workspace().identity, day(), float(reach))
    if st.button(t("repair_start"), type="primary", key="rosters_start"):
        with st.spinner(t("repairing")):
            found = planning.repair(workspace(), policy(), reach_km=float(reach), time_limit_s=float(seconds), on=day())
        st.session_state["repair"] = (asked, found)
    known: tuple[tuple[object, ...], RepairResult] | None = st.session_state.get("repair")
    if known is None:
        st.info(t("repair_none"))
        return
    if known[0] != asked:
        st.warning(t("repair_other"), icon=":material/sync_problem:")
    _answer(known[1])


def _answer(result: RepairResult) -> None:
    st.subheader(t("repair_result"))
    asked = result.provenance.parameters
    st.caption(t("repair_asked", reach=asked["reach_km"], day=asked["on"]))
    st.success(markdown(screens.moves.repair_line(result, lang())))
    for title, table in screens.moves.repair_tables(workspace(), result, lang()).items():
        st.markdown(f"**{markdown(title)}**")
        widgets.plain_table(table, title=title)
    offered("repair", lambda: repair_files(workspace(), result, lang()), (id(result), lang()), t("page_rosters"))
    widgets.origin(result.provenance)
