"""Sheets and files of one form as one table: what means the same stands in one column, and every row keeps its sheet.

One table, so that coordinates are judged by all points together and a code that stands on two sheets is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ipps_geo.intake.mapping import ColumnMapping, map_columns
from ipps_geo.intake.raw import RawTable, as_texts, text_or_list
from ipps_geo.intake.yes_no import answer

_KEYS = ("uscc", "name")
_REPEATED_FROM = 3
"""Fewer rows may stand on two sheets by chance."""


def stacked(raws: Sequence[RawTable]) -> RawTable:
    """Return tables of one form, read by row, as one; a table that is alone is returned as it is."""
    if len(raws) == 1:
        return raws[0]
    headers: list[str] = []
    places: list[list[int]] = []
    by_column: dict[str, int] = {}
    for raw in raws:
        own: dict[str, str] = (
            {} if raw.table is None else map_columns(raw.headers, raw.table, None, raw.samples()).by_header
        )
        taken: set[int] = set()
        into = []
        for header in raw.headers:
            column = own.get(header)
            place = by_column.get(column, -1) if column else -1
            if place < 0:
                place = next((p for p, text in enumerate(headers) if text == header and p not in taken), -1)
            if place < 0 or place in taken:
                headers.append(header)
                place = len(headers) - 1
            if column:
                by_column.setdefault(column, place)
            taken.add(place)
            into.append(place)
        places.append(into)
    counts = [_last(raw) for raw in raws]
    starts = np.concatenate([[0], np.cumsum(counts)]).tolist()
    cells: list[list[Any]] = [[None] * starts[-1] for _ in headers]
    for raw, into, start, count in zip(raws, places, starts[:-1], counts, strict=True):
        for own_cells, place in zip(raw.columns, into, strict=True):
            values = own_cells.to_pylist() if isinstance(own_cells, pa.Array) else own_cells
            cells[place][start : start + count] = values[:count]
    given = _given(raws, counts)
    for name in sorted(set(given) & set(by_column)):  # a column of one file, and beside the rows of another
        column_cells = cells[by_column[name]]
        for row, text in enumerate(given.pop(name)):
            if text is not None and not str(column_cells[row] or "").strip():
                column_cells[row] = text
    whole = RawTable(
        headers=headers,
        columns=[text_or_list(column) for column in cells],
        numbers=np.concatenate([raw.numbers[:count] for raw, count in zip(raws, counts, strict=True)]),
        first_row=raws[0].first_row,
        table=raws[0].table,
        sheet=None,
        encoding=raws[0].encoding,
        titles=tuple(dict.fromkeys(title for raw in raws for title in raw.titles)),
        serial_base_1904=raws[0].serial_base_1904,
        row_sheets=np.repeat(np.array([raw.sheet for raw in raws], dtype=object), counts),
    )
    for raw, into, start, count in zip(raws, places, starts[:-1], counts, strict=True):
        whole.remarks += [(code, {"sheet": raw.sheet, **params}) for code, params in raw.remarks]
        whole.cell_faults += [(c, start + row, into[column], v) for c, row, column, v in raw.cell_faults if row < count]
        whole.row_faults += [(code, start + row, params) for code, row, params in raw.row_faults if row < count]
    whole.given = given
    return whole


def _mapped(raw: RawTable) -> ColumnMapping:
    return map_columns(raw.headers, str(raw.table), None, raw.samples())


def _given(raws: Sequence[RawTable], counts: Sequence[int]) -> dict[str, list[Any]]:
    """Return, by column, what the surroundings of each table give its rows."""
    found: dict[str, list[Any]] = {}
    for name in sorted({name for raw in raws for name in raw.given}):
        texts = [
            as_texts(raw.given.get(name), len(raw.numbers))[:count] for raw, count in zip(raws, counts, strict=True)
        ]
        found[name] = [text for own in texts for text in own]
    return found


def _last(raw: RawTable) -> int:
    """Return the number of rows up to the last one that is not blank."""
    last = 0
    for column in raw.columns:
        values = column.to_pylist() if isinstance(column, pa.Array) else column
        for row in range(len(values) - 1, last - 1, -1):
            if values[row] is not None and str(values[row]).strip():
                last = row + 1
                break
    return last


def repeats(raws: Sequence[RawTable]) -> set[int]:
    """Return the positions of the tables that say again what the others say: a sheet of all beside one per district.

    Such a table gives each of its enterprises as another one does, for the same holder where both name one, and answers
    nothing otherwise: of two that answer differently nobody knows which one counts.
    """
    keys, needs = [_keys(raw) for raw in raws], [_needs(raw) for raw in raws]
    found: set[int] = set()
    for place in sorted(range(len(raws)), key=lambda place: (-len(keys[place]), place)):
        others = [other for other in range(len(raws)) if other != place and other not in found]
        there = set().union(*(keys[other] for other in others))
        said = set().union(*(needs[other].items() for other in others))
        differs = any(name in needs[other] for name, _ in set(needs[place].items()) - said for other in others)
        if len(keys[place]) >= _REPEATED_FROM and others and keys[place] <= there and not differs:
            found.add(place)
    return found


def _needs(raw: RawTable) -> dict[str, str]:
    """Return what a table answers of the need of each enterprise, where it does."""
    by_column = {} if raw.table is None else _mapped(raw).by_column
    name = next((name for name in _KEYS if name in by_column), None)
    if name is None or "explicit_need" not in by_column:
        return {}
    own, said = (
        as_texts(raw.columns[raw.headers.index(by_column[column])], len(raw.numbers))
        for column in (name, "explicit_need")
    )
    told = {key.strip(): answer(text)[0] for key, text in zip(own, said, strict=True) if key and text}
    return {key: word for key, word in told.items() if word in ("yes", "no")}


def overlapping(raws: Sequence[RawTable]) -> tuple[str, str] | None:
    """Return two sheets with half of the smaller one's enterprises in common: two states of one list."""
    keys = [_keys(raw) for raw in raws]
    for one in range(len(raws)):
        for other in range(one + 1, len(raws)):
            fewer = min(len(keys[one]), len(keys[other]))
            if fewer >= _REPEATED_FROM and 2 * len(keys[one] & keys[other]) >= fewer:
                return str(raws[one].sheet), str(raws[other].sheet)
    return None


def _keys(raw: RawTable) -> frozenset[tuple[str, str]]:
    if raw.table is None:
        return frozenset()
    by_column = _mapped(raw).by_column
    name = next((name for name in _KEYS if name in by_column), None)
    if name is None:
        return frozenset()
    own = as_texts(raw.columns[raw.headers.index(by_column[name])], len(raw.numbers))
    holders = as_texts(raw.given.get("holder_id"), len(raw.numbers))
    if "holder_id" in by_column:
        holders = as_texts(raw.columns[raw.headers.index(by_column["holder_id"])], len(raw.numbers))
    return frozenset(
        (holder or "", key.strip()) for holder, key in zip(holders, own, strict=True) if key and key.strip()
    )
