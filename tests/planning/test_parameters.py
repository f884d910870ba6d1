"""What is assumed where nothing is asked, the same wherever it can be asked, and the last value that can be."""

import inspect
import math

import pytest
import typer

from ipps_geo import cli, planning
from ipps_geo.errors import BadInput
from ipps_geo.planning import PlanParameters
from ipps_geo.planning.access_choices import AccessChoices


def test_without_any_choice_ten_stations_three_kilometres_and_a_proof_are_asked_for():
    told = PlanParameters()
    assert (told.stations, told.reach_km, told.detour_factor, told.limit_m) == (10, 3.0, 1.0, 3000.0)
    assert (told.objective, told.target, told.budget, told.unit) == ("covered", None, None, None)
    assert (told.time_limit_s, told.gap, told.seed) == (40.0, 0.0, 0)
    assert not any((told.within_unit, told.respect_capacity, told.least_distance, told.robustness))
    assert not any((told.frontier, told.alternatives, told.required_sites, told.forbidden_sites, told.min_per_unit))
    assert (AccessChoices().limits, AccessChoices().kinds, AccessChoices().every_pair) == ((), ("workstation",), False)


def test_the_reach_is_three_kilometres_in_every_command_and_in_every_function():
    commands = typer.main.get_command(cli.app)
    context = typer.Context(commands)
    found = {}
    for name in commands.list_commands(context):
        options = {option.name: option.default for option in commands.get_command(context, name).params}
        if "reach_km" in options:
            found[name] = options["reach_km"]
    assert set(found) >= {"plan", "coverage", "assess-site", "repair", "atlas"}
    for function in (planning.coverage, planning.repair, planning.assess_site):
        found[function.__name__] = inspect.signature(function).parameters["reach_km"].default
    assert set(found.values()) == {3.0}


@pytest.mark.parametrize(
    ("last", "beyond", "code"),
    [
        ({"reach_km": 1e-9}, {"reach_km": 0}, "plan.not_positive"),
        ({"time_limit_s": 1e-9}, {"time_limit_s": 0}, "plan.not_positive"),
        ({"reach_km": 1e6}, {"reach_km": math.inf}, "travel.limit_without_end"),
        ({"detour_factor": 1}, {"detour_factor": 0.999}, "plan.detour_below_one"),
        ({"detour_factor": 1e6}, {"detour_factor": math.inf}, "plan.detour_below_one"),
        ({"stations": 1}, {"stations": 0}, "plan.no_station"),
        ({"stations": None, "budget": 1.0}, {"stations": None}, "plan.no_size"),
        ({"objective": "fewest_sites", "target": 1}, {"objective": "fewest_sites"}, "plan.target_missing"),
        ({"objective": "worst_unit"}, {"objective": "worst_unit", "frontier": 1}, "plan.comparisons_need_covered"),
        ({"objective": "worst_unit"}, {"objective": "worst_unit", "robustness": True}, "plan.comparisons_need_covered"),
        ({"frontier": 1}, {"target": 1}, "plan.target_alone"),
        ({"balance": True}, {"balance": True, "least_distance": True}, "plan.balance_alone"),
        ({"balance": True, "enlarge": True}, {"balance": True, "floor_percent": 10}, "plan.balance_alone"),
        (
            {"required_sites": ("P1",), "forbidden_sites": ("P2",)},
            {"required_sites": ("P1",), "forbidden_sites": ("P2", "P1")},
            "plan.required_and_forbidden",
        ),
    ],
)
def test_the_last_value_is_taken_and_the_next_refused(last, beyond, code):
    PlanParameters(**last)
    with pytest.raises(BadInput) as refused:
        PlanParameters(**beyond)
    assert refused.value.code == code


def test_limits_and_kinds_of_an_analyst():
    assert AccessChoices(limits=(0.1,)).limits == (0.1,)
    for wrong in ({"limits": (3.0, 0.0)}, {"limits": (-1.0,)}, {"kinds": ()}, {"kinds": ("workstation", "bank")}):
        with pytest.raises(BadInput):
            AccessChoices(**wrong)
