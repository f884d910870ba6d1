"""The few lines that a terminal shows: verdicts, proposals, coverage before and after, the gap, where the files are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.report.words.catalogue import DASH, Catalogue, catalogue
from ipps_geo.report.words.edition import count_text, edition_lines, share_text, unjudged_lines
from ipps_geo.report.words.figures import city_row, further_lines, site_names_of
from ipps_geo.report.words.loads import datum_lines, load_lines
from ipps_geo.report.words.messages import remark_sentences
from ipps_geo.report.words.naming import Names, names_of
from ipps_geo.report.words.policy import policy_name
from ipps_geo.report.words.shares import balance_lines, measured, share_lines
from ipps_geo.report.words.weighting import FRONT_WISHES, weight_lines
from ipps_geo.report.words.wording import cite, finding_sentence, rule_title
from ipps_geo.screens.terminal.series import day_lines, unit_plan_lines

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.compliance import Finding
    from ipps_geo.results import AuditResult, CoverageResult, PlanResult, Provenance
    from ipps_geo.results.national import NationalPlan
    from ipps_geo.workspace import Workspace


FIRST_STATIONS = 5
"""Enlarged stations that a summary names; the workbook holds all."""

PARTITIONED = ("partitions", "rows", "legal_entities")
"""What a coverage over partitions says of how many it has read."""

FIRST_ROWS = 3
"""Rows left out of a timetable that a summary names; the table of them holds all."""


def plan_summary(
    workspace: Workspace, plan: PlanResult, lang: str = "zh", files: Sequence[str | Path] = ()
) -> list[str]:
    """Return the lines of a plan: audit counts, how good the proof is, each proposal, coverage, files."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    proposals = plan.proposals
    before, after = city_row(plan.coverage_before), city_row(plan.coverage_after)
    lines = [
        words.text("summary.title"),
        *_banner(words, plan.provenance),
        *network_lines(words, plan.provenance),
        audit_line(words, plan.findings),
        *left_out_lines(words, plan.provenance),
        *staff_lines(words, plan.provenance),
        *weight_lines(words, plan),
        proof_line(words, plan),
        *proposal_lines(words, names, proposals, proposals, again=plan.turnover is not None),
    ]
    lines += enlarged_lines(words, plan, names)
    lines += balance_lines(words, plan)
    lines += floor_lines(words, plan, names)
    lines += share_lines(words, plan, names)
    lines += closure_lines(words, plan, names)
    lines += front_lines(words, plan)
    lines += stage_lines(words, plan)
    lines += unit_plan_lines(words, names, plan)
    lines += [
        words.text(
            "summary.coverage",
            before=words.share(before["on_roster"], before["enterprises"]),
            after=words.share(after["on_roster"], after["enterprises"]),
            n_before=int(before["on_roster"]),
            n_after=int(after["on_roster"]),
            total=int(after["enterprises"]),
        ),
        words.text(
            "summary.access",
            limit=words.number(plan.coverage_after.limit),
            unit=words.label("unit_of_measure", plan.coverage_after.limit_unit),
            before=share_text(words, before, "within_reach"),
            after=share_text(words, after, "within_reach"),
        ),
        words.text("summary.unserved", n=len(plan.uncovered)),
        words.text("page.decides"),
    ]
    return lines + _files(words, files)


def proof_line(words: Catalogue, plan: PlanResult | NationalPlan) -> str:
    """Return how good the proof of a plan is: status, why it stopped, objective, bound, gap, seconds."""
    return words.text(
        "summary.status",
        status=words.label("Status", plan.status),
        stop=words.label("StopReason", plan.stop_reason),
        objective=measured(words, plan, plan.objective),
        bound=measured(words, plan, plan.bound),
        gap=words.share(plan.gap, 1.0, 2),
        seconds=words.number(plan.seconds, 1),
    )


