"""What the rounds of one evaluation year amount to (Art. 9(2)): a ground for revocation, a question, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal

State = Literal["ground", "open", "not_rectified", "disordered", "fine"]


def evaluation_state(rounds: Sequence[Mapping[str, Any]], on: dt.date) -> State:
    """Return what the evaluations of one year mean on day ``on``.

    Two rows of one round with different results are an open question. A rectification counts from its answer or its
    day; a day before the first round, after the second one, or later than ``on`` contradicts it.
    """
    first, second = (_result(rounds, number) for number in (1, 2))
    if second is None and first != "unqualified":
        return "open" if first == "unknown" else "fine"
    if second not in (None, "unqualified", "unknown"):
        return "fine" if first != "contradictory" else "open"
    if first not in (None, "unqualified", "unknown", "contradictory"):
        return "fine" if second == "unknown" else "open"  # a failed second round after a first that did not fail
    if second == "unqualified" and first == "unqualified":
        return _rectification(rounds, on)
    return "open"


def _result(rounds: Sequence[Mapping[str, Any]], number: int) -> str | None:
    """Return the result of a round, None where it was not held; different results are contradictory."""
    results = {row["result"] for row in rounds if int(row["round"]) == number}
    return None if not results else results.pop() if len(results) == 1 else "contradictory"


def _rectification(rounds: Sequence[Mapping[str, Any]], on: dt.date) -> State:
    answers = {row["rectified"] for row in rounds} - {"unknown"}
    days = sorted({row["rectified_on"] for row in rounds if row["rectified_on"] is not None})
    held = {number: [row["evaluated_on"] for row in rounds if int(row["round"]) == number] for number in (1, 2)}
    begun = [day for day in held[1] if day is not None]
    again = [day for day in held[2] if day is not None]
    if "no" in answers:
        return "disordered" if days or "yes" in answers else "not_rectified"
    if any(day > on or any(day < first for first in begun) or any(day > second for second in again) for day in days):
        return "disordered"
    if any(second < first for first in begun for second in again):
        return "disordered"
    return "ground" if days or "yes" in answers else "open"
