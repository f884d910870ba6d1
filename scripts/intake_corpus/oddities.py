"""Files as they come from real desks and bad hands, one oddity each, gathered by trying to get one past intake."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import shapely

from intake_corpus.cases import HEADERS, Corpus, good_rows, text_of, with_cell
from intake_corpus.databases import geopackage, parquet
from intake_corpus.layers import archive, features, shapefile
from intake_corpus.workbooks import edited, fill, with_member, without_member, workbook

_SHEET, _STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def odd_texts(corpus: Corpus) -> None:
    """Text tables with two encodings, hidden signs, other orders of writing, broken ends."""
    text = text_of(good_rows())
    head, body = text.split("\r\n", 1)

    def add(name: str, content: str | bytes, expect: str, *codes: str, **more: Any) -> None:
        corpus.add(name, content.encode() if isinstance(content, str) else content, expect, *codes, **more)

    add("odd_gbk_below_utf8.csv", f"{head}\r\n".encode() + body.encode("gbk"), "reject", "encoding_unknown")
    add("odd_cut_in_a_letter.csv", text.encode()[:-30] + "北".encode()[:2], "reject", "encoding_unknown")
    add("odd_half_letter.csv", text.encode().replace("示例5".encode(), b"\xed\xa0\x80"), "reject", "encoding_unknown")
    add("odd_overlong.csv", text.encode().replace("示例5".encode(), b"\xc0\xaf"), "reject", "encoding_unknown")
    add("odd_nul_end.csv", text.encode() + b"\0" * 100, "reject", "nul_bytes")
    add("odd_many_commas.csv", f"{head}{',' * 100_000}\n{body}", "reject", "too_many_columns")
    add("odd_ends.csv", text.replace("\r\n", "\n", 3).replace("\r\n", "\r", 2), "accept", rows=12)
    add("odd_separator_line.csv", f"sep=,\r\n{text}", "accept", "title_rows", rows=12)
    add(
        "odd_direction.csv",
        text_of(with_cell("企业名称", "北京\u202e公司\u202c")),
        "partial",
        "control_character",
        rejected=1,
    )
    add("odd_zero_width.csv", text_of(with_cell("企业名称", "北京\u200b公司")), "accept", "invisible_removed", rows=12)
    add(
        "odd_other_alphabet.csv",
        text_of(with_cell("统一社会信用代码", "91110108МА00000023")),
        "partial",
        "uscc_malformed",
        rejected=0,
    )
    add(
        "odd_degrees.csv",
        text_of([[*row[:6], "116°18'30\"E", "40°0'0\"N"] for row in good_rows()]),
        "accept",
        "coordinate_writing",
        rows=12,
    )
    comma = [[*row[:6], row[6].replace(".", ","), row[7].replace(".", ",")] for row in good_rows()]
    add("odd_decimal_comma.csv", text_of(comma, delimiter=";"), "reject", "bad_coordinate")
    add(
        "odd_header_again.csv",
        text_of([*good_rows()[:5], list(HEADERS), *good_rows()[5:]]),
        "accept",
        "header_row",
        rows=13,
        rejected=1,
    )
    add(
        "odd_subtotal.csv",
        text_of([*good_rows()[:5], ["合  计（家）", "", "5", "", "", "", "", ""], *good_rows()[5:]]),
        "accept",
        "totals_row",
        rows=13,
        rejected=1,
    )
    tens = [["C1", "甲园", "海淀区", "3万", "116.3", "40.0"], ["C2", "乙园", "海淀区", "500家", "116.31", "40.0"]]
    headers = ("载体编号", "载体名称", "所在区", "可服务企业数上限", "经度", "纬度")
    add("odd_ten_thousands.csv", text_of(tens, headers), "accept", "bad_integer", table="carriers")
    mercator = [[*row[:6], str(111319.49 * float(row[6])), "4865942.3"] for row in good_rows()]
    add("odd_web_mercator.csv", text_of(mercator), "reject", "datum_unclear")


def odd_workbooks(corpus: Corpus) -> None:
    """Workbooks: the table hidden behind a cover, broken parts, lying references, values of another kind."""

    def add(name: str, build: Callable[[Any, Any], None], expect: str, *codes: str, **more: Any) -> None:
        corpus.add(name, workbook(build), expect, *codes, **more)

    def behind_a_cover(book: Any, sheet: Any) -> None:
        fill(sheet, good_rows())
        sheet.hide()
        cover = book.add_worksheet("封面")
        cover.write_string(0, 0, "x")
        cover.activate()
        cover.set_first_sheet()

    add("odd_cover.xlsx", behind_a_cover, "accept", "hidden_sheet", rows=12)

    def other_kinds(_: Any, sheet: Any) -> None:
        fill(sheet, good_rows())
        sheet.write_datetime(3, 2, dt.datetime(2024, 3, 1))  # noqa: DTZ001 - a cell of a sheet has no zone
        sheet.write_boolean(5, 0, True)  # noqa: FBT003
        sheet.write_formula(6, 6, "=1/0", None, "#DIV/0!")

    add("odd_kinds.xlsx", other_kinds, "accept", "not_text", "cell_error", rows=12, rejected=0)

    def old_days(book: Any, sheet: Any) -> None:
        fill(sheet, good_rows())
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_string(3, 5, "1898-05-01")
        sheet.write_number(4, 5, -5)
        sheet.write_number(5, 5, 2_958_466, day)

    add("odd_old_days.xlsx", old_days, "accept", "bad_date", rows=12, rejected=0)

    def numbers(_: Any, sheet: Any) -> None:
        fill(sheet, good_rows())
        for row in range(1, 13):
            sheet.write_number(row, 1, 91110108000000000 + row)

    add("odd_codes_as_numbers.xlsx", numbers, "partial", "digits_lost", rows=12)
    add("odd_header_too_low.xlsx", lambda _, sheet: fill(sheet, good_rows(), first=40), "reject", "header_missing")
    stream = io.BytesIO(workbook(lambda _, sheet: fill(sheet, good_rows())))
    plain = stream.getvalue()
    for name, member, old, new in (
        ("strings_cut", _STRINGS, "</sst>", "<si>"),
        ("sheet_cut", _SHEET, "</sheetData>", ""),
        ("string_gone", _SHEET, "<v>0</v>", "<v>99999</v>"),
        ("cell_backwards", _SHEET, 'r="A5"', 'r="5A"'),
        ("unknown_encoding", "xl/workbook.xml", 'encoding="UTF-8"', 'encoding="foo-8"'),
    ):
        corpus.add(f"odd_{name}.xlsx", edited(plain, member, old, new), "reject", "corrupt")
    corpus.add("odd_row_too_far.xlsx", edited(plain, _SHEET, 'r="A5"', 'r="A99999999"'), "reject", "too_many_cells")
    corpus.add("odd_no_relations.xlsx", without_member(plain, "xl/_rels/workbook.xml.rels"), "reject", "corrupt")
    corpus.add("odd_no_strings.xlsx", without_member(plain, _STRINGS), "reject", "corrupt")
    corpus.add(
        "odd_two_of_a_name.xlsx", with_member(plain, "xl/worksheets/Sheet1.xml", b"<x/>"), "reject", "archive_path"
    )
    corpus.add("odd_flipped_bit.xlsx", plain[:200] + bytes([plain[200] ^ 255]) + plain[201:], "reject", "corrupt")


def odd_geojson(corpus: Corpus) -> None:
    """GeoJSON: values that are no plain ones, halves of letters, coordinates of another kind or another system."""

    def add(name: str, parts: list[Any], expect: str, *codes: str, crs: Any = None, **more: Any) -> None:
        document = {"type": "FeatureCollection", **({} if crs is None else {"crs": crs}), "features": parts}
        corpus.add(name, json.dumps(document).encode(), expect, *codes, **more)

    def with_point(coordinates: Any) -> list[dict[str, Any]]:
        parts = features(good_rows())
        parts[2]["geometry"]["coordinates"] = coordinates
        return parts

    def with_property(value: Any) -> list[dict[str, Any]]:
        parts = features(good_rows())
        parts[2]["properties"]["企业名称"] = value
        return parts

    add("odd_point_in_texts.geojson", with_point(["116.3", "40.0"]), "accept", "number_as_text", rows=12)
    add("odd_point_of_four.geojson", with_point([116.3, 40.0, 5, 7]), "accept", "heights_dropped", rows=12)
    add("odd_point_of_answers.geojson", with_point([True, False]), "accept", "bad_geometry", rejected=0)
    add(
        "odd_point_nested.geojson",
        with_point(json.loads("[" * 200 + "116" + "]" * 200)),
        "accept",
        "bad_geometry",
        rejected=0,
    )
    add("odd_object.geojson", with_property({"a": [1]}), "partial", "nested_value", rejected=1)
    add(
        "odd_deep_value.geojson",
        with_property(json.loads("[" * 500 + "]" * 500)),
        "partial",
        "nested_value",
        rejected=1,
    )
    add("odd_half_letter.geojson", with_property("北京\ud800公司"), "partial", "lost_character", rejected=1)
    add("odd_huge_number.geojson", with_property(float("inf")), "partial", "digits_lost", rejected=1)
    parts = features(good_rows())
    parts[2]["geometry"] = {"type": "GeometryCollection", "geometries": [None]}
    add("odd_empty_part.geojson", parts, "accept", "bad_geometry", rejected=0)
    named = {"type": "name", "properties": {"name": "EPSG:4527"}}
    add("odd_degrees_called_metres.geojson", features(good_rows()), "reject", "outside_region", crs=named, rows=12)
    add("odd_number_as_crs.geojson", features(good_rows()), "reject", "crs_unknown", crs=4490)
    lines = "\n".join(json.dumps(part) for part in features(good_rows()))
    corpus.add("odd_lines.geojson", lines.encode(), "accept", rows=12)


def odd_archives(corpus: Corpus) -> None:
    """Zipped shapefiles: other packings, shapes of another kind, attributes that no encoding fits."""
    parts = shapefile(good_rows(), "gbk")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", allowZip64=True) as target:
        for name, content in parts.items():
            with target.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
                member.write(content)
    corpus.add("odd_zip64.zip", stream.getvalue(), "accept", rows=12)
    secret = bytearray(archive(parts))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        secret[secret.find(mark) + offset] |= 1
    corpus.add("odd_encrypted.zip", bytes(secret), "reject", "archive_encrypted")
    corpus.add("odd_capitals.zip", archive({n.upper(): c for n, c in parts.items()}), "accept", rows=12)
    corpus.add("odd_prj.zip", archive({**parts, "p.prj": b"\xff\x00\xffnonsense"}), "reject", "nul_bytes")
    shapes, table = bytearray(parts["p.shp"]), bytearray(parts["p.dbf"])
    shapes[108:112] = struct.pack("<i", 5)
    corpus.add(
        "odd_kind_of_shape.zip", archive({**parts, "p.shp": bytes(shapes)}), "accept", "bad_geometry", rejected=0
    )
    table[table.index("北京示例5".encode("gbk"))] = 0xFF
    corpus.add("odd_attribute.zip", archive({**parts, "p.dbf": bytes(table)}), "reject", "encoding_unknown")
    fewer = parts["p.dbf"][:4] + struct.pack("<I", 11) + parts["p.dbf"][8:]
    corpus.add("odd_row_short.zip", archive({**parts, "p.dbf": fewer}), "reject", "corrupt")


def odd_databases(corpus: Corpus) -> None:
    """GeoPackages and Parquet files: missing tables, texts that are none, columns of rare kinds."""
    path = corpus.folder / "tmp.gpkg"

    def add(
        name: str, expect: str, *codes: str, extra: tuple[str, ...] = (), blob: bytes | None = None, **more: Any
    ) -> None:
        corpus.add(name, geopackage(path, good_rows(), extra=extra, blob=blob), expect, *codes, **more)

    add("odd_no_geometry_table.gpkg", "reject", "corrupt", extra=("DROP TABLE gpkg_geometry_columns",))
    add("odd_no_contents.gpkg", "reject", "no_rows", extra=("DELETE FROM gpkg_contents",))
    lost = "UPDATE enterprises SET name = CAST(x'ff41' AS TEXT) WHERE fid = 4"
    add("odd_text.gpkg", "partial", "lost_character", extra=(lost,), rejected=1)
    add(
        "odd_blob_in_text.gpkg",
        "partial",
        "control_character",
        extra=("UPDATE enterprises SET name = x'0041' WHERE fid = 4",),
        rejected=1,
    )
    keyed = (
        "CREATE TABLE t2 (fid TEXT PRIMARY KEY, enterprise_id TEXT, name TEXT) WITHOUT ROWID",
        "INSERT INTO t2 VALUES ('a', 'E1', '甲')",
        "UPDATE gpkg_contents SET table_name = 't2', data_type = 'attributes'",
    )
    add("odd_key_of_text.gpkg", "accept", extra=keyed, rows=1)
    endless = b"GP\x00\x01" + struct.pack("<i", 4490) + b"\x01\x03\x00\x00\x00\xff\xff\xff\x7f"
    add("odd_endless_ring.gpkg", "accept", "bad_geometry", blob=endless, rejected=0)
    rows = good_rows()
    columns = {header: [row[place] for row in rows] for place, header in enumerate(HEADERS)}
    attributes = {header: columns[header] for header in HEADERS[:6]}

    def described(**more: Any) -> dict[str, str]:
        column = {"encoding": "WKB", "geometry_types": ["Point"], **more}
        return {"geo": json.dumps({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}})}

    points = [{"x": float(row[6]), "y": float(row[7])} for row in rows]
    apart = pa.table({**attributes, "geometry": pa.array(points)}).replace_schema_metadata(described(encoding="point"))
    corpus.add("odd_points_apart.parquet", parquet(apart), "accept", rows=12)
    shapes = [shapely.to_wkb(shapely.Point(float(row[6]), float(row[7]))) for row in rows]
    spatial = pa.table({**attributes, "geometry": pa.array(shapes, pa.binary())})
    corpus.add("odd_unnamed_places.parquet", parquet(spatial), "reject", "unsupported_format")
    nonsense = spatial.replace_schema_metadata(described(crs="nonsense"))
    corpus.add("odd_crs.parquet", parquet(nonsense), "reject", "crs_unknown")
    exact = pa.table({**columns, "注册资本": pa.array([decimal.Decimal("1.5")] * 12)})
    corpus.add("odd_decimals.parquet", parquet(exact), "accept", rows=12)
    lists = pa.table({**columns, "行业代码": pa.array([["6510", "6520"]] * 12)})
    corpus.add("odd_lists.parquet", parquet(lists), "accept", rows=12)
    content = parquet(spatial)
    corpus.add(
        "odd_flipped_bit.parquet", content[:300] + bytes([content[300] ^ 255]) + content[301:], "reject", "corrupt"
    )


def odd_foreign(corpus: Corpus) -> None:
    """Files of other programs that look like tables."""
    text = text_of(good_rows())
    corpus.add("odd_text_named.xls", text.replace(",", "\t").encode("gbk"), "accept", "suffix_differs", rows=12)
    corpus.add("odd_alone.dbf", shapefile(good_rows(), "gbk")["p.dbf"], "reject", "unsupported_format")
    corpus.add("odd_access.mdb", b"\x00\x01\x00\x00Standard Jet DB" + b"\0" * 100, "reject", "unsupported_format")
    spread = b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'
    corpus.add("odd_spreadsheet.xml", spread, "reject", "empty_file")
    corpus.add("odd_map.kmz", archive({"doc.kml": b"<kml/>"}), "reject", "no_rows")


ODDITIES = (odd_texts, odd_workbooks, odd_geojson, odd_archives, odd_databases, odd_foreign)
"""The makers of this part of the corpus."""
