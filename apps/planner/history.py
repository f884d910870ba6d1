"""The record: what it was as of any batch, judged again as then, and who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ipps_geo import ledger as room
from ipps_geo import screens
from ipps_geo.ledger.accounts import Role
from ipps_geo.ledger.history import row_history
from ipps_geo.ledger.views import WHOLE
from ipps_geo.media import markdown
from planner import visitors, widgets
from planner.state import audit, batch, catch_up, lang, last_recorded, rows, say, words, workspace

if TYPE_CHECKING:
    from ipps_geo.ledger import Account

MOST_EVENTS = 500
ROW_KEYS = {
    "rosters": ("uscc", "holder_id"), "enterprises": ("uscc",), "institutions": ("institution_id",),
    "applications": ("application_id",), "carriers": ("carrier_id",), "staff": ("institution_id",),
    "evaluations": ("institution_id",), "conduct": ("institution_id",),
}  # fmt: skip
"""By what a row of each table is asked for."""


def show() -> None:
    """Show which batch is looked at, the way to any other, what follows from it, and the trail."""
    who = visitors.account()
    _as_of()
    if who.role in WHOLE or who.role is Role.DISTRICT:
        _row(who)
    st.subheader(say("ledger.trail"))
    st.caption(say("ledger.trail_all" if who.administrator else "ledger.trail_own"))
    if not visitors.has_record():
        st.info(say("ledger.nothing_recorded"))
        return
    happened = room.trail(visitors.ledger(), who, limit=MOST_EVENTS)
    widgets.plain_table(screens.records.event_rows(happened[::-1], lang()), title=say("app.page_history"), height=420)
    if who.role in WHOLE and st.button(say("ledger.verify"), key="ledger_verify"):
        broken = room.verify(visitors.ledger())
        if broken:
            st.error(say("ledger.broken", n=broken[0].number))
        else:
            st.success(say("ledger.sound"))


def _row(who: Account) -> None:
    """Answer who changed a row, when, and from which file."""
    st.subheader(say("ledger.row"))
    with st.form("row_form", border=False):
        first, second, third, last = st.columns([2, 2, 2, 1], vertical_alignment="bottom")
        table = first.selectbox(
            say("ledger.batch_table"), list(ROW_KEYS), format_func=lambda name: words().label("TableName", name),
            key="row_table",
        )  # fmt: skip
        one = second.text_input(
            say("ledger.row_id"), key="row_id", max_chars=80, help=say("ledger.row_id_help")
        ).strip()
        two = third.text_input(say("ledger.row_of"), key="row_of", max_chars=80, help=say("ledger.row_of_help")).strip()
        asked = last.form_submit_button(say("ledger.row_ask"), key="row_ask")
    keys = zip(ROW_KEYS[table], (one.strip(), two.strip()), strict=False)
    key = {column: value for column, value in keys if value}
    if not asked or not key:
        return
    found = row_history(visitors.ledger(), who, table, key)
    widgets.plain_table(screens.records.version_rows(found, lang()))


def _as_of() -> None:
    last = last_recorded()
    if not last:
        st.info(say("ledger.nothing_recorded"))
        return
    with st.form("as_of_form", border=False):
        first, second = st.columns([3, 1], vertical_alignment="bottom")
        number = first.number_input(say("ledger.as_of", last=last), 1, last, batch(), key=f"as_of_{batch()}")
        if second.form_submit_button(say("ledger.as_of_look"), key="as_of_look"):
            catch_up(int(number))
            st.rerun()
    own = workspace()
    st.markdown(say("ledger.as_of_hash", n=batch(), hash=own.content_hash))
    left, right = st.columns(2)
    with left:
        widgets.plain_table(screens.rows.table_rows(own, lang()))
    with right:
        st.markdown(f"**{markdown(say('ledger.as_of_audit'))}**")
        widgets.plain_table(rows("severity"))
        widgets.origin(audit().provenance)
