"""What one session holds, and results shared by all sessions, cached by the content of the data they come from."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import streamlit as st

from ipps_geo import ledger as room
from ipps_geo import planning, screens
from ipps_geo.ledger.opening import ledger_address
from ipps_geo.ledger.scenarios import open_scenarios
from ipps_geo.ledger.store import last_batch
from ipps_geo.media import markdown
from ipps_geo.policy import content_hash, load_policy
from ipps_geo.regions import Region, load_region
from ipps_geo.report.words.catalogue import LANGUAGES, Catalogue, catalogue
from ipps_geo.report.words.naming import names_of
from ipps_geo.workspace import load_workspace
from ipps_geo.workspace.activity import day_of
from planner import visitors
from planner.kept import kept

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from ipps_geo.ledger import Account
    from ipps_geo.ledger.scenarios import ScenarioStore
    from ipps_geo.policy import Policy
    from ipps_geo.results import AuditResult, CoverageResult, PlanResult
    from ipps_geo.workspace import Workspace

REACH_KM = 3.0
"""The reach that access is measured by until the reader sets another."""
Found = TypeVar("Found")


def lang() -> str:
    """Return the language of this session; Chinese unless the reader switched."""
    return str(st.session_state.get("lang", LANGUAGES[0]))


def _region() -> Region:
    """Return the region of the workspace of this session, the embedded one before there is any."""
    own = st.session_state.get("workspace")
    return load_region() if own is None else own.region


def words() -> Catalogue:
    """Return the catalogue of this session's language."""
    return catalogue(lang(), _region())


def t(key: str, /, **params: Any) -> str:
    """Return a sentence of the app in this session's language, for a place that is read as Markdown (see ``say``)."""
    return say(f"app.{key}", **params)


def say(key: str, /, **params: Any) -> str:
    """Return a sentence of the catalogue for a place that is read as Markdown: what is filled in stays text."""
    return words().text(
        key, **{name: markdown(entry) if isinstance(entry, str) else entry for name, entry in params.items()}
    )


def waited(text: str, what: tuple[object, ...], make: Callable[[], Found]) -> Found:
    """Return what ``make`` returns, with a sentence for the reader while it is made for this session's first time.

    What is made is cached for all sessions: later runs have it at once, and a spinner, which costs a thread of its own,
    would only flicker. It stands in the place that the frame keeps for it, so that nothing below it moves.
    """
    made: set[tuple[object, ...]] = st.session_state.setdefault("made", set())
    if what in made:
        return make()
    with st.session_state.get("waiting") or st.empty(), st.spinner(t(text)):
        found = make()
    made.add(what)
    return found


@st.cache_resource(show_spinner=False)
def _embedded() -> Workspace:
    workspace = load_workspace()
    workspace.identity  # noqa: B018 - computed once, for every session
    return workspace


def last_recorded() -> int:
    """Return the number of the last batch on record; 0 where nothing is, or no record was begun."""
    if not visitors.has_record():
        return 0
    with visitors.ledger().reading() as connection:
        return last_batch(connection)


def batch() -> int:
    """Return the batch that this session looks at: the last one when it began, until its reader asks for a later one.

    What others take over meanwhile changes nothing under a reader's eyes.
    """
    if "batch" not in st.session_state:
        st.session_state["batch"] = last_recorded()
    return int(st.session_state["batch"])


def catch_up(number: int | None = None) -> None:
    """Look at another batch, by default the last one; results of the one before are put away."""
    st.session_state["batch"] = last_recorded() if number is None else number
    use_workspace(None)


def batch_of(result: PlanResult) -> int | None:
    """Return the batch that a plan was computed on; None where that is not the record that is looked at."""
    same = st.session_state.get("workspace") is None and result.provenance.content_hash == workspace().content_hash
    return (batch() or None) if same else None


@st.cache_resource(show_spinner=False, max_entries=24)
def _view(where: str, role: str, unit: str | None, number: int, _who: Account) -> Workspace:
    seen = room.view(visitors.ledger(), _who, number)
    seen.identity  # noqa: B018 - computed once, for every session
    return seen


def _on_record(who: Account, number: int) -> Workspace:
    key = (visitors.ledger().where, who.role.value, who.unit, number)
    return waited("loading", ("view", *key), lambda: _view(*key, who))


def workspace() -> Workspace:
    """Return the workspace of this session: tables that its user has sent in for a try, else what the account may see.

    Before anything is on record that is the embedded demonstration.
    """
    own: Workspace | None = st.session_state.get("workspace")
    if own is not None:
        return own
    number = batch()
    return _on_record(visitors.account(), number) if number else waited("loading", ("embedded",), _embedded)


def use_workspace(changed: Workspace | None) -> None:
    """Give this session a workspace of its own, or the embedded one back; results of the other are put away."""
    st.session_state["workspace"] = changed
    _put_away()


def _put_away() -> None:
    for name in ("plan", "site_test", "job"):
        st.session_state.pop(name, None)


@lru_cache(maxsize=16)
def _usual_policy(region: Region) -> Policy:
    return load_policy(region)


def policy() -> Policy:
    """Return the policy that this session judges by: its own, else that of the region of its workspace."""
    own: Policy | None = st.session_state.get("policy")
    return _usual_policy(workspace().region) if own is None else own


def use_policy(changed: Policy | None) -> None:
    """Let this session judge by another policy, or by that of its region again; results of the other are put away."""
    st.session_state["policy"] = changed
    _put_away()


