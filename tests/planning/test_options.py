"""Every choice of the planner is solved through the command line, alone and with those it acts together with.

Each plan is counted again here from the raw tables of the workspace, with nothing of the package but the plan's rows.
"""

import dataclasses
import itertools
import json

import numpy as np
import pytest

import ipps_geo.workspace
from ipps_geo import planning
from ipps_geo.errors import BadInput
from ipps_geo.planning import solving
from ipps_geo.policy import load_policy
from ipps_geo.workspace import generate_demo

pytestmark = pytest.mark.slow

FIELDS = {
    "stations": ["--stations", "6"],
    "reach_km": ["--reach-km", "2"],
    "detour_factor": ["--detour-factor", "1.3"],
    "objective": ["--objective", "worst_unit", "--stations", "4", "--reach-km", "2"],
    "target": ["--objective", "fewest_sites", "--target", "300"],
    "unit": ["--unit", "110108"],
    "within_unit": ["--within-unit"],
    "required_sites": ["--required", "P050"],
    "forbidden_sites": ["--forbidden", "P061"],
    "enlarge": ["--enlarge", "--reach-km", "2"],
    "min_per_unit": ["--min-per-unit", "110112=1", "--reach-km", "3"],
    "max_per_unit": ["--max-per-unit", "110108=1"],
    "spacing_km": ["--spacing-km", "6", "--stations", "4"],
    "floor_percent": ["--floor", "15"],
    "budget": ["--budget", "150"],
    "members_per_staff": ["--members-per-staff", "70", "--enlarge", "--reach-km", "2"],
    "new_staff": ["--members-per-staff", "40", "--new-staff", "3"],
    "respect_capacity": ["--respect-capacity"],
    "weight_by": ["--weight-by", "explicit_need", "--weight=yes=3", "--weight=no=1", "--weight=unknown=0.5"],
    "weight_of": ["--weight-by=sme_class"]
    + [f"--weight={pair}" for pair in ("micro=1", "small=2", "medium=3", "large=5")],
    "decay": ["--decay", "1=1,2=0.6,3=0.3"],
    "least_distance": ["--least-distance"],
    "balance": ["--balance", "--stations", "4"],
    "frontier": ["--frontier", "3"],
    "alternatives": ["--alternatives", "2", "--stations", "4"],
    "robustness": ["--robustness"],
    "closable": ["--may-close", "W-001", "--stations", "2"],
    "closing_cost": ["--may-close", "W-001", "--closing-cost", "30", "--budget", "150", "--stations", "3"],
    "moving_cost": ["--may-close", "W-002", "--moving-cost", "10", "--budget", "150", "--stations", "3"],
    "years": ["--years", "1,2,3"],
    "robust": ["--robust", "worst", "--stations", "3"],
    "front": ["--front", "reach", "--front-points", "3", "--stations", "3"],
    "front_points": ["--front", "cost", "--front-points", "4", "--stations", "3"],
    "time_limit_s": ["--time-limit", "20"],
    "gap": ["--gap", "0.05"],
    "seed": ["--seed", "7"],
}
"""How each field of the parameters is asked for; the hard ones with a shorter reach or fewer stations."""

TOGETHER = [
    *itertools.combinations(["budget", "respect_capacity", "min_per_unit", "required_sites", "stations"], 2),
    ("budget", "target"),
    ("budget", "objective"),
    ("budget", "least_distance"),
    ("budget", "frontier"),
    ("budget", "forbidden_sites"),
    ("respect_capacity", "least_distance"),
    ("respect_capacity", "balance"),
    ("enlarge", "balance"),
    ("respect_capacity", "alternatives"),
    ("respect_capacity", "target"),
    ("respect_capacity", "robustness"),
    ("objective", "respect_capacity"),
    ("objective", "min_per_unit"),
    ("unit", "within_unit"),
    ("enlarge", "budget"),
    ("enlarge", "respect_capacity"),
    ("enlarge", "min_per_unit"),
    ("enlarge", "frontier"),
    ("enlarge", "alternatives"),
    ("enlarge", "objective"),
    ("enlarge", "target"),
    ("enlarge", "within_unit"),
    ("unit", "required_sites"),
    ("target", "min_per_unit"),
    ("within_unit", "detour_factor"),
    ("gap", "frontier"),
]
"""Choices that bind the same sites, rosters or searches."""


