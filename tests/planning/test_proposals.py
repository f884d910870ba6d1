"""The main job on the embedded workspace: a plan that is proven, sound, explained, and the same every time."""

import dataclasses
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from ipps_geo import planning, results
from ipps_geo.errors import BadInput, NotSolved, Stopped
from ipps_geo.planning import solving
from ipps_geo.planning.instance import siting_instance
from ipps_geo.planning.proposals import siting_request
from ipps_geo.planning.tables import annex_table
from ipps_geo.siting.search.plan import Milestone
from ipps_geo.workspace import generate_demo

TEN = planning.PlanParameters(stations=10)


@pytest.fixture(scope="module")
def plan(ten_stations):
    return ten_stations


def test_ten_stations_are_proven_and_sound(plan):
    assert (plan.status, plan.gap, plan.violations) == ("optimal", 0.0, ())
    assert len(plan.proposals) == 10
    assert plan.objective == plan.bound == plan.proposals["newly_served"].sum() == len(plan.annex)


def test_every_proposal_satisfies_the_measure_counted_from_its_annex(plan):
    rosters = plan.annex.groupby("site_id")
    served = rosters.size()
    with_need = plan.annex["explicit_need"].eq("yes").groupby(plan.annex["site_id"]).sum()
    assert (served >= 50).all()
    assert (5 * with_need >= 3 * served).all()
    assert plan.annex["entity_key"].is_unique
    assert (plan.annex["distance_m"] <= 3000).all()


def test_nobody_on_an_active_roster_is_proposed_again(plan, beijing):
    held = set(beijing.rosters.loc[beijing.rosters["delisted_on"].isna(), "uscc"])
    active = beijing.institutions.loc[beijing.institutions["revoked_on"].isna(), "institution_id"]
    held &= set(beijing.rosters.loc[beijing.rosters["holder_id"].isin(active), "uscc"])
    assert not held & set(plan.annex["uscc"].dropna())


def test_coverage_grows_by_exactly_the_newly_served(plan):
    before, after = (c.by_unit.set_index("unit") for c in (plan.coverage_before, plan.coverage_after))
    assert after.loc["city", "on_roster"] - before.loc["city", "on_roster"] == plan.objective
    assert (after["within_reach"] >= before["within_reach"]).all()
    assert after["on_roster"].drop("city").sum() == after.loc["city", "on_roster"]


def test_everybody_unserved_has_a_reason_and_nobody_is_lost(plan):
    demand = plan.provenance.parameters["census"]["demand"]
    assert len(plan.annex) + len(plan.uncovered) == demand
    assert plan.uncovered["reason"].notna().all()
    assert plan.closed_sites["reason"].notna().all()
    assert set(plan.closed_sites["site_id"]).isdisjoint(plan.proposals["site_id"])


def test_the_document_has_what_a_script_asks_for(plan):
    document = json.loads(json.dumps(results.plan_document(plan, explain=True), allow_nan=False))
    assert {
        "status",
        "objective",
        "bound",
        "gap",
        "open_sites",
        "coverage_before",
        "coverage_after",
        "violations",
    } <= set(document)
    assert {"id", "name", "unit", "newly_served", "with_need", "margin"} <= set(document["open_sites"][0])
    assert document["violations"] == []


def test_shuffled_rows_and_another_hash_seed_give_the_same_plan(draft):
    made, four = generate_demo(6_000, seed=3), planning.PlanParameters(stations=4)
    plan = planning.plan(made, draft, four)
    rng = np.random.default_rng(5)

    def shuffled(frame):
        return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)

    mixed = dataclasses.replace(made, **{name: shuffled(frame) for name, frame in made.tables.items()})
    again = planning.plan(mixed, draft, four)
    assert again.annex.equals(plan.annex)
    assert mixed.content_hash == made.content_hash
    script = (
        "from ipps_geo import planning, results; from ipps_geo.policy import load_policy;"
        "from ipps_geo.workspace import generate_demo;"
        "made, four = generate_demo(6000, seed=3), planning.PlanParameters(stations=4);"
        "p = planning.plan(made, load_policy('beijing-draft'), four);"
        "print(';'.join(p.proposals['site_id']), p.annex['entity_key'].str.cat())"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert printed == [";".join(plan.proposals["site_id"]), plan.annex["entity_key"].str.cat()]


def test_one_unit_alone(beijing, draft):
    parameters = planning.PlanParameters(stations=3, unit="110108", within_unit=True)
    plan = planning.plan(beijing, draft, parameters)
    assert set(plan.proposals["unit"]) == set(plan.annex["unit"]) == {"110108"}


def test_required_and_forbidden_carriers_are_kept_to(plan, beijing, draft):
    best, other = plan.proposals["site_id"].iloc[0], plan.closed_sites["site_id"].iloc[0]
    parameters = planning.PlanParameters(stations=3, required_sites=(other,), forbidden_sites=(best,))
    chosen = set(planning.plan(beijing, draft, parameters).proposals["site_id"])
    assert other in chosen
    assert best not in chosen


def test_when_nothing_can_open_the_best_candidates_and_what_they_lack_are_named(beijing, draft):
    with pytest.raises(NotSolved, match=r"no candidate can gather 50 .* best: P\d+ .* short of 50"):
        planning.plan(beijing, draft, planning.PlanParameters(reach_km=0.01))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"required_sites": ("nowhere",)}, "required_sites"),
        ({"unit": "999999"}, "unit"),
        ({"reach_km": 0}, "reach_km"),
        ({"stations": None}, "stations"),
        ({"detour_factor": 0.5}, "detour_factor"),
        ({"objective": "fewest_sites"}, "target"),
        ({"objective": "worst_unit", "frontier": 3}, "objective"),
        ({"target": 500}, "target"),
        ({"budget": 10.0}, "carriers.annual_cost"),
    ],
)
def test_parameters_that_cannot_be_are_refused_by_name(beijing, draft, change, where):
    with pytest.raises(BadInput) as caught:
        planning.plan(beijing, draft, planning.PlanParameters(**change))
    assert where in caught.value.where


def test_a_killed_search_keeps_its_best_plan_and_its_bound(plan, beijing, draft):
    instance = siting_instance(beijing, draft, TEN, beijing.data_date, TEN.travel)
    request = siting_request(instance, draft, TEN, beijing.data_date)
    places = {site: place for place, site in enumerate(instance.candidates["carrier_id"])}
    sites = tuple(sorted(places[site] for site in plan.proposals["site_id"]))
    last = Milestone(1.0, plan.objective, plan.objective + 7, "cuts", sites)
    rebuilt = solving._rebuilt(request, last, "time_limit")
    assert (rebuilt.status, rebuilt.stop_reason, rebuilt.bound) == ("feasible", "time_limit", plan.objective + 7)
    assert rebuilt.objective == plan.objective
    assert rebuilt.gap == 7 / plan.objective
    assert set(annex_table(instance, rebuilt)["site_id"]) == set(plan.proposals["site_id"])
    with pytest.raises(Stopped, match="before it had a plan"):
        solving._rebuilt(request, None, "cancelled")


def test_a_unit_that_falls_short_is_told_by_its_own_best_carriers(beijing, draft):
    parameters = planning.PlanParameters(stations=20, min_per_unit={"110119": 9})
    with pytest.raises(NotSolved) as refused:
        planning.plan(beijing, draft, parameters)
    assert refused.value.code == "plan.nothing_opens"
    units = beijing.carriers.set_index("carrier_id")["unit"]
    named = [clause.values["site_id"] for clause in refused.value.values["best"]]
    assert {units[site] for site in named} == {"110119"}
