"""Excel workbooks (.xlsx): checked as an archive of XML first, then read sheet by sheet, cell types as they are.

The quick reader shows neither errors in cells nor formulas without a stored value: both would look blank. The XML of
the sheet that is read is therefore searched for them.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from ipps_geo.intake.archives import broken_member, member, open_archive, read_member
from ipps_geo.intake.books import Rows, Scan, Span, letters
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal, damage

_ERROR_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\bt="e"[^>]*>.*?</(?:\w+:)?c>', re.DOTALL)
_FORMULA_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*>\s*<(?:\w+:)?f[\s>/].*?</(?:\w+:)?c>", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)(?:\s[^>]*)?>([^<]*)</")
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,10})"')
_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?\br="([0-9]{1,7})"')
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?\bhidden="(?:1|true)"')
_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\s[^>]*?\bhidden="(?:1|true)"')
# Without a word border before it the pattern begins with fixed bytes, which are found four times as fast; what it finds
# too often is told apart afterwards.
_FAR_CELL = re.compile(rb'r="[A-Z](?:[A-Z]{1,2}[0-9]|[0-9]{7})')
_PROLOG = 1 << 16
_NEEDED_PARTS = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_PARTS = (*_NEEDED_PARTS, "xl/sharedStrings.xml", "xl/styles.xml")


def check_workbook(path: Path, limits: Limits) -> tuple[tuple[str, ...], bool]:
    """Refuse a workbook that declares entities or holds connections; return (codes of warnings, 1904 dates).

    Only the beginning of each XML part is parsed, up to its first element: a document type can stand nowhere else.
    """
    remarks = []
    with open_archive(path) as archive:
        names = archive.namelist()
        for name in names:
            if name.endswith((".xml", ".rels", ".vml")) or name == "[Content_Types].xml":
                _check_prolog(archive, name)
        lower = [name.lower() for name in names]
        for name in names:
            if "connections.xml" in name.lower() or "querytables/" in name.lower():
                raise Refusal("connection", feature=member(name))
        if any(name.endswith("vbaproject.bin") for name in lower):
            remarks.append("macros")
        if any("externallinks/" in name for name in lower):
            remarks.append("external_links")
        workbook = read_member(archive, "xl/workbook.xml", limits) if "xl/workbook.xml" in names else b""
    return tuple(remarks), re.search(rb'date1904="(1|true)"', workbook) is not None


def _check_prolog(archive: zipfile.ZipFile, name: str) -> None:
    from xml.parsers.expat import ExpatError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    class Began(Exception):
        """The first element was reached: the prolog is clean."""

    class Target:
        def start(self, *_: object) -> None:
            raise Began

    parser = DefusedXMLParser(target=Target(), forbid_dtd=True)
    with broken_member(name), archive.open(name) as stream:
        try:
            while chunk := stream.read(_PROLOG):
                parser.feed(chunk)
        except Began:
            return
        except DefusedXmlException as error:
            raise Refusal("xml_entities", feature=member(name)) from error
        except (ExpatError, SyntaxError, LookupError, ValueError) as error:
            raise Refusal("corrupt", feature=member(name), found=damage("unreadable")) from error


class Workbook:
    """A workbook opened by calamine, beside the archive that it is."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        self.names: list[str] = []
        self.hidden: set[str] = set()
        self._rows: dict[str, Rows] = {}
        self._sheets: dict[str, Any] = {}
        self._scans: dict[str, Scan] = {}

    def __enter__(self) -> Workbook:
        import python_calamine

        try:
            # From the open file: by path the reader would trust the name ending.
            with self.path.open("rb") as stream:
                self._book = python_calamine.CalamineWorkbook.from_filelike(stream)
        except python_calamine.PasswordError as error:
            raise Refusal("password", feature=member("[Content_Types].xml")) from error
        except (python_calamine.CalamineError, OSError, ValueError) as error:
            raise _broken_part(self.path, self.limits) from error
        visible = python_calamine.SheetVisibleEnum.Visible
        worksheet = python_calamine.SheetTypeEnum.WorkSheet
        self.names = [data.name for data in self._book.sheets_metadata if data.typ == worksheet]
        self.hidden = {data.name for data in self._book.sheets_metadata if data.visible != visible}
        return self

    def __exit__(self, *unused: object) -> None:
        self._book.close()

    def _sheet(self, name: str) -> Any:
        import python_calamine

        if name not in self._sheets:  # asking for a sheet parses it whole
            try:
                self._sheets[name] = self._book.get_sheet_by_name(name)
            except (python_calamine.CalamineError, OSError, ValueError) as error:
                with open_archive(self.path) as archive:
                    part = _part_of(archive, name, self.limits)
                raise Refusal(
                    "corrupt", sheet=name, feature=member(part or "xl/workbook.xml"), found=damage("unreadable")
                ) from error
        return self._sheets[name]

    def rows(self, name: str) -> Rows:
        """Return the rows of a sheet, from A1 on."""
        if name not in self._rows:
            self._rows[name] = self._sheet(name).to_python(skip_empty_area=False)
        return self._rows[name]

    def merged(self, name: str) -> list[Span]:
        """Return the merged ranges of a sheet as ((row, column), (row, column)), counted from 0."""
        return list(self._sheet(name).merged_cell_ranges or [])

    def scan(self, name: str) -> Scan:
        """Return what the XML of a sheet says beside its values; refuse one that reaches too far."""
        if name not in self._scans:
            with open_archive(self.path) as archive:
                part = _part_of(archive, name, self.limits)
                content = b"" if part is None else read_member(archive, part, self.limits)
            self._scans[name] = _scan(content, name, self.limits)
        return self._scans[name]


