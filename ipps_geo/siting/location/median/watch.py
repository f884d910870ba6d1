"""The watch over one p-median search: clock, work, cancellation, incumbent, bound and milestones in one place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search import clock
from ipps_geo.siting.search.plan import Milestone

__all__ = ["Watch"]


class Watch:
    """Says when a search has to stop and remembers the best plan and the best bound.

    Work is counted in steps (one evaluation of the bound, one pass of swaps, one node of the tree), so that a stop by
    ``work_limit`` falls on the same plan on every machine; ``time_limit_s`` and ``should_stop`` do not.
    """

    def __init__(
        self,
        *,
        time_limit_s: float,
        work_limit: int | None,
        gap: float,
        progress: Callable[[Milestone], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self._start = clock.now()
        self._deadline = self._start + time_limit_s
        self._work_limit = work_limit
        self._progress = progress
        self._should_stop = should_stop
        self.gap = gap
        self.work = 0
        self.phase = "prepare"
        self.stop_reason = ""
        self.scale = 1.0
        self.quantum = 0.0
        self.objective = np.inf
        self.bound = -np.inf
        self.open_sites: NDArray[np.int64] | None = None
        self._site_names = np.empty(0, np.int64)
        self._spare_sites = np.empty(0, np.int64)
        self.history: list[Milestone] = []

    def name_sites(self, names: NDArray[np.int64], spare: NDArray[np.int64]) -> None:
        """Say which of the caller's sites the search's positions are, and which sites open in any case."""
        self._site_names = names
        self._spare_sites = spare

    def named_sites(self) -> NDArray[np.int64]:
        """The incumbent's sites in the caller's positions, ascending."""
        if self.open_sites is None:
            return np.empty(0, np.int64)
        return np.sort(np.concatenate([self._site_names[self.open_sites], self._spare_sites]))

    @property
    def seconds(self) -> float:
        """Seconds since the call began."""
        return clock.now() - self._start

    @property
    def seconds_left(self) -> float:
        """Seconds until the time limit, never negative."""
        return max(0.0, self._deadline - clock.now())

    @property
    def cutoff(self) -> float:
        """A bound above this value proves the incumbent.

        With whole costs and weights two plans differ by at least one quantum; otherwise by more than 0.9e-9 of the
        objective, which keeps a proven gap below 1e-9.
        """
        if not np.isfinite(self.objective):
            return np.inf
        slack = max(0.9e-9, self.gap * (1 - 1e-9)) * abs(self.objective)
        if self.quantum:
            slack = max(slack, self.quantum * (1.0 - 1e-6))
        return self.objective - slack

    @property
    def proven(self) -> bool:
        """Whether the bound proves the incumbent within the asked gap."""
        return self.open_sites is not None and self.bound >= self.cutoff

    def spend(self, steps: int) -> None:
        """Count work done."""
        self.work += int(steps)

    def steps_left(self, at_most: int) -> int:
        """Steps that may still be spent, at most ``at_most``."""
        if self._work_limit is None:
            return at_most
        return max(0, min(at_most, self._work_limit - self.work))

    def stopped(self) -> bool:
        """Whether the search has to end now; the first reason found stays."""
        if self.stop_reason:
            return True
        if self._work_limit is not None and self.work >= self._work_limit:
            self.stop_reason = "work_limit"
        elif clock.now() >= self._deadline:
            self.stop_reason = "time_limit"
        elif self._should_stop is not None and self._should_stop():
            self.stop_reason = "cancelled"
        return bool(self.stop_reason)

    def offer(self, open_sites: NDArray[np.int64], objective: float) -> bool:
        """Keep a plan when it beats the incumbent."""
        if objective >= self.objective:
            return False
        self.objective = float(objective)
        self.open_sites = np.sort(open_sites)
        self._milestone()
        return True

    def raise_bound(self, bound: float) -> None:
        """Keep a bound when it beats the one that is known."""
        if bound > self.bound:
            self.bound = float(bound)
            self._milestone()

    def _milestone(self) -> None:
        objective, bound = float(self.objective / self.scale), float(self.bound / self.scale)
        sites = tuple(self.named_sites().tolist())
        milestone = Milestone(self.seconds, objective, bound, self.phase, sites)
        self.history.append(milestone)
        if self._progress is not None:
            self._progress(milestone)
