"""The pages on access, equity and plans: A8 to A12 and A14."""

from __future__ import annotations

import itertools
from collections import Counter
from functools import partial
from typing import Any

import numpy as np

from ipps_geo.crs import metric_xy
from ipps_geo.report.maps import atlas_maps as maps
from ipps_geo.report.maps.charts import line_chart
from ipps_geo.report.pages import typeset
from ipps_geo.report.pages.edition import Edition, coverage_rows, day_text, detail_of, frame_block, travel_note
from ipps_geo.report.symbols import SHARE_RAMP
from ipps_geo.report.words.edition import is_withheld
from ipps_geo.report.words.figures import closed_reason, limit_note, nearest_names, site_names_of

STEPS = (0.0, 1 / 3, 1.0, 5 / 3, 10 / 3)
"""Classes of A8 as multiples of the limit: 0, 1, 3, 5 and 10 km for one of 3 km."""


def a8_page(e: Edition) -> typeset.Page:
    """Return page A8: what it takes to the nearest workstation, by the way of travelling that the coverage used."""
    words, method = e.words, words_of_method(e)
    unit = words.label("unit_of_measure", e.coverage.limit_unit)
    figures = [name for name in nearest_names(e.coverage.by_unit) if name in e.coverage.by_unit]
    rows = [
        [
            e.names.unit(row["unit"]),
            words.value(int(row["stations"])),
            *(e.cost(row, k) for k in figures),
        ]
        for row in coverage_rows(e)
    ]
    header = [words.column(k) for k in ("unit", "stations", *figures)]
    side: list[typeset.Block] = [
        typeset.table(header, rows, ["left", *["right"] * (len(header) - 1)], [25, 13, 15, 16, 15, 16][: len(header)]),
        typeset.note(limit_note(words, e.coverage)),
        typeset.note(travel_note(e)),
    ]
    title, reached = words.text("atlas.a8"), e.nearest[np.isfinite(e.nearest)]
    if e.public:
        medians = {row["unit"]: float(row[figures[1]]) for row in coverage_rows(e)}
        picture = partial(maps.choropleth, e.ground, medians, words.column(figures[1]))
        return typeset.Page(title, [e.show("a8", picture)], side=side)
    if not len(reached):
        return typeset.Page(title, [e.absent(words.text("atlas.nearest_figures"))], side=side)
    steps = [e.coverage.limit * step for step in STEPS]
    texts = [f"{low:.3g}–{high:.3g}" for low, high in itertools.pairwise(steps)] + [f"≥ {steps[-1]:.3g}"]
    picture = partial(
        maps.value_cells_map,
        e.ground, e.population_xy, e.nearest, steps, SHARE_RAMP, texts,
        words.text("atlas.nearest_cells", method=method, unit=unit), e.resolution, e.suppress_below,
    )  # fmt: skip
    median, p95, worst = (words.number(value) for value in np.quantile(reached, [0.5, 0.95, 1.0]))
    lead = words.text("atlas.lead_a8", method=method, unit=unit, median=median, p95=p95, worst=worst)
    away = int(np.isinf(e.nearest).sum())
    beyond = [typeset.note(words.text("atlas.not_reached", n=away))] if away else []
    return typeset.Page(title, [typeset.text(lead), e.show("a8", picture), *beyond], side=side)


def words_of_method(e: Edition) -> str:
    """Return the way of travelling of the coverage."""
    return e.words.label("Method", e.coverage.method)


def a9_page(e: Edition) -> typeset.Page:
    """Return page A9: access to supply, staff per 1,000 enterprises."""
    words, table = e.words, e.coverage.tables.get("e2sfca")
    title, lead = words.text("atlas.a9"), typeset.text(words.text("atlas.lead_a9"))
    if table is None or not len(table):
        return typeset.Page(title, [lead, e.absent(words.label("CoverageTable", "e2sfca"))])
    score = "access_e2sfca"
    columns = [name for name in (score, f"{score}_min", f"{score}_max", "access_2sfca") if name in table]
    shown = table.set_index("unit")[list(columns)] * 1000
    header = [words.column("unit"), *(words.text(f"atlas.{name}") for name in columns)]
    hidden = table["not_shown"] if "not_shown" in table else [""] * len(table)
    rows = [
        [e.names.unit(unit), *(words.text("page.withheld") if told else words.value(value) for value in row)]
        for (unit, *row), told in zip(shown.itertuples(name=None), hidden, strict=True)
    ]
    values = shown[score].astype(float).to_dict()
    return typeset.Page(
        title,
        [lead, e.show("a9", partial(maps.choropleth, e.ground, values, words.text("atlas.access_cells")))],
        side=[
            typeset.table(header, rows, ["left", *["right"] * len(columns)], [24, *[19] * len(columns)]),
            typeset.note(limit_note(words, e.coverage)),
            typeset.note(travel_note(e)),
        ],
    )


