"""The gate: one file in, one table and its problems out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ipps_geo.columns import DESCRIBED, TABLES
from ipps_geo.errors import BadInput
from ipps_geo.intake.datum import normalised_datum
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import ColumnMapping
from ipps_geo.intake.reading import read_here
from ipps_geo.intake.remembered import read_remembered
from ipps_geo.intake.request import Request, TableRead
from ipps_geo.intake.units import Units, as_units

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ipps_geo.intake.mapping import SavedMappings


def read_table(
    path: str | Path,
    table: str | None = None,
    *,
    sheet: str | None = None,
    mapping: ColumnMapping | Mapping[str, str] | None = None,
    datum: str | None = None,
    accept_partial: bool = False,
    limits: Limits | None = None,
    sandbox: bool = True,
    units: gpd.GeoDataFrame | pd.DataFrame | Units | None = None,
    label: str | None = None,
    absent: Mapping[str, str] | None = None,
    saved: SavedMappings | None = None,
    station: str | None = None,
) -> TableRead:
    """Read one table from a file of any format in :class:`ipps_geo.intake.sniff.Format`.

    Whatever is wrong with the file is in ``problems`` of the result; nothing of the file raises.

    Parameters
    ----------
    table
        One of :data:`ipps_geo.columns.TABLES`; None to recognise it by the columns.
    sheet
        Sheet of a workbook, or layer of a GeoPackage or of a zipped shapefile; None to choose the one that fits.
    mapping
        Header to column, or the ``mapping`` of an earlier read; headers that it does not name are mapped as usual.
    datum
        Reference system of the coordinates: wgs84, cgcs2000, gcj02, bd09, swapped or EPSG:nnnn. None: what the file
        states, else what the evidence says (:mod:`ipps_geo.intake.datum`).
    accept_partial
        Return the rows without errors although others have some.
    sandbox
        Read in a worker process that is held to ``limits`` and can be killed. False for files that are known.
    units
        Service units to hold codes, names and points against; None for those of the embedded region.
    label
        Name of the file in problems; its own name by default.
    absent
        What a column of texts holds when the file has none, by column: a roster that somebody proposes names no holder.
    station
        Whose roster it is, where the file does not say; of a file with several stations only this one is read.
    saved
        Mappings of earlier files by table, where ``mapping`` is not given (:mod:`ipps_geo.intake.remembered`).

    Raises
    ------
    BadInput
        For an unknown table or reference system, or a mapping to a column that does not exist.
    """
    if table is not None and table not in DESCRIBED:
        raise BadInput("intake.unknown_table", where="table", table=table, known=", ".join(TABLES))
    if datum is not None:
        datum = normalised_datum(datum)
    given = mapping.by_header if isinstance(mapping, ColumnMapping) else mapping
    request = Request(Path(path), table, sheet, given, datum, accept_partial, label, absent, station)
    limits = limits or Limits()
    if sandbox:
        from ipps_geo.intake.sandbox import Sandbox

        with Sandbox(limits, as_units(units), [path]) as box:
            return read_remembered(box.read, request, saved or {})
    known = as_units(units)
    return read_remembered(lambda each: read_here(each, limits, known), request, saved or {})
