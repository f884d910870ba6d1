"""Screening: what can be said of a candidate carrier before anybody proposes a roster."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.compliance.context import Context
from ipps_geo.compliance.engine import WORST_FIRST, judge_one
from ipps_geo.compliance.findings import Verdict
from ipps_geo.compliance.registry import Rule, all_rules
from ipps_geo.compliance.subjects import PROPOSAL_HOLDER, Subject, records, subjects_of
from ipps_geo.vocabulary import InstitutionKind
from ipps_geo.workspace.activity import active_institutions, day_of

if TYPE_CHECKING:
    from ipps_geo.policy import Policy
    from ipps_geo.workspace import Workspace


def screening_rules() -> tuple[Rule, ...]:
    """Return the rules that need no roster: host type, legal person, one year, base, staff, premises, ban."""
    return tuple(entry for entry in all_rules() if "carrier" in entry.roles)


def screen_candidates(workspace: Workspace, policy: Policy, on: dt.date | None = None) -> pd.DataFrame:
    """Return one row per carrier, sorted by id: whether it could apply for a workstation on day ``on``.

    Columns
    -------
    carrier_id
        The carrier.
    verdict
        FAIL when a rule fails: keep it out; UNDETERMINED when something has to be asked first; else PASS.
    failed_rules, open_rules
        Rule ids joined by ``;``.
    questions
        Inputs that are missing, joined by ``;``: names of columns of the carrier.
    codes
        Message codes of the rules that do not pass, as ``rule:code`` joined by ``;``.
    station_id
        Active workstations that it hosts already, joined by ``;``; missing for none.
    """
    day = day_of(workspace, on)
    carriers = workspace.carriers.sort_values("carrier_id", kind="stable")
    subjects = [carrier_subject(row, day) for row in records(carriers)]
    context = Context(workspace, policy, day, subjects_of(workspace, day))
    stations = active_institutions(workspace.institutions, day, InstitutionKind.WORKSTATION)
    hosted = (
        stations.dropna(subset=["carrier_id"]).sort_values("institution_id").groupby("carrier_id")["institution_id"]
    )
    stations_of = hosted.agg(";".join)
    rules = screening_rules()
    lines = []
    for subject in subjects:
        findings = [found for entry in rules if (found := judge_one(entry, subject, context)) is not None]
        verdict = min((finding.verdict for finding in findings), key=WORST_FIRST.index, default=Verdict.UNDETERMINED)
        lines.append(
            {
                "carrier_id": subject.subject_id,
                "verdict": verdict.value,
                "failed_rules": ";".join(f.rule for f in findings if f.verdict is Verdict.FAIL),
                "open_rules": ";".join(f.rule for f in findings if f.verdict is Verdict.UNDETERMINED),
                "questions": ";".join(dict.fromkeys(name for finding in findings for name in finding.missing)),
                "codes": ";".join(f"{f.rule}:{f.code}" for f in findings if f.verdict is not Verdict.PASS),
                "station_id": stations_of.get(subject.subject_id),
            }
        )
    columns = ["carrier_id", "verdict", "failed_rules", "open_rules", "questions", "codes", "station_id"]
    return pd.DataFrame(lines, columns=columns).astype("str")


def carrier_subject(facts: dict[str, object], day: dt.date, role: str = "carrier") -> Subject:
    """Return a carrier as an applicant for a workstation on ``day``."""
    unit = facts.get("unit")
    return Subject(
        str(facts["carrier_id"]),
        "proposal" if role == "proposal" else "carrier",
        InstitutionKind.WORKSTATION,
        None if unit is None else str(unit),
        facts,
        applied_on=day,
        holders=(str(facts["carrier_id"]),) if role == "carrier" else (PROPOSAL_HOLDER,),
    )
