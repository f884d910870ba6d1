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

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.rosters.repair_case import EntityClass, RepairCase, stations_of
from ipps_geo.siting.search.highs import maximise

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RepairPart:
    """A component solved: members per end of each class; the rest as in :class:`RepairSolution`."""

    taken: list[Longs]
    moves: int
    bound: int
    certain: bool
    proven: bool


class RepairProgram:
    """One mixed-integer program over some classes; columns are (class, end) pairs, then t, q, z of watched stations."""

    def __init__(self, case: RepairCase, classes: list[EntityClass], watched: Bools) -> None:
        self.case, self.classes = case, classes
        self.stations = stations_of(classes, watched)
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

    def whole(self, least: Bools, most: Bools, lost: int, gap: float, time_limit_s: float) -> RepairPart | None:
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
        return RepairPart(numbers, moves, bound, certain=True, proven=bound == moves)

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
