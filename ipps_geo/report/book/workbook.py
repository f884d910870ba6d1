"""Workbooks for planners: the plan, the findings, the coverage, the moves between rosters.

Every writer takes the workspace (for names), a frozen result, the path and the language, and returns the path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ipps_geo.report.book.book import ROSTER_FIELDS, Book, Field, Kind, number_kind
from ipps_geo.report.book.chart import Chart
from ipps_geo.report.book.enlarged import enlarged_sheets
from ipps_geo.report.book.sheets import (
    changes_sheet,
    coverage_change_sheet,
    coverage_sheet,
    findings_sheet,
    free_sheet,
    rules_sheet,
    sources_sheet,
    summary_sheet,
)
from ipps_geo.report.words.catalogue import Catalogue, catalogue, is_missing
from ipps_geo.report.words.cells import industry_names
from ipps_geo.report.words.figures import (
    city_row,
    closed_reason,
    limit_note,
    lon_lat,
    nearest_names,
    questions_of,
    rule_titles,
    share,
    share_of,
    site_names_of,
    without_shapes,
)
from ipps_geo.report.words.naming import Names, names_of
from ipps_geo.report.words.shares import share_lines
from ipps_geo.report.words.weighting import FRONT_WISHES, weighting_words

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.compliance.timeline import Change
    from ipps_geo.results import AuditResult, CoverageResult, PlanResult, Provenance
    from ipps_geo.workspace import Workspace

MOST_ROSTER_SHEETS = 12
"""With more proposals than this the rosters share one sheet with a filter."""


def write_plan_workbook(workspace: Workspace, plan: PlanResult, path: str | Path, lang: str = "zh") -> Path:
    """Write ``plan`` as an Excel workbook: summary, proposals, rosters, findings, coverage, reasons, sources."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    book = Book(words, words.text("workbook.plan_title"), plan.provenance)
    _plan_summary(book, plan)
    _proposals(book, plan, names)
    _rosters(book, plan, names)
    enlarged_sheets(book, plan, names)
    findings_sheet(book, plan.findings, names)
    coverage_change_sheet(book, plan.coverage_before, plan.coverage_after, names)
    _closed(book, plan, names)
    _kept_out(book, plan, names)
    if plan.floor is not None:
        note = words.text("workbook.note_floor", percent=plan.provenance.parameters["floor_percent"])
        free_sheet(book, words.text("workbook.sheet_floor"), plan.floor, names, [note])
    if plan.unit_shares is not None:
        notes = [words.text("workbook.note_unit_shares"), *share_lines(words, plan, names)]
        free_sheet(book, words.text("workbook.sheet_unit_shares"), plan.unit_shares, names, notes)
    if plan.weighting is not None:
        note = words.text("workbook.note_weighting")
        free_sheet(book, words.text("workbook.sheet_weighting"), weighting_words(words, plan), names, [note])
    if plan.front is not None:
        _front(book, plan, names)
    if plan.closures is not None:
        free_sheet(
            book, words.text("workbook.sheet_closures"), plan.closures, names, [words.text("workbook.note_closures")]
        )
    for key in ("years", "scenarios"):
        frame = getattr(plan, key)
        if frame is not None:
            note = words.text(f"workbook.note_{key}", aim=words.label("Robust", plan.provenance.parameters["robust"]))
            free_sheet(book, words.text(f"workbook.sheet_{key}"), frame, names, [note])
    for key in ("frontier", "alternatives", "robustness", "unit_plans"):
        frame = getattr(plan, key)
        if frame is not None and len(frame):
            curve = Chart(
                words.text("workbook.chart_frontier"), "line", "n_sites", ("objective",), words.column("n_sites")
            )
            chart = curve if key == "frontier" else None
            free_sheet(book, words.text(f"workbook.sheet_{key}"), frame, names, chart=chart)
    sources_sheet(book, plan.provenance)
    return book.save(path)


