"""Coverage on the embedded workspace: sums that close, and what a limit or a network may change."""

import pytest

from ipps_geo import planning
from ipps_geo.errors import BadInput
from ipps_geo.reach.streets import street_network
from ipps_geo.report.book.workbook import write_coverage_workbook


@pytest.fixture(scope="module")
def straight(covered_city):
    return covered_city


def city(result):
    return result.by_unit.set_index("unit").loc["city"]


def test_units_add_up_to_the_city_in_both_views(straight):
    rows = straight.by_unit.set_index("unit")
    counts = rows.select_dtypes("int")
    assert counts.drop("city").sum().equals(counts.loc["city"])
    assert straight.tables["districts_including"]["enterprises"].sum() == city(straight)["enterprises"]
    assert "BDA" not in set(straight.tables["districts_including"]["unit"])


def test_the_measures_follow_from_the_rows(straight, beijing):
    rows = straight.by_unit.set_index("unit").drop("city")
    share = {unit: row["on_roster"] / row["enterprises"] for unit, row in rows.iterrows() if row["enterprises"]}
    assert straight.measures["worst_unit_share"] == min(share.values()) < 1
    assert share[straight.measures["worst_unit"]] == min(share.values())
    stations = beijing.institutions.query("kind == 'workstation' and revoked_on.isna()")
    assert straight.measures["enterprises_per_station"] == city(straight)["on_roster"] / len(stations)


@pytest.mark.parametrize("table", ["by_size", "by_need"])
def test_every_breakdown_counts_each_enterprise_once(straight, table):
    assert straight.tables[table]["enterprises"].sum() == city(straight)["enterprises"]
    assert straight.tables[table]["not_judged"].sum() == city(straight)["not_judged"]


def test_the_number_of_stations_is_told_of_those_whose_place_is_known(straight):
    told = city(straight)
    assert straight.tables["overlap"]["enterprises"].sum() == told["enterprises"] - told["not_judged"]


def test_a_wider_limit_never_covers_fewer(beijing, draft, straight):
    wider = planning.coverage(beijing, draft, reach_km=5)
    assert (wider.by_unit["within_reach"] >= straight.by_unit["within_reach"]).all()
    assert wider.by_unit["on_roster"].equals(straight.by_unit["on_roster"])


def test_a_detour_shortens_the_reach_and_what_fades_with_it(beijing, draft, straight):
    """Three kilometres of way with a detour of 1.5 are two on the line, in all that fades with it."""
    around = planning.coverage(beijing, draft, detour_factor=1.5, areas=False)
    near = planning.coverage(beijing, draft, reach_km=2.0, areas=False)
    assert city(around)["within_reach"] == city(near)["within_reach"] < city(straight)["within_reach"]
    for table in ("e2sfca", "opportunities", "overlap"):
        assert around.tables[table].equals(near.tables[table]), table
    assert not around.tables["e2sfca"].equals(straight.tables["e2sfca"])


def test_along_streets_the_unsnapped_are_named(beijing, draft, straight, tmp_path):
    # one street across the city centre: whoever lives away from it meets no street
    network = street_network([0, 1], [[440_000, 4_418_000], [460_000, 4_418_000]], [0], [1], source="one street")
    result = planning.coverage(beijing, draft, travel=planning.Travel(3000, network=network))
    off = result.tables["off_network"]
    assert 0 < len(off) < city(result)["enterprises"]
    # Who meets no street is not counted as out of reach: nobody can tell.
    unplaced = city(straight)["not_judged"]
    lost = len(off) + len(result.tables.get("on_islands", ()))
    assert city(result)["not_judged"] <= lost + unplaced
    assert city(result)["not_judged"] >= len(off)
    assert result.tables["overlap"]["enterprises"].sum() == city(result)["enterprises"] - city(result)["not_judged"]
    assert set(off.columns) == {"enterprise_id", "name", "unit"}
    assert result.provenance.parameters["method"] == "street_network"
    assert result.provenance.parameters["network_source"] == "one street"
    told = result.provenance.parameters
    assert told["network_places"] - told["network_snapped"] == len(off)
    assert set(result.tables["stations_off_network"]["off_network"]) == {"no_street"}
    assert write_coverage_workbook(beijing, result, tmp_path / "coverage.xlsx").stat().st_size > 0
    # Along streets each station has the strip of street that it is nearest to; the isochrones lie about the street.
    assert set(result.areas) == {"catchments", "service_areas", "hexagons"}
    assert set(result.areas["service_areas"]["institution_id"]) == set(result.tables["catchments"]["institution_id"])
    hidden = planning.coverage(beijing, draft, travel=planning.Travel(3000, network=network), public=True)
    assert "off_network" not in hidden.tables
    hexagons = hidden.tables["hexagons"]
    assert hexagons["enterprises"].min() >= 5
    assert len(hexagons) < len(result.tables["hexagons"])


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 10, "unit": "min"}, {"limit": 10, "detour_factor": 0.5}])
def test_travel_that_cannot_be_is_refused(wrong):
    with pytest.raises(BadInput):
        planning.Travel(**wrong)


def test_catchments_overlap_and_hexagons_agree_with_the_coverage(beijing, straight):
    result = straight
    city = result.by_unit.set_index("unit").loc["city"]
    catchments, hexagons = result.tables["catchments"], result.tables["hexagons"]
    assert catchments["catchment_enterprises"].sum() == city["within_reach"]
    assert catchments["with_need"].sum() == city["within_reach_with_need"]
    assert (catchments["catchment_enterprises"] <= catchments["within_reach"]).all()
    assert (catchments["on_own_roster"] <= catchments["catchment_enterprises"]).all()
    assert hexagons["enterprises"].sum() == city["enterprises"]
    assert hexagons["on_roster"].sum() == city["on_roster"]
    pairs = result.tables["station_overlap"]
    both = (result.tables["overlap"]["stations_within_reach"] >= 2) * result.tables["overlap"]["enterprises"]
    assert pairs["within_reach_of_both"].sum() >= both.sum()
    listed = beijing.rosters.merge(beijing.rosters, on="uscc", suffixes=("_a", "_b"))
    planted = listed.loc[listed["holder_id_a"] < listed["holder_id_b"], ["holder_id_a", "holder_id_b"]]
    named = set(pairs.loc[pairs["on_both_rosters"] > 0, ["station_a", "station_b"]].itertuples(index=False, name=None))
    assert named <= set(planted.itertuples(index=False, name=None))
    assert named, "the embedded network plants one overlap"
