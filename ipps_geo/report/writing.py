"""Write results into a folder: the files of each use case, all of them or none.

Every writer takes ``force``: replace what stands in the folder, also where somebody changed it
(:func:`ipps_geo.files.written_set`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo import logbook
from ipps_geo.executors import Crew
from ipps_geo.files import write_text, written_set
from ipps_geo.media import file_name
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.results.documents import (
    assessment_document,
    audit_document,
    coverage_document,
    plan_document,
    repair_document,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from ipps_geo.compliance.findings import Finding
    from ipps_geo.compliance.timeline import Change
    from ipps_geo.policy import Policy
    from ipps_geo.results import AtlasResults, AuditResult, CoverageResult, PlanResult, RepairResult, SiteTest
    from ipps_geo.workspace import Workspace


def write_json(document: dict[str, Any], path: Path) -> Path:
    """Write one JSON document."""
    return write_text(path, json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def write_plan(
    workspace: Workspace,
    result: PlanResult,
    out: Path,
    lang: str,
    *,
    dossiers: Mapping[str, Sequence[Finding]] | None = None,
    official: bool = False,
    base: Mapping[str, NDArray[Any]] | None = None,
    paper: str = "screen",
    force: bool = False,
    crew: Crew | None = None,
) -> list[Path]:
    """Write ``plan.xlsx``, ``plan.gpkg``, ``plan.qgs``, ``map.png``, ``map.html`` and ``plan.json``.

    With ``official`` also the report for the bureau, ``report.docx`` and ``report.pdf``. With ``dossiers``, what the
    rules say of each proposal by site, a PDF per proposal too, ``dossiers/01_P014.pdf``, and per enlarged station,
    ``dossiers/enlarged/W-003.pdf``. ``base`` are a bureau's own layers by kind, drawn under both maps;
    ``map.png`` is made for ``paper`` (screen, a4, a3). ``crew`` sets the dossiers, this process when not given.

    Raises
    ------
    UnsoundPlan
        The checker found violations: nothing is written.
    """
    from ipps_geo.errors import UnsoundPlan
    from ipps_geo.report.book.workbook import write_plan_workbook
    from ipps_geo.report.layers.geopackage import plan_layers, write_geopackage
    from ipps_geo.report.layers.project import write_project
    from ipps_geo.report.maps.interactive import write_interactive_map
    from ipps_geo.report.maps.plan_map import draw_plan_map

    if result.violations:
        number = logbook.record("\n".join(map(str, result.violations)), doing="writing a plan with violations")
        raise UnsoundPlan("report.unsound_plan", where="plan", n=len(result.violations), number=number)

    def fill(folder: Path) -> list[Path]:
        layers = plan_layers(workspace, result, lang)
        files = [
            write_plan_workbook(workspace, result, folder / "plan.xlsx", lang),
            write_geopackage(layers, result.provenance, folder / "plan.gpkg", lang),
            write_project(
                layers,
                "plan.gpkg",
                folder / "plan.qgs",
                catalogue(lang, workspace.region).text("map.plan_title"),
                lang,
                metric_crs=workspace.region.metric_crs,
            ),
            draw_plan_map(workspace, result, folder / "map.png", lang, base=base, paper=paper),
            write_interactive_map(workspace, result, folder / "map.html", lang, base=base),
            *(write_report(workspace, result, folder, lang) if official else []),
            *([] if dossiers is None else write_dossiers(workspace, result, dossiers, folder / "dossiers", lang, crew)),
        ]
        path = folder / "plan.json"
        listed = [file.relative_to(folder) for file in (*files, path)]
        return [*files, write_json(plan_document(result, explain=True, timed=False, files=listed), path)]

    return _as_one(out, "plan", fill, force)


def write_report(workspace: Workspace, result: PlanResult, folder: Path, lang: str) -> list[Path]:
    """Write the report on a plan as ``report.docx``, to be edited and signed, and ``report.pdf``.

    The folder holds ``map.png`` already.
    """
    from ipps_geo.report.pages.official import plan_report
    from ipps_geo.report.pages.official_docx import write_docx
    from ipps_geo.report.pages.official_pdf import write_official_pdf

    document = plan_report(workspace, result, (folder / "map.png").read_bytes, lang)
    return [write_docx(document, folder / "report.docx"), write_official_pdf(document, folder / "report.pdf")]


def _as_one(out: Path, kind: str, fill: Callable[[Path], list[Path]], force: bool) -> list[Path]:
    """Let ``fill`` write into a folder that then takes the place of ``out``; return the files where they end up."""
    with written_set(out, kind, force=force) as folder:
        files = [file.relative_to(folder) for file in fill(folder)]
    return [out / file for file in files]


def write_dossiers(
    workspace: Workspace,
    plan: PlanResult,
    findings: Mapping[str, Sequence[Finding]],
    out: Path,
    lang: str,
    crew: Crew | None = None,
) -> list[Path]:
    """Write the dossiers into the folder ``out``: of each proposal by rank and carrier, then of enlarged stations."""
    new = [
        (site, out / f"{rank:02d}_{file_name(site)}.pdf", findings[site])
        for rank, site in zip(plan.proposals["rank"], plan.proposals["site_id"], strict=True)
    ]
    stations = [] if plan.enlarged is None else plan.enlarged["site_id"].tolist()
    enlarged = [(station, out / "enlarged" / f"{file_name(station)}.pdf", None) for station in stations]
    return (crew or Crew()).share_out(_write_dossier, (workspace, plan, lang), [*new, *enlarged])


def _write_dossier(
    shared: tuple[Workspace, PlanResult, str],
    task: tuple[str, Path, Sequence[Finding] | None],
    _stopped: Callable[[], bool],
) -> Path:
    """Write the dossier of a proposal, whom findings judge, or of an enlarged station."""
    from ipps_geo.report.pages.dossier import write_dossier
    from ipps_geo.report.pages.dossier_enlarged import write_enlarged_dossier

    (workspace, plan, lang), (site, path, judged) = shared, task
    if judged is None:
        return write_enlarged_dossier(workspace, plan, site, path, lang)
    return write_dossier(workspace, plan, site, path, lang, findings=judged)


def write_audit(
    workspace: Workspace,
    result: AuditResult,
    out: Path,
    lang: str,
    *,
    changes: Sequence[Change] | None = None,
    days: pd.DataFrame | None = None,
    force: bool = False,
) -> list[Path]:
    """Write ``findings.xlsx`` and ``findings.json``, with ``changes`` and ``days`` since another where asked for."""
    from ipps_geo.report.book.workbook import write_findings_workbook

    return _as_one(
        out,
        "audit",
        lambda folder: [
            write_findings_workbook(workspace, result, folder / "findings.xlsx", lang, changes=changes, days=days),
            write_json(audit_document(result, changes, days=days), folder / "findings.json"),
        ],
        force,
    )


def write_coverage(
    workspace: Workspace, result: CoverageResult, out: Path, lang: str, *, force: bool = False
) -> list[Path]:
    """Write ``coverage.xlsx``, ``.gpkg``, ``.csv`` (by unit), ``.json``, and a GeoParquet file per layer of areas.

    The cost of every pair, where asked for, is ``travel_costs.parquet`` (GeoParquet at the places of the enterprises),
    and ``.xlsx`` where that fits a sheet.
    """
    from ipps_geo.report.book.travel_costs import fits_a_sheet, write_travel_costs
    from ipps_geo.report.book.workbook import write_coverage_workbook
    from ipps_geo.report.disclosure import marked
    from ipps_geo.report.layers.exchange import write_layer
    from ipps_geo.report.layers.geopackage import coverage_layers, write_coverage_geopackage
    from ipps_geo.report.layers.project import write_project
    from ipps_geo.report.words.catalogue import catalogue
    from ipps_geo.report.words.edition import edition_mark

    words, origin = catalogue(lang, workspace.region), result.provenance
    mark = edition_mark(words, origin)

    return _as_one(
        out,
        "coverage",
        lambda folder: [
            write_coverage_workbook(workspace, result, folder / "coverage.xlsx", lang),
            write_coverage_geopackage(workspace, result, folder / "coverage.gpkg", lang),
            write_project(
                coverage_layers(workspace, result, lang),
                "coverage.gpkg",
                folder / "coverage.qgs",
                " · ".join(filter(None, [words.text("workbook.coverage_title"), mark])),
                lang,
                metric_crs=workspace.region.metric_crs,
            ),
            write_layer(marked(result.by_unit, words, origin), folder / "coverage.csv"),
            *(
                write_layer(marked(frame, words, origin), folder / f"{name}.parquet")
                for name, frame in result.areas.items()
            ),
            *(
                []
                if result.pairs is None
                else [write_layer(_with_places(workspace, result.pairs), folder / "travel_costs.parquet")]
            ),
            *(
                [write_travel_costs(workspace, result, folder / "travel_costs.xlsx", lang)]
                if fits_a_sheet(result)
                else []
            ),
            write_json(coverage_document(result) | ({"mark": mark} if mark else {}), folder / "coverage.json"),
        ],
        force,
    )


def _with_places(workspace: Workspace, pairs: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return pairs of enterprise and station with the place of the enterprise."""
    import geopandas as gpd

    places = workspace.enterprises.drop_duplicates("enterprise_id").set_index("enterprise_id").geometry
    return gpd.GeoDataFrame(pairs, geometry=places.reindex(pairs["enterprise_id"]).to_numpy(), crs=places.crs)


