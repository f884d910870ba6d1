"""The public edition of a result: what was taken out of it, and under which number its maps were reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PUBLIC_MINIMUM = 5
"""Smallest count that a public edition shows; 0 is shown too: it points at nobody."""


@dataclass(frozen=True)
class PublicEdition:
    """What every file of a public edition says of itself.

    Attributes
    ----------
    map_review_number
        审图号 of the maps; empty until one has been given.
    minimum
        Smallest count that is shown.
    hidden
        How many counts were taken out of each table, small ones and those that would give them away.
    left_out
        What the edition has not got at all, as codes.
    """

    map_review_number: str = ""
    minimum: int = PUBLIC_MINIMUM
    hidden: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
