"""Tables of the analyst's own: costs by id, weights, further limits, supply of other kinds, the cost of every pair."""

from importlib.resources import files

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from ipps_geo import planning, report
from ipps_geo.coverage import floating_catchment
from ipps_geo.crs import metric_xy
from ipps_geo.errors import BadInput, PolicyError
from ipps_geo.planning.access import key_population
from ipps_geo.planning.access_choices import AccessChoices
from ipps_geo.planning.own_tables import policy_sent, read_costs, read_weights
from ipps_geo.planning.travel import Travel, cost_travel
from ipps_geo.reach import Reach
from ipps_geo.regions import load_region
from ipps_geo.workspace import generate_demo
from ipps_geo.workspace.activity import active_institutions, day_of

METRIC_CRS = load_region().metric_crs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def people(beijing, draft):
    return people_of(beijing, draft)


def people_of(beijing, draft):
    """Return the key-industry enterprises, and the workstations with a place."""
    day = day_of(beijing, None)
    stations = active_institutions(beijing.institutions, day, "workstation")
    placed = np.isfinite(metric_xy(stations, METRIC_CRS)).all(axis=1)
    return key_population(beijing, draft, day), stations.loc[placed].reset_index(drop=True)


def test_own_costs_that_are_distances_give_the_coverage_of_the_distances(beijing, draft, people, tmp_path):
    """Straight metres written into a table, half of the enterprises by credit code, half of the stations by carrier."""
    population, stations = people
    xy, station_xy = metric_xy(population, METRIC_CRS), metric_xy(stations, METRIC_CRS)
    rows = np.flatnonzero(np.isfinite(xy).all(axis=1))
    metres = np.hypot(*(xy[rows, None] - station_xy[None]).transpose(2, 0, 1))
    who = population["enterprise_id"].where(population.index % 2 == 0, population["uscc"].fillna(""))
    who = who.where(who != "", population["enterprise_id"]).to_numpy()
    where = stations["institution_id"].where(stations["carrier_id"].isna(), stations["carrier_id"]).to_numpy()

    def coverage(chosen):
        near, far = np.nonzero(chosen)
        costs = {"企业编号": who[rows][near], "站点编号": where[far], "长度（米）": metres[near, far]}
        pd.DataFrame(costs).to_csv(tmp_path / "costs.csv", index=False)
        travel = cost_travel(tmp_path / "costs.csv", 3.0, None)
        return planning.coverage(beijing, draft, travel=travel, areas=False), rows[near]

    # Whoever the table does not list is not judged: the nearest station of each is in it, however far.
    told, _ = coverage((metres <= 4000) | (metres == metres.min(axis=1, keepdims=True)))
    right = planning.coverage(beijing, draft, reach_km=3.0, areas=False)
    assert told.method == "costs"
    assert told.by_unit["within_reach"].tolist() == right.by_unit["within_reach"].tolist()
    assert np.allclose(told.tables["e2sfca"].iloc[:, 1:], right.tables["e2sfca"].iloc[:, 1:])
    short, listed = coverage(metres <= 4000)
    assert short.by_unit["within_reach"].tolist() == right.by_unit["within_reach"].tolist()
    unlisted = short.tables["unlisted"].set_index("subject_kind")["subject"]
    ids = population["enterprise_id"]
    assert set(unlisted["enterprise"]) == set(ids) - set(ids.to_numpy()[listed])


def test_minutes_need_a_limit_in_minutes_and_one_column_of_costs(tmp_path):
    path = tmp_path / "costs.csv"
    path.write_text("企业编号,站点编号,用时（分钟）\nA,B,12\n", "utf-8")
    assert cost_travel(path, 3.0, 20.0).limit == 20.0
    with pytest.raises(BadInput, match="need a limit in minutes"):
        cost_travel(path, 3.0, None)
    path.write_text("企业编号,站点编号\nE1,W-001\n", "utf-8")
    with pytest.raises(BadInput, match="one column of costs"):
        read_costs(path)
    path.write_text("企业编号,站点编号,用时（分钟）\nA,B,12\nA,C,\n", "utf-8")
    with pytest.raises(BadInput, match="the first is row 3"):
        read_costs(path)


def test_costs_of_others_are_refused(beijing, draft, tmp_path):
    (tmp_path / "costs.csv").write_text("企业编号,站点编号,用时（分钟）\nnobody,nowhere,12\n", "utf-8")
    travel = cost_travel(tmp_path / "costs.csv", 3.0, 20.0)
    with pytest.raises(BadInput, match=r"none of .* enterprises is in the costs"):
        planning.coverage(beijing, draft, travel=travel, areas=False)


def test_further_limits_count_who_has_a_station_within_each(beijing, draft):
    asked = AccessChoices(limits=(1000.0, 3000.0, 5000.0))
    result = planning.coverage(beijing, draft, reach_km=3.0, choices=asked)
    table = result.tables["by_limit"]
    city = table.loc[table["unit"] == "city"].set_index("limit")["within_reach"]
    nearest = result.nearest.to_numpy()
    assert city.to_dict() == {limit: int((nearest <= limit).sum()) for limit in asked.limits}
    same = table.loc[table["limit"] == 3000].set_index("unit")["within_reach"]
    assert same.to_dict() == result.by_unit.set_index("unit")["within_reach"].to_dict()
    drawn = result.areas["isochrones"]
    assert drawn.groupby("limit").size().to_dict() == dict.fromkeys(asked.limits, len(result.areas["service_areas"]))
    assert drawn.groupby("limit")["area_km2"].first().round(1).to_dict() == {1000.0: 3.1, 3000.0: 28.3, 5000.0: 78.5}


