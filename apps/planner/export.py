"""Export: the files of the plan, the audit and the coverage on the screen, dossiers, the report, the atlas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo import planning, report
from ipps_geo.media import markdown
from ipps_geo.planning.base_layers import own_layers
from ipps_geo.planning.judgements import proposal_findings
from ipps_geo.report import takeaway
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.figures import site_names_of
from ipps_geo.results import AuditResult
from ipps_geo.results.disclosure import public_coverage
from planner import fields
from planner.solving import Ways
from planner.state import audit, coverage, day, lang, policy, reach_km, t, workspace
from planner.widgets import day_field, file_of, public_edition

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipps_geo.policy import Policy
    from ipps_geo.results import PlanResult

MIME = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
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
NAMED_WITHIN = ("gpkg", "qgs")
"""Files that name each other: they keep their names."""
MOST_SHOWN = 12
"""So many files are offered one by one; more of them come as one zip."""


def show() -> None:
    """Show what can be downloaded."""
    plan: PlanResult | None = st.session_state.get("plan")
    st.subheader(t("export_plan"))
    if plan is None:
        st.info(t("export_no_plan"))
    else:
        _plan(plan)
    _audit()
    _coverage()
    _atlas()


def offered(
    name: str, make: Callable[[], dict[str, bytes]], stamp: object, title: str, *, does: str = "make_files"
) -> None:
    """Make files when asked for and offer them, as long as ``stamp`` says that they are those of the screen."""
    if st.button(t(does), key=f"make_{name}"):
        with st.spinner(t("working")):
            st.session_state[f"files_{name}"] = (stamp, make())
    made = st.session_state.get(f"files_{name}")
    if made is None or made[0] != stamp:
        return
    files: dict[str, bytes] = made[1]
    everything = {"zip": report.bundle(files)} | (files if len(files) <= MOST_SHOWN else {})
    columns = st.columns(4)
    for place, (file, content) in enumerate(everything.items()):
        suffix = file.rsplit(".", 1)[-1]
        own = title if file == "zip" else f"{title}_{file.rsplit('.', 1)[0]}"
        columns[place % 4].download_button(
            f"{t('file_' + suffix)} · {markdown(_size(content))}",
            content,
            file_name=file if suffix in NAMED_WITHIN else file_of(own, suffix),
            mime=MIME[suffix],
            key=f"get_{name}_{file}",
            on_click="ignore",
        )


def _size(content: bytes) -> str:
    return f"{max(1, len(content) // 1024):,} KB"


def title_of(plan: PlanResult) -> str:
    """Return how the files of a plan are called: the name that it was saved under, else how many stations it opens."""
    known: tuple[int, str] | None = st.session_state.get("plan_name")
    saved = known[1] if known is not None and known[0] == id(plan) else ""
    return saved or t("plan_file", n=len(plan.proposals))


def _plan(plan: PlanResult) -> None:
    title, stamp = title_of(plan), (id(plan), lang())
    st.caption(t("export_plan_is", name=title))
    offered(
        "plan",
        lambda: report.plan_files(workspace(), plan, lang(), base=own_layers(workspace().region.metric_crs)),
        stamp, title,
    )  # fmt: skip
    offered("report", lambda: takeaway.report_files(workspace(), plan, lang()), stamp, title, does="make_report")
    read = _policy_of_plan()
    offered(
        "dossiers",
        lambda: takeaway.dossier_files(workspace(), plan, planning.plan_findings(workspace(), read, plan), lang()),
        stamp, f"{title}_{t('dossiers')}", does="make_dossiers",
    )  # fmt: skip
    _dossier(plan, read)


def _policy_of_plan() -> Policy:
    ways: Ways | None = st.session_state.get("plan_ways")
    return policy() if ways is None else ways.policy


def _dossier(plan: PlanResult, read: Policy) -> None:
    names = {
        ("new", site): name
        for site, name in zip(plan.proposals["site_id"], site_names_of(plan.proposals, catalogue(lang())), strict=True)
    }
    if plan.enlarged is not None:
        stations = zip(plan.enlarged["site_id"], plan.enlarged["name"], strict=True)
        names |= {("enlarged", station): t("dossier_enlarged", name=name) for station, name in stations}
    if not names:
        return
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
                else takeaway.enlarged_dossier_file(workspace(), plan, site, lang())
            )
            st.session_state["export_dossier"] = (id(plan), chosen, lang(), content)
    made = st.session_state.get("export_dossier")
    if made is not None and made[:3] == (id(plan), chosen, lang()):
        st.download_button(
            t("download_dossier"), made[3], file_name=file_of(f"{t('dossiers')}_{names[chosen]}", "pdf"),
            mime=MIME["pdf"], key="export_dossier_file", on_click="ignore",
        )  # fmt: skip


def _audit() -> None:
    """Offer the findings of a day; those that the page of findings shows where it was filtered."""
    st.subheader(t("export_audit"))
    on = day_field("on_day", st.session_state.get("audit_day") or day(), "export_day")
    found, shown = audit(on), st.session_state.get("audit_shown")
    chosen: tuple[str, ...] = () if shown is None or shown[0] != (workspace().identity, on) else shown[1]
    filtered = 0 < len(chosen) < len(found.findings)
    if filtered and st.checkbox(t("export_filtered", n=len(chosen)), value=True, key="export_filter"):
        found = AuditResult(tuple(found.findings[int(number)] for number in chosen), found.on, found.provenance)
    stamp = (workspace().content_hash, lang(), on, tuple(map(id, found.findings)))
    offered("audit", lambda: report.audit_files(workspace(), found, lang()), stamp, f"{t('export_audit')}_{on}")


def _coverage() -> None:
    """Offer the coverage, also as its public edition."""
    st.subheader(t("export_coverage"))
    with st.expander(t("edition")):
        public, number = public_edition("export_coverage")
    stamp = (workspace().content_hash, policy().version, lang(), day(), reach_km(), public, number)

    def make() -> dict[str, bytes]:
        found = coverage()
        told = public_coverage(found, workspace().service_units, number) if public else found
        return report.coverage_files(workspace(), told, lang())

    offered("coverage", make, stamp, t("public_file", what=t("coverage")) if public else t("coverage"))


def _atlas() -> None:
    """Offer the atlas: computed anew, with a plan of so many stations."""
    st.subheader(t("export_atlas"))
    st.caption(t("export_atlas_note"))
    first, second, third = st.columns(3)
    stations = int(fields.number(first, t("stations"), 1, 100, 10, 1, key="atlas_stations"))
    paper = fields.choice(
        second, t("atlas_paper"), ("a4", "a3"), key="atlas_paper", by="radio", horizontal=True, format_func=str.upper
    )
    with third:
        since = day_field("atlas_since", None, "atlas_since")
    with st.expander(t("edition")):
        public, number = public_edition("atlas")
    stamp = (workspace().content_hash, policy().version, lang(), day(), reach_km(), stations, paper, since, public,
             number)  # fmt: skip

    def make() -> dict[str, bytes]:
        asked = planning.PlanParameters(stations=stations, reach_km=reach_km())
        found = planning.atlas_results(
            workspace(), policy(), asked, on=day(), since=since, public=public, map_review_number=number
        )
        return takeaway.atlas_files(workspace(), policy(), found, lang(), paper=paper)

    title = t("public_file", what=t("export_atlas")) if public else t("export_atlas")
    offered("atlas", make, stamp, title, does="make_atlas")
