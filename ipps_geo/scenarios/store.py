"""A store in one SQLite file that loses nothing it has acknowledged and never shows half a scenario.

Write-ahead log, ``synchronous=FULL`` and one ``BEGIN IMMEDIATE`` transaction per change: when a call has returned, the
change survives a killed process; when it has not, the store is as before. Every save adds a revision, so that an
earlier state can be restored; an adopted scenario cannot be changed until it is released.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import secrets
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipps_geo.errors import BadInput
from ipps_geo.files import reason_of

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another one."""

_SCENARIOS = """
CREATE TABLE scenario (
    id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    adopted_at TEXT,
    adopted_by TEXT,
    archived INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE revision (
    scenario_id TEXT NOT NULL REFERENCES scenario (id),
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    document TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    saved_by TEXT NOT NULL,
    PRIMARY KEY (scenario_id, number)
) STRICT;
CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    scenario_id TEXT NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
"""
_VISITS = """
CREATE TABLE visit (
    workspace TEXT NOT NULL,
    who TEXT NOT NULL,
    at TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (workspace, who)
) STRICT;
"""
_STEPS = (_SCENARIOS, _VISITS)
"""What each version of the file added; a file of an earlier version gets what it lacks when it is opened."""

SCHEMA_VERSION = len(_STEPS)

APPLICATION_ID = 0x49505053
"""What SQLite files of this kind carry in their header (``IPPS``)."""

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


@dataclass(frozen=True)
class Scenario:
    """One revision of a scenario; ``document`` is the plan as JSON-safe builtins, ``{}`` in listings."""

    id: str
    revision: int
    name: str
    note: str
    saved_at: dt.datetime
    saved_by: str
    adopted_by: str | None
    document: Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """Who did what to a scenario: saved, renamed, duplicated, adopted, released, restored, archived."""

    at: dt.datetime
    who: str
    what: str
    detail: str


@dataclass(frozen=True)
class Visit:
    """When somebody looked at a workspace, and in which state it was, as JSON-safe builtins."""

    at: dt.datetime
    state: Mapping[str, Any]


