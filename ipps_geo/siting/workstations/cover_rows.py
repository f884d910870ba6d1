"""How few stations can serve a target, as a covering program with one column for every row that is covered.

With unit weights and no capacity, multipliers mu_j in {0, 1} that say which sites their need share limits bound what
any set of stations serves by a maximal covering (see :mod:`ipps_geo.siting.workstations.min_cut`)::

    f(y) <= sum_{g with need}    N_g         [some open site reaches g]
          + sum_{g with need}    N_g ratio   [some open site with mu = 1 reaches g]
          + sum_{g without need} N_g         [some open site with mu = 0 reaches g]

and the best mu for a set, its minimum cut, make it equal. So the fewest stations are at least

    min sum y_j    s.t.  u_r <= sum of y_j over the sites of row r,    sum_r w_r(mu) u_r >= target for every mu,  u <= 1

where rows with the same sites share their column, and few mu are needed: each is the minimum cut at the openings found
so far. One cut on openings for each mu would need hundreds of them to say the same, most of all near what all sites
together serve, where the program is a set covering in all but name. The roster minimum is left out, so what is proven
here is a bound, and a set found here still has to be settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.search.highs import quiet_solver
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.min_cut import limited_sites
from ipps_geo.siting.workstations.program import StationProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

_INF = highspy.kHighsInf
#: What sums in floating point may be off, in stations: nothing below is rounded up to a station more.
_ROUNDING = 1e-6
#: Rounds in which the bound must grow by so many stations, else it rests.
_RESTS, _LEAST_GAIN = 2, 0.06


@dataclass(frozen=True, eq=False)
class FewestOpenings:
    """Openings of a solution, and a number that no set of stations for the target stays below."""

    opening: Floats
    bound: float


class CoverRows:
    """The covering program of one program's sites for a target, which grows by one requirement for every mu."""

    def __init__(self, program: StationProgram, target: float, watch: Watch) -> None:
        self.program, self.target, self.watch = program, target, watch
        m = program.n_sites
        self._cost = program.counted.astype(np.float64)
        self._lower = program.required.astype(np.float64)
        self._column: dict[bytes, int] = {}
        self._rows: list[Ints] = []
        self._known: set[bytes] = set()
        #: The multipliers at which the target is demanded.
        self.multipliers: list[Floats] = []
        self._demands: list[tuple[Ints, Floats]] = []
        #: For each row of the solver whether it is a requirement; the others cover the columns in their order.
        self._is_demand: list[bool] = []
        self._solver = quiet_solver()
        self._solver.cbMipInterrupt += self._interrupt
        self._solver.cbSimplexInterrupt += self._interrupt
        nothing = np.zeros(0, np.int32)
        self._solver.addCols(m, self._cost, self._lower, np.ones(m), 0, nothing, nothing, np.zeros(0))

    def _interrupt(self, event: Any) -> None:
        if self.watch.late():  # the solver's own time limit is only approximate
            event.interrupt()

    def require(self, mu: Floats) -> bool:
        """Demand the target at a mu (rounded to 0 and 1); False where that was done before."""
        limited = mu > 0.5
        if limited.tobytes() in self._known:
            return False
        self._known.add(limited.tobytes())
        self.multipliers.append(limited.astype(np.float64))
        program = self.program
        groups = program.groups
        need = np.arange(groups.n_groups) < program.n_need
        entry_need = np.repeat(need, np.diff(groups.row_start))
        entry_limited = limited[groups.row_sites]
        weight: dict[int, float] = {}
        before = len(self._rows)
        for entries, worth in (
            (entry_need, 1.0),
            (entry_need & entry_limited, program.ratio),
            (~entry_need & ~entry_limited, 1.0),
        ):
            if worth > 0:
                self._weigh(entries, worth, weight)
        self._extend(before)
        columns = np.array(sorted(weight), np.int32)
        amounts = np.array([weight[column] for column in columns.tolist()])
        self._demands.append((columns, amounts))
        self._solver.addRow(self.target, _INF, len(columns), columns + np.int32(program.n_sites), amounts)
        self._is_demand.append(True)
        return True

    def _weigh(self, entries: Bools, worth: float, weight: dict[int, float]) -> None:
        """Add what covering each group by the sites of ``entries`` is worth to the columns of their rows."""
        groups = self.program.groups
        ends = np.concatenate([[0], np.cumsum(entries)])[groups.row_start]
        sites = groups.row_sites[entries]
        for g in np.flatnonzero(np.diff(ends)).tolist():
            row = sites[ends[g] : ends[g + 1]]
            column = self._column.setdefault(row.tobytes(), len(self._rows))
            if column == len(self._rows):
                self._rows.append(row)
            weight[column] = weight.get(column, 0.0) + worth * float(groups.size[g])

    def _extend(self, before: int) -> None:
        """Give the rows from ``before`` on their columns, and let their sites cover them."""
        new = self._rows[before:]
        if not new:
            return
        nothing = np.zeros(0, np.int32)
        self._solver.addCols(
            len(new), np.zeros(len(new)), np.zeros(len(new)), np.ones(len(new)), 0, nothing, nothing, np.zeros(0)
        )
        own = np.arange(before, len(self._rows), dtype=np.int32) + np.int32(self.program.n_sites)
        lengths = np.array([len(row) + 1 for row in new])
        start = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int32)
        index = np.concatenate([np.append(row, column) for row, column in zip(new, own, strict=True)]).astype(np.int32)
        value = np.ones(len(index))
        value[np.cumsum(lengths) - 1] = -1.0
        self._solver.addRows(len(new), np.zeros(len(new)), np.full(len(new), _INF), len(index), start, index, value)
        self._is_demand.extend([False] * len(new))

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self._rows)

    def matrix(self) -> tuple[Any, Any]:
        """Which sites cover each row, and what each row is worth at each of the multipliers, as sparse matrices."""
        lengths = np.array([len(row) for row in self._rows])
        sites = np.concatenate(self._rows)
        covering = sparse.csr_array(
            (np.ones(len(sites)), (np.repeat(np.arange(self.n_rows), lengths), sites)),
            shape=(self.n_rows, self.program.n_sites),
        )
        number = np.repeat(np.arange(len(self._demands)), [len(columns) for columns, _ in self._demands])
        amounts = sparse.csr_array(
            (
                np.concatenate([amounts for _, amounts in self._demands]),
                (number, np.concatenate([columns for columns, _ in self._demands])),
            ),
            shape=(len(self._demands), self.n_rows),
        )
        return covering, amounts

    # ------------------------------------------------------------------ solving
    def solve(self) -> FewestOpenings | None:
        """Best openings without whole numbers; ``None`` when the solver was stopped or no openings serve the target."""
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + max(0.01, self.watch.left_s))
        self._solver.run()
        self.watch.step()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = self._solver.getSolution()
        primal, duals = np.array(solution.col_value), np.array(solution.row_dual)
        return FewestOpenings(np.clip(primal[: self.program.n_sites], 0.0, 1.0), self._proven(duals))

    def _proven(self, duals: Floats) -> float:
        """What any prices of rows and requirements prove, counted anew in float64: the solver only guides.

        For alpha, pi >= 0::

            sum c_j y_j >= alpha . target + sum_r min(0, pi_r - w_r(alpha)) + sum_j min over y_j of (c_j - pi(j)) y_j
        """
        is_demand = np.array(self._is_demand)
        alpha, pi = np.maximum(duals[is_demand], 0.0), np.maximum(duals[~is_demand], 0.0)
        worth = np.zeros(len(self._rows))
        for factor, (columns, amounts) in zip(alpha, self._demands, strict=True):
            worth[columns] += factor * amounts
        lengths = np.array([len(row) for row in self._rows])
        used = np.bincount(np.concatenate(self._rows), weights=np.repeat(pi, lengths), minlength=self.program.n_sites)
        reduced = self._cost - used
        least = np.minimum(reduced, reduced * self._lower)
        return float(alpha.sum() * self.target + np.minimum(0.0, pi - worth).sum() + least.sum()) - _ROUNDING

    def whole(self, fixed: Bools, fewer_than: int, max_nodes: int) -> Ints | None:
        """Open sites of a good whole solution with the ``fixed`` sites open; ``None`` without one below that number."""
        m = self.program.n_sites
        every = np.arange(m, dtype=np.int32)
        solver = self._solver
        solver.changeColsBounds(m, every, np.maximum(self._lower, fixed.astype(np.float64)), np.ones(m))
        solver.changeColsIntegrality(m, every, np.full(m, highspy.HighsVarType.kInteger))
        for name, value in (
            ("time_limit", solver.getRunTime() + max(0.01, self.watch.left_s)),
            ("mip_max_nodes", max_nodes),
            ("mip_abs_gap", 0.999),
            ("objective_bound", fewer_than - 0.5),
        ):
            solver.setOptionValue(name, value)
        solver.run()
        self.watch.step(max_nodes)
        info = solver.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        opened = np.array(solver.getSolution().col_value)[:m] > 0.5
        if self._cost @ opened >= fewer_than:
            return None
        return np.flatnonzero(opened).astype(np.int32)

    def ask_more(self, target: float) -> None:
        """Raise the target of every requirement."""
        self.target = target
        for row in np.flatnonzero(self._is_demand).tolist():
            self._solver.changeRowBounds(row, target, _INF)