def write_assessment(
    workspace: Workspace,
    result: SiteTest,
    told: PlanResult,
    out: Path,
    lang: str,
    *,
    dossier: bool = False,
    force: bool = False,
) -> list[Path]:
    """Write ``assessment.xlsx``, ``assessment.json`` and, with ``dossier``, ``dossier.pdf``.

    ``told`` is the same test as a plan of one station (``planning.judgements.plan_of_test``).
    """
    from ipps_geo.report.book.site_workbook import write_site_workbook
    from ipps_geo.report.pages.dossier import write_dossier

    assessment = result.assessment

    def fill(folder: Path) -> list[Path]:
        files = [write_site_workbook(workspace, result, told, folder / "assessment.xlsx", lang)]
        if dossier:
            path = folder / "dossier.pdf"
            files.append(write_dossier(workspace, told, assessment.site_id, path, lang, findings=assessment.findings))
        path = folder / "assessment.json"
        listed = [file.relative_to(folder) for file in (*files, path)]
        return [*files, write_json(assessment_document(result, names=True, files=listed), path)]

    return _as_one(out, "assess-site", fill, force)


def write_repair(
    workspace: Workspace, result: RepairResult, out: Path, lang: str, *, force: bool = False
) -> list[Path]:
    """Write ``moves.xlsx`` and ``moves.json``."""
    return _as_one(
        out,
        "repair",
        lambda folder: [
            write_moves(workspace, result, folder / "moves.xlsx", lang),
            write_json(repair_document(result), folder / "moves.json"),
        ],
        force,
    )


