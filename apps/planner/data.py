"""Data: send in a file, see how it was read and what is wrong with it, use it; templates and sources."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from ipps_geo import planning, report, screens
from ipps_geo.columns import TABLES
from ipps_geo.media import markdown
from ipps_geo.planning.networks import MODES, NETWORK_KINDS, NETWORK_SUFFIXES, network_method
from ipps_geo.planning.uploads import DATUMS, UPLOAD_SUFFIXES, datum_question, with_mapping, workspace_with
from ipps_geo.planning.workspace_files import opened_workspace, workspace_zip
from ipps_geo.report.words.catalogue import LANGUAGES
from ipps_geo.results import UploadCheck
from planner import travel, widgets
from planner.kept import kept_by_session
from planner.state import lang, t, use_workspace, words, workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from ipps_geo.planning.networks import Network


def show() -> None:
    """Show what is in use, the upload with its problems, templates and sources."""
    _in_use()
    _upload()
    _bundle()
    _networks()
    _templates()
    st.subheader(t("sources"))
    widgets.plain_table(screens.rows.source_rows(workspace(), lang()))


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
        text = first.text_input(t("data_date"), known, key=f"data_date_{known}", help=t("data_date_help"), max_chars=10)
        if second.form_submit_button(t("data_date_set"), key="data_date_set"):
            _set_date(text)


def _set_date(text: str) -> None:
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        st.error(t("day_unreadable", text=text))
        return
    if day != workspace().data_date:
        use_workspace(workspace().replace(data_date=day))
        st.rerun()


@kept_by_session(32)
def _check(
    digest: str,
    _content: bytes,
    name: str,
    table: str | None,
    sheet: str | None,
    mapping: str,
    saved: str,
    datum: str | None,
    lenient: bool,
) -> UploadCheck:
    return planning.check_upload(
        _content, name, table, sheet=sheet, mapping=json.loads(mapping), saved=json.loads(saved), datum=datum,
        accept_partial=lenient,
    )  # fmt: skip


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
    content = sent.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    sheet = _answers("sheets").get(digest)
    place = (digest, sheet, table)
    mapping = _answers("mappings").get(place)

    def read(system: str | None, chosen: Mapping[str, str] | None) -> UploadCheck:
        with st.spinner(t("checking")):
            return _check(
                digest, content, sent.name, table or None, sheet, json.dumps(chosen),
                json.dumps(workspace().mappings, sort_keys=True), system, lenient,
            )  # fmt: skip

    check = read(datum or None, mapping)
    _sheets(check, digest)
    system = datum or _coordinates(check, digest)
    if system and not datum:
        check = read(system, mapping)
    _mapping(check, place, lambda chosen: read(system or None, chosen))
    _checked(check, doubtful=system is None)


def _answers(name: str) -> dict[Any, Any]:
    """Return what this session answered about the files that were sent in."""
    answers: dict[Any, Any] = st.session_state.setdefault(f"data_{name}", {})
    return answers


def _sheets(check: UploadCheck, digest: str) -> None:
    """Say which sheet was read, or that those of one form were read together, and let the planner choose another."""
    sheets, read, key = check.read.sheets, check.read.sheet, f"data_sheet_{digest}"
    if len(sheets) < 2:
        return
    together = sum(1 for part in check.read.parts if not part.reason) > 1
    choices = ["", *sheets] if together or _answers("sheets").get(digest) is not None else list(sheets)
    chosen = "" if together else read

    def take() -> None:
        _answers("sheets")[digest] = st.session_state[key] or None

    st.selectbox(
        t("sheet"), choices, index=choices.index(chosen) if chosen in choices else None, key=key, on_change=take,
        format_func=lambda name: name or t("sheet_all"), placeholder=t("sheet_none"),
        help=t("sheet_help", n=len(sheets)),
    )  # fmt: skip


def _coordinates(check: UploadCheck, digest: str) -> str | None:
    """Ask in which system the coordinates are, where that is in doubt; return the answer.

    "" where there is nothing to ask, or the reading stands as it is; None while the question is open.
    """
    systems, verdict = datum_question(check.read), check.read.datum
    if not systems:
        return ""
    sure = verdict.basis == "detected"
    if sure:
        st.info(t("datum_sure", datum=words().label("Datum", verdict.datum)))
    else:
        st.warning(t("datum_doubt"))
    widgets.plain_table(screens.mappings.datum_rows(check.read, lang()))
    answer = st.radio(
        t("datum_answer"), systems, index=systems.index(verdict.datum) if sure else None, key=f"data_datum_{digest}",
        format_func=lambda system: words().label("Datum", system), horizontal=True,
    )  # fmt: skip
    return "" if sure and answer == verdict.datum else answer


def _mapping(check: UploadCheck, place: tuple[str, str | None, str], read: Callable[..., UploadCheck]) -> None:
    """Show how each header was understood; what the planner changes is read again and kept with the workspace."""
    with st.expander(t("mapping"), expanded=not check.usable):
        rows = screens.mappings.mapping_rows(check, lang())
        if rows.empty:
            st.info(t("mapping_none"))
            return
        st.caption(t("mapping_note"))
        header, target, certainty = screens.mappings.mapping_columns(lang())
        targets = screens.mappings.mapping_targets(check, lang())
        stamp = hashlib.sha256(repr((place, check.chosen, lang())).encode()).hexdigest()[:12]
        edited = st.data_editor(
            rows,
            column_config={target: st.column_config.SelectboxColumn(target, options=list(targets), required=True)},
            disabled=[header, certainty],
            hide_index=True,
            num_rows="fixed",
            key=f"data_mapping_{stamp}",
            height=38 + 35 * len(rows),
        )
        choice = screens.mappings.mapping_choice(check, edited, lang())
        for sentence in choice.doubles:
            st.error(markdown(sentence))
        for sentence in choice.missing:
            st.warning(markdown(sentence))
        same = edited[target].tolist() == rows[target].tolist()
        if st.button(t("mapping_apply"), disabled=same or bool(choice.doubles), key="data_mapping_apply"):
            _answers("mappings")[place] = choice.by_header
            # The tables are the same, so that results stay.
            st.session_state["workspace"] = with_mapping(workspace(), read(choice.by_header))
            st.rerun()


def _checked(check: UploadCheck, *, doubtful: bool) -> None:
    read = check.read
    told = [
        ("table", _table_word(read.table or "", t("not_recognised"))),
        ("rows_in_file", words().value(read.rows_in_file)),
        ("accepted", words().value(read.accepted)),
        ("rejected", words().value(read.rejected)),
    ]
    for column, (name, value) in zip(st.columns(4), told, strict=True):
        column.metric(t(name), value, border=True)
    problems = _problems(check, lang())
    if len(problems):
        st.markdown(f"**{t('problems', n=len(problems))}**")
        widgets.plain_table(problems, height=300)
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
    if second.button(t("use_table"), type="primary", disabled=doubtful or not check.usable, key="data_use"):
        use_workspace(workspace_with(workspace(), check))
        st.toast(t("table_used", table=_table_word(read.table or "", "")))
        st.rerun()
    if not check.usable:
        st.warning(t("not_usable"))
    elif doubtful:
        st.warning(t("datum_needed"))


def _problems(check: UploadCheck, language: str) -> pd.DataFrame:
    """Return the problems in words, put together once for each reading of a file."""
    known: tuple[UploadCheck, str, pd.DataFrame] | None = st.session_state.get("data_problems")
    if known is None or known[0] is not check or known[1] != language:
        known = st.session_state["data_problems"] = (
            check,
            language,
            screens.problems.problem_rows(check.read.problems, language),
        )
    return known[2]


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
    first, second = st.columns(2)
    kind = first.selectbox(
        t("network_kind"), NETWORK_KINDS, format_func=lambda each: t(f"network_kind_{each}"), key="data_network_kind"
    )
    mode = MODES[0]
    if kind == "streets":
        mode = second.selectbox(
            t("network_mode"), MODES, format_func=lambda each: t(f"network_mode_{each}"), key="data_network_mode"
        )
    day, window = None, None
    if kind == "gtfs":
        day = first.date_input(t("timetable_day"), value=None, key="data_network_day", help=t("timetable_day_help"))
        begin = second.text_input(t("timetable_begin"), "07:00", key="data_network_begin", help=t("timetable_help"))
        until = second.text_input(t("timetable_until"), "09:00", key="data_network_until")
        window = (begin, until)
    sent = st.file_uploader(
        t("network_files"), accept_multiple_files=True, type=NETWORK_SUFFIXES[kind], key=f"data_network_{kind}"
    )
    if st.button(t("network_read"), disabled=not sent, key="data_network_read"):
        with st.spinner(t("network_reading")):
            network = planning.read_network(
                {file.name: file.getvalue() for file in sent}, kind, mode, day=day, window=window
            )
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


def _datum_word(name: str) -> str:
    return t(f"datum_{name}") if name else t("recognise")
