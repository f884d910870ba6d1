"""The file of one existing station that is to take in more: its roster before and after, what the rules say then."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput
from ipps_geo.report.maps.atlas_maps import site_map
from ipps_geo.report.maps.ground import ground_of
from ipps_geo.report.pages import dossier_case as case
from ipps_geo.report.pages import dossier_place as place
from ipps_geo.report.pages import typeset
from ipps_geo.report.words.catalogue import Catalogue, catalogue
from ipps_geo.report.words.loads import load_warning
from ipps_geo.results import day_of_result

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult
    from ipps_geo.workspace import Workspace

COUNTS = (
    "old_members", "old_need", "newly_served", "with_need", "without_need", "unknown_need", "all_members",
    "all_need", "margin_roster", "margin_need",
)  # fmt: skip


def write_enlarged_dossier(
    workspace: Workspace, plan: PlanResult, station: str, path: str | Path, lang: str = "zh"
) -> Path:
    """Write the dossier of an enlarged station as PDF and return the path.

    Raises
    ------
    BadInput
        The plan does not enlarge this station.
    """
    return typeset.write_pdf(enlarged_dossier(workspace, plan, station, lang), path)


def enlarged_dossier(workspace: Workspace, plan: PlanResult, station: str, lang: str = "zh") -> typeset.Document:
    """Return the dossier of an enlarged station as a document."""
    if plan.enlarged is None or plan.additions is None or station not in set(plan.enlarged["site_id"]):
        names = () if plan.enlarged is None else tuple(plan.enlarged["site_id"])
        raise BadInput("report.not_enlarged", where="station", station=station, stations=", ".join(names))
    words = catalogue(lang, workspace.region)
    ground = ground_of(workspace, day_of_result(plan.provenance), lang)
    chosen = plan.enlarged.loc[plan.enlarged["site_id"] == station]
    row = chosen.to_dict("records")[0]
    added = plan.additions.loc[plan.additions["site_id"] == station]
    members = workspace.enterprises.loc[workspace.enterprises["enterprise_id"].isin(added["enterprise_id"])]
    members = members.loc[~(members.geometry.isna() | members.geometry.is_empty)]
    nobody = np.zeros((0, 2))
    draw_map = partial(
        site_map,
        ground,
        metric_xy(chosen, workspace.region.metric_crs)[0],
        plan.coverage_after.radius_m,
        metric_xy(members, workspace.region.metric_crs) if len(members) else nobody,
        metric_xy(plan.proposals, workspace.region.metric_crs) if len(plan.proposals) else nobody,
        this="map.this_station",
    )
    facts = [
        (words.column("name"), f"{row['name']} ({station})"),
        (words.column("unit"), ground.names.unit(row["unit"])),
        (words.column("host_type"), words.label("HostType", row["host_type"])),
        (words.column("established_on"), words.value(row["established_on"])),
        *((words.column(name), words.value(int(row[name]))) for name in COUNTS),
    ]
    findings = plan.enlarged_findings.get(station, ())
    blocks = [
        *([typeset.banner(words.text("page.synthetic_banner"))] if plan.provenance.synthetic else []),
        *(typeset.banner(line) for line in load_warning(words, plan.provenance.loaded)),
        typeset.text(words.text("dossier.enlarged_lead", name=row["name"], unit=ground.names.unit(row["unit"]))),
        typeset.note(words.text("page.decides")),
        typeset.heading(words.text("dossier.section_enlarged")),
        typeset.facts(facts, 42),
        typeset.picture("site.pdf", 74),
        *_titled("rules", words, case.rules(words, findings, ground.names)),
        *_titled("change", words, place.change(words, plan, row, ground.names)),
        *_titled("readings", words, case.readings(words, findings)),
        *_titled("origin", words, case.origin(words, plan)),
    ]
    note = typeset.note(words.text("workbook.note_additions"))
    title = words.text("dossier.enlarged_title", name=row["name"])
    pages = [
        typeset.Page(title, blocks),
        typeset.Page(words.text("dossier.enlarged_annex"), [note, *case.annex(words, added, ground.names)[1:]]),
    ]
    return typeset.Document(title, words, plan.provenance, pages, pictures={"site.pdf": draw_map})


def _titled(name: str, words: Catalogue, blocks: list[typeset.Block]) -> list[typeset.Block]:
    """Return a section of the dossier of a new station under the number that it has here."""
    return [typeset.heading(words.text(f"dossier.enlarged_{name}")), *blocks[1:]]
