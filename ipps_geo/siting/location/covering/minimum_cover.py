"""The fewest sites that cover every row: reduce, split into components, search, bound, branch.

Greedy and row-weighting search give a cover of each component, the dual of the linear program a bound that is evaluated
in whole numbers, and branch and bound decides what is left between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.location.covering.cover_program import CoverProgram, reduced
from ipps_geo.siting.location.covering.minimum_kernels import greedy_minimum, rounded_cover
from ipps_geo.siting.location.covering.minimum_tree import MinimumTree, cover_solver, dual_bound
from ipps_geo.siting.location.covering.row_weighting import search_cover
from ipps_geo.siting.search.watch import Watch

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Exchanges of the search for each component, turn by turn; the longest turn only where the fewest sites are asked for.
_SEARCH_STEPS, _LONG_SEARCH = (500, 20_000), 100_000
#: Entries that a slice of the search may touch between two looks at the watch, some tenths of a second: a slice forgets
#: its weights, and a search without memory goes in circles.
_SLICE = 60_000_000
_TREE_NODES = 60


@dataclass(frozen=True, eq=False)
class Cover:
    """Sites (the caller's numbering) that cover every row, and a bound on the number of sites of any cover."""

    sites: Ints
    bound: int


class _Part:
    """One component: the best cover and bound so far."""

    def __init__(self, program: CoverProgram) -> None:
        self.program = program
        self.site_start, self.site_rows = program.by_site
        self.chosen = greedy_minimum(program.start, program.sites, self.site_start, self.site_rows)
        self.bound = 1

    @property
    def open(self) -> bool:
        """Whether cover and bound still differ."""
        return len(self.chosen) > self.bound

    def search(self, steps: int, target: int, watch: Watch) -> None:
        """Improve the cover by row weighting, in slices between which the watch is asked."""
        slice_steps = max(200, min(steps, _SLICE // (1 + self.program.n_sites + self.program.n_rows)))
        random = np.random.default_rng(0)
        for _ in range(0, steps, slice_steps):
            if len(self.chosen) <= target or watch.over():
                break
            self._keep(
                search_cover(
                    self.program.start, self.program.sites, self.site_start, self.site_rows, self.chosen,
                    target, slice_steps, random,
                )
            )  # fmt: skip
            watch.step()

    def bound_linear(self, watch: Watch) -> None:
        """Bound by the linear program's dual, evaluated in whole numbers; its optimum is rounded to a cover."""
        import highspy

        highs = cover_solver(self.program)
        highs.setOptionValue("time_limit", max(0.01, watch.left_s))
        highs.run()
        watch.step()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return
        solution = highs.getSolution()
        self.bound = max(self.bound, dual_bound(self.program, np.array(solution.row_dual)))
        y = np.array(solution.col_value)
        self._keep(rounded_cover(len(self.program.start) - 1, self.site_start, self.site_rows, y))

    def branch(self, at_most: int, watch: Watch) -> None:
        """Branch until proven, until ``at_most`` sites cover (-1: the fewest), or until the watch stops.

        The tree of this package comes first, whose bounds are whole numbers. What takes it more nodes than pay is left
        to the solver's, whose cuts are stronger; sites are whole, so its bound may be rounded up.
        """
        tree = MinimumTree(self.program, self.chosen, self.bound, at_most, watch)
        decided = tree.search(_TREE_NODES)
        self.chosen, self.bound = tree.best, tree.bound
        if not decided and not watch.over():
            self._branch_in_solver(at_most, watch)

    def _branch_in_solver(self, at_most: int, watch: Watch) -> None:
        import highspy

        n_sites = self.program.n_sites
        highs = cover_solver(self.program)
        every = np.arange(n_sites, dtype=np.int32)
        highs.changeColsIntegrality(n_sites, every, np.full(n_sites, highspy.HighsVarType.kInteger))
        highs.setOptionValue("time_limit", max(0.01, watch.left_s))
        highs.setOptionValue("mip_abs_gap", 0.999)
        highs.setOptionValue("objective_target", at_most + 0.5)
        start = highspy.HighsSolution()
        start.col_value = np.isin(every, self.chosen).astype(float).tolist()
        highs.setSolution(start)

        def ask(event: Any) -> None:
            event.interrupt(watch.over())

        highs.cbMipInterrupt.subscribe(ask)  # the solver's own time limit is only approximate
        highs.run()
        highs.cbMipInterrupt.unsubscribe(ask)
        watch.step()
        dual = highs.getInfo().mip_dual_bound
        if np.isfinite(dual):
            self.bound = max(self.bound, int(np.ceil(dual - 1e-6)))
        x = np.array(highs.getSolution().col_value)
        if len(x) == n_sites:
            found = np.flatnonzero(x > 0.5).astype(np.int32)
            if covers(self.program, found):
                self._keep(found)

    def _keep(self, chosen: Ints) -> None:
        if len(chosen) < len(self.chosen):
            self.chosen = chosen


def minimum_cover(program: CoverProgram, watch: Watch, at_most: int | None = None) -> Cover:
    """Fewest sites that cover every row, or the best cover and bound when the watch stops.

    With ``at_most`` only the question is answered whether that many sites suffice: the search ends with a cover of at
    most that size or with a bound above it.
    """
    forced: list[int] = []
    parts = [_Part(part) for part in reduced(program, forced).components()]
    limit = -1 if at_most is None else at_most

    def n_chosen() -> int:
        return len(forced) + sum(len(part.chosen) for part in parts)

    def bound() -> int:
        return len(forced) + sum(part.bound for part in parts)

    def decided() -> bool:
        return n_chosen() <= max(limit, bound()) or (at_most is not None and bound() > limit) or watch.over()

    for part in parts:
        if decided():
            break
        part.bound_linear(watch)
    for steps in _SEARCH_STEPS if at_most is not None else (*_SEARCH_STEPS, _LONG_SEARCH):
        for part in parts:
            if decided():
                break
            part.search(steps, max(part.bound, len(part.chosen) - (n_chosen() - limit)), watch)
    for part in sorted(parts, key=lambda part: part.program.n_rows):
        if decided():
            break
        if part.open:
            alone = at_most is not None and sum(other.open for other in parts) == 1
            part.branch(len(part.chosen) - (n_chosen() - limit) if alone else -1, watch)
    sites = [part.program.site_ids[part.chosen] for part in parts]
    return Cover(np.sort(np.concatenate([np.array(forced, np.int32), *sites])).astype(np.int32), bound())


def linear_bound(program: CoverProgram, watch: Watch) -> int:
    """Bound on any cover by reductions and linear programs alone."""
    forced: list[int] = []
    parts = [_Part(part) for part in reduced(program, forced).components()]
    for part in parts:
        part.bound_linear(watch)
    return len(forced) + sum(part.bound for part in parts)


def covers(part: CoverProgram, chosen: Ints) -> bool:
    """Whether every row has a chosen site."""
    hit = np.isin(part.sites, chosen)
    return bool(np.bincount(np.repeat(np.arange(part.n_rows), np.diff(part.start))[hit], minlength=part.n_rows).all())
