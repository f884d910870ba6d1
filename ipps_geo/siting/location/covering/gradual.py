"""Gradual covering and capture: a row is worth a share that falls with its cost to the best open site.

    max sum_i w_i max_{j open} f_ij    with 0 <= f_ij <= 1,   sum_j y_j <= p

The generalised maximal covering problem of Berman and Krass (2002) with steps, gradual covering decay of Berman, Krass
and Drezner (2003) with a slope; the maximum capture problem (ReVelle 1986) with f = 1 nearer than every competitor, 1/2
when equally near. With costs ``1 - f`` it is a p-median, and solved and proved as one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach
from ipps_geo.siting.location.compact.amounts import all_whole, spent
from ipps_geo.siting.location.compact.answers import proof
from ipps_geo.siting.location.median.model import p_median
from ipps_geo.siting.search.checks import cost_matrix, real_number, relative_gap_allowed, row_weights
from ipps_geo.siting.search.plan import Milestone, SitePlan
from ipps_geo.siting.search.watch import Progress, ShouldStop, Watch, search_watch

__all__ = ["gradual_covering", "maximum_capture"]

Floats = NDArray[np.float64]
Decay = Literal["linear", "cosine"] | Callable[[Floats], ArrayLike]

_DECAYS: dict[str, Callable[[Floats], Floats]] = {
    "linear": lambda part: 1.0 - part,
    "cosine": lambda part: 0.5 * (1.0 + np.cos(np.pi * part)),
}


def gradual_covering(
    reach: Reach,
    n_sites: int,
    full_within: float = 0.0,
    weights: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    decay: Decay = "linear",
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Open ``n_sites`` sites so that demand, counted by how near it is, is most.

    Parameters
    ----------
    reach
        Costs of pairs; beyond ``reach.limit`` a row counts nothing.
    n_sites
        Number of sites to open, required ones included; all when fewer are allowed.
    full_within
        Cost up to which a row counts in full, from 0 to ``reach.limit``.
    decay
        What a row counts between ``full_within`` and the limit: ``linear`` falls from 1 to 0; ``cosine`` falls like a
        bell, without a kink (Berman and Wang 2011); a function of an array of costs gives shares from 0 to 1 for all
        costs within the limit (``full_within`` is not applied then).
    weights
        Weight per demand row, finite and not negative; 1 each when left out.
    required_sites, forbidden_sites, time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.median.model.p_median`, the gap relative to what is covered.

    Returns
    -------
    SitePlan
        ``objective`` is the weight times the share of each row's best open site, ``bound`` an upper bound; "optimal" is
        to within 1e-7 of the objective. Rows that count nothing have no site.

    Examples
    --------
    >>> reach = Reach.from_points([[0, 0], [4, 0], [10, 0]], [[1, 0], [7, 0]], 4)
    >>> plan = gradual_covering(reach, 1, full_within=2)
    >>> plan.open_sites.tolist(), plan.objective
    ([0], 1.5)
    """
    shares = reach.pairs.copy()
    shares.data = _shares(shares.data, reach.limit, full_within, decay)
    return most_of(
        np.asarray(shares.toarray(), np.float64), n_sites, weights, required_sites, time_limit_s, gap,
        forbidden_sites=forbidden_sites, work_limit=work_limit, progress=progress, should_stop=should_stop,
    )  # fmt: skip


