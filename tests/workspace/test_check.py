"""What is wrong with tables once they are read: every fault is a row, and what cannot be used is left out."""

from __future__ import annotations

import pandas as pd
import pytest

from ipps_geo.columns import TABLES
from ipps_geo.intake.problems import params_of
from ipps_geo.workspace.check import REFERENCES, check_references, check_tables
from ipps_geo.workspace.tables import conform


def broken(small, table, row, column, value):
    """The tables of the small demonstration with one cell changed."""
    frame = small.tables[table].copy()
    frame.iloc[row, frame.columns.get_loc(column)] = value
    return dict(small.tables) | {table: frame}


def test_sound_tables_have_no_problem(small):
    tables, problems = check_tables(small.tables)
    assert problems.empty
    assert {name: len(frame) for name, frame in tables.items()} == {n: len(f) for n, f in small.tables.items()}
    assert check_references(small.tables)[1].empty


@pytest.mark.parametrize(
    ("table", "column", "value", "code"),
    [
        ("rosters", "holder_id", None, "missing_value"),
        ("carriers", "host_type", "palace", "bad_choice"),
        ("institutions", "part_time_staff", -2, "out_of_range"),
        ("carriers", "geometry", None, "missing_value"),
        ("institutions", "agreement_parties", "city_center;nobody", "bad_choice"),
    ],
)
def test_a_bad_value_is_a_problem_and_its_row_is_left_out(small, table, column, value, code):
    tables, problems = check_tables(broken(small, table, 5, column, value))
    (problem,) = problems.itertuples()
    assert (problem.file, problem.row, problem.column, problem.code) == (table, 6, column, code)
    assert problem.severity == "error"
    assert len(tables[table]) == len(small.tables[table]) - 1


def test_an_id_given_twice_leaves_out_both_rows(small):
    first = small.carriers["carrier_id"].iloc[0]
    tables, problems = check_tables(broken(small, "carriers", 1, "carrier_id", first))
    assert set(problems["code"]) == {"duplicate_id"}
    assert first not in set(tables["carriers"]["carrier_id"])


@pytest.mark.parametrize(("table", "column", "targets", "severity"), REFERENCES)
def test_every_reference_is_checked(small, table, column, targets, severity):
    found = {"institution_id": ["W-001"], "kind": ["illegal"], "found_on": pd.to_datetime(["2026-01-05"])}
    whole = small.replace(conduct=conform("conduct", pd.DataFrame(found)))
    tables, problems = check_references(broken(whole, table, 0, column, "nobody"))
    found = problems[(problems["file"] == table) & (problems["column"] == column)]
    assert found["value"].tolist() == ["nobody"]
    assert found["severity"].tolist() == [severity]
    if severity == "error":
        assert "nobody" not in set(tables[table][column].dropna())


def test_a_roster_row_without_a_holder_is_nothing(small):
    tables, _ = check_references(broken(small, "rosters", 0, "holder_id", "nobody"))
    assert len(tables["rosters"]) == len(small.rosters) - 1


def test_an_institution_without_its_carrier_is_still_one(small):
    row = int(small.institutions["carrier_id"].notna().to_numpy().argmax())
    tables, _ = check_references(broken(small, "institutions", row, "carrier_id", "nobody"))
    assert len(tables["institutions"]) == len(small.institutions)
    assert pd.isna(tables["institutions"]["carrier_id"].iloc[row])


def test_a_row_given_twice_is_one_problem_each(small):
    row = small.evaluations.iloc[[0, 0]].reset_index(drop=True)
    _, problems = check_tables(dict(small.tables) | {"evaluations": row})
    assert problems[["row", "code"]].to_numpy().tolist() == [[1, "duplicate_row"], [2, "duplicate_row"]]


def test_the_advice_names_the_choices(small):
    _, problems = check_tables(broken(small, "staff", 0, "mode", "sometimes"))
    assert params_of(problems["params"].iloc[0])["choices"] == "StaffMode"


def test_references_name_columns_that_exist():
    for table, column, targets, _ in REFERENCES:
        assert column in TABLES[table].columns
        for target, key in targets:
            assert key in TABLES[target].columns
