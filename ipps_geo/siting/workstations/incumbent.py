"""Good open sets: exact evaluation, local search with multipliers reset, iterated with seeded kicks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.watch import GRACE_S, Watch
from ipps_geo.siting.workstations.assignment import Rosters, assign
from ipps_geo.siting.workstations.lagrangian import Scans
from ipps_geo.siting.workstations.min_cut import OpenSetValue
from ipps_geo.siting.workstations.open_program import open_value
from ipps_geo.siting.workstations.open_set_search import climb
from ipps_geo.siting.workstations.program import StationProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class SetValues:
    """Value of an open set without whole numbers and roster minimum, with the multipliers that prove it.

    A minimum cut where the program is plain; otherwise the linear program of the set, whose row duals are the
    multipliers. Values are remembered.
    """

    def __init__(self, program: StationProgram) -> None:
        self.program = program
        groups = program.groups
        self._cut = OpenSetValue(
            groups.by_site, groups.row_start, groups.row_sites, program.n_need, groups.size, program.share
        )
        self._known: dict[bytes, tuple[float, Floats, Floats]] = {}

    def __call__(self, sites: Ints) -> tuple[float, Floats, Floats]:
        """``(value, mu, gamma)`` for sites in ascending order; minus infinity where the set cannot hold."""
        key = sites.tobytes()
        if key not in self._known:
            if self.program.plain:
                value, limited = self._cut(sites)
                self._known[key] = (value, limited.astype(np.float64), np.zeros(len(sites)))
            else:
                self._known[key] = open_value(self.program, sites, np.ones(len(sites)))
        return self._known[key]


class Incumbent:
    """The best whole plan so far, as positions in the root program, and the sets already settled.

    Where weights are not whole, sets are settled to within a tenth of the relative ``gap`` that is asked of the plan.
    """

    def __init__(self, root: StationProgram, watch: Watch, goal: float = np.inf, gap: float = 0.0) -> None:
        self.root = root
        self.gap = gap
        self.watch = watch
        self.goal = goal
        self.sites = np.zeros(0, np.int32)
        self.rosters: Rosters | None = None
        self.objective = -np.inf
        self._settled: dict[bytes, float] = {}

    @property
    def cutoff(self) -> float:
        """A set must be able to reach this to be worth a look: one more than now where weights are whole.

        With a goal nothing below the goal is worth a look either.
        """
        least = self.goal - 1e-9 * max(1.0, self.goal) if np.isfinite(self.goal) else -np.inf
        if self.rosters is None:
            return least
        step = 1 - 1e-6 if self.root.whole else 1e-9 * max(1.0, abs(self.objective))
        return max(self.objective + step, least)

    @property
    def open_sites(self) -> tuple[int, ...]:
        """Positions of its sites with a roster among all sites, ascending; empty without a plan."""
        if self.rosters is None:
            return ()
        return tuple(np.sort(self.root.site_ids[self.sites[self.rosters.open]]).tolist())

    @property
    def reached(self) -> bool:
        """True when the goal is reached."""
        return self.objective >= self.goal - 1e-9 * max(1.0, self.goal)

    def settle(self, sites: Ints) -> float:
        """Exact whole value of a set of the root's sites (or its best subset); keeps it when it is the best.

        Returns a bound that holds for the set and all its subsets: the value itself unless time ran out.
        """
        key = sites.tobytes()
        if key not in self._settled:
            # without any plan so far a moment of grace, so that there is one
            late = self.watch.late if self.rosters is not None else None
            left_s = 0.0 if self.watch.reason == "cancelled" else self.watch.left_s
            rosters = assign(self.root, sites, time_limit_s=max(GRACE_S, left_s), stop=late, relative_gap=self.gap)
            self._settled[key] = rosters.bound
            if rosters.outcome in ("optimal", "feasible") and rosters.objective > self.objective:
                self.objective, self.sites, self.rosters = rosters.objective, sites, rosters
        return self._settled[key]


class LocalSearch:
    """Climbing from one set on one program, with multipliers of closed sites taken from the dual."""

    def __init__(self, program: StationProgram, values: SetValues) -> None:
        self.program = program
        self.values = values
        self.scans = Scans(program)

    def climb(self, sites: Ints, mu: Floats, gamma: Floats) -> tuple[Ints, float]:
        """Alternate climbing at fixed multipliers and resetting them on the open set, while the exact value grows."""
        program, scans = self.program, self.scans
        mu, gamma = mu.copy(), gamma.copy()
        best, best_value = sites, -np.inf
        for turn in range(5):
            sites, climbed = climb(
                *scans.lists, scans.size, scans.weight, *scans.lifts(mu, gamma), program.required, program.counted,
                program.n_max, program.cost, program.budget, program.unit, program.unit_min, sites, 200,
            )  # fmt: skip
            sites = np.sort(sites)
            value, open_mu, open_gamma = self.values(sites)
            if value > best_value + 1e-6:
                best, best_value = sites, value
            elif turn:
                break
            if climbed - value < 1:
                break
            mu[sites], gamma[sites] = open_mu, open_gamma
            if not program.plain:
                self._follow(sites, mu, gamma)
        return best, best_value

    def _follow(self, sites: Ints, mu: Floats, gamma: Floats) -> None:
        """Set the closed sites' multipliers to the best at the prices of an open set, whose own ones stay."""
        whole = np.zeros(self.program.n_sites)
        whole[sites] = 1.0
        open_mu, open_gamma = mu[sites].copy(), gamma[sites].copy()
        self.scans.values(self.scans.prices(whole, mu, gamma), mu, gamma)
        mu[sites], gamma[sites] = open_mu, open_gamma

    def kicked(self, sites: Ints, strength: int, random: np.random.Generator) -> Ints:
        """A feasible neighbour: ``strength`` open sites out, others in, as far as number, budget and units allow."""
        program = self.program
        movable = sites[~program.required[sites]]
        outside = np.setdiff1d(np.arange(program.n_sites, dtype=np.int32), sites)
        n = min(strength, len(movable), len(outside))
        if n == 0:
            return sites
        out = random.choice(movable, n, replace=False)
        into = random.choice(outside, n, replace=False)
        for k in range(n, 0, -1):
            trial = np.sort(np.concatenate([np.setdiff1d(sites, out[:k]), into[:k]])).astype(np.int32)
            if program.allows(trial):
                return trial
        return sites

    def iterate(
        self,
        sites: Ints,
        value: float,
        mu: Floats,
        gamma: Floats,
        random: np.random.Generator,
        watch: Watch,
        *,
        kicks: int,
        patience: int,
        enough: float = np.inf,
    ) -> tuple[Ints, float]:
        """Iterated local search that accepts on the exact value.

        Ends after ``patience`` kicks without a better set, or at a set that is worth ``enough``.
        """
        best, best_value = self.climb(sites, mu, gamma)
        if best_value < value:
            best, best_value = sites, value
        idle = 0
        open_mu = (mu > 0.5).astype(np.float64) if self.program.plain else mu
        for _ in range(kicks):
            if idle >= patience or best_value >= enough or watch.step():
                break
            start = self.kicked(best, int(random.integers(1, 5)), random)
            tilted = open_mu.copy()
            if self.program.plain:
                flip = random.random(len(mu)) < 0.15
                tilted[flip] = random.random(int(flip.sum())) < np.clip(mu[flip], 0.1, 0.9)
            if random.random() < 0.5:
                start_mu = self.values(start)[1]
                tilted[start] = start_mu
            found, found_value = self.climb(start, tilted, gamma)
            idle += 1
            if found_value > best_value + 1e-6:
                best, best_value, idle = found, found_value, 0
        return best, best_value
