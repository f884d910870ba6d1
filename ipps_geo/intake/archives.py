"""Archives, checked by their directory before anything is unpacked, then unpacked with a measure in hand."""

from __future__ import annotations

import contextlib
import itertools
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal

_CHUNK = 1 << 20
_RATIO_COUNTS_FROM = 1 << 20
_NESTED = (".zip", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".tgz", ".kmz", ".xlsx", ".jar")
_FLAG_ENCRYPTED = 0x1


@contextlib.contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP archive; a broken one is refused as ``corrupt``, also when the fault shows while it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        if isinstance(error, Refusal):
            raise
        raise Refusal("corrupt", found=type(error).__name__) from error


def check_members(archive: zipfile.ZipFile, limits: Limits, *, nested_allowed: bool = False) -> None:
    """Refuse an archive by its directory: too much, too many, unsafe names, links, archives inside, overlaps.

    Two members that share bytes are how an archive of 40 kB unpacks to gigabytes; no honest program writes them.
    """
    infos = archive.infolist()
    if len(infos) > limits.max_members:
        raise Refusal("archive_members", found=len(infos), limit=limits.max_members)
    total = 0
    for info in infos:
        _check_name(info)
        if info.flag_bits & _FLAG_ENCRYPTED:
            raise Refusal("archive_encrypted", value=info.filename)
        if not nested_allowed and info.filename.lower().endswith(_NESTED):
            raise Refusal("archive_nested", found=info.filename)
        total += info.file_size
        if info.file_size > _RATIO_COUNTS_FROM and info.file_size > limits.max_ratio * max(info.compress_size, 1):
            raise Refusal("archive_bomb", found=f"{info.filename} would grow more than {limits.max_ratio} times")
    if total > limits.max_unpacked_bytes:
        raise Refusal("archive_bomb", found=f"{total} bytes in all")
    spans = sorted((info.header_offset, info.header_offset + info.compress_size) for info in infos)
    for (_, end), (start, _) in itertools.pairwise(spans):
        if start < end:
            raise Refusal("archive_bomb", found="members that share bytes")
    names = [info.filename.casefold() for info in infos]
    if len(set(names)) < len(names):
        raise Refusal("archive_path", found="two members of one name")


def read_member(archive: zipfile.ZipFile, name: str, limits: Limits) -> bytes:
    """Return the content of a member, never more than its directory entry and the limits allow."""
    info = archive.getinfo(name)
    parts = []
    left = min(info.file_size, limits.max_unpacked_bytes)
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise Refusal("archive_bomb", found=f"{name} is larger than it says")
            parts.append(chunk)
    return b"".join(parts)


def _check_name(info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ":" in name or ".." in parts or "\x00" in info.orig_filename:
        raise Refusal("archive_path", found=name)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Refusal("archive_link", found=name)