@pytest.fixture(scope="module")
def costed():
    """A small demonstration whose carriers have a yearly cost and a capacity, made up here."""
    made = generate_demo(9_000, seed=3)
    carriers = made.carriers.copy()
    number = carriers["carrier_id"].str[1:].astype("int64")
    carriers["annual_cost"] = (20 + number * 7 % 31).astype("float64")
    carriers["capacity"] = (52 + number * 37 % 60).astype("Int64")
    return made.replace(carriers=carriers)


@pytest.fixture
def planned(monkeypatch, run, costed):
    """Ask the command line for a plan of the costed workspace: (its document, the plan behind it); solved in here."""
    made = []

    def here(_, arguments, progress=None, **__):
        return solving.solve_here(**arguments, progress=progress or (lambda _: None), should_stop=lambda: False), None

    monkeypatch.setattr(solving, "run_in_child", here)
    solve = planning.plan
    monkeypatch.setattr(planning, "plan", lambda *given, **named: made.append(solve(*given, **named)) or made[-1])
    monkeypatch.setattr(ipps_geo.workspace, "load_workspace", lambda *_, **__: costed)

    def ask(*options):
        code, out, err = run("plan", *options, "--json")
        assert code == 0, err
        return json.loads(out), made[-1]

    return ask


def worth_again(costed, annex, parameters, km):
    """What the rosters are worth by weights and decay."""
    people = costed.enterprises.set_index("enterprise_id").loc[annex["enterprise_id"]]
    value = annex["explicit_need"] if parameters["weight_by"] == "explicit_need" else people["sme_class"]
    weight = value.map(parameters["weight_of"]).to_numpy(float) if parameters["weight_by"] else np.ones(len(annex))
    steps = parameters["decay"] or [(100.0, 1.0)]
    worth = np.select([km <= limit for limit, _ in steps], [share for _, share in steps], default=0.0)
    return (weight * worth).sum()


def assert_worth(costed, plan, document, km):
    """The objective of a plan that serves most is what its rosters are worth, and within its bound."""
    annex, parameters = plan.annex, plan.provenance.parameters
    if parameters["weight_by"] or parameters["decay"]:
        assert document["objective"] == pytest.approx(worth_again(costed, annex, parameters, km))
    elif parameters["objective"] == "covered":
        more = 0 if plan.additions is None else len(plan.additions)
        gone = sum(row["members"] for row in document.get("closures", []))
        assert document["objective"] == len(annex) + more - gone <= document["bound"]
        # Spacing, floors and a most per unit are one program of all groups and sites: time may end before its proof.
        wished = any(parameters[name] for name in ("spacing_km", "floor_percent", "max_per_unit"))
        proven = document["status"] == "optimal" or document["gap"] <= parameters["gap"]
        assert proven or (wished and document["stop_reason"] == "time_limit")


