"""Lengths of streets held against their own geometry: what is missing is measured, what is no metre is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ipps_geo.errors import BadInput, Message

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_RATIO = 0.9
"""A street is not shorter than the line between its ends, but for rounding and the scale of a projection."""
MOST_RATIO = 30.0
"""A street this many times longer than its own line is told: a shape that is missing, or another unit."""
_TYPICAL = (0.5, 2.0)
_MEASURED_M = 1.0
# What people write lengths in when they are no metres, by how many of it a metre is.
_UNITS = (
    ("streets.looks_like_km", 0.001),
    ("streets.looks_like_mi", 0.000621371),
    ("streets.looks_like_ft", 3.28084),
    ("streets.looks_like_cm", 100.0),
    ("streets.looks_like_mm", 1000.0),
    ("streets.looks_like_degree", 1.0e-5),
)


def checked_lengths(
    length_m: NDArray[np.float64] | None, own_m: NDArray[np.float64], source: str
) -> tuple[NDArray[np.float64], tuple[Message, ...]]:
    """Return (the length of each edge in metres, what is to be told).

    ``own_m`` is measured along each edge's geometry. A missing length is taken from there and told; so is one that is
    shorter than the street can be. When that is the rule and not the exception the lengths are no metres.

    >>> checked_lengths(np.array([110.0, np.nan]), np.array([100.0, 50.0]), "")[0].tolist()
    [110.0, 50.0]

    Raises
    ------
    BadInput
        A negative or endless length; lengths in another unit.
    """
    if length_m is None:
        return own_m, ()
    wrong = np.flatnonzero((length_m < 0) | np.isinf(length_m))
    if len(length_m) != len(own_m) or len(wrong):
        edge = int(wrong[0]) + 1 if len(wrong) else len(length_m)
        raise BadInput("streets.length", where=source or "length_m", edge=edge)
    missing = np.isnan(length_m)
    judged = np.flatnonzero(~missing & (own_m > _MEASURED_M))
    ratio = length_m[judged] / own_m[judged]
    typical = float(np.median(ratio)) if len(ratio) else 1.0
    if not _TYPICAL[0] <= typical <= _TYPICAL[1]:
        unit = min(_UNITS, key=lambda named: abs(np.log(max(typical, 1e-12) / named[1])))
        likely = (Message(unit[0]),) if 0.9 < typical / unit[1] < 1.45 else ()
        raise BadInput("streets.not_metres", where=source or "length_m", ratio=f"{typical:.4g}", likely=likely)
    short = judged[ratio < LEAST_RATIO]
    long = judged[ratio > MOST_RATIO]
    length = np.where(missing, own_m, length_m)
    length[short] = own_m[short]
    told = []
    for code, edges in (
        ("streets.length_missing", np.flatnonzero(missing)),
        ("streets.length_short", short),
        ("streets.length_long", long),
    ):
        if len(edges):
            told.append(Message(code, {"count": len(edges), "edge": int(edges[0]) + 1}))
    return length, tuple(told)
