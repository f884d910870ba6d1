"""Art. 19: a yearly evaluation, by that year's indicators."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.findings import Outcome, Severity, failed, met, unclear
from ipps_geo.compliance.registry import BOTH, EVERY, rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case


@rule(
    "R19-1",
    article="19(2)",
    severity=Severity.INFORMATION,
    roles=("established",),
    kinds=BOTH,
    inputs=("evaluations.year", "evaluations.indicator_version"),
    verdicts=EVERY,
    open_when=(
        "the last complete year has no evaluation; the version of indicators is missing in a round, or two are named"
    ),
    fails_when="the last complete year was evaluated by the indicators of another year",
)
def yearly_evaluation(case: Case) -> Outcome | None:
    """The last complete year was evaluated, by that year's indicators."""
    year = case.year_due
    if year is None:
        return None
    rows = [row for row in case.context.evaluations.get(case.subject.subject_id, ()) if int(row["year"]) == year]
    if not rows:
        return unclear("year_not_evaluated", measured=year, missing=("evaluations",))
    versions = sorted({str(row["indicator_version"]) for row in rows if row["indicator_version"] is not None})
    years = {int(found) for version in versions for found in re.findall(r"(?<!\d)(20\d\d)(?!\d)", version)}
    details: dict[str, Any] = {"measured": tuple(versions), "required": year, "evidence": tuple(rows)}
    complete = all(row["indicator_version"] is not None for row in rows)
    if year in years and len(years) == 1 and complete:
        return met("evaluated_by_its_indicators", **details)
    if years and year not in years:
        return failed("other_years_indicators", **details)
    return unclear("indicators_unknown", missing=("evaluations.indicator_version",), **details)
