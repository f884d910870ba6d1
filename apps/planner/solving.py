"""What runs beside a page: queued, started, watched, cancelled; the work itself is done in a child process.

It belongs to whoever watches it: what nobody has asked for in a while ends, so that a closed browser leaves nothing
behind. As many run at once as the machine has processors; the others wait for their turn.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ipps_geo import planning
from ipps_geo.errors import NotSolved
from ipps_geo.planning.access_choices import AccessChoices
from ipps_geo.planning.networks import is_timetable
from ipps_geo.planning.parameters import alone
from ipps_geo.planning.watched import watched

if TYPE_CHECKING:
    import datetime as dt

    from ipps_geo.planning import PlanParameters, Travel
    from ipps_geo.planning.watched import Case
    from ipps_geo.policy import Policy
    from ipps_geo.results import PlanResult
    from ipps_geo.siting import Milestone
    from ipps_geo.workspace import Workspace


FORGOTTEN_S = 300.0
"""What no page has asked for during so many seconds is stopped."""

JOBS = ("job", "leaning_job", "slide_job", "access_job", "repair_job")
"""Under which names a session holds what runs beside its pages."""

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
        steers = {"time_limit_s": 1.0, "least_distance": False, "balance": False, "gap": 0.0, "seed": 0}
        return self.asking(replace(alone(self.parameters), **sites, **steers))

    def key(self) -> tuple[object, ...]:
        """Return what tells these choices from others; how long the search may take is none of them."""
        return (
            repr(replace(self.parameters, time_limit_s=1.0)),
            repr(self.choices or AccessChoices()),
            self.policy.version,
            travel_key(self.travel),
        )


def travel_key(travel: Travel) -> tuple[object, ...]:
    """Return what tells a way of travelling from others, whenever it was put together from the same networks."""
    network, snapping = travel.network, travel.snapping
    percentile = network.percentile if network is not None and is_timetable(network) else None
    same = (
        network.stations if network is not None and is_timetable(network) else network
    )  # read anew at each percentile
    return (
        id(same), percentile, travel.limit, travel.unit, travel.detour_factor, id(travel.streets),
        snapping.max_snap_m, id(snapping.barriers),
    )  # fmt: skip


class Task:
    """One piece of work on its way; every attribute may be read while it runs. ``given`` is what ``work`` takes."""

    def __init__(self, *given: Any) -> None:
        self.error: Exception | None = None
        self.started: float | None = None
        self._asked = time.monotonic()
        self._stop = threading.Event()
        self._given = given
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether there is no answer yet."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> bool:
        """Whether others have their turn first."""
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
        """Ask it to stop: the child is killed when it has not answered within two seconds."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end and return whether it came."""
        self._thread.join(seconds)
        return not self.running

    def work(self, *given: Any) -> None:
        """Do the work, and keep what comes of it."""
        raise NotImplementedError

    def given_up(self) -> bool:
        """Whether it is to end: somebody stopped it, or nobody asks for it any more."""
        return self._stop.is_set() or time.monotonic() - self._asked > FORGOTTEN_S

    def _run(self) -> None:
        while not _PLACES.acquire(timeout=0.2):
            if self.given_up():
                self.error = NotSolved("plan.given_up")
                return
        try:
            self._begin()
        finally:
            _PLACES.release()

    def _begin(self) -> None:
        self.started = time.monotonic()
        try:
            self.work(*self._given)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is told on the page that watches
            self.error = error


class Job(Task):
    """One plan on its way, sought from the carriers ``begin_with`` where there are some."""

    def __init__(self, workspace: Workspace, on: dt.date, ways: Ways, begin_with: tuple[str, ...] = ()) -> None:
        self.ways, self.begin_with = ways, begin_with
        self.milestones: list[Milestone] = []
        self.result: PlanResult | None = None
        super().__init__(workspace, on)

    def work(self, workspace: Workspace, on: dt.date) -> None:
        """Find the plan."""
        self.result = planning.plan(
            workspace,
            self.ways.policy,
            self.ways.parameters,
            on=on,
            travel=self.ways.travel,
            choices=self.ways.choices,
            start=self.begin_with,
            progress=self.milestones.append,
            should_stop=self.given_up,
        )


class Measure(Task):
    """A use case that gives one answer, on its way; ``stamp`` says for what."""

    def __init__(
        self, case: Case, workspace: Workspace, policy: Policy, stamp: tuple[object, ...], limit_s: float, **asked: Any
    ) -> None:
        self.stamp, self.limit_s = stamp, limit_s
        self.found: Any = None
        self.steps: list[str] = []
        super().__init__(case, workspace, policy, asked)

    def work(self, case: Case, workspace: Workspace, policy: Policy, asked: dict[str, Any]) -> None:
        """Compute the answer."""
        self.found = watched(
            case,
            workspace,
            policy,
            limit_s=self.limit_s,
            progress=self.steps.append,
            should_stop=self.given_up,
            **asked,
        )
