"""Data: send in a file, see how it was read and what is wrong with it, use it; templates and sources."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ipps_geo import planning, report, screens
from ipps_geo.columns import TABLES
from ipps_geo.errors import IppsGeoError
from ipps_geo.planning.networks import MODES, NETWORK_KINDS, NETWORK_SUFFIXES, barriers_sent, network_method
from ipps_geo.planning.uploads import DATUMS, UPLOAD_SUFFIXES
from ipps_geo.planning.workspace_files import opened_workspace, workspace_zip
from ipps_geo.report.words.catalogue import LANGUAGES
from planner import policies, reading, travel, widgets
from planner.state import lang, t, use_workspace, words, workspace

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.planning.networks import Network


def show() -> None:
    """Show what is in use, the upload with its problems, templates and sources."""
    _in_use()
    _upload()
    _bundle()
    _networks()
    policies.show()
    _templates()
    st.subheader(t("sources"))
    widgets.plain_table(screens.rows.source_rows(workspace(), lang()), title=t("sources"))


def _in_use() -> None:
    own = workspace()
    st.subheader(t("in_use"))
    st.caption(t("in_use_note", name=own.name, date=own.data_date, hash=own.content_hash[:12]))
    if own.data_date is None:
        st.warning(t("data_date_missing"))
    widgets.plain_table(screens.rows.table_rows(own, lang()))
    if st.session_state.get("workspace") is not None and st.button(t("use_embedded"), key="data_embedded"):
        use_workspace(None)
        st.rerun()
    with st.form("data_date_form", border=False):
        first, second = st.columns([3, 1], vertical_alignment="bottom")
        known = "" if own.data_date is None else own.data_date.isoformat()
        text = first.text_input(t("data_date"), known, key=f"data_date_{known}", help=t("data_date_help"), max_chars=20)
        if second.form_submit_button(t("data_date_set"), key="data_date_set"):
            _set_date(text)


def _set_date(text: str) -> None:
    day = widgets.read_day(text)
    if day is None:
        st.error(t("day_unreadable", text=text))
        return
    if day != workspace().data_date:
        use_workspace(workspace().replace(data_date=day))
        st.rerun()


def _upload() -> None:
    st.subheader(t("upload"))
    st.caption(t("upload_note"))
    sent = st.file_uploader(t("upload_field"), type=list(UPLOAD_SUFFIXES), key="data_file")
    first, second = st.columns(2)
    table = first.selectbox(
        t("upload_table"), ["", *TABLES], format_func=lambda name: _table_word(name, t("recognise")), key="data_table"
    )
    datum = second.selectbox(
        t("upload_datum"), ["", *DATUMS], format_func=_datum_word, key="data_datum", help=t("datum_help")
    )
    lenient = st.checkbox(t("accept_partial"), key="data_partial")
    if sent is None:
        return
    found = reading.read_sent(sent, "data", table=table or None, datum=datum or None, lenient=lenient)
    _checked(found)


def _answers(name: str) -> dict[Any, Any]:
    """Return what this session answered about the files that were sent in."""
    answers: dict[Any, Any] = st.session_state.setdefault(f"data_{name}", {})
    return answers


def _checked(found: reading.Reading) -> None:
    check, doubtful = found.check, found.open_
    read = check.read
    told = [
        ("table", _table_word(read.table or "", t("not_recognised"))),
        ("rows_in_file", words().value(read.rows_in_file)),
        ("accepted", words().value(read.accepted)),
        ("rejected", words().value(read.rejected)),
    ]
    for column, (name, value) in zip(st.columns(4), told, strict=True):
        column.metric(t(name), value, border=True)
    problems = reading.problems(check, "data")
    if len(problems):
        st.markdown(f"**{t('problems', n=len(problems))}**")
        widgets.plain_table(problems, title=t("problems_title"), height=300)
    else:
        st.success(t("no_problems"))
    first, second = st.columns(2)
    if len(problems) and read.table is not None:
        first.download_button(
            t("coloured_copy"),
            partial(report.coloured_copy, check, lang()),
            file_name=f"{check.name.rsplit('.', 1)[0]}-checked.xlsx",
            key="data_coloured",
        )
    applied = None
    if check.usable and not doubtful:
        applied = reading.preview(found, "data")
    if second.button(t("use_table"), type="primary", disabled=applied is None, key="data_use") and applied is not None:
        use_workspace(applied.workspace)
        st.toast(t("table_used", table=_table_word(read.table or "", "")))
        st.rerun()
    if not check.usable:
        st.warning(t("not_usable"))
    elif doubtful:
        st.warning(t("datum_needed"))


def _templates() -> None:
    st.subheader(t("templates"))
    first, second = st.columns([3, 1], vertical_alignment="bottom")
    table = first.selectbox(
        t("template_of"), list(TABLES), format_func=lambda name: _table_word(name, ""), index=4, key="data_template"
    )
    second.download_button(t("download"), _template(table), file_name=f"{table}.xlsx", key="data_template_file")
    st.download_button(t("templates_all"), _templates_zip, file_name="templates.zip", key="data_templates_all")


def _bundle() -> None:
    """Let the planner take the data home, and open them again."""
    own = workspace()
    st.subheader(t("keep_data"))
    st.download_button(
        t("take_home"), lambda: workspace_zip(own), file_name="workspace.zip", mime="application/zip",
        help=t("take_home_help"), key="data_take_home",
    )  # fmt: skip
    with st.expander(t("bring_back")):
        sent = st.file_uploader(t("bring_back"), type=["zip"], key="data_workspace", label_visibility="collapsed")
        if st.button(t("bring_back_button"), disabled=sent is None, key="data_open") and sent is not None:
            with st.spinner(t("loading")):
                opened = opened_workspace(sent.getvalue(), sent.name)
            use_workspace(opened)
            st.toast(t("brought_back", name=opened.name))
            st.rerun()


def _barriers() -> None:
    """Take lines that nobody crosses on the way to a street: rivers, railways."""
    known = st.session_state.get("barriers")
    with st.expander(t("barriers")):
        st.caption(t("barriers_note"))
        if known is not None:
            st.markdown(f"- {t('barriers_in_use', n=words().value(len(known[1])), source=known[0])}")
            if st.button(t("barriers_drop"), key="data_barriers_drop"):
                st.session_state.pop("barriers")
                st.rerun()
        datum = st.selectbox(
            t("upload_datum"), ["", *DATUMS], format_func=_network_datum_word, key="data_barriers_datum"
        )
        sent = st.file_uploader(
            t("network_files"), accept_multiple_files=True, type=["gpkg", "geojson", "zip"], key="data_barriers"
        )
        if st.button(t("network_read"), disabled=not sent, key="data_barriers_read"):
            files = {file.name: file.getvalue() for file in sent}
            try:
                with st.spinner(t("barriers_reading")):
                    lines = barriers_sent(files, datum=datum or None, metric_crs=workspace().region.metric_crs)
            except IppsGeoError as error:
                widgets.tell(error)
                return
            st.session_state["barriers"] = (words().text("page.list_joiner").join(files), lines)
            st.rerun()


def _networks() -> None:
    """Take street networks, lines and timetables: with them people travel otherwise than in a straight line."""
    st.subheader(t("networks"))
    st.caption(t("networks_note"))
    known = travel.networks()
    for method, network in known.items():
        st.markdown(f"- {t('network_in_use', method=words().label('Method', method), source=network.source)}")
        widgets.plain_table(_network_facts(method, lang(), network))
        lost = screens.networks.left_out_rows(network, lang())
        if len(lost):
            with st.expander(t("timetable_left_out", rows=len(lost))):
                widgets.plain_table(lost)
    if not known:
        st.info(t("network_none"))
    if "street_network" in known:
        _barriers()
    first, second = st.columns(2)
    kind = first.selectbox(
        t("network_kind"), NETWORK_KINDS, format_func=lambda each: t(f"network_kind_{each}"), key="data_network_kind"
    )
    mode = MODES[0]
    if kind == "streets":
        mode = second.selectbox(
            t("network_mode"), MODES, format_func=lambda each: t(f"network_mode_{each}"), key="data_network_mode"
        )
    day, window, datum = None, None, ""
    if kind != "gtfs":
        datum = first.selectbox(
            t("upload_datum"), ["", *DATUMS], format_func=_network_datum_word, key="data_network_datum"
        )
    if kind == "gtfs":
        day = first.date_input(t("timetable_day"), value=None, key="data_network_day", help=t("timetable_day_help"))
        begin = second.text_input(t("timetable_begin"), "07:00", key="data_network_begin", help=t("timetable_help"))
        until = second.text_input(t("timetable_until"), "09:00", key="data_network_until")
        window = (begin, until)
    sent = st.file_uploader(
        t("network_files"), accept_multiple_files=True, type=NETWORK_SUFFIXES[kind], key=f"data_network_{kind}"
    )
    if st.button(t("network_read"), disabled=not sent, key="data_network_read"):
        try:
            with st.spinner(t("network_reading")):
                network = planning.read_network(
                    {file.name: file.getvalue() for file in sent},
                    kind,
                    mode,
                    day=day,
                    window=window,
                    datum=datum or None,
                    metric_crs=workspace().region.metric_crs,
                )
        except IppsGeoError as error:  # said where the files are; the page goes on below
            widgets.tell(error)
            return
        method = network_method(network)
        known[method] = network
        for language in LANGUAGES:
            _answers("network_facts").pop((method, language), None)
        st.rerun()


def _network_facts(method: str, language: str, network: Network) -> pd.DataFrame:
    """Return what is in a network: its checks look at every edge, once."""
    known = _answers("network_facts")
    if (method, language) not in known:
        known[method, language] = screens.networks.network_rows(network, language)
    facts: pd.DataFrame = known[method, language]
    return facts


@st.cache_data(show_spinner=False)
def _template(table: str) -> bytes:
    return report.template_bytes(table)


def _templates_zip() -> bytes:
    return report.all_templates()


def _table_word(name: str, otherwise: str) -> str:
    return words().label("TableName", name) if name else otherwise


def _network_datum_word(name: str) -> str:
    return t(f"datum_{name}") if name else t("network_datum_file")


def _datum_word(name: str) -> str:
    return t(f"datum_{name}") if name else t("recognise")
