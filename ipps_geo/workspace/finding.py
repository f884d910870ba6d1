"""Which files make a workspace: ``workspace.toml``, or the names of files, layers and sheets."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.intake.sheets import sheet_names
from ipps_geo.intake.sniff import Format
from ipps_geo.settings import WORKSPACE_FILE
from ipps_geo.workspace.planted import PlantedFlaw, read_planted
from ipps_geo.workspace.reading import SUFFIXES, Part

_TABLE_OF = {name: name for name in TABLES} | {table.zh: name for name, table in TABLES.items()}
"""Table by the stem of a file or the name of a layer or sheet: its code, or its Chinese name."""


@dataclass(frozen=True)
class Plan:
    """Which parts make the workspace at ``root``, and what its ``workspace.toml`` says of it."""

    root: Path
    name: str
    parts: tuple[Part, ...]
    data_date: dt.date | None = None
    planted: tuple[PlantedFlaw, ...] = ()


def find_parts(path: Path) -> Plan:
    """Return which files make the workspace at ``path``: a folder, one GeoPackage, or one workbook.

    Raises
    ------
    BadInput
        If there is none, or its ``workspace.toml`` is not right.
    """
    if path.is_dir():
        listed = path / WORKSPACE_FILE
        return _listed(path, listed) if listed.is_file() else _found(path)
    if path.is_file() and path.suffix.lower() in (".gpkg", ".xlsx"):
        parts = _inner_parts(path)
        if parts:
            return Plan(path, path.stem, tuple(sorted(parts, key=lambda part: str(part.table))))
        raise BadInput("no layer or sheet is named after a table", where=str(path), advice=f"use {', '.join(TABLES)}")
    raise BadInput(
        "there is no workspace here",
        where=str(path),
        advice="name a folder of tables or a GeoPackage; leave it out for the embedded demonstration",
    )


def _listed(root: Path, file: Path) -> Plan:
    """Return the plan that ``workspace.toml`` gives: a name, a day, and the file or files of each table."""
    try:
        described = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"not a TOML file: {error}", where=str(file)) from error
    tables: Any = described.get("tables", {})
    odd = sorted(set(described) - {"name", "data_date", "planted", "tables"})
    odd += sorted(set(tables) - set(TABLES)) if isinstance(tables, dict) else ["tables"]
    if odd:
        raise BadInput(
            f"unknown: {', '.join(odd)}",
            where=str(file),
            advice=f"name, data_date, planted, and [tables] with {', '.join(TABLES)}",
        )
    day = described.get("data_date")
    if day is not None and type(day) is not dt.date:
        raise BadInput(f"data_date is not a day: {day}", where=str(file), advice="write it as 2026-11-22")
    parts: list[Part] = []
    for name, named in tables.items():
        entries = [named] if isinstance(named, str) else named
        parts += [Part(name, _inside(root, entry, file), entry) for entry in entries]
    planted = read_planted(_inside(root, described["planted"], file)) if "planted" in described else ()
    return Plan(root, str(described.get("name", root.resolve().name)), tuple(parts), day, planted)


def _inside(root: Path, entry: Any, file: Path) -> Path:
    """Return the file of the workspace that an entry of ``workspace.toml`` names."""
    target = root / str(entry)
    if not target.resolve().is_relative_to(root.resolve()):
        raise BadInput(f"{entry} lies outside the workspace", where=str(file), advice="keep its files inside")
    if not target.is_file():
        raise BadInput(f"{entry} does not exist", where=str(file), advice="mend its entry")
    return target


def _found(root: Path) -> Plan:
    """Return the plan of a folder without ``workspace.toml``.

    A file belongs to the table that its stem names; a GeoPackage or workbook may hold several, by the names of layers
    or sheets; of any other file the columns must tell.
    """
    parts: list[Part] = []
    for path in sorted(root.iterdir()):
        if not path.is_file() or path.name.startswith(".") or path.suffix.lower() not in SUFFIXES:
            continue
        if path.stem in _TABLE_OF:
            parts.append(Part(_TABLE_OF[path.stem], path, path.name))
        else:
            parts += _inner_parts(path) or [Part(None, path, path.name)]
    named = [part.table for part in parts if part.table]
    twice = sorted({table for table in named if named.count(table) > 1})
    if twice:
        raise BadInput(
            f"more than one file for {', '.join(twice)}",
            where=str(root),
            advice="remove one, or list both in workspace.toml",
        )
    if not parts:
        raise BadInput(
            "no table in this folder",
            where=str(root),
            advice=f"files are named after their tables: {', '.join(TABLES)}",
        )
    return Plan(root, root.resolve().name, tuple(parts))


def _inner_parts(path: Path) -> list[Part]:
    """Return one part per layer or sheet that is named after a table; a broken file has none, reading it says why."""
    format_ = {".gpkg": Format.GPKG, ".xlsx": Format.XLSX}.get(path.suffix.lower())
    names = () if format_ is None else sheet_names(path, format_)
    return [Part(_TABLE_OF[name], path, path.name, name) for name in names if name in _TABLE_OF]
