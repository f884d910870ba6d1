"""Accounts: who may sign in, as what, and for which unit. An account is disabled, never deleted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

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
