"""Art. 7(2): how many enterprises a station serves, in key industries, on no other station's roster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.compliance.entities import CONTRADICTORY, EVIDENCED, INSIDE, NO, OUTSIDE, UNKNOWN, YES
from ipps_geo.compliance.entities import OPEN as KEY_OPEN
from ipps_geo.compliance.findings import Outcome, Severity, Verdict, at_least, failed, met, span, unclear
from ipps_geo.compliance.overlap import BY_PENDING, EARLIER, HOW, LATER, OPEN
from ipps_geo.compliance.registry import EVERY, STATION, rule
from ipps_geo.compliance.rosters import CERTAIN, POSSIBLE, Tally
from ipps_geo.compliance.subjects import Role

if TYPE_CHECKING:
    from ipps_geo.compliance.case import Case
    from ipps_geo.compliance.rosters import Wanted

ROLES: tuple[Role, ...] = ("established", "establishment", "proposal")
ROSTER = (
    "rosters.uscc",
    "rosters.name",
    "rosters.parent_uscc",
    "rosters.listed_on",
    "rosters.delisted_on",
    "institutions.roster_filed",
)
EVIDENCE_ROWS = 200
"""Most evidence rows of one finding; ``params["evidence_total"]`` says how many there are."""


@rule(
    "R7-2a",
    article="7(2)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=STATION,
    inputs=(*ROSTER, "enterprises"),
    parameters=("station_enterprises",),
    readings=("overlap_roster",),
    verdicts=EVERY,
    open_when=(
        "no roster was filed, nor said to be empty; rows without a certain identity (no code, an impossible "
        "code, a branch without its parent, a cooperative, a code that contradicts the register) decide; the "
        "day of application is not known"
    ),
    fails_when="fewer legal entities than asked, with an enterprise's credit code are on the roster in force",
    per_day=True,
    condition=True,
)
def enough_enterprises(case: Case) -> Outcome:
    """A station serves as many enterprises as asked, counted by legal entity.

    Uncertain identities (no code, a branch of an unknown parent, a cooperative) give bounds. The roster is judged as
    filed; what is left without the enterprises of earlier stations stands beside it.
    """
    required = case.integer("station_enterprises")
    if not case.roster.filed:
        return unclear("roster_missing", required=required, missing=("rosters",))
    tally = counted(case)
    least, most = tally.count
    residual = case.roster.residual.count
    verdict = at_least(least, most, required)
    details: dict[str, Any] = {
        "measured": span(least, most),
        "required": required,
        "margin": span(least - required, most - required),
        "params": {
            "rows": case.roster.raw,
            "entities": case.roster.deduplicated,
            "not_enterprises": case.roster.excluded,
            "without_code": case.roster.uncoded,
            "key_industry": span(*tally.in_key_industries),
            "residual": span(*residual),
            "residual_verdict": at_least(*residual, required).value,
            "short": span(max(0, required - most), max(0, required - least)),
        },
    }
    if verdict is Verdict.PASS:
        return met("enough_enterprises", **details)
    if verdict is Verdict.FAIL:
        return failed("too_few_enterprises", **details)
    evidence, total = entry_evidence(case, lambda entities, at: ~entities.certain[at])
    details["params"]["evidence_total"] = total
    return unclear("enterprise_count_open", missing=("rosters.uscc",), evidence=evidence, **details)


@rule(
    "R7-2b",
    article="7(2)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=STATION,
    inputs=("rosters.industry_codes", "enterprises.industry_codes", "key_industries"),
    parameters=("station_enterprises", "dominant_industry_share"),
    readings=("key_industry_scope",),
    verdicts=EVERY,
    open_when=(
        "no roster; codes are missing, wider than a list, or only partly listed; a list is missing; the unit "
        "is not known and other units have lists; the readings differ"
    ),
    fails_when="not all are in key industries and even those that may be are fewer than asked",
    per_day=True,
    condition=True,
)
def key_industries(case: Case) -> Outcome:
    """The served enterprises belong to key industries of the city or of the unit.

    Three readings: all of them (A, the plain one), most of them (B), or as many as asked (C). Under A the rule
    passes when A does, fails when even C fails, and is a matter of judgement in between.
    """
    if not case.roster.filed:
        return unclear("roster_missing", missing=("rosters",))
    required = case.integer("station_enterprises")
    tally = counted(case)
    verdicts = {
        "all": _all_inside(tally),
        "dominant": _most_inside(tally, case.share("dominant_industry_share")),
        "count_key": at_least(*tally.in_key_industries, required),
    }
    reading = case.reading("key_industry_scope")
    verdict = verdicts[reading]
    if reading == "all" and verdict is Verdict.FAIL and verdicts["count_key"] is not Verdict.FAIL:
        verdict = Verdict.UNDETERMINED
    least, most = tally.count
    details: dict[str, Any] = {
        "measured": span(*tally.in_key_industries),
        "required": span(least, most) if reading == "all" else required,
        "margin": None,
        "params": {
            "enterprises": span(least, most),
            "outside": tally.key[CERTAIN][OUTSIDE],
            "unknown": tally.key[CERTAIN][KEY_OPEN] + tally.key[POSSIBLE][KEY_OPEN],
            "all": verdicts["all"].value,
            "dominant": verdicts["dominant"].value,
            "count_key": verdicts["count_key"].value,
        },
    }
    if verdict is Verdict.PASS:
        return met("key_industries_met", **details)
    evidence, total = entry_evidence(case, lambda entities, at: entities.key[at] != INSIDE)
    details["evidence"] = evidence
    details["params"]["evidence_total"] = total
    if verdict is Verdict.FAIL:
        return failed("not_key_industries", **details)
    missing = ("rosters.industry_codes",) if details["params"]["unknown"] else ()
    return unclear("key_industries_open", missing=missing, **details)


@rule(
    "R7-2c",
    article="7(2)",
    severity=Severity.BLOCKING,
    roles=ROLES,
    kinds=STATION,
    inputs=(
        *ROSTER,
        "rosters.holder_id",
        "institutions.established_on",
        "institutions.revoked_on",
        "institutions.is_revoked",
        "applications.decision",
        "applications.decided_on",
        "applications.institution_id",
    ),
    readings=("overlap_order", "overlap_scope"),
    verdicts=EVERY,
    open_when=(
        "no roster; a station that was there before has none on record, or may be revoked; order or identity "
        "is not known; a pending application lists the same"
    ),
    fails_when="a legal entity is on the roster in force of a station that was established earlier, citywide",
    per_day=True,
    condition=True,
)
def disjoint_rosters(case: Case) -> Outcome:
    """No served enterprise is on the roster of a station that was there before.

    One shared legal entity is enough, whatever its names and places. The later station carries the overlap; the earlier
    one passes with a note. An accepted application binds like the station it became. Where order or identity are not
    known, where the roster of a station that was there before is missing, and against applications that await a
    decision, a person has to judge.
    """
    if not case.roster.filed:
        return unclear("roster_missing", missing=("rosters",))
    level, how = case.roster.book.overlaps.levels(case.roster.view)
    if (how == BY_PENDING).any() and case.reading("overlap_scope") == "established":
        kept = how != BY_PENDING
        level, how = level[kept], how[kept]
    if len(level) and case.reading("overlap_order") == "both":
        level = np.where((level == EARLIER) & (how != BY_PENDING), LATER, level)
    unfiled = case.roster.unfiled
    details: dict[str, Any] = {}
    if not case.brief:
        lines = case.roster.overlaps() if len(level) else []
        if case.reading("overlap_scope") == "established":
            lines = [line for line in lines if line["how"] != HOW[BY_PENDING]]
        both = case.reading("overlap_order") == "both"
        shared = _shared(lines, both=both)
        details = {
            "measured": len(shared["earlier"][0] | shared["open"][0]),
            "required": 0,
            "margin": -len(shared["earlier"][0] | shared["open"][0]),
            "evidence": tuple(_overlap_evidence(line) for line in lines[:EVIDENCE_ROWS]),
            "params": {
                "shared": len(shared["earlier"][0]),
                "stations": tuple(sorted(shared["earlier"][1])),
                "possible": len(shared["open"][0] - shared["earlier"][0]),
                "possible_stations": tuple(sorted(shared["open"][1])),
                "pending": len(shared["pending"][0] - shared["earlier"][0] - shared["open"][0]),
                "pending_stations": tuple(sorted(shared["pending"][1])),
                "shared_later": len(shared["later"][0] - shared["earlier"][0]),
                "later_stations": tuple(sorted(shared["later"][1])),
                "unfiled": len(unfiled),
                "unfiled_stations": unfiled,
                "without_code": case.roster.uncoded,
                "residual": span(*case.roster.residual.count),
                "by_station": tuple(sorted(Counter(str(line["other"]) for line in lines).items())),
                "evidence_total": len(lines),
            },
        }
    if (level == LATER).any():
        return failed("overlap", **details)
    certain_order = level[how != BY_PENDING]
    if (certain_order == OPEN).any():
        return unclear("overlap_open", missing=("rosters.uscc", "institutions.established_on"), **details)
    if unfiled:
        return unclear("other_roster_missing", missing=("rosters",), **details)
    if (level == OPEN).any():
        return unclear("overlap_with_pending", missing=("applications.decided_on",), **details)
    if case.roster.uncoded:
        if not case.brief:
            details["evidence"], total = entry_evidence(case, lambda entities, at: ~entities.coded[at])
            details["params"]["evidence_total"] = total
        return unclear("identity_unknown", missing=("rosters.uscc",), **details)
    if case.roster.strangers:
        told = {"tables": ("rosters",), "lost": case.roster.strangers, "as_read": Verdict.PASS.value}
        details["params"] = {**details.get("params", {}), **told}
        return unclear("rows_left_out", missing=("rosters",), **details)
    return met("overlap_of_others" if len(level) else "disjoint", **details)


def _shared(lines: list[dict[str, Any]], *, both: bool) -> dict[str, tuple[set[str], set[str]]]:
    """Return (entities, holders) shared with earlier stations, in an open order, with pending applications, with later.

    ``both``: the reading under which the earlier station fails as well.
    """
    found: dict[str, tuple[set[str], set[str]]] = {
        name: (set(), set()) for name in ("earlier", "open", "pending", "later")
    }
    for line in lines:
        if line["how"] == HOW[BY_PENDING]:
            name = "pending"
        elif line["level"] == LATER or (both and line["level"] == EARLIER):
            name = "earlier"
        else:
            name = "open" if line["level"] == OPEN else "later"
        found[name][0].add(str(line["line"]))
        found[name][1].add(str(line["other"]))
    return found


def counted(case: Case) -> Tally:
    """Return the tally that is judged: as filed, or without shared enterprises."""
    if case.roster.all == case.roster.residual:
        return case.roster.all
    return case.roster.residual if case.reading("overlap_roster") == "residual" else case.roster.all


def _all_inside(tally: Tally) -> Verdict:
    possible, certain = tally.key
    if certain[OUTSIDE] or not any(certain + possible):
        return Verdict.FAIL
    settled = not certain[KEY_OPEN] and not possible[KEY_OPEN] and not possible[OUTSIDE] and certain[INSIDE]
    return Verdict.PASS if settled else Verdict.UNDETERMINED


def _most_inside(tally: Tally, share: tuple[int, int]) -> Verdict:
    """Judge whether more than the share (one half) of the enterprises are in key industries."""
    k, n = share
    outside, unknown, inside = tally.key[CERTAIN]
    maybe_out, maybe_open, maybe_in = tally.key[POSSIBLE]
    gain, loss = n - k, -k
    least = gain * inside + loss * (outside + unknown + maybe_out + maybe_open)
    most = gain * (inside + unknown + maybe_in + maybe_open) + loss * outside
    if most <= 0:
        return Verdict.FAIL
    return Verdict.PASS if least > 0 else Verdict.UNDETERMINED


_NEEDS = {EVIDENCED: "yes", YES: "yes", NO: "no", UNKNOWN: "unknown", CONTRADICTORY: "contradictory"}
_KEYS = ("no", "unknown", "yes")


def entry_evidence(case: Case, wanted: Wanted) -> tuple[tuple[Mapping[str, Any], ...], int]:
    """Return the roster lines that ``wanted`` picks, as evidence, and how many there are."""
    if case.brief:
        return (), 0
    rows = case.roster.rows(wanted)
    return tuple(
        {
            "entity": row["entity"],
            "name": row["name"],
            "need": _NEEDS[row["need"]],
            "key_industry": _KEYS[row["key"]],
            "industry_codes": row["industry_codes"],
            "certain": row["certain"],
        }
        for row in rows[:EVIDENCE_ROWS]
    ), len(rows)


def _overlap_evidence(line: Mapping[str, Any]) -> Mapping[str, Any]:
    order = {LATER: "this_is_later", OPEN: "order_or_identity_unknown", EARLIER: "other_is_later"}
    return {
        "entity": line["entity"],
        "name": line["name"],
        "other": line["other"],
        "other_name": line["other_name"],
        "other_established_on": line["other_since"],
        "other_listed_on": line["other_listed_on"],
        "order": order[line["level"]],
        "found_by": line["how"],
    }
