"""Whether rows that are sent in can stand on record: in their scope, of the schema, naming only what is there."""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.intake.problems import problem_clause
from ipps_geo.ledger.rows import holds, read_rows, wkb
from ipps_geo.ledger.scopes import units_within
from ipps_geo.ledger.tables import ROWS
from ipps_geo.ledger.views import WHOLE
from ipps_geo.workspace.apply import held, with_known_ids
from ipps_geo.workspace.check import REFERENCES, check_references, check_tables
from ipps_geo.workspace.tables import conform, empty

if TYPE_CHECKING:
    from ipps_geo.ledger.accounts import Account
    from ipps_geo.ledger.scopes import Reach

RENAMED = ("enterprises", "institutions", "carriers")
"""Tables whose rows get the ids that the record has for them already."""

_AT_ONCE = 5_000


def fitted(
    connection: sa.Connection, account: Account, table: str, sent: pd.DataFrame, reach: Reach, file: str
) -> pd.DataFrame:
    """Return rows with the ids that the record has for them.

    Raises
    ------
    BadInput
        A row lies outside the scope, or a roster is of a station that is not there.
    """
    if table == "rosters":
        # Whom an application of another unit names is nothing that a district may find out.
        mine: sa.ColumnElement[bool] = sa.true()
        if account.role not in WHOLE:
            mine = ROWS["applications"].c.unit.in_(sorted(units_within(connection, str(account.unit))))
        cases = read_rows(connection, "applications", where=mine)
        sent = held(sent, read_rows(connection, "institutions"), cases, file)
    elif table in RENAMED:
        sent = with_known_ids(table, sent, read_rows(connection, table, where=reach.where(ROWS[table])))
    strays = reach.outside(sent)
    if len(strays):
        values = tuple(strays[reach.column].fillna("—").unique().tolist()[:5])
        raise BadInput("ledger.out_of_scope", where=file, n=len(strays), values=values)
    return sent


def check_fit(connection: sa.Connection, table: str, sent: pd.DataFrame, file: str) -> None:
    """Refuse rows that cannot stand on record.

    Raises
    ------
    BadInput
        They break the schema, or name what is not there.
    """
    frames = {name: empty(name) for name in TABLES}
    frames[table] = sent.reset_index(drop=True)
    named: dict[tuple[str, str], set[str]] = {}
    for name, column, targets, _ in REFERENCES:
        for target in targets if name == table else ():
            named.setdefault(target, set()).update(sent[column].dropna())
    for (other, key), values in named.items():
        rows = ROWS[other]
        found = connection.scalars(
            sa.select(rows.c[key]).where(holds(rows, None), rows.c[key].in_(sorted(values)))
        ).all()
        frames[other] = pd.concat([frames[other], conform(other, pd.DataFrame({key: found}))], ignore_index=True)
    sound, invalid = check_tables({table: frames[table]})
    _, loose = check_references(frames | sound)
    problems = pd.concat([invalid, loose], ignore_index=True)
    errors = problems[(problems["severity"] == "error") & (problems["file"] == table)]
    if len(errors):
        first = errors.iloc[0]
        where = f"{file}, {first['column']}"
        raise BadInput("upload.does_not_fit", where=where, n=len(errors), first=problem_clause(first.to_dict()))


def on_record(connection: sa.Connection, table: str, key: str, values: Collection[str]) -> list[str]:
    """Return those of some values that stand in a column of the record now."""
    rows, wanted = ROWS[table], sorted(values)
    found: list[str] = []
    for start in range(0, len(wanted), _AT_ONCE):
        chosen = rows.c[key].in_(wanted[start : start + _AT_ONCE])
        found += connection.scalars(sa.select(rows.c[key]).where(holds(rows, None), chosen))
    return found


def conflicts_of(connection: sa.Connection, table: str, sent: pd.DataFrame, reach: Reach) -> pd.DataFrame:
    """Return the rows sent in whose id or credit code stands on record outside the scope."""
    keys = [name for name, column in TABLES[table].columns.items() if column.unique]
    keys += ["uscc"] if table == "enterprises" else []
    rows = ROWS[table]
    clash = pd.Series(data=False, index=sent.index)
    outside = sa.or_(rows.c[str(reach.column)].is_(None), sa.not_(reach.where(rows)))
    for key in keys:
        taken = set(connection.scalars(sa.select(rows.c[key]).where(holds(rows, None), outside)))
        clash |= sent[key].isin(taken - {None})
    return sent[clash]


def packed(frame: pd.DataFrame) -> bytes:
    """Return rows as Parquet, as a submission keeps them."""
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    if "geometry" in frame:
        plain = plain.assign(geometry=pd.Series(wkb(frame["geometry"]), dtype=object, index=plain.index))
    target = io.BytesIO()
    plain.to_parquet(target, compression="zstd", index=False)
    return target.getvalue()


def unpacked(table: str, content: bytes) -> pd.DataFrame:
    """Return the rows that :func:`packed` made into bytes."""
    import shapely

    frame = pd.read_parquet(io.BytesIO(content))
    if "geometry" in frame:
        frame["geometry"] = pd.Series(shapely.from_wkb(frame["geometry"].to_numpy()), dtype=object)
    return conform(table, frame)
