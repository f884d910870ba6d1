"""Export: the files of the plan, the audit and the coverage on the screen, and a dossier per proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo import report
from ipps_geo.media import markdown
from ipps_geo.planning.base_layers import own_layers
from ipps_geo.planning.judgements import proposal_findings
from ipps_geo.report.takeaway import enlarged_dossier_file
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.figures import site_names_of
from planner.solving import Ways
from planner.state import audit, coverage, day, lang, policy, t, workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipps_geo.results import PlanResult

MIME = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "qgs": "application/xml",
    "geojson": "application/geo+json",
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "png": "image/png",
    "html": "text/html",
    "pdf": "application/pdf",
    "zip": "application/zip",
}


def show() -> None:
    """Show what can be downloaded."""
    plan: PlanResult | None = st.session_state.get("plan")
    st.subheader(t("export_plan"))
    if plan is None:
        st.info(t("export_no_plan"))
    else:
        _group(
            "plan",
            lambda: report.plan_files(workspace(), plan, lang(), base=own_layers(workspace().region.metric_crs)),
            plan.provenance.content_hash,
        )
        _dossier(plan)
    st.subheader(t("export_audit"))
    _group("audit", lambda: report.audit_files(workspace(), audit(), lang()), workspace().content_hash)
    st.subheader(t("export_coverage"))
    _group("coverage", lambda: report.coverage_files(workspace(), coverage(), lang()), workspace().content_hash)


def _group(name: str, make: Callable[[], dict[str, bytes]], stamp: str) -> None:
    """Make the files when asked for and keep them for this session, as long as they are those of the screen."""
    plan = st.session_state.get("plan")
    wanted = (stamp, lang(), day(), id(plan) if name == "plan" else st.session_state.get("reach_km"))
    if st.button(t("make_files"), key=f"make_{name}"):
        with st.spinner(t("working")):
            st.session_state[f"files_{name}"] = (wanted, make())
    made = st.session_state.get(f"files_{name}")
    if made is None or made[0] != wanted:
        return
    files: dict[str, bytes] = made[1]
    everything = {f"{name}.zip": report.bundle(files)} | files
    columns = st.columns(4)
    for place, (file, content) in enumerate(everything.items()):
        suffix = file.rsplit(".", 1)[-1]
        columns[place % 4].download_button(
            f"{t('file_' + suffix)} · {markdown(_size(content))}",
            content,
            file_name=file,
            mime=MIME[suffix],
            key=f"get_{file}",
        )


def _size(content: bytes) -> str:
    return f"{max(1, len(content) // 1024):,} KB"


def _dossier(plan: PlanResult) -> None:
    ways: Ways | None = st.session_state.get("plan_ways")
    read = policy() if ways is None else ways.policy
    names = {
        ("new", site): name
        for site, name in zip(plan.proposals["site_id"], site_names_of(plan.proposals, catalogue(lang())), strict=True)
    }
    if plan.enlarged is not None:
        stations = zip(plan.enlarged["site_id"], plan.enlarged["name"], strict=True)
        names |= {("enlarged", station): t("dossier_enlarged", name=name) for station, name in stations}
    first, second = st.columns([3, 1], vertical_alignment="bottom")
    chosen = first.selectbox(t("dossier_of"), list(names), format_func=names.get, key="export_site")
    kind, site = chosen
    if second.button(t("make_dossier"), key="export_make_dossier"):
        with st.spinner(t("working")):
            content = (
                report.dossier_file(
                    workspace(), plan, site, lang(), findings=proposal_findings(workspace(), read, plan, site)
                )
                if kind == "new"
                else enlarged_dossier_file(workspace(), plan, site, lang())
            )
            st.session_state["export_dossier"] = (id(plan), chosen, lang(), content)
    made = st.session_state.get("export_dossier")
    if made is not None and made[:3] == (id(plan), chosen, lang()):
        st.download_button(
            t("download_dossier"), made[3], file_name=f"dossier-{site}.pdf", mime=MIME["pdf"], key="export_dossier_file"
        )
