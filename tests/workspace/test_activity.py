"""Which day is looked at, and who counts on it: periods are half-open, a blank day is open on its side."""

import datetime as dt

import pandas as pd
import pytest

from ipps_geo.errors import BadInput
from ipps_geo.workspace.activity import active_institutions, active_rosters, day_of
from ipps_geo.workspace.tables import conform

FIRST, LAST = "2026-03-01", "2026-09-01"
#                              before       first day    day before the last  the last day itself
DAYS = [dt.date(2026, 2, 28), dt.date(2026, 3, 1), dt.date(2026, 8, 31), dt.date(2026, 9, 1)]


def stations(**changes: object) -> pd.DataFrame:
    row = {"institution_id": "W1", "kind": "workstation", "established_on": FIRST, "revoked_on": LAST} | changes
    return conform(
        "institutions",
        pd.DataFrame([row]).assign(
            established_on=lambda t: pd.to_datetime(t["established_on"]),
            revoked_on=lambda t: pd.to_datetime(t["revoked_on"]),
        ),
    )


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, [False, True, True, False]),
        ({"established_on": None}, [True, True, True, False]),
        ({"revoked_on": None}, [False, True, True, True]),
        ({"revoked_on": None, "is_revoked": "yes"}, [False, False, False, False]),
        ({"kind": "district_center"}, [False, False, False, False]),
    ],
)
def test_a_station_counts_from_its_establishment_up_to_and_without_its_revocation(changes, counts):
    assert [len(active_institutions(stations(**changes), day, "workstation")) == 1 for day in DAYS] == counts


def test_a_roster_row_binds_only_while_it_is_listed_and_its_station_counts():
    listed = pd.to_datetime(["2026-01-01", "2026-08-31", "2026-01-01"])
    delisted = pd.to_datetime([None, None, "2026-03-01"])
    rosters = pd.DataFrame({"holder_id": ["W1", "W1", "W1"], "listed_on": listed, "delisted_on": delisted})
    assert [active_rosters(rosters, stations(), day).index.tolist() for day in DAYS] == [[], [0], [0, 1], []]
    assert active_rosters(rosters.assign(holder_id="an application"), stations(), DAYS[1]).empty


def test_the_day_is_the_one_asked_for_else_that_of_the_data(beijing):
    assert day_of(beijing, DAYS[0]) == DAYS[0]
    assert day_of(beijing, None) == beijing.data_date
    with pytest.raises(BadInput, match="the day to look at is unknown"):
        day_of(beijing.replace(data_date=None), None)
