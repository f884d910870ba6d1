"""The cut master: openings y and one number theta below every cut that prices have proven.

    max theta  s.t.  theta <= constant_c + values_c . y  for every cut c,  rows of the program,  lower <= y <= upper

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

from ipps_geo.siting.search.highs import quiet_solver
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.lagrangian import Dual, Scans
from ipps_geo.siting.workstations.min_cut import limited_sites
from ipps_geo.siting.workstations.open_program import open_value
from ipps_geo.siting.workstations.program import StationProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Cut values are lowered by nothing and raised by this much, relative, to cover rounding in their summation.
_ROUNDING = 1e-11

#: Rounds of cuts without progress after which the root is left to the tree: theta often rests before it falls.
_PATIENCE = 60


@dataclass(frozen=True, eq=False)
class Relaxed:
    """Solution of the master within bounds: openings, theta, the safe bound, its reduced costs, the cuts' weights."""

    opening: Floats
    theta: float
    bound: float
    reduced: Floats
    weights: Floats


@dataclass(frozen=True, eq=False)
class Cut:
    """``theta <= constant + values . y``, and the multipliers that prove it (prices in float32 to save space)."""

    constant: float
    values: Floats
    price: NDArray[np.float32]
    mu: Floats
    gamma: Floats


class CutMaster:
    """Cuts over one program's sites in a warm HiGHS model."""

    def __init__(self, program: StationProgram) -> None:
        self.program = program
        self.scans = Scans(program)
        self.cuts: list[Cut] = []
        self.lower = program.required.astype(np.float64)
        self.upper = np.ones(program.n_sites)
        #: How far each site was open in all solutions so far, added up.
        self.opened = np.zeros(program.n_sites)
        self._values = np.zeros((0, program.n_sites))
        self._constants = np.zeros(0)
        self._last_used = np.zeros(0, np.int64)
        self._solves = 0
        m = self._m = program.n_sites
        self._columns = np.arange(m + 1, dtype=np.int32)
        self._highs = highs = quiet_solver()
        for _ in range(m):
            highs.addVar(0.0, 1.0)
        highs.addVar(-highspy.kHighsInf, float(program.size @ program.value) + 1.0)
        highs.changeColCost(m, 1.0)
        highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self._matrix = np.zeros((0, m))
        self._row_lower, self._row_upper = np.zeros(0), np.zeros(0)
        #: For each row of the HiGHS model whether it is a cut; the other rows stand in ``_matrix`` in the same order.
        self._is_cut: list[bool] = []
        for row, low, high in zip(*program.rows(), strict=True):
            self._add_row(row, float(low), float(high))

    def _add_row(self, row: Floats, low: float, high: float) -> None:
        filled = np.flatnonzero(row).astype(np.int32)
        self._highs.addRow(low, high, len(filled), filled, row[filled])
        self._matrix = np.vstack([self._matrix, row])
        self._row_lower, self._row_upper = np.append(self._row_lower, low), np.append(self._row_upper, high)
        self._is_cut.append(False)

    # ------------------------------------------------------------------ cuts
    def add(self, price: Floats, mu: Floats, gamma: Floats, values: Floats, constant: float | None = None) -> None:
        """Add the cut of these multipliers, whose site values are given; the constant is that of the prices."""
        constant = float(price @ self.program.size) if constant is None else constant
        constant += _ROUNDING * (abs(constant) + float(np.abs(values).sum()))
        self.cuts.append(Cut(constant, values, price.astype(np.float32), mu.copy(), gamma.copy()))
        self._values = np.vstack([self._values, values])
        self._constants = np.append(self._constants, constant)
        self._last_used = np.append(self._last_used, self._solves)
        self._highs.addRow(-highspy.kHighsInf, constant, self._m + 1, self._columns, np.append(-values, 1.0))
        self._is_cut.append(True)

    def add_proven(self, constant: float, values: Floats) -> None:
        """Add a cut that something else than prices proves; no prices are mixed from it."""
        self.add(np.zeros(len(self.program.size)), np.zeros(self._m), np.zeros(self._m), values, constant)

    def add_from(self, dual: Dual) -> None:
        """Add the cut of a dual, improving its multipliers in place."""
        values = self.scans.values(dual.price, dual.mu, dual.gamma, 1e-6)
        self.add(dual.price, dual.mu, dual.gamma, values)

    def add_at_set(self, sites: Ints, mu: Floats, gamma: Floats, dual: Dual) -> float:
        """Add a cut that is tight at a set whose best multipliers are known; its value there."""
        all_mu, all_gamma = dual.mu.copy(), dual.gamma.copy()
        all_mu[sites], all_gamma[sites] = mu, gamma
        whole = np.zeros(self._m)
        whole[sites] = 1.0
        price = self.scans.prices(whole, all_mu, all_gamma)
        held = self.scans.values_at(price, all_mu, all_gamma)[sites]
        values = self.scans.values(price, all_mu, all_gamma, 1e-6)
        values[sites], all_mu[sites], all_gamma[sites] = held, mu, gamma
        self.add(price, all_mu, all_gamma, values)
        return self.cuts[-1].constant + float(held.sum())

    def exclude(self, sites: Ints) -> None:
        """Cut off a set and all its subsets: at least one other site opens."""
        row = np.ones(self._m)
        row[sites] = 0.0
        self._add_row(row, 1.0, highspy.kHighsInf)

    def separate(self, found: Relaxed, at: Floats, dual: Dual, exact: bool) -> bool:
        """Add a cut from the prices at openings ``at`` when it is violated by the solution found.

        Prices and multipliers improve in turns, which can stall short of the best cut; ``exact`` starts from the
        best multipliers at these openings instead, after which there is nothing left to gain.
        """
        if exact:
            self._best_multipliers(at, dual)
        enough = found.theta - max(1e-5 * abs(found.theta), 1e-4)
        for _ in range(1 if exact else 3):
            price = self.scans.prices(at, dual.mu, dual.gamma)
            values = self.scans.values(price, dual.mu, dual.gamma, 1e-6)
            if float(price @ self.program.size) + float(values @ found.opening) < enough:
                self.add(price, dual.mu, dual.gamma, values)
                return True
        return False

    def _best_multipliers(self, at: Floats, dual: Dual) -> None:
        """Set the multipliers of the sites in ``at`` to the best: by a minimum cut, or by the linear program."""
        program = self.program
        if program.plain:
            groups = program.groups
            limited_sites(groups.row_start, groups.row_sites, program.n_need, program.size, *program.share, at, dual.mu)
            return
        sites = np.flatnonzero(at > 1e-9).astype(np.int32)
        value, mu, gamma = open_value(program, sites, at[sites])
        if np.isfinite(value):
            dual.mu[sites], dual.gamma[sites] = mu, gamma

    def purge(self, keep: int) -> None:
        """Drop the cuts that have gone longest without holding theta down until ``keep`` remain."""
        if len(self.cuts) <= keep:
            return
        is_cut = np.array(self._is_cut)
        positions = np.flatnonzero(is_cut)
        stay = np.sort(np.argsort(-self._last_used, kind="stable")[:keep])
        drop = positions[np.setdiff1d(np.arange(len(positions)), stay)].astype(np.int32)
        self._highs.deleteRows(len(drop), drop)
        self._is_cut = np.delete(is_cut, drop).tolist()
        self._constants, self._values = self._constants[stay], self._values[stay]
        self._last_used = self._last_used[stay]
        self.cuts = [self.cuts[c] for c in stay]

    def mixed_dual(self, found: Relaxed) -> Dual:
        """Multipliers averaged by the weights of the cuts: by convexity they prove the master's bound on their own."""
        used = np.flatnonzero(found.weights > 0)
        price, mu, gamma = np.zeros(len(self.scans.size)), np.zeros(self._m), np.zeros(self._m)
        for c in used:
            cut, weight = self.cuts[c], float(found.weights[c])
            price += weight * cut.price
            mu += weight * cut.mu
            gamma += weight * cut.gamma
        values = self.scans.values(price, mu, gamma, 1e-6)
        return Dual(price, mu, gamma, values, found.bound, average_opening=found.opening)

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
        is_cut = np.array(self._is_cut)
        weights = np.maximum(duals[is_cut], 0.0)
        if weights.sum() <= 0:  # theta at its ceiling: nothing proven yet, so any cut will do
            weights[-1] = 1.0
        total = weights.sum()
        weights /= total
        self._solves += 1
        self.opened += primal[:-1]
        self._last_used[weights > 0] = self._solves
        multipliers = duals[~is_cut] / total
        multipliers[np.isinf(self._row_upper) & (multipliers > 0)] = 0.0
        multipliers[np.isinf(self._row_lower) & (multipliers < 0)] = 0.0
        side = np.where(multipliers > 0, self._row_upper, self._row_lower)
        side[multipliers == 0] = 0.0
        reduced = weights @ self._values - multipliers @ self._matrix
        most = np.maximum(reduced * lower, reduced * upper).sum()
        bound = float(weights @ self._constants + multipliers @ side + most)
        return Relaxed(np.clip(primal[:-1], lower, upper), float(primal[-1]), bound, reduced, weights)


