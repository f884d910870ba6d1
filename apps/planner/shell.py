"""The frame around every page: navigation, language, the banner of demonstration data, errors as one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable

import streamlit as st

from ipps_geo.errors import BadInput
from ipps_geo.ledger.accounts import DESK, Account, Role
from ipps_geo.media import html, markdown
from ipps_geo.report.words.catalogue import LANGUAGES
from ipps_geo.report.words.loads import load_lines, load_warning
from ipps_geo.report.words.messages import error_sentences
from ipps_geo.screens.accounts import role_word
from planner import (
    access,
    accounts,
    cases,
    compliance,
    data,
    desk,
    export,
    fields,
    history,
    overview,
    plan,
    remembered,
    rosters,
    scenarios,
    site,
    style,
    submissions,
)
from planner.solving import JOBS
from planner.state import batch, catch_up, lang, last_recorded, rows, say, t, workspace
from planner.visitors import account, leave
from planner.widgets import IN_ADDRESS, tell, words

PAGES: dict[str, tuple[Callable[[], None], str]] = {
    "overview": (overview.show, ":material/dashboard:"),
    "data": (data.show, ":material/upload_file:"),
    "compliance": (compliance.show, ":material/fact_check:"),
    "access": (access.show, ":material/directions_transit:"),
    "rosters": (rosters.show, ":material/swap_horiz:"),
    "site": (site.show, ":material/add_location_alt:"),
    "plan": (plan.show, ":material/map_search:"),
    "desk": (desk.show, ":material/touch_app:"),
    "scenarios": (scenarios.show, ":material/compare:"),
    "export": (export.show, ":material/download:"),
    "submissions": (submissions.show, ":material/inbox:"),
    "cases": (cases.show, ":material/assignment:"),
    "history": (history.show, ":material/history:"),
    "accounts": (accounts.show, ":material/manage_accounts:"),
}
"""Every page by its address: what shows it, and its sign."""

SECTIONS = {
    "state": ("overview", "compliance", "access", "data"),
    "planning": ("plan", "desk", "site", "rosters", "scenarios", "export"),
    "record": ("submissions", "cases", "history", "accounts"),
}
"""The pages in the order of the menu, by what people come for."""
OWNER_VARIABLE = "IPPS_GEO_OWNER"
"""Environment variable with the name of the office whose app this is, as every page says it."""

OTHERS = ("lang", "who")
"""What an address names beside fields and selections."""

SIDEBAR_PX = 230

SIGNED_IN = frozenset({"accounts"})
"""Pages that are there where people sign in."""

WITHOUT = {
    Role.ANALYST: frozenset({"submissions", "cases"}),
    Role.READER: frozenset(set(PAGES) - {"overview", "accounts"}),
}
"""Pages that a role has no use for."""


def pages(who: Account) -> list[str]:
    """Return the pages of an account, in the order of the menu."""
    hidden = WITHOUT.get(who.role, frozenset()) | (SIGNED_IN if who == DESK else frozenset())
    return [name for names in SECTIONS.values() for name in names if name not in hidden]


def run(only: str | None = None) -> None:
    """Show the app; ``only`` shows one page without the navigation."""
    if "lang" not in st.session_state:
        asked = st.query_params.get("lang", LANGUAGES[0])
        st.session_state["lang"] = asked if asked in LANGUAGES else LANGUAGES[0]
        if asked not in LANGUAGES:
            st.session_state["lang_asked"] = asked
    if st.query_params.get("lang") != lang():  # the menu's links forget it, and a link that is sent should not
        st.query_params["lang"] = lang()
    st.set_page_config(page_title=t("title"), page_icon=style.icon(), layout="wide", initial_sidebar_state=SIDEBAR_PX)
    style.apply()
    try:
        who = account()
    except BadInput as refusal:
        _out(refusal)
        return
    _own(who)
    if accounts.first_password(who):
        return
    remembered.recall(who)
    if only is not None:
        _frame(only, who)
        return
    made = {
        name: st.Page(
            _page(name, who),
            title=t(f"page_{name}"),
            icon=PAGES[name][1],
            url_path="" if name == "overview" else name,
            default=name == "overview",
        )
        for name in pages(who)
    }
    st.session_state["page_of"] = made
    chosen = st.navigation({
        t(f"section_{section}"): [made[name] for name in names if name in made]
        for section, names in SECTIONS.items() if made.keys() & set(names)
    }, expanded=True)  # fmt: skip
    _sidebar(who)
    chosen.run()


def _out(refusal: BadInput) -> None:
    """Say why nothing is shown, put away what this page held, and show the way back."""
    language = lang()
    st.session_state.clear()
    st.session_state["lang"] = language
    for line in error_sentences(refusal, language):
        if line:
            st.warning(markdown(line), icon=":material/lock:")
    st.html(f'<a href="/sign-in?lang={html(language)}" target="_self">{html(say("ledger.sign_in_again"))}</a>')


def _own(who: Account) -> None:
    """Hold nothing of somebody else: a page may come back to its session under another account, or another role."""
    whose = (who.login, who.role, who.unit)
    if st.session_state.get("whose", whose) != whose:
        language = lang()
        st.session_state.clear()
        st.session_state["lang"] = language
    st.session_state["whose"] = whose


def _page(name: str, who: Account) -> Callable[[], None]:
    def page() -> None:
        _frame(name, who)

    page.__name__ = name
    return page


def _sidebar(who: Account) -> None:
    with st.sidebar:
        if who != DESK:
            st.markdown(say("ledger.signed_in_as", name=who.name, role=_role(who)))
            if st.button(say("ledger.sign_out"), key="sign_out", icon=":material/logout:"):
                remembered.forget(who)
                leave(who)
                st.rerun()
        _batch()
        st.segmented_control(
            t("language"),
            LANGUAGES,
            format_func=lambda code: {"zh": "中文", "en": "English"}[code],
            key="language",
            default=lang(),
            on_change=_switch,
        )
        st.caption(t("decides"))
        if owner := os.environ.get(OWNER_VARIABLE, "").strip():
            st.caption(t("owner", name=owner))


def _role(who: Account) -> str:
    role = role_word(who, words())
    return role if who.unit is None else f"{role} · {rows('unit_names').get(who.unit, who.unit)}"


def _batch() -> None:
    """Say which batch of the record is looked at, and offer the last one where it is another."""
    looked_at, last = batch(), last_recorded()
    if not last:
        return
    st.caption(say("ledger.looked_at", n=looked_at))
    if last > looked_at and st.button(say("ledger.catch_up", n=last), key="catch_up", icon=":material/update:"):
        catch_up()
        st.rerun()


def _switch() -> None:
    chosen = st.session_state.get("language")
    if chosen in LANGUAGES:
        st.session_state["lang"] = st.query_params["lang"] = chosen


def _loaded() -> None:
    """Say on every page what the load of the workspace left out; nothing where everything was used."""
    loaded = workspace().loaded
    if loaded.complete:
        return
    for line in load_warning(words(), loaded.plain()):
        st.warning(markdown(line), icon=":material/warning:")
    with st.expander(t("load_details")):
        for line in load_lines(words(), loaded.plain()):
            st.markdown(markdown(line))


def _frame(name: str, who: Account) -> None:
    st.session_state["page"] = name
    fields.begin(name, (*OTHERS, *IN_ADDRESS.values()))
    if asked := st.session_state.pop("lang_asked", None):
        fields.tell("address_unknown", name=t("language"), value=asked)
    st.title(t(f"page_{name}"))
    st.caption(t(f"lead_{name}"))
    said = st.empty()
    st.session_state["waiting"] = st.empty()
    for job in filter(None, map(st.session_state.get, JOBS)):
        job.ask()  # who reads another page meanwhile still wants the answer
    whole = False
    try:
        if workspace().is_demonstration:
            st.warning(say("page.synthetic_banner"), icon=":material/science:")
        _loaded()
        PAGES[name][0]()
        whole = True
    except Exception as error:  # noqa: BLE001 - the page says one sentence, the log holds the rest
        tell(error)
        whole = True
    finally:
        fields.end(whole=whole)
        if whole:
            fields.show_notes(said)
        remembered.keep(who)
