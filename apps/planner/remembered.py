"""What lies on a reader's desk is kept on the server: a page loaded again, or opened twice, finds it.

Streamlit starts a new session whenever a page is loaded. The browser's cookie names the desk; what the session holds is
put under that name after each run, and given to the next session that comes with it. A desk that nobody has come back
to in a while is cleared, and only so many are kept.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import streamlit as st
from desk_cookie import COOKIE

from ipps_geo.ledger.accounts import Account
from planner.fields import FORMS
from planner.solving import JOBS

HELD = (
    "workspace", "day", "reach_km", "plan", "plan_ways", "plan_name", "plan_error", "site_test",
    "site_policy", "site_spot", "overview_area", "networks", "desk_sets", "desk_of", "bounds", "leanings",
    "desk_forbidden", "policy", "barriers", "access", "repair", FORMS, *JOBS,
)  # fmt: skip
"""What of a session is kept: its data, its answers, its work on the way, and what its forms hold."""
FORGOTTEN_S = 8 * 3600.0
"""A desk that nobody has come back to during so many seconds is cleared."""
MOST = 64
"""So many desks are kept; the one that was left longest ago is cleared first."""
SHORTEST = 16


@dataclass(frozen=True)
class _Desk:
    held: dict[str, Any]
    seen: float


class Desks:
    """Desks by name, safe among threads."""

    def __init__(self, most: int = MOST, forgotten_s: float = FORGOTTEN_S) -> None:
        self._desks: OrderedDict[str, _Desk] = OrderedDict()
        self._most, self._forgotten_s, self._lock = most, forgotten_s, threading.Lock()

    def find(self, name: str) -> dict[str, Any]:
        """Return what lies on a desk; nothing where there is none."""
        with self._lock:
            self._clear()
            desk = self._desks.get(name)
            return dict(desk.held) if desk else {}

    def put(self, name: str, held: dict[str, Any]) -> None:
        """Put this on a desk, instead of what lay there."""
        with self._lock:
            self._desks[name] = _Desk(held, time.monotonic())
            self._desks.move_to_end(name)
            self._clear()

    def forget(self, name: str) -> None:
        """Clear a desk."""
        with self._lock:
            self._desks.pop(name, None)

    def _clear(self) -> None:
        now = time.monotonic()
        for name in [name for name, desk in self._desks.items() if now - desk.seen > self._forgotten_s]:
            del self._desks[name]
        while len(self._desks) > self._most:
            self._desks.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _desks() -> Desks:
    return Desks()


def recall(who: Account) -> None:
    """Give a session that has just begun what lay on its reader's desk."""
    name = _name(who)
    if name is None or st.session_state.get("recalled"):
        return
    st.session_state["recalled"] = True
    for key, held in _desks().find(name).items():
        st.session_state.setdefault(key, held)


def keep(who: Account) -> None:
    """Put what this session holds on its reader's desk."""
    name = _name(who)
    if name is not None:
        _desks().put(name, {key: st.session_state[key] for key in HELD if st.session_state.get(key) is not None})


def forget(who: Account) -> None:
    """Clear the desk of this session's reader."""
    if (name := _name(who)) is not None:
        _desks().forget(name)


def _name(who: Account) -> str | None:
    """Return the name that the browser sent; None where it sent none, or one that is none of ours.

    Who signs in at the same browser after somebody else has a desk of his own, and so has one whose role has changed.
    """
    sent = str(st.context.cookies.get(COOKIE, ""))
    return f"{who.login} {who.role} {who.unit} {sent}" if len(sent) >= SHORTEST else None
