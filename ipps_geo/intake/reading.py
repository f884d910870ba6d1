"""From a file to a table and its problems, in this process; :func:`ipps_geo.intake.read_table` adds the worker."""

from __future__ import annotations

from dataclasses import replace

from ipps_geo.intake.interpret import interpret
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal
from ipps_geo.intake.raw import RawTable
from ipps_geo.intake.request import Request, TableRead, refused
from ipps_geo.intake.sheets import sheet_names
from ipps_geo.intake.sniff import Format, check_address, detect
from ipps_geo.intake.units import Units


def read_here(request: Request, limits: Limits, units: Units | None) -> TableRead:
    """Read one file in this process. Faults of the file become problems; only a wrong request raises ``BadInput``."""
    name = ""
    sheets: tuple[str, ...] = ()
    try:
        check_address(request.path)
        format_, differs = detect(request.path, limits)
        name, sheets = str(format_), sheet_names(request.path, format_, limits)
        raw = read_raw(request, format_, limits)
        if differs:
            raw.remarks.append(("suffix_differs", {"found": differs}))
        return replace(interpret(raw, request, name, limits, units), sheets=sheets)
    except Refusal as refusal:
        return replace(refused(request, refusal, name), sheets=sheets)
    except MemoryError:
        return refused(request, Refusal("out_of_memory", limit=limits.memory_bytes >> 20), name)
    except OSError:
        return refused(request, Refusal("not_a_file", value=request.file), name)


def read_raw(request: Request, format_: Format, limits: Limits) -> RawTable:
    """Return the table of a file of a known format, uninterpreted."""
    path, table, sheet = request.path, request.table, request.sheet
    known = tuple(header for header, column in (request.mapping or {}).items() if column)
    if format_ is Format.CSV:
        from ipps_geo.intake.delimited import read_delimited

        return read_delimited(path, table, limits, known)
    if format_ is Format.XLSX:
        from ipps_geo.intake.excel import read_workbook

        return read_workbook(path, table, sheet, limits, known)
    if format_ is Format.GEOJSON:
        from ipps_geo.intake.geojson import read_geojson

        return read_geojson(path, table, limits)
    if format_ is Format.GPKG:
        from ipps_geo.intake.geopackage import read_geopackage

        return read_geopackage(path, table, sheet, limits)
    if format_ is Format.PARQUET:
        from ipps_geo.intake.geoparquet import read_parquet

        return read_parquet(path, table, limits)
    from ipps_geo.intake.shapefile import read_shapefile

    return read_shapefile(path, table, sheet, limits)
