"""Make the corpus of good and bad files that intake is tested with: ``python scripts/build_intake_corpus.py DIR``.

Everything is generated here from a fixed seed (no file of anybody else is in it; MIT like the rest). Beside the files
stands ``manifest.toml``: per file what is expected (``accept``, ``reject`` or ``partial``), the codes of the problems
that must be named, and whether an error must name a row, feature or column.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import pickle
import random
import sqlite3
import struct
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely
import xlsxwriter

SEED = 20261122
HEADERS = ("企业编号", "统一社会信用代码", "企业名称", "所在区", "明确需求", "需求日期", "经度", "纬度")
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PLACES = (
    ("海淀区", 116.300, 40.000),
    ("朝阳区", 116.480, 39.950),
    ("丰台区", 116.280, 39.850),
    ("昌平区", 116.230, 40.220),
)
Rows = list[list[str]]


@dataclass
class Case:
    """One file of the corpus and what is to be expected of it."""

    file: str
    expect: str
    codes: tuple[str, ...] = ()
    located: bool = True
    rows: int | None = None
    rejected: int | None = None
    table: str = "enterprises"
    why: str = ""


@dataclass
class Corpus:
    """A folder that files are written into, with the cases written so far."""

    folder: Path
    cases: list[Case] = field(default_factory=list)

    def add(self, file: str, content: bytes, expect: str, *codes: str, **more: Any) -> None:
        """Write one file and record what is expected of it."""
        (self.folder / file).write_bytes(content)
        self.cases.append(Case(file, expect, codes, **more))


def uscc(number: int) -> str:
    """Return a credit code with right check digit."""
    body = "91110108MA" + f"{number:07d}"
    total = sum(_ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + _ALPHABET[-total % 31]


def good_rows(count: int = 12, seed: int = SEED) -> Rows:
    """Return rows of an enterprise table without a fault."""
    generator = random.Random(seed)
    rows = []
    for number in range(1, count + 1):
        unit, lon, lat = _PLACES[number % len(_PLACES)]
        lon, lat = lon + generator.uniform(-0.02, 0.02), lat + generator.uniform(-0.02, 0.02)
        need = ("是", "否", "")[number % 3]
        name = f"北京示例{number}号（集团）科技有限公司"
        rows.append(
            [f"E{number:03d}", uscc(number), name, unit, need, f"2024-03-{number:02d}", f"{lon:.6f}", f"{lat:.6f}"]
        )
    return rows


def text_of(rows: Rows, headers: Sequence[str] = HEADERS, delimiter: str = ",", end: str = "\r\n") -> str:
    """Return rows as delimited text."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=end).writerows([list(headers), *rows])
    return stream.getvalue()


def with_cell(column: str, value: str, row: int = 2) -> Rows:
    """Return good rows with one cell replaced."""
    rows = good_rows()
    rows[row][HEADERS.index(column)] = value
    return rows


def encodings(corpus: Corpus) -> None:
    """Good tables in every encoding and delimiter that people send, and some that no one can read."""
    text = text_of(good_rows())
    for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030", "utf-32"):
        corpus.add(f"good_{name}.csv", text.encode(name), "accept", rows=12)
    corpus.add("good_utf-16-be-bom.csv", b"\xfe\xff" + text.encode("utf-16-be"), "accept", rows=12)
    for name, delimiter in (("tab", "\t"), ("semicolon", ";"), ("pipe", "|"), ("wide_comma", "，")):
        for codec in ("utf-8", "gbk", "utf-16"):
            content = text_of(good_rows(), delimiter=delimiter).encode(codec)
            corpus.add(f"good_{name}_{codec}.csv", content, "accept", rows=12)
    for name, end in (("lf", "\n"), ("cr", "\r")):
        corpus.add(f"good_{name}.csv", text_of(good_rows(), end=end).encode(), "accept", rows=12)
    rare = with_cell("企业名称", "北京𠮷野㐂科技有限公司")
    corpus.add("good_rare_gb18030.csv", text_of(rare).encode("gb18030"), "accept", rows=12)
    corpus.add("good_rare_utf-16.csv", text_of(rare).encode("utf-16"), "accept", rows=12)
    quoted = with_cell("企业名称", '北京"引号",逗号\n换行公司')
    corpus.add("good_quoted.csv", text_of(quoted).encode(), "accept", rows=12)
    corpus.add("good_blank_end.csv", (text + "\r\n\r\n,,,,,,,\r\n").encode(), "accept", rows=12)
    corpus.add(
        "good_blank_rows.csv",
        text_of([*good_rows()[:4], [""] * 8, *good_rows()[4:]]).encode(),
        "accept",
        "blank_rows",
        rows=12,
    )
    corpus.add(
        "good_titles.csv",
        ("海淀区企业名单\r\n填报单位：示例\r\n" + text).encode("gbk"),
        "accept",
        "title_rows",
        rows=12,
    )
    utf8 = text.encode()
    corpus.add("bad_broken_utf8.csv", utf8[:200] + b"\xe5\x8c" + utf8[200:], "reject", "encoding_unknown")
    corpus.add(
        "bad_latin1.csv",
        text_of([["E1", "", "Caf\xe9,", "", "", "", "", ""]], list("abcdefgh")).encode("latin-1"),
        "reject",
        located=False,
    )
    corpus.add("bad_nul.csv", utf8.replace("示例3".encode(), b"\x00", 1), "reject", "nul_bytes")
    corpus.add(
        "bad_lost.csv",
        text_of(with_cell("企业名称", "北京\ufffd\ufffd公司")).encode(),
        "partial",
        "lost_character",
        rejected=1,
    )
    corpus.add(
        "bad_kun.csv", text_of(with_cell("企业名称", "锟斤拷锟斤拷")).encode(), "partial", "lost_character", rejected=1
    )
    corpus.add(
        "bad_control.csv",
        text_of(with_cell("企业名称", "北京\x07公司")).encode(),
        "partial",
        "control_character",
        rejected=1,
    )


