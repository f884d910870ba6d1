"""What lies in a folder: files that may be tables, and everything else by name, each with the reason why it is none."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ipps_geo.columns import TABLES
from ipps_geo.files import HASHES

READ = frozenset(
    {".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".et", ".ods", ".geojson", ".jsonl", ".ndjson", ".kml", ".kmz", ".ovkml"}
    | {".ovkmz", ".gpkg", ".parquet", ".geoparquet", ".zip"}
)
"""Endings of the files that are read."""

_NAMED = frozenset(
    {".xlsb", ".shp", ".gpx", ".gml", ".vrt", ".pkl", ".pickle", ".db", ".sqlite", ".feather", ".arrow", ".rar", ".7z"}
    | {".gz", ".tar", ".mdb", ".accdb", ".dbf", ".fgb", ".html", ".htm"}
)
"""Endings of files that look like tables and are mostly refused, with the reason."""

_TEXTS = frozenset({".txt", ".dat", ".json", ".prn", ""})
"""Endings of files that are tables where their name speaks of one."""

OWN = frozenset(
    {"workspace.toml", "region.toml", "sources.toml", "columns.toml", "planted.toml", "left_out.json", HASHES}
)
"""Files that a workspace writes about itself."""

_SPEAKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("rosters", ("名册", "花名册", "服务企业", "roster")),
    ("applications", ("申请", "applications")),
    ("evaluations", ("评价", "考核", "evaluations")),
    ("staff", ("人员", "staff")),
    ("conduct", ("行为", "conduct")),
    ("institutions", ("机构", "工作站", "institutions", "stations")),
    ("carriers", ("载体", "园区", "carriers")),
    ("enterprises", ("企业", "enterprises")),
    ("key_industries", ("产业", "key_industries")),
    ("service_units", ("服务单元", "service_units")),
)

Reason = Literal["hidden", "lock_file", "no_table", "named_like_table", "folder", "folder_with_tables"]


@dataclass(frozen=True)
class Aside:
    """A file or sub-folder that is not read: its name, the code of the reason, the table that its name speaks of."""

    name: str
    reason: Reason
    table: str = ""


def contents(folder: Path, known: Collection[str] = ()) -> tuple[list[Path], list[Aside]]:
    """Return (the files of ``folder`` that may be tables, everything else in it), sorted by name.

    ``known`` holds paths inside the folder, written with slashes, that are spoken for: they are in neither, and a
    sub-folder with one of them is looked into.
    """
    tables: list[Path] = []
    aside: list[Aside] = []
    for path in sorted(folder.rglob("*") if known else folder.iterdir()):
        label = path.relative_to(folder).as_posix()
        if label in known or path.name in OWN or any(_inside(label, entry.name) for entry in aside):
            continue
        if path.is_dir():
            if not any(_inside(entry, label) for entry in known):
                aside.append(Aside(label, _of_folder(path)))
        elif (reason := reason_of(path)) is None:
            tables.append(path)
        else:
            aside.append(Aside(label, reason, speaks_of(path.stem) if reason == "named_like_table" else ""))
    return tables, aside


def reason_of(path: Path) -> Reason | None:
    """Return why a file is no table by its name; None where it may be one.

    >>> reason_of(Path("~$名册.xlsx")), reason_of(Path("名册.docx")), reason_of(Path("readme.md"))
    ('lock_file', 'named_like_table', 'no_table')
    """
    if path.name.startswith("~$"):
        return "lock_file"
    if path.name.startswith(".") or path.name.lower() in ("thumbs.db", "desktop.ini"):
        return "hidden"
    suffix = path.suffix.lower()
    if suffix in READ | _NAMED or (suffix in _TEXTS and speaks_of(path.stem)):
        return None
    return "named_like_table" if speaks_of(path.stem) else "no_table"


def region_of(folder: Path, described: Mapping[str, Any]) -> Path | None:
    """Return the folder of the region that ``workspace.toml`` names, from the workspace; None where it names none."""
    named = described.get("region")
    return None if named is None else folder / str(named)


def speaks_of(name: str) -> str:
    """Return the table that a name speaks of, empty where it speaks of none.

    >>> speaks_of("中关村站服务企业名册（2026）"), speaks_of("rosters_2"), speaks_of("路网")
    ('rosters', 'rosters', '')
    """
    plain = name.lower()
    for table, words in _SPEAKS:
        if any(word in plain for word in (table, TABLES[table].zh, *words)):
            return table
    return ""


def _inside(label: str, folder: str) -> bool:
    return label.startswith(f"{folder}/")


def _of_folder(path: Path) -> Reason:
    holds = any(each.is_file() and reason_of(each) is None for each in path.rglob("*"))
    return "folder" if path.name.startswith(".") or not holds else "folder_with_tables"
