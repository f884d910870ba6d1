"""How certain a place is of its unit: within the precision of the position and of each boundary, nothing is."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from ipps_geo.compliance.places import places_of
from ipps_geo.crs import STORE_CRS
from ipps_geo.regions import load_region

METRIC_CRS = load_region().metric_crs

WEST, SOUTH = 440_000.0, 4_418_000.0
SIDE_M = 10_000.0


def square(east, north, side=SIDE_M):
    """Return a square by its lower left corner, in metres from the corner of the drawing."""
    return shapely.box(WEST + east, SOUTH + north, WEST + east + side, SOUTH + north + side)


def units(west=300.0, east=1_000.0, area=1_500.0):
    """Two districts side by side, A and B, and F over the middle of both; how far off their boundaries may be."""
    frame = {
        "code": ["A", "B", "F"],
        "kind": ["district", "district", "functional_area"],
        "precedence": [1, 1, 2],
        "precision_m": [west, east, area],
    }
    shapes = [square(0, 0), square(SIDE_M, 0), square(8_000, 3_000, 4_000)]
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=METRIC_CRS).to_crs(STORE_CRS)


def place(east, north, declared, precision=None, service_units=None):
    """Return the place of one station."""
    known = units() if service_units is None else service_units
    point = gpd.GeoSeries([shapely.Point(WEST + east, SOUTH + north)], crs=METRIC_CRS).to_crs(STORE_CRS)
    return places_of(
        SimpleNamespace(service_units=known, region=load_region()), point, ["S"], [declared], [precision], 50.0
    )["S"]


@pytest.mark.parametrize(
    ("east", "north", "declared", "precision", "blur_m"),
    [
        (5_000, 5_000, "A", None, 0.0),  # far from everything
        (9_714, 9_000, "A", None, 1_000.0),  # 286 m from B, whose boundary is known to 1,000 m
        (8_900, 900, "A", None, 0.0),  # 1,100 m from B
        (8_900, 900, "A", 200, 1_200.0),  # the same, its own position known to 200 m
        (7_000, 5_000, "A", None, 1_500.0),  # 1,000 m from F, whose boundary is known to 1,500 m
        (10_000, 5_000, "F", None, 0.0),  # on the boundary of the districts under F, which do not take it from F
        (8_400, 5_000, "F", None, 1_500.0),  # 400 m inside F
        (250, 5_000, "A", None, 300.0),  # at the outer border of the city
        (350, 5_000, "A", None, 0.0),
    ],
)
def test_a_boundary_nearer_than_it_is_known_leaves_the_unit_open(east, north, declared, precision, blur_m):
    assert place(east, north, declared, precision).blur_m == blur_m


def test_the_boundary_between_two_units_is_known_by_the_worse_known_of_them():
    """Both sides: who stands in the badly drawn unit may be in the other, and the reverse."""
    assert place(9_714, 9_000, "A").near == {"A", "B"}
    assert place(10_286, 9_000, "B").near == {"A", "B"}
    assert place(9_714, 9_000, "B").precision_m == 1_000.0


def test_brute_force_over_points_drawn_at_random():
    rng = np.random.default_rng(5)
    known = units()
    shapes = known.to_crs(METRIC_CRS).geometry
    for east, north in rng.uniform(-500, [20_500, 10_500], (60, 2)):
        found = place(east, north, "A", 100, known)
        point = shapely.Point(WEST + east, SOUTH + north)
        holds = [code for code, shape in zip(known["code"], shapes, strict=True) if shape.covers(point)]
        here = "F" if "F" in holds else holds[0] if holds else None
        rank = dict(zip(known["code"], known["precedence"], strict=True))
        doubts = [
            shape.boundary.distance(point)
            for code, shape, off in zip(known["code"], shapes, known["precision_m"], strict=True)
            if shape.boundary.distance(point) <= 100 + off
            and (code in ("A", here) or here is None or rank[code] >= rank[here])
        ]
        assert (found.blur_m > 0) == bool(doubts)
        assert found.unit == here
        if doubts:
            assert found.boundary_distance_m == pytest.approx(min(doubts), abs=0.5)
        assert pd.notna(found.declared_distance_m)
