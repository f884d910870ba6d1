"""Writing to the record: rows come in, rows stop holding, and who is behind each row is known again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from ipps_geo.errors import BadInput
from ipps_geo.ledger import rights
from ipps_geo.ledger.entities import cells, entities
from ipps_geo.ledger.events import append
from ipps_geo.ledger.moments import stamp
from ipps_geo.ledger.rows import holds, record, supersede
from ipps_geo.ledger.store import last_batch, new_id
from ipps_geo.ledger.tables import BATCH, HEAD, IDENTIFIED, ROWS
from ipps_geo.regions import Region, load_region, packed_region, unpacked_region

if TYPE_CHECKING:
    from ipps_geo.ledger.accounts import Account
    from ipps_geo.ledger.store import Ledger
    from ipps_geo.workspace import Workspace

WORKSPACE = "workspace"
"""Stands for the table of a batch that brought all of them."""

OF_CASE = "case"
"""Kind of the scope of a batch that a step of a case made."""

_IDENTITY = ("enterprise_id", "uscc", "parent_uscc", "legal_form", "name")


def take_over(
    ledger: Ledger,
    connection: sa.Connection,
    recorded: Mapping[str, pd.DataFrame],
    superseded: Mapping[str, Sequence[int]],
    region: Region | None = None,
) -> int:
    """Write the rows of the next batch, and return its number; the caller tells of it (batch, event).

    ``region`` is where they lie, by default what the record says.
    """
    number = last_batch(connection) + 1
    connection.execute(sa.update(HEAD).values(batch=number))
    for name, row_ids in superseded.items():
        supersede(connection, name, row_ids, number)
    for name, frame in recorded.items():
        if name == "enterprises" and len(frame):
            here = region or region_on_record(connection)
            frame = frame.assign(cell=cells(frame.geometry, here.metric_crs))
        record(connection, name, frame, number)
    if {*recorded, *superseded} & set(IDENTIFIED):
        _identify(connection, number)
    if rights.are_set_up(connection):
        rights.write_aliases(connection, ledger.key())
    return number


def region_on_record(connection: sa.Connection) -> Region:
    """Return the region of the workspace that was taken over first; the embedded one where it names none."""
    first = connection.scalar(sa.select(BATCH.c.facts).where(BATCH.c.table_name == WORKSPACE).order_by(BATCH.c.number))
    packed = json.loads(first).get("workspace", {}).get("region") if first else None
    return unpacked_region(packed) if packed else load_region()


def region_of(ledger: Ledger) -> Region:
    """Return the region that a record is of: see :func:`region_on_record`."""
    with ledger.reading() as connection:
        return region_on_record(connection)


def tell_batch(
    connection: sa.Connection,
    account: Account,
    number: int,
    *,
    table: str,
    day: dt.date,
    rows: int,
    unit: str | None = None,
    case: int | None = None,
    file: str = "",
    sha256: str = "",
    facts: Mapping[str, Any] | None = None,
) -> int:
    """Say of a batch that nobody had to review where it comes from (an import, a step of a case); return its id."""
    at = stamp(dt.datetime.now(dt.UTC))
    made = connection.execute(
        sa.insert(BATCH).values(
            number=number,
            table_name=table,
            scope_kind="city" if case is None else OF_CASE,
            scope_code=None if case is None else str(case),
            unit=unit,
            state="accepted",
            day=day,
            file=file,
            sha256=sha256,
            facts=json.dumps(facts or {}, ensure_ascii=False, sort_keys=True),
            content=b"",
            rows=rows,
            drafted_by=account.login,
            drafted_at=at,
            submitted_by=account.login,
            submitted_at=at,
            reviewed_by=account.login,
            reviewed_at=at,
            reason="",
        )
    )
    return new_id(made)


def import_workspace(ledger: Ledger, account: Account, workspace: Workspace, *, file: str, day: dt.date) -> int:
    """Take a whole workspace over as batch 1, and return its number.

    Raises
    ------
    BadInput
        There are batches already, or something of the workspace was left out when it was loaded.
    """
    if not workspace.loaded.kept().complete:
        raise BadInput("ledger.partial", where=file)
    told: dict[str, Any] = {
        "planted": [asdict(flaw) for flaw in workspace.planted],
        "mappings": {table: dict(each) for table, each in workspace.mappings.items()},
    }
    if not workspace.region.embedded:
        told["region"] = packed_region(workspace.region)
    with ledger.writing() as connection:
        if last_batch(connection):
            raise BadInput("ledger.not_empty", where=ledger.where)
        number = take_over(ledger, connection, workspace.tables, {}, workspace.region)
        made = tell_batch(
            connection,
            account,
            number,
            table=WORKSPACE,
            day=day,
            rows=sum(len(frame) for frame in workspace.tables.values()),
            file=file,
            sha256=workspace.content_hash,
            facts={"workspace": told},
        )
        rows = {name: len(frame) for name, frame in workspace.tables.items()}
        append(connection, account.login, "imported", f"batch:{made}", number=number, rows=rows)
    return number


def _identify(connection: sa.Connection, number: int) -> None:
    """Write the legal entity behind each row; a row that turns out to be another's is recorded anew, never changed."""
    found = {}
    for name in IDENTIFIED:
        rows = ROWS[name]
        wanted = sa.select(rows.c.row_id, rows.c.recorded_in, rows.c.entity, *(rows.c[each] for each in _IDENTITY))
        read = connection.execute(wanted.where(holds(rows, None)).order_by(rows.c.row_id)).fetchall()
        frame = pd.DataFrame(read, columns=["row_id", "recorded_in", "entity", *_IDENTITY], dtype=object)
        found[name] = frame.astype(dict.fromkeys(("entity", *_IDENTITY), "str"))
    keys = entities(found["enterprises"], found["rosters"])
    for name, new in zip(IDENTIFIED, keys, strict=True):
        rows, frame = ROWS[name], found[name].assign(now=new.to_numpy())
        moved = frame[frame["entity"].isna() | (frame["entity"] != frame["now"])]
        fresh = (moved["recorded_in"] == number).to_numpy(dtype=bool)
        changes = [
            {"wanted": int(row_id), "now": key}
            for row_id, key in moved.loc[fresh, ["row_id", "now"]].itertuples(index=False)
        ]
        if changes:
            connection.execute(
                sa.update(rows).where(rows.c.row_id == sa.bindparam("wanted")).values(entity=sa.bindparam("now")),
                changes,
            )
        kept = [column.name for column in rows.c if column.name not in ("row_id", "recorded_in", "entity")]
        for row_id, key in moved.loc[~fresh, ["row_id", "now"]].itertuples(index=False):
            again = sa.select(*(rows.c[each] for each in kept), sa.literal(number), sa.literal(key))
            chosen = again.where(rows.c.row_id == int(row_id))
            connection.execute(sa.insert(rows).from_select([*kept, "recorded_in", "entity"], chosen))
        supersede(connection, name, moved.loc[~fresh, "row_id"], number)
