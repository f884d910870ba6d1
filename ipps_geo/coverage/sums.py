"""Sums that are exact until they are rounded once: no order of the rows, and no way to split them, changes a digit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def exact_sum(values: NDArray[np.float64]) -> float:
    """Return the sum of finite ``values``, the nearest number to the true one.

    >>> exact_sum(np.array([1e100, 1.0, -1e100]))
    1.0
    """
    return math.fsum(values.tolist())


def exact_sums(values: NDArray[np.float64], starts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the sum of each run of ``values``; run k is ``values[starts[k]:starts[k + 1]]``."""
    listed, ends = values.tolist(), starts.tolist()
    return np.array([math.fsum(listed[a:b]) for a, b in pairwise(ends)], dtype=np.float64)


def exact_means(values: NDArray[np.float64], groups: NDArray[np.integer], n_groups: int) -> NDArray[np.float64]:
    """Return the mean of each group 0 .. ``n_groups`` - 1 over the values that are no nan, nan where there is none."""
    known = ~np.isnan(values)
    order = np.argsort(groups[known], kind="stable")
    count = np.bincount(groups[known], minlength=n_groups)
    total = exact_sums(values[known][order], np.concatenate([[0], np.cumsum(count)]))
    means: NDArray[np.float64] = np.divide(total, count, out=np.full(n_groups, np.nan), where=count > 0)
    return means


def expansion(values: Sequence[float]) -> tuple[float, ...]:
    """Return a few numbers whose true sum is that of finite ``values``: what a part of them sends to be added.

    >>> expansion([0.1] * 10), math.fsum(expansion([0.1] * 10)) == math.fsum([0.1] * 10)
    ((1.0, 5.551115123125783e-17), True)
    """
    parts: list[float] = []
    while rest := math.fsum(chain(values, (-part for part in parts))):
        parts.append(rest)
    return tuple(parts)


def exact_total(parts: Iterable[Sequence[float]]) -> float:
    """Return the sum of everything that stands behind ``parts``, made by :func:`expansion`."""
    return math.fsum(chain.from_iterable(parts))
