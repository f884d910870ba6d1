"""What each unit gains under the objective of the worst unit, from the worst up, and how far that is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

BEYOND = ("out_of_reach", "beside_existing_station")
"""Reasons of the unserved whom no candidate reaches."""

if TYPE_CHECKING:
    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.siting import SitePlan


def unit_shares_table(
    instance: SitingInstance, request: dict[str, Any], plan: SitePlan, uncovered: pd.DataFrame
) -> pd.DataFrame | None:
    """Return one row per unit, least share first; columns as in ``PlanResult.unit_shares``.

    None under other objectives. Shares are of weight where enterprises weigh differently, as in the objective.
    """
    if request["objective"] != "worst_unit":
        return None
    served = plan.assignment >= 0
    weight = np.asarray(request.get("weights", np.ones(len(served))), dtype=np.float64)
    frame = pd.DataFrame({"one": 1, "weight": weight, "gained": weight * served, "new": served.astype(np.int64)})
    sums = frame.groupby(request["demand_units"], sort=True).sum()
    beyond = uncovered.loc[uncovered["reason"].isin(BEYOND), "unit"].fillna("").value_counts()
    sums["near"] = sums["one"] - beyond.reindex(sums.index).fillna(0).astype(np.int64)
    sums = sums.loc[sums["weight"] > 0]
    table = pd.DataFrame(
        {
            "unit": sums.index.to_numpy(dtype=object),
            "may_be_served": sums["one"].to_numpy(np.int64),
            "candidates_reach": sums["near"].to_numpy(np.int64),
            "newly_served": sums["new"].to_numpy(np.int64),
            "newly_served_share": (sums["gained"] / sums["weight"]).to_numpy(np.float64),
        }
    )
    table = table.sort_values(["newly_served_share", "unit"], kind="stable").reset_index(drop=True)
    table["share_proven"] = np.arange(len(table)) < plan.proven_units
    return table
