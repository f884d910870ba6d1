"""Stations that are there already: what each holds, and whether it may take in more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

    from ipps_geo.compliance.findings import Finding
    from ipps_geo.planning.parameters import PlanParameters

NOT_ENLARGED = ("no_place", "outside_unit", "roster_unsettled", "nobody_within_reach", "takes_nobody")
"""Why an active station takes in nobody more.

``roster_unsettled``: the rules cannot say how many it serves, or how many of them have a need. ``takes_nobody``: some
are within reach, but another station serves them, or its roster would fall short with each of them.
"""

ROSTER_RULES = ("R7-2a", "R7-2c", "R7-2d")
"""The rules that count a roster."""


def existing_stations(
    stations: gpd.GeoDataFrame, findings: Sequence[Finding], parameters: PlanParameters, minimum: int
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return (stations that may take in more, those that may not with the reason), sorted by id.

    The roster that a station has is what the rules count of it: ``members`` at most, ``with_need`` at least, so that
    what is open never makes room. A station whose count is open below the minimum is left as it is.
    """
    found = {(f.rule, f.subject): f for f in findings if f.subject_kind == "institution" and f.rule in ROSTER_RULES}
    table = stations.sort_values("institution_id", kind="stable").reset_index(drop=True)
    count = [bounds(found.get(("R7-2a", station))) for station in table["institution_id"]]
    need = [bounds(found.get(("R7-2d", station))) for station in table["institution_id"]]
    table["members"] = [0 if n is None else n[1] for n in count]
    table["with_need"] = [0 if k is None else k[0] for k in need]
    settled = np.array([n is not None and (n[0] == n[1] or n[0] >= minimum) for n in count], dtype=bool)
    settled &= np.array([k is not None or n == (0, 0) for n, k in zip(count, need, strict=True)], dtype=bool)
    reason = np.select(
        [
            (table.geometry.isna() | table.geometry.is_empty).to_numpy(bool),
            (table["unit"] != parameters.unit).to_numpy(bool) if parameters.unit else np.zeros(len(table), bool),
            ~settled,
        ],
        NOT_ENLARGED[:3],
        default="",
    )
    out = table[["institution_id", "name", "unit"]].rename(columns={"institution_id": "site_id"}).assign(reason=reason)
    may = table.loc[reason == ""].reset_index(drop=True)
    return may, pd.DataFrame(out.loc[reason != ""].reset_index(drop=True))


def bounds(finding: Finding | None) -> tuple[int, int] | None:
    """Return the least and the most that a rule counted; None where it counted nothing."""
    if finding is None or finding.measured is None:
        return None
    measured: Any = finding.measured
    if isinstance(measured, (tuple, list)):
        return int(measured[0]), int(measured[1])
    return int(measured), int(measured)
