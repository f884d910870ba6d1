"""Rows of a feed that cannot be used: left out, kept for the reader of the result, refused when they are many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FEW_ROWS = 3
FEW_SHARE = 10
"""A file may lose three rows, or one in ten if that is more, but never all; a feed that loses more is refused."""

TOLD_ROWS = 1_000
"""Rows of a file that are told one by one; the rest are counted."""

LEFT_OUT_COLUMNS = ("file", "row", "column", "reason", "value")


class LeftOut:
    """The rows left out of a feed, in the order in which they were found.

    ``reason`` is one of ``fields`` (too few or too many of them), ``unknown_stop``, ``unknown_trip``,
    ``unknown_service``, ``not_a_number``, ``not_a_time``, ``not_a_day``, ``not_a_kind``, ``ends_first``,
    ``no_time_at_end``, ``goes_back`` (a trip that arrives before it leaves: all of it), ``twice``, ``no_place`` (a stop
    that nobody can walk to: the rides through it stay).
    """

    def __init__(self) -> None:
        self._rows: list[tuple[str, int, str, str, str]] = []
        self._count: dict[str, int] = {}
        self._first: dict[str, tuple[int, str, str]] = {}

    def add(self, file: str, rows: Sequence[int] | NDArray[Any], column: str, reason: str, values: Any) -> None:
        """Note rows (numbers as an editor shows them) of ``file`` with what stands in ``column``."""
        if not len(rows):
            return
        told = [(file, int(row), column, reason, str(value)) for row, value in zip(rows, values, strict=True)]
        room = max(0, TOLD_ROWS - self._count.get(file, 0))
        self._rows += told[:room]
        self._count[file] = self._count.get(file, 0) + len(rows)
        self._first.setdefault(file, (told[0][1], column, told[0][4]))

    def refuse_many(self, file: str, of_rows: int) -> None:
        """Refuse a file that lost more than a few of its ``of_rows`` rows.

        Raises
        ------
        BadInput
            ``gtfs.many_bad_rows`` with the first of them.
        """
        lost = self._count.get(file, 0)
        if lost > max(FEW_ROWS, of_rows // FEW_SHARE) or (lost and lost >= of_rows):
            row, column, value = self._first[file]
            raise BadInput(
                "gtfs.many_bad_rows", where=f"{file}: {column}", lost=lost, rows=of_rows, row=row, value=value
            )

    @property
    def total(self) -> int:
        """How many rows were left out."""
        return sum(self._count.values())

    def table(self) -> pd.DataFrame:
        """Return file, row, column, reason, value; beyond ``TOLD_ROWS`` of a file one row ``more`` counts the rest."""
        rows: list[tuple[str, int, str, str, str]] = list(self._rows)
        rows += [
            (file, 0, "", "more", str(count - TOLD_ROWS)) for file, count in self._count.items() if count > TOLD_ROWS
        ]
        return pd.DataFrame(rows, columns=list(LEFT_OUT_COLUMNS)).astype({"row": np.int64})
