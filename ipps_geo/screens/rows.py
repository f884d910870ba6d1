"""Tables as a screen shows them: words beside the codes that a page filters and selects by.

A screen table keeps its ids and codes in columns that end with ``_code`` or ``_id``; every other column carries the
header and the words of one language, so that a page shows it as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipps_geo.report.words.catalogue import Catalogue, catalogue
from ipps_geo.report.words.cells import header_of, industry_names, worded
from ipps_geo.report.words.datums import datum_label
from ipps_geo.report.words.edition import share_text
from ipps_geo.report.words.figures import (
    added_text,
    city_row,
    closed_reason,
    nearest_names,
    questions_of,
    site_names_of,
)
from ipps_geo.report.words.naming import Names, names_of
from ipps_geo.report.words.wording import (
    cite,
    evidence_lines,
    figure_words,
    finding_sentence,
    missing_words,
    other_readings,
    reading_words,
    rule_title,
)
from ipps_geo.workspace.activity import active_institutions

if TYPE_CHECKING:
    from ipps_geo.compliance.findings import Finding
    from ipps_geo.compliance.timeline import Change
    from ipps_geo.results import AuditResult, CoverageResult, PlanResult
    from ipps_geo.workspace import Workspace

SIGNS = {"PASS": "✓", "FAIL": "✗", "UNDETERMINED": "？"}
"""A sign beside the word of each verdict: colour is never the only one."""


SEVERITIES = ("blocking", "judgement", "information", "data_quality")
"""From the gravest to the least."""


def visible(table: pd.DataFrame) -> list[str]:
    """Return the columns of a screen table that people read."""
    return [str(name) for name in table.columns if not str(name).endswith(("_code", "_id"))]


def verdict_word(words: Catalogue, verdict: object) -> str:
    """Return a verdict with its sign."""
    return f"{SIGNS[str(verdict)]} {words.label('Verdict', verdict)}"


def finding_rows(workspace: Workspace, findings: Sequence[Finding], lang: str) -> pd.DataFrame:
    """Return one row per finding, in their order: verdict, severity, article, rule, unit, subject, explanation.

    Codes: verdict_code, severity_code, article_code, unit_code, subject_id.
    """
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    rows = [
        {
            "verdict_code": str(finding.verdict),
            "severity_code": str(finding.severity),
            "article_code": finding.article,
            "unit_code": finding.unit or "",
            "subject_id": finding.subject,
            words.column("verdict"): verdict_word(words, finding.verdict),
            words.column("severity"): words.label("Severity", finding.severity),
            words.column("article"): cite(words, finding.article),
            words.column("rule"): rule_title(words, finding.rule),
            words.column("unit"): names.unit(finding.unit),
            words.column("subject_name"): names.subject(finding.subject),
            words.column("explanation"): finding_sentence(words, finding, names),
        }
        for finding in findings
    ]
    return pd.DataFrame(rows)


def chosen_rows(table: pd.DataFrame, **codes: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a screen table whose ``<name>_code`` is among ``codes[name]``; no choice, no filter."""
    keep = pd.Series(data=True, index=table.index)
    for name, wanted in codes.items():
        if wanted:
            keep &= table[f"{name}_code"].isin(list(wanted))
    return table.loc[keep]


