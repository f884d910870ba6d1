"""The workbook of a tested site: verdict, how the roster shrinks, what would make it pass, before and after, roster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ipps_geo.report.book.book import ROSTER_FIELDS, Book, Field, Kind
from ipps_geo.report.book.sheets import coverage_change_sheet, findings_sheet, sources_sheet, summary_sheet
from ipps_geo.report.words.catalogue import Catalogue, catalogue
from ipps_geo.report.words.figures import city_row, limit_note, share_of
from ipps_geo.report.words.naming import Names, names_of
from ipps_geo.report.words.wording import cite

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.results import PlanResult, SiteTest
    from ipps_geo.workspace import Workspace


def write_site_workbook(
    workspace: Workspace, result: SiteTest, told: PlanResult, path: str | Path, lang: str = "zh"
) -> Path:
    """Write a tested site as an Excel workbook; ``told`` is the same test as a plan of one station."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    site = site_name(names, result)
    book = Book(words, words.text("workbook.site_title", site=site), result.provenance)
    _summary(book, result, told, names)
    findings_sheet(book, result.assessment.findings, names)
    _way(book, result, names)
    _overlaps(book, result)
    _roster(book, result, told, names, site)
    coverage_change_sheet(book, result.coverage_before, result.coverage_after, names)
    sources_sheet(book, result.provenance)
    return book.save(path)


def site_name(names: Names, result: SiteTest) -> str:
    """Return the carrier's name, or the coordinates of a place without one."""
    stated = result.provenance.parameters
    if stated["site_id"]:
        return names.subject(result.assessment.site_id)
    return f"{stated['lon']:.4f}°, {stated['lat']:.4f}°"


def verdict_sentence(words: Catalogue, names: Names, result: SiteTest) -> str:
    """Return the verdict in one sentence: the site, how many binding conditions hold, which fail, which are open."""
    told = result.assessment
    binding = [finding for finding in told.findings if str(finding.severity) == "blocking"]
    listed = {}
    for verdict in ("PASS", "FAIL", "UNDETERMINED"):
        chosen = [finding for finding in binding if str(finding.verdict) == verdict]
        articles = dict.fromkeys(cite(words, finding.article) for finding in chosen)
        listed[verdict] = (len(chosen), words.text("page.list_joiner").join(articles))
    parts = [words.text("workbook.site_verdict_pass", n=listed["PASS"][0])]
    parts += [
        words.text(f"workbook.site_verdict_{verdict.lower()}", n=n, articles=articles)
        for verdict, (n, articles) in listed.items()
        if n and verdict != "PASS"
    ]
    return words.text(
        "workbook.site_verdict",
        verdict=words.label("Verdict", told.verdict),
        site=site_name(names, result),
        unit=names.unit(told.unit),
        parts=words.text("page.clause_joiner").join(parts),
    )


def _summary(book: Book, result: SiteTest, told: PlanResult, names: Names) -> None:
    words, remedy = book.words, result.assessment.remedy
    before, after = city_row(result.coverage_before), city_row(result.coverage_after)
    proposal = told.proposals.iloc[0]
    steps: list[tuple[str, object, Kind]] = []
    for name, (least, most) in result.assessment.counts.items():
        figure: object = least if least == most else f"{words.value(least)}–{words.value(most)}"
        steps.append((words.text(f"answer.step_{name}"), figure, "integer"))
    steps += [
        (words.column("margin_roster"), proposal["margin_roster"], "integer"),
        (words.column("margin_need"), proposal["margin_need"], "integer"),
    ]
    way: list[tuple[str, object, Kind]] = [
        (words.text("workbook.way_drop"), len(remedy.drop), "integer"),
        (words.text("workbook.way_ask"), len(remedy.ask), "integer"),
        (words.text("workbook.way_recruit"), remedy.recruit, "integer"),
    ]
    if remedy.available is not None:
        way.append((words.text("workbook.way_available"), len(remedy.available), "integer"))
    change: list[tuple[str, object, Kind]] = [
        (words.text("workbook.roster_before"), share_of(before, "on_roster"), "share"),
        (words.text("workbook.roster_after"), share_of(after, "on_roster"), "share"),
        (words.text("workbook.roster_added"), int(after["on_roster"] - before["on_roster"]), "integer"),
        (words.text("workbook.reach_before"), share_of(before, "within_reach"), "share"),
        (words.text("workbook.reach_after"), share_of(after, "within_reach"), "share"),
        (words.text("workbook.reach_added"), int(after["within_reach"] - before["within_reach"]), "integer"),
    ]
    origin = words.text("workbook.roster_found" if result.generated else "workbook.roster_given", n=len(result.roster))
    summary_sheet(
        book,
        [
            (words.text("workbook.site_steps"), steps),
            (words.text("workbook.site_way"), way),
            (words.text("workbook.sheet_coverage"), change),
        ],
        [origin, limit_note(words, result.coverage_after)],
        lead=(verdict_sentence(words, names, result), str(result.assessment.verdict)),
    )


