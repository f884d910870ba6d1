"""Compliance: findings by article, unit and verdict; one finding with its evidence and its place."""

from __future__ import annotations

import streamlit as st

from ipps_geo import planning
from planner import map_view, widgets
from planner.state import audit, day, finding_table, lang, t, words, workspace


def show() -> None:
    """Show the findings of a day, filtered, and the chosen one."""
    on = widgets.day_field(t("on_day"), day(), "compliance_day")
    found, table = audit(on), finding_table(on)
    counts = found.counts()
    for column, verdict in zip(st.columns(3), ("FAIL", "UNDETERMINED", "PASS"), strict=True):
        column.metric(planning.verdict_word(words(), verdict), words().value(counts[verdict]), border=True)
    shown = _filtered(table)
    st.caption(t("findings_shown", n=len(shown), total=len(table)))
    shown = shown.assign(number_id=[str(label) for label in shown.index])
    chosen = widgets.selecting_table(shown, "number_id", key="compliance", height=430)
    if chosen is None:
        st.info(t("choose_finding"))
    else:
        _finding(found.findings[int(chosen)])
    widgets.origin(found.provenance)


def _filtered(table):  # type: ignore[no-untyped-def]
    first, second, third, fourth = st.columns(4)
    verdict, severity, article, unit = (
        words().column("verdict"),
        words().column("severity"),
        words().column("article"),
        words().column("unit"),
    )
    choices = {}
    for column, name, header, default in (
        (first, "verdict", verdict, ["FAIL", "UNDETERMINED"]),
        (second, "severity", severity, []),
        (third, "article", article, []),
        (fourth, "unit", unit, []),
    ):
        labels = dict(zip(table[f"{name}_code"], table[header], strict=True))
        options = sorted(labels, key=str)
        with column:
            choices[name] = st.multiselect(
                header,
                options,
                default=[code for code in default if code in options],
                format_func=lambda code, labels=labels: labels.get(code, code),
                placeholder=t("all"),
                key=f"compliance_{name}",
            )
    return planning.chosen_rows(table, **choices)


def _finding(finding) -> None:  # type: ignore[no-untyped-def]
    own = workspace()
    st.subheader(t("finding"))
    told, place = st.columns([3, 2])
    with told:
        widgets.facts(planning.finding_facts(own, finding, lang()))
    with place:
        spot = planning.place_of(own, finding.subject)
        if spot is None:
            st.info(t("no_place"))
            return
        point = {"id": finding.subject, "name": finding.subject, "word": "", "lon": spot[0], "lat": spot[1]}
        layers = map_view.base_layers(pick_units=False)
        layers.append(map_view.point_layer([point], "subject", kind="selected", size=9))
        map_view.draw(layers, key="compliance_map", alt=t("alt_finding"), centre=spot, zoom=9.5, height=360)
