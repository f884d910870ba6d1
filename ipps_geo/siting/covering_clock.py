"""The clock of one covering search: when to stop, and what has been reached so far."""

from __future__ import annotations

import time
from collections.abc import Callable

from ipps_geo.errors import BadInput
from ipps_geo.siting.plan import Milestone

Progress = Callable[[Milestone], None]
ShouldStop = Callable[[], bool]


class Clock:
    """Time limit, work limit and cancellation of one call, and its milestones.

    Work counts solved linear programs and passes of a local search, so a stop by ``work_limit`` is the same on every
    machine. ``should_stop`` is asked between them.
    """

    def __init__(
        self,
        time_limit_s: float,
        work_limit: int | None = None,
        progress: Progress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> None:
        if not time_limit_s > 0:
            raise BadInput(f"expected a time above zero, got {time_limit_s}", where="time_limit_s")
        if work_limit is not None and work_limit < 1:
            raise BadInput(f"expected at least 1, got {work_limit}", where="work_limit")
        self._start = time.perf_counter()
        self._end = self._start + time_limit_s
        self._work_limit = work_limit
        self._progress = progress
        self._should_stop = should_stop
        self.work = 0
        self.reason = ""
        self.history: list[Milestone] = []

    @property
    def seconds(self) -> float:
        """Seconds since the call began."""
        return time.perf_counter() - self._start

    @property
    def seconds_left(self) -> float:
        """Seconds until the time limit; not below 0."""
        return max(0.0, self._end - time.perf_counter())

    def spend(self, work: int = 1) -> None:
        """Count work that was done."""
        self.work += work

    def stopped(self) -> bool:
        """Whether the search must end now; the first reason stays."""
        if not self.reason:
            if self._should_stop is not None and self._should_stop():
                self.reason = "cancelled"
            elif self._work_limit is not None and self.work >= self._work_limit:
                self.reason = "work_limit"
            elif time.perf_counter() >= self._end:
                self.reason = "time_limit"
        return bool(self.reason)

    def report(self, objective: float, bound: float, phase: str) -> None:
        """Record a milestone and pass it on."""
        milestone = Milestone(self.seconds, objective, bound, phase)
        self.history.append(milestone)
        if self._progress is not None:
            self._progress(milestone)
