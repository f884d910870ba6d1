"""Coverage of the network as it stands, and as it would be with a plan."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from ipps_geo.planning.access import coverage_result
from ipps_geo.planning.own_tables import SITE_IDS

if TYPE_CHECKING:
    from ipps_geo.planning.access_choices import AccessChoices
    from ipps_geo.planning.instance import SitingInstance
    from ipps_geo.planning.travel import Travel
    from ipps_geo.policy import Policy
    from ipps_geo.results import CoverageResult
    from ipps_geo.siting import SitePlan
    from ipps_geo.workspace import Workspace


def coverage_before(
    workspace: Workspace, policy: Policy, travel: Travel, on: dt.date, instance: SitingInstance, access: AccessChoices
) -> CoverageResult:
    """Return the coverage of the stations that are there."""
    on_roster = instance.population["holder_id"].notna().to_numpy()
    stations = instance.stations[[*SITE_IDS, "unit", "geometry"]]
    return coverage_result(workspace, policy, instance.population, on_roster, stations, travel, on, access)


def coverage_after(
    workspace: Workspace,
    policy: Policy,
    travel: Travel,
    on: dt.date,
    instance: SitingInstance,
    access: AccessChoices,
    plan: SitePlan,
) -> CoverageResult:
    """Return the coverage of the stations that are there and of those that a plan opens."""
    population = instance.population
    served = set(instance.demand["entity_key"].to_numpy()[plan.assignment >= 0])
    on_roster = population["holder_id"].notna().to_numpy() | population["entity_key"].isin(served).to_numpy()
    new = plan.open_sites[plan.open_sites < len(instance.candidates)]
    proposed = instance.candidates.iloc[new][["carrier_id", "unit", "geometry"]]
    stations = pd.concat([instance.stations[[*SITE_IDS, "unit", "geometry"]], proposed], ignore_index=True)
    return coverage_result(workspace, policy, population, on_roster, stations, travel, on, access)


def near_before(within_limit: pd.Series | None, annex: pd.DataFrame) -> int:
    """Return how many of the rosters' enterprises had a station within the limit before."""
    return 0 if within_limit is None else int(within_limit.reindex(annex["entity_key"], fill_value=False).sum())
