"""Maximise the served share of the worst demand unit: one mixed-integer program over groups, solved by HiGHS."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.assignment import Rosters, roster_model, see
from ipps_geo.siting.highs import maximise
from ipps_geo.siting.incumbent import Incumbent
from ipps_geo.siting.program import StationProgram
from ipps_geo.siting.watch import Watch

Floats = NDArray[np.float64]

#: Weight of the overall served share, which settles ties between plans with the same worst unit.
_TIE = 1e-5


def solve(
    program: StationProgram, incumbent: Incumbent, watch: Watch, totals: Floats, gap: float
) -> tuple[float, float]:
    """Worst served share of the best plan, kept in ``incumbent``, and a bound on it.

    ``totals`` is the weight of all demand of each unit, within reach or not. A unit that no viable site reaches does
    not count: no plan can change it, and it would hide all the others. Groups carry their unit in the label, which is
    ``... * len(totals) + unit``.
    """
    unit = program.groups.label % len(totals)
    within_reach = np.bincount(unit, weights=program.size * program.value, minlength=len(totals))
    counted_units = np.flatnonzero((totals > 0) & (within_reach > 0))
    if program.n_sites == 0 or len(counted_units) == 0:
        incumbent.settle(np.flatnonzero(program.required).astype(np.int32))
        return (0.0, 0.0) if incumbent.rosters is not None else (np.nan, -np.inf)
    sites = np.arange(program.n_sites, dtype=np.int32)
    model = roster_model(program, sites, see(program, sites))
    n_pairs, n_columns = len(model.pair_sub), len(model.lower)
    worst = n_columns
    pair_unit = model.seen.label[model.pair_sub] % len(totals)
    pair = np.arange(n_pairs)

    # strong links x <= N y, rows on y, and worst <= served share of every unit
    links = sparse.csr_array(
        (
            np.concatenate([np.ones(n_pairs), -model.upper[:n_pairs]]),
            (np.tile(pair, 2), np.concatenate([pair, model.y[model.seen.sites]])),
        ),
        shape=(n_pairs, n_columns + 1),
    )
    on_sites, row_lower, row_upper = program.rows()
    spread = sparse.csr_array((len(on_sites), n_columns + 1)).tolil()
    spread[:, model.y] = on_sites
    place = np.full(len(totals), -1)
    place[counted_units] = np.arange(len(counted_units))
    known = place[pair_unit] >= 0
    shares = sparse.csr_array(
        (
            np.concatenate([model.worth[known] / totals[pair_unit[known]], -np.ones(len(counted_units))]),
            (
                np.concatenate([place[pair_unit[known]], np.arange(len(counted_units))]),
                np.concatenate([pair[known], np.full(len(counted_units), worst)]),
            ),
        ),
        shape=(len(counted_units), n_columns + 1),
    )
    wider = sparse.csr_array(
        (model.matrix.data, model.matrix.indices, model.matrix.indptr), shape=(model.matrix.shape[0], n_columns + 1)
    )
    inf = np.inf
    solved = maximise(
        np.concatenate([_TIE * model.worth / totals.sum(), np.zeros(n_columns - n_pairs), [1.0]]),
        sparse.vstack([wider, links, spread.tocsr(), shares], format="csr"),
        np.concatenate([model.row_lower, np.full(n_pairs, -inf), row_lower, np.zeros(len(counted_units))]),
        np.concatenate([model.row_upper, np.zeros(n_pairs), row_upper, np.full(len(counted_units), inf)]),
        np.append(model.lower, 0.0),
        np.append(model.upper, 1.0),
        np.arange(n_columns + 1) < n_columns,
        time_limit_s=max(watch.left_s, 0.1),
        absolute_gap=gap,
    )
    if solved.outcome == "infeasible":
        return np.nan, -np.inf
    if solved.outcome == "unknown":
        watch.over()
        incumbent.settle(np.flatnonzero(program.required).astype(np.int32))
        return (0.0, 1.0) if incumbent.rosters is not None else (np.nan, 1.0)
    members = np.round(solved.values[:n_pairs]).astype(np.int64)
    opened = solved.values[model.y] > 0.5
    served = float(members @ model.worth)
    incumbent.objective, incumbent.sites = served, sites
    incumbent.rosters = Rosters("feasible", served, np.inf, opened, model.seen, members)
    per_unit = np.bincount(pair_unit, weights=members * model.worth, minlength=len(totals))
    worst_share = float((per_unit[counted_units] / totals[counted_units]).min())
    watch.over()
    return worst_share, max(worst_share, min(1.0, solved.bound))
