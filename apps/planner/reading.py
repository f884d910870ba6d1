"""A file that was sent in, read with what its sender answers: every page asks the same questions."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from ipps_geo import planning, screens
from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.intake.request import Question
from ipps_geo.media import markdown
from ipps_geo.planning.site_test import stations_of
from ipps_geo.planning.uploads import apply_upload, datum_question, with_mapping
from ipps_geo.report.words.messages import error_message, error_sentences
from ipps_geo.results import UploadCheck
from planner import widgets
from planner.kept import kept_by_session
from planner.state import lang, say, t, words, workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from ipps_geo.workspace import Applied, Workspace


@dataclass(frozen=True)
class Reading:
    """A file as it was read; ``open_`` while a question stands without whose answer it must not be used."""

    check: UploadCheck
    open_: bool
    place: tuple[str, str | None, str]


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
    station: str | None,
    absent: str,
    _workspace: Workspace,
    region: str,
) -> UploadCheck:
    return planning.check_upload(
        _content, name, table, sheet=sheet, mapping=json.loads(mapping), saved=json.loads(saved), datum=datum,
        accept_partial=lenient, station=station, absent=json.loads(absent),
        units=_workspace.units,
    )  # fmt: skip


def read_sent(
    sent: Any,
    page: str,
    *,
    table: str | None = None,
    datum: str | None = None,
    lenient: bool = False,
    absent: Mapping[str, str] | None = None,
) -> Reading:
    """Read the file of an uploader and ask what it leaves open; ``page`` sets the keys of two pages apart."""
    content = sent.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    sheet = answers(page, "sheets").get(digest)
    told = answers(page, "replies").setdefault(digest, {})
    place = (digest, sheet, table or told.get("table") or "")
    mapping = answers(page, "mappings").get(place)

    def read(system: str | None, chosen: Mapping[str, str] | None) -> UploadCheck:
        with st.spinner(t("checking")):
            return _check(
                digest, content, sent.name, place[2] or None, sheet, json.dumps(chosen),
                json.dumps(workspace().mappings, sort_keys=True), system, lenient, told.get("station"),
                json.dumps(absent), workspace(), workspace().region.key,
            )  # fmt: skip

    check = read(datum, mapping)
    _sheets(check, digest, page)
    system = datum or _coordinates(check, digest, page)
    if system and not datum:
        check = read(system, mapping)
    waiting = [_ask(question, check, place, page, read) for question in _questions(check)]
    _mapping(check, place, page, lambda chosen: read(system or None, chosen))
    return Reading(check, system is None or any(waiting), place)


def answers(page: str, name: str) -> dict[Any, Any]:
    """Return what this session answered about the files that were sent in on a page."""
    known: dict[Any, Any] = st.session_state.setdefault(f"{page}_{name}", {})
    return known


def _questions(check: UploadCheck) -> list[Question]:
    """Return the questions that no other part of the page asks; a roster of several stations is one of them."""
    asked = [question for question in check.read.questions if question.kind in ("column", "station", "table")]
    stations = stations_of(check.read)
    if len(stations) > 1 and check.read.table == "rosters":
        asked.append(Question("station", stations, needed=False))
    return asked


def _ask(
    question: Question,
    check: UploadCheck,
    place: tuple[str, str | None, str],
    page: str,
    read: Callable[[str | None, Mapping[str, str] | None], UploadCheck] | None = None,
) -> bool:
    """Ask one question in a form; return whether it stands and the file waits for it."""
    own = workspace()
    names = dict(own.institutions[["institution_id", "name"]].itertuples(index=False, name=None))
    choices = screens.questions.choice_words(question, lang(), None if question.choices else names)
    stamp = hashlib.sha256(repr((place, question.kind, question.column)).encode()).hexdigest()[:12]
    with st.form(f"{page}_ask_{stamp}"):
        st.markdown(f"**{markdown(screens.questions.question_text(question, check.read, lang()))}**")
        answer = st.selectbox(
            t("answer_field"), list(choices), index=None, format_func=choices.get, key=f"{page}_answer_{stamp}",
            placeholder=t("answer_choose"), label_visibility="collapsed",
        )  # fmt: skip
        sent = st.form_submit_button(say("question.answer"), key=f"{page}_submit_{question.kind}_{stamp}")
    if sent and answer:
        replies = answers(page, "replies")[place[0]]
        if question.kind == "column":
            table = place[2] or question.table
            replies["table"] = replies.get("table") or table
            chosen = {**(answers(page, "mappings").get(place) or {}), answer: question.column}
            answers(page, "mappings")[place[0], place[1], table] = chosen
            if read is not None:  # the tables are the same, so that results stay
                st.session_state["workspace"] = with_mapping(own, read(None, chosen))
        else:
            replies[question.kind] = answer
        st.rerun()
    return question.needed


def _sheets(check: UploadCheck, digest: str, page: str) -> None:
    """Say which sheet was read, or that those of one form were read together, and let the planner choose another."""
    sheets, read, key = check.read.sheets, check.read.sheet, f"{page}_sheet_{digest}"
    if len(sheets) < 2:
        return
    together = sum(1 for part in check.read.parts if not part.reason) > 1
    choices = ["", *sheets] if together or answers(page, "sheets").get(digest) is not None else list(sheets)
    chosen = "" if together else read

    def take() -> None:
        answers(page, "sheets")[digest] = st.session_state[key] or None

    st.selectbox(
        t("sheet"), choices, index=choices.index(chosen) if chosen in choices else None, key=key, on_change=take,
        format_func=lambda name: name or t("sheet_all"), placeholder=t("sheet_none"),
        help=t("sheet_help", n=len(sheets)),
    )  # fmt: skip


def _coordinates(check: UploadCheck, digest: str, page: str) -> str | None:
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
        t("datum_answer"), systems, index=systems.index(verdict.datum) if sure else None, key=f"{page}_datum_{digest}",
        format_func=lambda system: words().label("Datum", system), horizontal=True,
    )  # fmt: skip
    return "" if sure and answer == verdict.datum else answer


def _mapping(
    check: UploadCheck, place: tuple[str, str | None, str], page: str, read: Callable[..., UploadCheck]
) -> None:
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
            key=f"{page}_mapping_{stamp}",
            height=38 + 35 * len(rows),
        )
        choice = screens.mappings.mapping_choice(check, edited, lang())
        for sentence in choice.doubles:
            st.error(markdown(sentence))
        for sentence in choice.missing:
            st.warning(markdown(sentence))
        same = edited[target].tolist() == rows[target].tolist()
        if st.button(t("mapping_apply"), disabled=same or bool(choice.doubles), key=f"{page}_mapping_apply"):
            answers(page, "mappings")[place] = choice.by_header
            # The tables are the same, so that results stay.
            st.session_state["workspace"] = with_mapping(workspace(), read(choice.by_header))
            st.rerun()


def problems(check: UploadCheck, page: str) -> pd.DataFrame:
    """Return the problems in words, put together once for each reading of a file."""
    known: tuple[UploadCheck, str, pd.DataFrame] | None = st.session_state.get(f"{page}_problems")
    if known is None or known[0] is not check or known[1] != lang():
        told = screens.problems.problem_rows(check.read.problems, lang())
        known = st.session_state[f"{page}_problems"] = (check, lang(), told)
    return known[2]


def table_word(name: str, otherwise: str) -> str:
    """Return the word for a table, ``otherwise`` where there is none."""
    return words().label("TableName", name) if name in TABLES else otherwise


def preview(found: Reading, page: str) -> Applied | None:
    """Show what the file would change, and in which scope; return it, None where it does not fit."""
    check = found.check
    scope = st.radio(
        say("difference.scope"), ("file", "table"), horizontal=True, key=f"{page}_scope",
        format_func=lambda each: words().text(f"difference.choose_{each}"),
    )  # fmt: skip
    known = st.session_state.get(f"{page}_preview")
    stamp = (id(check), workspace().content_hash, scope)
    if known is None or known[0] != stamp:
        try:
            made = apply_upload(workspace(), check, scope)
        except BadInput as error:
            if error.code.startswith("apply.station"):
                st.warning(markdown(error_sentences(error, lang())[0]))
                _ask(Question("station"), check, found.place, page)
            else:
                st.error(markdown(error_message(error, lang())))
            return None
        known = st.session_state[f"{page}_preview"] = (stamp, made)
    applied: Applied = known[1]
    widgets.plain_table(screens.differences.difference_rows(applied.difference, workspace(), lang()))
    gone = applied.difference.gone
    if len(gone):
        name = "name_zh" if "name_zh" in gone.columns else "name" if "name" in gone.columns else None
        if name is not None:
            with st.expander(t("going", n=len(gone))):
                widgets.plain_table(gone[[name]].rename(columns={name: t("going_name")}), height=240)
    return applied
