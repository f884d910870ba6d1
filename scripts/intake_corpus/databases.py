"""GeoPackages and Parquet files, good and bad."""

from __future__ import annotations

import datetime as dt
import io
import json
import sqlite3
import struct
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from intake_corpus.cases import HEADERS, Corpus, Rows, good_rows


def geopackage(
    path: Path, rows: Rows, *, extra: Sequence[str] = (), srs: int = 4490, blob: bytes | None = None
) -> bytes:
    """Return a GeoPackage with one layer, and whatever further statements make of it."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,"
        " organization_coordsys_id INTEGER, definition TEXT, description TEXT);"
        "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, srs_id INTEGER);"
        "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT,"
        " srs_id INTEGER);"
        "CREATE TABLE enterprises (fid INTEGER PRIMARY KEY, geom BLOB, enterprise_id TEXT, uscc TEXT, name TEXT,"
        " unit TEXT, explicit_need TEXT, need_date DATE);"
    )
    database.execute("INSERT INTO gpkg_spatial_ref_sys VALUES ('x', ?, 'EPSG', ?, '', '')", (srs, srs))
    database.execute("INSERT INTO gpkg_contents VALUES ('enterprises', 'features', 'e', ?)", (srs,))
    database.execute("INSERT INTO gpkg_geometry_columns VALUES ('enterprises', 'geom', 'POINT', ?)", (srs,))
    for number, row in enumerate(rows):
        head = b"GP\x00\x01" + struct.pack("<i", srs)
        shape = head + shapely.to_wkb(shapely.Point(float(row[6]), float(row[7])))
        if blob is not None and number == 2:
            shape = blob
        database.execute("INSERT INTO enterprises VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (number + 1, shape, *row[:6]))
    for statement in extra:
        database.execute(statement)
    database.commit()
    database.close()
    content = path.read_bytes()
    path.unlink()
    return content


def databases(corpus: Corpus) -> None:
    """GeoPackages, good and bad, and Parquet files."""
    path = corpus.folder / "tmp.gpkg"
    good = geopackage(path, good_rows())
    corpus.add("good.gpkg", good, "accept", rows=12)
    corpus.add("good_wgs84.gpkg", geopackage(path, good_rows(), srs=4326), "accept", rows=12)
    corpus.add(
        "bad_trigger.gpkg",
        geopackage(
            path,
            good_rows(),
            extra=["CREATE TRIGGER evil AFTER INSERT ON enterprises BEGIN DELETE FROM enterprises; END"],
        ),
        "reject",
        "active_content",
        located=False,
    )
    corpus.add(
        "bad_view.gpkg",
        geopackage(path, good_rows(), extra=["CREATE VIEW v AS SELECT * FROM enterprises"]),
        "reject",
        "active_content",
        located=False,
    )
    corpus.add(
        "bad_virtual.gpkg",
        geopackage(path, good_rows(), extra=["CREATE VIRTUAL TABLE f USING fts5(x)"]),
        "reject",
        "active_content",
        located=False,
    )
    corpus.add("bad_blob.gpkg", geopackage(path, good_rows(), blob=b"nonsense"), "accept", "bad_geometry", rejected=0)
    corpus.add(
        "bad_wkb.gpkg",
        geopackage(path, good_rows(), blob=b"GP\x00\x01\x8a\x11\x00\x00\x01\x07"),
        "accept",
        "bad_geometry",
        rejected=0,
    )
    corpus.add("bad_srs.gpkg", geopackage(path, good_rows(), srs=999999), "reject", "crs_unknown", located=False)
    corpus.add(
        "bad_layer.gpkg",
        geopackage(path, good_rows(), extra=["INSERT INTO gpkg_contents VALUES ('gone', 'features', 'g', 4490)"]),
        "reject",
        "corrupt",
        located=False,
    )
    corpus.add("bad_cut.gpkg", good[: len(good) // 3], "reject", "corrupt", located=False)
    corpus.add("bad_plain.gpkg", b"no database at all", "reject", "corrupt", located=False)
    corpus.add("bad_empty_layer.gpkg", geopackage(path, []), "reject", "no_rows", located=False)
    broken = bytearray(good)
    broken[4096:8192] = bytes(4096)
    corpus.add("bad_page.gpkg", bytes(broken), "reject", located=False)
    rows = good_rows()
    columns = {header: [row[place] for row in rows] for place, header in enumerate(HEADERS)}
    plain = {**columns, "经度": [float(row[6]) for row in rows], "纬度": [float(row[7]) for row in rows]}
    corpus.add("good.parquet", parquet(pa.table(plain)), "accept", rows=12)
    shapes = [shapely.to_wkb(shapely.Point(float(row[6]), float(row[7]))) for row in rows]
    attributes = {header: columns[header] for header in HEADERS[:6]}
    geo = {
        "version": "1.0.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"]}},
    }
    spatial = pa.table({**attributes, "geometry": pa.array(shapes, pa.binary())})
    corpus.add(
        "good_geo.parquet", parquet(spatial.replace_schema_metadata({"geo": json.dumps(geo)})), "accept", rows=12
    )
    dates = [dt.date(2024, 3, n + 1) for n in range(12)]
    corpus.add(
        "good_types.parquet",
        parquet(pa.table({**plain, "需求日期": dates, "企业编号": list(range(12))})),
        "accept",
        "number_as_code",
        rows=12,
    )
    corpus.add(
        "bad_geo.parquet", parquet(spatial.replace_schema_metadata({"geo": "{"})), "reject", "corrupt", located=False
    )
    lost = {**geo, "primary_column": "place"}
    corpus.add(
        "bad_primary.parquet",
        parquet(spatial.replace_schema_metadata({"geo": json.dumps(lost)})),
        "reject",
        "corrupt",
        located=False,
    )
    bad = pa.table({**attributes, "geometry": pa.array([b"x", *shapes[1:]], pa.binary())})
    corpus.add(
        "bad_wkb.parquet",
        parquet(bad.replace_schema_metadata({"geo": json.dumps(geo)})),
        "accept",
        "bad_geometry",
        rejected=0,
    )
    long_text = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), 200_000), pa.array(["x" * 5_000]))
    content = parquet(pa.table(plain))
    corpus.add("bad_cut.parquet", content[: len(content) // 2], "reject", "corrupt", located=False)
    corpus.add(
        "bad_footer.parquet", content[:-12] + b"\xff\xff\xff\x7f" + content[-8:], "reject", "corrupt", located=False
    )
    corpus.add(
        "bad_bomb.parquet",
        parquet(pa.table({"企业编号": pa.array(range(200_000)), "企业名称": long_text}), store_schema=False),
        "reject",
        "archive_bomb",
        located=False,
    )
    corpus.add(
        "bad_nested.parquet",
        parquet(pa.table({**plain, "地址": [{"a": [1]}] * 12})),
        "reject",
        "unsupported_format",
        located=False,
    )


def parquet(table: pa.Table, *, store_schema: bool = True) -> bytes:
    """Return a table as a Parquet file."""
    stream = io.BytesIO()
    pq.write_table(table, stream, store_schema=store_schema)
    return stream.getvalue()


def sqlite_file(path: Path) -> bytes:
    """Return a SQLite database that is no GeoPackage."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE a (b)")
    database.commit()
    database.close()
    content = path.read_bytes()
    path.unlink()
    return content
