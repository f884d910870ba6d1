"""Columns that are an answer in another form: one ticked for yes beside one for no, or one that asks the other way."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ipps_geo.intake.cells import Cells
from ipps_geo.intake.header_columns import NO_NEED, TURNED_NEED
from ipps_geo.intake.problems import ProblemLog
from ipps_geo.intake.yes_no import answer

_TURNED = {"yes": "no", "no": "yes", "unknown": "unknown"}


def join_ticks(cells: dict[str, Cells], log: ProblemLog) -> None:
    """Make one answer of two columns, one ticked for yes and one for no, or of one that asks for no need."""
    _turn(cells, log)
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


def _turn(cells: dict[str, Cells], log: ProblemLog) -> None:
    """Turn the answers of a column that asks whether there is no need; where another asks for it, that one counts."""
    asked = cells.pop(TURNED_NEED, None)
    if asked is None or "explicit_need" in cells:
        return
    texts = asked.text.to_pylist()
    read = {text: _turned(text) for text in set(texts) if text is not None}
    told = np.array([text is not None and read[text] != text for text in texts], dtype=bool)
    log.about_rows("answer_turned", told, column=asked.header, values=asked.text)
    cells["explicit_need"] = Cells(asked.header, pa.array([read.get(text) for text in texts], pa.large_string()))


def _turned(text: str) -> str:
    """Return the answer that a text gives to the opposite question, the text itself where that is not certain.

    无 may answer the question, or repeat what it is about: it stays, as a text that is no answer.
    """
    said = answer(text)[0]
    return _TURNED[said] if said is not None and not set("有无没") & set(text) else f"{text}？"
