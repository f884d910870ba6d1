"""Where the header of a sheet is: below title rows, over one row or two."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ipps_geo.columns import TABLES
from ipps_geo.intake.mapping import likely_table, recognised
from ipps_geo.intake.meaning import meaning_of, says_whose

SEARCHED_ROWS = 30
"""How many rows from the top may hold titles before the header."""
_NAMES_BELOW_TOP = 2


@dataclass(frozen=True)
class Header:
    """A header found: its table, its first row, how many rows it takes, and the texts that count."""

    table: str | None
    first: int
    height: int
    texts: tuple[str, ...]


def find_header(
    rows: Sequence[Sequence[str]], table: str | None, hints: Sequence[str] = (), known: Collection[str] = ()
) -> Header | None:
    """Return the header among the first rows of a sheet, or None where no row names a column of the table.

    Without a ``table`` every one is tried. The row (or pair of rows) with the most recognised names wins; of equals
    the upper, and one row before two. Below the first row that is not blank a single name is no header: a cell may
    hold such a word. ``known`` are headers that a mapping names.
    """
    candidates = [table] if table is not None else list(TABLES)
    best: tuple[int, int, int] | None = None
    chosen: tuple[int, int, tuple[str, ...]] | None = None
    top = next((place for place, row in enumerate(rows) if any(cell.strip() for cell in row)), 0)
    for first in range(min(len(rows), SEARCHED_ROWS)):
        for height in (1, 2):
            texts = _together(rows, first, height)
            if texts is None:
                continue
            count = max(recognised(texts, name) for name in candidates) + len(set(texts) & set(known))
            if first > top and count < _NAMES_BELOW_TOP:
                continue
            rank = (count, -first, -height)
            if count and (best is None or rank > best):
                best, chosen = rank, (first, height, texts)
    if chosen is None:
        return None
    first, height, texts = chosen
    name = table or likely_table(texts, hints)
    return Header(name, first, height, texts)


def _together(rows: Sequence[Sequence[str]], first: int, height: int) -> tuple[str, ...] | None:
    upper = [clean_header(cell) for cell in rows[first]]
    if height == 1:
        return tuple(upper)
    if first + 1 >= len(rows):
        return None
    lower = [clean_header(cell) for cell in rows[first + 1]]
    # A second header row has names where the first one has a group, and blanks under the names of the first.
    if not any(lower) or not any(text and not below for text, below in zip(upper, lower, strict=False)):
        return None
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper))
    lower += [""] * (width - len(lower))
    group, joined = "", []
    for place, (text, below) in enumerate(zip(upper, lower, strict=True)):
        # A group stands over its first column only, or is merged over all of them.
        group = text or (group if below and place and lower[place - 1] else "")
        joined.append(_under(group, below) if below else text)
    return tuple(joined)


def _under(group: str, below: str) -> str:
    """Return the header of a column below a group: both, where the group says whose it is or what is answered."""
    if not group:
        return below
    alone, both = meaning_of(below), meaning_of(f"{group}/{below}")
    more = not alone.concept or says_whose(group) or both.datum != alone.datum
    return f"{group}/{below}" if both.known and more else below


def clean_header(cell: str) -> str:
    """Return a header on one line, without blanks around it."""
    return " ".join(cell.replace("\ufeff", "").split())
