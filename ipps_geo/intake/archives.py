"""Archives, checked by their directory before anything is unpacked, then unpacked with a measure in hand."""

from __future__ import annotations

import contextlib
import itertools
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from ipps_geo.errors import BadInput
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal, damage

_CHUNK = 1 << 20
_RATIO_COUNTS_FROM = 1 << 20
_NESTED = (".zip", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".tgz", ".kmz", ".xlsx", ".jar")
_BOOKS = (".xlsx", ".xlsm", ".ods")
_DEBRIS = frozenset({"Thumbs.db", "desktop.ini"})
_FLAG_ENCRYPTED = 0x1
_FLAG_UTF8 = 0x800
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError)


@contextlib.contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP archive; a broken one is refused as ``corrupt``, also when the fault shows while it is read."""
    try:
        with zipfile.ZipFile(path, metadata_encoding=_names_of(path)) as archive:
            yield archive
    except _BROKEN as error:
        if isinstance(error, BadInput):
            raise
        # Its directory stands at the end: a broken one is a file that was cut off, as a rule.
        end = path.stat().st_size
        raise Refusal("corrupt", feature=f"byte {end}", found=damage("unreadable")) from error


def _names_of(path: Path) -> str | None:
    """Return in which encoding the names of members are that do not say it: Windows in China writes GBK."""
    with zipfile.ZipFile(path) as archive:
        old = [info.filename for info in archive.infolist() if not info.flag_bits & _FLAG_UTF8]
    if all(name.isascii() for name in old):
        return None
    for encoding in ("utf-8", "gb18030"):
        try:
            for name in old:
                name.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
        return encoding
    return None


def counts(name: str) -> bool:
    """Return whether a member is a file that somebody put there, and none that a system leaves behind."""
    parts = name.replace("\\", "/").split("/")
    return (
        bool(parts[-1])
        and not parts[-1].startswith((".", "~$"))
        and "__MACOSX" not in parts
        and parts[-1] not in _DEBRIS
    )


def check_members(
    archive: zipfile.ZipFile, limits: Limits, *, nested_allowed: bool = False, books_allowed: bool = False
) -> None:
    """Refuse an archive by its directory: too much, too many, unsafe names, links, archives inside, overlaps.

    Workbooks are archives themselves; ``books_allowed`` lets them be members, and each is checked when it is read.

    Two members that share bytes are how an archive of 40 kB unpacks to gigabytes; no honest program writes them.
    """
    infos = archive.infolist()
    if len(infos) > limits.max_members:
        first = member(infos[limits.max_members].filename)
        raise Refusal("archive_members", feature=first, found=len(infos), limit=limits.max_members)
    total = 0
    for info in infos:
        _check_name(info)
        if info.flag_bits & _FLAG_ENCRYPTED:
            raise Refusal("archive_encrypted", feature=member(info.filename))
        lower = info.filename.lower()
        if not nested_allowed and lower.endswith(_NESTED) and not (books_allowed and lower.endswith(_BOOKS)):
            raise Refusal("archive_nested", feature=member(info.filename), found=info.filename)
        total += info.file_size
        if info.file_size > _RATIO_COUNTS_FROM and info.file_size > limits.max_ratio * max(info.compress_size, 1):
            grown = damage("grows", name=info.filename, n=limits.max_ratio)
            raise Refusal("archive_bomb", feature=member(info.filename), found=grown)
    if total > limits.max_unpacked_bytes:
        largest = max(infos, key=lambda info: info.file_size)
        raise Refusal("archive_bomb", feature=member(largest.filename), found=damage("bytes_in_all", n=total))
    spans = sorted((info.header_offset, info.header_offset + info.compress_size, info.filename) for info in infos)
    for (_, end, _), (start, _, name) in itertools.pairwise(spans):
        if start < end:
            raise Refusal("archive_bomb", feature=member(name), found=damage("shared_bytes"))
    names = set()
    for info in infos:
        if info.filename.casefold() in names:
            raise Refusal("archive_path", feature=member(info.filename), found=damage("same_name"))
        names.add(info.filename.casefold())


def member(name: str) -> str:
    """Return how a problem names a member of an archive."""
    return f"member {name}"


def read_member(archive: zipfile.ZipFile, name: str, limits: Limits) -> bytes:
    """Return the content of a member, never more than its directory entry and the limits allow."""
    info = archive.getinfo(name)
    parts = []
    left = min(info.file_size, limits.max_unpacked_bytes)
    with broken_member(name), archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise Refusal("archive_bomb", feature=member(name), found=damage("larger", name=name))
            parts.append(chunk)
    return b"".join(parts)


@contextlib.contextmanager
def broken_member(name: str) -> Iterator[None]:
    """Refuse an archive by the name of the member whose content cannot be unpacked."""
    try:
        yield
    except _BROKEN as error:
        if isinstance(error, BadInput):
            raise
        raise Refusal("corrupt", feature=member(name), found=damage("unreadable")) from error


def _check_name(info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ":" in name or ".." in parts or "\x00" in info.orig_filename:
        raise Refusal("archive_path", feature=member(name), found=name)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Refusal("archive_link", feature=member(name), found=name)
