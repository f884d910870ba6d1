"""Streets as a reader hands them on, and how those of one or several files become one network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from ipps_geo.errors import BadInput, Message
from ipps_geo.reach.street_rules import Passages, passages
from ipps_geo.reach.streets import Mode, StreetNetwork, street_network

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class RawStreets:
    """The streets of one file for one mode, in metres of the region's metric CRS; nothing is checked yet.

    Attributes
    ----------
    node_id, node_xy
        Ids (whole numbers or texts), and places, shape (k, 2).
    tail, head
        Ids of the nodes of each street, shape (e,).
    forward, backward
        Whether the mode travels from tail to head, and back.
    street_class
        Class of each street, texts or None; None where the file has none.
    length_m
        Length of each street, NaN where it is missing; None where the file has none.
    shape_xy, shape_start
        Vertices of the lines of all streets, and where those of each begin, shape (e + 1,); None for straight streets.
    row
        Number of each street in its file, for messages.
    """

    node_id: NDArray[Any]
    node_xy: NDArray[np.float64]
    tail: NDArray[Any]
    head: NDArray[Any]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    street_class: NDArray[Any] | None = None
    length_m: NDArray[np.float64] | None = None
    shape_xy: NDArray[np.float64] | None = None
    shape_start: NDArray[np.int64] | None = None
    file: str = ""
    remarks: tuple[Message, ...] = ()


def judged(tags: pd.DataFrame, mode: Mode, file: str, rows: NDArray[np.int64]) -> tuple[Passages, tuple[Message, ...]]:
    """Return (who may travel where by the tags of each street, what is to be told).

    ``rows`` numbers the streets as a person counts them in the file. Raises ``BadInput`` for a direction that no rule
    knows.
    """
    found = passages(tags, mode)
    if found.direction is not None:
        street, tag, said = found.direction
        raise BadInput("streets.direction", where=file, row=int(rows[street]), column=tag, value=said)
    told = [
        Message("streets.access_unknown", {"tag": tag, "value": said, "count": count})
        for (tag, said), count in sorted(found.unknown.items())
    ]
    closed = int((~(found.forward | found.backward)).sum())
    if closed:
        told.append(Message("streets.closed", {"count": closed, "of": len(tags)}))
    return found, tuple(told)


def flat_shapes(lines: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return (vertices, where those of each line begin) of lines, none for a missing one."""
    count = shapely.get_num_coordinates(lines)
    return shapely.get_coordinates(lines), np.concatenate([[0], np.cumsum(count)]).astype(np.int64)


def lines_of(xy: NDArray[np.float64], start: NDArray[np.int64]) -> NDArray[Any]:
    """Return the lines that :func:`flat_shapes` took apart."""
    count = np.diff(start)
    lines = np.full(len(count), None, dtype=object)
    drawn = np.flatnonzero(count > 1)
    if len(drawn):
        used = np.repeat(count > 1, count)
        lines[drawn] = shapely.linestrings(xy[used], indices=np.repeat(np.arange(len(drawn)), count[drawn]))
    return lines


def network_of(parts: Sequence[RawStreets], mode: Mode, source: str, as_of: str = "") -> StreetNetwork:
    """Return one network of the streets of all files: nodes of one id are one node, where they lie at one place.

    Raises ``BadInput`` as :func:`ipps_geo.reach.streets.street_network` does, and where nothing is open to the mode.
    """
    node_id, node_xy = _together(parts)
    columns: dict[str, list[Any]] = {
        "tail": [],
        "head": [],
        "both": [],
        "street_class": [],
        "length_m": [],
        "shape": [],
    }
    for part in parts:
        open_ = part.forward | part.backward
        turned = (part.backward & ~part.forward)[open_]
        tail, head = _ids(part.tail, node_id)[open_], _ids(part.head, node_id)[open_]
        columns["tail"].append(np.where(turned, head, tail))
        columns["head"].append(np.where(turned, tail, head))
        columns["both"].append((part.forward & part.backward)[open_])
        count = int(open_.sum())
        columns["street_class"].append(
            np.full(count, None, dtype=object) if part.street_class is None else part.street_class[open_]
        )
        columns["length_m"].append(np.full(count, np.nan) if part.length_m is None else part.length_m[open_])
        shapes = np.full(len(open_), None, dtype=object)
        if part.shape_xy is not None and part.shape_start is not None:
            shapes = lines_of(part.shape_xy, part.shape_start)
        columns["shape"].append(shapes[open_])
    joined: Mapping[str, NDArray[Any]] = {name: np.concatenate(values) for name, values in columns.items()}
    told = tuple(remark for part in parts for remark in part.remarks)
    if not len(joined["tail"]):
        given = sum(len(part.tail) for part in parts)
        raise BadInput("streets.none_open" if given else "streets.no_edges", where=source, mode=Message(f"mode.{mode}"))
    return street_network(
        node_id,
        node_xy,
        joined["tail"],
        joined["head"],
        length_m=None if all(part.length_m is None for part in parts) else joined["length_m"],
        street_class=None if all(part.street_class is None for part in parts) else joined["street_class"],
        one_way=~joined["both"],
        shapes=None if all(part.shape_xy is None for part in parts) else joined["shape"],
        mode=mode,
        source=source,
        as_of=as_of,
        remarks=told,
    )


def _together(parts: Sequence[RawStreets]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    if len(parts) == 1:
        return parts[0].node_id, parts[0].node_xy
    numbers = all(part.node_id.dtype.kind in "iu" for part in parts)
    ids = np.concatenate([part.node_id if numbers else part.node_id.astype(str) for part in parts])
    if not numbers:
        ids = ids.astype(object)
    xy = np.concatenate([part.node_xy for part in parts])
    codes, distinct = pd.factorize(ids)
    _, first = np.unique(codes, return_index=True)
    moved = np.hypot(*(xy - xy[first][codes]).T)
    if (moved > 1.0).any():
        node = ids[int(np.argmax(moved > 1.0))]
        raise BadInput("streets.node_moved", where=", ".join(part.file for part in parts), node=str(node))
    return np.asarray(distinct), xy[first]


def _ids(values: NDArray[Any], node_id: NDArray[Any]) -> NDArray[Any]:
    """Return ids in the kind of ``node_id``: of files that number their nodes and files that name them, names."""
    return values if node_id.dtype.kind in "iu" or values.dtype.kind == "O" else values.astype(str).astype(object)
