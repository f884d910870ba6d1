"""Where the files of a workspace come from: the manifest ``sources.toml``, and what can be said without one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ipps_geo.errors import BadInput
from ipps_geo.gate import read_toml
from ipps_geo.settings import MANIFEST
from ipps_geo.workspace.loaded import Difference
from ipps_geo.workspace.model import Source

if TYPE_CHECKING:
    from ipps_geo.intake.datum import DatumVerdict
    from ipps_geo.workspace.loaded import LoadReport


def read_manifest(path: Path) -> tuple[Source, ...]:
    """Return the entries of a manifest: one ``[[file]]`` per file, with the fields of :class:`Source`.

    Raises
    ------
    BadInput
        If it is not TOML or an entry has another field or none named ``file``.
    """
    entries = read_toml(path).get("file", [])
    try:
        return tuple(Source(**{name: str(value) for name, value in entry.items()}) for entry in entries)
    except (TypeError, AttributeError) as error:
        names = ", ".join(field.name for field in fields(Source))
        raise BadInput("workspace.not_sources", where=str(path), names=names) from error


def manifest_text(sources: tuple[Source, ...]) -> str:
    """Return the text of a manifest with these entries, sorted by file; empty facts are left out."""
    import json

    blocks = []
    for source in sorted(sources, key=lambda entry: entry.file):
        facts = {field.name: getattr(source, field.name) for field in fields(Source)}
        # A JSON string is a TOML basic string.
        lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in facts.items() if value]
        blocks.append("[[file]]\n" + "\n".join(lines) + "\n")
    return "\n".join(blocks)


def sources_of(
    root: Path,
    files: Mapping[str, Path],
    data_classes: Mapping[str, str],
    datums: Mapping[str, DatumVerdict] = MappingProxyType({}),
) -> tuple[Source, ...]:
    """Return the source of each file of a workspace, by label (its path inside): from the manifest if it names it.

    The hash is that of the file as it is now, whatever the manifest says, so that a page never shows another one.
    """
    manifest = root / MANIFEST
    known = {entry.file: entry for entry in read_manifest(manifest)} if manifest.is_file() else {}
    made = []
    for label, path in files.items():
        entry = known.get(label, Source(label, data_class=data_classes.get(label, "")))
        facts = {field.name: getattr(entry, field.name) for field in fields(Source)}
        made.append(Source(**(facts | {"sha256": sha256_of(path)} | _conversion(datums.get(label)))))
    return tuple(made)


def _conversion(verdict: DatumVerdict | None) -> dict[str, str]:
    """Return what a source has to say of the conversion of its coordinates; nothing where there was none."""
    doubt = "" if verdict is None or verdict.proposed in (None, verdict.datum) else str(verdict.proposed)
    if verdict is None or not verdict.converted:
        return {"datum": "", "datum_basis": "", "accuracy_m": "", "datum_doubt": doubt}
    accuracy = "unknown" if verdict.accuracy_m is None else f"{verdict.accuracy_m:g}"
    return {"datum": verdict.datum, "datum_basis": verdict.basis, "accuracy_m": accuracy, "datum_doubt": doubt}


def differences(root: Path, loaded: LoadReport) -> tuple[Difference, ...]:
    """Return what the files of a saved workspace have lost or gained since its manifest was written.

    Only entries that count rows are compared: those of a workspace that was saved. A file that is gone is told, one
    that holds other rows or columns, and one whose bytes changed although the counts are the same.
    """
    manifest = root / MANIFEST
    found: list[Difference] = []
    for entry in read_manifest(manifest) if manifest.is_file() else ():
        if not entry.rows:
            continue
        parts = [part for part in loaded.parts if part.file == entry.file]
        if not parts:
            found.append(Difference(entry.file, "gone", entry.rows))
            continue
        rows = str(sum(part.rows for part in parts))
        lost = [name for name in parts[0].absent if name in entry.columns.split(";")]
        if rows != entry.rows:
            found.append(Difference(entry.file, "rows", entry.rows, rows))
        if lost:
            found.append(Difference(entry.file, "columns", ";".join(lost)))
        if rows == entry.rows and not lost and sha256_of(root / entry.file) != entry.sha256:
            found.append(Difference(entry.file, "content"))
    return tuple(found)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
