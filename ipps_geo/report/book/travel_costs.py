"""The cost of every pair as a workbook: enterprises down, stations across, where that is no more than Excel opens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ipps_geo.report.book.book import Book, Field, number_kind
from ipps_geo.report.book.sheets import sources_sheet
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.cells import header_of
from ipps_geo.report.words.naming import names_of

if TYPE_CHECKING:
    from ipps_geo.results import CoverageResult
    from ipps_geo.workspace import Workspace

MOST_ROWS, MOST_COLUMNS = 1_048_570, 16_000
"""Rows and columns of a sheet, less its title and header."""

MOST_CELLS = 6_000_000
"""Cells that an office PC opens in a minute; the Parquet file holds any number."""


def fits_a_sheet(result: CoverageResult) -> bool:
    """Return whether the costs of a coverage fit a sheet."""
    if result.pairs is None:
        return False
    rows, columns = (int(result.pairs[name].nunique()) for name in ("enterprise_id", "institution_id"))
    return rows <= MOST_ROWS and columns <= MOST_COLUMNS and rows * columns <= MOST_CELLS


def write_travel_costs(workspace: Workspace, result: CoverageResult, path: Path, lang: str = "zh") -> Path:
    """Write the costs of every pair: one row per enterprise, one column per station, empty where nobody gets there."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    pairs = result.pairs
    if pairs is None:
        raise ValueError("a coverage without the cost of every pair")
    cost = pairs.columns[-1]
    wide = pairs.pivot_table(index="enterprise_id", columns="institution_id", values=cost, aggfunc="min")
    stations = [str(name) for name in wide.columns]
    frame = wide.set_axis(stations, axis=1).reset_index()
    fields = [Field("enterprise_id", "text", 0, header_of(words, "enterprise_id"))]
    fields += [Field(name, number_kind(str(cost)), 0, names.subject(name)) for name in stations]
    book = Book(words, words.text("workbook.travel_costs_title"), result.provenance)
    title = f"{words.text('workbook.travel_costs_title')} ({header_of(words, str(cost))})"
    book.table(words.text("workbook.sheet_travel_costs"), title, frame, fields)
    sources_sheet(book, result.provenance)
    return book.save(path)