def _way(book: Book, result: SiteTest, names: Names) -> None:
    """Add what would make the roster pass, one row per enterprise: whom to take off, to ask, and who could be added."""
    import pandas as pd

    words, remedy = book.words, result.assessment.remedy
    parts = [
        remedy.drop.assign(action="drop", reason=[words.label("DropReason", code) for code in remedy.drop["reason"]]),
        remedy.ask.assign(action="ask", reason=[words.label("AskReason", code) for code in remedy.ask["question"]]),
    ]
    if remedy.available is not None:
        free = words.text("workbook.way_available_reason")
        parts.append(remedy.available.assign(action="available", reason=free))
    columns = ["action", "name", "uscc", "reason", "enterprise_id", "unit_name"]
    frame = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    frame["uscc"] = [_code_of(key) for key in frame["entity_key"]]
    frame["action"] = [words.text(f"workbook.action_{code}") for code in frame["action"]]
    units = frame["unit"] if "unit" in frame else [None] * len(frame)
    frame["unit_name"] = [names.unit(code) if isinstance(code, str) else "" for code in units]
    title = words.text("workbook.sheet_way")
    told = (
        words.text("answer.remedy", drop=len(remedy.drop), ask=len(remedy.ask), recruit=remedy.recruit)
        if len(remedy.drop) or len(remedy.ask) or remedy.recruit
        else words.text("answer.no_remedy")
    )
    fields = [
        Field("action", width=12),
        Field("name", "wrap", 40),
        Field("uscc", width=22),
        Field("reason", "wrap", 34),
        Field("enterprise_id"),
        Field("unit_name", width=16),
    ]
    book.table(title, title, frame.reindex(columns=columns), fields, [told, words.text("workbook.note_way")])


def _code_of(entity_key: object) -> str:
    """Return the credit code of an entity key; one that is known by its name alone has none."""
    text = str(entity_key)
    return "" if ":" in text else text


def _overlaps(book: Book, result: SiteTest) -> None:
    words, table = book.words, result.assessment.overlaps
    if not len(table):
        return
    frame = table.assign(
        station_name=table["station_name"].fillna(table["station_id"]),
        order=[words.label("Order", order) for order in table["order"]],
        found_by=[words.label("FoundBy", how) for how in table["found_by"]],
        uscc=[_code_of(key) for key in table["entity_key"]],
    )
    fields = [
        Field("station_name", "wrap", 34),
        Field("established_on", width=14),
        Field("name", "wrap", 36),
        Field("uscc", width=22),
        Field("order", "wrap", 24),
        Field("found_by", "wrap", 18),
    ]
    title = words.text("workbook.sheet_overlaps")
    book.table(title, title, frame, fields)


def _roster(book: Book, result: SiteTest, told: PlanResult, names: Names, site: str) -> None:
    """Add the roster as judged, those with something to do first."""
    words, remedy = book.words, result.assessment.remedy
    todo: dict[str, list[str]] = {}
    for frame, action, column, kind in (
        (remedy.drop, "drop", "reason", "DropReason"),
        (remedy.ask, "ask", "question", "AskReason"),
    ):
        verb = words.text(f"workbook.action_{action}")
        for row in frame.to_dict("records"):
            said = f"{verb}{words.text('page.colon')}{words.label(kind, row[column])}"
            todo.setdefault(str(row["entity_key"]), []).append(said)
    shown: pd.DataFrame = told.annex.copy()
    joiner = words.text("page.clause_joiner")
    shown["todo"] = [joiner.join(todo.get(str(key), ())) for key in shown["entity_key"]]
    shown["unit_name"] = [names.unit(code) for code in shown["unit"]]
    shown["explicit_need"] = [words.label("Answer", code) for code in shown["explicit_need"]]
    shown["distance_m"] = shown["distance_m"].astype("float64").round()
    shown = shown.iloc[(shown["todo"] == "").argsort(kind="stable")]
    fields = [
        *ROSTER_FIELDS,
        Field("todo", "wrap", 34),
    ]
    title = words.text("workbook.sheet_roster")
    book.table(title, title, shown, fields, [words.text("workbook.note_roster", site=site)])
