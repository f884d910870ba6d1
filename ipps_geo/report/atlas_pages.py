"""The pages A1 to A12, A14 and the tables of Art. 18."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ipps_geo.crs import metric_xy
from ipps_geo.report import typeset
from ipps_geo.report.atlas import Edition, coverage_rows, day_text, frame_block
from ipps_geo.report.catalogue import DASH
from ipps_geo.report.figures import closed_reason, nearest_names, rounded_cost, site_names_of
from ipps_geo.report.maps import atlas_maps as maps
from ipps_geo.report.maps.charts import bar_chart, line_chart
from ipps_geo.report.maps.ground import dense_window
from ipps_geo.vocabulary import HostType, InstitutionKind


def pages(edition: Edition) -> Iterator[typeset.Page]:
    """Yield the pages in order: A1 to A12, A14, the tables of Art. 18."""
    yield _a1(edition)
    yield _a2(edition)
    yield _a3(edition)
    yield _a4(edition)
    yield _a5(edition)
    yield _a6(edition)
    yield _a7(edition)
    yield _a8(edition)
    yield _a9(edition)
    yield _a10(edition)
    yield _a11(edition)
    yield _a12(edition)
    yield _a14(edition)
    yield _a15(edition)


def _a1(e: Edition) -> typeset.Page:
    words, kinds = e.words, e.institutions["kind"]
    count = Counter(kinds)
    others = len(kinds) - count["city_center"] - count["district_center"] - count["workstation"]
    lead = words.text(
        "atlas.lead_a1", n=len(kinds), city=count["city_center"], centres=count["district_center"],
        stations=count["workstation"], others=others,
    )  # fmt: skip
    rows = []
    for code in (*e.ground.codes, None):
        here = e.institutions.loc[e.institutions["unit"].isna() if code is None else e.institutions["unit"] == code]
        if code is None and not len(here):
            continue
        in_unit = Counter(here["kind"])
        rest = len(here) - in_unit["district_center"] - in_unit["workstation"]
        name = words.text("page.city") if code is None else e.names.unit(code)
        rows.append(
            [name, words.value(in_unit["district_center"]), words.value(in_unit["workstation"]), words.value(rest)]
        )
    header = [
        words.column("unit"),
        *(words.label("InstitutionKind", k) for k in ("district_center", "workstation", "other")),
    ]
    return typeset.Page(
        words.text("atlas.a1"),
        [typeset.text(lead), e.show("a1", partial(maps.institutions_map, e.ground))],
        side=[
            typeset.table(header, rows, ["left", "right", "right", "right"], [40, 20, 20, 20], size=7, inset=2),
            *_detail(e, "a1d", maps.institutions_map, e.ground),
        ],
    )


def _detail(e: Edition, name: str, draw: Callable[..., bytes], *layers: Any, width: int = 100) -> list[typeset.Block]:
    """Return the part of a map where most stations lie, larger, where there are stations."""
    stations = e.placed.loc[e.placed["kind"] == "workstation"]
    window = dense_window(metric_xy(stations), maps.DETAIL_SIZE[0] / maps.DETAIL_SIZE[1]) if len(stations) else None
    if window is None:
        return []
    return [e.show(name, partial(draw, *layers, extent=window), width), typeset.note(e.words.text("map.detail"))]


def _a2(e: Edition) -> typeset.Page:
    words = e.words
    centres = e.institutions.loc[e.institutions["kind"] == "district_center"]
    needed = e.workspace.service_units.loc[e.workspace.service_units["requires_center"], "code"]
    count = {code: int((centres["unit"] == code).sum()) for code in needed}
    states = {
        name: words.text(f"atlas.{key}")
        for name, key in (("one", "one_center"), ("none", "no_center"), ("more", "more_centers"))
    }
    told = Counter("none" if n == 0 else "one" if n == 1 else "more" for n in count.values())
    rows = []
    for code, n in count.items():
        state = "none" if n == 0 else "one" if n == 1 else "more"
        shade = typeset.VERDICT_SHADES["PASS" if state == "one" else "UNDETERMINED" if state == "none" else "FAIL"]
        listed = words.text("page.list_joiner").join(centres.loc[centres["unit"] == code, "name"].astype(str)) or DASH
        rows.append([e.names.unit(code), (states[state], shade), listed])
    header = [words.column("unit"), words.text("atlas.center_state"), words.label("InstitutionKind", "district_center")]
    return typeset.Page(
        words.text("atlas.a2"),
        [
            typeset.text(words.text("atlas.lead_a2", one=told["one"], none=told["none"], more=told["more"])),
            e.show("a2", partial(maps.centers_map, e.ground, count, states)),
        ],
        side=[typeset.table(header, rows, ["left", "left", "left"], [26, 24, 50])],
    )


def _a3(e: Edition) -> typeset.Page:
    words = e.words
    stations = e.institutions.loc[e.institutions["kind"] == "workstation"]
    placed = e.placed.loc[e.placed["kind"] == "workstation"]
    xy = metric_xy(placed) if len(placed) else maps.NOTHING
    groups, names, counts = [], [], []
    for kind in [str(member) for member in HostType] + [None]:
        mine = stations["host_type"].isna() if kind is None else stations["host_type"] == kind
        if not mine.any():
            continue
        word = words.text("page.unknown") if kind is None else words.label("HostType", kind)
        here = placed["host_type"].isna() if kind is None else placed["host_type"] == kind
        groups.append((word, xy[here.to_numpy()]))
        names.append(word)
        counts.append(float(mine.sum()))
    side: list[typeset.Block] = []
    if names:
        side.append(e.show("a3b", partial(bar_chart, e.lang, names, counts, words.text("atlas.count"))))
        side += _detail(e, "a3d", maps.types_map, e.ground, groups)
    return typeset.Page(
        words.text("atlas.a3"),
        [
            typeset.text(words.text("atlas.lead_a3", n=len(stations))),
            e.show("a3", partial(maps.types_map, e.ground, groups)),
        ],
        side=side,
    )


def _a4(e: Edition) -> typeset.Page:
    words = e.words
    bound = ("district_center", "workstation", "city_center")
    kinds = [str(member) for member in InstitutionKind if str(member) not in bound]
    others = e.institutions.loc[e.institutions["kind"].isin(kinds)]
    placed = e.placed.loc[e.placed["kind"].isin(kinds)]
    xy = metric_xy(placed) if len(placed) else maps.NOTHING
    groups = [
        (words.label("InstitutionKind", kind), xy[(placed["kind"] == kind).to_numpy()])
        for kind in kinds
        if (others["kind"] == kind).any()
    ]
    rows = [
        [str(row["name"]), words.label("InstitutionKind", row["kind"]), e.names.unit(row["unit"])]
        for row in others.sort_values(["kind", "institution_id"]).head(34).to_dict("records")
    ]
    header = [words.column("name"), words.column("kind"), words.column("unit")]
    return typeset.Page(
        words.text("atlas.a4"),
        [
            typeset.text(words.text("atlas.lead_a4")),
            e.show("a4", partial(maps.types_map, e.ground, groups)),
            *(
                [typeset.note(words.text("map.unplaced", n=len(others) - len(placed)))]
                if len(others) > len(placed)
                else []
            ),
        ],
        side=[typeset.table(header, rows, ["left", "left", "left"], [50, 30, 20], size=7)],
    )


def _a5(e: Edition) -> typeset.Page:
    words = e.words
    side: list[typeset.Block] = []
    table = e.coverage.tables.get("by_industry")
    if table is None or not len(table):
        side.append(e.absent(words.label("CoverageTable", "by_industry")))
    else:
        side += frame_block(e, table, caption=words.label("CoverageTable", "by_industry"), most=20)
    return typeset.Page(
        words.text("atlas.a5"),
        [
            typeset.text(words.text("atlas.lead_a5", n=len(e.population))),
            e.show("a5", partial(maps.density_map, e.ground, e.population_xy, e.cell_km, e.suppress_below)),
        ],
        side=side,
    )


def _a6(e: Edition) -> typeset.Page:
    words, city = e.words, list(coverage_rows(e))[-1]
    served = e.population["holder_id"].notna().to_numpy(np.float64)
    texts = [f"{low:.0%}–{low + 0.2:.0%}" for low in maps.SHARE_BREAKS]
    picture = partial(
        maps.value_cells_map,
        e.ground, e.population_xy, served, maps.SHARE_BREAKS, maps.SHARE_RAMP, texts, words.text("atlas.share_cells"),
        e.cell_km, e.suppress_below,
    )  # fmt: skip
    rows = [
        [
            e.names.unit(row["unit"]), e.number(row["enterprises"]), e.number(row["on_roster"]),
            words.share(row["on_roster"], row["enterprises"]), e.number(row["within_reach"]),
            words.share(row["within_reach"], row["enterprises"]),
        ]
        for row in coverage_rows(e)
    ]  # fmt: skip
    header = [
        words.column(k)
        for k in ("unit", "enterprises", "on_roster", "on_roster_share", "within_reach", "within_reach_share")
    ]
    lead = words.text(
        "atlas.lead_a6", served=int(city["on_roster"]), share=words.share(city["on_roster"], city["enterprises"]),
        left=int(city["enterprises"] - city["on_roster"]),
    )  # fmt: skip
    limit = words.text(
        "page.limit_note", limit=e.coverage.limit, unit=words.label("unit_of_measure", e.coverage.limit_unit)
    )
    return typeset.Page(
        words.text("atlas.a6"),
        [typeset.text(lead), e.show("a6", picture)],
        side=[typeset.table(header, rows, ["left", *["right"] * 5], [25, 16, 15, 14, 15, 15]), typeset.note(limit)],
    )


def _a7(e: Edition) -> typeset.Page:
    words = e.words
    pairs: Counter[tuple[str, str]] = Counter()
    for finding in e.audit.findings:
        if finding.rule == "R7-2c" and str(finding.verdict) != "PASS":
            for piece in finding.evidence:
                pairs[(str(finding.subject), str(piece.get("other", "")))] += 1
    rows = [
        [f"{e.names.subject(first)} ({first})", f"{e.names.subject(second)} ({second})", e.number(n)]
        for (first, second), n in sorted(pairs.items(), key=lambda entry: (-entry[1], entry[0]))
    ]
    blocks: list[typeset.Block] = [typeset.text(words.text("atlas.lead_a7", n=len(rows)))]
    header = [words.text("atlas.station_a"), words.text("atlas.station_b"), words.text("atlas.shared")]
    blocks.append(
        typeset.table(header, rows, ["left", "left", "right"], [44, 44, 12], size=8)
        if rows
        else typeset.note(words.text("page.no_rows"))
    )
    counts = Counter(str(f.verdict) for f in e.audit.findings if f.rule == "R7-2c")
    blocks.append(
        typeset.note(
            words.text("page.clause_joiner").join(
                f"{words.label('Verdict', v)} {counts[v]}" for v in ("PASS", "FAIL", "UNDETERMINED")
            )
        )
    )
    return typeset.Page(words.text("atlas.a7"), blocks)


def _a8(e: Edition) -> typeset.Page:
    words = e.words
    km = e.nearest_m / 1000
    steps = maps.DISTANCE_BREAKS_KM
    texts = [f"{low:g}–{high:g}" for low, high in itertools.pairwise(steps)] + [f"≥ {steps[-1]:g}"]
    picture = partial(
        maps.value_cells_map,
        e.ground, e.population_xy, km, steps, maps.SHARE_RAMP, texts, words.text("atlas.distance_cells"), e.cell_km,
        e.suppress_below,
    )  # fmt: skip
    figures = nearest_names(e.coverage.by_unit)
    rows = [
        [
            e.names.unit(row["unit"]),
            words.value(int(row["stations"])),
            *(rounded_cost(words, row[k]) for k in figures),
        ]
        for row in coverage_rows(e)
    ]
    header = [words.column(k) for k in ("unit", "stations", *figures)]
    median, p95, worst = (words.number(value) for value in np.nanquantile(km, [0.5, 0.95, 1.0]))
    lead = words.text("atlas.lead_a8", median=median, p95=p95, worst=worst)
    return typeset.Page(
        words.text("atlas.a8"),
        [typeset.text(lead), e.show("a8", picture)],
        side=[typeset.table(header, rows, ["left", *["right"] * 5], [25, 13, 15, 16, 15, 16])],
    )


def _a9(e: Edition) -> typeset.Page:
    words, table = e.words, e.coverage.tables.get("e2sfca")
    title, lead = words.text("atlas.a9"), typeset.text(words.text("atlas.lead_a9"))
    if table is None or not len(table):
        return typeset.Page(title, [lead, e.absent(words.label("CoverageTable", "e2sfca"))])
    blocks: list[typeset.Block] = [lead]
    score = next(
        (name for name in table.columns if name != "unit" and np.issubdtype(table[name].dtype, np.floating)), None
    )
    if "unit" in table and score is not None:
        values = dict(zip(table["unit"], table[score].astype(float), strict=True))
        header = words.column(score) if words.has(f"column.{score}") else str(score)
        blocks.append(e.show("a9", partial(maps.choropleth, e.ground, values, header)))
    return typeset.Page(title, blocks, side=frame_block(e, table))


def _a10(e: Edition) -> typeset.Page:
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
        if table is None or not len(table):
            side.append(e.absent(words.label("CoverageTable", key)))
        else:
            side += frame_block(e, table, caption=words.label("CoverageTable", key), most=12)
    return typeset.Page(words.text("atlas.a10"), blocks, side=side, share=54)


def _measure(e: Edition, name: str, value: Any) -> str:
    if isinstance(value, str) and ("unit" in name or value in e.ground.codes):
        return e.names.unit(value)
    if isinstance(value, float):
        return e.words.number(value, 4)
    return e.words.value(value)


def _a11(e: Edition) -> typeset.Page:
    words, plan = e.words, e.plan
    title = words.text("atlas.a11")
    if plan is None:
        return typeset.Page(title, [e.absent(words.text("atlas.no_plan"))])
    carriers = e.workspace.carriers
    kept = carriers.loc[carriers["carrier_id"].isin(plan.candidates_kept_out["site_id"])]
    kept = kept.loc[~(kept.geometry.isna() | kept.geometry.is_empty)]

    def places(frame: Any) -> Any:
        return metric_xy(frame) if len(frame) else maps.NOTHING

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
    side += _detail(e, "a11d", maps.candidates_map, *layers, width=86)
    return typeset.Page(
        title,
        [
            typeset.text(lead),
            e.show("a11", partial(maps.candidates_map, *layers)),
        ],
        side=side,
        share=55,
    )


def _a12(e: Edition) -> typeset.Page:
    words, plan = e.words, e.plan
    title = words.text("atlas.a12")
    if plan is None:
        return typeset.Page(title, [e.absent(words.text("atlas.no_plan"))])
    lead = words.text(
        "atlas.lead_a12", n=len(plan.proposals), served=int(plan.proposals["newly_served"].sum()),
        status=words.label("Status", plan.status), gap=words.share(plan.gap, 1.0, 2),
    )  # fmt: skip
    names = site_names_of(plan.proposals, words)
    rows = [
        [
            words.value(int(row["rank"])),
            name,
            e.names.unit(row["unit"]),
            words.value(int(row["newly_served"])),
            words.value(int(row["with_need"])),
            words.value(int(row["margin_roster"])),
            words.value(int(row["margin_need"])),
        ]
        for row, name in zip(plan.proposals.to_dict("records"), names, strict=True)
    ]
    header = [
        words.column(k) for k in ("rank", "name", "unit", "newly_served", "with_need", "margin_roster", "margin_need")
    ]
    blocks: list[typeset.Block] = [typeset.text(lead)]
    frontier = plan.frontier
    if frontier is None or not len(frontier):
        blocks.append(e.absent(words.text("atlas.no_frontier")))
    else:
        blocks += _frontier(e, frontier)
    return typeset.Page(
        title,
        blocks,
        side=[
            typeset.table(
                header,
                rows,
                ["right", "left", "left", "right", "right", "right", "right"],
                [6, 34, 15, 13, 12, 10, 10],
                size=7,
            )
        ],
        share=46,
    )


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
        e.show("a12", chart, 96),
        *frame_block(e, frontier[shown], most=12, size=6.6, widths=[12, 13, 13, 12, 36, 14][: len(shown)]),
    ]


def _a14(e: Edition) -> typeset.Page:
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
            cells += [
                e.number(was[key]),
                e.number(row[key]),
                f"{int(row[key]) - int(was[key]):+,}" if not e.public else DASH,
            ]
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


def _a15(e: Edition) -> typeset.Page:
    words = e.words
    kinds = [str(kind) for kind in InstitutionKind if (e.institutions["kind"] == kind).any()]
    rows = []
    for code in (*e.ground.codes, "city"):
        here = e.institutions if code == "city" else e.institutions.loc[e.institutions["unit"] == code]
        count = Counter(here["kind"])
        reported = here.loc[here["kind"].isin(["district_center", "workstation"]), "service_data_until"].notna()
        rows.append(
            [
                e.names.unit(code),
                *(words.value(count[kind]) for kind in kinds),
                f"{int(reported.sum())} / {len(reported)}",
            ]
        )
    header = [
        words.column("unit"),
        *(words.label("InstitutionKind", kind) for kind in kinds),
        words.column("service_data_until"),
    ]
    return typeset.Page(
        words.text("atlas.a15"),
        [
            typeset.text(words.text("atlas.lead_a15")),
            typeset.table(
                header, rows, ["left", *["right"] * (len(header) - 1)], [18, *([10] * len(kinds)), 14], inset=3.4
            ),
        ],
    )
