"""Text tables: encoding, delimiter, titles above the header, ragged rows; fast where clean, exact everywhere.

Both ways give the same table. The fast one (Arrow) takes a file only where rows and lines are the same thing beyond
doubt; row numbers are those that a spreadsheet shows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from ipps_geo.intake.encodings import decode
from ipps_geo.intake.headers import SEARCHED_ROWS, Header, clean_header, find_header
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal, damage
from ipps_geo.intake.questions import no_table
from ipps_geo.intake.raw import RawTable
from ipps_geo.intake.short_rows import ends_early, kinds_of

DELIMITERS = (",", "\t", ";", "|", "，")
_HEAD_CHARS = 1 << 18
_BLOCK = 1 << 24
_LONGEST_FIELD = 1 << 24
_ODD_QUOTE = re.compile(rb'[^,;|\t\r\n"]"[^,;|\t\r\n"]')


@dataclass(frozen=True)
class _Layout:
    encoding: str
    delimiter: str
    header: Header
    skipped: int


def read_delimited(path: Path, table: str | None, limits: Limits, known: Collection[str] = ()) -> RawTable:
    """Return the table in a text file, every cell as text."""
    data = path.read_bytes()
    plain = _plain_utf8_head(data)
    if plain is not None:
        # Arrow checks the rest of the encoding while it reads: no second copy of a long text.
        layout = _layout(plain, "utf-8", table, path.stem, known)
        _check_width(layout, limits)
        fast = _fast(data, plain, layout, limits)
        if fast is not None:
            return fast
    text, encoding = decode(data)
    text = text.removeprefix("\ufeff")
    layout = _layout(text, encoding, table, path.stem, known)
    _check_width(layout, limits)
    fast = _fast(text.encode("utf-8"), text, layout, limits) if plain is None else None
    return fast if fast is not None else _exact(text, layout, limits)


def _plain_utf8_head(data: bytes) -> str | None:
    """Return the beginning of a text that may be plain UTF-8, None where it is something else."""
    if len(data) <= _HEAD_CHARS or data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data:
        return None
    try:
        return data[: data.rfind(b"\n", 0, _HEAD_CHARS) + 1].decode("utf-8") or None
    except UnicodeDecodeError:
        return None


def _check_width(layout: _Layout, limits: Limits) -> None:
    if len(layout.header.texts) > limits.max_columns:
        first = layout.header.texts[limits.max_columns]
        found, limit = len(layout.header.texts), limits.max_columns
        raise Refusal("too_many_columns", row=layout.skipped, column=first, found=found, limit=limit)


def read_grid(path: Path) -> list[list[str]]:
    """Return every cell of a text file, row by row as a spreadsheet shows it, for a copy of the file."""
    text, encoding = decode(path.read_bytes())
    text = text.removeprefix("\ufeff")
    layout = _layout(text, encoding, None, path.stem, lenient=True)
    with _field_size_limit():
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter))


def _layout(
    text: str, encoding: str, table: str | None, stem: str, known: Collection[str] = (), *, lenient: bool = False
) -> _Layout:
    """Return delimiter and header: the delimiter under which the head names the most columns of a table."""
    head = text[:_HEAD_CHARS]
    if len(text) > _HEAD_CHARS:
        head = head[: head.rfind("\n") + 1] or head
    best: tuple[tuple[int, int], str, Header | None] | None = None
    for order, delimiter in enumerate(DELIMITERS):
        rows = _head_rows(head, delimiter)
        header = find_header(rows, table, (stem,), known)
        named = 0 if header is None else sum(1 for cell in header.texts if cell)
        rank = (named, -order)
        if best is None or rank > best[0]:
            best = (rank, delimiter, header)
    delimiter, header = (",", None) if best is None else best[1:]
    if header is None or (header.table is None and not lenient):
        if lenient:
            return _Layout(encoding, _plain_delimiter(head), Header(None, 0, 1, ()), 0)
        row = _first_row(head) if header is None else header.first + 1
        raise no_table(() if header is None else header.texts, table, row=row)
    return _Layout(encoding, delimiter, header, header.first + header.height)


def _first_row(head: str) -> int:
    return 1 + head.count("\n", 0, len(head) - len(head.lstrip()))


def _plain_delimiter(head: str) -> str:
    first = head.split("\n", 1)[0]
    return max(DELIMITERS, key=first.count)


def _head_rows(head: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        with _field_size_limit():
            for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
                rows.append(row)
                if len(rows) > SEARCHED_ROWS:
                    break
    except csv.Error:
        pass  # the exact reader says where
    return rows


def _fast(data: bytes, head: str, layout: _Layout, limits: Limits) -> RawTable | None:
    """Return the table of a text in UTF-8 by way of Arrow, or None where a line may not be a row."""
    if layout.delimiter not in ",\t;|":
        return None
    end = len(data)
    while end and data[end - 1] in b"\r\n":
        end -= 1
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    if len(layout.header.texts) == 1 and (data.find(b"\n\n", 0, end) >= 0 or data.find(b"\n\r\n", 0, end) >= 0):
        return None  # with more columns an empty line has too few cells, and Arrow stops
    if data[:1] in (b"\n", b"\r"):
        return None
    above = head.split("\n", layout.skipped)[: layout.skipped]
    if not all(line.strip() for line in above):
        return None
    if b'"' in data and (data.count(b'"') % 2 or _ODD_QUOTE.search(data) or any(line.count('"') % 2 for line in above)):
        return None
    if head.rstrip("\r\n").count("\n") < layout.skipped:
        return None
    names = [str(place) for place in range(len(layout.header.texts))]
    try:
        found = pa_csv.read_csv(
            pa.BufferReader(pa.py_buffer(data)[:end]),
            read_options=pa_csv.ReadOptions(skip_rows=layout.skipped, column_names=names, block_size=_BLOCK),
            parse_options=pa_csv.ParseOptions(
                delimiter=layout.delimiter, newlines_in_values=b'"' in data, ignore_empty_lines=False
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False, check_utf8=True
            ),
        )
    except pa.ArrowInvalid:
        return None
    if found.num_rows > limits.max_rows:
        row = layout.skipped + limits.max_rows + 1
        raise Refusal("too_many_rows", row=row, found=found.num_rows, limit=limits.max_rows)
    raw = RawTable(
        headers=list(layout.header.texts),
        columns=[column.combine_chunks() for column in found.columns],
        numbers=np.arange(found.num_rows, dtype=np.int64) + layout.skipped + 1,
        first_row=layout.skipped + 1,
        table=layout.header.table,
        encoding=layout.encoding,
    )
    _remark_header(raw, layout)
    return raw


def _exact(text: str, layout: _Layout, limits: Limits) -> RawTable:
    """Return the table row by row; ragged rows are kept, cut or filled, and marked."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter, strict=True)
    width = len(layout.header.texts)
    rows: list[Sequence[str]] = []
    numbers: list[int] = []
    ragged: list[tuple[str, int, dict[str, object]]] = []
    blank = number = 0
    try:
        with _field_size_limit():
            for row in reader:
                number += 1
                if number <= layout.skipped:
                    continue
                if not any(cell.strip() for cell in row):
                    blank += 1
                    continue
                if len(rows) >= limits.max_rows:
                    raise Refusal(
                        "too_many_rows",
                        row=number,
                        found=damage("more", n=limits.max_rows),
                        limit=limits.max_rows,
                    )
                if len(row) != width:
                    if len(row) < width or any(cell.strip() for cell in row[width:]):
                        ragged.append(("ragged_row", len(rows), {"found": len(row), "expected": width}))
                    row = [*row[:width], *[""] * (width - len(row))]
                rows.append(row)
                numbers.append(number)
    except csv.Error as error:
        raise Refusal("csv_quotes", row=number + 1, found=damage("unreadable")) from error
    columns = [pa.array(cells, pa.large_string()) for cells in zip(*rows, strict=True)]
    _name_short(rows, ragged)
    raw = RawTable(
        headers=list(layout.header.texts),
        columns=columns or [pa.array([], pa.large_string())] * width,
        numbers=np.array(numbers, dtype=np.int64),
        first_row=layout.skipped + 1,
        table=layout.header.table,
        encoding=layout.encoding,
        row_faults=ragged,
    )
    _remark_header(raw, layout)
    if blank:
        raw.remarks.append(("blank_rows", {"found": blank}))
    return raw


