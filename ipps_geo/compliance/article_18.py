"""Art. 18: statistics: service data of every institution."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ipps_geo.compliance.findings import Outcome, Severity, Verdict, met, unclear
from ipps_geo.compliance.registry import BOTH, rule

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
    open_when="service data are missing, end too early, or are said to reach a day ahead",
    fails_when="never: the text says regularly (定期), without a period; the last complete year is looked for",
)
def service_data(case: Case) -> Outcome | None:
    """Service data cover the last complete year."""
    year = case.year_due
    if year is None:
        return None
    until, wanted = case.fact("service_data_until"), dt.date(year, 12, 31)
    if until is None:
        return unclear("service_data_missing", required=wanted, missing=("service_data_until",))
    if until > case.on:
        return unclear("service_data_of_the_future", measured=until, required=wanted, missing=("service_data_until",))
    details: dict[str, Any] = {"measured": until, "required": wanted, "margin": (until - wanted).days}
    if until >= wanted:
        return met("service_data_met", **details)
    return unclear("service_data_old", missing=("service_data_until",), **details)
