"""A set of stations on the desk is worth what the solver gives when it may open these stations and no other."""

import random

import numpy as np
import pytest
import shapely

from ipps_geo import planning
from ipps_geo.errors import BadInput, NotSolved
from ipps_geo.planning.desk import prepare_desk

PARAMETERS = planning.PlanParameters(stations=4, time_limit_s=20)


@pytest.fixture(scope="module")
def desk(beijing, draft):
    return prepare_desk(beijing, draft, PARAMETERS)


@pytest.fixture(scope="module")
def plan(beijing, draft):
    return planning.plan(beijing, draft, PARAMETERS)


def test_the_sites_of_a_plan_serve_on_the_desk_what_the_plan_serves(desk, plan):
    view = desk.look(plan.proposals["site_id"])
    assert view.holds
    assert view.exact
    assert view.served == plan.objective
    facts = plan.proposals.sort_values("site_id")
    assert view.stations["members"].sum() == facts["newly_served"].sum()
    assert (view.stations["margin_roster"] == view.stations["members"] - 50).all()


def test_coverage_by_unit_is_that_of_the_plan_afterwards(desk, plan):
    view, told = desk.look(plan.proposals["site_id"]), plan.coverage_after.by_unit.set_index("unit")
    units = view.units.set_index("unit")
    assert (units["enterprises"] == told["enterprises"].reindex(units.index)).all()
    # Rosters of equal worth may take members of different units: the sum is what both must have.
    assert units["on_roster"].sum() + units["newly_served"].sum() == told.loc["city", "on_roster"]
    assert (units["on_roster"] + units["newly_served"] <= units["enterprises"]).all()


@pytest.mark.parametrize("seed", range(3))
def test_any_set_is_worth_what_the_solver_gives_for_it_alone(desk, beijing, draft, seed):
    chosen = tuple(sorted(random.Random(seed).sample(sorted(desk.positions), 3)))
    others = tuple(sorted(set(beijing.carriers["carrier_id"]) - set(chosen)))
    view = desk.look(chosen)
    alone = planning.PlanParameters(stations=3, required_sites=chosen, forbidden_sites=others, time_limit_s=20)
    if view.holds:
        assert planning.plan(beijing, draft, alone).objective == view.served
    else:
        with pytest.raises(NotSolved):
            planning.plan(beijing, draft, alone)
        assert (view.stations["verdict"] != "holds").any()


def test_the_empty_desk_serves_nobody_and_breaks_nothing(desk):
    view = desk.look(())
    assert (view.served, view.site_ids, view.broken) == (0, (), ())
    assert view.units["newly_served"].sum() == 0


def test_what_the_planner_limits_is_told_not_refused(desk):
    view = desk.look(sorted(desk.positions)[:6])
    (broken,) = view.broken
    assert (broken.code, broken.measured, broken.required) == ("too_many_sites", 6, 4)


def test_who_changes_hands_adds_up_to_the_difference(desk, plan):
    sites = list(plan.proposals["site_id"])
    before, after = desk.look(sites), desk.look(sites[1:])
    moved = desk.moved(sites, sites[1:])
    lost = moved.loc[moved["to_site"].isna(), "members"].sum()
    won = moved.loc[moved["from_site"].isna(), "members"].sum()
    assert before.served - after.served == lost - won
    assert set(moved["from_site"].dropna()) <= set(sites)


def test_a_carrier_that_is_no_candidate_is_refused_by_name_and_told_why(desk, beijing):
    out = next(site for site in beijing.carriers["carrier_id"] if site not in desk.positions)
    with pytest.raises(BadInput, match=out):
        desk.look([out])
    assert desk.kept_out(out)
    assert desk.kept_out(next(iter(desk.positions))) is None


def test_areas_and_basins_are_those_of_the_stations_on_the_desk(desk, plan):
    sites = sorted(plan.proposals["site_id"])
    reached = desk.areas(sites)
    assert shapely.area(reached) == pytest.approx(np.pi * 3_000**2, rel=0.01)
    nearest = desk.basins(sites)
    assert (shapely.area(nearest[: len(sites)]) <= shapely.area(reached) * 1.000001).all()
    assert shapely.area(shapely.union_all(nearest)) == pytest.approx(shapely.area(nearest).sum(), rel=1e-6)
