"""What a file is, told by its content from a closed list; small texts of settings."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ipps_geo.errors import BadInput, Message, UnsafeInput

CONTENTS = ("text", "json", "graphml", "osm", "pbf", "sqlite", "zip", "parquet")
"""What is told apart; everything else is "other"."""

MOST_BYTES = 2 << 30
TOML_BYTES = 1 << 20
_HEAD = 4096
_MAGIC = ((b"SQLite format 3\x00", "sqlite"), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"PAR1", "parquet"))
_REMOTE = re.compile(r"^(/vsi|[a-z][a-z0-9+.-]+:/|(pg|mysql|oci|mssql|mongodb|sqlite|postgresql):)", re.IGNORECASE)
_PREAMBLE = re.compile(r"\s*(<\?.*?\?>|<!--.*?-->)", re.DOTALL)
_ROOT = re.compile(r"\s*<(?:[A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)[\s>/]")
_MARKUP = {"graphml": "graphml", "osm": "osm"}


def content_of(path: str | Path, allowed: Collection[str] = CONTENTS, *, max_bytes: int = MOST_BYTES) -> str:
    """Return what a regular file of at most ``max_bytes`` is: one of ``allowed``, a part of :data:`CONTENTS`.

    The name is not looked at: a virtual data set of GDAL (VRT) is none of these, whatever it is called.

    Raises
    ------
    BadInput
        There is no such file, it is empty, or no file at all (an address, a folder, a device).
    UnsafeInput
        It is too large, or something else.
    """
    with opened(path, max_bytes) as stream:
        head = stream.read(_HEAD)
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise BadInput("gate.empty", where=Path(path).name)
    found = _content(head)
    if found not in allowed:
        names = tuple(Message(f"gate.content.{name}") for name in CONTENTS if name in allowed)
        raise UnsafeInput("gate.not_among", where=Path(path).name, allowed=names)
    return found


def opened(path: str | Path, max_bytes: int = MOST_BYTES) -> Any:
    """Return a regular file of at most ``max_bytes``, opened to read bytes; errors as of :func:`content_of`."""
    file = Path(path)
    if _REMOTE.match(str(path)) or "\x00" in str(path):
        raise UnsafeInput("gate.address", where=str(path).split("?", 1)[0].split("@")[-1])
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BadInput("gate.no_file", where=str(path))
        if status.st_size > max_bytes:
            limit, found = max_bytes >> 20, -(-status.st_size >> 20)
            raise UnsafeInput("gate.too_large", where=file.name, megabytes=found, limit=limit)
        return file.open("rb")
    except OSError as error:
        raise BadInput("gate.no_file", where=str(path)) from error


def read_toml(path: str | Path, *, max_bytes: int = TOML_BYTES) -> dict[str, Any]:
    """Return the content of a TOML file in UTF-8.

    Raises
    ------
    BadInput
        There is no such file, or it is no TOML: the place is named, not the parser's words.
    UnsafeInput
        It is larger than ``max_bytes``.
    """
    with opened(path, max_bytes) as stream:
        content = stream.read()
    try:
        return parse_toml(content.decode("utf-8-sig"), where=str(path))
    except UnicodeDecodeError as error:
        raise BadInput("gate.not_utf8", where=str(path)) from error


def parse_toml(text: str, *, where: str) -> dict[str, Any]:
    """Return what a text of TOML says; ``where`` names it in the error of :func:`read_toml`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        if place is None:
            raise BadInput("gate.toml_end", where=where) from error
        raise BadInput("gate.toml", where=where, line=int(place[1]), column=int(place[2])) from error
    except (RecursionError, ValueError, OverflowError) as error:  # brackets in brackets, numbers and days out of reach
        raise BadInput("gate.toml_value", where=where) from error


def _content(head: bytes) -> str:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    # A PBF begins with the length of its first header and that header's type.
    if head[:1] == b"\x00" and b"OSMHeader" in head[4:32]:
        return "pbf"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", errors="replace")
    elif b"\x00" in head:
        return "other"
    else:
        text = head.decode("utf-8-sig", errors="replace")
    start = text.lstrip()
    if start.startswith("<"):
        return _MARKUP.get(_root(start), "other")
    return "json" if start.startswith(("{", "[")) else "text"


def _root(text: str) -> str:
    """Return the name of the first element of a text of XML, or nothing."""
    while (found := _PREAMBLE.match(text)) is not None:
        text = text[found.end() :]
    root = _ROOT.match(text)
    return "" if root is None else root[1].lower()
