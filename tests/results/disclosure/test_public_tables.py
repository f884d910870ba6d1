"""Means, quantiles, curves and measures of a public edition: rounded, and only where many lie behind them."""

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import shapely

from ipps_geo.results.disclosure.coverage import (
    _coarse,
    _means,
    _measures,
    _public_costs,
    _row_names,
    _small,
    _without,
    units_of_cells,
)


@pytest.mark.parametrize(
    ("enterprises", "not_judged", "shown"),
    [
        (4, 0, set()),
        (5, 0, {"nearest_mean_m"}),
        (6, 2, set()),  # four were judged
        (9, 0, {"nearest_mean_m"}),
        (10, 0, {"nearest_mean_m", "nearest_median_m"}),
        (99, 0, {"nearest_mean_m", "nearest_median_m"}),
        (100, 0, {"nearest_mean_m", "nearest_median_m", "nearest_p95_m"}),
        (100, 1, {"nearest_mean_m", "nearest_median_m"}),
    ],
)
def test_a_mean_or_quantile_is_shown_where_five_enterprises_lie_beyond_it(enterprises, not_judged, shown):
    counts = pd.DataFrame({"unit": ["A"], "enterprises": [enterprises], "not_judged": [not_judged]})
    costs = {"nearest_mean_m": 1249.0, "nearest_median_m": 1250.1, "nearest_p95_m": 8949.0, "nearest_max_m": 9000.0}
    public = _public_costs(counts, counts.assign(**costs, not_shown="")).iloc[0]
    rounded = {"nearest_mean_m": 1200.0, "nearest_median_m": 1300.0, "nearest_p95_m": 8900.0}
    assert "nearest_max_m" not in public
    for name, value in rounded.items():
        assert (public[name] == value) if name in shown else pd.isna(public[name])
    assert set(filter(None, public["not_shown"].split(";"))) == set(rounded) - shown


def test_minutes_are_rounded_to_whole_ones_and_nothing_is_hidden_of_nobody():
    counts = pd.DataFrame({"unit": ["A", "B"], "enterprises": [50, 0]})
    public = _public_costs(counts, counts.assign(nearest_mean_min=[12.6, np.nan], not_shown=["on_roster", ""]))
    assert public["nearest_mean_min"].iloc[0] == 13.0
    assert public["not_shown"].tolist() == ["on_roster", ""]


@pytest.mark.parametrize(("enterprises", "is_shown"), [(4, False), (5, True)])
def test_where_nobody_is_said_not_to_be_judged_everybody_is(enterprises, is_shown):
    counts = pd.DataFrame({"unit": ["A"], "enterprises": [enterprises]})
    public = _public_costs(counts, counts.assign(nearest_mean_m=700.0, not_shown=""))
    assert pd.notna(public["nearest_mean_m"].iloc[0]) == is_shown


def test_a_mean_is_hidden_where_the_number_of_enterprises_is():
    counts = pd.DataFrame({"unit": ["A"], "enterprises": [50]})
    hidden = counts.assign(enterprises=pd.array([pd.NA], dtype="Int64"), nearest_mean_m=700.0, not_shown="enterprises")
    public = _public_costs(counts, hidden).iloc[0]
    assert pd.isna(public["nearest_mean_m"])
    assert public["not_shown"] == "enterprises;nearest_mean_m"


@pytest.mark.parametrize(("enterprises", "points"), [(99, 0), (100, 21)])
def test_a_lorenz_curve_is_shown_at_twentieths_where_five_lie_between_two_points(enterprises, points):
    curve = pd.DataFrame({"population_share": [0.0, 0.5, 1.0], "value_share": [0.0, 0.21111, 1.0]})
    public = _coarse(curve, enterprises)
    assert len(public) == points
    if points:
        assert public["population_share"].tolist()[:3] == [0.0, 0.05, 0.1]
        assert public["value_share"].iloc[[0, 10, 20]].tolist() == [0.0, 0.211, 1.0]


def test_means_are_shown_to_three_digits_of_units_that_hide_nothing():
    table = pd.DataFrame({"unit": ["A", "B"], "score_mean": [1.23456, 2.0], "score_min": [0.1, 0.1], "score_max": 9.0})
    public = _means(table, {"A"})
    assert list(public) == ["unit", "score_mean", "not_shown"]
    assert public["score_mean"].iloc[0] == 1.23
    assert pd.isna(public["score_mean"].iloc[1])
    assert public["not_shown"].tolist() == ["", "score_mean"]


@pytest.mark.parametrize(("number", "is_small"), [(0, False), (1, True), (4, True), (5, False)])
def test_a_unit_of_one_to_four_is_small(number, is_small):
    assert (_small(pd.DataFrame({"unit": ["A"], "enterprises": [number]})) == {"A"}) is is_small


def test_hidden_counts_are_missing_and_named_in_the_order_of_the_columns():
    frame = pd.DataFrame({"unit": ["A", "B"], "enterprises": [9, 8], "on_roster": [7, 6]})
    public = _without(frame, "by_unit", ["A", "B"], {("by_unit", "B"): {"on_roster", "enterprises"}})
    assert public["enterprises"].isna().tolist() == public["on_roster"].isna().tolist() == [False, True]
    assert public["not_shown"].tolist() == ["", "enterprises;on_roster"]
    assert _row_names("by_unit", frame) == ["A", "B"]
    assert _row_names("by_limit", pd.DataFrame({"unit": ["A"], "limit": [3.0]})) == ["A|3"]


MEASURES = {"gini": 0.123456, "worst_unit": "A", "worst_unit_share": 0.2, "enterprises_per_station": 40.0, "n": 3}


@pytest.mark.parametrize(
    ("hidden", "kept"),
    [
        (None, set(MEASURES)),
        (("A", "enterprises"), {"gini", "enterprises_per_station", "n"}),
        (("A", "on_roster"), {"gini", "enterprises_per_station", "n"}),
        (("city", "on_roster"), {"gini", "n"}),
        (("city", "enterprises"), {"gini", "n"}),
        (("A", "within_reach"), set(MEASURES)),
    ],
)
def test_a_measure_that_follows_from_a_hidden_count_is_gone(hidden, kept):
    by_unit = pd.DataFrame({"unit": ["A", "city"], **dict.fromkeys(("enterprises", "on_roster", "within_reach"), 50)})
    by_unit = by_unit.astype(dict.fromkeys(("enterprises", "on_roster", "within_reach"), "Int64"))
    if hidden:
        by_unit.loc[by_unit["unit"] == hidden[0], hidden[1]] = pd.NA
    public = _measures(MEASURES, by_unit)
    assert set(public) == kept
    assert public["gini"] == 0.1235
    assert public["n"] == 3


def test_a_cell_on_the_border_of_the_city_may_hold_somebody_of_any_unit():
    inside = h3.latlng_to_cell(40.0, 116.1, 8)
    between = h3.latlng_to_cell(40.0, 116.25, 8)
    edge = h3.latlng_to_cell(40.2, 116.1, 8)
    boxes = [shapely.box(west, 39.8, west + 0.25, 40.2) for west in (116.0, 116.25, 116.5)]
    units = gpd.GeoDataFrame({"code": ["A", "B", "C"]}, geometry=boxes, crs="EPSG:4490")
    told = units_of_cells(pd.Series([inside, between, edge]), units, pd.Series(["A", "B", "C", "city"]))
    assert told == {inside: ("A",), between: ("A", "B"), edge: ("A", "B", "C")}