def maximum_capture(
    costs: Any,
    n_sites: int,
    competitor_costs: ArrayLike,
    weights: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    tie_share: float = 0.5,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Open ``n_sites`` sites that draw most demand away from competitors when all go to the nearest (MAXCAP).

    Parameters
    ----------
    costs
        Cost of each pair, shape (n_demand, n_sites), not negative; NaN or infinity: the site is no choice.
    n_sites
        Number of sites to open, required ones (sites of one's own that stand) included; all when fewer are allowed.
    competitor_costs
        Cost of each row to its nearest competitor, shape (n_demand,); NaN or infinity where it has none.
    tie_share
        Share of a row's weight that is captured when both are equally near.
    weights, required_sites, forbidden_sites, time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`gradual_covering`.

    Returns
    -------
    SitePlan
        ``objective`` is the weight captured, ``bound`` an upper bound. Rows that stay with competitors have no site.

    Examples
    --------
    >>> plan = maximum_capture([[1.0, 9.0], [4.0, 4.0], [9.0, 1.0]], 1, [2.0, 4.0, 0.0])
    >>> plan.open_sites.tolist(), plan.objective, plan.assignment.tolist()
    ([0], 1.5, [0, 0, -1])
    """
    table = cost_matrix(costs)
    n = len(table)
    rival = np.asarray(competitor_costs, np.float64)
    if rival.shape != (n,):
        raise BadInput("siting.wrong_shape", where="competitor_costs", length=n, shape=rival.shape)
    tie = real_number(tie_share, "tie_share")
    if not 0 <= tie <= 1:
        raise BadInput("siting.decay_no_share", where="tie_share")
    rival = np.where(np.isnan(rival), np.inf, rival)[:, None]
    shares = np.where(table < rival, 1.0, np.where((table == rival) & np.isfinite(table), tie, 0.0))
    return most_of(
        shares, n_sites, weights, required_sites, time_limit_s, gap, forbidden_sites=forbidden_sites,
        work_limit=work_limit, progress=progress, should_stop=should_stop,
    )  # fmt: skip


def _shares(costs: Floats, limit: float, full_within: float, decay: Decay) -> Floats:
    """Share of each cost within the limit."""
    if callable(decay):
        shares = np.asarray(decay(costs.copy()), np.float64)
        if shares.shape != costs.shape or not np.isfinite(shares).all() or ((shares < 0) | (shares > 1)).any():
            raise BadInput("siting.decay_no_share", where="decay")
        return shares
    if decay not in _DECAYS:
        raise BadInput("siting.decay_unknown", where="decay", value=decay, known=", ".join(_DECAYS))
    full = real_number(full_within, "full_within")
    if not 0 <= full <= limit:
        raise BadInput("siting.full_beyond_limit", where="full_within", limit=limit, value=full_within)
    if full == limit:
        return np.ones(len(costs))
    return _DECAYS[decay](np.clip((costs - full) / (limit - full), 0.0, 1.0))


@dataclass(eq=False)
class _Turned:
    """Milestones of a p-median with costs 1 - f, told as weight covered, and the end when near enough."""

    total: float
    gap: float
    watch: Watch
    enough: bool = False

    def progress(self, milestone: Milestone) -> None:
        """Hand a milestone on, turned."""
        objective, bound = self.total - milestone.objective, self.total - milestone.bound
        self.watch.tell(objective, bound, milestone.phase, milestone.open_sites)
        self.enough |= self.gap > 0 and bound - objective <= self.gap * objective

    def should_stop(self) -> bool:
        """Whether to end."""
        return self.enough or self.watch.late()


def most_of(
    shares: Floats,
    n_sites: int,
    weights: ArrayLike | None,
    required_sites: ArrayLike,
    time_limit_s: float,
    gap: float,
    *,
    forbidden_sites: ArrayLike,
    work_limit: int | None,
    progress: Progress | None,
    should_stop: ShouldStop | None,
) -> SitePlan:
    """Plan with the most weight times best share, by the p-median of what is missing to 1."""
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    demand = row_weights(weights, len(shares))
    total = spent(demand)
    turned = _Turned(total, gap, watch)
    plan = p_median(
        1.0 - shares, n_sites, demand, np.asarray(required_sites, dtype=_kind(required_sites)),
        forbidden_sites=np.asarray(forbidden_sites, dtype=_kind(forbidden_sites)),
        time_limit_s=time_limit_s, work_limit=work_limit, progress=turned.progress, should_stop=turned.should_stop,
    )  # fmt: skip
    if plan.status in ("infeasible", "no_solution"):
        return replace(plan, seconds=watch.seconds, history=tuple(watch.history))
    best = shares[:, plan.open_sites]
    assignment = np.full(len(shares), -1, np.int32)
    objective = 0.0
    if best.size:
        place = best.argmax(axis=1)
        worth = best[np.arange(len(best)), place]
        assignment = np.where(worth > 0, plan.open_sites[place], -1).astype(np.int32)
        objective = spent(demand * worth)
    bound = objective if plan.status == "optimal" else total - plan.bound
    if plan.status == "feasible" and not turned.enough:
        watch.reason = watch.reason or plan.stop_reason
    whole = all_whole(demand) and all_whole(shares)
    quality = proof(objective, bound, whole=whole, minimise=False, gap=gap, watch=watch)
    return SitePlan(open_sites=plan.open_sites, assignment=assignment, **quality)


def _kind(positions: ArrayLike) -> Any:
    """Type of a list of positions; an empty one has whole numbers too."""
    return np.int64 if np.size(positions) == 0 else None
