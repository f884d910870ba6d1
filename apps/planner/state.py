"""What one session holds, and results shared by all sessions, cached by the content of the data they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ipps_geo import planning
from ipps_geo.policy import load_policy
from ipps_geo.report.catalogue import LANGUAGES, Catalogue, catalogue
from ipps_geo.report.naming import names_of
from ipps_geo.workspace import load_workspace
from ipps_geo.workspace.activity import day_of

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from ipps_geo.policy import Policy
    from ipps_geo.results import AuditResult, CoverageResult
    from ipps_geo.scenarios import ScenarioStore
    from ipps_geo.workspace import Workspace

POLICY = "beijing-draft"


def lang() -> str:
    """Return the language of this session; Chinese unless the reader switched."""
    return str(st.session_state.get("lang", LANGUAGES[0]))


def words() -> Catalogue:
    """Return the catalogue of this session's language."""
    return catalogue(lang())


def t(key: str, /, **params: Any) -> str:
    """Return a sentence of the app in this session's language."""
    return words().text(f"app.{key}", **params)


@st.cache_resource(show_spinner=False)
def _embedded() -> Workspace:
    workspace = load_workspace()
    workspace.content_hash  # noqa: B018 - computed once, for every session
    return workspace


def workspace() -> Workspace:
    """Return the workspace of this session: the embedded one until the user has sent in tables of their own."""
    own: Workspace | None = st.session_state.get("workspace")
    if own is not None:
        return own
    with st.spinner(t("loading")):
        return _embedded()


def use_workspace(changed: Workspace | None) -> None:
    """Give this session a workspace of its own, or the embedded one back; results of the other are put away."""
    st.session_state["workspace"] = changed
    for name in ("plan", "site_test", "job"):
        st.session_state.pop(name, None)


@st.cache_resource(show_spinner=False)
def policy() -> Policy:
    """Return the policy version that the app judges by."""
    return load_policy(POLICY)


def day() -> dt.date:
    """Return the day that this session looks at; the data date unless chosen otherwise, never the clock's.

    Raises ``BadInput`` when neither is known: the page says so in one sentence.
    """
    chosen: dt.date | None = st.session_state.get("day")
    return day_of(workspace(), chosen)


def reach_km() -> float:
    """Return the reach that this session measures access by: the planner's parameter, not the Measure's."""
    return float(st.session_state.get("reach_km", 3.0))


@st.cache_resource(show_spinner=False, max_entries=16)
def _audit(_workspace: Workspace, content_hash: str, on: dt.date) -> AuditResult:
    return planning.audit(_workspace, policy(), on=on)


def audit(on: dt.date | None = None) -> AuditResult:
    """Return the audit of this session's workspace on a day."""
    own = workspace()
    with st.spinner(t("auditing")):
        return _audit(own, own.content_hash, on or day())


@st.cache_resource(show_spinner=False, max_entries=16)
def _coverage(_workspace: Workspace, content_hash: str, on: dt.date, reach: float) -> CoverageResult:
    return planning.coverage(_workspace, policy(), reach_km=reach, on=on)


def coverage() -> CoverageResult:
    """Return the coverage of this session's workspace at this session's reach."""
    own = workspace()
    with st.spinner(t("measuring")):
        return _coverage(own, own.content_hash, day(), reach_km())


@st.cache_resource(show_spinner=False, max_entries=64)
def _rows(name: str, _workspace: Workspace, content_hash: str, language: str, on: dt.date, reach: float) -> Any:
    if name == "findings":
        return planning.finding_rows(_workspace, _audit(_workspace, content_hash, on).findings, language)
    if name == "units":
        return planning.unit_rows(
            _workspace,
            _coverage(_workspace, content_hash, on, reach),
            _audit(_workspace, content_hash, on),
            language,
        )
    if name == "headline":
        covered = _coverage(_workspace, content_hash, on, reach)
        return planning.headline(covered, _audit(_workspace, content_hash, on), language)
    if name == "severity":
        return planning.counts_by_severity(_audit(_workspace, content_hash, on), language)
    if name == "measures":
        return planning.measure_rows(_workspace, _coverage(_workspace, content_hash, on, reach), language)
    if name == "unit_names":
        names = names_of(_workspace, language)
        return {str(code): names.unit(code) for code in _workspace.service_units["code"]}
    if name == "outlines":
        return planning.unit_outlines(_workspace, language)
    if name == "labels":
        return planning.unit_labels(_workspace, language)
    if name == "institutions":
        return planning.institution_points(_workspace, on, language)
    if name == "carriers":
        return planning.site_points(_workspace.carriers, _workspace, language, "carrier_id")
    if name == "carrier_names":
        return planning.carrier_names(_workspace, language)
    if name == "density":
        return planning.density_cells(_workspace.enterprises)
    if name == "cells":
        return planning.place_cells(_workspace)
    raise KeyError(name)


def rows(name: str, on: dt.date | None = None) -> Any:
    """Return a table or a layer of this session's workspace in its language, computed once for all sessions."""
    own = workspace()
    return _rows(name, own, own.content_hash, lang(), on or day(), reach_km())


def finding_table(on: dt.date) -> pd.DataFrame:
    """Return the findings of a day in words."""
    audit(on)
    table: pd.DataFrame = rows("findings", on)
    return table


@st.cache_resource(show_spinner=False)
def _store(path: str) -> ScenarioStore:
    return planning.open_scenarios()


def store() -> ScenarioStore:
    """Return the store of scenarios, opened once."""
    return _store(str(planning.scenario_path()))
