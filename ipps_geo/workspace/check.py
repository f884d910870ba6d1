"""What is wrong with tables once they are read: values against the schemas, references between the tables."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.errors import Message
from ipps_geo.intake.problem_kinds import PROBLEM_KINDS
from ipps_geo.intake.problems import params_text, problem_table
from ipps_geo.workspace.tables import keeps_schema, schema

Tables = dict[str, pd.DataFrame]

REFERENCES: tuple[tuple[str, str, tuple[tuple[str, str], ...], str], ...] = (
    ("service_units", "part_of", (("service_units", "code"),), "error"),
    ("carriers", "unit", (("service_units", "code"),), "error"),
    ("carriers", "parent_id", (("carriers", "carrier_id"),), "error"),
    ("enterprises", "unit", (("service_units", "code"),), "warning"),
    ("institutions", "unit", (("service_units", "code"),), "error"),
    ("institutions", "carrier_id", (("carriers", "carrier_id"),), "error"),
    ("institutions", "agreement_district", (("service_units", "code"),), "warning"),
    ("rosters", "holder_id", (("institutions", "institution_id"), ("applications", "application_id")), "error"),
    ("rosters", "enterprise_id", (("enterprises", "enterprise_id"),), "warning"),
    ("applications", "institution_id", (("institutions", "institution_id"),), "warning"),
    ("applications", "unit", (("service_units", "code"),), "error"),
    ("applications", "carrier_id", (("carriers", "carrier_id"),), "error"),
    ("applications", "agreement_district", (("service_units", "code"),), "warning"),
    ("evaluations", "institution_id", (("institutions", "institution_id"),), "error"),
    ("staff", "institution_id", (("institutions", "institution_id"), ("applications", "application_id")), "error"),
    ("conduct", "institution_id", (("institutions", "institution_id"),), "error"),
)
"""(table, column, what it may name as (table, column), severity of a value that names nothing)."""


def check_tables(tables: Mapping[str, pd.DataFrame]) -> tuple[Tables, pd.DataFrame]:
    """Return (the tables without the rows that break their schema, the problems).

    Tables come with a range index; what is left keeps its labels. In the problems ``file`` is the name of the table and
    ``row`` counts its rows from 1.
    """
    sound: Tables = {}
    problems = []
    for name, frame in tables.items():
        if keeps_schema(name, frame):
            sound[name] = frame
            continue
        from pandera.errors import SchemaErrors

        try:
            schema(name).validate(frame, lazy=True)
            sound[name] = frame
        except SchemaErrors as errors:
            cases = errors.failure_cases
            # A key of several columns fails once per row, not once per column.
            cases["column"] = cases["column"].where(cases["schema_context"] == "Column")
            bad = set()
            for case in cases.drop_duplicates(["column", "index", "check"]).to_dict("records"):
                position = None if pd.isna(case["index"]) else int(case["index"])
                if position is not None:
                    bad.add(position)
                column = None if pd.isna(case["column"]) else str(case["column"])
                problems.append(_schema_problem(name, column, str(case["check"]), case["failure_case"], position))
            sound[name] = frame.drop(index=sorted(bad))
    return sound, problem_table(problems)


def check_references(tables: Mapping[str, pd.DataFrame]) -> tuple[Tables, pd.DataFrame]:
    """Return (the tables with references that name nothing left out, the problems).

    A row that is nothing without its reference (a roster row without a holder) is left out; elsewhere the value is.
    """
    sound: Tables = dict(tables)
    problems: list[dict[str, object]] = []
    for name, column, targets, severity in REFERENCES:
        frame = sound[name]
        # Looked up in an index: membership in a set of texts costs a hundred times more.
        known = pd.Index(pd.concat([sound[target][key] for target, key in targets]).dropna().unique())
        wrong = frame[column].notna() & (known.get_indexer(frame[column]) < 0)
        if not wrong.any():
            continue
        code = "unknown_reference" if severity == "error" else "loose_reference"
        where = tuple(f"{target}.{key}" for target, key in targets)
        problems += [
            {
                "file": name,
                "row": int(position) + 1,
                "column": column,
                "value": value,
                "code": code,
                **_told(code, found=where),
            }
            for position, value in frame.loc[wrong, column].items()
        ]
        if column == "holder_id" or name in ("evaluations", "staff", "conduct"):
            sound[name] = frame[~wrong]
        elif severity == "error":
            sound[name] = frame.assign(**{column: frame[column].mask(wrong)})
    return sound, problem_table(problems)


# The name of a schema's check, or its beginning, to the code of the problem.
_CODES = {
    "not_nullable": "missing_value",
    "field_uniqueness": "duplicate_id",
    "multiple_fields_uniqueness": "duplicate_row",
    "choice": "bad_choice",
    "isin": "bad_choice",
    "greater_than": "out_of_range",
    "less_than": "out_of_range",
}


def _schema_problem(
    table: str, column: str | None, check: str, value: object, position: int | None
) -> dict[str, object]:
    code = next(code for name, code in _CODES.items() if check.startswith(name))
    return {
        "file": table,
        "row": None if position is None else position + 1,
        "column": column,
        "value": None if pd.isna(value) else str(value),
        "code": code,
        **_told(code, **_details(table, column)),
    }


def _details(table: str, column: str | None) -> dict[str, object]:
    """Return what the messages speak of: the choices and the range of the column, and the other row of a pair."""
    described = TABLES[table].columns.get(column or "")
    choices = described.choices if described else None
    low, high = (described.minimum, described.maximum) if described else (None, None)
    return {
        "choices": choices.__name__ if choices else "",
        "range": f"{'' if low is None else f'{low:g}'} – {'' if high is None else f'{high:g}'}".strip(),
        "other": Message("place.another_row"),
    }


def _told(code: str, **details: object) -> dict[str, object]:
    return {"severity": PROBLEM_KINDS[code], "params": params_text(details)}
