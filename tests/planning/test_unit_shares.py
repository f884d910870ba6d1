"""The table of units under the objective of the worst unit, and the lines that tell it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ipps_geo.planning.unit_shares import unit_shares_table
from ipps_geo.report.words.catalogue import catalogue
from ipps_geo.report.words.shares import measured, share_lines

UNITS = np.array(["a"] * 4 + ["b"] * 2 + ["c"] * 3)


def table(assignment, proven, beyond=("c",)):
    plan = SimpleNamespace(assignment=np.array(assignment), proven_units=proven)
    request = {"objective": "worst_unit", "demand_units": UNITS}
    uncovered = pd.DataFrame({"unit": list(beyond), "reason": "out_of_reach"})
    return unit_shares_table(None, request, plan, uncovered)


def lines(frame, bound=0.0):
    plan = SimpleNamespace(
        unit_shares=frame, bound=bound, provenance=SimpleNamespace(parameters={"objective": "worst_unit"})
    )
    return share_lines(catalogue("en"), plan, SimpleNamespace(unit=str)), plan


def test_units_stand_from_the_worst_up_with_what_is_proven():
    told = table([0, -1, -1, -1, 0, -1, -1, -1, -1], 2, beyond=["c"] * 3)
    assert told["unit"].tolist() == ["c", "a", "b"]
    assert told["newly_served_share"].tolist() == [0.0, 0.25, 0.5]
    assert told["candidates_reach"].tolist() == [0, 4, 2]
    assert told["share_proven"].tolist() == [True, True, False]


def test_other_objectives_have_no_such_table():
    assert unit_shares_table(None, {"objective": "covered"}, SimpleNamespace(), pd.DataFrame()) is None
    assert share_lines(None, SimpleNamespace(unit_shares=None), None) == []


@pytest.mark.parametrize(
    ("assignment", "proven", "parts"),
    [
        (
            [0, -1, -1, -1, 0, -1, -1, -1, -1],
            2,
            ["1 of 3 units at least go without (proven)", "worst 2 units are proven"],
        ),
        ([0, -1, -1, -1, 0, -1, -1, -1, -1], 0, ["whether it could be fewer was not proven", "no plan exceeds 30.0%"]),
        ([0, -1, -1, -1, 0, -1, 0, -1, -1], 3, ["a 25.0% (1 of 4)", "from the worst up, is proven"]),
    ],
)
def test_the_lines_say_who_goes_without_and_what_is_proven(assignment, proven, parts):
    told, plan = lines(table(assignment, proven), bound=0.3)
    assert all(part in "\n".join(told) for part in parts), told
    assert measured(catalogue("en"), plan, 0.2109) == "21.09%"
