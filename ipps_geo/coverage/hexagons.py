"""Counts per hexagon: density that neither hides behind district borders nor shows a single enterprise."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def hexagon_counts(xy: NDArray[np.float64], width_m: float, weights: NDArray[np.float64] | None = None) -> pd.DataFrame:
    """Return the occupied cells of a hexagonal grid: columns x, y (centre, metres), count.

    Parameters
    ----------
    xy
        Projected points in metres, shape (n, 2); points that are not finite are left out.
    width_m
        Distance between the centres of neighbouring cells (flat to flat) in metres.
    weights
        What each point counts, shape (n,); 1 by default.

    The grid starts at the origin of the CRS, so that the same place falls into the same cell on every map. Cells ascend
    by y, then x.

    >>> import numpy as np
    >>> hexagon_counts(np.array([[0.0, 0.0], [10.0, 5.0], [1000.0, 0.0]]), 1000.0)["count"].tolist()
    [2.0, 1.0]
    """
    known = np.isfinite(xy).all(axis=1)
    points = xy[known]
    worth = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=np.float64)[known]
    if not len(points):
        return pd.DataFrame({"x": np.zeros(0), "y": np.zeros(0), "count": np.zeros(0)})
    # A hexagonal grid is two interleaved rectangular ones: the nearer centre of the two holds the point.
    height = width_m * np.sqrt(3)
    first = np.round(points / [width_m, height])
    second = np.floor(points / [width_m, height])
    centre_a = first * [width_m, height]
    centre_b = (second + 0.5) * [width_m, height]
    nearer_a = ((points - centre_a) ** 2).sum(axis=1) <= ((points - centre_b) ** 2).sum(axis=1)
    half_steps = np.where(nearer_a[:, None], first * 2, second * 2 + 1).astype(np.int64)
    cells, inverse = np.unique(half_steps[:, ::-1], axis=0, return_inverse=True)
    counts = np.bincount(inverse.reshape(-1), weights=worth, minlength=len(cells))
    return pd.DataFrame({"x": cells[:, 1] * width_m / 2, "y": cells[:, 0] * height / 2, "count": counts})


def hexagon_corners(x: NDArray[np.float64], y: NDArray[np.float64], width_m: float) -> NDArray[np.float64]:
    """Return the corners of the cells with centres ``x``, ``y``, shape (n, 6, 2), in metres."""
    angles = np.pi / 6 + np.pi / 3 * np.arange(6)
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * width_m / np.sqrt(3)
    corners: NDArray[np.float64] = np.column_stack([x, y])[:, None, :] + ring[None, :, :]
    return corners
