"""Tables of a network read through the gate: any format, Chinese headers, a datum, and every fault with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.errors import BadInput, Message
from ipps_geo.intake.problems import problem_clause
from ipps_geo.intake.table import read_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SHOWN = 3
# Units that a header may state beside the column's own, and how many of the column's a unit is.
_UNITS = {
    "minutes": ((r"秒|second|\bsec\b|_s$", 1 / 60), (r"小时|hour|_h$", 60.0)),
    "length_m": ((r"公里|千米|\bkm\b|_km$|kilomet", 1000.0),),
}


@dataclass(frozen=True, eq=False)
class NetworkTable:
    """One table of a network: its rows with every column that it describes, where they stand, and what is to be told.

    ``datum`` names the reference system that its coordinates were taken for.
    """

    frame: pd.DataFrame
    rows: NDArray[np.int64]
    datum: str = ""
    remarks: tuple[Message, ...] = ()


def read_network_table(
    path: Path, table: str, *, datum: str | None = None, sheet: str | None = None, sandbox: bool = True
) -> NetworkTable:
    """Return a table of :data:`ipps_geo.columns.NETWORK_TABLES`.

    Raises
    ------
    BadInput
        No such file, or errors in it: the first are named, each with its row and column.
    """
    if not path.is_file():
        raise BadInput("network.no_file", where=str(path))
    read = read_table(path, table, sheet=sheet, datum=datum, sandbox=sandbox)
    # A cell that cannot be read costs a roster no row; a ride without its minutes is none.
    unread = read.problems["code"].str.startswith("bad_")
    errors = read.problems[(read.problems["severity"] == "error") | unread]
    if len(errors):
        first = tuple(_placed(row) for row in errors.head(_SHOWN).to_dict("records"))
        raise BadInput("network.errors", where=path.name, count=len(errors), first=first)
    warnings = read.problems[(read.problems["severity"] == "warning") & ~unread]
    told = [_placed(row, path.name) for row in warnings.head(_SHOWN).to_dict("records")]
    frame = read.frame.copy()
    headers = {} if read.mapping is None else read.mapping.by_column
    for column, units in _UNITS.items():
        for pattern, factor in units if column in headers else ():
            if re.search(pattern, headers[column].casefold()):
                frame[column] = frame[column] * factor
                told.append(
                    Message("network.unit", {"file": path.name, "column": headers[column], "factor": f"{factor:.6g}"})
                )
                break
    return NetworkTable(frame, read.numbers, read.datum.datum, tuple(told))


def _placed(row: dict[str, object], file: str = "") -> Message:
    """Return a problem as a clause with its place."""
    words = [word for word in ("sheet", "row", "feature", "column") if pd.notna(row[word])]
    place = tuple(Message(f"place.{word}", {"name": str(row[word])}) for word in words)
    return Message("network.problem", {"file": file, "place": place, "problem": problem_clause(row)})
