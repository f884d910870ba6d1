"""Branch and cut over openings: best bound first, pseudo-costs, every whole leaf settled exactly."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.cuts import CutMaster, Relaxed
from ipps_geo.siting.workstations.incumbent import Incumbent, LocalSearch, SetValues
from ipps_geo.siting.workstations.lagrangian import Dual
from ipps_geo.siting.workstations.program import StationProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

_WHOLE = 1e-6
#: Cuts per node: the root of the tree gets more, since all nodes below inherit them.
_ROUNDS = 4
#: Candidates for branching that are tried out while their pseudo-costs are unknown.
_TRIED = 8
#: A linear program with more cuts costs more than the forgotten ones would save.
_MOST_CUTS = 160


@dataclass(eq=False)
class _PseudoCosts:
    """Average fall of the bound per unit of opening forced up or down, per site."""

    fall: Floats
    times: Floats

    @classmethod
    def none(cls, n_sites: int) -> _PseudoCosts:
        return cls(np.zeros((2, n_sites)), np.zeros((2, n_sites)))

    def learn(self, up: int, site: int, distance: float, fall: float) -> None:
        self.fall[up, site] += fall / max(distance, 0.05)
        self.times[up, site] += 1

    def expected(self, up: int, site: int, distance: float) -> float:
        return float(self.fall[up, site] / self.times[up, site] * distance)


class Tree:
    """Search over openings of one (reduced) program.

    ``position`` maps its sites to the root program, where whole plans are settled.
    """

    def __init__(
        self,
        program: StationProgram,
        position: Ints,
        master: CutMaster,
        dual: Dual,
        incumbent: Incumbent,
        watch: Watch,
    ) -> None:
        self.program = program
        self.position = position
        self.master = master
        self.dual = dual
        self.incumbent = incumbent
        self.watch = watch
        self.values = SetValues(program)
        self.local = LocalSearch(program, self.values)
        self.nodes = 0
        self._costs = _PseudoCosts.none(program.n_sites)
        self._tried: set[bytes] = set()
        self._unsettled = -np.inf

    def run(self, bound: float, gap: float, max_nodes: int | None = None) -> float:
        """Explore until proven within ``gap``, stopped or ``max_nodes`` on; a bound on every plan of this program."""
        counter = 0
        heap: list[tuple[float, int, Floats, Floats]] = [(-bound, 0, self.master.lower, self.master.upper)]
        while heap:
            top = -heap[0][0]
            best = self.incumbent.objective
            if top < self.incumbent.cutoff or self.incumbent.reached:
                break
            if np.isfinite(best) and top - best <= gap * abs(best):
                return max(top, self._unsettled)
            if self.watch.step() or self.nodes == max_nodes:
                return max(top, self._unsettled)
            _, _, lower, upper = heapq.heappop(heap)
            self.nodes += 1
            if len(self.master.cuts) > _MOST_CUTS:
                self.master.purge(_MOST_CUTS // 2)
            for child_bound, child_lower, child_upper in self._explore(lower, upper, top):
                counter += 1
                heapq.heappush(heap, (-child_bound, counter, child_lower, child_upper))
            if self.nodes % 16 == 0:
                bound = -heap[0][0] if heap else best
                unit = self.watch.weight_unit
                self.watch.tell(self.incumbent.objective * unit, bound * unit, "branching", self.incumbent.open_sites)
        return max(self.incumbent.objective, self._unsettled)

    def _explore(self, lower: Floats, upper: Floats, bound: float) -> list[tuple[float, Floats, Floats]]:
        """Children of a node, none when it is settled."""
        rounds = 12 if self.nodes == 1 else _ROUNDS
        while True:
            found = self.master.solve(lower, upper)
            if found is None:
                return []
            bound = min(bound, found.bound)
            if bound < self.incumbent.cutoff:
                return []
            fractional = np.flatnonzero((found.opening > _WHOLE) & (found.opening < 1 - _WHOLE))
            if len(fractional) == 0:
                if self._leaf(found, bound):
                    continue
                return []
            if rounds <= 0:
                break
            rounds -= 1
            if not self._separate(found) or self.watch.step():
                break
        if self.nodes % 8 == 1:
            self._round(found.opening)
            if bound < self.incumbent.cutoff:
                return []
        lower, upper = self._fixed(found, lower, upper)
        fractional = fractional[(upper[fractional] > lower[fractional])]
        if len(fractional) == 0:
            return [(bound, lower, upper)]
        return self._branch(found, fractional, bound, lower, upper)

    def _separate(self, found: Relaxed) -> bool:
        """Add a violated cut at fractional openings; False when there is none."""
        return any(self.master.separate(found, found.opening, self.dual, exact) for exact in (False, True))

    def _leaf(self, found: Relaxed, bound: float) -> bool:
        """Handle whole openings; True when the node must be solved again (a cut was added)."""
        sites = np.flatnonzero(found.opening > 0.5).astype(np.int32)
        value, mu, gamma = self.values(sites)
        if value >= self.incumbent.cutoff:
            self.incumbent.settle(self._root_sites(sites))
        if value < bound - max(1e-6 * abs(bound), 1e-4) and np.isfinite(value):
            reached = self.master.add_at_set(sites, mu, gamma, self.dual)
            if reached < found.theta - 1e-5 * max(1.0, abs(found.theta)):
                return True
        settled = self.incumbent.settle(self._root_sites(sites))
        if settled >= self.incumbent.cutoff:  # only when time ran out inside the exact assignment
            self._unsettled = max(self._unsettled, min(settled, bound))
            return False
        self.master.exclude(sites)
        return True

    def _root_sites(self, sites: Ints) -> Ints:
        return np.sort(self.position[sites]).astype(np.int32)

    def _round(self, opening: Floats) -> None:
        """A plan near fractional openings: the largest ones, climbed from."""
        program = self.program
        order = np.argsort(-opening, kind="stable")
        chosen = np.zeros(program.n_sites, bool)
        chosen[program.required] = True
        for j in order:
            if opening[j] <= _WHOLE:
                break
            chosen[j] = True
            inside = np.flatnonzero(chosen)
            if np.count_nonzero(program.counted[inside]) > program.n_max or program.cost[inside].sum() > program.budget:
                chosen[j] = False
        sites = np.flatnonzero(chosen).astype(np.int32)
        if not program.allows(sites) or sites.tobytes() in self._tried:
            return
        self._tried.add(sites.tobytes())
        found, value = self.local.climb(sites, self.dual.mu, self.dual.gamma)
        if value >= self.incumbent.cutoff:
            self.incumbent.settle(self._root_sites(found))

    def _fixed(self, found: Relaxed, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Bounds with every site fixed whose change would take the bound below the cutoff.

        What a change costs is a reduced cost of this solution, so it counts from this solution's own bound: a lower one
        that the node inherited was proven by other multipliers.
        """
        hopeless = found.bound - np.abs(found.reduced) < self.incumbent.cutoff
        lower, upper = lower.copy(), upper.copy()
        upper[hopeless & (found.reduced < 0) & (lower == 0)] = 0.0
        lower[hopeless & (found.reduced > 0) & (upper == 1)] = 1.0
        return lower, upper

    def _branch(
        self, found: Relaxed, fractional: NDArray[np.intp], bound: float, lower: Floats, upper: Floats
    ) -> list[tuple[float, Floats, Floats]]:
        """Split on the site that promises the largest product of falls of the bound."""
        near_half = fractional[np.argsort(np.abs(found.opening[fractional] - 0.5), kind="stable")[:_TRIED]]
        best_score = -1.0
        children: list[tuple[float, Floats, Floats]] = []
        for j in near_half:
            if self.watch.over():
                return children or [(bound, lower, upper)]
            distance = (found.opening[j], 1 - found.opening[j])
            falls = []
            sides: list[tuple[float, Floats, Floats]] = []
            known = self._costs.times[:, j].min() >= 1
            for up in (0, 1):
                child_lower, child_upper = lower.copy(), upper.copy()
                (child_lower if up else child_upper)[j] = up
                child_bound = bound
                if known:
                    fall = self._costs.expected(up, j, distance[up])
                else:
                    solved = self.master.solve(child_lower, child_upper)
                    child_bound = -np.inf if solved is None else min(bound, solved.bound)
                    fall = min(bound - child_bound, max(bound - self.incumbent.objective, 1.0))
                    self._costs.learn(up, j, distance[up], fall)
                falls.append(fall)
                sides.append((child_bound, child_lower, child_upper))
            score = max(falls[0], 1e-3) * max(falls[1], 1e-3)
            if score > best_score:
                best_score, children = score, sides
        return [child for child in children if child[0] >= self.incumbent.cutoff]
