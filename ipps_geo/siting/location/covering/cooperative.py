"""Cooperative covering: the signals of open sites add up, and a row is covered when they reach a threshold.

    max sum_i w_i z_i    s.t.  T z_i <= sum_j s_ij y_j,   sum_j y_j <= p,   y, z binary

(Berman, Drezner and Krass 2010; with a signal of 1 per site within reach and T = k, a row needs k sites.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ipps_geo.errors import BadInput
from ipps_geo.siting.location.compact.amounts import all_whole, spent
from ipps_geo.siting.location.compact.answers import close_enough, proof
from ipps_geo.siting.location.compact.program import MixedProgram
from ipps_geo.siting.location.covering.cover_case import opened_sites
from ipps_geo.siting.search.checks import (
    real_number,
    relative_gap_allowed,
    row_weights,
    site_states,
    too_many_required,
    whole_number,
)
from ipps_geo.siting.search.plan import SitePlan
from ipps_geo.siting.search.watch import Progress, ShouldStop, search_watch, without_plan

__all__ = ["cooperative_covering"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Share of the threshold that adding up signals that are not whole may lose.
_ROUNDING = 1e-9


def cooperative_covering(
    signals: Any,
    n_sites: int,
    threshold: float = 1.0,
    weights: ArrayLike | None = None,
    required_sites: ArrayLike = (),
    time_limit_s: float = 60.0,
    gap: float = 0.0,
    *,
    forbidden_sites: ArrayLike = (),
    work_limit: int | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SitePlan:
    """Open ``n_sites`` sites whose signals together cover as much demand as possible.

    Parameters
    ----------
    signals
        Strength with which each site is felt by each row, shape (n_demand, n_sites), finite and not negative; an array
        or a scipy sparse matrix.
    n_sites
        Number of sites to open, required ones included; all when fewer are allowed.
    threshold
        Sum of signals from which on a row is covered, above 0.
    weights
        Weight per demand row, finite and not negative; 1 each when left out.
    required_sites, forbidden_sites
        Positions that must be open, or must stay closed.
    time_limit_s, gap, work_limit, progress, should_stop
        As for :func:`ipps_geo.siting.location.covering.budgeted`.

    Returns
    -------
    SitePlan
        ``objective`` is the weight covered, ``bound`` an upper bound. A covered row is assigned to the open site with
        the strongest signal.

    Examples
    --------
    >>> plan = cooperative_covering([[0.6, 0.5, 0.0], [0.4, 0.6, 0.0], [0.0, 0.0, 2.0]], 2)
    >>> plan.open_sites.tolist(), plan.objective, plan.assignment.tolist()
    ([0, 1], 2.0, [0, 1, -1])
    """
    watch = search_watch(time_limit_s, work_limit, progress, should_stop)
    gap = relative_gap_allowed(gap)
    table = _signals(signals)
    n, m = table.shape
    weight = row_weights(weights, n)
    level = real_number(threshold, "threshold")
    if not 0 < level < np.inf:
        raise BadInput("siting.threshold_not_positive", where="threshold", value=threshold)
    state = site_states(required_sites, forbidden_sites, m)
    n_open = whole_number(n_sites, "n_sites")
    if why := too_many_required(state, n_open):
        return without_plan(SitePlan, n, watch, why)
    n_open = min(n_open, int((state >= 0).sum()))
    enough = level if all_whole(table.data, [level]) else level * (1 - _ROUNDING)

    def covered(sites: Any) -> Bools:
        opened = np.zeros(m)
        opened[sites] = 1.0
        return np.asarray(table @ opened >= enough, np.bool_)

    chosen = _greedy(table, weight, state, n_open, enough)
    value, whole = spent(weight[covered(chosen)]), all_whole(weight)
    rows = np.flatnonzero(covered(np.flatnonzero(state >= 0)) & (weight > 0))
    bound = spent(weight[rows])
    watch.tell(value, bound, "greedy")
    if value < bound and n_open < int((state >= 0).sum()) and not watch.over():
        program = MixedProgram(maximise=True)
        opening = program.columns(np.zeros(m), state == 1, state >= 0, whole=True)
        coverings = program.columns(weight[rows], whole=True)
        part = table[rows].tocoo()
        strength = np.minimum(part.data / level, 1.0)
        order = np.arange(len(rows))
        program.rows(
            np.r_[part.row, order], np.r_[opening[part.col], coverings], np.r_[strength, np.full(len(rows), -1.0)],
            0.0, np.inf, len(rows),
        )  # fmt: skip
        program.row(opening, 1.0, -np.inf, n_open)
        start = np.r_[np.isin(np.arange(m), chosen), covered(chosen)[rows]].astype(np.float64)
        absolute = close_enough(whole, value)
        found = program.solve(watch, start=start, gap=gap, absolute_gap=absolute, bound=bound)
        bound = found.bound
        if len(found.values):
            sites = opened_sites(found.values, m)
            if spent(weight[covered(sites)]) > value:
                chosen = sites
    elif n_open == int((state >= 0).sum()):
        bound = value
    served = covered(chosen)
    strongest = np.asarray(table[:, chosen].toarray()).argmax(axis=1) if len(chosen) else np.zeros(n, np.int64)
    assignment = np.full(n, -1, np.int32)
    assignment[served] = chosen[strongest[served]]
    quality = proof(spent(weight[served]), bound, whole=whole, minimise=False, gap=gap, watch=watch)
    return SitePlan(open_sites=chosen, assignment=assignment, **quality)


def _signals(signals: Any) -> Any:
    try:
        table = sparse.csr_array(sparse.csr_matrix(signals, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise BadInput("siting.signals_wrong", where="signals") from error
    if np.ndim(signals) != 2 or not np.isfinite(table.data).all() or (table.data < 0).any():
        raise BadInput("siting.signals_wrong", where="signals")
    return table


def _greedy(table: Any, weight: Floats, state: NDArray[np.int8], n_open: int, enough: float) -> NDArray[np.int32]:
    """Required sites, then the site that brings most weight nearer to the threshold, as a share of it."""
    by_site = table.T.tocsr()
    opened = np.flatnonzero(state == 1).tolist()
    have = np.asarray(table[:, opened].sum(axis=1)).ravel() if opened else np.zeros(table.shape[0])
    while len(opened) < n_open:
        missing = np.maximum(enough - have, 0.0)
        worth = sparse.csr_array(
            (np.minimum(by_site.data, missing[by_site.indices]), by_site.indices, by_site.indptr), shape=by_site.shape
        )
        gain = np.where(state == 0, worth @ weight, -1.0)
        gain[opened] = -1.0
        best = int(np.argmax(gain))
        opened.append(best)
        have[by_site.indices[by_site.indptr[best] : by_site.indptr[best + 1]]] += by_site.data[
            by_site.indptr[best] : by_site.indptr[best + 1]
        ]
    return np.sort(np.array(opened, np.int32))
