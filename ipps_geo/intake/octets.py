"""What the bytes of a column of texts tell before any text is looked at: most columns need no closer look.

>>> texts = pa.array(["E01", None, "合计"], pa.large_string())
>>> plainly_filled(texts), begins_with(texts, frozenset(b"E")).tolist()
(False, [True, False, False])
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

BLANK_STARTS = b" \t\r\n\v\f\xc2\xe2\xe3\xef"
"""Bytes that a blank begins with in UTF-8, also the wide and the invisible ones."""

_CHUNK = 1 << 16


def octets(text: pa.Array) -> NDArray[np.uint8]:
    """Return the bytes of all texts, one after the other, without a copy."""
    offsets, data = _parts(text)
    return data[int(offsets[0]) : int(offsets[-1])] if len(text) else data


def bytes_in(data: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which of the 256 bytes occur."""
    seen = np.zeros(256, dtype=bool)
    # Piece by piece: counting widens the bytes eightfold, which a cache must hold.
    for start in range(0, len(data), _CHUNK):
        seen |= np.bincount(data[start : start + _CHUNK], minlength=256) > 0
    return seen


def has_empty(text: pa.Array) -> bool:
    """Return whether any text is empty (null is not a text, but counts where its place holds no byte)."""
    offsets, _ = _parts(text)
    return bool(len(text)) and bool((offsets[1:] == offsets[:-1]).any())


def longest(text: pa.Array) -> int:
    """Return the number of bytes of the longest text."""
    offsets, _ = _parts(text)
    return int(np.diff(offsets).max(initial=0))


def plainly_filled(text: pa.Array) -> bool:
    """Return whether every cell holds text that does not begin with a blank; false also where that is not certain."""
    if text.null_count or not len(text) or has_empty(text):
        return False
    return not bool(begins_with(text, frozenset(BLANK_STARTS)).any())


def begins_with(text: pa.Array, starts: Collection[int], longest: int | None = None) -> NDArray[np.bool_]:
    """Return which texts (of at most ``longest`` bytes) begin with one of the bytes ``starts``."""
    found = np.zeros(len(text), dtype=bool)
    offsets, data = _parts(text)
    if not len(text) or not len(data):
        return found
    lengths = np.diff(offsets)
    filled = lengths > 0 if longest is None else (lengths > 0) & (lengths <= longest)
    wanted = np.zeros(256, dtype=bool)
    wanted[list(starts)] = True
    found[filled] = wanted[data[offsets[:-1][filled]]]
    if text.null_count:
        found &= text.is_valid().to_numpy(zero_copy_only=False)
    return found


def _parts(text: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    buffers = text.buffers()
    if buffers[1] is None or not len(text):
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    offsets = np.frombuffer(buffers[1], dtype=np.int64, count=len(text) + 1, offset=text.offset * 8)
    data = np.zeros(0, dtype=np.uint8) if buffers[2] is None else np.frombuffer(buffers[2], dtype=np.uint8)
    return offsets, data
