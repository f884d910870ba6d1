"""A table of the screen as a file: what a reader sees, in the same order, with where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ipps_geo.report.book.book import Book, Field, Kind
from ipps_geo.report.words.catalogue import catalogue

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.results import Provenance

LONG = 40
"""Texts longer than this are wrapped in their cell."""


def table_workbook(
    table: pd.DataFrame, title: str, provenance: Provenance, lang: str, notes: Sequence[str] = ()
) -> bytes:
    """Return a table of the screen as a workbook of one sheet; numbers stay numbers, everything else is text.

    ``table`` bears the headers that people read, ``notes`` say what it was filtered by.
    """
    book = Book(catalogue(lang), title, provenance)
    plain = table.set_axis([f"column_{number}" for number in range(table.shape[1])], axis=1)
    fields = [
        Field(name, kind := _kind(plain[name]), 60 if kind == "wrap" else 0, header=str(header))
        for name, header in zip(plain.columns, table.columns, strict=True)
    ]
    book.table(title, title, plain, fields, notes)
    return book.content()


def _kind(values: pd.Series) -> Kind:
    import pandas as pd

    if pd.api.types.is_bool_dtype(values):
        return "text"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    if pd.api.types.is_float_dtype(values):
        return "figure"
    return "wrap" if len(values) and values.astype(str).str.len().max() > LONG else "text"
