"""A result in one file, by the suffix that its name bears."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ipps_geo.errors import BadInput
from ipps_geo.files import check_new
from ipps_geo.report.fonts import require_maps
from ipps_geo.report.writing import write_json, write_moves
from ipps_geo.results import documents

PICTURES = (".png", ".svg", ".pdf")
Writer = Callable[[Any, Any, Path, str], object]


def to_file(result: Any, path: Path, workspace: Any, lang: str, force: bool) -> Path:
    """Write ``result`` into ``path`` and return it; see ``results.showing.Shown.to_file``."""
    suffix, writers = path.suffix.lower(), _WRITERS[result.kind]
    if suffix != ".json" and suffix not in writers:
        raise BadInput("report.no_such_file", where=path.name, suffixes=(".json", *writers))
    if suffix != ".json" and workspace is None:
        raise BadInput("report.names_wanted", where=path.name)
    if suffix in PICTURES:
        require_maps()
    check_new(path, force=force)
    if suffix == ".json":
        write_json(_DOCUMENTS[result.kind](result), path)
    else:
        writers[suffix](workspace, result, path, lang)
    return path


def _plan_book(workspace: Any, plan: Any, path: Path, lang: str) -> None:
    from ipps_geo.report.book.workbook import write_plan_workbook

    write_plan_workbook(workspace, plan, path, lang)


def _plan_layers(workspace: Any, plan: Any, path: Path, lang: str) -> None:
    from ipps_geo.report.layers.geopackage import write_plan_geopackage

    write_plan_geopackage(workspace, plan, path, lang)


def _plan_page(workspace: Any, plan: Any, path: Path, lang: str) -> None:
    from ipps_geo.report.maps.interactive import write_interactive_map

    write_interactive_map(workspace, plan, path, lang)


def _plan_map(workspace: Any, plan: Any, path: Path, lang: str) -> None:
    from ipps_geo.report.maps.plan_map import draw_plan_map

    draw_plan_map(workspace, plan, path, lang)


def _findings_book(workspace: Any, result: Any, path: Path, lang: str) -> None:
    from ipps_geo.report.book.workbook import write_findings_workbook
    from ipps_geo.results import AuditResult

    if result.kind == "assessment":
        result = AuditResult(result.assessment.findings, result.assessment.on, result.provenance)
    write_findings_workbook(workspace, result, path, lang)


def _coverage_book(workspace: Any, coverage: Any, path: Path, lang: str) -> None:
    from ipps_geo.report.book.workbook import write_coverage_workbook

    write_coverage_workbook(workspace, coverage, path, lang)


def _coverage_layers(workspace: Any, coverage: Any, path: Path, lang: str) -> None:
    from ipps_geo.report.layers.geopackage import write_coverage_geopackage

    write_coverage_geopackage(workspace, coverage, path, lang)


_WRITERS: Mapping[str, Mapping[str, Writer]] = {
    "plan": {
        ".xlsx": _plan_book,
        ".gpkg": _plan_layers,
        ".html": _plan_page,
        **dict.fromkeys(PICTURES, _plan_map),
    },
    "audit": {".xlsx": _findings_book},
    "assessment": {".xlsx": _findings_book},
    "coverage": {".xlsx": _coverage_book, ".gpkg": _coverage_layers},
    "repair": {".xlsx": write_moves},
}
_DOCUMENTS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "plan": documents.plan_document,
    "audit": documents.audit_document,
    "assessment": documents.assessment_document,
    "coverage": documents.coverage_document,
    "repair": documents.repair_document,
}
