"""Plans that people keep, compare and adopt, with who did what and when: part of the ledger.

Every save adds a revision, so that an earlier state can be restored; an adopted scenario cannot be changed until it is
released; nothing is deleted, an archived one can be brought back. A revision says on which batch it was computed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ipps_geo.errors import BadInput
from ipps_geo.ledger.events import append, events_of
from ipps_geo.ledger.opening import open_ledger
from ipps_geo.ledger.store import Ledger
from ipps_geo.ledger.tables import REVISION, SCENARIO, VISIT
from ipps_geo.results import plan_document

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult

_TOLD = (
    *(SCENARIO.c.id, REVISION.c.number, REVISION.c.name, REVISION.c.note, REVISION.c.saved_at, REVISION.c.saved_by),
    *(SCENARIO.c.adopted_by, REVISION.c.batch),
)


@dataclass(frozen=True)
class Scenario:
    """One revision of a scenario; ``document`` is the plan as JSON-safe builtins, ``{}`` in listings.

    ``batch`` is the number of the batch that it was computed on, None where it was not on the ledger's data.
    """

    id: str
    revision: int
    name: str
    note: str
    saved_at: dt.datetime
    saved_by: str
    adopted_by: str | None
    document: Mapping[str, Any]
    batch: int | None = None


@dataclass(frozen=True)
class Event:
    """Who did what to a scenario: saved, adopted, released, archived, brought back."""

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
    """Scenarios in a ledger; each method is one transaction, safe from several processes at once.

    Parameters
    ----------
    ledger
        A ledger, or the file of one; a file of version 0.1 becomes one, with all that is in it.

    Raises
    ------
    BadInput
        Here and from every method: see :func:`ipps_geo.ledger.open_ledger`.
    """

    def __init__(self, ledger: Ledger | str | Path) -> None:
        self.ledger = ledger if isinstance(ledger, Ledger) else open_ledger(ledger)

    @property
    def path(self) -> Path:
        """The file of an embedded ledger."""
        return self.ledger.path

    def key(self) -> bytes:
        """Return the secret by which visits are kept; see :meth:`ipps_geo.ledger.Ledger.key`."""
        return self.ledger.key()

    def save(
        self,
        name: str,
        document: Mapping[str, Any],
        *,
        note: str = "",
        who: str = "",
        scenario_id: str | None = None,
        batch: int | None = None,
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
        with self.ledger.writing() as connection:
            if scenario_id is None:
                scenario_id, number = uuid.uuid4().hex, 1
                connection.execute(sa.insert(SCENARIO).values(id=scenario_id, revision=1, archived=0))
            else:
                number = _open_revision(connection, scenario_id) + 1
                connection.execute(_change(scenario_id).values(revision=number))
            connection.execute(
                sa.insert(REVISION).values(
                    scenario_id=scenario_id,
                    number=number,
                    name=name,
                    note=note,
                    document=text,
                    sha256=hashlib.sha256(text.encode()).hexdigest(),
                    saved_at=_now(),
                    saved_by=who,
                    batch=batch,
                )
            )
            _note(connection, scenario_id, who, "saved", name)
        return self.get(scenario_id)

    def rename(self, scenario_id: str, name: str, *, note: str | None = None, who: str = "") -> Scenario:
        """Give a scenario another name, or another note; the plan stays."""
        current = self.get(scenario_id)
        note = current.note if note is None else note
        return self.save(name, current.document, note=note, who=who, scenario_id=scenario_id, batch=current.batch)

    def duplicate(self, scenario_id: str, name: str, *, who: str = "") -> Scenario:
        """Save a copy under a new id; the copy of an adopted scenario is not adopted."""
        current = self.get(scenario_id)
        return self.save(name, current.document, note=current.note, who=who, batch=current.batch)

    def restore(self, scenario_id: str, revision: int, *, who: str = "") -> Scenario:
        """Make an earlier revision the current one, as a new revision."""
        old = self.get(scenario_id, revision)
        return self.save(old.name, old.document, note=old.note, who=who, scenario_id=scenario_id, batch=old.batch)

    def adopt(self, scenario_id: str, *, who: str) -> Scenario:
        """Lock a scenario as the adopted one; it cannot change until it is released."""
        if not who.strip():
            raise BadInput("store.nobody", where="who")
        with self.ledger.writing() as connection:
            _open_revision(connection, scenario_id)
            connection.execute(_change(scenario_id).values(adopted_at=_now(), adopted_by=who))
            _note(connection, scenario_id, who, "adopted")
        return self.get(scenario_id)

    def release(self, scenario_id: str, *, who: str) -> Scenario:
        """Unlock an adopted scenario."""
        with self.ledger.writing() as connection:
            adopted = _change(scenario_id).where(SCENARIO.c.adopted_at.is_not(None))
            if connection.execute(adopted.values(adopted_at=None, adopted_by=None)).rowcount:
                _note(connection, scenario_id, who, "released")
        return self.get(scenario_id)

    def archive(self, scenario_id: str, *, who: str = "") -> None:
        """Take a scenario off the list; nothing is deleted, and it can be brought back."""
        with self.ledger.writing() as connection:
            _open_revision(connection, scenario_id)
            connection.execute(_change(scenario_id).values(archived=1))
            _note(connection, scenario_id, who, "archived")

    def bring_back(self, scenario_id: str, *, who: str = "") -> Scenario:
        """Put an archived scenario on the list again."""
        with self.ledger.writing() as connection:
            _open_revision(connection, scenario_id)
            if connection.execute(_change(scenario_id).where(SCENARIO.c.archived == 1).values(archived=0)).rowcount:
                _note(connection, scenario_id, who, "brought_back")
        return self.get(scenario_id)

    def get(self, scenario_id: str, revision: int | None = None) -> Scenario:
        """Return a scenario with its document, the current revision or an earlier one.

        Raises
        ------
        BadInput
            An unknown id or revision, or a document that does not match its checksum.
        """
        wanted = sa.select(*_TOLD, REVISION.c.document, REVISION.c.sha256).join_from(SCENARIO, REVISION)
        number = SCENARIO.c.revision if revision is None else revision
        with self.ledger.reading() as connection:
            found = wanted.where(SCENARIO.c.id == scenario_id, REVISION.c.number == number)
            row = connection.execute(found).first()
        if row is None:
            if revision is not None:
                raise BadInput("store.no_revision", where="store", scenario=scenario_id, revision=revision)
            raise BadInput("store.no_scenario", where="store", scenario=scenario_id)
        *told, document, sha256 = row
        if hashlib.sha256(document.encode()).hexdigest() != sha256:
            raise BadInput("store.damaged_scenario", where=self.ledger.where, scenario=scenario_id)
        return _scenario(told, json.loads(document))

    def scenarios(self, *, archived: bool = False) -> tuple[Scenario, ...]:
        """Return the current revision of every scenario on the list, last saved first, without documents.

        ``archived``: those that were taken off it instead.
        """
        wanted = sa.select(*_TOLD).join_from(SCENARIO, REVISION).where(REVISION.c.number == SCENARIO.c.revision)
        chosen = wanted.where(SCENARIO.c.archived == int(archived))
        with self.ledger.reading() as connection:
            rows = connection.execute(chosen.order_by(REVISION.c.saved_at.desc(), SCENARIO.c.id)).fetchall()
        return tuple(_scenario(row, {}) for row in rows)

    def events(self, scenario_id: str) -> tuple[Event, ...]:
        """Return who did what to a scenario, oldest first."""
        with self.ledger.reading() as connection:
            found = events_of(connection, f"scenario:{scenario_id}")
        return tuple(Event(each.at, each.account, each.what, str(each.detail.get("text", ""))) for each in found)

    def visit(self, workspace: str, who: str, state: Mapping[str, Any]) -> Visit | None:
        """Remember that ``who`` sees ``workspace`` in ``state``, and return the visit before; None at the first one."""
        text = json.dumps(state, ensure_ascii=False, sort_keys=True, allow_nan=False)
        own = sa.and_(VISIT.c.workspace == workspace, VISIT.c.who == who)
        with self.ledger.writing() as connection:
            row = connection.execute(sa.select(VISIT.c.at, VISIT.c.state).where(own)).first()
            connection.execute(sa.delete(VISIT).where(own))
            connection.execute(sa.insert(VISIT).values(workspace=workspace, who=who, at=_now(), state=text))
        return None if row is None else Visit(dt.datetime.fromisoformat(row[0]), json.loads(row[1]))


def open_scenarios(address: str | Path | None = None) -> ScenarioStore:
    """Return the scenarios of the ledger at an address, by default at :func:`ipps_geo.ledger.opening.ledger_address`.

    Raises
    ------
    BadInput
        It is no ledger, or cannot be written.
    """
    return ScenarioStore(open_ledger(address))


def save_plan(
    store: ScenarioStore, plan: PlanResult, name: str, *, note: str = "", who: str = "", batch: int | None = None
) -> Scenario:
    """Save a plan as a new scenario; ``batch`` is the number of the batch that it was computed on."""
    return store.save(name, plan_document(plan, explain=True), note=note, who=who, batch=batch)


def scenario_sites(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the open sites of a scenario: id, name, unit, newly_served, lon, lat."""
    return [dict(site) for site in scenario.document.get("open_sites", [])]


