"""The report on a plan for the bureau, in the form of an official document: what it says, whatever file holds it.

Title, addressee, body, attachments, blank lines for seal and date. It proposes and asks for judgement; it decides
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ipps_geo.report.words.catalogue import DASH, Catalogue, catalogue, is_missing
from ipps_geo.report.words.edition import count_text, edition_lines, share_text
from ipps_geo.report.words.figures import added_text, city_row, limit_note, questions_of, site_names_of
from ipps_geo.report.words.loads import load_warning
from ipps_geo.report.words.naming import Names, names_of
from ipps_geo.report.words.policy import policy_name
from ipps_geo.report.words.wording import cite, finding_sentence

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult
    from ipps_geo.workspace import Workspace

MOST_FINDINGS, MOST_SITES = 8, 5


@dataclass(frozen=True)
class Part:
    """A part of a document: a heading of level 1 or 2, a paragraph, a note, or a table of texts."""

    kind: Literal["heading", "subheading", "text", "note", "table"]
    text: str = ""
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    widths: tuple[int, ...] = ()
    right: tuple[int, ...] = ()


@dataclass(frozen=True)
class Annex:
    """An attachment: its title, its parts, or a picture by name on a page across."""

    title: str
    parts: tuple[Part, ...] = ()
    picture: str = ""


@dataclass(frozen=True, eq=False)
class Official:
    """A document: ``marks`` stand above the title, ``pictures`` draw what the annexes name."""

    words: Catalogue
    title: str
    addressee: str
    marks: tuple[str, ...]
    body: tuple[Part, ...]
    annexes: tuple[Annex, ...]
    closing: str
    seal: str
    day: str
    foot: str
    pictures: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)


def plan_report(workspace: Workspace, plan: PlanResult, draw_map: Callable[[], bytes], lang: str = "zh") -> Official:
    """Return the report on ``plan``; ``draw_map`` gives its map as a picture (PNG)."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    origin = plan.provenance
    synthetic = [words.text("page.synthetic_banner")] if origin.synthetic else []
    return Official(
        words=words,
        title=words.text("official.title"),
        addressee=words.text("official.addressee"),
        marks=(*synthetic, *edition_lines(words, origin), *load_warning(words, origin.loaded)),
        body=(
            _say(words, "lead", date=origin.data_date, policy=policy_name(words, origin, 0)),
            *_situation(words, names, plan),
            *_findings(words, names, plan),
            *_plan(words, plan),
            *_alternatives(words, names, plan),
            *_judgement(words, plan),
        ),
        annexes=(
            Annex(words.text("official.annex_map"), picture="map.png"),
            Annex(words.text("official.annex_sites"), (_sites(words, names, plan), _note(words.text("page.decides")))),
            Annex(words.text("official.annex_coverage"), (_coverage(words, names, plan), *_limits(words, plan))),
            Annex(words.text("official.annex_findings"), tuple(_all_findings(words, names, plan))),
        ),
        closing=words.text("official.closing"),
        seal=words.text("official.seal"),
        day=words.text("official.day"),
        foot=words.text("page.content_hash", hash=origin.content_hash[:12]),
        pictures={"map.png": draw_map},
    )


def _say(words: Catalogue, key: str, **values: Any) -> Part:
    return Part("text", words.text(f"official.{key}", **values))


def _note(text: str) -> Part:
    return Part("note", text)


def _head(words: Catalogue, key: str) -> Part:
    return Part("heading", words.text(f"official.{key}"))


def _situation(words: Catalogue, names: Names, plan: PlanResult) -> list[Part]:
    table, city = plan.coverage_before.by_unit, city_row(plan.coverage_before)
    units = table.loc[~table["unit"].isin(["city", "unknown"])]
    empty = [names.short(code) for code in units.loc[units["stations"] == 0, "unit"]]
    return [
        _head(words, "situation"),
        _say(
            words,
            "network",
            stations=int(city["stations"]),
            units=int((units["stations"] > 0).sum()),
            without=words.text("official.none_without")
            if not empty
            else words.text("official.without", units=words.text("page.list_joiner").join(empty)),
        ),
        _say(
            words,
            "coverage",
            n=count_text(words, city, "enterprises"),
            need=count_text(words, city, "with_need"),
            roster=count_text(words, city, "on_roster"),
            roster_share=share_text(words, city, "on_roster"),
            limit=plan.coverage_before.limit,
            unit=words.label("unit_of_measure", plan.coverage_before.limit_unit),
            reach=count_text(words, city, "within_reach"),
            reach_share=share_text(words, city, "within_reach"),
        ),
    ]


