"""A workspace: its content hash, whether it is a demonstration."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import shapely

from ipps_geo.columns import TABLES


def test_the_hash_does_not_depend_on_the_order_of_rows(small):
    shuffled = {
        name: frame.iloc[np.random.default_rng(1).permutation(len(frame))].reset_index(drop=True)
        for name, frame in small.tables.items()
    }
    assert small.replace(**shuffled).content_hash == small.content_hash


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("enterprises", "explicit_need", "no"),
        ("rosters", "uscc", None),
        ("institutions", "full_time_staff", 99),
        ("carriers", "geometry", shapely.Point(116.0, 40.0)),
        ("service_units", "requires_center", False),
        ("applications", "applied_on", np.datetime64("2020-01-01", "s")),
    ],
)
def test_the_hash_sees_every_kind_of_change(small, table, column, value):
    frame = small.tables[table].copy()
    row = next(place for place, old in enumerate(frame[column]) if str(old) != str(value))
    frame.iloc[row, frame.columns.get_loc(column)] = value
    assert small.replace(**{table: frame}).content_hash != small.content_hash


def test_the_hash_tells_which_of_two_columns_holds_a_value(small):
    swapped = small.staff.assign(person_id=small.staff["institution_id"], institution_id=small.staff["person_id"])
    assert small.replace(staff=swapped).content_hash != small.content_hash


def test_the_hash_tells_repeated_rows(small):
    twice = small.rosters.iloc[[0, 0]].reset_index(drop=True)
    once = small.rosters.iloc[[0]].reset_index(drop=True)
    assert small.replace(rosters=twice).content_hash != small.replace(rosters=once).content_hash


def test_the_hash_is_the_same_in_another_process_with_another_hash_seed(small):
    code = "from ipps_geo.workspace import generate_demo; print(generate_demo(6000, seed=3).content_hash)"
    environment = os.environ | {"PYTHONHASHSEED": "4711"}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == small.content_hash


def test_one_synthetic_row_makes_a_demonstration(small):
    def observed(frame):
        return frame.assign(data_class="observed") if "data_class" in frame else frame

    real = small.replace(**{name: observed(frame) for name, frame in small.tables.items()})
    assert small.is_demonstration
    assert not real.is_demonstration
    carriers = real.carriers.copy()
    carriers.loc[3, "data_class"] = "synthetic"
    assert real.replace(carriers=carriers).is_demonstration


def test_tables_come_in_the_order_of_their_description(small):
    assert list(small.tables) == list(TABLES)
