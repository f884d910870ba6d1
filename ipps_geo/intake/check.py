"""A file or a folder judged before it is used: what was read, what was not, and what to do about it."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ipps_geo.columns import DESCRIBED, TABLES
from ipps_geo.errors import BadInput
from ipps_geo.gate import read_toml
from ipps_geo.intake.datum import normalised_datum
from ipps_geo.intake.folder import Aside, contents, region_of
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import MAPPING_FILE, ColumnMapping, SavedMappings, load_mapping
from ipps_geo.intake.pooling import one_datum, stated_datums
from ipps_geo.intake.problems import PROBLEM_COLUMNS, no_problems
from ipps_geo.intake.reading import read_here
from ipps_geo.intake.remembered import read_remembered
from ipps_geo.intake.request import Request, TableRead
from ipps_geo.intake.units import Units, as_units
from ipps_geo.media import csv_cell
from ipps_geo.regions import Region, load_region
from ipps_geo.settings import WORKSPACE_FILE


@dataclass(frozen=True, eq=False)
class CheckReport:
    """What was found in a file or in the files of a folder; ``aside`` is what of a folder was not looked into."""

    path: str
    reads: tuple[TableRead, ...]
    aside: tuple[Aside, ...] = ()

    @cached_property
    def problems(self) -> pd.DataFrame:
        """The problems of all files, in the order of the files."""
        parts = [read.problems for read in self.reads if len(read.problems)]
        return pd.concat(parts, ignore_index=True) if parts else no_problems()

    @property
    def rows_in_file(self) -> int:
        """Rows of all files: accepted + rejected."""
        return sum(read.rows_in_file for read in self.reads)

    @property
    def accepted(self) -> int:
        """Rows without an error."""
        return sum(read.accepted for read in self.reads)

    @property
    def rejected(self) -> int:
        """Rows with an error, and those left out."""
        return sum(read.rejected for read in self.reads)

    @property
    def has_errors(self) -> bool:
        """Whether any problem is an error."""
        return any(read.has_errors for read in self.reads)

    @property
    def exit_code(self) -> int:
        """What the command line returns: 0 without errors, 2 with."""
        return 2 if self.has_errors else 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values; of a single file also its table, encoding, datum at the top."""
        counts = self.problems["severity"].value_counts()
        files = [_file_json(read) for read in self.reads]
        records = self.problems.astype(object).where(self.problems.notna(), None).to_dict("records")
        document: dict[str, Any] = {
            "path": self.path,
            "rows_in_file": self.rows_in_file,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "errors": int(counts.get("error", 0)),
            "warnings": int(counts.get("warning", 0)),
            "notes": int(counts.get("note", 0)),
            "files": files,
            "not_read": [dataclasses.asdict(entry) for entry in self.aside],
            "problems": [_problem_json(record) for record in records],
        }
        if len(files) == 1:
            document |= {key: files[0][key] for key in ("table", "format", "sheet", "encoding", "datum", "mapping")}
        return document

    def write_normalised(self, path: str | Path) -> None:
        """Write the one table that was read as CSV (UTF-8): canonical columns, codes, days; lon and lat for a point.

        Raises ``BadInput`` where several tables were read, or none could be used.
        """
        if len(self.reads) != 1 or self.reads[0].table is None:
            raise BadInput("intake.one_table_only", where=self.path)
        read = self.reads[0]
        if read.has_errors and read.frame.empty:
            raise BadInput("intake.file_has_errors", where=self.path)
        write_table(read.frame, path)


def _file_json(read: TableRead) -> dict[str, Any]:
    datum = dataclasses.asdict(read.datum)
    return {
        "file": read.file,
        "table": read.table,
        "format": read.format or None,
        "sheet": read.sheet,
        "encoding": read.encoding or None,
        "rows_in_file": read.rows_in_file,
        "accepted": read.accepted,
        "rejected": read.rejected,
        "datum": datum | {"evidence": [dict(item) for item in datum["evidence"]]},
        "mapping": None if read.mapping is None else [dataclasses.asdict(item) for item in read.mapping.columns],
        "parts": [dataclasses.asdict(part) for part in read.parts],
        "questions": [dataclasses.asdict(question) for question in read.questions],
    }


