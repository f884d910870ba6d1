"""Where points meet the streets: the nearest one that leads somewhere, across no barrier.

A point is snapped to the nearest street, not to the nearest crossing: it enters the network part-way along an edge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order

from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ipps_geo.reach.streets import StreetNetwork

MAX_SNAP_M = 500.0
"""How far a street may lie from a point that meets it, in metres, unless another limit is stated."""
ISLAND_SHARE = 0.01
"""A piece of the network with less than this share of its length is an island, unless another share is stated."""


@dataclass(frozen=True, eq=False)
class Snapping:
    """How points meet the streets: how far one may lie, what counts as an island, what is not crossed on the way.

    ``barriers`` are lines in the network's metres, shape (b,).
    """

    max_snap_m: float = MAX_SNAP_M
    island_share: float = ISLAND_SHARE
    barriers: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        """Refuse a limit under which nobody meets a street, and a share that is none."""
        if not self.max_snap_m > 0:
            raise BadInput("streets.snap_limit", where="max_snap_m", value=f"{self.max_snap_m:g}")
        if not 0 <= self.island_share < 1:
            raise BadInput("streets.island_share", where="island_share", value=f"{self.island_share:g}")

    def of(self, network: StreetNetwork, xy: ArrayLike, towards: Literal["leave", "arrive"]) -> Snap:
        """Return where points meet ``network`` on these terms; see :func:`snap`."""
        return snap(
            network, xy, self.max_snap_m, island_share=self.island_share, barriers=self.barriers, towards=towards
        )


@dataclass(frozen=True, eq=False)
class Snap:
    """Where points meet the network.

    ``edge``: the directed edge, -1 when no street lies within the limit; ``fraction``: how far along it, 0 at its tail;
    ``distance_m``: straight to the street; ``island``: whether the street leads nowhere, so that the point has to be
    named; all of shape (n,).
    """

    edge: NDArray[np.int64]
    fraction: NDArray[np.float64]
    distance_m: NDArray[np.float64]
    island: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))

    @property
    def unsnapped(self) -> NDArray[np.int64]:
        """Positions of the points that meet no street."""
        return np.flatnonzero(self.edge < 0)


def snap(
    network: StreetNetwork,
    xy: ArrayLike,
    max_snap_m: float = MAX_SNAP_M,
    *,
    island_share: float = ISLAND_SHARE,
    barriers: NDArray[Any] | None = None,
    towards: Literal["leave", "arrive"] = "leave",
) -> Snap:
    """Return the nearest street of each point (projected metres, shape (n, 2)); ties go to the lower edge.

    Edges are straight between their nodes; of the two directions of a street the lower edge is named.

    Parameters
    ----------
    max_snap_m
        A street farther away is not met.
    island_share
        A piece of the network that holds less than this share of its length, or is no longer than ``max_snap_m``, takes
        no points while a street of another piece lies within ``max_snap_m``.
    barriers
        Lines in the network's metres (rivers, railways) that the straight way to the street does not cross.
    towards
        Whether one sets out from the points or arrives there: a one-way street from which nobody gets away is an
        island for those who leave.
    """
    points = np.ascontiguousarray(np.asarray(xy, dtype=np.float64).reshape(-1, 2))
    n = len(points)
    if n == 0 or len(network.tail) == 0:
        nothing = np.full(n, -1, dtype=np.int64)
        return Snap(nothing, np.zeros(n), np.full(n, np.inf), np.zeros(n, dtype=bool))
    joined, leading = leading_streets(network, max_snap_m, island_share, towards)
    found = _nearest(network, network.streets[joined], points, max_snap_m, barriers)
    left = np.flatnonzero(found.edge < 0)
    if len(left) and not joined.all():
        lonely = _nearest(network, network.streets[~joined], points[left], max_snap_m, barriers)
        found.edge[left], found.fraction[left] = lonely.edge, lonely.fraction
        found.distance_m[left] = lonely.distance_m
    nowhere = np.zeros(len(network.tail) + 1, dtype=bool)
    nowhere[network.streets] = ~leading
    return Snap(found.edge, found.fraction, found.distance_m, nowhere[found.edge])


def leading_streets(
    network: StreetNetwork, least_m: float, island_share: float, towards: Literal["leave", "arrive"]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which of ``network.streets`` are joined to a large piece of the network, and which lead out to it.

    A piece is a strongly connected component: large with ``island_share`` of the length of all edges and more than
    ``least_m`` there and back; the longest is always large. A street is joined that leads there or comes from there;
    for ``leave`` it leads where one gets there from it, for ``arrive`` where one comes from there to it.
    """
    component = network.strong_component
    length = np.bincount(component[network.tail], weights=network.length_m, minlength=int(component.max()) + 1)
    large = (length >= island_share * network.length_m.sum()) & (length > 2 * least_m)
    large[int(np.argmax(length))] = True
    known = large[component]
    everywhere = np.ones(len(network.streets), dtype=bool)
    if known.all():
        return everywhere, everywhere
    head, tail = network.head[network.streets], network.tail[network.streets]
    out = np.asarray(_reachable(known, network.head, network.tail)[head])
    back = np.asarray(_reachable(known, network.tail, network.head)[tail])
    return out | back, out if towards == "leave" else back


