"""What the covering models ask of their arguments, checked once, and the pieces of an answer they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.search.checks import row_weights, seconds_allowed, site_positions, steps_allowed
from ipps_geo.siting.search.plan import Milestone, SitePlan, Status
from ipps_geo.siting.search.watch import Watch

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
    return Watch(seconds_allowed(time_limit_s), steps_allowed(work_limit), progress, should_stop)


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
    given = row_weights(weights, n_demand)
    total = float(given.sum())
    if total <= _MOST_UNITS and (given == np.floor(given)).all():
        return WholeWeights(given.astype(np.int64), 1.0, exact=True)
    exponent = np.ceil(np.log2(total) - np.log2(_MOST_UNITS - n_demand))
    unit = 2.0 ** max(exponent, -1022.0)  # the smallest number that float64 holds in full
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
