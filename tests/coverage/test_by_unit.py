"""Coverage by unit: each enterprise counts once, and the city is the sum of the rows."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from ipps_geo.coverage import coverage_by_unit, nearest_distance_m

ROW = st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([-1, 0, 1]), st.booleans(), st.floats(0, 9000))


def test_roster_and_access_are_told_apart():
    table = coverage_by_unit(
        pd.Series(["a", "a", "b"]),
        np.array([1, 0, 1], dtype=np.int8),
        np.array([True, False, False]),
        np.array([4000.0, 3000.0, np.inf]),
        3000.0,
        pd.Series(["a"]),
        ["a", "b"],
    ).set_index("unit")
    assert table.loc["a", ["on_roster", "within_reach", "stations"]].tolist() == [1, 1, 1]
    assert table.loc["city", ["enterprises", "with_need", "on_roster", "within_reach"]].tolist() == [3, 2, 1, 1]


@given(st.lists(ROW, max_size=40))
def test_the_city_is_the_sum_of_its_units(rows):
    unit, need, roster, nearest = zip(*rows, strict=True) if rows else ((), (), (), ())
    table = coverage_by_unit(
        pd.Series(unit, dtype="str"),
        np.array(need, dtype=np.int8),
        np.array(roster, dtype=bool),
        np.array(nearest, dtype=float),
        3000.0,
        pd.Series(["a", None], dtype="str"),
        ["a", "b"],
    ).set_index("unit")
    counts = table.select_dtypes("int")
    assert counts.drop("city").sum().equals(counts.loc["city"])
    assert table.loc["city", "enterprises"] == len(rows)


def test_nearest_distance_of_nothing_is_infinite_and_of_an_unknown_place_unknown():
    points = np.array([[0.0, 0.0], [np.nan, 0.0]])
    assert nearest_distance_m(points, np.empty((0, 2))).tolist()[0] == np.inf
    assert np.isnan(nearest_distance_m(points, np.zeros((1, 2)))[1])
