"""What Alembic runs: on the connection that it is handed, inside the transaction that is open there."""

from __future__ import annotations

from alembic import context

from ipps_geo.ledger.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
# No begin_transaction of Alembic's own: the caller's transaction holds everything or nothing.
context.run_migrations()
