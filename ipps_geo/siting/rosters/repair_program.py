"""The program behind a repair: where each enterprise ends up, with the fewest moves.

Enterprises of one class have the same holders, need, and stations that could take them in. Of class c with N_c members
and holders H_c, f_cj end at station j, the others at none. Moves per member:

    ends with a holder     |H_c| - 1     the other holders release it
    ends with another      max(1, |H_c|) a transfer (an addition where nobody held it), the other holders release it
    ends nowhere           |H_c|         all holders release it

    min   sum of moves
    s.t.  sum_j f_cj <= N_c                              on one roster at most: disjoint rosters
          t_j = sum_{c with need} f_cj,  q_j = sum_{c without} f_cj
          t_j + q_j >= L z_j                             roster minimum
          num q_j <= (den - num) t_j + num Q_j (1 - z_j) need share
          f_cj <= N_c (1 - z_j)  where j may not keep c  key industry
          z binary (1: the station passes);  t, q integer;  f continuous, whole by itself once t and q are

Only the stations that are *watched* have rows and take enterprises in. That is a relaxation (an enterprise that joins
any other station might as well end nowhere), so its optimum is a bound; a station that its solution breaks is watched
from then on, and when none is broken the optimum is that of all stations.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ipps_geo.siting.highs import maximise

#: Relative gap of the first pass.
_ROUGH = 0.005

#: Seconds that every component gets, so that none stays without any answer; most need a tenth of it.
_LEAST_S = 1.0

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
class RepairSolution:
    """Where each entity ends (-1: nowhere), which stations pass, the moves, and the fewest proven.

    ``certain``: no more stations could pass. ``proven``: that, and no fewer moves would do.
    """

    ends: Ints
    passes: Bools
    moves: int
    bound: int
    certain: bool
    proven: bool


@dataclass(frozen=True, eq=False)
class _Class:
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


def solve_repair(case: RepairCase, time_limit_s: float, refine_until_s: float) -> RepairSolution:
    """Most stations that can pass, and the fewest moves for that.

    First to within a few moves in a thousand, which is quick; what that leaves unproven is then solved exactly in the
    time that is left until ``refine_until_s``. Either way: solve, watch what breaks, solve again.
    """
    start = time.perf_counter()
    deadline = start + time_limit_s
    savable = ~case.hopeless
    watched = _watched_by_fractions(case, savable & ~passing(case, as_filed(case)), deadline)
    known: dict[tuple[object, ...], _Part] = {}
    rough, watched = _rounds(case, watched, known, _ROUGH, deadline)
    deadline = start + min(time_limit_s, refine_until_s)
    if rough.proven or time.perf_counter() >= deadline:
        return rough
    known = {key: part for key, part in known.items() if part.proven}
    exact, _ = _rounds(case, watched, known, 0.0, deadline)
    better = max(rough, exact, key=lambda found: (int(found.passes.sum()), -found.moves))
    bound = min(max(rough.bound, exact.bound), better.moves) if better.certain else 0
    return replace(better, bound=bound, proven=better.certain and bound == better.moves)


def _rounds(
    case: RepairCase, watched: Bools, known: dict[tuple[object, ...], _Part], gap: float, deadline: float
) -> tuple[RepairSolution, Bools]:
    """Solve every component, watch the stations that their solutions break, solve again until none is broken.

    ``known`` holds the components solved already and is added to. Also returns the stations watched at the end.
    """
    savable = ~case.hopeless
    while True:
        classes = _classes(case, watched)
        ends = as_filed(case)
        moves, bound, certain, proven = 0, 0, True, True
        parts = _components(classes, case.n_stations)
        sizes = [sum(len(c.holders) + len(c.targets) for c in part) for part in parts]
        for place, part in enumerate(parts):
            key = tuple((c.need, c.holders, c.targets) for c in part), tuple(_stations(part, watched))
            if key not in known:
                # Each component gets its share of the time by its size; what it leaves goes to those after it.
                left = max(deadline - time.perf_counter(), 0.0) * sizes[place] / sum(sizes[place:])
                known[key] = _solved(case, part, watched, gap, max(left, _LEAST_S))
            solved = known[key]
            moves, bound = moves + solved.moves, bound + solved.bound
            certain, proven = certain and solved.certain, proven and solved.proven
            for group, taken in zip(part, solved.taken, strict=True):
                _hand_out(case, group, taken, ends)
        passes = passing(case, ends) & savable
        broken = savable & ~watched & ~passes
        if not broken.any() or time.perf_counter() >= deadline:
            whole = not broken.any()
            return RepairSolution(ends, passes, moves, bound, certain and whole, proven and whole), watched
        watched = watched | broken


def _watched_by_fractions(case: RepairCase, watched: Bools, deadline: float) -> Bools:
    """Stations to watch from the start: those that even the linear programs break, which cost next to nothing."""
    num, den = case.need_share
    while time.perf_counter() < deadline:
        classes = _classes(case, watched)
        with_need, without = np.zeros(case.n_stations), np.zeros(case.n_stations)
        decided = np.zeros(len(case.need), dtype=bool)
        for part in _components(classes, case.n_stations):
            program = _Program(case, part, watched)
            flows = program.fractions()
            if flows is None:
                continue
            for c in part:
                decided[c.members] = True
            need = program.need[program.group]
            with_need += np.bincount(program.station[need], weights=flows[need], minlength=case.n_stations)
            without += np.bincount(program.station[~need], weights=flows[~need], minlength=case.n_stations)
        ends = as_filed(case)
        settled = (ends >= 0) & ~decided
        with_need += np.bincount(ends[settled & case.need], minlength=case.n_stations)
        without += np.bincount(ends[settled & ~case.need], minlength=case.n_stations)
        n = with_need + without
        broken = (n < case.min_roster - 1e-6) | (den * with_need < num * n - 1e-6)
        broken &= ~case.hopeless & ~watched
        if not broken.any():
            break
        watched = watched | broken
    return watched


def _stations(part: list[_Class], watched: Bools) -> list[int]:
    """Watched stations that a component concerns, ascending."""
    return sorted(j for j in {j for c in part for j in (*(j for j, _ in c.holders), *c.targets)} if watched[j])


def _solved(case: RepairCase, part: list[_Class], watched: Bools, gap: float, time_limit_s: float) -> _Part:
    """One component: everybody passes, or, where that cannot be, as many as possible."""
    deadline = time.perf_counter() + time_limit_s

    def left() -> float:
        return max(deadline - time.perf_counter(), 0.05)

    program = _Program(case, part, watched)
    everybody = np.ones(len(program.stations), dtype=bool)
    if program.fractions() is not None:
        solved = program.whole(everybody, everybody, 0, gap, left())
        if solved is not None:
            return solved
    passing_now, certain = program.most_passing(left() / 2)
    if not passing_now.any():
        return _Part(_nothing_moves(part), 0, 0, certain=False, proven=False)
    lost = int((~passing_now).sum())
    chosen = program.whole(passing_now, passing_now, lost, gap, left() / 2)
    # Losing others, as many, might take fewer moves.
    free = None if gap else program.whole(np.zeros_like(everybody), everybody, lost, gap, left())
    if free is not None and (chosen is None or free.moves < chosen.moves):
        chosen = free
    if chosen is None:  # only when time ran out
        return _Part(_nothing_moves(part), 0, 0, certain=False, proven=False)
    least = max(program.least_moves(lost), 0 if free is None else free.bound)
    bound = min(least, chosen.moves) if certain else 0
    return _Part(chosen.taken, chosen.moves, bound, certain, bound == chosen.moves)


def as_filed(case: RepairCase) -> Ints:
    """Everybody with the earliest holder that may keep it."""
    ends = np.full(len(case.need), -1, dtype=np.int32)
    for e, holders in enumerate(case.holders):
        for station, keeps in holders:
            if keeps or case.hopeless[station]:
                ends[e] = station
                break
    return ends


def _classes(case: RepairCase, watched: Bools) -> list[_Class]:
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
            classes.append(_Class(np.array(members, dtype=np.int64), with_need, holders, targets))
    return sorted(classes, key=lambda c: (c.need, c.holders, c.targets))


def _components(classes: list[_Class], n_stations: int) -> list[list[_Class]]:
    """Classes split where no station links them."""
    pairs = [(g, station) for g, c in enumerate(classes) for station in (*(s for s, _ in c.holders), *c.targets)]
    if not pairs:
        return []
    rows, columns = np.array(pairs, dtype=np.int64).T
    n = len(classes)
    graph = sparse.coo_array((np.ones(len(pairs)), (rows, n + columns)), shape=(n + n_stations, n + n_stations))
    _, label = connected_components(graph, directed=False)
    parts: dict[int, list[_Class]] = {}
    for g, c in enumerate(classes):
        parts.setdefault(int(label[g]), []).append(c)
    return list(parts.values())


def _hand_out(case: RepairCase, group: _Class, taken: Longs, ends: Ints) -> None:
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


def _nothing_moves(classes: list[_Class]) -> list[Longs]:
    """Everybody stays with the first holder."""
    return [np.array([len(c.members)] * bool(c.holders) + [0] * (len(c.holders) + len(c.targets) - bool(c.holders)))
            for c in classes]  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Part:
    """A component solved: members per end of each class; the rest as in :class:`RepairSolution`."""

    taken: list[Longs]
    moves: int
    bound: int
    certain: bool
    proven: bool


class _Program:
    """One mixed-integer program over some classes; columns are (class, end) pairs, then t, q, z of watched stations."""

    def __init__(self, case: RepairCase, classes: list[_Class], watched: Bools) -> None:
        self.case, self.classes = case, classes
        self.stations = _stations(classes, watched)
        ends: list[tuple[int, int, bool, bool]] = []
        for g, c in enumerate(classes):
            ends += [(g, s, keeps, False) for s, keeps in c.holders] + [(g, s, True, True) for s in c.targets]
        columns = np.array(ends, dtype=np.int64).reshape(-1, 4).T
        self.group, self.station = columns[0], columns[1]
        self.keeps, self.is_target = columns[2] == 1, columns[3] == 1
        self.size = np.array([len(c.members) for c in classes], dtype=np.float64)
        self.need = np.array([c.need for c in classes], dtype=bool)
        self.n_holders = np.array([len(c.holders) for c in classes], dtype=np.float64)

    def fractions(self) -> Floats | None:
        """Flows of the linear program in which every station passes; None when even that is infeasible."""
        matrix, row_lower, row_upper, lower, upper = self._rows()
        lower[len(self.group) + 2 * len(self.stations) :] = 1.0
        solved = maximise(self._worth(), matrix, row_lower, row_upper, lower, upper)
        return solved.values[: len(self.group)] if solved.outcome == "optimal" else None

    def most_passing(self, time_limit_s: float) -> tuple[Bools, bool]:
        """A largest set of stations that can pass together, as a mask over ``stations``, and whether it is certain."""
        matrix, row_lower, row_upper, lower, upper = self._rows()
        m = len(self.stations)
        worth = np.concatenate([np.zeros(len(lower) - m), np.ones(m)])
        integer = np.arange(len(lower)) >= len(self.group)
        solved = maximise(
            worth, matrix, row_lower, row_upper, lower, upper, integer, time_limit_s=time_limit_s, absolute_gap=0.99
        )
        if solved.outcome not in ("optimal", "feasible"):
            return np.zeros(m, dtype=bool), False
        return solved.values[len(lower) - m :] > 0.5, solved.outcome == "optimal"

    def whole(self, least: Bools, most: Bools, lost: int, gap: float, time_limit_s: float) -> _Part | None:
        """Fewest moves with ``least <= z <= most`` and at most ``lost`` stations lost; None without an answer."""
        matrix, row_lower, row_upper, lower, upper = self._rows()
        n_flows, m = len(self.group), len(self.stations)
        lower[n_flows + 2 * m :], upper[n_flows + 2 * m :] = least, most
        row_lower[-1] = m - lost
        saved = self._saved()
        integer = np.arange(len(lower)) >= n_flows
        relaxed = maximise(self._worth(), matrix, row_lower, row_upper, lower, upper)
        if relaxed.outcome == "infeasible":
            return None
        # Moves are whole: a gap below one is none.
        allowed, solved = 0.99, relaxed
        if gap and relaxed.outcome == "optimal":
            # Few columns are used by the linear program, and those mostly hold a whole plan as good.
            few = upper.copy()
            few[:n_flows][self.is_target & (relaxed.values[:n_flows] < 1e-9)] = 0.0
            allowed += gap * max(self._all_moves - relaxed.bound, 0.0)
            solved = maximise(
                self._worth(), matrix, row_lower, row_upper, lower, few, integer,
                time_limit_s=time_limit_s / 2, absolute_gap=allowed,
            )  # fmt: skip
        if not gap or solved.outcome not in ("optimal", "feasible"):
            solved = maximise(
                self._worth(), matrix, row_lower, row_upper, lower, upper, integer,
                time_limit_s=time_limit_s, absolute_gap=allowed, presolve=False,
            )  # fmt: skip
        if solved.outcome not in ("optimal", "feasible"):
            return None
        taken = self._preferred(matrix, row_lower, row_upper, lower, upper, solved.values)
        all_moves = self._all_moves
        moves = round(all_moves - float((taken * saved).sum()))
        # On fewer columns only the linear program over all of them bounds the moves.
        bounds = ([relaxed.bound] if relaxed.outcome == "optimal" else []) + ([] if gap else [solved.bound])
        proven = min(bounds, default=np.inf)
        bound = min(int(np.ceil(max(all_moves - proven, 0.0) - 1e-6)), moves)
        starts = np.searchsorted(self.group, np.arange(len(self.classes) + 1))
        numbers = [taken[starts[g] : starts[g + 1]] for g in range(len(self.classes))]
        return _Part(numbers, moves, bound, certain=True, proven=bound == moves)

    def least_moves(self, lost: int) -> int:
        """A bound on the moves with at most ``lost`` stations lost, whichever they are, by the linear program."""
        matrix, row_lower, row_upper, lower, upper = self._rows()
        row_lower[-1] = len(self.stations) - lost
        solved = maximise(self._worth(), matrix, row_lower, row_upper, lower, upper)
        return max(int(np.ceil(self._all_moves - solved.bound - 1e-6)), 0) if solved.outcome == "optimal" else 0

    @property
    def _all_moves(self) -> float:
        """Moves when everybody ends nowhere."""
        return float((self.size * self.n_holders).sum())

    def _worth(self) -> Floats:
        return np.concatenate([self._saved(), np.zeros(3 * len(self.stations))])

    def _preferred(
        self, matrix: Any, row_lower: Floats, row_upper: Floats, lower: Floats, upper: Floats, values: Floats
    ) -> Longs:
        """Flows with the same numbers per station and as few moves, told apart by what a reader would prefer.

        A shared enterprise stays with the station established first, an enterprise rather changes its station than
        loses it, and rather an unserved one is added than a served one transferred. All preferences together weigh less
        than half a move. With t, q and z whole the rest is two transportation problems with whole vertices.
        """
        n_flows = len(self.group)
        held = self.size[self.n_holders > 0].sum()
        first = np.ones(n_flows, dtype=bool)
        first[1:] = self.group[1:] != self.group[:-1]
        pool = self.n_holders[self.group] == 0
        preference = np.where(self.is_target, np.where(pool, 0.0, 1.0), np.where(first, 2.0, 1.0))
        flows = self._saved() + 0.45 / (2 * held + 1) * preference
        worth = np.concatenate([flows, np.zeros(3 * len(self.stations))])
        lower, upper = lower.copy(), upper.copy()
        lower[n_flows:] = upper[n_flows:] = np.round(values[n_flows:])
        vertex = maximise(worth, matrix, row_lower, row_upper, lower, upper)
        if vertex.outcome != "optimal" or np.abs(vertex.values - np.round(vertex.values)).max(initial=0.0) > 1e-6:
            vertex = maximise(worth, matrix, row_lower, row_upper, lower, upper, np.ones(len(worth), dtype=bool))
        return np.round(vertex.values[:n_flows]).astype(np.int64)

    def _saved(self) -> Floats:
        """Moves that a member saves by this end, against ending nowhere."""
        pool = self.n_holders[self.group] == 0
        return np.where(self.is_target, np.where(pool, -1.0, 0.0), 1.0)

    def _rows(self) -> tuple[sparse.csr_array, Floats, Floats, Floats, Floats]:
        """Matrix, row bounds and column bounds (z from 0 to 1); the last row is the number of passing stations."""
        case, n_flows, m = self.case, len(self.group), len(self.stations)
        num, den = case.need_share
        place = np.full(case.n_stations, -1, dtype=np.int64)
        place[self.stations] = np.arange(m)
        flow = np.arange(n_flows)
        t, q, z = n_flows + np.arange(m), n_flows + m + np.arange(m), n_flows + 2 * m + np.arange(m)
        at = place[self.station]
        inside = at >= 0
        with_need = self.need[self.group]
        bounded = (self.size[self.group] * inside).astype(np.float64)
        most = np.bincount(at[inside & ~with_need], weights=bounded[inside & ~with_need], minlength=m)
        n_groups = len(self.classes)
        rows: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]] = []
        low, high = [np.full(n_groups, -np.inf)], [self.size]

        def put(row: Longs, column: Longs, value: Floats | Longs | float) -> None:
            rows.append((row, column, np.broadcast_to(np.asarray(value, dtype=np.float64), row.shape)))

        put(self.group, flow, 1.0)
        counted = n_groups + at + np.where(with_need, 0, m)
        put(counted[inside], flow[inside], 1.0)
        put(n_groups + np.arange(m), t, -1.0)
        put(n_groups + m + np.arange(m), q, -1.0)
        base = n_groups + 2 * m
        put(base + np.arange(m), t, 1.0)
        put(base + np.arange(m), q, 1.0)
        put(base + np.arange(m), z, -float(case.min_roster))
        put(base + m + np.arange(m), q, float(num))
        put(base + m + np.arange(m), t, -float(den - num))
        put(base + m + np.arange(m), z, num * most)
        low += [np.zeros(2 * m), np.zeros(m), np.full(m, -np.inf)]
        high += [np.zeros(2 * m), np.full(m, np.inf), num * most.astype(np.float64)]
        base += 2 * m
        # What a station may not keep it keeps only when it does not pass.
        barred = np.flatnonzero(~self.keeps & inside & ~case.hopeless[self.station])
        put(base + np.arange(len(barred)), barred, 1.0)
        put(base + np.arange(len(barred)), z[at[barred]], self.size[self.group[barred]])
        low.append(np.full(len(barred), -np.inf))
        high.append(self.size[self.group[barred]])
        base += len(barred)
        put(np.full(m, base), z, 1.0)
        low.append(np.zeros(1))
        high.append(np.array([np.inf]))
        base += 1
        row, column, value = (np.concatenate([part[k] for part in rows]) for k in range(3))
        matrix = sparse.csr_array((value, (row, column)), shape=(base, n_flows + 3 * m))
        upper_flow = self.size[self.group].copy()
        upper_flow[~self.keeps & ~inside & ~case.hopeless[self.station]] = 0.0
        lower = np.zeros(n_flows + 3 * m)
        upper = np.concatenate([upper_flow, np.full(2 * m, np.inf), np.ones(m)])
        return matrix, np.concatenate(low), np.concatenate(high), lower, upper
