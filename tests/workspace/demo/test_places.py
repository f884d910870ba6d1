"""Where synthetic enterprises are drawn: on their ground, at carriers by their kind, in the town, and thinly beyond."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from ipps_geo.crs import STORE_CRS, transformer
from ipps_geo.regions import load_region
from ipps_geo.workspace.demo.places import AT_CARRIER, EDGE_M, carved_units, draw_places

CRS = load_region().metric_crs
X, Y = transformer(STORE_CRS, CRS).transform(116.4, 39.9)
KINDS = ["development_zone", "specialised_park", "industrial_cluster", "university_science_park", "other"]
COUNT = 20_000


def carriers(xy, kinds, unit="u"):
    lon, lat = transformer(CRS, STORE_CRS).transform(*np.asarray(xy, float).T)
    points = gpd.points_from_xy(lon, lat)
    return gpd.GeoDataFrame({"unit": unit, "host_type": kinds}, geometry=points, crs=STORE_CRS)


def drawn(ground, hosts, count=COUNT, town=(X, Y), code="u"):
    """Return (places in metres, the carrier of each)."""
    made = draw_places(code, count, ground, hosts, np.array(town), np.random.default_rng(4), CRS)
    return np.column_stack(transformer(STORE_CRS, CRS).transform(*made.lonlat.T)), made.carrier


def test_carriers_draw_by_their_kind_and_large_ones_spread_wider():
    """Five carriers in a row, 40 km apart, on a ground that cuts nothing off."""
    row = np.column_stack([X + 40_000 * np.arange(5), np.full(5, Y)])
    xy, carrier = drawn(shapely.box(X - 40_000, Y - 30_000, X + 200_000, Y + 30_000), carriers(row, KINDS))
    assert (carrier >= 0).mean() == pytest.approx(AT_CARRIER, abs=0.015)
    at = np.bincount(carrier[carrier >= 0], minlength=5) / (carrier >= 0).sum()
    assert at == pytest.approx(np.array([5, 3, 2.5, 2, 1.5]) / 14, abs=0.015)
    spread = [(xy[carrier == each] - row[each]).std() for each in range(5)]
    assert spread == pytest.approx([1100, 600, 600, 350, 350], rel=0.05)
    town = np.hypot(*(xy[carrier < 0] - [X, Y]).T)
    assert 0.4 < (town < 4_000).mean() < 0.65  # in the town, and those who are loosely about its carrier


@pytest.mark.parametrize(("east", "north"), [(60_000, 2_000), (2_000, 60_000)])
def test_a_few_are_anywhere_on_a_long_ground_and_nobody_is_off_it(east, north):
    ground = shapely.box(X, Y, X + east, Y + north)
    xy, carrier = drawn(ground, carriers([[X + 500, Y + 500]], ["other"]), town=(X + 1000, Y + 1000), count=4_000)
    assert shapely.contains_xy(ground.buffer(2), *xy.T).all()
    assert (carrier == 0).mean() == pytest.approx(AT_CARRIER, abs=0.03)
    far = np.hypot(*(xy - [X, Y]).T) > 20_000
    assert far.mean() == pytest.approx(0.05 * 2 / 3, abs=0.012)


def test_without_a_carrier_of_its_own_a_unit_has_its_town_and_one_off_the_ground_its_middle():
    ground = shapely.box(X, Y, X + 9_000, Y + 9_000)
    other = carriers([[X, Y]], ["other"], unit="elsewhere")
    xy, carrier = drawn(ground, other, town=(X + 4_500, Y + 4_500), count=500)
    assert (carrier == -1).all()
    assert xy.mean(axis=0) == pytest.approx([X + 4_500, Y + 4_500], abs=300)
    outside = carriers([[X + 90_000, Y]], ["other"])
    xy, carrier = drawn(ground, outside, town=(X + 4_500, Y + 4_500), count=500)
    assert shapely.contains_xy(ground, *xy.T).all()
    assert (np.hypot(*(xy[carrier == 0] - [X + 4_500, Y + 4_500]).T) < 2).all()


def test_ground_belongs_to_the_unit_of_higher_precedence_and_keeps_off_the_edge():
    squares = [shapely.box(116.0, 39.0, 116.2, 39.1), shapely.box(116.1, 39.0, 116.3, 39.1)]
    units = gpd.GeoDataFrame({"code": ["low", "high"], "precedence": [0, 1]}, geometry=squares, crs=STORE_CRS)
    low, high = carved_units(units, CRS).values()
    whole = units.to_crs(CRS).geometry
    assert low.distance(high) == pytest.approx(2 * EDGE_M, rel=0.01)
    assert high.equals(whole[1].buffer(-EDGE_M))
    assert low.area < 0.5 * whole[0].area
