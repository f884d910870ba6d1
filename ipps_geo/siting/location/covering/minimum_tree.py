"""Branch and bound for the fewest sites of one component of a cover program, proved in whole numbers.

    min sum_j y_j    s.t.  sum_{j covers r} y_j >= 1 for every row r,   y binary

Every node is bounded by prices of the rows, rounded to multiples of a power of two: for prices pi >= 0

    sum_j y_j >= sum_r pi_r + sum_j y_j (1 - sum_{r of j} pi_r)

and the right-hand side is least where closed sites are 0, open ones 1, and free ones follow the sign of their reduced
cost. A node is cut off when that bound, rounded up, reaches the best cover; the solver's tolerances decide nothing.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.location.covering.cover_program import CoverProgram
from ipps_geo.siting.location.covering.minimum_kernels import rounded_cover
from ipps_geo.siting.search.highs import objective_after, quiet_solver, reached_optimum
from ipps_geo.siting.search.strong_branching import CLOSED, FREE, OPEN, States, StrongBranching
from ipps_geo.siting.search.watch import Watch

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

_DUAL_UNIT = 2**30
_TRIAL_STEPS = 30
#: Most sites that a branch is believed to cost more: an infeasible one would silence all other candidates.
_MOST_GAIN = 2.0


@dataclass(order=True)
class _Node:
    """Sites fixed so far and the bound known for them; the least bound comes first."""

    bound: int
    number: int
    state: States = field(compare=False)


class MinimumTree:
    """One search; ``best`` and ``bound`` are the answer at any time, ``at_most`` sites are good enough."""

    def __init__(self, program: CoverProgram, best: Ints, bound: int, at_most: int, watch: Watch) -> None:
        self.program = program
        self.best = best
        self.bound = bound
        self.at_most = at_most
        self.watch = watch
        self.n_nodes = 0
        self._site_start, self._site_rows = program.by_site
        self._columns = np.arange(program.n_sites, dtype=np.int32)
        self._branching = StrongBranching(program.n_sites)
        self._solver = cover_solver(program)
        for name, value in (("presolve", "off"), ("solver", "simplex")):
            self._solver.setOptionValue(name, value)

    @property
    def _enough(self) -> int:
        """A node whose bound is this large holds nothing of interest."""
        return min(len(self.best), self.at_most + 1) if self.at_most >= 0 else len(self.best)

    def search(self, max_nodes: int) -> bool:
        """Branch until decided; False when the watch or ``max_nodes`` ended the search before."""
        heap = [_Node(self.bound, 0, np.zeros(self.program.n_sites, np.int8))]
        number = 1
        node: _Node | None = None
        while heap or node is not None:
            if node is None:
                node = heapq.heappop(heap)
            if len(self.best) <= self.at_most:
                return True
            if node.bound >= self._enough:
                node = None
                continue
            done = None
            if not self.watch.over() and self.n_nodes < max_nodes:
                done = self._process(node)
            if done is None:
                self.bound = max(self.bound, min([node.bound, *(other.bound for other in heap)]))
                return False
            node = None
            children = [_Node(bound, number + k, state) for k, (bound, state) in enumerate(done)]
            number += len(children)
            if children:
                node = children[0]
                for other in children[1:]:
                    heapq.heappush(heap, other)
        self.bound = max(self.bound, self._enough)
        return True

    def _process(self, node: _Node) -> list[tuple[int, States]] | None:
        """Bound a node and branch; no children when nothing better is below, ``None`` when the solver was stopped."""
        self.n_nodes += 1
        self.watch.step()
        state = node.state
        open_somewhere = np.maximum.reduceat(state[self.program.sites] != CLOSED, self.program.start[:-1])
        if not open_somewhere.all():
            return []
        solved = self._solve(state)
        if solved is None:
            return None
        y, duals = solved
        bound, state = self._prove(state, duals)
        bound = max(bound, node.bound)
        found = rounded_cover(len(self.program.start) - 1, self._site_start, self._site_rows, y)
        if len(found) < len(self.best):
            self.best = found
        if bound >= self._enough:
            return []
        site = self._branching_site(state, y)
        if site is None:  # everything is fixed: the only cover left is the open sites
            self._keep_if_better(np.flatnonzero(state == OPEN).astype(np.int32))
            return []
        children = []
        for fixed in (OPEN, CLOSED):
            child = state.copy()
            child[site] = fixed
            children.append((bound, child))
        return children

    def _keep_if_better(self, chosen: Ints) -> None:
        covered = np.zeros(self.program.n_rows, bool)
        for j in chosen:
            covered[self._site_rows[self._site_start[j] : self._site_start[j + 1]]] = True
        if covered.all() and len(chosen) < len(self.best):
            self.best = chosen

    def _solve(self, state: States) -> tuple[Floats, Floats] | None:
        """Y and row prices with the sites of a node fixed."""
        self._set_bounds(state)
        if not reached_optimum(self._solver, self.watch):
            return None
        solution = self._solver.getSolution()
        return np.array(solution.col_value), np.array(solution.row_dual)

    def _set_bounds(self, state: States) -> None:
        self._solver.changeColsBounds(
            len(state), self._columns, (state == OPEN).astype(np.float64), (state != CLOSED).astype(np.float64)
        )

    def _prove(self, state: States, duals: Floats) -> tuple[int, States]:
        """Bound in whole sites, and the state with what the bound fixes."""
        total, reduced_cost = priced(self.program, duals)
        free = state == FREE
        total += int(reduced_cost[state == OPEN].sum()) + int(np.minimum(reduced_cost[free], 0).sum())
        slack = (self._enough - 1) * _DUAL_UNIT - total
        fixed = state.copy()
        if slack >= 0:
            fixed[free & (reduced_cost > slack)] = CLOSED
            fixed[free & (-reduced_cost > slack)] = OPEN
        return _whole_sites(total), fixed

    def _branching_site(self, state: States, y: Floats) -> int | None:
        """The free site whose two branches gain most."""
        value = float(self._solver.getInfo().objective_function_value)

        def gain(child: States) -> float:
            self._set_bounds(child)
            return min(objective_after(self._solver, _TRIAL_STEPS) - value, _MOST_GAIN)

        return self._branching.choose(self._solver, state, y, gain)


def priced(program: CoverProgram, duals: Floats) -> tuple[int, Longs]:
    """Sum of the row prices and reduced cost of each site, in multiples of ``2**-30`` of a site.

    Duals are rounded down to such multiples from 0 to 1, so that no tolerance of a solver enters what they prove.
    """
    prices = np.floor(np.clip(duals, 0.0, 1.0) * _DUAL_UNIT).astype(np.int64)
    reduced_cost = np.full(program.n_sites, _DUAL_UNIT, np.int64)
    np.subtract.at(reduced_cost, program.sites, np.repeat(prices, np.diff(program.start)))
    return int(prices.sum()), reduced_cost


def dual_bound(program: CoverProgram, duals: Floats) -> int:
    """Bound on any cover from row duals, in whole numbers: the bound of a node at which every site is free."""
    total, reduced_cost = priced(program, duals)
    return _whole_sites(total + int(np.minimum(reduced_cost, 0).sum()))


def _whole_sites(total: int) -> int:
    """The bound in sites: a cover has a whole number of them, so a part of one is rounded up to one."""
    return -(-total // _DUAL_UNIT)


def cover_solver(program: CoverProgram) -> Any:
    """The linear cover program in HiGHS."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.n_sites, program.n_rows
    lp.col_cost_ = np.ones(program.n_sites)
    lp.col_lower_ = np.zeros(program.n_sites)
    lp.col_upper_ = np.ones(program.n_sites)
    lp.row_lower_ = np.ones(program.n_rows)
    lp.row_upper_ = np.full(program.n_rows, 1e30)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = program.start.astype(np.int32)
    lp.a_matrix_.index_ = program.sites
    lp.a_matrix_.value_ = np.ones(len(program.sites))
    solver = quiet_solver()
    solver.passModel(lp)
    return solver
