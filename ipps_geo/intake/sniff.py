"""What a file is, by its content: the name is never trusted, and the list of what is read is closed."""

from __future__ import annotations

import itertools
import re
import stat
from enum import StrEnum
from pathlib import Path
from typing import Any

from ipps_geo.intake.archives import check_members, counts, member, open_archive, read_member
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal, damage
from ipps_geo.intake.vector import MAPINFO_SUFFIXES, vector_names


class Format(StrEnum):
    """The formats that are read."""

    CSV = "csv"
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    HTML = "html"
    SPREADSHEETML = "xml spreadsheet"
    GEOJSON = "geojson"
    RECORDS = "json records"
    KML = "kml"
    GPKG = "gpkg"
    PARQUET = "parquet"
    SHAPEFILE = "zipped shapefile"
    VECTOR = "FileGDB or MapInfo"
    BUNDLE = "zip of files"


# Workbooks are saved under one another's names every day: what they are decides, and the name is told.
_BOOKS = frozenset({Format.XLSX, Format.XLS, Format.ODS, Format.HTML, Format.SPREADSHEETML})
_JSON = frozenset({Format.GEOJSON, Format.RECORDS})
_ARCHIVES = frozenset({Format.SHAPEFILE, Format.VECTOR, Format.BUNDLE, Format.KML})
_SUFFIXES: dict[str, frozenset[Format]] = {
    ".csv": frozenset({Format.CSV}),
    ".tsv": frozenset({Format.CSV}),
    ".txt": frozenset({Format.CSV, Format.RECORDS}),
    ".xlsx": frozenset({Format.XLSX}),
    ".xlsm": frozenset({Format.XLSX}),
    ".xls": frozenset({Format.XLS, Format.HTML, Format.SPREADSHEETML}),
    ".et": frozenset({Format.XLS}),
    ".ods": frozenset({Format.ODS}),
    ".html": frozenset({Format.HTML}),
    ".htm": frozenset({Format.HTML}),
    ".xml": frozenset({Format.SPREADSHEETML, Format.KML}),
    ".geojson": _JSON,
    ".json": _JSON,
    ".jsonl": _JSON,
    ".ndjson": _JSON,
    ".kml": frozenset({Format.KML}),
    ".ovkml": frozenset({Format.KML}),
    ".kmz": frozenset({Format.KML}),
    ".ovkmz": frozenset({Format.KML}),
    ".gpkg": frozenset({Format.GPKG}),
    ".parquet": frozenset({Format.PARQUET}),
    ".geoparquet": frozenset({Format.PARQUET}),
    ".zip": _ARCHIVES,
    ".gdb": frozenset({Format.VECTOR}),
    ".tab": frozenset({Format.VECTOR, Format.CSV}),
    ".mif": frozenset({Format.VECTOR}),
}
SUFFIXES = frozenset(_SUFFIXES)
"""Name endings of files that are read; a folder is searched for these."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_PASSWORD_STREAM = "EncryptedPackage".encode("utf-16-le")
# What other programs write, so that the message can name it: (magic bytes, offset, name).
_FOREIGN = (
    (b"\x1f\x8b", 0, "gzip"),
    (b"7z\xbc\xaf\x27\x1c", 0, "7-Zip"),
    (b"Rar!", 0, "RAR"),
    (b"BZh", 0, "bzip2"),
    (b"\xfd7zXZ", 0, "xz"),
    (b"\x28\xb5\x2f\xfd", 0, "Zstandard"),
    (b"ustar", 257, "tar"),
    (b"%PDF", 0, "PDF"),
    (b"\x89PNG", 0, "PNG"),
    (b"\xff\xd8\xff", 0, "JPEG"),
    (b"GIF8", 0, "GIF"),
    (b"II*\x00", 0, "TIFF"),
    (b"MM\x00*", 0, "TIFF"),
    (b"ARROW1", 0, "Arrow"),
    (b"fgb\x03", 0, "FlatGeobuf"),
    (b"fgb\x04", 0, "FlatGeobuf"),
    (b"\x93NUMPY", 0, "NumPy"),
    (b"\x89HDF", 0, "HDF5"),
    (b"CDF", 0, "NetCDF"),
    (b"\x7fELF", 0, "program"),
    (b"MZ", 0, "program"),
    (b"\x00\x00\x27\x0a", 0, "unzipped shapefile"),
    (b"\x00\x01\x00\x00Standard", 0, "Access"),
)
_MARKUP = {"gpx": "GPX", "ogrvrtdatasource": "VRT", "vrtdataset": "VRT"}
_JSON_LOOKED_AT = 64 << 20
_INNER = (".xlsx", ".xlsm", ".xls", ".et", ".ods", ".csv", ".tsv", ".txt", ".geojson", ".json", ".html", ".htm")
_REMOTE = re.compile(r"^(/vsi|[a-z][a-z0-9+.-]+:/|(pg|mysql|oci|mssql|mongodb|sqlite|postgresql):)", re.IGNORECASE)
_PICKLE = re.compile(rb"^\x80[\x02-\x05]")


def check_address(path: str | Path) -> None:
    """Refuse what is no path: URLs, virtual file systems, connection strings."""
    if _REMOTE.match(str(path)) or "\x00" in str(path):
        raise Refusal("remote_reference", value=str(path))


def detect(path: Path, limits: Limits) -> tuple[Format, str | None]:
    """Return (what the file is, how its name misleads or None), or refuse it.

    Only a regular file below the size limit is opened; of archives the directory is checked, nothing is unpacked.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise Refusal("not_a_file", value=str(path)) from error
    if stat.S_ISDIR(status.st_mode) and vector_names([entry.name for entry in path.iterdir()]) == ".gdb":
        return Format.VECTOR, None
    if not stat.S_ISREG(status.st_mode):
        raise Refusal("not_a_file", value=str(path))
    if status.st_size > limits.max_file_bytes:
        limit = limits.max_file_bytes
        raise Refusal("file_too_large", feature=f"byte {limit}", found=status.st_size, limit=limit)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise Refusal("empty_file", row=1)
    found = _of_content(path, head, limits)
    suffix = path.suffix.lower()
    expected = _SUFFIXES.get(suffix)
    if expected is None or found in expected:
        return found, None
    if found in _BOOKS and (suffix == ".xlsb" or expected & _BOOKS):
        return found, str(found)
    if found is Format.CSV and suffix in (".xls", ".et"):
        return found, "text"
    raise Refusal("suffix_mismatch", **_signature(head), suffix=path.suffix, found=str(found))


