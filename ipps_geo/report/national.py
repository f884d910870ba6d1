"""The files of a plan over partitions: a national summary, and a workbook and a map by city."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from ipps_geo.executors import InProcess, gathered
from ipps_geo.files import written_set
from ipps_geo.report.book.book import ROSTER_FIELDS, Book, Kind
from ipps_geo.report.book.sheets import free_sheet, sources_sheet, summary_sheet
from ipps_geo.report.book.workbook import write_coverage_workbook
from ipps_geo.report.fonts import have_maps
from ipps_geo.report.maps.city_map import draw_city_map
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.naming import Names, names_of
from ipps_geo.report.writing import write_json
from ipps_geo.results.documents import coverage_document
from ipps_geo.results.national_documents import national_document

if TYPE_CHECKING:
    from ipps_geo.results import CoverageResult
    from ipps_geo.results.national import NationalPlan
    from ipps_geo.results.provenance import Provenance
    from ipps_geo.workspace import Workspace
    from ipps_geo.workspace.partitions import PartitionedWorkspace

MOST_ROSTER_ROWS = 200_000
"""Roster rows that a city's workbook holds; more stand in the GeoParquet files alone, and the workbook says so."""

CITY_DIGITS = 4
"""How many digits of a unit's code (GB/T 2260) the units of one city have in common."""


@dataclass(frozen=True, eq=False)
class _City:
    """What a worker needs to write the files of one city."""

    code: str
    network: Workspace
    proposals: gpd.GeoDataFrame
    provenance: Provenance
    rosters: tuple[Path, ...]
    reach_m: float
    metric_crs: str
    folder: Path
    lang: str
    maps: bool


def write_national(
    workspace: PartitionedWorkspace, plan: NationalPlan, folder: Path, lang: str, *, executor: Executor | None = None
) -> list[Path]:
    """Write ``plan.xlsx``, ``proposals.parquet``, ``cities/CODE.xlsx`` and ``.png``, ``plan.json``; return the files.

    The rosters lie in ``folder`` already. Maps are drawn where the extra ``maps`` is there.
    """
    book = _summary(workspace.network, plan, lang)
    files = [book.save(folder / "plan.xlsx"), folder / "proposals.parquet"]
    plan.proposals.to_parquet(files[-1], index=False)
    cities = _cities(workspace, plan, folder / "cities", lang)
    files += [path for made in gathered(executor or InProcess(), write_city, cities) for path in made]
    rosters = sorted(plan.rosters.rglob("*.parquet"))
    path = folder / "plan.json"
    listed = [file.relative_to(folder) for file in (*files, *rosters, path)]
    document = national_document(plan, timed=False, files=listed)
    return [*files, *rosters, write_json(document, path)]


def write_national_coverage(
    network: Workspace, coverage: CoverageResult, out: Path, lang: str, *, force: bool = False
) -> list[Path]:
    """Write ``coverage.xlsx`` and ``coverage.json`` of a coverage over partitions into ``out``."""
    with written_set(out, "coverage", force=force) as draft:
        write_coverage_workbook(network, coverage, draft / "coverage.xlsx", lang)
        names = [Path("coverage.xlsx"), Path("coverage.json")]
        write_json(coverage_document(coverage, names), draft / "coverage.json")
    return [out / name for name in names]


def _summary(network: Workspace, plan: NationalPlan, lang: str) -> Book:
    words, names = catalogue(lang, network.region), names_of(network, lang)
    book = Book(words, words.text("workbook.national_title"), plan.provenance)
    units = plan.by_unit
    total = int(units["enterprises"].sum())
    after = int(units["on_roster_before"].sum() + units["newly_served"].sum())
    figures: list[tuple[str, object, Kind]] = [
        (words.text("workbook.proposals"), len(plan.proposals), "integer"),
        (words.text("workbook.newly_served"), int(plan.proposals["newly_served"].sum()), "integer"),
        (words.text("workbook.newly_with_need"), int(plan.proposals["with_need"].sum()), "integer"),
        (words.text("workbook.least_margin_roster"), plan.proposals["margin_roster"].min(), "integer"),
        (words.text("workbook.least_margin_need"), plan.proposals["margin_need"].min(), "integer"),
        (words.text("workbook.roster_before"), units["on_roster_before"].sum() / max(total, 1), "share"),
        (words.text("workbook.roster_after"), after / max(total, 1), "share"),
    ]
    proof: list[tuple[str, object, Kind]] = [
        (words.text("workbook.status"), words.label("Status", plan.status), "text"),
        (words.text("workbook.stop_reason"), words.label("StopReason", plan.stop_reason), "text"),
        (words.text("workbook.objective"), plan.objective, "number"),
        (words.text("workbook.bound"), plan.bound, "number"),
        (words.text("workbook.gap"), plan.gap, "share"),
    ]
    parts = [(words.text("workbook.key_figures"), figures), (words.text("workbook.proof"), proof)]
    summary_sheet(book, parts, [words.text("workbook.note_national")])
    free_sheet(book, words.text("workbook.sheet_proposals"), _plain(plan.proposals), names)
    free_sheet(book, words.text("workbook.sheet_by_unit"), plan.by_unit, names)
    free_sheet(book, words.text("workbook.sheet_components"), plan.components, names)
    if len(plan.bounds):
        free_sheet(book, words.text("workbook.sheet_bounds"), plan.bounds.iloc[1:], names)
    if plan.frontier is not None:
        free_sheet(book, words.text("workbook.sheet_frontier"), plan.frontier, names)
    sources_sheet(book, plan.provenance)
    return book


