"""Excel 97-2003 workbooks (.xls) and those of WPS (.et), with their error cells, merged ranges and hidden rows."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from ipps_geo.intake.books import PlainBook, Scan
from ipps_geo.intake.compound import check_chains
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal, damage

_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")


def read_old_workbook(path: Path, limits: Limits) -> tuple[PlainBook, bool]:
    """Return (the workbook, whether its days count from 1904)."""
    import xlrd
    from xlrd.biffh import error_text_from_code

    data = path.read_bytes()
    if data.startswith(_COMPOUND):
        check_chains(data)
    try:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), formatting_info=True, ragged_rows=True)
    except MemoryError:
        raise
    except Exception as error:
        # The library meets what is cut off or forged with errors of every kind.
        if "encrypted" in str(error).casefold():
            raise Refusal("password", feature="byte 0") from error
        raise Refusal("corrupt", feature="byte 0", found=damage("unreadable")) from error
    sheets, spans, scans = {}, {}, {}
    for sheet in book.sheets():
        if sheet.nrows * sheet.ncols > limits.max_cells:
            raise Refusal("too_many_cells", sheet=sheet.name, row=sheet.nrows, found=f"{sheet.nrows * sheet.ncols}")
        scan = Scan(
            hidden_rows=sum(1 for info in sheet.rowinfo_map.values() if info.hidden),
            hidden_columns=any(info.hidden for info in sheet.colinfo_map.values()),
        )
        rows = []
        for row in range(sheet.nrows):
            line: list[Any] = []
            for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
                if kind == xlrd.XL_CELL_ERROR:
                    scan.errors.append((row, column, error_text_from_code.get(value, "#")))
                line.append(_cell(kind, value, book.datemode))
            rows.append(line + [""] * (sheet.ncols - len(line)))
        sheets[sheet.name], scans[sheet.name] = rows, scan
        spans[sheet.name] = [((top, left), (below - 1, right - 1)) for top, below, left, right in sheet.merged_cells]
    hidden = {sheet.name for sheet in book.sheets() if sheet.visibility}
    return PlainBook(sheets, spans, scans, hidden), bool(book.datemode)


def _cell(kind: int, value: Any, datemode: int) -> Any:
    import xlrd

    if kind == xlrd.XL_CELL_DATE:
        try:
            day = xlrd.xldate.xldate_as_datetime(value, datemode)
        except (ValueError, OverflowError):
            return value
        return day.date() if (day.hour, day.minute, day.second) == (0, 0, 0) else day
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    return "" if kind in (xlrd.XL_CELL_ERROR, xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) else value
