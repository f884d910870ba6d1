"""How many enterprises each unit gets, and in which industries: what its region says."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.errors import BadInput
from ipps_geo.regions import Region
from ipps_geo.settings import data_root

if TYPE_CHECKING:
    from numpy.typing import NDArray


def unit_shares(region: Region, units: Sequence[str]) -> pd.Series:
    """Return the share of the enterprises that lie in each service unit, by code; the sum is 1.

    What the region says (its file ``shares``, of district figures); where it says nothing, every unit has as many.
    """
    text = region.text("shares")
    if text is None:
        return pd.Series(1 / len(units), index=sorted(units))
    table = pd.read_csv(io.StringIO(text), dtype={"unit": str})
    shares = table.set_index("unit")["share"].astype(float)
    if sorted(shares.index) != sorted(units):
        raise BadInput("region.shares", where=f"{region.key}: {region.file('shares')}")
    return shares.sort_index()


def unit_counts(total: int, shares: pd.Series) -> pd.Series:
    """Return how many of ``total`` enterprises each unit gets by its share, by largest remainder.

    >>> unit_counts(10, pd.Series({"A": 0.55, "B": 0.45})).to_dict()
    {'A': 6, 'B': 4}
    """
    exact = shares * total
    counts = np.floor(exact).astype(int)
    order = (counts - exact).sort_values(kind="stable").index[: total - int(counts.sum())]
    counts[order] += 1
    return counts


class Industries:
    """The classes of GB/T 4754-2017 that the generator draws from, by industry tag."""

    def __init__(self) -> None:
        table = pd.read_csv(data_root() / "facts" / "industry_classes.csv")
        self.codes = table["code"].to_numpy(dtype=str)
        self.tags = [str(tag) for tag in table["industry"].unique()]
        self.other = self.tags.index("other")
        self._members = [np.flatnonzero((table["industry"] == tag).to_numpy()) for tag in self.tags]
        weights = table["weight"].to_numpy(float)
        self._cumulative = [np.cumsum(weights[members]) / weights[members].sum() for members in self._members]

    def draw(self, tags: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
        """Return a position in ``codes`` for each tag (a position in ``tags``)."""
        chance = random.random(len(tags))
        drawn = np.zeros(len(tags), dtype=np.int64)
        for tag, (members, cumulative) in enumerate(zip(self._members, self._cumulative, strict=True)):
            here = tags == tag
            places = np.searchsorted(cumulative, chance[here], side="right").clip(max=len(members) - 1)
            drawn[here] = members[places]
        return drawn
