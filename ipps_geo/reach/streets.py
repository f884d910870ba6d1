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

from ipps_geo.errors import BadInput, Message
from ipps_geo.reach.street_lengths import checked_lengths
from ipps_geo.reach.street_shapes import lay

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
        Projected metres (the region's metric CRS), shape (k, 2).
    tail, head
        Positions of the nodes that an edge leaves and enters, int64, shape (e,). A two-way street is two edges.
    length_m, minutes
        Length and travel time of each edge, shape (e,), greater than or equal to zero.
    mode, source, as_of
        How one travels, where the network comes from, and its date; carried into every result.
    remarks
        What was noticed while it was read, for the people who use the result.
    """

    node_xy: NDArray[np.float64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    length_m: NDArray[np.float64]
    minutes: NDArray[np.float64]
    mode: Mode
    source: str = ""
    as_of: str = ""
    remarks: tuple[Message, ...] = ()

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

    @cached_property
    def opposite(self) -> NDArray[np.int64]:
        """Position of the edge that leads back along each edge, -1 on a one-way street, shape (e,)."""
        if not len(self.tail):
            return np.zeros(0, dtype=np.int64)
        forward = self.tail * self.n_nodes + self.head
        wanted = self.head * self.n_nodes + self.tail
        order = np.argsort(forward)
        place = np.searchsorted(forward, wanted, sorter=order).clip(max=len(forward) - 1)
        return np.where(forward[order[place]] == wanted, order[place], -1)

    @cached_property
    def streets(self) -> NDArray[np.int64]:
        """One edge of each street, the lower of its two directions, in ascending order."""
        edges = np.arange(len(self.tail))
        return edges[(self.opposite < 0) | (edges < self.opposite)]

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
    shapes: ArrayLike | None = None,
    mode: Mode = "walk",
    source: str = "",
    as_of: str = "",
    remarks: tuple[Message, ...] = (),
) -> StreetNetwork:
    """Build a network from node and edge columns.

    Parameters
    ----------
    node_ids, node_xy
        Unique ids of any type, and projected metres, shape (k, 2).
    tail_ids, head_ids
        Node ids of each edge.
    length_m
        Length of each edge; where it is missing (NaN), or not given at all, that of its shape.
    street_class
        OpenStreetMap ``highway`` class of each edge: the car's speed.
    one_way
        Whether the edge leads from tail to head only. On foot every street is two-way. When not given, edges are taken
        as they stand: directed, one row per direction.
    shapes
        The line of each edge in metres, None for a straight one: points meet it, and lengths follow it.
    mode
        ``walk``, ``bicycle`` or ``car``.
    remarks
        What the reader has to tell; what is noticed here is added.

    Raises
    ------
    BadInput
        No edges, a repeated node, an edge to a node that is not there, a length that cannot be one (negative), lengths
        that are no metres, another mode.
    """
    if mode not in MODES:
        raise BadInput("streets.mode", where="mode", mode=mode)
    ids = pd.Index(node_ids)
    xy = np.asarray(node_xy, dtype=np.float64).reshape(-1, 2)
    if not ids.is_unique:
        raise BadInput("streets.node_twice", where="nodes", node=str(ids[ids.duplicated()][0]))
    if len(ids) != len(xy) or not np.isfinite(xy).all():
        raise BadInput("streets.node_place", where="nodes")
    ends = []
    for name, values in (("tail", tail_ids), ("head", head_ids)):
        found = ids.get_indexer(pd.Index(values))
        if (found < 0).any():
            row = int(np.flatnonzero(found < 0)[0])
            raise BadInput("streets.node_unknown", where=name, edge=row + 1, node=str(pd.Index(values)[row]))
        ends.append(found.astype(np.int64))
    tail, head = ends
    if not len(tail):
        raise BadInput("streets.no_edges", where=source or "edges")
    laid = lay(xy, tail, head, None if shapes is None else np.asarray(shapes, dtype=object))
    pieces_m = np.hypot(*(laid.node_xy[laid.head] - laid.node_xy[laid.tail]).T)
    own = np.bincount(laid.edge, weights=pieces_m, minlength=len(tail)).astype(np.float64)
    length, noticed = checked_lengths(None if length_m is None else np.asarray(length_m, dtype=np.float64), own, source)
    if len(laid.foreign):
        noticed += (Message("streets.shape_foreign", {"count": len(laid.foreign), "edge": int(laid.foreign[0]) + 1}),)
    speed, unknown = _speed_kmh(street_class, len(tail), mode)
    both = np.ones(len(tail), dtype=bool)
    if mode != "walk":
        both = np.zeros(len(tail), dtype=bool) if one_way is None else ~np.asarray(one_way, dtype=bool)
    long = laid.share * length[laid.edge]
    minutes = long / (speed[laid.edge] * 1000 / 60)
    there = both[laid.edge]
    tail, head = np.concatenate([laid.tail, laid.head[there]]), np.concatenate([laid.head, laid.tail[there]])
    long, minutes = np.concatenate([long, long[there]]), np.concatenate([minutes, minutes[there]])
    kept = _shortest_of_parallels(tail, head, long, minutes, len(laid.node_xy))
    return StreetNetwork(laid.node_xy, *kept, mode, source, as_of, (*remarks, *noticed, *unknown))


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


def _speed_kmh(
    street_class: ArrayLike | None, n_edges: int, mode: Mode
) -> tuple[NDArray[np.float64], tuple[Message, ...]]:
    """Return (the speed on each edge, what is to be told of classes without a speed)."""
    if mode != "car":
        return np.full(n_edges, SPEED_KMH[mode]), ()
    if street_class is None:
        return np.full(n_edges, CAR_FALLBACK_KMH), (Message("streets.class_none", {"speed": CAR_FALLBACK_KMH}),)
    classes = pd.Series(np.asarray(street_class, dtype=object)).astype("str").str.removesuffix("_link")
    speeds = classes.map(dict(CAR_SPEED_KMH))
    odd = classes[speeds.isna()].fillna("").value_counts().sort_index()
    told = tuple(
        Message("streets.class_unknown", {"name": str(name), "count": int(count), "speed": CAR_FALLBACK_KMH})
        for name, count in odd.items()
    )
    return speeds.fillna(CAR_FALLBACK_KMH).to_numpy(np.float64), told
