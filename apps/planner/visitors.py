"""Who is there: the account behind a browser's cookie, asked of the ledger at every request and every click."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import streamlit as st

from ipps_geo.errors import BadInput
from ipps_geo.intake.units import units_of
from ipps_geo.ledger import administration
from ipps_geo.ledger.accounts import DESK, Account
from ipps_geo.ledger.opening import ledger_address, open_ledger
from ipps_geo.ledger.sessions import account_of_session
from ipps_geo.ledger.store import Ledger
from ipps_geo.ledger.takeover import region_of
from ipps_geo.regions import load_region
from planner.signing import signing

Page = TypeVar("Page", bound=Callable[..., Any])


def now() -> dt.datetime:
    """Return this moment."""
    return dt.datetime.now(dt.UTC)


@cache
def _opened(address: str) -> Ledger:
    return open_ledger(address)


def ledger() -> Ledger:
    """Return the ledger, opened once a process."""
    return _opened(ledger_address())


def has_record() -> bool:
    """Return whether a ledger was begun: one person's is made when something is first put on record."""
    address = ledger_address()
    return "://" in address or Path(address).is_file()


def units() -> frozenset[str]:
    """Return the codes of the service units."""
    return units_of(region_of(ledger()) if has_record() else load_region()).codes


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


def leave(who: Account) -> None:
    """End the session of this page's browser: its cookie, and every copy, opens nothing any more."""
    administration.sign_out(ledger(), who.login, token(), at=now())


def fragment(run_every: float | None = None) -> Callable[[Page], Page]:
    """Return Streamlit's fragment that asks who is there, as a run of the whole page does."""

    def guarded(page: Page) -> Page:
        @st.fragment(run_every=run_every)
        @wraps(page)
        def asked(*arguments: Any, **options: Any) -> Any:
            try:
                account()
            except BadInput:
                st.rerun()
            return page(*arguments, **options)

        return cast("Page", asked)

    return guarded
