"""Which files make a workspace: ``workspace.toml``, or the names of files, layers and sheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.gate import read_toml
from ipps_geo.intake.folder import Aside, contents, region_of, speaks_of
from ipps_geo.intake.pooling import stated_datums
from ipps_geo.intake.sandbox import sheets_of
from ipps_geo.regions import REGION_FILE
from ipps_geo.settings import MANIFEST, PARTITIONS_FILE, WORKSPACE_FILE
from ipps_geo.workspace.loaded import Unread
from ipps_geo.workspace.planted import PlantedFlaw, read_planted
from ipps_geo.workspace.reading import Part
from ipps_geo.workspace.sources import read_manifest

_TABLE_OF = {name: name for name in TABLES} | {table.zh: name for name, table in TABLES.items()}
"""Table by the stem of a file or the name of a layer or sheet: its code, or its Chinese name."""


@dataclass(frozen=True)
class Plan:
    """Which parts make the workspace at ``root``, what its ``workspace.toml`` says of it, and what is no part of it.

    ``listed``: that file says which file is which table; ``region`` is the folder of the region that it names.
    """

    root: Path
    name: str
    parts: tuple[Part, ...]
    data_date: dt.date | None = None
    planted: tuple[PlantedFlaw, ...] = ()
    unread: tuple[Unread, ...] = ()
    datum: str | None = None
    datums: Mapping[str, str] = field(default_factory=dict)
    listed: bool = False
    region: Path | None = None


def find_parts(path: Path) -> Plan:
    """Return which files make the workspace at ``path``: a folder, one GeoPackage, or one workbook.

    Raises
    ------
    BadInput
        If there is none, or its ``workspace.toml`` is not right.
    """
    if (path / PARTITIONS_FILE).is_file():
        raise BadInput("workspace.partitioned", where=str(path))
    if path.is_dir():
        listed = path / WORKSPACE_FILE
        return _listed(path, listed) if listed.is_file() else _found(path)
    if path.is_file() and path.suffix.lower() in (".gpkg", ".xlsx"):
        parts = _inner_parts(path)
        if parts:
            return Plan(path, path.stem, tuple(sorted(parts, key=lambda part: str(part.table))))
        raise BadInput("workspace.no_layer", where=str(path), tables=", ".join(TABLES))
    raise BadInput("workspace.none_here", where=str(path))


def _listed(root: Path, file: Path) -> Plan:
    """Return the plan that ``workspace.toml`` gives: a name, a day, and the file or files of each table."""
    described = read_toml(file)
    tables: Any = described.get("tables", {})
    odd = sorted(set(described) - {"name", "data_date", "planted", "ignored", "datum", "datums", "region", "tables"})
    odd += sorted(set(tables) - set(TABLES)) if isinstance(tables, dict) else ["tables"]
    if odd:
        raise BadInput("workspace.unknown_entry", where=str(file), names=", ".join(odd), tables=", ".join(TABLES))
    day = described.get("data_date")
    if day is not None and type(day) is not dt.date:
        raise BadInput("workspace.not_a_day", where=str(file), found=str(day))
    parts: list[Part] = []
    for name, named in tables.items():
        entries = [named] if isinstance(named, str) else named
        parts += [Part(name, _inside(root, entry, file), entry) for entry in entries]
    datum, datums = stated_datums(described)
    absent = sorted(set(datums) - {part.label for part in parts})
    if absent:
        raise BadInput("workspace.no_such_file", where=str(file), name=absent[0])
    planted = read_planted(_inside(root, described["planted"], file)) if "planted" in described else ()
    ignored = [str(entry) for entry in described.get("ignored", [])]
    region = _region(root, described, file)
    beside = _unlisted(root, {part.label for part in parts}, ignored, region)
    name = str(described.get("name", root.resolve().name))
    return Plan(root, name, tuple(parts), day, planted, beside, datum, datums, listed=True, region=region)


def _region(root: Path, described: Mapping[str, Any], file: Path) -> Path | None:
    """Return the folder of the region that a workspace names; None for the one that comes with the package."""
    folder = region_of(root, described)
    if folder is not None and not (folder / REGION_FILE).is_file():
        raise BadInput("workspace.no_region", where=str(file), name=str(described["region"]))
    return folder


def _unlisted(root: Path, listed: set[str], ignored: list[str], region: Path | None) -> tuple[Unread, ...]:
    """Return everything beside the files that ``workspace.toml`` lists.

    A table that it does not list is an error, for nobody can tell whether it was meant: it is listed, named under
    ``ignored``, or taken away. What the manifest of sources names has its place already.
    """
    manifest = root / MANIFEST
    sources = {entry.file for entry in read_manifest(manifest)} if manifest.is_file() else set()
    known = {Path(label).as_posix() for label in (*listed, *sources, *ignored)}
    if region is not None and region.resolve().is_relative_to(root.resolve()):
        known |= {path.relative_to(root).as_posix() for path in region.rglob("*")} | {
            region.relative_to(root).as_posix()
        }
    tables, aside = contents(root, known)
    labels = [path.relative_to(root).as_posix() for path in tables]
    return (
        *(Unread(label, "", "ignored", "note") for label in ignored),
        *(Unread(label, "", "not_listed", "error", speaks_of(Path(label).stem)) for label in labels),
        *_aside(aside),
    )


def _aside(entries: list[Aside]) -> tuple[Unread, ...]:
    doubtful = ("named_like_table", "folder_with_tables")
    return tuple(
        Unread(entry.name, "", entry.reason, "warning" if entry.reason in doubtful else "note", entry.table)
        for entry in entries
    )


def _inside(root: Path, entry: Any, file: Path) -> Path:
    """Return the file of the workspace that an entry of ``workspace.toml`` names."""
    target = root / str(entry)
    if not target.resolve().is_relative_to(root.resolve()):
        raise BadInput("workspace.outside", where=str(file), name=str(entry))
    if not target.is_file():
        raise BadInput("workspace.no_such_file", where=str(file), name=str(entry))
    return target


def _found(root: Path) -> Plan:
    """Return the plan of a folder without ``workspace.toml``.

    A file belongs to the table that its stem names; a GeoPackage or workbook may hold several, by the names of layers
    or sheets; of any other file, layer or sheet the columns must tell.
    """
    parts: list[Part] = []
    tables, aside = contents(root)
    for path in tables:
        if path.stem in _TABLE_OF:
            parts.append(Part(_TABLE_OF[path.stem], path, path.name))
        else:
            parts += _inner_parts(path) or [Part(None, path, path.name)]
    named = [part.table for part in parts if part.table]
    twice = sorted({table for table in named if named.count(table) > 1})
    if twice:
        raise BadInput("workspace.table_twice", where=str(root), tables=", ".join(twice))
    if not parts:
        raise BadInput("workspace.no_table", where=str(root), tables=", ".join(TABLES))
    return Plan(root, root.resolve().name, tuple(parts), unread=_aside(aside))


def _inner_parts(path: Path) -> list[Part]:
    """Return one part per layer or sheet, where one is named after a table; of the others the columns must tell.

    A broken file has none: reading it says why.
    """
    names = sheets_of(path) if path.suffix.lower() in (".gpkg", ".xlsx") else ()
    if not any(name in _TABLE_OF for name in names):
        return []
    return [Part(_TABLE_OF.get(name), path, path.name, name) for name in names]
