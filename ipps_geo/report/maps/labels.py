"""Where labels go, so that none covers another: rings of places around each anchor, the cheapest taken, in order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in pixels."""


def place(
    anchors: NDArray[np.float64],
    sizes: NDArray[np.float64],
    obstacles: Sequence[Box] = (),
    bounds: Box | None = None,
    *,
    gap: float = 3.0,
    rings: int = 6,
    on_anchor: bool = True,
) -> NDArray[np.float64]:
    """Return the centre of each label, shape (n, 2), in pixels.

    Parameters
    ----------
    anchors, sizes
        Points to label and width and height of each label, both (n, 2).
    obstacles
        Boxes to keep clear of, such as markers.
    bounds
        Labels stay inside where they can.
    gap
        Space kept between labels.
    rings
        How far away a label may go, in rings of one label height.
    on_anchor
        Whether the anchor itself is the best place (a number in its marker) or only a place beside it.

    Labels are placed in the order given, so the result depends on nothing else.

    >>> import numpy as np
    >>> spots = place(np.array([[0.0, 0.0], [1.0, 0.0]]), np.full((2, 2), 10.0))
    >>> bool(abs(spots[0] - spots[1]).max() >= 10)
    True
    """
    taken: list[Box] = list(obstacles)
    centres = np.empty((len(anchors), 2))
    for row, (anchor, size) in enumerate(zip(anchors, sizes, strict=True)):
        best, best_cost = anchor, np.inf
        for offset, effort in _offsets(size, rings, on_anchor):
            centre = anchor + offset
            box = _box(centre, size, gap)
            cost = effort + 10.0 * sum(_overlap(box, other) for other in taken)
            if bounds is not None:
                cost += 10.0 * (_area(box) - _overlap(box, bounds))
            if cost < best_cost - 1e-9:
                best, best_cost = centre, cost
            if best_cost <= effort:
                break  # nothing overlaps here and every later place is farther away
        centres[row] = best
        taken.append(_box(best, size, gap))
    return centres


def _offsets(size: NDArray[np.float64], rings: int, on_anchor: bool) -> list[tuple[NDArray[np.float64], float]]:
    steps: list[tuple[NDArray[np.float64], float]] = [(np.zeros(2), 0.0)] if on_anchor else []
    step = float(size[1])
    for ring in range(1, rings + 1):
        for turn in range(16):
            # Right and above first: the places that readers of maps expect.
            angle = np.pi / 8 * ((turn + 1) // 2 * (1 if turn % 2 else -1)) + np.pi / 8
            radius = 0.7 * step * ring
            offset = np.array(
                [np.cos(angle) * (radius + (0 if on_anchor else size[0] / 2)), np.sin(angle) * (radius + step * 0.2)]
            )
            steps.append((offset, step * ring * 1.5 + 0.01 * turn))
    return steps


def _box(centre: NDArray[np.float64], size: NDArray[np.float64], gap: float) -> Box:
    half_width, half_height = size[0] / 2 + gap / 2, size[1] / 2 + gap / 2
    return (
        float(centre[0] - half_width),
        float(centre[1] - half_height),
        float(centre[0] + half_width),
        float(centre[1] + half_height),
    )


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _overlap(first: Box, second: Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return width * height if width > 0 and height > 0 else 0.0
