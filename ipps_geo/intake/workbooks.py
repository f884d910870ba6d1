"""Workbooks of every make, opened: what their sheets are, and what is to be said of the file."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ipps_geo.intake.books import Book, PlainBook
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal
from ipps_geo.intake.sniff import Format


@dataclass(frozen=True)
class OpenBook:
    """A workbook with the codes of what is to be said of it; ``lines``: the line of each row of a text."""

    book: Book
    remarks: tuple[str, ...] = ()
    base_1904: bool = False
    encoding: str = ""
    lines: tuple[int, ...] = ()


BOOKS = frozenset({Format.XLSX, Format.XLS, Format.ODS, Format.HTML, Format.SPREADSHEETML, Format.RECORDS})
"""Formats that are read as sheets of cells."""


def open_book(path: Path, format_: Format, limits: Limits, stack: ExitStack) -> OpenBook:
    """Open a workbook; what must be closed again is given to ``stack``."""
    if format_ is Format.XLSX:
        from ipps_geo.intake.excel import Workbook, check_workbook

        remarks, base_1904 = check_workbook(path, limits)
        return OpenBook(stack.enter_context(Workbook(path, limits)), remarks, base_1904)
    if format_ is Format.XLS:
        from ipps_geo.intake.old_excel import read_old_workbook

        book, base_1904 = read_old_workbook(path, limits)
        return OpenBook(book, base_1904=base_1904)
    if format_ is Format.ODS:
        from ipps_geo.intake.open_document import read_open_document

        return OpenBook(read_open_document(path, limits))
    if format_ is Format.RECORDS:
        return _records(path, limits)
    from ipps_geo.intake.markup import read_html, read_spreadsheetml

    book, encoding = (read_html if format_ is Format.HTML else read_spreadsheetml)(path, limits)
    return OpenBook(book, encoding=encoding)


def _records(path: Path, limits: Limits) -> OpenBook:
    from ipps_geo.intake.encodings import decode
    from ipps_geo.intake.records import record_book, records_of

    text, encoding = decode(path.read_bytes())
    records = records_of(text.removeprefix("\ufeff")) or []
    if len(records) > limits.max_rows:
        raise Refusal("too_many_rows", row=limits.max_rows + 1, found=len(records), limit=limits.max_rows)
    return OpenBook(record_book(records, path.stem), encoding=encoding)


def ruled_book(path: Path) -> OpenBook | None:
    """Return a text that a program printed as a table, as a workbook of one sheet; None where it is none."""
    from ipps_geo.intake.encodings import decode
    from ipps_geo.intake.ruled import is_ruled, ruled_rows

    with path.open("rb") as stream:
        head = stream.read(1 << 14)
    if b"--" not in head and b"==" not in head:
        return None
    text, encoding = decode(path.read_bytes())
    if not is_ruled(text):
        return None
    numbered = ruled_rows(text.removeprefix("\ufeff"))
    width = max((len(cells) for _, cells in numbered), default=0)
    rows = [[*cells, *[""] * (width - len(cells))] for _, cells in numbered]
    return OpenBook(PlainBook({path.stem: rows}), encoding=encoding, lines=tuple(number for number, _ in numbered))