def minimum_cut(program: StationProgram, opening: Floats, mu: Floats) -> Floats:
    """Which sites their need share limits at (fractional) openings, as 0 and 1; sites without any keep ``mu``."""
    cut, groups = mu.copy(), program.groups
    limited_sites(groups.row_start, groups.row_sites, program.n_need, program.size, *program.share, opening, cut)
    return cut


def fewest_openings(rows: CoverRows, mu: Floats, enough: float) -> tuple[FewestOpenings | None, float]:
    """Openings of the linear program over all multipliers, which start from ``mu``, and the best bound on the way.

    Multipliers are the minimum cuts at the solution found and half-way to where it was before. Ends at a bound of
    ``enough``, or when the bound rests.
    """
    program = rows.program
    centre = np.ones(program.n_sites)
    best: FewestOpenings | None = None
    reached = [-np.inf]
    while not rows.watch.over():
        found = rows.solve()
        if found is None:
            break
        best = found
        reached.append(max(reached[-1], found.bound))
        if np.ceil(reached[-1]) >= enough or (
            len(reached) > _RESTS + 1 and reached[-1] - reached[-1 - _RESTS] < _LEAST_GAIN
        ):
            break
        news = False
        for at in (0.5 * (found.opening + centre), found.opening):
            news |= rows.require(minimum_cut(program, at, mu))
        centre = 0.5 * (centre + found.opening)
        if not news:
            break
    return best, reached[-1]
