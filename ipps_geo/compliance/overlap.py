"""Which rosters share a legal entity (Art. 7(2)), citywide and whatever the places, and who came first.

Levels say what a shared entity means for the roster that is looked at: ``LATER`` it came later and carries the overlap;
``OPEN`` the order or the identity is not known, or the other is only applying; ``EARLIER`` the other one came later.

An accepted application counts as the station that it became, whether or not that has a row or a roster of its own yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipps_geo.compliance.binding import binding_holders

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipps_geo.compliance.entities import Entities, Views
    from ipps_geo.compliance.entries import Entries
    from ipps_geo.workspace import Workspace

EARLIER, OPEN, LATER = 0, 1, 2
BY_CODE, BY_NAME, BY_PENDING = 0, 1, 2
HOW = ("code", "name", "pending")


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Shared entities as parallel arrays sorted by view; ``shared`` is per entity: taken out in the residual.

    ``unfiled``: per view, the stations that would bind it, and of which no roster is known.
    """

    view: NDArray[np.int64]
    entity_line: NDArray[np.int64]
    other: NDArray[np.object_]
    other_since: NDArray[np.datetime64]
    other_row: NDArray[np.int64]
    level: NDArray[np.int64]
    how: NDArray[np.int64]
    shared: NDArray[np.bool_]
    unfiled: Mapping[int, tuple[str, ...]]
    entries: Entries
    entities: Entities

    def levels(self, view: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (level, how) of every overlap of one view."""
        chosen = self._slice(view)
        return self.level[chosen], self.how[chosen]

    def describe(self, view: int) -> list[dict[str, Any]]:
        """Return the overlaps of one view as mappings, sorted by the other roster and the entity."""
        chosen = self._slice(view)
        texts = self.entries.texts
        own = self.entities.row[self.entity_line[chosen]]
        others = self.other_row[chosen]
        lines = [
            {
                "line": line,
                "entity": key,
                "name": name,
                "other": other,
                "other_since": since,
                "other_name": other_name,
                "other_listed_on": listed,
                "level": level,
                "how": HOW[how],
            }
            for line, key, name, other, since, other_name, listed, level, how in zip(
                self.entity_line[chosen].tolist(),
                texts["key"][own].tolist(),
                texts["name"][own].tolist(),
                self.other[chosen].tolist(),
                self.other_since[chosen].astype("datetime64[D]").tolist(),
                texts["name"][others].tolist(),
                self.entries.listed[others].astype("datetime64[D]").tolist(),
                self.level[chosen].tolist(),
                self.how[chosen].tolist(),
                strict=True,
            )
        ]
        return sorted(lines, key=lambda line: (str(line["other"]), str(line["entity"]), str(line["name"])))

    def _slice(self, view: int) -> slice:
        if view + 1 >= len(self._starts):  # an empty roster after the last one that holds anybody
            return slice(len(self.view), len(self.view))
        return slice(self._starts[view], self._starts[view + 1])

    @cached_property
    def _starts(self) -> list[int]:
        last = int(self.entities.view[-1]) if len(self.entities.view) else 0
        return [int(start) for start in np.searchsorted(self.view, np.arange(last + 2))]


@dataclass(frozen=True, eq=False)
class _Base:
    """Rows that an overlap can be with: those of workstations, or of pending applications.

    ``doubtful``: whether the holder still counts is not known.
    """

    row: NDArray[np.int64]
    holder: NDArray[np.object_]
    since: NDArray[np.datetime64]
    until: NDArray[np.datetime64]
    institution: NDArray[np.object_]
    doubtful: NDArray[np.bool_]


def find_overlaps(workspace: Workspace, on: dt.date, views: Views, entities: Entities, entries: Entries) -> Overlaps:
    """Return every overlap of every view with rosters in force on the view's day."""
    binding = binding_holders(workspace, set(entries.possible_by_holder), on)
    stations = _station_rows(binding, entries)
    pending = _pending_rows(views, entries)
    own = np.array([subject.institution_id or "" for subject in views.subjects], dtype=object)
    own_id = np.array([subject.subject_id for subject in views.subjects], dtype=object)
    parts = []
    for base, found_by in ((stations, BY_CODE), (stations, BY_NAME), (pending, BY_PENDING)):
        if found_by == BY_NAME:
            line, hit = _maybe_same_entity(entities, entries, views, base)
        else:
            line, hit = _same_entity(entities, entries, base)
        view = entities.view[line]
        different = (own[view] != base.institution[hit]) & (own_id[view] != base.holder[hit])
        line, hit, view = line[different], hit[different], view[different]
        level = _levels(views, on, view, base.since[hit], base.until[hit], pending=found_by == BY_PENDING)
        row = base.row[hit]
        day = views.days[view]
        listed, delisted = entries.listed[row], entries.delisted[row]
        in_force = (np.isnat(listed) | (listed <= day)) & (np.isnat(delisted) | (delisted > day)) & (level >= 0)
        line, hit, view, level, row = (part[in_force] for part in (line, hit, view, level, row))
        doubtful = (entities.kind[line] < 0) | (found_by == BY_NAME) | base.doubtful[hit]
        doubtful |= entities.left_out[line] | (entries.left_out[row] > 0)
        level = np.where(doubtful, np.minimum(level, OPEN), level)
        parts.append((view, line, base.holder[hit], base.since[hit], row, level, np.full(len(line), found_by)))
    view, line, other, since, row, level, how = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    # Several rows of one entity on the other roster are one overlap.
    _, other_code = np.unique(other.astype(str), return_inverse=True)
    order = np.lexsort((row, how, other_code, line, view))
    repeated = np.zeros(len(order), dtype=bool)
    repeated[1:] = (line[order][1:] == line[order][:-1]) & (other_code[order][1:] == other_code[order][:-1])
    order = order[~repeated]
    shared = np.zeros(len(entities.view), dtype=bool)
    shared[line[order][(level[order] >= OPEN) & (how[order] != BY_PENDING)]] = True
    return Overlaps(
        view[order],
        line[order],
        other[order],
        since[order],
        row[order],
        level[order],
        how[order],
        shared,
        _unfiled(views, on, binding),
        entries,
        entities,
    )


def _unfiled(views: Views, on: dt.date, binding: pd.DataFrame) -> Mapping[int, tuple[str, ...]]:
    """Return, per view, the stations without a known roster that were there before, or may have been."""
    lacking = binding[~binding["filed"].to_numpy(dtype=bool)]
    count = len(views.subjects)
    if not len(lacking) or not count:
        return {}
    own = np.array([subject.institution_id or subject.subject_id for subject in views.subjects], dtype=object)
    own_id = np.array([subject.subject_id for subject in views.subjects], dtype=object)
    since = lacking["since"].to_numpy(dtype="datetime64[s]")
    until = lacking["until"].to_numpy(dtype="datetime64[s]")
    found: dict[int, list[str]] = {}
    everyone = np.arange(count)
    for number, (station, institution) in enumerate(zip(lacking["station"], lacking["institution"], strict=True)):
        first, last = (np.full(count, side[number]) for side in (since, until))
        level = _levels(views, on, everyone, first, last, pending=False)
        for view in np.flatnonzero((level >= OPEN) & (own != institution) & (own_id != station)).tolist():
            found.setdefault(view, []).append(str(station))
    return {view: tuple(sorted(set(stations))) for view, stations in found.items()}


def _station_rows(binding: pd.DataFrame, entries: Entries) -> _Base:
    distinct, codes = entries.holders
    position = pd.Index(binding["holder"]).get_indexer(distinct)[codes] if len(distinct) else codes
    row = np.flatnonzero((position >= 0) & (entries.kind != 0)) if len(codes) else codes
    where = position[row]
    return _Base(
        row,
        binding["station"].to_numpy(dtype=object)[where],
        binding["since"].to_numpy(dtype="datetime64[s]")[where],
        binding["until"].to_numpy(dtype="datetime64[s]")[where],
        binding["institution"].to_numpy(dtype=object)[where],
        binding["doubtful"].to_numpy(dtype=bool)[where],
    )


def _pending_rows(views: Views, entries: Entries) -> _Base:
    """Return the rows of applications that await a decision."""
    rows, holders, institutions = [np.zeros(0, dtype=np.int64)], [], []
    for subject in {s.subject_id: s for s, waits in zip(views.subjects, views.pending, strict=True) if waits}.values():
        if subject.role == "establishment" and subject.facts.get("decision") != "accepted":
            held = entries.possible_by_holder.get(subject.subject_id, rows[0])
            held = held[entries.kind[held] != 0]
            rows.append(held)
            holders += [subject.subject_id] * len(held)
            institutions += [subject.institution_id or subject.subject_id] * len(held)
    row = np.concatenate(rows)
    never = np.full(len(row), np.datetime64("NaT"), dtype="datetime64[s]")
    return _Base(
        row,
        np.array(holders, dtype=object),
        never,
        never,
        np.array(institutions, dtype=object),
        np.zeros(len(row), dtype=bool),
    )


def _same_entity(entities: Entities, entries: Entries, base: _Base) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs (entity line, base position) of one legal entity for certain.

    A row that only has a name is an entity of its own, so that equal numbers are one entity.
    """
    return _match(entities.entity, entries.entity[base.row])


def _maybe_same_entity(
    entities: Entities, entries: Entries, views: Views, base: _Base
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs (entity line, base position) that by any of their names may be one legal entity.

    Only pairs with a side that has no code: names that many coded enterprises share are no suspicion.
    """
    line, row = _rows_of(entities, entries, views)
    loose, loose_base = ~entries.coded[row], ~entries.coded[base.row]
    if not loose.any() and not loose_base.any():
        return line[:0], line[:0]
    _, codes = np.unique(entries.name_keys.astype(str), return_inverse=True)
    names, base_names = codes[row], codes[base.row]
    coded, without = np.flatnonzero(~loose), np.flatnonzero(loose_base)
    any_line, any_hit = _match(names[loose], base_names)
    coded_line, loose_hit = _match(names[coded], base_names[without])
    # By the enterprise table: one side has no code, and its name is, or was, that of the other.
    here, pair = _match(row, entries.namesake_row)
    mine, there = _match(entries.namesake[pair], entries.entity[base.row])
    yonder, known = _match(base.row, entries.namesake_row)
    theirs, named = _match(entries.namesake[known], entities.entity)
    lines = np.concatenate([line[loose][any_line], line[coded[coded_line]], line[here[mine]], named])
    hit = np.concatenate([any_hit, without[loose_hit], there, yonder[theirs]])
    other = entities.entity[lines] != entries.entity[base.row[hit]]
    return lines[other], hit[other]


def _rows_of(entities: Entities, entries: Entries, views: Views) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every row of every entity that counts or may count, as pairs (entity line, row)."""
    if not len(entities.view):
        return entities.view[:0], entities.view[:0]
    size = int(entries.entity.max()) + 1
    wanted = views.row_view * size + entries.entity[views.row]
    own = entities.view * size + entities.entity  # in this order already
    line = np.minimum(np.searchsorted(own, wanted), len(own) - 1)
    counts = own[line] == wanted
    return line[counts], views.row[counts]


def _match(left: NDArray[np.int64], right: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of all pairs of equal numbers."""
    order = np.argsort(right, kind="stable")
    ordered = right[order]
    first = np.searchsorted(ordered, left, side="left")
    count = np.searchsorted(ordered, left, side="right") - first
    line = np.repeat(np.arange(len(left)), count)
    offset = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    return line, order[np.repeat(first, count) + offset]


def _levels(
    views: Views,
    on: dt.date,
    view: NDArray[np.int64],
    since: NDArray[np.datetime64],
    until: NDArray[np.datetime64],
    *,
    pending: bool,
) -> NDArray[np.int64]:
    """Return the level of each pair, -1 where the other roster binds nobody on the view's day."""
    day = views.days[view]
    applicant = np.array([subject.is_applicant for subject in views.subjects], dtype=bool)[view]
    waits = views.pending[view]
    today = day == np.datetime64(on, "s")
    if pending:
        return np.where(waits & today, OPEN, -1)
    own = np.array([subject.established_on for subject in views.subjects], dtype="datetime64[s]")[view]
    active = (np.isnat(since) | (since <= day)) & (np.isnat(until) | (until > day))
    # An application meets what is established on its day; on the day of its own decision a tie has no order.
    tie = np.isnat(since) & ~(waits & today) | (since == day) & ~waits & _is_decision(views)[view]
    of_applicant = np.where(tie, OPEN, LATER)
    of_station = np.select([np.isnat(own) | np.isnat(since) | (own == since), since < own], [OPEN, LATER], EARLIER)
    return np.where(active, np.where(applicant, of_applicant, of_station), -1)


def _is_decision(views: Views) -> NDArray[np.bool_]:
    """Return whether a view's day is the day of its subject's decision."""
    decided = np.array([subject.decided_on for subject in views.subjects], dtype="datetime64[s]")
    result: NDArray[np.bool_] = decided == views.days
    return result
