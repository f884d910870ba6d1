"""Areas with known sizes, catchments against brute force, overlap on a drawn network."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ipps_geo.coverage.areas import (
    buffer_areas,
    catchment_areas,
    catchment_table,
    hexagon_shapes,
    hexagon_table,
    nearest_station,
    overlap_table,
    street_areas,
    street_basins,
    transit_areas,
)
from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.reach.street_areas import reached_streets
from ipps_geo.reach.street_search import street_reach
from ipps_geo.reach.streets import street_network
from ipps_geo.reach.transit import transit_network, transit_reach

SQUARE = shapely.box(0, 0, 1000, 1000)
IDS = pd.Series(["W-1", "W-2", "W-3"], dtype="str")


def cross(**options):
    """Return a cross of two streets, 1,000 m to each side of the crossing at (0, 0)."""
    xy = [[0, 0], [1000, 0], [-1000, 0], [0, 1000], [0, -1000]]
    return street_network(range(5), xy, [0, 0, 0, 0], [1, 2, 3, 4], **options)


def grid(size, rng):
    """Return a grid of streets 100 m apart, one in four one-way (for a bicycle)."""
    number = np.arange(size * size).reshape(size, size)
    tail = np.concatenate([number[:-1].ravel(), number[:, :-1].ravel()])
    head = np.concatenate([number[1:].ravel(), number[:, 1:].ravel()])
    xy = np.column_stack(np.divmod(np.arange(size * size), size)) * 100.0
    return street_network(number.ravel(), xy, tail, head, one_way=rng.random(len(tail)) < 0.25, mode="bicycle")


def test_a_buffer_holds_what_lies_within_the_radius():
    area = buffer_areas([[0, 0], [10_000, 0]], 3000)
    assert shapely.area(area) == pytest.approx(np.pi * 3000**2, rel=1e-3)
    assert shapely.contains_xy(area[1], 12_990, 0)
    with pytest.raises(BadInput):
        buffer_areas([[0, 0]], 0)


def test_streets_end_where_the_limit_ends():
    """A site 200 m east of the crossing, 50 m off the street, limit 650: 600 m are left on the street.

    East: 600 m of the 800 that are there; west: 200 m to the crossing and 400 beyond; north and south: 400 m each.
    """
    (streets,) = reached_streets(cross(), [[200, 50]], 650)
    east_west = shapely.intersection(shapely.union_all(streets), shapely.LineString([(-1000, 0), (1000, 0)]))
    assert shapely.bounds(east_west).tolist() == pytest.approx([-400, 0, 800, 0])
    assert shapely.length(shapely.union_all(streets)) == pytest.approx(1200 + 400 + 400)
    minutes = reached_streets(cross(), [[200, 50]], 650 / 80, unit="min")
    assert shapely.length(shapely.union_all(minutes[0])) == pytest.approx(2000)
    assert reached_streets(cross(), [[5000, 5000]], 650)[0].is_empty


def test_a_one_way_street_is_reached_from_behind_only():
    network = street_network([0, 1], [[0, 0], [1000, 0]], [0], [1], one_way=[True], mode="bicycle")
    (streets,) = reached_streets(network, [[600, 0]], 300)
    assert shapely.bounds(streets).tolist() == pytest.approx([300, 0, 600, 0])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), limit=st.floats(50, 900))
def test_reached_streets_are_those_from_which_the_search_reaches_the_site(seed, limit):
    """Points on the streets: within the limit by the many-to-many search exactly when on the reached streets."""
    rng = np.random.default_rng(seed)
    network = grid(8, rng)
    edge = rng.integers(0, len(network.tail), 60)
    start, end = network.node_xy[network.tail[edge]], network.node_xy[network.head[edge]]
    points = start + rng.uniform(0.02, 0.98, (60, 1)) * (end - start)
    site = rng.uniform(0, 700, (1, 2))
    (streets,) = reached_streets(network, site, limit)
    pairs = street_reach(network, points, site, 1e6).reach.pairs.tocoo()
    costs = np.full(60, np.inf)  # a point behind one-way streets reaches the site by no way at all
    costs[pairs.row] = pairs.data
    clear = np.abs(costs - limit) > 0.01
    near = shapely.distance(shapely.points(points), streets) < 0.005 if not streets.is_empty else np.zeros(60, bool)
    assert (near == (costs <= limit))[clear].all()


def test_an_isochrone_lies_around_its_streets_and_grows_with_the_limit():
    network = grid(12, np.random.default_rng(0))
    small, large = (street_areas(network, [[550, 550]], limit)[0] for limit in (200.0, 400.0))
    assert small.area < large.area
    assert shapely.contains(shapely.buffer(large, 1e-6), small)
    assert len(large.interiors) == 0, "blocks of 100 m are closed"
    assert street_areas(network, [[99_999, 0]], 200)[0].is_empty


def test_catchments_share_out_the_boundary():
    rng = np.random.default_rng(3)
    stations = rng.uniform(0, 1000, (12, 2))
    areas = catchment_areas(stations, SQUARE)
    assert shapely.area(areas).sum() == pytest.approx(SQUARE.area)
    points = rng.uniform(0, 1000, (500, 2))
    nearest = np.hypot(*(points[:, None] - stations[None]).transpose(2, 0, 1)).argmin(axis=1)
    assert shapely.intersects_xy(areas[nearest], points[:, 0], points[:, 1]).all()


def test_catchments_of_one_place_and_of_none():
    assert shapely.equals(catchment_areas([[1, 1], [1, 1]], SQUARE), SQUARE).all()
    assert len(catchment_areas(np.zeros((0, 2)), SQUARE)) == 0
    shared = catchment_areas([[100, 500], [100, 500], [900, 500]], SQUARE)
    assert shapely.area(shared).tolist() == pytest.approx([500_000] * 3)


def drawn():
    """Five enterprises on a line, stations at 0, 1000 and 5000 m, limit 900.

    enterprises   at 100 (W-1 100, W-2 900), 500 (both 500: the tie goes to W-1), 800 (W-2 200), 1800 (W-2), 9000 (none)
    """
    return Reach.from_points([[x, 0] for x in (100, 500, 800, 1800, 9000)], [[0, 0], [1000, 0], [5000, 0]], 900)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), limit=st.floats(5, 60))
def test_transit_areas_are_those_from_which_the_ride_arrives_in_time(seed, limit):
    """A line of six stops 2 km apart and one stop without a place: inside by the area exactly when within reach."""
    rng = np.random.default_rng(seed)
    stops = pd.DataFrame({"station": list("abcdefg"), "x_m": np.arange(7) * 2000.0, "y_m": 0.0})
    stops.loc[6, ["x_m", "y_m"]] = np.nan
    links = pd.DataFrame({"from": list("abcdef"), "to": list("bcdefg"), "line": "1", "minutes": 3.0})
    network = transit_network(stops, links)
    sites, homes = rng.uniform([-3000, -2000], [13_000, 2000], (3, 2)), rng.uniform(-3000, 13_000, (200, 2))
    reached = transit_reach(network, homes, sites, limit).pairs.toarray() > 0
    for site, area in enumerate(transit_areas(network, sites, limit)):
        clear = shapely.distance(shapely.boundary(area), shapely.points(homes)) > 5  # the corners of the circles
        assert (shapely.contains_xy(area, homes) == reached[:, site])[clear].all()


def test_everybody_has_one_nearest_station():
    assert nearest_station(drawn()).tolist() == [0, 0, 1, 1, -1]
    need, holder = np.array([1, 0, 1, -1, 1], np.int8), np.array(["W-1", "W-2", "W-2", None, "W-1"], dtype=object)
    table = catchment_table(drawn(), IDS, need, holder)
    assert table["within_reach"].tolist() == [3, 4, 0]
    assert table["catchment_enterprises"].tolist() == [2, 2, 0]
    assert table["with_need"].tolist() == [1, 1, 0]
    assert table["on_own_roster"].tolist() == [1, 1, 0]


def test_overlap_of_catchments_and_of_rosters_by_pair():
    table = overlap_table(drawn(), IDS, {"W-1": {"a", "b"}, "W-3": {"b"}})
    assert table.to_dict("list") == {
        "station_a": ["W-1", "W-1"],
        "station_b": ["W-2", "W-3"],
        "within_reach_of_both": [3, 0],
        "on_both_rosters": [0, 1],
    }
    nobody = Reach.from_points(np.zeros((0, 2)), np.zeros((0, 2)), 900)
    assert overlap_table(nobody, IDS.iloc[:0], {}).empty


def test_hexagons_count_everybody_with_a_place():
    """Six at one place, two 50 km away, one without a place."""
    lon, lat = np.array([116.4] * 6 + [116.9] * 2 + [np.nan]), np.array([39.9] * 6 + [40.2] * 2 + [np.nan])
    marked = {"on_roster": np.array([True, False] * 4 + [True])}
    full = hexagon_table(lon, lat, marked)
    assert full["enterprises"].sum() == 8
    assert full["on_roster"].sum() == 4
    assert shapely.contains_xy(hexagon_shapes(full["h3_cell"]), [116.4, 116.9], [39.9, 40.2]).sum() == 2 or (
        shapely.contains_xy(hexagon_shapes(full["h3_cell"]), [116.9, 116.4], [40.2, 39.9]).sum() == 2
    )


@pytest.mark.parametrize(("side", "holes"), [(200, 0), (430, 0), (460, 1)])
def test_the_inside_of_a_block_belongs_to_its_streets_unless_it_is_large(side, holes):
    """Strips of 75 m leave a square of side - 150 m open; one that is 300 m wide and more stays so."""
    xy = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * side
    (basin,) = street_basins(street_network(range(4), xy, range(4), [1, 2, 3, 0]), [[0, 0]], 4000)
    assert [len(part.interiors) for part in shapely.get_parts(basin)] == [holes]


def test_half_a_metre_that_is_left_of_the_time_is_a_circle_of_half_a_metre(monkeypatch):
    stops = pd.DataFrame({"station": ["a", "b"], "x_m": [0.0, 9000.0], "y_m": [0.0, 0.0]})
    network = transit_network(stops, pd.DataFrame({"from": ["a"], "to": ["b"], "line": "1", "minutes": 3.0}))
    monkeypatch.setattr("ipps_geo.reach.transit.entrance_radii_m", lambda *_: np.array([[0.0], [0.5]]))
    (area,) = transit_areas(network, [[0, 0]], 1.0)
    near_b = shapely.intersection(area, shapely.box(8000, -100, 10_000, 100))
    assert shapely.area(near_b) == pytest.approx(np.pi / 4, rel=0.01)
    assert shapely.contains_xy(area, 0, 0)