def shapes_of_text(corpus: Corpus) -> None:
    """Text tables whose form is wrong."""
    text = text_of(good_rows())
    corpus.add("bad_empty.csv", b"", "reject", "empty_file", located=False)
    corpus.add("bad_blank.csv", b"\r\n\r\n  \r\n", "reject", "empty_file", located=False)
    corpus.add("bad_header_only.csv", text_of([]).encode(), "reject", "no_rows", located=False)
    corpus.add("bad_no_header.csv", text.split("\r\n", 1)[1].encode(), "reject", located=False)
    corpus.add("bad_short_row.csv", (text + "E999,缺列\r\n").encode(), "partial", "ragged_row", rejected=1)
    corpus.add("bad_long_row.csv", text.replace(",是,", ",是,多,", 1).encode(), "partial", "ragged_row", rejected=1)
    corpus.add("bad_open_quote.csv", text.replace("北京示例5", '"北京示例5', 1).encode(), "reject", "csv_quotes")
    corpus.add("bad_quote_inside.csv", text.replace("北京示例5", '"北京"示例5', 1).encode(), "reject", "csv_quotes")
    twice = list(HEADERS)
    twice[4] = "企业名称"
    corpus.add("bad_header_twice.csv", text_of(good_rows(), twice).encode(), "reject", "duplicate_header")
    for column in ("企业编号", "企业名称"):
        kept = [place for place, header in enumerate(HEADERS) if header != column]
        rows = [[row[place] for place in kept] for row in good_rows()]
        corpus.add(
            f"bad_without_{column}.csv",
            text_of(rows, [HEADERS[place] for place in kept]).encode(),
            "reject",
            "missing_column",
        )
    totals = [*good_rows(), ["合计", "", "12", "", "", "", "", ""]]
    corpus.add("good_totals.csv", text_of(totals).encode(), "accept", "totals_row", rows=13, rejected=1)
    remark = [*good_rows(), ["注：数据截至三月", "", "", "", "", "", "", ""]]
    corpus.add("good_remark.csv", text_of(remark).encode(), "accept", "footnote_row", rows=13, rejected=1)
    huge = with_cell("企业名称", "长" * 200_000)
    corpus.add("bad_huge_cell.csv", text_of(huge).encode(), "partial", "cell_too_long", rejected=1)
    wide = [[*row, *["x"] * 2_000] for row in good_rows(2)]
    corpus.add(
        "bad_wide.csv",
        text_of(wide, [*HEADERS, *(f"c{n}" for n in range(2_000))]).encode(),
        "reject",
        "too_many_columns",
        located=False,
    )
    aliases = ("id", "USCC", "公司名称", "所在区", "是否有明确需求", "need_date", "lng", "latitude")
    corpus.add("good_synonyms.csv", text_of(good_rows(), aliases).encode(), "accept", rows=12)
    decorated = (
        "企业编号*",
        "统一社会信用代码（18位）",
        "企业名称(必填)",
        "所 在 区",
        "明确需求",
        "需求日期",
        "经度(°)",
        "纬度(°)",
    )
    corpus.add("good_decorated.csv", text_of(good_rows(), decorated).encode(), "accept", rows=12)
    for column, other in (("企业编号", "enterprise_id"), ("企业名称", "name")):
        named = [other if header == column else header for header in HEADERS]
        corpus.add(f"good_mixed_{other}.csv", text_of(good_rows(), named).encode(), "accept", rows=12)


