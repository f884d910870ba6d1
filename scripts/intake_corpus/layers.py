"""GeoJSON and zipped shapefiles, good and bad, and archives made to do harm."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

from intake_corpus.cases import HEADERS, Corpus, Rows, good_rows


def features(rows: Rows, headers: Sequence[str] = HEADERS[:6]) -> list[dict[str, Any]]:
    """Return rows as GeoJSON features; the last two cells are the coordinates."""
    return [
        {
            "type": "Feature",
            "properties": dict(zip(headers, row[:6], strict=True)),
            "geometry": {"type": "Point", "coordinates": [float(row[6]), float(row[7])]},
        }
        for row in rows
    ]


def geojson(corpus: Corpus) -> None:
    """GeoJSON, good and bad."""

    def add(name: str, document: Any, expect: str, *codes: str, codec: str = "utf-8", **more: Any) -> None:
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        corpus.add(name, text.encode(codec), expect, *codes, **more)

    def collection(parts: list[Any], **more: Any) -> dict[str, Any]:
        return {"type": "FeatureCollection", **more, "features": parts}

    def with_geometry(geometry: Any) -> dict[str, Any]:
        parts = features(good_rows())
        parts[2]["geometry"] = geometry
        return collection(parts)

    good = collection(features(good_rows()))
    add("good.geojson", good, "accept", rows=12)
    add("good_bom.geojson", good, "accept", codec="utf-8-sig", rows=12)
    add("good_gbk.geojson", good, "accept", codec="gbk", rows=12)
    add("good_utf16.json", good, "accept", codec="utf-16", rows=12)
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    add("good_crs.geojson", collection(features(good_rows()), crs=named), "accept", rows=12)
    add("good_null_place.geojson", with_geometry(None), "accept", rows=12)
    add(
        "good_multipoint.geojson",
        with_geometry({"type": "MultiPoint", "coordinates": [[116.3, 40.0]]}),
        "accept",
        rows=12,
    )
    add("good_height.geojson", with_geometry({"type": "Point", "coordinates": [116.3, 40.0, 50.0]}), "accept", rows=12)
    for name, geometry, code in (
        (
            "polygon",
            {"type": "Polygon", "coordinates": [[[116, 40], [116.1, 40], [116.1, 40.1], [116, 40]]]},
            "wrong_geometry_type",
        ),
        ("line", {"type": "LineString", "coordinates": [[116, 40], [116.1, 40]]}, "wrong_geometry_type"),
        ("unknown", {"type": "Circle", "coordinates": [116, 40]}, "bad_geometry"),
        ("text", {"type": "Point", "coordinates": ["a", "b"]}, "bad_geometry"),
        ("one", {"type": "Point", "coordinates": [116.3]}, "bad_geometry"),
        ("far", {"type": "Point", "coordinates": [121.4, 31.2]}, "outside_region"),
        ("null_island", {"type": "Point", "coordinates": [0, 0]}, "outside_region"),
        ("swapped", {"type": "Point", "coordinates": [40.0, 116.3]}, "axes_swapped"),
        ("no_coordinates", {"type": "Polygon"}, "bad_geometry"),
        ("string", "here", "bad_geometry"),
    ):
        add(f"bad_{name}.geojson", with_geometry(geometry), "accept", code, rejected=0)
    text = json.dumps(good, ensure_ascii=False)
    add(
        "bad_nan.geojson",
        text.replace(text[text.index("[116") + 1 :].split(",")[0], "NaN", 1),
        "accept",
        "bad_coordinate",
        rejected=0,
    )
    add("bad_cut.geojson", text[: len(text) // 2], "reject", "bad_json")
    double = text.replace('"企业编号"', '"企业名称": "甲", "企业编号"', 1)
    add("bad_name_twice.geojson", double, "reject", "duplicate_header")
    add("bad_comma.geojson", text[:-1] + ",}", "reject", "bad_json")
    add(
        "bad_deep.geojson",
        '{"type":"FeatureCollection","features":' + "[" * 100_000,
        "reject",
        "too_deep",
        located=False,
    )
    add("bad_topology.json", {"type": "Topology", "objects": {}}, "reject", "not_geojson", located=False)
    add("bad_list.json", [1, 2, 3], "reject", "not_geojson", located=False)
    add("bad_none.geojson", collection([]), "reject", "no_rows", located=False)
    add(
        "bad_features.geojson",
        {"type": "FeatureCollection", "features": {"a": 1}},
        "reject",
        "not_geojson",
        located=False,
    )
    parts: list[Any] = features(good_rows())
    parts[4] = "feature"
    add("bad_feature.geojson", collection(parts), "partial", rejected=1)
    add(
        "bad_crs.geojson",
        collection(features(good_rows()), crs={"type": "name", "properties": {"name": "EPSG:999999"}}),
        "reject",
        "crs_unknown",
        located=False,
    )
    add(
        "bad_pipeline.json",
        {"type": "gdal_streamed_alg", "command_line": "gdal raster pipeline"},
        "reject",
        "not_geojson",
        located=False,
    )
    square = [[116.2, 39.9], [116.4, 40.1], [116.4, 39.9], [116.2, 40.1], [116.2, 39.9]]
    unit = {
        "type": "Feature",
        "properties": {"code": "110108", "name_zh": "海淀区", "kind": "district", "precedence": 0},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    add("good_crossing.geojson", collection([unit]), "accept", "geometry_repaired", rows=1, table="service_units")
    point = {**unit, "geometry": {"type": "Point", "coordinates": [116.2, 39.9]}}
    add(
        "bad_unit_point.geojson",
        collection([unit, {**point, "properties": {**unit["properties"], "code": "110105"}}]),
        "partial",
        "wrong_geometry_type",
        rejected=1,
        table="service_units",
    )


def archive(members: dict[str, bytes]) -> bytes:
    """Return a ZIP archive of the members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def shapefile(rows: Rows, codec: str) -> dict[str, bytes]:
    """Return the parts of a point shapefile, written byte by byte."""
    points = [(float(row[6]), float(row[7])) for row in rows]
    box = (min(x for x, _ in points), min(y for _, y in points), max(x for x, _ in points), max(y for _, y in points))
    head = struct.pack("<2i8d", 1000, 1, *box, 0, 0, 0, 0)
    shp, shx = b"", b""
    for number, (x, y) in enumerate(points):
        shx += struct.pack(">2i", (100 + len(shp)) // 2, 10)
        shp += struct.pack(">2i", number + 1, 10) + struct.pack("<i2d", 1, x, y)

    def file(body: bytes) -> bytes:
        return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, (100 + len(body)) // 2) + head + body

    names = (
        ("企业编号", "统一社会信用代码", "企业名称", "所在区", "明确需求", "需求日期")
        if codec == "gbk"
        else ("enterprise_id", "USCC", "name", "unit", "explicit_need", "need_date")
    )
    sizes = (10, 18, 60, 12, 6, 10)
    fields = b"".join(
        n.encode(codec)[:10].ljust(11, b"\0") + b"C" + b"\0" * 4 + bytes([size, 0]) + b"\0" * 14
        for n, size in zip(names, sizes, strict=True)
    )
    width = 1 + sum(sizes)
    dbf = struct.pack("<B3BIHH20x", 3, 126, 11, 22, len(rows), 32 + len(fields) + 1, width) + fields + b"\r"
    for row in rows:
        dbf += b" " + b"".join(cell.encode(codec)[:size].ljust(size) for cell, size in zip(row[:6], sizes, strict=True))
    prj = (
        b'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
        b'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
    )
    return {"p.shp": file(shp), "p.shx": file(shx), "p.dbf": dbf + b"\x1a", "p.prj": prj}


def archives(corpus: Corpus) -> None:
    """Zipped shapefiles, and archives made to do harm."""
    gbk, utf8 = shapefile(good_rows(), "gbk"), shapefile(good_rows(), "utf-8")
    corpus.add("good_gbk_shape.zip", archive(gbk), "accept", rows=12)
    corpus.add("good_utf8_shape.zip", archive({**utf8, "p.cpg": b"UTF-8"}), "accept", rows=12)
    corpus.add("good_wrong_cpg.zip", archive({**gbk, "p.cpg": b"UTF-8"}), "accept", rows=12)
    corpus.add(
        "good_no_prj.zip", archive({name: part for name, part in gbk.items() if name != "p.prj"}), "accept", rows=12
    )
    corpus.add("good_in_folder.zip", archive({f"data/{name}": part for name, part in gbk.items()}), "accept", rows=12)
    for part in (".dbf", ".shx"):
        corpus.add(
            f"bad_without{part}.zip",
            archive({n: c for n, c in gbk.items() if not n.endswith(part)}),
            "reject",
            "corrupt",
            located=False,
        )
    corpus.add("bad_short_dbf.zip", archive({**gbk, "p.dbf": gbk["p.dbf"][:300]}), "reject", "corrupt", located=False)
    corpus.add("bad_short_shp.zip", archive({**gbk, "p.shp": gbk["p.shp"][:150]}), "reject", "corrupt", located=False)
    corpus.add(
        "bad_two_layers.zip",
        archive({**gbk, **{f"q{n[1:]}": c for n, c in gbk.items()}}),
        "reject",
        "several_layers",
        located=False,
    )
    corpus.add("bad_traversal.zip", archive({"../p.shp": b"x", **gbk}), "reject", "archive_path", located=False)
    corpus.add("bad_absolute.zip", archive({"/etc/p.shp": b"x", **gbk}), "reject", "archive_path", located=False)
    corpus.add("bad_drive.zip", archive({"C:\\p.shp": b"x", **gbk}), "reject", "archive_path", located=False)
    corpus.add("bad_nested.zip", archive({"a.zip": archive(gbk)}), "reject", "archive_nested", located=False)
    corpus.add("bad_bomb.zip", archive({**gbk, "p.txt": b"\0" * 50_000_000}), "reject", "archive_bomb", located=False)
    corpus.add(
        "bad_many.zip", archive({f"{n}.txt": b"" for n in range(3_000)}), "reject", "archive_members", located=False
    )
    corpus.add("bad_content.zip", archive({"readme.md": b"hello"}), "reject", "archive_content", located=False)
    corpus.add("bad_cut.zip", archive(gbk)[:400], "reject", "corrupt", located=False)
    link = zipfile.ZipInfo("p.shp")
    link.external_attr = 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr(link, "/etc/passwd")
    corpus.add("bad_link.zip", stream.getvalue(), "reject", "archive_link", located=False)
