"""The frame around every page: navigation, language, the banner of demonstration data, errors as one sentence."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ipps_geo.media import markdown
from ipps_geo.report.words.catalogue import LANGUAGES
from ipps_geo.report.words.loads import load_lines, load_warning
from planner import compliance, data, export, overview, plan, remembered, scenarios, site, style
from planner.state import lang, say, t, workspace
from planner.widgets import tell, words

PAGES: dict[str, tuple[Callable[[], None], str]] = {
    "overview": (overview.show, ":material/dashboard:"),
    "data": (data.show, ":material/upload_file:"),
    "compliance": (compliance.show, ":material/fact_check:"),
    "site": (site.show, ":material/add_location_alt:"),
    "plan": (plan.show, ":material/map_search:"),
    "scenarios": (scenarios.show, ":material/compare:"),
    "export": (export.show, ":material/download:"),
}
"""Every page by its address: what shows it, and its sign."""


def run(only: str | None = None) -> None:
    """Show the app; ``only`` shows one page without the navigation."""
    remembered.recall()
    if "lang" not in st.session_state:
        asked = st.query_params.get("lang", LANGUAGES[0])
        st.session_state["lang"] = asked if asked in LANGUAGES else LANGUAGES[0]
    st.set_page_config(page_title=t("title"), page_icon=style.icon(), layout="wide")
    style.apply()
    if only is not None:
        _frame(only)
        return
    chosen = st.navigation(
        [
            st.Page(
                _page(name),
                title=t(f"page_{name}"),
                icon=icon,
                url_path="" if name == "overview" else name,
                default=name == "overview",
            )
            for name, (_, icon) in PAGES.items()
        ]
    )
    _sidebar()
    chosen.run()


def _page(name: str) -> Callable[[], None]:
    def page() -> None:
        _frame(name)

    page.__name__ = name
    return page


def _sidebar() -> None:
    with st.sidebar:
        st.segmented_control(
            t("language"),
            LANGUAGES,
            format_func=lambda code: {"zh": "中文", "en": "English"}[code],
            key="language",
            default=lang(),
            on_change=_switch,
        )
        st.caption(t("decides"))


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


def _frame(name: str) -> None:
    st.title(t(f"page_{name}"))
    st.caption(t(f"lead_{name}"))
    st.session_state["waiting"] = st.empty()
    if (job := st.session_state.get("job")) is not None:
        job.ask()  # who reads another page meanwhile still wants the plan
    try:
        if workspace().is_demonstration:
            st.warning(say("page.synthetic_banner"), icon=":material/science:")
        _loaded()
        PAGES[name][0]()
    except Exception as error:  # noqa: BLE001 - the page says one sentence, the log holds the rest
        tell(error)
    finally:
        remembered.keep()
