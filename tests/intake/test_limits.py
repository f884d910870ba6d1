"""What a file may ask of the machine unless somebody allows more."""

import dataclasses

import pytest

from ipps_geo.errors import BadInput
from ipps_geo.intake.limits import RAISABLE, Limits

MIB = 1024 * 1024


def test_a_file_of_an_office_passes_and_a_bomb_does_not():
    assert dataclasses.asdict(Limits()) == {
        "max_file_bytes": 512 * MIB,
        "max_unpacked_bytes": 512 * MIB,
        "max_members": 2_000,
        "max_ratio": 200,
        "max_rows": 2_000_000,
        "max_columns": 1_000,
        "max_cells": 40_000_000,
        "max_cell_chars": 32_767,  # what a cell of Excel holds
        "max_depth": 100,
        "max_vertices": 20_000_000,
        "memory_bytes": 2_048 * MIB,
        "seconds": 30.0,
    }


def test_each_limit_that_may_be_raised_is_one():
    assert set(RAISABLE.values()) <= {field.name for field in dataclasses.fields(Limits)}


def test_raised_limits_are_numbers_of_their_kind_and_the_others_stay():
    raised = Limits().raised(["seconds=0.5", " max_rows = 7 "])
    assert (raised.seconds, raised.max_rows) == (0.5, 7)
    assert dataclasses.replace(raised, seconds=30.0, max_rows=2_000_000) == Limits()
    for wrong in ("max_rows", "max_rows=1.5", "rows=3", "seconds=soon"):
        with pytest.raises(BadInput):
            Limits().raised([wrong])
