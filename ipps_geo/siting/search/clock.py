"""The clock of a search: it stands still while kernels are compiled, or read from the disk.

The first call of a kernel on a machine compiles it, which takes seconds, and no limit of a search is meant for that.
"""

from __future__ import annotations

import time
from typing import Any

from numba.core import event


class _Standing(event.Listener):
    """Adds up the time in which the compiler's lock is held; whoever waits for it compiles nothing meanwhile."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0
        self._since = 0.0

    def on_start(self, event: Any) -> None:
        if self._depth == 0:
            self._since = time.perf_counter()
        self._depth += 1

    def on_end(self, event: Any) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.seconds += time.perf_counter() - self._since

    def until_now(self) -> float:
        running = time.perf_counter() - self._since if self._depth else 0.0
        return self.seconds + running


_STANDING = _Standing()
event.register("numba:compiler_lock", _STANDING)  # type: ignore[no-untyped-call]


def now() -> float:
    """Seconds of a clock that stands still while kernels are compiled; only differences mean something."""
    return time.perf_counter() - _STANDING.until_now()