def write_findings_workbook(
    workspace: Workspace,
    audit: AuditResult,
    path: str | Path,
    lang: str = "zh",
    *,
    changes: Sequence[Change] | None = None,
    days: pd.DataFrame | None = None,
) -> Path:
    """Write the findings of an audit: a summary by rule, every finding with its article and evidence, the sources.

    ``changes`` since another day and the counts of all ``days`` since it, where they were asked for, stand on sheets
    of their own.
    """
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    book = Book(words, words.text("workbook.findings_title"), audit.provenance)
    counts = audit.counts()
    blocking = sum(f.verdict == "FAIL" and f.severity == "blocking" for f in audit.findings)
    figures: list[tuple[str, object, Kind]] = [
        (words.text("workbook.on_day"), audit.on.isoformat(), "text"),
        (words.text("workbook.findings_pass"), counts["PASS"], "integer"),
        (words.text("workbook.findings_fail"), counts["FAIL"], "integer"),
        (words.text("workbook.findings_blocking"), blocking, "integer"),
        (words.text("workbook.findings_undetermined"), counts["UNDETERMINED"], "integer"),
    ]
    summary_sheet(book, [(words.text("workbook.key_figures"), figures)], ())
    rules_sheet(book, audit.findings)
    findings_sheet(book, audit.findings, names)
    if changes is not None:
        changes_sheet(book, changes, names)
    if days is not None:
        free_sheet(book, words.text("workbook.sheet_days"), days, names)
    sources_sheet(book, audit.provenance)
    return book.save(path)


