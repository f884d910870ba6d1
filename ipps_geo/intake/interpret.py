"""What a table of a file means: columns to values, rows to accept or reject, places, keys, addresses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from ipps_geo.columns import DESCRIBED, Column, Table
from ipps_geo.crs import STORE_CRS
from ipps_geo.errors import BadInput, Message
from ipps_geo.intake import rows as row_rules
from ipps_geo.intake.asides import Aside, blank_cells, cell_text, find_asides, no_rows_of_their_own
from ipps_geo.intake.cells import Cells, cells_of, clean
from ipps_geo.intake.codes import USCC_COLUMNS
from ipps_geo.intake.datum import NO_POINTS, DatumVerdict, Told
from ipps_geo.intake.departures import name_left
from ipps_geo.intake.header_columns import COORDINATES, DATUM, PLACES
from ipps_geo.intake.identities import derive_keys
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import ColumnMapping, has_place, map_columns
from ipps_geo.intake.places import gather, points_of, settle
from ipps_geo.intake.problems import ProblemLog, Refusal
from ipps_geo.intake.raw import RawTable, as_series
from ipps_geo.intake.request import LEFT_ROW, LEFT_SHEET, Request, TableRead, X, Y
from ipps_geo.intake.ticks import join_ticks
from ipps_geo.intake.units import Units
from ipps_geo.intake.values import convert

_DTYPES = {"integer": "Int64", "number": "float64", "boolean": "bool", "date": "datetime64[s]"}


def interpret(raw: RawTable, request: Request, format_: str, limits: Limits, units: Units | None) -> TableRead:
    """Return the table that a reader's columns mean; see :class:`ipps_geo.intake.request.TableRead`."""
    if raw.table is None:
        first = raw.headers[0] if raw.headers else "geometry"
        raise Refusal("table_unknown", sheet=raw.sheet, column=first, value=", ".join(raw.headers))
    table = DESCRIBED[raw.table]
    mapping = _mapping(raw, request, table)
    kept, left_out = _rows_that_count(raw, mapping)
    raw.said = _said(raw, mapping, kept, [text for code, _, text in left_out if code == "footnote_row"])
    row_sheets = None if raw.row_sheets is None else raw.row_sheets[kept]
    log = ProblemLog(request.file, raw.sheet, raw.numbers[kept], by_feature=raw.by_feature, row_sheets=row_sheets)
    _spare(table, mapping, log)
    count = len(kept)
    for code, params in raw.remarks:
        log.about_file(code, **params)
    for code, row, value in left_out:
        sheet = None if raw.row_sheets is None else raw.row_sheets[row]
        log.about_file(code, row=int(raw.numbers[row]), sheet=sheet, value=value)
    _tell_mapping(raw, request, table, mapping, log)
    if not count:
        log.about_file("no_rows", row=raw.first_row)
    cells = _cells(raw, mapping, kept, log, limits)
    _mark_reader_faults(raw, mapping, kept, log)
    join_ticks(cells, log)
    values = _values(table, cells, mapping, log, None if table.name == "service_units" else units, count)
    _fill_in(table, values, cells, raw, request, kept, log)
    name_left(raw, mapping, kept, values, log)
    derive_keys(table, values, log)
    row_rules.check_keys(table, values, mapping, log)
    geometry, verdict = _places(raw, table, cells, kept, values, units, request.told, log)
    row_rules.check_addresses(values, mapping, units, log)
    _check_missing(table, mapping, log, request)
    return _result(raw, request, format_, table, mapping, values, geometry, verdict, log, len(left_out))


def _said(raw: RawTable, mapping: ColumnMapping, kept: NDArray[np.int64], remarks: list[str]) -> tuple[str, ...]:
    """Return what the surroundings of a table with places say: titles, sheet, remarks, a column that says one thing."""
    if raw.table is None or DESCRIBED[raw.table].geometry is None or not len(kept):
        return ()
    everywhere = []
    for header in mapping.unread:
        column = raw.columns[raw.headers.index(header)]
        first = cell_text(column, int(kept[0]))
        if len(first) > 1 and all(cell_text(column, row) == first for row in kept[1:].tolist()):
            everywhere.append(first)
    return (*raw.titles, raw.sheet or "", *remarks, *everywhere)


