"""Sections of a dossier that tell the place: map and neighbours, before and after, alternatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ipps_geo.crs import metric_xy
from ipps_geo.report.maps.ground import Ground
from ipps_geo.report.pages import typeset
from ipps_geo.report.words.catalogue import DASH, Catalogue
from ipps_geo.report.words.edition import share_text
from ipps_geo.report.words.figures import added_text, closed_reason, nearest_names, rounded_cost
from ipps_geo.report.words.naming import Names
from ipps_geo.results import day_of_result
from ipps_geo.workspace.activity import active_institutions

if TYPE_CHECKING:
    from ipps_geo.results import PlanResult
    from ipps_geo.workspace import Workspace


def place(
    words: Catalogue, workspace: Workspace, plan: PlanResult, ground: Ground, chosen: Any, site_xy: Any
) -> list[typeset.Block]:
    """Return section 4: position, borders, map, and the nearest institution of each kind."""
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
        distance_m = np.hypot(*(metric_xy(active, workspace.region.metric_crs) - site_xy).T)
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


def change(words: Catalogue, plan: PlanResult, proposal: dict[Any, Any], names: Names) -> list[typeset.Block]:
    """Return section 5: coverage before and after, of the unit and the city."""
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
                *(share_text(words, side, "on_roster") for side in (old, new)),
                *(share_text(words, side, "within_reach") for side in (old, new)),
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


def alternatives(words: Catalogue, plan: PlanResult, proposal: dict[Any, Any], names: Names) -> list[typeset.Block]:
    """Return section 6: what else could open here, and why it does not."""
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
            added_text(words, row),
            closed_reason(words, row),
        ]
        for row in same.to_dict("records")
    ]
    header = [words.column(key) for key in ("subject_name", "unit", "largest_roster", "would_add", "reason")]
    return [title, typeset.table(header, rows, ["left", "left", "right", "right", "left"], [26, 12, 12, 11, 39])]
