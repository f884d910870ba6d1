"""The ledger's first tables; a file of scenarios of 0.1 becomes one, with all its scenarios, revisions and events.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ipps_geo.ledger import tables
from ipps_geo.ledger.events import GENESIS, append
from ipps_geo.ledger.schema import METADATA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MADE = (
    *(tables.HEAD, tables.BATCH, tables.CASE, tables.STEP, tables.EVENT, tables.FACT, tables.ALIAS),
    tables.DATABASE_LOGIN,
    *(tables.SCENARIO, tables.REVISION, tables.VISIT, *tables.ROWS.values()),
)


def upgrade() -> None:
    """Make the tables, and take over the file of version 0.1 in which they are made."""
    connection = op.get_bind()
    former = sa.inspect(connection).get_table_names()
    if "scenario" in former:
        op.rename_table("event", "event_of_0_1")
        op.add_column("revision", sa.Column("batch", tables.SERIAL))
    METADATA.create_all(connection, tables=list(MADE))
    connection.execute(sa.insert(tables.HEAD).values(id=1, batch=0, event=0, hash=GENESIS))
    if "scenario" in former:
        told = sa.text("SELECT scenario_id, at, who, what, detail FROM event_of_0_1 ORDER BY number")
        for scenario, at, who, what, detail in connection.execute(told).fetchall():
            append(connection, who, what, f"scenario:{scenario}", at=at, text=detail)
        op.drop_table("event_of_0_1")
        connection.exec_driver_sql("PRAGMA user_version = 0")


def downgrade() -> None:
    """Refuse: what was recorded since would be lost."""
    raise NotImplementedError
