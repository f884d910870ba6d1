"""The few lines that a terminal shows of partitions, and of a plan over them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ipps_geo.report.words.catalogue import Catalogue, catalogue
from ipps_geo.report.words.naming import names_of
from ipps_geo.screens.terminal.summary import audit_line, proof_line, proposal_lines

if TYPE_CHECKING:
    from ipps_geo.results.national import NationalPlan
    from ipps_geo.workspace.partitions import PartitionedWorkspace

FIRST_PROPOSALS = 10
"""Proposals that a summary names; the workbook holds all."""


def partition_lines(folder: Path, partitions: PartitionedWorkspace, lang: str = "zh") -> list[str]:
    """Return how many rows were written into how many partitions, and where."""
    words = catalogue(lang)
    told = {"rows": partitions.rows, "n": len(partitions.partitions), "folder": str(folder)}
    return [words.text("summary.partitions", **told)]


def national_summary(
    workspace: PartitionedWorkspace, plan: NationalPlan, lang: str = "zh", files: Sequence[Path] = ()
) -> list[str]:
    """Return the lines of a plan over partitions: phases, how good the proof is, the first proposals, the recount."""
    words, names = catalogue(lang, workspace.network.region), names_of(workspace.network, lang)
    first = plan.proposals.head(FIRST_PROPOSALS)
    others = len(plan.proposals) - len(first)
    served = int(plan.proposals["newly_served"].sum())
    lines = [
        words.text("summary.national_title"),
        *([words.text("page.synthetic_banner")] if plan.provenance.synthetic else []),
        words.text("summary.national_size", partitions=len(workspace.partitions), **plan.census),
        audit_line(words, plan.findings),
        *(
            words.text(
                "summary.phase",
                phase=words.label("Phase", row["phase"]),
                tasks=int(row["tasks"]),
                seconds=words.number(float(row["seconds"]), 1),
            )
            for row in plan.phases.to_dict("records")
        ),
        proof_line(words, plan),
        words.text("summary.national_components", n=len(plan.components)),
        *proposal_lines(words, names, plan.proposals, first),
        *([words.text("summary.more_stations", n=others)] if others else []),
        words.text("summary.recounted", n=served, partitions=len(workspace.partitions)),
        *peak_lines(words),
        words.text("page.decides"),
    ]
    if files:
        lines.append(words.text("summary.national_files", folder=str(Path(files[0]).parent), n=len(files)))
    return lines


def peak_lines(words: Catalogue) -> list[str]:
    """Return the largest memory that this process or one of its own workers took; nothing where nobody counts it."""
    try:
        import resource
    except ImportError:  # Windows
        return []
    used = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    size = used * (1 if sys.platform == "darwin" else 1024) / 1e9
    return [words.text("summary.peak", gb=words.number(size, 2))]
