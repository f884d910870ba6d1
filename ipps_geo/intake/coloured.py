"""A file given back as a workbook with its bad cells coloured and commented, to be mended and sent in again."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.gate import Bounds, confined
from ipps_geo.intake import handover
from ipps_geo.intake.cells import whole_text
from ipps_geo.intake.headers import SEARCHED_ROWS, clean_header
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import PROBLEM_COLUMNS, problem_clause
from ipps_geo.intake.raw import RawTable
from ipps_geo.intake.reading import cells_of_book, read_tables
from ipps_geo.intake.request import Request, TableRead
from ipps_geo.intake.sniff import Format, detect
from ipps_geo.intake.workbooks import BOOKS, ruled_book

_COLOURS: Mapping[str, str] = {"error": "#FFC7CE", "warning": "#FFEB9C", "note": "#DDEBF7"}
_ORDER = ("error", "warning", "note")
_MOST_COMMENTS = 5_000
_WIDEST = 40
_BYTES_PER_SECOND = 50_000
"""Slowest copy that is waited for, beside the usual limit."""
_PROBLEM_SHEET = "问题 Problems"

Wording = Callable[[Mapping[str, Any]], str]


def write_coloured_copy(
    source: str | Path,
    read: TableRead,
    target: str | Path,
    *,
    wording: Wording | None = None,
    limits: Limits | None = None,
    sandbox: bool = True,
) -> None:
    """Write ``target`` (.xlsx): the cells of ``source`` where they stood, faulty ones coloured, with a comment.

    ``read`` is what :func:`ipps_geo.intake.read_table` returned for ``source``. Errors are red, warnings yellow, notes
    blue; a second sheet lists every problem. ``wording`` turns a problem (one mapping with the columns of the table of
    problems) into the text of its comment; by default message and advice.

    Cells that begin with = + - @ are written as text: nothing of the source is ever a formula. ``sandbox``: read the
    cells again in a process without rights; False for files that are known.

    Raises
    ------
    BadInput
        If the source was refused whole, so that there are no cells to show.
    """
    if read.table is None or not read.format:
        raise BadInput("intake.nothing_to_colour", where=read.file)
    limits, say, path = limits or Limits(), wording or _plain_wording, Path(source)
    problems = read.problems.assign(said=[say(problem) for problem in read.problems.to_dict("records")])
    asked: dict[str, Any] = {
        "source": path,
        "file": read.file,
        "table": read.table,
        "sheet": read.sheet,
        "names": [part.name for part in read.parts if not part.reason] or [read.sheet or ""],
        "problems": problems,
        "limits": handover.limits_text(limits),
    }
    if not sandbox:
        Path(target).write_bytes(coloured_here(**asked))
        return
    seconds = limits.seconds + path.stat().st_size / _BYTES_PER_SECOND
    bounds = Bounds(memory_bytes=2 * limits.memory_bytes, seconds=seconds)
    Path(target).write_bytes(confined("ipps_geo.intake.coloured:coloured_here", [path], bounds=bounds, **asked))


def coloured_here(
    source: Path, file: str, table: str, sheet: str | None, names: list[str], problems: pd.DataFrame, limits: str
) -> bytes:
    """Return the workbook of :func:`write_coloured_copy`; column ``said`` of the problems is what is told of each."""
    import xlsxwriter

    format_, _ = detect(source, handover.limits_of(limits))
    request = Request(source, table, None if len(names) > 1 else sheet)
    grids = _grids(request, format_, names, handover.limits_of(limits))
    written = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(written, options) as book:
        formats = {severity: book.add_format({"bg_color": colour}) for severity, colour in _COLOURS.items()}
        dates = {None: book.add_format({"num_format": "yyyy-mm-dd"})} | {
            severity: book.add_format({"bg_color": colour, "num_format": "yyyy-mm-dd"})
            for severity, colour in _COLOURS.items()
        }
        taken: set[str] = set()
        for title, grid in grids.items():
            page = book.add_worksheet(_sheet_name(title or file, taken))
            marks = _marks(problems, grid, title if len(grids) > 1 else None, shifted=format_ is Format.PARQUET)
            for row, cells in enumerate(grid):
                for column, value in enumerate(cells):
                    severity = marks[row, column][0] if (row, column) in marks else None
                    _write(page, row, column, value, formats, dates, severity)
            for turn, ((row, column), (_, listed)) in enumerate(sorted(marks.items())):
                if turn < _MOST_COMMENTS:
                    text = "\n".join(str(problem["said"]) for problem in listed)
                    page.write_comment(row, column, text[:2_000], {"x_scale": 2, "y_scale": 1 + len(listed) / 2})
            _widths(page, grid)
        _list_problems(book, problems, formats)
    return written.getvalue()


def _plain_wording(problem: Mapping[str, Any]) -> str:
    told = problem_clause(problem)
    return f"{told} — {told.advice}" if told.advice else str(told)


def _sheet_name(title: str, taken: set[str]) -> str:
    """Return a name that Excel allows and no other sheet has."""
    name = title[:31].translate(str.maketrans("[]:*?/\\", "       ")).strip() or "1"
    turn = 1
    while name.casefold() in taken or name == _PROBLEM_SHEET:
        turn += 1
        name = f"{name[:27]}~{turn}"
    taken.add(name.casefold())
    return name


def _grids(request: Request, format_: Format, names: list[str], limits: Limits) -> dict[str, list[list[Any]]]:
    """Return the cells of every sheet that was read; of a spatial file its attributes, one feature a row."""
    if format_ in BOOKS:
        return cells_of_book(request, format_, names, limits)
    if format_ is Format.CSV and ruled_book(request.path) is None:
        from ipps_geo.intake.delimited import read_grid

        return {"": [list(row) for row in read_grid(request.path)]}
    raws, _, _ = read_tables(request, format_, limits)
    return {raw.sheet or "": _grid_of(raw, shifted=format_ is not Format.PARQUET) for raw in raws}


def _grid_of(raw: RawTable, *, shifted: bool) -> list[list[Any]]:
    columns: list[Sequence[Any]] = [
        column if isinstance(column, list) else column.to_pylist() for column in raw.columns
    ]
    headers = list(raw.headers)
    if raw.geometry is not None or raw.xy is not None:
        shapes = [str(s) if s is not None else "" for s in (raw.geometry if raw.geometry is not None else [])]
        if raw.xy is not None:
            shapes = [f"POINT ({x} {y})" for x, y in raw.xy.tolist()]
        headers.append("geometry")
        columns.append(shapes)
    rows = [list(row) for row in zip(*columns, strict=True)]
    numbers = raw.numbers.tolist()
    if raw.by_feature:
        return [["feature", *headers], *([number, *row] for number, row in zip(numbers, rows, strict=True))]
    if not shifted:
        return [headers, *rows]
    grid: list[list[Any]] = [[] for _ in range(max(numbers, default=raw.first_row))]
    grid[raw.first_row - 2] = headers
    for number, row in zip(numbers, rows, strict=True):
        grid[number - 1] = row
    return grid


def _marks(
    listed_problems: pd.DataFrame, grid: list[list[Any]], sheet: str | None, *, shifted: bool
) -> dict[tuple[int, int], tuple[str, list[dict[str, Any]]]]:
    """Return, per cell with problems (of one sheet, where there are several), the worst severity and the problems."""
    places = _header_places(grid)
    by_feature = bool(listed_problems["feature"].notna().any())
    rows_of = {str(row[0]): number for number, row in enumerate(grid) if row} if by_feature else {}
    found: dict[tuple[int, int], tuple[str, list[dict[str, Any]]]] = {}
    for problem in listed_problems.to_dict("records"):
        if sheet is not None and problem["sheet"] != sheet:
            continue
        place = _row_of(problem, rows_of, shifted=shifted)
        header = problem["column"] if isinstance(problem["column"], str) else ""
        header_row, column = places.get(header, (0, 0))
        row = header_row if place is None and header in places else place
        if row is None or row >= len(grid):
            continue
        severity, listed = found.get((row, column), ("note", []))
        worst = min(severity, str(problem["severity"]), key=_ORDER.index)
        found[row, column] = (worst, [*listed, problem])
    return found


def _row_of(problem: Mapping[str, Any], rows_of: Mapping[str, int], *, shifted: bool) -> int | None:
    if isinstance(problem["feature"], str):
        return rows_of.get(problem["feature"])
    if pd.isna(problem["row"]):
        return None
    return int(problem["row"]) - (0 if shifted else 1)


def _header_places(grid: list[list[Any]]) -> dict[str, tuple[int, int]]:
    places: dict[str, tuple[int, int]] = {}
    for row, cells in enumerate(grid[: SEARCHED_ROWS + 2]):
        for column, cell in enumerate(cells):
            if isinstance(cell, str) and cell.strip():
                places.setdefault(clean_header(cell), (row, column))
    return places


def _write(sheet: Any, row: int, column: int, value: Any, formats: Any, dates: Any, severity: str | None) -> None:
    style = formats.get(severity)
    if value is None or value == "":
        if style is not None:
            sheet.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, style)
    elif isinstance(value, dt.date):
        bare = value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value
        sheet.write_datetime(row, column, bare, dates[severity])
    elif isinstance(value, int | float) and value == value and abs(value) < 1e15:
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, whole_text(str(value))[:32_000], style)


def _widths(sheet: Any, grid: list[list[Any]]) -> None:
    for column in range(max((len(cells) for cells in grid), default=0)):
        texts = [str(cells[column]) for cells in grid[:200] if column < len(cells)]
        longest = max((sum(2 if ord(letter) > 255 else 1 for letter in text[:_WIDEST]) for text in texts), default=8)
        sheet.set_column(column, column, min(max(longest + 2, 8), _WIDEST))


def _list_problems(book: Any, problems: pd.DataFrame, formats: Any) -> None:
    sheet = book.add_worksheet(_PROBLEM_SHEET)
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.write_row(0, 0, ["message" if name == "params" else name for name in PROBLEM_COLUMNS], bold)
    sheet.freeze_panes(1, 0)
    for row, problem in enumerate(problems.to_dict("records"), start=1):
        for column, name in enumerate(PROBLEM_COLUMNS):
            value = problem[name]
            if name == "params":
                value = problem["said"]
            if not pd.isna(value):
                _write(
                    sheet, row, column, int(value) if name == "row" else str(value), formats, {}, problem["severity"]
                )
    for column, width in enumerate((22, 12, 6, 18, 8, 24, 20, 80, 9)):
        sheet.set_column(column, column, width)
