"""GeoPackages, read as what they are, SQLite databases, with everything forbidden but reading one table.

Triggers and virtual tables are not run; views, attached databases and functions of the file are refused; the R-tree
tables that every GeoPackage has are let be.
"""

from __future__ import annotations

import re
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import likely_table
from ipps_geo.intake.problems import Refusal, damage
from ipps_geo.intake.raw import RawTable, text_or_list

_ENVELOPES = (0, 32, 48, 48, 64)
_HEADER = 8
_BROKEN = (sqlite3.Error, UnicodeDecodeError)  # names of a broken schema may be no UTF-8
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_FUNCTION})


def list_layers(path: Path) -> tuple[str, ...]:
    """Return the names of the layers of a GeoPackage, in the order of its contents."""
    with closing(_open(path)) as database:
        return tuple(_layers(database, path))


def read_geopackage(path: Path, table: str | None, layer: str | None, limits: Limits) -> RawTable:
    """Return one layer: the named one, the one named like the table, or the only one that fits."""
    name = None
    with closing(_open(path)) as database:
        try:
            layers = _layers(database, path)
            _refuse_active(database, layers)
            name = _choose(database, layers, table, layer)
            raw = _read(database, name, layers[name], limits)
        except _BROKEN as error:
            raise _corrupt(database, path, error, name) from error
    raw.table = table or likely_table((*raw.headers, "geometry"), (name, path.stem))
    raw.sheet = name
    raw.remarks += [
        ("other_layer", {"found": other, "value": other}) for other in layers if other != name and layer is None
    ]
    return raw


def _open(path: Path) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as error:
        raise Refusal("corrupt", feature="byte 0", found=damage("unreadable")) from error
    # A broken text becomes one with lost characters, which names its row; the rest of the layer can be read.
    database.text_factory = lambda content: content.decode("utf-8", "replace")
    database.execute("PRAGMA trusted_schema=OFF")
    database.execute("PRAGMA cell_size_check=ON")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1 << 28)
    database.set_authorizer(_authorise)
    return database


def _authorise(action: int, _first: str | None, second: str | None, *_: str | None) -> int:
    harmless = action in _ALLOWED and (
        action != sqlite3.SQLITE_FUNCTION or second in ("count", "length", "max", "typeof")
    )
    return sqlite3.SQLITE_OK if harmless else sqlite3.SQLITE_DENY


def _corrupt(database: sqlite3.Connection, path: Path, error: Exception, layer: str | None = None) -> Refusal:
    """Return the refusal of a damaged database, with the byte where its first bad page begins."""
    size, page_size, bad = path.stat().st_size, 0, None
    try:
        (page_size,) = database.execute("PRAGMA page_size").fetchone()
        with path.open("rb") as stream:
            pages = int.from_bytes(stream.read(32)[28:32], "big")
        if pages * page_size > size:
            bad = size
        else:
            told = str(database.execute("PRAGMA quick_check(1)").fetchone())
            found = re.search(r"\bpage (\d+)|\bPage (\d+)", told)
            bad = None if found is None else (int(found[1] or found[2]) - 1) * page_size
    except (sqlite3.Error, TypeError, ValueError, OSError):
        pass
    schema = re.match(r"malformed database schema \((.+?)\)", str(error))
    if schema is not None:
        return Refusal("corrupt", sheet=layer, feature=f"object {schema[1]}", found=damage("unreadable"))
    gone = re.fullmatch(r"no such (?:table|column): (.+)", str(error))
    if gone is not None:
        return Refusal("corrupt", sheet=layer, feature=f"object {gone[1]}", found=damage("missing", name=gone[1]))
    place = f"byte {0 if bad is None else bad}" if layer is None or bad is not None else f"object {layer}"
    return Refusal("corrupt", sheet=layer, feature=place, found=damage("unreadable"))


def _layers(database: sqlite3.Connection, path: Path) -> dict[str, str]:
    try:
        found = database.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall()
    except _BROKEN as error:
        if isinstance(error, sqlite3.OperationalError) and "no such table" in str(error):
            raise Refusal("unsupported_format", feature="object gpkg_contents", found="SQLite") from error
        raise _corrupt(database, path, error) from error
    return {
        str(name): str(kind) for name, kind in found if kind in ("features", "attributes") and isinstance(name, str)
    }


def _refuse_active(database: sqlite3.Connection, layers: dict[str, str]) -> None:
    for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master").fetchall():
        statement = str(sql or "").upper()
        if kind == "view" or (kind == "table" and "CREATE VIRTUAL" in statement and "RTREE" not in statement):
            raise Refusal("active_content", feature=f"object {name}", found=damage(f"own_{kind}", name=str(name)))
        own = str(name).startswith(("rtree_", "gpkg_", "trigger_", "feature_count_"))
        if kind == "trigger" and not own:
            raise Refusal("active_content", feature=f"object {name}", found=damage("own_trigger", name=str(name)))
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    missing = [name for name in layers if name not in tables]
    if missing:
        raise Refusal(
            "corrupt",
            sheet=missing[0],
            feature=f"object {missing[0]}",
            found=damage("missing", name=missing[0]),
        )


