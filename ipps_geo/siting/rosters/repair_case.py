"""What a repair works on: entities and stations by position, and the classes of entities that nothing tells apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RepairCase:
    """Entities and stations by position.

    ``holders[e]`` lists (station, may keep it) in the order of establishment, ``reach`` is a CSR of the stations that
    may take each entity in. ``hopeless`` stations cannot pass whatever is moved: they take nobody in.
    """

    need: Bools
    holders: tuple[tuple[tuple[int, bool], ...], ...]
    reach_start: Longs
    reach_sites: Ints
    reach_costs: Floats
    n_stations: int
    hopeless: Bools
    min_roster: int
    need_share: tuple[int, int]

    @cached_property
    def settled_at(self) -> Longs:
        """The one holder that may keep the entity, -2 for unserved entities, -1 where something has to be decided."""
        return np.array(
            [
                -2 if not held else held[0][0] if len(held) == 1 and (held[0][1] or self.hopeless[held[0][0]]) else -1
                for held in self.holders
            ],
            dtype=np.int64,
        )


@dataclass(frozen=True, eq=False)
class EntityClass:
    """Entities that the program cannot tell apart."""

    members: Longs
    need: bool
    holders: tuple[tuple[int, bool], ...]
    targets: tuple[int, ...]


def passing(case: RepairCase, ends: Ints) -> Bools:
    """Stations whose roster, as it ends, has its minimum, its share, and nobody who may not be on it."""
    held = ends >= 0
    n = np.bincount(ends[held], minlength=case.n_stations)
    k = np.bincount(ends[held & case.need], minlength=case.n_stations)
    num, den = case.need_share
    good: Bools = (n >= case.min_roster) & (den * k >= num * n)
    for e in np.flatnonzero(held):
        for station, keeps in case.holders[e]:
            if station == ends[e] and not keeps:
                good[station] = False
    return good


def as_filed(case: RepairCase) -> Ints:
    """Everybody with the earliest holder that may keep it."""
    ends = np.full(len(case.need), -1, dtype=np.int32)
    for e, holders in enumerate(case.holders):
        for station, keeps in holders:
            if keeps or case.hopeless[station]:
                ends[e] = station
                break
    return ends


def entity_classes(case: RepairCase, watched: Bools) -> list[EntityClass]:
    """Entities with something to decide: shared, not to be kept, or within reach of a watched station."""
    entity = np.repeat(np.arange(len(case.need)), np.diff(case.reach_start))
    inside = watched[case.reach_sites]
    entity, sites = entity[inside], case.reach_sites[inside]
    start = np.searchsorted(entity, np.arange(len(case.need) + 1))
    found: dict[tuple[bool, tuple[tuple[int, bool], ...], bytes], list[int]] = {}
    settled_at = case.settled_at
    # Two entries more, so that -1 and -2 stand for no station.
    unmoved = (settled_at != -1) & ~np.append(watched, [False, False])[settled_at]
    need, reached = case.need.tolist(), sites.tobytes()
    width = sites.itemsize
    for e in np.flatnonzero((np.diff(start) > 0) | ~unmoved).tolist():
        key = (need[e], case.holders[e], reached[width * start[e] : width * start[e + 1]])
        found.setdefault(key, []).append(e)
    classes = []
    for (with_need, holders, listed), members in found.items():
        held = {station for station, _ in holders}
        targets = tuple(j for j in np.frombuffer(listed, dtype=sites.dtype).tolist() if j not in held)
        if targets or len(holders) > 1 or (holders and (watched[holders[0][0]] or not holders[0][1])):
            classes.append(EntityClass(np.array(members, dtype=np.int64), with_need, holders, targets))
    return sorted(classes, key=lambda c: (c.need, c.holders, c.targets))


def components(classes: list[EntityClass], n_stations: int) -> list[list[EntityClass]]:
    """Classes split where no station links them."""
    pairs = [(g, station) for g, c in enumerate(classes) for station in (*(s for s, _ in c.holders), *c.targets)]
    if not pairs:
        return []
    rows, columns = np.array(pairs, dtype=np.int64).T
    n = len(classes)
    graph = sparse.coo_array((np.ones(len(pairs)), (rows, n + columns)), shape=(n + n_stations, n + n_stations))
    _, label = connected_components(graph, directed=False)
    parts: dict[int, list[EntityClass]] = {}
    for g, c in enumerate(classes):
        parts.setdefault(int(label[g]), []).append(c)
    return list(parts.values())


def stations_of(part: list[EntityClass], watched: Bools) -> list[int]:
    """Watched stations that a component concerns, ascending."""
    return sorted(j for j in {j for c in part for j in (*(j for j, _ in c.holders), *c.targets)} if watched[j])


def hand_out(case: RepairCase, group: EntityClass, taken: Longs, ends: Ints) -> None:
    """Give every member of a class its end; the ends of a class are its holders, then its targets.

    The members of a class are alike to the program; each station gets those nearest to it, equals by position.
    """
    stations = [*(station for station, _ in group.holders), *group.targets]
    left = group.members
    for station, number in zip(stations, taken.tolist(), strict=True):
        if number == 0:
            continue
        if number < len(left):
            left = left[np.argsort(_costs(case, left, station), kind="stable")]
        ends[left[:number]] = station
        left = np.sort(left[number:])
    ends[left] = -1


def _costs(case: RepairCase, entities: Longs, station: int) -> Floats:
    """Cost of reach of each entity to a station; infinite beyond reach."""
    costs = np.full(len(entities), np.inf)
    for place, e in enumerate(entities):
        here = slice(case.reach_start[e], case.reach_start[e + 1])
        found = np.flatnonzero(case.reach_sites[here] == station)
        if len(found):
            costs[place] = case.reach_costs[here][found[0]]
    return costs


def nothing_moves(classes: list[EntityClass]) -> list[Longs]:
    """Everybody stays with the first holder."""
    return [np.array([len(c.members)] * bool(c.holders) + [0] * (len(c.holders) + len(c.targets) - bool(c.holders)))
            for c in classes]  # fmt: skip
