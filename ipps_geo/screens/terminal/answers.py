"""Short answers for a terminal: a tested site, a repair, checked files, a demonstration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.compliance.assess import PLACE_ID
from ipps_geo.intake.limits import RAISABLE
from ipps_geo.intake.problems import MORE_ROWS, params_of, params_text
from ipps_geo.report.words.catalogue import Catalogue, catalogue
from ipps_geo.report.words.loads import datum_lines, load_lines
from ipps_geo.report.words.messages import problem_message, problem_place
from ipps_geo.report.words.naming import Names, names_of
from ipps_geo.report.words.wording import cite, finding_sentence, rule_title
from ipps_geo.screens.terminal.asking import question_lines
from ipps_geo.screens.terminal.summary import more_line, network_lines

if TYPE_CHECKING:
    from ipps_geo.intake.check import CheckReport
    from ipps_geo.regions import NewRegion
    from ipps_geo.results import RepairResult, SiteTest
    from ipps_geo.workspace import Workspace

COUNT_STEPS = ("raw", "deduplicated", "enterprises", "not_on_another_roster", "key_industry", "with_need")


def site_lines(
    workspace: Workspace,
    result: SiteTest,
    lang: str = "zh",
    files: Sequence[str | Path] = (),
    *,
    names_shown: bool = False,
    most: int = 20,
) -> list[str]:
    """Return the answer to "can a workstation open here": verdict, rules, counts, overlaps, what would make it pass."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    told = result.assessment
    stated = result.provenance.parameters
    free = told.site_id == PLACE_ID
    site = f"{stated['lon']:.4f}°, {stated['lat']:.4f}°" if free else names.subject(told.site_id)
    lines = [words.text("answer.site_title", site=site, unit=names.unit(told.unit))]
    if result.provenance.synthetic:
        lines.append(words.text("page.synthetic_banner"))
    lines += datum_lines(words, result.provenance.sources)
    lines += load_lines(words, result.provenance.loaded)
    lines += network_lines(words, result.provenance)
    lines.append(words.text("answer.site_verdict", verdict=words.label("Verdict", told.verdict), on=told.on))
    if result.generated:
        lines.append(words.text("answer.roster_generated", n=len(result.roster)))
    lines += [
        f"  [{words.label('Verdict', finding.verdict)}] {cite(words, finding.article)} "
        f"{finding_sentence(words, finding, names)}"
        for finding in told.findings
    ]
    steps = [f"{words.text(f'answer.step_{name}')} {_bounds(words, told.counts[name])}" for name in COUNT_STEPS]
    lines.append(words.text("answer.counts") + " → ".join(steps))
    lines += _overlap_lines(words, names, told.overlaps)
    remedy = told.remedy
    lines.append(
        words.text("answer.remedy", drop=len(remedy.drop), ask=len(remedy.ask), recruit=remedy.recruit)
        if len(remedy.drop) or len(remedy.ask) or remedy.recruit
        else words.text("answer.no_remedy")
    )
    if remedy.recruit and remedy.available is not None:
        lines.append(words.text("answer.available", n=len(remedy.available)))
        if names_shown:
            lines += [f"    {name}" for name in remedy.available["name"].head(most)]
    before, after = (
        coverage.by_unit.set_index("unit").loc["city"] for coverage in (result.coverage_before, result.coverage_after)
    )
    lines.append(
        words.text(
            "answer.effect",
            roster=int(after["on_roster"] - before["on_roster"]),
            reach=int(after["within_reach"] - before["within_reach"]),
        )
    )
    return lines + _files(words, files)


def _overlap_lines(words: Catalogue, names: Names, overlaps: pd.DataFrame) -> list[str]:
    """Return one line per other roster and kind of overlap: certain, possible, or with an application that waits."""
    kind = np.select(
        [overlaps["found_by"] == "pending", overlaps["order"] == "order_or_identity_unknown"],
        ["overlap_pending", "overlap_possible"],
        default="overlap",
    )
    counted = overlaps.groupby([overlaps["station_id"], kind]).size()
    return [
        words.text(f"answer.{how}", station=names.subject(station), n=int(n)) for (station, how), n in counted.items()
    ]


