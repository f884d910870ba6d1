"""Art. 20: no profit-making and no illegal activity in the institution's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipps_geo.compliance.conduct import conduct_states, profit_rows, profit_states
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
    inputs=("conduct.kind", "conduct.in_institution_name", "conduct.document", "institutions.fees"),
    readings=("illegal_acts",),
    verdicts=EVERY,
    open_when="as R9-3",
    fails_when=(
        "documented profit-making, or illegal acts, in the institution's name; "
        "free and low-cost services (Art. 14) are allowed"
    ),
)
def no_profit_making(case: Case) -> Outcome:
    """Nothing is done for profit, and nothing against the law, in the institution's name.

    Findings mean here what they mean in R9-3: a complaint without a document is a question. So is a stated fee for
    profit that nobody has looked into.
    """
    rows = case.context.conduct.get(case.subject.subject_id, ())
    profit, every = profit_states(case), conduct_states(case)
    fees = case.fact("fees")
    measured = fees if fees in ("free", "low_cost", "profit") else None
    for state, outcome in (("ground", failed), ("open", unclear)):
        if state in profit.values():
            missing = ("conduct.in_institution_name", "conduct.document") if state == "open" else ()
            code = "profit_making_found" if state == "ground" else "profit_making_open"
            return outcome(code, measured=measured, evidence=tuple(profit_rows(case)), missing=missing)
        if state in every.values():
            missing = ("conduct.in_institution_name", "conduct.document") if state == "open" else ()
            code = "illegal_acts_found" if state == "ground" else "illegal_acts_open"
            return outcome(code, measured=measured, evidence=rows, missing=missing)
    return met("no_profit_making_found", measured=measured)
