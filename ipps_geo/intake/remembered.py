"""Files with headers that were mapped before are read as they were then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ipps_geo.columns import DESCRIBED
from ipps_geo.intake.header_columns import COORDINATES, LATITUDE, LONGITUDE

if TYPE_CHECKING:
    from ipps_geo.intake.mapping import ColumnMapping, SavedMappings
    from ipps_geo.intake.request import Request, TableRead


def read_remembered(read: Callable[[Request], TableRead], request: Request, saved: SavedMappings) -> TableRead:
    """Read one file, with the saved mapping of its table where that one says otherwise of its headers.

    A file whose headers name no table belongs to the table whose saved mapping finds every required column in it. A
    mapping that ``request`` brings wins where both speak of a header or of a column. Files whose headers all are the
    names of columns, as a workspace writes them, need none.
    """
    found = read(request)
    if not saved:
        return found
    if request.mapping is not None:
        table = request.table or found.table
        if table is None or table not in saved:
            return found
        told = set(request.mapping.values()) - {""}
        kept = {header: column for header, column in saved[table].items() if column not in told}
        return read(replace(request, table=table, mapping={**kept, **request.mapping}))
    if found.mapping is not None:
        own = saved.get(found.mapping.table, {})
        if _canonical(found.mapping) or not _differs(found.mapping, own):
            return found
        return read(replace(request, table=found.mapping.table, mapping=own))
    for table in (request.table,) if request.table is not None else sorted(saved):
        if table in saved:
            again = read(replace(request, table=table, mapping=saved[table]))
            if again.mapping is not None and not again.mapping.missing:
                return again
    return found


def _canonical(mapping: ColumnMapping) -> bool:
    return set(mapping.headers) <= {*DESCRIBED[mapping.table].columns, LONGITUDE, LATITUDE, COORDINATES}


def _differs(mapping: ColumnMapping, own: Mapping[str, str]) -> bool:
    headers = set(mapping.headers)
    return any(header in headers and mapping.by_header.get(header, "") != column for header, column in own.items())
