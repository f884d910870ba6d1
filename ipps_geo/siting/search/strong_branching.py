"""Strong branching: of a few fractional sites, the one whose two branches move the bound most.

What a site moves, per unit that it is opened or closed further, is tried once in the linear program of a node and
taken for true at all later nodes: pseudo-costs that strong branching starts off, with a reliability of one (Benichou
et al. 1971; Achterberg, Koch and Martin 2005). It guides the search alone; no proof rests on it.

Two searches choose in another way, and are left to it: the tree of the p-median bounds the children of a candidate in
full and keeps them, and the one of workstations learns from every node, the children that it comes to included.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
States = NDArray[np.int8]

FREE, OPEN, CLOSED = 0, 1, -1
"""State of a site at a node of a tree."""

_CANDIDATES = 8
_FRACTIONAL = 1e-6
#: Least distance to a whole number, and least movement, that count: neither a quotient nor a product breaks down.
_LEAST = 1e-3


class StrongBranching:
    """What opening and closing each site moved when it was tried, over one tree."""

    def __init__(self, n_sites: int) -> None:
        self._per_unit = np.zeros((2, n_sites))
        self._tried = np.zeros((2, n_sites), np.bool_)

    def choose(self, solver: Any, state: States, y: Floats, trial: Callable[[States], float]) -> int | None:
        """The site to branch on; without a fractional one the largest free one, ``None`` when all are fixed.

        Parameters
        ----------
        solver
            HiGHS with the basis of the node, which it has again afterwards.
        state, y
            State of each site at the node and how far the program opens it, shape (m,).
        trial
            How far the bound moves to the worse within a child of this state, from the basis of the node.
        """
        free = state == FREE
        candidates = np.flatnonzero(free & (y > _FRACTIONAL) & (y < 1 - _FRACTIONAL))
        if not len(candidates):
            rest = np.flatnonzero(free)
            return int(rest[np.argmax(y[rest])]) if len(rest) else None
        candidates = candidates[np.argsort(np.abs(y[candidates] - 0.5), kind="stable")][:_CANDIDATES]
        basis = solver.getBasis()
        tried = False
        best, best_score = int(candidates[0]), -1.0
        for site in candidates:
            moves = []
            for side, (fixed, distance) in enumerate(((OPEN, 1 - y[site]), (CLOSED, y[site]))):
                if not self._tried[side, site]:
                    tried = self._tried[side, site] = True
                    solver.setBasis(basis)
                    child = state.copy()
                    child[site] = fixed
                    self._per_unit[side, site] = max(0.0, trial(child)) / max(distance, _LEAST)
                moves.append(self._per_unit[side, site] * distance)
            score = max(moves[0], _LEAST) * max(moves[1], _LEAST)
            if score > best_score:
                best, best_score = int(site), score
        if tried:
            solver.setBasis(basis)
        return best
