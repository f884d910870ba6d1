"""Coverage and access as people travel: by the straight line, by streets, by public transport, by own costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo import planning, report, screens
from ipps_geo.media import markdown
from ipps_geo.vocabulary import InstitutionKind
from planner import travel as travelling
from planner import widgets
from planner.export import offered
from planner.state import day, lang, policy, t, words, workspace

if TYPE_CHECKING:
    from ipps_geo.results import CoverageResult

OF_UNITS = ("unit", "stations", "enterprises", "on_roster", "within_reach", "not_judged", "nearest_mean", "nearest_p95")
"""How the columns begin that a page has room for; the files hold the others too."""
KINDS = tuple(str(kind) for kind in InstitutionKind)


def show() -> None:
    """Ask how people travel and whose staff count, then show coverage by unit and what else was asked."""
    way = travelling.choose("access")
    if not travelling.networks():
        st.info(t("access_no_network"))
    asked = travelling.choices("access", way)
    first, second = st.columns(2, vertical_alignment="bottom")
    kinds = first.multiselect(
        t("access_kinds"), KINDS, ["workstation"],
        format_func=lambda kind: words().label("InstitutionKind", kind), key="access_kinds", bind="query-params",
        placeholder=t("none_chosen"), help=t("access_kinds_help"),
    )  # fmt: skip
    pairs = second.checkbox(t("access_pairs"), key="access_pairs", bind="query-params", help=t("access_pairs_help"))
    choices = replace(asked, kinds=tuple(kinds) or ("workstation",), every_pair=pairs)
    stamp = (workspace().identity, day(), way.method, way.limit, way.unit, way.detour_factor, id(way.network),
             repr(choices))  # fmt: skip
    if st.button(t("access_start"), type="primary", key="access_start"):
        with st.spinner(t("measuring")):
            found = planning.coverage(workspace(), policy(), travel=way, on=day(), areas=True, choices=choices)
        st.session_state["access"] = (stamp, found)
    known: tuple[tuple[object, ...], CoverageResult] | None = st.session_state.get("access")
    if known is None:
        st.info(t("access_none"))
        return
    if known[0] != stamp:
        st.warning(t("repair_other"), icon=":material/sync_problem:")
    _answer(known[1])


def _answer(result: CoverageResult) -> None:
    st.subheader(t("access_result"))
    unit = words().label("unit_of_measure", result.limit_unit)
    told = words().label("Method", result.provenance.parameters["method"])
    st.caption(t("access_asked", method=told, limit=result.limit, unit=unit))
    units = result.by_unit[[name for name in result.by_unit.columns if str(name).startswith(OF_UNITS)]].round(1)
    tables = {t("units"): screens.rows.choice_rows(workspace(), units, lang())}
    tables |= {
        words().label("CoverageTable", name): screens.rows.coverage_rows(workspace(), result, name, lang())
        for name in result.tables
    }
    tabs = st.tabs([*map(markdown, tables), t("equity")])
    for tab, (title, table) in zip(tabs, tables.items(), strict=False):
        with tab:
            widgets.plain_table(table, title=title)
    with tabs[-1]:
        widgets.facts(screens.rows.measure_rows(workspace(), result, lang()))
    offered(
        "access", lambda: report.coverage_files(workspace(), result, lang()), (id(result), lang()), t("page_access")
    )
    widgets.origin(result.provenance)
