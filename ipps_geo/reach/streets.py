"""Street networks: nodes and directed edges in projected metres, checked before anybody travels on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Mode = Literal["walk", "bicycle", "car"]
MODES: tuple[Mode, ...] = get_args(Mode)

SPEED_KMH: Mapping[str, float] = MappingProxyType({"walk": 4.8, "bicycle": 15.0})
"""Speeds of the modes that do not depend on the street: 80 m a minute on foot, and an unhurried bicycle."""

CAR_SPEED_KMH: Mapping[str, float] = MappingProxyType(
    {
        "motorway": 80.0,
        "trunk": 60.0,
        "primary": 45.0,
        "secondary": 35.0,
        "tertiary": 30.0,
        "unclassified": 25.0,
        "residential": 20.0,
        "living_street": 10.0,
        "service": 10.0,
    }
)
"""Car speeds by OpenStreetMap class, daytime in a large city: a planner's assumption, printed with every result."""

CAR_FALLBACK_KMH = 30.0
"""Speed on a street of another class, or of none."""


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """Nodes and directed edges of one mode of travel.

    Attributes
    ----------
    node_xy
        Projected metres (EPSG:4548), shape (k, 2).
    tail, head
        Positions of the nodes that an edge leaves and enters, int64, shape (e,). A two-way street is two edges.
    length_m, minutes
        Length and travel time of each edge, shape (e,), greater than or equal to zero.
    mode, source, as_of
        How one travels, where the network comes from, and its date; carried into every result.
    """

    node_xy: NDArray[np.float64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    length_m: NDArray[np.float64]
    minutes: NDArray[np.float64]
    mode: Mode
    source: str = ""
    as_of: str = ""

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_xy)

    @cached_property
    def strong_component(self) -> NDArray[np.int32]:
        """Strongly connected component of each node; 0 is the largest, ties by the first node, shape (k,)."""
        graph = sparse.coo_array((np.ones(len(self.tail)), (self.tail, self.head)), shape=(self.n_nodes, self.n_nodes))
        _, label = connected_components(graph, directed=True, connection="strong")
        size = np.bincount(label)
        first = np.full(len(size), self.n_nodes)
        np.minimum.at(first, label, np.arange(self.n_nodes))
        rank = np.empty(len(size), dtype=np.int32)
        rank[np.lexsort((first, -size))] = np.arange(len(size))
        return rank[label]

    def checks(self) -> dict[str, Any]:
        """Return what a planner should know before trusting it.

        nodes, edges, components (strong), largest_component_share, one_way_edges, isolated_nodes, length_km.
        """
        pairs = self.tail * self.n_nodes + self.head
        backward = self.head * self.n_nodes + self.tail
        used = np.zeros(self.n_nodes, dtype=bool)
        used[self.tail] = used[self.head] = True
        component = self.strong_component
        return {
            "nodes": self.n_nodes,
            "edges": len(self.tail),
            "components": int(component.max(initial=-1)) + 1,
            "largest_component_share": float((component == 0).mean()) if self.n_nodes else 0.0,
            "one_way_edges": int((~np.isin(pairs, backward)).sum()),
            "isolated_nodes": int((~used).sum()),
            "length_km": float(self.length_m.sum() / 1000),
        }


def street_network(
    node_ids: ArrayLike,
    node_xy: ArrayLike,
    tail_ids: ArrayLike,
    head_ids: ArrayLike,
    *,
    length_m: ArrayLike | None = None,
    street_class: ArrayLike | None = None,
    one_way: ArrayLike | None = None,
    mode: Mode = "walk",
    source: str = "",
    as_of: str = "",
) -> StreetNetwork:
    """Build a network from node and edge columns.

    Parameters
    ----------
    node_ids, node_xy
        Unique ids of any type, and projected metres, shape (k, 2).
    tail_ids, head_ids
        Node ids of each edge.
    length_m
        Length of each edge; straight between its nodes when not given.
    street_class
        OpenStreetMap ``highway`` class of each edge: the car's speed.
    one_way
        Whether the edge leads from tail to head only. On foot every street is two-way. When not given, edges are taken
        as they stand: directed, one row per direction.
    mode
        ``walk``, ``bicycle`` or ``car``.

    Raises
    ------
    BadInput
        A repeated node, an edge to a node that is not there, a negative or unknown length, another mode.
    """
    if mode not in MODES:
        raise BadInput(f"no mode {mode!r}", where="mode", advice="use walk, bicycle or car")
    ids = pd.Index(node_ids)
    xy = np.asarray(node_xy, dtype=np.float64).reshape(-1, 2)
    if not ids.is_unique:
        raise BadInput(f"node {ids[ids.duplicated()][0]} stands twice", where="nodes")
    if len(ids) != len(xy) or not np.isfinite(xy).all():
        raise BadInput("every node needs finite coordinates", where="nodes")
    ends = []
    for name, values in (("tail", tail_ids), ("head", head_ids)):
        found = ids.get_indexer(pd.Index(values))
        if (found < 0).any():
            row = int(np.flatnonzero(found < 0)[0])
            raise BadInput(f"edge {row} names the node {pd.Index(values)[row]}, which is not there", where=name)
        ends.append(found.astype(np.int64))
    tail, head = ends
    straight = np.hypot(*(xy[head] - xy[tail]).T) if len(tail) else np.zeros(0)
    length = straight if length_m is None else np.asarray(length_m, dtype=np.float64)
    if len(length) != len(tail) or not np.isfinite(length).all() or (length < 0).any():
        raise BadInput("every edge needs a length in metres that is not negative", where="length_m")
    speed = _speed_kmh(street_class, len(tail), mode)
    minutes = length / (speed * 1000 / 60)
    if mode == "walk":
        both = np.ones(len(tail), dtype=bool)
    else:
        both = np.zeros(len(tail), dtype=bool) if one_way is None else ~np.asarray(one_way, dtype=bool)
    tail, head = np.concatenate([tail, head[both]]), np.concatenate([head, tail[both]])
    length, minutes = np.concatenate([length, length[both]]), np.concatenate([minutes, minutes[both]])
    return StreetNetwork(xy, *_shortest_of_parallels(tail, head, length, minutes, len(xy)), mode, source, as_of)


def _shortest_of_parallels(
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    length: NDArray[np.float64],
    minutes: NDArray[np.float64],
    n_nodes: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Keep the fastest edge of each ordered pair of nodes, and no loops: neither changes a shortest path."""
    order = np.lexsort((length, minutes, tail * n_nodes + head))
    key = (tail * n_nodes + head)[order]
    keep = order[np.concatenate([[True], key[1:] != key[:-1]])] if len(order) else order
    keep = keep[tail[keep] != head[keep]]
    return tail[keep], head[keep], length[keep], minutes[keep]


def _speed_kmh(street_class: ArrayLike | None, n_edges: int, mode: Mode) -> NDArray[np.float64]:
    if mode != "car":
        return np.full(n_edges, SPEED_KMH[mode])
    if street_class is None:
        return np.full(n_edges, CAR_FALLBACK_KMH)
    classes = pd.Series(np.asarray(street_class, dtype=object)).astype("str").str.removesuffix("_link")
    return classes.map(dict(CAR_SPEED_KMH)).fillna(CAR_FALLBACK_KMH).to_numpy(np.float64)
