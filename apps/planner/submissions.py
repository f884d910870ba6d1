"""Submissions: a file of one station or unit; what it would change is shown, handed in, taken over or returned."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo import ledger as room
from ipps_geo import screens
from ipps_geo.ledger import batches
from ipps_geo.ledger.accounts import DESK, Role
from ipps_geo.ledger.scopes import BY_HOLDER, BY_UNIT, OF_CITY, Scope
from ipps_geo.ledger.views import WHOLE, units_of
from ipps_geo.media import markdown
from ipps_geo.planning.uploads import UPLOAD_SUFFIXES
from planner import reading, visitors, widgets
from planner.state import catch_up, day, lang, say, words, workspace

if TYPE_CHECKING:
    from ipps_geo.ledger import Account, Batch

TABLES = ("rosters", "enterprises", "institutions", "carriers", "staff", "conduct", "evaluations", "applications")
"""What can be sent in, the commonest first."""


def show() -> None:
    """Show what was sent in and what became of it; one submission with what it changes; and the way to send in one."""
    who = visitors.account()
    listed = room.submissions(visitors.ledger(), who)
    _send(who, first=not listed)
    if not listed:
        return
    st.subheader(say("ledger.submissions"))
    chosen = widgets.selecting_table(
        screens.submissions.submission_rows(listed, workspace(), lang()), "batch_id", key="submissions", height=300
    )
    found = next((each for each in listed if str(each.id) == chosen), None)
    if found is None:
        st.caption(say("ledger.choose_submission"))
    else:
        _one(who, found)


def own_units(who: Account) -> frozenset[str]:
    """Return the units that an account speaks for."""
    known = workspace().service_units
    return frozenset(known["code"]) if who.role in WHOLE else units_of(known, str(who.unit))


def _send(who: Account, *, first: bool) -> None:
    with st.expander(
        say("ledger.send"), expanded=first or "submission_file" in st.session_state, icon=":material/upload:"
    ):
        st.caption(say("ledger.send_note"))
        one, two = st.columns(2)
        table = one.selectbox(
            say("ledger.batch_table"),
            TABLES,
            format_func=lambda name: words().label("TableName", name),
            key="send_table",
        )
        scope = _scope(who, table, two)
        sent = st.file_uploader(say("ledger.send_file"), type=list(UPLOAD_SUFFIXES), key="submission_file")
        on = widgets.day_field("send_day", day(), "send_day", calendar=False)
        if sent is None or scope is None:
            return
        digest = hashlib.sha256(sent.getvalue()).hexdigest()
        if table == "rosters" and scope.kind == "station":
            reading.answers("submission", "replies").setdefault(digest, {})["station"] = scope.code
        found = reading.read_sent(sent, "submission", table=table)
        problems = reading.problems(found.check, "submission")
        if len(problems):
            widgets.plain_table(problems, height=240)
        ready = found.check.usable and not found.open_
        if not ready:
            st.warning(say("ledger.send_waits"))
        if st.button(say("ledger.send_draft"), key="send_draft", type="primary", disabled=not ready):
            made = batches.draft(visitors.ledger(), who, found.check.read, scope, day=on, sha256=digest)
            widgets.select("submissions", str(made.id))
            st.rerun()


def _scope(who: Account, table: str, place: st.delta_generator.DeltaGenerator) -> Scope | None:
    """Ask what the file speaks of: a station where the table has one, a unit, for the city's accounts the city."""
    units = own_units(who)
    known = workspace()
    names = screens.submissions.names_of(known, lang())
    choices: list[str] = []
    if table in BY_HOLDER:
        own = known.institutions["unit"].isin(units)
        choices += [f"station:{each}" for each in known.institutions.loc[own, "institution_id"]]
        pending = known.applications["unit"].isin(units) & (known.applications["decision"] == "pending")
        choices += [f"station:{each}" for each in known.applications.loc[pending, "application_id"]]
    if table in BY_UNIT or table in BY_HOLDER:
        choices += [f"unit:{code}" for code in known.service_units["code"] if code in units]
    if who.role in WHOLE or table in OF_CITY:
        choices.append("city")
    chosen = place.selectbox(
        say("ledger.batch_scope"), choices, index=None, placeholder=say("ledger.scope_choose"),
        key=f"send_scope_{table}", format_func=lambda text: screens.submissions.scope_choice(Scope.of(text), names),
    )  # fmt: skip
    return None if chosen is None else Scope.of(chosen)


def _one(who: Account, batch: Batch) -> None:
    st.subheader(f"{markdown(words().label('BatchState', batch.state))} · {markdown(batch.file)}")
    if batch.state == "returned":
        st.warning(say("ledger.returned_because", reason=batch.reason), icon=":material/undo:")
    if batch.state in ("draft", "submitted", "returned"):
        _open(who, batch)
    with st.expander(say("ledger.batch_details")):
        widgets.facts(screens.submissions.batch_facts(batch, lang(), workspace()))
    widgets.plain_table(screens.records.event_rows(room.trail(visitors.ledger(), who, f"batch:{batch.id}"), lang()))


def _open(who: Account, batch: Batch) -> None:
    ledger = visitors.ledger()
    found = room.difference(ledger, who, batch.id)
    for column, (name, value) in zip(st.columns(6), screens.submissions.change_counts(found, words()), strict=True):
        column.metric(markdown(name), value, border=True)
    if found.changes_nothing:
        st.info(say("ledger.changes_nothing"))
    else:
        widgets.plain_table(screens.submissions.change_rows(found, workspace(), lang()), height=360)
    if len(found.conflicts):
        st.error(say("ledger.conflicts", n=len(found.conflicts)))
    mine = who.login in (batch.drafted_by, batch.submitted_by)
    buttons = st.columns(4)
    to_submit = batch.state in ("draft", "returned")
    if to_submit and buttons[0].button(say("ledger.submit"), type="primary", key=f"batch_submit_{batch.id}"):
        room.submit(ledger, who, batch.id, found.digest)
        st.rerun()
    if mine and buttons[1].button(say("ledger.withdraw"), key=f"batch_withdraw_{batch.id}"):
        batches.withdraw(ledger, who, batch.id)
        st.rerun()
    if batch.state == "submitted" and who.role is Role.CITY:
        _review(who, batch, found.digest, mine=mine and who != DESK)


def _review(who: Account, batch: Batch, seen: str, *, mine: bool) -> None:
    ledger = visitors.ledger()
    if mine:
        st.caption(say("ledger.own_submission"))
        return
    with st.form(f"review_{batch.id}"):
        reason = st.text_input(say("ledger.return_reason"), key=f"review_reason_{batch.id}", max_chars=300)
        first, second, _ = st.columns([1, 1, 3])
        taken = first.form_submit_button(say("ledger.accept"), type="primary", key=f"batch_accept_{batch.id}")
        back = second.form_submit_button(say("ledger.return"), key=f"batch_return_{batch.id}")
    if taken:
        room.accept(ledger, who, batch.id, seen)
        catch_up()
        st.rerun()
    if back:
        room.send_back(ledger, who, batch.id, reason)
        st.rerun()
