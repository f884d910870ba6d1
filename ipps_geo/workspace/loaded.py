"""What a load read and what it left out: rows, columns, sheets, files, sub-folders, each with its place and reason.

Nothing that is made from a workspace may rest in silence on what was left out, so that the report travels with it: the
rules treat rows left out as possible, the plan keeps away from their enterprises, and every page names them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from ipps_geo.intake.mapping import ColumnMapping

LEFT_OUT_FILE = "left_out.json"
"""File of a saved workspace that keeps what its own load left out."""

Weight = Literal["error", "warning", "note"]
"""How much it matters that something was not read: a table that is not there, perhaps one, surely none."""

DECIDING: Mapping[str, frozenset[str]] = {
    "rosters": frozenset(
        {"holder_id", "uscc", "name", "parent_uscc", "legal_form", "industry_codes", "explicit_need", "need_evidence"}
        | {"need_date", "listed_on", "delisted_on"}
    ),
    "enterprises": frozenset({"uscc", "parent_uscc", "legal_form", "industry_codes", "explicit_need", "need_date"}),
    "institutions": frozenset(
        {"kind", "unit", "host_type", "org_level", "legal_form", "undertaking_uscc", "established_on", "revoked_on"}
        | {"revocation_ground", "agreement_parties", "agreement_district"}
    ),
    "applications": frozenset(
        {"kind", "institution_id", "unit", "host_type", "org_level", "legal_form", "undertaking_uscc", "applied_on"}
        | {"decision", "decided_on", "route", "ground"}
    ),
    "staff": frozenset({"institution_id", "person_id", "mode", "qualified", "to_date"}),
    "evaluations": frozenset({"institution_id", "year", "round", "result", "rectified_on"}),
    "conduct": frozenset({"institution_id", "kind", "found_on", "in_institution_name"}),
}
"""Columns of which one alone can turn a verdict: who it is, what it needs, what it does, whose it is, since when."""

OPEN_ENDED: Mapping[str, frozenset[str]] = {
    "rosters": frozenset({"need_date", "listed_on", "delisted_on", "parent_uscc", "legal_form"}),
    "staff": frozenset({"from_date", "to_date"}),
    "key_industries": frozenset({"valid_from", "valid_to"}),
    "evaluations": frozenset({"evaluated_on", "rectified_on"}),
    "institutions": frozenset({"established_on", "revoked_on", "revocation_ground", "revocation_notified_on"}),
    "applications": frozenset({"institution_id", "applied_on", "decided_on", "decision"}),
    "enterprises": frozenset({"need_date", "parent_uscc", "legal_form"}),
}
"""Columns in which a blank means something: no end, no parent, no decision. What could not be read is no blank."""

REFERRED_TO = frozenset({"service_units", "carriers", "institutions", "applications", "enterprises"})
"""Tables whose rows others name: one stays although a cell of it was lost, and its facts are in doubt."""

PLACE = ("file", "sheet", "row", "feature", "reasons")
"""Columns of a table of rows left out that say where each stood and why it was left out."""

_NAMED = 200


@dataclass(frozen=True)
class PartRead:
    """One file, or sheet or layer of it, that was read: rows in it, rows used, rows left out; and its columns.

    ``absent`` names the deciding columns of the table that the part does not have.
    """

    file: str
    sheet: str
    table: str
    rows: int
    used: int
    left_out: int
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unread:
    """A file, a sub-folder or a sheet that was not read, with the code of the reason.

    ``table`` is the table that its name speaks of, empty where it speaks of none; ``other`` where its columns are those
    of another table than that of the file.
    """

    file: str
    sheet: str
    reason: str
    weight: Weight
    table: str = ""


@dataclass(frozen=True)
class UnreadColumn:
    """A header that was not understood; ``like`` is the column that it resembles, ``decides`` whether that one counts.

    ``taken`` is the header that was read as that column instead, if another one was.
    """

    file: str
    sheet: str
    table: str
    header: str
    like: str = ""
    taken: str = ""

    @property
    def decides(self) -> bool:
        """Whether a verdict may turn on this column."""
        return self.like in DECIDING.get(self.table, frozenset())


@dataclass(frozen=True)
class Difference:
    """What a file of a saved workspace has lost or gained since: ``kind`` is gone, rows, columns or content."""

    file: str
    kind: Literal["gone", "rows", "columns", "content"]
    before: str = ""
    now: str = ""


@dataclass(frozen=True, eq=False)
class LoadReport:
    """What was read for a workspace, and what was not.

    ``rows`` holds, by table, the rows left out as far as they could be read: the columns of the table that the file
    gives (missing where faulty) and :data:`PLACE`. ``cells`` counts, by (table, column), single values left out.
    """

    parts: tuple[PartRead, ...] = ()
    unread: tuple[Unread, ...] = ()
    columns: tuple[UnreadColumn, ...] = ()
    differences: tuple[Difference, ...] = ()
    rows: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    cells: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def rows_read(self) -> int:
        """Rows of every part, used or not."""
        return sum(part.rows for part in self.parts)

    @property
    def rows_left_out(self) -> int:
        """Rows that no table holds."""
        return sum(len(frame) for frame in self.rows.values())

    @property
    def missing(self) -> tuple[Unread, ...]:
        """What was not read although it is, or may be, a table."""
        return tuple(entry for entry in self.unread if entry.weight != "note")

    @property
    def questions(self) -> tuple[UnreadColumn, ...]:
        """Headers that were not understood and look like a column that decides."""
        return tuple(column for column in self.columns if column.decides)

    @property
    def complete(self) -> bool:
        """Whether everything that may matter was read."""
        return not (self.rows_left_out or self.cells or self.missing or self.questions or self.differences)

    @cached_property
    def open_tables(self) -> frozenset[str]:
        """Tables of which an unknown number of rows was not read; what speaks of no table may be a roster."""
        return frozenset(entry.table or "rosters" for entry in self.unread if entry.weight == "error")

    def left_out(self, table: str) -> pd.DataFrame:
        """Return the rows of one table that were left out; without rows, where there are none."""
        found = self.rows.get(table)
        return pd.DataFrame(columns=[*TABLES[table].columns, *PLACE]) if found is None else found

    def without(self, table: str) -> LoadReport:
        """Return the report without what it says of one table, which another file has replaced."""
        return replace(
            self,
            parts=tuple(part for part in self.parts if part.table != table),
            unread=tuple(entry for entry in self.unread if (entry.table or "rosters") != table),
            columns=tuple(column for column in self.columns if column.table != table),
            rows={name: frame for name, frame in self.rows.items() if name != table},
            cells={key: count for key, count in self.cells.items() if key[0] != table},
        )

    def joined(self, other: LoadReport) -> LoadReport:
        """Return the report of both loads together."""
        rows = dict(self.rows)
        for name, frame in other.rows.items():
            rows[name] = pd.concat([rows[name], frame], ignore_index=True) if name in rows else frame
        return LoadReport(
            self.parts + other.parts,
            self.unread + other.unread,
            self.columns + other.columns,
            self.differences + other.differences,
            rows,
            {key: self.cells.get(key, 0) + other.cells.get(key, 0) for key in [*self.cells, *other.cells]},
        )

    def kept(self) -> LoadReport:
        """Return what a saved workspace must keep, for its files no longer show it: what was left out, and not how."""
        return LoadReport(unread=self.missing, columns=self.questions, rows=self.rows, cells=self.cells)

    def plain(self) -> dict[str, Any]:
        """Return the report as JSON-safe values; of rows left out only the place and the reason, and no name."""
        placed = [
            {"table": name, **{key: _plain(record[key]) for key in PLACE}}
            for name, frame in self.rows.items()
            for record in frame.loc[:, list(PLACE)].head(_NAMED).to_dict("records")
        ]
        return {
            "complete": self.complete,
            "rows_read": self.rows_read,
            "rows_left_out": self.rows_left_out,
            "parts": [_fields(part) | {"absent": list(part.absent)} for part in self.parts],
            "left_out": placed[:_NAMED],
            "left_out_by_table": {name: len(frame) for name, frame in self.rows.items()},
            "values_left_out": [
                {"table": table, "column": column, "count": count} for (table, column), count in self.cells.items()
            ],
            "not_read": [_fields(entry) for entry in self.unread],
            "columns_not_read": [_fields(column) | {"decides": column.decides} for column in self.columns],
            "differences": [_fields(difference) for difference in self.differences],
        }


def unread_columns(file: str, sheet: str, mapping: ColumnMapping) -> tuple[UnreadColumn, ...]:
    """Return the headers of a file that were not read, with the columns that they resemble."""
    unlike = ("", 0.0)
    return (
        *(
            UnreadColumn(file, sheet, mapping.table, header, mapping.suggestions.get(header, unlike)[0])
            for header in mapping.unread
        ),
        *(
            UnreadColumn(file, sheet, mapping.table, header, column, mapping.by_column[column])
            for header, column in mapping.conflicts
        ),
    )


def absent_columns(table: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the deciding columns of ``table`` that are not among ``columns``."""
    return tuple(name for name in TABLES[table].columns if name in DECIDING.get(table, ()) and name not in columns)


