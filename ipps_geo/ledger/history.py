"""Who changed a row, when, and from which file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.ledger.accounts import Account, Role
from ipps_geo.ledger.rows import frame_of
from ipps_geo.ledger.scopes import BY_HOLDER, BY_UNIT, holders_of, units_within
from ipps_geo.ledger.tables import BATCH, ROWS
from ipps_geo.ledger.views import WHOLE

if TYPE_CHECKING:
    from ipps_geo.ledger.store import Ledger

TOLD = ("recorded_in", "superseded_in", "at", "by", "file")


def row_history(ledger: Ledger, account: Account, table: str, key: Mapping[str, str]) -> pd.DataFrame:
    """Return every version of the rows of a key, oldest first.

    Parameters
    ----------
    key
        Values by column that tell the row: ``{"enterprise_id": "E1"}``, ``{"holder_id": "W-1", "uscc": "9111..."}``.

    Returns
    -------
    The columns of :data:`TOLD` (batch that recorded it, batch that put another in its place, when, by whom it was
    handed in, from which file), ``changed`` (names of the columns that differ from the version before), then the
    columns of the table.

    Raises
    ------
    BadInput
        There is no such row, or none that the account sees whole.
    """
    if table not in TABLES or not key or set(key) - set(TABLES[table].columns):
        raise BadInput("ledger.no_row", where=table)
    rows = ROWS[table]
    names = list(TABLES[table].columns)
    with ledger.reading() as connection:
        wanted = (
            sa.select(rows.c.recorded_in, rows.c.superseded_in, BATCH.c.reviewed_at, BATCH.c.submitted_by, BATCH.c.file)
            .add_columns(*(rows.c[name] for name in names))
            .join_from(rows, BATCH, BATCH.c.number == rows.c.recorded_in)
            .where(*(rows.c[column] == value for column, value in key.items()), _own(connection, account, table))
            .order_by(rows.c.recorded_in, rows.c.row_id)
        )
        found = connection.execute(wanted).fetchall()
    if not found:
        raise BadInput("ledger.no_row", where=table)
    versions = frame_of(table, names, [row[len(TOLD) :] for row in found])
    told = pd.DataFrame([row[: len(TOLD)] for row in found], columns=list(TOLD))
    told["superseded_in"] = told["superseded_in"].astype("Int64")
    plain = pd.DataFrame(versions).astype("str").fillna("")
    differs = plain.ne(plain.shift()).to_numpy()
    told["changed"] = [
        ";".join(name for name, each in zip(names, row, strict=True) if each) if place else ""
        for place, row in enumerate(differs)
    ]
    return pd.concat([told, pd.DataFrame(versions)], axis="columns")


def _own(connection: sa.Connection, account: Account, table: str) -> sa.ColumnElement[bool]:
    """Return the condition that an account sees a row whole."""
    if account.role in WHOLE:
        return sa.true()
    if account.role is not Role.DISTRICT or account.unit is None:
        return sa.false()
    units = units_within(connection, account.unit)
    rows = ROWS[table]
    if table in BY_UNIT:
        return rows.c.unit.in_(sorted(units))
    if table in BY_HOLDER:
        return rows.c[BY_HOLDER[table]].in_(sorted(holders_of(connection, units)))
    return sa.true()
