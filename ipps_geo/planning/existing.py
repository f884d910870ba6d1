"""What sites bring along: rosters and staff of stations that are there, staff of carriers, who stands too near."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ipps_geo.crs import metric_xy

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from ipps_geo.compliance.findings import Finding
    from ipps_geo.planning.parameters import PlanParameters

NOT_ENLARGED = (
    "no_place",
    "outside_unit",
    "roster_unsettled",
    "staff_unknown",
    "staff_full",
    "nobody_within_reach",
    "takes_nobody",
)
"""Why an active station takes in nobody more.

``staff_unknown``: a roster may have so many members per member of staff, and nobody knows how many work there.
``staff_full``: those who work there serve as many already. ``roster_unsettled``: the rules cannot say how many it
serves, or how many of them have a need. ``takes_nobody``: some are within reach, but another station serves them, or
its roster would fall short with each of them.
"""

STAFF = ("full_time_staff", "part_time_staff")

COUNTED_RULES = ("R7-2a", "R7-2c", "R7-2d", "R7-4")
"""The rules that count a roster and the staff."""


def existing_stations(
    stations: gpd.GeoDataFrame, findings: Sequence[Finding], parameters: PlanParameters, minimum: int
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return (stations that may take in more, those that may not with the reason), sorted by id.

    The roster that a station has is what the rules count of it: ``members`` at most, ``with_need`` at least, so that
    what is open never makes room. A station whose count is open below the minimum is left as it is.
    """
    found = {(f.rule, f.subject): f for f in findings if f.subject_kind == "institution" and f.rule in COUNTED_RULES}
    table = stations.sort_values("institution_id", kind="stable").reset_index(drop=True)
    count = [bounds(found.get(("R7-2a", station))) for station in table["institution_id"]]
    need = [bounds(found.get(("R7-2d", station))) for station in table["institution_id"]]
    table["members"] = [0 if n is None else n[1] for n in count]
    table["with_need"] = [0 if k is None else k[0] for k in need]
    staff = [least_staff(found.get(("R7-4", station))) for station in table["institution_id"]]
    table["staff"] = pd.array(staff, dtype="Int64")
    settled = np.array([n is not None and (n[0] == n[1] or n[0] >= minimum) for n in count], dtype=bool)
    settled &= np.array([k is not None or n == (0, 0) for n, k in zip(count, need, strict=True)], dtype=bool)
    reason = np.select(
        [
            (table.geometry.isna() | table.geometry.is_empty).to_numpy(bool),
            (table["unit"] != parameters.unit).to_numpy(bool) if parameters.unit else np.zeros(len(table), bool),
            ~settled,
            *_short_of_staff(table, parameters),
        ],
        NOT_ENLARGED[:5],
        default="",
    )
    out = table[["institution_id", "name", "unit"]].rename(columns={"institution_id": "site_id"}).assign(reason=reason)
    may = table.loc[reason == ""].reset_index(drop=True)
    return may, pd.DataFrame(out.loc[reason != ""].reset_index(drop=True))


def _short_of_staff(table: pd.DataFrame, parameters: PlanParameters) -> list[NDArray[np.bool_]]:
    """Return where nobody knows the staff, and where the staff serve as many as they may, if that is a limit."""
    if parameters.members_per_staff is None:
        return [np.zeros(len(table), dtype=bool)] * 2
    staff = table["staff"].astype("float64").to_numpy()
    return [np.isnan(staff), table["members"].to_numpy() >= parameters.members_per_staff * np.nan_to_num(staff)]


def least_staff(finding: Finding | None) -> int | None:
    """Return how many qualified staff a station has at least, None where nobody knows of any."""
    if finding is None or finding.measured is None:
        return None
    measured: Any = finding.measured
    least, most = measured if isinstance(measured, (tuple, list)) else (measured, measured)
    return None if most is None and not least else int(least)


def bounds(finding: Finding | None) -> tuple[int, int] | None:
    """Return the least and the most that a rule counted; None where it counted nothing."""
    if finding is None or finding.measured is None:
        return None
    measured: Any = finding.measured
    if isinstance(measured, (tuple, list)):
        return int(measured[0]), int(measured[1])
    return int(measured), int(measured)


def too_near(
    carriers: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, spacing_km: float | None, metric_crs: str
) -> NDArray[np.bool_]:
    """Return, per carrier, whether an active station stands nearer than the spacing."""
    xy, there = metric_xy(carriers, metric_crs), metric_xy(stations, metric_crs)
    there = there[np.isfinite(there).all(axis=1)]
    if not spacing_km or not len(there):
        return np.zeros(len(carriers), dtype=bool)
    near = np.zeros(len(carriers), dtype=bool)
    placed = np.isfinite(xy).all(axis=1)
    near[placed] = cKDTree(there).query(xy[placed])[0] < spacing_km * 1000
    return near


def stated_staff(carriers: pd.DataFrame) -> NDArray[np.float64]:
    """Return the qualified staff that each carrier states, nan where it states none."""
    numbers = carriers[list(STAFF)].astype("float64")
    return np.asarray(numbers.sum(axis=1, min_count=1), dtype=np.float64)
