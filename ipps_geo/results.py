"""What the use cases return: frozen results with stable ids, drawn by report, kept by scenarios, printed as JSON.

Tables inside are pandas frames whose columns are named in the docstrings; ids are those of the workspace. Nothing here
renders a word: verdicts, reasons and messages are codes with numbers.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ipps_geo.compliance.assess import SiteAssessment
    from ipps_geo.compliance.findings import Finding


@dataclass(frozen=True)
class Provenance:
    """What a reader needs to trust a page or to make it again.

    ``synthetic`` is true while any enterprise, roster or institution behind the result is demonstration data: every
    page then says so. ``sources`` holds one mapping per data file (file, publisher, licence, date, data_class).
    """

    workspace: str
    content_hash: str
    data_date: dt.date | None
    policy_version: str
    software_version: str
    synthetic: bool
    parameters: Mapping[str, Any]
    sources: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, eq=False)
class AuditResult:
    """Findings of one day, in a stable order, with the day and where they come from."""

    findings: tuple[Finding, ...]
    on: dt.date
    provenance: Provenance

    @property
    def has_blocking_failure(self) -> bool:
        """Whether any finding fails with severity ``blocking``."""
        return any(f.verdict == "FAIL" and f.severity == "blocking" for f in self.findings)

    def counts(self) -> dict[str, int]:
        """Number of findings per verdict."""
        found = {"PASS": 0, "FAIL": 0, "UNDETERMINED": 0}
        for finding in self.findings:
            found[str(finding.verdict)] += 1
        return found


@dataclass(frozen=True, eq=False)
class CoverageResult:
    """Roster coverage (legal) beside access coverage (geographic), once per unit and once for the city.

    ``by_unit`` columns: unit, enterprises (in key industries), with_need, on_roster, within_reach, on_roster_with_need,
    within_reach_with_need, nearest_mean_m, nearest_median_m, nearest_p95_m, nearest_max_m, stations. The row whose unit
    is ``city`` is the total; every enterprise counts in exactly one other row (``unknown`` where no unit holds it).
    ``measures`` holds further named figures (gini, theil, worst unit ...); ``tables`` further frames by name; ``areas``
    layers of polygons by name, EPSG:4490. ``nearest`` is the cost from each enterprise to its nearest station, in
    metres or minutes, indexed by ``entity_key``: inf without a station, missing without a place.
    """

    by_unit: pd.DataFrame
    limit: float
    limit_unit: str
    method: str
    measures: Mapping[str, Any]
    provenance: Provenance
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    areas: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    nearest: pd.Series | None = None

    @property
    def radius_m(self) -> float:
        """Radius in metres of the circle that a station reaches in a straight line; 0 where no circle describes it."""
        if self.method != "straight_line":
            return 0.0
        return self.limit * 1000 / float(self.provenance.parameters.get("detour_factor", 1.0))


@dataclass(frozen=True, eq=False)
class PlanResult:
    """A plan of new workstations that the independent checker has passed, with proof, reasons and context.

    Attributes
    ----------
    status, stop_reason, objective, bound, gap, seconds
        As in ``SitePlan``; ``gap`` is nan where an objective of 0 leaves nothing to relate it to.
    proposals
        One row per open site, in the order of opening: rank, site_id, name_zh, name_en, unit, host_type, newly_served,
        with_need, without_need, unknown_need, margin_roster (newly served minus the minimum), margin_need (5k - 3n),
        dropped_without_need, screening (PASS or UNDETERMINED), questions, position_precision_m, source, geometry.
    annex
        The roster of every proposal: site_id, enterprise_id, entity_key, uscc, name, industry_codes, explicit_need,
        unit, distance_m.
    closed_sites
        One row per candidate not opened: site_id, name_zh, unit, reachable, with_need, largest_roster, shortfall,
        would_add, would_add_at_most, would_replace, swap_loss, reason (a code of ``siting.closed_sites``).
    uncovered
        One row per eligible enterprise that stays unserved: enterprise_id, unit, explicit_need, reason, geometry.
    candidates_kept_out
        Carriers that screening or a rule of the planner keeps out: site_id, reason, rules.
    findings
        The audit of the network as it stands.
    coverage_before, coverage_after
        Coverage without and with the proposals.
    violations
        What the independent checker found: empty, or the plan is not written.
    frontier, alternatives, robustness
        Tables of the choices, when asked for.
    history
        Search milestones: seconds, objective, bound, phase.
    """

    status: str
    stop_reason: str
    objective: float
    bound: float
    gap: float
    seconds: float
    proposals: gpd.GeoDataFrame
    annex: pd.DataFrame
    closed_sites: gpd.GeoDataFrame
    uncovered: gpd.GeoDataFrame
    candidates_kept_out: pd.DataFrame
    findings: tuple[Finding, ...]
    coverage_before: CoverageResult
    coverage_after: CoverageResult
    violations: tuple[Any, ...]
    provenance: Provenance
    frontier: pd.DataFrame | None = None
    alternatives: pd.DataFrame | None = None
    robustness: pd.DataFrame | None = None
    history: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class SiteTest:
    """A proposed workstation tried out: the verdict rule by rule, and what it would change.

    ``assessment`` holds the findings, the counts, the overlaps and what would make it pass; ``roster`` the roster that
    was judged, ``generated`` whether the tool chose it; ``coverage_before`` and ``coverage_after`` the network without
    and with it.
    """

    assessment: SiteAssessment
    roster: pd.DataFrame
    generated: bool
    coverage_before: CoverageResult
    coverage_after: CoverageResult
    provenance: Provenance

    @property
    def has_blocking_failure(self) -> bool:
        """Whether a blocking rule fails."""
        return self.assessment.has_blocking_failure


@dataclass(frozen=True, eq=False)
class RepairResult:
    """The fewest moves after which as many stations as possible pass.

    ``moves``: kind, entity_key, name, station_from, station_to, need, cost (metres to the new station); ``stations``:
    each before and after; ``unsaved``: stations that cannot be saved and what they lack; ``shared``: the overlap graph,
    one row per pair of stations that share enterprises (station_a, station_b, shared). ``bound``: no repair that saves
    as many stations needs fewer moves.
    """

    status: str
    n_moves: int
    bound: int
    moves: pd.DataFrame
    stations: pd.DataFrame
    unsaved: pd.DataFrame
    shared: pd.DataFrame
    provenance: Provenance


def plain(value: Any) -> Any:
    """Return ``value`` as JSON-safe builtins: nan and NaT become None, dates ISO text, frames lists of records.

    >>> import pandas as pd
    >>> plain([pd.NA, pd.NaT, float("nan")])
    [None, None, None]
    >>> plain({"gap": float("inf"), "on": dt.date(2026, 11, 22), "ids": ("a", "b")})
    {'gap': None, 'on': '2026-11-22', 'ids': ['a', 'b']}
    """
    if value is None or isinstance(value, (str, bool, int)):
        return str(value) if type(value) is not str and isinstance(value, str) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.datetime):
        if value != value:  # NaT
            return None
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        entries = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [plain(entry) for entry in entries]
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return _records(value)
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if hasattr(value, "__geo_interface__"):
        return plain(value.__geo_interface__)
    if str(value) == "<NA>":  # pandas.NA is neither equal nor unequal to itself
        return None
    return None if value != value else str(value)


def _records(frame: Any) -> list[dict[str, Any]]:
    columns = [column for column in frame.columns if column != "geometry"]
    records = [
        dict(zip(columns, (plain(cell) for cell in row), strict=True))
        for row in frame[columns].itertuples(index=False, name=None)
    ]
    if "geometry" in frame.columns:
        for record, shape in zip(records, frame["geometry"], strict=True):
            point = shape is not None and shape.geom_type == "Point" and not shape.is_empty
            record["lon"] = float(shape.x) if point else None
            record["lat"] = float(shape.y) if point else None
    return records
