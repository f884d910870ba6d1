"""OpenDocument spreadsheets (.ods): values by calamine, and from the XML what it does not show.

The file says error cells, merged ranges and hidden rows in its content; they are read there, cell by cell.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ipps_geo.intake.archives import member, open_archive, read_member
from ipps_geo.intake.books import PlainBook, Rows, Scan, Span
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal, damage

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_ERROR = re.compile(r"#[A-Z0-9/!?]+|Err:\d+")


def read_open_document(path: Path, limits: Limits) -> PlainBook:
    """Return the workbook; sheets whose last cell is too far out are refused before they are unrolled."""
    import io

    import python_calamine

    spans, scans = _content(path, limits)
    try:
        with path.open("rb") as stream:
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        names = [data.name for data in book.sheets_metadata]
        sheets: dict[str, Rows] = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names
        }
    except python_calamine.PasswordError as error:
        raise Refusal("password", feature=member("content.xml")) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Refusal("corrupt", feature=member("content.xml"), found=damage("unreadable")) from error
    visible = python_calamine.SheetVisibleEnum.Visible
    hidden = {data.name for data in book.sheets_metadata if data.visible != visible}
    return PlainBook(sheets, spans, scans, hidden)


def _content(path: Path, limits: Limits) -> tuple[dict[str, list[Span]], dict[str, Scan]]:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    with open_archive(path) as archive:
        if "content.xml" not in archive.namelist():
            raise Refusal("corrupt", feature=member("content.xml"), found=damage("missing", name="content.xml"))
        if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in read_member(
            archive, "META-INF/manifest.xml", limits
        ):
            raise Refusal("password", feature=member("META-INF/manifest.xml"))
        content = read_member(archive, "content.xml", limits)
    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refusal("xml_entities", feature=member("content.xml")) from error
    except (ParseError, LookupError, ValueError) as error:
        raise Refusal("corrupt", feature=member("content.xml"), found=damage("unreadable")) from error
    spans: dict[str, list[Span]] = {}
    scans: dict[str, Scan] = {}
    for table in root.iter(f"{_TABLE}table"):
        name = table.get(f"{_TABLE}name", "")
        spans[name], scans[name] = _sheet(table, name, limits)
    return spans, scans


def _sheet(table: Any, name: str, limits: Limits) -> tuple[list[Span], Scan]:
    spans: list[Span] = []
    scan = Scan(hidden_columns=any(_hidden(node) for node in table.iter(f"{_TABLE}table-column")))
    row = 0
    for line in table.iter(f"{_TABLE}table-row"):
        times = int(line.get(f"{_TABLE}number-rows-repeated", 1))
        column, filled = 0, False
        for cell in line:
            wide = int(cell.get(f"{_TABLE}number-columns-repeated", 1))
            text = "".join(cell.itertext()).strip()
            filled |= bool(text)
            down, right = (int(cell.get(f"{_TABLE}number-{way}-spanned", 1)) for way in ("rows", "columns"))
            if down > 1 or right > 1:
                spans.append(((row, column), (row + down - 1, column + right - 1)))
            if cell.get(f"{_CALC}value-type") == "error" or (cell.get(f"{_TABLE}formula") and _ERROR.fullmatch(text)):
                scan.errors.append((row, column, text))
            elif cell.get(f"{_TABLE}formula") and not text and cell.get(f"{_OFFICE}value-type") is None:
                scan.formulas.append((row, column, ""))
            column += wide
            if text and (row + times) * column > limits.max_cells:
                raise Refusal("too_many_cells", sheet=name, row=row + times, found=f"{(row + times) * column}")
        if filled and _hidden(line):
            scan.hidden_rows += times
        row += times
    return spans, scan


def _hidden(node: Any) -> bool:
    return node.get(f"{_TABLE}visibility") in ("collapse", "filter")
