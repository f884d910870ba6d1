"""Sections of a dossier that tell the case: applicant, rules, roster, checklist, readings, origin, annex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ipps_geo.report.maps.canvas import source_line
from ipps_geo.report.pages import typeset
from ipps_geo.report.words.catalogue import DASH, Catalogue, is_missing
from ipps_geo.report.words.figures import questions_of
from ipps_geo.report.words.loads import datum_lines, load_lines
from ipps_geo.report.words.naming import Names
from ipps_geo.report.words.policy import policy_name
from ipps_geo.report.words.wording import (
    cite,
    evidence_lines,
    figure_words,
    finding_sentence,
    missing_words,
    reading_words,
    rule_title,
)

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult

MOST_EVIDENCE = 12
"""Evidence rows shown per finding; the workbook of findings holds all of them."""


def applicant(
    words: Catalogue, proposal: dict[Any, Any], carrier: dict[str, Any], name: str, names: Names
) -> list[typeset.Block]:
    """Return section 1: what is applied for, by whom, by which route, and what is open."""
    organisation = proposal["host_type"] == "industry_organization"
    parties = (
        ("city_center", "industry_organization")
        if organisation
        else ("city_center", "district_ip_authority", "host_operator")
    )
    rows = [
        (
            words.text("dossier.site"),
            f"{name}（{proposal['site_id']}）" if words.lang == "zh" else f"{name} ({proposal['site_id']})",
        ),
        (words.column("unit"), names.unit(proposal["unit"])),
        (words.column("host_type"), words.label("HostType", proposal["host_type"])),
        (words.column("undertaking_name"), words.value(carrier.get("undertaking_name"))),
        (words.column("undertaking_uscc"), words.value(carrier.get("undertaking_uscc"))),
        (words.column("legal_form"), words.label("LegalForm", carrier.get("legal_form"))),
        (words.column("undertaking_founded_on"), words.value(carrier.get("undertaking_founded_on"))),
        (words.column("operating_since"), words.value(carrier.get("operating_since"))),
        (words.column("route"), words.text("dossier.route_organisation" if organisation else "dossier.route_carrier")),
        (words.column("agreement_parties"), words.labels("Party", ";".join(parties))),
        (words.column("screening"), words.label("Verdict", proposal["screening"])),
        (words.column("questions"), questions_of(words, proposal["questions"]) or DASH),
        (words.column("source"), words.value(proposal["source"])),
    ]
    return [typeset.heading(words.text("dossier.section_applicant")), typeset.facts(rows)]


def rules(words: Catalogue, findings: Sequence[Any], names: Names) -> list[typeset.Block]:
    """Return section 2: each rule with its verdict, article, figures and missing papers."""
    title = typeset.heading(words.text("dossier.section_rules"))
    if not findings:
        return [title, typeset.absent(words.text("dossier.rules_not_run"))]
    rows = []
    for finding in findings:
        told = [finding_sentence(words, finding, names), *evidence_lines(words, finding, names, MOST_EVIDENCE)]
        rows.append(
            [
                (words.label("Verdict", finding.verdict), typeset.VERDICT_SHADES[str(finding.verdict)]),
                rule_title(words, finding.rule),
                cite(words, finding.article),
                "\n".join(told),
                missing_words(words, finding.missing),
            ]
        )
    header = [words.column(key) for key in ("verdict", "rule", "article", "explanation", "missing")]
    return [title, typeset.table(header, rows, ["center", "left", "left", "left", "left"], [14, 17, 16, 36, 17])]


def roster(words: Catalogue, proposal: dict[Any, Any], findings: Sequence[Any], names: Names) -> list[typeset.Block]:
    """Return section 3: the roster step by step, its margins, and overlaps with other stations."""
    counted = {f.rule: dict(f.params) for f in findings}
    steps = counted.get("R7-2a", {})
    overlap = next((f for f in findings if f.rule == "R7-2c"), None)
    rows = [
        (words.text(f"dossier.n_{key}"), figure_words(words, steps[key]))
        for key in ("rows", "entities", "residual", "key_industry")
        if key in steps
    ]
    rows += [
        (words.text("dossier.n"), words.value(proposal["newly_served"])),
        (words.text("dossier.k"), words.value(proposal["with_need"])),
        (words.column("without_need"), words.value(proposal["without_need"])),
        (words.column("unknown_need"), words.value(proposal["unknown_need"])),
        (words.column("margin_roster"), words.value(proposal["margin_roster"])),
        (words.column("margin_need"), words.value(proposal["margin_need"])),
        (words.column("dropped_without_need"), words.value(proposal["dropped_without_need"])),
    ]
    if "reachable" in proposal:
        rows.append((words.column("reachable"), words.value(proposal["reachable"])))
    if "margin_need_reachable" in proposal:
        rows.append((words.column("margin_need_reachable"), words.value(proposal["margin_need_reachable"])))
    shared = words.text("dossier.rules_not_run") if overlap is None else finding_sentence(words, overlap, names)
    return [
        typeset.heading(words.text("dossier.section_roster")),
        typeset.facts(rows, 42),
        typeset.text(shared),
        typeset.note(words.text("dossier.dropped_note")),
    ]


def checklist(words: Catalogue, carrier: dict[str, Any]) -> list[typeset.Block]:
    """Return section 7: staff, premises, telephone and tools, as far as they are stated."""

    def answered(name: str) -> str:
        return words.label("Answer", carrier.get(name) if not is_missing(carrier.get(name)) else "unknown")

    rows = [
        (
            f"{words.column('full_time_staff')} / {words.column('part_time_staff')}",
            f"{_count(words, carrier.get('full_time_staff'))} / {_count(words, carrier.get('part_time_staff'))}",
        ),
        *(
            (words.column(name), answered(name))
            for name in ("has_premises", "has_phone", "has_tools", "has_service_base")
        ),
    ]
    return [
        typeset.heading(words.text("dossier.section_checklist")),
        typeset.facts(rows, 42),
        typeset.note(words.text("dossier.checklist_note")),
    ]


def _count(words: Catalogue, value: object) -> str:
    return words.text("page.unknown") if is_missing(value) else words.value(value)


def readings(words: Catalogue, findings: Sequence[Any]) -> list[typeset.Block]:
    """Return section 8: the readings in use, the verdicts under the others, and room for the choice made."""
    rows = []
    seen = set()
    for finding in findings:
        for reading in str(finding.reading or "").split(";"):
            if reading and reading not in seen:
                seen.add(reading)
                others = [
                    f"{reading_words(words, other)}{words.text('page.colon')}{words.label('Verdict', verdict)}"
                    for other, verdict in dict(finding.other_readings).items()
                    if other.partition(":")[0] == reading.partition(":")[0]
                ]
                rows.append(
                    [rule_title(words, finding.rule), reading_words(words, reading), "\n".join(others) or DASH, ""]
                )
    header = [
        words.column("rule"),
        words.column("reading"),
        words.column("other_readings"),
        words.text("dossier.choice"),
    ]
    blocks: list[typeset.Block] = [typeset.heading(words.text("dossier.section_readings"))]
    if rows:
        blocks.append(typeset.table(header, rows, ["left"] * 4, [22, 26, 30, 22]))
    blocks.append(typeset.bullets([words.text(f"dossier.vague_{number}") for number in range(1, 6)]))
    return blocks


def origin(words: Catalogue, plan: PlanResult) -> list[typeset.Block]:
    """Return section 9: data, versions, how far the plan is proven, sources."""
    origin = plan.provenance
    rows = [
        (words.text("workbook.data_date"), words.value(origin.data_date)),
        (words.text("workbook.policy_version"), policy_name(words, origin, 99)),
        (words.text("workbook.software_version"), f"ipps-geo {origin.software_version}"),
        (words.text("workbook.content_hash"), origin.content_hash),
        (
            words.text("workbook.status"),
            f"{words.label('Status', plan.status)}, {words.text('workbook.gap')} {words.share(plan.gap, 1.0, 2)}",
        ),
        (
            words.column("source"),
            source_line(words, origin),
        ),
    ]
    loads = [*load_lines(words, origin.loaded), *datum_lines(words, origin.sources)]
    return [
        typeset.heading(words.text("dossier.section_origin")),
        typeset.facts(rows),
        *([typeset.bullets(loads)] if loads else []),
    ]


def annex(words: Catalogue, annex: Any, names: Names) -> list[typeset.Block]:
    """Return the annex: one row per enterprise of the computed roster."""
    rows = [
        [
            str(place), words.value(row["name"]), words.value(row["uscc"]), words.value(row["industry_codes"]),
            words.label("Answer", row["explicit_need"]), names.unit(row["unit"]),
            words.value(row["distance_m"] if is_missing(row["distance_m"]) else round(row["distance_m"])),
        ]
        for place, row in enumerate(annex.to_dict("records"), start=1)
    ]  # fmt: skip
    keys = ("rank", "name", "uscc", "industry_codes", "explicit_need", "unit", "distance_m")
    aligns = ["right", "left", "left", "left", "center", "left", "right"]
    return [
        typeset.note(words.text("dossier.annex_note")),
        typeset.table(
            [words.column(key) for key in keys], rows, aligns, [5, 32, 22, 14, 9, 10, 12], size=6.8, inset=1.9
        ),
    ]