def repair_lines(
    workspace: Workspace, result: RepairResult, lang: str = "zh", files: Sequence[str | Path] = (), most: int = 30
) -> list[str]:
    """Return the moves that repair the rosters, and the stations that cannot be saved."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    proof = "answer.repair_proven" if result.status == "optimal" else "answer.repair_bound"
    lines = [words.text("answer.repair_title"), words.text(proof, n=result.n_moves, bound=result.bound)]
    if result.provenance.synthetic:
        lines.insert(1, words.text("page.synthetic_banner"))
    lines[1:1] = load_lines(words, result.provenance.loaded)
    lines += [
        words.text(f"answer.move_{row['kind']}", name=row["name"], source=names.subject(row["station_from"]),
                   target=names.subject(row["station_to"]))
        for row in result.moves.head(most).to_dict("records")
    ]  # fmt: skip
    if len(result.moves) > most:
        lines.append(more_line(words, len(result.moves) - most, files))
    lines += [
        words.text("answer.unsaved", station=names.subject(row["station_id"]), shortfall=int(row["shortfall"]))
        for row in result.unsaved.to_dict("records")
    ]
    for (station, question, needed), rows in result.open.groupby(["station_id", "question", "needed"], sort=True):
        told = words.text("page.list_joiner").join(str(name) for name in rows["name"])
        key = f"answer.open_{question}"
        lines.append(words.text(key, station=names.subject(station), needed=int(needed), of=len(rows), names=told))
    return lines + _files(words, files)


def check_lines(report: CheckReport, lang: str = "zh", most: int = 50, files: Sequence[str | Path] = ()) -> list[str]:
    """Return what a check of files found: the counts, then the problems, each with its place and what to do."""
    words = catalogue(lang)
    document = report.as_json()
    lines = [
        words.text(
            "answer.check",
            file=entry["file"],
            table=words.label("TableName", entry["table"]),
            rows=entry["rows_in_file"],
            accepted=entry["accepted"],
            rejected=entry["rejected"],
        )
        for entry in document["files"]
    ]
    for read in report.reads:
        lines += question_lines(read, lang)
    problems = report.problems.to_dict("records")
    if len(problems) > _FEW:
        lines += _kind_lines(problems, lang)
        # The summary tells what was merely noted; row by row stands what a person has to look at.
        problems = [problem for problem in problems if problem["severity"] != "note"]
    for problem in problems[:most]:
        message, advice = problem_message(problem, lang)
        where = " · ".join([str(problem["file"]), *problem_place(problem, lang)])
        lines.append(f"  [{words.label('ProblemSeverity', problem['severity'])}] {where}: {message}")
        if advice:
            lines.append("    " + words.text("page.advice", advice=advice))
        if problem["code"] in RAISABLE:
            lines.append("    " + words.text("answer.raise_limit", limit=RAISABLE[str(problem["code"])]))
    if len(problems) > most:
        lines.append(more_line(words, len(problems) - most, files))
    if not problems:
        noted = len(report.problems) > 0
        lines.append(words.text("answer.only_notes" if noted else "answer.no_problems"))
    return lines


_FEW, _COLUMNS = 5, 8
"""Up to so many problems need no summary; so many columns are named of one kind."""
_ORDER = ("error", "warning", "note")


def _kind_lines(problems: Sequence[Mapping[str, Any]], lang: str) -> list[str]:
    """Return the problems by kind, errors first, each with how often it stands and in which columns."""
    words = catalogue(lang)
    kinds: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for problem in problems:
        kinds.setdefault((str(problem["severity"]), str(problem["code"])), []).append(problem)
    lines = [words.text("answer.check_kinds")]
    for (severity, _), listed in sorted(kinds.items(), key=lambda kind: (_ORDER.index(kind[0][0]), -len(kind[1]))):
        more = sum(int(params_of(problem["params"]).get(MORE_ROWS, 0)) for problem in listed)
        message = _shared_message(listed, lang)
        columns = list(dict.fromkeys(problem["column"] for problem in listed if isinstance(problem["column"], str)))
        named = words.text("page.list_joiner").join(columns[:_COLUMNS]) + ("…" if len(columns) > _COLUMNS else "")
        where = words.text("answer.check_where", column=named) if columns else ""
        label = words.label("ProblemSeverity", severity)
        n = len(listed) + more
        lines.append(words.text("answer.check_kind", severity=label, message=message, n=n, where=where))
    return [*lines, words.text("answer.check_rows")]


def _shared_message(problems: Sequence[Mapping[str, Any]], lang: str) -> str:
    """Return the sentence of problems of one kind; of those that differ the first, as one of several."""
    told = [problem_message({**problem, "params": without_more(problem["params"])}, lang)[0] for problem in problems]
    return told[0] if len(set(told)) == 1 else f"{told[0]} …"


def without_more(params: Any) -> str | None:
    """Return parameters of a problem without the number of further rows that it stands for."""
    return params_text({name: value for name, value in params_of(params).items() if name != MORE_ROWS})


def file_lines(files: Sequence[str | Path], lang: str = "zh") -> list[str]:
    """Return the files that were written."""
    return _files(catalogue(lang), files)


def demo_lines(made: Mapping[str, Any], lang: str = "zh") -> list[str]:
    """Return what a demonstration workspace holds."""
    words = catalogue(lang)
    lines = [words.text("answer.demo", n=made["enterprises"], seed=made["seed"], folder=made["workspace"])]
    if made["planted"]:
        lines.append(words.text("answer.planted", n=len(made["planted"])))
        lines += [
            f"  {flaw['rule']} {flaw['subject']}{words.text('page.colon')}{_why(words, flaw)}"
            for flaw in made["planted"]
        ]
    return lines + _files(words, made["files"])


def region_lines(made: NewRegion, lang: str = "zh") -> list[str]:
    """Return what a new region is, and what it is not: its policy and lists are examples, its borders not approved."""
    region = made.region
    words = catalogue(lang, region)
    share = words.number(made.lengthening * 10_000, 1)
    lines = [
        words.text("answer.region", name=region.name_zh, n=made.units, folder=str(region.folder)),
        words.text("page.crs_map"),
        words.text("answer.region_lengthening", share=share),
    ]
    if len(made.meridians) > 1:
        lines.append(words.text("answer.region_zones", meridians=list(made.meridians), own=region.meridian))
    lines += [words.text("answer.region_adapted"), words.text("answer.region_borders")]
    return lines + _files(words, [str(file) for file in made.files])


def _why(words: Catalogue, flaw: Mapping[str, Any]) -> str:
    """Return why a planted flaw is one; where the reader's language has no sentence, the rule that it is against."""
    key = f"PlantedWhy.{flaw['why']}"
    if words.has(key) or words.lang == "en":
        return words.entries.get(key, str(flaw["why"]))
    return words.text("answer.against_rule", rule=rule_title(words, flaw["rule"]))


def _bounds(words: Catalogue, bounds: tuple[int, int]) -> str:
    least, most = bounds
    return words.value(least) if least == most else f"{words.value(least)}–{words.value(most)}"


def _files(words: Catalogue, files: Sequence[str | Path]) -> list[str]:
    return [words.text("summary.files"), *(f"  {path}" for path in files)] if files else []