def proposal_lines(
    words: Catalogue, names: Names, proposals: pd.DataFrame, named: pd.DataFrame, *, again: bool = False
) -> list[str]:
    """Return what all ``proposals`` serve together, and a line for each of those ``named``.

    ``again``: some of their rosters were served before, by stations that close or move, and are not called new.
    """
    total, each = ("proposals_listed", "proposal_listed") if again else ("proposals", "proposal")
    return [
        words.text(
            f"summary.{total}",
            n=len(proposals),
            served=int(proposals["newly_served"].sum()),
            need=int(proposals["with_need"].sum()),
        ),
        *(
            words.text(
                f"summary.{each}",
                rank=int(row["rank"]),
                name=name,
                unit=names.unit(row["unit"]),
                served=int(row["newly_served"]),
                need=int(row["with_need"]),
                margin=int(row["margin_roster"]),
                margin_need=int(row["margin_need"]),
            )
            for row, name in zip(named.to_dict("records"), site_names_of(named, words), strict=True)
        ),
    ]


def staff_lines(words: Catalogue, provenance: Provenance) -> list[str]:
    """Return how many each member of staff serves at most, where that is a limit, and what was assumed."""
    stated = provenance.parameters
    if stated.get("members_per_staff") is None:
        return []
    told = {"each": stated["members_per_staff"], "assumed": stated["staff_assumed"], "staff": stated["new_staff"]}
    return [words.text("summary.staff", **told)]


def front_lines(words: Catalogue, plan: PlanResult) -> list[str]:
    """Return the front of two wishes, one line per point."""
    table, wish = plan.front, plan.provenance.parameters.get("front")
    if wish is None:
        return []
    if table is None:
        return [words.text("summary.no_result", what=words.text("app.front"))]
    second = next(name for name in table if name in FRONT_WISHES)
    proven = int((table["status"] == "optimal").sum())
    word = words.label("FrontWish", wish)
    told = [words.text("summary.front", wish=word, n=len(table), proven=proven)]
    for row in table.to_dict("records"):
        value = words.share(row[second], 1.0) if second.endswith("share") else words.number(row[second])
        figures = {"value": value, "objective": words.number(row["objective"]), "bound": words.number(row["bound"])}
        told.append(words.text("summary.front_point", wish=words.column(second), n=int(row["n_sites"]), **figures))
    return told


def closure_lines(words: Catalogue, plan: PlanResult, names: Names) -> list[str]:
    """Return which stations close or move, and what becomes of their rosters."""
    table = plan.closures
    if table is None:
        return []
    if not len(table):
        return [words.text("summary.no_closure")]
    moved = int(table["moved_to"].notna().sum())
    sums = {"members": int(table["members"].sum()), "again": int(table["served_again"].sum())}
    told = [words.text("summary.turnover", **(plan.turnover or {}))]
    told += [words.text("summary.closures", closed=len(table) - moved, moved=moved, **sums)]
    for row in table.to_dict("records"):
        figures = {"name": row["name"], "unit": names.unit(row["unit"]), "members": row["members"]}
        figures["again"] = row["served_again"]
        if isinstance(row["moved_to"], str):
            to = names.subject(row["moved_to"])
            told.append(words.text("summary.move", to=to, metres=words.number(row["moved_m"], 0), **figures))
        else:
            told.append(words.text("summary.closure", **figures))
    return told


def stage_lines(words: Catalogue, plan: PlanResult) -> list[str]:
    """Return the years and the scenarios, one line each."""
    told = []
    for name, line in (("years", "year"), ("scenarios", "scenario")):
        table = getattr(plan, name)
        if table is None:
            if plan.provenance.parameters.get("robust" if name == "scenarios" else name):
                told.append(words.text("summary.no_result", what=words.text(f"app.{name}")))
            continue
        rows = table.to_dict("records")
        aim = words.label("Robust", plan.provenance.parameters["robust"])
        told.append(words.text(f"summary.{name}", status=words.label("Status", rows[0]["status"]), aim=aim))
        for row in rows:
            figures = {key: words.number(value) for key, value in row.items() if isinstance(value, float)}
            figures |= {"n": row.get("n_sites"), "year": row.get("year")}
            told.append(words.text(f"summary.{line}", scenario=words.label("Scenario", row.get("scenario")), **figures))
    return told


def floor_lines(words: Catalogue, plan: PlanResult, names: Names) -> list[str]:
    """Return how many units reach the least coverage asked for, which do not, and whether any plan could do better."""
    if plan.floor is None:
        return []
    table = plan.floor
    short = table.loc[table["short"] > 0]
    percent = plan.provenance.parameters["floor_percent"]
    told = [words.text("summary.floor", percent=percent, n=len(table) - len(short), units=len(table))]
    if len(short):
        listed = [
            words.text("summary.floor_unit", unit=names.unit(row["unit"]), short=int(row["short"]))
            for row in short.to_dict("records")
        ]
        proven = "floor_least" if bool(short["least_shortfall"].all()) else "floor_open"
        joined = words.text("page.list_joiner").join(listed)
        told.append(words.text(f"summary.{proven}", n=int(short["short"].sum()), units=joined))
    return told