def _fill_in(
    table: Table,
    values: dict[str, pd.Series],
    cells: dict[str, Cells],
    raw: RawTable,
    request: Request,
    kept: NDArray[np.int64],
    log: ProblemLog,
) -> None:
    """Fill columns that the file does not have with what its surroundings, or else the caller, say of them."""
    for name, given in raw.given.items():
        if name in values and name not in cells:
            values[name] = as_series(pa.array([given[row] for row in kept.tolist()], pa.large_string()))
    for name, text in (request.absent or {}).items():
        if name in values and name not in cells:
            values[name] = values[name].fillna(text)
    if table.name == "rosters" and "holder_id" not in cells and values["holder_id"].isna().any():
        log.about_file("holder_unknown")


def _spare(table: Table, mapping: ColumnMapping, log: ProblemLog) -> None:
    """Tell the log which columns spoil a row: those that identify or place it where it must be; others only a cell."""
    needed = {*table.required, *table.key, *(name for name, column in table.columns.items() if column.unique)}
    if table.geometry_required:
        needed |= {"geometry", *PLACES}
    else:
        log.spared.add("geometry")
    for item in mapping.columns:
        name = item.column.partition("@")[0]
        if name in USCC_COLUMNS:
            log.kept.add(item.header)
        elif name not in needed:
            log.spared.add(item.header)


def _rows_that_count(raw: RawTable, mapping: ColumnMapping) -> tuple[NDArray[np.int64], list[Aside]]:
    """Return (positions of the rows to read, rows left out as (code, position, first text)); blank rows are neither."""
    count = len(raw.numbers)
    if raw.by_feature or not count or not raw.columns:
        return np.arange(count), []
    blank = np.ones(count, dtype=bool)
    for column in raw.columns:
        if not blank.any():
            break
        blank &= blank_cells(column)
    if raw.geometry is not None or raw.xy is not None:
        blank[:] = False
    at = {item.column: raw.headers.index(item.header) for item in mapping.columns}
    left_out = find_asides(raw, at, blank)
    aside = {row for _, row, _ in left_out}
    blank = no_rows_of_their_own(raw, at, blank)
    blank[list(aside)] = False
    if blank.any():
        # Blank rows below the table are how spreadsheets end; only those inside it are worth a note.
        last = np.flatnonzero(~blank)[-1] if not blank.all() else -1
        inside = int(blank[: last + 1].sum())
        if inside:
            raw.remarks.append(("blank_rows", {"found": inside}))
    dropped = blank.copy()
    dropped[list(aside)] = True
    return np.flatnonzero(~dropped), left_out


def _mapping(raw: RawTable, request: Request, table: Table) -> ColumnMapping:
    given = request.mapping
    if given is not None:
        absent = [header for header in given if header not in raw.headers]
        # A saved mapping may name headers of other files; those that matter show as missing columns.
        given = {header: column for header, column in given.items() if header not in absent}
    try:
        return map_columns(raw.headers, table.name, given, raw.samples())
    except BadInput as error:
        wrong = next(iter(given or {}), "")
        raise Refusal("mapping_unknown", sheet=raw.sheet, column=wrong, found=wrong) from error


def _tell_mapping(raw: RawTable, request: Request, table: Table, mapping: ColumnMapping, log: ProblemLog) -> None:
    for item in mapping.columns:
        twice = raw.headers.count(item.header) > 1
        if twice:
            log.about_file("duplicate_header", column=item.header)
        if item.confidence < 0.97:
            share = round(item.confidence * 100)
            zh = _chinese(table, item.column)
            log.about_file("column_guessed", column=item.header, name=item.column, zh=zh, confidence=share)
    for header, column_name in mapping.conflicts:
        log.about_file("column_conflict", column=header, name=column_name, other=mapping.by_column[column_name])
    for header in mapping.unread:
        hint: str | Message = ""
        if header in mapping.suggestions:
            column_name, confidence = mapping.suggestions[header]
            hint = Message("hint.alike", {"name": column_name, "confidence": round(confidence * 100)})
        log.about_file("column_not_read", column=header, hint=hint)
    for name, candidates in mapping.doubts:
        headers = tuple(header for header, _ in candidates)
        log.about_file("column_doubt", column=headers[0], name=name, zh=_chinese(table, name), found=headers)
    for name in mapping.missing:
        if name in (request.absent or {}):
            continue
        alike = [header for header, (column_name, _) in mapping.suggestions.items() if column_name == name]
        hint = Message("hint.map", {"header": alike[0]}) if alike else ""
        other = Message("hint.without_holder") if (table.name, name) == ("rosters", "holder_id") else ""
        log.about_file("missing_column", column=name, name=name, zh=table.columns[name].zh, hint=hint, other=other)
    if table.geometry_required and raw.geometry is None and raw.xy is None and not has_place(mapping.by_column):
        log.about_file("geometry_missing", column="geometry")


