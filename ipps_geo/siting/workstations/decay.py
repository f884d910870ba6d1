"""Distance decay: whom a station serves from afar counts less, by steps (gradual covering; Berman and Krass 2002).

Pairs then differ in worth, so that rows are alike only where every site serves them from the same step. Those form a
*class*; groups are told apart by it, and the worth of a pair is looked up by class and site.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ipps_geo.errors import BadInput
from ipps_geo.reach import Reach

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

_WORDS_SEED = 20020101


@dataclass(frozen=True, eq=False)
class Decay:
    """What serving one member is worth: ``worths[k]`` of its weight up to a cost of ``steps[k]``, 0 beyond the last.

    >>> Decay(np.array([1000.0, 3000.0]), np.array([1.0, 0.4])).of([0, 1000, 1001, 5000]).tolist()
    [1.0, 1.0, 0.4, 0.0]
    """

    steps: Floats
    worths: Floats

    def __post_init__(self) -> None:
        """Refuse steps that do not ascend and worths that rise, or are none."""
        ascending = len(self.steps) > 0 and self.steps[0] > 0 and bool((np.diff(self.steps) > 0).all())
        falling = len(self.worths) == len(self.steps) and bool((np.diff(self.worths) <= 0).all())
        sound = ascending and falling and bool(np.isfinite(self.steps).all())
        if not sound or not (self.worths[-1] >= 0 and 0 < self.worths[0] <= 1):
            raise BadInput("siting.decay_wrong", where="decay")

    def of(self, costs: ArrayLike) -> Floats:
        """Return the worth of each cost."""
        step = np.searchsorted(self.steps, np.asarray(costs, dtype=np.float64), side="left")
        return np.append(self.worths, 0.0)[step]

    def most(self, reach: Reach) -> Floats:
        """Return what each demand row is worth at most, served by the nearest site, shape (n_demand,)."""
        pairs = reach.pairs
        worth = sparse.csr_array((self.of(pairs.data), pairs.indices, pairs.indptr), pairs.shape)
        return np.asarray(worth.max(axis=1).todense(), dtype=np.float64).reshape(-1)


def decay_classes(reach: Reach, decay: Decay) -> tuple[Longs, Any]:
    """Return the class of each demand row, and the worth by class and site as a sparse matrix."""
    pairs = reach.pairs
    step = np.searchsorted(decay.steps, pairs.data, side="left")
    words = np.random.default_rng(_WORDS_SEED).integers(1, 2**63, (2, pairs.shape[1], len(decay.steps) + 1), np.uint64)
    row = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))
    sums = np.zeros((pairs.shape[0], 2), dtype=np.uint64)
    for place in (0, 1):  # two words of 64 bits: rows of different steps would have to coincide in both
        np.add.at(sums[:, place], row, words[place, pairs.indices, step])
    _, first, classes = np.unique(sums, axis=0, return_index=True, return_inverse=True)
    shown = pairs[first]
    worth = sparse.csr_array((decay.of(shown.data), shown.indices, shown.indptr), shape=shown.shape)
    return classes.reshape(-1).astype(np.int64), worth


def entries(matrix: Any, rows: Longs, columns: Longs) -> Floats:
    """Return single entries of a sparse matrix by rows, 0 where none is stored."""
    stored = sparse.csr_array(matrix)
    stored.sort_indices()
    width = max(stored.shape[1], 1)
    keys = np.repeat(np.arange(stored.shape[0], dtype=np.int64), np.diff(stored.indptr)) * width + stored.indices
    wanted = rows.astype(np.int64) * width + columns
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    if not len(keys):
        return np.zeros(len(wanted))
    return np.where(keys[place] == wanted, stored.data[place], 0.0)
