"""Weights of demand in whole units, so that covering programs are searched and proved in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipps_geo.siting.search.checks import row_weights

Longs = NDArray[np.int64]

#: Sum of all weights in whole units: exact in float64 as well.
_MOST_UNITS = 2**50

#: Two plans with weights that are not whole are held equal when they differ by no more than this share.
_TIE = 1e-9


@dataclass(frozen=True, eq=False)
class WholeWeights:
    """Weights in whole units: ``weights = units * unit``, exactly when ``exact``, else rounded up.

    Whole weights keep their value (unit 1). Others are expressed in about 1e-15 of their sum; a bound over rounded-up
    weights is valid.
    """

    units: Longs
    unit: float
    exact: bool

    def least_gain(self, value: int, gap: float) -> int:
        """Units by which a plan must beat one worth ``value`` to be looked for."""
        if self.exact:
            return 1 + int(gap * value)
        return 1 + len(self.units) + int(max(gap, _TIE) * value)


def whole_weights(weights: ArrayLike | None, n_demand: int) -> WholeWeights:
    """Check weights (finite, not negative, one per demand row) and express them in whole units."""
    if weights is None:
        return WholeWeights(np.ones(n_demand, np.int64), 1.0, exact=True)
    given = row_weights(weights, n_demand)
    total = float(given.sum())
    if total <= _MOST_UNITS and (given == np.floor(given)).all():
        return WholeWeights(given.astype(np.int64), 1.0, exact=True)
    exponent = np.ceil(np.log2(total) - np.log2(_MOST_UNITS - n_demand))
    unit = 2.0 ** max(exponent, -1022.0)  # the smallest number that float64 holds in full
    return WholeWeights(np.ceil(given / unit).astype(np.int64), float(unit), exact=False)