def _chinese(table: Table, name: str) -> str:
    """Return the Chinese header of a column of the table, or of a coordinate."""
    base = name.partition("@")[0]
    if base == DATUM:
        return "坐标系"
    return PLACES[base][5 if base != COORDINATES else 0] if base in PLACES else table.columns[base].zh


def _cells(
    raw: RawTable, mapping: ColumnMapping, kept: NDArray[np.int64], log: ProblemLog, limits: Limits
) -> dict[str, Cells]:
    whole = len(kept) == len(raw.numbers)
    cells = {}
    for header, column, kind in _mapped(raw, mapping):
        own = raw.columns[header]
        if not whole:
            own = own.take(pa.array(kept)) if isinstance(own, pa.Array) else [own[row] for row in kept.tolist()]
        found = cells_of(raw.headers[header], own, log, base_1904=raw.serial_base_1904)
        clean(found, kind, log, limits)
        cells[column] = found
    return cells


def _mapped(raw: RawTable, mapping: ColumnMapping) -> list[tuple[int, str, str]]:
    """Return (position in the file, column of the table, its kind) of every column that is read."""
    table = DESCRIBED[mapping.table]
    found: list[tuple[int, str, str]] = []
    for item in mapping.columns:
        described = table.columns.get(item.column)
        found.append((raw.headers.index(item.header), item.column, "number" if described is None else described.kind))
    return found


