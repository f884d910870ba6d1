"""Errors say what, where and what to do, and know their exit code."""

import pickle

import pytest

from ipps_geo import errors


def test_an_error_says_what_where_and_what_to_do():
    error = errors.BadInput("no column 'uscc'", where="rosters.xlsx", advice="add the column")
    assert str(error) == "rosters.xlsx: no column 'uscc' — add the column"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.BadInput, 2),
        (errors.UnsafeInput, 2),
        (errors.PolicyError, 2),
        (errors.NotSolved, 3),
        (errors.UnsoundPlan, 3),
    ],
)
def test_every_error_leads_to_its_exit_code(kind, code):
    assert kind("x").exit_code == code
    assert issubclass(kind, errors.IppsGeoError)


def test_an_error_survives_the_way_back_from_a_child_process():
    error = pickle.loads(pickle.dumps(errors.NotSolved("out of time", where="plan", advice="wait longer")))
    assert (error.message, error.where, error.advice, error.exit_code) == ("out of time", "plan", "wait longer", 3)
