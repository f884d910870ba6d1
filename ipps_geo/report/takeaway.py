"""What a user takes away: the files of a plan, an audit, a coverage as bytes, one by one or as one zip."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.files import HASHES
from ipps_geo.intake.packing import zipped
from ipps_geo.report.writing import write_audit, write_coverage, write_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.compliance.findings import Finding
    from ipps_geo.policy import Policy
    from ipps_geo.results import AtlasResults, AuditResult, CoverageResult, PlanResult, RepairResult, SiteTest
    from ipps_geo.workspace import Workspace


def plan_files(
    workspace: Workspace, plan: PlanResult, lang: str, *, base: Mapping[str, NDArray[Any]] | None = None
) -> dict[str, bytes]:
    """Return the files of a plan: Excel, GeoPackage, GeoJSON, PNG, an interactive page, JSON.

    ``base`` are a bureau's own layers by kind, drawn under both maps.
    """
    from ipps_geo.report.layers.exchange import write_layer

    def write(folder: Path) -> None:
        write_plan(workspace, plan, folder, lang, base=base)
        write_layer(plan.proposals, folder / "plan.geojson")
        if plan.enlarged is not None:
            write_layer(plan.enlarged, folder / "enlarged.geojson")

    return _bytes_of(write)


def report_files(workspace: Workspace, plan: PlanResult, lang: str) -> dict[str, bytes]:
    """Return the report on a plan: ``report.docx``, which an office edits and signs, and ``report.pdf``."""
    from ipps_geo.report.maps.plan_map import draw_plan_map
    from ipps_geo.report.writing import write_report

    def write(folder: Path) -> None:
        drawn = draw_plan_map(workspace, plan, folder / "map.png", lang)
        write_report(workspace, plan, folder, lang)
        drawn.unlink()

    return _bytes_of(write)


def dossier_files(
    workspace: Workspace, plan: PlanResult, findings: Mapping[str, Sequence[Finding]], lang: str
) -> dict[str, bytes]:
    """Return the dossiers of all proposals of a plan and of the stations that it enlarges."""
    from ipps_geo.report.writing import write_dossiers

    return _bytes_of(lambda folder: write_dossiers(workspace, plan, findings, folder, lang))


def assessment_files(workspace: Workspace, result: SiteTest, told: PlanResult, lang: str) -> dict[str, bytes]:
    """Return a tested site as a workbook, with everybody who would make it pass by name, and as JSON.

    ``told`` is the same test as a plan of one station (``planning.judgements.plan_of_test``).
    """
    from ipps_geo.report.writing import write_assessment

    return _bytes_of(lambda folder: write_assessment(workspace, result, told, folder, lang))


def repair_files(workspace: Workspace, result: RepairResult, lang: str) -> dict[str, bytes]:
    """Return the moves that repair the rosters as Excel and JSON."""
    from ipps_geo.report.writing import write_repair

    return _bytes_of(lambda folder: write_repair(workspace, result, folder, lang))


def atlas_files(
    workspace: Workspace, policy: Policy, results: AtlasResults, lang: str, *, paper: str = "a4"
) -> dict[str, bytes]:
    """Return the atlas as one PDF on ``paper`` (a4, a3)."""
    from ipps_geo.report.writing import write_atlas

    return _bytes_of(lambda folder: write_atlas(workspace, policy, results, folder, lang, paper=paper))


def audit_files(workspace: Workspace, audit: AuditResult, lang: str) -> dict[str, bytes]:
    """Return the findings as Excel and JSON."""
    return _bytes_of(lambda folder: write_audit(workspace, audit, folder, lang))


def coverage_files(workspace: Workspace, coverage: CoverageResult, lang: str) -> dict[str, bytes]:
    """Return the coverage as Excel, GeoPackage and JSON."""
    return _bytes_of(lambda folder: write_coverage(workspace, coverage, folder, lang))


def dossier_file(
    workspace: Workspace, plan: PlanResult, site_id: str, lang: str, *, findings: Sequence[Finding]
) -> bytes:
    """Return the dossier of one proposal of a plan as PDF; ``findings`` are what the rules say of it."""
    from ipps_geo.report.pages.dossier import write_dossier

    files = _bytes_of(
        lambda folder: write_dossier(workspace, plan, site_id, folder / "dossier.pdf", lang, findings=findings)
    )
    return files["dossier.pdf"]


def enlarged_dossier_file(workspace: Workspace, plan: PlanResult, station: str, lang: str) -> bytes:
    """Return the dossier of an existing station that a plan enlarges as PDF."""
    from ipps_geo.report.pages.dossier_enlarged import write_enlarged_dossier

    files = _bytes_of(lambda folder: write_enlarged_dossier(workspace, plan, station, folder / "dossier.pdf", lang))
    return files["dossier.pdf"]


def bundle(files: dict[str, bytes]) -> bytes:
    """Return files as one zip, with the hash of each beside them."""
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())]
    return zipped({**files, HASHES: "".join(sums).encode()})


def _bytes_of(write: Callable[[Path], object]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="ipps-export-") as folder:
        write(Path(folder))
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file() and path.name != HASHES)
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
