"""The tables of the ledger. Those of rows follow from :mod:`ipps_geo.columns`: a column is described in one place.

A row is never changed. ``recorded_in`` is the number of the batch that brought it, ``superseded_in`` of the one that
put another in its place (or none): as of batch N those hold with ``recorded_in <= N < superseded_in``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from ipps_geo.columns import TABLES, Kind
from ipps_geo.ledger.dialects import PLACE
from ipps_geo.ledger.schema import METADATA

STAMP = sa.String(32)
"""A moment as text: see :func:`ipps_geo.ledger.schema.stamp`."""

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A number that counts up by itself."""

HEAD = sa.Table(
    "head",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Column("event", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
"""One row: the number of the last batch, and the number and hash of the last event."""

BATCH = sa.Table(
    "batch",
    METADATA,
    sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
    sa.Column("number", sa.BigInteger, unique=True),
    sa.Column("table_name", sa.String(32), nullable=False),
    sa.Column("scope_kind", sa.String(16), nullable=False),
    sa.Column("scope_code", sa.Text),
    sa.Column("unit", sa.Text),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("base", sa.BigInteger),
    sa.Column("drafted_by", sa.String(128), nullable=False),
    sa.Column("drafted_at", STAMP, nullable=False),
    sa.Column("submitted_by", sa.String(128)),
    sa.Column("submitted_at", STAMP),
    sa.Column("reviewed_by", sa.String(128)),
    sa.Column("reviewed_at", STAMP),
    sa.Column("reason", sa.Text, nullable=False),
)
"""One submission. ``id`` counts drafts, ``number`` what was taken over: what happened later never gets between.

``facts`` is JSON: columns that the file gives, mapping, datum, problems. ``content`` are the rows as they were sent
(Parquet), ``base`` the batch number that the submitter saw; ``unit`` whose it is (NULL: the city's).
"""

CASE = sa.Table(
    "case_file",
    METADATA,
    sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("unit", sa.Text),
    sa.Column("route", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("opened_by", sa.String(128), nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
)
"""One procedure of Art. 5, 8, 9 or 19; ``state`` is its last step, ``facts`` (JSON) what the form said."""

STEP = sa.Table(
    "step",
    METADATA,
    sa.Column("case_id", SERIAL, sa.ForeignKey("case_file.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("step", sa.String(16), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("at", STAMP, nullable=False),
    sa.Column("account", sa.String(128), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("attachment", sa.String(64)),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("batch", sa.BigInteger, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("policy", sa.Text, nullable=False),
    sa.Column("verdicts", sa.Text, nullable=False),
)
"""One step of a case, and the verdicts as they were then: of which content, under which version of the policy."""

EVENT = sa.Table(
    "event",
    METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", STAMP, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("previous_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)

FACT = sa.Table(
    "fact",
    METADATA,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""What the ledger knows of itself: its name, the check value of its key."""

ALIAS = sa.Table(
    "alias",
    METADATA,
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("clear", sa.Text, primary_key=True),
    sa.Column("alias", sa.Text, nullable=False),
)
"""Pseudonyms by what they stand for; only the owner of the tables reads it."""

DATABASE_LOGIN = sa.Table(
    "database_login",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("unit", sa.Text),
)
"""Who connects to PostgreSQL directly, as what, and for which unit; see :mod:`ipps_geo.ledger.rights`."""

SCENARIO = sa.Table(
    "scenario",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("adopted_at", sa.Text),
    sa.Column("adopted_by", sa.Text),
    sa.Column("archived", sa.Integer, nullable=False, server_default="0"),
)
REVISION = sa.Table(
    "revision",
    METADATA,
    sa.Column("scenario_id", sa.Text, sa.ForeignKey("scenario.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("saved_at", sa.Text, nullable=False),
    sa.Column("saved_by", sa.Text, nullable=False),
    sa.Column("batch", sa.BigInteger),
)
"""One revision of a scenario; ``batch`` is the number of the batch that it was computed on, if it was on the ledger."""

VISIT = sa.Table(
    "visit",
    METADATA,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
)

_TYPES: Mapping[Kind, sa.types.TypeEngine[Any]] = {
    "integer": sa.BigInteger(),
    "number": sa.Double(),
    "boolean": sa.Boolean(),
    "date": sa.Date(),
    "geometry": PLACE,
}

IDENTIFIED = ("enterprises", "rosters")
"""Tables whose rows stand for legal entities: ``entity`` is the key of the one behind the row."""


def _rows(name: str) -> sa.Table:
    described = TABLES[name]
    table = sa.Table(
        name,
        METADATA,
        sa.Column("row_id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("recorded_in", sa.BigInteger, nullable=False),
        sa.Column("superseded_in", sa.BigInteger),
        *(sa.Column(column.name, _TYPES.get(column.kind, sa.Text())) for column in described.columns.values()),
        *([sa.Column("entity", sa.Text)] if name in IDENTIFIED else []),
        *([sa.Column("cell", PLACE)] if name == "enterprises" else []),
        sa.Index(f"ix_{name}_time", "superseded_in", "recorded_in"),
    )
    first = next(iter(described.columns))
    sa.Index(f"ix_{name}_{first}", table.c[first])
    if name in IDENTIFIED:
        sa.Index(f"ix_{name}_entity", table.c.entity)
    if described.geometry is not None:
        sa.Index(f"ix_{name}_place", table.c.geometry, postgresql_using="gist").ddl_if(dialect="postgresql")
    return table


ROWS: Mapping[str, sa.Table] = MappingProxyType({name: _rows(name) for name in TABLES})
"""Rows of each table of a workspace, as of every batch."""
