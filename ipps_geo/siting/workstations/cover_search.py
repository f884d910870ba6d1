"""The most that a number of stations serves, as a covering program with one column for every row that is covered.

The bound on what a set serves by multipliers in {0, 1} (see :mod:`.cover_rows`) is linear in covered rows, so the most
that the program allows is at least what any plan of it serves::

    max theta    s.t.  theta <= sum_r w_r(mu) u_r for every mu,  u_r <= sum of y_j over the sites of row r,  y allowed

On the hundred sites that prices speak for it is small, and its whole optimum takes a second where a tree over openings
with one cut for each set does not end: that tree sees rows only added up. For the same reason its linear relaxation on
all sites bounds in one program what hundreds of cuts over openings come near to slowly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.search.highs import Solved, maximise
from ipps_geo.siting.search.watch import Watch
from ipps_geo.siting.workstations.cover_rows import CoverRows, minimum_cut
from ipps_geo.siting.workstations.incumbent import Incumbent, SetValues
from ipps_geo.siting.workstations.lagrangian import best_opening
from ipps_geo.siting.workstations.program import StationProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Promising sites for each station, and at least; nodes of one tree; turns in which minimum cuts are added.
_SPREAD, _LEAST_SITES, _NODES, _TURNS = 5, 60, 100, 5
#: What a whole optimum may be off by the solver's tolerances, relative to everything that is covered.
_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class RowBound:
    """``theta <= constant + values . y`` for every y of the program, and the bound that it gives."""

    constant: float
    values: Floats
    bound: float


def search_near(
    program: StationProgram, position: Ints, worth: Floats, opening: Floats, incumbent: Incumbent, watch: Watch
) -> None:
    """Look for better plans on the incumbent's sites and those of most ``worth``.

    ``position`` maps the program's sites to the incumbent's program; ``opening`` says how far each site is open in a
    relaxed solution.
    """
    mine = np.flatnonzero(np.isin(position, incumbent.sites) | program.required)
    wanted = max(_SPREAD * len(incumbent.sites), _LEAST_SITES)
    near = np.union1d(np.argsort(-worth, kind="stable")[:wanted], np.union1d(mine, np.flatnonzero(opening > 1e-4)))
    part = program.restricted(near)
    rows = CoverRows(part, 0.0, watch)
    at = np.minimum(0.05 + 0.5 * opening[near], 1.0)
    at[np.isin(near, mine)] = np.maximum(at[np.isin(near, mine)], 0.9)
    mu = minimum_cut(part, at, np.zeros(len(near)))
    rows.require(mu)
    values = SetValues(part)
    for _ in range(_TURNS):
        solved = most_served(rows, watch)
        if solved.outcome not in ("optimal", "feasible") or watch.over():
            break
        chosen = np.flatnonzero(solved.values[: part.n_sites] > 0.5).astype(np.int32)
        value, limited, _ = values(chosen)
        if value >= incumbent.cutoff:
            incumbent.settle(np.sort(position[near[chosen]]).astype(np.int32))
        if value >= solved.objective - 1e-6 or not add_cuts(rows, chosen, limited, mu):
            break


def add_cuts(rows: CoverRows, chosen: Ints, limited: Floats, mu: Floats) -> bool:
    """Add the minimum cut near a set, and the one that is exact for it; False when both were known."""
    at = np.full(rows.program.n_sites, 0.1)
    at[chosen] = 1.0
    cut = minimum_cut(rows.program, at, mu)
    news = rows.require(cut)
    cut[chosen] = limited
    return rows.require(cut) or news


def row_bound(program: StationProgram, multipliers: Sequence[Floats], watch: Watch) -> RowBound | None:
    """What no set of stations serves more than, by the linear relaxation at the multipliers; ``None`` when stopped.

    The solver only guides. For any prices pi >= 0 of rows, and weights of the multipliers that add up to one, so that
    row r is worth w_r::

        theta <= sum_r max(0, w_r - pi_r) + sum_j pi(j) y_j
    """
    rows = CoverRows(program, 0.0, watch)
    for mu in multipliers:
        rows.require(mu)
    covering, amounts, asked = _program(rows)
    solved = maximise(**asked, time_limit_s=watch.left_s, stop=watch.late)
    watch.step()
    if solved.outcome != "optimal":
        return None
    price = np.maximum(solved.row_duals[: rows.n_rows], 0.0)
    weight = np.maximum(solved.row_duals[rows.n_rows : rows.n_rows + amounts.shape[0]], 0.0)
    if not weight.any():
        return None
    worth = amounts.T @ (weight / weight.sum())
    constant, values = float(np.maximum(worth - price, 0.0).sum()), covering.T @ price
    return RowBound(constant, values, constant + best_opening(program, values)[1])


def search_whole(
    program: StationProgram, position: Ints, multipliers: Sequence[Floats], incumbent: Incumbent, watch: Watch
) -> float:
    """The best plan of a small program, and a bound on every plan of it.

    ``multipliers`` start the program; the minimum cuts of the sets found are added until none betters its value.
    """
    rows = CoverRows(program, 0.0, watch)
    for mu in multipliers:
        rows.require(mu)
    values, bound = SetValues(program), np.inf
    for _ in range(_TURNS):
        solved = most_served(rows, watch)
        bound = min(bound, solved.bound + _TOLERANCE * float(program.size.sum()))
        if solved.outcome not in ("optimal", "feasible"):
            break
        chosen = np.flatnonzero(solved.values[: program.n_sites] > 0.5).astype(np.int32)
        value, limited, _ = values(chosen)
        if value >= incumbent.cutoff:
            incumbent.settle(np.sort(position[chosen]).astype(np.int32))
        if watch.over() or value >= solved.objective - 1e-6 or not add_cuts(rows, chosen, limited, multipliers[0]):
            break
    return bound


def most_served(rows: CoverRows, watch: Watch) -> Solved:
    """Best whole openings for the multipliers known so far: first columns are the sites', the last is theta."""
    _, _, asked = _program(rows)
    whole = np.arange(len(asked["objective"])) < rows.program.n_sites
    solved = maximise(
        **asked, integer=whole, time_limit_s=watch.left_s, absolute_gap=0.3, stop=watch.late, max_nodes=_NODES
    )
    watch.step(_NODES)
    return solved


def _program(rows: CoverRows) -> tuple[Any, Any, dict[str, Any]]:
    """The matrices of ``rows``, and the program of sites, rows and theta: each row, then each multiplier's sum."""
    program, m, n_rows = rows.program, rows.program.n_sites, rows.n_rows
    covering, amounts = rows.matrix()
    on_sites, low, high = program.rows()
    n_cuts, width = amounts.shape[0], m + n_rows + 1
    matrix = sparse.vstack(
        [
            sparse.hstack([-covering, sparse.eye_array(n_rows), sparse.csr_array((n_rows, 1))]),
            sparse.hstack([sparse.csr_array((n_cuts, m)), -amounts, np.ones((n_cuts, 1))]),
            sparse.hstack([sparse.csr_array(on_sites), sparse.csr_array((len(low), n_rows + 1))]),
        ],
        format="csr",
    )
    lower = np.zeros(width)
    lower[:m] = program.required
    objective, upper = np.zeros(width), np.ones(width)
    objective[-1], upper[-1] = 1.0, float(amounts.sum(axis=1).max())
    asked = {
        "objective": objective,
        "matrix": matrix,
        "row_lower": np.concatenate([np.full(n_rows + n_cuts, -np.inf), low]),
        "row_upper": np.concatenate([np.zeros(n_rows + n_cuts), high]),
        "lower": lower,
        "upper": upper,
    }
    return covering, amounts, asked