CELL_FAULTS: tuple[tuple[str, str, str], ...] = (
    ("企业编号", "", "missing_value"),
    ("企业编号", "E001", "duplicate_id"),
    ("企业编号", "１E+05", "digits_lost"),
    ("企业名称", "", "missing_value"),
    ("企业名称", "无", "missing_value"),
    ("企业名称", "#REF!", "cell_error"),
    ("企业名称", "#N/A", "cell_error"),
    ("统一社会信用代码", "9.11101E+17", "digits_lost"),
    ("统一社会信用代码", "911101080000000000", "digits_lost"),
    ("统一社会信用代码", "9111010855138508", "uscc_malformed"),
    ("统一社会信用代码", "91110108551385082QQ", "uscc_malformed"),
    ("统一社会信用代码", "91110108S51385082Q", "uscc_malformed"),
    ("统一社会信用代码", "000000000000000000", "uscc_malformed"),
    ("统一社会信用代码", "110108012345678", "uscc_malformed"),
    ("统一社会信用代码", "小米科技", "uscc_malformed"),
    ("所在区", "火星区", "unknown_unit"),
    ("所在区", "310101", "unknown_unit"),
    ("所在区", "浦东新区", "unknown_unit"),
    ("所在区", "11010", "unknown_unit"),
    ("明确需求", "也许", "bad_choice"),
    ("明确需求", "2", "bad_choice"),
    ("明确需求", "是/否", "bad_choice"),
    ("需求日期", "2024-13-01", "bad_date"),
    ("需求日期", "2023-02-29", "bad_date"),
    ("需求日期", "03/04/2024", "bad_date"),
    ("需求日期", "2024年3月", "bad_date"),
    ("需求日期", "去年", "bad_date"),
    ("需求日期", "0024-03-01", "bad_date"),
    ("需求日期", "24.3.1", "bad_date"),
    ("需求日期", "20241301", "bad_date"),
    ("需求日期", "9999999", "bad_date"),
    ("需求日期", "2024-03-01T25:61:00", "bad_date"),
    ("经度", "", "half_coordinate"),
    ("纬度", "", "half_coordinate"),
    ("经度", "东经116度", "bad_coordinate"),
    ("经度", "nan", "bad_coordinate"),
    ("经度", "inf", "bad_coordinate"),
    ("经度", "121.47", "outside_beijing"),
    ("纬度", "31.23", "outside_beijing"),
    ("经度", "0", "outside_beijing"),
    ("纬度", "-39.9", "outside_beijing"),
    ("经度", "116.3°", "bad_coordinate"),
)
CELL_WRITINGS: tuple[tuple[str, str, str], ...] = (
    ("统一社会信用代码", "９１１１０１０８５５１３８５０８２Ｑ", "half_width"),
    ("统一社会信用代码", "91110108551385082q", "code_writing"),
    ("统一社会信用代码", " 9111 0108 5513 8508 2Q ", "code_writing"),
    ("统一社会信用代码", "'91110108551385082Q", "apostrophe"),
    ("统一社会信用代码", "91110108551385082X", "wrong_check_digit"),
    ("统一社会信用代码", "无", "placeholder"),
    ("统一社会信用代码", "", ""),
    ("企业名称", "  北京空格公司　", "blanks_trimmed"),
    ("企业名称", "=SUM(A1:A9)", ""),
    ("所在区", "海淀", "code_writing"),
    ("所在区", "110108", ""),
    ("所在区", "110108000000", "code_writing"),
    ("所在区", "北京市海淀区", "code_writing"),
    ("所在区", "密云县", "old_unit"),
    ("所在区", "亦庄", "code_writing"),
    ("所在区", "", ""),
    ("明确需求", "√", ""),
    ("明确需求", "Yes", ""),
    ("明确需求", "未知", ""),
    ("明确需求", "", ""),
    ("需求日期", "2024/3/1", "date_writing"),
    ("需求日期", "2024.03.01", "date_writing"),
    ("需求日期", "2024年3月1日", "date_writing"),
    ("需求日期", "20240301", "date_writing"),
    ("需求日期", "45352", "date_serial"),
    ("需求日期", "2024-03-01 00:00:00", ""),
    ("需求日期", "2024-03-01 10:30:00", "time_dropped"),
    ("需求日期", "-", "placeholder"),
    ("经度", "116.30", ""),
)


