"""What administrators do with accounts, and what everybody does with the own one: one transaction, one event each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ipps_geo.errors import BadInput
from ipps_geo.ledger.accounts import (
    ACCOUNT,
    Account,
    accounts,
    add_account,
    change_account,
    check_administrators,
    disable_account,
    enable_account,
    find_account,
    get_account,
)
from ipps_geo.ledger.claims import ClaimMap, account_of_claims
from ipps_geo.ledger.events import append
from ipps_geo.ledger.passwords import check_password, must_change, new_password, set_password
from ipps_geo.ledger.sessions import begin_session, end_session, end_sessions

if TYPE_CHECKING:
    from ipps_geo.ledger.store import Ledger


def listed(ledger: Ledger, by: Account) -> tuple[Account, ...]:
    """Return all accounts to an administrator, to anybody else the own one."""
    with ledger.reading() as connection:
        if by.administrator:
            return accounts(connection)
        return (get_account(connection, by.login),)


def create(ledger: Ledger, by: Account, account: Account, units: Collection[str], *, at: dt.datetime) -> str:
    """Add an account and return its first password, which its owner has to change at the first sign-in."""
    _administrator(by)
    password = new_password()
    with ledger.writing() as connection:
        new = add_account(connection, account, units)
        set_password(connection, new.login, password, at=at, must_change=True)
        append(connection, by.login, "account_created", f"account:{new.login}", **_said(new))
    return password


def change(ledger: Ledger, by: Account, account: Account, units: Collection[str], *, at: dt.datetime) -> None:
    """Give an account another name, role, unit or rights; it has them from its next request on."""
    _administrator(by)
    with ledger.writing() as connection:
        before = get_account(connection, account.login)
        kept = replace(account, issuer=before.issuer, subject=before.subject, disabled_at=before.disabled_at)
        changed = change_account(connection, kept, units)
        check_administrators(connection)
        append(connection, by.login, "account_changed", f"account:{changed.login}", **_said(changed))


def disable(ledger: Ledger, by: Account, login: str, *, at: dt.datetime) -> None:
    """Disable an account and end its sessions."""
    _administrator(by)
    with ledger.writing() as connection:
        disable_account(connection, login, at=at)
        check_administrators(connection)
        end_sessions(connection, login, at=at)
        append(connection, by.login, "account_disabled", f"account:{login}")


def enable(ledger: Ledger, by: Account, login: str, *, at: dt.datetime) -> None:
    """Let a disabled account sign in again."""
    _administrator(by)
    with ledger.writing() as connection:
        enable_account(connection, login)
        append(connection, by.login, "account_enabled", f"account:{login}")


def reset_password(ledger: Ledger, by: Account, login: str, *, at: dt.datetime) -> str:
    """Give an account a new first password, end its sessions, and return the password."""
    _administrator(by)
    password = new_password()
    with ledger.writing() as connection:
        if get_account(connection, login).issuer is not None:
            raise BadInput("account.no_password", where="login", login=login)
        set_password(connection, login, password, at=at, must_change=True)
        end_sessions(connection, login, at=at)
        append(connection, by.login, "password_reset", f"account:{login}")
    return password


def change_own_password(
    ledger: Ledger, login: str, old: str, new: str, *, at: dt.datetime, token: str | None = None
) -> None:
    """Change the own password, which ends every session but that of ``token``; a wrong old one counts."""
    check_password(ledger, login, old, now=at)
    if old == new:
        raise BadInput("password.same", where="password")
    with ledger.writing() as connection:
        set_password(connection, login, new, at=at)
        end_sessions(connection, login, at=at, but=token)
        append(connection, login, "password_changed", f"account:{login}")


def has_to_change_password(ledger: Ledger, login: str) -> bool:
    """Return whether an account still has the password that was handed over."""
    with ledger.reading() as connection:
        return must_change(connection, login)


def sign_in(ledger: Ledger, login: str, password: str, *, at: dt.datetime) -> str:
    """Begin a session by password and return its token; see ``check_password`` for what is refused."""
    account = check_password(ledger, login, password, now=at)
    with ledger.writing() as connection:
        token = begin_session(connection, account, at=at)
        append(connection, account.login, "signed_in", f"account:{account.login}")
    return token


def sign_in_by_claims(
    ledger: Ledger,
    claims: Mapping[str, Any],
    mapping: ClaimMap,
    units: Collection[str],
    ticket: str,
    *,
    at: dt.datetime,
) -> str:
    """Begin a session of the person whom a provider vouches for, and return its token.

    The account is made at the first sign-in and follows the claims at every other one. Where the claims give no access
    any more, the sessions that the identity has end too.

    Raises
    ------
    BadInput
        See ``account_of_claims``; the account is disabled; ``ticket``, the provider's answer, was used before.
    """
    identity = (ACCOUNT.c.issuer == str(claims.get("iss"))) & (ACCOUNT.c.subject == str(claims.get("sub")))
    with ledger.writing() as connection:
        known = find_account(connection, identity)
    try:
        claimed = account_of_claims(claims, mapping, units)
    except BadInput:
        if known is not None:
            with ledger.writing() as connection:
                end_sessions(connection, known.login, at=at)
                append(connection, known.login, "claims_refused", f"account:{known.login}")
        raise
    with ledger.writing() as connection:
        known = find_account(connection, identity)
        if known is None:
            account = add_account(connection, claimed, units)
            append(connection, account.login, "account_created", f"account:{account.login}", **_said(account))
        else:
            account = replace(claimed, login=known.login, disabled_at=known.disabled_at)
            if account != known:
                change_account(connection, account, units)
                append(connection, account.login, "account_changed", f"account:{account.login}", **_said(account))
        token = begin_session(connection, account, at=at, ticket=ticket)
        append(connection, account.login, "signed_in", f"account:{account.login}")
    return token


def sign_out(ledger: Ledger, login: str, token: str, *, at: dt.datetime) -> None:
    """End the session of a token."""
    with ledger.writing() as connection:
        end_session(connection, token, at=at)
        append(connection, login, "signed_out", f"account:{login}")


def nobody_yet(ledger: Ledger) -> bool:
    """Return whether there is no account at all: the first one is made on the command line."""
    with ledger.reading() as connection:
        return connection.execute(sa.select(ACCOUNT.c.login).limit(1)).first() is None


def _administrator(by: Account) -> None:
    if not by.administrator:
        raise BadInput("account.not_administrator", where=by.login)


def _said(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": account.role.value,
        "unit": account.unit,
        "administrator": account.administrator,
        "issuer": account.issuer,
    }