def finding_facts(workspace: Workspace, finding: Finding, lang: str) -> list[tuple[str, str]]:
    """Return label and value pairs of one finding: figures, what is missing, readings, each piece of evidence."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    facts = [
        (words.column("explanation"), finding_sentence(words, finding, names)),
        (words.column("measured"), figure_words(words, finding.measured, finding.rule, names)),
        (words.column("required"), figure_words(words, finding.required, finding.rule, names)),
        (words.column("margin"), figure_words(words, finding.margin)),
        (words.column("missing"), missing_words(words, finding.missing)),
        (words.column("reading"), reading_words(words, finding.reading)),
        (words.column("other_readings"), other_readings(words, finding)),
        (words.column("evidence"), "\n".join(evidence_lines(words, finding, names))),
    ]
    return [(label, value) for label, value in facts if value not in ("", "—")]


def counts_by_severity(audit: AuditResult, lang: str) -> pd.DataFrame:
    """Return the number of findings per severity and verdict."""
    words = catalogue(lang)
    counted = pd.DataFrame(
        {
            "severity": [str(finding.severity) for finding in audit.findings],
            "verdict": [str(finding.verdict) for finding in audit.findings],
        }
    )
    table = pd.crosstab(counted["severity"], counted["verdict"])
    order = [name for name in SEVERITIES if name in table.index]
    table = table.reindex(index=order, columns=["FAIL", "UNDETERMINED", "PASS"], fill_value=0)
    shown = pd.DataFrame({words.column("severity"): [words.label("Severity", name) for name in order]})
    for verdict in table.columns:
        shown[verdict_word(words, verdict)] = table[verdict].to_numpy()
    return shown


def unit_rows(workspace: Workspace, coverage: CoverageResult, audit: AuditResult, lang: str) -> pd.DataFrame:
    """Return one row per service unit and one for the city: centre, stations, both coverages, findings to look at."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    centre = {f.subject: verdict_word(words, f.verdict) for f in audit.findings if f.rule == "R4-1"}
    open_findings: dict[str, dict[str, int]] = {"FAIL": {}, "UNDETERMINED": {}}
    for finding in audit.findings:
        if finding.verdict in open_findings:
            tally = open_findings[str(finding.verdict)]
            for unit in (finding.unit or "unknown", "city"):
                tally[unit] = tally.get(unit, 0) + 1
    p95 = nearest_names(coverage.by_unit)[2]
    rows = [
        {
            "unit_code": row["unit"],
            words.column("unit"): names.unit(row["unit"]),
            words.text("app.centre"): centre.get(row["unit"], "—"),
            words.column("stations"): int(row["stations"]),
            words.text("short.enterprises"): int(row["enterprises"]),
            words.column("on_roster_share"): words.share(row["on_roster"], row["enterprises"]),
            words.column("within_reach_share"): share_text(words, row, "within_reach"),
            words.text("short.not_judged"): int(row.get("not_judged", 0)),
            words.text(f"short.{p95}"): words.value(None if row[p95] != row[p95] else round(row[p95])),
            verdict_word(words, "FAIL"): open_findings["FAIL"].get(row["unit"], 0),
            verdict_word(words, "UNDETERMINED"): open_findings["UNDETERMINED"].get(row["unit"], 0),
        }
        for row in coverage.by_unit.to_dict("records")
        if row["unit"] != "unknown" or row["enterprises"]
    ]
    return pd.DataFrame(rows)


def institution_rows(workspace: Workspace, on: dt.date, lang: str) -> pd.DataFrame:
    """Return one row per institution active on a day: name, kind, unit, since when; by unit, then kind and name."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    active = active_institutions(workspace.institutions, on).sort_values(["unit", "kind", "name"], kind="stable")
    return pd.DataFrame(
        {
            "institution_id": active["institution_id"].to_numpy(),
            words.column("name"): [words.value(name) for name in active["name"]],
            words.column("kind"): [words.label("InstitutionKind", kind) for kind in active["kind"]],
            words.column("unit"): [names.unit(unit) for unit in active["unit"]],
            words.column("established_on"): [words.value(day) for day in active["established_on"]],
        }
    )


def headline(coverage: CoverageResult, audit: AuditResult, lang: str) -> dict[str, str]:
    """Return the city's figures: stations, enterprises, both coverages as a share, failures, open findings."""
    words, city, counts = catalogue(lang), city_row(coverage), audit.counts()
    return {
        words.column("stations"): words.value(int(city["stations"])),
        words.column("enterprises"): words.value(int(city["enterprises"])),
        words.column("on_roster_share"): words.share(city["on_roster"], city["enterprises"]),
        words.column("within_reach_share"): share_text(words, city, "within_reach"),
        words.text("app.failed"): words.value(counts["FAIL"]),
        words.text("app.open"): words.value(counts["UNDETERMINED"]),
    }


def coverage_rows(workspace: Workspace, coverage: CoverageResult, name: str, lang: str) -> pd.DataFrame:
    """Return one further table of a coverage in words; ``name`` is a key of ``coverage.tables``."""
    names = names_of(workspace, lang)
    table = worded(coverage.tables[name], names, industry_names(workspace, lang))
    for column in table.columns:
        if pd.api.types.is_float_dtype(table[column]):
            table[column] = table[column].round(3)
    return table.rename(columns={column: header_of(names.words, column) for column in table.columns})