def counted_again(costed, plan, document):
    """What every plan must be, counted from the raw tables."""
    annex, parameters = plan.annex, plan.provenance.parameters
    active = costed.institutions[costed.institutions["revoked_on"].isna()]
    closures = document.get("closures", [])
    active = active[~active["institution_id"].isin([row["institution_id"] for row in closures])]
    held = costed.rosters[costed.rosters["delisted_on"].isna()]
    held = held[held["holder_id"].isin(active["institution_id"])]
    assert not set(held["uscc"].dropna()) & set(annex["uscc"].dropna())
    assert annex["entity_key"].is_unique
    sizes, needs = annex.groupby("site_id").size(), annex[annex["explicit_need"] == "yes"].groupby("site_id").size()
    assert set(sizes.index) == {site["id"] for site in document["open_sites"]}
    assert (sizes >= 50).all()
    assert (5 * needs.reindex(sizes.index, fill_value=0) >= 3 * sizes).all()
    metres = {}
    for name, key in (("enterprises", "enterprise_id"), ("carriers", "carrier_id")):
        frame = getattr(costed, name).set_index(key).geometry.to_crs(4548)
        metres[name] = frame[frame.notna()]
    from_, to = metres["enterprises"].loc[annex["enterprise_id"]], metres["carriers"].loc[annex["site_id"]]
    distance = np.hypot(from_.x.to_numpy() - to.x.to_numpy(), from_.y.to_numpy() - to.y.to_numpy())
    assert (distance * parameters["detour_factor"] <= parameters["reach_km"] * 1000 + 1e-6).all()
    assert np.allclose(annex["distance_m"], distance, atol=0.5)
    carriers = costed.carriers.set_index("carrier_id").loc[sizes.index]
    if parameters["stations"] is not None:
        assert len(sizes) <= parameters["stations"] + sum(row["moved_to"] is not None for row in closures)
    for unit, most in parameters["max_per_unit"].items():
        assert (carriers["unit"] == unit).sum() <= most
    if parameters["spacing_km"] is not None:
        places = metres["carriers"].loc[sizes.index]
        there = active[active["kind"] == "workstation"].geometry.to_crs(4548)
        there = there[there.notna() & ~there.is_empty]
        for one, other in itertools.combinations(places, 2):
            assert one.distance(other) >= parameters["spacing_km"] * 1000
        assert all(there.distance(one).min() >= parameters["spacing_km"] * 1000 for one in places)
    if parameters["budget"] is not None:
        assert carriers["annual_cost"].sum() + sum(row["once_cost"] for row in closures) <= parameters["budget"]
    if parameters["respect_capacity"]:
        assert (sizes <= carriers["capacity"]).all()
    if parameters["members_per_staff"] is not None:
        assert carriers["full_time_staff"].isna().all()
        assert (sizes <= parameters["members_per_staff"] * parameters["new_staff"]).all()
    if parameters["unit"] is not None:
        assert set(carriers["unit"]) == {parameters["unit"]}
    if parameters["within_unit"]:
        assert (annex["unit"].to_numpy() == carriers["unit"].loc[annex["site_id"]].to_numpy()).all()
    assert set(parameters["required_sites"]) <= set(sizes.index)
    assert not set(parameters["forbidden_sites"]) & set(sizes.index)
    for unit, least in parameters["min_per_unit"].items():
        assert (carriers["unit"] == unit).sum() >= least
    assert_worth(costed, plan, document, distance / 1000)
    if parameters["objective"] == "fewest_sites":
        assert document["objective"] == len(sizes) >= document["bound"]
        assert len(annex) + (0 if plan.additions is None else len(plan.additions)) >= parameters["target"]
    asked = parameters["frontier"]
    assert (document.get("frontier") is not None) == (asked > 0)
    assert asked == 0 or [point["n_sites"] for point in document["frontier"]][:asked] == list(range(1, asked + 1))
    assert (document.get("alternatives") is not None) == (parameters["alternatives"] > 0)
    assert (document.get("robustness") is not None) == parameters["robustness"]
    assert document["violations"] == []


def test_every_field_of_the_parameters_is_asked_for():
    assert set(FIELDS) == {field.name for field in dataclasses.fields(planning.PlanParameters)}


@pytest.mark.parametrize("field", FIELDS)
def test_each_choice_alone(field, planned, costed):
    document, plan = planned(*FIELDS[field])
    assert field == "stations" or plan.provenance.parameters[field] != getattr(planning.PlanParameters(), field)
    counted_again(costed, plan, document)


@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_choices_that_act_together(one, other, planned, costed):
    document, plan = planned(*FIELDS[one], *FIELDS[other])
    counted_again(costed, plan, document)


def test_capacities_that_nobody_recorded_keep_no_roster_small(beijing):
    parameters = planning.PlanParameters(stations=1, respect_capacity=True)
    with pytest.raises(BadInput) as refused:
        planning.plan(beijing, load_policy("beijing-draft"), parameters)
    assert refused.value.code == "plan.capacity_unknown"
