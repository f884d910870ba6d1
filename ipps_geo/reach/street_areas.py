"""The streets within a limit of a site, cut where the limit ends, and those that are nearest to it: what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from ipps_geo.errors import BadInput
from ipps_geo.reach.street_search import _towards_sites
from ipps_geo.reach.street_snapping import Snap, Snapping
from ipps_geo.reach.streets import SPEED_KMH, StreetNetwork

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def reached_streets(
    network: StreetNetwork,
    site_xy: ArrayLike,
    limit: float,
    *,
    unit: Literal["m", "min"] = "m",
    snapping: Snapping | None = None,
) -> NDArray[Any]:
    """Return the streets from which each site is reached within ``limit``: one MultiLineString per site, shape (m,).

    Points in the network's metres, shape (m, 2). The way from the street to the site counts; an edge is cut where the
    limit ends. Empty for a site that meets no street.
    """
    if unit not in ("m", "min"):
        raise BadInput("argument.unit", where="unit", unit=unit)
    sites = (snapping or Snapping()).of(network, site_xy, "arrive")
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


def nearest_streets(
    network: StreetNetwork,
    site_xy: ArrayLike,
    limit: float,
    *,
    unit: Literal["m", "min"] = "m",
    snapping: Snapping | None = None,
) -> NDArray[Any]:
    """Return the streets within ``limit`` from which each site is the nearest: a MultiLineString each, shape (m,).

    A street between two sites is cut where both are equally far. Sites at one place: the first has the streets.
    """
    if unit not in ("m", "min"):
        raise BadInput("argument.unit", where="unit", unit=unit)
    sites = (snapping or Snapping()).of(network, site_xy, "arrive")
    cost = network.length_m if unit == "m" else network.minutes
    walked = sites.distance_m * (1.0 if unit == "m" else 60 / (SPEED_KMH["walk"] * 1000))
    least, owner = _from_nodes(network, cost, sites, walked, limit)
    pieces = _Pieces(len(sites.edge))
    own_streets = _stops_by_street(network, sites)
    streets = network.streets
    near = np.isfinite(least[network.tail[streets]]) | np.isfinite(least[network.head[streets]])
    near |= np.isin(streets, list(own_streets))
    for street in streets[near].tolist():
        stops = [(0.0, float(least[network.tail[street]]), int(owner[network.tail[street]]))]
        stops += [(fraction, float(walked[site]), site) for fraction, site in own_streets.get(street, [])]
        stops.append((1.0, float(least[network.head[street]]), int(owner[network.head[street]])))
        back = network.opposite[street]
        _cut(network, street, stops, float(cost[street]), None if back < 0 else float(cost[back]), limit, pieces)
    return pieces.lines()


def _from_nodes(
    network: StreetNetwork, cost: NDArray[np.float64], sites: Snap, walked: NDArray[np.float64], limit: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return (the least way from each node to a site, which site that is; -1 without one within the limit)."""
    k, m = network.n_nodes, len(sites.edge)
    graph = _towards_sites(network, cost, network.opposite, sites, m)
    known = np.flatnonzero(sites.edge >= 0)
    # One search from all sites: a root leads to each of them at the cost of its way to the street.
    root = k + m
    weights = np.maximum(walked[known], np.finfo(np.float64).tiny)
    rows = sparse.coo_array(graph)
    joined = sparse.csr_array(
        (
            np.concatenate([rows.data, weights]),
            (np.concatenate([rows.row, np.full(len(known), root)]), np.concatenate([rows.col, k + known])),
        ),
        shape=(root + 1, root + 1),
    )
    least, before = dijkstra(joined, indices=root, limit=limit, return_predecessors=True)
    owner = np.full(root + 1, -1, dtype=np.int64)
    owner[k + known] = known
    for node in np.argsort(least, kind="stable").tolist():
        if node < k and np.isfinite(least[node]) and before[node] >= 0:
            owner[node] = owner[before[node]]
    return least[:k], owner[:k]


def _stops_by_street(network: StreetNetwork, sites: Snap) -> dict[int, list[tuple[float, int]]]:
    """Return (place along it, site) of the sites on each street, in the direction of its lower edge."""
    stops: dict[int, list[tuple[float, int]]] = {}
    for site in np.flatnonzero(sites.edge >= 0).tolist():
        edge, fraction = int(sites.edge[site]), float(sites.fraction[site])
        back = int(network.opposite[edge])
        if 0 <= back < edge:
            edge, fraction = back, 1 - fraction
        stops.setdefault(edge, []).append((fraction, site))
    return {edge: sorted(found) for edge, found in stops.items()}


class _Pieces:
    """Straight pieces of streets by the site that they belong to."""

    def __init__(self, n_sites: int) -> None:
        self._by_site: list[list[NDArray[np.float64]]] = [[] for _ in range(n_sites)]

    def add(self, site: int, start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
        self._by_site[site].append(np.stack([start, end]))

    def lines(self) -> NDArray[Any]:
        return np.array([shapely.MultiLineString([*found]) for found in self._by_site], dtype=object)


def _cut(
    network: StreetNetwork,
    street: int,
    stops: list[tuple[float, float, int]],
    ahead: float,
    behind: float | None,
    limit: float,
    pieces: _Pieces,
) -> None:
    """Share one street among the sites at its ends and on it; ``stops`` are (place, cost from there, site) in order."""
    start, end = network.node_xy[network.tail[street]], network.node_xy[network.head[street]]
    costs = [stop[1] for stop in stops]
    owners = [stop[2] for stop in stops]
    for turn in range(len(stops) - 2, -1, -1):
        through = costs[turn + 1] + (stops[turn + 1][0] - stops[turn][0]) * ahead
        if through < costs[turn]:
            costs[turn], owners[turn] = through, owners[turn + 1]
    for turn in range(1, len(stops)) if behind is not None else ():
        through = costs[turn - 1] + (stops[turn][0] - stops[turn - 1][0]) * (behind or 0.0)
        if through < costs[turn]:
            costs[turn], owners[turn] = through, owners[turn - 1]
    for turn in range(len(stops) - 1):
        low, high = stops[turn][0], stops[turn + 1][0]
        if high <= low:
            continue
        whole_ahead, whole_behind = (high - low) * ahead, None if behind is None else (high - low) * behind
        from_low, from_high = limit - costs[turn], limit - costs[turn + 1]
        meets = 0.0
        if whole_behind is not None and from_low > 0:
            both = whole_ahead + whole_behind
            meets = 1.0 if both == 0 else (costs[turn + 1] + whole_ahead - costs[turn]) / both
            meets = float(np.clip(meets if np.isfinite(meets) else 1.0, 0.0, 1.0))
            reach = 1.0 if whole_behind == 0 else from_low / whole_behind
            _add(pieces, owners[turn], start, end, low, low + min(meets, reach) * (high - low))
        if from_high > 0:
            reach = 1.0 if whole_ahead == 0 else from_high / whole_ahead
            _add(pieces, owners[turn + 1], start, end, low + max(meets, 1 - reach) * (high - low), high)


def _add(
    pieces: _Pieces, site: int, start: NDArray[np.float64], end: NDArray[np.float64], low: float, high: float
) -> None:
    if site >= 0 and high > low:
        pieces.add(site, start + low * (end - start), start + high * (end - start))