def measure_rows(workspace: Workspace, coverage: CoverageResult, lang: str) -> list[tuple[str, str]]:
    """Return the measures of equity as label and value pairs."""
    names = names_of(workspace, lang)
    words = names.words
    return [
        (
            words.label("Measure", name),
            names.unit(value) if name == "worst_unit" else words.number(value, 3) if value is not None else "—",
        )
        for name, value in coverage.measures.items()
    ]


def proposal_rows(workspace: Workspace, plan: PlanResult, lang: str) -> pd.DataFrame:
    """Return one row per proposed site, in the order of opening; with its yearly cost where carriers state one."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    table, costs = plan.proposals, proposal_costs(workspace, plan)
    priced = {words.text("bend.cost"): [words.number(cost) for cost in costs]} if costs.notna().any() else {}
    return pd.DataFrame(
        {
            "site_id": table["site_id"].to_numpy(),
            words.column("rank"): table["rank"].astype(int).to_numpy(),
            words.column("name_zh"): site_names_of(table, words),
            words.column("unit"): [names.unit(unit) for unit in table["unit"]],
            words.text("short.newly_served"): table["newly_served"].astype(int).to_numpy(),
            words.text("short.with_need"): table["with_need"].astype(int).to_numpy(),
            words.text("short.margin_roster"): table["margin_roster"].astype(int).to_numpy(),
            words.text("short.margin_need"): table["margin_need"].astype(int).to_numpy(),
            **priced,
            words.column("screening"): [verdict_word(words, verdict) for verdict in table["screening"]],
            words.column("questions"): [questions_of(words, entry) or "—" for entry in table["questions"]],
        }
    )


def proposal_costs(workspace: Workspace, plan: PlanResult) -> pd.Series:
    """Return the yearly cost of each proposed site in 10,000 yuan, missing where its carrier states none."""
    stated = workspace.carriers.set_index("carrier_id")["annual_cost"]
    return stated.reindex(plan.proposals["site_id"]).astype("float64")


def enlarged_rows(workspace: Workspace, plan: PlanResult, lang: str) -> pd.DataFrame:
    """Return one row per existing station that takes in more, those that take in most first; none without that."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    if plan.enlarged is None:
        return pd.DataFrame()
    table = plan.enlarged.sort_values(["newly_served", "site_id"], ascending=[False, True], kind="stable")
    counts = ("old_members", "newly_served", "with_need", "all_members", "margin_roster", "margin_need")
    return pd.DataFrame(
        {
            "site_id": table["site_id"].to_numpy(),
            words.column("name"): table["name"].to_numpy(),
            words.column("unit"): [names.unit(unit) for unit in table["unit"]],
            **{words.text(f"short.{name}"): table[name].astype(int).to_numpy() for name in counts},
        }
    )


def not_enlarged_rows(workspace: Workspace, plan: PlanResult, lang: str) -> pd.DataFrame:
    """Return one row per active station that takes in nobody more, with the reason."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    if plan.not_enlarged is None:
        return pd.DataFrame()
    table = plan.not_enlarged
    return pd.DataFrame(
        {
            words.column("name"): table["name"].to_numpy(),
            words.column("unit"): [names.unit(unit) for unit in table["unit"]],
            words.column("reason"): [words.label("NotEnlargedReason", code) for code in table["reason"]],
        }
    )


def closed_rows(workspace: Workspace, plan: PlanResult, lang: str) -> pd.DataFrame:
    """Return one row per candidate that the plan does not open, with the reason."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    table = plan.closed_sites
    return pd.DataFrame(
        {
            "site_id": table["site_id"].to_numpy(),
            words.column("name_zh"): site_names_of(table, words),
            words.column("unit"): [names.unit(unit) for unit in table["unit"]],
            words.text("short.largest_roster"): table["largest_roster"].to_numpy(),
            words.text("short.would_add"): [added_text(words, row) for row in table.to_dict("records")],
            words.column("reason"): [closed_reason(words, row) for row in table.to_dict("records")],
        }
    )


