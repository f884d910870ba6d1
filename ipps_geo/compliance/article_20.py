"""Art. 20: no profit-making in the institution's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipps_geo.compliance.findings import Outcome, Severity, failed, met, unclear
from ipps_geo.compliance.registry import BOTH, EVERY, rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case


@rule(
    "R20-1",
    article="20",
    severity=Severity.JUDGEMENT,
    roles=("established",),
    kinds=BOTH,
    inputs=("conduct.kind", "conduct.in_institution_name"),
    verdicts=EVERY,
    fails_when="profit-making in the institution's name was found; free and low-cost services (Art. 14) are allowed",
)
def no_profit_making(case: Case) -> Outcome:
    """Nothing is done for profit in the institution's name."""
    rows = [
        row
        for row in case.context.conduct.get(case.subject.subject_id, ())
        if row["kind"] == "profit_making" and row["in_institution_name"] != "no"
    ]
    if any(row["in_institution_name"] == "yes" for row in rows):
        return failed("profit_making_found", evidence=tuple(rows))
    if rows:
        return unclear("profit_making_open", evidence=tuple(rows), missing=("conduct.in_institution_name",))
    return met("no_profit_making_found")
