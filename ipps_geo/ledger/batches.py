"""Submissions: drafted, submitted, taken over or sent back. What is taken over was shown; what moved is shown again.

A batch gets its ``number`` when it is taken over, so that what happens later never comes between two earlier ones;
until then it is known by its ``id``.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.ledger.accounts import DESK_LOGIN, Account, Role
from ipps_geo.ledger.differences import Difference, compared
from ipps_geo.ledger.events import append
from ipps_geo.ledger.fitting import check_fit, conflicts_of, fitted, packed, unpacked
from ipps_geo.ledger.moments import moment, stamp
from ipps_geo.ledger.rows import read_rows
from ipps_geo.ledger.scopes import Scope, check_may_submit, reach_of, units_within
from ipps_geo.ledger.store import last_batch, new_id
from ipps_geo.ledger.tables import BATCH, ROWS
from ipps_geo.ledger.takeover import OF_CASE, take_over
from ipps_geo.ledger.views import WHOLE
from ipps_geo.workspace.apply import given_columns
from ipps_geo.workspace.reading import undoubted
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    from ipps_geo.intake import TableRead
    from ipps_geo.ledger.store import Ledger


@dataclass(frozen=True)
class Batch:
    """One submission; see :data:`ipps_geo.ledger.tables.BATCH`. ``facts``: given columns, mapping, datum, problems."""

    id: int
    number: int | None
    table: str
    scope: Scope
    unit: str | None
    state: str
    day: dt.date
    file: str
    sha256: str
    rows: int
    facts: Mapping[str, Any]
    drafted_by: str
    drafted_at: dt.datetime
    submitted_by: str | None
    submitted_at: dt.datetime | None
    reviewed_by: str | None
    reviewed_at: dt.datetime | None
    reason: str


def draft(ledger: Ledger, account: Account, read: TableRead, scope: Scope, *, day: dt.date, sha256: str = "") -> Batch:
    """Keep a file that was read as a draft: nothing of it is on record yet.

    Parameters
    ----------
    day
        The day that the file speaks of; what it no longer names is off its roster from that day.
    sha256
        Hash of the file as it came.

    Raises
    ------
    BadInput
        The file has no usable row, speaks of more than its scope, does not fit the record, or the scope is not the
        account's.
    """
    table = read.table
    if table is None or table not in TABLES or read.frame.empty:
        raise BadInput("apply.no_rows", where=read.file)
    sent = conform(table, undoubted(read, table).frame)
    mapping = {} if read.mapping is None else read.mapping.by_header
    facts = {
        "given": sorted(given_columns(read)),
        "mapping": dict(mapping),
        "datum": read.datum.datum,
        "problems": read.problems["code"].value_counts().sort_index().to_dict(),
        "complete": read.rejected == 0 and len(sent) == len(read.frame),
    }
    return draft_rows(ledger, account, table, sent, scope, day=day, file=read.file, sha256=sha256, facts=facts)


def draft_rows(
    ledger: Ledger,
    account: Account,
    table: str,
    sent: pd.DataFrame,
    scope: Scope,
    *,
    day: dt.date,
    file: str,
    facts: Mapping[str, Any],
    sha256: str = "",
) -> Batch:
    """Keep rows, from a file or a form, as a draft; see :func:`draft`."""
    # Looked at before other writers are kept out: it is looked at again before anything is taken over.
    with ledger.reading() as connection:
        reach = reach_of(connection, table, scope)
        check_may_submit(connection, account, reach)
        sent = fitted(connection, account, table, sent, reach, file)
        check_fit(connection, table, sent, file)
    content = packed(sent)
    with ledger.writing() as connection:
        at = stamp(dt.datetime.now(dt.UTC))
        made = connection.execute(
            sa.insert(BATCH).values(
                table_name=table,
                scope_kind=scope.kind,
                scope_code=scope.code,
                unit=reach.unit,
                state="draft",
                day=day,
                file=file,
                sha256=sha256,
                facts=json.dumps(facts, ensure_ascii=False, sort_keys=True),
                content=content,
                rows=len(sent),
                drafted_by=account.login,
                drafted_at=at,
                reason="",
            )
        )
        number = new_id(made)
        append(connection, account.login, "drafted", f"batch:{number}", table=table, scope=str(scope), rows=len(sent))
        return _batch(_row(connection, number))


def difference(ledger: Ledger, account: Account, batch_id: int) -> Difference:
    """Return what a submission would change now; conflicts with rows of others are shown to the city alone.

    Raises
    ------
    BadInput
        There is no such submission for this account, or it was taken over already.
    """
    with ledger.reading() as connection:
        row = _visible(connection, account, batch_id)
        _check_state(row, "draft", "submitted", "returned")
        return _difference(connection, row, account)


def submit(ledger: Ledger, account: Account, batch_id: int, seen: str) -> Batch:
    """Hand in a draft, or one that was sent back, whose difference (``seen``: its digest) the submitter has looked at.

    Raises
    ------
    BadInput
        ``ledger.moved``: the record has moved since, and the difference is to be looked at again; or it is not the
        account's, or already handed in.
    """
    now = difference(ledger, account, batch_id)
    with ledger.writing() as connection:
        row = _visible(connection, account, batch_id)
        _check_state(row, "draft", "returned")
        check_may_submit(connection, account, reach_of(connection, row["table_name"], _scope(row)))
        _check_seen(_as_it_is(connection, row, account, now), seen)
        base = last_batch(connection)
        _change(connection, row, "submitted", account, submitted=True, base=base)
        append(connection, account.login, "submitted", f"batch:{batch_id}", base=base)
        return _batch(_row(connection, batch_id))


def accept(ledger: Ledger, account: Account, batch_id: int, seen: str) -> Batch:
    """Take a submission over into the record, as the reviewer has seen its difference (``seen``: its digest).

    Raises
    ------
    BadInput
        ``ledger.moved`` (see :func:`submit`), ``ledger.in_conflict``; the account is not the city's, or handed it in.
    """
    now = difference(ledger, account, batch_id)
    with ledger.writing() as connection:
        row = _visible(connection, account, batch_id)
        _check_reviewer(row, account)
        found = _as_it_is(connection, row, account, now)
        _check_seen(found, seen)
        if len(found.conflicts):
            raise BadInput("ledger.in_conflict", where=row["file"], n=len(found.conflicts))
        check_fit(connection, row["table_name"], found.recorded, row["file"])
        superseded = {found.table: found.superseded}
        number = take_over(ledger, connection, {found.table: found.recorded}, superseded)
        _change(connection, row, "accepted", account, number=number)
        append(connection, account.login, "accepted", f"batch:{batch_id}", number=number, counts=found.counts)
        return _batch(_row(connection, batch_id))


def send_back(ledger: Ledger, account: Account, batch_id: int, reason: str) -> Batch:
    """Return a submission with a reason.

    Raises
    ------
    BadInput
        No reason; or the account is not the city's, or handed it in.
    """
    if not reason.strip():
        raise BadInput("ledger.no_reason", where="reason")
    with ledger.writing() as connection:
        row = _visible(connection, account, batch_id)
        _check_reviewer(row, account)
        _change(connection, row, "returned", account, reason=reason.strip())
        append(connection, account.login, "returned", f"batch:{batch_id}", reason=reason.strip())
        return _batch(_row(connection, batch_id))


def withdraw(ledger: Ledger, account: Account, batch_id: int) -> Batch:
    """Take back what was drafted or handed in, and not taken over.

    Raises
    ------
    BadInput
        Somebody else handed it in, or it was taken over.
    """
    with ledger.writing() as connection:
        row = _visible(connection, account, batch_id)
        _check_state(row, "draft", "submitted", "returned")
        if account.login not in (row["drafted_by"], row["submitted_by"]):
            raise BadInput("ledger.not_yours", where=account.login)
        _change(connection, row, "withdrawn", account)
        append(connection, account.login, "withdrawn", f"batch:{batch_id}")
        return _batch(_row(connection, batch_id))


def submissions(ledger: Ledger, account: Account, state: str | None = None) -> list[Batch]:
    """Return the submissions that an account may know of, the last one first: the city all, a district its own."""
    with ledger.reading() as connection:
        wanted = sa.select(BATCH).where(_mine(connection, account), BATCH.c.scope_kind != OF_CASE)
        wanted = wanted.order_by(BATCH.c.id.desc())
        if state is not None:
            wanted = wanted.where(BATCH.c.state == state)
        return [_batch(row) for row in connection.execute(wanted).mappings()]


def sent_rows(ledger: Ledger, account: Account, batch_id: int) -> pd.DataFrame:
    """Return the rows of a submission as they were sent."""
    with ledger.reading() as connection:
        row = _visible(connection, account, batch_id)
        return unpacked(row["table_name"], row["content"])


def _difference(connection: sa.Connection, row: Mapping[str, Any], account: Account) -> Difference:
    table, facts = row["table_name"], json.loads(row["facts"])
    reach = reach_of(connection, table, _scope(row))
    rows = ROWS[table]
    sent = unpacked(table, row["content"])
    conflicts = None
    if account.role in WHOLE and reach.column is not None:
        conflicts = conflicts_of(connection, table, sent, reach)
    return compared(
        table,
        sent,
        read_rows(connection, table, where=reach.where(rows), extra=["row_id"]),
        facts["given"],
        base=last_batch(connection),
        day=row["day"],
        complete=facts.get("complete", True),
        conflicts=conflicts,
    )


def _as_it_is(connection: sa.Connection, row: Mapping[str, Any], account: Account, found: Difference) -> Difference:
    """Return a difference that was found a moment ago, found again if a batch was taken over since."""
    return found if found.base == last_batch(connection) else _difference(connection, row, account)


def _visible(connection: sa.Connection, account: Account, batch_id: int) -> Mapping[str, Any]:
    row = _row(connection, batch_id)
    allowed = connection.scalar(sa.select(BATCH.c.id).where(BATCH.c.id == batch_id, _mine(connection, account)))
    if allowed is None:
        raise BadInput("ledger.no_submission", where=str(batch_id))
    return row


def _mine(connection: sa.Connection, account: Account) -> sa.ColumnElement[bool]:
    if account.role in WHOLE:
        return sa.true()
    if account.role is not Role.DISTRICT or account.unit is None:
        return sa.false()
    return BATCH.c.unit.in_(sorted(units_within(connection, account.unit)))


def _row(connection: sa.Connection, batch_id: int) -> Mapping[str, Any]:
    row = connection.execute(sa.select(BATCH).where(BATCH.c.id == batch_id)).mappings().first()
    if row is None:
        raise BadInput("ledger.no_submission", where=str(batch_id))
    return dict(row)


def _check_state(row: Mapping[str, Any], *states: str) -> None:
    if row["state"] not in states:
        raise BadInput("ledger.state", where=f"{row['id']}: {row['file']}", state=row["state"])


def _check_reviewer(row: Mapping[str, Any], account: Account) -> None:
    _check_state(row, "submitted")
    if account.role is not Role.CITY:
        raise BadInput("ledger.not_yours", where=account.login)
    if account.login in (row["submitted_by"], row["drafted_by"]) and account.login != DESK_LOGIN:
        raise BadInput("ledger.own_submission", where=account.login)


def _check_seen(found: Difference, seen: str) -> None:
    if found.digest != seen:
        raise BadInput("ledger.moved", where=found.table, base=found.base)


def _change(
    connection: sa.Connection,
    row: Mapping[str, Any],
    state: str,
    account: Account,
    *,
    submitted: bool = False,
    **values: Any,
) -> None:
    by = "submitted" if submitted else "reviewed"
    told = {f"{by}_by": account.login, f"{by}_at": stamp(dt.datetime.now(dt.UTC)), "state": state}
    connection.execute(sa.update(BATCH).where(BATCH.c.id == row["id"]).values(**told, **values))


def _scope(row: Mapping[str, Any]) -> Scope:
    return Scope(row["scope_kind"], row["scope_code"])


def _batch(row: Mapping[Any, Any]) -> Batch:
    def at(name: str) -> dt.datetime | None:
        return None if row[name] is None else moment(row[name])

    return Batch(
        id=row["id"],
        number=row["number"],
        table=row["table_name"],
        scope=_scope(row),
        unit=row["unit"],
        state=row["state"],
        day=row["day"],
        file=row["file"],
        sha256=row["sha256"],
        rows=row["rows"],
        facts=json.loads(row["facts"]),
        drafted_by=row["drafted_by"],
        drafted_at=moment(row["drafted_at"]),
        submitted_by=row["submitted_by"],
        submitted_at=at("submitted_at"),
        reviewed_by=row["reviewed_by"],
        reviewed_at=at("reviewed_at"),
        reason=row["reason"],
    )
