"""From points to streets and along them: snapping, the many-to-many search, and the sparse reach.

A point is snapped to the nearest street, not to the nearest crossing: it enters the network part-way along an edge.
The cost from an enterprise to a site is: straight to the street, along the streets, straight to the site.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from ipps_geo.errors import BadInput
from ipps_geo.reach.matrix import Reach
from ipps_geo.reach.street_kernels import collect_pairs
from ipps_geo.reach.street_snapping import MAX_SNAP_M, Snap, Snapping
from ipps_geo.reach.streets import SPEED_KMH, StreetNetwork

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MEMORY_CELLS = 20_000_000
"""Cells of a dense block of the search (site x node) held at once: 160 MB."""


@dataclass(frozen=True, eq=False)
class StreetReach:
    """A reach along streets, with the snapping of both sides for the report of what was left out."""

    reach: Reach
    demand: Snap
    sites: Snap


def street_reach(
    network: StreetNetwork,
    demand_xy: ArrayLike,
    site_xy: ArrayLike,
    limit: float,
    *,
    unit: Literal["m", "min"] = "m",
    max_snap_m: float = MAX_SNAP_M,
    snapping: Snapping | None = None,
) -> StreetReach:
    """Return who reaches which site along the streets within ``limit``, travelling from the enterprise to the site.

    Parameters
    ----------
    demand_xy, site_xy
        Projected metres in the network's CRS, shapes (n, 2) and (m, 2).
    limit
        Largest cost that counts, in ``unit``; the way to and from the street counts too (walked, when in minutes).
    max_snap_m, snapping
        How points meet the network: a limit alone, or all terms. A point that meets no street cannot be reached and is
        named in the result's ``Snap``.
    """
    if unit not in ("m", "min"):
        raise BadInput("argument.unit", where="unit", unit=unit)
    demand_points = np.asarray(demand_xy, dtype=np.float64).reshape(-1, 2)
    site_points = np.asarray(site_xy, dtype=np.float64).reshape(-1, 2)
    terms = snapping or Snapping(max_snap_m)
    demand, sites = terms.of(network, demand_points, "leave"), terms.of(network, site_points, "arrive")
    cost = network.length_m if unit == "m" else network.minutes
    to_street = 1.0 if unit == "m" else 60 / (SPEED_KMH["walk"] * 1000)
    walked = to_street * demand.distance_m, to_street * sites.distance_m
    pairs = _pairs(network, cost, demand, sites, *walked, limit)
    reach = Reach.from_costs(
        pairs, limit, unit=unit, method="street_network", source=network.source, as_of=network.as_of
    )
    return StreetReach(reach, demand, sites)


def _pairs(
    network: StreetNetwork,
    cost: NDArray[np.float64],
    demand: Snap,
    sites: Snap,
    demand_walk: NDArray[np.float64],
    site_walk: NDArray[np.float64],
    limit: float,
) -> sparse.csr_array:
    n, m, k = len(demand.edge), len(sites.edge), network.n_nodes
    backward = network.opposite
    graph = _towards_sites(network, cost, backward, sites, m)
    entry = _Entries.of(network, cost, backward, demand, demand_walk)
    same = _same_street(cost, backward, demand, sites, demand_walk, site_walk)
    snapped = np.flatnonzero(sites.edge >= 0)
    step = max(1, MEMORY_CELLS // max(1, k + m))
    count = np.zeros(m + 1, dtype=np.int64)
    rows: list[NDArray[np.int32]] = []
    values: list[NDArray[np.float64]] = []
    for first in range(0, len(snapped), step):
        block = snapped[first : first + step]
        distance = dijkstra(graph, indices=k + block, limit=limit)
        found, value, per_site = collect_pairs(
            distance, k, site_walk[block], block, entry.start, entry.row, entry.cost, *same, n, limit
        )
        rows.append(found)
        values.append(value)
        count[block + 1] = per_site
    row = np.concatenate([np.zeros(0, np.int32), *rows])
    value = np.concatenate([np.zeros(0), *values])
    return sparse.csc_array((value, row, np.cumsum(count)), shape=(n, m)).tocsr()


def _towards_sites(
    network: StreetNetwork, cost: NDArray[np.float64], backward: NDArray[np.int64], sites: Snap, m: int
) -> sparse.csr_array:
    """Return the reversed network with one node per site, so that a search from sites finds the way towards them."""
    k = network.n_nodes
    at = np.flatnonzero(sites.edge >= 0)
    edge, fraction = sites.edge[at], sites.fraction[at]
    back = backward[edge]
    two_way = back >= 0
    # Arriving along the edge from its tail, or along its opposite from the head.
    tails = np.concatenate([network.head, k + at, k + at[two_way]])
    heads = np.concatenate([network.tail, network.tail[edge], network.head[edge[two_way]]])
    weight = np.concatenate([cost, fraction * cost[edge], (1 - fraction[two_way]) * cost[back[two_way]]])
    # scipy drops zeros of a sparse graph: the smallest positive number stands for them.
    weight = np.maximum(weight, np.finfo(np.float64).tiny)
    return sparse.csr_array((weight, (tails, heads)), shape=(k + m, k + m))


@dataclass(frozen=True, eq=False)
class _Entries:
    """Demand by the node at which it enters the network: rows and costs of node v are ``start[v]:start[v + 1]``."""

    start: NDArray[np.int64]
    row: NDArray[np.int64]
    cost: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        network: StreetNetwork,
        cost: NDArray[np.float64],
        backward: NDArray[np.int64],
        demand: Snap,
        walk: NDArray[np.float64],
    ) -> _Entries:
        at = np.flatnonzero(demand.edge >= 0)
        edge, fraction = demand.edge[at], demand.fraction[at]
        back = backward[edge]
        two_way = back >= 0
        node = np.concatenate([network.head[edge], network.tail[edge[two_way]]])
        row = np.concatenate([at, at[two_way]])
        along = np.concatenate([(1 - fraction) * cost[edge], fraction[two_way] * cost[back[two_way]]])
        order = np.argsort(node, kind="stable")
        start = np.zeros(network.n_nodes + 1, dtype=np.int64)
        np.cumsum(np.bincount(node, minlength=network.n_nodes), out=start[1:])
        return cls(start, row[order], (along + walk[row])[order])


def _same_street(
    cost: NDArray[np.float64],
    backward: NDArray[np.int64],
    demand: Snap,
    sites: Snap,
    demand_walk: NDArray[np.float64],
    site_walk: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return (start per site, demand row, cost) of the pairs on one street, which need not go round by a crossing."""
    order = np.argsort(demand.edge, kind="stable")
    low = np.searchsorted(demand.edge[order], sites.edge, side="left")
    high = np.searchsorted(demand.edge[order], sites.edge, side="right")
    count = np.where(sites.edge >= 0, high - low, 0)
    start = np.concatenate([[0], np.cumsum(count)])
    site = np.repeat(np.arange(len(count)), count)
    row = order[np.repeat(low - start[:-1], count) + np.arange(start[-1])]
    edge = sites.edge[site]
    ahead = sites.fraction[site] - demand.fraction[row]
    back = backward[edge]
    along = np.where(ahead >= 0, ahead * cost[edge], np.where(back >= 0, -ahead * cost[np.maximum(back, 0)], np.inf))
    return start, row, along + demand_walk[row] + site_walk[site]
