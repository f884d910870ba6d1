"""What the covering models ask of their arguments, checked once, and the pieces of an answer they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.plan import Milestone, SitePlan, Status
from ipps_geo.siting.watch import Watch

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Progress = Callable[[Milestone], None]
ShouldStop = Callable[[], bool]

#: Sum of all weights in whole units: exact in float64 as well.
_MOST_UNITS = 2**50

#: Two plans with weights that are not whole are held equal when they differ by no more than this share.
_TIE = 1e-9


def search_watch(
    time_limit_s: float, work_limit: int | None, progress: Progress | None, should_stop: ShouldStop | None
) -> Watch:
    """The watch of one call, with its limits checked."""
    if not time_limit_s > 0:
        raise BadInput(f"expected a number of seconds greater than zero, got {time_limit_s}", where="time_limit_s")
    if work_limit is not None and work_limit < 1:
        raise BadInput(f"expected at least 1, got {work_limit}", where="work_limit")
    return Watch(float(time_limit_s), work_limit, progress, should_stop)


def site_positions(given: ArrayLike, n_sites: int, where: str) -> Ints:
    """Distinct positions of sites, ascending, within range."""
    positions = np.asarray(given)
    if positions.size == 0:
        return np.zeros(0, np.int32)
    if positions.dtype == bool and positions.shape == (n_sites,):
        return np.flatnonzero(positions).astype(np.int32)
    if positions.ndim != 1 or positions.dtype.kind not in "iu":
        raise BadInput("expected a list of site positions", where=where)
    if positions.min() < 0 or positions.max() >= n_sites:
        raise BadInput(f"expected positions from 0 to {n_sites - 1}", where=where)
    return np.unique(positions).astype(np.int32)


def site_states(required: ArrayLike, forbidden: ArrayLike, n_sites: int) -> NDArray[np.int8]:
    """1 for required sites, -1 for forbidden ones, 0 for the others."""
    must = site_positions(required, n_sites, "required_sites")
    never = site_positions(forbidden, n_sites, "forbidden_sites")
    both = np.intersect1d(must, never)
    if len(both):
        raise BadInput(f"site {both[0]} is both required and forbidden", where="required_sites, forbidden_sites")
    state = np.zeros(n_sites, np.int8)
    state[must] = 1
    state[never] = -1
    return state


def whole_number(value: object, where: str, least: int = 0) -> int:
    """A whole number that is at least ``least``."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise BadInput(f"expected a whole number, got {value!r}", where=where)
    if value < least:
        raise BadInput(f"expected at least {least}, got {value}", where=where)
    return int(value)


def checked_gap(gap: float) -> float:
    """A gap that is a number, not below 0."""
    if not 0 <= gap < np.inf:
        raise BadInput(f"expected a number not below 0, got {gap}", where="gap")
    return float(gap)


@dataclass(frozen=True, eq=False)
class WholeWeights:
    """Weights in whole units: ``weights = units * unit``, exactly when ``exact``, else rounded up.

    Whole weights keep their value (unit 1). Others are expressed in about 1e-15 of their sum; a bound over rounded-up
    weights is valid.
    """

    units: Longs
    unit: float
    exact: bool

    def least_gain(self, value: int, gap: float) -> int:
        """Units by which a plan must beat one worth ``value`` to be looked for."""
        if self.exact:
            return 1 + int(gap * value)
        return 1 + len(self.units) + int(max(gap, _TIE) * value)


def whole_weights(weights: ArrayLike | None, n_demand: int) -> WholeWeights:
    """Check weights (finite, not negative, one per demand row) and express them in whole units."""
    if weights is None:
        return WholeWeights(np.ones(n_demand, np.int64), 1.0, exact=True)
    try:
        given = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput("weights must be numbers", where="weights") from error
    if given.shape != (n_demand,):
        raise BadInput(f"expected shape ({n_demand},), got {given.shape}", where="weights")
    if not np.isfinite(given).all() or (given < 0).any():
        raise BadInput("weights must be finite and not negative", where="weights")
    total = float(given.sum())
    if total <= _MOST_UNITS and (given == np.floor(given)).all():
        return WholeWeights(given.astype(np.int64), 1.0, exact=True)
    unit = 2.0 ** np.ceil(np.log2(total / (_MOST_UNITS - n_demand)))
    return WholeWeights(np.ceil(given / unit).astype(np.int64), float(unit), exact=False)


def nearest_open_site(reach: Reach, open_sites: Ints) -> Ints:
    """Nearest open site that reaches each row, ties to the lowest position; -1 where none does."""
    assignment = np.full(reach.n_demand, -1, np.int32)
    if not len(open_sites) or not reach.n_demand:
        return assignment
    pairs = reach.select(sites=open_sites).pairs
    lengths = np.diff(pairs.indptr)
    served = np.flatnonzero(lengths)
    if not len(served):
        return assignment
    least = np.minimum.reduceat(pairs.data, pairs.indptr[served])
    is_least = pairs.data == np.repeat(least, lengths[served])
    entries = np.flatnonzero(is_least)
    rows = np.repeat(served, lengths[served])[entries]
    first = np.r_[True, rows[1:] != rows[:-1]]
    assignment[rows[first]] = open_sites[pairs.indices[entries[first]]]
    return assignment


def relative_gap(objective: float, bound: float) -> float:
    """``abs(bound - objective) / max(1e-12, abs(objective))``."""
    return abs(bound - objective) / max(1e-12, abs(objective))


def no_plan(status: Status, reason: str, reach_rows: int, watch: Watch, bound: float = float("nan")) -> SitePlan:
    """An answer without a plan."""
    return SitePlan(
        status, reason, float("nan"), bound, float("inf"), np.zeros(0, np.int32), np.full(reach_rows, -1, np.int32),
        watch.seconds, tuple(watch.history),
    )  # fmt: skip
