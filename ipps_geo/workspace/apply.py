"""A file that is sent into a workspace: what it changes, first as a difference, then as a new workspace.

By default a file speaks of its own scope alone: the roster of one station is the roster of that station, and the
others stay as they are. To put a file in the place of a whole table is a choice, and the difference says what goes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ipps_geo import identity
from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.intake.problems import problem_clause
from ipps_geo.workspace.check import check_references, check_tables
from ipps_geo.workspace.holders import plain, proposals, resolve_holders
from ipps_geo.workspace.load import latest_day
from ipps_geo.workspace.model import Source
from ipps_geo.workspace.reading import report_of, undoubted
from ipps_geo.workspace.tables import conform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.intake import TableRead
    from ipps_geo.workspace.model import Workspace

Scope = Literal["file", "table"]
"""``file``: only what the file speaks of changes; ``table``: the file takes the place of the whole table."""

OWNERS = {"rosters": "holder_id", "staff": "institution_id", "conduct": "institution_id", "key_industries": "list_id"}
"""Column of tables whose rows belong together: a file that speaks of one owner says all of that owner's rows."""

_KEYS = {"rosters": "uscc", "staff": "person_id", "conduct": "found_on", "key_industries": "industry"}
_NAMES = {"enterprises": "name", "institutions": "name", "carriers": "name_zh"}


@dataclass(frozen=True, eq=False)
class Difference:
    """What a file changes in a table.

    Attributes
    ----------
    table, scope, file
        What was sent, and how far it reaches.
    before, after
        Rows of the table.
    stations
        Of a roster: one row per station that it changes, columns holder_id, before, after, new, changed, gone (numbers
        of rows). Empty for other tables.
    new, changed, gone
        Rows as they will be, as they will be, and as they were; columns of the table.
    """

    table: str
    scope: Scope
    file: str
    before: int
    after: int
    stations: pd.DataFrame
    new: pd.DataFrame
    changed: pd.DataFrame
    gone: pd.DataFrame

    def enterprises(self, workspace: Workspace) -> tuple[int, int, int]:
        """Return how many enterprises are new to the table, changed, and gone from it: each legal entity once.

        ``workspace`` is the one before. Who stood on another roster already is new to a station, not to the table.
        """
        if self.table not in ("rosters", "enterprises"):
            return 0, 0, 0
        known = workspace.enterprises
        new, changed, gone, before = (
            Counter(identity.entity_keys(frame, known))
            for frame in (self.new, self.changed, self.gone, workspace.tables[self.table])
        )
        after = before - gone + new
        return len(after.keys() - before.keys()), len(changed), len(before.keys() - after.keys())

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON-safe values, and the names of the rows that go."""
        name = next((name for name in ("name", "name_zh") if name in self.gone.columns), None)
        return {
            "table": self.table,
            "scope": self.scope,
            "file": self.file,
            "rows": {
                "before": self.before,
                "after": self.after,
                "new": len(self.new),
                "changed": len(self.changed),
                "gone": len(self.gone),
            },
            "stations": self.stations.to_dict("records"),
            "gone": [] if name is None else self.gone[name].fillna("").astype("str").tolist(),
        }


@dataclass(frozen=True, eq=False)
class Applied:
    """A workspace with a file in it, and what that changed."""

    workspace: Workspace
    difference: Difference


def apply_read(workspace: Workspace, read: TableRead, *, scope: Scope = "file") -> Applied:
    """Return the workspace with the rows of a file in it, and the difference; the one given stays as it is.

    Columns that the file does not have keep their values in rows that it names again.

    Raises
    ------
    BadInput
        The file has no usable row, its roster is of a station that is not there, or the tables no longer fit together.
    """
    table = read.table
    if table is None or read.frame.empty:
        raise BadInput("apply.no_rows", where=read.file)
    before = workspace.tables[table].reset_index(drop=True)
    sent = conform(table, undoubted(read, table).frame)
    if table == "rosters":
        sent = held(sent, workspace.institutions, workspace.applications, read.file)
    elif table in _NAMES:
        sent = with_known_ids(table, sent, before)
    after, difference = _merged(table, before, sent, given_columns(read), scope, read.file)
    return Applied(_checked(workspace, table, after, read, scope), difference)


def given_columns(read: TableRead) -> frozenset[str]:
    """Return the columns that the file gives."""
    named = set() if read.mapping is None else set(read.mapping.by_column)
    return frozenset(named | {"geometry"} if named & {"lon", "lat", "lonlat"} else named)


def held(sent: pd.DataFrame, institutions: pd.DataFrame, applications: pd.DataFrame, file: str) -> pd.DataFrame:
    """Return a roster with the ids of its stations.

    Raises
    ------
    BadInput
        It names a station that is not there.
    """
    found, unknown, _ = resolve_holders(sent, institutions, applications)
    if unknown:
        text, ids = next(iter(unknown.items()))
        alike = proposals(ids, institutions, applications)
        raise BadInput("apply.station_alike" if alike else "apply.station_unknown", where=file, text=text, alike=alike)
    return found


def with_known_ids(table: str, sent: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return rows with the ids that the workspace has for them: by credit code, else by name within the unit.

    Only ids that reading derived are replaced; an id of the sender's own stays.
    """
    key = next(name for name, column in TABLES[table].columns.items() if column.unique)
    own = sent[key].to_numpy(dtype=object, copy=True)
    derived = sent[key].str.contains("~", regex=False).to_numpy(dtype=bool, na_value=False)
    if table == "enterprises":
        codes = sent["uscc"].to_numpy(dtype=object)
        derived = derived | (sent[key] == sent["uscc"]).to_numpy(dtype=bool, na_value=False)
        by_code = before.dropna(subset=["uscc"]).drop_duplicates("uscc", keep=False).set_index("uscc")[key]
        own = np.where(derived & np.isin(codes.astype(str), by_code.index), by_code.reindex(codes).to_numpy(), own)
    name = _NAMES[table]
    place = "address" if table == "enterprises" else "unit"
    by_name = pd.Series(before[key].to_numpy(), index=_named(before, name, place))
    by_name = by_name[~by_name.index.duplicated(keep=False)]
    named = by_name.reindex(_named(sent, name, place)).to_numpy()
    provisional = sent[key].str.contains("~", regex=False).to_numpy(dtype=bool, na_value=False)
    own = np.where(provisional & pd.notna(named), named, own)
    return sent.assign(**{key: pd.Series(own, index=sent.index, dtype="str")})


