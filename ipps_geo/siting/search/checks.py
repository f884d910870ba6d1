"""What every model asks of its arguments; each check raises an error that names the argument."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ipps_geo.errors import BadInput, Message

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


SEARCH_ARGUMENTS = frozenset(
    {"objective", "target", "then_least_distance", "then_balanced", "time_limit_s", "work_limit", "gap", "seed",
     "threads", "progress", "should_stop", "start_sites"}
)  # fmt: skip
"""Arguments that do not change which plans are allowed."""


def whole_number(value: Any, where: str, least: int = 0) -> int:
    """A whole number that is at least ``least``; 2.0 is one, True is none."""
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value != int(value) or value < least:
        raise BadInput("siting.no_whole_number", where=where, least=least, value=value)
    return int(value)


def real_number(value: Any, where: str) -> float:
    """A number that is not NaN."""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise BadInput("siting.no_number", where=where, value=value) from error
    if math.isnan(number):
        raise BadInput("siting.no_number", where=where, value=value)
    return number


def seconds_allowed(value: Any) -> float:
    """A time limit: seconds above zero, infinity for none."""
    seconds = real_number(value, "time_limit_s")
    if seconds <= 0:
        raise BadInput("siting.no_seconds", where="time_limit_s", value=value)
    return seconds


def steps_allowed(value: Any) -> int | None:
    """A work limit: at least one step, ``None`` for no limit."""
    return None if value is None else whole_number(value, "work_limit", 1)


def relative_gap_allowed(value: Any) -> float:
    """A relative gap: a finite number that is not below 0."""
    gap = real_number(value, "gap")
    if not 0 <= gap < math.inf:
        raise BadInput("siting.number_negative", where="gap", value=value)
    return gap


def site_positions(given: ArrayLike, n_sites: int, where: str) -> Longs:
    """Distinct positions of sites, ascending and within range, from positions or a mask."""
    positions = np.asarray(given)
    if positions.size == 0:
        return np.zeros(0, np.int64)
    if positions.dtype == bool and positions.shape == (n_sites,):
        return np.flatnonzero(positions)
    if positions.ndim != 1 or positions.dtype.kind not in "iu":
        raise BadInput("siting.no_positions", where=where)
    if positions.min() < 0 or positions.max() >= n_sites:
        raise BadInput("siting.position_out_of_range", where=where, last=n_sites - 1)
    return np.unique(positions).astype(np.int64)


def site_states(required: ArrayLike, forbidden: ArrayLike, n_sites: int) -> NDArray[np.int8]:
    """1 for required sites, -1 for forbidden ones, 0 for the others."""
    must = site_positions(required, n_sites, "required_sites")
    never = site_positions(forbidden, n_sites, "forbidden_sites")
    both = np.intersect1d(must, never)
    if len(both):
        raise BadInput("siting.required_and_forbidden", where="required_sites, forbidden_sites", site=both[0])
    state = np.zeros(n_sites, np.int8)
    state[must] = 1
    state[never] = -1
    return state


def too_many_required(state: NDArray[np.int8], n_sites: int) -> Message | None:
    """Why no plan can hold when more sites are required than may open."""
    required = int((state == 1).sum())
    if required <= n_sites:
        return None
    return Message("siting.infeasible.required_sites", {"required": required, "n_sites": n_sites})


def site_numbers(
    values: ArrayLike | None, m: int, where: str, *, default: float = 1.0, infinite: bool = False
) -> Floats:
    """One number per site that is not negative, from one number or one per site; ``default`` where none are given."""
    try:
        given = np.asarray(default if values is None else values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput("siting.site_numbers_wrong", where=where, length=m) from error
    if given.shape not in ((), (m,)) or np.isnan(given).any() or (given < 0).any():
        raise BadInput("siting.site_numbers_wrong", where=where, length=m)
    if not infinite and not np.isfinite(given).all():
        raise BadInput("siting.site_numbers_wrong", where=where, length=m)
    return np.array(np.broadcast_to(given, m))


def limit_allowed(value: Any, where: str) -> float:
    """A number that is not negative, infinity for no limit."""
    limit = real_number(value, where)
    if limit < 0:
        raise BadInput("siting.number_negative", where=where, value=value)
    return limit


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


def times_per_row(times: ArrayLike, n: int) -> Longs:
    """How often each row must be covered: one whole number, or one per row, at least 0."""
    given = np.asarray(times)
    if given.shape not in ((), (n,)) or given.dtype.kind not in "iu" or (given < 0).any():
        raise BadInput("siting.times_wrong", where="times", length=n)
    return np.array(np.broadcast_to(given, n), dtype=np.int64)


def listed_costs(costs: Any) -> NDArray[Any]:
    """Costs as an array; in a scipy sparse matrix pairs that are not stored become infinite."""
    if not sparse.issparse(costs):
        return np.asarray(costs)
    pairs = sparse.coo_array(costs)
    table = np.full(pairs.shape, np.inf)
    table[pairs.row, pairs.col] = pairs.data
    return table


def cost_matrix(costs: Any) -> Floats:
    """Costs as a dense array with infinity where a pair cannot be served."""
    try:
        matrix = np.array(listed_costs(costs), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput("siting.costs_unreadable", where="costs") from error
    if matrix.size == 0 and matrix.ndim < 2:
        matrix = matrix.reshape(0, 0)
    if matrix.ndim != 2:
        raise BadInput("siting.costs_not_a_matrix", where="costs", dimensions=matrix.ndim)
    matrix[np.isnan(matrix)] = np.inf
    if (matrix < 0).any():
        raise BadInput("siting.costs_negative", where="costs")
    return matrix


def row_weights(weights: ArrayLike | None, n_demand: int) -> Floats:
    """One finite weight per demand row, not negative; 1 each where none are given."""
    if weights is None:
        return np.ones(n_demand)
    try:
        given = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput("siting.weights_unreadable", where="weights") from error
    if given.shape != (n_demand,):
        raise BadInput("siting.wrong_shape", where="weights", length=n_demand, shape=given.shape)
    if not np.isfinite(given).all() or (given < 0).any():
        raise BadInput("siting.weights_not_finite", where="weights")
    if n_demand and not math.isfinite(float(given.max()) * n_demand):
        raise BadInput("siting.weights_too_large", where="weights")
    return given
