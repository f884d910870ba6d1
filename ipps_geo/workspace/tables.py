"""The tables of a workspace as schemas: what every column must be, checked lazily, all faults at once.

Built from :data:`ipps_geo.columns.TABLES`, so that a column is described in one place. The CRS is not checked here: a
coercing geometry type of a schema would reproject silently.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.columns import TABLES, Column, Kind
from ipps_geo.crs import STORE_CRS

if TYPE_CHECKING:
    import pandera.pandas as pa

DTYPES: Mapping[Kind, str] = {
    "text": "str",
    "code": "str",
    "choice": "str",
    "choices": "str",
    "codes": "str",
    "names": "str",
    "integer": "Int64",
    "number": "float64",
    "boolean": "bool",
    "date": "datetime64[s]",
}
"""How each kind of value is held in memory; a missing text is NaN, a missing integer NA, a missing day NaT."""


def conform(name: str, frame: pd.DataFrame, only: Collection[str] | None = None) -> pd.DataFrame:
    """Return ``frame`` as table ``name``: every column of the description, in order, in its kind, with defaults filled.

    Columns that the table does not know are dropped; with ``only`` so are others than these, and the place. Values must
    already be canonical (see :mod:`ipps_geo.intake`); what cannot be converted raises ``ValueError`` or ``TypeError``.
    The result has a fresh range index; a table with a
    place is a GeoDataFrame in EPSG:4490.

    >>> row = pd.DataFrame({"person_id": ["p1"], "institution_id": ["S1"], "mode": ["full_time"]})
    >>> conform("staff", row).qualified[0]
    'unknown'
    """
    import geopandas as gpd

    table = TABLES[name]
    made: dict[str, Any] = {}
    for column in table.columns.values():
        if column.kind == "geometry" or (only is not None and column.name not in only):
            continue
        if column.name in frame.columns:
            values = frame[column.name].reset_index(drop=True)
            if column.kind not in ("integer", "number", "boolean", "date"):
                values = values.astype("str")
                blank = values == ""
                values = values.mask(blank) if blank.any() else values
            if column.default is not None and values.hasnans:
                values = values.where(values.notna(), column.default)
        else:
            values = pd.Series([column.default] * len(frame), dtype=object)
        made[column.name] = values.astype(DTYPES[column.kind])
    result = pd.DataFrame(made, index=pd.RangeIndex(len(frame)))
    if table.geometry is None or only is not None:
        return result
    places = frame["geometry"].to_numpy() if "geometry" in frame.columns else np.full(len(frame), None, dtype=object)
    return gpd.GeoDataFrame(result, geometry=gpd.GeoSeries(places, crs=STORE_CRS), crs=STORE_CRS)


def empty(name: str) -> pd.DataFrame:
    """Return table ``name`` without rows."""
    return conform(name, pd.DataFrame())


@cache
def schema(name: str) -> pa.DataFrameSchema:
    """Return the pandera schema of table ``name``: dtypes, required values, choices, ranges, unique ids and keys."""
    import pandera.pandas as pa

    table = TABLES[name]
    columns = {
        column.name: pa.Column(
            None if column.kind == "geometry" else DTYPES[column.kind],
            checks=_checks(column, pa.Check),
            nullable=not column.required,
            unique=column.unique,
            required=True,
        )
        for column in table.columns.values()
    }
    return pa.DataFrameSchema(columns, unique=list(table.key) if len(table.key) > 1 else None, strict=True, name=name)


def keeps_schema(name: str, frame: pd.DataFrame) -> bool:
    """Whether ``frame`` surely keeps the schema of table ``name``.

    Looked at by whole columns, without the library that names every fault: where this is false the schema says why, or
    that nothing is wrong after all.

    >>> row = pd.DataFrame({"person_id": ["p1"], "institution_id": ["S1"], "mode": ["full_time"]})
    >>> keeps_schema("staff", conform("staff", row)), keeps_schema("staff", row)
    (True, False)
    """
    table = TABLES[name]
    if list(frame.columns) != list(table.columns):
        return False
    if len(table.key) > 1 and frame.duplicated(list(table.key)).any():
        return False
    return all(_keeps(column, frame[column.name]) for column in table.columns.values())


def _keeps(column: Column, values: pd.Series) -> bool:
    if column.kind != "geometry" and values.dtype != DTYPES[column.kind]:
        return False
    if (column.required and values.isna().any()) or (column.unique and not values.is_unique):
        return False
    there = values.dropna() if column.choices or column.minimum is not None or column.maximum is not None else values
    if column.choices is not None:
        allowed = frozenset(member.value for member in column.choices)
        met = there.unique()
        each = (text.split(";") for text in met) if column.kind == "choices" else ([text] for text in met)
        if not all(allowed.issuperset(codes) for codes in each):
            return False
    low_enough = column.maximum is None or bool((there <= column.maximum).all())
    return low_enough and (column.minimum is None or bool((there >= column.minimum).all()))


def _checks(column: Column, check: Any) -> list[Any]:
    checks = []
    if column.choices is not None:
        codes = [member.value for member in column.choices]
        if column.kind == "choices":
            allowed = frozenset(codes)
            checks.append(check(_each_in(allowed), element_wise=True, name="choice"))
        else:
            checks.append(check.isin(codes, name="choice"))
    if column.minimum is not None:
        checks.append(check.ge(column.minimum, name="minimum"))
    if column.maximum is not None:
        checks.append(check.le(column.maximum, name="maximum"))
    return checks


def _each_in(allowed: frozenset[str]) -> Callable[[Any], bool]:
    def holds(text: Any) -> bool:
        return not isinstance(text, str) or allowed.issuperset(text.split(";"))

    return holds