def a10_page(e: Edition) -> typeset.Page:
    """Return page A10: equity."""
    words, tables = e.words, e.coverage.tables
    blocks: list[typeset.Block] = [typeset.text(words.text("atlas.lead_a10"))]
    curve = tables.get("lorenz")
    if curve is None or not len(curve):
        blocks.append(e.absent(words.label("CoverageTable", "lorenz")))
    else:
        series = [
            (
                words.text("atlas.lorenz_line") if name == "" else words.label("Measure", name),
                part["population_share"].tolist(),
                part["value_share"].tolist(),
            )
            for name, part in (curve.groupby("measure", sort=True) if "measure" in curve else [("", curve)])
        ]
        chart = partial(
            line_chart,
            e.lang,
            series,
            words.text("atlas.population_axis"),
            words.text("atlas.value_axis"),
            diagonal=words.text("atlas.equality"),
            percent=True,
        )
        blocks.append(e.show("a10", chart, 92))
    side: list[typeset.Block] = []
    if e.coverage.measures:
        side.append(
            typeset.facts(
                [
                    (words.label("Measure", name), _measure(e, name, value))
                    for name, value in sorted(e.coverage.measures.items())
                ],
                55,
            )
        )
    else:
        side.append(e.absent(words.text("workbook.measures")))
    for key in ("by_size", "gaps"):
        table = tables.get(key)
        if key == "gaps" and e.public:
            side.append(e.not_public("gaps"))
        elif table is None or not len(table):
            side.append(e.absent(words.label("CoverageTable", key)))
        else:
            side += frame_block(e, table, caption=words.label("CoverageTable", key), most=12)
    return typeset.Page(words.text("atlas.a10"), blocks, side=side, share=54)


def _measure(e: Edition, name: str, value: Any) -> str:
    if isinstance(value, str) and ("unit" in name or value in e.ground.codes):
        return e.names.unit(value)
    if isinstance(value, float):
        return e.words.share(value, 1.0) if name.endswith("share") else e.words.number(value, 1 if value >= 10 else 3)
    return e.words.value(value)


def a11_page(e: Edition) -> typeset.Page:
    """Return page A11: candidate carriers."""
    words, plan = e.words, e.plan
    title = words.text("atlas.a11")
    if plan is None:
        return typeset.Page(title, [e.absent(words.text("atlas.no_plan"))])
    if e.public:
        return typeset.Page(title, [e.not_public("plan_details")])
    carriers = e.workspace.carriers
    kept = carriers.loc[carriers["carrier_id"].isin(plan.candidates_kept_out["site_id"])]
    kept = kept.loc[~(kept.geometry.isna() | kept.geometry.is_empty)]

    def places(frame: Any) -> Any:
        return metric_xy(frame, e.metric_crs) if len(frame) else maps.NOTHING

    layers = (e.ground, places(plan.proposals), places(plan.closed_sites), places(kept))
    reasons = Counter(plan.candidates_kept_out["reason"])
    rows = [[words.label("KeptOutReason", reason), words.value(n)] for reason, n in sorted(reasons.items())]
    best = plan.closed_sites.head(6).to_dict("records")
    closed = [[e.names.subject(row["site_id"]), e.names.unit(row["unit"]), closed_reason(words, row)] for row in best]
    lead = words.text(
        "atlas.lead_a11", opened=len(plan.proposals), closed=len(plan.closed_sites), kept=len(plan.candidates_kept_out)
    )
    side = [
        typeset.table(
            [words.text("workbook.sheet_closed"), words.column("unit"), words.column("reason")],
            closed,
            ["left"] * 3,
            [36, 18, 46],
            size=7,
        )
    ]
    if rows:
        side.append(
            typeset.table(
                [words.text("workbook.sheet_kept_out"), words.text("atlas.count")], rows, ["left", "right"], [75, 25]
            )
        )
    side += detail_of(e, "a11d", maps.candidates_map, *layers, width=86)
    return typeset.Page(
        title,
        [
            typeset.text(lead),
            e.show("a11", partial(maps.candidates_map, *layers)),
        ],
        side=side,
        share=55,
    )