def _plain(proposals: pd.DataFrame) -> pd.DataFrame:
    shown = pd.DataFrame(proposals.drop(columns=["geometry", "questions", "source", "name_en"], errors="ignore"))
    return shown.drop(columns=["screening", "position_precision_m"], errors="ignore")


def _cities(workspace: PartitionedWorkspace, plan: NationalPlan, folder: Path, lang: str) -> list[_City]:
    """Split a plan by the cities of its stations; each knows the partitions from which they may take anybody."""
    codes = plan.proposals["unit"].fillna("unknown").str.slice(0, CITY_DIGITS)
    units = workspace.network.service_units
    reach_m = float(plan.provenance.parameters["reach_km"]) * 1000 / plan.provenance.parameters["detour_factor"]
    around = reach_m / 60_000  # degrees, wide enough for every latitude of the zones
    made = []
    for code in sorted(set(codes)):
        own = plan.proposals[codes == code].reset_index(drop=True)
        west, south, east, north = own.total_bounds
        near = workspace.within((west - around, south - around, east + around, north + around))
        here = units[units["code"].str.slice(0, CITY_DIGITS) == code]
        light = workspace.network.replace(
            **{name: table.iloc[:0] for name, table in workspace.network.tables.items()} | {"service_units": here}
        )
        rosters = tuple(plan.rosters / partition.label for partition in near)
        crs = workspace.metric_crs or _zone(own)
        made.append(_City(code, light, own, plan.provenance, rosters, reach_m, crs, folder, lang, have_maps()))
    return made


def _zone(proposals: gpd.GeoDataFrame) -> str:
    from ipps_geo.regions import zone_crs

    return zone_crs(float(np.mean(proposals.geometry.x)))


def write_city(city: _City) -> list[Path]:
    """Write the workbook and the map of one city."""
    words, names = catalogue(city.lang, city.network.region), names_of(city.network, city.lang)
    title = words.text("workbook.city_title", city=city.code)
    book = Book(words, title, city.provenance)
    sites = city.proposals["site_id"].tolist()
    rosters = pd.concat(
        [pd.read_parquet(path, filters=[("site_id", "in", sites)]) for path in city.rosters if path.is_file()],
        ignore_index=True,
    ).drop(columns="geometry")
    figures: list[tuple[str, object, Kind]] = [
        (words.text("workbook.proposals"), len(city.proposals), "integer"),
        (words.text("workbook.newly_served"), len(rosters), "integer"),
        (words.text("workbook.newly_with_need"), int((rosters["explicit_need"] == "yes").sum()), "integer"),
    ]
    too_many = len(rosters) > MOST_ROSTER_ROWS
    notes = [words.text("workbook.note_rosters_elsewhere", n=len(rosters))] if too_many else []
    summary_sheet(book, [(words.text("workbook.key_figures"), figures)], notes)
    free_sheet(book, words.text("workbook.sheet_proposals"), _plain(city.proposals), names)
    if not too_many:
        _roster_sheet(book, rosters, city.proposals, names)
    sources_sheet(book, city.provenance)
    files = [book.save(city.folder / f"{city.code}.xlsx")]
    if city.maps:
        path = city.folder / f"{city.code}.png"
        units = city.network.service_units
        files.append(
            draw_city_map(units, city.proposals, city.provenance, path, title, city.reach_m, city.metric_crs, city.lang)
        )
    return files


def _roster_sheet(book: Book, rosters: pd.DataFrame, proposals: pd.DataFrame, names: Names) -> None:
    from ipps_geo.report.book.book import Field

    words = book.words
    rank = proposals.set_index("site_id")
    shown = rosters.assign(
        rank=rosters["site_id"].map(rank["rank"]),
        station=rosters["site_id"].map(rank["name_zh"]),
        unit_name=[names.unit(code) for code in rosters["unit"]],
        explicit_need=[words.label("Answer", answer) for answer in rosters["explicit_need"]],
    ).sort_values(["rank", "entity_key"], kind="stable")
    title = words.text("workbook.sheet_rosters")
    fields: Sequence[Field] = (Field("rank", "integer"), Field("station", "wrap", 30), *ROSTER_FIELDS)
    book.table(title, title, shown, fields, [])
