"""Cases and what waits, as a page shows them: lists, the form's facts, the steps, what the rules said at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.report.words.catalogue import Catalogue
from ipps_geo.report.words.naming import Names, names_of
from ipps_geo.report.words.wording import cite, figure_words, missing_words, rule_title
from ipps_geo.screens.rows import verdict_word

if TYPE_CHECKING:
    from ipps_geo.ledger.cases import Case, StepTaken
    from ipps_geo.ledger.worklist import Waiting
    from ipps_geo.workspace import Workspace

_WORST = {"FAIL": 0, "UNDETERMINED": 1}


def waiting_rows(waiting: Sequence[Waiting], workspace: Workspace, lang: str) -> pd.DataFrame:
    """Return one row per thing that waits, in their order."""
    names = names_of(workspace, lang)
    words = names.words
    return pd.DataFrame(
        [
            {
                "waiting_id": waiting_id(each),
                words.text("ledger.waiting_what"): _what(each, words),
                words.text("ledger.waiting_subject"): _subject(each, names),
                words.text("ledger.waiting_unit"): names.unit(each.unit),
                words.text("ledger.waiting_steps"): steps_word(each.steps, words),
                words.text("ledger.waiting_since"): words.value(each.since),
                words.text("ledger.waiting_due"): words.value(each.due),
                words.text("ledger.waiting_overdue"): words.value(each.overdue_days or None),
            }
            for each in waiting
        ]
    )


def waiting_id(waiting: Waiting) -> str:
    """Return what names one thing that waits: its submission, its case, or the evaluation that nobody has begun."""
    if waiting.batch is not None:
        return f"batch:{waiting.batch.id}"
    if waiting.case is not None:
        return f"case:{waiting.case.id}"
    return f"evaluation:{waiting.subject}:{waiting.due}"


def case_rows(cases: Sequence[Case], workspace: Workspace, lang: str) -> pd.DataFrame:
    """Return one row per case."""
    names = names_of(workspace, lang)
    words = names.words
    return pd.DataFrame(
        [
            {
                "case_id": str(each.id),
                words.text("ledger.case_number"): each.subject,
                words.text("ledger.case_kind"): words.label("CaseKind", each.kind),
                words.text("ledger.case_about"): about(each, names),
                words.text("ledger.case_unit"): names.unit(each.unit),
                words.text("ledger.case_state"): words.label("CaseStep", each.state),
                words.text("ledger.case_waits"): "—"
                if each.waits_for is None
                else words.label("CaseStep", each.waits_for),
                words.text("ledger.case_opened"): words.value(each.opened_on),
                words.text("ledger.case_by"): each.opened_by,
            }
            for each in cases
        ]
    )


def about(case: Case, names: Names) -> str:
    """Return what a case is about: the name proposed, or the institution."""
    stated = case.facts.get("name")
    return str(stated) if stated else names.subject(case.facts.get("institution_id") or case.subject)


def case_facts(case: Case, workspace: Workspace, lang: str) -> list[tuple[str, str]]:
    """Return what the form of a case stated, by its columns' headers."""
    names = names_of(workspace, lang)
    words = names.words
    told = []
    for name, value in case.facts.items():
        if name == "changes":
            told += [
                (words.text("ledger.case_change", name=words.column(n)), fact_word(n, v, names))
                for n, v in value.items()
            ]
        elif name not in ("lon", "lat"):
            told.append((words.column(name), fact_word(name, value, names)))
    if {"lon", "lat"} <= case.facts.keys():
        told.append((words.text("ledger.case_place"), f"{case.facts['lon']}, {case.facts['lat']}"))
    return told


def fact_word(name: str, value: object, names: Names) -> str:
    """Return the value of a fact: choices by their labels, ids by their names."""
    words = names.words
    column = TABLES["applications"].columns.get(name) or TABLES["institutions"].columns.get(name)
    if column is not None and column.choices is not None and value not in (None, ""):
        labels = [words.label(column.choices.__name__, part) for part in str(value).split(";")]
        return words.text("page.list_joiner").join(labels)
    if name in ("institution_id", "carrier_id", "unit", "agreement_district"):
        return names.subject(value)
    return words.value(value)


def step_rows(case: Case, workspace: Workspace, lang: str) -> pd.DataFrame:
    """Return the steps of a case, oldest first: who, when, why, on which record, by which policy."""
    names = names_of(workspace, lang)
    words = names.words
    return pd.DataFrame(
        [
            {
                words.text("ledger.step"): words.label("CaseStep", each.step),
                words.text("ledger.step_day"): words.value(each.day),
                words.text("ledger.step_by"): each.account,
                words.text("ledger.step_note"): each.note or "—",
                words.text("ledger.step_facts"): _facts(each.facts, names),
                words.text("ledger.step_attachment"): (each.attachment or "—")[:12],
                words.text("ledger.step_verdicts"): verdict_counts(each, words),
                words.text("ledger.step_batch"): each.batch,
                words.text("ledger.step_hash"): each.content_hash[:12] or "—",
                words.text("ledger.step_policy"): each.policy,
                words.text("ledger.step_at"): each.at.astimezone().strftime("%Y-%m-%d %H:%M"),
            }
            for each in case.steps
        ]
    )


def verdict_counts(step: StepTaken, words: Catalogue) -> str:
    """Return how many rules said what at a step."""
    found = pd.Series([each["verdict"] for each in step.verdicts], dtype=object).value_counts()
    shown = [
        f"{verdict_word(words, verdict)} {found[verdict]}"
        for verdict in ("FAIL", "UNDETERMINED", "PASS")
        if verdict in found
    ]
    return " ".join(shown) or "—"


def verdict_rows(step: StepTaken, workspace: Workspace, lang: str) -> pd.DataFrame:
    """Return what each rule said at a step, what is not met or open first, with what is missing."""
    names = names_of(workspace, lang)
    words = names.words
    ordered = sorted(step.verdicts, key=lambda each: _WORST.get(each["verdict"], 2))
    return pd.DataFrame(
        [
            {
                words.column("verdict"): verdict_word(words, each["verdict"]),
                words.column("severity"): words.label("Severity", each["severity"]),
                words.column("article"): cite(words, each["article"]),
                words.column("rule"): rule_title(words, each["rule"]),
                words.column("measured"): figure_words(words, each["measured"], each["rule"], names),
                words.column("required"): figure_words(words, each["required"], each["rule"], names),
                words.column("missing"): missing_words(words, each["missing"]),
            }
            for each in ordered
        ]
    )


def steps_word(steps: Sequence[str], words: Catalogue) -> str:
    """Return the steps that may be taken."""
    return words.text("page.list_joiner").join(words.label("CaseStep", step) for step in steps) or "—"


def _what(waiting: Waiting, words: Catalogue) -> str:
    if waiting.case is not None:
        return words.label("CaseKind", waiting.case.kind)
    return words.text(f"ledger.waiting_{waiting.kind}")


def _subject(waiting: Waiting, names: Names) -> str:
    if waiting.case is not None:
        return f"{waiting.subject} {about(waiting.case, names)}"
    return names.subject(waiting.subject)


def _facts(facts: Mapping[str, Any], names: Names) -> str:
    words = names.words
    told = [
        f"{words.column(name)} {fact_word(name, value, names)}" for name, value in facts.items() if name != "changes"
    ]
    return words.text("page.list_joiner").join(told) or "—"
