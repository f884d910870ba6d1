"""What the compact models ask of their arguments and count with: limits, shares, times, sums rounded once."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.siting.search.checks import real_number, whole_number

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

#: Share of a limit by which a sum of numbers that are not whole may pass it: what adding them up loses.
_ROUNDING = 1e-9


def all_whole(*numbers: ArrayLike) -> bool:
    """Whether every number is whole, and their sum one that float64 holds exactly."""
    arrays = [np.asarray(each, np.float64) for each in numbers]
    whole = all((each == np.floor(each)).all() for each in arrays)
    return whole and all(float(np.abs(each).sum()) <= 2.0**53 for each in arrays)


def limit_allowed(value: Any, where: str) -> float:
    """A number that is not negative, infinity for no limit."""
    limit = real_number(value, where)
    if limit < 0:
        raise BadInput("siting.number_negative", where=where, value=value)
    return limit


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


def exact_share(value: Any, where: str) -> Fraction:
    """A share from 0 to 1 as it was written: ``0.9`` is nine tenths; two whole numbers are numerator and denominator.

    >>> exact_share(0.9, "share"), exact_share((3, 5), "share")
    (Fraction(9, 10), Fraction(3, 5))
    """
    if isinstance(value, tuple | list | np.ndarray):
        if len(value) != 2:
            raise BadInput("siting.share_not_two_numbers", where=where)
        share = Fraction(whole_number(value[0], where), whole_number(value[1], where, 1))
    elif isinstance(value, Fraction):
        share = value
    else:
        number = real_number(value, where)
        if not math.isfinite(number):
            raise BadInput("siting.no_number", where=where, value=value)
        share = Fraction(str(number))
    if share < 0:
        raise BadInput("siting.number_negative", where=where, value=value)
    if share > 1:
        raise BadInput("siting.share_above_one", where=where)
    return share


def share_of(share: Fraction, weights: Floats) -> float:
    """The least weight that is at least a share of all: a whole number where weights are whole."""
    if all_whole(weights):
        return float(math.ceil(share * int(weights.sum())))
    return float(share) * spent(weights)


def times_per_row(times: ArrayLike, n: int) -> Longs:
    """How often each row must be covered: one whole number, or one per row, at least 0."""
    given = np.asarray(times)
    if given.shape not in ((), (n,)) or given.dtype.kind not in "iu" or (given < 0).any():
        raise BadInput("siting.times_wrong", where="times", length=n)
    return np.array(np.broadcast_to(given, n), dtype=np.int64)
