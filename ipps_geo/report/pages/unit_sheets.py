"""A13: one sheet per service unit, with its map, figures, stations and what is unmet there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from ipps_geo.coverage.hexagons import CITY_RESOLUTION, UNIT_RESOLUTION
from ipps_geo.crs import metric_xy
from ipps_geo.report.maps import atlas_maps as maps
from ipps_geo.report.pages import typeset
from ipps_geo.report.pages.edition import Edition
from ipps_geo.report.words.catalogue import DASH
from ipps_geo.report.words.figures import nearest_names, site_names_of
from ipps_geo.report.words.wording import cite, finding_sentence
from ipps_geo.workspace.activity import active_rosters, roster_keys

MOST_STATIONS = 14
MOST_FINDINGS, FEWEST_FINDINGS = 8, 4
MOST_LINES = 23
"""Stations, proposals and findings that one page holds together; findings, which the audit lists too, give way."""


def unit_sheets(edition: Edition) -> Iterator[typeset.Page]:
    """Yield one page per service unit, by code."""
    plan = edition.plan
    sites = metric_xy(plan.proposals, edition.metric_crs) if plan is not None and len(plan.proposals) else maps.NOTHING
    for code in sorted(edition.ground.codes):
        picture = partial(
            maps.unit_map,
            edition.ground,
            code,
            edition.population_xy,
            # Smaller cells inside those of the public table would tell what the rest of a cell holds.
            CITY_RESOLUTION if edition.public else UNIT_RESOLUTION,
            edition.suppress_below,
            None if plan is None else plan.proposals,
            sites,
        )
        yield typeset.Page(
            edition.words.text("atlas.a13", unit=edition.names.unit(code)),
            [edition.show(f"unit-{code}", picture)],
            side=[
                *_figures(edition, code),
                *_stations(edition, code),
                *_proposals(edition, code),
                *_findings(edition, code),
            ],
            share=52,
        )


def _figures(e: Edition, code: str) -> list[typeset.Block]:
    words = e.words
    found = e.coverage.by_unit.loc[e.coverage.by_unit["unit"] == code].to_dict("records")
    if not found:
        return [e.absent(words.text("atlas.unit_figures"))]
    row: dict[Any, Any] = found[0]
    centres = e.institutions.loc[
        (e.institutions["kind"] == "district_center") & (e.institutions["unit"] == code), "name"
    ]
    rows = [
        (
            words.label("InstitutionKind", "district_center"),
            words.text("page.list_joiner").join(centres.astype(str)) or words.text("atlas.no_center"),
        ),
        (words.column("stations"), words.value(int(row["stations"]))),
        (words.column("enterprises"), e.number(row, "enterprises")),
        (words.column("with_need"), e.number(row, "with_need")),
        (
            words.column("on_roster_share"),
            f"{e.share(row, 'on_roster')} ({e.number(row, 'on_roster')})",
        ),
        (
            words.column("within_reach_share"),
            f"{e.share(row, 'within_reach')} ({e.number(row, 'within_reach')})",
        ),
        *([(words.column("not_judged"), told)] if (told := e.number(row, "not_judged")) not in ("0", DASH) else []),
        *((words.column(name), e.cost(row, name)) for name in nearest_names(e.coverage.by_unit)[1:3]),
    ]
    return [typeset.facts(rows, 40)]


def _stations(e: Edition, code: str) -> list[typeset.Block]:
    words = e.words
    mine = e.institutions.loc[(e.institutions["kind"] == "workstation") & (e.institutions["unit"] == code)]
    if not len(mine):
        return []
    rosters = active_rosters(e.workspace.rosters, e.workspace.institutions, e.audit.on)
    sizes = roster_keys(rosters, e.workspace.enterprises).groupby(rosters["holder_id"]).nunique()
    rows = [
        [
            str(row["name"]),
            words.label("HostType", row["host_type"]),
            words.value(row["established_on"]),
            *([] if e.public else [words.value(int(sizes.get(row["institution_id"], 0)))]),
        ]
        for row in mine.sort_values("institution_id").head(MOST_STATIONS).to_dict("records")
    ]
    header = [
        words.text("atlas.unit_stations"),
        words.column("host_type"),
        words.column("established_on"),
        *([] if e.public else [words.text("atlas.roster_size")]),
    ]
    aligns, widths = ["left", "left", "left", "right"], [46, 24, 18, 12]
    blocks: list[typeset.Block] = [
        typeset.table(header, rows, aligns[: len(header)], widths[: len(header)], size=6.8, inset=2)
    ]
    if len(mine) > MOST_STATIONS:
        blocks.append(typeset.note(words.text("atlas.further_rows", n=len(mine) - MOST_STATIONS)))
    return blocks


def _proposals(e: Edition, code: str) -> list[typeset.Block]:
    if e.plan is None:
        return []
    words, here = e.words, e.plan.proposals.loc[e.plan.proposals["unit"] == code]
    if not len(here):
        return []
    figures = [name for name in ("newly_served", "with_need") if name in here]
    rows = [
        [words.value(int(row["rank"])), name, *(e.number(row, figure) for figure in figures)]
        for row, name in zip(here.to_dict("records"), site_names_of(here, words), strict=True)
    ]
    header = [words.column("rank"), words.text("atlas.proposals_here"), *(words.column(name) for name in figures)]
    aligns, widths = ["right", "left", "right", "right"], [8, 54, 19, 19]
    return [typeset.table(header, rows, aligns[: len(header)], widths[: len(header)], size=6.8, inset=2)]


def _findings(e: Edition, code: str) -> list[typeset.Block]:
    words = e.words
    stations = ((e.institutions["kind"] == "workstation") & (e.institutions["unit"] == code)).sum()
    proposals = 0 if e.plan is None else (e.plan.proposals["unit"] == code).sum()
    most = min(MOST_FINDINGS, max(FEWEST_FINDINGS, MOST_LINES - min(stations, MOST_STATIONS) - proposals))
    mine = [f for f in e.audit.findings if f.unit == code and str(f.verdict) != "PASS"]
    title = typeset.heading(words.text("atlas.unit_findings"))
    if e.public:
        return [title, e.not_public("findings")]
    if not mine:
        return [title, typeset.note(words.text("atlas.unit_none"))]
    mine.sort(key=lambda f: (str(f.verdict) != "FAIL", str(f.severity) != "blocking"))
    rows = [
        [
            (words.label("Verdict", f.verdict), typeset.VERDICT_SHADES[str(f.verdict)]),
            e.names.subject(f.subject),
            cite(words, f.article),
            finding_sentence(words, f, e.names),
        ]
        for f in mine[:most]
    ]
    header = [words.column(key) for key in ("verdict", "subject_name", "article", "explanation")]
    blocks: list[typeset.Block] = [
        title,
        typeset.table(header, rows, ["center", "left", "left", "left"], [14, 23, 19, 44], size=6.6, inset=1.8),
    ]
    if len(mine) > most:
        blocks.append(typeset.note(words.text("atlas.further_rows", n=len(mine) - most)))
    return blocks
