"""Weights of very mixed size: the large ones decide, the small ones only between plans that agree on them.

Beside a weight of 100,000 one of 0.01 vanishes in the tolerances of a linear solver. Where any difference that the
large weights can make is more than all the small ones together, the program is therefore solved tier by tier: the
largest first, in a unit of its own, then the next with what the first has reached as a row.

A solved program only tells y, t and q. The members that go with them are a heaviest basis of a transversal matroid, for
which the order of the weights is all that counts: :func:`ranks` are used in their place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Weights that are nearer to each other than this are left in one tier: solvers tell them apart.
_APART = 1e3


def weight_tiers(value: Floats, members: NDArray[np.int64]) -> list[tuple[float, Bools]]:
    """``(unit, which)`` of every tier of whole weights, the heaviest first; ``which`` marks the entries of ``value``.

    >>> [(unit, which.tolist()) for unit, which in weight_tiers(np.array([1.0, 1e7, 375.0]), np.array([9, 2, 5]))]
    [(10000000.0, [False, True, False]), (1.0, [True, False, True])]
    """
    weights, place = np.unique(value, return_inverse=True)
    total = np.cumsum(np.bincount(place, weights=members * value, minlength=len(weights)))
    first = len(weights)
    tiers: list[tuple[float, Bools]] = []
    while first > 0:
        last, unit = first, 0
        while first > 0:
            first -= 1
            unit = int(np.gcd(unit, int(weights[first])))
            if first and unit > total[first - 1] and weights[first] > _APART * weights[first - 1]:
                break
        tiers.append((float(max(unit, 1)), (place >= first) & (place < last)))
    return tiers


def ranks(value: Floats) -> Floats:
    """Place of every weight among the distinct ones, from 1; 0 for weight 0.

    >>> ranks(np.array([0.01, 1e5, 0.0, 0.01])).tolist()
    [1.0, 2.0, 0.0, 1.0]
    """
    distinct, place = np.unique(value, return_inverse=True)
    return place.astype(np.float64) + (len(distinct) > 0 and distinct[0] > 0)