def enlarged_lines(words: Catalogue, plan: PlanResult, names: Names) -> list[str]:
    """Return what existing stations take in, most first; without that, how many of the new rosters stand near one."""
    if plan.enlarged is None:
        return [words.text("summary.near_existing", n=plan.near_existing)] if plan.near_existing else []
    table = plan.enlarged.sort_values(["newly_served", "site_id"], ascending=[False, True], kind="stable")
    served, need = int(table["newly_served"].sum()), int(table["with_need"].sum())
    told = [words.text("summary.enlarged", n=len(table), served=served, need=need)]
    told += [
        words.text(
            "summary.enlarged_station",
            name=row["name"],
            unit=names.unit(row["unit"]),
            before=int(row["old_members"]),
            after=int(row["all_members"]),
            served=int(row["newly_served"]),
        )
        for row in table.head(FIRST_STATIONS).to_dict("records")
    ]
    if len(table) > FIRST_STATIONS:
        told.append(words.text("summary.more_stations", n=len(table) - FIRST_STATIONS))
    return told


def audit_summary(
    workspace: Workspace,
    audit: AuditResult,
    lang: str = "zh",
    files: Sequence[str | Path] = (),
    most: int = 20,
    *,
    changes: Sequence[Any] | None = None,
    days: pd.DataFrame | None = None,
) -> list[str]:
    """Return the lines of an audit: the counts, then up to ``most`` findings that do not pass, conditions first.

    With ``changes``, as ``compliance.changes_since`` gives them, up to ``most`` of them follow: verdicts that turned
    before findings that are new or gone; with ``days`` the counts of each day on which they turned.
    """
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    open_findings = [f for f in audit.findings if str(f.verdict) == "FAIL"]
    open_findings.sort(key=lambda f: str(f.severity) != "blocking")  # stable: the audit's own order within
    lines = [
        words.text("summary.audit_title"),
        *_banner(words, audit.provenance),
        words.text("summary.audit_day", on=audit.on, policy=audit.provenance.policy_version),
        *network_lines(words, audit.provenance),
        audit_line(words, audit.findings),
    ]
    lines += [
        f"  [{words.label('Severity', finding.severity)}] {_subject(words, names, finding)} "
        f"{cite(words, finding.article)} {finding_sentence(words, finding, names)}"
        for finding in open_findings[:most]
    ]
    if len(open_findings) > most:
        lines.append(more_line(words, len(open_findings) - most, files))
    if changes is not None:
        lines += _change_lines(words, names, changes, most, files)
    lines += day_lines(words, days)
    return lines + _files(words, files)


def _change_lines(
    words: Catalogue, names: Names, changes: Sequence[Any], most: int, files: Sequence[str | Path]
) -> list[str]:
    def verdict(finding: Any) -> str:
        return DASH if finding is None else words.label("Verdict", finding.verdict)

    told = [change for change in changes if change.kind != "figures"]
    told.sort(key=lambda change: change.kind != "verdict")  # stable
    lines = [words.text("summary.changes", n=len(told))]
    lines += [
        f"  {names.subject(change.subject)} {rule_title(words, change.rule)}{words.text('page.colon')}"
        f"{verdict(change.before)} → {verdict(change.after)}"
        for change in told[:most]
    ]
    return lines + ([more_line(words, len(told) - most, files)] if len(told) > most else [])


