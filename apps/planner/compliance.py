"""Compliance: findings by article, unit and verdict, on the map and in a table; one finding with its evidence."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from ipps_geo import screens
from ipps_geo.media import markdown
from planner import fields, map_view, widgets
from planner.kept import kept
from planner.state import audit, day, finding_table, fingerprint, lang, rows, say, t, words, workspace

if TYPE_CHECKING:
    import pandas as pd

    from ipps_geo.compliance.findings import Finding

VERDICTS = ("FAIL", "UNDETERMINED", "PASS")
"""In the order in which they are looked at."""
FILTERS = {"verdict": ("FAIL", "UNDETERMINED"), "severity": (), "article": (), "unit": ()}
"""What the findings are filtered by, and what is chosen at first; no choice, no filter."""


def show() -> None:
    """Show the findings of a day, filtered, on the map and in the table, and the chosen one."""
    on = widgets.day_field("on_day", day(), "compliance_day")
    found = audit(on)
    counts = found.counts()
    for column, verdict in zip(st.columns(3), VERDICTS, strict=True):
        column.metric(
            markdown(screens.rows.verdict_word(words(), verdict)), words().value(counts[verdict]), border=True
        )
    shown = _shown(fingerprint(on), on, _chosen_filters(on))
    st.caption(t("findings_shown", n=len(shown.table), total=len(found.findings)))
    st.session_state["audit_day"] = on
    st.session_state["audit_shown"] = ((workspace().identity, on), tuple(shown.table["number_id"]))
    chosen = widgets.selecting_table(shown.table, "number_id", key="compliance", title=t("page_compliance"), height=420)
    finding = None if chosen is None else found.findings[int(chosen)]
    place, told = st.columns([2, 3])
    with place:
        _map(shown.points, finding)
    with told:
        _finding(finding)
    widgets.origin(found.provenance)


class _Shown(NamedTuple):
    """Findings as the page shows them: rows, and a point for each subject that has a place."""

    table: pd.DataFrame
    points: list[dict[str, Any]]


@kept(64)
def _shown(of: tuple[object, ...], on: dt.date, choices: tuple[tuple[str, ...], ...]) -> _Shown:
    table = screens.rows.chosen_rows(finding_table(on), **dict(zip(FILTERS, choices, strict=True)))
    table = screens.findings.worst_first(table)
    points = screens.layers.finding_points(rows("places"), table, lang())
    return _Shown(table.assign(number_id=[str(label) for label in table.index]), points)


@kept(16)
def _options(of: tuple[object, ...], on: dt.date) -> dict[str, dict[str, str]]:
    """Return by filter which codes there are to choose from, each with its words."""
    table = finding_table(on)
    pairs = {name: table[[f"{name}_code", words().column(name)]].drop_duplicates() for name in FILTERS}
    return {name: dict(sorted(pair.itertuples(index=False, name=None))) for name, pair in pairs.items()}


def _chosen_filters(on: dt.date) -> tuple[tuple[str, ...], ...]:
    choices = []
    for column, (name, labels) in zip(st.columns(4), _options(fingerprint(on), on).items(), strict=True):
        chosen = fields.choices(
            column, say(f"column.{name}"), labels, key=f"compliance_{name}", usual=FILTERS[name],
            format_func=partial(_label, labels), placeholder=t("all"),
        )  # fmt: skip
        choices.append(tuple(chosen))
    return tuple(choices)


def _label(labels: dict[str, str], code: str) -> str:
    return labels.get(code, code)


def _map(points: list[dict[str, Any]], finding: Finding | None) -> None:
    subject = None if finding is None else finding.subject
    by_subject = {point["id"]: point["label"] for point in points}
    layers = [
        *map_view.base_layers(),
        *map_view.selected_unit(subject),
        map_view.point_layer(points, "findings"),
        *map_view.selected_layers(_spot(subject), subject),
    ]
    picks = {"findings": lambda found: widgets.select("compliance", by_subject[found])}
    look = map_view.unit_corners(subject)
    map_view.draw(layers, key="compliance_map", alt=t("alt_finding"), picks=picks, look=look, height=420)


def _spot(subject: str | None) -> list[dict[str, Any]]:
    place = rows("places").get(subject)
    return [] if place is None else [{"id": subject, "lon": place[0], "lat": place[1]}]


def _finding(finding: Finding | None) -> None:
    if finding is None:
        st.subheader(t("finding"))
        st.info(t("choose_finding"))
        return
    widgets.finding(finding)
    if not _spot(finding.subject):
        st.caption(t("no_place"))
