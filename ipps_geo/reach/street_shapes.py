"""Curved streets laid as chains of straight ones, so that a point meets the curve and not the line across it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENDS_WITHIN_M = 25.0
"""A shape belongs to its edge when its ends lie this near to the two nodes; else the street is taken as straight."""


@dataclass(frozen=True, eq=False)
class Laid:
    """Edges with their shapes as straight pieces: nodes with those of the curves behind the given ones.

    ``edge`` holds, for each piece, the edge that it is part of, and ``share`` its part of that edge's length.
    ``foreign`` are the edges whose shape does not belong to them.
    """

    node_xy: NDArray[np.float64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    edge: NDArray[np.int64]
    share: NDArray[np.float64]
    foreign: NDArray[np.int64]


def belonging(
    node_xy: NDArray[np.float64], tail: NDArray[np.int64], head: NDArray[np.int64], shapes: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return (the shapes, each led from its tail to its head; None where there is none), edges with a foreign one.

    ``shapes`` are lines in the metres of ``node_xy``, shape (e,); a line of several parts that join is one line.
    """
    lines = np.asarray(shapes, dtype=object).copy()
    several = shapely.get_type_id(lines) == shapely.GeometryType.MULTILINESTRING
    lines[several] = shapely.line_merge(lines[several])
    usable = (shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(lines)
    given = np.flatnonzero(~(shapely.is_missing(lines) | shapely.is_empty(lines)))
    at = np.flatnonzero(usable)
    first = shapely.get_coordinates(shapely.get_point(lines[at], 0)).reshape(-1, 2)
    last = shapely.get_coordinates(shapely.get_point(lines[at], -1)).reshape(-1, 2)
    start, end = node_xy[tail[at]], node_xy[head[at]]
    ahead = np.maximum(np.hypot(*(first - start).T), np.hypot(*(last - end).T))
    behind = np.maximum(np.hypot(*(first - end).T), np.hypot(*(last - start).T))
    turned = at[behind < ahead]
    lines[turned] = shapely.reverse(lines[turned])
    fitting = at[np.minimum(ahead, behind) <= ENDS_WITHIN_M]
    led = np.full(len(lines), None, dtype=object)
    led[fitting] = lines[fitting]
    return led, np.setdiff1d(given, fitting)


def lay(
    node_xy: NDArray[np.float64], tail: NDArray[np.int64], head: NDArray[np.int64], shapes: NDArray[Any] | None
) -> Laid:
    """Return the edges with every vertex of their shapes as a node of its own.

    Edges of one shape, there and back, share these nodes: they are one street. ``shapes`` as :func:`belonging` takes
    them; None stands for straight streets.
    """
    every = np.arange(len(tail))
    if shapes is None:
        return Laid(node_xy, tail, head, every, np.ones(len(tail)), every[:0])
    lines, foreign = belonging(node_xy, tail, head, shapes)
    inner = np.maximum(shapely.get_num_coordinates(lines) - 2, 0)
    curved = np.flatnonzero(inner > 0)
    if not len(curved):
        return Laid(node_xy, tail, head, every, np.ones(len(tail)), foreign)
    vertices, start = _vertices(lines[curved], inner[curved])
    chain, back = _chains(tail[curved], head[curved], vertices, start)
    size = inner[curved]
    _, representative = np.unique(chain, return_index=True)
    first_node = len(node_xy) + np.concatenate([[0], np.cumsum(size[representative])[:-1]])
    new_xy = np.concatenate([_of_chain(vertices, start, edge, bool(back[edge])) for edge in representative.tolist()])
    all_xy = np.concatenate([node_xy, new_xy])
    pieces = np.ones(len(tail), dtype=np.int64)
    pieces[curved] += size
    edge = np.repeat(every, pieces)
    place = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    # Node number ``turn`` of an edge: its tail, the nodes of its chain in its direction, its head.
    base, step = np.zeros(len(tail), dtype=np.int64), np.ones(len(tail), dtype=np.int64)
    base[curved] = first_node[chain] + np.where(back, size - 1, 0)
    step[curved] = np.where(back, -1, 1)
    new_tail = np.where(place == 0, tail[edge], base[edge] + step[edge] * (place - 1))
    new_head = np.where(place == pieces[edge] - 1, head[edge], base[edge] + step[edge] * place)
    lengths = np.hypot(*(all_xy[new_head] - all_xy[new_tail]).T)
    whole = np.bincount(edge, weights=lengths, minlength=len(tail))
    share = np.divide(lengths, whole[edge], out=1.0 / pieces[edge], where=whole[edge] > 0)
    return Laid(all_xy, new_tail, new_head, edge, share, foreign)


def _vertices(lines: NDArray[Any], inner: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return (the inner vertices of all lines, to the millimetre; where those of each line begin)."""
    every, line = shapely.get_coordinates(lines, return_index=True)
    count = inner + 2
    place = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    kept = (place > 0) & (place < count[line] - 1)
    return np.round(every[kept], 3), np.cumsum(inner) - inner


def _chains(
    tail: NDArray[np.int64], head: NDArray[np.int64], vertices: NDArray[np.float64], start: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return (the chain of each edge, whether it is travelled from its end): one chain for a street there and back."""
    ends = np.append(start[1:], len(vertices))
    back = tail > head
    keys = np.empty(len(tail), dtype=object)
    for edge, (low, high) in enumerate(zip(start.tolist(), ends.tolist(), strict=True)):
        points = vertices[low:high]
        ahead, behind = points.tobytes(), points[::-1].tobytes()
        if tail[edge] == head[edge]:
            back[edge] = behind < ahead
        keys[edge] = (
            int(min(tail[edge], head[edge])), int(max(tail[edge], head[edge])), behind if back[edge] else ahead
        )  # fmt: skip
    chain, _ = pd.factorize(pd.Series(keys, dtype=object))
    return np.asarray(chain, dtype=np.int64), back


def _of_chain(vertices: NDArray[np.float64], start: NDArray[np.int64], edge: int, back: bool) -> NDArray[np.float64]:
    end = start[edge + 1] if edge + 1 < len(start) else len(vertices)
    points = vertices[start[edge] : end]
    return points[::-1] if back else points
