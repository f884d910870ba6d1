"""What the data say twice, wrongly, or about nobody: warnings with evidence, never a failure of anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.compliance.article_07_roster import EVIDENCE_ROWS
from ipps_geo.compliance.findings import Outcome, Severity, Verdict, met, unclear
from ipps_geo.compliance.registry import BOTH, STATION, rule
from ipps_geo.compliance.subjects import Role
from ipps_geo.identity import UsccCheck

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipps_geo.compliance.case import Case

ROLES: tuple[Role, ...] = ("established", "establishment", "proposal")
VERDICTS = (Verdict.PASS, Verdict.UNDETERMINED)


@rule(
    "DQ-1",
    article="7(2)",
    severity=Severity.DATA_QUALITY,
    roles=ROLES,
    kinds=STATION,
    inputs=("rosters.uscc",),
    verdicts=VERDICTS,
    open_when="a code has an odd form or check digit",
    fails_when="never: genuine credit codes with a wrong check digit exist, so that it is a warning",
)
def credit_codes(case: Case) -> Outcome | None:
    """Credit codes on the roster have the form and the check digit of GB 32100-2015."""
    rows = _rows(case)
    if not len(rows):
        return None
    checks = case.context.code_checks[rows]
    odd = rows[(checks == UsccCheck.WRONG_CHECK_DIGIT) | (checks == UsccCheck.MALFORMED)]
    if not len(odd):
        return met("codes_met", measured=0, required=0)
    texts = case.context.entries.texts
    lines = sorted(
        zip(
            texts["uscc"][odd].tolist(),
            texts["name"][odd].tolist(),
            case.context.code_checks[odd].tolist(),
            strict=True,
        )
    )
    evidence = tuple({"uscc": code, "name": name, "check": str(check)} for code, name, check in lines[:EVIDENCE_ROWS])
    return unclear("codes_odd", measured=len(odd), required=0, evidence=evidence, params={"evidence_total": len(odd)})


@rule(
    "DQ-2",
    article="7(2)",
    severity=Severity.DATA_QUALITY,
    roles=ROLES,
    kinds=STATION,
    inputs=("rosters.uscc", "rosters.name", "rosters.enterprise_id"),
    parameters=("suspected_duplicate_similarity",),
    verdicts=VERDICTS,
    open_when="a row has no certain credit code",
    fails_when="never: rows without a credit code are only suspected to be another enterprise of the roster",
)
def suspected_duplicates(case: Case) -> Outcome | None:
    """Every row of the roster names its enterprise by a credit code; without one, names that are alike are shown."""
    rows = _rows(case)
    if not len(rows):
        return None
    entries = case.context.entries
    loose = rows[~entries.coded[rows]]
    if not len(loose):
        return met("identities_met", measured=0, required=0)
    return unclear(
        "identities_missing",
        measured=len(loose),
        required=0,
        evidence=() if case.brief else _twins(case, rows)[:EVIDENCE_ROWS],
        missing=("rosters.uscc",),
        params={"evidence_total": len(loose)},
    )


def _twins(case: Case, rows: np.ndarray[Any, Any]) -> tuple[dict[str, Any], ...]:
    """Return the rows without a code, each with the row of the same roster whose name is most like it."""
    entries = case.context.entries
    texts = entries.texts["name"]
    listed = sorted((str(entries.name_keys[row]), str(texts[row]), row) for row in rows.tolist())
    cutoff = case.integer("suspected_duplicate_similarity")
    lines = []
    for own, name, row in listed:
        if entries.coded[row]:
            continue
        others = {key: text for key, text, other in reversed(listed) if other != row}
        best = _similar_name(own, list(others), cutoff)
        lines.append({"name": name, "like": None if best is None else others[best]})
    return tuple(sorted(lines, key=lambda line: (str(line["name"]), str(line["like"]))))


@rule(
    "DQ-3",
    article="6(3)",
    severity=Severity.DATA_QUALITY,
    roles=("established", "establishment"),
    kinds=BOTH,
    inputs=("staff.person_id", "staff.mode"),
    verdicts=VERDICTS,
    open_when="a person is full-time at two institutions",
    fails_when="never: a person who is full-time at two institutions is counted at neither until it is resolved",
)
def one_post_per_person(case: Case) -> Outcome | None:
    """Nobody works full-time at two institutions."""
    if case.subject.subject_id not in case.context.staffing.listed:
        return None
    shared = case.context.staffing.shared_persons(case.subject)
    if not shared:
        return met("posts_met", measured=0, required=0)
    return unclear("person_full_time_twice", measured=len(shared), required=0, evidence=tuple(shared))


def _rows(case: Case) -> np.ndarray[Any, Any]:
    """Return the roster rows in force of the subject, on the day of the audit or of its decision."""
    day = case.subject.decided_on or case.on if case.subject.role == "establishment" else case.on
    return case.context.rosters.rows_of(case.subject, day)


def _similar_name(name: str, others: Sequence[str], cutoff: int) -> str | None:
    """Return the one of ``others`` (normalised names) that is most like ``name``, at least ``cutoff`` percent."""
    from rapidfuzz import fuzz, process

    best = process.extractOne(name, others, scorer=fuzz.ratio, score_cutoff=cutoff)
    return None if best is None else str(best[0])
