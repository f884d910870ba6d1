"""The sheets that several workbooks share: summary, findings, coverage, sources, and tables of any shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipps_geo.report.book.book import BLUE, VERDICT_COLOURS, Book, Field, Kind, number_kind
from ipps_geo.report.book.chart import Chart
from ipps_geo.report.words.catalogue import Catalogue, is_missing
from ipps_geo.report.words.cells import header_of, worded
from ipps_geo.report.words.datums import datum_label
from ipps_geo.report.words.edition import unjudged_lines
from ipps_geo.report.words.figures import limit_note, nearest_names, share_of
from ipps_geo.report.words.loads import load_lines
from ipps_geo.report.words.messages import remark_sentences
from ipps_geo.report.words.naming import Names
from ipps_geo.report.words.policy import measure_title, policy_name
from ipps_geo.report.words.weighting import CHOSEN, WEIGHTING, weighting_text
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

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.compliance.timeline import Change
    from ipps_geo.results import CoverageResult, Provenance


def summary_sheet(
    book: Book,
    parts: Sequence[tuple[str, Sequence[tuple[str, object, Kind]]]],
    notes: Sequence[str],
    lead: tuple[str, str] | None = None,
) -> None:
    """Add the first sheet: figures in blocks, the planner's parameters, the provenance, the standing notes.

    ``lead`` is one sentence that stands above all, with the verdict whose colour it takes.
    """
    words, origin = book.words, book.provenance
    sheet = book.sheet(words.text("workbook.sheet_summary"))
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 62)
    row = book.heading(sheet, book.title, [measure_title(words, origin)], 2)
    for line in range(1, row):
        sheet.set_row(line, 20)
    if lead is not None:
        told, verdict = lead
        style = book.style(bold=True, font_size=12, text_wrap=True, border=1, bg_color=VERDICT_COLOURS[verdict])
        sheet.merge_range(row, 0, row, 1, "", style)
        sheet.write_string(row, 0, told, style)
        sheet.set_row(row, 20 * max(1, -(-_half_widths(told) // 80)))
        row += 2
    parameters: list[tuple[str, object, Kind]] = [
        (words.label("parameter", name), _parameter(words, name, value, origin.parameters), "figure")
        for name, value in origin.parameters.items()
        if name != "census"
    ]
    census: list[tuple[str, object, Kind]] = [
        (words.label("census", step), count, "integer") for step, count in origin.parameters.get("census", {}).items()
    ]
    provenance: list[tuple[str, object, Kind]] = [
        (words.text("workbook.workspace"), origin.workspace, "text"),
        (words.text("workbook.data_date"), words.value(origin.data_date), "text"),
        (words.text("workbook.policy_version"), policy_name(words, origin, 99), "text"),
        (words.text("workbook.software_version"), f"ipps-geo {origin.software_version}", "text"),
        (words.text("workbook.content_hash"), origin.content_hash, "text"),
        (words.text("workbook.sources_count"), len(origin.sources), "integer"),
    ]
    loads: list[tuple[str, object, Kind]] = [
        (str(place), line, "text") for place, line in enumerate(load_lines(words, origin.loaded), start=1)
    ]
    counted = [(words.label("parameter", "census"), census)] if census else []
    blocks: list[tuple[str, Sequence[tuple[str, object, Kind]]]] = [
        *parts,
        *counted,
        (words.text("workbook.parameters"), parameters),
        (words.text("workbook.provenance"), provenance),
        *([(words.text("workbook.loaded"), loads)] if loads else []),
    ]
    head = book.style(bold=True, font_size=11, font_color="#FFFFFF", bg_color=BLUE)
    label = book.style(border=1, border_color="#BFBFBF", bg_color="#F5F8FC", text_wrap=True, indent=1)
    for title, entries in blocks:
        sheet.merge_range(row, 0, row, 1, "", head)
        sheet.write_string(row, 0, title, head)
        sheet.set_row(row, 19)
        row += 1
        for name, value, kind in entries:
            sheet.write_string(row, 0, name, label)
            book.write_cell(
                sheet, row, 1, value, "wrap" if isinstance(value, str) else kind, {"align": "left", "indent": 1}
            )
            row += 1
        row += 1
    standing = [*notes, words.text("page.two_coverages"), words.text("page.bda_note"), words.text("page.decides")]
    sheet.merge_range(row, 0, row, 1, "", head)
    sheet.write_string(row, 0, words.text("workbook.notes"), head)
    row += 1
    for note in standing:
        style = book.style(text_wrap=True, valign="top")
        sheet.merge_range(row, 0, row, 1, "", style)
        sheet.write_string(row, 0, note, style)
        sheet.set_row(row, 17 * max(1, -(-_half_widths(note) // 96)))
        row += 1
    sheet.fit_to_pages(1, 1)


def findings_sheet(book: Book, findings: Sequence[Any], names: Names) -> None:
    """Add one row per finding, the worst first: verdict, article, sentence, evidence, figures, the other readings."""
    import pandas as pd

    words = book.words
    rows = [
        {
            "verdict": str(finding.verdict),
            "verdict_word": words.label("Verdict", finding.verdict),
            "severity": words.label("Severity", finding.severity),
            "rule": rule_title(words, finding.rule),
            "article": cite(words, finding.article),
            "subject": finding.subject,
            "subject_name": names.subject(finding.subject),
            "unit": names.unit(finding.unit),
            "explanation": finding_sentence(words, finding, names),
            "measured": _figure(words, finding.measured, finding.rule, names),
            "required": _figure(words, finding.required, finding.rule, names),
            "margin": _figure(words, finding.margin, finding.rule, names),
            "evidence": "\n".join(evidence_lines(words, finding, names)),
            "missing": missing_words(words, finding.missing),
            "reading": reading_words(words, finding.reading),
            "other_readings": other_readings(words, finding),
        }
        for finding in sorted(findings, key=_badness)
    ]
    fields = [
        Field("verdict_word", width=9, header=words.column("verdict"), tinted=True),
        Field("severity", width=10),
        Field("article", "wrap", 14),
        Field("rule", "wrap", 20),
        Field("subject_name", "wrap", 24),
        Field("explanation", "wrap", 48),
        Field("evidence", "wrap", 58),
        Field("missing", "wrap", 20),
        Field("measured", "figure", 12),
        Field("required", "figure", 12),
        Field("margin", "figure", 10),
        Field("subject"),
        Field("unit", width=14),
        Field("reading", "wrap", 18),
        Field("other_readings", "wrap", 24),
    ]
    columns = ["verdict", *(entry.name for entry in fields)]
    book.table(
        words.text("workbook.sheet_findings"),
        words.text("workbook.sheet_findings"),
        pd.DataFrame(rows, columns=list(dict.fromkeys(columns))),
        fields,
        [words.text("workbook.note_findings")],
        verdict="verdict",
    )


def _badness(finding: Any) -> tuple[int, bool]:
    """Return the place of a finding where the worst stand first; the audit's own order holds within."""
    return ("FAIL", "UNDETERMINED", "PASS").index(str(finding.verdict)), str(finding.severity) != "blocking"


