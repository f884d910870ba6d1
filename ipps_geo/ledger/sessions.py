"""Sessions: what a browser holds after signing in, and when that ends.

The browser holds a random token; the ledger holds its SHA-256 alone, so that whoever reads the ledger cannot sign in
with it. Every request asks here: a session that was ended, an account that was disabled, and a token that was copied
from either are out at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ipps_geo.errors import BadInput
from ipps_geo.ledger.accounts import ACCOUNT, Account, find_account
from ipps_geo.ledger.moments import moment, stamp
from ipps_geo.ledger.schema import METADATA

if TYPE_CHECKING:
    from ipps_geo.ledger.store import Ledger

SESSION = sa.Table(
    "session",
    METADATA,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    sa.Column("login", sa.String(128), sa.ForeignKey("account.login"), nullable=False, index=True),
    sa.Column("began_at", sa.String(27), nullable=False),
    sa.Column("seen_at", sa.String(27), nullable=False),
    sa.Column("ended_at", sa.String(27)),
    sa.Column("ticket_sha256", sa.String(64), unique=True),
)
"""``ticket_sha256``: the provider's answer that opened the session; one answer opens one session."""

IDLE = dt.timedelta(minutes=30)
"""A session without a request for so long has ended."""
LONGEST = dt.timedelta(hours=12)
"""No session is longer than that."""
NOTED = dt.timedelta(seconds=30)
"""How exactly the last request is remembered: a click does not have to write."""
KEPT = dt.timedelta(days=90)


def begin_session(connection: sa.Connection, account: Account, *, at: dt.datetime, ticket: str | None = None) -> str:
    """Begin a session of an account and return its token, which is kept nowhere else.

    Raises
    ------
    BadInput
        The account is disabled, or ``ticket`` has opened a session before.
    """
    if account.disabled_at is not None:
        raise BadInput("sign_in.disabled", where="sign-in")
    spent = None if ticket is None else _sha256(ticket)
    used = sa.select(SESSION.c.login).where(SESSION.c.ticket_sha256 == spent)
    if spent is not None and connection.execute(used).first() is not None:
        raise BadInput("sign_in.ticket", where="sign-in")
    connection.execute(sa.delete(SESSION).where(SESSION.c.began_at < stamp(at - KEPT)))
    token = secrets.token_urlsafe(32)
    connection.execute(
        sa.insert(SESSION).values(
            token_sha256=_sha256(token), login=account.login, began_at=stamp(at), seen_at=stamp(at), ticket_sha256=spent
        )
    )
    return token


def account_of_session(ledger: Ledger, token: str, *, now: dt.datetime) -> Account:
    """Return the account whose session a token is, and remember that it was used.

    Raises
    ------
    BadInput
        ``sign_in.needed`` (no such session), ``sign_in.ended`` (signed out), ``sign_in.idle``, ``sign_in.disabled``.
    """
    of_token = SESSION.c.token_sha256 == _sha256(token)
    with ledger.reading() as connection:
        row = connection.execute(sa.select(SESSION).where(of_token)).mappings().first()
        account = None if row is None else find_account(connection, ACCOUNT.c.login == row["login"])
    if row is None or account is None:
        raise BadInput("sign_in.needed", where="sign-in")
    if account.disabled_at is not None:
        raise BadInput("sign_in.disabled", where="sign-in")
    if row["ended_at"] is not None:
        raise BadInput("sign_in.ended", where="sign-in")
    if now - moment(row["seen_at"]) > IDLE or now - moment(row["began_at"]) > LONGEST:
        raise BadInput("sign_in.idle", where="sign-in")
    if now - moment(row["seen_at"]) > NOTED:
        with ledger.writing() as connection:
            connection.execute(sa.update(SESSION).where(of_token).values(seen_at=stamp(now)))
    return account


def end_session(connection: sa.Connection, token: str, *, at: dt.datetime) -> None:
    """End the session of a token; one that has ended stays as it is."""
    _end(connection, SESSION.c.token_sha256 == _sha256(token), at)


def end_sessions(connection: sa.Connection, login: str, *, at: dt.datetime, but: str | None = None) -> None:
    """End all sessions of an account, except the one whose token is ``but``."""
    of_login = SESSION.c.login == login
    _end(connection, of_login if but is None else of_login & (SESSION.c.token_sha256 != _sha256(but)), at)


def _end(connection: sa.Connection, which: sa.ColumnElement[bool], at: dt.datetime) -> None:
    connection.execute(sa.update(SESSION).where(which & SESSION.c.ended_at.is_(None)).values(ended_at=stamp(at)))


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