def _of_content(path: Path, head: bytes, limits: Limits) -> Format:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_archive(path, limits)
    if head.startswith(_OLE):
        stream = _offset_of(path, _PASSWORD_STREAM)
        if stream is not None:
            raise Refusal("password", feature=f"byte {stream}", value="EncryptedPackage")
        return _of_compound(path, head)
    if head.startswith((b"\x09\x08\x10\x00", b"\x09\x08\x08\x00")):
        return Format.XLS
    if head.startswith(b"SQLite format 3\x00"):
        return Format.GPKG
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if _PICKLE.match(head):
        raise Refusal("unsupported_format", **_signature(head), found="pickle")
    for magic, offset, name in _FOREIGN:
        if head[offset : offset + len(magic)] == magic:
            raise Refusal("unsupported_format", feature=f"byte {offset}", value=magic.hex(" "), found=name)
    if path.suffix.lower() == ".dbf" and b"\x00" in head:
        raise Refusal("unsupported_format", **_signature(head), found="dBase")
    text = _text_of(head)
    start = text.lstrip()
    row = 1 + text.count("\n", 0, len(text) - len(start))
    if start.startswith("<"):
        return _of_markup(start, row)
    if start.startswith(("{", "[")):
        return _of_json(path)
    if path.suffix.lower() in MAPINFO_SUFFIXES and re.match(r"!table|version\s+\d", start, re.IGNORECASE):
        raise Refusal("parts_missing", row=row, feature="byte 0", found=path.suffix)
    _refuse_misnamed_text(path.suffix.lower(), start.split("\n", 1)[0], row)
    return Format.CSV


def _signature(head: bytes) -> dict[str, Any]:
    """Return where a format says what it is, and how: the first bytes of the file."""
    return {"feature": "byte 0", "value": head[:8].hex(" ")}


