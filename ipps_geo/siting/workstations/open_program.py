"""Value and best multipliers of openings as a linear program: for programs that are no minimum cut.

Weights, capacities and earlier rosters break the cut of :mod:`ipps_geo.siting.workstations.min_cut`; the linear
program over the open sites' own groups still has the multipliers mu and gamma as row duals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.search.highs import maximise
from ipps_geo.siting.workstations.open_groups import see
from ipps_geo.siting.workstations.program import StationProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


def open_value(program: StationProgram, sites: Ints, opening: Floats) -> tuple[float, Floats, Floats]:
    """``(value, mu, gamma)`` of sites opened to ``opening`` in (0, 1]; minus infinity when no roster fits.

    Whole numbers and the roster minimum are left out, so the value bounds every plan with these openings.
    """
    seen = see(program, sites)
    num, den = program.share
    p, n_sub, n_pairs = len(sites), len(seen.members), len(seen.sites)
    pair_sub, pair = np.repeat(np.arange(n_sub), np.diff(seen.start)), np.arange(n_pairs)
    licence = np.where(seen.need[pair_sub], -(den - num) / num, 1.0)
    matrix = sparse.csr_array(
        (
            np.concatenate([np.ones(n_pairs), licence, np.ones(n_pairs)]),
            (np.concatenate([pair_sub, n_sub + seen.sites, n_sub + p + seen.sites]), np.tile(pair, 3)),
        ),
        shape=(n_sub + 2 * p, n_pairs),
    )
    members = seen.members.astype(float)
    upper = np.concatenate([members, opening * program.slack[sites] / num, opening * program.high[sites]])
    solved = maximise(
        seen.value[pair_sub], matrix, np.full(len(upper), -np.inf), upper, np.zeros(n_pairs),
        members[pair_sub] * opening[seen.sites],
    )  # fmt: skip
    if solved.outcome != "optimal":
        return -np.inf, np.zeros(p), np.zeros(p)
    duals = np.maximum(solved.row_duals, 0.0)
    return solved.objective, duals[n_sub : n_sub + p], duals[n_sub + p :]
