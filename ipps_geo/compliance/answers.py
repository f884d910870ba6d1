"""Tri-state answers as outcomes: yes passes, no fails, unknown stays open; several answers together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipps_geo.compliance.findings import Outcome, failed, met, unclear

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case


def all_answers(case: Case, names: tuple[str, ...], code: str) -> Outcome:
    """Return whether every answer is yes; one no fails, else one unknown leaves it open.

    Codes are ``<code>_met``, ``<code>_missing`` and ``<code>_unknown``; the answers are the evidence.
    """
    answers = {name: case.fact(name) or "unknown" for name in names}
    evidence = (answers,)
    absent = tuple(name for name, answer in answers.items() if answer == "no")
    if absent:
        return failed(f"{code}_missing", evidence=evidence, params={"items": absent})
    unknown = tuple(name for name, answer in answers.items() if answer == "unknown")
    if unknown:
        return unclear(f"{code}_unknown", evidence=evidence, missing=unknown, params={"items": unknown})
    return met(f"{code}_met", evidence=evidence)
