"""What happened, append only: each event holds the hash of the one before, so that no past one can be changed unseen.

The hash is sha256 over the canonical text of an event: JSON of its fields in order, with the hash of the one before.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ipps_geo.ledger.moments import moment, stamp
from ipps_geo.ledger.tables import EVENT, HEAD

if TYPE_CHECKING:
    from ipps_geo.ledger.accounts import Account
    from ipps_geo.ledger.store import Ledger

GENESIS = "0" * 64
"""Stands for the hash before the first event."""


@dataclass(frozen=True)
class Event:
    """One thing that somebody did; ``subject`` is ``batch:7``, ``case:3``, ``scenario:...`` or ``account:...``."""

    number: int
    at: dt.datetime
    account: str
    what: str
    subject: str
    detail: Mapping[str, Any]
    hash: str


@dataclass(frozen=True)
class Broken:
    """Where the chain does not hold: the number of an event, and what is wrong with it.

    ``what`` is ``changed`` (its hash is not that of its text), ``unlinked`` (it does not follow the one before),
    ``missing`` (a number is not there) or ``end`` (the chain ends elsewhere than the head says).
    """

    number: int
    what: str


def append(
    connection: sa.Connection, login: str, what: str, subject: str = "", /, *, at: str = "", **detail: Any
) -> int:
    """Add an event inside the transaction of what it tells of, and return its number.

    ``connection`` must be one of :meth:`ipps_geo.ledger.store.Ledger.writing`; ``at`` is now by default.
    """
    number, previous = connection.execute(sa.select(HEAD.c.event, HEAD.c.hash)).one()
    number += 1
    told = {
        "number": number,
        "at": at or stamp(dt.datetime.now(dt.UTC)),
        "account": login,
        "what": what,
        "subject": subject,
        "detail": json.dumps(detail, ensure_ascii=False, sort_keys=True, allow_nan=False),
        "previous_hash": previous,
    }
    digest = hash_of(told)
    connection.execute(sa.insert(EVENT).values(**told, hash=digest))
    connection.execute(sa.update(HEAD).values(event=number, hash=digest))
    return int(number)


def hash_of(told: Mapping[Any, Any]) -> str:
    """Return the hash of an event, given all its other fields."""
    fields = ("number", "at", "account", "what", "subject", "detail", "previous_hash")
    text = json.dumps([told[name] for name in fields], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def trail(ledger: Ledger, account: Account, subject: str | None = None, limit: int | None = None) -> list[Event]:
    """Return what an account may know of what happened, oldest first; the last ``limit`` of them if stated.

    Administrators see everything, everybody else what was done under the own login.
    """
    wanted = sa.select(EVENT).order_by(EVENT.c.number.desc())
    if not account.administrator:
        wanted = wanted.where(EVENT.c.account == account.login)
    if subject is not None:
        wanted = wanted.where(EVENT.c.subject == subject)
    with ledger.reading() as connection:
        rows = connection.execute(wanted.limit(limit)).mappings().all()
    return [_event(row) for row in reversed(rows)]


def events_of(connection: sa.Connection, subject: str) -> list[Event]:
    """Return every event of one subject, oldest first: for those who may see the subject itself."""
    wanted = sa.select(EVENT).where(EVENT.c.subject == subject).order_by(EVENT.c.number)
    return [_event(row) for row in connection.execute(wanted).mappings()]


def verify(ledger: Ledger) -> tuple[Broken, ...]:
    """Return where the chain of events does not hold, in its order; empty for one that nobody touched."""
    broken = []
    expected, previous = 0, GENESIS
    with ledger.reading() as connection:
        for row in connection.execute(sa.select(EVENT).order_by(EVENT.c.number)).mappings():
            expected += 1
            if row["number"] != expected:
                broken.append(Broken(expected, "missing"))
                expected = row["number"]
            elif row["previous_hash"] != previous:
                broken.append(Broken(expected, "unlinked"))
            if row["hash"] != hash_of(row):
                broken.append(Broken(expected, "changed"))
            previous = row["hash"]
        number, last = connection.execute(sa.select(HEAD.c.event, HEAD.c.hash)).one()
        if (number, last) != (expected, previous):
            broken.append(Broken(int(number), "end"))
    return tuple(broken)


def _event(row: Mapping[Any, Any]) -> Event:
    return Event(
        row["number"],
        moment(row["at"]),
        row["account"],
        row["what"],
        row["subject"],
        json.loads(row["detail"]),
        row["hash"],
    )
