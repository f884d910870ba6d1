"""What a file is, by its content: the name is never trusted, and the list of what is read is closed."""

from __future__ import annotations

import re
import stat
from enum import StrEnum
from pathlib import Path

from ipps_geo.intake.archives import check_members, open_archive
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal


class Format(StrEnum):
    """The formats that are read."""

    CSV = "csv"
    XLSX = "xlsx"
    GEOJSON = "geojson"
    GPKG = "gpkg"
    PARQUET = "parquet"
    SHAPEFILE = "zipped shapefile"


_SUFFIXES: dict[str, frozenset[Format]] = {
    ".csv": frozenset({Format.CSV}),
    ".tsv": frozenset({Format.CSV}),
    ".txt": frozenset({Format.CSV}),
    ".xlsx": frozenset({Format.XLSX}),
    ".xlsm": frozenset({Format.XLSX}),
    ".geojson": frozenset({Format.GEOJSON}),
    ".json": frozenset({Format.GEOJSON}),
    ".gpkg": frozenset({Format.GPKG}),
    ".parquet": frozenset({Format.PARQUET}),
    ".geoparquet": frozenset({Format.PARQUET}),
    ".zip": frozenset({Format.SHAPEFILE}),
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
)
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
    if not stat.S_ISREG(status.st_mode):
        raise Refusal("not_a_file", value=str(path))
    if status.st_size > limits.max_file_bytes:
        raise Refusal("file_too_large", found=status.st_size, limit=limits.max_file_bytes)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise Refusal("empty_file")
    found = _of_content(path, head, limits)
    suffix = path.suffix.lower()
    if found is Format.XLSX and suffix in (".xls", ".et", ".xlsb"):
        return found, str(found)
    expected = _SUFFIXES.get(suffix)
    if expected is None or found in expected:
        return found, None
    raise Refusal("suffix_mismatch", suffix=path.suffix, found=str(found))


def _of_content(path: Path, head: bytes, limits: Limits) -> Format:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_archive(path, limits)
    if head.startswith(_OLE):
        raise Refusal("password" if _holds(path, _PASSWORD_STREAM) else "old_excel")
    if head.startswith((b"\x09\x08\x10\x00", b"\x09\x08\x08\x00")):
        raise Refusal("old_excel")
    if head.startswith(b"SQLite format 3\x00"):
        return Format.GPKG
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if _PICKLE.match(head):
        raise Refusal("unsupported_format", found="pickle")
    for magic, offset, name in _FOREIGN:
        if head[offset : offset + len(magic)] == magic:
            raise Refusal("unsupported_format", found=name)
    start = _text_start(head)
    if start.startswith("<"):
        raise Refusal("unsupported_format", found=_markup(start))
    if start.startswith(("{", "[")):
        return Format.GEOJSON
    _refuse_misnamed_text(path.suffix.lower())
    return Format.CSV


def _refuse_misnamed_text(suffix: str) -> None:
    """Refuse text under the name of a format that is no text."""
    if suffix in (".xlsx", ".xlsm", ".zip"):
        raise Refusal("corrupt", found="no archive")
    if suffix == ".gpkg":
        raise Refusal("corrupt", found="no SQLite database")
    if suffix in (".parquet", ".geoparquet"):
        raise Refusal("corrupt", found="no Parquet file")
    if suffix in (".geojson", ".json"):
        raise Refusal("bad_json", found="it does not begin with {")
    if suffix in (".xls", ".et", ".xlsb"):
        raise Refusal("suffix_mismatch", suffix=suffix, found="text")


def _of_archive(path: Path, limits: Limits) -> Format:
    with open_archive(path) as archive:
        names = {info.filename for info in archive.infolist()}
        if "xl/workbook.bin" in names:
            raise Refusal("binary_excel")
        if "[Content_Types].xml" in names and any(name.startswith(("xl/", "/xl/")) for name in names):
            check_members(archive, limits, nested_allowed=True)
            return Format.XLSX
        if "mimetype" in names:
            raise Refusal("unsupported_format", found="OpenDocument")
        if "[Content_Types].xml" in names:
            raise Refusal("unsupported_format", found="Office document")
        check_members(archive, limits)
        if any(name.lower().endswith(".shp") for name in names):
            return Format.SHAPEFILE
        if any(name.lower().endswith((".kml", ".gpx", ".vrt")) for name in names):
            raise Refusal("unsupported_format", found="KML, GPX and VRT")
        raise Refusal("archive_content")


def _holds(path: Path, needle: bytes) -> bool:
    with path.open("rb") as stream:
        carried = b""
        while chunk := stream.read(1 << 20):
            if needle in carried + chunk:
                return True
            carried = chunk[-len(needle) :]
    return False


def _text_start(head: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, errors="replace").lstrip()
    if head[:2] in (b"<\x00", b"{\x00", b"[\x00"):
        return head.decode("utf-16-le", errors="replace").lstrip()
    if head[:2] in (b"\x00<", b"\x00{", b"\x00["):
        return head.decode("utf-16-be", errors="replace").lstrip()
    return head.decode("latin-1").lstrip()


def _markup(start: str) -> str:
    names = {
        "kml": "KML",
        "gpx": "GPX",
        "ogrvrtdatasource": "VRT",
        "vrtdataset": "VRT",
        "html": "HTML",
        "table": "HTML",
    }
    for name in re.findall(r"<(?:[a-z0-9]+:)?([a-z]+)", start.casefold())[:20]:
        if name in names:
            return names[name]
    return "XML"
