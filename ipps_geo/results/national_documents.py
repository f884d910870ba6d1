"""A plan over partitions as one JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.results.documents import OPEN_SITE_KEYS, audit_counts
from ipps_geo.results.schemas import stated
from ipps_geo.results.values import plain

if TYPE_CHECKING:
    from ipps_geo.results.national import NationalPlan


def national_document(result: NationalPlan, *, timed: bool = True, files: Sequence[Path] = ()) -> dict[str, Any]:
    """Return the plan as a document; without ``timed`` the same plan gives the same file."""
    return dict(
        plain(
            stated("national")
            | {
                "status": result.status,
                "stop_reason": result.stop_reason,
                "objective": result.objective,
                "bound": result.bound,
                "gap": result.gap,
                **({"seconds": result.seconds, "phases": result.phases} if timed else {}),
                "open_sites": [
                    {key: record[column] for column, key in OPEN_SITE_KEYS.items()}
                    | {name: value for name, value in record.items() if name not in OPEN_SITE_KEYS}
                    for record in plain(result.proposals)
                ],
                "components": result.components,
                "by_unit": result.by_unit,
                "bounds": result.bounds,
                **({} if result.frontier is None else {"frontier": result.frontier}),
                "census": result.census,
                "violations": result.violations,
                "findings": audit_counts(result.findings),
                "candidates_kept_out": result.candidates_kept_out,
                "provenance": result.provenance,
                "rosters": "rosters",
                "files": [file.as_posix() for file in files],
            }
        )
    )
