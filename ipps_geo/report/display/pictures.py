"""A result as one picture on matplotlib's axes, in a font that holds Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ipps_geo.regions import zone_crs
from ipps_geo.report.display.tables import unit_word, verdicts_by_rule
from ipps_geo.report.fonts import drawable, find_font, require_maps
from ipps_geo.report.symbols import BLUE, GREEN, ORANGE, VERMILION
from ipps_geo.report.words.catalogue import Catalogue, catalogue
from ipps_geo.report.words.figures import share_of, site_names_of
from ipps_geo.report.words.wording import rule_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"PASS": BLUE, "UNDETERMINED": ORANGE, "FAIL": VERMILION}
_GREY = "#B8B8B8"


def plot(result: Any, lang: str, axes: Axes | None) -> Axes:
    """Draw ``result`` on ``axes``, or on those of a new figure, and return them."""
    require_maps()
    figure = None
    if axes is None:
        from matplotlib import pyplot

        figure, axes = pyplot.subplots(figsize=(8.0, 6.0), layout="constrained")
    words = catalogue(lang)
    _DRAWN[result.kind](words, result, axes)
    bars = len(axes.get_yticks())
    if figure is not None and bars > 20:
        figure.set_size_inches(8.0, 0.25 * bars + 1)
    if result.provenance.synthetic:
        axes.text(1, 1.01, words.text("page.synthetic"), transform=axes.transAxes, ha="right", va="bottom")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3, frameon=False)
    _dress(axes)
    return axes


def _plan(words: Catalogue, plan: Any, axes: Axes) -> None:
    # A result knows no workspace: its own places say which zone draws them undistorted.
    tables = (plan.proposals, plan.closed_sites, plan.uncovered)
    west, _, east, _ = plan.proposals.total_bounds
    open_sites, closed, left = (table.to_crs(zone_crs((west + east) / 2)).geometry for table in tables)
    axes.scatter(left.x, left.y, s=2, color=_GREY, linewidths=0, label=words.text("display.unserved"), rasterized=True)
    axes.scatter(closed.x, closed.y, s=22, facecolors="none", edgecolors=BLUE, label=words.text("display.closed"))
    axes.scatter(open_sites.x, open_sites.y, s=150, color=GREEN, zorder=4, label=words.text("display.proposals"))
    names = site_names_of(plan.proposals, words)
    for x, y, rank in zip(open_sites.x, open_sites.y, plan.proposals["rank"], strict=True):
        axes.annotate(str(rank), (x, y), color="white", ha="center", va="center", fontsize=8, zorder=5)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(
        "  ".join(f"{rank} {name}" for rank, name in zip(plan.proposals["rank"], names, strict=True)), wrap=True
    )


def _audit(words: Catalogue, audit: Any, axes: Axes) -> None:
    rules = verdicts_by_rule(audit.findings)
    _stacked(
        axes,
        [rule_title(words, rule) for rule in rules],
        [
            (words.label("Verdict", verdict), COLOURS[verdict], [row[verdict] for row in rules.values()])
            for verdict in ("FAIL", "UNDETERMINED", "PASS")
        ],
    )
    axes.set_xlabel(words.text("display.findings"))


def _coverage(words: Catalogue, coverage: Any, axes: Axes) -> None:
    rows = coverage.by_unit[coverage.by_unit["enterprises"] > 0]
    places = range(len(rows))[::-1]
    for column, colour, height in (("within_reach", _GREY, 0.72), ("on_roster", BLUE, 0.36)):
        axes.barh(
            places,
            [share_of(row, column) for row in rows.to_dict("records")],
            height=height,
            color=colour,
            label=words.column(column),
        )
    axes.set_yticks(places, [unit_word(words, str(unit)) for unit in rows["unit"]])
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


def _assessment(words: Catalogue, test: Any, axes: Axes) -> None:
    steps = {name: span for name, span in test.assessment.counts.items() if span is not None}
    places = range(len(steps))[::-1]
    least, most = ([0 if span[end] is None else span[end] for span in steps.values()] for end in (0, 1))
    axes.barh(places, most, color=_GREY, height=0.7, label=words.text("display.at_most"))
    axes.barh(places, least, color=BLUE, height=0.7, label=words.text("display.certain"))
    axes.set_yticks(places, [words.text(f"answer.step_{name}") for name in steps])


def _repair(words: Catalogue, repair: Any, axes: Axes) -> None:
    moves = repair.moves.groupby(["station_from", "kind"], dropna=False).size().unstack(fill_value=0)
    palette = (VERMILION, BLUE, ORANGE, GREEN)
    _stacked(
        axes,
        [str(station) for station in moves.index],
        [
            (words.label("MoveKind", kind), colour, moves[kind].tolist())
            for kind, colour in zip(moves.columns, palette, strict=False)
        ],
    )
    axes.set_xlabel(words.text("display.moves", n=repair.n_moves, bound=repair.bound))


def _stacked(axes: Axes, names: Sequence[str], series: Sequence[tuple[str, str, Sequence[int]]]) -> None:
    places = list(range(len(names)))[::-1]
    start = [0] * len(names)
    for label, colour, values in series:
        axes.barh(places, values, left=start, color=colour, label=label)
        start = [a + b for a, b in zip(start, values, strict=True)]
    axes.set_yticks(places, names)


def _dress(axes: Axes) -> None:
    """Give every text of the axes the font that holds Chinese, at its own size; none of them is a formula."""
    from matplotlib.font_manager import FontProperties

    font = find_font()
    legend = axes.get_legend()
    texts: list[Any] = [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
    texts += [*axes.get_xticklabels(), *axes.get_yticklabels(), *(legend.get_texts() if legend is not None else ())]
    for text in texts:
        text.set_fontproperties(FontProperties(fname=str(font.path), size=9))
        text.set_parse_math(False)
        text.set_text(drawable(text.get_text(), font))


_DRAWN = {"plan": _plan, "audit": _audit, "coverage": _coverage, "assessment": _assessment, "repair": _repair}
