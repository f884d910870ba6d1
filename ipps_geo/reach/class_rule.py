"""Which demand may be served by which site, by class: the rule that a reach applies beside its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipps_geo.errors import BadInput


@dataclass(frozen=True, eq=False)
class ClassRule:
    """Which demand classes may be served by which site classes.

    Attributes
    ----------
    demand_class
        Class of each demand row, int32, shape (n_demand,).
    site_class
        Class of each site, int32, shape (n_sites,).
    allowed
        ``allowed[a, b]`` is true when demand of class ``a`` may be served by a site of class ``b``.
    """

    demand_class: NDArray[np.int32]
    site_class: NDArray[np.int32]
    allowed: NDArray[np.bool_]

    def and_also(self, other: ClassRule) -> ClassRule:
        """Both rules at once, as one rule over the pairs of classes that occur."""
        demand_pairs, demand_class = _paired(self.demand_class, other.demand_class)
        site_pairs, site_class = _paired(self.site_class, other.site_class)
        allowed = (
            self.allowed[np.ix_(demand_pairs[:, 0], site_pairs[:, 0])]
            & other.allowed[np.ix_(demand_pairs[:, 1], site_pairs[:, 1])]
        )
        return ClassRule(demand_class, site_class, allowed)


def class_rule(demand_class: Any, site_class: Any, allowed: Any, n_demand: int, n_sites: int) -> ClassRule:
    """Return the rule of three given arrays.

    Raises
    ------
    BadInput
        A class has no row or column in ``allowed``, or an array has not one class per row or site.
    """
    table = np.asarray(allowed, dtype=bool)
    if table.ndim != 2:
        raise BadInput("reach.no_class_table", where="allowed")
    codes: list[NDArray[np.int32]] = []
    for name, values, length, width in (
        ("demand_class", demand_class, n_demand, table.shape[0]),
        ("site_class", site_class, n_sites, table.shape[1]),
    ):
        given = np.asarray(values)
        if given.shape != (length,):
            raise BadInput("reach.wrong_shape", where=name, length=length, shape=given.shape)
        if length and (given.dtype.kind not in "iu" or given.min() < 0 or given.max() >= width):
            raise BadInput("reach.class_out_of_range", where=name, last=width - 1)
        codes.append(given.astype(np.int32))
    return ClassRule(codes[0], codes[1], table)


def _paired(first: NDArray[np.int32], second: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Distinct pairs of two class arrays, shape (k, 2), and the pair's number per row."""
    width = int(second.max(initial=0)) + 1
    codes, inverse = np.unique(first.astype(np.int64) * width + second, return_inverse=True)
    return np.column_stack([codes // width, codes % width]), inverse.reshape(-1).astype(np.int32)