def carried(
    old: CutMaster, into_old: Ints, program: StationProgram, into: Ints, place: Longs, watch: Watch
) -> CutMaster:
    """A master on other sites with the cuts of an old one, evaluated anew on the groups of today.

    ``into_old`` and ``into`` map the groups of a common finer program to those of the old and the new one;
    ``place[j]`` is the old position of new site j, or -1. When the watch is over the rest of the cuts stay behind.
    """
    master = CutMaster(program)
    source = np.full(len(program.size), -1, np.int64)
    both = (into >= 0) & (into_old >= 0)
    source[into[both]] = into_old[both]
    known = place >= 0
    for cut in old.cuts:
        if master.cuts and watch.over():
            break
        price = np.where(source >= 0, cut.price[np.maximum(source, 0)], 0.0).astype(np.float64)
        mu, gamma = np.full(program.n_sites, 0.5 * master.scans.mu_max), np.zeros(program.n_sites)
        mu[known], gamma[known] = cut.mu[place[known]], cut.gamma[place[known]]
        values = master.scans.values(price, mu, gamma, 1e-4)
        master.add(price, mu, gamma, values)
    return master


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
    while True:
        found = master.solve(master.lower, master.upper)
        if found is None:
            return None, -np.inf
        best = min(best, found.bound)
        reached.append(best)
        if best <= target or watch.step() or len(reached) > rounds:
            break
        if len(reached) > _PATIENCE and reached[-_PATIENCE] - best < tolerance * abs(best):
            break
        violated = any(
            watch.over() or master.separate(found, (1 - inward) * found.opening + inward * centre, dual, exact)
            for exact in (False, True)
            for inward in (0.5, 0.1, 0.0)
        )
        centre = 0.9 * centre + 0.1 * found.opening
        if not violated:
            break
    return found, best
