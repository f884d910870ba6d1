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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ipps_geo.siting.highs import maximise

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


@dataclass(frozen=True, eq=False)
class RepairSolution:
    """Where each entity ends (-1: nowhere), which stations pass, the fewest moves proven, and how it ended."""

    ends: Ints
    passes: Bools
    bound: int
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


def solve_repair(case: RepairCase, time_limit_s: float) -> RepairSolution:
    """Most stations that can pass, and the fewest moves for that."""
    deadline = time.perf_counter() + time_limit_s
    savable = ~case.hopeless
    watched = savable & ~passing(case, _as_filed(case))
    attempt = _rounds(case, watched, None, deadline)
    if attempt is None:
        # Not all can pass together: first how many at most, then the fewest moves among the plans with that many.
        most = _rounds(case, watched, -1, deadline)
        if most is None:  # a solver's word against reason: every station may fail, so there is always a solution
            ends = _as_filed(case)
            return RepairSolution(ends, passing(case, ends) & savable, 0, proven=False)
        lost = int((savable & ~most.passes).sum())
        attempt = _rounds(case, watched, lost, deadline)
        if attempt is None:  # only when time ran out before the count was certain
            attempt = RepairSolution(most.ends, most.passes, 0, proven=False)
    return attempt


def _as_filed(case: RepairCase) -> Ints:
    """Everybody with the earliest holder that may keep it."""
    ends = np.full(len(case.need), -1, dtype=np.int32)
    for e, holders in enumerate(case.holders):
        for station, keeps in holders:
            if keeps or case.hopeless[station]:
                ends[e] = station
                break
    return ends


def _rounds(case: RepairCase, watched: Bools, lost: int | None, deadline: float) -> RepairSolution | None:
    """Solve, watch what breaks (``watched`` grows), solve again.

    ``lost``: None when all watched stations have to pass, -1 to lose the fewest, else how many may be lost.
    """
    while True:
        solution = _relaxed(case, watched, lost, deadline)
        if solution is None:
            return None
        broken = ~case.hopeless & ~watched & ~solution.passes
        if not broken.any() or time.perf_counter() >= deadline:
            proven = solution.proven and not broken.any()
            return RepairSolution(solution.ends, solution.passes, solution.bound, proven)
        watched |= broken


def _relaxed(case: RepairCase, watched: Bools, lost: int | None, deadline: float) -> RepairSolution | None:
    """Optimum with rows for the watched stations only; None when they cannot all pass."""
    classes = _classes(case, watched)
    ends = _as_filed(case)
    bound, proven = 0, True
    parts = _components(classes, case.n_stations) if lost is None else [classes]
    for part in parts:
        solved = _Program(case, part, watched, lost).solve(max(deadline - time.perf_counter(), 0.05))
        if solved is None:
            return None
        numbers, part_bound, part_proven = solved
        bound += part_bound
        proven &= part_proven
        for group, taken in zip(part, numbers, strict=True):
            _hand_out(case, group, taken, ends)
    passes = passing(case, ends) & ~case.hopeless
    return RepairSolution(ends, passes, bound, proven)


def _classes(case: RepairCase, watched: Bools) -> list[_Class]:
    """Entities with something to decide: shared, not to be kept, or within reach of a watched station."""
    found: dict[tuple[bool, tuple[tuple[int, bool], ...], tuple[int, ...]], list[int]] = {}
    open_to = watched & ~case.hopeless
    for e, holders in enumerate(case.holders):
        sites = case.reach_sites[case.reach_start[e] : case.reach_start[e + 1]]
        held = {station for station, _ in holders}
        targets = tuple(int(j) for j in sites if open_to[j] and int(j) not in held)
        settled = len(holders) == 1 and (holders[0][1] or case.hopeless[holders[0][0]])
        if not targets and (not holders or (settled and not watched[holders[0][0]])):
            continue
        found.setdefault((bool(case.need[e]), holders, targets), []).append(e)
    return [
        _Class(np.array(members, dtype=np.int64), need, holders, targets)
        for (need, holders, targets), members in sorted(found.items())
    ]


def _components(classes: list[_Class], n_stations: int) -> list[list[_Class]]:
    """Classes split where no station links them."""
    pairs = [
        (g, station) for g, c in enumerate(classes) for station in (*(s for s, _ in c.holders), *c.targets)
    ]
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
        if 0 < number < len(left):
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


