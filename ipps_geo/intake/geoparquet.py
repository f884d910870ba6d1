"""Parquet and GeoParquet: the footer is judged before anything is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from ipps_geo.intake.geopackage import shapes_of_wkb
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.mapping import likely_table
from ipps_geo.intake.problems import Refusal, damage
from ipps_geo.intake.raw import RawTable

_POINT_BYTES = 21
_TAIL = 8  # the length of the footer and the signature, at the end of the file
_BROKEN = (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, ValueError, OverflowError)
_BATCH = 1 << 15
_FEW = 1 << 10
_WORD = 8  # bytes of a number, and of the place of a text
_AT_ONCE = 1 << 26
_WRITTEN = (pa.types.is_decimal, pa.types.is_time)
_PLAIN = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_date, pa.types.is_timestamp)


def read_parquet(path: Path, table: str | None, limits: Limits) -> RawTable:
    """Return the table of a Parquet file; of GeoParquet the primary geometry becomes the place."""
    try:
        with pq.ParquetFile(path, memory_map=False) as file:
            _check_footer(file, limits)
            schema, geo = file.schema_arrow, _geo(file)
            found = _read(file, _rows_at_once(path, file, limits), limits)
    except Refusal:
        raise
    except _BROKEN as error:
        raise Refusal("corrupt", **_broken_place(path), found=damage("unreadable")) from error
    if not found.num_rows:
        raise Refusal("no_rows", row=1)
    primary, crs, stated = _place(geo, schema)
    faults: list[tuple[str, int, dict[str, Any]]] = []
    geometry = xy = None
    if primary is not None:
        column = found.column(primary).combine_chunks()
        binary = pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)
        xy = points_of_wkb(column) if binary else None
        geometry = _shapes(column, primary, faults) if xy is None else None
    index = {str(name) for name in _index_columns(schema)}
    names = [name for name in found.column_names if name != primary and name not in index]
    if len(set(names)) < len(names):
        raise Refusal("duplicate_header", column=next(name for name in names if names.count(name) > 1))
    return RawTable(
        headers=names,
        columns=[_cells(found.column(name).combine_chunks(), name) for name in names],
        numbers=np.arange(1, found.num_rows + 1, dtype=np.int64),
        table=table or likely_table((*names, *(("geometry",) if primary else ())), (path.stem,)),
        encoding="utf-8",
        geometry=geometry,
        xy=xy,
        crs=crs,
        crs_stated=stated,
        crs_place={"column": str(primary), "feature": "metadata geo"},
        row_faults=faults,
    )


def _broken_place(path: Path) -> dict[str, Any]:
    """Return where a Parquet file is damaged: the column whose pages cannot be read, else its footer."""
    try:
        with pq.ParquetFile(path, memory_map=False) as file:
            for group in range(file.metadata.num_row_groups):
                for name in file.schema_arrow.names:
                    try:
                        for _ in file.iter_batches(batch_size=_FEW, row_groups=[group], columns=[name]):
                            pass
                    except _BROKEN:
                        return {"column": name}
    except _BROKEN:
        pass
    return {"feature": f"byte {max(0, path.stat().st_size - _TAIL)}"}


def _rows_at_once(path: Path, file: pq.ParquetFile, limits: Limits) -> int:
    """Return how many rows may be unpacked at once: all where their size is known, few where rows may repeat much.

    A dictionary stands before the values of its row group, so one row brings all of it, and nothing is repeated yet.
    Lists, and texts stored as what they add to the text before, grow by more than any dictionary tells.
    """
    metadata, most = file.metadata, _BATCH
    if any(pa.types.is_list(kind) or pa.types.is_large_list(kind) for kind in file.schema_arrow.types):
        most = _FEW
    size = metadata.num_rows * _WORD * metadata.num_columns
    bounded = most == _BATCH
    for group in range(metadata.num_row_groups):
        chunks = [metadata.row_group(group).column(place) for place in range(metadata.num_columns)]
        if any("DELTA_BYTE_ARRAY" in chunk.encodings for chunk in chunks):
            most, bounded = _FEW, False
        size += metadata.row_group(group).total_byte_size
        names = [c.path_in_schema for c in chunks if c.has_dictionary_page and c.physical_type == "BYTE_ARRAY"]
        bounded &= set(names) <= set(file.schema_arrow.names)
        names = [name for name in names if name in file.schema_arrow.names]
        if not names:
            continue
        # A small buffer: what follows the dictionaries need not be read.
        with pq.ParquetFile(path, memory_map=False, read_dictionary=names, buffer_size=1 << 16) as coded:
            first = next(coded.iter_batches(batch_size=1, row_groups=[group], columns=names), None)
        columns = () if first is None else first.columns
        longest = sum(_hidden_bytes(column) for column in columns if len(column) == 1)
        size += longest * metadata.row_group(group).num_rows
        if longest * metadata.row_group(group).num_rows > limits.max_unpacked_bytes:
            most = min(most, max(1, _AT_ONCE // longest))
    return max(metadata.num_rows, 1) if bounded and size <= limits.max_unpacked_bytes else most


def _read(file: pq.ParquetFile, rows: int, limits: Limits) -> pa.Table:
    """Return the whole table, batch by batch: a column of one long text repeated is small in the file only."""
    batches, size = [], 0
    for batch in file.iter_batches(batch_size=rows):
        batches.append(batch)
        size += batch.nbytes + sum(_hidden_bytes(column) for column in batch.columns)
        if size > limits.max_unpacked_bytes:
            sizes = {n: c.nbytes + _hidden_bytes(c) for n, c in zip(batch.schema.names, batch.columns, strict=True)}
            largest = max(sizes, key=lambda name: sizes[name])
            grown = damage("bytes_of_values", n=limits.max_unpacked_bytes)
            raise Refusal("archive_bomb", column=largest, found=grown)
    found = pa.Table.from_batches(batches, file.schema_arrow)
    found.validate(full=True)
    return found


def _hidden_bytes(column: pa.Array) -> int:
    """Return how many bytes a column of dictionary indices stands for."""
    if not isinstance(column, pa.DictionaryArray) or not len(column.dictionary):
        return 0
    values = column.dictionary
    if not (pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type)):
        values = values.cast(pa.large_string())
    longest = pc.max(pc.binary_length(values)).as_py() or 0
    return int(longest) * len(column)


def _check_footer(file: pq.ParquetFile, limits: Limits) -> None:
    metadata = file.metadata
    if metadata.num_rows > limits.max_rows:
        row = limits.max_rows + 1
        raise Refusal("too_many_rows", row=row, found=metadata.num_rows, limit=limits.max_rows)
    if metadata.num_columns > limits.max_columns:
        first = metadata.schema.column(limits.max_columns).name
        raise Refusal("too_many_columns", column=first, found=metadata.num_columns, limit=limits.max_columns)
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    if unpacked > limits.max_unpacked_bytes or unpacked < 0:
        raise Refusal("archive_bomb", feature="metadata row groups", found=damage("bytes_in_all", n=unpacked))
    if metadata.num_rows * max(metadata.num_columns, 1) > limits.max_cells:
        reach = damage("reach", rows=metadata.num_rows, columns=metadata.num_columns)
        raise Refusal("too_many_cells", row=metadata.num_rows, found=reach)
    if any(not pa.types.is_primitive(f.type) and not _known(f.type) for f in file.schema_arrow):
        odd = next(f for f in file.schema_arrow if not pa.types.is_primitive(f.type) and not _known(f.type))
        raise Refusal("unsupported_format", found=damage("column_kind", kind=str(odd.type)), column=odd.name)


def _known(kind: pa.DataType) -> bool:
    strings = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _known(kind.value_type) or pa.types.is_integer(kind.value_type)
    if pa.types.is_struct(kind):
        return all(pa.types.is_floating(part.type) for part in kind)
    if pa.types.is_dictionary(kind):
        return _known(kind.value_type)
    return any(test(kind) for test in (*strings, *_WRITTEN)) or pa.types.is_null(kind) or pa.types.is_string_view(kind)


def _geo(file: pq.ParquetFile) -> dict[str, Any] | None:
    stored = (file.schema_arrow.metadata or {}).get(b"geo")
    if stored is None:
        return None
    try:
        geo = json.loads(stored)
    except (ValueError, RecursionError) as error:
        raise Refusal("corrupt", feature="metadata geo", found=damage("geo_no_json")) from error
    if not isinstance(geo, dict) or not isinstance(geo.get("columns"), dict):
        raise Refusal("corrupt", feature="metadata geo", found=damage("geo_no_columns"))
    return geo


def _place(geo: dict[str, Any] | None, schema: pa.Schema) -> tuple[str | None, str | None, bool]:
    if geo is None:
        return None, None, False
    primary = geo.get("primary_column")
    described = geo["columns"].get(primary)
    if not isinstance(primary, str) or primary not in schema.names or not isinstance(described, dict):
        missing = primary if isinstance(primary, str) else "geometry"
        raise Refusal("corrupt", column=missing, feature="metadata geo", found=damage("missing", name=missing))
    if described.get("encoding") not in ("WKB", "point"):
        raise Refusal(
            "unsupported_format",
            found=damage("geometry_kind", kind=str(described.get("encoding"))),
            column=primary,
        )
    crs = described.get("crs", "default")
    if crs == "default":
        return primary, "EPSG:4326", False
    return primary, None if crs is None else _crs_text(crs), crs is not None


def _crs_text(crs: Any) -> str:
    """Return a PROJJSON as text for pyproj; the two plain ones by their code, which needs no look into a data base."""
    identity = crs.get("id") if isinstance(crs, dict) and crs.get("type") == "GeographicCRS" else None
    if isinstance(identity, dict) and identity.get("authority") == "EPSG" and identity.get("code") in (4326, 4490):
        return f"EPSG:{identity['code']}"
    return json.dumps(crs)


def _index_columns(schema: pa.Schema) -> list[Any]:
    pandas = (schema.pandas_metadata or {}).get("index_columns", [])
    return [name for name in pandas if isinstance(name, str) and name.startswith("__index_level_")]


def _shapes(column: pa.Array, name: str, faults: list[tuple[str, int, dict[str, Any]]]) -> NDArray[Any]:
    if pa.types.is_struct(column.type):
        x, y = (np.asarray(part.to_numpy(zero_copy_only=False), dtype=np.float64) for part in column.flatten()[:2])
        shapes = np.asarray(shapely.points(x, y, handle_nan="allow"), dtype=object)
        shapes[np.isnan(x) & np.isnan(y)] = None
        return shapes
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        raise Refusal("corrupt", column=name, found=damage("geometry_kind", kind=str(column.type)))
    return shapes_of_wkb(column.to_numpy(zero_copy_only=False), faults)


def points_of_wkb(column: pa.Array) -> NDArray[np.float64] | None:
    """Return (n, 2) coordinates where every cell is a little-endian WKB point, else None: ten times as fast as GEOS."""
    if column.null_count or not len(column):
        return None
    if pc.any(pc.not_equal(pc.binary_length(column), _POINT_BYTES)).as_py():
        return None
    wide = column.cast(pa.large_binary())
    offsets = np.frombuffer(wide.buffers()[1], dtype=np.int64, count=1, offset=wide.offset * 8)[0]
    data = np.frombuffer(wide.buffers()[2], dtype=np.uint8, count=len(wide) * _POINT_BYTES, offset=int(offsets))
    records = data.reshape(-1, _POINT_BYTES)
    if (records[:, :5] != np.array([1, 1, 0, 0, 0], dtype=np.uint8)).any():
        return None
    return np.ascontiguousarray(records[:, 5:]).view("<f8").reshape(-1, 2)


def _cells(column: pa.Array, name: str) -> pa.Array | list[Any]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if any(test(kind) for test in _WRITTEN):
        return column.cast(pa.string()).cast(pa.large_string())
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.large_string())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [
            None if cell is None else ";".join(str(part) for part in cell if part is not None)
            for cell in column.to_pylist()
        ]
    if any(test(kind) for test in _PLAIN):
        return column if pa.types.is_floating(kind) or pa.types.is_integer(kind) else column.to_pylist()
    raise Refusal("unsupported_format", found=damage("column_kind", kind=str(kind)), column=name)
