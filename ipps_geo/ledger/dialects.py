"""The one module that knows SQLite from PostgreSQL: how each is opened, locked, and says what went wrong."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from ipps_geo.errors import BadInput, MissingExtra
from ipps_geo.files import reason_of

BUSY_TIMEOUT_S = 60.0
"""How long a writer waits for another one."""

APPLICATION_ID = 0x49505053
"""What SQLite files of this kind carry in their header (``IPPS``)."""

SRID = 4490
"""Reference system of every place: CGCS2000, longitude first."""

LEAST_POSTGRESQL = 15
WRITES = "ledger_writes"
"""Execution option of a connection that changes something."""

_KINDS = {
    "SQLITE_FULL": "full",
    "SQLITE_READONLY": "read_only",
    "SQLITE_CANTOPEN": "cannot_open",
    "SQLITE_PERM": "read_only",
    "SQLITE_NOTADB": "not_a_store",
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_BUSY": "busy",
    "SQLITE_LOCKED": "busy",
    "SQLITE_IOERR": "disk",
}
"""The kind of a failure by the beginning of SQLite's own name for it."""


class _Geometry(sa.types.UserDefinedType[bytes]):
    """A place as PostGIS holds it; it comes and goes as WKB."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return f"geometry(Geometry, {SRID})"

    def bind_expression(self, bindvalue: Any) -> Any:
        return sa.func.ST_GeomFromWKB(sa.cast(bindvalue, sa.LargeBinary), SRID, type_=self)

    def column_expression(self, column: Any) -> Any:
        return sa.func.ST_AsBinary(column, type_=sa.LargeBinary)


PLACE = _Geometry().with_variant(sa.LargeBinary(), "sqlite")
"""Type of a column with a place: PostGIS geometry with its index, or WKB in SQLite."""


def address_of(named: str | Path) -> sa.URL:
    """Return the address of a store that somebody names: a file, or a ``postgresql+psycopg://`` URL.

    Raises
    ------
    BadInput
        The URL is of another kind of database, or none.
    """
    text = str(named)
    if "://" not in text:
        return sa.URL.create("sqlite", database=text)
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError as error:
        raise BadInput("ledger.address", where="IPPS_GEO_LEDGER") from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database:
        return url
    raise BadInput("ledger.address", where="IPPS_GEO_LEDGER")


def engine_of(url: sa.URL) -> sa.Engine:
    """Return an engine for the store at ``url``; a SQLite file and its folder are made when absent.

    Raises
    ------
    BadInput
        The file cannot be made, or belongs to another program.
    MissingExtra
        The driver of PostgreSQL is not installed.
    """
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            made_private(path)
        except OSError as error:
            raise BadInput("store.cannot_make", where=str(path), reason=reason_of(error)) from error
        _check_owner(path)
        return _sqlite(path)
    try:
        engine = sa.create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=16)
    except ImportError as error:
        raise MissingExtra("ledger.no_driver", where="postgres") from error
    event.listen(engine, "connect", _postgresql_connected)
    return engine


def prepare(connection: sa.Connection) -> None:
    """Make ready what the tables stand on: PostGIS; in SQLite the mark of the program.

    Raises
    ------
    BadInput
        The server is older than PostgreSQL 15, or has no PostGIS.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        return
    version = connection.dialect.server_version_info
    if version is None or int(version[0]) < LEAST_POSTGRESQL:
        raise BadInput("ledger.old_server", where=where_of(connection.engine), least=LEAST_POSTGRESQL)
    there = sa.text("SELECT count(*) FROM pg_extension WHERE extname = 'postgis'")
    if not connection.execute(there).scalar():
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("CREATE EXTENSION postgis")
        except sa.exc.DBAPIError as error:
            raise BadInput("ledger.no_postgis", where=where_of(connection.engine)) from error


def lock(connection: sa.Connection) -> None:
    """Keep every other writer out until the end of the transaction; in SQLite ``BEGIN IMMEDIATE`` has done so."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({APPLICATION_ID})")


def schema_lacks(connection: sa.Connection, table: str) -> bool:
    """Whether the store has no such table yet."""
    return not sa.inspect(connection).has_table(table)


def fault_of(error: sa.exc.DBAPIError, engine: sa.Engine) -> BadInput:
    """Return what the store's own refusal is in our words; no text of another library passes."""
    if engine.dialect.name == "sqlite":
        name = getattr(error.orig, "sqlite_errorname", "")
        kind = next((kind for start, kind in _KINDS.items() if name.startswith(start)), "failed")
        return BadInput(f"store.{kind}", where=where_of(engine))
    state = getattr(error.orig, "sqlstate", None) or ""
    if state == "42501":
        return BadInput("ledger.no_right", where=where_of(engine))
    unreachable = error.connection_invalidated or state[:2] in ("", "08", "28", "3D", "57")
    return BadInput("ledger.server" if unreachable else "store.failed", where=where_of(engine))


def where_of(engine: sa.Engine) -> str:
    """Return the name of a store for people: the file, or the address without its password."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    return engine.url.render_as_string(hide_password=True)


def made_private(path: Path, content: bytes = b"") -> None:
    """Make a file for its owner alone (mode 0600), where there is none."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sqlite(path: Path) -> sa.Engine:
    address = f"{path.absolute().as_uri()}?mode=rw"

    def connected() -> sqlite3.Connection:
        if not path.is_file():
            # SQLite would make an empty one, and what was in it would be gone without a word.
            raise BadInput("store.gone", where=str(path))
        # Transactions are begun below, by name; Python would begin deferred ones.
        connection = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), creator=connected, poolclass=sa.pool.NullPool
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # IMMEDIATE takes the write lock at once: a deferred transaction fails when it turns into a writer too late.
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _check_owner(path: Path) -> None:
    """Look at a file before anything is written to it: another program's database stays as it is."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)
        try:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        finally:
            connection.close()
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        kind = next((kind for start, kind in _KINDS.items() if name.startswith(start)), "failed")
        raise BadInput(f"store.{kind}", where=str(path)) from error
    if owner not in (0, APPLICATION_ID) or (tables and "scenario" not in tables):
        raise BadInput("store.foreign", where=str(path))
    if version > 2:  # files of 0.1 counted their versions here; later ones in ``alembic_version``
        raise BadInput("store.other_version", where=str(path), version=version, known=2)


def _postgresql_connected(connection: Any, _: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{int(BUSY_TIMEOUT_S)}s'")
    connection.commit()
