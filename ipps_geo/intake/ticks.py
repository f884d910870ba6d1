"""Two columns that are one answer: one is ticked for yes, the other for no."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ipps_geo.intake.cells import Cells
from ipps_geo.intake.header_columns import NO_NEED
from ipps_geo.intake.problems import ProblemLog
from ipps_geo.intake.yes_no import answer


def join_ticks(cells: dict[str, Cells], log: ProblemLog) -> None:
    """Make one answer of two columns, one ticked for yes and one for no."""
    no = cells.pop(NO_NEED, None)
    if no is None:
        return
    yes = cells.get("explicit_need", Cells(no.header, pa.nulls(len(no.text), pa.large_string())))
    read = {text: answer(text)[0] for text in {*yes.text.to_pylist(), *no.text.to_pylist()} if text is not None}
    joined: list[str | None] = []
    both = []
    for row, (one, other) in enumerate(zip(yes.text.to_pylist(), no.text.to_pylist(), strict=True)):
        said = None if one is None else read[one]
        # In the column for no a tick and the word itself mean the same; a cross means that it was not chosen.
        denied = other is not None and (read[other] == "yes" or other in ("无", "否", "无需求", "没有"))
        if said == "yes" and denied:
            both.append(row)
            joined.append(None)
        else:
            joined.append("no" if denied else one if one is not None else None if read.get(other or "") else other)
    log.about_rows("ticked_twice", np.array(both, dtype=np.int64), column=yes.header, values=no.text)
    cells["explicit_need"] = Cells(yes.header, pa.array(joined, pa.large_string()))
