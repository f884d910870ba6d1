"""Coverage and access as people travel: by the straight line, by streets, by public transport, by own costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo import report, screens
from ipps_geo.media import markdown
from ipps_geo.report.words.edition import edition_mark
from ipps_geo.vocabulary import InstitutionKind
from planner import fields, measuring, widgets
from planner import travel as travelling
from planner.export import offered
from planner.solving import travel_key
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
    kinds = fields.choices(
        first, t("access_kinds"), KINDS, key="access_kinds", usual=["workstation"],
        format_func=lambda kind: words().label("InstitutionKind", kind), placeholder=t("none_chosen"),
        help=t("access_kinds_help"),
    )  # fmt: skip
    pairs = fields.tick(second, t("access_pairs"), key="access_pairs", help=t("access_pairs_help"))
    public, number = _edition()
    if pairs and public:
        st.info(t("access_pairs_public"))
    choices = replace(asked, kinds=tuple(kinds) or ("workstation",), every_pair=pairs and not public)
    stamp = (workspace().identity, policy().version, day(), travel_key(way), repr(choices), public, number)
    busy = st.session_state.get("access_job") is not None
    if st.button(t("access_start"), type="primary", key="access_start", disabled=busy):
        measuring.start(
            "access", "coverage", stamp, travel=way, areas=True, choices=choices, public=public,
            map_review_number=number,
        )  # fmt: skip
    if measuring.going("access"):
        return
    known: tuple[tuple[object, ...], CoverageResult] | None = st.session_state.get("access")
    if known is None:
        st.info(t("access_none"))
        return
    if known[0] != stamp:
        st.warning(t("repair_other"), icon=":material/sync_problem:")
    _answer(known[1])


def _edition() -> tuple[bool, str]:
    """Ask whether the answer is for the public, and under which review number its maps stand."""
    with st.expander(t("edition")):
        return widgets.public_edition("access")


def _answer(result: CoverageResult) -> None:
    st.subheader(t("access_result"))
    unit = words().label("unit_of_measure", result.limit_unit)
    told = words().label("Method", result.provenance.parameters["method"])
    st.caption(t("access_asked", method=told, limit=result.limit, unit=unit))
    if mark := edition_mark(words(), result.provenance):
        st.info(markdown(mark), icon=":material/public:")
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
