"""What is wrong with tables once they are read: values against the schemas, references between the tables."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ipps_geo.workspace.model import PROBLEM_COLUMNS, no_problems
from ipps_geo.workspace.tables import schema

Tables = dict[str, pd.DataFrame]

REFERENCES: tuple[tuple[str, str, tuple[tuple[str, str], ...], str], ...] = (
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
    """Return (the tables without the rows that break their schema, the problems)."""
    from pandera.errors import SchemaErrors

    sound: Tables = {}
    problems = []
    for name, frame in tables.items():
        try:
            schema(name).validate(frame, lazy=True)
            sound[name] = frame
        except SchemaErrors as errors:
            cases = errors.failure_cases.drop_duplicates(["column", "index", "check"])
            bad = set()
            for case in cases.itertuples():
                position = None if pd.isna(case.index) else int(case.index)
                if position is not None:
                    bad.add(position)
                column = str(case.column) if case.schema_context == "Column" else None
                problems.append(_schema_problem(name, column, str(case.check), case.failure_case, position))
            sound[name] = frame.drop(index=sorted(bad)).reset_index(drop=True)
    return sound, _as_table(problems)


def check_references(tables: Mapping[str, pd.DataFrame]) -> tuple[Tables, pd.DataFrame]:
    """Return (the tables with references that name nothing left out, the problems).

    A row that is nothing without its reference (a roster row without a holder) is left out; elsewhere the value is.
    """
    sound: Tables = dict(tables)
    problems: list[dict[str, object]] = []
    for name, column, targets, severity in REFERENCES:
        frame = sound[name]
        known = {value for target, key in targets for value in sound[target][key].dropna()}
        wrong = frame[column].notna() & ~frame[column].isin(known)
        if not wrong.any():
            continue
        where = " or ".join(f"{target}.{key}" for target, key in targets)
        problems += [
            {
                "file": name,
                "row": int(position) + 1,
                "column": column,
                "value": value,
                "code": "unknown_reference",
                "severity": severity,
                "message": f"{value} is not in {where}",
                "advice": "mend the id, or add the row it names",
            }
            for position, value in frame.loc[wrong, column].items()
        ]
        if column == "holder_id" or name in ("evaluations", "staff", "conduct"):
            sound[name] = frame[~wrong].reset_index(drop=True)
        elif severity == "error":
            sound[name] = frame.assign(**{column: frame[column].mask(wrong)})
    return sound, _as_table(problems)


_MESSAGES = {
    "not_nullable": ("missing_value", "the value is missing", "fill it in"),
    "field_uniqueness": ("duplicate_id", "the id is given twice", "keep one row per id"),
    "multiple_fields_uniqueness": ("duplicate_key", "the row is given twice", "keep one row per key"),
    "choice": ("unknown_choice", "not one of the choices", "use a code of the vocabulary"),
    "minimum": ("out_of_range", "smaller than can be", "mend the number"),
    "maximum": ("out_of_range", "larger than can be", "mend the number"),
}


def _schema_problem(
    table: str, column: str | None, check: str, value: object, position: int | None
) -> dict[str, object]:
    code, message, advice = _MESSAGES.get(check, ("invalid", f"fails {check}", "mend the value"))
    return {
        "file": table,
        "row": None if position is None else position + 1,
        "column": column,
        "value": None if pd.isna(value) else str(value),
        "code": code,
        "severity": "error",
        "message": message,
        "advice": advice,
    }


def _as_table(problems: list[dict[str, object]]) -> pd.DataFrame:
    if not problems:
        return no_problems()
    frame = pd.DataFrame(problems).reindex(columns=list(PROBLEM_COLUMNS))
    return frame.astype({name: "Int64" if name == "row" else "str" for name in PROBLEM_COLUMNS})
