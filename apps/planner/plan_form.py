"""What the plan page asks: objective, travel, amounts, and what few plans need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import streamlit as st

from ipps_geo.errors import IppsGeoError
from ipps_geo.planning import PlanParameters
from ipps_geo.planning.parameters import Wish, carriers_tell, decay_of, decay_text, years_of
from planner import travel as travelling
from planner.solving import Ways
from planner.state import rows, t, words, workspace

if TYPE_CHECKING:
    from ipps_geo.planning import Travel

OBJECTIVES = ("covered", "fewest_sites", "worst_unit")


class Asked(NamedTuple):
    """What the form says now, and whether it was sent; ``refused`` where no plan can have that."""

    ways: Ways | None
    sent: bool
    refused: IppsGeoError | None = None


def ask(*, disabled: bool, folded: bool) -> Asked:
    """Ask for the choices; what the first ones rule out is greyed out, and why. A form with its answer is folded."""
    for name, value in st.session_state.pop("plan_next", {}).items():
        st.session_state[name] = value
    with st.expander(t("form_title"), expanded=not folded, icon=":material/tune:"):
        st.caption(t("parameters_note"))
        objective = st.segmented_control(
            t("objective"), OBJECTIVES, format_func=_objective, default=OBJECTIVES[0], required=True,
            key="plan_objective", bind="query-params",
        )  # fmt: skip
        travel = travelling.choose("plan")
        names, units = rows("carrier_names"), rows("unit_names")
        asked = _amounts(objective, units) | _further(objective, names, units)
        choices = travelling.choices("plan", travel)
        read = travelling.readings("plan", "carrier")
        sent = st.button(t("start"), type="primary", disabled=disabled, key="plan_start")
    try:
        parameters = PlanParameters(objective=objective, **_reach_of(travel), **asked)
    except IppsGeoError as error:
        return Asked(None, sent, error)
    return Asked(Ways(parameters, travel, read, choices), sent)


def values_of(parameters: PlanParameters) -> dict[str, Any]:
    """Return what the fields of the form hold for a plan's choices, by their keys in the session."""
    told = {
        "objective": parameters.objective, "stations": parameters.stations or 0, "budget": parameters.budget or 0.0,
        "seconds": int(parameters.time_limit_s), "unit": parameters.unit or "", "within": parameters.within_unit,
        "enlarge": parameters.enlarge, "required": list(parameters.required_sites),
        "forbidden": list(parameters.forbidden_sites), "min_units": list(parameters.min_per_unit),
        "frontier": parameters.frontier, "alternatives": parameters.alternatives, "robust": parameters.robustness,
        "closable": list(parameters.closable), "years": ",".join(map(str, parameters.years)),
        "scenarios": parameters.robust or "",
        "front": parameters.front or "", "front_points": parameters.front_points,
        "capacity": parameters.respect_capacity, "nearest": parameters.least_distance,
        "floor": parameters.floor_percent or 0, "spacing": parameters.spacing_km or 0.0,
        "max_per_unit": min(parameters.max_per_unit.values(), default=0),
        "decay": decay_text(parameters.decay), "weight_by": parameters.weight_by or "",
        **{f"weight_{parameters.weight_by}_{value}": weight for value, weight in parameters.weight_of.items()},
        "members_per_staff": parameters.members_per_staff or 0, "new_staff": parameters.new_staff or 1,
        "reach": parameters.reach_km, "detour": parameters.detour_factor,
    }  # fmt: skip
    if parameters.target is not None:
        told["target"] = parameters.target
    return {f"plan_{name}": value for name, value in told.items()}


def _amounts(objective: str, units: dict[str, str]) -> dict[str, Any]:
    """Ask how much is to be built, where, and how long to search."""
    first, second, third = st.columns(3)
    priced = carriers_tell(workspace(), "annual_cost")
    few = objective == "fewest_sites"
    with first:
        stations = st.number_input(
            t("stations"), 0, 100, 10, 1, key="plan_stations", bind="query-params", help=t("stations_help")
        )
        target = st.number_input(
            t("target"), 0, 100_000, 1500, 50, key="plan_target", bind="query-params", disabled=not few,
            help=t("target_help") if few else t("off_target"),
        )  # fmt: skip
    with second:
        budget = st.number_input(
            t("budget"), 0.0, 1e6, 0.0, 10.0, key="plan_budget", bind="query-params", disabled=not priced,
            help=t("budget_help") if priced else t("off_budget"),
        )  # fmt: skip
        seconds = st.number_input(
            t("time_limit"), 1, 600, 40, 5, key="plan_seconds", bind="query-params", help=t("time_limit_help")
        )
    with third:
        unit = st.selectbox(
            t("only_unit"),
            ["", *units],
            format_func=lambda code: units.get(code, t("whole_city")),
            key="plan_unit",
            bind="query-params",
        )
        within = st.checkbox(t("within_unit"), key="plan_within", bind="query-params")
        enlarge = st.checkbox(t("enlarge"), value=True, key="plan_enlarge", bind="query-params", help=t("enlarge_help"))
    return {
        "stations": int(stations) or None, "target": int(target) if few else None, "unit": unit or None,
        "within_unit": within, "enlarge": enlarge, "budget": float(budget) or None if priced else None,
        "time_limit_s": float(seconds),
    }  # fmt: skip


