"""The atlas: cover, A1 to A14, a sheet per service unit, and the tables for the statistics of Art. 18, as one PDF.

A page whose data an edition lacks says so; none is left out, so that editions compare page by page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipps_geo.report.maps.canvas import source_line
from ipps_geo.report.pages import typeset
from ipps_geo.report.pages.atlas_pages import pages
from ipps_geo.report.pages.edition import Edition, travel_note
from ipps_geo.report.pages.unit_sheets import unit_sheets
from ipps_geo.report.words.edition import edition_lines, map_notice
from ipps_geo.report.words.figures import limit_note
from ipps_geo.report.words.loads import datum_lines, load_lines, load_warning
from ipps_geo.report.words.policy import measure_title, policy_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.executors import Crew
    from ipps_geo.policy import Policy
    from ipps_geo.results import AuditResult, CoverageResult, PlanResult
    from ipps_geo.workspace import Workspace


def write_atlas(
    workspace: Workspace,
    policy: Policy,
    path: str | Path,
    lang: str = "zh",
    *,
    audit: AuditResult,
    coverage: CoverageResult,
    plan: PlanResult | None = None,
    previous: CoverageResult | None = None,
    base: Mapping[str, NDArray[Any]] | None = None,
    paper: str = "a4",
    crew: Crew | None = None,
) -> Path:
    """Write the atlas as one PDF and return the path.

    Parameters
    ----------
    audit, coverage
        Findings and coverage of the same day.
    plan
        For A11, A12 and the proposals on the unit sheets.
    previous
        Coverage of an earlier edition, for A14.
    base
        A bureau's own layers by kind, under every map.
    paper
        ``a4`` or ``a3``, across; on the larger one maps and type are larger.
    crew
        Who draws the maps of its pages, this process when not given; the book does not depend on it.
    """
    edition = Edition(workspace, policy, lang, audit, coverage, plan, previous, base)
    document = atlas(edition)
    if paper == "a3":
        document = replace(document, paper=paper, size_pt=document.size_pt * 2**0.5)
    return typeset.write_pdf(document, path, crew)


def atlas(edition: Edition) -> typeset.Document:
    """Return the atlas as a document."""
    body = list(pages(edition))
    last = body.pop()  # the tables of Art. 18 close the book
    change = body.pop()
    sheets = list(unit_sheets(edition))
    contents = [*(page.title for page in body), edition.words.text("atlas.a13_list"), change.title, last.title]
    everything = [_cover(edition, contents), *body, *sheets, change, last]
    return typeset.Document(
        edition.words.text("atlas.title"),
        edition.words,
        edition.audit.provenance,
        everything,
        landscape=True,
        size_pt=8.8,
        pictures=edition.pictures,
    )


def _cover(edition: Edition, contents: list[str]) -> typeset.Page:
    words, origin = edition.words, edition.audit.provenance
    notes = [
        words.text("page.crs_map"),
        words.text("atlas.note_unit"),
        words.text("page.two_coverages"),
        limit_note(words, edition.coverage),
        travel_note(edition),
        words.text("atlas.note_position"),
        words.text("atlas.note_people"),
        *edition_lines(words, origin)[1:],
        words.text("page.decides"),
    ]
    blocks: list[typeset.Block] = [
        typeset.text(words.text("atlas.cover_lead", measure=measure_title(words, origin))),
        *([typeset.banner(words.text("page.synthetic_banner"))] if origin.synthetic else []),
        *(typeset.banner(line) for line in load_warning(words, origin.loaded)),
        typeset.banner(map_notice(words, origin)),
        typeset.facts(
            [
                (words.text("workbook.on_day"), edition.audit.on.isoformat()),
                (words.text("workbook.data_date"), words.value(origin.data_date)),
                (words.text("workbook.policy_version"), policy_name(words, origin, 99)),
                (words.text("workbook.software_version"), f"ipps-geo {origin.software_version}"),
                (words.text("workbook.content_hash"), origin.content_hash),
                (words.column("source"), source_line(words, origin)),
            ],
            16,
        ),
    ]
    after = [
        typeset.heading(words.text("atlas.notes")),
        typeset.bullets([*notes, *load_lines(words, origin.loaded), *datum_lines(words, origin.sources)]),
        typeset.heading(words.text("atlas.contents")),
        typeset.text(words.text("page.clause_joiner").join(contents)),
    ]
    return typeset.Page(words.text("atlas.title"), [*blocks, *after], cover=True)
