"""Where lines of a drawing meet: ends that lie within a tolerance of each other are one crossing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE_M = 1.0
"""Ends this near to another line are joined to it, unless another tolerance is stated."""


def node_lines(
    lines: NDArray[Any], tolerance_m: float = TOLERANCE_M
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return (node places, tail, head, line of each straight piece) of lines in metres.

    Lines meet where they share a vertex, and where an end lies within ``tolerance_m`` of a vertex or of the inside of
    another line. Lines that merely cross do not meet: one may pass over the other.

    >>> across, up = shapely.from_wkt(["LINESTRING (0 0, 100 0)", "LINESTRING (50 0.5, 50 80)"])
    >>> xy, tail, head, line = node_lines(np.array([across, up]))
    >>> sorted(zip(tail.tolist(), head.tolist(), line.tolist()))
    [(0, 2, 0), (2, 1, 0), (2, 3, 1)]
    """
    parts, owner = shapely.get_parts(lines, return_index=True)
    drawn = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    parts, owner = shapely.force_2d(parts[drawn]), owner[drawn]
    count = shapely.get_num_coordinates(parts)
    vertices = shapely.get_coordinates(parts)
    places, vertex = np.unique(np.round(vertices, 3), axis=0, return_inverse=True)
    places, vertex = _as_drawn(places, vertex.reshape(-1))
    last = np.cumsum(count) - 1
    ends = np.unique(vertex[np.concatenate([last - count + 1, last])]) if len(count) else np.zeros(0, np.int64)
    same = _joined(places, ends, tolerance_m)
    node = same[vertex]
    inner = np.ones(len(vertex), dtype=bool)
    inner[last] = False
    at = np.flatnonzero(inner)
    line = np.repeat(np.arange(len(parts)), count)[at]
    tail, head, line = _split(places, node[at], node[at + 1], line, same[ends], tolerance_m)
    kept = tail != head
    tail, head, line = tail[kept], head[kept], line[kept]
    used, numbered = np.unique(np.concatenate([tail, head]), return_inverse=True)
    return places[used], numbered[: len(tail)], numbered[len(tail) :], owner[line]


def _as_drawn(places: NDArray[np.float64], vertex: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return places and vertices renumbered in the order of the drawing, so that a result does not hang on a sort."""
    _, first = np.unique(vertex, return_index=True)
    order = np.argsort(first, kind="stable")
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    return places[order], number[vertex]


def _joined(places: NDArray[np.float64], ends: NDArray[np.int64], tolerance_m: float) -> NDArray[np.int64]:
    """Return, for each place, the first of those that are one node with it: ends are joined to what lies near."""
    number = np.arange(len(places))
    if not len(ends) or tolerance_m <= 0:
        return number
    near = cKDTree(places).query_ball_point(places[ends], tolerance_m)
    sizes = np.array([len(found) for found in near])
    one = np.repeat(ends, sizes)
    other = np.concatenate([np.asarray(found, dtype=np.int64) for found in near])
    graph = sparse.coo_array((np.ones(len(one)), (one, other)), shape=(len(places), len(places)))
    _, label = connected_components(graph, directed=False)
    first = np.full(label.max() + 1, len(places), dtype=np.int64)
    np.minimum.at(first, label, number)
    return first[label]


def _split(
    places: NDArray[np.float64],
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    line: NDArray[np.int64],
    ends: NDArray[np.int64],
    tolerance_m: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the pieces with those cut into two on which a loose end of another line lies."""
    degree = np.bincount(np.concatenate([tail, head]), minlength=len(places))
    loose = np.unique(ends[degree[ends] == 1])
    if not len(loose) or tolerance_m <= 0:
        return tail, head, line
    segments = shapely.linestrings(np.stack([places[tail], places[head]], axis=1))
    points = shapely.points(places[loose])
    turn, piece = shapely.STRtree(segments).query(points, predicate="dwithin", distance=tolerance_m)
    end = loose[turn]
    foreign = (tail[piece] != end) & (head[piece] != end)
    end, piece, turn = end[foreign], piece[foreign], turn[foreign]
    away = shapely.distance(segments[piece], points[turn])
    order = np.lexsort((piece, away, end))
    _, first = np.unique(end[order], return_index=True)
    end, piece = end[order][first], piece[order][first]
    along = shapely.line_locate_point(segments[piece], shapely.points(places[end]))
    order = np.lexsort((along, piece))
    end, piece = end[order], piece[order]
    # Each cut ends one stretch of its piece and begins the next.
    extra = np.bincount(piece, minlength=len(tail))
    owner = np.repeat(np.arange(len(tail)), extra + 1)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(extra + 1) - extra - 1, extra + 1)
    begin = np.cumsum(extra) - extra
    cuts = np.append(end, 0)
    new_tail = np.where(place == 0, tail[owner], cuts[np.minimum(begin[owner] + place - 1, len(cuts) - 1)])
    new_head = np.where(place == extra[owner], head[owner], cuts[np.minimum(begin[owner] + place, len(cuts) - 1)])
    return new_tail, new_head, line[owner]
