"""What a reader hands on: a table as the file has it, nothing interpreted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(eq=False)
class RawTable:
    """One table of a file before anybody knows what its columns mean.

    Attributes
    ----------
    headers, columns
        One text and one column per column of the file. A column is an Arrow array of strings where every cell is text,
        otherwise a list of Python values; None or "" is a blank cell.
    numbers
        Number of each row as a spreadsheet shows it, or of each feature, counted from 1; ``first_row`` is the one that
        the first row has, or would have if there were any.
    geometry, xy
        Shapes from a spatial file, None where there is none; they are checked later. ``xy`` instead, (n, 2), where all
        of them are points.
    crs
        Reference system that the file states, as text for pyproj; None where it states none. ``crs_stated`` is false
        where the text is only a default of the format; ``crs_place`` says where it states it, for a problem.
    titles
        Texts of the lines above the header. ``row_sheets``: the sheet of each row where several were put together.
    said
        Texts around the table that may say something of all of it: titles, the sheet, remarks.
    given
        Cells of columns that the surroundings of the table give, one per row: whose roster a sheet is.
    remarks
        Problems of the file: (code, parameters; ``sheet`` among them where several were put together).
        ``cell_faults``: (code, row position, column position, value).
    """

    headers: list[str]
    columns: list[pa.Array | list[Any]]
    numbers: NDArray[np.int64]
    first_row: int = 1
    table: str | None = None
    sheet: str | None = None
    encoding: str = ""
    by_feature: bool = False
    geometry: NDArray[Any] | None = None
    xy: NDArray[np.float64] | None = None
    crs: str | None = None
    crs_stated: bool = False
    crs_place: dict[str, Any] = field(default_factory=dict)
    remarks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    cell_faults: list[tuple[str, int, int, str]] = field(default_factory=list)
    row_faults: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    serial_base_1904: bool = False
    titles: tuple[str, ...] = ()
    row_sheets: NDArray[Any] | None = None
    said: tuple[str, ...] = ()
    given: dict[str, list[Any]] = field(default_factory=dict)

    def samples(self, most: int = 80) -> list[list[str]]:
        """Return up to ``most`` cells of each column as text, from rows all over the table, blank ones left out."""
        rows = np.unique(np.linspace(0, max(len(self.numbers) - 1, 0), most).astype(np.int64))[: len(self.numbers)]
        found = []
        for column in self.columns:
            cells = (
                column.take(pa.array(rows)).to_pylist() if isinstance(column, pa.Array) else [column[r] for r in rows]
            )
            texts = (_plain(cell) for cell in cells)
            found.append([text for text in texts if text])
        return found


def text_or_list(values: Sequence[Any]) -> pa.Array | list[Any]:
    """Return a column as an Arrow array of strings if every cell is text or blank, else as a list."""
    for value in values:
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            return list(values)
        break
    try:
        return pa.array(values, type=pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        return list(values)


def as_texts(column: pa.Array | list[Any] | None, count: int) -> list[str | None]:
    """Return the cells of a column as texts, ``count`` blanks where there is none."""
    if column is None:
        return [None] * count
    cells = column.to_pylist() if isinstance(column, pa.Array) else column
    return [None if cell is None else str(cell) for cell in cells]


def as_series(column: pa.Array) -> pd.Series:
    """Return an Arrow array of strings as a pandas column of text, without a copy; null is missing."""
    text = pd.StringDtype("pyarrow", na_value=np.nan)
    return pd.Series(pd.arrays.ArrowStringArray(column, dtype=text))


def _plain(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is None else str(cell).strip()
