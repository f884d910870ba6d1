"""The pages on the network, A1 to A7, the tables of Art. 18, and the order of all pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ipps_geo.crs import metric_xy
from ipps_geo.report.maps import atlas_maps as maps
from ipps_geo.report.maps.charts import bar_chart
from ipps_geo.report.pages import typeset
from ipps_geo.report.pages.atlas_access import a8_page, a9_page, a10_page, a11_page, a12_page, a14_page
from ipps_geo.report.pages.edition import Edition, coverage_rows, detail_of, frame_block, travel_note, unplaced_note
from ipps_geo.report.symbols import SHARE_BREAKS, SHARE_COLOURS, share_texts
from ipps_geo.report.words.catalogue import DASH
from ipps_geo.report.words.edition import is_withheld, unjudged_lines
from ipps_geo.report.words.figures import limit_note, share
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
    yield a8_page(edition)
    yield a9_page(edition)
    yield a10_page(edition)
    yield a11_page(edition)
    yield a12_page(edition)
    yield a14_page(edition)
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
        name = words.text("atlas.no_unit") if code is None else e.names.unit(code)
        rows.append([name, *_by_kind(e, here["kind"])])
    rows.append([words.text("page.city"), *_by_kind(e, kinds)])
    header = [
        words.column("unit"),
        *(words.label("InstitutionKind", k) for k in ("district_center", "workstation", "other")),
    ]
    return typeset.Page(
        words.text("atlas.a1"),
        [typeset.text(lead), e.show("a1", partial(maps.institutions_map, e.ground)), *unplaced_note(e)],
        side=[
            typeset.table(header, rows, ["left", "right", "right", "right"], [40, 20, 20, 20], size=7, inset=2),
            *detail_of(e, "a1d", maps.institutions_map, e.ground),
        ],
    )


def _by_kind(e: Edition, kinds: Any) -> list[str]:
    """Return how many of ``kinds`` are centres, workstations and others."""
    count = Counter(kinds)
    centres, stations = count["district_center"], count["workstation"]
    return [e.words.value(number) for number in (centres, stations, len(kinds) - centres - stations)]


def _a2(e: Edition) -> typeset.Page:
    words = e.words
    centres = e.institutions.loc[e.institutions["kind"] == "district_center"]
    needed = e.workspace.service_units.loc[e.workspace.service_units["requires_center"], "code"]
    count = {code: int((centres["unit"] == code).sum()) for code in needed}
    states = {
        name: words.text(f"atlas.{key}")
        for name, key in (("one", "one_center"), ("none", "no_center"), ("more", "more_centers"))
    }
    required = e.policy.integer("centers_per_unit", e.audit.on)
    state_of = {code: "none" if n < required else "one" if n == required else "more" for code, n in count.items()}
    told = Counter(state_of.values())
    rows = []
    for code, state in state_of.items():
        shade = typeset.VERDICT_SHADES["PASS" if state == "one" else "UNDETERMINED" if state == "none" else "FAIL"]
        listed = words.text("page.list_joiner").join(centres.loc[centres["unit"] == code, "name"].astype(str)) or DASH
        rows.append([e.names.unit(code), (states[state], shade), listed])
    header = [words.column("unit"), words.text("atlas.center_state"), words.label("InstitutionKind", "district_center")]
    if e.public:
        listed_only = [[unit, listed] for unit, _, listed in rows]
        return typeset.Page(
            words.text("atlas.a2"),
            [typeset.table([header[0], header[2]], listed_only, ["left", "left"], [30, 70]), e.not_public("findings")],
        )
    return typeset.Page(
        words.text("atlas.a2"),
        [
            typeset.text(
                words.text("atlas.lead_a2", required=required, one=told["one"], none=told["none"], more=told["more"])
            ),
            e.show("a2", partial(maps.centers_map, e.ground, state_of, states)),
        ],
        side=[typeset.table(header, rows, ["left", "left", "left"], [26, 24, 50])],
    )


def _a3(e: Edition) -> typeset.Page:
    words = e.words
    stations = e.institutions.loc[e.institutions["kind"] == "workstation"]
    placed = e.placed.loc[e.placed["kind"] == "workstation"]
    xy = metric_xy(placed, e.metric_crs) if len(placed) else maps.NOTHING
    groups, names, counts = [], [], []
    for kind in [str(member) for member in HostType] + [None]:
        mine = stations["host_type"].isna() if kind is None else stations["host_type"] == kind
        if not mine.any():
            continue
        word = words.text("page.unknown") if kind is None else words.label("HostType", kind)
        here = placed["host_type"].isna() if kind is None else placed["host_type"] == kind
        groups.append((f"{word} {int(mine.sum()):,}", xy[here.to_numpy()]))
        names.append(word)
        counts.append(float(mine.sum()))
    side: list[typeset.Block] = []
    if names:
        side.append(e.show("a3b", partial(bar_chart, e.lang, names, counts, words.text("atlas.count"))))
        side += detail_of(e, "a3d", maps.types_map, e.ground, groups)
    return typeset.Page(
        words.text("atlas.a3"),
        [
            typeset.text(words.text("atlas.lead_a3", n=len(stations))),
            e.show("a3", partial(maps.types_map, e.ground, groups)),
            *unplaced_note(e, ["workstation"]),
        ],
        side=side,
    )


def _a4(e: Edition) -> typeset.Page:
    words = e.words
    bound = ("district_center", "workstation", "city_center")
    kinds = [str(member) for member in InstitutionKind if str(member) not in bound]
    others = e.institutions.loc[e.institutions["kind"].isin(kinds)]
    placed = e.placed.loc[e.placed["kind"].isin(kinds)]
    xy = metric_xy(placed, e.metric_crs) if len(placed) else maps.NOTHING
    count = Counter(others["kind"])
    groups = [
        (f"{words.label('InstitutionKind', kind)} {count[kind]:,}", xy[(placed["kind"] == kind).to_numpy()])
        for kind in kinds
        if count[kind]
    ]
    nowhere = others.loc[~others["institution_id"].isin(placed["institution_id"]), "unit"]
    unplaced = {code: int((nowhere == code).sum()) for code in e.ground.codes if (nowhere == code).any()}
    rows = [
        [str(row["name"]), words.label("InstitutionKind", row["kind"]), e.names.unit(row["unit"])]
        for row in others.sort_values(["kind", "institution_id"]).head(34).to_dict("records")
    ]
    header = [words.column("name"), words.column("kind"), words.column("unit")]
    return typeset.Page(
        words.text("atlas.a4"),
        [
            typeset.text(words.text("atlas.lead_a4")),
            e.show("a4", partial(maps.types_map, e.ground, groups, unplaced=unplaced)),
            *unplaced_note(e, kinds),
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
        side.append(typeset.note(words.text("atlas.several_industries")))
    return typeset.Page(
        words.text("atlas.a5"),
        [
            typeset.text(words.text("atlas.lead_a5", n=e.number(list(coverage_rows(e))[-1], "enterprises"))),
            e.show("a5", partial(maps.density_map, e.ground, e.population_xy, e.resolution, e.suppress_below)),
        ],
        side=side,
    )


def _a6(e: Edition) -> typeset.Page:
    words, city = e.words, list(coverage_rows(e))[-1]
    served = e.population["holder_id"].notna().to_numpy(np.float64)
    picture = partial(
        maps.value_cells_map,
        e.ground, e.population_xy, served, SHARE_BREAKS, SHARE_COLOURS, share_texts(),
        words.text("atlas.share_cells"), e.resolution, e.suppress_below,
    )  # fmt: skip
    rows = [
        [
            e.names.unit(row["unit"]), e.number(row, "enterprises"), e.number(row, "on_roster"),
            e.share(row, "on_roster"), e.number(row, "within_reach"), e.share(row, "within_reach"),
        ]
        for row in coverage_rows(e)
    ]  # fmt: skip
    header = [
        words.column(k)
        for k in ("unit", "enterprises", "on_roster", "on_roster_share", "within_reach", "within_reach_share")
    ]
    hidden = is_withheld(city, "on_roster") or is_withheld(city, "enterprises")
    left = words.text("page.withheld") if hidden else words.value(int(city["enterprises"] - city["on_roster"]))
    lead = words.text(
        "atlas.lead_a6_units" if e.public else "atlas.lead_a6",
        served=e.number(city, "on_roster"),
        share=e.share(city, "on_roster"),
        left=left,
    )
    if e.public:  # cells would tell how many of a few are served
        shares = {row["unit"]: share(row["on_roster"], row["enterprises"]) for row in coverage_rows(e)}
        picture = partial(maps.choropleth, e.ground, shares, words.column("on_roster_share"))
    return typeset.Page(
        words.text("atlas.a6"),
        [typeset.text(lead), e.show("a6", picture)],
        side=[
            typeset.table(header, rows, ["left", *["right"] * 5], [20, 19, 19, 12, 18, 12]),
            *(typeset.note(line) for line in unjudged_lines(words, e.coverage.by_unit)),
            typeset.note(limit_note(words, e.coverage)),
            typeset.note(travel_note(e)),
        ],
    )


def _a7(e: Edition) -> typeset.Page:
    words = e.words
    if e.public:
        return typeset.Page(words.text("atlas.a7"), [e.not_public("findings")])
    pairs: Counter[tuple[str, str]] = Counter()
    for finding in e.audit.findings:
        if finding.rule == "R7-2c" and str(finding.verdict) != "PASS":
            for other, n in finding.params.get("by_station", ()):
                pairs[(str(finding.subject), str(other))] += n
    rows = [
        [f"{e.names.subject(first)} ({first})", f"{e.names.subject(second)} ({second})", words.value(n)]
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


def _a15(e: Edition) -> typeset.Page:
    words = e.words
    kinds = [str(kind) for kind in InstitutionKind if (e.institutions["kind"] == kind).any()]
    rows = []
    homeless = e.institutions["unit"].isna()
    for code in (*e.ground.codes, *([None] if homeless.any() else []), "city"):
        chosen = homeless if code is None else (e.institutions["unit"] == code) | (code == "city")
        here = e.institutions.loc[chosen]
        count = Counter(here["kind"])
        reported = here.loc[here["kind"].isin(["district_center", "workstation"]), "service_data_until"].notna()
        rows.append(
            [
                words.text("atlas.no_unit") if code is None else e.names.unit(code),
                *(words.value(count[kind]) for kind in kinds),
                *([] if e.public else [f"{int(reported.sum())} / {len(reported)}"]),
            ]
        )
    header = [
        words.column("unit"),
        *(words.label("InstitutionKind", kind) for kind in kinds),
        *([] if e.public else [words.text("atlas.reported")]),
    ]
    return typeset.Page(
        words.text("atlas.a15"),
        [
            typeset.text(words.text("atlas.lead_a15")),
            typeset.table(
                header,
                rows,
                ["left", *["right"] * (len(header) - 1)],
                [18, *([10] * len(kinds)), 14][: len(header)],
                inset=3.4,
            ),
        ],
    )