def _name_short(rows: Sequence[Sequence[str]], ragged: list[tuple[str, int, dict[str, object]]]) -> None:
    """Tell the rows that end early with blanks from those whose cells have moved: the first can be read."""
    short = [turn for turn, (_, _, told) in enumerate(ragged) if int(str(told["found"])) < int(str(told["expected"]))]
    if not short:
        return
    odd = {row for _, row, _ in ragged}
    kinds = kinds_of([row for place, row in enumerate(rows) if place not in odd])
    for turn in short:
        _, row, told = ragged[turn]
        if ends_early(rows[row], kinds):
            ragged[turn] = ("short_row", row, told)


def _remark_header(raw: RawTable, layout: _Layout) -> None:
    if layout.header.first:
        raw.remarks.append(("title_rows", {"found": layout.header.first}))
    if layout.header.height > 1:
        raw.remarks.append(("merged_header", {"found": layout.header.height}))
    raw.headers = [clean_header(header) for header in raw.headers]


class _field_size_limit:  # noqa: N801 - used like a function
    """Lift the csv module's limit on one field while a file is read; the limit on cells is checked afterwards."""

    def __enter__(self) -> None:
        self.before = csv.field_size_limit(_LONGEST_FIELD)

    def __exit__(self, *unused: object) -> None:
        csv.field_size_limit(self.before)
