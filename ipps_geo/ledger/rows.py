"""Between the rows of the store and the tables of a workspace: the same values there and back, to the last bit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from ipps_geo.columns import TABLES
from ipps_geo.ledger.tables import ROWS
from ipps_geo.workspace.tables import conform

EXTRA = ("row_id", "entity", "cell")
"""Columns of the store that no workspace has."""

_AT_ONCE = 5_000


def holds(table: sa.Table, batch: int | None) -> sa.ColumnElement[bool]:
    """Return the condition that a row holds as of a batch; None stands for now."""
    if batch is None:
        return table.c.superseded_in.is_(None)
    later = sa.or_(table.c.superseded_in.is_(None), table.c.superseded_in > batch)
    return sa.and_(table.c.recorded_in <= batch, later)


def read_rows(
    connection: sa.Connection,
    name: str,
    batch: int | None = None,
    where: sa.ColumnElement[bool] | None = None,
    extra: Sequence[str] = (),
) -> pd.DataFrame:
    """Return the rows of a table as of a batch, in the order of their recording, as a workspace holds them.

    ``where`` limits them; ``extra`` names columns of :data:`EXTRA` to be added.
    """
    table = ROWS[name]
    names = [*TABLES[name].columns, *extra]
    wanted = sa.select(*(table.c[column] for column in names)).where(holds(table, batch)).order_by(table.c.row_id)
    found = connection.execute(wanted if where is None else wanted.where(where)).fetchall()
    return frame_of(name, names, found, extra)


def frame_of(name: str, names: Sequence[str], rows: Iterable[Sequence[Any]], extra: Sequence[str] = ()) -> pd.DataFrame:
    """Return rows as a table of a workspace, with the columns of ``extra`` after it."""
    columns = dict(zip(names, zip(*rows), strict=True)) if (rows := list(rows)) else dict.fromkeys(names, ())
    made = {column: pd.Series(list(values), dtype=object) for column, values in columns.items()}
    for column in ("geometry", "cell"):
        if column in made:
            made[column] = pd.Series(_shapes(columns[column]), dtype=object)
    frame = conform(name, pd.DataFrame(made))
    for column in extra:
        frame[column] = made[column] if column != "row_id" else made[column].astype("int64")
    return frame


def records(name: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a conformed table as values that the store takes; columns that it has besides pass through."""
    described = TABLES[name].columns
    columns: dict[str, list[Any]] = {}
    for column in frame.columns:
        if column not in ROWS[name].c:
            continue
        values = frame[column]
        kind = described[column].kind if column in described else "geometry" if column == "cell" else "text"
        if kind == "geometry":
            columns[column] = wkb(values)
        elif kind == "date":
            columns[column] = [None if pd.isna(value) else value.date() for value in values.tolist()]
        elif kind == "boolean":
            columns[column] = [bool(value) for value in values.tolist()]
        else:
            missing = values.isna().tolist()
            columns[column] = [None if gone else value for value, gone in zip(values.tolist(), missing, strict=True)]
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def record(connection: sa.Connection, name: str, frame: pd.DataFrame, batch: int) -> None:
    """Write rows as recorded in a batch."""
    made: list[Mapping[str, Any]] = [{**row, "recorded_in": batch} for row in records(name, frame)]
    for start in range(0, len(made), _AT_ONCE):
        connection.execute(sa.insert(ROWS[name]), made[start : start + _AT_ONCE])


def supersede(connection: sa.Connection, name: str, row_ids: Iterable[int], batch: int) -> None:
    """Say of rows that they hold no longer, from a batch on."""
    table = ROWS[name]
    ids = [int(each) for each in row_ids]
    for start in range(0, len(ids), _AT_ONCE):
        chosen = table.c.row_id.in_(ids[start : start + _AT_ONCE])
        connection.execute(sa.update(table).where(chosen).values(superseded_in=batch))


def wkb(values: pd.Series) -> list[bytes | None]:
    """Return shapes as well-known binary, little-endian; None where there is none."""
    from shapely import to_wkb

    return list(to_wkb(np.asarray(values.array, dtype=object), byte_order=1))


def _shapes(values: Sequence[bytes | None]) -> Any:
    from shapely import from_wkb

    return from_wkb(np.array([None if value is None else bytes(value) for value in values], dtype=object))
