"""Art. 13(2): the list of enterprises that a station serves with priority."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.compliance.findings import Outcome, Severity, failed, met, unclear
from ipps_geo.compliance.registry import EVERY, STATION, rule

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
    open_when="whether there is a list, or who is on it, is not known; no list is said to exist and rows are marked",
    fails_when="there is no key service list, or it names an enterprise that is no longer on the roster",
)
def key_service_list(case: Case) -> Outcome:
    """A station keeps a list of key enterprises, all of them on its roster."""
    entries = case.context.entries
    held = (entries.rows_by_holder[holder] for holder in case.subject.holders if holder in entries.rows_by_holder)
    rows = next(held, np.zeros(0, dtype=np.int64))
    # A row that begins later is not on the list yet; one that has ended should have been taken off.
    begun = entries.listed[rows]
    listed = rows[entries.key_service[rows] & (np.isnat(begun) | (begun <= np.datetime64(case.on, "s")))]
    served = set(entries.entity[case.context.rosters.rows_of(case.subject, case.on)].tolist()) if len(listed) else set()
    strangers = [row for row in listed.tolist() if int(entries.entity[row]) not in served]
    if case.fact("has_key_service_list") == "no":
        if len(listed):
            missing = ("has_key_service_list", "rosters.key_service")
            return unclear("key_service_list_contradicted", measured=len(listed), missing=missing)
        return failed("no_key_service_list")
    details: dict[str, Any] = {
        "measured": len(np.unique(entries.entity[listed])),
        "margin": -len(np.unique(entries.entity[strangers])),
    }
    if strangers:
        evidence = tuple(
            {"entity": key, "name": name}
            for key, name in sorted(
                zip(entries.texts["key"][strangers].tolist(), entries.texts["name"][strangers].tolist(), strict=True)
            )
        )
        return failed("key_service_outside_roster", evidence=evidence, **details)
    if case.fact("has_key_service_list") != "yes":
        return unclear("key_service_list_unknown", missing=("has_key_service_list",), **details)
    if not len(listed):
        return unclear("key_service_entries_unknown", missing=("rosters.key_service",), **details)
    return met("key_service_list_met", **details)