def _findings(words: Catalogue, names: Names, plan: PlanResult) -> list[Part]:
    verdicts = [str(finding.verdict) for finding in plan.findings]
    failed = _failed(plan)
    blocking = sum(str(finding.severity) == "blocking" for finding in failed)
    counts = {name: verdicts.count(code) for name, code in
              (("passed", "PASS"), ("failed", "FAIL"), ("open", "UNDETERMINED"))}  # fmt: skip
    parts = [_head(words, "findings"), _say(words, "audit", blocking=blocking, **counts)]
    parts += [
        Part(
            "text",
            words.text(
                "official.finding",
                n=number,
                subject=names.subject(finding.subject),
                told=finding_sentence(words, finding, names),
                article=cite(words, finding.article),
            ),
        )
        for number, finding in enumerate(failed[:MOST_FINDINGS], start=1)
    ]
    if len(failed) > MOST_FINDINGS:
        parts.append(_say(words, "findings_more", n=len(failed) - MOST_FINDINGS))
    return parts


def _failed(plan: PlanResult) -> list[Any]:
    failed = [finding for finding in plan.findings if str(finding.verdict) == "FAIL"]
    return sorted(failed, key=lambda finding: str(finding.severity) != "blocking")


def _plan(words: Catalogue, plan: PlanResult) -> list[Part]:
    before, after, sites = city_row(plan.coverage_before), city_row(plan.coverage_after), plan.proposals
    parts = [_head(words, "plan")]
    if len(sites):
        parts.append(
            _say(
                words,
                "proposed",
                n=len(sites),
                served=int(sites["newly_served"].sum()),
                need=int(sites["with_need"].sum()),
                first=words.text("page.list_joiner").join(site_names_of(sites.head(3), words)),
            )
        )
        margins = {name: int(sites[f"margin_{name}"].min()) for name in ("roster", "need")}
        parts.append(_say(words, "margins", **margins))
    if plan.enlarged is not None and len(plan.enlarged):
        added = int(plan.enlarged["newly_served"].sum())
        parts.append(_say(words, "enlarged", n=len(plan.enlarged), added=added))
    parts.append(
        _say(
            words,
            "effect",
            roster_before=share_text(words, before, "on_roster"),
            roster_after=share_text(words, after, "on_roster"),
            reach_before=share_text(words, before, "within_reach"),
            reach_after=share_text(words, after, "within_reach"),
            left=len(plan.uncovered),
        )
    )
    proof = {
        "status": words.label("Status", plan.status),
        "gap": DASH if is_missing(plan.gap) else words.share(plan.gap, 1.0, 2),
        "violations": len(plan.violations),
    }
    return [*parts, _say(words, "proof", **proof)]


def _alternatives(words: Catalogue, names: Names, plan: PlanResult) -> list[Part]:
    """Return what else could be done: other plans, other numbers, how steady each site is, the best not chosen."""
    parts: list[Part] = []
    joiner = words.text("page.list_joiner")
    others = plan.alternatives
    if others is not None:
        for row in others.loc[others["loss"] > 0].to_dict("records"):
            added, dropped = (_subjects(names, row[column], joiner) for column in ("added", "dropped"))
            parts.append(_say(words, "alternative", loss=float(row["loss"]), added=added, dropped=dropped))
    if plan.frontier is not None and len(plan.frontier):
        rows = tuple(
            (words.value(int(row["n_sites"])), words.value(row["objective"]), words.value(row["gain"]))
            for row in plan.frontier.to_dict("records")
        )
        header = tuple(words.column(name) for name in ("n_sites", "objective", "gain"))
        parts += [_say(words, "frontier"), Part("table", "", header, rows, (1, 1, 1), (0, 1, 2))]
    if plan.robustness is not None and len(plan.robustness):
        chosen = plan.robustness.loc[plan.robustness["in_base"]]
        steady = chosen.loc[chosen["chosen"] == chosen["of"]]
        parts.append(_say(words, "robust", n=len(chosen), of=int(chosen["of"].max()), steady=len(steady)))
    closed = plan.closed_sites
    best = closed.loc[closed["would_add"] > 0].head(MOST_SITES) if "would_add" in closed else closed.head(0)
    if len(best):
        told = joiner.join(
            words.text("official.closed_site", name=names.subject(row["site_id"]), n=added_text(words, row))
            for row in best.to_dict("records")
        )
        parts.append(_say(words, "closed", n=len(closed), sites=told))
    return [_head(words, "alternatives"), *(parts or [_say(words, "no_alternatives")])]