def _choose(database: sqlite3.Connection, layers: dict[str, str], table: str | None, layer: str | None) -> str:
    if layer is not None:
        if layer not in layers:
            raise Refusal("lost_cells", sheet=layer, found=damage("no_layer", layer=layer, others=tuple(layers)))
        return layer
    if not layers:
        raise Refusal("no_rows", feature="object gpkg_contents")
    if table in layers:
        return str(table)
    if len(layers) == 1:
        return next(iter(layers))
    fitting = []
    for name in layers:
        columns = [str(row[1]) for row in database.execute(f"PRAGMA table_info({_quoted(name)})")]
        found = likely_table((*columns, "geometry"), (name,))
        if found is not None and table in (None, found):
            fitting.append(name)
    if len(fitting) == 1:
        return fitting[0]
    raise Refusal("several_layers", sheet=list(layers)[1], found=", ".join(layers))


def _read(database: sqlite3.Connection, name: str, kind: str, limits: Limits) -> RawTable:
    described = database.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()
    shape_column = key = None
    if kind == "features":
        found = database.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (name,)
        ).fetchone()
        shape_column = found[0] if found else None
    for _, column, declared, _, _, primary in described:
        # The row number that every GeoPackage has is no column of the table.
        if primary and str(column).lower() in ("fid", "ogc_fid") and str(declared).upper() == "INTEGER":
            key = column
    keyed = key is not None or not any(row[5] for row in described)
    columns = [str(row[1]) for row in described if row[1] not in (shape_column, key)]
    if len(columns) > limits.max_columns:
        first = columns[limits.max_columns]
        raise Refusal("too_many_columns", sheet=name, column=first, found=len(columns), limit=limits.max_columns)
    count = database.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]  # noqa: S608 - quoted name
    if count > limits.max_rows:
        raise Refusal("too_many_rows", sheet=name, feature=f"object {name}", found=count, limit=limits.max_rows)
    wanted = [
        _quoted(str(shape_column)) if shape_column else "NULL",
        _quoted(str(key)) if key else "rowid" if keyed else "NULL",
    ]
    wanted += [_quoted(column) for column in columns]
    rows = database.execute(f"SELECT {', '.join(wanted)} FROM {_quoted(name)}").fetchall()  # noqa: S608 - quoted names
    if not rows:
        raise Refusal("no_rows", sheet=name, feature=f"object {name}")
    cells = list(zip(*rows, strict=True))
    faults: list[tuple[str, int, dict[str, Any]]] = []
    values = [["" if isinstance(cell, bytes) else cell for cell in column] for column in cells[2:]]
    binary = [
        ("control_character", row, place, cell[:20].hex(" "))
        for place, column in enumerate(cells[2:])
        for row, cell in enumerate(column)
        if isinstance(cell, bytes)
    ]
    fids = [row if fid is None else int(fid) for row, fid in enumerate(cells[1], start=1)]
    return RawTable(
        headers=columns,
        columns=[text_or_list(column) for column in values],
        numbers=np.array(fids, dtype=np.int64),
        encoding="utf-8",
        by_feature=True,
        geometry=_shapes(cells[0], faults) if shape_column else None,
        crs=_crs(database, name) if shape_column else None,
        crs_stated=True,
        crs_place={"sheet": name, "column": str(shape_column)},
        cell_faults=binary,
        row_faults=faults,
    )


def _shapes(blobs: tuple[Any, ...], faults: list[tuple[str, int, dict[str, Any]]]) -> NDArray[Any]:
    """Return the shapes of GeoPackage geometries: a header with an envelope, then WKB."""
    bodies = np.full(len(blobs), None, dtype=object)
    for place, blob in enumerate(blobs):
        if blob is None:
            continue
        if not isinstance(blob, bytes) or len(blob) < _HEADER or blob[:2] != b"GP" or (blob[3] >> 1 & 7) > 4:
            faults.append(("bad_geometry", place, {"found": damage("no_geometry")}))
            continue
        if blob[3] & 0x10:  # marked as empty
            continue
        bodies[place] = blob[_HEADER + _ENVELOPES[blob[3] >> 1 & 7] :]
    return shapes_of_wkb(bodies, faults)


def shapes_of_wkb(bodies: NDArray[Any], faults: list[tuple[str, int, dict[str, Any]]]) -> NDArray[Any]:
    """Return shapes from WKB, at once where all are sound, otherwise one by one, marking those that are not."""
    try:
        return np.asarray(shapely.from_wkb(bodies), dtype=object)
    except (shapely.errors.ShapelyError, TypeError, ValueError):
        pass
    shapes = np.full(len(bodies), None, dtype=object)
    for place, body in enumerate(bodies):
        try:
            shapes[place] = None if body is None else shapely.from_wkb(body)
        except (shapely.errors.ShapelyError, TypeError, ValueError, struct.error):
            faults.append(("bad_geometry", place, {"found": damage("unreadable")}))
    return shapes


def _crs(database: sqlite3.Connection, name: str) -> str | None:
    found = database.execute(
        "SELECT s.organization, s.organization_coordsys_id, s.definition FROM gpkg_geometry_columns g"
        " JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE g.table_name = ?",
        (name,),
    ).fetchone()
    if found is None:
        return None
    organisation, code, definition = found
    if isinstance(organisation, str) and organisation.upper() == "EPSG" and isinstance(code, int):
        return f"EPSG:{code}"
    return definition if isinstance(definition, str) and definition != "undefined" else None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
