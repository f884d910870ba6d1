"""What a coverage returns: who is on a roster, who is within reach, and how evenly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipps_geo.results.showing import Shown

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ipps_geo.results.provenance import Provenance


@dataclass(frozen=True, eq=False)
class CoverageResult(Shown):
    """Roster coverage (legal) beside access coverage (geographic), once per unit and once for the city.

    ``by_unit`` columns: unit, enterprises (in key industries), with_need, on_roster, within_reach, not_judged
    (of whom nobody can tell whether they are within reach: shares are of the others), on_roster_with_need,
    within_reach_with_need, nearest_mean_m, nearest_median_m, nearest_p95_m, nearest_max_m, stations. The row whose unit
    is ``city`` is the total; every enterprise counts in exactly one other row (``unknown`` where no unit holds it).
    ``measures`` holds further named figures (gini, theil, worst unit ...); ``tables`` further frames by name; ``areas``
    layers of polygons by name, EPSG:4490. ``nearest`` is the cost from each enterprise to its nearest station, in
    metres or minutes, indexed by ``entity_key``: inf without a station, missing where nobody can tell. ``pairs``, where
    asked for, is that cost of every pair: enterprise_id, institution_id, and minutes or length_m.
    """

    kind = "coverage"

    by_unit: pd.DataFrame
    limit: float
    limit_unit: str
    method: str
    measures: Mapping[str, Any]
    provenance: Provenance
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    areas: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    nearest: pd.Series | None = None
    pairs: pd.DataFrame | None = None

    @property
    def radius_m(self) -> float:
        """Radius in metres of the circle that a station reaches in a straight line; 0 where no circle describes it."""
        if self.method != "straight_line":
            return 0.0
        return self.limit * 1000 / float(self.provenance.parameters.get("detour_factor", 1.0))
