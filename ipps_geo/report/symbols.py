"""One source of style for print, QGIS and screen: the mark of each kind, the colours, the classes of a density.

Colours are Okabe and Ito's, told apart by readers with any common colour deficiency; every kind has its own shape too.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

BLUE, GREEN, ORANGE, PURPLE, VERMILION, SKY, BLACK = (
    "#0072B2", "#009E73", "#E69F00", "#CC79A7", "#D55E00", "#56B4E9", "#000000",
)  # fmt: skip
INK, WHITE = "#222222", "#FFFFFF"
LAND, BORDER = "#F6F5F1", "#7A7A7A"
RAMP = ("#FFF4DF", "#FDDDB0", "#F9BC84", "#EA8F62", "#C9624A")
"""Light to dark in even steps of lightness, so that it also reads in grey."""
DENSITY_BREAKS = (1, 5, 20, 60, 150)
"""Lower bounds of the classes of enterprises per cell: the same on every map, so that two maps can be compared."""
SHARE_RAMP = ("#DCE7F1", "#B5CFE4", "#83B0D2", "#4E8DBB", "#1B5E92")
SHARE_BREAKS = (0.0, 1e-12, 0.2, 0.4, 0.6, 0.8)
SHARE_COLOURS = ("#F3D3C0", *SHARE_RAMP)
"""Classes of a share: none at all is a class of its own, in a colour of its own."""
BAND_RAMP = ("#1B5E92", "#4E8DBB", "#83B0D2", "#B5CFE4", "#DCE7F1")
"""Bands of time or distance, the nearest darkest."""

Shape = Literal[
    "square", "pentagon", "diamond", "triangle", "circle", "cross", "plus", "down", "saltire", "star", "hexagon"
]  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """The mark of a kind of point: its shape, its fill, its edge, its size on paper."""

    shape: Shape
    face: str
    edge: str
    size_mm: float


MARKS: Mapping[str, Mark] = {
    "district_center": Mark("diamond", BLACK, WHITE, 2.3),
    "district_center_standin": Mark("diamond", WHITE, BLACK, 2.2),
    "workstation": Mark("square", GREEN, WHITE, 2.35),
    "industry_station": Mark("pentagon", GREEN, BLACK, 2.8),
    "other_institution": Mark("triangle", SKY, INK, 2.05),
    "closed_site": Mark("circle", WHITE, VERMILION, 1.65),
    "kept_out": Mark("cross", "#8A8A8A", "#8A8A8A", 1.4),
    "enlarged": Mark("plus", GREEN, BLACK, 3.1),
    "closing": Mark("saltire", VERMILION, WHITE, 2.9),
    "proposal": Mark("circle", BLUE, WHITE, 2.4),
}
"""One shape and one colour per kind: colour is never the only sign."""


TYPE_MARKS: Sequence[Mark] = (
    Mark("square", GREEN, WHITE, 1.9),
    Mark("circle", BLUE, WHITE, 1.9),
    Mark("triangle", VERMILION, WHITE, 1.9),
    Mark("diamond", ORANGE, WHITE, 1.9),
    Mark("down", PURPLE, WHITE, 1.9),
    Mark("plus", BLACK, WHITE, 1.9),
    Mark("saltire", SKY, WHITE, 1.9),
    Mark("pentagon", "#8C6D31", WHITE, 1.9),
    Mark("star", "#5B5B5B", WHITE, 1.9),
    Mark("hexagon", "#A6761D", WHITE, 1.9),
)
"""The mark of the n-th type, where points are told apart by type: shape and colour both differ."""


@dataclass(frozen=True)
class Underlay:
    """How a layer of a bureau's own lies under a map: the colour and width of its lines, the fill of its areas."""

    line: str
    width: float
    fill: str = ""


UNDERLAYS: Mapping[str, Underlay] = {
    "township": Underlay("#B5AFA6", 0.6),
    "green": Underlay("#B9D3AC", 0.5, "#DDEBD3"),
    "water": Underlay("#7FB2D6", 0.9, "#CFE3F2"),
    "road": Underlay("#9C9C9C", 1.1),
    "subway": Underlay("#7B4FA3", 1.2),
}
"""In the order in which they are drawn."""


def ramp_colour(level: int, levels: int = len(DENSITY_BREAKS)) -> str:
    """Return the colour of class ``level`` of ``levels``, spread over the whole ramp.

    >>> ramp_colour(0), ramp_colour(4), ramp_colour(1, 2)
    ('#FFF4DF', '#C9624A', '#C9624A')
    """
    return RAMP[round(level * (len(RAMP) - 1) / max(levels - 1, 1))]


def class_texts(breaks: Sequence[float]) -> list[str]:
    """Return the legend texts of whole-number classes.

    >>> class_texts([1, 2, 5])
    ['1', '2–4', '≥ 5']
    """
    told = []
    for level, low in enumerate(breaks):
        top = breaks[level + 1] - 1 if level + 1 < len(breaks) else None
        told.append(f"≥ {low:,}" if top is None else f"{low:,}" if top == low else f"{low:,}–{top:,}")
    return told


def share_texts() -> list[str]:
    """Return the legend texts of the classes of a share.

    >>> share_texts()
    ['0%', '> 0–20%', '20–40%', '40–60%', '60–80%', '80–100%']
    """
    steps = [*SHARE_BREAKS[2:], 1.0]
    return ["0%", f"> 0–{steps[0]:.0%}", *(f"{100 * low:.0f}–{high:.0%}" for low, high in itertools.pairwise(steps))]
