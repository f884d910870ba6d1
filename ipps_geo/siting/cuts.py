"""The cut master: openings y and one number theta below every cut that prices have proven.

    max theta   s.t.  theta <= constant_c + values_c . y   for every cut c,   rows of the program on y,   lower <= y <= upper

HiGHS only guides; what is believed is recomputed from its duals in float64: any weights pi_c >= 0 that add up to 1 and
any row multipliers of the right sign give

    theta <= sum pi_c constant_c + sum u_r b_r + sum_j max over [lower_j, upper_j] of d_j y_j

so tolerances of the linear solver never enter a bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.highs import quiet_solver
from ipps_geo.siting.lagrangian import Dual, Scans
from ipps_geo.siting.min_cut import limited_sites
from ipps_geo.siting.program import StationProgram
from ipps_geo.siting.watch import Watch

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

#: Cut values are lowered by nothing and raised by this much, relative, to cover rounding in their summation.
_ROUNDING = 1e-11


@dataclass(frozen=True, eq=False)
class Relaxed:
    """Solution of the master within bounds: openings, theta, the safe bound, and its safe reduced costs."""

    opening: Floats
    theta: float
    bound: float
    reduced: Floats


class CutMaster:
    """Cuts over one program's sites in a warm HiGHS model."""

    def __init__(self, program: StationProgram) -> None:
        self.program = program
        self.scans = Scans(program)
        m = program.n_sites
        self._m = m
        self._columns = np.arange(m + 1, dtype=np.int32)
        self._highs = highs = quiet_solver()
        for _ in range(m):
            highs.addVar(0.0, 1.0)
        ceiling = float(program.size @ program.value) + 1.0
        highs.addVar(-highspy.kHighsInf, ceiling)
        highs.changeColCost(m, 1.0)
        highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self._row_matrix, self._row_lower, self._row_upper = program.rows()
        for row, low, high in zip(self._row_matrix, self._row_lower, self._row_upper):
            filled = np.flatnonzero(row).astype(np.int32)
            highs.addRow(float(low), float(high), len(filled), filled, row[filled])
        self._n_rows = len(self._row_matrix)
        self.constants = np.zeros(0)
        self.values = np.zeros((0, m))
        self._exclusions: list[Ints] = []
        self.lower = program.required.astype(np.float64)
        self.upper = np.ones(m)

    # ------------------------------------------------------------------ cuts
    def add(self, constant: float, values: Floats) -> None:
        """Add ``theta <= constant + values . y``."""
        constant += _ROUNDING * (abs(constant) + float(np.abs(values).sum()))
        self.constants = np.append(self.constants, constant)
        self.values = np.vstack([self.values, values])
        self._highs.addRow(-highspy.kHighsInf, constant, self._m + 1, self._columns, np.append(-values, 1.0))

    def exclude(self, sites: Ints) -> None:
        """Cut off a set and all its subsets: at least one other site opens."""
        row = np.ones(self._m)
        row[sites] = 0.0
        filled = np.flatnonzero(row).astype(np.int32)
        # Rows come before cuts in the arrays here; in HiGHS they are appended, so positions are kept in a list.
        self._highs.addRow(1.0, highspy.kHighsInf, len(filled), filled, row[filled])
        self._exclusions.append(np.asarray([self._highs.getNumRow() - 1]))
        self._row_matrix = np.vstack([self._row_matrix, row])
        self._row_lower = np.append(self._row_lower, 1.0)
        self._row_upper = np.append(self._row_upper, np.inf)

    def cut_for(self, opening: Floats, dual: Dual, fixed: bool = False) -> float:
        """Add the best cut at these openings and the dual's multipliers, which improve in place; its value there.

        ``fixed`` keeps the multipliers of open sites, for a cut that is tight at a set whose multipliers are known.
        """
        price = self.scans.prices(opening, dual.mu, dual.gamma)
        if fixed:
            mu, gamma = dual.mu.copy(), dual.gamma.copy()
            values = self.scans.values(price, mu, gamma, 1e-6)
            held = opening > 0.5
            values[held] = self.scans.values_at(price, dual.mu, dual.gamma)[held]
        else:
            values = self.scans.values(price, dual.mu, dual.gamma, 1e-6)
        constant = float(price @ self.program.size)
        self.add(constant, values)
        return constant + float(values @ opening)

    def separate(self, found: Relaxed, at: Floats, dual: Dual, exact: bool) -> bool:
        """Add a cut from the prices at openings ``at`` when it is violated by the solution found.

        Prices and multipliers improve in turns, which can stall short of the best cut; ``exact`` starts from the
        minimum cut at these openings instead, after which there is nothing left to gain.
        """
        if exact:
            groups = self.program.groups
            limited_sites(
                groups.row_start, groups.row_sites, self.program.n_need, self.program.size, *self.program.share, at,
                dual.mu,
            )  # fmt: skip
        enough = found.theta - max(1e-5 * abs(found.theta), 1e-4)
        for _ in range(1 if exact else 3):
            price = self.scans.prices(at, dual.mu, dual.gamma)
            values = self.scans.values(price, dual.mu, dual.gamma, 1e-6)
            constant = float(price @ self.program.size)
            if constant + float(values @ found.opening) < enough:
                self.add(constant, values)
                return True
        return False

    def _cut_positions(self) -> tuple[Ints, Ints]:
        """Positions in HiGHS of the linear rows and of the cuts."""
        total = self._highs.getNumRow()
        extra = np.array([int(e[0]) for e in self._exclusions], dtype=np.int32)
        rows = np.concatenate([np.arange(self._n_rows, dtype=np.int32), extra])
        is_cut = np.ones(total, bool)
        is_cut[rows] = False
        return rows, np.flatnonzero(is_cut).astype(np.int32)

    def purge(self, keep: int) -> None:
        """Drop the cuts with most slack at the last solution until ``keep`` remain."""
        rows, cuts = self._cut_positions()
        if len(cuts) <= keep or self._exclusions:
            return
        slack = self.constants - np.array(self._highs.getSolution().row_value)[cuts]
        stay = np.sort(np.argsort(slack, kind="stable")[:keep])
        drop = np.setdiff1d(np.arange(len(cuts)), stay)
        self._highs.deleteRows(len(drop), cuts[drop].astype(np.int32))
        self.constants, self.values = self.constants[stay], self.values[stay]

    # ------------------------------------------------------------------ solving
    def solve(self, lower: Floats, upper: Floats) -> Relaxed | None:
        """Best openings within bounds; ``None`` when the rows leave none."""
        highs = self._highs
        highs.changeColsBounds(self._m, self._columns[:-1], lower, upper)
        highs.run()
        status = highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            highs.clearSolver()
            highs.run()
            status = highs.getModelStatus()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        solution = highs.getSolution()
        primal, duals = np.array(solution.col_value), np.array(solution.row_dual)
        rows, cuts = self._cut_positions()
        weights = np.maximum(duals[cuts], 0.0)
        total = weights.sum()
        if total <= 0:  # theta at its ceiling: nothing proven yet
            weights = np.zeros(len(cuts))
            weights[-1] = total = 1.0
        weights /= total
        multipliers = duals[rows] / total
        multipliers[np.isinf(self._row_upper) & (multipliers > 0)] = 0.0
        multipliers[np.isinf(self._row_lower) & (multipliers < 0)] = 0.0
        side = np.where(multipliers > 0, self._row_upper, self._row_lower)
        side[multipliers == 0] = 0.0
        reduced = weights @ self.values - multipliers @ self._row_matrix
        bound = float(weights @ self.constants + multipliers @ side + np.maximum(reduced * lower, reduced * upper).sum())
        return Relaxed(np.clip(primal[:-1], lower, upper), float(primal[-1]), bound, reduced)


def tighten(
    master: CutMaster,
    dual: Dual,
    centre: Floats,
    target: float,
    watch: Watch,
    *,
    rounds: int,
    tolerance: float,
) -> tuple[Relaxed | None, float]:
    """Add cuts at the root until theta stops falling; returns the last solution and the best safe bound.

    Cuts are separated between the master's solution and a centre that follows it slowly (in-out, Ben-Ameur and Neto
    2007), and at the solution itself when that fails.
    """
    best = np.inf
    found: Relaxed | None = None
    reached: list[float] = []
    for _ in range(rounds):
        found = master.solve(master.lower, master.upper)
        if found is None:
            return None, -np.inf
        best = min(best, found.bound)
        reached.append(best)
        if best <= target or watch.step():
            break
        if len(reached) > 60 and reached[-60] - best < tolerance * abs(best):
            break
        violated = any(
            master.separate(found, (1 - inward) * found.opening + inward * centre, dual, exact)
            for exact in ((False, True) if master.program.plain else (False,))
            for inward in (0.5, 0.1, 0.0)
        )
        centre = 0.9 * centre + 0.1 * found.opening
        if not violated:
            break
    return found, best
