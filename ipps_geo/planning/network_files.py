"""Which of the files that were sent in is which table of a network: by its name, else by its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from ipps_geo.errors import BadInput, Message
from ipps_geo.intake.table import read_table

if TYPE_CHECKING:
    from pathlib import Path

_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "transit_stations": ("station", "车站", "站点"),
        "transit_links": ("link", "edge", "区间"),
        "transit_changes": ("change", "transfer", "换乘"),
        "street_nodes": ("node", "节点"),
        "street_edges": ("edge", "link", "路段"),
    }
)
"""What the files of a network are named after."""


def files_of(files: Sequence[Path], needed: Sequence[str], further: Sequence[str] = ()) -> dict[str, Path]:
    """Return the file of each table: of every table ``needed``, and of those ``further`` that were sent.

    The names decide where each file has one and no table two; otherwise the columns do. A file is never left unread.

    Raises
    ------
    BadInput
        A table without a file; two files that are one table.
    """
    tables = [*needed, *further]
    found = {file: [name for name in tables if any(word in file.stem.casefold() for word in _NAMES[name])]
             for file in files}  # fmt: skip
    if any(len(names) != 1 for names in found.values()) or len({names[0] for names in found.values()}) != len(files):
        found = {file: [_by_columns(file, tables)] for file in files}
    sent: dict[str, list[Path]] = {name: [] for name in tables}
    for file, (name, *_) in found.items():
        sent[name].append(file)
    for name in needed:
        if not sent[name]:
            raise BadInput("travel.no_file_of", where=_listed(files), table=Message(f"network_file.{name}"))
    for name, several in sent.items():
        if len(several) > 1:
            raise BadInput("travel.two_files_of", where=_listed(several), table=Message(f"network_file.{name}"))
    return {name: file for name, several in sent.items() for file in several}


def _listed(files: Sequence[Path]) -> str:
    return ", ".join(file.name for file in files)


def _by_columns(file: Path, tables: Sequence[str]) -> str:
    """Return what a table is: with places the stations or nodes, with a station in each row the changes, else rides."""
    places, rides, *moves = tables
    read = read_table(file, places)
    if "geometry" in read.frame and read.frame["geometry"].notna().any():
        return places
    for name in moves:
        mapped = read_table(file, name).mapping
        if mapped is not None and "station" in mapped.by_column:
            return name
    return rides
