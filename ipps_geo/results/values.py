"""Values of results as JSON takes them: builtins only, nan and NaT told as null."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Return ``value`` as JSON-safe builtins: nan and NaT become None, dates ISO text, frames lists of records.

    >>> import pandas as pd
    >>> plain([pd.NA, pd.NaT, float("nan")])
    [None, None, None]
    >>> plain({"gap": float("inf"), "on": dt.date(2026, 11, 22), "ids": ("a", "b")})
    {'gap': None, 'on': '2026-11-22', 'ids': ['a', 'b']}
    """
    if value is None or isinstance(value, (str, bool, int)):
        return str(value) if type(value) is not str and isinstance(value, str) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.datetime):
        if value != value:  # NaT
            return None
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        entries = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [plain(entry) for entry in entries]
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return _records(value)
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if hasattr(value, "__geo_interface__"):
        return plain(value.__geo_interface__)
    if str(value) == "<NA>":  # pandas.NA is neither equal nor unequal to itself
        return None
    return None if value != value else str(value)


def _records(frame: Any) -> list[dict[str, Any]]:
    columns = [column for column in frame.columns if column != "geometry"]
    records = [
        dict(zip(columns, (plain(cell) for cell in row), strict=True))
        for row in frame[columns].itertuples(index=False, name=None)
    ]
    if "geometry" in frame.columns:
        for record, shape in zip(records, frame["geometry"], strict=True):
            point = shape is not None and shape.geom_type == "Point" and not shape.is_empty
            record["lon"] = float(shape.x) if point else None
            record["lat"] = float(shape.y) if point else None
    return records