def _subjects(names: Names, codes: object, joiner: str) -> str:
    listed = [] if is_missing(codes) else [part for part in str(codes).split(";") if part]
    return joiner.join(names.subject(code) for code in listed) or names.words.text("page.none")


def _judgement(words: Catalogue, plan: PlanResult) -> list[Part]:
    unsettled = int((plan.proposals["screening"] != "PASS").sum()) if len(plan.proposals) else 0
    parts = [_head(words, "judgement")]
    if unsettled:
        parts.append(_say(words, "unsettled", n=unsettled))
    return [
        *parts,
        Part("text", limit_note(words, plan.coverage_after)),
        Part("text", words.text("page.two_coverages")),
        Part("text", words.text("page.decides")),
    ]


def _sites(words: Catalogue, names: Names, plan: PlanResult) -> Part:
    sites = plan.proposals
    rows = tuple(
        (
            str(row["rank"]),
            name,
            names.short(row["unit"]),
            *(words.value(int(row[key])) for key in ("newly_served", "with_need", "margin_roster", "margin_need")),
            questions_of(words, row["questions"]) or DASH,
        )
        for row, name in zip(sites.to_dict("records"), site_names_of(sites, words), strict=True)
    )
    header = (
        *(words.column(key) for key in ("rank", "name", "unit", "newly_served", "with_need")),
        words.text("map.list_margin_roster"),
        words.text("map.list_margin_need"),
        words.column("questions"),
    )
    return Part("table", "", header, rows, (5, 20, 9, 8, 8, 7, 7, 36), (3, 4, 5, 6))


def _coverage(words: Catalogue, names: Names, plan: PlanResult) -> Part:
    after = {row["unit"]: row for row in plan.coverage_after.by_unit.to_dict("records")}
    rows = tuple(
        (
            names.unit("city") if row["unit"] == "city" else names.short(row["unit"]),
            count_text(words, row, "enterprises"),
            words.text("official.change", before=int(row["stations"]), after=int(after[row["unit"]]["stations"])),
            *(share_text(words, side, part) for part in ("on_roster", "within_reach")
              for side in (row, after[row["unit"]])),
        )
        for row in plan.coverage_before.by_unit.to_dict("records")
        if row["unit"] in after
    )  # fmt: skip
    header = (
        words.column("unit"),
        words.column("enterprises"),
        words.column("stations"),
        *(words.text(f"workbook.{key}") for key in ("roster_before", "roster_after", "reach_before", "reach_after")),
    )
    return Part("table", "", header, rows, (18, 14, 12, 14, 14, 14, 14), (1, 2, 3, 4, 5, 6))


def _limits(words: Catalogue, plan: PlanResult) -> Sequence[Part]:
    return [_note(limit_note(words, plan.coverage_after)), _note(words.text("page.bda_note"))]


def _all_findings(words: Catalogue, names: Names, plan: PlanResult) -> list[Part]:
    """Return every condition that is not met, and how many are open by rule; the workbook holds each with evidence."""
    rows = tuple(
        (
            cite(words, finding.article),
            names.subject(finding.subject),
            words.label("Severity", finding.severity),
            finding_sentence(words, finding, names),
        )
        for finding in _failed(plan)
    )
    header = tuple(words.column(key) for key in ("article", "subject_name", "severity", "explanation"))
    open_count = sum(str(finding.verdict) == "UNDETERMINED" for finding in plan.findings)
    table = Part("table", "", header, rows, (16, 24, 12, 48))
    return [*([table] if rows else []), _note(words.text("official.open_findings", n=open_count))]