class _Program:
    """One mixed-integer program over some classes; columns are (class, end) pairs, then t, q, z of watched stations."""

    def __init__(self, case: RepairCase, classes: list[_Class], watched: Bools, lost: int | None) -> None:
        self.case, self.classes, self.lost = case, classes, lost
        used = {s for c in classes for s in (*(station for station, _ in c.holders), *c.targets)}
        self.stations = [j for j in sorted(used) if watched[j]]
        if lost is not None:  # a watched station that nobody concerns has lost already
            self.stations = np.flatnonzero(watched).tolist()
        ends: list[tuple[int, int, bool, bool]] = []
        for g, c in enumerate(classes):
            ends += [(g, s, keeps, False) for s, keeps in c.holders] + [(g, s, True, True) for s in c.targets]
        columns = np.array(ends, dtype=np.int64).reshape(-1, 4).T
        self.group, self.station = columns[0], columns[1]
        self.keeps, self.is_target = columns[2] == 1, columns[3] == 1
        self.size = np.array([len(c.members) for c in classes], dtype=np.float64)
        self.need = np.array([c.need for c in classes], dtype=bool)
        self.n_holders = np.array([len(c.holders) for c in classes], dtype=np.float64)

    def solve(self, time_limit_s: float) -> tuple[list[Longs], int, bool] | None:
        """Members per end of every class, a bound on the moves, and whether it is reached; None when infeasible."""
        worth, base = self._worth()
        matrix, row_lower, row_upper, lower, upper, integer = self._rows()
        counting = self.lost == -1
        n_flows = len(self.group)
        if counting:
            worth = np.zeros_like(worth)
            worth[len(worth) - len(self.stations) :] = 1.0
        solved = maximise(
            worth, matrix, row_lower, row_upper, lower, upper, integer, time_limit_s=time_limit_s, absolute_gap=1e-5
        )
        if solved.outcome == "infeasible":
            return None
        if solved.outcome not in ("optimal", "feasible"):
            return self._nothing_moves(), 0, False
        flows = solved.values[:n_flows]
        if np.abs(flows - np.round(flows)).max(initial=0.0) > 1e-6:
            lower, upper = lower.copy(), upper.copy()
            lower[n_flows:] = upper[n_flows:] = np.round(solved.values[n_flows:])
            whole = maximise(worth, matrix, row_lower, row_upper, lower, upper, np.ones(len(worth), dtype=bool))
            flows = whole.values[:n_flows]
        taken = np.round(flows).astype(np.int64)
        moves = round(float((self.size * self.n_holders).sum() - (taken * self._saved()).sum()))
        # The objective holds the moves plus less than a half of preferences.
        least = 0 if counting else int(np.ceil(base - solved.bound - 0.5 - 1e-6))
        starts = np.searchsorted(self.group, np.arange(len(self.classes) + 1))
        numbers = [taken[starts[g] : starts[g + 1]] for g in range(len(self.classes))]
        return numbers, least, solved.outcome == "optimal" and (counting or least >= moves)

    def _nothing_moves(self) -> list[Longs]:
        numbers = []
        for c in self.classes:
            taken = np.zeros(len(c.holders) + len(c.targets), dtype=np.int64)
            if c.holders:
                taken[0] = len(c.members)
            numbers.append(taken)
        return numbers

    def _saved(self) -> Floats:
        """Moves that a member saves by this end, against ending nowhere."""
        pool = self.n_holders[self.group] == 0
        return np.where(self.is_target, np.where(pool, -1.0, 0.0), 1.0)

    def _worth(self) -> tuple[Floats, float]:
        """Worth of each column, and what is to be taken from it to get moves.

        Equal moves are told apart by what a reader would prefer: a shared enterprise stays with the station that was
        established first, an enterprise rather changes its station than loses it, and rather an unserved one is added
        than a served one transferred. All preferences together weigh less than half a move.
        """
        held = self.size[self.n_holders > 0].sum()
        hair = 0.45 / (2 * held + 1)
        first = np.concatenate([[True], self.group[1:] != self.group[:-1]]) if len(self.group) else np.zeros(0, bool)
        pool = self.n_holders[self.group] == 0
        preference = np.where(self.is_target, np.where(pool, 0.0, 1.0), np.where(first, 2.0, 1.0))
        flows = self._saved() + hair * preference
        base = float((self.size * self.n_holders).sum()) + hair * 2 * held
        return np.concatenate([flows, np.zeros(3 * len(self.stations))]), base

    def _rows(self) -> tuple[sparse.csr_array, Floats, Floats, Floats, Floats, Bools]:
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
        free = self.lost is not None
        if self.lost is not None and self.lost >= 0:
            put(np.full(m, base), z, 1.0)
            low.append(np.array([float(m - self.lost)]))
            high.append(np.array([np.inf]))
            base += 1
        row, column, value = (np.concatenate([part[k] for part in rows]) for k in range(3))
        matrix = sparse.csr_array((value, (row, column)), shape=(base, n_flows + 3 * m))
        upper_flow = self.size[self.group].copy()
        upper_flow[~self.keeps & ~inside & ~case.hopeless[self.station]] = 0.0
        lower = np.concatenate([np.zeros(n_flows + 2 * m), np.full(m, 0.0 if free else 1.0)])
        upper = np.concatenate([upper_flow, np.full(2 * m, np.inf), np.ones(m)])
        integer = np.arange(n_flows + 3 * m) >= n_flows
        return matrix, np.concatenate(low), np.concatenate(high), lower, upper, integer
