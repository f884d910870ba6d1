"""Costs that somebody else worked out: a table of enterprise, site and minutes or metres, used as it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from ipps_geo.errors import BadInput
from ipps_geo.reach.matrix import Reach

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class CostTable:
    """Costs by pair of ids; what is not listed is not reached, of a pair listed twice the least counts.

    Attributes
    ----------
    enterprise, site
        Ids as they are written, shape (k,): of enterprises their number or credit code, of sites the number of the
        institution or of the carrier.
    cost
        Minutes or metres, shape (k,).
    unit
        ``min`` or ``m``.
    source, as_of
        Carried into every result.
    """

    enterprise: NDArray[np.object_]
    site: NDArray[np.object_]
    cost: NDArray[np.float64]
    unit: Literal["m", "min"]
    source: str = ""
    as_of: str = ""

    @cached_property
    def _matrix(self) -> tuple[pd.Index, pd.Index, Any]:
        """Return the ids of both sides and the costs between them, with an empty row and column behind the last."""
        enterprises, sites = (pd.Index(pd.unique(ids)) for ids in (self.enterprise, self.site))
        row, column = enterprises.get_indexer(self.enterprise), sites.get_indexer(self.site)
        order = np.lexsort((self.cost, column, row))
        row, column, cost = row[order], column[order], self.cost[order]
        first = np.ones(len(row), dtype=bool)
        first[1:] = (np.diff(row) != 0) | (np.diff(column) != 0)
        shape = (len(enterprises) + 1, len(sites) + 1)
        start = np.concatenate([[0], np.cumsum(np.bincount(row[first], minlength=shape[0]))])
        return enterprises, sites, sparse.csr_array((cost[first], column[first].astype(np.int32), start), shape=shape)

    def reach(self, demand_ids: pd.DataFrame, site_ids: pd.DataFrame, limit: float) -> Reach:
        """Return who reaches which site within ``limit``; of each row the first of its ids that is listed counts.

        Raises
        ------
        BadInput
            None of the rows, or none of the sites, is listed: the table speaks of others.
        """
        enterprises, sites, matrix = self._matrix
        rows, columns = _found(demand_ids, enterprises), _found(site_ids, sites)
        for side, ids, place in (("enterprises", demand_ids, rows), ("sites", site_ids, columns)):
            if len(ids) and (place < 0).all():
                first = next((str(name) for name in ids.iloc[0] if not pd.isna(name)), "")
                raise BadInput(f"own_table.no_{side}", where=self.source, n=len(ids), first=first)
        chosen = sparse.csr_array(matrix[rows][:, columns])
        chosen.sort_indices()
        return Reach.from_costs(chosen, limit, unit=self.unit, method="costs", source=self.source, as_of=self.as_of)

    def lists(self, demand_ids: pd.DataFrame, site_ids: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which rows and which sites the table lists at all, shapes (n,) and (m,)."""
        enterprises, sites, _ = self._matrix
        return _found(demand_ids, enterprises) >= 0, _found(site_ids, sites) >= 0

    def checks(self) -> dict[str, Any]:
        """Return how many pairs, enterprises and sites it lists."""
        enterprises, sites, matrix = self._matrix
        return {"pairs": int(matrix.nnz), "enterprises": len(enterprises), "sites": len(sites)}


def _found(ids: pd.DataFrame, known: pd.Index) -> NDArray[np.int64]:
    place = np.full(len(ids), -1, dtype=np.int64)
    for name in ids.columns:
        here = known.get_indexer(ids[name].astype("object").fillna(""))
        place = np.where(place < 0, here, place)
    return place
