"""Seeded instances for every siting benchmark: clustered points in a square of 60 by 60 km, all synthetic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE_M = 60_000.0
N_CLUSTERS = 40


def clustered_instance(
    n_demand: int, n_sites: int, seed: int, need_share: float = 0.62
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]:
    """Demand points, candidate sites and needs of a city-like square.

    Four fifths of the demand lie in about 40 Gaussian clusters of uneven weight (300 m to 3 km wide), one fifth is
    spread evenly. Nine of ten sites lie in the same clusters, a little wider than the demand.

    Returns
    -------
    demand_xy, site_xy
        Metres, shape (n_demand, 2) and (n_sites, 2), within the square.
    needs
        int8, 1 with probability ``need_share``, otherwise 0; the share differs between clusters by up to 0.2, so
        that the need share binds in some places and not in others.
    """
    random = np.random.default_rng([seed, n_demand, n_sites])
    centres = random.uniform(3_000, SIDE_M - 3_000, size=(N_CLUSTERS, 2))
    widths_m = random.uniform(300, 3_000, size=N_CLUSTERS)
    weights = random.dirichlet(np.full(N_CLUSTERS, 1.5))
    tilt = random.uniform(-0.2, 0.2, size=N_CLUSTERS)

    cluster = random.choice(N_CLUSTERS, size=n_demand, p=weights)
    spread_evenly = random.random(n_demand) < 0.2
    demand_xy = centres[cluster] + random.normal(size=(n_demand, 2)) * widths_m[cluster, None]
    demand_xy[spread_evenly] = random.uniform(0, SIDE_M, size=(int(spread_evenly.sum()), 2))

    near = random.choice(N_CLUSTERS, size=n_sites, p=weights)
    site_xy = centres[near] + random.normal(size=(n_sites, 2)) * widths_m[near, None] * 1.2
    away = random.random(n_sites) < 0.1
    site_xy[away] = random.uniform(0, SIDE_M, size=(int(away.sum()), 2))

    chance = np.clip(need_share + np.where(spread_evenly, 0.0, tilt[cluster]), 0.02, 0.98)
    needs = (random.random(n_demand) < chance).astype(np.int8)
    return np.clip(demand_xy, 0, SIDE_M), np.clip(site_xy, 0, SIDE_M), needs
