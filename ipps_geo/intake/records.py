"""Records of JSON as rows: a list of objects, or one object a line."""

from __future__ import annotations

import json
from typing import Any

from ipps_geo.intake.books import PlainBook, Rows


def records_of(text: str) -> list[dict[str, Any]] | None:
    """Return the records of a text that is a list of objects, an object with one such list, or a line an object.

    None where it is neither; features of GeoJSON are no records.
    """
    try:
        document = json.loads(text)
    except ValueError:
        return _lines(text)
    except RecursionError:
        return None
    if isinstance(document, dict):
        if "type" in document and ("features" in document or "geometry" in document or "coordinates" in document):
            return None
        lists = [value for value in document.values() if _are_records(value)]
        if len(lists) == 1:
            document = lists[0]
    return document if _are_records(document) else None


def _lines(text: str) -> list[dict[str, Any]] | None:
    records = []
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(record, dict) or record.get("type") == "Feature":
            return None
        records.append(record)
    return records or None


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(record, dict) for record in value)


def record_book(records: list[dict[str, Any]], name: str) -> PlainBook:
    """Return records as a sheet with a header; a value that is a list or an object is written as JSON."""
    headers = list(dict.fromkeys(str(key) for record in records for key in record))
    rows: Rows = [list(headers)]
    rows += [[_cell(record.get(header)) for header in headers] for record in records]
    return PlainBook({name: rows})


def _cell(value: Any) -> Any:
    if isinstance(value, list) and all(not isinstance(entry, list | dict) for entry in value):
        return ";".join(str(entry) for entry in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