def _further(objective: str, names: dict[str, str], units: dict[str, str]) -> dict[str, Any]:
    """Ask for what few plans need: sites by name, units that must get one, the choices around the plan."""
    covered, sized = objective == "covered", carriers_tell(workspace(), "capacity")
    with st.expander(t("more_choices")):
        sites, limits, around = st.columns(3)
        required = sites.multiselect(
            t("required"),
            list(names),
            format_func=names.get,
            placeholder=t("none_chosen"),
            key="plan_required",
            bind="query-params",
        )
        forbidden = sites.multiselect(
            t("forbidden"),
            list(names),
            format_func=names.get,
            placeholder=t("none_chosen"),
            key="plan_forbidden",
            bind="query-params",
        )
        least = sites.multiselect(
            t("min_units"), list(units), format_func=units.get, placeholder=t("none_chosen"), key="plan_min_units",
            bind="query-params",
            help=t("min_units_help"),
        )  # fmt: skip
        frontier = around.number_input(
            t("frontier"), 0, 30, 0, 1, key="plan_frontier", bind="query-params", disabled=not covered,
            help=t("frontier_help") if covered else t("off_choices"),
        )  # fmt: skip
        alternatives = around.number_input(
            t("alternatives"),
            0,
            10,
            0,
            1,
            key="plan_alternatives",
            bind="query-params",
            disabled=not covered,
            help=None if covered else t("off_choices"),
        )
        robust = around.checkbox(
            t("robustness"),
            key="plan_robust",
            bind="query-params",
            disabled=not covered,
            help=None if covered else t("off_choices"),
        )
        second = around.selectbox(
            t("front_wish"), ["", *get_args(Wish)], key="plan_front", bind="query-params", disabled=not covered,
            format_func=lambda name: words().label("FrontWish", name) if name else t("front_none"),
            help=t("front_help") if covered else t("off_choices"),
        )  # fmt: skip
        levels = around.number_input(
            t("front_points"), 2, 20, 6, 1, key="plan_front_points", bind="query-params", disabled=not covered
        )
        stations = rows("station_names")
        closable = sites.multiselect(
            t("closable"), list(stations), format_func=stations.get, placeholder=t("none_chosen"), key="plan_closable",
            bind="query-params", disabled=not covered, help=t("closable_help") if covered else t("off_choices"),
        )  # fmt: skip
        years = around.text_input(
            t("years"), key="plan_years", bind="query-params", disabled=not covered,
            help=t("years_help") if covered else t("off_choices"),
        )  # fmt: skip
        aim = around.selectbox(
            t("robust"), ["", "expected", "worst"], key="plan_scenarios", bind="query-params", disabled=not covered,
            format_func=lambda name: words().label("Robust", name) if name else t("robust_none"),
            help=t("robust_help") if covered else t("off_choices"),
        )  # fmt: skip
        capacity = sites.checkbox(
            t("capacity"),
            key="plan_capacity",
            bind="query-params",
            disabled=not sized,
            help=None if sized else t("off_capacity"),
        )
        each = sites.number_input(
            t("members_per_staff"),
            0,
            10_000,
            0,
            10,
            key="plan_members_per_staff",
            bind="query-params",
            help=t("members_per_staff_help"),
        )
        staff = sites.number_input(t("new_staff"), 1, 100, 1, 1, key="plan_new_staff", bind="query-params")
        nearest = limits.checkbox(t("least_distance"), key="plan_nearest", bind="query-params")
        floor = limits.number_input(
            t("floor_percent"), 0, 100, 0, 5, key="plan_floor", bind="query-params", disabled=not covered,
            help=t("floor_help") if covered else t("off_wishes"),
        )  # fmt: skip
        spacing = limits.number_input(
            t("spacing_km"), 0.0, 50.0, 0.0, 0.5, key="plan_spacing", bind="query-params", disabled=not covered,
            help=t("spacing_help") if covered else t("off_wishes"),
        )  # fmt: skip
        most = limits.number_input(
            t("max_per_unit"), 0, 100, 0, 1, key="plan_max_per_unit", bind="query-params", disabled=not covered,
            help=t("max_per_unit_help") if covered else t("off_wishes"),
        )  # fmt: skip
        decay = limits.text_input(
            t("decay"), key="plan_decay", bind="query-params", disabled=not covered,
            help=t("decay_help") if covered else t("off_wishes"),
        )  # fmt: skip
    choices: dict[str, Any] = {}
    if covered:
        choices = {"frontier": int(frontier), "alternatives": int(alternatives), "robustness": robust}
        choices |= {"closable": tuple(closable)}
        choices |= {"years": years_of(years), "robust": aim or None}
        choices |= {"front": second or None, "front_points": int(levels)}
    if covered:
        choices |= {
            "floor_percent": int(floor) or None, "spacing_km": float(spacing) or None,
            "max_per_unit": dict.fromkeys(units, int(most)) if most else {}, "decay": decay_of(decay),
        }  # fmt: skip
    return choices | {
        "required_sites": tuple(required), "forbidden_sites": tuple(forbidden),
        "min_per_unit": dict.fromkeys(least, 1), "respect_capacity": capacity and sized, "least_distance": nearest,
        "members_per_staff": int(each) or None, "new_staff": int(staff) if each else None,
    }  # fmt: skip


def _reach_of(travel: Travel) -> dict[str, float]:
    if travel.network is not None:
        return {}
    return {"reach_km": travel.limit / 1000, "detour_factor": travel.detour_factor}


def _objective(code: str) -> str:
    return words().label("Objective", code)
