"""Backup and restore: a copy of the whole ledger while people work on it; the key of pseudonyms is kept apart.

An embedded ledger is copied by SQLite's online backup into another file of its kind; one on PostgreSQL by ``pg_dump``
into its custom format. A copy is looked at before it takes anybody's place.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ipps_geo.errors import BadInput
from ipps_geo.files import check_new, written_beside
from ipps_geo.ledger.dialects import address_of, made_private
from ipps_geo.ledger.events import append, verify
from ipps_geo.ledger.opening import open_ledger
from ipps_geo.ledger.store import last_batch

if TYPE_CHECKING:
    from ipps_geo.ledger.store import Ledger

_PROGRAMS = Path("/usr/lib/postgresql")


def backup(ledger: Ledger, target: Path, *, login: str, force: bool = False) -> Path:
    """Write a copy of the ledger as it is now into a file for its owner alone, and return the file.

    Raises
    ------
    BadInput
        There is a file already and ``force`` does not ask to replace it; it cannot be written; or ``pg_dump`` is not
        installed, or refuses.
    """
    check_new(target, force=force)
    with ledger.writing() as connection:
        append(connection, login, "backup", "ledger", file=target.name)
    with written_beside(target, private=True) as draft:
        draft.unlink(missing_ok=True)
        made_private(draft)
        if ledger.engine.dialect.name == "sqlite":
            _copied(ledger.path, draft)
        else:
            _run(ledger, "pg_dump", "--format=custom", "--no-owner", f"--file={draft}")
    return target


def restore(address: str, source: Path, *, force: bool = False) -> Ledger:
    """Put a backup in the place of the ledger at an address, and return it.

    Raises
    ------
    BadInput
        The backup is none, is damaged, or its chain of events is broken; or there is a ledger with batches already, and
        ``force`` does not ask to replace it.
    """
    if not source.is_file():
        raise BadInput("ledger.no_backup", where=str(source))
    url = address_of(address)
    if url.get_backend_name() == "sqlite":
        return _restored_file(Path(str(url.database)), source, force=force)
    ledger = open_ledger(address)
    try:
        with ledger.reading() as connection:
            if last_batch(connection) and not force:
                raise BadInput("ledger.not_empty", where=ledger.where)
    finally:
        ledger.engine.dispose()  # nobody of ours keeps a table that is replaced
    _run(ledger, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(source))
    return _sound(open_ledger(address), source)


def _restored_file(path: Path, source: Path, *, force: bool) -> Ledger:
    check_new(path, force=force)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_beside(path, private=True) as draft:
        draft.unlink(missing_ok=True)
        made_private(draft)
        _copied(source, draft)
        copy = _sound(open_ledger(draft), source)
        copy.engine.dispose()
        with contextlib.closing(sqlite3.connect(draft)) as connection:
            # One file again: what lies in the log beside the draft would stay behind.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode = DELETE")
        for beside in ("-wal", "-shm"):
            # Those of the file that is replaced belong to it, and to nothing else.
            Path(f"{path}{beside}").unlink(missing_ok=True)
    return open_ledger(path)


def _sound(ledger: Ledger, source: Path) -> Ledger:
    if verify(ledger):
        raise BadInput("ledger.broken_backup", where=str(source))
    return ledger


def _copied(source: Path, target: Path) -> None:
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as one,
            contextlib.closing(sqlite3.connect(target)) as other,
        ):
            one.backup(other)
            (told,) = other.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise BadInput("ledger.no_backup", where=str(source)) from error
    if told != "ok":
        raise BadInput("ledger.broken_backup", where=str(source))


def _run(ledger: Ledger, program: str, *arguments: str) -> None:
    found = shutil.which(program) or next(map(str, sorted(_PROGRAMS.glob(f"*/bin/{program}"), reverse=True)), None)
    if found is None:
        raise BadInput("ledger.no_program", where=ledger.where, program=program)
    url: sa.URL = ledger.engine.url
    # The password goes by the environment: arguments can be read by everybody on the machine.
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    try:
        done = subprocess.run(
            [found, f"--dbname={plain}", *arguments], env=os.environ | secret, capture_output=True, check=False
        )
    except OSError as error:
        raise BadInput("ledger.no_program", where=ledger.where, program=program) from error
    if done.returncode:
        raise BadInput("ledger.program_refused", where=ledger.where, program=program)
