"""The ledger itself: one store that several processes and people write to, and that loses nothing it acknowledged.

Embedded it is one SQLite file, made on first use; by ``IPPS_GEO_LEDGER=postgresql+psycopg://...`` it is a PostgreSQL
server. Every change is one transaction (:meth:`Ledger.writing`) that keeps other writers out: when it has ended the
change survives a killed process; when it has not, the store is as before.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ipps_geo.errors import BadInput
from ipps_geo.files import reason_of
from ipps_geo.ledger.dialects import WRITES, fault_of, lock, made_private, where_of
from ipps_geo.ledger.schema import METADATA
from ipps_geo.ledger.tables import HEAD

KEY_VARIABLE = "IPPS_GEO_LEDGER_KEY"
"""Environment variable that names the file of the key of pseudonyms, where the ledger is a server's."""

KEY_BYTES = 32


@dataclass(frozen=True)
class Ledger:
    """A store that is open. ``engine`` is SQLAlchemy's; every method of this room takes a ledger or a connection."""

    engine: sa.Engine

    @property
    def where(self) -> str:
        """The file, or the address without its password."""
        return where_of(self.engine)

    @property
    def path(self) -> Path:
        """The file of an embedded ledger.

        Raises
        ------
        BadInput
            It is on a server.
        """
        if self.engine.dialect.name != "sqlite":
            raise BadInput("ledger.no_file", where=self.where)
        return Path(str(self.engine.url.database))

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one state from its beginning to its end.

        Raises
        ------
        BadInput
            The store cannot be read, was deleted, or cannot be reached.
        """
        with self._connected(writes=False) as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a connection for one change, with every other writer kept out; left by an error, nothing happened.

        Raises
        ------
        BadInput
            The store cannot be written, or another program keeps it.
        """
        with self._connected(writes=True) as connection:
            lock(connection)
            yield connection

    @contextlib.contextmanager
    def _connected(self, *, writes: bool) -> Iterator[sa.Connection]:
        options: dict[str, Any] = {WRITES: True} if writes else {}
        if not writes and self.engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ"}  # one state, however many queries
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except sa.exc.DBAPIError as error:
            raise fault_of(error, self.engine) from error

    def key(self) -> bytes:
        """Return the secret by which pseudonyms are made; it lies in a file of its own (mode 0600), never in the store.

        Whoever gets hold of the store alone, or of an export, cannot tell whom a pseudonym stands for.

        Raises
        ------
        BadInput
            The file cannot be made or read, or is no key.
        """
        named = os.environ.get(KEY_VARIABLE)
        if named is None and self.engine.dialect.name != "sqlite":
            raise BadInput("ledger.no_key", where=KEY_VARIABLE)
        path = Path(named) if named else self.path.with_suffix(".key")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            made_private(path, secrets.token_bytes(KEY_BYTES))
            content = path.read_bytes()
        except OSError as error:
            raise BadInput("store.cannot_make", where=str(path), reason=reason_of(error)) from error
        if len(content) < KEY_BYTES:
            raise BadInput("ledger.bad_key", where=str(path))
        return content


def last_batch(connection: sa.Connection) -> int:
    """Return the number of the last batch that was taken over; 0 before the first."""
    return int(connection.scalar(sa.select(HEAD.c.batch)) or 0)


def new_id(made: sa.CursorResult[Any]) -> int:
    """Return the number that a new row got."""
    key = made.inserted_primary_key
    if key is None:
        raise BadInput("store.failed")
    return int(key[0])


def tables_of_ledger() -> list[str]:
    """Return the names of every table of a ledger, those that are named by others first."""
    return [table.name for table in METADATA.sorted_tables]
