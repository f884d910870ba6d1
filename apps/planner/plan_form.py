"""What the plan page asks: objective, travel, amounts, and what few plans need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import streamlit as st

from ipps_geo.errors import IppsGeoError
from ipps_geo.planning import PlanParameters
from ipps_geo.planning.parameters import Wish, carriers_tell, decay_of, decay_text, years_of
from planner import fields
from planner import travel as travelling
from planner.solving import Ways
from planner.state import rows, t, words, workspace

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from ipps_geo.planning import Travel

OBJECTIVES = ("covered", "fewest_sites", "worst_unit")
ROBUST = ("expected", "worst")


class Asked(NamedTuple):
    """What the form says now, and whether it was sent; ``refused`` where no plan can have that."""

    ways: Ways | None
    sent: bool
    refused: IppsGeoError | None = None


def ask(*, disabled: bool, folded: bool) -> Asked:
    """Ask for the choices; what the first ones rule out is greyed out, and why. A form with its answer is folded."""
    fields.put(st.session_state.pop("plan_next", {}))
    with st.expander(t("form_title"), expanded=not folded, icon=":material/tune:"):
        st.caption(t("parameters_note"))
        objective = fields.choice(
            st, t("objective"), OBJECTIVES, key="plan_objective", by="segmented_control", required=True,
            format_func=_objective,
        )  # fmt: skip
        travel = travelling.choose("plan")
        names, units = rows("carrier_names"), rows("unit_names")
        amounts = _amounts(objective, units)
        asked = amounts | _further(objective, names, units, spends=amounts["budget"] is not None)
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
        "closable": list(parameters.closable), "closing_cost": parameters.closing_cost,
        "moving_cost": parameters.moving_cost, "gap": 100 * parameters.gap, "seed": parameters.seed,
        "years": ",".join(map(str, parameters.years)),
        "scenarios": parameters.robust or "",
        "front": parameters.front or "", "front_points": parameters.front_points,
        "capacity": parameters.respect_capacity, "nearest": parameters.least_distance,
        "balance": parameters.balance,
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
    stations = fields.number(first, t("stations"), 0, 100, 10, 1, key="plan_stations", help=t("stations_help"))
    target = fields.number(
        first, t("target"), 0, 100_000, 1500, 50, key="plan_target", disabled=not few,
        help=t("target_help") if few else t("off_target"),
    )  # fmt: skip
    budget = fields.number(
        second, t("budget"), 0.0, 1e6, 0.0, 10.0, key="plan_budget", disabled=not priced,
        help=t("budget_help") if priced else t("off_budget"),
    )  # fmt: skip
    seconds = fields.number(second, t("time_limit"), 1, 600, 40, 5, key="plan_seconds", help=t("time_limit_help"))
    unit = fields.choice(
        third, t("only_unit"), ["", *units], key="plan_unit", format_func=lambda code: units.get(code, t("whole_city"))
    )
    within = fields.tick(third, t("within_unit"), key="plan_within")
    enlarge = fields.tick(third, t("enlarge"), key="plan_enlarge", usual=True, help=t("enlarge_help"))
    return {
        "stations": int(stations) or None, "target": int(target) if few else None, "unit": unit or None,
        "within_unit": within, "enlarge": enlarge, "budget": float(budget) or None if priced else None,
        "time_limit_s": float(seconds),
    }  # fmt: skip


def _further(objective: str, names: dict[str, str], units: dict[str, str], *, spends: bool) -> dict[str, Any]:
    """Ask for what few plans need: sites by name, limits, the choices around the plan, how the search ends."""
    covered = objective == "covered"
    with st.expander(t("more_choices")):
        sites, limits, around = st.columns(3)
        return (
            _of_sites(sites, names, units, covered=covered, spends=spends)
            | _limits(limits, units, covered=covered)
            | _around(around, covered=covered)
        )


def _of_sites(
    place: DeltaGenerator, names: dict[str, str], units: dict[str, str], *, covered: bool, spends: bool
) -> dict[str, Any]:
    """Ask for sites by name, for stations that may close or move, and for how much a site can bear."""
    sized, stations = carriers_tell(workspace(), "capacity"), rows("station_names")
    none = {"placeholder": t("none_chosen")}
    required = fields.choices(place, t("required"), names, key="plan_required", format_func=names.get, **none)
    forbidden = fields.choices(place, t("forbidden"), names, key="plan_forbidden", format_func=names.get, **none)
    least = fields.choices(
        place, t("min_units"), units, key="plan_min_units", format_func=units.get, help=t("min_units_help"), **none
    )
    closable = fields.choices(
        place, t("closable"), stations, key="plan_closable", format_func=stations.get, disabled=not covered,
        help=t("closable_help") if covered else t("off_choices"), **none,
    )  # fmt: skip
    priced = covered and spends and bool(closable)
    costs = {
        name: fields.number(
            place, t(name), 0.0, 1e6, 0.0, 1.0, key=f"plan_{name}", disabled=not priced,
            help=None if priced else t("off_closing"),
        )
        for name in ("closing_cost", "moving_cost")
    }  # fmt: skip
    capacity = fields.tick(
        place, t("capacity"), key="plan_capacity", disabled=not sized, help=None if sized else t("off_capacity")
    )
    each = fields.number(
        place, t("members_per_staff"), 0, 10_000, 0, 10, key="plan_members_per_staff", help=t("members_per_staff_help")
    )
    staff = fields.number(place, t("new_staff"), 1, 100, 1, 1, key="plan_new_staff")
    asked: dict[str, Any] = {
        "required_sites": tuple(required), "forbidden_sites": tuple(forbidden),
        "min_per_unit": dict.fromkeys(least, 1), "respect_capacity": capacity and sized,
        "members_per_staff": int(each) or None, "new_staff": int(staff) if each else None,
    }  # fmt: skip
    if covered and closable:
        asked["closable"] = tuple(closable)
    if priced:
        asked |= {name: float(cost) for name, cost in costs.items()}
    return asked


def _limits(place: DeltaGenerator, units: dict[str, str], *, covered: bool) -> dict[str, Any]:
    """Ask for what every plan must keep to, and when a search may end."""

    def told(name: str) -> dict[str, Any]:
        return {"key": f"plan_{name}", "disabled": not covered, "help": t(f"{name}_help" if covered else "off_wishes")}

    nearest = fields.tick(place, t("least_distance"), key="plan_nearest")
    balance = fields.tick(place, t("balance"), key="plan_balance", help=t("balance_help"))
    floor = fields.number(place, t("floor_percent"), 0, 100, 0, 5, **told("floor"))
    spacing = fields.number(place, t("spacing_km"), 0.0, 50.0, 0.0, 0.5, **told("spacing"))
    most = fields.number(place, t("max_per_unit"), 0, 100, 0, 1, **told("max_per_unit"))
    decay = fields.text(place, t("decay"), **told("decay"))
    gap = fields.number(place, t("accepted_gap"), 0.0, 50.0, 0.0, 0.5, key="plan_gap", help=t("accepted_gap_help"))
    seed = fields.number(place, t("seed"), 0, 1_000_000, 0, 1, key="plan_seed", help=t("seed_help"))
    asked: dict[str, Any] = {"least_distance": nearest, "balance": balance, "gap": float(gap) / 100, "seed": int(seed)}
    if covered:
        asked |= {
            "floor_percent": int(floor) or None, "spacing_km": float(spacing) or None,
            "max_per_unit": dict.fromkeys(units, int(most)) if most else {}, "decay": decay_of(decay),
        }  # fmt: skip
    return asked


def _around(place: DeltaGenerator, *, covered: bool) -> dict[str, Any]:
    """Ask for the choices around the plan."""

    def told(name: str, text: str | None = None) -> dict[str, Any]:
        usual = t(text) if text else None
        return {"key": f"plan_{name}", "disabled": not covered, "help": usual if covered else t("off_choices")}

    frontier = fields.number(place, t("frontier"), 0, 30, 0, 1, **told("frontier", "frontier_help"))
    alternatives = fields.number(place, t("alternatives"), 0, 10, 0, 1, **told("alternatives"))
    robustness = fields.tick(place, t("robustness"), **told("robust"))
    second = fields.choice(
        place, t("front_wish"), ["", *get_args(Wish)], **told("front", "front_help"),
        format_func=lambda name: words().label("FrontWish", name) if name else t("front_none"),
    )  # fmt: skip
    levels = fields.number(place, t("front_points"), 2, 20, 6, 1, **told("front_points"))
    years = fields.text(place, t("years"), **told("years", "years_help"))
    aim = fields.choice(
        place, t("robust"), ["", *ROBUST], **told("scenarios", "robust_help"),
        format_func=lambda name: words().label("Robust", name) if name else t("robust_none"),
    )  # fmt: skip
    if not covered:
        return {}
    return {
        "frontier": int(frontier), "alternatives": int(alternatives), "robustness": robustness,
        "front": second or None, "front_points": int(levels), "years": years_of(years), "robust": aim or None,
    }  # fmt: skip


def _reach_of(travel: Travel) -> dict[str, float]:
    if travel.network is not None:
        return {}
    return {"reach_km": travel.limit / 1000, "detour_factor": travel.detour_factor}


def _objective(code: str) -> str:
    return words().label("Objective", code)
