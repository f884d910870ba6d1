"""The demonstration network: sound stations, a few that show what a planner meets, and plenty left to serve."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from ipps_geo.workspace.activity import active_institutions, active_rosters

ON = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def stations(embedded):
    return embedded.institutions[embedded.institutions["kind"] == "workstation"].set_index("institution_id")


@pytest.fixture(scope="module")
def rosters(embedded):
    return active_rosters(embedded.rosters, embedded.institutions, ON)


@pytest.fixture(scope="module")
def sizes(rosters):
    return rosters["holder_id"].value_counts()


def test_there_are_forty_or_more_stations_and_as_many_carriers_without_one(embedded, stations):
    active = active_institutions(embedded.institutions, ON, "workstation")
    hosts = active["carrier_id"].dropna()
    assert 40 <= len(active) <= 60
    assert hosts.is_unique
    assert len(embedded.carriers) - len(hosts) > 90


def test_most_enterprises_are_not_served_yet(embedded, rosters):
    assert rosters["enterprise_id"].nunique() < len(embedded.enterprises) / 5


def test_a_roster_of_49_and_one_of_50(sizes):
    assert sizes.min() == 49
    assert (sizes == 49).sum() == 1
    assert (sizes == 50).sum() == 1


def test_a_share_of_exactly_60_percent_and_one_just_below(rosters):
    answers = pd.crosstab(rosters["holder_id"], rosters["explicit_need"])
    total, yes, unknown = answers.sum(axis=1), answers["yes"], answers["unknown"]
    assert (5 * yes == 3 * total).sum() == 1
    assert (5 * (yes + unknown) < 3 * total).sum() == 1
    assert (5 * (yes + 1 + unknown) >= 3 * total)[5 * (yes + unknown) < 3 * total].all()
    assert ((5 * yes < 3 * total) & (5 * (yes + unknown) >= 3 * total)).sum() == 1


def test_two_stations_share_enterprises_and_no_others(rosters):
    shared = rosters[rosters["enterprise_id"].duplicated(keep=False)]
    assert shared["holder_id"].nunique() == 2
    assert shared["enterprise_id"].nunique() == 6


def test_one_station_of_an_industry_organisation_serves_the_whole_city(embedded, stations, rosters):
    (station,) = stations[stations["host_type"] == "industry_organization"].itertuples()
    assert station.unit != station.unit  # no unit
    served = embedded.rosters.loc[embedded.rosters["holder_id"] == station.Index, "enterprise_id"]
    units = embedded.enterprises.set_index("enterprise_id").loc[served, "unit"]
    assert units.nunique() > 8


def test_one_station_is_revoked_and_its_roster_released(embedded, stations, rosters):
    (revoked,) = stations.index[stations["revoked_on"].notna()]
    assert revoked in set(embedded.rosters["holder_id"])
    assert revoked not in set(rosters["holder_id"])


def test_one_station_is_older_than_the_measure(stations):
    (legacy,) = stations[stations["legacy"] == "yes"].itertuples()
    assert legacy.established_on < pd.Timestamp("2022-11-16")


def test_at_least_one_unit_has_no_station(embedded, stations):
    assert set(embedded.service_units["code"]) - set(stations["unit"].dropna())


def test_applications_of_every_outcome_are_there(embedded):
    applications = embedded.applications
    assert set(applications["decision"]) == {"pending", "accepted", "rejected"}
    assert {"establishment", "revocation"} <= set(applications["kind"])


def test_staff_add_up_to_what_the_institutions_say(embedded, stations):
    counted = pd.crosstab(embedded.staff["institution_id"], embedded.staff["mode"])
    known = stations["full_time_staff"].dropna()
    assert counted["full_time"].reindex(known.index, fill_value=0).tolist() == known.tolist()


def test_a_small_demonstration_leaves_out_what_it_cannot_show(small):
    stations = small.institutions[small.institutions["kind"] == "workstation"]
    assert 0 < len(stations) < 40
