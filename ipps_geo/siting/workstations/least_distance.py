"""Second stage: among all rosters of the same stations that serve as many of every class, those of least total cost.

Groups forget distance, so this stage goes back to enterprises. The numbers per site and class are whole variables;
with them fixed each class is a transportation problem, whose simplex vertices are whole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.search.highs import maximise
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.request import UNLIMITED, StationRequest

Ints = NDArray[np.int32]


def reassigned(request: StationRequest, open_sites: Ints, assignment: Ints, watch: Watch) -> Ints:
    """The assignment of least total cost with the same number served in every class; the given one when time is up."""
    if not (assignment >= 0).any() or watch.late():
        return assignment
    num, den = request.need_share
    rows = np.arange(len(assignment))
    pairs = request.reach.select(rows, open_sites).pairs
    row = np.repeat(rows, np.diff(pairs.indptr))
    site, cost = pairs.indices.astype(np.int64), pairs.data
    p, n_pairs = len(open_sites), len(cost)
    need = request.needs == 1
    _, kind = np.unique(np.column_stack([need, request.weights, request.demand_unit]), axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    n_kinds = int(kind.max()) + 1
    kind_needs = np.zeros(n_kinds, bool)
    kind_needs[kind[need]] = True
    served = np.bincount(kind[assignment >= 0], minlength=n_kinds)

    # columns: one per pair, then the number of members per site and kind
    columns = n_pairs + np.arange(p * n_kinds)
    column_site, column_kind = np.divmod(np.arange(p * n_kinds), n_kinds)
    _, compact_row = np.unique(row, return_inverse=True)
    n_rows = int(compact_row.max()) + 1
    tally = n_rows + site * n_kinds + kind[row]
    total = n_rows + p * n_kinds + column_kind
    share = n_rows + p * n_kinds + n_kinds + column_site
    roster = share + p
    row_index = np.concatenate([compact_row, tally, n_rows + np.arange(p * n_kinds), total, share, roster])
    column_index = np.concatenate([np.arange(n_pairs), np.arange(n_pairs), columns, columns, columns, columns])
    entry = np.concatenate([
        np.ones(n_pairs), np.ones(n_pairs), -np.ones(p * n_kinds), np.ones(p * n_kinds),
        np.where(kind_needs[column_kind], num - den, num).astype(float), np.ones(p * n_kinds),
    ])  # fmt: skip
    members, with_need = request.rosters[open_sites].T
    high = request.capacity[open_sites]
    inf = np.inf
    lower = np.concatenate([
        np.full(n_rows, -inf), np.zeros(p * n_kinds), served, np.full(p, -inf),
        np.maximum(request.min_roster - members, 0),
    ])  # fmt: skip
    upper = np.concatenate([
        np.ones(n_rows), np.zeros(p * n_kinds), served, den * with_need - num * members,
        np.where(high >= UNLIMITED, inf, high - members),
    ])  # fmt: skip
    matrix = sparse.csr_array((entry, (row_index, column_index)), shape=(len(lower), n_pairs + p * n_kinds))
    reachable = np.bincount(site * n_kinds + kind[row], minlength=p * n_kinds).astype(float)
    column_lower = np.zeros(n_pairs + p * n_kinds)
    column_upper = np.concatenate([np.ones(n_pairs), reachable])
    objective = np.concatenate([-cost, np.zeros(p * n_kinds)])
    integer = np.arange(len(objective)) >= n_pairs
    if watch.late():
        return assignment
    solved = maximise(
        objective, matrix, lower, upper, column_lower, column_upper, integer,
        time_limit_s=watch.left_s, stop=watch.late,
    )  # fmt: skip
    if solved.outcome not in ("optimal", "feasible"):
        return assignment
    column_lower[n_pairs:] = column_upper[n_pairs:] = np.round(solved.values[n_pairs:])
    vertex = maximise(
        objective, matrix, lower, upper, column_lower, column_upper, time_limit_s=watch.left_s, stop=watch.late
    )
    if vertex.outcome != "optimal" or np.abs(vertex.values - np.round(vertex.values)).max() > 1e-6:
        return assignment
    taken = vertex.values[:n_pairs] > 0.5
    nearest = np.full(len(assignment), -1, np.int32)
    nearest[row[taken]] = open_sites[site[taken]]
    return nearest
