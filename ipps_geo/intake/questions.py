"""What a file leaves open, as questions that every surface asks in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipps_geo.columns import DESCRIBED, TABLES
from ipps_geo.intake.mapping import map_columns
from ipps_geo.intake.problems import Refusal
from ipps_geo.intake.request import Question, Request, TableRead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipps_geo.intake.raw import RawTable

DECIDING = {"rosters": ("explicit_need",)}
"""Columns that are not required and yet decide a verdict: a header that may be one is asked about."""

_CLOSEST = 10
_ALIKE_FROM = 2
"""Columns of a table that are recognised, from which on a file is taken for it."""


def questions_of(read: TableRead, raw: RawTable, request: Request) -> tuple[Question, ...]:
    """Return what the sender of a table must, or may, settle; none where the file says everything."""
    found: list[Question] = []
    if read.table == "rosters" and "holder_unknown" in set(read.problems["code"]):
        found.append(Question("station"))
    if "sheets_overlap" in set(read.problems["code"]) and raw.row_sheets is not None:
        found.append(Question("sheet", tuple(dict.fromkeys(str(sheet) for sheet in raw.row_sheets))))
    if read.datum.basis in ("suspected", "unclear"):
        found.append(Question("datum", likely_datums(read), needed=read.datum.basis == "unclear"))
    if read.mapping is not None and read.table is not None:
        told = request.absent or {}
        unread, table = read.mapping.unread, read.table
        missing = [column for column in read.mapping.missing if column not in told]
        found += [Question("column", closest_headers(unread, table, column), column, table=table) for column in missing]
        told_of = set(request.mapping or {})
        doubts = dict(read.mapping.doubts)
        for column in dict.fromkeys((*doubts, *DECIDING.get(table, ()))):
            if column in read.mapping.by_column or not unread or told_of & set(unread):
                continue
            likely = tuple(header for header, _ in doubts.get(column, ()))
            rest = tuple(header for header in closest_headers(unread, table, column) if header not in likely)
            found.append(Question("column", (*likely, *rest)[:_CLOSEST], column, needed=False, table=table))
    return tuple(found)


def refusal_questions(refusal: Refusal, request: Request, names: Sequence[str]) -> tuple[Question, ...]:
    """Return what is asked of a file whose table was not recognised: what its columns are, or which table it is."""
    values = refusal.values
    if refusal.kind == "table_nearest":
        table, headers = str(values["nearest"]), tuple(values["headers"])
        return tuple(
            Question("column", closest_headers(headers, table, column), column, table=table)
            for column in values["missing"]
        )
    found: list[Question] = []
    if refusal.kind in ("table_unknown", "header_missing", "several_layers") and len(names) > 1:
        found += [Question("sheet", tuple(names))] if request.sheet is None else []
    if refusal.kind == "table_unknown" and request.table is None:
        found.append(Question("table", tuple(TABLES)))
    return tuple(found)


def no_table(texts: Sequence[str], table: str | None, **place: Any) -> Refusal:
    """Return the refusal of a sheet by its likely header: the nearest table, what is missing, the closest headers."""
    headers = [text for text in dict.fromkeys(texts) if text]
    fits = [map_columns(headers, name) for name in (TABLES if table is None else (table,))]
    best = max(fits, key=lambda fit: (len(fit.columns) - len(fit.missing), len(fit.columns)), default=None)
    if best is None or len(best.columns) < _ALIKE_FROM or not best.missing or not best.unread:
        return Refusal("table_unknown", **place) if table is None else Refusal("header_missing", **place, table=table)
    closest: dict[str, None] = {}
    for column in best.missing:
        closest |= dict.fromkeys(closest_headers(best.unread, best.table, column))
    return Refusal(
        "table_nearest",
        **place,
        nearest=best.table,
        missing=tuple(best.missing),
        headers=tuple(closest)[:_CLOSEST],
    )


def closest_headers(headers: Sequence[str], table: str, column: str) -> tuple[str, ...]:
    """Return the headers that are nearest to the names of a column, ten at most, the nearest first."""
    from rapidfuzz import fuzz

    described = DESCRIBED[table].columns.get(column)
    names = (column,) if described is None else (described.zh, described.name, *described.synonyms)
    score = {header: max(fuzz.WRatio(header, name) for name in names) for header in headers if header}
    return tuple(sorted(score, key=lambda header: (-score[header], header)))[:_CLOSEST]


def likely_datums(read: TableRead) -> tuple[str, ...]:
    """Return the reference systems under which points lie in the region, the likeliest first."""
    likely = sorted(
        read.datum.evidence, key=lambda found: (-(found.in_declared_unit or 0.0), -found.in_region, found.hypothesis)
    )
    return tuple(found.hypothesis for found in likely if found.in_region > 0)
