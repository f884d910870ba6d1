"""The record: what it was as of any batch, judged again as then, and who did what."""

from __future__ import annotations

import streamlit as st

from ipps_geo import ledger as room
from ipps_geo import screens
from ipps_geo.ledger.views import WHOLE
from ipps_geo.media import markdown
from planner import visitors, widgets
from planner.state import audit, batch, catch_up, lang, last_recorded, rows, say, workspace

MOST_EVENTS = 500


def show() -> None:
    """Show which batch is looked at, the way to any other, what follows from it, and the trail."""
    who = visitors.account()
    _as_of()
    st.subheader(say("ledger.trail"))
    st.caption(say("ledger.trail_all" if who.administrator else "ledger.trail_own"))
    if not visitors.has_record():
        st.info(say("ledger.nothing_recorded"))
        return
    happened = room.trail(visitors.ledger(), who, limit=MOST_EVENTS)
    widgets.plain_table(screens.records.event_rows(happened[::-1], lang()), height=420)
    if who.role in WHOLE and st.button(say("ledger.verify"), key="ledger_verify"):
        broken = room.verify(visitors.ledger())
        if broken:
            st.error(say("ledger.broken", n=broken[0].number))
        else:
            st.success(say("ledger.sound"))


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
