"""The file of one proposed workstation: what the district and the city centre need in hand when they judge it.

It states facts, rule results, gaps and alternatives, and leaves the lines for people's decisions blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput
from ipps_geo.report import typeset
from ipps_geo.report.catalogue import DASH, Catalogue, catalogue, is_missing
from ipps_geo.report.exchange import day_of_result
from ipps_geo.report.figures import closed_reason, nearest_names, questions_of, rounded_cost, site_names_of
from ipps_geo.report.files import write_text
from ipps_geo.report.maps.atlas_maps import site_map
from ipps_geo.report.maps.canvas import source_line
from ipps_geo.report.maps.ground import Ground, ground_of
from ipps_geo.report.naming import Names
from ipps_geo.report.wording import (
    cite,
    evidence_lines,
    figure_words,
    finding_sentence,
    missing_words,
    reading_words,
    rule_title,
)
from ipps_geo.workspace.activity import active_institutions

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult
    from ipps_geo.workspace import Workspace

MOST_EVIDENCE = 12
"""Evidence rows shown per finding; the workbook of findings holds all of them."""


def write_dossier(
    workspace: Workspace,
    plan: PlanResult,
    site_id: str,
    path: str | Path,
    lang: str = "zh",
    *,
    findings: Sequence[Any] = (),
) -> Path:
    """Write the dossier of one proposal as PDF (.pdf) or plain text (.txt, .md) and return the path.

    Parameters
    ----------
    site_id
        A site of ``plan.proposals``.
    findings
        The rule results of the proposal with its computed roster, as ``compliance.assess_site`` gives them; without
        them the dossier says that the rules are still to be run.

    Raises
    ------
    BadInput
        The plan does not propose this site.
    """
    document = dossier(workspace, plan, site_id, lang, findings=findings)
    if Path(path).suffix.lower() in (".txt", ".md"):
        return write_text(path, typeset.plain_text(document))
    return typeset.write_pdf(document, path)


def dossier(
    workspace: Workspace, plan: PlanResult, site_id: str, lang: str = "zh", *, findings: Sequence[Any] = ()
) -> typeset.Document:
    """Return the dossier of one proposal as a document; see :func:`write_dossier`."""
    chosen = plan.proposals.loc[plan.proposals["site_id"] == site_id]
    if not len(chosen):
        raise BadInput(
            f"the plan does not propose {site_id!r}",
            where="site_id",
            advice=f"one of {', '.join(plan.proposals['site_id'])}",
        )
    words = catalogue(lang)
    ground = ground_of(workspace, day_of_result(plan.provenance), lang)
    proposal = chosen.to_dict("records")[0]
    carriers = workspace.carriers
    found = carriers.loc[carriers["carrier_id"] == site_id].to_dict("records")
    carrier = {str(key): value for key, value in (found[0] if found else {}).items()}
    name = site_names_of(chosen, words)[0]
    annex = plan.annex.loc[plan.annex["site_id"] == site_id]
    members = workspace.enterprises.loc[workspace.enterprises["enterprise_id"].isin(annex["enterprise_id"])]
    located = members.loc[~(members.geometry.isna() | members.geometry.is_empty)]
    radius_m = plan.coverage_after.radius_m
    others = plan.proposals.loc[plan.proposals["site_id"] != site_id]
    site_xy = metric_xy(chosen)[0]
    draw_map = partial(
        site_map,
        ground,
        site_xy,
        radius_m,
        metric_xy(located) if len(located) else np.zeros((0, 2)),
        metric_xy(others) if len(others) else np.zeros((0, 2)),
    )
    intro = [
        *([typeset.banner(words.text("page.synthetic_banner"))] if plan.provenance.synthetic else []),
        typeset.text(words.text("dossier.lead", name=name, unit=ground.names.unit(proposal["unit"]))),
        typeset.note(words.text("page.decides")),
    ]
    sections = [
        *_applicant(words, proposal, carrier, name, ground.names),
        *_rules(words, findings, ground.names),
        *_roster(words, proposal, findings),
        *_place(words, workspace, plan, ground, chosen, site_xy),
        *_change(words, plan, proposal, ground.names),
        *_alternatives(words, plan, proposal, ground.names),
        *_checklist(words, carrier),
        *_readings(words, findings),
        *_origin(words, plan),
        typeset.signatures(
            [
                (words.text("dossier.sign_district"), words.text("dossier.sign_under")),
                (words.text("dossier.sign_city"), words.text("dossier.sign_under")),
            ]
        ),
    ]
    pages = [
        typeset.Page(words.text("dossier.title", name=name), [*intro, *sections]),
        typeset.Page(words.text("dossier.annex_title"), _annex(words, annex, ground.names)),
    ]
    return typeset.Document(
        words.text("dossier.title", name=name), words, plan.provenance, pages, pictures={"site.pdf": draw_map}
    )


def _applicant(
    words: Catalogue, proposal: dict[Any, Any], carrier: dict[str, Any], name: str, names: Names
) -> list[typeset.Block]:
    organisation = proposal["host_type"] == "industry_organization"
    parties = (
        ("city_center", "industry_organization")
        if organisation
        else ("city_center", "district_ip_authority", "host_operator")
    )
    rows = [
        (
            words.text("dossier.site"),
            f"{name}（{proposal['site_id']}）" if words.lang == "zh" else f"{name} ({proposal['site_id']})",
        ),
        (words.column("unit"), names.unit(proposal["unit"])),
        (words.column("host_type"), words.label("HostType", proposal["host_type"])),
        (words.column("undertaking_name"), words.value(carrier.get("undertaking_name"))),
        (words.column("undertaking_uscc"), words.value(carrier.get("undertaking_uscc"))),
        (words.column("legal_form"), words.label("LegalForm", carrier.get("legal_form"))),
        (words.column("undertaking_founded_on"), words.value(carrier.get("undertaking_founded_on"))),
        (words.column("operating_since"), words.value(carrier.get("operating_since"))),
        (words.column("route"), words.text("dossier.route_organisation" if organisation else "dossier.route_carrier")),
        (words.column("agreement_parties"), words.labels("Party", ";".join(parties))),
        (words.column("screening"), words.label("Verdict", proposal["screening"])),
        (words.column("questions"), questions_of(words, proposal["questions"]) or DASH),
        (words.column("source"), words.value(proposal["source"])),
    ]
    return [typeset.heading(words.text("dossier.section_applicant")), typeset.facts(rows)]


def _rules(words: Catalogue, findings: Sequence[Any], names: Names) -> list[typeset.Block]:
    title = typeset.heading(words.text("dossier.section_rules"))
    if not findings:
        return [title, typeset.absent(words.text("dossier.rules_not_run"))]
    rows = []
    for finding in findings:
        told = [finding_sentence(words, finding, names), *evidence_lines(words, finding, names, MOST_EVIDENCE)]
        rows.append(
            [
                (words.label("Verdict", finding.verdict), typeset.VERDICT_SHADES[str(finding.verdict)]),
                rule_title(words, finding.rule),
                cite(words, finding.article),
                "\n".join(told),
                missing_words(words, finding.missing),
            ]
        )
    header = [words.column(key) for key in ("verdict", "rule", "article", "explanation", "missing")]
    return [title, typeset.table(header, rows, ["center", "left", "left", "left", "left"], [11, 17, 13, 41, 18])]


def _roster(words: Catalogue, proposal: dict[Any, Any], findings: Sequence[Any]) -> list[typeset.Block]:
    counted = {f.rule: dict(f.params) for f in findings}
    steps = counted.get("R7-2a", {})
    overlap = next((f for f in findings if f.rule == "R7-2c"), None)
    rows = [
        (words.text(f"dossier.n_{key}"), figure_words(words, steps[key]))
        for key in ("rows", "entities", "residual", "key_industry")
        if key in steps
    ]
    rows += [
        (words.text("dossier.n"), words.value(proposal["newly_served"])),
        (words.text("dossier.k"), words.value(proposal["with_need"])),
        (words.column("without_need"), words.value(proposal["without_need"])),
        (words.column("unknown_need"), words.value(proposal["unknown_need"])),
        (words.column("margin_roster"), words.value(proposal["margin_roster"])),
        (words.column("margin_need"), words.value(proposal["margin_need"])),
        (words.column("dropped_without_need"), words.value(proposal["dropped_without_need"])),
    ]
    if "reachable" in proposal:
        rows.append((words.column("reachable"), words.value(proposal["reachable"])))
    if "margin_need_reachable" in proposal:
        rows.append((words.column("margin_need_reachable"), words.value(proposal["margin_need_reachable"])))
    shared = (
        words.text("dossier.overlap_none")
        if overlap is None or not overlap.evidence
        else words.text("dossier.overlap_some", n=len(overlap.evidence))
    )
    return [
        typeset.heading(words.text("dossier.section_roster")),
        typeset.facts(rows, 42),
        typeset.text(shared),
        typeset.note(words.text("dossier.dropped_note")),
    ]


def _place(
    words: Catalogue, workspace: Workspace, plan: PlanResult, ground: Ground, chosen: Any, site_xy: Any
) -> list[typeset.Block]:
    import shapely

    names = ground.names
    proposal = chosen.iloc[0]
    point = shapely.Point(*site_xy)
    borders = {code: shape.boundary.distance(point) for code, shape in zip(ground.codes, ground.shapes, strict=True)}
    own = borders.get(str(proposal["unit"]))
    neighbours = sorted((distance, code) for code, distance in borders.items() if code != proposal["unit"])[:2]
    rows = [
        (
            words.text("dossier.position"),
            f"{chosen.geometry.iloc[0].x:.5f}°, {chosen.geometry.iloc[0].y:.5f}° (CGCS2000)",
        ),
        (words.column("position_precision_m"), words.value(proposal["position_precision_m"])),
        (words.text("dossier.border"), DASH if own is None else words.text("dossier.metres", n=round(own))),
        (
            words.text("dossier.neighbours"),
            words.text("page.list_joiner").join(
                f"{names.unit(code)} {distance / 1000:,.1f} {words.label('unit_of_measure', 'km')}"
                for distance, code in neighbours
            )
            or DASH,
        ),
    ]
    active = active_institutions(workspace.institutions, day_of_result(plan.provenance))
    active = active.loc[~(active.geometry.isna() | active.geometry.is_empty)]
    near = []
    if len(active):
        distance_m = np.hypot(*(metric_xy(active) - site_xy).T)
        for kind in (
            "district_center",
            "workstation",
            "ip_information_outlet",
            "trademark_brand_guidance_station",
            "trademark_acceptance_window",
        ):
            mine = np.flatnonzero((active["kind"] == kind).to_numpy())
            for place in mine[np.argsort(distance_m[mine], kind="stable")][: 3 if kind == "workstation" else 1]:
                row = active.iloc[place]
                near.append(
                    [
                        words.label("InstitutionKind", kind),
                        str(row["name"]),
                        names.unit(row["unit"]),
                        f"{distance_m[place] / 1000:,.1f}",
                    ]
                )
    blocks = [
        typeset.heading(words.text("dossier.section_place")),
        typeset.facts(rows),
        typeset.picture("site.pdf", 74),
        typeset.note(words.text("page.crs_map") + " · " + words.text("page.review_notice")),
    ]
    if near:
        header = [words.column("kind"), words.column("name"), words.column("unit"), words.text("dossier.distance_km")]
        blocks.append(
            typeset.table(
                header, near, ["left", "left", "left", "right"], [20, 45, 20, 12], caption=words.text("dossier.nearest")
            )
        )
    return blocks


def _change(words: Catalogue, plan: PlanResult, proposal: dict[Any, Any], names: Names) -> list[typeset.Block]:
    rows = []
    p95 = nearest_names(plan.coverage_after.by_unit)[2]
    for code in (proposal["unit"], "city"):
        before, after = (
            side.by_unit.loc[side.by_unit["unit"] == code].to_dict("records")
            for side in (plan.coverage_before, plan.coverage_after)
        )
        if not before or not after:
            continue
        old, new = before[0], after[0]
        rows.append(
            [
                names.unit(code), words.value(int(new["enterprises"])),
                words.share(old["on_roster"], old["enterprises"]), words.share(new["on_roster"], new["enterprises"]),
                words.share(old["within_reach"], old["enterprises"]),
                words.share(new["within_reach"], new["enterprises"]),
                rounded_cost(words, old[p95]), rounded_cost(words, new[p95]),
            ]
        )  # fmt: skip
    header = [
        words.column("unit"), words.column("enterprises"), words.column("on_roster_share_before"),
        words.column("on_roster_share_after"), words.column("within_reach_share_before"),
        words.column("within_reach_share_after"), words.column(f"{p95}_before"), words.column(f"{p95}_after"),
    ]  # fmt: skip
    limit = words.text(
        "page.limit_note",
        limit=plan.coverage_after.limit,
        unit=words.label("unit_of_measure", plan.coverage_after.limit_unit),
    )
    return [
        typeset.heading(words.text("dossier.section_change")),
        typeset.table(header, rows, ["left", *["right"] * 7], [16, 12, 12, 12, 12, 12, 11, 11]),
        typeset.note(words.text("dossier.change_note") + " " + limit),
    ]


def _alternatives(words: Catalogue, plan: PlanResult, proposal: dict[Any, Any], names: Names) -> list[typeset.Block]:
    closed = plan.closed_sites
    same = closed.loc[(closed["would_replace"] == proposal["site_id"]) | (closed["unit"] == proposal["unit"])]
    same = same.sort_values(["would_add", "site_id"], ascending=[False, True]).head(6)
    title = typeset.heading(words.text("dossier.section_alternatives"))
    if not len(same):
        return [title, typeset.text(words.text("dossier.no_alternatives"))]
    rows = [
        [
            names.subject(row["site_id"]),
            names.unit(row["unit"]),
            words.value(row["largest_roster"]),
            words.value(row["would_add"]),
            closed_reason(words, row),
        ]
        for row in same.to_dict("records")
    ]
    header = [words.column(key) for key in ("subject_name", "unit", "largest_roster", "would_add", "reason")]
    return [title, typeset.table(header, rows, ["left", "left", "right", "right", "left"], [26, 12, 12, 11, 39])]


def _checklist(words: Catalogue, carrier: dict[str, Any]) -> list[typeset.Block]:
    def answered(name: str) -> str:
        return words.label("Answer", carrier.get(name) if not is_missing(carrier.get(name)) else "unknown")

    rows = [
        (
            f"{words.column('full_time_staff')} / {words.column('part_time_staff')}",
            f"{_count(words, carrier.get('full_time_staff'))} / {_count(words, carrier.get('part_time_staff'))}",
        ),
        *(
            (words.column(name), answered(name))
            for name in ("has_premises", "has_phone", "has_tools", "has_service_base")
        ),
    ]
    return [
        typeset.heading(words.text("dossier.section_checklist")),
        typeset.facts(rows, 42),
        typeset.note(words.text("dossier.checklist_note")),
    ]


def _count(words: Catalogue, value: object) -> str:
    return words.text("page.unknown") if is_missing(value) else words.value(value)


def _readings(words: Catalogue, findings: Sequence[Any]) -> list[typeset.Block]:
    rows = []
    seen = set()
    for finding in findings:
        for reading in str(finding.reading or "").split(";"):
            if reading and reading not in seen:
                seen.add(reading)
                others = [
                    f"{reading_words(words, other)}{words.text('page.colon')}{words.label('Verdict', verdict)}"
                    for other, verdict in dict(finding.other_readings).items()
                    if other.partition(":")[0] == reading.partition(":")[0]
                ]
                rows.append(
                    [rule_title(words, finding.rule), reading_words(words, reading), "\n".join(others) or DASH, ""]
                )
    header = [
        words.column("rule"),
        words.column("reading"),
        words.column("other_readings"),
        words.text("dossier.choice"),
    ]
    blocks: list[typeset.Block] = [typeset.heading(words.text("dossier.section_readings"))]
    if rows:
        blocks.append(typeset.table(header, rows, ["left"] * 4, [22, 26, 30, 22]))
    blocks.append(typeset.bullets([words.text(f"dossier.vague_{number}") for number in range(1, 6)]))
    return blocks


def _origin(words: Catalogue, plan: PlanResult) -> list[typeset.Block]:
    origin = plan.provenance
    rows = [
        (words.text("workbook.data_date"), words.value(origin.data_date)),
        (words.text("workbook.policy_version"), origin.policy_version),
        (words.text("workbook.software_version"), f"ipps-geo {origin.software_version}"),
        (words.text("workbook.content_hash"), origin.content_hash),
        (
            words.text("workbook.status"),
            f"{words.label('Status', plan.status)}, {words.text('workbook.gap')} {words.share(plan.gap, 1.0, 2)}",
        ),
        (
            words.column("source"),
            source_line(words, origin),
        ),
    ]
    return [typeset.heading(words.text("dossier.section_origin")), typeset.facts(rows)]


def _annex(words: Catalogue, annex: Any, names: Names) -> list[typeset.Block]:
    rows = [
        [
            str(place), words.value(row["name"]), words.value(row["uscc"]), words.value(row["industry_codes"]),
            words.label("Answer", row["explicit_need"]), names.unit(row["unit"]),
            words.value(row["distance_m"] if is_missing(row["distance_m"]) else round(row["distance_m"])),
        ]
        for place, row in enumerate(annex.to_dict("records"), start=1)
    ]  # fmt: skip
    keys = ("rank", "name", "uscc", "industry_codes", "explicit_need", "unit", "distance_m")
    aligns = ["right", "left", "left", "left", "center", "left", "right"]
    return [
        typeset.note(words.text("dossier.annex_note")),
        typeset.table(
            [words.column(key) for key in keys], rows, aligns, [5, 32, 22, 14, 9, 10, 12], size=6.8, inset=1.9
        ),
    ]
