"""Files that are whole or absent: written beside the target, synced to disk, then renamed over it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ipps_geo.errors import BadInput


@contextmanager
def written_beside(path: str | Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; on leaving without an error it is synced and renamed to ``path``.

    A reader never sees a half-written file, and a failure or a kill leaves the earlier file as it was. The folder is
    made when it is missing. The suffix is kept, so that writers which choose a format by name still do.

    Raises
    ------
    BadInput
        The folder cannot be made or written to, or the target is a folder or is held open by another program.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with written_beside(Path(folder) / "a.txt") as draft:
    ...         _ = draft.write_text("whole")
    ...     sorted(file.name for file in Path(folder).iterdir())
    ['a.txt']
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise BadInput("report.cannot_write", where=str(target), reason=error.strerror) from error
    draft = Path(name)
    try:
        yield draft
        _sync_file(draft)
        # mkstemp makes files for the owner alone; a report is meant to be read by whoever may read the folder.
        draft.chmod(0o666 & ~_umask())
        try:
            draft.replace(target)
        except OSError as error:
            raise BadInput("report.cannot_replace", where=str(target), reason=error.strerror) from error
        _sync_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)
        # SQLite may leave its journal beside a draft that failed.
        for journal in ("-journal", "-wal", "-shm"):
            draft.with_name(draft.name + journal).unlink(missing_ok=True)


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write ``content`` to ``path`` as a whole and return the path."""
    with written_beside(path) as draft:
        draft.write_bytes(content)
    return Path(path)


def write_text(path: str | Path, content: str) -> Path:
    """Write ``content`` as UTF-8 with Unix line ends and return the path."""
    return write_bytes(path, content.encode("utf-8"))


def _sync_file(path: Path) -> None:
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder for syncing; there the rename itself is journaled.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    # The only portable way to read the mask is to set it; it is put back at once.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def folder_for(out: Path) -> Path:
    """Return ``out`` as an existing folder.

    Raises
    ------
    BadInput
        It is a file, or cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput("report.cannot_write_folder", where=str(out), reason=error.strerror) from error
    return out
