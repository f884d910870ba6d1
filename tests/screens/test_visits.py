"""What has changed between two visits: findings, rosters and coverage."""

import datetime as dt
import hashlib
import json

import pytest

from ipps_geo import planning, screens
from ipps_geo.workspace.model import Source


@pytest.fixture(scope="module")
def seen(beijing, draft):
    def state(on=None):
        found = planning.audit(beijing, draft, on=on)
        measured = planning.coverage(beijing, draft, reach_km=3.0, on=found.on)
        return screens.visits.visit_state(beijing, found, measured, b"a key")

    return state(dt.date(2024, 1, 1)), state()


def test_a_state_is_kept_as_json_and_nothing_has_changed_against_itself(beijing, seen):
    _, now = seen
    again = json.loads(json.dumps(now))
    assert again == now
    assert all(table.empty for table in screens.visits.visit_changes(again, now, beijing, "zh").values())


def test_what_is_listed_is_what_differs(beijing, seen):
    before, now = seen
    told = screens.visits.visit_changes(before, now, beijing, "en")
    keys = before["findings"].keys() | now["findings"].keys()
    assert len(told["findings"]) == sum(before["findings"].get(key) != now["findings"].get(key) for key in keys) > 0
    rosters = told["rosters"]
    assert (rosters["This time"] - rosters["Last time"] == rosters["Joined"] - rosters["Left"]).all()
    assert rosters["This time"].sum() - rosters["Last time"].sum() == sum(map(len, now["rosters"].values())) - sum(
        map(len, before["rosters"].values())
    )
    assert len(told["coverage"])


def test_access_by_another_reach_is_no_change(beijing, seen):
    _, now = seen
    farther = now | {"limit": "9 km", "coverage": {u: f | {"within_reach": 10**6} for u, f in now["coverage"].items()}}
    assert screens.visits.visit_changes(farther, now, beijing, "zh")["coverage"].empty


def test_no_code_of_an_enterprise_can_be_tried_out_of_what_is_kept(beijing, seen):
    _, now = seen
    kept = {code for codes in now["rosters"].values() for code in codes}
    assert len(kept) > 3_000
    tried = {hashlib.sha256(code.encode()).hexdigest()[:10] for code in beijing.rosters["uscc"].dropna()}
    assert not kept & tried


def test_two_sets_of_files_and_two_policies_are_two_places(beijing):
    place = screens.visits.visit_place
    other = beijing.replace(sources=(*beijing.sources, Source("private.xlsx", table="rosters")))
    assert place(beijing, "a", own=True) != place(other, "a", own=True)
    assert place(beijing, "a", own=True) != place(beijing, "b", own=True)
    assert beijing.identity != other.identity
    assert beijing.content_hash == other.content_hash
