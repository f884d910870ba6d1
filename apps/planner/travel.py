"""How people travel and how far counts, and how the text is read: choices that the pages Plan and Test a site share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from ipps_geo import screens
from ipps_geo.media import markdown
from ipps_geo.planning.access_choices import AccessChoices, limits_of
from ipps_geo.planning.networks import is_timetable, network_travel
from ipps_geo.planning.own_tables import weights_sent
from ipps_geo.planning.weighting import KINDS, UNKNOWN, ColumnWeights
from planner import fields
from planner.state import lang, policy, t, words

if TYPE_CHECKING:
    from ipps_geo.planning import Travel
    from ipps_geo.planning.networks import Network
    from ipps_geo.policy import Policy
    from ipps_geo.screens.readings import Judged

METHODS = ("straight_line", "street_network", "transit", "costs")


def networks() -> dict[str, Network]:
    """Return the networks that this session was given, by way of travelling."""
    known: dict[str, Network] = st.session_state.setdefault("networks", {})
    return known


def choose(page: str) -> Travel:
    """Ask how people travel and how far counts; ways without a network are named with what they lack."""
    known = networks()
    ways = [method for method in METHODS if method == "straight_line" or method in known]
    lacking = [method for method in METHODS if method not in ways]
    first, second, third = st.columns(3)
    method = fields.choice(
        first, t("travel"), ways, key=f"{page}_travel", format_func=_word, disabled=len(ways) == 1,
        help=t("travel_only_line") if len(ways) == 1 else None,
    )  # fmt: skip
    if lacking and len(ways) > 1:
        st.caption(t("travel_missing", methods=words().text("page.list_joiner").join(map(_word, lacking))))
    if method == "straight_line":
        reach = fields.number(second, t("reach"), 0.5, 30.0, 3.0, 0.5, key=f"{page}_reach", help=t("reach_help"))
        detour = fields.number(third, t("detour"), 1.0, 3.0, 1.0, 0.1, key=f"{page}_detour", help=t("detour_help"))
        return network_travel(None, float(reach) * 1000, "m", float(detour))
    unit: Literal["m", "min"] = "min"
    if method == "street_network":
        unit = fields.choice(
            third, t("limit_by"), ("m", "min"), key=f"{page}_limit_by", by="radio", horizontal=True,
            format_func=lambda each: t(f"limit_by_{each}"),
        )  # fmt: skip
    if method == "costs":
        unit = known[method].unit  # type: ignore[union-attr]
    if unit == "m":
        limit = 1000 * fields.number(second, t("limit_km"), 0.5, 60.0, 3.0, 0.5, key=f"{page}_km", help=t("reach_help"))
    else:
        limit = fields.number(second, t("limit_min"), 1.0, 240.0, 30.0, 5.0, key=f"{page}_min", help=t("reach_help"))
    if method != "transit":
        snap_limit = fields.number(
            third, t("snap_limit"), 50.0, 5000.0, 500.0, 50.0, key=f"{page}_snap_limit", help=t("snap_limit_help")
        )
        walls = st.session_state.get("barriers") if method == "street_network" else None
        if walls is not None:
            st.caption(t("barriers_in_use", n=words().value(len(walls[1])), source=walls[0]))
        return network_travel(
            known[method], float(limit), unit, 1.0, snap_limit_m=float(snap_limit),
            barriers=None if walls is None else walls[1],
        )  # fmt: skip
    percentile, walked = None, None
    if is_timetable(known[method]):
        percentile = int(fields.number(
            third, t("timetable_percentile"), 1, 99, 50, 5, key=f"{page}_percentile",
            help=t("timetable_percentile_help"),
        ))  # fmt: skip
        st.caption(t("timetable_of", source=known[method].source, as_of=known[method].as_of))
    if "street_network" in known and fields.tick(st, t("timetable_streets"), key=f"{page}_walk_streets"):
        walked = known["street_network"]
    return network_travel(known[method], float(limit), "min", 1.0, percentile=percentile, streets=walked)


def choices(page: str, travel: Travel) -> AccessChoices:
    """Ask for further limits and for the weights of the enterprises; nothing asked changes nothing."""
    with st.expander(t("analysis")):
        first, second = st.columns(2)
        limits = fields.text(
            first, t("analysis_limits", unit=words().label("unit_of_measure", "km" if travel.unit == "m" else "min")),
            key=f"{page}_limits", help=t("analysis_limits_help"),
        )  # fmt: skip
        sent = second.file_uploader(
            t("analysis_weights"), type=["xlsx", "csv", "parquet"], key=f"{page}_weights",
            help=t("analysis_weights_help"),
        )  # fmt: skip
        weigh = _weights_by_table(page, sent) if sent is not None else _weights_by_column(page)
    scale = 1000 if travel.unit == "m" else 1
    return AccessChoices(tuple(sorted({scale * number for number in limits_of(limits)})), **weigh)


def _weights_by_table(page: str, sent: Any) -> dict[str, Any]:
    """Ask what those weigh whom the table does not list; nothing said is no answer."""
    unlisted = fields.number(
        st, t("analysis_unlisted"), 0.0, 1e6, None, 1.0, key=f"{page}_unlisted", help=t("analysis_unlisted_help")
    )
    return {"weights": weights_sent(sent.name, sent.getvalue()), "unlisted": unlisted}


def _weights_by_column(page: str) -> dict[str, Any]:
    """Ask for a column to weigh by, and then for the weight of each of its values; one left empty is no answer."""
    column = fields.choice(
        st, t("analysis_weight_by"), ["", *KINDS], key=f"{page}_weight_by", help=t("analysis_weight_by_help"),
        format_func=lambda name: words().column(name) if name else t("analysis_weight_by_none"),
    )  # fmt: skip
    if not column:
        return {}
    values = [*dict.fromkeys([*map(str, KINDS[column]), UNKNOWN])]
    typed = {}
    for place, value in zip(st.columns(len(values)), values, strict=True):
        word = screens.answers.weight_word(column, value, lang())
        typed[value] = fields.number(
            place, t("analysis_weight_value", value=word), 0.0, 1e6, None, 1.0, key=f"{page}_weight_{column}_{value}"
        )
    return {"by": ColumnWeights(column, {value: number for value, number in typed.items() if number is not None})}


def _word(method: str) -> str:
    return words().label("Method", method)


def readings(page: str, judged: Judged) -> Policy:
    """Ask how the text is read, the default first, and return the policy with these readings."""
    usual = policy()
    with st.expander(t("readings")):
        st.caption(t("readings_policy", version=usual.version))
        st.caption(t(f"readings_{page}"))
        chosen = {}
        choices = screens.readings.reading_choices(usual, judged, lang())
        for first in range(0, len(choices), 2):
            for column, choice in zip(st.columns(2), choices[first : first + 2], strict=False):
                chosen[choice.name] = fields.choice(
                    column, markdown(choice.label), choice.options, key=f"{page}_reading_{choice.name}",
                    format_func=choice.options.get,
                )  # fmt: skip
    read = usual.with_readings(chosen)
    if read is not usual:
        told = [
            words().label("Reading", f"{name}.{chosen[name]}") for name in chosen if usual.reading(name) != chosen[name]
        ]
        st.info(t("readings_changed", readings=words().text("page.list_joiner").join(told)))
    return read
