"""The streets within a limit of a site, cut where the limit ends: what a network isochrone is drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from ipps_geo.errors import BadInput
from ipps_geo.reach.street_search import _towards_sites
from ipps_geo.reach.street_snapping import snap
from ipps_geo.reach.streets import SPEED_KMH, StreetNetwork

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def reached_streets(
    network: StreetNetwork,
    site_xy: ArrayLike,
    limit: float,
    *,
    unit: Literal["m", "min"] = "m",
    max_snap_m: float = 500.0,
) -> NDArray[Any]:
    """Return the streets from which each site is reached within ``limit``: one MultiLineString per site, shape (m,).

    Points in the network's metres, shape (m, 2). The way from the street to the site counts; an edge is cut where the
    limit ends. Empty for a site that meets no street.
    """
    if unit not in ("m", "min"):
        raise BadInput(f"no unit {unit!r}", where="unit", advice="use m or min")
    sites = snap(network, site_xy, max_snap_m)
    cost = network.length_m if unit == "m" else network.minutes
    walked = sites.distance_m * (1.0 if unit == "m" else 60 / (SPEED_KMH["walk"] * 1000))
    backward = network.opposite
    graph = _towards_sites(network, cost, backward, sites, len(sites.edge))
    starts, ends = network.node_xy[network.tail], network.node_xy[network.head]
    areas = []
    for site in range(len(sites.edge)):
        left = limit - walked[site]
        if sites.edge[site] < 0 or left < 0:
            areas.append(shapely.MultiLineString())
            continue
        to_site = dijkstra(graph, indices=network.n_nodes + site, limit=left)[: network.n_nodes]
        # From its head backwards, an edge is reached as far as what is left of the limit there.
        rest = left - to_site[network.head]
        part = np.flatnonzero(rest >= 0)
        share = np.clip(np.divide(rest[part], cost[part], out=np.ones(len(part)), where=cost[part] > 0), 0.0, 1.0)[
            :, None
        ]
        lines = [np.stack([ends[part] + share * (starts[part] - ends[part]), ends[part]], axis=1)]
        lines += _own_street(network, cost, backward, int(sites.edge[site]), float(sites.fraction[site]), left)
        areas.append(shapely.MultiLineString(list(np.concatenate(lines))))
    return np.array(areas, dtype=object)


def _own_street(
    network: StreetNetwork,
    cost: NDArray[np.float64],
    backward: NDArray[np.int64],
    edge: int,
    fraction: float,
    left: float,
) -> list[NDArray[np.float64]]:
    """Return the parts of the site's own street that lead straight to it, each of shape (1, 2, 2)."""
    start, end = network.node_xy[network.tail[edge]], network.node_xy[network.head[edge]]
    behind = fraction if cost[edge] == 0 else min(fraction, left / cost[edge])
    bounds = [(fraction - behind, fraction)]
    if backward[edge] >= 0:
        way_back = cost[backward[edge]]
        bounds.append((fraction, fraction + (1 - fraction if way_back == 0 else min(1 - fraction, left / way_back))))
    return [np.array([[start + low * (end - start), start + high * (end - start)]]) for low, high in bounds]