def _reachable(known: NDArray[np.bool_], tail: NDArray[np.int64], head: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the nodes that are known, or that edges lead to from one that is."""
    k = len(known)
    origin = np.flatnonzero(known)
    tails, heads = np.concatenate([tail, np.full(len(origin), k)]), np.concatenate([head, origin])
    graph = sparse.csr_array((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=(k + 1, k + 1))
    reached = np.zeros(k + 1, dtype=bool)
    reached[breadth_first_order(graph, k, directed=True, return_predecessors=False)] = True
    return reached[:k]


def _nearest(
    network: StreetNetwork,
    streets: NDArray[np.int64],
    points: NDArray[np.float64],
    max_snap_m: float,
    barriers: NDArray[Any] | None,
) -> Snap:
    if not len(streets):
        n = len(points)
        return Snap(np.full(n, -1, dtype=np.int64), np.zeros(n), np.full(n, np.inf))
    starts, ends = network.node_xy[network.tail[streets]], network.node_xy[network.head[streets]]
    from ipps_geo.reach.street_kernels import nearest_segment  # compiled: whoever travels straight need not wait

    at, fraction, distance = nearest_segment(points, starts, ends, max_snap_m)
    if barriers is not None and len(barriers):
        _around_barriers(points, starts, ends, max_snap_m, barriers, at, fraction, distance)
    return Snap(np.where(at >= 0, streets[at], -1), fraction, distance)


def _around_barriers(
    points: NDArray[np.float64],
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    max_snap_m: float,
    barriers: NDArray[Any],
    at: NDArray[np.int64],
    fraction: NDArray[np.float64],
    distance: NDArray[np.float64],
) -> None:
    """Give every point whose way to its street crosses a barrier the nearest street without one, in place."""
    walls = shapely.STRtree(np.asarray(barriers, dtype=object))
    met = np.flatnonzero(at >= 0)
    foot = starts[at[met]] + fraction[met, None] * (ends[at[met]] - starts[at[met]])
    ways = shapely.linestrings(np.stack([points[met], foot], axis=1))
    blocked = met[np.unique(walls.query(ways, predicate="intersects")[0])]
    if not len(blocked):
        return
    lines = shapely.linestrings(np.stack([starts, ends], axis=1))
    here = shapely.points(points[blocked])
    turn, segment = shapely.STRtree(lines).query(here, predicate="dwithin", distance=max_snap_m)
    along = np.nan_to_num(shapely.line_locate_point(lines[segment], here[turn], normalized=True))
    ways = shapely.shortest_line(here[turn], lines[segment])
    away = shapely.length(ways)
    crossing = np.zeros(len(turn), dtype=bool)
    crossing[walls.query(ways, predicate="intersects")[0]] = True
    free = np.flatnonzero(~crossing)
    order = free[np.lexsort((segment[free], away[free], turn[free]))]
    who, first = np.unique(turn[order], return_index=True)
    best = order[first]
    at[blocked], fraction[blocked], distance[blocked] = -1, 0.0, np.inf
    at[blocked[who]] = segment[best]
    fraction[blocked[who]], distance[blocked[who]] = along[best], away[best]
