"""What a submission changes in its scope, and nowhere else; nothing is taken over that was not shown before.

A file speaks of all rows of its scope. What it no longer names is taken off a roster (``delisted_on``, the row stays),
and from the lists of enterprises, staff, findings, evaluations and industries; institutions, applications, carriers and
units are never dropped by leaving them out, for they end by a decision.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.workspace.apply import OWNERS, differ, row_keys
from ipps_geo.workspace.model import content_hash_of
from ipps_geo.workspace.tables import conform

DROPPED = frozenset({"enterprises", "key_industries", "evaluations", "staff", "conduct"})
"""Tables of which a row goes when the list of its scope no longer names it; a roster delists, the others keep."""


@dataclass(frozen=True, eq=False)
class Difference:
    """What a submission changes.

    Attributes
    ----------
    table, base
        The table, and the number of the batch that it is compared with.
    new, changed, delisted, gone
        Rows as they will be; ``gone`` as they were. Columns of the table.
    before
        The rows of ``changed`` and then of ``delisted`` as they are now, in the same order.
    conflicts
        Rows sent in whose id, or credit code, stands on record outside the scope: somebody else's.
    unchanged
        How many rows stay as they are although the file names them.
    superseded
        Numbers of the rows that no longer hold afterwards.
    """

    table: str
    base: int
    new: pd.DataFrame
    changed: pd.DataFrame
    delisted: pd.DataFrame
    gone: pd.DataFrame
    before: pd.DataFrame
    conflicts: pd.DataFrame
    unchanged: int
    superseded: tuple[int, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are of each kind."""
        kinds = ("new", "changed", "delisted", "gone", "conflicts")
        return {**{kind: len(getattr(self, kind)) for kind in kinds}, "unchanged": self.unchanged}

    @property
    def digest(self) -> str:
        """sha256 of everything that is shown: who agrees to a difference agrees to this one and no other."""
        parts = (self.new, self.changed, self.delisted, self.gone, self.before, self.conflicts)
        text = ";".join([self.table, str(self.unchanged), *(content_hash_of(part) for part in parts)])
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def recorded(self) -> pd.DataFrame:
        """The rows that the record gets."""
        return conform(self.table, pd.concat([self.new, self.changed, self.delisted], ignore_index=True))

    @property
    def changes_nothing(self) -> bool:
        """Whether the record says all this already."""
        return not (len(self.new) or len(self.changed) or len(self.delisted) or len(self.gone))


def compared(
    table: str,
    sent: pd.DataFrame,
    on_record: pd.DataFrame,
    given: Collection[str],
    *,
    base: int,
    day: dt.date,
    complete: bool = True,
    conflicts: pd.DataFrame | None = None,
) -> Difference:
    """Return what ``sent`` changes in the rows of its scope that are ``on_record`` (with their ``row_id``).

    Columns that are not ``given`` keep their values in rows that are named again. ``complete``: the file speaks of all
    rows of its scope; otherwise it adds and changes only. ``day`` is the day from which a delisted row is off.
    """
    before = on_record.drop(columns="row_id").reset_index(drop=True)
    ids = on_record["row_id"].to_numpy(dtype=np.int64)
    place = pd.Series(np.arange(len(before)), index=row_keys(table, before))
    match = place.reindex(row_keys(table, sent)).to_numpy()
    again = pd.notna(match)
    rows = match[again].astype(np.int64)
    kept = sent[again].copy()
    # A row that is named again is on the roster again, whatever day it once was taken off.
    own = {OWNERS.get(table), *TABLES[table].key, *(("delisted_on",) if table == "rosters" else ())}
    for column in before.columns:
        if column not in given and column not in own:
            kept[column] = before[column].iloc[rows].array
    kept = conform(table, kept)
    was = before.iloc[rows].reset_index(drop=True)
    differs = differ(was, kept)
    left = np.ones(len(before), dtype=bool)
    left[rows] = False
    gone = left & (table in DROPPED and complete)
    off = np.zeros(len(before), dtype=bool)
    if table == "rosters" and complete:
        until = before["delisted_on"]
        off = left & (until.isna() | (until > pd.Timestamp(day))).to_numpy(dtype=bool)
    delisted = before[off].copy()
    if len(delisted):
        # Nobody is off a roster before he was on it.
        delisted["delisted_on"] = np.maximum(
            np.datetime64(day, "s"), delisted["listed_on"].fillna(pd.Timestamp(day)).to_numpy(dtype="datetime64[s]")
        )
    return Difference(
        table,
        base,
        conform(table, sent[~again]),
        conform(table, kept[differs]),
        conform(table, delisted),
        conform(table, before[gone]),
        conform(table, pd.concat([was[differs], before[off]], ignore_index=True)),
        conform(table, pd.DataFrame() if conflicts is None else conflicts),
        int((~differs).sum()),
        tuple(int(each) for each in (*ids[rows[differs]], *ids[off], *ids[gone])),
    )
