"""Files of other kinds, under their own names and under false ones."""

from __future__ import annotations

import pickle
import random

from intake_corpus.cases import SEED, Corpus
from intake_corpus.databases import sqlite_file
from intake_corpus.layers import archive


def foreign(corpus: Corpus) -> None:
    """Files of other kinds, under their own names and under false ones."""
    kml = b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>'
    gpx = b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx>&x;</gpx>'
    layer = b'<OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    vrt = b"<OGRVRTDataSource>" + layer + b"</OGRVRTDataSource>"
    for name, content in (
        ("kml", kml),
        ("gpx", gpx),
        ("vrt", vrt),
        ("pkl", pickle.dumps({"a": 1}, 4)),
        ("pdf", b"%PDF-1.7\n"),
        ("gz", b"\x1f\x8b\x08\x00" + b"\0" * 20),
        ("7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 20),
        ("feather", b"ARROW1\0\0" + b"\0" * 20),
        ("shp", b"\x00\x00\x27\x0a" + b"\0" * 100),
        ("png", b"\x89PNG\r\n\x1a\n" + b"\0" * 20),
    ):
        for suffix in (name, "csv", "geojson"):
            code = "unsupported_format" if name != "kml" else "no_rows" if suffix == name else "suffix_mismatch"
            corpus.add(f"bad_foreign_{name}.{suffix}", content, "reject", code, located=False)
    corpus.add("bad_sqlite.gpkg", sqlite_file(corpus.folder / "tmp.db"), "reject", located=False)
    corpus.add(
        "bad_ods.ods",
        archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}),
        "reject",
        "corrupt",
        located=False,
    )
    corpus.add(
        "bad_docx.xlsx",
        archive({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
        "reject",
        "unsupported_format",
        located=False,
    )
    corpus.add(
        "bad_zip.csv",
        archive({"p.shp": b"x", "p.shx": b"x", "p.dbf": b"x"}),
        "reject",
        "suffix_mismatch",
        located=False,
    )
    generator = random.Random(SEED)
    for number in range(6):
        corpus.add(f"bad_noise_{number}.csv", generator.randbytes(3_000), "reject", located=False)
    corpus.add("bad_connection.csv", b"postgresql://user@host/db\r\n", "reject", located=False)
