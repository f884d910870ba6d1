"""From a folder of tables, or one GeoPackage, to a workspace: read, validate, collect every fault in one table."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ipps_geo.columns import TABLES
from ipps_geo.errors import BadInput
from ipps_geo.settings import WORKSPACE_FILE, data_root
from ipps_geo.workspace.check import check_references, check_tables
from ipps_geo.workspace.model import Source, Workspace, no_problems
from ipps_geo.workspace.planted import PlantedFlaw, read_planted
from ipps_geo.workspace.reading import SUFFIXES, layers, read
from ipps_geo.workspace.sources import sources_of
from ipps_geo.workspace.tables import conform, empty

_SHOWN = 3


@dataclass(frozen=True)
class _Part:
    """One file (or layer of a file) that holds rows of one table; ``label`` is its path inside the workspace."""

    table: str
    path: Path
    label: str
    layer: str | None = None


@dataclass(frozen=True)
class _Plan:
    """Which parts make the workspace at ``root``, and what its ``workspace.toml`` says of it."""

    root: Path
    name: str
    parts: tuple[_Part, ...]
    data_date: dt.date | None = None
    planted: tuple[PlantedFlaw, ...] = ()


def load_workspace(path: str | Path | None = None, *, accept_partial: bool = False) -> Workspace:
    """Return the workspace at ``path``, or the embedded demonstration of Beijing.

    Parameters
    ----------
    path
        A folder of tables (CSV, Excel, GeoJSON, GeoPackage, GeoParquet) or one GeoPackage with a layer per table. In a
        folder the file ``workspace.toml`` may name the file, or files, of each table; otherwise a file belongs to the
        table whose name is its stem. None stands for the embedded workspace.
    accept_partial
        Leave out what has errors instead of refusing the workspace; the errors stay in ``problems``.

    Raises
    ------
    BadInput
        If there is no workspace, a table that is needed is missing, or anything has an error.
    """
    plan = _plan(data_root() if path is None else Path(path))
    frames: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    problems = [no_problems()]
    for part in plan.parts:
        trusted = path is None
        frame, found = read(part.path, part.table, label=part.label, layer=part.layer, trusted=trusted)
        frames[part.table].append(frame)
        problems.append(found)
    missing = [name for name, table in TABLES.items() if not frames[name] and not table.optional]
    if missing:
        raise BadInput(
            f"no file for the table{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            where=str(plan.root),
            advice="name each file after its table, or list them in workspace.toml",
        )
    tables = {name: _together(name, parts) for name, parts in frames.items()}
    for check in (check_tables, check_references):
        tables, found = check(tables)
        problems.append(found)
    faults = pd.concat(problems, ignore_index=True)
    if not accept_partial:
        _refuse_errors(faults, plan)
    files = {part.label: part.path for part in plan.parts}
    classes = {part.label: frame for part, frame in zip(plan.parts, _in_order(plan, frames), strict=True)}
    return Workspace(
        name=plan.name,
        **tables,
        sources=sources_of(plan.root, files, {label: _data_class(frame) for label, frame in classes.items()}),
        problems=faults,
        data_date=plan.data_date or latest_day(tables),
        planted=plan.planted,
    )


def latest_day(tables: Mapping[str, pd.DataFrame]) -> dt.date | None:
    """Return the latest day on which something happened, as far as the tables know; planned days do not count."""
    happened = {
        "enterprises": ("need_date",),
        "institutions": ("established_on", "revoked_on", "revocation_notified_on", "service_data_until"),
        "rosters": ("need_date", "listed_on", "delisted_on"),
        "applications": ("applied_on", "inspected_on", "recommended_on", "decided_on", "filed_on"),
        "evaluations": ("evaluated_on", "rectified_on"),
        "conduct": ("found_on",),
    }
    days = [tables[name][column].max() for name, columns in happened.items() for column in columns]
    known = [day for day in days if pd.notna(day)]
    return max(known).date() if known else None


def _plan(path: Path) -> _Plan:
    if path.is_dir():
        listed = path / WORKSPACE_FILE
        return _listed(path, listed) if listed.is_file() else _found(path)
    if path.is_file() and path.suffix.lower() == ".gpkg":
        parts = [_Part(layer, path, path.name, layer) for layer in layers(path) if layer in TABLES]
        return _Plan(path, path.stem, tuple(sorted(parts, key=lambda part: part.table)))
    raise BadInput(
        "there is no workspace here",
        where=str(path),
        advice="name a folder of tables or a GeoPackage; leave it out for the embedded demonstration",
    )


def _listed(root: Path, file: Path) -> _Plan:
    """Return the plan that ``workspace.toml`` gives: a name, a day, and the file or files of each table."""
    try:
        described = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"not a TOML file: {error}", where=str(file)) from error
    unknown = sorted(set(described) - {"name", "data_date", "planted", "tables"})
    tables: Any = described.get("tables", {})
    if unknown or not isinstance(tables, dict) or set(tables) - set(TABLES):
        odd = unknown or sorted(set(tables) - set(TABLES))
        raise BadInput(
            f"unknown: {', '.join(odd)}",
            where=str(file),
            advice=f"name, data_date, planted, and tables: {', '.join(TABLES)}",
        )
    day = described.get("data_date")
    if day is not None and type(day) is not dt.date:
        raise BadInput(f"data_date is not a day: {day}", where=str(file), advice="write it as 2026-11-22")
    parts = []
    for name, named in tables.items():
        entries = [named] if isinstance(named, str) else named
        parts += [_Part(name, _inside(root, entry, file), entry) for entry in entries]
    planted = read_planted(_inside(root, described["planted"], file)) if "planted" in described else ()
    return _Plan(root, str(described.get("name", root.name)), tuple(parts), day, planted)


def _inside(root: Path, entry: Any, file: Path) -> Path:
    """Return the file of the workspace that an entry of ``workspace.toml`` names."""
    target = root / str(entry)
    if not target.resolve().is_relative_to(root.resolve()):
        raise BadInput(f"{entry} lies outside the workspace", where=str(file), advice="keep its files inside")
    if not target.is_file():
        raise BadInput(f"{entry} does not exist", where=str(file), advice="mend its entry")
    return target


def _found(root: Path) -> _Plan:
    """Return the plan of a folder without ``workspace.toml``: a file belongs to the table named like its stem."""
    parts: list[_Part] = []
    for path in sorted(root.iterdir()):
        if not path.is_file() or path.suffix.lower() not in SUFFIXES:
            continue
        if path.suffix.lower() == ".gpkg" and path.stem not in TABLES:
            parts += [_Part(layer, path, path.name, layer) for layer in layers(path) if layer in TABLES]
        elif path.stem in TABLES:
            parts.append(_Part(path.stem, path, path.name))
    twice = sorted({part.table for part in parts if sum(other.table == part.table for other in parts) > 1})
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
    return _Plan(root, root.resolve().name, tuple(parts))


def _together(name: str, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    if not parts:
        return empty(name)
    return parts[0] if len(parts) == 1 else conform(name, pd.concat(parts, ignore_index=True))


def _in_order(plan: _Plan, frames: Mapping[str, Sequence[pd.DataFrame]]) -> list[pd.DataFrame]:
    """Return the frame of each part, in the order of the parts."""
    turns = {name: iter(parts) for name, parts in frames.items()}
    return [next(turns[part.table]) for part in plan.parts]


def _data_class(frame: pd.DataFrame) -> str:
    classes = sorted(set(frame["data_class"])) if "data_class" in frame and len(frame) else []
    return classes[0] if len(classes) == 1 else ""


def _refuse_errors(problems: pd.DataFrame, plan: _Plan) -> None:
    errors = problems[problems["severity"] == "error"]
    if errors.empty:
        return
    lines = []
    for row in errors.head(_SHOWN).itertuples():
        place = " ".join(
            f"{word} {value}" for word, value in (("row", row.row), ("column", row.column)) if pd.notna(value)
        )
        lines.append(f"{row.file}{', ' + place if place else ''}: {row.message}")
    more = f"; and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
    raise BadInput(
        f"{len(errors)} error{'s' if len(errors) > 1 else ''}: {'; '.join(lines)}{more}",
        where=str(plan.root),
        advice="mend them, or accept the workspace without these rows",
    )


__all__ = ["Source", "latest_day", "load_workspace"]
