"""What the bytes of a column of texts tell before any text is looked at: most columns need no closer look.

>>> texts = pa.array(["E01", None, "合计"], pa.large_string())
>>> plainly_filled(texts), begins_with(texts, frozenset(b"E")).tolist()
(False, [True, False, False])
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

BLANK_STARTS = b" \t\r\n\v\f\xc2\xe2\xe3\xef"
"""Bytes that a blank begins with in UTF-8, also the wide and the invisible ones."""

_CHUNK = 1 << 16
_LONGEST_KEY = 64
_ODD = np.uint64(0x9E3779B97F4A7C15)


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
    offsets, data = _parts(text)
    if not len(text) or not len(data):
        return np.zeros(len(text), dtype=bool)
    wanted = np.zeros(256, dtype=bool)
    wanted[list(starts)] = True
    found = wanted[data[np.minimum(offsets[:-1], len(data) - 1)]]
    if not found.any():
        return found
    lengths = np.diff(offsets)
    found &= lengths > 0
    if longest is not None:
        found &= lengths <= longest
    if text.null_count:
        found &= text.is_valid().to_numpy(zero_copy_only=False)
    return found


def begins_with_two(text: pa.Array, starts: Collection[bytes]) -> NDArray[np.bool_]:
    """Return which texts begin with one of ``starts``, each one or two bytes; null and empty ones do not."""
    offsets, data = _parts(text)
    if not len(text) or not len(data):
        return np.zeros(len(text), dtype=bool)
    wanted = np.zeros((256, 256), dtype=bool)
    for start in starts:
        wanted[start[0], start[1] if len(start) > 1 else slice(None)] = True
    first = offsets[:-1]
    second = np.minimum(first + 1, len(data) - 1)
    found = wanted[data[np.minimum(first, len(data) - 1)], data[second]] & (offsets[1:] > first)
    if text.null_count:
        found &= text.is_valid().to_numpy(zero_copy_only=False)
    return np.asarray(found, dtype=bool)


def surely_distinct(text: pa.Array) -> bool:
    """Return whether no text stands twice; false also where that is not certain.

    Texts of one length are told apart by a hash of 64 bits each: where all hashes differ, the texts do. Others, and
    what is left, take a slower look.
    """
    if text.null_count:
        return False
    offsets, data = _parts(text)
    lengths = np.diff(offsets)
    if len(text) < 2 or not lengths.min():
        return len(text) < 2
    width = int(lengths[0])
    if (lengths != width).any() or width > _LONGEST_KEY:
        return len(pc.unique(text)) == len(text)
    padded = np.zeros((len(text), -(-width // 8) * 8), dtype=np.uint8)
    padded[:, :width] = data[int(offsets[0]) : int(offsets[-1])].reshape(-1, width)
    hashes = np.zeros(len(text), dtype=np.uint64)
    for word in padded.view(np.uint64).T:
        hashes = (hashes ^ word) * _ODD
        hashes ^= hashes >> np.uint64(29)
    hashes.sort()
    return bool((hashes[1:] != hashes[:-1]).all()) or len(pc.unique(text)) == len(text)


def _parts(text: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    buffers = text.buffers()
    if buffers[1] is None or not len(text):
        return np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.uint8)
    offsets = np.frombuffer(buffers[1], dtype=np.int64, count=len(text) + 1, offset=text.offset * 8)
    data = np.zeros(0, dtype=np.uint8) if buffers[2] is None else np.frombuffer(buffers[2], dtype=np.uint8)
    return offsets, data
