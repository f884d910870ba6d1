"""Roster coverage (legal) beside access coverage (geographic), per service unit and once for the city."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ipps_geo.coverage.sums import exact_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

CITY = "city"
UNKNOWN = "unknown"


def nearest_distance_m(demand_xy: NDArray[np.float64], station_xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the straight-line distance in metres of each demand point to its nearest station, inf without any.

    Both arrays hold projected metres, shapes (n, 2) and (m, 2); a point that is not finite has no distance (nan).
    """
    distance_m = np.full(len(demand_xy), np.inf)
    known = np.isfinite(demand_xy).all(axis=1)
    distance_m[~known] = np.nan
    if len(station_xy) and known.any():
        distance_m[known], _ = cKDTree(station_xy).query(demand_xy[known])
    return distance_m


def coverage_by_unit(
    unit: pd.Series,
    need: NDArray[np.int8],
    on_roster: NDArray[np.bool_],
    nearest: NDArray[np.float64],
    limit: float,
    stations: pd.Series,
    units: list[str],
    cost_unit: str = "m",
) -> pd.DataFrame:
    """Return one row per unit and a last row ``city`` that counts every enterprise once.

    Parameters
    ----------
    unit
        Service unit of each enterprise; a missing one counts under ``unknown``.
    need
        1 yes, 0 no, -1 unknown; only 1 counts as explicit need.
    on_roster, nearest
        Whether an active roster names the enterprise, and the cost to its nearest station: inf where there is none, nan
        where nobody can tell.
    limit
        Reach: an enterprise is within reach when ``nearest <= limit``; ``not_judged`` counts those of whom
        nobody can tell, and shares are taken of the others.
    stations
        Service unit of each active station.
    units
        Codes of all units, in the order of the rows; units without enterprises have a row too.
    cost_unit
        Unit of ``nearest`` and ``limit``: it ends the names of the columns ``nearest_mean_m`` and so on.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``CoverageResult.by_unit``. Counts are integers; distances are over enterprises that have one.
    """
    within = nearest <= limit
    table = pd.DataFrame(
        {
            "unit": unit.fillna(UNKNOWN).to_numpy(),
            "enterprises": 1,
            "with_need": need == 1,
            "on_roster": on_roster,
            "within_reach": within,
            "not_judged": np.isnan(nearest),
            "on_roster_with_need": on_roster & (need == 1),
            "within_reach_with_need": within & (need == 1),
            "nearest": np.where(np.isfinite(nearest), nearest, np.nan),
        }
    )
    per_unit = stations.fillna(UNKNOWN).value_counts()
    here = set(table["unit"]) | set(per_unit.index)
    order = [*units, *sorted(here - set(units))]
    counts = table.groupby("unit").sum(numeric_only=True).drop(columns="nearest").astype("int64")
    rows = counts.reindex(order, fill_value=0)
    rows.loc[CITY] = counts.sum()
    grouped = table.groupby("unit")["nearest"]
    place, names = pd.factorize(table["unit"])
    known = table["nearest"].to_numpy(np.float64)
    means = pd.Series(exact_means(known, place, len(names)), index=names)
    mean = exact_means(known, np.zeros(len(known), np.int64), 1)[0]
    for name, by_unit, city in (
        (f"nearest_mean_{cost_unit}", means, mean),
        (f"nearest_median_{cost_unit}", grouped.median(), table["nearest"].median()),
        (f"nearest_p95_{cost_unit}", grouped.quantile(0.95), table["nearest"].quantile(0.95)),
        (f"nearest_max_{cost_unit}", grouped.max(), table["nearest"].max()),
    ):
        rows[name] = by_unit.reindex(rows.index)
        rows.loc[CITY, name] = city
    rows["stations"] = per_unit.reindex(rows.index, fill_value=0).astype("int64")
    rows.loc[CITY, "stations"] = len(stations)
    return rows.rename_axis("unit").reset_index()
