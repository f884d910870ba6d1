"""Hands out the tasks of a plan phase by phase, tells how far it is, and notes how long it took."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

import pandas as pd

from ipps_geo import logbook
from ipps_geo.executors import gathered
from ipps_geo.siting.search.plan import Milestone

Told = Callable[[Milestone], None]


class Work:
    """Who does the work of one plan; ``hand`` serves :func:`~ipps_geo.siting.workstations.split.plan_components`."""

    def __init__(
        self, executor: Executor, progress: Told | None = None, should_stop: Callable[[], bool] | None = None
    ) -> None:
        self.executor, self.progress, self.should_stop = executor, progress, should_stop
        self.started = time.perf_counter()
        self.value, self.bound = math.nan, math.nan
        self.notes: dict[str, tuple[int, float]] = {}

    def hand(self, function: Callable[..., Any], tasks: Sequence[Any], phase: str) -> list[Any]:
        """Return the results of the tasks, in order."""
        begun = time.perf_counter()
        made = gathered(
            self.executor,
            function,
            tasks,
            done=lambda n, of: self.tell(f"{phase} {n}/{of}"),
            should_stop=self.should_stop,
        )
        before, spent = self.notes.get(phase, (0, 0.0))
        self.notes[phase] = (before + len(tasks), spent + time.perf_counter() - begun)
        logbook.LOGGER.info("%s: %d tasks, %.1f s", phase, len(tasks), time.perf_counter() - begun)
        return made

    def better(self, value: float, bound: float, phase: str) -> None:
        """Take note of a better plan or bound."""
        self.value, self.bound = value, bound
        self.tell(phase)

    def tell(self, phase: str) -> None:
        """Tell a milestone."""
        if self.progress is not None:
            self.progress(Milestone(time.perf_counter() - self.started, self.value, self.bound, phase))

    def table(self) -> pd.DataFrame:
        """Return the phases with their tasks and seconds."""
        return pd.DataFrame(
            [(phase, tasks, seconds) for phase, (tasks, seconds) in self.notes.items()],
            columns=["phase", "tasks", "seconds"],
        )