def choice_rows(workspace: Workspace, table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return the frontier, the alternatives or the robustness of a plan in words."""
    names = names_of(workspace, lang)
    told = worded(table, names)
    for column in told.columns:
        if column == "gap":
            told[column] = [names.words.share(gap, 1.0, 2) for gap in told[column]]
        elif pd.api.types.is_float_dtype(told[column]):
            told[column] = told[column].round(4)
    return told.rename(columns={column: header_of(names.words, column) for column in told.columns})


def uncovered_rows(plan: PlanResult, lang: str) -> pd.DataFrame:
    """Return the number of unserved enterprises per reason."""
    words = catalogue(lang)
    counted = plan.uncovered["reason"].value_counts().sort_values(ascending=False)
    return pd.DataFrame(
        {
            words.column("reason"): [words.label("UncoveredReason", code) for code in counted.index],
            words.column("enterprises"): counted.to_numpy(),
        }
    )


def change_rows(before: CoverageResult, after: CoverageResult, lang: str) -> pd.DataFrame:
    """Return the city's figures before and after: roster coverage, access coverage, P95 distance, stations."""
    words, old, new = catalogue(lang), city_row(before), city_row(after)
    p95 = nearest_names(after.by_unit)[2]
    label, then, now = words.text("app.indicator"), words.text("app.before"), words.text("app.after")
    rows: list[Mapping[str, Any]] = [
        {label: words.column(name), then: words.value(int(old[name])), now: words.value(int(new[name]))}
        for name in ("on_roster", "within_reach", "stations")
    ]
    rows += [
        {
            label: words.column(f"{name}_share"),
            then: share_text(words, old, name),
            now: share_text(words, new, name),
        }
        for name in ("on_roster", "within_reach")
    ]
    rows.append({label: words.column(p95), then: words.number(old[p95], 0), now: words.number(new[p95], 0)})
    return pd.DataFrame(rows)


def station_names(workspace: Workspace) -> dict[str, str]:
    """Return the name of every workstation that is not revoked, by id: those that may close."""
    table = workspace.institutions
    there = table.loc[(table["kind"] == "workstation") & table["revoked_on"].isna()]
    return dict(zip(there["institution_id"], there["name"], strict=True))


def carrier_names(workspace: Workspace, lang: str) -> dict[str, str]:
    """Return the carriers by id, each with its unit, for a list to choose from; sorted by unit and name."""
    names: Names = names_of(workspace, lang)
    carriers = workspace.carriers.sort_values(["unit", "carrier_id"], kind="stable")
    return {
        str(site): f"{names.subject(site)} · {names.unit(unit)}"
        for site, unit in zip(carriers["carrier_id"], carriers["unit"], strict=True)
    }


def source_rows(workspace: Workspace, lang: str) -> pd.DataFrame:
    """Return one row per source file."""
    words = catalogue(lang, workspace.region)
    return pd.DataFrame(
        [
            {
                words.column("file"): source.file,
                words.column("publisher"): words.label("SourceText", source.publisher),
                words.column("date"): source.date,
                words.column("data_class"): words.label("DataClass", source.data_class),
                words.column("licence"): words.label("SourceText", source.licence),
                words.column("crs"): source.crs,
                words.column("datum"): datum_label(words, source.datum),
                words.column("accuracy_m"): words.label("Datum", source.accuracy_m),
            }
            for source in workspace.sources
        ]
    )


def table_rows(workspace: Workspace, lang: str) -> pd.DataFrame:
    """Return the tables of a workspace with their number of rows."""
    words = catalogue(lang, workspace.region)
    return pd.DataFrame(
        {
            words.text("app.table"): [words.label("TableName", name) for name in workspace.tables],
            words.text("app.rows"): [len(frame) for frame in workspace.tables.values()],
        }
    )


def audit_change_rows(workspace: Workspace, changes: Sequence[Change], lang: str) -> pd.DataFrame:
    """Return what one audit finds otherwise than another, one row per rule and subject."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    rows = [
        {
            words.column("rule"): rule_title(words, change.rule),
            words.column("subject_name"): names.subject(change.subject),
            words.text("app.before"): "—" if change.before is None else verdict_word(words, change.before.verdict),
            words.text("app.after"): "—" if change.after is None else verdict_word(words, change.after.verdict),
        }
        for change in changes
    ]
    return pd.DataFrame(rows)