def _named(frame: pd.DataFrame, name: str, place: str) -> list[tuple[str, str]]:
    return [
        (plain(str(own)), plain(str(where)) if pd.notna(where) else "")
        for own, where in zip(frame[name], frame[place], strict=True)
    ]


def _merged(
    table: str, before: pd.DataFrame, sent: pd.DataFrame, given: frozenset[str], scope: Scope, file: str
) -> tuple[pd.DataFrame, Difference]:
    """Return (the table with the rows that were sent, the difference); rows named again keep their place."""
    old, new = row_keys(table, before), row_keys(table, sent)
    owner = OWNERS.get(table)
    within = np.ones(len(before), dtype=bool)
    if scope == "file":
        within = before[owner].isin(sent[owner]).to_numpy() if owner else np.isin(old, new)
    place = pd.Series(np.flatnonzero(within), index=old[within])
    match = place.reindex(new).to_numpy()
    again = pd.notna(match)
    rows = match[again].astype(np.int64)
    kept = sent[again].copy()
    for column in before.columns:
        if column not in given and column not in (owner, *TABLES[table].key):
            kept[column] = before[column].iloc[rows].array
    differs = differ(before.iloc[rows].reset_index(drop=True), kept.reset_index(drop=True))
    added = sent[~again]
    gone, stays = within.copy(), ~within
    gone[rows] = False
    order = np.concatenate([np.flatnonzero(stays), rows, len(before) + np.arange(len(added))])
    lines = [frame for frame in (before[stays], kept, added) if len(frame)]
    after = conform(table, pd.concat(lines, ignore_index=True).iloc[np.argsort(order, kind="stable")])
    changed = kept[differs]
    difference = Difference(
        table,
        scope,
        file,
        len(before),
        len(after),
        _stations(before, after, added, changed, before[gone]) if table == "rosters" else _NO_STATIONS,
        added.reset_index(drop=True),
        changed.reset_index(drop=True),
        before[gone].reset_index(drop=True),
    )
    return after, difference


