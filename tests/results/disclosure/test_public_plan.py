"""The public edition of a plan: where stations are proposed, and how many each newly serves where none is small."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from ipps_geo.results import PlanResult
from ipps_geo.results.disclosure.plan import public_plan
from tests.report import sample

TOLD = {
    "status", "stop_reason", "objective", "bound", "gap", "seconds", "proposals", "coverage_before", "coverage_after",
    "violations", "provenance",
}  # fmt: skip
"""What a public plan still tells; every other field is empty in it."""


@pytest.fixture(scope="module")
def made():
    return sample.enlarged_plan()


def public(plan, left=None):
    """The public edition of ``plan`` in which so many enterprises are left unserved."""
    if left is not None:
        by_unit = plan.coverage_before.by_unit.copy()
        served = int(plan.proposals["newly_served"].sum())
        city = by_unit["unit"] == "city"
        by_unit.loc[city, "on_roster"] = by_unit.loc[city, "enterprises"] - served - left
        plan = dataclasses.replace(plan, coverage_before=dataclasses.replace(plan.coverage_before, by_unit=by_unit))
    return public_plan(plan, sample.workspace().service_units)


def test_it_tells_of_proposals_alone(made):
    full = dataclasses.replace(
        made, floor=pd.DataFrame({"unit": ["A"], "short": [2]}), weighting=pd.DataFrame({"value": [1.0]}),
        near_existing=3, frontier=pd.DataFrame({"n_sites": [1]}), alternatives=pd.DataFrame({"rank": [1]}),
        robustness=pd.DataFrame({"site_id": ["K2"]}), history=pd.DataFrame({"seconds": [1.0]}),
    )  # fmt: skip
    told = public(full)
    for field in dataclasses.fields(PlanResult):
        value = getattr(told, field.name)
        assert field.name in TOLD or value is None or len(value) == 0, field.name
    assert not {"with_need", "margin_need", "questions", "source"} & set(told.proposals)
    assert told.provenance.parameters.keys() <= {
        "on",
        "objective",
        "stations",
        "reach_km",
        "method",
        "limit",
        "detour_factor",
    }


@pytest.mark.parametrize(("least", "is_shown"), [(0, True), (1, False), (4, False), (5, True)])
def test_no_number_newly_served_is_shown_where_one_is_one_to_four(made, least, is_shown, monkeypatch):
    monkeypatch.setattr("ipps_geo.results.disclosure.plan.public_coverage", lambda coverage, *_: coverage)
    proposals = made.proposals.copy()
    proposals["newly_served"] = [least, *[60] * (len(proposals) - 1)]
    whole = public(dataclasses.replace(made, proposals=proposals), left=100)
    assert np.isfinite([whole.objective, whole.bound]).all() == is_shown  # it is the sum of what is hidden
    told = whole.proposals
    assert told["newly_served"].notna().all() == is_shown
    assert set(told["not_shown"]) == ({""} if is_shown else {"newly_served"})


@pytest.mark.parametrize(("left", "is_shown"), [(0, True), (1, False), (4, False), (5, True)])
def test_who_is_left_unserved_may_not_be_one_to_four_either(made, left, is_shown, monkeypatch):
    monkeypatch.setattr("ipps_geo.results.disclosure.plan.public_coverage", lambda coverage, *_: coverage)
    told = public(made, left)
    assert told.proposals["newly_served"].notna().all() == is_shown
    roster = told.coverage_after.by_unit.set_index("unit").loc["city", "on_roster"]
    assert is_shown or pd.isna(roster)


def test_what_the_city_hides_before_the_plan_hides_what_the_proposals_add(made, monkeypatch):
    def hides(coverage, *_):
        by_unit = coverage.by_unit.astype({"on_roster": "Int64"})
        return dataclasses.replace(
            coverage, by_unit=by_unit.assign(on_roster=pd.array([pd.NA] * len(by_unit), "Int64"))
        )

    monkeypatch.setattr("ipps_geo.results.disclosure.plan.public_coverage", hides)
    told = public(made, left=100).proposals
    assert told["newly_served"].isna().all()
    assert np.unique(told["not_shown"]).tolist() == ["newly_served"]
