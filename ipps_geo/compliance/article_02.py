"""Art. 2: which institutions the text lists, and, in the published text, that they are non-profit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipps_geo.compliance.conduct import profit_rows, profit_states
from ipps_geo.compliance.findings import Outcome, Severity, Verdict, failed, met, unclear
from ipps_geo.compliance.registry import rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case

# Legal persons that exist without making a profit for their owners.
NON_PROFIT_FORMS = (
    "government_agency",
    "institution_legal_person",
    "social_organization",
    "private_non_enterprise_legal_person",
)


@rule(
    "R2-1",
    article="2",
    severity=Severity.INFORMATION,
    roles=("established",),
    inputs=("institutions.kind",),
    verdicts=(Verdict.PASS, Verdict.UNDETERMINED),
    open_when="Art. 2 of the version does not name the kind (等, 其他)",
    fails_when="never: the list of Art. 2 is open (等, 其他)",
)
def listed_kind(case: Case) -> Outcome:
    """The kind of institution is one that Art. 2 of the version in use names."""
    kind = str(case.subject.institution_kind)
    if kind in case.context.policy.listed_kinds:
        return met("kind_listed", measured=kind)
    return unclear("kind_not_listed", measured=kind)


@rule(
    "R2-2",
    article="2",
    severity=Severity.JUDGEMENT,
    roles=("established",),
    inputs=("institutions.legal_form", "institutions.fees", "conduct"),
    parameters=("non_profit_institution",),
    verdicts=(Verdict.PASS, Verdict.FAIL, Verdict.UNDETERMINED),
    open_when="the legal form does not settle it or is unknown; a complaint, or a fee for profit, without a finding",
    fails_when="the version asks for non-profit institutions, and documented profit-making in its name was found",
)
def non_profit(case: Case) -> Outcome | None:
    """The institution is non-profit, where the version in use asks for it.

    The duty is the institution's, not its operator's: a company may run it, which a person has to look at.
    """
    if not case.context.policy.value("non_profit_institution", case.day):
        return None
    states = profit_states(case)
    if "ground" in states.values():
        return failed("profit_making_found", evidence=tuple(profit_rows(case)))
    form = case.fact("legal_form")
    if "open" in states.values():
        return unclear("profit_making_open", evidence=tuple(profit_rows(case)), missing=("conduct.document",))
    if form in NON_PROFIT_FORMS:
        return met("non_profit_form", measured=form)
    return unclear("non_profit_open", measured=form, missing=() if form else ("legal_form",))
