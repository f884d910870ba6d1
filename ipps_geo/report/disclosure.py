"""What a public edition hides: a count so small that it could point at single enterprises."""

from __future__ import annotations

from typing import Any

from ipps_geo.coverage.areas import SMALL_CELL
from ipps_geo.report.words.catalogue import DASH, Catalogue, is_missing

PUBLIC_MINIMUM = SMALL_CELL
"""Smallest count that a public edition shows: that of the cells and tables of a coverage."""


def least_shown(public: bool) -> int:
    """Return the smallest count that an edition shows; 0 where all are shown."""
    return PUBLIC_MINIMUM if public else 0


def hidden(count: int, public: bool) -> bool:
    """Return whether an edition hides ``count``: nothing is not hidden, for it points at nobody.

    >>> [hidden(count, public=True) for count in (0, 1, 4, 5)]
    [False, True, True, False]
    """
    return public and 0 < count < PUBLIC_MINIMUM


def shown(words: Catalogue, count: Any, public: bool) -> str:
    """Return a count as an edition prints it."""
    if is_missing(count):
        return DASH
    if hidden(int(count), public):
        return words.text("page.suppressed", n=PUBLIC_MINIMUM)
    return words.value(int(count))
