"""What is asked for on the command line, and what nobody asks for, reaches the use case: no plan is solved here."""

import importlib
import inspect
import json
import pkgutil
from dataclasses import asdict

import pytest

import ipps_geo.workspace
from ipps_geo import planning
from ipps_geo.cli import commands
from ipps_geo.errors import NotSolved
from ipps_geo.planning import PlanParameters
from tests.planning.test_options import FIELDS

app = importlib.import_module("ipps_geo.cli.commands.app")


@pytest.fixture
def parameters(monkeypatch, run, beijing):
    """Ask for a plan; return what differs from the defaults of the library."""
    given = []

    def refuse(_workspace, _policy, asked, **_):
        given.append(asked)
        raise NotSolved("solve.no_plan_in_time")

    monkeypatch.setattr(planning, "plan", refuse)
    monkeypatch.setattr(ipps_geo.workspace, "load_workspace", lambda *_, **__: beijing)
    usual = asdict(PlanParameters())

    def ask(*options):
        code, _, _ = run("plan", *options)
        assert code == 3
        return {name: value for name, value in asdict(given[-1]).items() if value != usual[name]}

    return ask


def test_a_plan_that_nobody_chooses_anything_for_is_the_one_of_the_library(parameters):
    assert parameters() == {}


EXPECTED = {
    "stations": {"stations": 6},
    "reach_km": {"reach_km": 2.0},
    "detour_factor": {"detour_factor": 1.3},
    "objective": {"objective": "worst_unit", "stations": 4, "reach_km": 2.0},
    "target": {"objective": "fewest_sites", "target": 300, "stations": None},
    "unit": {"unit": "110108"},
    "within_unit": {"within_unit": True},
    "required_sites": {"required_sites": ("P050",)},
    "forbidden_sites": {"forbidden_sites": ("P061",)},
    "enlarge": {"enlarge": True, "reach_km": 2.0},
    "min_per_unit": {"min_per_unit": {"110112": 1}},
    "max_per_unit": {"max_per_unit": {"110108": 1}},
    "spacing_km": {"spacing_km": 6.0, "stations": 4},
    "floor_percent": {"floor_percent": 15},
    "budget": {"budget": 150.0, "stations": None},
    "members_per_staff": {"members_per_staff": 70, "enlarge": True, "reach_km": 2.0},
    "new_staff": {"members_per_staff": 40, "new_staff": 3},
    "respect_capacity": {"respect_capacity": True},
    "least_distance": {"least_distance": True},
    "balance": {"balance": True, "stations": 4},
    "frontier": {"frontier": 3},
    "alternatives": {"alternatives": 2, "stations": 4},
    "robustness": {"robustness": True},
    "time_limit_s": {"time_limit_s": 20.0},
    "gap": {"gap": 0.05},
    "seed": {"seed": 7},
}


@pytest.mark.parametrize("field", EXPECTED)
def test_each_choice_is_what_it_says(parameters, field):
    assert parameters(*FIELDS[field]) == EXPECTED[field]


def test_the_command_that_opens_the_app_and_the_function_have_the_same_defaults():
    one, other = (inspect.signature(each).parameters for each in (app.run_app, app.open_app))
    for name in ("port", "address", "headless", "sign_in", "oidc", "https"):
        assert one[name].default == other[name].default, name
    assert (one["port"].default, one["address"].default, one["https"].default) == (8501, "127.0.0.1", False)


def functions():
    """Every function of the commands, by module and name."""
    for info in pkgutil.iter_modules(commands.__path__):
        module = importlib.import_module(f"{commands.__name__}.{info.name}")
        yield from ((f"{info.name}.{name}", each) for name, each in inspect.getmembers(module, inspect.isfunction))


def test_no_command_does_by_itself_what_has_to_be_asked_for():
    seen = set()
    for name, function in functions():
        for parameter in inspect.signature(function).parameters.values():
            if isinstance(parameter.default, bool):
                assert parameter.default is False, (name, parameter.name)
                seen.add(parameter.name)
    assert {"accept_partial", "force", "public", "dossiers", "headless", "https", "enlarge"} <= seen


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Write a settings file of the command ``plan``."""

    def write(line):
        (tmp_path / "settings.toml").write_text(f"[plan]\n{line}\n", encoding="utf-8")
        monkeypatch.setenv("IPPS_GEO_SETTINGS", str(tmp_path / "settings.toml"))

    return write


@pytest.mark.parametrize(
    ("words", "code", "where"),
    [
        (("--seed", "much"), "argument.no_whole_number", "--seed"),
        (("--seed=much",), "argument.no_whole_number", "--seed"),
        (("--no-such-thing",), "argument.no_option", "ipps-geo plan"),
        (("--sed", "3"), "argument.no_option_alike", "ipps-geo plan"),
        (("--json", "--seed"), "argument.no_value", "--seed"),
    ],
)
def test_what_is_wrong_is_named_by_the_place_where_it_stands(run, settings, words, code, where):
    """The command line, where it says the option, though the settings say it too."""
    settings("seed = 3")
    exit_code, out, _ = run("plan", *words, *(() if "--json" in words else ("--json",)))
    told = json.loads(out)
    assert (exit_code, told["code"]) == (2, code)
    assert told["where"].endswith(where)


def test_a_setting_that_is_none_is_named_by_its_file(run, settings):
    settings('seed = "much"')
    told = json.loads(run("plan", "--json")[1])
    assert (told["code"], told["where"]) == ("argument.no_whole_number", "settings.toml: [plan] seed")


def test_points_of_no_front_are_not_passed_over(run):
    code, _, err = run("plan", "--front-points", 4)
    assert code == 2
    assert "没有给出第二目标" in err
