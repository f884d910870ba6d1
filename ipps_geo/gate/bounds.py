"""How much a worker may take of the machine."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1 << 20


@dataclass(frozen=True)
class Bounds:
    """Upper bounds of a worker process.

    ``memory_bytes`` is its address space; ``seconds`` the wall time of one call, of which every thread may spend as
    much processor time; ``written_bytes`` the size of each file that it writes.
    """

    memory_bytes: int = 2_048 * _MIB
    seconds: float = 60.0
    written_bytes: int = 2_048 * _MIB
