"""Access measures on a sparse reach: cumulative opportunities and two-step floating catchment areas.

Rows are demand, columns are stations; only stored pairs are within the limit, and a stored zero is a real distance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from ipps_geo.coverage.sums import exact_sums
from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ipps_geo.reach import Reach


def nearest_cost(reach: Reach) -> NDArray[np.float64]:
    """Return the cost from each demand row to its nearest station within the limit, inf without one, shape (n,)."""
    pairs = reach.pairs
    nearest = np.full(reach.n_demand, np.inf)
    reached = np.diff(pairs.indptr) > 0
    if reached.any():
        nearest[reached] = np.minimum.reduceat(pairs.data, pairs.indptr[:-1][reached])
    return nearest


def cumulative_opportunities(reach: Reach, supply: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return the supply within the limit of each demand row, shape (n,); without ``supply`` (m,) each station is 1."""
    amount = np.ones(reach.n_sites) if supply is None else _amounts(supply, reach.n_sites, "supply")
    return np.asarray(_same_pairs(reach, np.ones(reach.pairs.nnz)) @ amount)


def floating_catchment(
    reach: Reach,
    supply: ArrayLike,
    demand: ArrayLike | None = None,
    decay: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
) -> NDArray[np.float64]:
    """Return the two-step floating catchment access of each demand row, in supply per unit of demand, shape (n,).

    Step 1: R_j = S_j / sum_i D_i f(d_ij) over the catchment of station j; step 2: A_i = sum_j R_j f(d_ij). With
    ``decay=None``, f = 1 (2SFCA: Luo and Wang 2003); with a decreasing f of cost it is the enhanced form (E2SFCA:
    Luo and Qi 2009). A station whose catchment holds nobody gives nothing. sum_i D_i A_i equals the supply of the
    stations that have a catchment.

    Parameters
    ----------
    supply
        Supply per station, e.g. qualified staff, shape (m,).
    demand
        Demand per row, shape (n,); 1 each when not given.
    decay
        Weight of a cost, e.g. ``gaussian_decay(3000)``; must be finite and not negative.
    """
    amount = _amounts(supply, reach.n_sites, "supply")
    people = np.ones(reach.n_demand) if demand is None else _amounts(demand, reach.n_demand, "demand")
    weight = np.ones(reach.pairs.nnz) if decay is None else np.asarray(decay(reach.pairs.data), dtype=np.float64)
    weights = _same_pairs(reach, weight)
    by_site = weights.tocsc()
    crowd = exact_sums(by_site.data * people[by_site.indices], by_site.indptr)
    return np.asarray(weights @ supply_ratio(amount, crowd))


def supply_ratio(supply: NDArray[np.float64], crowd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return step 1: what a station has for each unit of its weighted demand; one whose catchment holds nobody, 0."""
    ratio: NDArray[np.float64] = np.divide(supply, crowd, out=np.zeros_like(supply), where=crowd > 0)
    return ratio


def gaussian_decay(limit: float, at_limit: float = 0.01) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return f(d) = exp(-d^2 / b) with f(limit) = ``at_limit`` (Kwan 1998), the usual decay of E2SFCA.

    >>> round(float(gaussian_decay(3000)(np.array([3000.0]))[0]), 6)
    0.01
    """
    if not (limit > 0 and 0 < at_limit < 1):
        raise BadInput("coverage.decay_wrong", where="gaussian_decay")
    spread = -(limit**2) / np.log(at_limit)
    return lambda cost: np.exp(-(cost**2) / spread)


def _same_pairs(reach: Reach, data: NDArray[np.float64]) -> sparse.csr_array:
    pairs = reach.pairs
    return sparse.csr_array((data, pairs.indices, pairs.indptr), shape=pairs.shape)


def _amounts(values: ArrayLike, length: int, name: str) -> NDArray[np.float64]:
    amounts = np.asarray(values, dtype=np.float64)
    if amounts.shape != (length,) or not np.isfinite(amounts).all() or (amounts < 0).any():
        raise BadInput("coverage.amounts_wrong", where=name, length=length)
    return amounts
