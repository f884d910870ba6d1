"""Art. 18-20: statistics, yearly evaluation, and no profit-making in the institution's name."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.article_04 import BOTH, EVERY
from ipps_geo.compliance.article_09 import _year_due
from ipps_geo.compliance.findings import Outcome, Severity, Verdict, failed, met, unclear
from ipps_geo.compliance.registry import rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case


@rule(
    "R18-1",
    article="18(2)",
    severity=Severity.INFORMATION,
    roles=("established",),
    kinds=BOTH,
    inputs=("institutions.service_data_until",),
    verdicts=(Verdict.PASS, Verdict.UNDETERMINED),
    fails_when="never: the text says regularly (定期), without a period; the last complete year is looked for",
)
def service_data(case: Case) -> Outcome | None:
    """Service data cover the last complete year."""
    year = _year_due(case)
    if year is None:
        return None
    until, wanted = case.fact("service_data_until"), dt.date(year, 12, 31)
    if until is None:
        return unclear("service_data_missing", required=wanted, missing=("service_data_until",))
    details: dict[str, Any] = {"measured": until, "required": wanted, "margin": (until - wanted).days}
    if until >= wanted:
        return met("service_data_met", **details)
    return unclear("service_data_old", missing=("service_data_until",), **details)


@rule(
    "R19-1",
    article="19(2)",
    severity=Severity.INFORMATION,
    roles=("established",),
    kinds=BOTH,
    inputs=("evaluations.year", "evaluations.indicator_version"),
    verdicts=EVERY,
    fails_when="the last complete year was evaluated by the indicators of another year",
)
def yearly_evaluation(case: Case) -> Outcome | None:
    """The last complete year was evaluated, by that year's indicators."""
    year = _year_due(case)
    if year is None:
        return None
    rows = [row for row in case.context.evaluations.get(case.subject.subject_id, ()) if int(row["year"]) == year]
    if not rows:
        return unclear("year_not_evaluated", measured=year, missing=("evaluations",))
    versions = sorted({str(row["indicator_version"]) for row in rows if row["indicator_version"] is not None})
    years = {int(found) for version in versions for found in re.findall(r"(?<!\d)(20\d\d)(?!\d)", version)}
    details: dict[str, Any] = {"measured": tuple(versions), "required": year, "evidence": tuple(rows)}
    if year in years and len(years) == 1:
        return met("evaluated_by_its_indicators", **details)
    if years and year not in years:
        return failed("other_years_indicators", **details)
    return unclear("indicators_unknown", missing=("evaluations.indicator_version",), **details)


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