def coverage_summary(
    workspace: Workspace, coverage: CoverageResult, lang: str = "zh", files: Sequence[str | Path] = ()
) -> list[str]:
    """Return the lines of a coverage: one per unit, the city last."""
    words, names = catalogue(lang, workspace.region), names_of(workspace, lang)
    lines = [
        words.text("summary.coverage_title"),
        *_banner(words, coverage.provenance),
        *edition_lines(words, coverage.provenance),
        *network_lines(words, coverage.provenance),
        words.text("page.limit_note", limit=coverage.limit, unit=words.label("unit_of_measure", coverage.limit_unit)),
    ]
    lines += [
        words.text(
            "summary.coverage_line",
            unit=names.unit(row["unit"]),
            total=count_text(words, row, "enterprises"),
            roster=share_text(words, row, "on_roster"),
            reach=share_text(words, row, "within_reach"),
            stations=int(row["stations"]),
        )
        for row in coverage.by_unit.to_dict("records")
    ]
    lines += unjudged_lines(words, coverage.by_unit)
    return lines + further_lines(words, coverage) + _files(words, files)


def _subject(words: Catalogue, names: Names, finding: Finding) -> str:
    """Return whom a finding is about; an application bears the name of its station and is told apart by its number."""
    name = names.subject(finding.subject)
    if finding.subject_kind != "application" or name == finding.subject:
        return name
    return f"{name} {words.label('SubjectKind', 'application')} {finding.subject}"


def audit_line(words: Catalogue, findings: Sequence[Any]) -> str:
    """Return how many findings pass, fail and are undetermined."""
    verdicts = [str(finding.verdict) for finding in findings]
    return words.text(
        "summary.audit",
        passed=verdicts.count("PASS"),
        failed=verdicts.count("FAIL"),
        blocking=sum(str(f.verdict) == "FAIL" and str(f.severity) == "blocking" for f in findings),
        undetermined=verdicts.count("UNDETERMINED"),
    )


def network_lines(words: Catalogue, provenance: Provenance) -> list[str]:
    """Return what is to be told of weights, streets and timetable: who counts, whom they reach, what was unusable."""
    stated = provenance.parameters
    told = []
    if "legal_entities" in stated:
        told.append(words.text("summary.partitions_read", **{name: stated[name] for name in PARTITIONED}))
    if "enterprises_read" in stated:
        named = {name: stated[name] for name in ("partitions", "rows", "enterprises_read")}
        told.append(words.text("summary.partitions_named", **named))
    if "weights" in stated:
        each = stated.get("weight_unlisted")
        weights = {"weights": stated["weights"], "unlisted": stated["weights_unlisted"], "each": each}
        told.append(words.text("summary.weights_line", **weights))
    if "network_places" in stated:
        shares = {name: stated[f"network_{name}"] for name in ("places", "snapped", "on_islands")}
        told.append(words.text("page.network_met", **shares))
    if "network_near_stations" in stated:
        near = {"doors": stated["network_doors"], "near": stated["network_near_stations"]}
        told.append(words.text("summary.network_near", **near))
    told += remark_sentences(stated.get("network_remarks", ()), words.lang)
    if "network_percentile" not in stated:
        return told
    known = {"source": stated["network_source"], "as_of": stated["network_as_of"]}
    lines = [*told, words.text("summary.network_line", percentile=stated["network_percentile"], **known)]
    if stated["network_left_out_rows"]:
        first = words.text("page.list_joiner").join(stated["network_left_out"][:FIRST_ROWS])
        lines.append(words.text("summary.network_left_out", rows=stated["network_left_out_rows"], first=first))
    return lines


def left_out_lines(words: Catalogue, provenance: Provenance) -> list[str]:
    """Return whom a plan keeps away from because a row of a roster was left out, and how many such rows name nobody."""
    census = provenance.parameters.get("census", {})
    names = ("perhaps_on_a_roster", "unreadable_roster_rows")
    return [words.text(f"summary.{name}", n=census[name]) for name in names if census.get(name)]


def _banner(words: Catalogue, provenance: Provenance) -> list[str]:
    changed = provenance.policy_changes
    return [
        *([words.text("page.synthetic_banner")] if provenance.synthetic else []),
        *load_lines(words, provenance.loaded),
        *datum_lines(words, provenance.sources),
        *([words.text("page.policy", version=policy_name(words, provenance, len(changed)))] if changed else []),
    ]


def more_line(words: Catalogue, n: int, files: Sequence[str | Path]) -> str:
    """Return that there are ``n`` more: in the files that were written, or in those that ``--out`` would write."""
    return words.text("summary.more" if files else "summary.more_with_out", n=n)


def _files(words: Catalogue, files: Sequence[str | Path]) -> list[str]:
    return [words.text("summary.files"), *(f"  {path}" for path in files)] if files else []