def _refuse_misnamed_text(suffix: str, first: str, row: int) -> None:
    """Refuse text (its first line, in ``row``) under the name of a format that is no text."""
    said = {
        (".xlsx", ".xlsm", ".zip"): damage("no_archive"),
        (".gpkg",): damage("no_sqlite"),
        (".parquet", ".geoparquet"): damage("no_parquet"),
    }
    for suffixes, found in said.items():
        if suffix in suffixes:
            raise Refusal("corrupt", row=row, feature="byte 0", value=first, found=found)
    if suffix in (".geojson", ".json"):
        raise Refusal("bad_json", row=row, value=first, found=damage("no_brace"))
    if suffix in (".ods", ".xlsb"):
        raise Refusal("suffix_mismatch", row=row, feature="byte 0", value=first, suffix=suffix, found=damage("text"))


def _of_archive(path: Path, limits: Limits) -> Format:
    with open_archive(path) as archive:
        names = {info.filename for info in archive.infolist()}
        if "xl/workbook.bin" in names:
            raise Refusal("binary_excel", feature=member("xl/workbook.bin"))
        if "[Content_Types].xml" in names and any(name.startswith(("xl/", "/xl/")) for name in names):
            check_members(archive, limits, nested_allowed=True)
            return Format.XLSX
        if "mimetype" in names:
            kind = read_member(archive, "mimetype", limits)[:200]
            if b"opendocument.spreadsheet" not in kind:
                raise Refusal("unsupported_format", feature=member("mimetype"), found="OpenDocument")
            check_members(archive, limits, nested_allowed=True)
            return Format.ODS
        if "[Content_Types].xml" in names:
            raise Refusal("unsupported_format", feature=member("[Content_Types].xml"), found=damage("office"))
        kept = [name for name in names if counts(name)]
        inner = [name for name in kept if name.lower().endswith(_INNER)]
        check_members(archive, limits, books_allowed=True)
        if any(name.lower().endswith(".shp") for name in kept):
            return Format.SHAPEFILE
        if vector_names(kept) is not None:
            return Format.VECTOR
        if any(name.lower().endswith((".kml", ".ovkml")) for name in kept):
            return Format.KML
        if inner:
            return Format.BUNDLE
        raise Refusal("archive_content", feature=member(min(names)) if names else "byte 0")


def _offset_of(path: Path, needle: bytes) -> int | None:
    with path.open("rb") as stream:
        carried, read = b"", 0
        while chunk := stream.read(1 << 20):
            found = (carried + chunk).find(needle)
            if found >= 0:
                return read - len(carried) + found
            read += len(chunk)
            carried = chunk[-len(needle) :]
    return None


def _text_of(head: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, errors="replace")
    if head[:2] in (b"<\x00", b"{\x00", b"[\x00"):
        return head.decode("utf-16-le", errors="replace")
    if head[:2] in (b"\x00<", b"\x00{", b"\x00["):
        return head.decode("utf-16-be", errors="replace")
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        return head.decode("gb18030", errors="replace")


def _of_compound(path: Path, head: bytes) -> Format:
    """Return what an OLE file is: a workbook has a stream of that name; a document or a slide show has none."""
    for name in ("Workbook", "Book"):
        if _offset_of(path, name.encode("utf-16-le") + b"\x00\x00") is not None:
            return Format.XLS
    raise Refusal("unsupported_format", **_signature(head), found=damage("office"))


def _of_markup(start: str, row: int) -> Format:
    """Return what a text that begins with a tag is; the first known element decides."""
    if "urn:schemas-microsoft-com:office:spreadsheet" in start and "<html" not in start[:200].casefold():
        return Format.SPREADSHEETML
    for found in itertools.islice(re.finditer(r"<(?:[a-z0-9]+:)?([a-z]+)", start, re.IGNORECASE), 20):
        name = found[1].casefold()
        if name in ("html", "table", "body", "meta"):
            return Format.HTML
        if name == "kml":
            return Format.KML
        if name in _MARKUP:
            row += start.count("\n", 0, found.start())
            raise Refusal("unsupported_format", row=row, value=found[0], found=_MARKUP[name])
    raise Refusal("unsupported_format", row=row, value=start.split("\n", 1)[0], found="XML")


def _of_json(path: Path) -> Format:
    """Return whether a JSON text holds features or records; one that is neither is left to the reader of features."""
    from ipps_geo.intake.encodings import decode
    from ipps_geo.intake.records import records_of

    if path.stat().st_size > _JSON_LOOKED_AT:
        return Format.GEOJSON
    try:
        text = decode(path.read_bytes())[0]
    except Refusal:
        return Format.GEOJSON
    return Format.GEOJSON if records_of(text.removeprefix("\ufeff")) is None else Format.RECORDS
