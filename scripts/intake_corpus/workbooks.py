"""Workbooks, good and bad."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter

from intake_corpus.cases import HEADERS, Corpus, Rows, good_rows


def workbook(build: Callable[[Any, Any], None], *, sheet: str = "企业") -> bytes:
    """Return a workbook whose first sheet is filled by ``build(workbook, sheet)``."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"created": dt.datetime(2026, 1, 1)})  # noqa: DTZ001 - a fixed stamp
        build(book, book.add_worksheet(sheet))
    return stream.getvalue()


def fill(sheet: Any, rows: Rows, headers: Sequence[str] = HEADERS, first: int = 0) -> None:
    """Write a table as text cells from row ``first`` on."""
    for place, row in enumerate([list(headers), *rows]):
        for column, value in enumerate(row):
            if value:
                sheet.write_string(first + place, column, value)


def workbooks(corpus: Corpus) -> None:
    """Workbooks, good and bad."""

    def add(name: str, build: Callable[[Any, Any], None], expect: str, *codes: str, **more: Any) -> None:
        corpus.add(name, workbook(build), expect, *codes, **more)

    def cell(row: int, column: int, write: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def build(book: Any, sheet: Any) -> None:
            fill(sheet, good_rows())
            sheet.write_blank(row, column, None)
            write(book, sheet)

        return build

    add("good.xlsx", lambda _, sheet: fill(sheet, good_rows()), "accept", rows=12)
    add(
        "good_titles.xlsx",
        lambda _, sheet: (sheet.merge_range("A1:H1", "企业名单"), fill(sheet, good_rows(), first=2)),
        "accept",
        "title_rows",
        rows=12,
    )  # type: ignore[func-returns-value]

    def grouped(_: Any, sheet: Any) -> None:
        fill(sheet, good_rows(), ["", "", "", "", "", "", *HEADERS[6:]], first=1)
        for column, text in enumerate(HEADERS[:6]):
            sheet.merge_range(0, column, 1, column, text)
        sheet.merge_range(0, 6, 0, 7, "位置")

    add("good_merged_header.xlsx", grouped, "accept", "merged_header", rows=12)
    add("good_dates.xlsx", cell(3, 5, lambda _, s: s.write_datetime(3, 5, dt.datetime(2024, 3, 1))), "accept", rows=12)  # noqa: DTZ001
    add("good_serial.xlsx", cell(3, 5, lambda _, s: s.write_number(3, 5, 45352)), "accept", "date_serial", rows=12)
    add(
        "good_number_date.xlsx",
        cell(3, 5, lambda _, s: s.write_number(3, 5, 20240301)),
        "accept",
        "date_writing",
        rows=12,
    )
    add("good_bool.xlsx", cell(3, 4, lambda _, s: s.write_boolean(3, 4, True)), "accept", rows=12)  # noqa: FBT003
    add("good_number_id.xlsx", cell(3, 0, lambda _, s: s.write_number(3, 0, 42)), "accept", "number_as_code", rows=12)
    add(
        "good_formula.xlsx",
        cell(3, 2, lambda _, s: s.write_formula(3, 2, '="甲"&"公司"', None, "甲公司")),
        "accept",
        rows=12,
    )
    add(
        "bad_number_uscc.xlsx",
        cell(3, 1, lambda _, s: s.write_number(3, 1, 911101085513850000)),
        "partial",
        "digits_lost",
        rejected=0,
    )
    add(
        "bad_error_cell.xlsx",
        cell(3, 2, lambda _, s: s.write_formula(3, 2, "=1/0", None, "#DIV/0!")),
        "partial",
        "cell_error",
        rejected=1,
    )
    add("bad_date_cell.xlsx", cell(3, 5, lambda _, s: s.write_number(3, 5, 3)), "accept", "bad_date", rejected=0)
    add(
        "bad_merged_body.xlsx",
        cell(4, 2, lambda b, s: s.merge_range(3, 2, 4, 2, "合并公司", b.add_format({"bold": True}))),
        "accept",
        "merged_filled",
        rows=12,
    )
    add(
        "good_hidden_rows.xlsx",
        cell(3, 3, lambda _, s: s.set_row(5, None, None, {"hidden": True})),
        "accept",
        "hidden_rows",
        rows=12,
    )
    add(
        "good_hidden_column.xlsx",
        cell(3, 3, lambda _, s: s.set_column(4, 4, None, None, {"hidden": True})),
        "accept",
        "hidden_columns",
        rows=12,
    )

    def sheets(book: Any, sheet: Any) -> None:
        sheet.write_string(0, 0, "请看第二页")
        fill(book.add_worksheet("名单"), good_rows())
        fill(book.add_worksheet("旧名单"), good_rows(3))

    add("good_sheets.xlsx", sheets, "accept", "sheet_read", "sheet_repeats", "sheet_left_out", rows=12)

    def hidden(book: Any, sheet: Any) -> None:
        fill(sheet, good_rows())
        other = book.add_worksheet("隐藏")
        fill(other, good_rows(3))
        other.hide()

    add("good_hidden_sheet.xlsx", hidden, "accept", "sheet_repeats", rows=12)
    add("bad_empty.xlsx", lambda *_: None, "reject", "empty_file", located=False)
    add("bad_header_only.xlsx", lambda _, sheet: fill(sheet, []), "reject", "no_rows", located=False)
    add(
        "bad_stray.xlsx",
        cell(3, 3, lambda _, s: s.write_string(1_048_575, 16_383, "x")),
        "reject",
        "too_many_cells",
        located=False,
    )
    plain = workbook(lambda _, sheet: fill(sheet, good_rows()))
    no_value = workbook(cell(3, 2, lambda _, s: s.write_formula(3, 2, "=A1", None, 54321)))
    corpus.add(
        "bad_formula_no_value.xlsx",
        edited(no_value, "xl/worksheets/sheet1.xml", "<v>54321</v>", ""),
        "partial",
        "formula_without_value",
        rejected=1,
    )
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n else str()};" * 10}">' for n in range(9))
        + "]>"
    )
    for part in (
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
        "xl/workbook.xml",
        "[Content_Types].xml",
        "docProps/core.xml",
    ):
        name = part.replace("/", "_").replace("[", "").replace("]", "")
        corpus.add(
            f"bad_entities_{name}.xlsx",
            edited(plain, part, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', bomb),
            "reject",
            "xml_entities",
            located=False,
        )
    corpus.add(
        "bad_external_entity.xlsx",
        edited(
            plain,
            "xl/sharedStrings.xml",
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
            '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">',
        ),
        "reject",
        "xml_entities",
        located=False,
    )
    corpus.add(
        "bad_connection.xlsx",
        with_member(plain, "xl/connections.xml", b"<connections/>"),
        "reject",
        "connection",
        located=False,
    )
    corpus.add("good_macros.xlsm", with_member(plain, "xl/vbaProject.bin", b"\xd0\xcf"), "accept", "macros", rows=12)
    corpus.add(
        "good_external_link.xlsx",
        with_member(plain, "xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
        "accept",
        "external_links",
        rows=12,
    )
    corpus.add("bad_cut.xlsx", plain[: len(plain) // 2], "reject", "corrupt", located=False)
    corpus.add("bad_no_sheet.xlsx", without_member(plain, "xl/worksheets/sheet1.xml"), "reject", located=False)
    corpus.add("bad_text.xlsx", b"this is no workbook", "reject", "corrupt", located=False)
    corpus.add(
        "bad_old.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600, "reject", "unsupported_format", located=False
    )
    corpus.add("bad_biff.xls", b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\x01" * 600, "reject", "corrupt", located=False)
    corpus.add(
        "bad_password.xlsx",
        bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 64,
        "reject",
        "password",
        located=False,
    )
    corpus.add(
        "bad_binary.xlsb", with_member(plain, "xl/workbook.bin", b"\x00"), "reject", "binary_excel", located=False
    )
    corpus.add("bad_named.csv", plain, "reject", "suffix_mismatch", located=False)
    corpus.add("good_named.xls", plain, "accept", "suffix_differs", rows=12)
    corpus.add(
        "bad_html.xls",
        b"<html><table><tr><td>1</td></tr></table></html>",
        "reject",
        "header_missing",
        located=False,
    )
    corpus.add(
        "bad_member_bomb.xlsx",
        with_member(plain, "xl/media/x.xml", b"\x00" * 30_000_000),
        "reject",
        "archive_bomb",
        located=False,
    )


def edited(archive: bytes, member: str, old: str, new: str) -> bytes:
    """Return an archive with a text replaced in one member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == member:
                if old.encode() not in content:
                    raise ValueError(f"{member} has no {old}")
                content = content.replace(old.encode(), new.encode(), 1)
            target.writestr(zipfile.ZipInfo(info.filename), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def with_member(archive: bytes, name: str, content: bytes) -> bytes:
    """Return an archive with one more member."""
    stream = io.BytesIO(archive)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as target:
        target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def without_member(archive: bytes, name: str) -> bytes:
    """Return an archive without one of its members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            if info.filename != name:
                target.writestr(zipfile.ZipInfo(info.filename), source.read(info))
    return stream.getvalue()