def write_moves(workspace: Workspace, result: RepairResult, path: Path, lang: str) -> Path:
    """Write the workbook of a repair."""
    from ipps_geo.report.book.workbook import write_moves_workbook

    moves = result.moves.rename(columns={"station_from": "from_station", "station_to": "to_station"})
    moves.insert(1, "name", moves.pop("name"))
    # The station's id is shown as its name: the name itself would stand there twice.
    tables = {"stations": result.stations.drop(columns="name"), "unrepairable": result.unsaved, "shared": result.shared}
    tables["open"] = result.open
    return write_moves_workbook(workspace, moves, result.provenance, path, lang, tables=tables)


def write_atlas(
    workspace: Workspace,
    policy: Policy,
    results: AtlasResults,
    out: Path,
    lang: str,
    *,
    base: Mapping[str, NDArray[Any]] | None = None,
    paper: str = "a4",
    force: bool = False,
    crew: Crew | None = None,
) -> list[Path]:
    """Write ``atlas.pdf`` on ``paper`` (a4, a3), a bureau's own layers (``base``, by kind) under its maps."""
    from ipps_geo.report.pages.atlas import write_atlas as draw

    def fill(folder: Path) -> list[Path]:
        return [
            draw(
                workspace,
                policy,
                folder / "atlas.pdf",
                lang,
                audit=results.audit,
                coverage=results.coverage,
                plan=results.plan,
                previous=results.previous,
                base=base,
                paper=paper,
                crew=crew,
            )
        ]

    return _as_one(out, "atlas", fill, force)