def _fields(entry: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value != value:
        return None
    return int(value) if hasattr(value, "__index__") else str(value)


def left_out_text(report: LoadReport) -> str:
    """Return what a load left out as JSON, to be kept beside the tables that it left."""
    content = {
        "unread": [_fields(entry) for entry in report.unread],
        "columns": [_fields(column) for column in report.columns],
        "cells": [[table, column, count] for (table, column), count in report.cells.items()],
        "rows": {
            name: json.loads(frame.to_json(orient="records", date_format="iso")) for name, frame in report.rows.items()
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _records(frame: pd.DataFrame) -> Any:
    return json.loads(frame.to_json(orient="records", date_format="iso"))


def read_left_out(path: Path) -> LoadReport:
    """Return what :func:`left_out_text` wrote.

    Raises
    ------
    BadInput
        The file is no such text.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = {name: pd.DataFrame(records) for name, records in content["rows"].items()}
        return LoadReport(
            unread=tuple(Unread(**entry) for entry in content["unread"]),
            columns=tuple(UnreadColumn(**entry) for entry in content["columns"]),
            cells={(table, column): int(count) for table, column, count in content["cells"]},
            rows={name: _days(name, frame) for name, frame in rows.items() if name in TABLES},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput("workspace.left_out_unreadable", where=str(path)) from error


def _days(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of rows left out as a load has it: its days as days, and every column of a place."""
    days = [name for name, column in TABLES[table].columns.items() if column.kind == "date" and name in frame.columns]
    whole = frame.reindex(columns=list(dict.fromkeys([*frame.columns, *PLACE])))
    typed = whole.assign(**{name: pd.to_datetime(whole[name]).astype("datetime64[s]") for name in days})
    return typed.assign(row=typed["row"].astype("Int64"))
