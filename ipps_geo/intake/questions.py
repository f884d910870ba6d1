"""What a file leaves open, as questions that every surface asks in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipps_geo.columns import TABLES
from ipps_geo.intake.datum import CONVERSIONS
from ipps_geo.intake.mapping import map_columns
from ipps_geo.intake.problems import Refusal
from ipps_geo.intake.request import Question, Request, TableRead
from ipps_geo.network_columns import DESCRIBED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipps_geo.intake.raw import RawTable

DECIDING = {"rosters": ("explicit_need",), "enterprises": (), "carriers": (), "institutions": ()}
"""Columns that are not required and yet decide a verdict: a header that may be one is asked about."""

_CLOSEST = 10


def questions_of(read: TableRead, raw: RawTable, request: Request) -> tuple[Question, ...]:
    """Return what the sender of a table must, or may, settle; none where the file says everything."""
    found: list[Question] = []
    if read.table == "rosters" and "holder_unknown" in set(read.problems["code"]):
        found.append(Question("station"))
    if read.datum.basis in ("suspected", "unclear"):
        found.append(Question("datum", likely_datums(read), needed=read.datum.basis == "unclear"))
    if read.mapping is not None and read.table is not None:
        told = request.absent or {}
        unread, table = read.mapping.unread, read.table
        missing = [column for column in read.mapping.missing if column not in told]
        found += [Question("column", closest_headers(unread, table, column), column) for column in missing]
        deciding = [name for name in DECIDING.get(read.table, ()) if name not in read.mapping.by_column]
        for column in deciding:
            if read.mapping.unread and not any(header in (request.mapping or {}) for header in read.mapping.unread):
                choices = closest_headers(read.mapping.unread, read.table, column)
                found.append(Question("column", choices, column, needed=False))
    return tuple(found)


def refusal_questions(refusal: Refusal, request: Request, names: Sequence[str]) -> tuple[Question, ...]:
    """Return the questions of a file whose table was not recognised: which table it is, on which sheet."""
    found: list[Question] = []
    if (
        refusal.kind in ("table_unknown", "header_missing", "several_layers")
        and len(names) > 1
        and request.sheet is None
    ):
        found.append(Question("sheet", tuple(names)))
    if refusal.kind == "table_unknown" and request.table is None:
        found.append(Question("table", nearest_tables(refusal.values.get("headers", ()))))
    return tuple(found)


def nearest_tables(headers: Sequence[str]) -> tuple[str, ...]:
    """Return every table, those first whose columns the headers fit best."""
    fits = {name: map_columns(headers, name).score for name in TABLES}
    return tuple(sorted(TABLES, key=lambda name: (-fits[name], list(TABLES).index(name))))


def closest_headers(headers: Sequence[str], table: str, column: str) -> tuple[str, ...]:
    """Return the headers that are nearest to the names of a column, ten at most, the nearest first."""
    from rapidfuzz import fuzz

    described = DESCRIBED[table].columns.get(column)
    names = (column,) if described is None else (described.zh, described.name, *described.synonyms)
    score = {header: max(fuzz.WRatio(header, name) for name in names) for header in headers if header}
    return tuple(sorted(score, key=lambda header: (-score[header], header)))[:_CLOSEST]


def likely_datums(read: TableRead) -> tuple[str, ...]:
    """Return the reference systems under which points lie in Beijing, the likeliest first."""
    likely = sorted(
        read.datum.evidence, key=lambda found: (-(found.in_declared_unit or 0.0), -found.in_beijing, found.hypothesis)
    )
    return tuple(found.hypothesis for found in likely if found.in_beijing > 0 and found.hypothesis in CONVERSIONS)
