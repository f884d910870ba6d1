"""Seeded instances for every siting benchmark: clustered points in a square of 60 by 60 km, all synthetic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIDE_M = 60_000.0
N_CLUSTERS = 40

Weights = NDArray[np.float64]
Instance = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]
"""Demand points and candidate sites in metres, and needs (1 or 0)."""


def clustered_instance(
    n_demand: int, n_sites: int, seed: int, need_share: float = 0.62, unevenness: float = 1.5
) -> Instance:
    """Demand points, candidate sites and needs of a city-like square.

    Four fifths of the demand lie in about 40 Gaussian clusters of uneven weight (300 m to 3 km wide), one fifth is
    spread evenly. Nine of ten sites lie in the same clusters, a little wider than the demand.

    ``unevenness`` is the concentration of the clusters' weights: at 0.3 a few of them hold most of the demand.

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
    weights = random.dirichlet(np.full(N_CLUSTERS, unevenness))
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


def small_places_instance(n_demand: int, n_sites: int, seed: int) -> Instance:
    """Demand in small places of 15 to 35 (about 150 m wide), none of which makes a roster of 50 on its own.

    Places lie evenly over a square that grows with the demand; sites lie within 1.5 km of a place, so that most reach
    two or three, and 65 of 100 have an explicit need.
    """
    random = np.random.default_rng([seed, n_demand, n_sites])
    sizes: list[int] = []
    while sum(sizes) < n_demand:
        sizes.append(int(random.integers(15, 36)))
    side_m = SIDE_M * np.sqrt(n_demand / 10_000)
    centres = random.uniform(0, side_m, (len(sizes), 2))
    place = np.repeat(np.arange(len(sizes)), sizes)[:n_demand]
    demand_xy = centres[place] + random.normal(0, 150, (n_demand, 2))
    site_xy = centres[random.integers(0, len(sizes), n_sites)] + random.normal(0, 1_500, (n_sites, 2))
    return demand_xy, site_xy, (random.random(n_demand) < 0.65).astype(np.int8)


def mixed_weights(n_demand: int, seed: int, kind: str) -> NDArray[np.float64]:
    """Weights of one row each: ``real`` between 0.5 and 3, or ``mixed`` of 100,000, 37.5, 1 and 0.01."""
    random = np.random.default_rng([seed, n_demand])
    if kind == "real":
        return random.uniform(0.5, 3.0, n_demand)
    return random.choice([1e5, 37.5, 1.0, 0.01], n_demand, p=[0.001, 0.2, 0.6, 0.199])


def bed_instance(n_demand: int, n_sites: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64], Weights]:
    """Points of the published maximal covering beds: demand and sites evenly in a square of side 30, weights 1 to 100.

    The recipe of Revelle, Scholssberg and Williams (2008) that Cordeau, Furini and Ljubic (2019) took to more points;
    drawn anew here, so it is of their kind and not their file.
    """
    random = np.random.default_rng([seed, n_demand, n_sites])
    demand_xy, site_xy = random.uniform(0, 30, (n_demand, 2)), random.uniform(0, 30, (n_sites, 2))
    return demand_xy, site_xy, random.integers(1, 101, n_demand).astype(np.float64)
