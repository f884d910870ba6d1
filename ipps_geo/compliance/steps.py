"""Steps of a procedure: which are on record, which were not done for certain, and whether their days are in order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.findings import Outcome, failed, met, unclear

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case

DONE: Mapping[str, str] = MappingProxyType(
    {"inspected_on": "district_inspected", "recommended_on": "district_recommended", "filed_on": "was_filed"}
)
"""The answer beside the day of a step: whether it was done at all."""

STEP_ANSWERS = ("applications.application_form", *(f"applications.{answer}" for answer in DONE.values()))


def steps_in_order(case: Case, steps: tuple[str, ...], **details: Any) -> Outcome:
    """Return whether the days of ``steps`` never go backwards; one day for all is fine, a missing step stays open.

    A step known not to have been done fails once a later one was; until then it may still follow. An application that
    was made orally is none.
    """
    days: dict[str, dt.date | None] = {step: case.fact(step) for step in steps}
    known = [(step, day) for step, day in days.items() if day is not None]
    form = case.fact("application_form")
    evidence: tuple[Mapping[str, Any], ...] = (days if form is None else {**days, "application_form": form},)
    if form == "oral":
        return failed("application_oral", evidence=evidence, **details)
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
    left_out = [step for step in steps if case.fact(DONE.get(step, "")) == "no"]
    contradicted = tuple(step for step in left_out if days[step] is not None)
    if contradicted:
        return unclear(
            "steps_contradicted", evidence=evidence, missing=contradicted, params={"items": contradicted}, **details
        )
    last = max((position for position, step in enumerate(steps) if days[step] is not None), default=-1)
    skipped = tuple(step for step in left_out if steps.index(step) < last)
    if skipped:
        return failed("steps_skipped", evidence=evidence, params={"items": skipped}, **details)
    missing = tuple(step for step, day in days.items() if day is None)
    if missing:
        return unclear("steps_missing", evidence=evidence, missing=missing, params={"items": missing}, **details)
    if form == "unknown":
        return unclear("application_form_unknown", evidence=evidence, missing=("application_form",), **details)
    return met("steps_in_order_written" if form == "written" else "steps_in_order", evidence=evidence, **details)