def a12_page(e: Edition) -> typeset.Page:
    """Return page A12: the plan and its marginal gain."""
    words, plan = e.words, e.plan
    title = words.text("atlas.a12")
    if plan is None:
        return typeset.Page(title, [e.absent(words.text("atlas.no_plan"))])
    hidden = plan.proposals["newly_served"].isna().any()
    served = words.text("page.withheld") if hidden else words.value(int(plan.proposals["newly_served"].sum()))
    lead = words.text(
        "atlas.lead_a12", n=len(plan.proposals), served=served,
        status=words.label("Status", plan.status), gap=words.share(plan.gap, 1.0, 2),
    )  # fmt: skip
    names = site_names_of(plan.proposals, words)
    figures = [k for k in ("newly_served", "with_need", "margin_roster", "margin_need") if k in plan.proposals]
    rows = [
        [
            words.value(int(row["rank"])),
            name,
            e.names.unit(row["unit"]),
            *(e.number(row, figure) for figure in figures),
        ]
        for row, name in zip(plan.proposals.to_dict("records"), names, strict=True)
    ]
    header = [words.column(k) for k in ("rank", "name", "unit", *figures)]
    blocks: list[typeset.Block] = [typeset.text(lead)]
    side: list[typeset.Block] = [
        typeset.table(
            header,
            rows,
            ["right", "left", "left", *["right"] * len(figures)],
            [6, 34, 15, 13, 12, 10, 10][: len(header)],
            size=7,
        )
    ]
    frontier = plan.frontier
    if e.public:
        blocks.append(e.not_public("plan_details"))
        return typeset.Page(title, blocks, side=side, share=46)
    sites = metric_xy(plan.proposals, e.metric_crs) if len(plan.proposals) else maps.NOTHING
    drawn = (e.ground, plan.proposals["rank"].tolist(), sites, plan.coverage_after.radius_m)
    blocks.append(e.show("a12m", partial(maps.proposals_map, *drawn)))
    side += detail_of(e, "a12d", maps.proposals_map, *drawn, width=70)
    gain = [e.absent(words.text("atlas.no_frontier"))] if frontier is None or not len(frontier) else None
    return typeset.Page(title, blocks, side=side, after=gain or _frontier(e, frontier), share=55)


def _frontier(e: Edition, frontier: Any) -> list[typeset.Block]:
    """Return chart and table of a frontier: gain and its proven bound by number of stations."""
    words = e.words
    numeric = [name for name in frontier.columns if np.issubdtype(np.asarray(frontier[name]).dtype, np.number)]
    stations = next((n for n in ("stations", "n_sites", "p") if n in numeric), numeric[0] if numeric else None)
    gain = next((n for n in ("newly_served", "objective", "gain") if n in numeric), None)
    if stations is None or gain is None:
        return frame_block(e, frontier)
    x = frontier[stations].astype(float).tolist()
    series = [(words.text("atlas.plan_line"), x, frontier[gain].astype(float).tolist())]
    if "bound" in numeric:
        series.append((words.text("atlas.bound_line"), x, frontier["bound"].astype(float).tolist()))
    wanted = [name for name in (stations, gain, "gain", "gap", "added", "dropped") if name in frontier]
    shown = [name for name in wanted if name != "dropped" or frontier[name].fillna("").ne("").any()]
    chart = partial(line_chart, e.lang, series, words.text("atlas.stations_axis"), words.text("atlas.served_axis"))
    return [
        e.show("a12", chart, 46),
        *frame_block(e, frontier[shown], most=12, size=6.6, widths=[12, 13, 13, 12, 36, 14][: len(shown)]),
    ]


def a14_page(e: Edition) -> typeset.Page:
    """Return page A14: change since an earlier edition."""
    words = e.words
    title = words.text("atlas.a14")
    if e.previous is None:
        return typeset.Page(title, [e.absent(words.text("atlas.no_previous"))])
    old = {row["unit"]: row for row in e.previous.by_unit.to_dict("records")}
    rows = []
    for row in coverage_rows(e):
        was = old.get(row["unit"])
        if was is None:
            continue
        cells = [e.names.unit(row["unit"])]
        for key in ("enterprises", "stations", "on_roster", "within_reach"):
            hidden = is_withheld(was, key) or is_withheld(row, key)
            change = words.text("page.withheld") if hidden else f"{int(row[key]) - int(was[key]):+,}"
            cells += [e.number(was, key), e.number(row, key), change]
        rows.append(cells)
    header = [words.column("unit")]
    for key in ("enterprises", "stations", "on_roster", "within_reach"):
        header += [
            f"{words.column(key)} {words.text('atlas.before')}",
            words.text("atlas.after"),
            words.text("atlas.change"),
        ]
    return typeset.Page(
        title,
        [
            typeset.text(words.text("atlas.lead_a14", date=day_text(e))),
            typeset.table(header, rows, ["left", *["right"] * 12], [16, *([9, 6, 6] * 4)]),
        ],
    )
