"""What changed between two days."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from ipps_geo.compliance.timeline import changes_since
from ipps_geo.errors import BadInput
from tests.compliance.builder import TODAY, build


def test_a_new_station_a_lost_centre_and_an_overlap_that_came_with_it() -> None:
    workspace, policy, _ = build(
        {
            "subject": "station",
            "others": [
                {"id": "W2", "established_on": dt.date(2026, 6, 1), "serves": [1, 2]},
                {"is": "revoked_center", "id": "C1", "revoked_on": dt.date(2026, 7, 1)},
            ],
        }
    )
    changes = {(c.rule, c.subject): c for c in changes_since(workspace, policy, dt.date(2026, 5, 31))}
    assert changes["R7-2a", "W2"].kind == "appeared"
    assert changes["R7-2c", "S"].kind == "figures"
    assert changes["R7-2c", "S"].after.code == "overlap_of_others"  # type: ignore[union-attr]
    turned = changes["R4-1", "110108"]
    assert (turned.kind, turned.before.verdict, turned.after.verdict) == ("verdict", "PASS", "FAIL")  # type: ignore[union-attr]
    assert changes["R6-1", "C1"].kind == "gone"
    assert changes["R9-4", "C1"].kind == "appeared"
    assert ("R4-3", "S") not in changes
    assert json.dumps([change.to_dict() for change in changes.values()])


def test_nothing_happened() -> None:
    workspace, policy, _ = build({"subject": "station"})
    assert changes_since(workspace, policy, dt.date(2026, 11, 21)) == ()


def test_the_first_day_comes_first() -> None:
    workspace, policy, _ = build({"subject": "station"})
    with pytest.raises(BadInput, match="is not before"):
        changes_since(workspace, policy, TODAY)
