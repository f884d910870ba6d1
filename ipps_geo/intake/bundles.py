"""A zip of tables, as a district mails its rosters: every file in it is read, or it is said why not."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ipps_geo.errors import Message
from ipps_geo.intake.archives import check_members, counts, member, open_archive, read_member
from ipps_geo.intake.limits import Limits
from ipps_geo.intake.problems import Refusal
from ipps_geo.intake.raw import RawTable
from ipps_geo.intake.request import PartRead, Request
from ipps_geo.intake.sniff import SUFFIXES

Read = Callable[[Request], tuple[list[RawTable], tuple[PartRead, ...], str]]
"""Reads one file: its tables, what became of its parts, its format."""

BETWEEN = " › "
"""Stands between the name of a file in an archive and the name of one of its sheets."""


def read_bundle(request: Request, limits: Limits, read: Read) -> tuple[list[RawTable], tuple[PartRead, ...]]:
    """Return the tables of the files in an archive that are of one kind, and what became of every file.

    ``request.sheet`` names one file. The kind is the one that was asked for, else the one with the most rows.
    """
    found: list[tuple[str, list[RawTable], tuple[PartRead, ...]]] = []
    refused: list[tuple[str, Refusal]] = []
    left: list[PartRead] = []
    with open_archive(request.path) as archive, tempfile.TemporaryDirectory() as folder:
        check_members(archive, limits, books_allowed=True)
        names = sorted(info.filename for info in archive.infolist() if not info.is_dir())
        for turn, name in enumerate(names):
            if not counts(name):
                continue
            asked = request.sheet is None or request.sheet.split(BETWEEN)[0] == name
            if not asked:
                left.append(PartRead(name, 0, "not_asked"))
                continue
            if Path(name).suffix.lower() not in SUFFIXES:
                left.append(PartRead(name, 0, "no_data"))
                continue
            place = Path(folder) / str(turn)
            place.mkdir()
            path = place / name.replace("\\", "/").rpartition("/")[2]
            path.write_bytes(read_member(archive, name, limits))
            inner = (request.sheet or "").partition(BETWEEN)[2] or None
            try:
                raws, parts, _ = read(replace(request, path=path, sheet=inner, label=name))
            except Refusal as refusal:
                refused.append((name, refusal))
                continue
            found.append((name, raws, parts))
    if not found:
        if refused:
            raise refused[0][1]
        raise Refusal("archive_content", feature=member(request.sheet or (names[0] if names else "")))
    table = request.table or _most(found)
    tables: list[RawTable] = []
    told: list[PartRead] = left + [PartRead(name, 0, why.kind) for name, why in refused]
    for name, raws, parts in found:
        for raw in raws:
            alone = len(raws) == 1 and len(parts) < 2
            sheet = name if alone or raw.sheet is None else f"{name}{BETWEEN}{raw.sheet}"
            raw.sheet = sheet
            if raw.table == table and not raw.by_feature:
                tables.append(raw)
                told.append(PartRead(sheet, len(raw.numbers)))
            else:
                told.append(PartRead(sheet, len(raw.numbers), "no_table" if raw.table is None else "other_table"))
        told += [PartRead(f"{name}{BETWEEN}{part.name}", part.rows, part.reason) for part in parts if part.reason]
    if not tables:
        raise Refusal("archive_content", feature=member(found[0][0]))
    for name, why in refused:
        reason = Message(why.code, why.values)
        tables[0].remarks.append(("part_refused", {"found": name, "reason": reason}))
    return tables, tuple(sorted(told, key=lambda part: part.name))


def _most(found: list[tuple[str, list[RawTable], tuple[PartRead, ...]]]) -> str | None:
    rows: dict[str, int] = {}
    for _, raws, _ in found:
        for raw in raws:
            if raw.table is not None:
                rows[raw.table] = rows.get(raw.table, 0) + len(raw.numbers)
    return max(sorted(rows), key=lambda table: rows[table]) if rows else None
