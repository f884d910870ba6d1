"""Bringing a store to the present version: Alembic's migrations, for both kinds of store, in one transaction each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ipps_geo.errors import BadInput
from ipps_geo.ledger.dialects import prepare, schema_lacks

if TYPE_CHECKING:
    from ipps_geo.ledger.store import Ledger

VERSION = "0002"
"""The migration that the code of this version stands on (a test compares it to the last one in ``versions``)."""


def bring_up_to_date(ledger: Ledger) -> None:
    """Run the migrations that a store lacks.

    Raises
    ------
    BadInput
        The store is of a later version than this program.
    """
    with ledger.reading() as connection:
        if version_of(connection) == VERSION:
            return
    with ledger.writing() as connection:
        found = version_of(connection)  # another process may have been first
        if found == VERSION:
            return
        if found is not None and found > VERSION:
            raise BadInput("store.other_version", where=ledger.where, version=found, known=VERSION)
        prepare(connection)
        _upgrade(connection)


def version_of(connection: sa.Connection) -> str | None:
    """Return the last migration that was run on a store; None for one without any."""
    if schema_lacks(connection, "alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, VERSION)
