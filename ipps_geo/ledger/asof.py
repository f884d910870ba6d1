"""The workspace as of a batch: what the record said then, with the same content for ever."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.ledger.rows import read_rows
from ipps_geo.ledger.store import last_batch
from ipps_geo.ledger.tables import BATCH
from ipps_geo.regions import load_region, unpacked_region
from ipps_geo.workspace import Source, Workspace
from ipps_geo.workspace.planted import PlantedFlaw

if TYPE_CHECKING:
    from ipps_geo.ledger.store import Ledger

EMPTY = "ledger.empty"


def as_of(ledger: Ledger, batch: int | None = None) -> Workspace:
    """Return the whole workspace as of a batch, the last one by default; nobody's role is looked at.

    Its day (``data_date``) is the latest that any batch until then states, its name ``ledger@N``.

    Raises
    ------
    BadInput
        There is no such batch, or none at all.
    """
    with ledger.reading() as connection:
        return workspace_at(connection, batch, ledger.where)


def workspace_at(connection: sa.Connection, batch: int | None, where: str) -> Workspace:
    """Return the workspace as of a batch on a connection that is open; see :func:`as_of`."""
    last = last_batch(connection)
    number = last if batch is None else batch
    if not last:
        raise BadInput(EMPTY, where=where)
    if not 1 <= number <= last:
        raise BadInput("ledger.no_batch", where=where, number=number, last=last)
    tables = {name: read_rows(connection, name, number) for name in TABLES}
    wanted = sa.select(BATCH.c.number, BATCH.c.table_name, BATCH.c.day, BATCH.c.file, BATCH.c.sha256, BATCH.c.facts)
    taken = connection.execute(wanted.where(BATCH.c.number <= number).order_by(BATCH.c.number)).mappings().all()
    told: dict[str, Any] = {}
    for row in taken:
        told |= json.loads(row["facts"]).get("workspace", {})
    return Workspace(
        name=f"ledger@{number}",
        **tables,
        sources=tuple(
            Source(row["file"], sha256=row["sha256"], date=row["day"].isoformat(), table=row["table_name"])
            for row in taken
        ),
        data_date=max((row["day"] for row in taken), default=None),
        planted=tuple(PlantedFlaw(**each) for each in told.get("planted", ())),
        mappings=told.get("mappings", {}),
        region=unpacked_region(told["region"]) if "region" in told else load_region(),
    )


def batch_on(ledger: Ledger, day: dt.date) -> int:
    """Return the number of the last batch that was taken over by the end of a day (in UTC): what was known then.

    Raises
    ------
    BadInput
        Nothing was on record on that day.
    """
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC).strftime("%Y-%m-%dT")
    with ledger.reading() as connection:
        found = connection.scalar(sa.select(sa.func.max(BATCH.c.number)).where(BATCH.c.reviewed_at < end))
    if found is None:
        raise BadInput("ledger.nothing_then", where=ledger.where, day=day)
    return int(found)
