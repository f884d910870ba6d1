"""Amounts that are added up and compared: exactly where they are whole, else but for what adding loses."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: Share of a limit by which a sum of numbers that are not whole may pass it: what adding them up loses.
_ROUNDING = 1e-9


def all_whole(*numbers: ArrayLike) -> bool:
    """Whether every number is whole, and their sum one that float64 holds exactly."""
    arrays = [np.asarray(each, np.float64) for each in numbers]
    whole = all((each == np.floor(each)).all() for each in arrays)
    return whole and all(float(np.abs(each).sum()) <= 2.0**53 for each in arrays)


def spent(costs: ArrayLike) -> float:
    """Sum of costs, rounded once."""
    return math.fsum(np.asarray(costs, np.float64).tolist())


def within(amounts: ArrayLike, limit: float) -> bool:
    """Whether amounts add up to no more than a limit: exactly for whole numbers, else but for what adding loses.

    >>> within([0.1, 0.2], 0.3), within([1, 2], 2.999)
    (True, False)
    """
    slack = 0.0 if all_whole(amounts) else _ROUNDING * abs(limit)
    return spent(amounts) <= limit + slack


def share_of(share: Fraction, weights: Floats) -> float:
    """The least weight that is at least a share of all: a whole number where weights are whole."""
    if all_whole(weights):
        return float(math.ceil(share * int(weights.sum())))
    return float(share) * spent(weights)
