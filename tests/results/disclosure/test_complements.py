"""Whoever is left over can be worked out too: of three, the whole and the part do not stand together."""

import pandas as pd
import pytest

from ipps_geo.results.disclosure import public_coverage
from tests.results.disclosure.test_disclosure import CELLS_LON, city_of, squares


def city(**columns):
    """Forty enterprises of one unit, size, need and industry, near and on a roster, but for what is said otherwise."""
    told = {"unit": "A", "need": "yes", "roster": True, "distance_m": 500.0, "size": "small", "industries": "chips"}
    people = pd.DataFrame({"lon": CELLS_LON["A"], "lat": 40.0, "stations": 1, **told}, index=range(40))
    for name, values in columns.items():
        people[name] = people[name].astype(object)
        people.loc[: len(values) - 1, name] = values
    return people.astype({"roster": bool, "distance_m": float, "stations": int})


def shown(people, table, label):
    public = public_coverage(city_of(people), squares())
    frame = public.by_unit if table == "by_unit" else public.tables[table]
    (row,) = frame.loc[frame.iloc[:, 0] == label].to_dict("records")
    return {name for name in ("enterprises", "on_roster", "within_reach") if not pd.isna(row[name])}


ROWS = [("by_unit", "A"), ("by_unit", "city"), ("by_size", "small"), ("by_need", "yes"), ("by_industry", "chips")]


@pytest.mark.parametrize(("table", "label"), ROWS)
def test_three_that_are_left_over_hide_the_part_or_the_whole(table, label):
    off_roster = shown(city(roster=[False] * 3), table, label)
    assert not {"enterprises", "on_roster"} <= off_roster
    out_of_reach = shown(city(distance_m=[9000.0] * 3, stations=[0] * 3), table, label)
    assert not {"enterprises", "within_reach"} <= out_of_reach


@pytest.mark.parametrize(("table", "label"), ROWS)
def test_nobody_and_five_that_are_left_over_hide_nothing(table, label):
    everything = {"enterprises", "on_roster", "within_reach"}
    assert shown(city(), table, label) == everything
    both = city(roster=[False] * 5, distance_m=[9000.0] * 5, stations=[0] * 5)
    assert shown(both, table, label) == everything


@pytest.mark.parametrize(
    ("table", "label", "column", "other"),
    [
        ("by_size", "small", "size", "micro"),
        ("by_need", "yes", "need", "no"),
        ("by_industry", "chips", "industries", "drugs"),
    ],
)
def test_three_that_are_left_over_of_one_part_hide_it_though_the_city_has_many(table, label, column, other):
    """Ten of the other part are left over as well, so that nothing small stands in the rows of the city."""
    others = {column: [other] * 20}
    far = [9000.0] * 10 + [500.0] * 10 + [9000.0] * 3
    off_roster = shown(city(**others, roster=[False] * 10 + [True] * 10 + [False] * 3), table, label)
    assert not {"enterprises", "on_roster"} <= off_roster
    out_of_reach = shown(city(**others, distance_m=far, stations=[0 if m > 3000 else 1 for m in far]), table, label)
    assert not {"enterprises", "within_reach"} <= out_of_reach