_NO_STATIONS = pd.DataFrame(columns=["holder_id", "before", "after", "new", "changed", "gone"])


def _stations(
    before: pd.DataFrame, after: pd.DataFrame, new: pd.DataFrame, changed: pd.DataFrame, gone: pd.DataFrame
) -> pd.DataFrame:
    """Return per station that changes its numbers of rows."""
    counts = {
        name: frame["holder_id"].value_counts()
        for name, frame in (("before", before), ("after", after), ("new", new), ("changed", changed), ("gone", gone))
    }
    table = pd.DataFrame(counts).fillna(0).astype("int64")
    touched = (table["new"] + table["changed"] + table["gone"]) > 0
    return table[touched].rename_axis("holder_id").reset_index()


def row_keys(table: str, frame: pd.DataFrame) -> NDArray[np.object_]:
    """Return what a row is told from the others by: its key, or owner with code, else with the name."""
    described = TABLES[table]
    if described.key and table not in OWNERS:
        parts = [frame[name].astype("str") for name in described.key]
    else:
        own = frame[_KEYS[table]].astype("str")
        if "name" in frame.columns:
            own = own.where(frame[_KEYS[table]].notna(), "\x1f" + frame["name"].fillna("").astype("str"))
        parts = [frame[OWNERS[table]].astype("str"), own]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "\x1e" + part
    # Rows that stand twice are told apart by their turn.
    turn = joined.groupby(joined).cumcount().astype("str")
    keys: NDArray[np.object_] = (joined + "\x1e" + turn).to_numpy(dtype=object)
    return keys


def differ(one: pd.DataFrame, other: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of two tables of one form differ in any cell."""
    differs = np.zeros(len(one), dtype=bool)
    for column in one.columns:
        if column == "geometry":
            a, b = one.geometry, other.geometry
            same = a.geom_equals_exact(b, 1e-9, align=False) | (a.isna() & b.isna())
            differs |= ~same.to_numpy(dtype=bool)
            continue
        a, b = one[column], other[column]
        differs |= ((a.astype(object) != b.astype(object)) & ~(a.isna() & b.isna())).to_numpy(dtype=bool)
    return differs


def _checked(workspace: Workspace, table: str, after: pd.DataFrame, read: TableRead, scope: Scope) -> Workspace:
    """Return the workspace with a table in it, once everything fits together."""
    tables = {name: frame.reset_index(drop=True) for name, frame in workspace.tables.items()}
    tables[table] = after
    kept, invalid = check_tables(tables)
    kept, loose = check_references(kept)
    problems = pd.concat([invalid, loose], ignore_index=True)
    errors = problems.loc[problems["severity"] == "error"]
    if len(errors):
        first = errors.iloc[0]
        where = f"{read.file}, {first['file']} {first['column']}"
        raise BadInput("upload.does_not_fit", where=where, n=len(errors), first=problem_clause(first.to_dict()))
    days = [day for day in (workspace.data_date, latest_day({name: kept[name] for name in TABLES})) if day is not None]
    how = f"{read.file}, sent in by the user"
    if read.datum.datum:
        how += f"; coordinates {read.datum.basis} as {read.datum.datum}{', converted' if read.datum.converted else ''}"
    return workspace.replace(
        name=f"{workspace.name}+{read.file}",
        **{name: kept[name].reset_index(drop=True) for name in TABLES},
        sources=(*workspace.sources, Source(read.file, how=how, crs=read.datum.datum, table=table)),
        problems=pd.concat([read.problems, problems], ignore_index=True),
        data_date=max(days) if days else None,
        loaded=(workspace.loaded.without(table) if scope == "table" else workspace.loaded).joined(
            report_of(read, table)
        ),
    )