def stations_for_target(scenario: Scenario, newly_served: int) -> int | None:
    """Return how many stations of a scenario, in its order of opening, newly serve that many; None when all do not."""
    served = 0
    for count, site in enumerate(scenario_sites(scenario), start=1):
        served += int(site["newly_served"])
        if served >= newly_served:
            return count
    return None


def _open_revision(connection: sa.Connection, scenario_id: str) -> int:
    """Return the current revision of a scenario that may be changed."""
    wanted = sa.select(SCENARIO.c.revision, SCENARIO.c.adopted_by).where(SCENARIO.c.id == scenario_id)
    row = connection.execute(wanted).first()
    if row is None:
        raise BadInput("store.no_scenario", where="store", scenario=scenario_id)
    if row[1] is not None:
        raise BadInput("store.adopted", where="store", who=row[1])
    return int(row[0])


def _change(scenario_id: str) -> sa.Update:
    return sa.update(SCENARIO).where(SCENARIO.c.id == scenario_id)


def _note(connection: sa.Connection, scenario_id: str, who: str, what: str, text: str = "") -> None:
    append(connection, who, what, f"scenario:{scenario_id}", text=text)


def _scenario(told: Any, document: Mapping[str, Any]) -> Scenario:
    own, number, name, note, saved_at, saved_by, adopted_by, batch = told
    return Scenario(own, number, name, note, dt.datetime.fromisoformat(saved_at), saved_by, adopted_by, document, batch)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()
