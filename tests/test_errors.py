"""Errors say what, where and what to do, and know their exit code."""

import pickle

import pytest

from ipps_geo import errors


def test_an_error_says_what_where_and_what_to_do():
    error = errors.BadInput("argument.not_a_day", where="rosters.xlsx", text="soon")
    assert str(error) == "rosters.xlsx: 'soon' is not a day — write it as 2026-11-22"
    assert str(error.at("copy.xlsx")).startswith("copy.xlsx: 'soon'")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.BadInput, 2),
        (errors.UnsafeInput, 2),
        (errors.PolicyError, 2),
        (errors.NotSolved, 3),
        (errors.InternalError, 4),
        (errors.UnsoundPlan, 4),
        (errors.Stopped, 130),
    ],
)
def test_every_error_leads_to_its_exit_code(kind, code):
    assert kind("plan.given_up").exit_code == code
    assert issubclass(kind, errors.IppsGeoError)


def test_an_error_survives_the_way_back_from_a_child_process():
    error = pickle.loads(pickle.dumps(errors.NotSolved("solve.no_plan_in_time", where="plan")))
    assert (error.code, error.where, error.exit_code) == ("solve.no_plan_in_time", "plan", 3)
    assert "more time" in error.advice
    clause = errors.Message("network_file.transit_links")
    error = pickle.loads(pickle.dumps(errors.BadInput("travel.no_file_of", where="a.csv", table=clause)))
    assert error.values["table"] == clause
