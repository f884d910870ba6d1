"""Who is there: the account behind a browser's cookie, asked of the ledger at every request and every click."""

from __future__ import annotations

import datetime as dt
from functools import cache

import streamlit as st

from ipps_geo.errors import BadInput
from ipps_geo.ledger.accounts import DESK, Account
from ipps_geo.ledger.sessions import account_of_session
from ipps_geo.ledger.store import Ledger, open_ledger
from ipps_geo.workspace import load_workspace
from planner.signing import signing


def now() -> dt.datetime:
    """Return this moment."""
    return dt.datetime.now(dt.UTC)


@cache
def ledger() -> Ledger:
    """Return the ledger, opened once a process."""
    return open_ledger()


def units() -> frozenset[str]:
    """Return the codes of the service units."""
    return frozenset(str(code) for code in load_workspace().service_units["code"])


def visitor(token: str) -> Account:
    """Return the account whose session a token is.

    Raises
    ------
    BadInput
        There is no such session, or it has ended (``sign_in.*``).
    """
    if not token:
        raise BadInput("sign_in.needed", where="sign-in")
    return account_of_session(ledger(), token, now=now())


def token() -> str:
    """Return the token that this page's browser held when it connected; empty where nobody signs in."""
    return "" if signing().way == "none" else str(st.context.cookies.get(signing().cookie, ""))


def account() -> Account:
    """Return whose page this is; where nobody signs in, the desk.

    Raises
    ------
    BadInput
        The session has ended (``sign_in.*``).
    """
    return DESK if signing().way == "none" else visitor(token())
