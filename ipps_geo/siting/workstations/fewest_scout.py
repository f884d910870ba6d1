"""How few stations may serve a target: plans by greedy and swaps, bounds by prices, both in moments.

At fixed prices the bound on what p stations serve is one sum and the p largest site values (see
:mod:`ipps_geo.siting.workstations.site_values`), so a single set of prices bounds every p at once. Sets are valued
without whole numbers and roster minimum; the smallest that could do is then settled.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.watch import GRACE_S, Watch
from ipps_geo.siting.workstations import pipeline
from ipps_geo.siting.workstations.assignment import assign
from ipps_geo.siting.workstations.cover_rows import CoverRows, fewest_openings, minimum_cut
from ipps_geo.siting.workstations.incumbent import Incumbent, LocalSearch, SetValues
from ipps_geo.siting.workstations.lagrangian import Dual, improve_dual, starting_dual
from ipps_geo.siting.workstations.program import StationProgram, rounded_bound

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Steps of the prices for one number of stations.
_STEPS = 300
#: Stations between plan and bound up to which sets are kicked, and how often.
_KICKED, _KICKS = 12, 250
#: Nodes in which the rosters of one set have to reach the target.
_NODES = 20
#: Entries up to which the covering program is solved; openings below this count as none; nodes of its trees.
_ROW_ENTRIES, _OPENED, _ROW_NODES = 400_000, 1e-6, 60
#: Fractional openings up to which plans are sought near them; trees without a better plan after which that ends; times
#: that stations are added to a set of the covering program until it serves the target; steps of the prices after it.
_FRACTIONAL, _FAILURES, _ADDITIONS, _MORE_STEPS = 80, 3, 6, 80


class Scout:
    """Sets and prices of one program whose number of stations is asked for."""

    def __init__(self, program: StationProgram, incumbent: Incumbent, watch: Watch, target: float, seed: int) -> None:
        self.program, self.incumbent, self.watch = program, incumbent, watch
        self.probe = Incumbent(program, watch, goal=target)
        self.first = self.dual = starting_dual(program)
        self.random = np.random.default_rng(seed)
        self.values = SetValues(program)
        #: What whole numbers and roster minimum took from the value of the last set that failed.
        self.lost = 0.0

    def ceiling(self) -> float:
        """What all sites together can serve at most, whatever the number."""
        everything = float(self.program.size @ self.program.value)
        if not self.program.plain:
            return everything
        value = float(self.values(np.arange(self.program.n_sites, dtype=np.int32))[0])
        return min(everything, rounded_bound(self.program, value))

    def at(self, n_sites: int, kicks: int = 0) -> tuple[Ints, float]:
        """A good set of so many new stations, and its value without whole numbers and minimum.

        With ``kicks`` the plan that was found is thinned to as many as well, and the better set is kicked until it may
        serve the target.
        """
        part = replace(self.program, n_max=n_sites)
        local = LocalSearch(part, self.values)
        best, best_value = np.zeros(0, np.int32), -np.inf
        for dual in (self.dual,) if self.dual is self.first else (self.first, self.dual):
            sites = pipeline.first_set(part, dual)
            if not part.allows(sites):
                continue
            sites, value = local.climb(sites, pipeline.rounded(part, dual.mu), dual.gamma)
            if value > best_value:
                best, best_value = sites, value
        if kicks and len(best):
            thinned = self._thinned(n_sites)
            value = self.values(thinned)[0] if part.allows(thinned) else -np.inf
            if value > best_value:
                best, best_value = thinned, value
            best, best_value = local.iterate(
                best, best_value, self.dual.mu, self.dual.gamma, self.random, self.watch, kicks=kicks, patience=kicks,
                enough=self.probe.cutoff,
            )  # fmt: skip
        return best, best_value

    def _thinned(self, n_sites: int) -> Ints:
        """The plan found without the stations that serve least, down to so many new ones."""
        rosters = self.incumbent.rosters
        assert rosters is not None  # noqa: S101 - asked only with a plan
        served = np.bincount(rosters.seen.sites, weights=rosters.members, minlength=len(rosters.open))
        served[self.program.required[self.incumbent.sites] | ~self.program.counted[self.incumbent.sites]] = np.inf
        leave = np.argsort(served, kind="stable")[: max(0, self.found() - n_sites)]
        kept = rosters.open.copy()
        kept[leave] = False
        return self.incumbent.sites[kept]

    def settle(self, sites: Ints) -> bool:
        """True when a set has rosters that reach the target; they are then kept."""
        rosters = assign(
            self.program, sites, time_limit_s=max(GRACE_S, self.watch.left_s), stop=self.watch.late,
            enough=self.probe.cutoff, max_nodes=_NODES,
        )  # fmt: skip
        if rosters.outcome not in ("optimal", "feasible") or rosters.objective < self.probe.cutoff:
            self.lost = max(0.0, self.values(sites)[0] - max(rosters.objective, 0.0))
            return False
        self.incumbent.objective, self.incumbent.sites, self.incumbent.rosters = rosters.objective, sites, rosters
        return True

    def found(self) -> int:
        """New stations of the plan kept."""
        rosters = self.incumbent.rosters
        assert rosters is not None  # noqa: S101 - asked only with a plan
        return int(np.count_nonzero(self.program.counted[self.incumbent.sites[rosters.open]]))

    def first_plan(self, least: int, most: int) -> bool:
        """Look for a plan: the first greedy sites that may do by their value, then a few more at a time."""
        order = pipeline.greedy_order(self.program, self.first)
        counted = np.cumsum(self.program.counted[order])

        def may_do(number: int) -> bool:
            sites = np.sort(order[: int(np.searchsorted(counted, number, side="right"))])
            return self.values(sites)[0] >= self.probe.cutoff

        if len(order) == 0 or not may_do(most):
            return False
        low, high = least, most
        while low < high and not self.watch.step():
            middle = (low + high) // 2
            low, high = (low, middle) if may_do(middle) else (middle + 1, high)
        more = 0
        while not self.watch.over():
            number = min(high + more, most)
            if self.settle(self.at(number)[0]):
                return True
            if number == most:
                return False
            more = max(1, 2 * more)
        return False

    def fewer(self, least: int, found: int) -> int:
        """Try sets of fewer stations at the prices of now, by bisection; the fewest that served the target."""
        low = least
        while low < found and not self.watch.step():
            middle = (low + found) // 2
            sites, value = self.at(middle)
            if value >= self.probe.cutoff and self.settle(sites):
                found = self.found()
            else:
                low = middle + 1
        while least < found <= least + _KICKED and not self.watch.over():
            sites, value = self.at(found - 1, kicks=_KICKS)
            if value < self.probe.cutoff or not self.settle(sites):
                break
            found = self.found()
        return found

    def least(self, known: int, high: int) -> int:
        """A number below which no plan can serve the target, between ``known`` and ``high``, by bisection on prices."""
        while known < high and not self.watch.over():
            middle = (known + high) // 2
            part = replace(self.program, n_max=middle)
            self.dual = improve_dual(part, self.dual, self.probe.cutoff, self.watch, iterations=_STEPS)
            number = self._least_at(self.dual)
            known = max(known, number)
            if number <= middle:  # not refuted by these prices
                high = middle
        return known

    @property
    def in_rows(self) -> bool:
        """Whether the covering program of :mod:`.cover_rows` stands for this one, and is small enough."""
        return self.program.plain and len(self.program.groups.row_sites) <= _ROW_ENTRIES

    def by_rows(self, least: int, found: int | None, most: int) -> tuple[int, int | None]:
        """Bound by the covering program's openings, and a plan near them where few of them are fractional."""
        program, watch = self.program, self.watch
        mu = self.values(np.arange(program.n_sites, dtype=np.int32))[1]
        rows = CoverRows(program, self.probe.cutoff, watch)
        rows.require(mu)
        openings, bound = fewest_openings(rows, mu, float(most if found is None else found))
        if np.isfinite(bound):
            least = max(least, min(int(np.ceil(bound)), most + 1 if found is None else found))
        if openings is None or (found is not None and least >= found) or watch.over():
            return least, found
        part = replace(program, n_max=max(least, 1))
        self.dual = improve_dual(part, self.dual, self.probe.cutoff, watch, iterations=_MORE_STEPS)
        opening = openings.opening
        free = not (np.isfinite(program.budget) or program.unit_min.any())  # what the covering program does not know
        few = np.count_nonzero((opening > _OPENED) & (opening < 1 - _OPENED)) <= _FRACTIONAL
        if found is not None and free and few:
            found = self._near_rows(rows, mu, opening, least, found)
        return least, found

    def _near_rows(self, rows: CoverRows, mu: Floats, opening: Floats, least: int, found: int) -> int:
        """Fewest stations found on the sites that the covering program opens and those of the plan.

        A whole solution may serve less than it seems to: the minimum cut near it says so to the program, and the
        stations that are missing are added to it.
        """
        program, watch = self.program, self.watch
        mine = self.incumbent.sites
        near = np.union1d(np.flatnonzero(opening > _OPENED), mine)
        part = CoverRows(program.restricted(near), self.probe.cutoff, watch)
        for known in rows.multipliers:
            part.require(known[near])
        certain = (opening[near] > 1 - _OPENED) & np.isin(near, mine)
        failed = 0
        while failed < _FAILURES and least < found and not watch.over():
            before = found
            chosen = part.whole(certain, found, _ROW_NODES)
            if chosen is None or watch.over():
                break
            sites = near[chosen].astype(np.int32)
            for core in (np.ones(program.n_sites), opening):
                at = 0.1 * core
                at[sites] += 0.9
                part.require(minimum_cut(program, at, mu)[near])
            found = self._completed(sites, near, found)
            if found == before:
                part.ask_more(part.target + max(1.0, 0.5 * self.lost))
            failed = 0 if found < before else failed + 1
        return found

    def _completed(self, sites: Ints, near: Longs, found: int) -> int:
        """Add to a set the station that serves most more, one by one, until the target is served; the fewest found."""
        program = self.program
        for _ in range(_ADDITIONS):
            if np.count_nonzero(program.counted[sites]) >= found or self.watch.step():
                break
            # what whole numbers and minimum took from a set before, they will mostly take from the next
            if self.values(sites)[0] >= self.probe.cutoff + 0.5 * self.lost and self.settle(sites):
                return self.found()
            trials = [np.union1d(sites, [j]).astype(np.int32) for j in np.setdiff1d(near, sites)]
            if not trials:
                break
            sites = max(trials, key=lambda trial: self.values(trial)[0])
        return found

    def _least_at(self, dual: Dual) -> int:
        program = self.program
        gain = np.maximum(dual.values, 0.0)
        always = ~program.counted | program.required
        base = float(dual.price @ program.size + np.where(program.required, dual.values, gain)[always].sum())
        served = base + np.concatenate([[0.0], np.cumsum(np.sort(gain[~always])[::-1])])
        served = served * (1 + 1e-11) + 1e-6
        if program.whole:
            served = np.floor(served)
        enough = int(np.searchsorted(served, self.probe.cutoff))
        return enough + int(np.count_nonzero(program.required & program.counted))
