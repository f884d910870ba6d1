"""What the planning desk tells of a set of stations: by unit, by station, who moved."""

from types import SimpleNamespace

import pandas as pd
import pytest

from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.screens import desk

WORDS = catalogue("en")


@pytest.fixture
def view():
    units = pd.DataFrame(
        {"unit": ["110105", "110108"], "enterprises": [100, 50], "on_roster": [20, 10], "newly_served": [20, 2]}
    )
    stations = pd.DataFrame(
        {
            "site_id": ["K2", "K3"], "name_zh": ["二", "三"], "name_en": ["Two", "Three"], "unit": "110105",
            "verdict": ["holds", "too_few"], "taken_in": [60, 3], "members": [61, 4], "with_need": [40, 2],
            "margin_roster": [10, -47], "margin_need": [4, -1],
        }
    )  # fmt: skip
    return SimpleNamespace(units=units, stations=stations)


def test_units_stand_in_the_order_of_what_is_covered_with_the_set(beijing, view):
    rows = desk.unit_rows(beijing, view, "en")
    assert rows["unit_code"].tolist() == ["110108", "110105"]  # 12 of 50 after 40 of 100
    assert rows[WORDS.column("on_roster_share_before")].tolist() == [WORDS.share(10, 50), WORDS.share(20, 100)]
    assert rows[WORDS.column("on_roster_share_after")].tolist() == [WORDS.share(12, 50), WORDS.share(40, 100)]


def test_stations_that_cannot_hold_stand_first(beijing, view):
    rows = desk.station_rows(beijing, view, "en")
    assert rows["site_id"].tolist() == ["K3", "K2"]
    assert rows[WORDS.column("newly_served")].tolist() == [3, 60]
    assert rows[WORDS.text("bend.members")].tolist() == [4, 61]


def test_who_moved_most_stands_first_and_nobody_is_said(beijing):
    moved = pd.DataFrame({"from_site": [None, "P001"], "to_site": ["P002", None], "members": [2, 5]})
    rows = desk.moved_rows(beijing, moved, "en")
    nobody = WORDS.text("bend.nobody")
    assert rows[WORDS.column("enterprises")].tolist() == [5, 2]
    assert rows[WORDS.text("bend.from_site")].tolist()[1] == rows[WORDS.text("bend.to_site")].tolist()[0] == nobody


@pytest.mark.parametrize(
    ("values", "most", "marked"),
    [([3, 1, None], True, ["3 ★", "1", "—"]), ([3, 1, 1], False, ["3", "1 ★", "1 ★"]), ([3], True, ["3"])],
)
def test_the_best_of_several_is_marked(values, most, marked):
    assert desk._marked(pd.Series(values, dtype="Int64"), str, most=most) == marked
