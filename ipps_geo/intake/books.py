"""The sheets of a workbook of any make: which of them hold rows of one table, and why the others do not.

Sheets of one form are read together: twelve districts on twelve sheets are one table. What is not read is named.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ipps_geo.intake.archives import member
from ipps_geo.intake.headers import SEARCHED_ROWS, Header, clean_header, find_header
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import map_columns
from ipps_geo.intake.problems import Refusal, damage
from ipps_geo.intake.questions import no_table
from ipps_geo.intake.raw import RawTable, text_or_list
from ipps_geo.intake.request import PartRead

Rows = list[list[Any]]
Span = tuple[tuple[int, int], tuple[int, int]]
"""A merged range as ((row, column), (row, column)), counted from 0, both ends included."""

_ASIDE = re.compile(
    r"(填[写表报])?(示例|样例|范例|样表|说明|须知|要求|指南)(数据|表|页)?\d*|填[写表报](说明|须知|要求|指南).*"
    r"|examples?|notes|readme|instructions?",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"(?:已|已经|现已)?(?:移出|退出|迁出|注销|撤销|终止|失效|作废|废弃|停用|淘汰|剔除|删除|清退|退册|出库)(?:的)?"
    r"(?:企业|单位|名单|名册|清单|站点|工作站|机构|数据|表)?\d*|历史(?:名单|名册|清单|数据)"
)
_ONE_FORM = 0.5
"""Share of columns that a sheet has in common with the best one, from which on it is of the same form."""


@dataclass
class Scan:
    """What a sheet says beside its values: (row, column, text) of error cells and of formulas without a value."""

    errors: list[tuple[int, int, str]] = field(default_factory=list)
    formulas: list[tuple[int, int, str]] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: bool = False


class Book(Protocol):
    """A workbook that is open: its sheets in order, which of them are hidden, and what stands in each."""

    @property
    def names(self) -> list[str]:
        """The sheets in their order."""

    @property
    def hidden(self) -> set[str]:
        """Those that are hidden."""

    def rows(self, name: str) -> Rows:
        """Return the rows of a sheet, from A1 on, all of one width."""

    def merged(self, name: str) -> list[Span]:
        """Return the merged ranges of a sheet."""

    def scan(self, name: str) -> Scan:
        """Return what a sheet says beside its values; refuse one that reaches too far."""


@dataclass
class PlainBook:
    """A workbook whose sheets lie in memory."""

    sheets: Mapping[str, Rows]
    spans: Mapping[str, list[Span]] = field(default_factory=dict)
    scans: Mapping[str, Scan] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    @property
    def names(self) -> list[str]:
        """The sheets in their order."""
        return list(self.sheets)

    def rows(self, name: str) -> Rows:
        """Return the rows of a sheet."""
        return self.sheets[name]

    def merged(self, name: str) -> list[Span]:
        """Return the merged ranges of a sheet."""
        return self.spans.get(name, [])

    def scan(self, name: str) -> Scan:
        """Return what a sheet says beside its values."""
        return self.scans.get(name, Scan())


@dataclass(frozen=True)
class _Fit:
    """A sheet whose header names columns of a table."""

    name: str
    header: Header
    rank: float
    below: int
    whole: bool
    columns: frozenset[str]


def read_book(
    book: Book, table: str | None, sheet: str | None, stem: str, limits: Limits, known: Collection[str] = ()
) -> tuple[list[RawTable], tuple[PartRead, ...]]:
    """Return the tables on the sheets that are read, and what became of every sheet.

    Read are the sheet that is named; otherwise the one whose header fits best and every other of its form.
    """
    if sheet is not None and sheet not in book.names:
        found = damage("no_sheet", sheet=sheet, others=tuple(book.names))
        raise Refusal("lost_cells", sheet=sheet, found=found)
    if not book.names:
        raise Refusal("empty_file", feature=member("xl/workbook.xml"))
    fits, unknown = _fits(book, table, sheet, stem, known)
    if not fits:
        raise _no_table(book, table, sheet, unknown)
    best = max(fits, key=lambda fit: fit.rank)
    chosen = [fit for fit in fits if fit is best or (sheet is None and _of_one_form(fit, best))]
    raws = [_table_of(book, fit.name, fit.header, limits) for fit in chosen]
    read = {fit.name: len(raw.numbers) for fit, raw in zip(chosen, raws, strict=True)}
    parts = tuple(_part(book, name, read, fits, sheet) for name in book.names)
    for raw in raws:
        if raw.sheet in book.hidden:
            raw.remarks.append(("hidden_sheet", {}))
        elif len(book.names) > 1:
            raw.remarks.append(("sheet_read", {}))
    return raws, parts


def _fits(
    book: Book, table: str | None, sheet: str | None, stem: str, known: Collection[str]
) -> tuple[list[_Fit], tuple[str, int] | None]:
    """Return the sheets that name columns, and the (sheet, row) of the first header that fits no table."""
    names = [sheet] if sheet is not None else sorted(book.names, key=lambda name: name in book.hidden)
    fits: list[_Fit] = []
    unknown: tuple[str, int] | None = None
    for turn, name in enumerate(names):
        book.scan(name)  # before the sheet is parsed: a far cell would make a grid too large for memory
        rows = book.rows(name)
        header = find_header(
            [[cell_text(cell) for cell in row] for row in rows[: SEARCHED_ROWS + 1]], table, (name, stem), known
        )
        if header is None or header.table is None:
            unknown = unknown or (None if header is None else (name, header.first + 1))
            continue
        below = sum(1 for _ in _filled(itertools.islice(rows, header.first + header.height, None)))
        mapping = map_columns(header.texts, header.table)
        whole = bool(below) and not mapping.missing
        named = sum(1 for text in header.texts if text)
        aside = 1_000 if sheet is None and (_ASIDE.fullmatch(name.strip()) or _GONE.fullmatch(name.strip())) else 0
        hidden = 500 if name in book.hidden else 0
        rank = (600 if whole else 0) + named + (50 if below else 0) - aside - hidden - turn / 100
        fits.append(_Fit(name, header, rank, below, whole and not aside, frozenset(mapping.by_column)))
    return sorted(fits, key=lambda fit: book.names.index(fit.name)), unknown


def _of_one_form(fit: _Fit, best: _Fit) -> bool:
    common = len(fit.columns & best.columns)
    return (
        fit.whole
        and best.whole
        and fit.header.table == best.header.table
        and common >= _ONE_FORM * len(fit.columns | best.columns)
    )


def _part(book: Book, name: str, read: Mapping[str, int], fits: Sequence[_Fit], sheet: str | None) -> PartRead:
    if name in read:
        return PartRead(name, read[name])
    rows = 0
    try:
        rows = sum(1 for _ in _filled(book.rows(name)))
    except Refusal as refusal:
        return PartRead(name, 0, refusal.code)
    if not rows:
        return PartRead(name, 0, "empty")
    if sheet is not None:
        return PartRead(name, rows, "not_asked")
    if _ASIDE.fullmatch(name.strip()):
        return PartRead(name, rows, "example")
    if _GONE.fullmatch(name.strip()):
        return PartRead(name, rows, "gone")
    own = next((fit for fit in fits if fit.name == name), None)
    if own is not None and not own.below:
        return PartRead(name, 0, "empty")
    return PartRead(name, rows if own is None else own.below, "no_table" if own is None else "other_table")


def _no_table(book: Book, table: str | None, sheet: str | None, unknown: tuple[str, int] | None) -> Refusal:
    names = book.names if sheet is None else [sheet]
    first = next(((name, row) for name in names for row, _ in _numbered(book.rows(name))), None)
    if first is None:
        return Refusal("empty_file", sheet=names[0], row=1)
    place, row = unknown or first
    texts = [clean_header(cell_text(cell)) for cell in book.rows(place)[row - 1]]
    return no_table(texts, table, sheet=place, row=row)


def _filled(rows: Iterator[list[Any]] | Rows) -> Iterator[list[Any]]:
    return (row for row in rows if any(cell_text(cell) for cell in row))


def _numbered(rows: Rows) -> Iterator[tuple[int, list[Any]]]:
    return ((number, row) for number, row in enumerate(rows, start=1) if any(cell_text(cell) for cell in row))


def _table_of(book: Book, sheet: str, header: Header, limits: Limits) -> RawTable:
    rows = book.rows(sheet)
    start = header.first + header.height
    body = rows[start:]
    width = len(header.texts)
    if width > limits.max_columns:
        column = letters(limits.max_columns)
        raise Refusal("too_many_columns", sheet=sheet, row=start, column=column, found=width, limit=limits.max_columns)
    if len(body) > limits.max_rows:
        row = start + limits.max_rows + 1
        raise Refusal("too_many_rows", sheet=sheet, row=row, found=len(body), limit=limits.max_rows)
    cells = [list(column) for column in zip(*body, strict=True)][:width] if body else [[] for _ in range(width)]
    cells += [[None] * len(body) for _ in range(width - len(cells))]
    faults = _fill(cells, book.merged(sheet), start)
    scan = book.scan(sheet)
    for code, places in (("cell_error", scan.errors), ("formula_without_value", scan.formulas)):
        faults += [(code, row - start, column, text) for row, column, text in places if row >= start]
    raw = RawTable(
        headers=[clean_header(text) for text in header.texts],
        columns=[text_or_list(column) for column in cells],
        numbers=np.arange(len(body), dtype=np.int64) + start + 1,
        first_row=start + 1,
        table=header.table,
        sheet=sheet,
        titles=tuple(cell_text(cell) for row in rows[: header.first] for cell in row if cell_text(cell)),
        cell_faults=faults,
    )
    if header.first:
        raw.remarks.append(("title_rows", {"found": header.first}))
    if header.height > 1:
        raw.remarks.append(("merged_header", {"found": header.height}))
    if scan.hidden_rows:
        raw.remarks.append(("hidden_rows", {"found": scan.hidden_rows}))
    if scan.hidden_columns:
        raw.remarks.append(("hidden_columns", {}))
    return raw


def _fill(cells: list[list[Any]], merged: Sequence[Span], start: int) -> list[tuple[str, int, int, str]]:
    """Give every row of a range that is merged downwards the value of its first cell, and tell so once a range."""
    told: list[tuple[str, int, int, str]] = []
    for (first, column), (last, last_column) in merged:
        if first < start or column >= len(cells) or last == first or last - start >= len(cells[column]):
            continue
        value = cells[column][first - start]
        if not cell_text(value):
            continue
        for row in range(first + 1, last + 1):
            cells[column][row - start] = value
        place = f"{letters(column)}{first + 1}:{letters(last_column)}{last + 1}"
        told.append(("merged_filled", first - start, column, place))
    return told


def letters(column: int) -> str:
    """Return the letters of a column counted from 0: A, Z, AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def cell_text(cell: Any) -> str:
    """Return a cell as the text that a header or a title would be."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
