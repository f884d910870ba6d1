"""How many enterprises each unit gets, and in which industries: what the district figures say, and what is assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipps_geo.settings import data_root

if TYPE_CHECKING:
    from numpy.typing import NDArray

BDA_SHARE_OF_RESIDUAL = 0.55
"""Of the legal units of 密云 and BDA, which the figures give as one residual, the part of BDA: our assumption."""


def unit_shares() -> pd.Series:
    """Return the share of the enterprises that lie in each service unit, by code; the sum is 1.

    Half of the weight follows the legal units of the secondary and tertiary sector (2018), half the high-tech
    enterprises (Haidian, Fengtai and Shijingshan are known, the rest of the city is spread like the legal units). The
    figures count BDA with 密云; they are divided by :data:`BDA_SHARE_OF_RESIDUAL`.
    """
    facts = pd.read_csv(data_root() / "facts" / "district_figures.csv", dtype={"unit": str})
    census = facts[(facts["metric"] == "legal_units_secondary_tertiary") & (facts["year"] == 2018)]
    legal = census.set_index("unit")["value"].astype(float).drop("1100")
    residual = legal.pop("110118+BDA")
    legal["110118"], legal["BDA"] = residual * (1 - BDA_SHARE_OF_RESIDUAL), residual * BDA_SHARE_OF_RESIDUAL
    high_tech = facts[facts["metric"] == "national_high_tech_enterprises"].sort_values("year").drop_duplicates("unit")
    known = high_tech.set_index("unit")["value"].astype(float)
    rest = known.pop("1100") - known.sum()
    others = legal.drop(known.index)
    tech = pd.concat([known, others / others.sum() * rest])
    shares = (legal / legal.sum() + (tech / tech.sum()).reindex(legal.index)) / 2
    return shares.sort_index()


def unit_counts(total: int) -> pd.Series:
    """Return how many of ``total`` enterprises each unit gets: :func:`unit_shares` by largest remainder.

    >>> int(unit_counts(1000).sum())
    1000
    """
    exact = unit_shares() * total
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
