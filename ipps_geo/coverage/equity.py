"""How evenly a good is shared: Lorenz curve, Gini, Theil between and within units, and the worst unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.coverage.sums import exact_sum, exact_sums
from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Theil:
    """Theil's T and its exact decomposition over groups: ``total == between + within``."""

    total: float
    between: float
    within: float


def lorenz(values: ArrayLike, weights: ArrayLike | None = None) -> pd.DataFrame:
    """Return the Lorenz curve of ``values``: columns population_share and value_share, from (0, 0) to (1, 1).

    ``values`` (n,) are non-negative amounts per person of a group of size ``weights`` (n,). Groups are taken from the
    worst served up. Without anybody, or with nothing to share, the curve is empty: unevenness is then unknown.

    >>> lorenz([1, 3])["value_share"].tolist()
    [0.0, 0.25, 1.0]
    """
    value, weight = _checked(values, weights)
    if weight.sum() == 0 or (value * weight).sum() == 0:
        return pd.DataFrame({"population_share": pd.Series(dtype=float), "value_share": pd.Series(dtype=float)})
    order = np.argsort(value, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(weight[order])])
    amount = np.concatenate([[0.0], np.cumsum((value * weight)[order])])
    return pd.DataFrame({"population_share": people / people[-1], "value_share": amount / amount[-1]})


def gini(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the Gini coefficient: twice the area between the Lorenz curve and the diagonal; nan when unknown.

    0 when everybody has the same, (n - 1) / n when one of n has all.

    >>> gini([1, 1, 1]), gini([0, 0, 1]) == 2 / 3
    (0.0, True)
    """
    curve = lorenz(values, weights)
    if curve.empty:
        return float("nan")
    people, amount = curve["population_share"].to_numpy(), curve["value_share"].to_numpy()
    area = float(((amount[1:] + amount[:-1]) / 2 * np.diff(people)).sum())
    return max(0.0, 1.0 - 2.0 * area)


def theil(values: ArrayLike, groups: ArrayLike, weights: ArrayLike | None = None) -> Theil:
    """Return Theil's T of ``values`` (n,), split into between and within ``groups`` (n,); nan when unknown.

    T = sum_i s_i ln(x_i / mean), s_i the share of the total that i holds; 0 ln 0 = 0 (Theil 1967).
    """
    value, weight = _checked(values, weights)
    amount = value * weight
    total_weight, total = exact_sum(weight), exact_sum(amount)
    if total_weight == 0 or total == 0:
        return Theil(float("nan"), float("nan"), float("nan"))
    group, names = pd.factorize(np.asarray(groups), sort=True)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(names) + 1))
    of_group = exact_sums(amount[order], starts), exact_sums(weight[order], starts)
    between = _entropy(of_group[0] / total, of_group[1] / total_weight)
    overall = _entropy(amount / total, weight / total_weight)
    return Theil(overall, between, overall - between)


def worst(values: pd.Series) -> tuple[str, float] | None:
    """Return (name, value) of the lowest value, ties to the first name; None when there is none.

    >>> worst(pd.Series({"b": 0.2, "a": 0.2, "c": 0.9}))
    ('a', 0.2)
    """
    known = values.dropna().sort_index()
    if known.empty:
        return None
    name = known.idxmin()
    return str(name), float(known.min())


def _entropy(amount_share: NDArray[np.float64], weight_share: NDArray[np.float64]) -> float:
    held = (amount_share > 0) & (weight_share > 0)
    return exact_sum(amount_share[held] * np.log(amount_share[held] / weight_share[held]))


def _checked(values: ArrayLike, weights: ArrayLike | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    value = np.asarray(values, dtype=np.float64)
    weight = np.ones(len(value)) if weights is None else np.asarray(weights, dtype=np.float64)
    if value.ndim != 1 or value.shape != weight.shape:
        raise BadInput("coverage.not_one_row", where="equity", values=value.shape, weights=weight.shape)
    if not (np.isfinite(value).all() and np.isfinite(weight).all() and (value >= 0).all() and (weight >= 0).all()):
        raise BadInput("coverage.weights_not_finite", where="equity")
    return value, weight
