"""Passwords: kept as Argon2 hashes, and asked for ever more slowly after wrong ones, account by account.

An attempt is counted **before** the password is looked at, in a transaction of its own: whoever tries many at once has
them all counted. A login that has no account is slowed down and takes as long as one that has, so that neither tells
which logins there are.
"""

from __future__ import annotations

import datetime as dt
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ipps_geo.errors import BadInput, MissingExtra
from ipps_geo.ledger.accounts import ACCOUNT, Account, find_account
from ipps_geo.ledger.moments import moment, stamp
from ipps_geo.ledger.schema import METADATA

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from ipps_geo.ledger.store import Ledger

PASSWORD = sa.Table(
    "password",
    METADATA,
    sa.Column("login", sa.String(128), sa.ForeignKey("account.login"), primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("changed_at", sa.String(27), nullable=False),
)
ATTEMPT = sa.Table(
    "attempt",
    METADATA,
    sa.Column("login", sa.String(128), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("not_before", sa.String(27), nullable=False),
)
"""Wrong passwords since the last right one, by what was typed as the login, whether it has an account or not."""

SHORTEST, LONGEST = 12, 256
VARIED = 5
"""How many different signs a password has at least."""
FREE = 4
"""How many wrong passwords cost nothing."""
MOST_WAIT = dt.timedelta(minutes=15)
FORGOTTEN = dt.timedelta(days=1)
"""After how long without an attempt the wrong ones of a login are forgotten."""


def wait_after(failures: int) -> dt.timedelta:
    """Return how long a login waits after so many wrong passwords: doubled each time, at most :data:`MOST_WAIT`.

    >>> [wait_after(n).seconds for n in (1, 4, 5, 6, 10, 50)]
    [0, 0, 2, 4, 64, 900]
    """
    return dt.timedelta() if failures <= FREE else min(MOST_WAIT, dt.timedelta(seconds=2 ** min(failures - FREE, 12)))


def new_password() -> str:
    """Return a password drawn at random, to be handed over once and changed at the first sign-in."""
    return "-".join(secrets.token_hex(2) for _ in range(5))


def set_password(
    connection: sa.Connection, login: str, password: str, *, at: dt.datetime, must_change: bool = False
) -> None:
    """Give an account a password.

    Raises
    ------
    BadInput
        A password shorter than :data:`SHORTEST`, longer than :data:`LONGEST`, of fewer different signs than
        :data:`VARIED`, or that is the login.
    MissingExtra
        Argon2 is not installed.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput("password.length", where="password", shortest=SHORTEST, longest=LONGEST)
    if len(set(password)) < VARIED or login.casefold() == password.casefold():
        raise BadInput("password.simple", where="password", varied=VARIED)
    values = {"hash": _hasher().hash(password), "must_change": must_change, "changed_at": stamp(at)}
    changed = connection.execute(sa.update(PASSWORD).where(PASSWORD.c.login == login).values(**values))
    if not changed.rowcount:
        connection.execute(sa.insert(PASSWORD).values(login=login, **values))
    connection.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.login == login))


def must_change(connection: sa.Connection, login: str) -> bool:
    """Return whether a password was handed over and has not been changed by its owner yet."""
    return bool(connection.scalar(sa.select(PASSWORD.c.must_change).where(PASSWORD.c.login == login)))


def check_password(ledger: Ledger, login: str, password: str, *, now: dt.datetime) -> Account:
    """Return the account that a login and a password open.

    Raises
    ------
    BadInput
        ``sign_in.slow``: too many wrong ones, with the seconds to wait; ``sign_in.wrong``: the login, the password, or
        a disabled account, which are not told apart.
    MissingExtra
        Argon2 is not installed.
    """
    login = login.strip().casefold()[:128]
    with ledger.writing() as connection:
        _count(connection, login, now)
    with ledger.reading() as connection:
        kept = connection.scalar(sa.select(PASSWORD.c.hash).where(PASSWORD.c.login == login))
        account = find_account(connection, ACCOUNT.c.login == login)
    right = _matches(kept or _nobody(), password[: LONGEST + 1]) and kept is not None
    if not right or account is None or account.disabled_at is not None:
        raise BadInput("sign_in.wrong", where="sign-in")
    with ledger.writing() as connection:
        connection.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.login == login))
        if _hasher().check_needs_rehash(str(kept)):
            again = sa.update(PASSWORD).where(PASSWORD.c.login == login)
            connection.execute(again.values(hash=_hasher().hash(password)))
    return account


def _count(connection: sa.Connection, login: str, now: dt.datetime) -> None:
    """Count an attempt as a wrong one until it turns out right; refuse it where the login has to wait."""
    connection.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.not_before < stamp(now - FORGOTTEN)))
    of_login = ATTEMPT.c.login == login
    row = connection.execute(sa.select(ATTEMPT).where(of_login)).mappings().first()
    failures = 0 if row is None else int(row["failures"])
    if row is not None and (left := moment(row["not_before"]) - now) > dt.timedelta():
        raise BadInput("sign_in.slow", where="sign-in", seconds=int(left.total_seconds()) + 1)
    counted = {"failures": failures + 1, "not_before": stamp(now + wait_after(failures + 1))}
    change = sa.insert(ATTEMPT).values(login=login) if row is None else sa.update(ATTEMPT).where(of_login)
    connection.execute(change.values(**counted))


def _matches(kept: str, password: str) -> bool:
    from argon2.exceptions import VerifyMismatchError

    try:
        return _hasher().verify(kept, password)
    except VerifyMismatchError:
        return False


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher
    except ImportError as error:
        raise MissingExtra("sign_in.no_argon2", where="ipps-geo") from error
    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobody() -> str:
    """Return the hash that is checked where a login has none, so that both take as long."""
    return _hasher().hash(secrets.token_hex(16))
