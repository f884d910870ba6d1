"""Gaps: clusters of enterprises that nobody serves, with their size and centre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray


def gap_clusters(xy: NDArray[np.float64], spacing_m: float = 1000.0, at_least: int = 50) -> pd.DataFrame:
    """Return the clusters of points, largest first: cluster, enterprises, x_m, y_m, radius_m.

    Points are binned into square cells of ``spacing_m``; cells that touch (8 neighbours) and hold at least a tenth of
    ``at_least`` each form a cluster, so that one scattered point does not chain two towns. Clusters under ``at_least``
    points are left out. Centre: the mean of the points (projected metres); radius: the distance from the centre that
    holds 90 % of them.
    """
    columns = ["cluster", "enterprises", "x_m", "y_m", "radius_m"]
    if len(xy) == 0:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
    cells, cell_of = np.unique(np.floor(xy / spacing_m).astype(np.int64), axis=0, return_inverse=True)
    cell_of = cell_of.reshape(-1)
    crowd = np.bincount(cell_of, minlength=len(cells))
    dense = np.flatnonzero(crowd * 10 >= at_least)
    if len(dense) == 0:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
    touching = cKDTree(cells[dense]).query_pairs(1.5, output_type="ndarray")
    graph = sparse.coo_array((np.ones(len(touching)), (touching[:, 0], touching[:, 1])), shape=(len(dense), len(dense)))
    _, label = connected_components(graph, directed=False)
    cluster_of_cell = np.full(len(cells), -1)
    cluster_of_cell[dense] = label
    cluster = cluster_of_cell[cell_of]
    rows = []
    for number in range(label.max() + 1):
        members = xy[cluster == number]
        if len(members) >= at_least:
            centre = members.mean(axis=0)
            radius = np.quantile(np.hypot(*(members - centre).T), 0.9)
            rows.append((len(members), *centre, radius))
    rows.sort(key=lambda row: (-row[0], row[1], row[2]))
    return pd.DataFrame([(number + 1, *row) for number, row in enumerate(rows)], columns=columns)
