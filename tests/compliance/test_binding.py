"""Whose roster binds others: a station's own, else the one it applied with, else that of an accepted application."""

import datetime as dt

from ipps_geo.compliance.binding import binding_holders
from tests.compliance.builder import build

TODAY = dt.date(2026, 11, 22)


def binding(*others, on=TODAY, filed=()):
    workspace, _, _ = build({"subject": "unit", "others": list(others)})
    held = {*workspace.rosters["holder_id"], *filed}
    found = binding_holders(workspace, held, on).set_index("holder").sort_index()
    return {name: (row["station"], row["institution"], bool(row["filed"])) for name, row in found.iterrows()}


STATION = {"id": "W1", "serves": [1]}
ACCEPTED = {"is": "decided_application", "id": "A1", "institution_id": "W1", "serves": [2]}


def test_a_station_with_a_roster_binds_with_it_and_not_with_the_one_it_applied_with():
    assert binding(STATION, ACCEPTED) == {"W1": ("W1", "W1", True)}


def test_a_station_without_a_roster_binds_with_the_one_it_applied_with_once():
    told = binding(STATION | {"serves": []}, ACCEPTED)
    assert told == {"A1": ("W1", "W1", True), "W1": ("W1", "W1", True)}


def test_an_accepted_application_binds_before_there_is_a_station():
    assert binding(ACCEPTED) == {"A1": ("A1", "W1", True)}
    assert binding(ACCEPTED | {"institution_id": None}) == {"A1": ("A1", "A1", True)}
    assert binding(ACCEPTED | {"serves": []}) == {"A1": ("A1", "W1", False)}
    assert binding(ACCEPTED | {"serves": [], "roster_filed": "yes"}) == {"A1": ("A1", "W1", True)}


def test_what_awaits_a_decision_or_was_rejected_binds_nobody():
    assert binding({"is": "application", "id": "A1", "serves": [2]}) == {}
    assert binding(ACCEPTED | {"decision": "rejected"}) == {}
    assert binding(ACCEPTED, on=dt.date(2026, 11, 1)) == {}
    assert set(binding(ACCEPTED, on=dt.date(2026, 11, 2))) == {"A1"}


def test_a_station_known_to_be_revoked_binds_nobody_on_the_day_of_the_data_and_later():
    gone = STATION | {"is_revoked": "yes"}
    assert binding(gone) == {}
    assert binding(gone, on=TODAY + dt.timedelta(days=1)) == {}
    assert set(binding(gone, on=TODAY - dt.timedelta(days=1))) == {"W1"}


def test_an_empty_roster_that_was_filed_is_one():
    assert binding(STATION | {"serves": [], "roster_filed": "yes"}) == {"W1": ("W1", "W1", True)}
    assert binding(STATION | {"serves": []}) == {"W1": ("W1", "W1", False)}
