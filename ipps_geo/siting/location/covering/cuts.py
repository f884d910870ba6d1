"""Cuts of the covering tree: the pool that mirrors the linear program in whole numbers, and the clusters of groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipps_geo.siting.search.groups import DemandGroups

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


class CutPool:
    """The cuts in the linear program, kept in whole numbers beside it, row by row in the same order."""

    def __init__(self) -> None:
        self.cluster = np.zeros(0, np.int32)
        self.constants = np.zeros(0, np.int64)
        self.start = np.zeros(1, np.int64)
        self.sites = np.zeros(0, np.int32)
        self.coefficients = np.zeros(0, np.int64)
        self.idle = np.zeros(0, np.int32)

    def __len__(self) -> int:
        return len(self.constants)

    def append(self, cluster: Ints, constants: Longs, start: Longs, sites: Ints, coefficients: Longs) -> None:
        """Add cuts in sparse rows: ``start`` counts from 0 within these cuts."""
        self.cluster = np.r_[self.cluster, cluster]
        self.constants = np.r_[self.constants, constants]
        self.start = np.r_[self.start, self.start[-1] + start[1:]]
        self.sites = np.r_[self.sites, sites]
        self.coefficients = np.r_[self.coefficients, coefficients]
        self.idle = np.r_[self.idle, np.zeros(len(constants), np.int32)]

    def keep(self, keep: NDArray[np.bool_]) -> None:
        """Keep only the cuts marked true."""
        length = np.diff(self.start)
        entries = np.repeat(keep, length)
        self.start = np.r_[0, np.cumsum(length[keep])]
        self.sites, self.coefficients = self.sites[entries], self.coefficients[entries]
        self.cluster, self.constants, self.idle = self.cluster[keep], self.constants[keep], self.idle[keep]


def clusters_around(groups: DemandGroups, centres: Ints) -> Ints:
    """Cluster of each group: a centre that reaches it, else the centre whose groups its first site shares most.

    Groups near no centre form the last cluster. Any split is valid; this one keeps cuts short and nearly independent.
    """
    site_start, site_groups = groups.by_site
    n_clusters = len(centres) + 1
    owner = np.full(groups.n_groups, -1, np.int64)
    for c, centre in enumerate(centres):
        mine = site_groups[site_start[centre] : site_start[centre + 1]]
        owner[mine[owner[mine] < 0]] = c
    owner_of_entry = np.repeat(owner, np.diff(groups.row_start))
    owned = owner_of_entry >= 0
    pair = groups.row_sites[owned] * np.int64(n_clusters) + owner_of_entry[owned]
    shared = np.bincount(pair, minlength=groups.n_sites * n_clusters).reshape(groups.n_sites, n_clusters)
    home = np.where(shared.any(axis=1), shared.argmax(axis=1), n_clusters - 1)
    first_site = groups.row_sites[groups.row_start[:-1]]
    return np.where(owner >= 0, owner, home[first_site]).astype(np.int32)
