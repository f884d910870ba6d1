"""How much a worker may take of the machine."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1 << 20
_BUSY = 4


@dataclass(frozen=True)
class Bounds:
    """Upper bounds of a worker process.

    ``memory_bytes`` is its address space; ``seconds`` the processor time of one call, for each of two threads;
    ``written_bytes`` the size of each file that it writes.
    """

    memory_bytes: int = 2_048 * _MIB
    seconds: float = 60.0
    written_bytes: int = 2_048 * _MIB

    @property
    def wall_seconds(self) -> float:
        """How long a call is waited for: on a busy machine the same work takes longer, and is no worse for it."""
        return _BUSY * self.seconds
