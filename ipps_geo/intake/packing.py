"""Names and zips of files that people send and take: no folder in a name, the same bytes for the same files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath


def safe_name(name: str) -> str:
    """Return the last part of a file name, whichever system it comes from.

    >>> safe_name("../../etc/passwd"), safe_name("")
    ('passwd', 'upload')
    """
    return PurePosixPath(PureWindowsPath(name.replace("\0", "")).name).name or "upload"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files as one zip: sorted, with a fixed date, so that the same files make the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
