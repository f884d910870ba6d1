"""Repair rosters: the fewest moves after which as many stations as can be satisfy Art. 7(2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo import screens
from ipps_geo.media import markdown
from ipps_geo.report.takeaway import repair_files
from planner import fields, measuring, widgets
from planner.export import offered
from planner.state import day, lang, policy, reach_km, t, workspace

if TYPE_CHECKING:
    from ipps_geo.results import RepairResult


def show() -> None:
    """Ask for the reach and the time, then show the moves and what stays open."""
    st.caption(t("repair_note"))
    first, second = st.columns(2)
    reach = fields.number(
        first, t("repair_reach"), 0.5, 30.0, reach_km(), 0.5, key="rosters_reach", help=t("reach_help")
    )
    seconds = fields.number(second, t("time_limit"), 1, 300, 30, 5, key="rosters_seconds")
    asked = (workspace().identity, policy().version, day(), float(reach))
    busy = st.session_state.get("repair_job") is not None
    if st.button(t("repair_start"), type="primary", key="rosters_start", disabled=busy):
        measuring.start(
            "repair", "repair", asked, limit_s=float(seconds), reach_km=float(reach), time_limit_s=float(seconds)
        )
    if measuring.going("repair"):
        return
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