def _law() -> str:
    """Return what tells a session's own policy from others; "" where it judges by that of its region."""
    own: Policy | None = st.session_state.get("policy")
    return "" if own is None else content_hash(own)


def day() -> dt.date:
    """Return the day that this session looks at; the data date unless chosen otherwise, never the clock's.

    Raises ``BadInput`` when neither is known: the page says so in one sentence.
    """
    chosen: dt.date | None = st.session_state.get("day")
    return day_of(workspace(), chosen)


def reach_km() -> float:
    """Return the reach that this session measures access by: the planner's parameter, not the Measure's."""
    return float(st.session_state.get("reach_km", REACH_KM))


@kept(16)
def _audit(_workspace: Workspace, _policy: Policy, identity: str, law: str, on: dt.date) -> AuditResult:
    return planning.audit(_workspace, _policy, on=on)


def audit(on: dt.date | None = None) -> AuditResult:
    """Return the audit of this session's workspace on a day."""
    own, when = workspace(), on or day()
    key = (own.identity, _law(), when)
    return waited("auditing", ("audit", *key), lambda: _audit(own, policy(), *key))


@kept(16)
def _coverage(
    _workspace: Workspace, _policy: Policy, identity: str, law: str, on: dt.date, reach: float
) -> CoverageResult:
    return planning.coverage(_workspace, _policy, reach_km=reach, on=on)


def coverage() -> CoverageResult:
    """Return the coverage of this session's workspace at this session's reach."""
    own = workspace()
    key = (own.identity, _law(), day(), reach_km())
    return waited("measuring", ("coverage", *key), lambda: _coverage(own, policy(), *key))


class _View(NamedTuple):
    """What a table or a layer is made from."""

    workspace: Workspace
    policy: Policy
    identity: str
    law: str
    lang: str
    on: dt.date
    reach: float

    @property
    def audit(self) -> AuditResult:
        return _audit(self.workspace, self.policy, self.identity, self.law, self.on)

    @property
    def coverage(self) -> CoverageResult:
        return _coverage(self.workspace, self.policy, self.identity, self.law, self.on, self.reach)


_MADE: dict[str, Callable[[_View], Any]] = {
    "findings": lambda v: screens.rows.finding_rows(v.workspace, v.audit.findings, v.lang),
    "units": lambda v: screens.rows.unit_rows(v.workspace, v.coverage, v.audit, v.lang),
    "headline": lambda v: screens.rows.headline(v.coverage, v.audit, v.lang),
    "severity": lambda v: screens.rows.counts_by_severity(v.audit, v.lang),
    "measures": lambda v: screens.rows.measure_rows(v.workspace, v.coverage, v.lang),
    "unit_names": lambda v: _unit_names(v.workspace, v.lang),
    "outlines": lambda v: screens.layers.unit_outlines(v.workspace, v.lang),
    "labels": lambda v: screens.layers.unit_labels(v.workspace, v.lang),
    "institutions": lambda v: screens.layers.institution_points(v.workspace, v.on, v.lang),
    "institution_table": lambda v: screens.rows.institution_rows(v.workspace, v.on, v.lang),
    "carriers": lambda v: screens.layers.site_points(v.workspace.carriers, v.workspace, v.lang, "carrier_id"),
    "station_names": lambda v: screens.rows.station_names(v.workspace),
    "carrier_names": lambda v: screens.rows.carrier_names(v.workspace, v.lang),
    "density": lambda v: screens.layers.density_cells(v.workspace.enterprises),
    "places": lambda v: screens.layers.subject_places(v.workspace),
    "corners": lambda v: screens.layers.unit_corners(v.workspace),
    "unplaced": lambda v: screens.layers.unplaced(v.workspace, v.on, v.lang),
    "types": lambda v: screens.layers.types_of(v.workspace, v.on, v.lang),
    "gazetteer": lambda v: screens.layers.gazetteer(v.workspace, v.on, v.lang),
}
"""Every table and layer that pages show, by name."""


def _unit_names(workspace: Workspace, language: str) -> dict[str, str]:
    names = names_of(workspace, language)
    return {str(code): names.unit(code) for code in workspace.service_units["code"]}


@kept(64)
def _rows(
    name: str, _workspace: Workspace, _policy: Policy, identity: str, law: str, language: str, on: dt.date, reach: float
) -> Any:
    return _MADE[name](_View(_workspace, _policy, identity, law, language, on, reach))


def fingerprint(on: dt.date | None = None) -> tuple[object, ...]:
    """Return what decides how the tables and layers of a day look in this session, apart from the reader's reach."""
    return workspace().identity, _law(), lang(), on or day()


def rows(name: str, on: dt.date | None = None) -> Any:
    """Return a table or a layer of this session's workspace in its language, computed once for all sessions."""
    own = workspace()
    return _rows(name, own, policy(), own.identity, _law(), lang(), on or day(), reach_km())


def finding_table(on: dt.date) -> pd.DataFrame:
    """Return the findings of a day in words."""
    table: pd.DataFrame = rows("findings", on)
    return table


def prepare() -> None:
    """Make what the first page shows of the embedded workspace, for whoever comes first; called outside any session."""
    own, language = _embedded(), LANGUAGES[0]
    on = day_of(own, None)
    for name in _MADE:
        _rows(name, own, load_policy(own.region), own.identity, "", language, on, REACH_KM)


@st.cache_resource(show_spinner=False)
def _store(path: str) -> ScenarioStore:
    return open_scenarios(path)


def store() -> ScenarioStore:
    """Return the store of scenarios, opened once."""
    return _store(ledger_address())