def _figure(words: Catalogue, value: object, rule: str, names: Names) -> object:
    """Return a figure of a finding: a number as a number, everything else in words."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not is_missing(value):
        return value
    return figure_words(words, value, rule, names)


def changes_sheet(book: Book, changes: Sequence[Change], names: Names) -> None:
    """Add what an audit finds otherwise than that of another day, one row per rule and subject."""
    import pandas as pd

    words = book.words
    rows = [
        {
            "change": words.label("ChangeKind", change.kind),
            "rule": rule_title(words, change.rule),
            "subject_name": names.subject(change.subject),
            **{
                name: words.value(None)
                if finding is None
                else f"{words.label('Verdict', finding.verdict)}{words.text('page.colon')}"
                f"{finding_sentence(words, finding, names)}"
                for name, finding in (("verdict_before", change.before), ("verdict_after", change.after))
            },
        }
        for change in changes
    ]
    fields = [
        Field("change", width=12),
        Field("rule", "wrap", 24),
        Field("subject_name", "wrap", 30),
        Field("verdict_before", "wrap", 54),
        Field("verdict_after", "wrap", 54),
    ]
    title = words.text("workbook.sheet_changes")
    book.table(title, title, pd.DataFrame(rows, columns=[entry.name for entry in fields]), fields)


def coverage_sheet(book: Book, coverage: CoverageResult, names: Names) -> None:
    """Add coverage by unit with shares and a chart: the least covered unit first, the city last."""
    words = book.words
    frame = coverage.by_unit.copy()
    frame["unit_name"] = [names.unit(code) for code in frame["unit"]]
    for part in ("on_roster", "within_reach"):
        frame[f"{part}_share"] = [share_of(row, part) for row in frame.to_dict("records")]
    fields = [
        Field("unit"),
        Field("unit_name"),
        *(Field(name, "integer") for name in ("enterprises", "with_need", "stations", "on_roster")),
        Field("on_roster_share", "share"),
        Field("within_reach", "integer"),
        Field("within_reach_share", "share"),
        *(Field(name, "integer") for name in ("not_judged",) if name in frame),
        *(Field(name, "integer") for name in ("on_roster_with_need", "within_reach_with_need")),
        *(Field(name, number_kind(name)) for name in nearest_names(frame) if name in frame),
    ]
    title = words.text("workbook.sheet_coverage_now")
    frame = frame.iloc[_least_first(frame["unit"], frame["on_roster_share"])]
    shares = ("on_roster_share", "within_reach_share")
    chart = Chart(words.text("workbook.chart_coverage"), "bar", "unit_name", shares, totals=1)
    notes = [
        limit_note(words, coverage),
        *unjudged_lines(words, coverage.by_unit),
        words.text("page.two_coverages"),
    ]
    book.table(title, title, frame, fields, notes, chart=chart)


def _least_first(units: pd.Series, shares: pd.Series) -> list[int]:
    """Return the order of rows: the smallest share first, units without enterprises after them, the city last."""
    ranked = enumerate(zip(units, shares, strict=True))
    return [
        row
        for row, _ in sorted(
            ranked,
            key=lambda entry: (
                entry[1][0] == "city",
                is_missing(entry[1][1]),
                0 if is_missing(entry[1][1]) else entry[1][1],
            ),
        )
    ]


def coverage_change_sheet(book: Book, before: CoverageResult, after: CoverageResult, names: Names) -> None:
    """Add coverage before and after by unit, with a chart: the least covered unit first, the city last."""
    words = book.words
    left, right = before.by_unit.set_index("unit"), after.by_unit.set_index("unit")
    order = [*left.index, *(code for code in right.index if code not in left.index)]
    order.sort(key=lambda code: code == "city")
    frame = left[["enterprises"]].reindex(order)
    frame["unit_name"] = [names.unit(code) for code in order]
    p95 = nearest_names(after.by_unit)[2]
    for part in ("on_roster", "within_reach", p95, "stations"):
        frame[f"{part}_before"], frame[f"{part}_after"] = left[part].reindex(order), right[part].reindex(order)
    frame["on_roster_change"] = frame["on_roster_after"] - frame["on_roster_before"]
    for part in ("on_roster", "within_reach"):
        for side, table in (("before", left), ("after", right)):
            frame[f"{part}_share_{side}"] = [share_of(row, part) for row in table.reindex(order).to_dict("records")]
    kinds = [
        ("enterprises", "integer"), ("stations_before", "integer"), ("stations_after", "integer"),
        ("on_roster_before", "integer"), ("on_roster_after", "integer"), ("on_roster_change", "integer"),
        ("on_roster_share_before", "share"), ("on_roster_share_after", "share"),
        ("within_reach_before", "integer"), ("within_reach_after", "integer"),
        ("within_reach_share_before", "share"), ("within_reach_share_after", "share"),
        (f"{p95}_before", number_kind(p95)), (f"{p95}_after", number_kind(p95)),
    ]  # fmt: skip
    fields = [Field("unit"), Field("unit_name"), *(Field(name, kind) for name, kind in kinds)]  # type: ignore[arg-type]
    title = words.text("workbook.sheet_coverage")
    note = words.text(
        "workbook.note_coverage", limit=after.limit, unit=words.label("unit_of_measure", after.limit_unit)
    )
    frame = frame.reset_index()
    frame = frame.iloc[_least_first(frame["unit"], frame["on_roster_share_after"])]
    shares = ("on_roster_share_before", "on_roster_share_after")
    chart = Chart(words.text("workbook.chart_change"), "bar", "unit_name", shares, totals=1)
    book.table(title, title, frame, fields, [note, words.text("page.bda_note")], chart=chart)


def sources_sheet(book: Book, provenance: Provenance) -> None:
    """Add the data sources: one row per file."""
    import pandas as pd

    words = book.words
    columns = [
        "file",
        "publisher",
        "licence",
        "date",
        "crs",
        "datum",
        "datum_basis",
        "accuracy_m",
        "datum_doubt",
        "data_class",
        "how",
        "sha256",
    ]
    rows = [{name: words.value(source.get(name)) for name in columns} for source in provenance.sources]
    frame = pd.DataFrame(rows, columns=columns)
    frame["data_class"] = [words.label("DataClass", source.get("data_class")) for source in provenance.sources]
    for name in ("datum", "datum_basis", "accuracy_m", "datum_doubt"):
        frame[name] = [datum_label(words, source.get(name)) for source in provenance.sources]
    for name in ("publisher", "licence", "how"):
        frame[name] = [words.label("SourceText", text) for text in frame[name]]
    widths = {"how": 46, "publisher": 30, "licence": 22, "file": 34, "sha256": 34}
    fields = [Field(name, "wrap" if name in widths else "text", widths.get(name, 0)) for name in columns]
    title = words.text("workbook.sheet_sources")
    book.table(title, title, frame, fields, [words.text("workbook.note_sources")])


def free_sheet(
    book: Book,
    title: str,
    frame: pd.DataFrame,
    names: Names,
    notes: Sequence[str] = (),
    industries: Mapping[str, str] | None = None,
    chart: Chart | None = None,
) -> None:
    """Add a table whose columns are not known beforehand: kinds from the dtypes, codes and ids in words."""
    import pandas as pd

    shown = worded(frame, names, industries)
    fields = []
    for name in shown.columns.drop("not_shown", errors="ignore"):
        values = shown[name]
        kind: Kind = "text"
        if pd.api.types.is_integer_dtype(values):
            kind = "share" if name == "gap" else "integer"
        elif pd.api.types.is_float_dtype(values):
            kind = number_kind(name)
        elif pd.api.types.is_datetime64_any_dtype(values):
            kind = "date"
        elif len(values) and values.str.len().max() > 40:
            kind = "wrap"
        fields.append(Field(name, kind, 60 if kind == "wrap" else 0, header_of(book.words, name)))
    if fields:
        book.table(title, title, shown, fields, notes, chart=chart)


def rules_sheet(book: Book, findings: Sequence[Any]) -> None:
    """Add one row per rule: how many subjects meet it, do not meet it, or cannot be judged."""
    import pandas as pd

    words = book.words
    verdicts = ("PASS", "FAIL", "UNDETERMINED")
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for finding in findings:
        row = counts.setdefault((str(finding.rule), str(finding.article)), dict.fromkeys(verdicts, 0))
        row[str(finding.verdict)] += 1
    rows = [
        {"rule": rule_title(words, rule), "article": cite(words, article), **row}
        for (rule, article), row in sorted(
            counts.items(), key=lambda entry: (-entry[1]["FAIL"], -entry[1]["UNDETERMINED"])
        )
    ]
    fields = [
        Field("rule", "wrap", 44),
        Field("article", width=18),
        *(Field(verdict, "integer", header=words.label("Verdict", verdict)) for verdict in verdicts),
    ]
    title = words.text("workbook.sheet_rules")
    book.table(title, title, pd.DataFrame(rows, columns=[entry.name for entry in fields]), fields)


def _parameter(words: Catalogue, name: str, value: Any, stated: Mapping[str, Any]) -> object:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not is_missing(value):
        return value
    if name in CHOSEN:
        return words.label(CHOSEN[name], value)
    if name == "network_remarks" and isinstance(value, list):
        return "\n".join(remark_sentences(value, words.lang))
    if value and name in WEIGHTING:
        return weighting_text(words, name, stated)
    if isinstance(value, (list, tuple, dict)) and not value:
        return words.text("page.none")
    if value is None:
        return words.text("page.none")
    return words.value(value)


def _half_widths(text: str) -> int:
    return sum(2 if ord(mark) > 0x2E7F else 1 for mark in text)
