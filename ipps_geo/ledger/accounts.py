"""Accounts: who may sign in, as what, and for which unit. An account is disabled, never deleted."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

import sqlalchemy as sa

from ipps_geo.errors import BadInput
from ipps_geo.ledger.moments import moment, stamp
from ipps_geo.ledger.schema import METADATA


class Role(StrEnum):
    """What an account is: what it sees and which steps it may take follow from it."""

    CITY = "city"
    BUREAU = "bureau"
    DISTRICT = "district"
    ANALYST = "analyst"
    READER = "reader"


@dataclass(frozen=True)
class Account:
    """One person's account.

    ``unit`` is the code of the service unit of a district's account and None for every other role; ``administrator``
    accounts (city centre and bureau only) make accounts and read all events. ``issuer`` and ``subject`` name the
    identity at a provider; both are None for an account that signs in with a password of its own.
    """

    login: str
    name: str
    role: Role
    unit: str | None = None
    administrator: bool = False
    issuer: str | None = None
    subject: str | None = None
    disabled_at: dt.datetime | None = None


DESK_LOGIN = "desk"
DESK = Account(DESK_LOGIN, "", Role.CITY, administrator=True)
"""Who works where nobody signs in: one person on one machine."""

ACCOUNT = sa.Table(
    "account",
    METADATA,
    sa.Column("login", sa.String(128), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("unit", sa.String(16)),
    sa.Column("administrator", sa.Boolean, nullable=False),
    sa.Column("issuer", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("disabled_at", sa.String(27)),
    sa.UniqueConstraint("issuer", "subject"),
)

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@:/-]{1,127}")
NAME_MAX = 80


def checked(account: Account, units: Collection[str]) -> Account:
    """Return an account that can be; ``units`` are the codes of the service units.

    Raises
    ------
    BadInput
        A login of other signs, no name, a district's account without a known unit, a unit or the administrator's
        rights where the role has none.

    >>> checked(Account("li.hua", "李华", Role.DISTRICT, "110108"), {"110108"}).unit
    '110108'
    """
    if LOGIN.fullmatch(account.login) is None or account.login == DESK_LOGIN:
        raise BadInput("account.login", where="login", login=account.login)
    if not account.name.strip() or len(account.name) > NAME_MAX:
        raise BadInput("account.name", where="name", most=NAME_MAX)
    if account.role is Role.DISTRICT and account.unit not in units:
        raise BadInput("account.unit", where="unit", unit=account.unit or "")
    if account.role is not Role.DISTRICT and account.unit is not None:
        raise BadInput("account.unit_without_district", where="unit", role=account.role.value)
    if account.administrator and account.role not in (Role.CITY, Role.BUREAU):
        raise BadInput("account.administrator", where="administrator", role=account.role.value)
    return replace(account, name=account.name.strip())


def add_account(connection: sa.Connection, account: Account, units: Collection[str]) -> Account:
    """Add a new account.

    Raises
    ------
    BadInput
        See :func:`checked`; or the login, or the identity, has an account already.
    """
    new = checked(account, units)
    taken = ACCOUNT.c.login == new.login
    if new.subject is not None:
        taken |= (ACCOUNT.c.issuer == new.issuer) & (ACCOUNT.c.subject == new.subject)
    if connection.execute(sa.select(ACCOUNT.c.login).where(taken)).first() is not None:
        raise BadInput("account.exists", where="login", login=new.login)
    connection.execute(sa.insert(ACCOUNT).values(login=new.login, **_columns(new)))
    return new


def change_account(connection: sa.Connection, account: Account, units: Collection[str]) -> Account:
    """Write what an account is now: name, role, unit, rights, disabled since.

    Raises
    ------
    BadInput
        See :func:`checked`; or no such account.
    """
    new = checked(account, units)
    get_account(connection, new.login)
    connection.execute(sa.update(ACCOUNT).where(ACCOUNT.c.login == new.login).values(**_columns(new)))
    return new


def disable_account(connection: sa.Connection, login: str, *, at: dt.datetime) -> Account:
    """Disable an account: its sessions end at their next request.

    Raises
    ------
    BadInput
        No such account.
    """
    get_account(connection, login)
    connection.execute(sa.update(ACCOUNT).where(ACCOUNT.c.login == login).values(disabled_at=stamp(at)))
    return get_account(connection, login)


def enable_account(connection: sa.Connection, login: str) -> Account:
    """Let a disabled account sign in again; sessions that ended stay ended."""
    get_account(connection, login)
    connection.execute(sa.update(ACCOUNT).where(ACCOUNT.c.login == login).values(disabled_at=None))
    return get_account(connection, login)


def get_account(connection: sa.Connection, login: str) -> Account:
    """Return an account.

    Raises
    ------
    BadInput
        There is none.
    """
    found = find_account(connection, ACCOUNT.c.login == login)
    if found is None:
        raise BadInput("account.unknown", where="login", login=login)
    return found


def find_account(connection: sa.Connection, clause: sa.ColumnElement[bool]) -> Account | None:
    """Return the account of which a clause over :data:`ACCOUNT` is true, or None."""
    row = connection.execute(sa.select(ACCOUNT).where(clause)).mappings().first()
    return None if row is None else _account(row)


def accounts(connection: sa.Connection) -> tuple[Account, ...]:
    """Return all accounts in the order of their logins, the disabled ones too."""
    return tuple(_account(row) for row in connection.execute(sa.select(ACCOUNT).order_by(ACCOUNT.c.login)).mappings())


def check_administrators(connection: sa.Connection) -> None:
    """Refuse to leave nobody who can make accounts.

    Raises
    ------
    BadInput
        Every administrator is disabled or none any more.
    """
    left = sa.select(ACCOUNT.c.login).where(ACCOUNT.c.administrator, ACCOUNT.c.disabled_at.is_(None))
    if connection.execute(left).first() is None:
        raise BadInput("account.last_administrator", where="login")


def _columns(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "role": account.role.value,
        "unit": account.unit,
        "administrator": account.administrator,
        "issuer": account.issuer,
        "subject": account.subject,
        "disabled_at": None if account.disabled_at is None else stamp(account.disabled_at),
    }


def _account(row: sa.RowMapping) -> Account:
    return Account(
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        unit=row["unit"],
        administrator=bool(row["administrator"]),
        issuer=row["issuer"],
        subject=row["subject"],
        disabled_at=None if row["disabled_at"] is None else moment(row["disabled_at"]),
    )
