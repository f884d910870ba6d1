"""A plan over partitions is the plan of one table, to the byte, whoever works on it and whoever is lost on the way."""

import math
import os
import pickle
import signal
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from ipps_geo.errors import BadInput, NotSolved, Stopped, UnsoundPlan
from ipps_geo.executors import Processes, executor_for, pickled
from ipps_geo.planning import PlanParameters, audit, coverage, national, partitions
from ipps_geo.planning.access_choices import AccessChoices
from ipps_geo.planning.instance import siting_instance
from ipps_geo.planning.national import plan_partitions
from ipps_geo.planning.national_coverage import audit_partitions, coverage_partitions
from ipps_geo.planning.proposals import siting_request
from ipps_geo.planning.tables import annex_table
from ipps_geo.planning.weighting import ColumnWeights
from ipps_geo.siting import plan_workstations
from ipps_geo.siting.choices.frontier import frontier
from ipps_geo.workspace import generate_demo
from ipps_geo.workspace.partitioning import partition_workspace

pytestmark = pytest.mark.slow(planted=True)

ASKED = PlanParameters(stations=4, time_limit_s=60.0)
THREE = PlanParameters(stations=3, time_limit_s=math.inf)
TEN = PlanParameters(stations=10, time_limit_s=math.inf)


@pytest.fixture(scope="module")
def made():
    return generate_demo(3_000, seed=3)


