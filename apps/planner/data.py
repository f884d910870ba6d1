"""Data: send in a file, see how it was read and what is wrong with it, use it; templates and sources."""

from __future__ import annotations

import hashlib

import streamlit as st

from ipps_geo import planning
from ipps_geo.columns import TABLES
from ipps_geo.planning.uploads import DATUMS, UPLOAD_SUFFIXES, UploadCheck
from planner import widgets
from planner.state import lang, t, use_workspace, words, workspace


def show() -> None:
    """Show what is in use, the upload with its problems, templates and sources."""
    _in_use()
    _upload()
    _templates()
    st.subheader(t("sources"))
    widgets.plain_table(planning.source_rows(workspace(), lang()))


def _in_use() -> None:
    own = workspace()
    st.subheader(t("in_use"))
    st.caption(t("in_use_note", name=own.name, date=own.data_date, hash=own.content_hash[:12]))
    widgets.plain_table(planning.table_rows(own, lang()))
    if st.session_state.get("workspace") is not None and st.button(t("use_embedded"), key="data_embedded"):
        use_workspace(None)
        st.rerun()


@st.cache_resource(show_spinner=False, max_entries=32)
def _check(digest: str, _content: bytes, name: str, table: str | None, datum: str | None, partial: bool) -> UploadCheck:
    return planning.check_upload(_content, name, table, datum=datum, accept_partial=partial)


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
    partial = st.checkbox(t("accept_partial"), key="data_partial")
    if sent is None:
        return
    content = sent.getvalue()
    with st.spinner(t("checking")):
        check = _check(hashlib.sha256(content).hexdigest(), content, sent.name, table or None, datum or None, partial)
    _checked(check)


def _checked(check: UploadCheck) -> None:
    read = check.read
    told = [
        (t("table"), _table_word(read.table or "", t("not_recognised"))),
        (t("rows_in_file"), words().value(read.rows_in_file)),
        (t("accepted"), words().value(read.accepted)),
        (t("rejected"), words().value(read.rejected)),
    ]
    for column, (label, value) in zip(st.columns(4), told, strict=True):
        column.metric(label, value, border=True)
    problems = planning.problem_rows(read.problems, lang())
    if len(problems):
        st.markdown(f"**{t('problems', n=len(problems))}**")
        widgets.plain_table(problems, height=300)
    else:
        st.success(t("no_problems"))
    with st.expander(t("mapping")):
        widgets.plain_table(planning.mapping_rows(check, lang()))
    first, second = st.columns(2)
    if len(problems) and read.table is not None:
        first.download_button(
            t("coloured_copy"),
            planning.coloured_copy(check, lang()),
            file_name=f"{check.name.rsplit('.', 1)[0]}-checked.xlsx",
            key="data_coloured",
        )
    if second.button(t("use_table"), type="primary", disabled=not check.usable, key="data_use"):
        use_workspace(planning.workspace_with(workspace(), check))
        st.toast(t("table_used", table=_table_word(read.table or "", "")))
        st.rerun()
    if not check.usable:
        st.warning(t("not_usable"))


def _templates() -> None:
    st.subheader(t("templates"))
    first, second = st.columns([3, 1], vertical_alignment="bottom")
    table = first.selectbox(
        t("template_of"), list(TABLES), format_func=lambda name: _table_word(name, ""), index=4, key="data_template"
    )
    second.download_button(t("download"), _template(table), file_name=f"{table}.xlsx", key="data_template_file")
    st.download_button(t("templates_all"), _templates_zip, file_name="templates.zip", key="data_templates_all")


@st.cache_data(show_spinner=False)
def _template(table: str) -> bytes:
    return planning.template_bytes(table)


def _templates_zip() -> bytes:
    return planning.all_templates()


def _table_word(name: str, otherwise: str) -> str:
    return words().label("TableName", name) if name else otherwise


def _datum_word(name: str) -> str:
    return t(f"datum_{name}") if name else t("recognise")
