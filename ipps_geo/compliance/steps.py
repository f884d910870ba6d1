"""Steps of a procedure: which are on record, and whether their days follow one another."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.findings import Outcome, failed, met, unclear

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case


def steps_in_order(case: Case, steps: tuple[str, ...], **details: Any) -> Outcome:
    """Return whether the days of ``steps`` never go backwards; one day for all is fine, a missing step stays open."""
    days: dict[str, dt.date | None] = {step: case.fact(step) for step in steps}
    known = [(step, day) for step, day in days.items() if day is not None]
    evidence = (days,)
    late = [
        (earlier, later)
        for position, (earlier, first) in enumerate(known)
        for later, second in known[position + 1 :]
        if second < first
    ]
    if late:
        return failed(
            "steps_out_of_order", evidence=evidence, params={"earlier": late[0][0], "later": late[0][1]}, **details
        )
    missing = tuple(step for step, day in days.items() if day is None)
    if missing:
        return unclear("steps_missing", evidence=evidence, missing=missing, params={"items": missing}, **details)
    return met("steps_in_order", evidence=evidence, **details)
