"""From a file to a table and its problems, in this process; :func:`ipps_geo.intake.read_table` adds the worker."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ipps_geo.intake.books import read_book
from ipps_geo.intake.bundles import read_bundle
from ipps_geo.intake.holders import give_holders
from ipps_geo.intake.interpret import interpret
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal
from ipps_geo.intake.questions import questions_of, refusal_questions
from ipps_geo.intake.raw import RawTable
from ipps_geo.intake.request import PartRead, Request, TableRead, refused
from ipps_geo.intake.sheets import sheet_names
from ipps_geo.intake.sniff import Format, check_address, detect
from ipps_geo.intake.stacking import overlapping, repeats, stacked
from ipps_geo.intake.units import Units
from ipps_geo.intake.workbooks import BOOKS, OpenBook, open_book, ruled_book

Tables = tuple[list[RawTable], tuple[PartRead, ...], str]
"""Tables of one form, what became of each part of the file, the format."""

_TOLD = {"other_table": "other_sheet", "no_table": "sheet_left_out", "repeats": "sheet_repeats", "gone": "sheet_gone"}
"""Codes of the problems that tell of parts that were not read; the others have no rows, or were not asked for."""


def read_here(request: Request, limits: Limits, units: Units | None) -> TableRead:
    """Read one file in this process. Faults of the file become problems; only a wrong request raises ``BadInput``."""
    format_ = ""
    try:
        check_address(request.path)
        kind, differs = detect(request.path, limits)
        format_ = str(kind)
        raws, parts, _ = read_tables(request, kind, limits)
        if differs:
            raws[0].remarks.append(("suffix_differs", {"found": differs}))
        raw, parts = _one(raws, parts, request)
        read = interpret(raw, request, format_, limits, units)
        names = tuple(part.name for part in parts) or sheet_names(request.path, kind, limits)
        return replace(read, sheets=names, parts=parts, questions=questions_of(read, raw, request))
    except Refusal as refusal:
        if refusal.kind == "table_nearest" and request.table is None and _answered(refusal, request):
            return read_here(replace(request, table=str(refusal.values["nearest"])), limits, units)
        names = () if not format_ else sheet_names(request.path, Format(format_), limits)
        read = refused(request, refusal, format_)
        return replace(read, sheets=names, questions=refusal_questions(refusal, request, names))
    except MemoryError:
        return refused(request, Refusal("out_of_memory", limit=limits.memory_bytes >> 20), format_)
    except OSError:
        return refused(request, Refusal("not_a_file", value=request.file), format_)


def _answered(refusal: Refusal, request: Request) -> bool:
    """Return whether the mapping that was given names every column for which a file was refused."""
    return set(refusal.values["missing"]) <= set((request.mapping or {}).values())


def _one(raws: list[RawTable], parts: tuple[PartRead, ...], request: Request) -> tuple[RawTable, tuple[PartRead, ...]]:
    """Return the tables of one form as one, with what is to be said of the parts that are not in it."""
    give_holders(raws, request)
    again = repeats(raws) if len(raws) > 1 else set()
    gone = {raws[place].sheet for place in again}
    raws = [raw for place, raw in enumerate(raws) if place not in again]
    alike = overlapping(raws) if len(raws) > 1 else None
    raw = stacked(raws)
    if alike is not None:
        raw.remarks.append(("sheets_overlap", {"found": alike[0], "others": (alike[1],)}))
    if len(raws) > 1:
        raw.remarks.append(("sheets_together", {"found": len(raws)}))
    parts = tuple(replace(part, reason="repeats") if part.name in gone else part for part in parts)
    for part in parts:
        if part.reason in _TOLD:
            raw.remarks.append((_TOLD[part.reason], {"found": part.name, "value": part.name, "rows": part.rows}))
    return raw, parts


def read_raw(request: Request, format_: Format, limits: Limits) -> RawTable:
    """Return the one table of a file of a known format, uninterpreted; sheets of one form are put together."""
    return stacked(read_tables(request, format_, limits)[0])


def read_tables(request: Request, format_: Format, limits: Limits) -> Tables:
    """Return the tables of a file of a known format, uninterpreted."""
    path, table, sheet = request.path, request.table, request.sheet
    if format_ is Format.BUNDLE:
        raws, parts = read_bundle(request, limits, lambda inner: _member(inner, limits))
        return raws, parts, str(format_)
    if format_ in BOOKS:
        with ExitStack() as stack:
            return *_sheets(open_book(path, format_, limits, stack), request, limits), str(format_)
    if format_ is Format.CSV:
        ruled = ruled_book(path)
        if ruled is not None:
            return *_sheets(ruled, request, limits), str(format_)
    if format_ is Format.VECTOR:
        from ipps_geo.intake.vector import read_vector

        raw, parts = read_vector(path, table, sheet, limits)
        return [raw], parts, str(format_)
    return [_single(request, format_, limits)], (), str(format_)


def _member(request: Request, limits: Limits) -> Tables:
    kind, _ = detect(request.path, limits)
    if kind is Format.BUNDLE:
        raise Refusal("archive_nested", feature=f"member {request.file}", found=request.file)
    return read_tables(request, kind, limits)


def _sheets(opened: OpenBook, request: Request, limits: Limits) -> tuple[list[RawTable], tuple[PartRead, ...]]:
    raws, parts = read_book(opened.book, request.table, request.sheet, _stem(request), limits, _known(request))
    for raw in raws:
        raw.serial_base_1904, raw.encoding = opened.base_1904, opened.encoding
        if opened.lines:
            raw.numbers = np.array(opened.lines, dtype=np.int64)[raw.numbers - 1]
    if opened.lines:  # a text has no sheet
        raws[0].sheet, parts = None, ()
    raws[0].remarks += [(code, {}) for code in opened.remarks]
    return raws, parts


def _stem(request: Request) -> str:
    return Path(request.file).stem


def _known(request: Request) -> tuple[str, ...]:
    return tuple(header for header, column in (request.mapping or {}).items() if column)


def _single(request: Request, format_: Format, limits: Limits) -> RawTable:
    path, table, sheet = request.path, request.table, request.sheet
    if format_ is Format.CSV:
        from ipps_geo.intake.delimited import read_delimited

        return read_delimited(path, table, limits, _known(request))
    if format_ is Format.GEOJSON:
        from ipps_geo.intake.geojson import read_geojson

        return read_geojson(path, table, limits)
    if format_ is Format.KML:
        from ipps_geo.intake.kml import read_kml

        return read_kml(path, table, limits)
    if format_ is Format.GPKG:
        from ipps_geo.intake.geopackage import read_geopackage

        return read_geopackage(path, table, sheet, limits)
    if format_ is Format.PARQUET:
        from ipps_geo.intake.geoparquet import read_parquet

        return read_parquet(path, table, limits)
    from ipps_geo.intake.shapefile import read_shapefile

    return read_shapefile(path, table, sheet, limits)


def cells_of_book(
    request: Request, format_: Format, names: Sequence[str], limits: Limits
) -> dict[str, list[list[Any]]]:
    """Return every cell of the named sheets of a workbook, from A1 on, for a copy of the file."""
    with ExitStack() as stack:
        book = open_book(request.path, format_, limits, stack).book
        found = {}
        for name in names:
            name = name if name in book.names else book.names[0]
            book.scan(name)
            found[name] = book.rows(name)
        return found
