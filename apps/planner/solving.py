"""A solve that runs beside the page: started, watched, cancelled; the solver itself works in a child process."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ipps_geo import planning

if TYPE_CHECKING:
    import datetime as dt

    from ipps_geo.planning import PlanParameters, Travel
    from ipps_geo.policy import Policy
    from ipps_geo.results import PlanResult
    from ipps_geo.siting import Milestone
    from ipps_geo.workspace import Workspace


class Job:
    """One plan on its way; every attribute may be read while it runs."""

    def __init__(
        self,
        workspace: Workspace,
        policy: Policy,
        parameters: PlanParameters,
        on: dt.date,
        travel: Travel | None = None,
    ) -> None:
        self.parameters, self.policy, self.travel = parameters, policy, travel
        self.milestones: list[Milestone] = []
        self.result: PlanResult | None = None
        self.error: Exception | None = None
        self.started = time.monotonic()
        self._stop = threading.Event()
        self._work = (workspace, on)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether there is no answer yet."""
        return self._thread.is_alive()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop.is_set()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def cancel(self) -> None:
        """Ask it to stop: the solver is killed when it has not answered within two seconds."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end and return whether it came."""
        self._thread.join(seconds)
        return not self.running

    def _run(self) -> None:
        workspace, on = self._work
        try:
            self.result = planning.plan(
                workspace,
                self.policy,
                self.parameters,
                on=on,
                travel=self.travel,
                progress=self.milestones.append,
                should_stop=self._stop.is_set,
            )
        except Exception as error:  # noqa: BLE001 - whatever went wrong is told on the page that watches
            self.error = error
