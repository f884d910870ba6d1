"""Art. 13(2): the list of enterprises that a station serves with priority."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.compliance.article_04 import EVERY, STATION
from ipps_geo.compliance.findings import Outcome, Severity, failed, met, unclear
from ipps_geo.compliance.registry import rule

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case


@rule(
    "R13-1",
    article="13(2)",
    severity=Severity.JUDGEMENT,
    roles=("established",),
    kinds=STATION,
    inputs=("institutions.has_key_service_list", "rosters.key_service", "rosters.delisted_on"),
    verdicts=EVERY,
    fails_when="there is no key service list, or it names an enterprise that is no longer on the roster",
)
def key_service_list(case: Case) -> Outcome:
    """A station keeps a list of key enterprises, all of them on its roster."""
    if case.fact("has_key_service_list") == "no":
        return failed("no_key_service_list")
    entries = case.context.entries
    rows = entries.rows_by_holder.get(case.subject.subject_id, np.zeros(0, dtype=np.int64))
    listed = rows[(entries.frame["key_service"].iloc[rows] == "yes").to_numpy(dtype=bool, na_value=False)]
    book = case.roster.book
    served = set(book.views.row[book.views.row_view == case.roster.view].tolist()) if len(listed) else set()
    on_roster = {int(entries.entity[row]) for row in served}
    # A row that begins later is not on the list yet; one that has ended should have been taken off.
    begun = entries.listed[listed]
    listed = listed[np.isnat(begun) | (begun <= np.datetime64(case.on, "s"))]
    strangers = [int(row) for row in listed if int(entries.entity[row]) not in on_roster]
    details: dict[str, Any] = {"measured": len(listed), "margin": -len(strangers)}
    if strangers:
        evidence = tuple(
            {"entity": key, "name": name}
            for key, name in sorted(
                zip(entries.keys.iloc[strangers].tolist(), entries.frame["name"].iloc[strangers].tolist(), strict=True)
            )
        )
        return failed("key_service_outside_roster", evidence=evidence, **details)
    if case.fact("has_key_service_list") != "yes":
        return unclear("key_service_list_unknown", missing=("has_key_service_list",), **details)
    if not len(listed):
        return unclear("key_service_entries_unknown", missing=("rosters.key_service",), **details)
    return met("key_service_list_met", **details)