def write_coverage_workbook(workspace: Workspace, coverage: CoverageResult, path: str | Path, lang: str = "zh") -> Path:
    """Write roster and access coverage by unit, the measures, every further table, and the sources."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    book = Book(words, words.text("workbook.coverage_title"), coverage.provenance)
    city = city_row(coverage)
    figures: list[tuple[str, object, Kind]] = [
        (words.column("enterprises"), city["enterprises"], "integer"),
        (words.column("on_roster_share"), share_of(city, "on_roster"), "share"),
        (words.column("within_reach_share"), share_of(city, "within_reach"), "share"),
        *((words.column(name), city[name], number_kind(name)) for name in nearest_names(coverage.by_unit)[1:3]),
        (words.column("stations"), city["stations"], "integer"),
    ]
    parts: list[tuple[str, Sequence[tuple[str, object, Kind]]]] = [(words.text("workbook.key_figures"), figures)]
    if coverage.measures:
        told = [_figure(words, names, name, value) for name, value in sorted(coverage.measures.items())]
        parts.append((words.text("workbook.measures"), told))
    summary_sheet(book, parts, (limit_note(words, coverage),))
    coverage_sheet(book, coverage, names)
    industries = industry_names(workspace, lang)
    for name, table in sorted(coverage.tables.items()):
        frame = table
        if "institution_id" in table:
            frame = table.assign(name=[names.subject(code) for code in table["institution_id"]])
            frame = frame[["institution_id", "name", *table.columns.drop("institution_id")]]
        free_sheet(book, words.label("CoverageTable", name), frame, names, industries=industries)
    sources_sheet(book, coverage.provenance)
    return book.save(path)


def _figure(words: Catalogue, names: Names, name: str, value: object) -> tuple[str, object, Kind]:
    """Return a measure as a figure of the summary: a unit by name, a share in per cent, other numbers as they are."""
    label = words.label("Measure", name)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return label, value, number_kind(name)
    return label, names.unit(value) if name == "worst_unit" and isinstance(value, str) else words.value(value), "text"


def write_moves_workbook(
    workspace: Workspace,
    moves: pd.DataFrame,
    provenance: Provenance,
    path: str | Path,
    lang: str = "zh",
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """Write proposed moves of enterprises between rosters, with further tables (name to frame) on sheets of their own.

    ``moves`` may have any columns; ``from_station`` and ``to_station`` are shown by name.
    """
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    book = Book(words, words.text("workbook.moves_title"), provenance)
    figures: list[tuple[str, object, Kind]] = [(words.text("workbook.moves"), len(moves), "integer")]
    summary_sheet(book, [(words.text("workbook.key_figures"), figures)], [words.text("workbook.note_moves")])
    free_sheet(book, words.text("workbook.sheet_moves"), moves, names, [words.text("workbook.note_moves")])
    for name, frame in sorted((tables or {}).items()):
        free_sheet(book, words.label("MovesTable", name), frame, names)
    sources_sheet(book, provenance)
    return book.save(path)


# ---------------------------------------------------------------------- sheets of the plan
def _plan_summary(book: Book, plan: PlanResult) -> None:
    words = book.words
    before, after = city_row(plan.coverage_before), city_row(plan.coverage_after)
    counted = {
        verdict: sum(str(f.verdict) == verdict for f in plan.findings) for verdict in ("PASS", "FAIL", "UNDETERMINED")
    }
    blocking = sum(f.verdict == "FAIL" and f.severity == "blocking" for f in plan.findings)
    told = {name: n for name, n in (plan.turnover or {}).items() if name != "listed"}
    figures: list[tuple[str, object, Kind]] = [
        (words.text("workbook.proposals"), len(plan.proposals), "integer"),
        (words.text("workbook.newly_served"), int(plan.proposals["newly_served"].sum()), "integer"),
        (words.text("workbook.newly_with_need"), int(plan.proposals["with_need"].sum()), "integer"),
        *_enlarged_figures(words, plan),
        *_balance_figures(words, plan),
        *((words.text(f"workbook.turnover_{name}"), n, "integer") for name, n in told.items()),
        (words.text("workbook.least_margin_roster"), plan.proposals["margin_roster"].min(), "integer"),
        (words.text("workbook.least_margin_need"), plan.proposals["margin_need"].min(), "integer"),
        (words.text("workbook.roster_before"), share_of(before, "on_roster"), "share"),
        (words.text("workbook.roster_after"), share_of(after, "on_roster"), "share"),
        (words.text("workbook.reach_before"), share_of(before, "within_reach"), "share"),
        (words.text("workbook.reach_after"), share_of(after, "within_reach"), "share"),
        (words.text("workbook.findings_pass"), counted["PASS"], "integer"),
        (words.text("workbook.findings_fail"), counted["FAIL"], "integer"),
        (words.text("workbook.findings_blocking"), blocking, "integer"),
        (words.text("workbook.findings_undetermined"), counted["UNDETERMINED"], "integer"),
    ]
    measure: Kind = "share" if plan.provenance.parameters["objective"] == "worst_unit" else "number"
    proof: list[tuple[str, object, Kind]] = [
        (words.text("workbook.status"), words.label("Status", plan.status), "text"),
        (words.text("workbook.stop_reason"), words.label("StopReason", plan.stop_reason), "text"),
        (words.text("workbook.objective"), plan.objective, measure),
        (words.text("workbook.bound"), plan.bound, measure),
        (words.text("workbook.gap"), plan.gap, "share"),
        (words.text("workbook.violations"), len(plan.violations), "integer"),
    ]
    notes = [words.text("page.reach_note", reach_km=plan.coverage_after.limit)]
    if not plan.coverage_after.radius_m:
        notes = [limit_note(words, plan.coverage_after)]
    summary_sheet(book, [(words.text("workbook.key_figures"), figures), (words.text("workbook.proof"), proof)], notes)


def _enlarged_figures(words: Catalogue, plan: PlanResult) -> list[tuple[str, object, Kind]]:
    """Return how many existing stations take in how many; without that, how many new members stand near one."""
    if plan.enlarged is None:
        return [(words.text("workbook.near_existing"), plan.near_existing, "integer")]
    return [
        (words.text("workbook.enlarged"), len(plan.enlarged), "integer"),
        (words.text("workbook.additions"), int(plan.enlarged["newly_served"].sum()), "integer"),
        (words.text("workbook.additions_need"), int(plan.enlarged["with_need"].sum()), "integer"),
    ]


def _balance_figures(words: Catalogue, plan: PlanResult) -> list[tuple[str, object, Kind]]:
    """Return the smallest and the largest new roster before and after they were made even, and what is proven."""
    told = plan.balance
    if told is None:
        return []
    sides = {"before": ("smallest_before", "largest_before"), "after": ("smallest", "largest")}
    return [
        *(
            (words.text(f"workbook.balance_{side}"), words.text("page.range", least=told[low], most=told[high]), "text")
            for side, (low, high) in sides.items()
        ),
        (words.text("workbook.balance_moved"), told["moved"], "integer"),
        (words.text("workbook.balance_proven"), words.label("Answer", "yes" if told["proven"] else "no"), "text"),
    ]


def _proposals(book: Book, plan: PlanResult, names: Names) -> None:
    words = book.words
    frame = without_shapes(plan.proposals)
    frame["lon"], frame["lat"] = lon_lat(plan.proposals)
    frame["name"] = site_names_of(plan.proposals, words)
    frame["unit_name"] = [names.unit(code) for code in frame["unit"]]
    frame["host_type"] = [words.label("HostType", code) for code in frame["host_type"]]
    frame["need_share"] = [share(k, n) for k, n in zip(frame["with_need"], frame["newly_served"], strict=True)]
    frame["verdict"] = frame["screening"]
    frame["screening"] = [words.label("Verdict", code) for code in frame["screening"]]
    frame["questions"] = [questions_of(words, codes) for codes in frame["questions"]]
    fields = [
        Field("rank", "integer", 6),
        Field("site_id"),
        Field("name", "wrap", 30),
        Field("unit_name", width=16),
        Field("host_type", "wrap", 16),
        *(Field(name, "integer") for name in ("newly_served", "with_need")),
        Field("need_share", "share"),
        *(Field(name, "integer") for name in ("margin_roster", "margin_need", "removal_loss") if name in frame),
        *(Field(name, "integer") for name in ("staff", "capacity") if name in frame),
        Field("screening", width=10, tinted=True),
        Field("questions", "wrap", 44),
        *(Field(name, "integer") for name in ("without_need", "unknown_need", "dropped_without_need")),
        Field("position_precision_m", "integer"),
        Field("lon", "degrees"),
        Field("lat", "degrees"),
        Field("source", "wrap", 40),
    ]
    title = words.text("workbook.sheet_proposals")
    notes = [words.text("workbook.note_proposals"), words.text("page.decides")]
    book.table(title, title, frame, fields, notes, verdict="verdict")


def _rosters(book: Book, plan: PlanResult, names: Names) -> None:
    words = book.words
    annex = plan.annex.copy()
    annex["unit_name"] = [names.unit(code) for code in annex["unit"]]
    annex["explicit_need"] = [words.label("Answer", code) for code in annex["explicit_need"]]
    site_names = dict(zip(plan.proposals["site_id"], site_names_of(plan.proposals, words), strict=True))
    annex["distance_m"] = annex["distance_m"].round()
    if len(plan.proposals) <= MOST_ROSTER_SHEETS:
        for place, site in enumerate(plan.proposals["site_id"], start=1):
            name = site_names[site]
            book.table(
                f"{words.text('workbook.sheet_roster')}{place} {name}",
                f"{place}. {name}",
                annex.loc[annex["site_id"] == site],
                ROSTER_FIELDS,
                [words.text("workbook.note_roster", site=name)],
            )
        return
    annex["subject_name"] = annex["site_id"].map(site_names)
    title = words.text("workbook.sheet_rosters")
    book.table(
        title,
        title,
        annex,
        [Field("site_id"), Field("subject_name", "wrap", 28), *ROSTER_FIELDS],
        [words.text("workbook.note_rosters")],
    )


def _front(book: Book, plan: PlanResult, names: Names) -> None:
    """Add the front of two wishes, with its curve: what is served over the second wish."""
    words, frame = book.words, plan.front
    if frame is None:
        return
    second = next(name for name in FRONT_WISHES if name in frame)
    title = words.text("workbook.sheet_front", wish=words.column(second))
    curve = Chart(title, "line", second, ("objective", "bound"), words.column(second))
    note = words.text("workbook.note_front", wish=words.column(second))
    free_sheet(book, title, frame, names, [note], chart=curve)


def _closed(book: Book, plan: PlanResult, names: Names) -> None:
    words = book.words
    frame = without_shapes(plan.closed_sites)
    frame["name"] = [names.subject(site) for site in frame["site_id"]]
    frame["unit_name"] = [names.unit(code) for code in frame["unit"]]
    frame["would_replace"] = [
        names.subject(site) if not is_missing(site) and site else "" for site in frame["would_replace"]
    ]
    frame["reason"] = [closed_reason(words, row) for row in frame.to_dict("records")]
    fields = [
        Field("site_id"),
        Field("name", "wrap", 30),
        Field("unit_name", width=16),
        *(Field(name, "integer") for name in ("reachable", "with_need", "largest_roster", "shortfall", "would_add")),
        *(Field(name, "integer") for name in ("would_add_at_most",) if name in frame),
        Field("would_replace", "wrap", 24),
        Field("reason", "wrap", 48),
    ]
    title = words.text("workbook.sheet_closed")
    book.table(title, title, frame, fields, [words.text("workbook.note_closed")])


def _kept_out(book: Book, plan: PlanResult, names: Names) -> None:
    words = book.words
    frame = without_shapes(plan.candidates_kept_out)
    frame["name"] = [names.subject(site) for site in frame["site_id"]]
    frame["reason"] = [words.label("KeptOutReason", code) for code in frame["reason"]]
    frame["rules"] = [rule_titles(words, codes) for codes in frame["rules"]]
    fields = [Field("site_id"), Field("name", "wrap", 34), Field("reason", "wrap", 36), Field("rules", "wrap", 50)]
    title = words.text("workbook.sheet_kept_out")
    book.table(title, title, frame, fields, [words.text("workbook.note_kept_out")])
