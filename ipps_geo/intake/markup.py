"""Tables in markup that offices save as .xls: HTML of an OA system, and SpreadsheetML (Excel 2003 XML).

Nothing in them is fetched or run: texts between the tags of tables, and nothing else.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from ipps_geo.intake.books import PlainBook, Rows, Scan, Span
from ipps_geo.intake.encodings import decode
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal, damage

_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_BLOCK_TAGS = frozenset({"br", "p", "div", "li"})
_SILENT = frozenset({"script", "style", "head", "title"})


def read_html(path: Path, limits: Limits) -> tuple[PlainBook, str]:
    """Return the tables of an HTML page as sheets (table 1, table 2 ...), and the encoding.

    A table inside a table is one of its own; what stands above the first table is its title.
    """
    data = path.read_bytes()
    declared = _DECLARED.search(data[:4096])
    name = declared[1].decode("ascii").casefold() if declared else ""
    if name in ("gb2312", "gbk", "gb18030"):
        try:
            text, encoding = data.decode("gb18030"), "gb18030"
        except UnicodeDecodeError:
            text, encoding = decode(data)
    else:
        text, encoding = decode(data)
    parser = _Tables(limits)
    parser.feed(text)
    parser.close()
    tables = [table for table in parser.done if table.rows]
    if not tables:
        raise Refusal("empty_file", row=1)
    names = [path.stem if len(tables) == 1 else f"{turn}" for turn in range(1, len(tables) + 1)]
    grids = {}
    for name, table in zip(names, tables, strict=True):
        titles = [[text] for text in table.above]
        shift = len(titles)
        grids[name] = _squared(titles + table.rows)
        table.spans = [((a + shift, b), (c + shift, d)) for (a, b), (c, d) in table.spans]
    return PlainBook(grids, {name: table.spans for name, table in zip(names, tables, strict=True)}), encoding


def _squared(rows: Rows) -> Rows:
    width = max((len(row) for row in rows), default=0)
    return [[*row, *[""] * (width - len(row))] for row in rows]


class _Table:
    def __init__(self, above: list[str]) -> None:
        self.above = above
        self.rows: Rows = []
        self.spans: list[Span] = []
        self.taken: set[tuple[int, int]] = set()


class _Tables(HTMLParser):
    """Collects the cells of every table, where ``rowspan`` and ``colspan`` put them."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.limits = limits
        self.done: list[_Table] = []
        self._open: list[_Table] = []
        self._cell: list[tuple[list[str], int, int] | None] = []
        self._above: list[str] = []
        self._silent = 0
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            table = _Table([] if self.done or self._open else [text for text in self._above if text])
            self._open.append(table)
            self._cell.append(None)
            self.done.append(table)
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].rows.append([])
        elif tag in ("td", "th") and self._open:
            self._end_cell()
            if not self._open[-1].rows:
                self._open[-1].rows.append([])
            given = dict(attrs)
            self._cell[-1] = ([], _span(given.get("rowspan")), _span(given.get("colspan")))
        elif tag in _BLOCK_TAGS:
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in ("td", "th", "tr") and self._open:
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self._open.pop()
            self._cell.pop()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._open and self._cell[-1] is not None:
            self._cell[-1][0].append(data)
        elif not self._open:
            self._above.append(" ".join(data.split()))

    def _end_cell(self) -> None:
        cell, self._cell[-1] = self._cell[-1], None
        if cell is None:
            return
        table, (parts, down, right) = self._open[-1], cell
        row = len(table.rows) - 1
        line = table.rows[row]
        while (row, len(line)) in table.taken:
            line.append("")
        column = len(line)
        self._cells += down * right
        if self._cells > self.limits.max_cells or column + right > self.limits.max_columns:
            raise Refusal("too_many_cells", row=row + 1, found=f"{self._cells}")
        line.append("\n".join(" ".join(part.split()) for part in "".join(parts).split("\n")).strip())
        line += [""] * (right - 1)
        if down > 1 or right > 1:
            table.spans.append(((row, column), (row + down - 1, column + right - 1)))
            table.taken |= {(row + r, column + c) for r in range(1, down) for c in range(right)}


def _span(text: str | None) -> int:
    found = re.match(r"\s*(\d{1,5})", text or "")
    return max(1, int(found[1])) if found else 1


def read_spreadsheetml(path: Path, limits: Limits) -> tuple[PlainBook, str]:
    """Return the worksheets of an Excel 2003 XML file, and the encoding."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(path.read_bytes(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refusal("xml_entities", feature="byte 0") from error
    except ParseError as error:
        raise Refusal("corrupt", row=error.position[0], feature="byte 0", found=damage("unreadable")) from error
    except (LookupError, ValueError) as error:
        raise Refusal("encoding_unknown", row=1, offset=0) from error
    sheets: dict[str, Rows] = {}
    spans: dict[str, list[Span]] = {}
    scans: dict[str, Scan] = {}
    hidden = set()
    for sheet in root.iter(_tag("Worksheet")):
        name = sheet.get(_tag("Name"), str(len(sheets) + 1))
        sheets[name], spans[name], scans[name] = _worksheet(sheet, name, limits)
        if any(node.tag.endswith("}Visible") and node.text != "SheetVisible" for node in sheet.iter()):
            hidden.add(name)
    if not sheets:
        raise Refusal("empty_file", row=1)
    return PlainBook(sheets, spans, scans, hidden), "utf-8"


def _tag(name: str) -> str:
    return f"{{{_SPREADSHEET}}}{name}"


def _worksheet(sheet: Any, name: str, limits: Limits) -> tuple[Rows, list[Span], Scan]:
    cells: dict[tuple[int, int], str] = {}
    spans: list[Span] = []
    scan = Scan()
    row = -1
    for line in sheet.iter(_tag("Row")):
        row = int(line.get(_tag("Index"), row + 2)) - 1
        scan.hidden_rows += line.get(_tag("Hidden")) == "1"
        column = -1
        for cell in line.iter(_tag("Cell")):
            column = int(cell.get(_tag("Index"), column + 2)) - 1
            down, right = int(cell.get(_tag("MergeDown"), 0)), int(cell.get(_tag("MergeAcross"), 0))
            if down or right:
                spans.append(((row, column), (row + down, column + right)))
            data = cell.find(_tag("Data"))
            kind = "" if data is None else data.get(_tag("Type"), "String")
            text = "" if data is None else "".join(data.itertext())
            if kind == "Error":
                scan.errors.append((row, column, text))
            elif cell.get(_tag("Formula")) and not text:
                scan.formulas.append((row, column, ""))
            elif text:
                cells[row, column] = text.removesuffix("T00:00:00.000") if kind == "DateTime" else text
            column += right
    height = 1 + max((place[0] for place in cells), default=-1)
    width = 1 + max((place[1] for place in cells), default=-1)
    if height * width > limits.max_cells:
        raise Refusal("too_many_cells", sheet=name, row=height, found=f"{height * width}")
    return [[cells.get((r, c), "") for c in range(width)] for r in range(height)], spans, scan