def _scan(content: bytes, sheet: str, limits: Limits) -> Scan:
    scan = Scan()
    last_row = max((int(found[1]) for found in _last_rows(content)), default=0)
    last_column = 0
    if _FAR_CELL.search(content):
        last_column = max((_number(found[1]) for found in _REFERENCE.finditer(content)), default=0)
        last_row = max(last_row, max((int(found[2]) for found in _REFERENCE.finditer(content)), default=0))
    if last_row * (last_column + 1) > limits.max_cells:
        column = letters(last_column)
        raise Refusal("too_many_cells", sheet=sheet, row=last_row, column=column, found=f"{column}{last_row}")
    if b't="e"' in content:
        scan.errors = _cells(_ERROR_CELL, content, only_blank=False)
    if b"<f" in content or b":f" in content:
        scan.formulas = _cells(_FORMULA_CELL, content, only_blank=True)
    if b'hidden="' in content:
        scan.hidden_rows = sum(1 for _ in _HIDDEN_ROW.finditer(content))
        scan.hidden_columns = _HIDDEN_COLUMN.search(content) is not None
    return scan


def _last_rows(content: bytes) -> list[re.Match[bytes]]:
    """Return the row numbers near the end of the sheet, and all of them where the sheet is small."""
    return list(_ROW.finditer(content, max(0, len(content) - (1 << 20))))


def _cells(pattern: re.Pattern[bytes], content: bytes, *, only_blank: bool) -> list[tuple[int, int, str]]:
    found = []
    for match in pattern.finditer(content):
        cell = match[0]
        reference = _REFERENCE.search(cell)
        value = _VALUE.search(cell)
        text = value[1].decode("utf-8", "replace") if value else ""
        # A formula that yields an empty text is stored with an empty value of type str: that is a value.
        if reference is None or (only_blank and (text or b't="str"' in cell.split(b">", 1)[0])):
            continue
        found.append((int(reference[2]) - 1, _number(reference[1]), text))
    return found


def _broken_part(path: Path, limits: Limits) -> Refusal:
    """Return the refusal of a workbook that cannot be opened, with the first of its parts that is missing or broken."""
    from defusedxml import ElementTree

    with open_archive(path) as archive:
        names = archive.namelist()
        for name in _PARTS:
            if name not in names:
                if name in _NEEDED_PARTS:
                    return Refusal("corrupt", feature=member(name), found=damage("missing", name=name))
                continue
            try:
                ElementTree.fromstring(read_member(archive, name, limits), forbid_dtd=True)
            except (LookupError, SyntaxError, ValueError):
                return Refusal("corrupt", feature=member(name), found=damage("unreadable"))
    return Refusal("corrupt", feature=member(_PARTS[0]), found=damage("unreadable"))


def _part_of(archive: zipfile.ZipFile, sheet: str, limits: Limits) -> str | None:
    """Return the name of the XML part of a sheet, by way of the workbook's relations."""
    from defusedxml import ElementTree

    def parsed(name: str) -> Any:
        try:
            return ElementTree.fromstring(read_member(archive, name, limits), forbid_dtd=True)
        except (LookupError, SyntaxError, ValueError) as error:
            raise Refusal("corrupt", feature=member(name), found=damage("unreadable")) from error

    target = None
    for element in parsed("xl/workbook.xml").iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            target = next((value for key, value in element.attrib.items() if key.endswith("}id")), None)
    for element in parsed("xl/_rels/workbook.xml.rels"):
        if element.get("Id") == target:
            place = element.get("Target", "")
            name = place.lstrip("/") if place.startswith("/") else f"xl/{place}"
            return name if name in archive.namelist() else None
    return None


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
