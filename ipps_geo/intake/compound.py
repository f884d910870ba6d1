"""Compound files (OLE), the box that an old workbook lies in: chains of sectors without an end are found first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.intake.problems import Refusal, damage

_HEADER, _ENTRIES_IN_HEADER = 512, 109
_LAST = 0xFFFFFFFA
"""Numbers from here on are no sectors: the end of a chain, a free sector."""


def check_chains(data: bytes) -> None:
    """Refuse a compound file in which a chain of sectors comes back to itself: a reader would follow it for ever."""
    sector = 1 << min(int.from_bytes(data[30:32], "little"), 16)
    count = min(int.from_bytes(data[44:48], "little"), len(data) // sector + 1)
    tables = _numbers(data[76 : 76 + 4 * _ENTRIES_IN_HEADER]).tolist()
    more, seen = int.from_bytes(data[68:72], "little"), set[int]()
    while more < _LAST and more not in seen and len(tables) < count:
        seen.add(more)
        *entries, more = _numbers(_sector(data, more, sector)).tolist() or [_LAST]
        tables += entries
    parts = [_numbers(_sector(data, place, sector)) for place in tables[:count] if place < _LAST]
    chain = np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint32)
    small, place, steps = [], int.from_bytes(data[60:64], "little"), 0
    if _is_cyclic(chain):
        raise Refusal("corrupt", feature="byte 0", found=damage("unreadable"))
    while place < len(chain) and steps <= len(chain):
        small.append(_numbers(_sector(data, place, sector)))
        place, steps = int(chain[place]), steps + 1
    if small and _is_cyclic(np.concatenate(small)):
        raise Refusal("corrupt", feature="byte 0", found=damage("unreadable"))


def _sector(data: bytes, place: int, size: int) -> bytes:
    return data[_HEADER + place * size : _HEADER + (place + 1) * size]


def _numbers(data: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(data[: len(data) // 4 * 4], dtype="<u4")


def _is_cyclic(following: NDArray[np.uint32]) -> bool:
    """Return whether any chain of a table of followers meets itself."""
    after = following.tolist()
    walk = [0] * len(after)
    for start in range(len(after)):
        place = start
        while place < len(after) and not walk[place]:
            walk[place] = start + 1
            place = after[place]
        if place < len(after) and walk[place] == start + 1:
            return True
    return False