def test_weights_add_up_and_who_is_not_listed_counts_as_asked(beijing, draft, people, tmp_path):
    population, stations = people
    rng = np.random.default_rng(3)
    listed = population.iloc[::2]
    weight = pd.Series(rng.integers(0, 6, len(listed)), listed["enterprise_id"])
    weight.rename("权重").rename_axis("企业编号").to_csv(tmp_path / "weights.csv")
    asked = AccessChoices(weights=read_weights(tmp_path / "weights.csv"), unlisted=1.0)
    result = planning.coverage(beijing, draft, reach_km=3.0, areas=False, choices=asked)
    every = weight.reindex(population["enterprise_id"]).fillna(1).to_numpy(float)
    within = result.nearest.to_numpy() <= 3000
    city = result.tables["by_weight"].iloc[-1]
    assert city["weight"] == every.sum()
    assert city["within_reach_weight"] == every[within].sum()
    assert city["on_roster_weight"] == every[population["holder_id"].notna()].sum()
    assert result.provenance.parameters["weights_unlisted"] == len(population) - len(listed)
    xy = metric_xy(population, METRIC_CRS)
    known = np.isfinite(xy).all(axis=1)
    staff = stations[["full_time_staff", "part_time_staff"]].fillna(0).sum(axis=1)
    right = floating_catchment(Reach.from_points(xy[known], metric_xy(stations, METRIC_CRS), 3000), staff, every[known])
    told = result.tables["e2sfca"].set_index("unit")["access_2sfca"]
    assert told["110108"] == pytest.approx(right[(population["unit"] == "110108")[known]].mean())


def test_a_weight_of_zero_takes_an_enterprise_out_of_the_objective(beijing, draft, people, tmp_path):
    """Everybody in one district weighs ten: the plan goes there."""
    population, _ = people
    weights = pd.Series(np.where(population["unit"] == "110106", 10.0, 0.0), population["enterprise_id"], name="w.csv")
    parameters = planning.PlanParameters(stations=1, time_limit_s=20)
    result = planning.plan(beijing, draft, parameters, choices=AccessChoices(weights=weights))
    assert result.violations == ()
    unit = population.set_index("enterprise_id")["unit"].reindex(result.annex["enterprise_id"])
    assert result.objective == 10 * (unit == "110106").sum() > 0
    assert result.provenance.parameters["weights"] == "w.csv"


def test_other_kinds_are_supply_and_change_nobody_within_reach(beijing, draft):
    alone = planning.coverage(beijing, draft, areas=False)
    both = planning.coverage(
        beijing, draft, areas=False, choices=AccessChoices(kinds=("workstation", "district_center"))
    )
    assert both.by_unit.equals(alone.by_unit)
    assert both.tables["catchments"].equals(alone.tables["catchments"])
    gain = both.tables["opportunities"].set_index("unit") - alone.tables["opportunities"].set_index("unit")
    assert (gain["stations_within_reach"] >= 0).all()
    assert gain.loc["110108", "stations_within_reach"] > 0
    with pytest.raises(BadInput, match="no kind of institution bank"):
        AccessChoices(kinds=("bank",))


def test_the_cost_of_every_pair_is_that_of_the_travel_and_is_written(draft, tmp_path):
    beijing = generate_demo(2_500, seed=3)
    population, stations = people_of(beijing, draft)
    result = planning.coverage(
        beijing, draft, travel=Travel(3000.0, "m", 1.3), areas=False, choices=AccessChoices(every_pair=True)
    )
    pairs = result.pairs
    known = np.isfinite(metric_xy(population, METRIC_CRS)).all(axis=1)
    assert len(pairs) == known.sum() * len(stations)
    nearest = pairs.groupby("enterprise_id")["length_m"].min()
    right = result.nearest.set_axis(population["enterprise_id"].to_numpy())[nearest.index]
    assert np.allclose(nearest, right, atol=0.01)
    report.write_coverage(beijing, result, tmp_path / "out", "zh")
    written = gpd.read_parquet(tmp_path / "out" / "travel_costs.parquet")
    assert written["length_m"].tolist() == pairs["length_m"].tolist()
    assert written.geometry.iloc[0].equals(
        population.set_index("enterprise_id").geometry[pairs["enterprise_id"].iloc[0]]
    )
    sheet = pd.read_excel(tmp_path / "out" / "travel_costs.xlsx", engine="calamine", header=None)
    row = sheet.loc[sheet[0] == pairs["enterprise_id"].iloc[0]].iloc[0]
    own = pairs.loc[pairs["enterprise_id"] == pairs["enterprise_id"].iloc[0], "length_m"]
    assert sorted(row.iloc[1:].astype(float)) == pytest.approx(sorted(own), abs=0.5), "whole metres"


def test_a_policy_that_is_sent_in_is_read_and_refused_by_its_own_name():
    shipped = (files("ipps_geo.policy") / "versions" / "beijing-draft.toml").read_text("utf-8")
    own = shipped.replace('version = "beijing-draft"', 'version = "本局-2027"', 1)
    assert policy_sent("本局.toml", own.encode()).version == "本局-2027"
    with pytest.raises(PolicyError) as refused:
        policy_sent("本局.toml", own.replace("[values.", "[worth.", 1).encode())
    assert refused.value.where.startswith("本局.toml")
