"""The whole program of all groups and sites at once: rosters, strong links and the rows on openings, for HiGHS.

Where pairs of groups and sites are few, or stations assemble their minimum from many small places, this program is
solved as it stands; what :mod:`.compact`, :mod:`.unit_floors` and :mod:`.worst_rosters` ask are rows added to it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ipps_geo.siting.workstations.assignment import RosterModel, roster_model
from ipps_geo.siting.workstations.open_groups import see
from ipps_geo.siting.workstations.program import StationProgram

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


def widened(matrix: Any, width: int) -> Any:
    """The same rows over more columns."""
    return sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], width))


def whole_model(program: StationProgram, sites: Ints) -> RosterModel:
    """The program on some of its sites (ascending), of which any may stay closed: ``x_gj <= N_g y_j`` included."""
    model = roster_model(program, sites, see(program, sites))
    n_pairs, width = len(model.pair_sub), len(model.lower)
    pair = np.arange(n_pairs)
    links = sparse.csr_array(
        (
            np.concatenate([np.ones(n_pairs), -model.upper[:n_pairs]]),
            (np.tile(pair, 2), np.concatenate([pair, model.y[model.seen.sites]])),
        ),
        shape=(n_pairs, width),
    )
    on_sites, low, high = program.rows()
    dense = np.zeros((len(on_sites), width))
    dense[:, model.y] = on_sites[:, sites]
    return replace(
        model,
        matrix=sparse.vstack([model.matrix, links, sparse.csr_array(dense)], format="csr"),
        row_lower=np.concatenate([model.row_lower, np.full(n_pairs, -np.inf), low]),
        row_upper=np.concatenate([model.row_upper, np.zeros(n_pairs), high]),
    )