@pytest.fixture(scope="module")
def parts(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    return {rows: partition_workspace(made, folder / str(rows), by="nothing", most_rows=rows) for rows in (9_000, 400)}


def in_one(made, draft, parameters, **weights):
    """The plan of one table, as arrays and as the rosters that it prints."""
    day = made.data_date
    instance = siting_instance(made, draft, parameters, day, parameters.travel)
    plan = plan_workstations(**siting_request(instance, draft, parameters, day), **weights)
    return plan, annex_table(instance, plan)


@pytest.fixture(scope="module")
def alone(draft, parts, tmp_path_factory):
    """The plan of three stations by components that nobody else works on."""
    return plan_partitions(parts[400], draft, THREE, tmp_path_factory.mktemp("alone") / "rosters", whole_sites=0)


@pytest.fixture(scope="module")
def sixteen(beijing, tmp_path_factory):
    """The embedded city in sixteen partitions."""
    made = partition_workspace(beijing, tmp_path_factory.mktemp("city") / "parts", by="nothing", most_rows=1_900)
    assert len(made.partitions) == 16
    return made


@pytest.fixture(scope="module")
def ten_in_one(beijing, draft):
    return in_one(beijing, draft, TEN)


@pytest.fixture(scope="module")
def best_sites(made, draft):
    return in_one(made, draft, ASKED)[1]["site_id"].value_counts().index


def rosters_of(plan):
    tables = [gpd.read_parquet(path) for path in sorted(plan.rosters.rglob("*.parquet"))]
    table = pd.DataFrame(pd.concat(tables).drop(columns="geometry"))
    return table.sort_values(["site_id", "entity_key"], kind="stable").to_csv(index=False)


@pytest.mark.parametrize("rows", [9_000, 400])
def test_the_plan_is_that_of_one_table_to_the_byte(made, draft, parts, rows, tmp_path):
    one, annex = in_one(made, draft, ASKED)
    plan = plan_partitions(parts[rows], draft, ASKED, tmp_path / "rosters")
    assert (plan.status, plan.objective, plan.bound) == (one.status, one.objective, one.bound)
    assert rosters_of(plan) == annex.to_csv(index=False)
    assert plan.proposals["newly_served"].sum() == plan.by_unit["newly_served"].sum() == one.objective
    assert list(tmp_path.iterdir()) == [tmp_path / "rosters"]


def test_by_components_the_plan_is_as_good_and_its_bounds_hold(made, draft, parts, tmp_path):
    one, _ = in_one(made, draft, ASKED)
    plan = plan_partitions(parts[400], draft, ASKED, tmp_path / "rosters", whole_sites=0)
    assert len(plan.components) == 3
    assert (plan.status, plan.objective, plan.bound) == ("optimal", one.objective, one.objective)
    fewer, _ = in_one(made, draft, PlanParameters(stations=2))
    assert plan.bounds.set_index("stations")["bound"][2] >= fewer.objective


@pytest.mark.parametrize(
    "asked",
    [
        {"within_unit": True},
        {"unit": "110108"},
        {"min_per_unit": {"110106": 1}},
        {"required_sites": 1, "forbidden_sites": 0},
        {"respect_capacity": True},
        {"budget": 50.0},
    ],
)
def test_what_a_planner_asks_for_is_honoured(made, draft, parts, best_sites, asked, tmp_path):
    carriers = made.carriers.assign(capacity=pd.array([70] * len(made.carriers), dtype="Int64"))
    carriers["annual_cost"] = 20.0 + np.arange(len(carriers)) % 7
    there = made.replace(carriers=carriers) if {"respect_capacity", "budget"} & set(asked) else made
    split = parts[400]
    if there is not made:
        split = partition_workspace(there, tmp_path / "parts", by="nothing", most_rows=1_000)
    best = list(best_sites) if "required_sites" in asked else []
    named = {name: (best[place],) if best else place for name, place in asked.items()}
    parameters = PlanParameters(stations=3, **named)
    one, annex = in_one(there, draft, parameters)
    plan = plan_partitions(split, draft, parameters, tmp_path / "rosters")
    assert (plan.objective, plan.bound) == (one.objective, one.bound)
    assert rosters_of(plan) == annex.to_csv(index=False)


def test_weights_count_and_say_whom_they_name(made, draft, parts, tmp_path):
    heavy = pd.Series(3.0, index=made.enterprises["enterprise_id"].iloc[::7], name="weights.csv")
    plan = plan_partitions(
        parts[400], draft, ASKED, tmp_path / "rosters", choices=AccessChoices(weights=heavy, unlisted=1.0)
    )
    day = made.data_date
    instance = siting_instance(made, draft, ASKED, day, ASKED.travel)
    weights = np.where(instance.demand["enterprise_id"].isin(heavy.index), 3.0, 1.0)
    one = plan_workstations(**siting_request(instance, draft, ASKED, day), weights=weights)
    assert (plan.objective, plan.bound) == (one.objective, one.bound)
    stranger = pd.Series([2.0], ["nobody"], name="w.csv")
    half = ColumnWeights("sme_class", {"micro": 2.0})
    for choices, code in (
        (AccessChoices(weights=stranger, unlisted=1.0), "own_table.nobody"),
        (AccessChoices(weights=heavy), "weight.unlisted"),
        (AccessChoices(by=half), "weight.missing"),
        (AccessChoices(limits=(500.0,)), "partitions.not_by_partition"),
    ):
        with pytest.raises(BadInput) as refused:
            plan_partitions(parts[9_000], draft, ASKED, tmp_path / "r", choices=choices)
        assert refused.value.code == code


@pytest.mark.parametrize(
    "asked",
    [
        {"objective": "worst_unit"},
        {"enlarge": True},
        {"spacing_km": 1.0},
        {"least_distance": True},
        {"robustness": True},
        {"balance": True},
    ],
)
def test_what_such_a_plan_does_not_have_is_refused(draft, parts, asked, tmp_path):
    with pytest.raises(BadInput) as refused:
        plan_partitions(parts[400], draft, PlanParameters(stations=3, **asked), tmp_path / "rosters")
    assert refused.value.code == "partitions.not_by_partition"


@pytest.mark.parametrize("whole_sites", [0, 1_000])
def test_the_front_over_the_number_of_stations_is_that_of_one_table(made, draft, parts, whole_sites, tmp_path):
    asked = PlanParameters(stations=3, frontier=5, time_limit_s=math.inf)
    plan = plan_partitions(parts[400], draft, asked, tmp_path / "rosters", whole_sites=whole_sites)
    instance = siting_instance(made, draft, asked, made.data_date, asked.travel)
    request = siting_request(instance, draft, asked, made.data_date)
    left_out = ("objective", "then_least_distance", "gap", "seed", "n_sites")
    alone = frontier(up_to=5, gap=0.0, **{name: value for name, value in request.items() if name not in left_out})
    for name in ("n_sites", "objective", "bound", "gain", "status"):
        assert plan.frontier[name].tolist() == alone[name].tolist(), name
    assert plan.frontier["objective"][2] == plan.objective


def test_a_point_of_the_front_that_time_left_without_a_plan_is_not_called_proven(draft, parts, monkeypatch, tmp_path):
    search = national._search_whole

    def late(task):
        point, why = search(task)
        if task[0].n_max < 4:
            return point, why
        return replace(point, value=-math.inf, bound=math.inf, open_sites=point.open_sites[:0]), "time_limit"

    monkeypatch.setattr(national, "_search_whole", late)
    asked = PlanParameters(stations=3, frontier=5, time_limit_s=math.inf)
    front = plan_partitions(parts[400], draft, asked, tmp_path / "rosters").frontier
    assert (front["status"][2], front["stop_reason"][2]) == ("optimal", "proven")
    assert front["objective"][3] == front["objective"][4] == front["objective"][2]
    assert (front["status"][3:] == "feasible").all()
    assert (front["bound"][3:] > front["objective"][3:]).all()


def test_where_nothing_can_open_nothing_is_written(draft, parts, tmp_path):
    with pytest.raises(NotSolved):
        plan_partitions(parts[400], draft, PlanParameters(stations=1, reach_km=0.01), tmp_path / "rosters")
    assert list(tmp_path.iterdir()) == []


def dying(task):
    """A task that takes its process with it, the first time."""
    function, argument, flag = task
    try:
        Path(flag).open("x").close()
    except FileExistsError:
        return function(argument)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


class Mortal(Processes):
    """Two processes, of which one is lost in the middle of one kind of task."""

    def __init__(self, victim, flag):
        super().__init__(2)
        self.victim, self.flag = victim, flag

    def submit(self, fn, /, function, task):  # both travel with a function that packs what comes back
        if function.__name__ == self.victim:
            return super().submit(fn, dying, pickled((function, pickle.loads(task), str(self.flag))))
        return super().submit(fn, function, task)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_embedded_city_in_sixteen_partitions_is_planned_as_ever_by_any_number_of_workers(
    sixteen, ten_in_one, draft, workers, tmp_path
):
    one, annex = ten_in_one
    with executor_for(workers) as executor:
        plan = plan_partitions(sixteen, draft, TEN, tmp_path / "rosters", executor=executor)
    assert (plan.objective, plan.bound) == (one.objective, one.bound)
    assert rosters_of(plan) == annex.to_csv(index=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "victim", ["count_partition", "curve_of", "point_of", "rows_of_several", "write_rosters", "recount"]
)
def test_a_worker_that_is_lost_in_any_phase_costs_time_not_the_answer(draft, parts, alone, victim, tmp_path):
    with Mortal(victim, tmp_path / "lost") as executor:
        plan = plan_partitions(parts[400], draft, THREE, tmp_path / "rosters", executor=executor, whole_sites=0)
    assert (tmp_path / "lost").exists()
    assert not [file.name for file in plan.rosters.rglob(".*")]
    assert (plan.objective, plan.bound) == (alone.objective, alone.bound)
    assert rosters_of(plan) == rosters_of(alone)


def test_progress_counts_the_tasks_of_each_phase_and_a_stop_is_heard(draft, parts, tmp_path):
    told = []
    plan_partitions(
        parts[9_000], draft, ASKED, tmp_path / "rosters", progress=lambda milestone: told.append(milestone.phase)
    )
    assert [phase.split()[0] for phase in dict.fromkeys(told)] == ["count", "search", "share", "rosters", "check"]
    with pytest.raises(Stopped):
        plan_partitions(parts[400], draft, ASKED, tmp_path / "r", should_stop=lambda: True)


def test_a_plan_that_the_recount_denies_is_not_returned(draft, parts, tmp_path, monkeypatch):
    def with_a_stranger(share):
        served = partitions.write_rosters(share)
        path = share.rosters / share.partition.label
        table = gpd.read_parquet(path)
        gpd.GeoDataFrame(pd.concat([table, table.iloc[:1].assign(entity_key="nobody")])).to_parquet(path)
        return served

    monkeypatch.setattr(national, "write_rosters", with_a_stranger)
    with pytest.raises(UnsoundPlan):
        plan_partitions(parts[9_000], draft, ASKED, tmp_path / "rosters")
    assert not (tmp_path / "rosters").exists()


@pytest.mark.parametrize("rows", [9_000, 400])
def test_coverage_over_partitions_is_that_of_one_table_quantiles_included(made, draft, parts, rows):
    whole = coverage(made, draft, areas=False)
    found = coverage_partitions(parts[rows], draft)
    told_by_all(found, whole)


LEFT_OUT = {"gaps", "catchments", "station_overlap"}


def told_by_all(found, whole):
    """Every figure of a coverage over partitions is that of one table, to the last digit."""
    assert_frame_equal(found.by_unit, whole.by_unit, check_exact=True)
    assert set(whole.tables) - set(found.tables) == LEFT_OUT
    for name, table in found.tables.items():
        assert_frame_equal(table, whole.tables[name], check_exact=True, obj=name)
    assert found.measures == whole.measures


def test_the_access_of_the_embedded_city_in_sixteen_partitions_is_that_of_one_table(beijing, sixteen, draft):
    asked = AccessChoices(limits=(1.0, 2.5), kinds=("workstation", "district_center"))
    with executor_for(workers=2) as executor:
        found = coverage_partitions(sixteen, draft, choices=asked, executor=executor)
    told_by_all(found, coverage(beijing, draft, areas=False, choices=asked))
    assert found.provenance.parameters["rows"] == len(beijing.enterprises)


def test_the_audit_of_a_network_in_partitions_finds_what_that_of_one_table_finds(made, draft, parts):
    found = audit_partitions(parts[400], draft)
    assert found.findings == audit(made, draft).findings
    stated = found.provenance.parameters
    assert stated["rows"] == len(made.enterprises) > stated["enterprises_read"] > 0
    assert stated["partitions"] == len(parts[400].partitions)