def _mark_reader_faults(raw: RawTable, mapping: ColumnMapping, kept: NDArray[np.int64], log: ProblemLog) -> None:
    place = np.full(len(raw.numbers), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    for code, row, params in raw.row_faults:
        if 0 <= row < len(place) and place[row] >= 0:
            log.about_rows(code, np.array([place[row]]), column=_column_of(code), **params)
    read = {raw.headers.index(item.header) for item in mapping.columns}
    for code, row, column, value in raw.cell_faults:
        if column in read and 0 <= row < len(place) and place[row] >= 0:
            log.about_rows(code, np.array([place[row]]), column=raw.headers[column], values={place[row]: value})


def _column_of(code: str) -> str:
    """Return the column of a fault that a reader found in a row: the place, or none where it is the row itself."""
    return "geometry" if "geometry" in code or code == "number_as_text" else ""


def _values(
    table: Table,
    cells: dict[str, Cells],
    mapping: ColumnMapping,
    log: ProblemLog,
    units: Units | None,
    count: int,
) -> dict[str, pd.Series]:
    values = {}
    stated = {item.column: item.unit for item in mapping.columns}
    for name, column in table.columns.items():
        if column.kind == "geometry":
            continue
        if name not in cells:
            values[name] = _absent(column, count)
            continue
        own = cells[name]
        series = convert(column, own, log, units, stated.get(name, ""))
        if column.required and not (name in table.derived and own.text.null_count == count):
            blank = own.text.is_null().to_numpy(zero_copy_only=False) & ~log.faulty(own.header)
            log.about_rows("missing_value", blank, column=own.header)
        faulty = log.faulty(own.header)
        if faulty.any() and column.kind != "boolean":
            series = series.mask(faulty)
        values[name] = _filled(series, column)
    return values


def _absent(column: Column, count: int) -> pd.Series:
    dtype = _DTYPES.get(column.kind, "str")
    if column.kind == "boolean":
        return pd.Series(np.full(count, bool(column.default)), dtype=dtype)
    if dtype == "str":
        return as_series(pa.repeat(pa.scalar(column.default, pa.large_string()), count))
    if dtype == "Int64" and column.default is not None:
        return pd.Series(np.full(count, column.default), dtype=dtype)
    return pd.Series(np.full(count, np.nan)).astype(dtype)


def _filled(series: pd.Series, column: Column) -> pd.Series:
    if column.default is None or column.kind == "boolean" or not series.isna().any():
        return series
    return series.fillna(column.default)


def _places(
    raw: RawTable,
    table: Table,
    cells: dict[str, Cells],
    kept: NDArray[np.int64],
    values: dict[str, pd.Series],
    units: Units | None,
    told: Told | None,
    log: ProblemLog,
) -> tuple[NDArray[Any] | None, DatumVerdict]:
    if table.geometry is None:
        return None, NO_POINTS
    if raw.geometry is not None:
        raw.geometry = raw.geometry[kept]
    if raw.xy is not None:
        raw.xy = raw.xy[kept]
    places = gather(raw, cells, log)
    if places is None:
        return np.full(len(kept), None, dtype=object), NO_POINTS
    places.said = raw.said
    declared = values.get("unit")
    try:
        shapes, verdict = settle(places, table, declared, units, told, log)
    except Refusal as refusal:
        refusal.place |= {"value": raw.crs or "", **raw.crs_place}
        raise
    lost = log.faulty_place()
    if lost.any() and not table.geometry_required:
        shapes = shapes.copy()
        shapes[lost] = np.nan if shapes.ndim == 2 else None
    if table.geometry_required:
        gone = np.isnan(shapes).any(axis=1) if shapes.ndim == 2 else shapely.is_missing(shapes)
        blank = gone & ~log.faulty_place()
        log.about_rows("missing_geometry", blank, column=places.column)
    return shapes, verdict


def _check_missing(table: Table, mapping: ColumnMapping, log: ProblemLog, request: Request) -> None:
    if any(name not in (request.absent or {}) for name in mapping.missing):
        log.refused = True


def _result(
    raw: RawTable,
    request: Request,
    format_: str,
    table: Table,
    mapping: ColumnMapping,
    values: dict[str, pd.Series],
    geometry: NDArray[Any] | None,
    verdict: DatumVerdict,
    log: ProblemLog,
    left_out: int,
) -> TableRead:
    count = len(log.numbers)
    bad = np.ones(count, dtype=bool) if log.refused else log.bad
    accepted = int((~bad).sum())
    problems = log.frame()
    errors = bool((problems["severity"] == "error").any())
    usable = np.flatnonzero(~bad) if request.accept_partial or not errors else np.zeros(0, dtype=np.int64)
    frame = pd.DataFrame(values)
    if geometry is not None and geometry.ndim == 2 and request.points_apart:
        frame[X], frame[Y] = geometry[:, 0], geometry[:, 1]
    elif geometry is not None:
        import geopandas as gpd

        geometry = points_of(geometry) if geometry.ndim == 2 else geometry
        frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(geometry, crs=STORE_CRS), crs=STORE_CRS)
    if len(usable) < count:
        frame = frame.iloc[usable].reset_index(drop=True)
    return TableRead(
        file=request.file,
        table=table.name,
        frame=frame,
        problems=problems,
        rows_in_file=count + left_out,
        accepted=accepted,
        rejected=count - accepted + left_out,
        encoding=raw.encoding,
        format=format_,
        sheet=raw.sheet,
        datum=verdict,
        mapping=mapping,
        numbers=log.numbers[usable],
        left_out=_left_out(values, {*mapping.by_column, *raw.given}, mapping, bad, log),
        lost=_lost(mapping, usable, log),
        row_sheets=None if log.row_sheets is None else log.row_sheets[usable],
    )


def _lost(mapping: ColumnMapping, usable: NDArray[np.int64], log: ProblemLog) -> dict[str, tuple[int, ...]]:
    """Return, by column, the rows that are used although their cell there could not be."""
    faulty = {item.column.partition("@")[0]: log.faulty(item.header)[usable] for item in mapping.columns}
    return {column: tuple(np.flatnonzero(rows).tolist()) for column, rows in faulty.items() if rows.any()}


def _left_out(
    values: dict[str, pd.Series], names: set[str], mapping: ColumnMapping, bad: NDArray[np.bool_], log: ProblemLog
) -> pd.DataFrame:
    """Return the rows with an error as far as they could be read: what is faulty is missing, and nothing is filled."""
    rows = np.flatnonzero(bad)
    if not len(rows):
        return pd.DataFrame()
    own_columns = {name: column for name, column in values.items() if name in names}
    frame = pd.DataFrame(own_columns, index=pd.RangeIndex(len(bad))).iloc[rows]
    for name in frame.columns:
        faulty = log.faulty(mapping.by_column.get(name, ""))[rows]
        if faulty.any():
            own = frame[name]
            frame[name] = (own.astype("str") if own.dtype == bool else own).mask(faulty)
    frame = frame.reset_index(drop=True).assign(**{LEFT_ROW: log.numbers[rows].astype("int64")})
    return frame if log.row_sheets is None else frame.assign(**{LEFT_SHEET: log.row_sheets[rows].astype("str")})
