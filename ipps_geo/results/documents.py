"""Results as one JSON document each, in the words of the result types: codes and numbers, no prose.

Each document says in ``schema`` what it is and of which version; :func:`ipps_geo.results.schema` describes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.results.schemas import stated
from ipps_geo.results.values import plain

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.errors import IppsGeoError
    from ipps_geo.results import AuditResult, CoverageResult, PlanResult, RepairResult, SiteTest

OPEN_SITE_KEYS = {
    "site_id": "id",
    "name_zh": "name",
    "unit": "unit",
    "newly_served": "newly_served",
    "with_need": "with_need",
    "margin_roster": "margin",
    "margin_need": "margin_need",
}
"""Keys of an open site in the plan's document, from the columns of ``PlanResult.proposals``."""


ERROR_KINDS = {0: "", 2: "refused", 3: "no_plan", 4: "internal", 130: "stopped"}
"""What an error is, by the exit code that it leads to."""


def error_document(error: IppsGeoError, message: str, advice: str) -> dict[str, Any]:
    """Return an error as a document; ``message`` and ``advice`` are its sentences in the reader's language.

    >>> from ipps_geo.errors import NotSolved
    >>> error_document(NotSolved("solve.no_plan_in_time"), "no time", "more time")["kind"]
    'no_plan'
    """
    document = stated("error") | {
        "kind": ERROR_KINDS[error.exit_code],
        "code": error.code,
        "where": error.where,
        "message": message,
        "advice": advice,
        "log_number": error.values.get("number"),  # noqa: PD011 - no frame
        "exit_code": error.exit_code,
    }
    return dict(plain(document))


def coverage_figures(coverage: CoverageResult) -> dict[str, Any]:
    """Return the city's figures of a coverage, at further limits and by weight where these were asked for."""
    figures = dict(plain(coverage.by_unit.set_index("unit").loc["city"].to_dict()))
    for name in ("by_limit", "by_weight"):
        if name in coverage.tables:
            table = coverage.tables[name]
            figures[name] = plain(table.loc[table["unit"] == "city"].drop(columns="unit"))
    return figures


def plan_document(
    result: PlanResult, *, explain: bool = False, timed: bool = True, files: Sequence[Path] = ()
) -> dict[str, Any]:
    """Return the plan as a document; with ``explain``, why sites stay closed and enterprises unserved.

    Without ``timed`` it says nothing of how long the solver took, so that the same plan gives the same file.
    """
    document: dict[str, Any] = stated("plan") | {
        "status": result.status,
        "stop_reason": result.stop_reason,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        **({"seconds": result.seconds} if timed else {}),
        "open_sites": [
            {key: record[column] for column, key in OPEN_SITE_KEYS.items()}
            | {name: value for name, value in record.items() if name not in OPEN_SITE_KEYS}
            for record in plain(result.proposals)
        ],
        "near_existing": result.near_existing,
        "coverage_before": coverage_figures(result.coverage_before),
        "coverage_after": coverage_figures(result.coverage_after),
        "violations": result.violations,
        "findings": audit_counts(result.findings),
        "candidates_kept_out": result.candidates_kept_out,
        "provenance": result.provenance,
        "files": [str(file) for file in files],
    }
    if result.turnover is not None:
        document["turnover"] = result.turnover
    if explain:
        document["closed_sites"] = result.closed_sites
        document["uncovered"] = {
            "by_reason": result.uncovered["reason"].value_counts().sort_index().to_dict(),
            "by_unit": result.uncovered["unit"].fillna("unknown").value_counts().sort_index().to_dict(),
        }
    for name in (
        "enlarged",
        "not_enlarged",
        "floor",
        "balance",
        "unit_shares",
        "weighting",
        "front",
        "closures",
        "years",
        "scenarios",
        "frontier",
        "alternatives",
        "robustness",
        "unit_plans",
    ):
        if getattr(result, name) is not None:
            document[name] = getattr(result, name)
    return dict(plain(document))


def audit_counts(findings: Sequence[Any]) -> dict[str, int]:
    """Return the number of findings per verdict."""
    counts = {"PASS": 0, "FAIL": 0, "UNDETERMINED": 0}
    for finding in findings:
        counts[str(finding.verdict)] += 1
    return counts


def audit_document(
    result: AuditResult,
    changes: Sequence[Any] | None = None,
    files: Sequence[Path] = (),
    *,
    days: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Return the audit as a document; ``changes`` when two days were compared, ``days`` when each was audited."""
    document: dict[str, Any] = stated("audit") | {
        "on": result.on,
        "counts": result.counts(),
        "findings": [finding.to_dict() for finding in result.findings],
        "provenance": result.provenance,
        "files": [str(file) for file in files],
    }
    if changes is not None:
        document["changes"] = changes_document(changes)
    if days is not None:
        document["days"] = days
    return dict(plain(document))


def changes_document(changes: Sequence[Any]) -> list[dict[str, Any]]:
    """Return what changed between two audits: kind, rule, subject, and the verdict before and after."""
    return [
        {
            "kind": change.kind,
            "rule": change.rule,
            "subject": change.subject,
            "subject_kind": str(change.subject_kind),
            "before": None if change.before is None else change.before.to_dict(),
            "after": None if change.after is None else change.after.to_dict(),
        }
        for change in changes
    ]


def assessment_document(result: SiteTest, *, names: bool = False, files: Sequence[Path] = ()) -> dict[str, Any]:
    """Return a site test as a document; enterprises to recruit are named only for a caller who may see them."""
    document: dict[str, Any] = stated("assessment") | dict(plain(result.assessment.to_dict()))
    available = document["remedy"].get("available", [])
    document["remedy"]["available_count"] = len(available)
    if not names:
        document["remedy"]["available"] = [
            {key: value for key, value in entry.items() if key not in ("name", "entity_key")} for entry in available
        ]
    before, after = coverage_figures(result.coverage_before), coverage_figures(result.coverage_after)
    return document | dict(
        plain(
            {
                "roster_generated": result.generated,
                "roster_size": len(result.roster),
                "coverage_before": before,
                "coverage_after": after,
                "newly_on_roster": after["on_roster"] - before["on_roster"],
                "newly_within_reach": after["within_reach"] - before["within_reach"],
                "provenance": result.provenance,
                "files": [str(file) for file in files],
            }
        )
    )


def repair_document(result: RepairResult, files: Sequence[Path] = ()) -> dict[str, Any]:
    """Return a repair as a document: the moves, each station before and after, the overlap graph."""
    return dict(
        plain(
            stated("repair")
            | {
                "status": result.status,
                "n_moves": result.n_moves,
                "bound": result.bound,
                "moves": result.moves,
                "stations": result.stations,
                "unsaved": result.unsaved,
                "open": result.open,
                "overlap": result.shared,
                "provenance": result.provenance,
                "files": [str(file) for file in files],
            }
        )
    )


def coverage_document(result: CoverageResult, files: Sequence[Path] = ()) -> dict[str, Any]:
    """Return the coverage as a document: by unit, the city, and the measures."""
    rows = plain(result.by_unit)
    return dict(
        plain(
            stated("coverage")
            | {
                "method": result.method,
                "limit": result.limit,
                "limit_unit": result.limit_unit,
                "by_unit": [row for row in rows if row["unit"] != "city"],
                "city": next(row for row in rows if row["unit"] == "city"),
                "measures": result.measures,
                "tables": dict(result.tables),
                "provenance": result.provenance,
                "files": [str(file) for file in files],
            }
        )
    )
