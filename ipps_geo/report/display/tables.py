"""A result as a small table in HTML, as notebooks show it: what it is, its first figures, where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ipps_geo.report.words.catalogue import Catalogue, catalogue
from ipps_geo.report.words.figures import city_row, site_names_of
from ipps_geo.report.words.loads import load_lines
from ipps_geo.report.words.wording import rule_title

MOST_ROWS = 12
"""Rows of a table before it says how many more there are."""

Told = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""A sentence, headers, rows."""


def html(result: Any, lang: str) -> str:
    """Return ``result`` as HTML; every text in it is escaped."""
    words = catalogue(lang)
    sentence, headers, rows = _TOLD[result.kind](words, result)
    shown, more = rows[:MOST_ROWS], len(rows) - MOST_ROWS
    provenance = result.provenance
    notes = [words.text("page.synthetic_banner")] if provenance.synthetic else []
    notes += load_lines(words, provenance.loaded)
    notes += [words.text("display.more", n=more)] if more > 0 else []
    notes.append(
        words.text(
            "display.origin",
            workspace=provenance.workspace,
            on=provenance.data_date,
            policy=provenance.policy_version,
            hash=provenance.content_hash[:12],
        )
    )
    head = "".join(f"<th>{escape(text)}</th>" for text in headers)
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in shown)
    return (
        f"<div><p><b>{escape(sentence)}</b></p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        + "".join(f"<p><small>{escape(note)}</small></p>" for note in notes)
        + "</div>"
    )


def _plan(words: Catalogue, plan: Any) -> Told:
    proposals = plan.proposals
    sentence = words.text(
        "summary.status",
        status=words.label("Status", plan.status),
        stop=words.label("StopReason", plan.stop_reason),
        objective=words.number(plan.objective),
        bound=words.number(plan.bound),
        gap=words.share(plan.gap, 1.0, 2),
        seconds=words.number(plan.seconds, 1),
    )
    columns = ("rank", "unit", "newly_served", "with_need", "margin_roster")
    return (
        sentence,
        [words.column("name"), *(words.column(name) for name in columns)],
        [
            [name, *(words.value(row[column]) for column in columns)]
            for name, row in zip(site_names_of(proposals, words), proposals.to_dict("records"), strict=True)
        ],
    )


def _audit(words: Catalogue, audit: Any) -> Told:
    verdicts = ("FAIL", "UNDETERMINED", "PASS")
    rules = verdicts_by_rule(audit.findings)
    return (
        words.text("summary.audit_day", on=audit.on, policy=audit.provenance.policy_version),
        [words.column("rule"), *(words.label("Verdict", verdict) for verdict in verdicts)],
        [[rule_title(words, rule), *(str(row[verdict]) for verdict in verdicts)] for rule, row in rules.items()],
    )


def verdicts_by_rule(findings: Sequence[Any]) -> dict[str, dict[str, int]]:
    """Return how often each rule gave each verdict: the rules that fail most first."""
    counts: dict[str, dict[str, int]] = {}
    for finding in findings:
        row = counts.setdefault(finding.rule, {"FAIL": 0, "UNDETERMINED": 0, "PASS": 0})
        row[str(finding.verdict)] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1]["FAIL"], -item[1]["UNDETERMINED"], item[0])))


def _coverage(words: Catalogue, coverage: Any) -> Told:
    columns = ("enterprises", "on_roster", "within_reach", "stations")
    city = city_row(coverage)
    limit = {"limit": coverage.limit, "unit": words.label("unit_of_measure", coverage.limit_unit)}
    rows = [row for row in coverage.by_unit.to_dict("records") if row["unit"] != "city"]
    return (
        words.text("page.limit_note", **limit),
        [words.column("unit"), *(words.column(name) for name in columns)],
        [
            [unit_word(words, row["unit"]), *(words.number(row[name]) for name in columns)]
            for row in [city | {"unit": "city"}, *rows]
        ],
    )


def unit_word(words: Catalogue, code: str) -> str:
    """Return how a unit is called where no workspace is at hand: its code, the totals in words."""
    totals: Mapping[str, str] = {"city": "page.city", "unknown": "page.unit_unknown"}
    return words.text(totals[code]) if code in totals else code


def _assessment(words: Catalogue, test: Any) -> Told:
    verdicts = {"FAIL": 0, "UNDETERMINED": 1, "PASS": 2}
    findings = sorted(test.assessment.findings, key=lambda finding: verdicts[str(finding.verdict)])
    return (
        f"{test.assessment.site_id} ({test.assessment.unit})",
        [words.column("rule"), words.column("verdict"), words.column("severity")],
        [
            [rule_title(words, each.rule), words.label("Verdict", each.verdict), words.label("Severity", each.severity)]
            for each in findings
        ],
    )


def _repair(words: Catalogue, repair: Any) -> Told:
    columns = ("members_before", "members_after", "passed_before", "passes_after")
    touched = repair.stations[repair.stations["members_before"] != repair.stations["members_after"]]
    return (
        words.text("display.moves", n=repair.n_moves, bound=repair.bound),
        [words.column("name"), *(words.column(name) for name in columns)],
        [[str(row["name"]), *(words.value(row[name]) for name in columns)] for row in touched.to_dict("records")],
    )


_TOLD = {"plan": _plan, "audit": _audit, "coverage": _coverage, "assessment": _assessment, "repair": _repair}
