"""Watch over one solve: time, work, cancellation, milestones, and the answer of one that ends without a plan."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from ipps_geo.errors import Message
from ipps_geo.siting.search import clock
from ipps_geo.siting.search.checks import seconds_allowed, steps_allowed
from ipps_geo.siting.search.plan import Milestone, SitePlan, Status

Kind = TypeVar("Kind", bound=SitePlan)
Progress = Callable[[Milestone], None]
ShouldStop = Callable[[], bool]

#: Seconds between two calls of the caller's ``should_stop``: far below the promised two, far above its cost.
_POLL_S = 0.05


#: Seconds after the time limit in which what is quick is still done, so that there is a plan to return.
GRACE_S = 0.3


class OutOfTime(Exception):
    """Time is up before there is anything to return; becomes a plan of status no_solution."""


class Watch:
    """Decides when a search must end, and tells the caller how it goes.

    ``weight_unit`` is what one unit of the search's objective is worth in the caller's weights.

    Work is counted in steps (one local search, one round of prices, one cut, one node of a tree); steps do not depend
    on the machine, so a work limit stops at the same place everywhere.
    """

    def __init__(
        self,
        time_limit_s: float = math.inf,
        work_limit: int | None = None,
        progress: Progress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> None:
        self._start = clock.now()
        self._time_limit_s = time_limit_s
        self._work_limit = work_limit
        self._progress = progress
        self._should_stop = should_stop
        self._polled = -math.inf
        self._ended = math.inf
        self._muted = False
        self.weight_unit = 1.0
        self.work = 0
        self.reason = ""
        self.history: list[Milestone] = []

    @property
    def seconds(self) -> float:
        """Wall time since the start."""
        return clock.now() - self._start

    @property
    def left_s(self) -> float:
        """Seconds until the time limit, never negative."""
        return max(0.0, self._time_limit_s - self.seconds)

    @property
    def work_left(self) -> int | None:
        """Steps until the work limit, never negative; ``None`` without one."""
        return None if self._work_limit is None else max(0, self._work_limit - self.work)

    def spend(self, work: int) -> None:
        """Count work, and ask nothing."""
        self.work += int(work)

    def step(self, work: int = 1) -> bool:
        """Count work; True when the search must end now, with :attr:`reason` set."""
        self.spend(work)
        return self.over()

    def over(self) -> bool:
        """True when the search must end now."""
        if self.reason:
            return True
        now = self.seconds
        if now >= self._time_limit_s:
            self.reason, self._ended = "time_limit", self._time_limit_s
        elif self._work_limit is not None and self.work >= self._work_limit:
            self.reason = "work_limit"
        elif self._asked_to_stop(now):
            self.reason, self._ended = "cancelled", now
        return bool(self.reason)

    def late(self) -> bool:
        """True when clock or caller want an end at once; a spent work limit lets what was begun come to its end."""
        now = self.seconds
        return self.reason == "cancelled" or now >= self._time_limit_s or self._asked_to_stop(now)

    def check(self) -> None:
        """Raise :class:`OutOfTime` when time limit or cancellation lie further back than the grace."""
        if self.over() and self.seconds > self._ended + GRACE_S:
            raise OutOfTime

    def _asked_to_stop(self, now: float) -> bool:
        if self._should_stop is None or now - self._polled < _POLL_S:
            return False
        self._polled = now
        return self._should_stop()

    @contextlib.contextmanager
    def muted(self) -> Iterator[None]:
        """Within, milestones are neither noted nor handed out: a search asked from within another."""
        before, self._muted = self._muted, True
        try:
            yield
        finally:
            self._muted = before

    def tell(self, objective: float, bound: float, phase: str, open_sites: tuple[int, ...] = ()) -> None:
        """Note a milestone and hand it to the caller, when something changed since the last."""
        if self._muted:
            return
        if self.history:
            last = self.history[-1]
            if (last.objective, last.bound, last.phase) == (objective, bound, phase):
                return
        milestone = Milestone(self.seconds, objective, bound, phase, open_sites)
        self.history.append(milestone)
        if self._progress is not None:
            self._progress(milestone)


def search_watch(
    time_limit_s: float, work_limit: int | None, progress: Progress | None, should_stop: ShouldStop | None
) -> Watch:
    """The watch of one call, with its limits checked."""
    return Watch(seconds_allowed(time_limit_s), steps_allowed(work_limit), progress, should_stop)


def without_plan(
    kind: type[Kind], n_demand: int, watch: Watch, why: Message | None = None, bound: float = math.nan
) -> Kind:
    """An answer without a plan: infeasible for the reason given, or none found before the watch was over."""
    status: Status = "infeasible" if why is not None else "no_solution"
    reason = str(why) if why is not None else watch.reason or "search_ended"
    return kind(
        status=status, stop_reason=reason, objective=math.nan, bound=bound, gap=math.inf,
        open_sites=np.zeros(0, np.int32), assignment=np.full(n_demand, -1, np.int32), seconds=watch.seconds,
        history=tuple(watch.history), why=why,
    )  # fmt: skip
