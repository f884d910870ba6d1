"""What a file is, by its content: the name is never trusted, and the list of what is read is closed."""

from __future__ import annotations

import itertools
import re
import stat
from enum import StrEnum
from pathlib import Path
from typing import Any

from ipps_geo.intake.archives import check_members, member, open_archive
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal, damage


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
    (b"\x00\x01\x00\x00Standard", 0, "Access"),
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
        limit = limits.max_file_bytes
        raise Refusal("file_too_large", feature=f"byte {limit}", found=status.st_size, limit=limit)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise Refusal("empty_file", row=1)
    found = _of_content(path, head, limits)
    suffix = path.suffix.lower()
    if found is Format.XLSX and suffix in (".xls", ".et", ".xlsb"):
        return found, str(found)
    expected = _SUFFIXES.get(suffix)
    if expected is None or found in expected:
        return found, None
    raise Refusal("suffix_mismatch", **_signature(head), suffix=path.suffix, found=str(found))


def _of_content(path: Path, head: bytes, limits: Limits) -> Format:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_archive(path, limits)
    if head.startswith(_OLE):
        stream = _offset_of(path, _PASSWORD_STREAM)
        if stream is not None:
            raise Refusal("password", feature=f"byte {stream}", value="EncryptedPackage")
        raise Refusal("old_excel", **_signature(head))
    if head.startswith((b"\x09\x08\x10\x00", b"\x09\x08\x08\x00")):
        raise Refusal("old_excel", **_signature(head))
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
        _refuse_markup(start, row)
    if start.startswith(("{", "[")):
        return Format.GEOJSON
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
    if suffix in (".xls", ".et", ".xlsb"):
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
            raise Refusal("unsupported_format", feature=member("mimetype"), found="OpenDocument")
        if "[Content_Types].xml" in names:
            raise Refusal("unsupported_format", feature=member("[Content_Types].xml"), found=damage("office"))
        check_members(archive, limits)
        if any(name.lower().endswith(".shp") for name in names):
            return Format.SHAPEFILE
        for name in sorted(names):
            if name.lower().endswith((".kml", ".gpx", ".vrt")):
                raise Refusal("unsupported_format", feature=member(name), found="KML, GPX, VRT")
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


def _refuse_markup(start: str, row: int) -> None:
    names = {
        "kml": "KML",
        "gpx": "GPX",
        "ogrvrtdatasource": "VRT",
        "vrtdataset": "VRT",
        "html": "HTML",
        "table": "HTML",
    }
    for found in itertools.islice(re.finditer(r"<(?:[a-z0-9]+:)?([a-z]+)", start, re.IGNORECASE), 20):
        name = names.get(found[1].casefold())
        if name is not None:
            row += start.count("\n", 0, found.start())
            raise Refusal("unsupported_format", row=row, value=found[0], found=name)
    raise Refusal("unsupported_format", row=row, value=start.split("\n", 1)[0], found="XML")