def _problem_json(record: Mapping[Any, Any]) -> dict[str, Any]:
    params = record["params"]
    return {key: _plain(record[key]) for key in PROBLEM_COLUMNS} | {"params": json.loads(params) if params else {}}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def check_path(
    path: str | Path,
    table: str | None = None,
    *,
    sheet: str | None = None,
    mapping: ColumnMapping | Mapping[str, str] | None = None,
    datum: str | None = None,
    accept_partial: bool = False,
    limits: Limits | None = None,
    sandbox: bool = True,
    station: str | None = None,
    saved: SavedMappings | None = None,
    region: Region | None = None,
    units: Units | None = None,
) -> CheckReport:
    """Read a file, or every table file of a folder, and return what was found; see :func:`ipps_geo.intake.read_table`.

    In a folder ``workspace.toml`` says which table a file holds, ``columns.toml`` how its columns are mapped, and its
    own service units, where it has some, are the ones that the other files are held against. ``saved`` are mappings of
    earlier files, for a single one. Codes, names and points are held against ``units``, else against those of
    ``region``: the one that ``workspace.toml`` names, or the embedded one.

    Raises
    ------
    BadInput
        For an unknown table or reference system, and where there is nothing to check.
    """
    if table is not None and table not in DESCRIBED:
        raise BadInput("intake.unknown_table", where="table", table=table, known=", ".join(DESCRIBED))
    told = None if datum is None else normalised_datum(datum)
    given = mapping.by_header if isinstance(mapping, ColumnMapping) else mapping
    limits = limits or Limits()
    path = Path(path)
    if not path.is_dir() or path.suffix.lower() == ".gdb":  # a FileGDB is a folder
        request = Request(path, table, sheet, given, told, accept_partial, station=station)
        reads = _read_all([request], limits, as_units(units, region), sandbox=sandbox, saved=saved)
        return CheckReport(str(path), tuple(reads))
    files, aside = contents(path)
    requests = _requests(path, files, table, given, told, accept_partial=accept_partial)
    if not requests:
        raise BadInput("check.no_table", where=str(path))
    first = [
        request for request in requests if request.table == "service_units" or request.path.stem == "service_units"
    ]
    here = region or load_region(region_of(path, _described(path)))
    reads = _read_all(first, limits, as_units(units, here), sandbox=sandbox)
    own = next((read.frame for read in reads if read.table == "service_units" and len(read.frame)), None)
    rest = [request for request in requests if request not in first]
    reads += _read_all(rest, limits, as_units(units if own is None else own, here), sandbox=sandbox)
    return CheckReport(str(path), tuple(reads), tuple(aside))


def _read_all(
    requests: list[Request],
    limits: Limits,
    known: Units,
    *,
    sandbox: bool,
    saved: SavedMappings | None = None,
) -> list[TableRead]:
    if not requests:
        return []
    if not sandbox:
        return _together(partial(read_here, limits=limits, units=known), requests, saved, known.region.inside_share)
    from ipps_geo.intake.sandbox import Sandbox

    with Sandbox(limits, known, [request.path for request in requests]) as box:
        return _together(box.read, requests, saved, known.region.inside_share)


def _together(
    read: Callable[[Request], TableRead], requests: list[Request], saved: SavedMappings | None, share: float
) -> list[TableRead]:
    """Return what was read of files that belong together: headers as remembered, coordinates in one system."""

    def known(request: Request) -> TableRead:
        return read_remembered(read, request, saved or {})

    return one_datum(requests, [known(request) for request in requests], known, share)


def _requests(
    folder: Path,
    files: list[Path],
    table: str | None,
    given: Mapping[str, str] | None,
    datum: str | None,
    *,
    accept_partial: bool,
) -> list[Request]:
    described = _described(folder)
    named = _named_tables(described)
    whole, single = stated_datums(described)
    requests = []
    for file in files:
        own = named.get(file.name) or table or (file.stem if file.stem in TABLES else None)
        mapping = given
        if mapping is None and own is not None and (folder / MAPPING_FILE).is_file():
            mapping = load_mapping(folder / MAPPING_FILE, own)
        layers = _layers(file) if file.suffix.lower() == ".gpkg" and own is None else ()
        if len(layers) > 1:
            made = [Request(file, layer, layer, mapping, None, accept_partial) for layer in layers]
        else:
            made = [Request(file, own, None, mapping, None, accept_partial)]
        stated = single.get(file.name)
        if stated is None and (datum or whole) is not None:
            made = [replace(request, datum=datum or whole, datum_scope="workspace") for request in made]
        elif stated is not None:
            made = [replace(request, datum=stated) for request in made]
        requests += made
    return requests


def _layers(file: Path) -> tuple[str, ...]:
    """Return the layers of a GeoPackage that are named like tables; a broken one has none, and says so when read."""
    from ipps_geo.intake.sandbox import sheets_of

    return tuple(layer for layer in sheets_of(file) if layer in TABLES)


def _described(folder: Path) -> dict[str, Any]:
    try:
        return read_toml(folder / WORKSPACE_FILE)
    except BadInput:
        return {}  # the loader of workspaces says what is wrong with it


def _named_tables(described: Mapping[str, Any]) -> dict[str, str]:
    tables = described.get("tables", {})
    found = {}
    for table, files in tables.items() if isinstance(tables, dict) else ():
        for file in [files] if isinstance(files, str) else files:
            if table in TABLES and isinstance(file, str):
                found[Path(file).name] = table
    return found


def write_table(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a table as CSV (UTF-8) that :func:`ipps_geo.intake.read_table` reads back to the same table.

    Points become the columns lon and lat (EPSG:4490, all digits), other shapes WKT.
    """
    columns: dict[str, list[str]] = {}
    for name in frame.columns:
        if name != "geometry":
            columns[str(name)] = [_written(value) for value in frame[name]]
            continue
        import shapely

        shapes = np.asarray(frame["geometry"].array, dtype=object)
        if np.isin(shapely.get_type_id(shapes), (-1, 0)).all():
            for part, read in (("lon", shapely.get_x), ("lat", shapely.get_y)):
                columns[part] = ["" if np.isnan(value) else repr(float(value)) for value in read(shapes)]
        else:
            columns["geometry"] = [
                "" if shape is None else shapely.to_wkt(shape, rounding_precision=-1) for shape in shapes
            ]
    with Path(path).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _written(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, pd.Timestamp):
        return str(value.date().isoformat())
    if isinstance(value, float):
        return repr(float(value))
    return csv_cell(value) if isinstance(value, str) else str(value)