class ScenarioStore:
    """Scenarios in one SQLite file; each method is one transaction, safe from several processes at once.

    The file is for its owner alone (mode 0600), and carries :data:`APPLICATION_ID`.

    Parameters
    ----------
    path
        The file; it and its folder are made when absent.

    Raises
    ------
    BadInput
        Here and from every method: the file belongs to another program (``store.foreign``) or to a later version
        (``store.other_version``), is no database (``store.not_a_store``) or a damaged one (``store.damaged``), was
        deleted while it was open (``store.gone``), cannot be written (``store.read_only``, ``store.full``,
        ``store.cannot_open``), or another program keeps it (``store.busy``).
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _made_private(self.path)
        except OSError as error:
            raise BadInput("store.cannot_make", where=str(path), reason=reason_of(error)) from error
        self._check_owner()
        with self._connection() as connection, _transaction(connection):
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            for number, step in enumerate(_STEPS[version:], version + 1):
                for statement in step.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def _check_owner(self) -> None:
        """Look at the file before anything is written to it: another program's database stays as it is."""
        with self._opened("ro") as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if owner not in (0, APPLICATION_ID) or (tables and "scenario" not in tables):
            raise BadInput("store.foreign", where=str(self.path))
        if version > SCHEMA_VERSION:
            raise BadInput("store.other_version", where=str(self.path), version=version, known=SCHEMA_VERSION)

    def key(self) -> bytes:
        """Return the secret by which visits are kept; it lies in a file of its own beside the store (mode 0600).

        Whoever gets hold of the store alone cannot tell from a visit whom a roster names.
        """
        path = self.path.with_suffix(".key")
        try:
            _made_private(path, secrets.token_bytes(32))
            return path.read_bytes()
        except OSError as error:
            raise BadInput("store.cannot_make", where=str(path), reason=reason_of(error)) from error

    def save(
        self, name: str, document: Mapping[str, Any], *, note: str = "", who: str = "", scenario_id: str | None = None
    ) -> Scenario:
        """Save a new scenario, or a new revision of ``scenario_id``, and return it.

        Raises
        ------
        BadInput
            An empty name, an unknown id, or a scenario that is adopted.
        """
        name = name.strip()
        if not name:
            raise BadInput("store.no_name", where="name")
        text = json.dumps(document, ensure_ascii=False, sort_keys=True, allow_nan=False)
        with self._connection() as connection, _transaction(connection):
            if scenario_id is None:
                scenario_id, number = uuid.uuid4().hex, 1
                connection.execute("INSERT INTO scenario (id, revision) VALUES (?, 1)", (scenario_id,))
            else:
                number = self._open_revision(connection, scenario_id) + 1
            self._add_revision(connection, scenario_id, number, name, note, text, who, "saved", name)
        return self.get(scenario_id)

    def rename(self, scenario_id: str, name: str, *, note: str | None = None, who: str = "") -> Scenario:
        """Give a scenario another name, or another note; the plan stays."""
        current = self.get(scenario_id)
        return self.save(
            name, current.document, note=current.note if note is None else note, who=who, scenario_id=scenario_id
        )

    def duplicate(self, scenario_id: str, name: str, *, who: str = "") -> Scenario:
        """Save a copy under a new id; the copy of an adopted scenario is not adopted."""
        current = self.get(scenario_id)
        return self.save(name, current.document, note=current.note, who=who)

    def restore(self, scenario_id: str, revision: int, *, who: str = "") -> Scenario:
        """Make an earlier revision the current one, as a new revision."""
        earlier = self.get(scenario_id, revision)
        return self.save(earlier.name, earlier.document, note=earlier.note, who=who, scenario_id=scenario_id)

    def adopt(self, scenario_id: str, *, who: str) -> Scenario:
        """Lock a scenario as the adopted one; it cannot change until it is released."""
        if not who.strip():
            raise BadInput("store.nobody", where="who")
        with self._connection() as connection, _transaction(connection):
            self._open_revision(connection, scenario_id)
            now = _now()
            connection.execute(
                "UPDATE scenario SET adopted_at = ?, adopted_by = ? WHERE id = ?", (now, who, scenario_id)
            )
            _note(connection, scenario_id, now, who, "adopted", "")
        return self.get(scenario_id)

    def release(self, scenario_id: str, *, who: str) -> Scenario:
        """Unlock an adopted scenario."""
        with self._connection() as connection, _transaction(connection):
            now = _now()
            changed = connection.execute(
                "UPDATE scenario SET adopted_at = NULL, adopted_by = NULL WHERE id = ? AND adopted_at IS NOT NULL",
                (scenario_id,),
            )
            if changed.rowcount:
                _note(connection, scenario_id, now, who, "released", "")
        return self.get(scenario_id)

    def archive(self, scenario_id: str, *, who: str = "") -> None:
        """Take a scenario off the list; nothing is deleted, and it can still be read by its id."""
        with self._connection() as connection, _transaction(connection):
            self._open_revision(connection, scenario_id)
            connection.execute("UPDATE scenario SET archived = 1 WHERE id = ?", (scenario_id,))
            _note(connection, scenario_id, _now(), who, "archived", "")

    def get(self, scenario_id: str, revision: int | None = None) -> Scenario:
        """Return a scenario with its document, the current revision or an earlier one.

        Raises
        ------
        BadInput
            An unknown id or revision, or a document that does not match its checksum.
        """
        with self._connection() as connection:
            row = connection.execute(
                "SELECT s.id, r.number, r.name, r.note, r.saved_at, r.saved_by, s.adopted_by, r.document, r.sha256 "
                "FROM scenario s JOIN revision r ON r.scenario_id = s.id AND r.number = coalesce(?, s.revision) "
                "WHERE s.id = ?",
                (revision, scenario_id),
            ).fetchone()
        if row is None:
            if revision is not None:
                raise BadInput("store.no_revision", where="store", scenario=scenario_id, revision=revision)
            raise BadInput("store.no_scenario", where="store", scenario=scenario_id)
        if hashlib.sha256(row[7].encode()).hexdigest() != row[8]:
            raise BadInput("store.damaged_scenario", where=str(self.path), scenario=scenario_id)
        return _scenario(row[:7], json.loads(row[7]))

    def scenarios(self) -> tuple[Scenario, ...]:
        """Return the current revision of every scenario that is not archived, last saved first, without documents."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT s.id, r.number, r.name, r.note, r.saved_at, r.saved_by, s.adopted_by "
                "FROM scenario s JOIN revision r ON r.scenario_id = s.id AND r.number = s.revision "
                "WHERE NOT s.archived ORDER BY r.saved_at DESC, s.id"
            ).fetchall()
        return tuple(_scenario(row, {}) for row in rows)

    def events(self, scenario_id: str) -> tuple[Event, ...]:
        """Return who did what to a scenario, oldest first."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT at, who, what, detail FROM event WHERE scenario_id = ? ORDER BY number", (scenario_id,)
            ).fetchall()
        return tuple(Event(dt.datetime.fromisoformat(at), who, what, detail) for at, who, what, detail in rows)

    def visit(self, workspace: str, who: str, state: Mapping[str, Any]) -> Visit | None:
        """Remember that ``who`` sees ``workspace`` in ``state``, and return the visit before; None at the first one."""
        text = json.dumps(state, ensure_ascii=False, sort_keys=True, allow_nan=False)
        with self._connection() as connection, _transaction(connection):
            row = connection.execute(
                "SELECT at, state FROM visit WHERE workspace = ? AND who = ?", (workspace, who)
            ).fetchone()
            connection.execute("INSERT OR REPLACE INTO visit VALUES (?, ?, ?, ?)", (workspace, who, _now(), text))
        return None if row is None else Visit(dt.datetime.fromisoformat(row[0]), json.loads(row[1]))

    def _open_revision(self, connection: sqlite3.Connection, scenario_id: str) -> int:
        """Return the current revision of a scenario that may be changed."""
        row = connection.execute("SELECT revision, adopted_by FROM scenario WHERE id = ?", (scenario_id,)).fetchone()
        if row is None:
            raise BadInput("store.no_scenario", where="store", scenario=scenario_id)
        if row[1] is not None:
            raise BadInput("store.adopted", where="store", who=row[1])
        return int(row[0])

    @staticmethod
    def _add_revision(
        connection: sqlite3.Connection,
        scenario_id: str,
        number: int,
        name: str,
        note: str,
        document: str,
        who: str,
        what: str,
        detail: str,
    ) -> None:
        now = _now()
        connection.execute(
            "INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (scenario_id, number, name, note, document, hashlib.sha256(document.encode()).hexdigest(), now, who),
        )
        connection.execute("UPDATE scenario SET revision = ? WHERE id = ?", (number, scenario_id))
        _note(connection, scenario_id, now, who, what, detail)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._opened("rw") as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            yield connection

    @contextlib.contextmanager
    def _opened(self, mode: str) -> Iterator[sqlite3.Connection]:
        if not self.path.is_file():
            # SQLite would make an empty one, and what was in it would be gone without a word.
            raise BadInput("store.gone", where=str(self.path))
        address = f"{self.path.absolute().as_uri()}?mode={mode}"
        try:
            with contextlib.closing(
                sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            ) as connection:
                yield connection
        except sqlite3.Error as error:
            raise BadInput(f"store.{_kind_of(error)}", where=str(self.path)) from error


def _made_private(path: Path, content: bytes = b"") -> None:
    """Make a file for its owner alone, where there is none."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _kind_of(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "")
    return next((kind for start, kind in _KINDS.items() if name.startswith(start)), "failed")


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    # IMMEDIATE takes the write lock at once: a deferred transaction fails when it turns into a writer too late.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # what went wrong is told, not that it cannot be undone twice
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _note(connection: sqlite3.Connection, scenario_id: str, at: str, who: str, what: str, detail: str) -> None:
    connection.execute(
        "INSERT INTO event (scenario_id, at, who, what, detail) VALUES (?, ?, ?, ?, ?)",
        (scenario_id, at, who, what, detail),
    )


def _scenario(row: tuple[Any, ...], document: Mapping[str, Any]) -> Scenario:
    return Scenario(row[0], row[1], row[2], row[3], dt.datetime.fromisoformat(row[4]), row[5], row[6], document)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()
