"""A solve that runs beside the page: queued, started, watched, cancelled; the solver works in a child process.

A solve belongs to whoever watches it: one that nobody has asked for in a while ends, so that a closed browser leaves no
solver behind. As many run at once as the machine has processors; the others wait for their turn.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ipps_geo import planning
from ipps_geo.errors import NotSolved
from ipps_geo.planning.access_choices import AccessChoices
from ipps_geo.planning.parameters import alone

if TYPE_CHECKING:
    import datetime as dt

    from ipps_geo.planning import PlanParameters, Travel
    from ipps_geo.policy import Policy
    from ipps_geo.results import PlanResult
    from ipps_geo.siting import Milestone
    from ipps_geo.workspace import Workspace


FORGOTTEN_S = 300.0
"""A solve that no page has asked for during so many seconds is stopped."""

MOST_AT_ONCE = os.cpu_count() or 1
_PLACES = threading.BoundedSemaphore(MOST_AT_ONCE)


class Ways(NamedTuple):
    """What a plan goes by: the planner's choices, how people travel, the reading of the policy, weights."""

    parameters: PlanParameters
    travel: Travel
    policy: Policy
    choices: AccessChoices | None

    def asking(self, parameters: PlanParameters) -> Ways:
        """Return the same with other parameters."""
        return self._replace(parameters=parameters)

    def free(self) -> Ways:
        """Return the same without what only steers a search or names sites: what a bound for any set goes by."""
        sites = {"stations": 1, "required_sites": (), "forbidden_sites": (), "min_per_unit": {}}
        steers = {"time_limit_s": 1.0, "least_distance": False, "gap": 0.0, "seed": 0}
        return self.asking(replace(alone(self.parameters), **sites, **steers))

    def key(self) -> tuple[object, ...]:
        """Return what tells these choices from others; how long the search may take is none of them."""
        return (
            repr(replace(self.parameters, time_limit_s=1.0)),
            repr(self.choices or AccessChoices()),
            self.policy.version,
            id(self.travel.network),
            self.travel.limit,
        )


class Job:
    """One plan on its way; every attribute may be read while it runs."""

    def __init__(self, workspace: Workspace, on: dt.date, ways: Ways) -> None:
        self.ways = ways
        self.milestones: list[Milestone] = []
        self.result: PlanResult | None = None
        self.error: Exception | None = None
        self.started: float | None = None
        self._asked = time.monotonic()
        self._stop = threading.Event()
        self._work = (workspace, on)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether there is no answer yet."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> bool:
        """Whether others are solved first."""
        return self.running and self.started is None

    def ask(self) -> None:
        """Say that somebody still wants the answer."""
        self._asked = time.monotonic()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop.is_set()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start; 0 while it waits for its turn."""
        return 0.0 if self.started is None else time.monotonic() - self.started

    def cancel(self) -> None:
        """Ask it to stop: the solver is killed when it has not answered within two seconds."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end and return whether it came."""
        self._thread.join(seconds)
        return not self.running

    def work(self, workspace: Workspace, on: dt.date) -> None:
        """Find the plan."""
        self.result = planning.plan(
            workspace,
            self.ways.policy,
            self.ways.parameters,
            on=on,
            travel=self.ways.travel,
            choices=self.ways.choices,
            progress=self.milestones.append,
            should_stop=self.given_up,
        )

    def given_up(self) -> bool:
        """Whether it is to end: somebody stopped it, or nobody asks for it any more."""
        return self._stop.is_set() or time.monotonic() - self._asked > FORGOTTEN_S

    def _run(self) -> None:
        while not _PLACES.acquire(timeout=0.2):
            if self.given_up():
                self.error = NotSolved("plan.given_up")
                return
        try:
            self._solve()
        finally:
            _PLACES.release()

    def _solve(self) -> None:
        self.started = time.monotonic()
        try:
            self.work(*self._work)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is told on the page that watches
            self.error = error
