"""Files and sets of files that are whole or absent; nothing that exists is overwritten unless somebody asks for it.

A file is written beside its target, synced to disk, then renamed over it. A set of files is written into a folder
beside and takes its place as one. ``SHA256SUMS`` in it says of what kind it is and lists the hashes of its files
(``sha256sum --check`` reads it): a set of the same kind that nobody has touched since may be made again, anything else
is replaced only when asked for.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ipps_geo.errors import BadInput, Message

HASHES = "SHA256SUMS"
"""The file of a set that lists the sha256 and the name of every other one."""

_REASONS = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.ENOENT: "missing",
    errno.ENOTDIR: "not_a_folder",
    errno.EEXIST: "exists",
    errno.EISDIR: "is_a_folder",
    errno.EBUSY: "in_use",
    errno.ENAMETOOLONG: "name_too_long",
    errno.EIO: "broken",
}
_NAMED = 3


def reason_of(error: OSError) -> Message:
    """Return why the operating system refused, as a clause in the words of this project.

    >>> str(reason_of(OSError(errno.ENOSPC, "x")))
    'the disk is full'
    """
    return Message(f"os.{_REASONS.get(error.errno or 0, 'other')}", {"number": error.errno or 0})


@contextmanager
def written_beside(path: str | Path, *, private: bool = False) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; on leaving without an error it is synced and renamed to ``path``.

    A reader never sees a half-written file, and a failure or a kill leaves the earlier file as it was. The folder is
    made when it is missing. The suffix is kept, so that writers which choose a format by name still do.
    ``private``: for its owner alone.

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
        raise BadInput("files.cannot_write", where=str(target), reason=reason_of(error)) from error
    draft = Path(name)
    try:
        yield draft
        _sync_file(draft)
        # mkstemp makes files for the owner alone; a report is meant to be read by whoever may read the folder.
        draft.chmod(0o600 if private else 0o666 & ~_umask())
        try:
            draft.replace(target)
        except OSError as error:
            raise BadInput("files.cannot_replace", where=str(target), reason=reason_of(error)) from error
        _sync_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)
        # SQLite may leave its journal beside a draft that failed.
        for journal in ("-journal", "-wal", "-shm"):
            draft.with_name(draft.name + journal).unlink(missing_ok=True)


def sweep_drafts(folder: Path) -> None:
    """Remove what writers that were killed had begun in ``folder`` and below; to be called when nobody writes there.

    A draft has the suffix of its file: who reads a folder of tables would read its rows twice.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     (Path(folder) / ".half-x1.parquet").touch()
    ...     (Path(folder) / "whole.parquet").touch()
    ...     sweep_drafts(Path(folder))
    ...     [file.name for file in Path(folder).iterdir()]
    ['whole.parquet']
    """
    for draft in folder.rglob(".*-*"):
        if draft.is_file():
            draft.unlink(missing_ok=True)


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


def check_free(target: Path, kind: str, *, force: bool = False) -> None:
    """Refuse a target that holds what may not be replaced; to be asked before the work that fills it begins.

    Free are: nothing, an empty folder, a set of this ``kind`` that is as it was written, with ``force`` any folder.

    Raises
    ------
    BadInput
        A file stands there, or a folder with files that are not an untouched set.
    """
    if not target.exists() or (force and target.is_dir()):
        return
    if not target.is_dir():
        raise BadInput("files.not_a_folder", where=str(target))
    found = _not_ours(target, kind)
    if found:
        raise BadInput("files.would_replace", where=str(target), names=", ".join(found[:_NAMED]), n=len(found))


def check_new(path: Path, *, force: bool = False) -> None:
    """Refuse to write over a file that exists, unless ``force`` asks for it.

    Raises
    ------
    BadInput
        Something stands there.
    """
    if path.exists() and (not force or path.is_dir()):
        raise BadInput("files.exists", where=str(path))


@contextmanager
def written_set(target: str | Path, kind: str, *, force: bool = False) -> Iterator[Path]:
    """Yield an empty folder beside ``target``; on leaving, what was written there takes the place of ``target`` as one.

    Whoever is killed in between leaves the earlier set, whole, or none. Of an earlier set of this ``kind`` nothing
    stays; with ``force`` other files stay where they are, unless the new set has one of that name.

    Raises
    ------
    BadInput
        The target may not be replaced (:func:`check_free`), or cannot be written.
    """
    place = Path(target)
    aside = place.with_name(f".{place.name}.replaced")
    _recovered(place, aside)
    check_free(place, kind, force=force)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{place.name}-", suffix=".part", dir=place.parent))
    except OSError as error:
        raise BadInput("files.cannot_write_folder", where=str(place), reason=reason_of(error)) from error
    try:
        yield draft
        _finish(draft, place, kind)
        _swap(draft, place, aside)
    except OSError as error:
        raise BadInput("files.cannot_write_folder", where=str(place), reason=reason_of(error)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _not_ours(folder: Path, kind: str) -> list[str]:
    """Return the names of files in ``folder`` that are not those of a set of ``kind``, or not as it was written."""
    known = hashes_of(folder) if _kind_of(folder) == kind else {}
    found = []
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_dir() or name == HASHES:
            continue
        if known.get(name) != _sha256(file):
            found.append(name)
    return found


def _kind_of(folder: Path) -> str:
    try:
        with (folder / HASHES).open(encoding="utf-8", errors="replace") as stream:
            return stream.readline().removeprefix("# ").strip()
    except OSError:
        return ""


def hashes_of(folder: Path) -> dict[str, str]:
    """Return the sha256 by name that the set in ``folder`` was written with; empty where there is no list."""
    listed = folder / HASHES
    if not listed.is_file():
        return {}
    lines = (line.partition("  ") for line in listed.read_text(encoding="utf-8", errors="replace").splitlines())
    return {name: digest for digest, _, name in lines if name and not digest.startswith("#")}


def _finish(draft: Path, place: Path, kind: str) -> None:
    """Give the new set its list of hashes, and sync it whole, without what workers that were lost had begun."""
    sweep_drafts(draft)
    files = sorted(file for file in draft.rglob("*") if file.is_file() and file.name != HASHES)
    listed = "".join(f"{_sha256(file)}  {file.relative_to(draft).as_posix()}\n" for file in files)
    (draft / HASHES).write_text(f"# {kind}\n{listed}", encoding="utf-8", newline="\n")
    _sync_file(draft / HASHES)
    mode = place.stat().st_mode & 0o777 if place.is_dir() else 0o777 & ~_umask()
    draft.chmod(mode)
    for folder in sorted({file.parent for file in files} | {draft}):
        _sync_folder(folder)


def _swap(draft: Path, place: Path, aside: Path) -> None:
    if place.is_dir():
        earlier = hashes_of(place) if _kind_of(place) == _kind_of(draft) else {}
        new = {file.relative_to(draft) for file in draft.rglob("*") if file.is_file()}
        for file in sorted(place.rglob("*")):
            name = file.relative_to(place)
            if file.is_file() and name not in new and name.as_posix() not in {*earlier, HASHES}:
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, draft / name)
        place.replace(aside)
    try:
        draft.replace(place)
    except OSError:
        if aside.exists():
            aside.replace(place)
        raise
    _sync_folder(place.parent)
    shutil.rmtree(aside, ignore_errors=True)


def _recovered(place: Path, aside: Path) -> None:
    """Put back what a killed swap has moved aside; where the new set is there already, what it replaced goes."""
    if aside.is_dir():
        if place.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.replace(place)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