def cells(corpus: Corpus) -> None:
    """One fault, or one odd writing, per file."""
    for number, (column, value, code) in enumerate(CELL_FAULTS):
        content = text_of(with_cell(column, value)).encode()
        expect = "partial" if code else "accept"
        codes = (code,) if code else ()
        corpus.add(
            f"bad_cell_{number:02d}.csv",
            content,
            expect,
            *codes,
            rows=12,
            rejected=1 if code else 0,
            why=f"{column}={value}",
        )
    for number, (column, value, code) in enumerate(CELL_WRITINGS):
        content = text_of(with_cell(column, value)).encode()
        corpus.add(
            f"good_cell_{number:02d}.csv",
            content,
            "accept",
            *((code,) if code else ()),
            rows=12,
            rejected=0,
            why=f"{column}={value}",
        )
    rows = good_rows()
    rows[5][1] = rows[4][1]
    corpus.add("good_uscc_twice.csv", text_of(rows).encode(), "accept", "duplicate_uscc", rows=12)
    rows = good_rows()
    rows[3][6], rows[3][7] = rows[3][7], rows[3][6]
    corpus.add("bad_one_swapped.csv", text_of(rows).encode(), "partial", "axes_swapped", rejected=1)
    rows = [[*row[:6], row[7], row[6]] for row in good_rows()]
    corpus.add("good_all_swapped.csv", text_of(rows).encode(), "accept", "datum_converted", rows=12)
    numbers = [
        ["S1", "2024", "3", "合格"],
        ["S2", "2024", "1", "优秀"],
        ["S3", "二〇二四", "1", "合格"],
        ["S4", "2024", "-1", "合格"],
        ["S5", "2024", "1.5", "合格"],
    ]
    content = text_of(numbers, ("机构编号", "评价年度", "轮次", "评价结果")).encode()
    corpus.add("bad_numbers.csv", content, "partial", "out_of_range", "bad_integer", rejected=4, table="evaluations")
    twice = [["S1", "2024", "1", "合格"], ["S1", "2024", "1", "优秀"]]
    corpus.add(
        "bad_key_twice.csv",
        text_of(twice, ("机构编号", "评价年度", "轮次", "评价结果")).encode(),
        "partial",
        "duplicate_row",
        rejected=1,
        table="evaluations",
    )
    staff = [["P1", "S1", "专职", "是"], ["P2", "S1", "全职的", "是"]]
    corpus.add(
        "bad_choice_staff.csv",
        text_of(staff, ("人员编号", "机构编号", "专职或兼职", "具有相关专业知识及经验")).encode(),
        "partial",
        "bad_choice",
        rejected=1,
        table="staff",
    )
    carriers = [
        ["C1", "甲园", "海淀区", "-3", "116.3", "40.0"],
        ["C2", "乙园", "海淀区", "1,200", "116.31", "40.0"],
        ["C3", "丙园", "海淀区", "约10", "", ""],
    ]
    content = text_of(carriers, ("载体编号", "载体名称", "所在区", "可服务企业数上限", "经度", "纬度")).encode()
    corpus.add(
        "bad_carriers.csv",
        content,
        "partial",
        "out_of_range",
        "thousands",
        "bad_integer",
        "missing_geometry",
        rejected=2,
        table="carriers",
    )
    roster = [["W1", uscc(1), "甲公司"], ["W1", uscc(1), "甲公司"], ["W2", uscc(1), "甲公司"]]
    corpus.add(
        "good_roster.csv",
        text_of(roster, ("工作站编号", "信用代码", "企业名称")).encode(),
        "accept",
        "duplicate_uscc",
        rows=3,
        table="rosters",
    )


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
        rejected=1,
    )
    add(
        "bad_error_cell.xlsx",
        cell(3, 2, lambda _, s: s.write_formula(3, 2, "=1/0", None, "#DIV/0!")),
        "partial",
        "cell_error",
        rejected=1,
    )
    add("bad_date_cell.xlsx", cell(3, 5, lambda _, s: s.write_number(3, 5, 3)), "partial", "bad_date", rejected=1)
    add(
        "bad_merged_body.xlsx",
        cell(4, 2, lambda b, s: s.merge_range(3, 2, 4, 2, "合并公司", b.add_format({"bold": True}))),
        "partial",
        "merged_cells",
        "missing_value",
        rejected=1,
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

    add("good_sheets.xlsx", sheets, "accept", "sheet_read", "other_sheet", rows=12)

    def hidden(book: Any, sheet: Any) -> None:
        fill(sheet, good_rows())
        other = book.add_worksheet("隐藏")
        fill(other, good_rows(3))
        other.hide()

    add("good_hidden_sheet.xlsx", hidden, "accept", "other_sheet", rows=12)
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
    corpus.add("bad_old.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600, "reject", "old_excel", located=False)
    corpus.add(
        "bad_biff.xls", b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\x01" * 600, "reject", "old_excel", located=False
    )
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
        "unsupported_format",
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


def features(rows: Rows, headers: Sequence[str] = HEADERS[:6]) -> list[dict[str, Any]]:
    """Return rows as GeoJSON features; the last two cells are the coordinates."""
    return [
        {
            "type": "Feature",
            "properties": dict(zip(headers, row[:6], strict=True)),
            "geometry": {"type": "Point", "coordinates": [float(row[6]), float(row[7])]},
        }
        for row in rows
    ]


def geojson(corpus: Corpus) -> None:
    """GeoJSON, good and bad."""

    def add(name: str, document: Any, expect: str, *codes: str, codec: str = "utf-8", **more: Any) -> None:
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        corpus.add(name, text.encode(codec), expect, *codes, **more)

    def collection(parts: list[Any], **more: Any) -> dict[str, Any]:
        return {"type": "FeatureCollection", **more, "features": parts}

    def with_geometry(geometry: Any) -> dict[str, Any]:
        parts = features(good_rows())
        parts[2]["geometry"] = geometry
        return collection(parts)

    good = collection(features(good_rows()))
    add("good.geojson", good, "accept", rows=12)
    add("good_bom.geojson", good, "accept", codec="utf-8-sig", rows=12)
    add("good_gbk.geojson", good, "accept", codec="gbk", rows=12)
    add("good_utf16.json", good, "accept", codec="utf-16", rows=12)
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    add("good_crs.geojson", collection(features(good_rows()), crs=named), "accept", rows=12)
    add("good_null_place.geojson", with_geometry(None), "accept", rows=12)
    add(
        "good_multipoint.geojson",
        with_geometry({"type": "MultiPoint", "coordinates": [[116.3, 40.0]]}),
        "accept",
        rows=12,
    )
    add("good_height.geojson", with_geometry({"type": "Point", "coordinates": [116.3, 40.0, 50.0]}), "accept", rows=12)
    for name, geometry, code in (
        (
            "polygon",
            {"type": "Polygon", "coordinates": [[[116, 40], [116.1, 40], [116.1, 40.1], [116, 40]]]},
            "wrong_geometry_type",
        ),
        ("line", {"type": "LineString", "coordinates": [[116, 40], [116.1, 40]]}, "wrong_geometry_type"),
        ("unknown", {"type": "Circle", "coordinates": [116, 40]}, "bad_geometry"),
        ("text", {"type": "Point", "coordinates": ["a", "b"]}, "bad_geometry"),
        ("one", {"type": "Point", "coordinates": [116.3]}, "bad_geometry"),
        ("far", {"type": "Point", "coordinates": [121.4, 31.2]}, "outside_beijing"),
        ("null_island", {"type": "Point", "coordinates": [0, 0]}, "outside_beijing"),
        ("swapped", {"type": "Point", "coordinates": [40.0, 116.3]}, "axes_swapped"),
        ("no_coordinates", {"type": "Polygon"}, "bad_geometry"),
        ("string", "here", "bad_geometry"),
    ):
        add(f"bad_{name}.geojson", with_geometry(geometry), "partial", code, rejected=1)
    text = json.dumps(good, ensure_ascii=False)
    add(
        "bad_nan.geojson",
        text.replace(text[text.index("[116") + 1 :].split(",")[0], "NaN", 1),
        "partial",
        "bad_coordinate",
        rejected=1,
    )
    add("bad_cut.geojson", text[: len(text) // 2], "reject", "bad_json")
    double = text.replace('"企业编号"', '"企业名称": "甲", "企业编号"', 1)
    add("bad_name_twice.geojson", double, "reject", "duplicate_header")
    add("bad_comma.geojson", text[:-1] + ",}", "reject", "bad_json")
    add(
        "bad_deep.geojson",
        '{"type":"FeatureCollection","features":' + "[" * 100_000,
        "reject",
        "too_deep",
        located=False,
    )
    add("bad_topology.json", {"type": "Topology", "objects": {}}, "reject", "not_geojson", located=False)
    add("bad_list.json", [1, 2, 3], "reject", "not_geojson", located=False)
    add("bad_none.geojson", collection([]), "reject", "no_rows", located=False)
    add(
        "bad_features.geojson",
        {"type": "FeatureCollection", "features": {"a": 1}},
        "reject",
        "not_geojson",
        located=False,
    )
    parts: list[Any] = features(good_rows())
    parts[4] = "feature"
    add("bad_feature.geojson", collection(parts), "partial", rejected=1)
    add(
        "bad_crs.geojson",
        collection(features(good_rows()), crs={"type": "name", "properties": {"name": "EPSG:999999"}}),
        "reject",
        "crs_unknown",
        located=False,
    )
    add(
        "bad_pipeline.json",
        {"type": "gdal_streamed_alg", "command_line": "gdal raster pipeline"},
        "reject",
        "not_geojson",
        located=False,
    )
    square = [[116.2, 39.9], [116.4, 40.1], [116.4, 39.9], [116.2, 40.1], [116.2, 39.9]]
    unit = {
        "type": "Feature",
        "properties": {"code": "110108", "name_zh": "海淀区", "kind": "district", "precedence": 0},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    add("good_crossing.geojson", collection([unit]), "accept", "geometry_repaired", rows=1, table="service_units")
    point = {**unit, "geometry": {"type": "Point", "coordinates": [116.2, 39.9]}}
    add(
        "bad_unit_point.geojson",
        collection([unit, {**point, "properties": {**unit["properties"], "code": "110105"}}]),
        "partial",
        "wrong_geometry_type",
        rejected=1,
        table="service_units",
    )


def archive(members: dict[str, bytes]) -> bytes:
    """Return a ZIP archive of the members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def shapefile(rows: Rows, codec: str) -> dict[str, bytes]:
    """Return the parts of a point shapefile, written byte by byte."""
    points = [(float(row[6]), float(row[7])) for row in rows]
    box = (min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points))
    head = struct.pack("<2i8d", 1000, 1, *box, 0, 0, 0, 0)
    shp, shx = b"", b""
    for number, (x, y) in enumerate(points):
        shx += struct.pack(">2i", (100 + len(shp)) // 2, 10)
        shp += struct.pack(">2i", number + 1, 10) + struct.pack("<i2d", 1, x, y)

    def file(body: bytes) -> bytes:
        return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, (100 + len(body)) // 2) + head + body

    names = (
        ("企业编号", "统一社会信用代码", "企业名称", "所在区", "明确需求", "需求日期")
        if codec == "gbk"
        else ("enterprise_id", "USCC", "name", "unit", "explicit_need", "need_date")
    )
    sizes = (10, 18, 60, 12, 6, 10)
    fields = b"".join(
        n.encode(codec)[:10].ljust(11, b"\0") + b"C" + b"\0" * 4 + bytes([size, 0]) + b"\0" * 14
        for n, size in zip(names, sizes, strict=True)
    )
    width = 1 + sum(sizes)
    dbf = struct.pack("<B3BIHH20x", 3, 126, 11, 22, len(rows), 32 + len(fields) + 1, width) + fields + b"\r"
    for row in rows:
        dbf += b" " + b"".join(cell.encode(codec)[:size].ljust(size) for cell, size in zip(row[:6], sizes, strict=True))
    prj = (
        b'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
        b'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
    )
    return {"p.shp": file(shp), "p.shx": file(shx), "p.dbf": dbf + b"\x1a", "p.prj": prj}


def archives(corpus: Corpus) -> None:
    """Zipped shapefiles, and archives made to do harm."""
    gbk, utf8 = shapefile(good_rows(), "gbk"), shapefile(good_rows(), "utf-8")
    corpus.add("good_gbk_shape.zip", archive(gbk), "accept", rows=12)
    corpus.add("good_utf8_shape.zip", archive({**utf8, "p.cpg": b"UTF-8"}), "accept", rows=12)
    corpus.add("good_wrong_cpg.zip", archive({**gbk, "p.cpg": b"UTF-8"}), "accept", rows=12)
    corpus.add(
        "good_no_prj.zip", archive({name: part for name, part in gbk.items() if name != "p.prj"}), "accept", rows=12
    )
    corpus.add("good_in_folder.zip", archive({f"data/{name}": part for name, part in gbk.items()}), "accept", rows=12)
    for part in (".dbf", ".shx"):
        corpus.add(
            f"bad_without{part}.zip",
            archive({n: c for n, c in gbk.items() if not n.endswith(part)}),
            "reject",
            "corrupt",
            located=False,
        )
    corpus.add("bad_short_dbf.zip", archive({**gbk, "p.dbf": gbk["p.dbf"][:300]}), "reject", "corrupt", located=False)
    corpus.add("bad_short_shp.zip", archive({**gbk, "p.shp": gbk["p.shp"][:150]}), "reject", "corrupt", located=False)
    corpus.add(
        "bad_two_layers.zip",
        archive({**gbk, **{f"q{n[1:]}": c for n, c in gbk.items()}}),
        "reject",
        "several_layers",
        located=False,
    )
    corpus.add("bad_traversal.zip", archive({"../p.shp": b"x", **gbk}), "reject", "archive_path", located=False)
    corpus.add("bad_absolute.zip", archive({"/etc/p.shp": b"x", **gbk}), "reject", "archive_path", located=False)
    corpus.add("bad_drive.zip", archive({"C:\\p.shp": b"x", **gbk}), "reject", "archive_path", located=False)
    corpus.add("bad_nested.zip", archive({"a.zip": archive(gbk)}), "reject", "archive_nested", located=False)
    corpus.add("bad_bomb.zip", archive({**gbk, "p.txt": b"\0" * 50_000_000}), "reject", "archive_bomb", located=False)
    corpus.add(
        "bad_many.zip", archive({f"{n}.txt": b"" for n in range(3_000)}), "reject", "archive_members", located=False
    )
    corpus.add("bad_content.zip", archive({"readme.md": b"hello"}), "reject", "archive_content", located=False)
    corpus.add("bad_cut.zip", archive(gbk)[:400], "reject", "corrupt", located=False)
    link = zipfile.ZipInfo("p.shp")
    link.external_attr = 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr(link, "/etc/passwd")
    corpus.add("bad_link.zip", stream.getvalue(), "reject", "archive_link", located=False)


def geopackage(
    path: Path, rows: Rows, *, extra: Sequence[str] = (), srs: int = 4490, blob: bytes | None = None
) -> bytes:
    """Return a GeoPackage with one layer, and whatever further statements make of it."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,"
        " organization_coordsys_id INTEGER, definition TEXT, description TEXT);"
        "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, srs_id INTEGER);"
        "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT,"
        " srs_id INTEGER);"
        "CREATE TABLE enterprises (fid INTEGER PRIMARY KEY, geom BLOB, enterprise_id TEXT, uscc TEXT, name TEXT,"
        " unit TEXT, explicit_need TEXT, need_date DATE);"
    )
    database.execute("INSERT INTO gpkg_spatial_ref_sys VALUES ('x', ?, 'EPSG', ?, '', '')", (srs, srs))
    database.execute("INSERT INTO gpkg_contents VALUES ('enterprises', 'features', 'e', ?)", (srs,))
    database.execute("INSERT INTO gpkg_geometry_columns VALUES ('enterprises', 'geom', 'POINT', ?)", (srs,))
    for number, row in enumerate(rows):
        head = b"GP\x00\x01" + struct.pack("<i", srs)
        shape = head + shapely.to_wkb(shapely.Point(float(row[6]), float(row[7])))
        if blob is not None and number == 2:
            shape = blob
        database.execute("INSERT INTO enterprises VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (number + 1, shape, *row[:6]))
    for statement in extra:
        database.execute(statement)
    database.commit()
    database.close()
    content = path.read_bytes()
    path.unlink()
    return content


def databases(corpus: Corpus) -> None:
    """GeoPackages, good and bad, and Parquet files."""
    path = corpus.folder / "tmp.gpkg"
    good = geopackage(path, good_rows())
    corpus.add("good.gpkg", good, "accept", rows=12)
    corpus.add("good_wgs84.gpkg", geopackage(path, good_rows(), srs=4326), "accept", rows=12)
    corpus.add(
        "bad_trigger.gpkg",
        geopackage(
            path,
            good_rows(),
            extra=["CREATE TRIGGER evil AFTER INSERT ON enterprises BEGIN DELETE FROM enterprises; END"],
        ),
        "reject",
        "active_content",
        located=False,
    )
    corpus.add(
        "bad_view.gpkg",
        geopackage(path, good_rows(), extra=["CREATE VIEW v AS SELECT * FROM enterprises"]),
        "reject",
        "active_content",
        located=False,
    )
    corpus.add(
        "bad_virtual.gpkg",
        geopackage(path, good_rows(), extra=["CREATE VIRTUAL TABLE f USING fts5(x)"]),
        "reject",
        "active_content",
        located=False,
    )
    corpus.add("bad_blob.gpkg", geopackage(path, good_rows(), blob=b"nonsense"), "partial", "bad_geometry", rejected=1)
    corpus.add(
        "bad_wkb.gpkg",
        geopackage(path, good_rows(), blob=b"GP\x00\x01\x8a\x11\x00\x00\x01\x07"),
        "partial",
        "bad_geometry",
        rejected=1,
    )
    corpus.add("bad_srs.gpkg", geopackage(path, good_rows(), srs=999999), "reject", "crs_unknown", located=False)
    corpus.add(
        "bad_layer.gpkg",
        geopackage(path, good_rows(), extra=["INSERT INTO gpkg_contents VALUES ('gone', 'features', 'g', 4490)"]),
        "reject",
        "corrupt",
        located=False,
    )
    corpus.add("bad_cut.gpkg", good[: len(good) // 3], "reject", "corrupt", located=False)
    corpus.add("bad_plain.gpkg", b"no database at all", "reject", "corrupt", located=False)
    corpus.add("bad_empty_layer.gpkg", geopackage(path, []), "reject", "no_rows", located=False)
    broken = bytearray(good)
    broken[4096:8192] = bytes(4096)
    corpus.add("bad_page.gpkg", bytes(broken), "reject", located=False)
    rows = good_rows()
    columns = {header: [row[place] for row in rows] for place, header in enumerate(HEADERS)}
    plain = {**columns, "经度": [float(row[6]) for row in rows], "纬度": [float(row[7]) for row in rows]}
    corpus.add("good.parquet", parquet(pa.table(plain)), "accept", rows=12)
    shapes = [shapely.to_wkb(shapely.Point(float(row[6]), float(row[7]))) for row in rows]
    attributes = {header: columns[header] for header in HEADERS[:6]}
    geo = {
        "version": "1.0.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"]}},
    }
    spatial = pa.table({**attributes, "geometry": pa.array(shapes, pa.binary())})
    corpus.add(
        "good_geo.parquet", parquet(spatial.replace_schema_metadata({"geo": json.dumps(geo)})), "accept", rows=12
    )
    dates = [dt.date(2024, 3, n + 1) for n in range(12)]
    corpus.add(
        "good_types.parquet",
        parquet(pa.table({**plain, "需求日期": dates, "企业编号": list(range(12))})),
        "accept",
        "number_as_code",
        rows=12,
    )
    corpus.add(
        "bad_geo.parquet", parquet(spatial.replace_schema_metadata({"geo": "{"})), "reject", "corrupt", located=False
    )
    lost = {**geo, "primary_column": "place"}
    corpus.add(
        "bad_primary.parquet",
        parquet(spatial.replace_schema_metadata({"geo": json.dumps(lost)})),
        "reject",
        "corrupt",
        located=False,
    )
    bad = pa.table({**attributes, "geometry": pa.array([b"x", *shapes[1:]], pa.binary())})
    corpus.add(
        "bad_wkb.parquet",
        parquet(bad.replace_schema_metadata({"geo": json.dumps(geo)})),
        "partial",
        "bad_geometry",
        rejected=1,
    )
    long_text = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), 200_000), pa.array(["x" * 5_000]))
    content = parquet(pa.table(plain))
    corpus.add("bad_cut.parquet", content[: len(content) // 2], "reject", "corrupt", located=False)
    corpus.add(
        "bad_footer.parquet", content[:-12] + b"\xff\xff\xff\x7f" + content[-8:], "reject", "corrupt", located=False
    )
    corpus.add(
        "bad_bomb.parquet",
        parquet(pa.table({"企业编号": pa.array(range(200_000)), "企业名称": long_text}), store_schema=False),
        "reject",
        "archive_bomb",
        located=False,
    )
    corpus.add(
        "bad_nested.parquet",
        parquet(pa.table({**plain, "地址": [{"a": [1]}] * 12})),
        "reject",
        "unsupported_format",
        located=False,
    )


def parquet(table: pa.Table, *, store_schema: bool = True) -> bytes:
    """Return a table as a Parquet file."""
    stream = io.BytesIO()
    pq.write_table(table, stream, store_schema=store_schema)
    return stream.getvalue()


def foreign(corpus: Corpus) -> None:
    """Files of other kinds, under their own names and under false ones."""
    kml = b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>'
    gpx = b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx>&x;</gpx>'
    layer = b'<OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    vrt = b"<OGRVRTDataSource>" + layer + b"</OGRVRTDataSource>"
    for name, content in (
        ("kml", kml),
        ("gpx", gpx),
        ("vrt", vrt),
        ("pkl", pickle.dumps({"a": 1}, 4)),
        ("pdf", b"%PDF-1.7\n"),
        ("gz", b"\x1f\x8b\x08\x00" + b"\0" * 20),
        ("7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 20),
        ("feather", b"ARROW1\0\0" + b"\0" * 20),
        ("shp", b"\x00\x00\x27\x0a" + b"\0" * 100),
        ("png", b"\x89PNG\r\n\x1a\n" + b"\0" * 20),
    ):
        for suffix in (name, "csv", "geojson"):
            corpus.add(f"bad_foreign_{name}.{suffix}", content, "reject", "unsupported_format", located=False)
    corpus.add("bad_sqlite.gpkg", sqlite_file(corpus.folder / "tmp.db"), "reject", located=False)
    corpus.add(
        "bad_ods.ods",
        archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}),
        "reject",
        "unsupported_format",
        located=False,
    )
    corpus.add(
        "bad_docx.xlsx",
        archive({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
        "reject",
        "unsupported_format",
        located=False,
    )
    corpus.add(
        "bad_zip.csv",
        archive({"p.shp": b"x", "p.shx": b"x", "p.dbf": b"x"}),
        "reject",
        "suffix_mismatch",
        located=False,
    )
    generator = random.Random(SEED)
    for number in range(6):
        corpus.add(f"bad_noise_{number}.csv", generator.randbytes(3_000), "reject", located=False)
    corpus.add("bad_connection.csv", b"postgresql://user@host/db\r\n", "reject", located=False)


def sqlite_file(path: Path) -> bytes:
    """Return a SQLite database that is no GeoPackage."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE a (b)")
    database.commit()
    database.close()
    content = path.read_bytes()
    path.unlink()
    return content


def build(folder: Path) -> list[Case]:
    """Write the corpus and its manifest into ``folder`` and return the cases."""
    folder.mkdir(parents=True, exist_ok=True)
    corpus = Corpus(folder)
    for make in (encodings, shapes_of_text, cells, workbooks, geojson, archives, databases, foreign):
        make(corpus)
    lines = ["# Written by scripts/build_intake_corpus.py; every file is generated, MIT"]
    for case in corpus.cases:
        lines += ["", "[[file]]", f"name = {json.dumps(case.file, ensure_ascii=False)}", f'expect = "{case.expect}"']
        lines += [f"codes = {json.dumps(list(case.codes))}", f"located = {str(case.located).lower()}"]
        lines += [f'table = "{case.table}"']
        lines += [
            f"{key} = {value}" for key, value in (("rows", case.rows), ("rejected", case.rejected)) if value is not None
        ]
        if case.why:
            lines += [f"why = {json.dumps(case.why, ensure_ascii=False)}"]
    (folder / "manifest.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return corpus.cases


if __name__ == "__main__":
    print(f"{len(build(Path(sys.argv[1])))} files")
